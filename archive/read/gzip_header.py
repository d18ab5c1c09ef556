"""The header of a gzip member (RFC 1952, 2.3.1): its place goes in, the place of the deflate data comes out."""

from __future__ import annotations

import struct
from typing import NamedTuple

from isal import isal_zlib

from archive.read import faults
from archive.read.faults import Fault
from archive.read.source import Source

FHCRC, FEXTRA, FNAME, FCOMMENT, RESERVED = 2, 4, 8, 16, 0xE0
"""Flags of a gzip header."""
MAX_NAME = 65536
"""Bytes that a file name or comment may take; RFC 1952 sets no bound."""


class GzipHeader(NamedTuple):
    """`start` = offset of the deflate data, None when the header can't be read."""

    start: int | None
    fault: Fault | None
    """Why the member can't be read: check 1, or 2 when the file ends here."""
    extra: Fault | None
    """A fault of the extra field only: check 5."""


class _BadHeader(Exception):
    """The header can't be read."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def read_gzip_header(source: Source, offset: int) -> GzipHeader:
    """Read the header at `offset`; its first two bytes are known to be `MAGIC`, as far as the file goes."""
    try:
        flags = _read_flags(source, offset)
        at, extra = _read_extra_field(source, offset + 10, flags)
        at = _pass_names(source, at, flags)
        if flags & FHCRC:
            _check_crc(source, offset, at)
            at += 2
    except _BadHeader as bad:
        return GzipHeader(None, bad.fault, None)
    return GzipHeader(at, None, extra)


def _read_flags(source: Source, offset: int) -> int:
    position = source.ensure(offset, 10)
    fixed = source.buffer[position : position + 10]
    if len(fixed) > 2 and fixed[2] != 8:
        raise _broken(f"compression method {fixed[2]}; RFC 1952 knows only 8 (deflate)")
    if len(fixed) > 3 and fixed[3] & RESERVED:
        raise _broken(f"reserved bits set in the gzip flags (0x{fixed[3]:02x})")
    if len(fixed) < 10:
        raise _cut()
    return fixed[3]


def _read_extra_field(source: Source, at: int, flags: int) -> tuple[int, Fault | None]:
    """Offset of what follows the extra field, and what is wrong with the field."""
    if not flags & FEXTRA:
        return at, None
    length: int = struct.unpack("<H", _take(source, at, 2))[0]
    return at + 2 + length, faults.extra_field(_take(source, at + 2, length))


def _pass_names(source: Source, at: int, flags: int) -> int:
    """Offset of what follows file name and comment."""
    for flag in (FNAME, FCOMMENT):
        if flags & flag:
            end = bytes_at(source, at, MAX_NAME).find(b"\0")
            if end < 0:
                cut = at + MAX_NAME >= source.size
                raise _cut() if cut else _broken("a name or comment that does not end")
            at += end + 1
    return at


def _check_crc(source: Source, offset: int, at: int) -> None:
    """The two bytes at `at` are the CRC16 of the header before them; one that is longer than any is not checked."""
    stored = _take(source, at, 2)
    if at - offset > 4 * MAX_NAME:
        return
    if stored != struct.pack("<H", isal_zlib.crc32(bytes_at(source, offset, at - offset)) & 0xFFFF):
        raise _broken("the gzip header's own CRC16 is wrong")


def _take(source: Source, offset: int, count: int) -> bytes:
    """So many bytes; _BadHeader where the file ends before."""
    data = bytes_at(source, offset, count)
    if len(data) < count:
        raise _cut()
    return data


def bgzip_end(source: Source, offset: int) -> int:
    """Where a block of bgzip at `offset` ends, as its extra field says; 0 for another member."""
    start = bytes_at(source, offset, 18)
    if start[2:4] != b"\x08\x04" or start[10:16] != b"\x06\x00BC\x02\x00" or len(start) < 18:
        return 0
    return offset + 1 + int.from_bytes(start[16:], "little")


def bytes_at(source: Source, offset: int, count: int) -> bytes:
    """Bytes of a source, fewer at its end."""
    position = source.ensure(offset, count)
    return source.buffer[position : position + count]


def _broken(reason: str) -> _BadHeader:
    return _BadHeader(faults.unreadable_header(reason))


def _cut() -> _BadHeader:
    return _BadHeader(faults.file_ends_inside("a gzip member's header"))
