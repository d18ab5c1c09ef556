"""Checks 1 to 6: the members of a compressed file, as `scanning` has found them; evidence goes in, faults come out."""

from __future__ import annotations

import struct

from archive.audit.findings import Fault

_WGET_SL = "{count} members have wget's extra field 'sl', which lacks its own length (RFC 1952, 2.3.1.1)"


def check_01_header(reason: str) -> Fault:
    """A gzip header that no reader can pass."""
    return Fault("error", f"gzip member can't be read: {reason}", check=1)


def check_01_inflates(reason: str, total: int, resumed: str) -> Fault:
    """The deflate data are broken after `total` bytes."""
    return Fault("error", f"gzip member does not inflate: {reason} after {total} bytes{resumed}", check=1)


def check_01_trailer(crc: int, total: int, trailer: bytes) -> Fault | None:
    """CRC32 and ISIZE, the last eight bytes of a member."""
    wanted, size = struct.unpack("<II", trailer)
    if crc != wanted:
        return Fault("error", f"gzip member is damaged: CRC32 is {crc:08x}, its trailer says {wanted:08x}", check=1)
    if total & 0xFFFFFFFF != size:
        return Fault("error", f"gzip member is damaged: {total} bytes inflated, its trailer says {size}", check=1)
    return None


def check_02_end(what: str) -> Fault:
    """The file ends where it should not."""
    return Fault("error", f"the file ends inside {what}: it was cut, or never finished", check=2)


def check_03_gap(count: int, zeros: bool, last: bool) -> Fault:
    """Bytes between or after members."""
    what = "zero bytes of padding" if zeros else "bytes that are no record"
    return Fault("error", f"{count} {what} {'after the last record' if last else 'between records'}", check=3)


def check_04_goes_on() -> Fault:
    """A record in two members."""
    return Fault("error", "the record goes on in the next member: one member is one record", check=4)


def check_04_several() -> Fault:
    """Two records in a member."""
    return Fault("error", "more than one record in this member: none but the first can be read by itself", check=4)


def check_04_empty() -> Fault:
    """No record in a member."""
    return Fault("error", "an empty member: it holds no record", check=4)


def check_05_extra_field(field: bytes) -> Fault | None:
    """FEXTRA is a row of subfields: two bytes of id, two of length, as many as that (RFC 1952, 2.3.1.1)."""
    if len(field) == 10 and field[:2] == b"sl":
        return Fault("warning", _WGET_SL, check=5)  # wget 1.14 and later, in every member of every file
    at = 0
    while at < len(field):
        if at + 4 > len(field):
            return Fault(
                "error", f"gzip extra field: {len(field) - at} bytes left over after the last subfield", check=5
            )
        length = struct.unpack_from("<H", field, at + 2)[0]
        if at + 4 + length > len(field):
            name = field[at : at + 2].decode("latin-1")
            there = len(field) - at - 4
            return Fault(
                "error", f"gzip extra field: subfield {name!r} says {length} bytes, {there} are there", check=5
            )
        if field[at + 1] == 0:
            return Fault("warning", "gzip extra field: a subfield id ends in 0, which RFC 1952 reserves", check=5)
        at += 4 + length
    return None


def check_35_coding(name: str) -> Fault:
    """A file in a coding that WARC files do not come in by any specification."""
    return Fault("warning", f"the file is {name}, which is not read: gzip, zstd and no compression are", check=35)


def check_06_records(records: int, damaged: int) -> Fault | None:
    """There is something in the file; where there was only damage, that is said already."""
    return None if records or damaged else Fault("error", "no record in this file", check=6)
