"""Read a date as feeds, sitemaps and listings write it: text or number → an aware instant in UTC.

Nothing here depends on the present or on the machine's zone. feedparser's own `*_parsed` do: 6.0.14 takes dates without
a zone as UTC, runs some through the machine's zone (`time.mktime`) and fills missing days from today.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_tz
from zoneinfo import ZoneInfo

from dateutil import parser as dateutil_parser

EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Dates outside are mistakes: 0001-01-01 and 1970-01-01 mean "unknown" in many systems."""
LONGEST = 80
"""Characters of the longest text that is read as a date."""

HOURS_EAST = {
    "AEDT": 11, "AEST": 10, "AKST": -9, "AST": -4, "BRT": -3, "BST": 1, "CDT": -5, "CEST": 2, "CET": 1, "CST": -6,
    "EAT": 3, "EDT": -4, "EEST": 3, "EET": 2, "EST": -5, "GMT": 0, "HKT": 8, "IST": 5.5, "JST": 9, "KST": 9, "MDT": -6,
    "MSK": 3, "MST": -7, "NZDT": 13, "NZST": 12, "PDT": -7, "PST": -8, "SGT": 8, "UT": 0, "UTC": 0, "WEST": 1, "WET": 0,
    "WIB": 7,
}  # fmt: skip
"""Zone names that feeds use → hours east of UTC; the source's own zone goes first: CST in Shanghai is +8."""

_NUMERIC = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[T\s,]*(\d{1,2})\s*[:时時点]\s*(\d{1,2})\s*(?:[:分]\s*(\d{1,2})\s*秒?)?(?:[.,]\d+)?分?)?"
    r"\s*(Z|[+-]\d{2}:?(?:\d{2})?)?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?)?\s*(Z|[+-]\d{2}:?(?:\d{2})?)?")
_ZONE_NAME = re.compile(r"(.*\d)\s+\(?([A-Za-z]{2,5})\)?")
_OFFSET = re.compile(r"([+-]\d{4})$")
_EPOCH = re.compile(r"\d{10}|\d{13}")


def instant(value: object, zone: str) -> datetime | None:
    """Read `value`: text in ISO 8601, RFC 822 or a form that people write, or POSIX seconds or milliseconds.

    `zone` (IANA) applies to dates without one. None when it is not a date, is incomplete, or is implausible.
    """
    if isinstance(value, str) and _EPOCH.fullmatch(value.strip()):
        value = int(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        found = _epoch(value)
    elif isinstance(value, str) and len(value) <= LONGEST:
        found = _text(value.strip(), ZoneInfo(zone))
    else:
        return None
    return found if found and EARLIEST <= found < LATEST else None


def _epoch(value: float) -> datetime | None:
    if not 0 < value < 1e14:  # nor NaN; an int of JSON may be too large to become a float
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=value / 1000 if value > 1e11 else value)


def _text(text: str, home: ZoneInfo) -> datetime | None:
    local: datetime | None = None
    if not text[-1:].isdigit() and (named := _ZONE_NAME.fullmatch(text)) and (local := _local(named[1])):
        name = named[2].upper()
        if name == local.replace(tzinfo=home).tzname():
            local = local.replace(tzinfo=home)
        elif name in HOURS_EAST:
            local = local.replace(tzinfo=timezone(timedelta(hours=HOURS_EAST[name])))
        else:
            local = None  # no zone: part of the time, such as PM
    local = local or _local(text)
    if local is None:
        return None
    try:
        return (local if local.tzinfo else local.replace(tzinfo=home)).astimezone(UTC)
    except OverflowError:  # the first or last day that datetime knows
        return None


def _local(text: str) -> datetime | None:
    """Read a date and time, with its zone when that is a number."""
    try:
        if found := _NUMERIC.fullmatch(text) or _COMPACT.fullmatch(text):
            year, month, day, hour, minute, second, zone = found.groups()
            naive = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))  # noqa: DTZ001
            return naive.replace(tzinfo=_numeric_zone(zone)) if zone else naive
        if re.match(r"(?:[A-Za-z]{3,9},?\s+)?\d{1,2}\s+[A-Za-z]{3}", text) and (parts := parsedate_tz(text)):
            naive = datetime(*parts[:6])  # noqa: DTZ001
            # parsedate_tz returns 0 for a missing zone as for GMT; `_text` has cut names off.
            return naive.replace(tzinfo=_numeric_zone(found[1])) if (found := _OFFSET.search(text)) else naive
        return _written(text)
    except (ValueError, OverflowError):
        return None


def _numeric_zone(text: str) -> timezone:
    if text == "Z":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _written(text: str) -> datetime | None:
    """Read with dateutil, twice with different defaults: where the results differ, the date is incomplete."""
    if not re.search(r"\d", text):
        return None

    def read(year: int) -> datetime:
        default = datetime(year, year % 12 + 1, year % 28 + 1)  # noqa: DTZ001
        return dateutil_parser.parse(text, default=default, tzinfos=_zone_named)

    one, other = read(2003), read(2004)
    return one if one == other else None


def _zone_named(name: str | None, offset: int | None) -> tzinfo | None:
    """Give dateutil a zone; without this hook it would know the names of the machine's own zone."""
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    hours = HOURS_EAST.get((name or "").upper())
    return None if hours is None else timezone(timedelta(hours=hours))
