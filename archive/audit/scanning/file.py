"""One file from its first bytes to its last, whatever it is: a path goes in, batches come out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.audit.blocks.source import Source
from archive.audit.checks.members import check_35_coding
from archive.audit.scanning.arc import begins_arc
from archive.audit.scanning.arc_walk import ArcWalk
from archive.audit.scanning.batch import Batch, FileCounts
from archive.audit.scanning.filelog import FileLog
from archive.audit.scanning.gzip_header import MAGIC
from archive.audit.scanning.gzip_members import gzip_members
from archive.audit.scanning.gzip_walk import GzipWalk
from archive.audit.scanning.plain_walk import PlainWalk
from archive.audit.scanning.record import Known
from archive.audit.scanning.zstd_frames import is_zstd, zstd_frames

_NOT_READ = {b"\x04\x22\x4d\x18": "lz4", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz", b"PK\x03\x04": "a zip archive"}
_TEXT = bytes({9, 10, 13, *range(32, 127)})
LINE = 4096
"""Bytes in which an ARC file shows itself."""
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
    package: str | None = None
    """The archive or WACZ package that the file is part of; None for a loose file, whose records may refer to files
    not given."""
    hashed: bool = False
    """Take the sha256 of the file on the way."""


def read_file(target: Target, now: datetime) -> Iterator[Batch | FileCounts]:
    """All batches, then the counts. OSError as it comes."""
    with Source(target.path, target.name, start=target.start, size=target.size, hashed=target.hashed) as source:
        log = FileLog(target.name, target.number, source.size)
        for _ in _walk(source, target.path.name, log, Known(now)):
            if log.waiting >= BATCH:
                yield log.hand_over()
        log.finish()
        if target.hashed:
            log.counts.sha256 = source.digest()
        yield log.hand_over()
        yield log.counts


def _walk(source: Source, target_name: str, log: FileLog, known: Known) -> Iterator[None]:
    position = source.ensure(0, 16)
    start = source.buffer[position : position + 16]
    if start[:2] == MAGIC or start == MAGIC[:1]:
        return GzipWalk(gzip_members(source), log, known).run()
    if is_zstd(start):
        return GzipWalk(zstd_frames(source), log, known).run()
    text = start[:5].upper() == b"WARC/" or not start.translate(None, _TEXT)
    if not text and target_name.endswith(".gz") and source.size > 18:
        return GzipWalk(gzip_members(source), log, known).run()  # its first bytes are damaged
    for magic, name in _NOT_READ.items():
        if start.startswith(magic):
            log.unread(check_35_coding(name))
            return iter(())
    if not text and target_name.endswith(".zst") and source.size > 18:
        return GzipWalk(zstd_frames(source), log, known).run()
    position = source.ensure(0, LINE)
    if begins_arc(source.buffer[position : position + LINE]):
        return ArcWalk(source, log).run()
    return PlainWalk(source, log, known).run()
