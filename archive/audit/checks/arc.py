"""Checks 7, 8, 13, 14 on records of ARC files, which have no digests and no ids; facts go in, faults come out."""

from __future__ import annotations

from datetime import datetime

from archive.audit.findings import Fault
from archive.audit.parsing.arc import ArcRecord
from archive.audit.registry import check

_CLAUSE = "ARC 1.0"


@check(3)
def line_ends_first(count: int) -> Fault:
    """No line ends come before the first record."""
    return Fault("error", f"{count} line ends before the first record", _CLAUSE)


@check(7)
def description(url: str) -> Fault | None:
    """The first record describes the file and its version."""
    if url.startswith("filedesc://"):
        return None
    return Fault("error", f"an ARC file begins with a filedesc:// record; this one with {url[:80]!r}", _CLAUSE)


@check(8)
def no_record_line(start: bytes) -> Fault:
    """A record begins with a record line."""
    return Fault("error", f"no ARC record line (URL, IP, date, type, length): {start[:100]!r}", _CLAUSE)


@check(13)
def arc_date(record: ArcRecord) -> Fault | None:
    """The date is a valid date in 14 digits; old files have 12 digits, or zeros for an unknown date."""
    date = record.date
    if len(date) == 12 or not date.strip("0"):
        return None
    try:
        if len(date) != 14:
            raise ValueError("it does not have 14 digits")
        datetime.strptime(date + "+0000", "%Y%m%d%H%M%S%z")
    except ValueError as error:
        return Fault("error", f"ARC date {date!r} is not a date: {error}", _CLAUSE)
    return None


@check(14)
def arc_length(record: ArcRecord) -> Fault | None:
    """The length is a number of bytes."""
    if record.has_length:
        return None
    return Fault("error", f"ARC record length {record.length[:20]!r} is not a number of bytes", _CLAUSE)


@check(14)
def next_line(record: ArcRecord) -> Fault | None:
    """A record line, or the end of the file, follows the block."""
    if record.followed:
        return None
    return Fault("error", "the ARC record's length does not fit: no record line follows it", _CLAUSE)
