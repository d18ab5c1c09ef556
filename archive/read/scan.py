"""Scans a WARC or ARC file in any coding: a source goes in; a sink gets its records and its damage, in order.

source         a file as a sliding window of bytes, or as a sequence of bytes
gzip_members   gzip members and the gaps between them
zstd_frames    the same for zstd frames
compressed     the records of members
uncompressed   the records of a file without members, WARC or ARC
record         all facts of one WARC record: header (header.py), block (block.py), digest labels (digest.py)
arc            all facts of one ARC record
faults         what is wrong with bytes
sink           who takes what was found: the audit, or the reading of captures
"""

from __future__ import annotations

from collections.abc import Iterator

from archive.read import faults
from archive.read.arc import begins_arc
from archive.read.compressed import CompressedFile
from archive.read.gzip_members import MAGIC, gzip_members
from archive.read.sink import Sink
from archive.read.source import Source
from archive.read.uncompressed import ArcFile, WarcFile
from archive.read.zstd_frames import is_zstd, zstd_frames

_NOT_READ = {b"\x04\x22\x4d\x18": "lz4", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz", b"PK\x03\x04": "a zip archive"}
"""Codings that no WARC specification names, by the first bytes of a file."""
_TEXT = bytes({9, 10, 13, *range(32, 127)})
LINE = 4096
"""Bytes in which an ARC file shows itself."""


def scan(source: Source, name: str, sink: Sink) -> Iterator[None]:
    """Read the records in the coding that the first bytes show; a damaged file has that of its `name`.

    Yields every few records, so that the caller can take what the sink has. OSError passes through.
    """
    position = source.ensure(0, 16)
    start = source.buffer[position : position + 16]
    if start[:2] == MAGIC or start == MAGIC[:1]:
        return CompressedFile(gzip_members(source), source.size, sink).read()
    if is_zstd(start):
        return CompressedFile(zstd_frames(source), source.size, sink).read()
    damaged = start[:5].upper() != b"WARC/" and bool(start.translate(None, _TEXT)) and source.size > 18
    if damaged and name.endswith(".gz"):
        return CompressedFile(gzip_members(source), source.size, sink).read()
    for magic, coding in _NOT_READ.items():
        if start.startswith(magic):
            sink.unread(faults.not_read(coding))
            return iter(())
    if damaged and name.endswith(".zst"):
        return CompressedFile(zstd_frames(source), source.size, sink).read()
    position = source.ensure(0, LINE)
    if begins_arc(source.buffer[position : position + LINE]):
        return ArcFile(source, sink).read()
    return WarcFile(source, sink).read()
