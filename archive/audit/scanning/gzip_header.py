"""The header of one gzip member (RFC 1952, 2.3): bytes go in, where the deflate data starts and what is wrong with it
come out."""

from __future__ import annotations

import struct
from typing import NamedTuple

from isal import isal_zlib

from archive.audit.blocks.source import Source
from archive.audit.checks.members import check_01_header, check_02_end, check_05_extra_field
from archive.audit.findings import Fault

MAGIC = b"\x1f\x8b"
FHCRC, FEXTRA, FNAME, FCOMMENT, RESERVED = 2, 4, 8, 16, 0xE0
MAX_NAME = 65536
"""Bytes that a file name or comment may take; RFC 1952 sets no bound."""


class GzipHeader(NamedTuple):
    """`start` = offset of the deflate data, None when the header can't be read."""

    start: int | None
    fault: Fault | None
    """What makes the member unreadable: check 1, or 2 when the file ends here."""
    extra: Fault | None
    """What is wrong with the extra field only: check 5."""


def read_gzip_header(source: Source, offset: int) -> GzipHeader:
    """Reads the header at `offset`, whose first two bytes are known to be `MAGIC` as far as the file goes."""
    position = source.ensure(offset, 10)
    fixed = source.buffer[position : position + 10]
    if len(fixed) > 2 and fixed[2] != 8:
        return _broken(f"compression method {fixed[2]}; RFC 1952 knows only 8 (deflate)")
    if len(fixed) > 3 and fixed[3] & RESERVED:
        return _broken(f"reserved bits set in the gzip flags (0x{fixed[3]:02x})")
    if len(fixed) < 10:
        return _cut()
    flags, at, extra = fixed[3], offset + 10, None
    if flags & FEXTRA:
        field = _bytes(source, at, 2)
        if len(field) < 2:
            return _cut()
        length = struct.unpack("<H", field)[0]
        field = _bytes(source, at + 2, length)
        if len(field) < length:
            return _cut()
        extra = check_05_extra_field(field)
        at += 2 + length
    for flag in (FNAME, FCOMMENT):
        if flags & flag:
            end = _bytes(source, at, MAX_NAME).find(b"\0")
            if end < 0:
                return _cut() if at + MAX_NAME >= source.size else _broken("a name or comment that does not end")
            at += end + 1
    if flags & FHCRC:
        stored = _bytes(source, at, 2)
        if len(stored) < 2:
            return _cut()
        if at - offset <= 4 * MAX_NAME and stored != struct.pack(
            "<H", isal_zlib.crc32(_bytes(source, offset, at - offset)) & 0xFFFF
        ):
            return _broken("the gzip header's own CRC16 is wrong")
        at += 2
    return GzipHeader(at, None, extra)


def _bytes(source: Source, offset: int, count: int) -> bytes:
    position = source.ensure(offset, count)
    return source.buffer[position : position + count]


def _broken(reason: str) -> GzipHeader:
    return GzipHeader(None, check_01_header(reason), None)


def _cut() -> GzipHeader:
    return GzipHeader(None, check_02_end("a gzip member's header"), None)
