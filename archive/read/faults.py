"""What is wrong with the bytes of a file: the scan finds a defect, a fault comes out, with the number of its check.

The audit reports each fault as it is; `archive/audit/checks/members.py` has the titles and clauses of the checks. Those
who read captures leave out a damaged record, and give the fault's message as the reason.
"""

from __future__ import annotations

import struct
from typing import Literal, NamedTuple

from archive.plurals import many
from archive.read.arc import ArcRecord
from archive.read.record import END, BadEnd, ScannedRecord

Severity = Literal["error", "warning", "note"]
_ARC = "ARC 1.0"
_WGET_SL = "{count:member has|members have} wget's extra field 'sl', which lacks its own length (RFC 1952, 2.3.1.1)"


class Fault(NamedTuple):
    """A finding of the audit without its place."""

    severity: Severity
    message: str
    clause: str = ""
    """Empty = the clause of the check."""
    check: int = 0
    """0 until the registration of the function that found it adds the number (`archive.audit.registry`)."""
    caused_by: int | None = None
    """Number of the check whose fault of the same record explains this one."""
    counted: bool = False
    """Report it once per file, with the number of its records in place of `{count}` in the message."""
    unless_head: bool = False
    """Drop it if the request was a HEAD; the checks across records find that out."""
    sent: frozenset[str] = frozenset()
    """Digests (`block`, `payload`) that show that the server sent it so: with one of them right it is a warning."""


def unreadable_header(reason: str) -> Fault:
    """A gzip header can't be read."""
    return Fault("error", f"gzip member can't be read: {reason}", check=1)


def does_not_inflate(reason: str, total: int, resumed: str) -> Fault:
    """The deflate data are damaged after `total` inflated bytes."""
    return Fault("error", f"gzip member does not inflate: {reason} after {many(total, 'byte')}{resumed}", check=1)


def trailer(crc: int, total: int, stored: bytes) -> Fault | None:
    """CRC32 and ISIZE, the last eight bytes of a member, are those of the inflated bytes."""
    wanted, size = struct.unpack("<II", stored)
    if crc != wanted:
        return Fault("error", f"gzip member is damaged: CRC32 is {crc:08x}, its trailer says {wanted:08x}", check=1)
    if total & 0xFFFFFFFF != size:
        return Fault(
            "error", f"gzip member is damaged: {many(total, 'byte')} inflated, its trailer says {size}", check=1
        )
    return None


def file_ends_inside(what: str) -> Fault:
    """The file ends inside a member or record."""
    return Fault("error", f"the file ends inside {what}: it was cut, or never finished", check=2)


def gap(count: int, zeros: bool, last: bool) -> Fault:
    """Bytes between members, or after the last, belong to no member."""
    what = "zero bytes of padding" if zeros else "bytes that belong to no record"
    return Fault("error", f"{count} {what} {'after the last record' if last else 'between records'}", check=3)


def bytes_after_record(count: int, zeros: bool) -> Fault:
    """Bytes that belong to no record follow a record whose length is right."""
    return Fault("error", f"{count} {'zero ' if zeros else ''}bytes after the record that belong to no record", check=3)


def goes_on_in_next_member() -> Fault:
    """One record takes two members; the standard recommends one for each (WARC 1.1, D.2)."""
    return Fault("warning", "the record goes on in the next member: one member should be one record", check=4)


def several_records() -> Fault:
    """One member holds two records."""
    return Fault("warning", "more than one record in this member: only the first can be read by itself", check=4)


def empty_member() -> Fault:
    """A member holds no record."""
    return Fault("warning", "an empty member: it holds no record", check=4)


def extra_field(field: bytes) -> Fault | None:
    """The extra field is a sequence of subfields: two bytes of id, two of length, and the data."""
    if len(field) == 10 and field[:2] == b"sl":
        return Fault("warning", _WGET_SL, counted=True, check=5)  # wget 1.14 and later, in every member of every file
    at = 0
    while at < len(field):
        if at + 4 > len(field):
            return Fault(
                "error", f"gzip extra field: {many(len(field) - at, 'byte')} left over after the last subfield", check=5
            )
        length = struct.unpack_from("<H", field, at + 2)[0]
        if at + 4 + length > len(field):
            name = field[at : at + 2].decode("latin-1")
            there = len(field) - at - 4
            return Fault(
                "error",
                f"gzip extra field: subfield {name!r} says {many(length, 'byte')}, {many(there, 'is', 'are')} there",
                check=5,
            )
        if field[at + 1] == 0:
            return Fault("warning", "gzip extra field: a subfield id ends in 0, which RFC 1952 reserves", check=5)
        at += 4 + length
    return None


def read_too_often(count: int) -> Fault:
    """So many records are damaged that the search for the next one would read the file again and again."""
    return Fault(
        "error",
        f"{many(count, 'byte was', 'bytes were')} not read: the damage before them was searched too often",
        check=1,
    )


def too_many_records() -> Fault:
    """The members of a file hold so many further records that the rest of this one is passed over."""
    return Fault(
        "error", "too many records for members that should hold one each: the rest of this one is not read", check=1
    )


