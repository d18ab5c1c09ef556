"""Sorted files of lines, larger than memory: lines in any order go in, merged, searched and read from either end.

Lines are bytes with their line feed and sort as bytes, as `LC_ALL=C sort` does; every reader of CDXJ expects that.
"""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

_BLOCK = 16 * 1024
"""Bytes read at once when searching: some forty lines, and less than a disk's read-ahead."""
_IN_MEMORY = 32 * 1024 * 1024
"""Bytes of lines sorted in memory; more go to temporary files (Python objects take about twice that)."""


def merged(sources: Iterable[Iterable[bytes]]) -> Iterator[bytes]:
    """Sorted sources as one sorted sequence; of equal lines one is kept."""
    for line, _ in groupby(heapq.merge(*sources)):
        yield line


@contextmanager
def in_order(lines: Iterable[bytes], scratch: Path) -> Iterator[tuple[Iterator[bytes], int]]:
    """`lines` sorted, equal ones once, and their bytes; what memory can't hold waits in nameless files in `scratch`."""
    with ExitStack() as stack:
        spilled: list[BinaryIO] = []
        held: list[bytes] = []
        size = spilled_size = 0
        for line in lines:
            held.append(line)
            size += len(line)
            if size - spilled_size > _IN_MEMORY:
                held.sort()
                spill = stack.enter_context(TemporaryFile(dir=scratch))
                spill.writelines(held)
                spill.seek(0)
                spilled.append(spill)
                held, spilled_size = [], size
        held.sort()
        yield merged([*spilled, held]), size


def first_at_or_after(handle: BinaryIO, bound: bytes) -> int:
    """Offset of the first line that is not below `bound`, the file's size if none: one block read per halving."""
    low, high = 0, os.fstat(handle.fileno()).st_size  # the line that starts at `low` is below the bound, or low is 0
    size = high
    while high - low > _BLOCK:
        middle = (low + high) // 2
        handle.seek(middle)
        handle.readline()  # the rest of a line that started before
        start = handle.tell()
        if start >= high or handle.readline() >= bound:
            high = middle
        else:
            low = start
    handle.seek(low)
    position = low
    for line in handle:
        if line >= bound:
            return position
        position += len(line)
    return size


def backwards(handle: BinaryIO, end: int) -> Iterator[bytes]:
    """The lines before offset `end` (the start of a line), last first."""
    tail = b""  # the line that a block starts in may start in the block before
    while end > 0:
        start = max(0, end - _BLOCK)
        handle.seek(start)
        lines = (handle.read(end - start) + tail).split(b"\n")[:-1]
        tail = lines.pop(0) + b"\n"
        yield from (line + b"\n" for line in reversed(lines))
        end = start
    if tail:
        yield tail
