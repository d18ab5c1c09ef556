"""Records of ARC files (version 1 and 2, 1996), the form before WARC: a feed goes in, what is wrong with each record
comes out.

A record is one line, `URL IP DATE TYPE … LENGTH`, as many bytes as that, and a line feed. ARC has no digests and no
ids, so only the extent (2, 3, 14) and the date (13) can be checked.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from archive.audit.blocks.feed import Feed
from archive.audit.findings import Fault

MAX_LINE = 64 << 10
ARC_LINE = re.compile(rb"([a-z][a-z0-9+.\-]{0,30}:[^\r\n]*?) (\S+) (\d{4,20}) ([^\r\n]*?) ?(-?\w+)\r?\n", re.IGNORECASE)
"""URL (spaces happen), IP, date, whatever the version puts between, length."""
_ANY_START = re.compile(
    rb"[\r\n]*[a-z][a-z0-9+.\-]{0,30}:[^\r\n]{0,3000} \S+ \d{14} [^\r\n]{0,900}\d+\r?\n", re.IGNORECASE
)
ARC_START = re.compile(rb"[a-z][a-z0-9+.\-]{0,30}:[^\r\n]{0,3000} \d{14} [^\r\n]{0,900}\d+\r?\n", re.IGNORECASE)


class ArcReading(NamedTuple):
    """One record; `url` None when there is no record line."""

    url: str | None
    date: str
    faults: list[Fault]
    stated: int
    """Length by the record line."""
    missing: int
    """Bytes of the block that are not there."""


def begins_arc(data: bytes) -> bool:
    """The first record of an ARC file describes the file; where it is missing, a record line tells."""
    return data.lstrip(b"\r\n")[:11] == b"filedesc://" or _ANY_START.match(data) is not None


def check_07_described(url: str) -> Fault | None:
    """The first record says which version the file is of."""
    if url.startswith("filedesc://"):
        return None
    return Fault(
        "error", f"an ARC file begins with a filedesc:// record; this one with {url[:80]!r}", "ARC 1.0", check=7
    )


def check_08_line(start: bytes) -> Fault:
    """What stands where a record line should."""
    return Fault("error", f"no ARC record line (URL, IP, date, type, length): {start[:100]!r}", "ARC 1.0", check=8)


def read_arc_record(feed: Feed) -> ArcReading:
    """Reads one record and the line feeds behind it."""
    while feed.buffer.find(b"\n", feed.pos, feed.pos + MAX_LINE) < 0 and len(feed.buffer) - feed.pos < MAX_LINE:
        if not feed.more():
            break
    line = ARC_LINE.match(feed.buffer, feed.pos)
    if line is None:
        return ArcReading(None, "", [], 0, 0)
    url, date, stated = line[1].decode("utf-8", "replace"), line[3].decode(), line[5]
    feed.pos = line.end()
    faults = [fault] if (fault := check_13_arc_date(date)) else []
    if not stated.isdigit() or len(stated) > 18:
        faults.append(
            Fault(
                "error",
                f"ARC record length {stated[:20].decode('latin-1')!r} is not a number of bytes",
                "ARC 1.0",
                check=14,
            )
        )
        return ArcReading(url, date, faults, 0, 0)
    left = int(stated)
    for _, start, end in feed.take(left):
        left -= end - start
    while feed.fill(1) and feed.buffer[feed.pos : feed.pos + 1] in (b"\n", b"\r"):
        feed.pos += 1
    return ArcReading(url, date, faults, int(stated), left)


def check_14_follows(feed: Feed) -> Fault | None:
    """What stands behind a record is the next one, or nothing."""
    if feed.at_end():
        return None
    feed.fill(MAX_LINE)
    if ARC_LINE.match(feed.buffer, feed.pos):
        return None
    return Fault("error", "the ARC record's length does not fit: no record line stands behind it", "ARC 1.0", check=14)


def check_13_arc_date(date: str) -> Fault | None:
    """Fourteen digits that are a date; old files have twelve, or zeros where the crawler knew nothing."""
    if len(date) == 12 or not date.strip("0"):
        return None
    try:
        if len(date) != 14:
            raise ValueError("it has no 14 digits")
        datetime.strptime(date + "+0000", "%Y%m%d%H%M%S%z")
    except ValueError as error:
        return Fault("error", f"ARC date {date!r} is no date: {error}", "ARC 1.0", check=13)
    return None
