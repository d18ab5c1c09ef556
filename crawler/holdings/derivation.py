"""Stored bytes → the Page that was extracted live, and the post's text again. Reads the archive alone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from archive import Reader, parse_fields, parse_head
from crawler.errors import ExtractionError, WarcpressError
from crawler.extractors import extract
from crawler.holdings.ingest import Made
from crawler.items import Page, Post, Source
from crawler.posts.conversion import Conversion
from crawler.posts.rendering import text_of
from crawler.runs.warcinfo import sources_of

LARGEST_PAGE = 64 * 2**20
"""Bytes of a decoded page; a run takes at most [limits] decoded_bytes."""


class NoSource(WarcpressError):
    """The warcinfo of a conversion does not tell its source's configuration."""


class NoDate(ExtractionError):
    """The page names no date, and none was given to the post."""


class Derivation:
    """Derives posts of one archive again."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._sources = lru_cache(maxsize=64)(self._read_sources)

    def text(self, made: Made) -> tuple[str, Post]:
        """The post file's text and the Post, by today's extractor. Raises ArchiveError when a capture is missing or
        damaged, ExtractionError when the page is no article any more, NoSource."""
        conversion = made.conversion
        first, *parts = conversion.pages
        page, digest = self.page(first, conversion, tuple(self.page(part, None)[0] for part in parts))
        source = self._source(made)
        post = extract(page, source)
        if post.published is None and conversion.dated is None:
            raise NoDate("today's extractor finds no date in a page that had one")
        return text_of(post, conversion, digest), post

    def page(self, record_id: str, conversion: Conversion | None, parts: tuple[Page, ...] = ()) -> tuple[Page, str]:
        """The page of a capture as extraction saw it, and its payload digest."""
        with self._reader.response(record_id) as response:
            record, head = response.record, parse_head(response.head)
            page = Page(
                url=record.target_uri,
                body=self._reader.entity(record_id, LARGEST_PAGE),
                headers=list(head.headers),
                fetched_at=record.date,
                status=head.status or 0,
                published_hint=conversion.hint if conversion else None,
                section=(conversion.section or None) if conversion else None,
                parts=parts,
            )
            return page, record.get("WARC-Payload-Digest") or ""

    def _source(self, made: Made) -> Source:
        sources = self._sources(made.version.file, made.warcinfo)
        if made.conversion.source not in sources:
            raise NoSource(f"{made.version.file}: its warcinfo does not describe source {made.conversion.source!r}")
        return sources[made.conversion.source]

    def _read_sources(self, file: str, warcinfo: str) -> Mapping[str, Source]:
        for record in self._reader.records(file):
            if record.type == "warcinfo" and record.record_id == warcinfo:
                return sources_of(parse_fields(record.block.read()))
            break
        return {}
