"""Sorted files of lines that do not fit into memory: sorting, merging, searching, reading backwards.

Lines are bytes with their line feed, and sort as bytes, as `LC_ALL=C sort` sorts; every reader of CDXJ expects that.
"""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from archive.index.cdxj import BadLine

_BLOCK = 16 * 1024
"""Bytes read at once when searching: about forty lines, less than a disk's read-ahead."""
MAX_LINE = 8 << 20
"""Maximum bytes of a line; a URL of 1 MB, the longest that a record may have, takes half of it."""
_IN_MEMORY = 32 * 1024 * 1024
"""Bytes of lines sorted in memory; more go to temporary files. The Python objects take about twice as much."""


def merged(sources: Iterable[Iterable[bytes]]) -> Iterator[bytes]:
    """Merge sorted sources into one sorted sequence without duplicates."""
    for line, _ in groupby(heapq.merge(*sources)):
        yield line


def lines_of(handle: BinaryIO) -> Iterator[bytes]:
    """The lines of a file; BadLine at one that is too long."""
    for line in iter(partial(handle.readline, MAX_LINE), b""):
        if len(line) == MAX_LINE and not line.endswith(b"\n"):
            raise _too_long(handle)
        yield line


def _too_long(handle: BinaryIO) -> BadLine:
    return BadLine(f"{handle.name}: a line of more than {MAX_LINE} bytes; make the index again")


class Sorter:
    """Takes lines in any order and gives them sorted; lines beyond the memory limit wait in temporary files."""

    def __init__(self, scratch: Path) -> None:
        """`scratch` is the folder of the temporary files, which have no names."""
        self._scratch = scratch
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._spilled: list[BinaryIO] = []
        self.size = 0
        """Bytes taken so far."""

    def add(self, line: bytes) -> None:
        """Take a line."""
        self._held.append(line)
        self._held_bytes += len(line)
        self.size += len(line)
        if self._held_bytes > _IN_MEMORY:
            spill = cast(BinaryIO, TemporaryFile(dir=self._scratch))  # noqa: SIM115 - closed by __exit__
            self._spilled.append(spill)
            self._held.sort()
            spill.writelines(self._held)
            spill.seek(0)
            self._held, self._held_bytes = [], 0

    def lines(self) -> Iterator[bytes]:
        """Give all lines in order, without duplicates; call it once."""
        self._held.sort()
        return merged([*self._spilled, self._held])

    def __enter__(self) -> Sorter:
        return self

    def __exit__(self, *_: object) -> None:
        for spill in self._spilled:
            spill.close()


def first_at_or_after(handle: BinaryIO, bound: bytes) -> int:
    """Offset of the first line that is not below `bound`, or the size of the file; reads one block per halving."""
    low, high = 0, os.fstat(handle.fileno()).st_size  # the line that starts at `low` is below the bound, or low is 0
    size = high
    while high - low > _BLOCK:
        middle = (low + high) // 2
        handle.seek(middle)
        handle.readline(MAX_LINE)  # the rest of a line that started before
        start = handle.tell()
        if start >= high or handle.readline(MAX_LINE) >= bound:
            high = middle
        else:
            low = start
    handle.seek(low)
    position = low
    for line in lines_of(handle):
        if line >= bound:
            return position
        position += len(line)
    return size


def backwards(handle: BinaryIO, end: int) -> Iterator[bytes]:
    """Give the lines before offset `end`, the start of a line; last line first."""
    tail: list[bytes] = []  # the line that a block starts in may start in blocks before; its last part comes first
    size = 0
    while end > 0:
        start = max(0, end - _BLOCK)
        handle.seek(start)
        block = handle.read(end - start)
        end = start
        if b"\n" not in block:
            tail.append(block)
            size += len(block)
            if size > MAX_LINE:
                raise _too_long(handle)
            continue
        lines = (block + b"".join(reversed(tail))).split(b"\n")[:-1]
        tail, size = [lines.pop(0) + b"\n"], 0
        yield from (line + b"\n" for line in reversed(lines))
    if tail:
        yield b"".join(reversed(tail))
