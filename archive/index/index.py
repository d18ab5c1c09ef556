"""The index of an archive: captures of a sealed WARC file go in, lines for a URL and a time come out.

The index is sorted CDXJ files in `index/` (merged_files.py), which any reader of CDXJ can use. A 304 has no page, and
replay tools show an empty page for it (pywb 2.10 and wabac 2.27, 2026-11). So its line goes into `index/unchanged/`,
where they do not look, and they show the capture before it. Lookups here read both folders.
"""

from __future__ import annotations

import fcntl
import heapq
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby, islice, takewhile
from pathlib import Path
from typing import BinaryIO

from archive.disk import Disk
from archive.errors import StorageError
from archive.index.cdxj import Line
from archive.index.merged_files import MergedFiles
from archive.index.sorted_lines import Sorter, backwards, first_at_or_after, lines_of, merged
from archive.index.surt import surt
from archive.warc.exchange import Capture
from archive.warc.records import target_uri

_METHOD = b'"method": '
"""In our lines, of captures by other methods than GET."""
_PARTIAL = 206
_PAGES = (200, 304, None)
"""Statuses of answers that give a page; None = a resource, or HTTP/0.9."""


class Index:
    """The CDXJ files of a data folder."""

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        self.folder = folder / "index"
        disk = disk or Disk()
        self._pages = MergedFiles(self.folder, disk)
        self._unchanged = MergedFiles(self.folder / "unchanged", disk)
        self._both = (self._pages, self._unchanged)

    def add_file(self, captures: Iterable[Capture], warc_name: str) -> None:
        """Add the captures of one sealed WARC file, durably; adding them again changes nothing.

        The first capture is added last: when it is found after a crash, all others are there too. Raises StorageError
        when the disk fails, IndexDamaged when a file of the index is missing.
        """
        try:
            with self._sorted(captures) as parts:
                for files, lines in parts:
                    files.add(lines)
        except OSError as error:
            raise StorageError(
                f"{self.folder}: the captures of {warc_name} can't be indexed: {error.strerror or error}",
                "the WARC file is whole; `python -m archive index FOLDER` makes the index again",
            ) from error

    def rebuild(self, captures: Iterable[Capture]) -> None:
        """Make the index again from all captures of the archive, in any order, in bounded memory.

        The old index is used until then. Raises StorageError, and what reading the captures raises.
        """
        try:
            with self._sorted(captures) as parts:
                for files, lines in parts:
                    files.replace(lines)
        except OSError as error:
            raise StorageError(f"{self.folder}: can't be made again: {error.strerror or error}") from error

    def relocate(self, file: str, starts: Mapping[str, int]) -> None:
        """Let the lines of some WARC files lead into `file`, where the bytes of each begin at its start.

        Doing it again changes nothing. Raises StorageError when the disk fails, IndexDamaged when a file is missing.
        """

        def moved(line: bytes) -> bytes:
            if not any(mark in line for mark in marks):
                return line
            parsed = Line.parse(line)
            return bytes(replace(parsed, file=file, offset=parsed.offset + starts[parsed.file]))

        marks = [f'"filename": {json.dumps(name)}'.encode() for name in starts]
        try:
            with self._alone():
                for files in filter(lambda files: files.folder.is_dir(), self._both):
                    files.change(marks, moved)
        except OSError as error:
            raise StorageError(f"{self.folder}: can't be changed: {error.strerror or error}") from error

    def sound(self) -> bool:
        """Tell whether there is an index, and no file between the others is missing."""
        return self._pages.sound() and (self._unchanged.sound() or not self._unchanged.folder.exists())

    def lookup(
        self, url: str, at: datetime | None = None, *, exact: bool = False, limit: int | None = None
    ) -> list[Line]:
        """Find at most `limit` captures of `url`, as `captures` gives them."""
        return list(islice(self.captures(url, at, exact=exact), limit))

    def captures(self, url: str, at: datetime | None = None, *, exact: bool = False) -> Iterator[Line]:
        """Find captures of `url`, newest first, none later than `at` (aware).

        `exact`: only of this URL, else of every URL with the same SURT (http and https, with and without `www.` …).
        Captures by other methods than GET have other keys (`by_other_methods`). Reads about twenty blocks of 16 KiB per
        file, then the captures. Raises IndexDamaged, BadLine.
        """
        key = surt(url).encode() + b" "
        bound = key + (at.astimezone(UTC).strftime("%Y%m%d%H%M%S").rjust(14, "0").encode() + b"!" if at else b"~")
        with self._opened() as handles:
            newest = heapq.merge(
                *(backwards(handle, first_at_or_after(handle, bound)) for handle in handles), reverse=True
            )
            for raw, _ in groupby(takewhile(lambda line: line.startswith(key), newest)):
                line = Line.parse(raw)
                if (at is None or line.date <= at) and (not exact or _same(line.url, url)):
                    yield line

    def by_other_methods(self, url: str) -> Iterator[Line]:
        """Find the captures of `url`, or of a URL with its SURT, by POST, HEAD and so on, in the order of their keys.

        Reads the lines of all its queries. Raises IndexDamaged, BadLine.
        """
        key = surt(url)
        queries = key.partition("?")[0] + "?"
        for raw in self._beginning(queries.encode()):
            if _METHOD in raw:
                line = Line.parse(raw)
                if line.method != "GET" and surt(line.url) == key:
                    yield line

    def latest(self, url: str, at: datetime | None = None) -> Line | None:
        """Find the capture, not later than `at`, that shows best what `url` gave to a GET; None when there is none.

        A whole answer comes before a part (206, or a download that was cut), then this very URL before others with its
        SURT, a page (200, or 304, which confirms one) before an error or a redirect, and the latest before earlier
        ones.
        """
        best, most = None, (False, False, False)
        for line in self.captures(url, at):
            rank = (line.status != _PARTIAL and not line.truncated, _same(line.url, url), line.status in _PAGES)
            if best is None or rank > most:
                best, most = line, rank
            if all(most):
                break
        return best

    def holds(self, capture: Capture) -> bool:
        """Tell whether there is a line of this capture. Raises IndexDamaged, BadLine."""
        line = Line.of(capture)
        same = map(Line.parse, self._beginning(f"{line.key} {line.timestamp} ".encode()))
        return any((other.file, other.offset) == (line.file, line.offset) for other in same)

    def iterate(self, *, unchanged: bool = True) -> Iterator[Line]:
        """Give all lines in order of key and date; without `unchanged`, only those that replay tools see."""
        yield from map(Line.parse, self._beginning(b"", unchanged=unchanged))

    def _beginning(self, prefix: bytes, *, unchanged: bool = True) -> Iterator[bytes]:
        """The lines that begin with `prefix`, in order."""
        with self._opened(unchanged=unchanged) as handles:
            for handle in handles:
                handle.seek(first_at_or_after(handle, prefix))
            yield from takewhile(lambda line: line.startswith(prefix), merged(map(lines_of, handles)))

    @contextmanager
    def _opened(self, *, unchanged: bool = True) -> Iterator[list[BinaryIO]]:
        with ExitStack() as stack:
            both = self._both if unchanged else self._both[:1]
            yield [handle for files in both for handle in stack.enter_context(files.opened())]

    @contextmanager
    def _sorted(self, captures: Iterable[Capture]) -> Iterator[list[tuple[MergedFiles, Sorter]]]:
        """The lines of each folder, sorted; the folder of the first capture comes last, so it is written last.

        The index is locked meanwhile: `python -m archive index` may be started during a run.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._alone(), Sorter(self.folder) as pages, Sorter(self.folder) as unchanged:
            first = None
            for capture in captures:
                first = first or capture
                (unchanged if capture.status == 304 else pages).add(bytes(Line.of(capture)))
            parts = [(self._unchanged, unchanged), (self._pages, pages)]
            yield parts[::-1] if first and first.status == 304 else parts

    @contextmanager
    def _alone(self) -> Iterator[None]:
        handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _same(held: str, asked: str) -> bool:
    """Whether two URLs are the same; a fragment counts only when both have one, since no server sees it."""
    held, asked = target_uri(held), target_uri(asked)
    return held == asked or (held.partition("#")[0] == asked.partition("#")[0] and not ("#" in held and "#" in asked))
