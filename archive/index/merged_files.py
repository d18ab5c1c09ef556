"""A large set of sorted lines, kept in a few files: additions go in, the current files come out, opened.

Each file is named `FIRST-LAST-CHECKSUM.cdxj` after the additions in it and the first 16 digits of its sha256. So a file
and its checksum appear together, and any reader of CDXJ reads the file as it is. Releases before 0.3 wrote no checksum;
such a file gets one when it is merged, if its lines are sound.

An addition is merged with the newest files that are small compared to it, so each file is at least twice as large as
all newer ones: 17,500 additions leave at most a dozen files, and a line is rewritten only when its file about doubles.

A crash neither loses nor duplicates a line. A merged file is written aside, fsynced and renamed; from then on it hides
the files whose range lies within its own. Those are deleted afterwards, at the latest by the next addition. A range
that no file covers is a missing file, and an error. One process adds at a time (index.py locks); others may read.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archive.disk import Disk, open_regular
from archive.errors import ArchiveError
from archive.index.cdxj import BadLine, Line
from archive.index.sorted_lines import Sorter, merged

_NAME = re.compile(r"([0-9]{8})-([0-9]{8})(?:-([0-9a-f]{16}))?\.cdxj")
_UNFINISHED = "unfinished.tmp"
_LEAST = 64 * 1024
"""A smaller file counts as this many bytes: merging it costs less than the fsync that an addition needs anyway."""
_MOST_FILES = 12
_WRITE = 1024 * 1024
_DIGITS = 16
"""Digits of a checksum, 64 bits: it shows damage, not forgery."""
_CHECKED = 64 * 1024 * 1024
"""Largest file, in bytes, that is checked whenever it is opened (50 ms, 2026-11). Larger ones are checked when they
are merged, and by the audit."""
_AGAIN = "`python -m archive index FOLDER` makes the index again from the WARC files"
_OTHER_BYTES = f"the file is damaged: it does not have the checksum in its name; {_AGAIN}"
_LISTINGS = 20
"""Attempts to list the folder while another process replaces files in it."""


class IndexDamaged(ArchiveError):
    """A file of the index is missing or has other bytes than were written."""


def is_ours(name: str) -> bool:
    """Tell whether a file has a name as we give them to index files."""
    return _NAME.fullmatch(name) is not None


def damage(handle: BinaryIO) -> str:
    """Say what is wrong with an open index file; empty when it has its checksum, or none."""
    path = Path(handle.name)
    name = _NAME.fullmatch(path.name)
    if name is None or name[3] is None:
        return ""
    found = hashlib.sha256()
    handle.seek(0)
    while block := handle.read(_WRITE):
        found.update(block)
    handle.seek(0)
    return "" if found.hexdigest().startswith(name[3]) else f"{path}: {_OTHER_BYTES}"


@dataclass(frozen=True)
class _File:
    """One sorted file: additions `first` to `last`."""

    first: int
    last: int
    path: Path
    size: int
    checksum: str
    """First digits of its sha256; empty for a file of an earlier release."""

    @property
    def weight(self) -> int:
        return max(self.size, _LEAST)


class MergedFiles:
    """The sorted files of one folder. OSErrors of the disk pass through."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self.folder, self._disk = folder, disk
        self._checked: set[str] = set()
        """Names of files that have their checksum."""

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
        """Tell whether there are files, none is missing, and those that are not too large are as they were written."""
        try:
            with self.opened() as handles:
                return bool(handles)
        except IndexDamaged:
            return False

    def replace(self, fresh: Sorter) -> None:
        """Replace all lines by these; the old files are used until the new one is in place."""
        self._prepare()
        old = self._list()
        self._write(1, max((file.last for file in old), default=0) + 1, fresh, [])
        self._delete(old)

    def unite(self) -> None:
        """Merge all files into one, which no addition follows any more."""
        live, hidden = self._survey()
        self._delete(hidden)
        if len(live) > 1:
            self._prepare()
            with Sorter(self.folder) as none:
                self._write(1, live[-1].last, none, live)
            self._delete(live)

    def change(self, marks: Sequence[bytes], changed: Callable[[bytes], bytes]) -> None:
        """Replace lines: `changed` gives the new line of each; files that have none of `marks` stay as they are."""
        self._prepare()
        live, hidden = self._survey()
        self._delete(hidden)
        for file in live:
            with file.path.open("rb") as handle, Sorter(self.folder) as fresh:
                if not _has_any(handle, marks):
                    continue
                handle.seek(0)
                for line in _as_written(file, handle):
                    fresh.add(changed(line))
                self._write(file.first, file.last, fresh, [])
            self._delete([file])

    @contextmanager
    def opened(self, *, check: bool = True) -> Iterator[list[BinaryIO]]:
        """Open the current files; they stay readable when another process deletes them.

        Raises IndexDamaged, with `check` also for a file that has other bytes than were written.
        """
        with ExitStack() as stack:
            for attempt in range(_LISTINGS):
                try:
                    live, _ = self._survey()
                    handles: list[BinaryIO] = [stack.enter_context(open_regular(file.path)) for file in live]
                    break
                except (FileNotFoundError, IndexDamaged):  # replaced between listing and opening
                    stack.close()
                    if attempt == _LISTINGS - 1:
                        raise
            if check:
                self._check(live, handles)
            yield handles

    def _check(self, live: list[_File], handles: list[BinaryIO]) -> None:
        for file, handle in zip(live, handles, strict=True):
            if file.size <= _CHECKED and file.path.name not in self._checked:
                if text := damage(handle):
                    raise IndexDamaged(text)
                self._checked.add(file.path.name)

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
                    f"{_AGAIN}"
                )
        return live, hidden

    def _list(self) -> list[_File]:
        files = []
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            if name := _NAME.fullmatch(path.name):
                with suppress(FileNotFoundError):  # deleted since it was listed: another file covers it
                    files.append(_File(int(name[1]), int(name[2]), path, path.stat().st_size, name[3] or ""))
        return files

    def _delete(self, files: Iterable[_File]) -> None:
        for file in files:
            with suppress(FileNotFoundError):
                self._disk.remove(file.path)

    def _write(self, first: int, last: int, fresh: Sorter, taken: list[_File]) -> None:
        """Write a file that holds `fresh` and the lines of the files `taken`."""
        unfinished = self.folder / _UNFINISHED
        digest = hashlib.sha256()
        with ExitStack() as stack:
            old = [_as_written(file, stack.enter_context(file.path.open("rb"))) for file in taken]
            out = self._disk.create(unfinished)
            stack.callback(self._disk.close, out)
            for block in _blocks(merged([fresh.lines(), *old])):
                self._disk.write(out, block)
                digest.update(block)
            self._disk.fsync(out)
        checksum = digest.hexdigest()[:_DIGITS]
        self._disk.rename(unfinished, self.folder / f"{first:08d}-{last:08d}-{checksum}.cdxj")
        self._disk.fsync_folder(self.folder)


