"""Scans a WARC or ARC file in any coding: a source goes in; a sink gets its records and its damage, in order.

source         a file as a sliding window of bytes, or as a sequence of bytes
gzip_members   gzip members and the gaps between them; gzip_header: how a member begins
zstd_frames    the same for zstd frames
compressed     the records of members; content: the bytes of members that hold parts of one record
uncompressed   the records of a file without members, WARC or ARC
record         all facts of one WARC record: header (header.py), block (block.py), digest labels (digest.py)
arc            all facts of one ARC record
faults         what is wrong with bytes
sink           who takes what was found: the audit, or the reading of captures
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from archive.read import faults
from archive.read.arc import begins_arc
from archive.read.compressed import CompressedFile
from archive.read.gzip_members import MAGIC, gzip_members
from archive.read.sink import Sink
from archive.read.source import Source
from archive.read.uncompressed import ArcFile, WarcFile
from archive.read.zstd_frames import is_zstd, zstd_frames
from archive.warc.filenames import OPEN, TORN

_NOT_READ = {b"\x04\x22\x4d\x18": "lz4", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz", b"PK\x03\x04": "a zip archive"}
"""Codings that no WARC specification names, by the first bytes of a file."""
_TEXT = bytes({9, 10, 13, *range(32, 127)})
LINE = 4096
"""Bytes in which an ARC file shows itself."""


class Coding(Enum):
    """How the records of a file are stored."""

    GZIP = "gzip members"
    ZSTD = "zstd frames"
    ARC = "an uncompressed ARC file"
    WARC = "an uncompressed WARC file"


def coding_of(source: Source, name: str) -> Coding | str:
    """The coding that the first bytes show; a damaged file has that of its `name`. Text for one that is not read."""
    position = source.ensure(0, LINE)
    start = source.buffer[position : position + LINE]
    if start[:2] == MAGIC or start == MAGIC[:1]:
        return Coding.GZIP
    if is_zstd(start):
        return Coding.ZSTD
    damaged = start[:5].upper() != b"WARC/" and bool(start[:16].translate(None, _TEXT)) and source.size > 18
    lower = name.lower().removesuffix(OPEN).removesuffix(TORN)
    if damaged and lower.endswith(".gz"):
        return Coding.GZIP
    for magic, coding in _NOT_READ.items():
        if start.startswith(magic):
            return coding
    if damaged and lower.endswith(".zst"):
        return Coding.ZSTD
    return Coding.ARC if begins_arc(start) else Coding.WARC


def scan(source: Source, name: str, sink: Sink) -> Iterator[None]:
    """Read the records of a file, `name` as in `coding_of`.

    Yields every few records, so that the caller can take what the sink has. OSError passes through.
    """
    coding = coding_of(source, name)
    if coding is Coding.GZIP:
        return CompressedFile(gzip_members(source), source.size, sink).read()
    if coding is Coding.ZSTD:
        return CompressedFile(zstd_frames(source), source.size, sink).read()
    if coding is Coding.ARC:
        return ArcFile(source, sink).read()
    if coding is Coding.WARC:
        return WarcFile(source, sink).read()
    sink.unread(faults.not_read(str(coding)))
    return iter(())
