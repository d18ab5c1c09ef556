"""One large sorted file of lines, kept as a few: additions go in, the files of the moment come out, open.

Each file is named `FIRST-LAST.cdxj` after the additions that it holds. An addition is merged with the newest files that
are small beside it, so that each file is at least twice what comes after it: 17,500 additions leave a dozen files at
most, and a line is written anew only when its file doubles or so.

A crash loses nothing and doubles nothing: a merged file is written aside, fsynced and renamed, and from then on hides
the files whose range lies within its own; those are deleted afterwards, by the next addition if need be. A range that
no file covers is a file that went missing, and is said. One process adds at a time, which index.py sees to; any number
read meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archive.disk import Disk
from archive.errors import ArchiveError
from archive.index.sortedlines import Sorter, merged

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


@dataclass(frozen=True)
class _Run:
    """One sorted file: additions `first` to `last`."""

    first: int
    last: int
    path: Path
    size: int

    @property
    def weight(self) -> int:
        return max(self.size, _LEAST)


class Runs:
    """The sorted files of one folder. OSErrors of the disk pass through."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self.folder, self._disk = folder, disk

    def add(self, fresh: Sorter) -> None:
        """Adds lines, durably; those that are there already change nothing. A failure leaves what was there before."""
        if not fresh.size:
            return
        self._ready()
        live, hidden = self._survey()
        self._delete(hidden)
        kept, taken = _split(live, fresh.size)
        self._write(_after(kept), _after(live), fresh, taken)
        self._delete(taken)

    def sound(self) -> bool:
        """There are files, and none is missing between them."""
        try:
            live, _ = self._survey()
        except IndexDamaged:
            return False
        return bool(live)

    def replace(self, fresh: Sorter) -> None:
        """Puts these lines in place of all; until the new file has its name the old ones are used."""
        self._ready()
        old = self._list()
        self._write(1, max((run.last for run in old), default=0) + 1, fresh, [])
        self._delete(old)

    @contextmanager
    def opened(self) -> Iterator[list[BinaryIO]]:
        """The live files, open: what another process deletes from now on stays readable. Raises IndexDamaged."""
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

    def _ready(self) -> None:
        self._disk.make_folder(self.folder)
        with suppress(FileNotFoundError):
            self._disk.remove(self.folder / _UNFINISHED)

    def _survey(self) -> tuple[list[_Run], list[_Run]]:
        """The live files, oldest first, and those that a live one hides."""
        live: list[_Run] = []
        hidden: list[_Run] = []
        for run in sorted(self._list(), key=lambda run: (run.first, -run.last)):
            if live and run.last <= live[-1].last:
                hidden.append(run)
            elif run.first == _after(live):
                live.append(run)
            else:
                raise IndexDamaged(
                    f"{self.folder}: no file holds addition {_after(live)}, which comes before {run.path.name}; "
                    "`python -m archive index FOLDER` makes the index again from the WARC files"
                )
        return live, hidden

    def _list(self) -> list[_Run]:
        runs = []
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            if name := _NAME.fullmatch(path.name):
                with suppress(FileNotFoundError):  # deleted since it was listed: another covers it
                    runs.append(_Run(int(name[1]), int(name[2]), path, path.stat().st_size))
        return runs

    def _delete(self, runs: Iterable[_Run]) -> None:
        for run in runs:
            with suppress(FileNotFoundError):
                self._disk.remove(run.path)

    def _write(self, first: int, last: int, fresh: Sorter, taken: list[_Run]) -> None:
        """Puts a file in place that holds `fresh` and the lines of the files `taken`."""
        unfinished = self.folder / _UNFINISHED
        with ExitStack() as stack:
            handles = [stack.enter_context(run.path.open("rb")) for run in taken]
            file = self._disk.create(unfinished)
            stack.callback(self._disk.close, file)
            for block in _blocks(merged([fresh.lines(), *handles])):
                self._disk.write(file, block)
            self._disk.fsync(file)
        self._disk.rename(unfinished, self.folder / f"{first:08d}-{last:08d}.cdxj")
        self._disk.fsync_folder(self.folder)


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