def blank_lines() -> Fault:
    """More than two line ends follow a record."""
    return Fault("warning", "empty lines after the record", check=8)


def blank_lines_first(count: int) -> Fault:
    """No line ends come before a record."""
    return Fault("warning", f"{many(count, 'line end')} before the record", check=8)


def record_end(record: ScannedRecord, end: BadEnd) -> Fault:
    """CRLF CRLF ends a record."""
    if end.after[:2] == b"\n\n":
        return Fault(
            "warning" if record.header.draft else "error", "the record ends in bare LF instead of CRLF CRLF", check=8
        )
    return Fault(
        "error", f"the record does not end with CRLF CRLF: {end.after or 'nothing'!r} follows its block", check=8
    )


def length_does_not_fit() -> Fault:
    """The block does not end where the Content-Length says."""
    return Fault("error", "Content-Length does not fit: the block does not end where it says", check=14)


def bad_end(record: ScannedRecord, end: BadEnd) -> Fault:
    """When CRLF CRLF does not follow the block, either the end is wrong (8) or the length (14).

    The block digest or HTTP's own framing decides. Without either, the bytes around the end do.
    """
    holds = record.length_holds()
    if holds is None:
        early = END in end.before + end.after[:3]
        holds = not early and (end.line_ends_missing or end.after[:2] == b"\r\n")
    return record_end(record, end) if holds else length_does_not_fit()


def bytes_missing(stated: int, found: int) -> Fault:
    """The member or file ends inside the block."""
    return Fault("error", f"Content-Length says {many(stated, 'byte')}, {many(found, 'is', 'are')} there", check=14)


def bytes_left_over(count: int) -> Fault:
    """Bytes that belong to the record follow its stated end."""
    left = many(count, "byte follows the record that belongs", "bytes follow the record that belong")
    return Fault("error", f"Content-Length does not fit: {left} to it", check=14)


def rest_of_record(record: ScannedRecord, count: int, *, zeros: bool, ends_well: bool) -> Fault:
    """When other bytes follow a record, either its length is wrong (14) or they are garbage (3).

    `ends_well`: the record and these bytes together end as a record does.
    """
    if ends_well and not zeros and record.length_holds() is not True:
        return bytes_left_over(count)
    return bytes_after_record(count, zeros)


def no_record(start: bytes) -> Fault:
    """A record begins with a version line."""
    return Fault("error", f"no WARC record: it starts with {start[:40]!r}", check=7)


def header_not_ended() -> Fault:
    """An empty line ends the header, within its member and its maximum size."""
    return Fault("error", "the record's header does not end with an empty line", check=8)


def line_ends_first(count: int) -> Fault:
    """No line ends come before the first record of an ARC file."""
    return Fault("error", f"{many(count, 'line end')} before the first record", _ARC, 3)


def description(url: str) -> Fault | None:
    """The first record of an ARC file describes the file and its version."""
    if url.startswith("filedesc://"):
        return None
    return Fault("error", f"an ARC file begins with a filedesc:// record; this one with {url[:80]!r}", _ARC, 7)


def no_record_line(start: bytes) -> Fault:
    """A record of an ARC file begins with a record line."""
    return Fault("error", f"no ARC record line (URL, IP, date, type, length): {start[:100]!r}", _ARC, 8)


def arc_length(record: ArcRecord) -> Fault:
    """The length in a record line is a number of bytes."""
    return Fault("error", f"ARC record length {record.length[:20]!r} is not a number of bytes", _ARC, 14)


def no_next_line() -> Fault:
    """A record line, or the end of the file, follows the block of an ARC record."""
    return Fault("error", "the ARC record's length does not fit: no record line follows it", _ARC, 14)


def frame_header(sized: bool, checksum: bool) -> Fault | None:
    """A frame has Frame_Content_Size and Content_Checksum."""
    missing = [name for name, there in (("Frame_Content_Size", sized), ("Content_Checksum", checksum)) if not there]
    if not missing:
        return None
    text = "{count:frame} without " + " and ".join(missing) + ", which the specification demands"
    return Fault("warning", text, counted=True, check=34)


def damaged_frame(reason: str, resumed: str) -> Fault:
    """Data or checksum of a frame are wrong."""
    return Fault("error", f"zstd frame is damaged: {reason}{resumed}", check=34)


def needs_dictionary(size: int) -> Fault:
    """The first frame is a dictionary that the records can't be read without."""
    return Fault("note", f"the records need the dictionary of {size} bytes at the start of the file", check=34)


def no_dictionary(wanted: int) -> Fault:
    """The file does not begin with the dictionary of its frames."""
    return Fault("error", f"frames need dictionary {wanted}, but the file does not begin with it", check=34)


def not_read(coding: str) -> Fault:
    """The file has a coding that the WARC specifications do not name."""
    return Fault(
        "warning",
        f"the file is {coding}, which the audit does not read; it reads gzip, zstd and uncompressed files",
        check=35,
    )
