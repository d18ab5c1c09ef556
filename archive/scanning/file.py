"""One file from its first bytes to its last, whatever it is: a path goes in, batches come out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.scanning.batch import Batch, FileCounts
from archive.scanning.filelog import FileLog
from archive.scanning.gzip_members import gzip_members
from archive.scanning.gzip_walk import GzipWalk
from archive.scanning.plain_walk import PlainWalk
from archive.scanning.record import Known
from archive.scanning.source import Source

BATCH = 2048
"""Rows that are handed on at once."""


@dataclass(frozen=True, slots=True)
class Target:
    """A file to read, or a stored member of a zip."""

    path: Path
    name: str
    """As findings name it."""
    number: int
    """Of this file within the audit."""
    start: int = 0
    size: int | None = None
    hashed: bool = False
    """Take the sha256 of the file on the way."""


def read_file(target: Target, now: datetime) -> Iterator[Batch | FileCounts]:
    """All batches, then the counts. OSError as it comes."""
    with Source(target.path, target.name, start=target.start, size=target.size, hashed=target.hashed) as source:
        log = FileLog(target.name, target.number, source.size)
        for _ in _walk(source, log, Known(now)):
            if log.waiting >= BATCH:
                yield log.hand_over()
        log.finish()
        if target.hashed:
            log.counts.sha256 = source.digest()
        yield log.hand_over()
        yield log.counts


def _walk(source: Source, log: FileLog, known: Known) -> Iterator[None]:
    position = source.ensure(0, 16)
    start = source.buffer[position : position + 16]
    if start[:2] == b"\x1f\x8b":
        return GzipWalk(gzip_members(source), log, known).run()
    return PlainWalk(source, log, known).run()
