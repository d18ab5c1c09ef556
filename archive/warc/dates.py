"""Points in time: a clock that tests can set, and WARC-Date, an aware datetime ⇄ its text."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Gives the present time, aware."""

_DATE = re.compile(
    r"(\d{4})(?:-?(\d\d)(?:-?(\d\d)(?:[Tt ]?(\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d*))?)?)?"
    r" ?([Zz]|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?)?)?",
    re.ASCII,
)


def utc_now() -> datetime:
    """Read the system's clock; the default of every `clock` argument."""
    return datetime.now(UTC)


def warc_date(moment: datetime) -> str:
    """Write an aware datetime as a WARC-Date (WARC 1.1, 5.4), e.g. `2026-11-22T09:54:35.000001Z`.

    Always in UTC with microseconds, so that texts sort as times do. It is also an RFC 3339 time.
    """
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse_date(text: str) -> datetime:
    """Read a WARC-Date of any granularity (WARC 1.1, 5.4), or of another form that tools write, as aware UTC.

    Such forms are a small `t` or `z`, a space for the `T`, an offset (`+02:00`), no zone at all, no minutes, the 14
    digits of ARC files and indexes, and a leap second, which is read as the second before. Digits after the
    microseconds are dropped. ValueError for anything else. The audit has stricter rules of its own.
    """
    match = _DATE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not a WARC-Date: {text[:40]!r}")
    *parts, fraction, zone = match.groups()
    year, month, day, hour, minute, second = (int(part or least) for part, least in zip(parts, "111000", strict=True))
    micro = int((fraction or "0")[:6].ljust(6, "0"))
    moment = datetime(year, month, day, hour, minute, 59 if second == 60 else second, micro, tzinfo=UTC)
    try:
        return moment - _offset(zone or "")
    except OverflowError as error:
        raise ValueError(f"not a WARC-Date: {text[:40]!r}") from error


def _offset(zone: str) -> timedelta:
    """The difference to UTC of `Z` or `+02:00`."""
    if zone[:1] not in ("+", "-"):
        return timedelta(0)
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return (-1 if zone[0] == "-" else 1) * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
