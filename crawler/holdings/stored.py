"""A URL or post, a time and a part → the bytes that are stored, as a stream."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO, Literal, get_args

from archive import Capture, Index, Reader, request_of
from crawler.catalogue import Catalogue
from crawler.errors import UnknownUrl
from crawler.holdings.derivation import LARGEST_PAGE
from crawler.holdings.lookup import versions_of
from crawler.holdings.publishing import Publisher
from crawler.layout import Layout

Part = Literal["post", "page", "response", "request"]
PARTS: tuple[str, ...] = get_args(Part)
PIECE = 1 << 18
"""Bytes at a time."""


def stored(name: str, part: Part, at: datetime | None, layout: Layout, catalogue: Catalogue) -> Iterator[bytes]:
    """`name`: a URL, or the path of a post; `at`: aware, the latest capture not later; None = the latest.
    UnknownUrl when nothing is held of it then."""
    if part == "post":
        versions = [version for version in versions_of(name, catalogue, layout) if at is None or version.date <= at]
        if not versions:
            raise UnknownUrl(f"{name}: no version as old as {at}")
        yield Publisher(layout, catalogue).text(versions[-1]).encode()
        return
    reader = Reader(layout.root)
    capture = _capture(name, at, layout, catalogue)
    if part == "page":
        yield from reader.entity_pieces(capture, LARGEST_PAGE)
        return
    with reader.record(capture.file, capture.offset) if part == "response" else request_of(reader, capture) as record:
        yield from _pieces(record.block)


def _capture(name: str, at: datetime | None, layout: Layout, catalogue: Catalogue) -> Capture:
    if "://" in name:
        line = Index(layout.root).latest(name, at)
        found = catalogue.capture(line.record_id) if line else None
    else:
        found = _page_of_post(name, at, layout, catalogue)
    if found is None:
        raise UnknownUrl(f"{name}: no capture" + (f" as old as {at.isoformat()}" if at else ""))
    return found


def _page_of_post(name: str, at: datetime | None, layout: Layout, catalogue: Catalogue) -> Capture | None:
    captures = [catalogue.capture(version.pages[0]) for version in versions_of(name, catalogue, layout)]
    fitting = [capture for capture in captures if capture and (at is None or capture.date <= at)]
    return fitting[-1] if fitting else None


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(PIECE):
        yield piece
