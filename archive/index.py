"""Where each capture's bytes are: captures of a sealed WARC file in, lines for a URL and a time out.

A few sorted CDXJ files in `index/`, each named `FIRST-LAST.cdxj` after the additions that it holds. An addition is
merged with the newest files that are small beside it, so each file is at least twice what comes after it: a year of
half-hourly runs leaves a dozen files at most. Any reader of CDXJ (pywb) takes the folder as it is.

A crash loses nothing and doubles nothing: a merged file is written aside, fsynced and renamed, and from then on hides
the files whose range lies within its own; those are deleted afterwards, by the next addition if need be. A range that
no file covers is a file that went missing, and is said. One process adds at a time; any number read meanwhile.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, groupby, islice, takewhile
from pathlib import Path
from typing import BinaryIO

from archive.cdxj import Line
from archive.disk import Disk
from archive.errors import ArchiveError, StorageError
from archive.exchange import Capture
from archive.sortedlines import backwards, first_at_or_after, in_order, merged
from archive.surt import surt

_NAME = re.compile(r"([0-9]{8})-([0-9]{8})\.cdxj")
_UNFINISHED = "unfinished.tmp"
_LEAST = 64 * 1024
"""A smaller file counts as this many bytes: merging it costs less than the fsync that an addition needs anyway."""
_MOST_FILES = 12
_WRITE = 1024 * 1024
_LISTINGS = 20
"""Attempts to list the folder while another process replaces files in it."""


class IndexDamaged(ArchiveError):
    """A file of the index is missing."""


@dataclass(frozen=True, order=True)
class _Run:
    """One sorted file: additions `first` to `last`."""

    first: int
    last: int
    path: Path
    size: int

    @property
    def weight(self) -> int:
        return max(self.size, _LEAST)


class Index:
    """The CDXJ files of a data folder."""

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        self.folder = folder / "index"
        self._disk = disk or Disk()

    def add_file(self, captures: Iterable[Capture], warc_name: str) -> None:
        """Adds the captures of one sealed WARC file. Durable on return; adding the same captures again changes nothing.

        Raises StorageError when the disk does not take them; the index is then what it was.
        """
        lines = (bytes(Line.of(capture)) for capture in captures)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            live, hidden = self._survey()
            self._sweep(hidden)
            with in_order(lines, self.folder) as (fresh, size):
                if size:
                    kept, taken = _split(live, size)
                    first = taken[0].first if taken else _after(kept)
                    self._write(first, _after(live), fresh, taken)
        except OSError as error:
            raise StorageError(
                f"{self.folder}: the captures of {warc_name} can't be indexed: {error}",
                "the WARC file is whole; `python -m archive index` makes the index again",
            ) from error

    def rebuild(self, captures: Iterable[Capture]) -> None:
        """Makes the index again from all captures of the archive, in any order; till then the old one is used."""
        lines = (bytes(Line.of(capture)) for capture in captures)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            runs = self._runs()
            self._sweep([])
            with in_order(lines, self.folder) as (fresh, _):
                last = max((run.last for run in runs), default=0)
                self._write(1, last + 1, fresh, [])
            self._sweep(runs)
        except OSError as error:
            raise StorageError(
                f"{self.folder}: the index can't be made again: {error}", "the old one is in use"
            ) from error

    def lookup(
        self, url: str, at: datetime | None = None, *, exact: bool = False, limit: int | None = None
    ) -> list[Line]:
        """Captures of `url`, newest first, none later than `at` (aware), at most `limit`.

        `exact`: of this very URL; else of all that have its SURT (http and https, with and without `www.`, …). Reads
        about twenty blocks of 16 KiB per file, then the captures asked for. Raises IndexDamaged.
        """
        key = surt(url).encode() + b" "
        bound = key + (at.astimezone(UTC).strftime("%Y%m%d%H%M%S").rjust(14, "0").encode() + b"!" if at else b"~")
        with self._opened() as handles:
            newest = heapq.merge(
                *(backwards(handle, first_at_or_after(handle, bound)) for handle in handles), reverse=True
            )
            lines = (Line.parse(line) for line, _ in groupby(takewhile(lambda line: line.startswith(key), newest)))
            wanted = (line for line in lines if (at is None or line.date <= at) and (not exact or line.url == url))
            return list(islice(wanted, limit))

    def latest(self, url: str, at: datetime | None = None) -> Line | None:
        """The latest capture not later than `at`: of this very URL, else of one with its SURT, else None."""
        found = self.lookup(url, at, exact=True, limit=1) or self.lookup(url, at, limit=1)
        return found[0] if found else None

    def iterate(self) -> Iterator[Line]:
        """All lines in order of key and date."""
        with self._opened() as handles:
            for line in merged(handles):
                yield Line.parse(line)

    @contextmanager
    def _opened(self) -> Iterator[list[BinaryIO]]:
        """The live files, open: what another process deletes from now on stays readable."""
        with ExitStack() as stack:
            for attempt in range(_LISTINGS):
                try:
                    live, _ = self._survey()
                    handles: list[BinaryIO] = [stack.enter_context(run.path.open("rb")) for run in live]
                    break
                except (FileNotFoundError, IndexDamaged):  # replaced between listing and opening
                    stack.close()
                    if attempt == _LISTINGS - 1:
                        raise
            yield handles

    def _survey(self) -> tuple[list[_Run], list[_Run]]:
        """The live files, oldest first, and those that a live one hides."""
        live: list[_Run] = []
        hidden: list[_Run] = []
        for run in sorted(self._runs(), key=lambda run: (run.first, -run.last)):
            if live and run.last <= live[-1].last:
                hidden.append(run)
            elif run.first == _after(live):
                live.append(run)
            else:
                raise IndexDamaged(
                    f"{self.folder}: no file holds addition {_after(live)}, which comes before {run.path.name}; "
                    "`python -m archive index` makes the index again from the WARC files"
                )
        return live, hidden

    def _runs(self) -> list[_Run]:
        runs = []
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            if name := _NAME.fullmatch(path.name):
                with suppress(FileNotFoundError):  # deleted since it was listed: a live file covers it
                    runs.append(_Run(int(name[1]), int(name[2]), path, path.stat().st_size))
        return runs

    def _sweep(self, runs: Iterable[_Run]) -> None:
        """Deletes files that are no longer needed, with what a dead process left unfinished."""
        for path in chain((run.path for run in runs), [self.folder / _UNFINISHED]):
            with suppress(FileNotFoundError):
                self._disk.remove(path)

    def _write(self, first: int, last: int, fresh: Iterator[bytes], taken: list[_Run]) -> None:
        """Puts a file in place that holds `fresh` and the lines of the files `taken`, and deletes those."""
        unfinished = self.folder / _UNFINISHED
        with ExitStack() as stack:
            handles = [stack.enter_context(run.path.open("rb")) for run in taken]
            file = self._disk.create(unfinished)
            stack.callback(self._disk.close, file)
            for block in _blocks(merged([fresh, *handles])):
                self._disk.write(file, block)
            self._disk.fsync(file)
        self._disk.rename(unfinished, self.folder / f"{first:08d}-{last:08d}.cdxj")
        self._disk.fsync_folder(self.folder)
        self._sweep(taken)


def _blocks(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines joined into writes of a sensible size."""
    block: list[bytes] = []
    size = 0
    for line in lines:
        block.append(line)
        size += len(line)
        if size >= _WRITE:
            yield b"".join(block)
            block, size = [], 0
    yield b"".join(block)


def _after(runs: list[_Run]) -> int:
    """The number of the addition that follows `runs`."""
    return runs[-1].last + 1 if runs else 1


def _split(live: list[_Run], size: int) -> tuple[list[_Run], list[_Run]]:
    """Which files stay beside an addition of `size` bytes, and which are merged with it."""
    kept, weight = list(live), max(size, _LEAST)
    while kept and (kept[-1].weight < 2 * weight or len(kept) >= _MOST_FILES):
        weight += kept.pop().weight
    return kept, live[len(kept) :]
