"""The archive with its posts → one WACZ file, whose pages are the newest versions with title and text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from archive import Packed, PackedPage, pack
from crawler.catalogue import Catalogue
from crawler.holdings.publishing import Publisher
from crawler.layout import Layout
from crawler.posts.differences import blocks
from crawler.posts.frontmatter import parse


def pack_posts(layout: Layout, catalogue: Catalogue, target: Path, since: datetime | None) -> Packed:
    """`since`: aware; only WARC files with a capture of that time or later. ArchiveError when one is missing."""
    publisher = Publisher(layout, catalogue)

    def pages() -> Iterator[PackedPage]:
        for version in catalogue.newest():
            capture = catalogue.capture(version.pages[0])
            if capture is not None and (since is None or capture.date >= since):
                text = "\n".join(blocks(parse(publisher.text(version)).body))
                yield PackedPage(capture.url, capture.date, version.title, text)

    return pack(layout.root, target, pages=pages(), since=since, title="warcpress")
