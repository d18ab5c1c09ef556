"""An archive, or what it captured since a time, in one file that ReplayWeb.page opens; in: the data folder and its
pages, out: a WACZ package.

The WARC files go in whole, as sealed. Where a revisit in them points at a response in a file that stays out, that
record is copied, byte for byte, into a WARC file of its own, so that every package can be replayed alone.
"""

from __future__ import annotations

import gzip
import hashlib
import heapq
import json
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import TypeVar

from archive.errors import ArchiveError, StorageError
from archive.index.cdxj import Line
from archive.index.index import Index
from archive.read.reader import Reader
from archive.warc.dates import Clock, utc_now, warc_date
from archive.warc.records import CONFORMS_TO, FORMAT, new_record_id, warcinfo_draft

_T = TypeVar("_T")

ORIGINALS = "originals.warc.gz"
"""Name of the file that holds copied records."""

_PIECE = 1 << 20
_LINES = 1024
"""Lines of the index per compressed block, as ArchiveWeb.page writes them."""
_PAGE_TYPES = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True)
class PackedPage:
    """One line of pages.jsonl: a capture that readers are shown in the list of pages."""

    url: str
    date: datetime
    """Aware: the date of its capture."""
    title: str
    text: str = ""
    """What the full-text search finds it by; empty = not searched."""


@dataclass(frozen=True)
class Packed:
    """What went into a package."""

    files: tuple[str, ...]
    captures: int
    originals: int
    """Records copied from files that stayed out."""
    pages: int
    size: int
    """Bytes of the package."""


def pack(
    folder: Path,
    target: Path,
    *,
    pages: Iterable[PackedPage] | None = None,
    since: datetime | None = None,
    title: str = "Archive",
    software: str = "warcpress",
    clock: Clock = utc_now,
    new_id: Callable[[], str] = new_record_id,
) -> Packed:
    """Packs the archive at `folder` into `target`, which is replaced once the new one is complete.

    `since` takes the WARC files with a capture of that time or later. `pages` are those of the package, in their
    order; without them every HTML page that was answered with 200 is one, titled by its URL. Raises StorageError,
    ArchiveError when a file that the index names is missing.
    """
    reader, index = Reader(folder), Index(folder)
    files = _files(reader, index, since)
    originals = _originals(index, files) if since else []
    copied: list[Line] = []
    captured, listed = _Tally(), _Tally()

    def lines() -> Iterator[Line]:
        inside = (line for line in index.iterate(unchanged=False) if line.file in files)
        return heapq.merge(inside, sorted(copied, key=bytes), key=bytes)

    try:
        with Package(target, clock(), title=title, software=software) as package:
            for name in sorted(files):
                path = reader.path(name)
                package.add(f"archive/{name}", _pieces(path), size=path.stat().st_size)
            if originals:
                first = _warcinfo(clock(), new_id(), software)
                package.add(f"archive/{ORIGINALS}", _copy(reader, originals, first, copied))
            entries: list[str] = []
            package.add("indexes/index.cdx.gz", _blocks(captured.of(lines()), entries))
            package.add("indexes/index.idx", (entry.encode() for entry in entries), deflate=True)
            listing = listed.of(_html_pages(lines()) if pages is None else pages)
            package.add("pages/pages.jsonl", _page_lines(listing, has_text=pages is not None), deflate=True)
    except OSError as error:
        what = f"{error.filename or target}: {error.strerror or error}"
        raise StorageError(what, f"{target.name} is as it was") from error
    return Packed(tuple(sorted(files)), captured.count, len(copied), listed.count, package.size)


class _Tally:
    """How many things went by."""

    def __init__(self) -> None:
        self.count = 0

    def of(self, things: Iterable[_T]) -> Iterator[_T]:
        for thing in things:
            self.count += 1
            yield thing


def _files(reader: Reader, index: Index, since: datetime | None) -> set[str]:
    """The sealed files that go in."""
    there = set(reader.files())
    named = {line.file for line in index.iterate() if since is None or line.date >= since}
    for name in sorted(named - there):
        if not reader.path(name).exists():
            raise ArchiveError(f"{name}: the index names it, but it is not there; `python -m archive audit` says more")
    return there if since is None else named & there


def _originals(index: Index, files: set[str]) -> list[Line]:
    """The lines of responses outside `files` that revisits inside point at."""
    wanted = {line.refers_to for line in index.iterate() if line.refers_to and line.file in files}
    return [line for line in index.iterate() if line.file not in files and line.record_id in wanted]


def _copy(reader: Reader, originals: list[Line], first: bytes, placed: list[Line]) -> Iterator[bytes]:
    """The record `first`, then the originals, each behind its file's warcinfo; their lines go into `placed`."""
    yield first
    offset = len(first)
    described = ""
    for line in sorted(originals, key=lambda line: (line.file, line.offset)):
        if line.file != described:
            described = line.file
            with reader.record(line.file, 0) as record:
                length = record.finish() if record.type == "warcinfo" else 0
            for piece in _member(reader.path(line.file), 0, length):
                yield piece
                offset += len(piece)
        start = offset
        for piece in _member(reader.path(line.file), line.offset, line.length):
            yield piece
            offset += len(piece)
        placed.append(replace(line, file=ORIGINALS, offset=start, length=offset - start))


