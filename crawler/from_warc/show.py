"""A URL or the path of a post goes in; its stored bytes, or its versions, come out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal, get_args

from archive import Capture, Index, Reader, request_of, target_uri
from crawler.errors import UnknownUrl
from crawler.from_warc.publish import Publisher
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.stored_version import Version
from crawler.urls.canonical import canonicalise
from crawler.urls.host_names import askable

Part = Literal["post", "page", "response", "request"]
PARTS: tuple[str, ...] = get_args(Part)
LARGEST_PAGE = 64 * 2**20
"""Most bytes of a decoded page; a run takes at most [limits] decoded_bytes."""
PIECE = 1 << 18
"""Bytes read at a time."""


def stored(name: str, part: Part, at: datetime | None, layout: Layout, catalogue: Catalogue) -> Iterator[bytes]:
    """Yield the stored bytes of a URL, or of the path of a post, piece by piece.

    `at` (aware): the latest capture not later than that; None = the latest. UnknownUrl when there is none.
    """
    if part == "post":
        versions = [version for version in versions_of(name, catalogue, layout) if at is None or version.captured <= at]
        if not versions:
            raise UnknownUrl(f"{name}: no version{_as_old_as(at)}; `warcpress history` shows all")
        yield Publisher(layout, catalogue).text(versions[-1]).encode()
        return
    reader = Reader(layout.root)
    capture = _capture(name, at, layout, catalogue)
    if part == "page":
        yield from reader.entity_pieces(capture, LARGEST_PAGE)
        return
    with reader.record(capture.file, capture.offset) if part == "response" else request_of(reader, capture) as record:
        yield from _pieces(record.block)


def versions_of(name: str, catalogue: Catalogue, layout: Layout) -> list[Version]:
    """Return all versions of an article, oldest first, derivations included; UnknownUrl when there are none.

    `name`: any URL under which the article was fetched, or the path of its post file, relative to the working folder or
    to the posts folder.
    """
    article = _of_url(name, catalogue) if "://" in name else _of_path(name, catalogue, layout)
    if article is None:
        raise UnknownUrl(f"{name}: not in the archive; `warcpress list` shows what is")
    return catalogue.versions(article)


def _of_url(url: str, catalogue: Catalogue) -> str | None:
    for form in dict.fromkeys((url, canonicalise(url), target_uri(url))):
        if article := catalogue.article_of(form):
            return article
    return None


def _of_path(name: str, catalogue: Catalogue, layout: Layout) -> str | None:
    try:
        relative = Path(name).resolve().relative_to(layout.posts.resolve())
    except ValueError:
        return catalogue.article_at(name)
    return catalogue.article_at(relative.as_posix()) or catalogue.article_at(name)


def _capture(name: str, at: datetime | None, layout: Layout, catalogue: Catalogue) -> Capture:
    if "://" in name:
        line = Index(layout.root).latest(askable(name), at)
        found = catalogue.capture(line.record_id) if line else None
    else:
        return page_of_post(name, at, layout, catalogue)
    if found is None:
        raise _no_capture(name, at)
    return found


def page_of_post(name: str, at: datetime | None, layout: Layout, catalogue: Catalogue) -> Capture:
    """Return the capture of the page that a post was made from; UnknownUrl when there is none.

    `name`: the path of the post. `at` (aware): the latest capture not later than that; None = the latest.
    """
    captures = [catalogue.capture(version.pages[0]) for version in versions_of(name, catalogue, layout)]
    fitting = [capture for capture in captures if capture and (at is None or capture.date <= at)]
    if not fitting:
        raise _no_capture(name, at)
    return fitting[-1]


def _no_capture(name: str, at: datetime | None) -> UnknownUrl:
    return UnknownUrl(f"{name}: no capture{_as_old_as(at)}; `warcpress list` shows what is in the archive")


def _as_old_as(at: datetime | None) -> str:
    return f" as old as {at.isoformat()}" if at else ""


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(PIECE):
        yield piece