def _has_any(handle: BinaryIO, marks: Sequence[bytes]) -> bool:
    if not os.fstat(handle.fileno()).st_size:
        return False
    with mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as content:
        # Most files have none, which one pass shows: 47 of them took 0.33 s for 36 MB (2026-11).
        common = os.path.commonprefix([mark.decode() for mark in marks]).encode()  # noqa: RUF071 - no paths
        return content.find(common) >= 0 and any(content.find(mark) >= 0 for mark in marks)


def _as_written(file: _File, handle: BinaryIO) -> Iterator[bytes]:
    """The lines of a file; IndexDamaged when they are not those that were written."""
    digest, before = hashlib.sha256(), b""
    for line in handle:
        digest.update(line)
        if not file.checksum:
            _check_line(file, line, before)
            before = line
        yield line
    if not digest.hexdigest().startswith(file.checksum):
        raise IndexDamaged(f"{file.path}: {_OTHER_BYTES}")


def _check_line(file: _File, line: bytes, before: bytes) -> None:
    try:
        Line.parse(line)
    except BadLine as error:
        raise IndexDamaged(f"{file.path}: {error}") from error
    if line <= before or not line.endswith(b"\n"):
        raise IndexDamaged(f"{file.path}: lines are out of order or cut; {_AGAIN}")


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