def _member(path: Path, offset: int, length: int) -> Iterator[bytes]:
    """A record as it is stored, compressed if it was not."""
    if path.name.endswith(".gz"):
        return _pieces(path, offset, length)
    with path.open("rb") as file:
        file.seek(offset)
        return iter([gzip.compress(file.read(length), mtime=0)] if length else [])


def _warcinfo(now: datetime, record_id: str, software: str) -> bytes:
    description = "responses that revisits in this package point at, copied from files that are not in it"
    pairs = [("software", software), FORMAT, CONFORMS_TO, ("description", description)]
    return b"".join(warcinfo_draft(ORIGINALS, pairs, now, record_id).member())


def _blocks(lines: Iterator[Line], entries: list[str]) -> Iterator[bytes]:
    """The index in compressed blocks, each named in `entries` by its first line, where it starts and how long it is."""
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
        if line.status == 200 and line.mime in _PAGE_TYPES and not line.truncated:
            yield PackedPage(line.url, line.date, line.url)


def _page_lines(pages: Iterable[PackedPage], *, has_text: bool) -> Iterator[bytes]:
    header = {"format": "json-pages-1.0", "id": "pages", "title": "All pages", "hasText": has_text}
    yield json.dumps(header).encode() + b"\n"
    for page in pages:
        moment = warc_date(page.date)
        name = hashlib.sha256(f"{moment} {page.url}".encode("utf-8", "surrogatepass")).hexdigest()[:20]
        line = {"id": name, "url": page.url, "ts": moment, "title": page.title}
        yield json.dumps(line | ({"text": page.text} if page.text else {})).encode() + b"\n"


def _pieces(path: Path, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
    with path.open("rb") as file:
        left = path.stat().st_size if length is None else length
        file.seek(offset)
        while left and (piece := file.read(min(left, _PIECE))):
            left -= len(piece)
            yield piece


# FOLDED archive/package.py: A WACZ 1.1.1 package while it is written; in: members piece by piece, out: one zip file, described and hashed.
#
# Nothing is held but the list of members. The file has its name once it is complete and on disk.

VERSION = "1.1.1"
_PIECE = 1 << 20


@dataclass(frozen=True)
class _Resource:
    """One member as datapackage.json lists it."""

    path: str
    hash: str
    size: int

    def document(self) -> dict[str, object]:
        name = self.path.rpartition("/")[2].lower()
        return {"name": name, "path": self.path, "hash": self.hash, "bytes": self.size}


class Package:
    """Use as a context manager: leaving it without an error completes the file, with one leaves nothing behind."""

    def __init__(self, target: Path, created: datetime, *, title: str, software: str) -> None:
        self._target, self._created = target, created.astimezone(UTC)
        self._title, self._software = title, software
        self._unfinished = target.with_name(target.name + ".tmp")
        self._resources: list[_Resource] = []
        self.size = 0
        """Bytes of the complete file."""

    def __enter__(self) -> Package:
        self._file = self._unfinished.open("w+b")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_STORED)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._describe()
                self._zip.close()
                self._file.flush()
                os.fsync(self._file.fileno())
                self.size = self._file.tell()
                self._unfinished.replace(self._target)
        finally:
            with suppress(OSError, ValueError):  # of a package that failed; a complete one is closed already
                self._zip.close()
            self._file.close()
            self._unfinished.unlink(missing_ok=True)

    def add(self, path: str, pieces: Iterable[bytes], *, size: int | None = None, deflate: bool = False) -> None:
        """Adds a member; without its `size` it goes through a temporary file. WARC files and what is compressed
        already are stored: readers fetch ranges of them.
        """
        if size is None:
            with TemporaryFile(dir=self._target.parent) as spool:
                for piece in pieces:
                    spool.write(piece)
                size = spool.tell()
                spool.seek(0)
                self._add(path, iter(lambda: spool.read(_PIECE), b""), size, deflate)
        else:
            self._add(path, pieces, size, deflate)

    def _add(self, path: str, pieces: Iterable[bytes], size: int, deflate: bool) -> None:
        member = zipfile.ZipInfo(path, self._created.timetuple()[:6])
        member.compress_type = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
        member.external_attr = 0o644 << 16
        digest = hashlib.sha256()
        # A zip64 field in the member's header exactly when the directory has one: ReplayWeb.page (wabac 2.27) takes the
        # header's length from the directory. So no forcing, and no size in `member`: zipfile rounds it up by 5 %.
        with self._zip.open(member, "w", force_zip64=size > zipfile.ZIP64_LIMIT) as out:
            for piece in pieces:
                digest.update(piece)
                out.write(piece)
        self._resources.append(_Resource(path, f"sha256:{digest.hexdigest()}", size))

    def _describe(self) -> None:
        """datapackage.json, and the digest by which it can be signed."""
        package = {
            "profile": "data-package",
            "wacz_version": VERSION,
            "title": self._title,
            "created": self._created.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "software": self._software,
            "resources": [resource.document() for resource in self._resources],
        }
        content = json.dumps(package, indent=2).encode()
        digest = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(content).hexdigest()}"}
        self.add("datapackage.json", [content], size=len(content), deflate=True)
        signable = json.dumps(digest, indent=2).encode()
        self.add("datapackage-digest.json", [signable], size=len(signable), deflate=True)
