"""A large set of sorted lines, kept in a few files: additions go in, the current files come out, opened.

Each file is named `FIRST-LAST.cdxj` after the additions in it. An addition is merged with the newest files that are
small compared to it, so each file is at least twice as large as all newer ones: 17,500 additions leave at most a dozen
files, and a line is rewritten only when its file about doubles.

A crash neither loses nor duplicates a line. A merged file is written aside, fsynced and renamed; from then on it hides
the files whose range lies within its own. Those are deleted afterwards, at the latest by the next addition. A range
that no file covers is a missing file, and an error. One process adds at a time (index.py locks); others may read.
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
from archive.index.sorted_lines import Sorter, merged

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
class _File:
    """One sorted file: additions `first` to `last`."""

    first: int
    last: int
    path: Path
    size: int

    @property
    def weight(self) -> int:
        return max(self.size, _LEAST)


class MergedFiles:
    """The sorted files of one folder. OSErrors of the disk pass through."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self.folder, self._disk = folder, disk

    def add(self, fresh: Sorter) -> None:
        """Add lines, durably; lines that are there already change nothing. A failure leaves the files as they were."""
        if not fresh.size:
            return
        self._prepare()
        live, hidden = self._survey()
        self._delete(hidden)
        kept, taken = _split(live, fresh.size)
        self._write(_next(kept), _next(live), fresh, taken)
        self._delete(taken)

    def sound(self) -> bool:
        """Tell whether there are files, and no file between them is missing."""
        try:
            live, _ = self._survey()
        except IndexDamaged:
            return False
        return bool(live)

    def replace(self, fresh: Sorter) -> None:
        """Replace all lines by these; the old files are used until the new one is in place."""
        self._prepare()
        old = self._list()
        self._write(1, max((file.last for file in old), default=0) + 1, fresh, [])
        self._delete(old)

    @contextmanager
    def opened(self) -> Iterator[list[BinaryIO]]:
        """Open the current files; they stay readable when another process deletes them. Raises IndexDamaged."""
        with ExitStack() as stack:
            for attempt in range(_LISTINGS):
                try:
                    live, _ = self._survey()
                    handles: list[BinaryIO] = [stack.enter_context(file.path.open("rb")) for file in live]
                    break
                except (FileNotFoundError, IndexDamaged):  # replaced between listing and opening
                    stack.close()
                    if attempt == _LISTINGS - 1:
                        raise
            yield handles

    def _prepare(self) -> None:
        self._disk.make_folder(self.folder)
        with suppress(FileNotFoundError):
            self._disk.remove(self.folder / _UNFINISHED)

    def _survey(self) -> tuple[list[_File], list[_File]]:
        """The current files, oldest first, and the files that they hide."""
        live: list[_File] = []
        hidden: list[_File] = []
        for file in sorted(self._list(), key=lambda file: (file.first, -file.last)):
            if live and file.last <= live[-1].last:
                hidden.append(file)
            elif file.first == _next(live):
                live.append(file)
            else:
                raise IndexDamaged(
                    f"{self.folder}: no file holds addition {_next(live)}, which comes before {file.path.name}; "
                    "`python -m archive index FOLDER` makes the index again from the WARC files"
                )
        return live, hidden

    def _list(self) -> list[_File]:
        files = []
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            if name := _NAME.fullmatch(path.name):
                with suppress(FileNotFoundError):  # deleted since it was listed: another file covers it
                    files.append(_File(int(name[1]), int(name[2]), path, path.stat().st_size))
        return files

    def _delete(self, files: Iterable[_File]) -> None:
        for file in files:
            with suppress(FileNotFoundError):
                self._disk.remove(file.path)

    def _write(self, first: int, last: int, fresh: Sorter, taken: list[_File]) -> None:
        """Write a file that holds `fresh` and the lines of the files `taken`."""
        unfinished = self.folder / _UNFINISHED
        with ExitStack() as stack:
            handles = [stack.enter_context(file.path.open("rb")) for file in taken]
            out = self._disk.create(unfinished)
            stack.callback(self._disk.close, out)
            for block in _blocks(merged([fresh.lines(), *handles])):
                self._disk.write(out, block)
            self._disk.fsync(out)
        self._disk.rename(unfinished, self.folder / f"{first:08d}-{last:08d}.cdxj")
        self._disk.fsync_folder(self.folder)


def _blocks(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines, joined into writes of about a megabyte."""
    block: list[bytes] = []
    size = 0
    for line in lines:
        block.append(line)
        size += len(line)
        if size >= _WRITE:
            yield b"".join(block)
            block, size = [], 0
    yield b"".join(block)


def _next(files: list[_File]) -> int:
    """The number of the addition that follows these files."""
    return files[-1].last + 1 if files else 1


def _split(live: list[_File], size: int) -> tuple[list[_File], list[_File]]:
    """The files that stay beside an addition of `size` bytes, and the files that are merged with it."""
    kept, weight = list(live), max(size, _LEAST)
    while kept and (kept[-1].weight < 2 * weight or len(kept) >= _MOST_FILES):
        weight += kept.pop().weight
    return kept, live[len(kept) :]
