"""A URL or the path of a post goes in; its stored bytes, or its versions, come out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args

from archive import Capture, Index, Line, Reader, capture_of, described, left_out, request_of, target_uri
from crawler.clock import rfc3339
from crawler.errors import ConfigError, UnknownUrl
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


@dataclass(frozen=True)
class Shown:
    """A part of an article, or of another URL, that can be shown."""

    part: Part
    about: dict[str, object]
    """What `--json` tells of it."""
    notes: tuple[str, ...]
    """What a reader should know who takes it for the article."""
    pieces: Iterable[bytes]
    """The stored bytes; read once."""


def stored(name: str, part: Part | None, at: datetime | None, layout: Layout, catalogue: Catalogue) -> Shown:
    """Find the stored bytes of a URL, or of the path of a post.

    `part`: None = the post, or the page of a URL of which no post is made. `at` (aware): the latest not later than
    that; None = the latest. UnknownUrl when there is none.
    """
    notes: list[str] = []
    is_url = part in (None, "post") and "://" in name
    if is_url and _of_url(name, catalogue) is None and _found(name, at, layout, catalogue):
        if part == "post":
            raise UnknownUrl(f"{name}: no post is made of it; `--part page` shows its page")
        part = "page"
        notes.append(f"{name}: no post is made of it; this is its page")
    if part is None or part == "post":
        return _post(name, at, layout, catalogue)
    reader = layout.reader()
    capture = _capture(name, at, layout, catalogue)
    if "://" in name:
        notes += left_out(layout.index(), capture, askable(name), at)
    pieces = reader.entity_pieces(capture, LARGEST_PAGE) if part == "page" else _block(reader, capture, part)
    return Shown(part, described(capture), tuple(notes), pieces)


def _post(name: str, at: datetime | None, layout: Layout, catalogue: Catalogue) -> Shown:
    versions = [version for version in versions_of(name, catalogue, layout) if at is None or version.captured <= at]
    if not versions:
        raise UnknownUrl(f"{name}: no version{_as_old_as(at)}; `warcpress history` shows all")
    version = versions[-1]
    about = {
        "v": 1,
        "url": version.canonical_url,
        "date": rfc3339(version.captured),
        "title": version.title,
        "path": version.path,
        "version": version.number,
        "derivation": version.derivation,
        "filename": version.file,
        "offset": version.offset,
        "id": version.record_id,
    }
    return Shown("post", about, (), [Publisher(layout, catalogue).text(version).encode()])


def _block(reader: Reader, capture: Capture, part: Part) -> Iterator[bytes]:
    with reader.record_of(capture) if part == "response" else request_of(reader, capture) as record:
        while piece := record.block.read(PIECE):
            yield piece


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
    place = Path(name).resolve()
    posts = (one.posts.resolve() for one in layout.each())
    forms = [place.relative_to(folder).as_posix() for folder in posts if place.is_relative_to(folder)]
    return next((article for form in (*forms, name) if (article := catalogue.article_at(form))), None)


def _capture(name: str, at: datetime | None, layout: Layout, catalogue: Catalogue) -> Capture:
    if "://" not in name:
        return page_of_post(name, at, layout, catalogue)
    found = _found(name, at, layout, catalogue)
    if found is None:
        raise _no_capture(name, at)
    with layout.reader().record_of(found) as record:
        return capture_of(record, found.length)


def _found(url: str, at: datetime | None, layout: Layout, catalogue: Catalogue) -> Line | Capture | None:
    """What shows best what a URL gave, by the index; ConfigError where that is missing.

    Of several folders one may have no index that can be read: then the catalogues tell.
    """
    line = layout.index().latest(askable(url), at)
    for root in (one.root for one in layout.each() if line is None):
        if not Index(root).exists() and Reader(root).files():
            again = f"the next run makes it again, as does `python -m archive index {root}`"
            layout.leave(ConfigError(f"{root / 'index'}: missing; {again}"))
    if line is not None or len(layout.each()) == 1:
        return line
    rows = catalogue.captures.with_rows(dict.fromkeys((askable(url), target_uri(askable(url)))))
    fitting = (row for row in rows if at is None or row.date <= at)
    return max(fitting, key=lambda row: (not row.truncated, row.status in (200, None), row.date), default=None)


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
