"""Packs an archive for replay: a data folder and its pages go in, a WACZ file for ReplayWeb.page comes out.

The WARC files go in whole, as sealed. When a revisit in them refers to a response in a file that stays out, that record
is copied, byte for byte, into an additional WARC file, so every package can be replayed alone.
"""

from __future__ import annotations

import gzip
import hashlib
import heapq
import json
import logging
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

from archive.disk import kept_together, open_regular
from archive.errors import ArchiveError, BadRecord, StorageError
from archive.index.cdxj import REVISIT, Line
from archive.index.index import Index
from archive.read.captures import warcinfo_start
from archive.read.reader import Reader
from archive.read.show import NotHeld
from archive.read.stored_files import Stores
from archive.seal.manifest import NAME as MANIFEST
from archive.seal.manifest import PACKED, lines_of
from archive.seal.wacz_auth import PackageSigner
from archive.wacz.container import Container
from archive.warc.dates import Clock, utc_now, warc_date
from archive.warc.exchange import Capture
from archive.warc.records import CONFORMS_TO, FORMAT, gzip_member, new_record_id, warcinfo_draft

_T = TypeVar("_T")

ORIGINALS = "originals.warc.gz"
"""Name of the file that holds copied records."""

_PIECE = 1 << 20
_LINES = 1024
"""Lines of the index per compressed block, as in ArchiveWeb.page."""
_PAGES = (200, None)
"""Statuses of pages; None = a resource, which was stored without its HTTP head."""
_PAGE_TYPES = ("text/html", "application/xhtml+xml")
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PackedPage:
    """One line of pages.jsonl: a capture that replay shows in its list of pages."""

    url: str
    """Target URI of the capture."""
    date: datetime
    """Date of the capture, aware."""
    title: str
    """Shown in the list."""
    text: str = ""
    """Text for the full-text search; empty leaves the page out of it."""


@dataclass(frozen=True)
class Packed:
    """The contents of a package, counted."""

    files: tuple[str, ...]
    """Names of the WARC files."""
    captures: int
    """Lines of its index."""
    originals: int
    """Records copied from files that stayed out."""
    pages: int
    """Lines of its list of pages."""
    size: int
    """Bytes of the package."""


def pack(
    folder: Path,
    target: Path,
    *,
    pages: Iterable[PackedPage] | None = None,
    since: datetime | None = None,
    files: Collection[str] | None = None,
    posts: Iterable[tuple[str, bytes]] = (),
    title: str = "Archive",
    software: str = "warcpress",
    sign: PackageSigner | None = None,
    clock: Clock = utc_now,
    new_id: Callable[[], str] = new_record_id,
    stores: Stores | None = None,
) -> Packed:
    """Pack the archive at `folder` into `target`, which is replaced when the new file is complete.

    `since` takes only WARC files with a capture of that time or later, `files` only the WARC files of these names: the
    evidence for some captures (`files_with`). `posts` are further files, by their names below posts/. `pages` is the
    list of pages, in order; without it, every whole HTML answer to a GET with status 200 is a page, titled by its URL.
    `sign` signs the package. `stores`: as of `Reader`. Raises StorageError, ArchiveError when a file that the index
    names is missing, and StoreFailed when one that is only in the store can't be read.
    """
    reader = Reader(folder, stores=stores)
    with kept_together(folder):
        return _pack(reader, target, pages, since, files, posts, title, software, sign, clock, new_id)


def files_with(reader: Reader, captures: Iterable[Capture | Line]) -> set[str]:
    """The names of the WARC files that hold captures, and the originals of the revisits among them.

    They go into a package whole, though most of their records may be of other pages: the manifest has the sha256 of
    whole files, and nothing else shows that a record is as it was sealed.
    """
    files = set[str]()
    for capture in captures:
        line = capture if isinstance(capture, Line) else Line.of(capture)
        files.add(line.file)
        if line.mime == REVISIT and (original := reader.original(line)):
            files.add(original.file)
    return files


def pages_of(folder: Path, urls: Iterable[str]) -> list[Line]:
    """The whole pages that URLs gave, oldest first; NotHeld for a URL that gave none."""
    index, found = Index(folder), list[Line]()
    for url in urls:
        lines = [line for line in index.captures(url) if line.status in _PAGES and not line.truncated]
        if not lines:
            raise NotHeld(f"{folder}: no whole page of {url!r}; `lookup` lists what there is")
        found += reversed(lines)
    return found


def _pack(
    reader: Reader,
    target: Path,
    pages: Iterable[PackedPage] | None,
    since: datetime | None,
    chosen: Collection[str] | None,
    posts: Iterable[tuple[str, bytes]],
    title: str,
    software: str,
    sign: PackageSigner | None,
    clock: Clock,
    new_id: Callable[[], str],
) -> Packed:
    folder = reader.folder
    index = Index(folder)
    files = _files(reader, index, since, chosen, target)
    for name in sorted(files):
        if not name.lower().endswith((".warc", ".warc.gz")):
            logger.warning("%s: packages are for .warc and .warc.gz; few readers of packages read this file", name)
    originals = _originals(reader, index, files) if since or chosen is not None else []
    copied: list[Line] = []
    captured, listed = _Tally(), _Tally()

    def lines() -> Iterator[Line]:
        inside = (line for line in index.iterate(unchanged=False) if line.file in files)
        return heapq.merge(inside, sorted(copied, key=bytes), key=bytes)

    try:
        with Container(target, clock(), title=title, software=software, sign=sign) as package:
            for name in sorted(files):
                package.add(f"archive/{name}", reader.pieces(name), size=reader.size(name))
            if originals:
                first = _warcinfo(clock(), new_id(), software)
                package.add(f"archive/{ORIGINALS}", _copy(reader, originals, first, copied))
            entries: list[str] = []
            package.add("indexes/index.cdx.gz", _blocks(captured.of(lines()), entries))
            package.add("indexes/index.idx", (entry.encode() for entry in entries), deflate=True)
            listing = listed.of(_html_pages(lines()) if pages is None else pages)
            package.add("pages/pages.jsonl", _page_lines(listing, has_text=pages is not None), deflate=True)
            for name, content in posts:
                package.add(f"posts/{name}", [content], size=len(content), deflate=True)
            if (manifest := folder / MANIFEST).exists():
                package.add(PACKED, _manifest(manifest), deflate=True)
    except OSError as error:
        what = f"{error.filename or target}: {error.strerror or error}"
        raise StorageError(what, f"{target.name} is as it was") from error
    return Packed(tuple(sorted(files)), captured.count, len(copied), listed.count, package.size)


class _Tally:
    """Counts the items of an iterator as they pass."""

    def __init__(self) -> None:
        self.count = 0

    def of(self, items: Iterable[_T]) -> Iterator[_T]:
        for item in items:
            self.count += 1
            yield item


def _files(
    reader: Reader, index: Index, since: datetime | None, chosen: Collection[str] | None, target: Path
) -> set[str]:
    """The names of the sealed files that go in; none from an earlier package that the new one replaces."""
    replaced = target.resolve()
    there = {name for name in reader.files() if reader.path(name).resolve() != replaced}
    named = {line.file for line in index.iterate() if since is None or line.date >= since} if chosen is None else chosen
    for name in sorted(set(named) - there):
        if not reader.path(name).exists():
            raise ArchiveError(f"{name}: in the index, but missing; `python -m archive audit` has the details")
    return there if since is None and chosen is None else set(named) & there


def _originals(reader: Reader, index: Index, files: set[str]) -> list[Line]:
    """The index lines of responses outside of `files` that revisits inside refer to, by whatever they name them.

    An original that is nowhere in the archive can't be packed; the audit names its revisit.
    """

    def revisits() -> Iterator[Line]:
        return (line for line in index.iterate() if line.mime == REVISIT and line.file in files)

    wanted, held = {line.refers_to for line in revisits() if line.refers_to}, set[str]()
    originals: dict[tuple[str, int, str], Line] = {}
    for line in index.iterate():
        if line.record_id in wanted:
            held.add(line.record_id)
            if line.file not in files:
                originals[line.file, line.offset, line.url] = line
    for revisit in revisits():
        if revisit.refers_to not in held:
            with suppress(BadRecord):
                capture = reader.original(revisit)
                if capture is not None and capture.file not in files:
                    originals[capture.file, capture.offset, capture.url] = Line.of(capture)
    return list(originals.values())


def _copy(reader: Reader, originals: list[Line], first: bytes, placed: list[Line]) -> Iterator[bytes]:
    """The record `first`, then the originals, each behind its file's warcinfo; adds their index lines to `placed`."""
    yield first
    offset = len(first)
    described: tuple[str, int] | None = None
    info_of = warcinfo_start(reader.folder)
    for line in sorted(originals, key=lambda line: (line.file, line.offset)):
        info = info_of(line.file, line.offset)
        if (line.file, info) != described:
            described = line.file, info
            with suppress(BadRecord), reader.record(line.file, info) as record:
                if record.type == "warcinfo":
                    about = replace(line, offset=info, length=record.finish(), record_id=record.record_id)
                    offset += yield from _counted(_member(reader, about))
        start = offset
        offset += yield from _counted(_member(reader, line))
        placed.append(replace(line, file=ORIGINALS, offset=start, length=offset - start))


def _member(reader: Reader, line: Line) -> Iterator[bytes]:
    """A record as it is stored in a gzip member of its own, else compressed into one."""
    if line.length and line.file.lower().endswith(".gz"):
        yield from reader.pieces(line.file, line.offset, line.length)
        return
    with reader.record_of(line) as record:
        yield from gzip_member(record.head, iter(partial(record.block.read, _PIECE), b""))


def _counted(pieces: Iterator[bytes]) -> Generator[bytes, None, int]:
    """Give the pieces; return how many bytes they have."""
    count = 0
    for piece in pieces:
        yield piece
        count += len(piece)
    return count


def _warcinfo(now: datetime, record_id: str, software: str) -> bytes:
    description = "responses that revisits in this package point at, copied from files that are not in it"
    pairs = [("software", software), FORMAT, CONFORMS_TO, ("description", description)]
    return b"".join(warcinfo_draft(ORIGINALS, pairs, now, record_id).member())


def _blocks(lines: Iterator[Line], entries: list[str]) -> Iterator[bytes]:
    """The index in compressed blocks; adds the first line, offset and length of each to `entries`."""
    entries.append('!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}\n')
    offset = 0
    while block := list(islice(lines, _LINES)):
        content = gzip.compress(b"".join(map(bytes, block)), mtime=0)
        place = {"offset": offset, "length": len(content), "digest": f"sha256:{hashlib.sha256(content).hexdigest()}"}
        entries.append(f"{block[0].key} {block[0].timestamp} {json.dumps(place)}\n")
        offset += len(content)
        yield content


def _html_pages(lines: Iterable[Line]) -> Iterator[PackedPage]:
    for line in lines:
        if line.method == "GET" and line.status in _PAGES and line.mime in _PAGE_TYPES and not line.truncated:
            yield PackedPage(line.url, line.date, line.url)


def _page_lines(pages: Iterable[PackedPage], *, has_text: bool) -> Iterator[bytes]:
    header = {"format": "json-pages-1.0", "id": "pages", "title": "All pages", "hasText": has_text}
    yield json.dumps(header).encode() + b"\n"
    for page in pages:
        moment = warc_date(page.date)
        name = hashlib.sha256(f"{moment} {page.url}".encode("utf-8", "surrogatepass")).hexdigest()[:20]
        line = {"id": name, "url": page.url, "ts": moment, "title": page.title}
        yield json.dumps(line | ({"text": page.text} if page.text else {})).encode() + b"\n"


def _manifest(path: Path) -> Iterator[bytes]:
    """All lines: one proves nothing without the later ones, which are signed. A run may just be writing the last."""
    with open_regular(path) as file:
        yield from (line for line in lines_of(file) if line.endswith(b"\n"))
