"""One written date → one instant: ISO, East Asian, European and American forms, eras, `yesterday`, `2 hours ago`.

In: the text of an attribute or an element, the capture time (for relative dates and for missing years), the zone for
texts without one. Out: `When`, or None. The machine's clock, locale and zone play no part.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from dateutil import parser as dateutil_parser

from crawler.extractors.dates import days, relative, time_of_day, zones
from crawler.items import SLACK, is_plausible

LONGEST = 200
"""How many characters of a text are searched for a date."""


@dataclass(frozen=True)
class When:
    """A date that was read from a text."""

    instant: datetime
    """Aware UTC."""
    exact: bool
    """Whether the text gives a time of day; otherwise the instant is midnight in the zone."""
    zoned: bool
    """Whether the text gives its zone, or is relative to the capture."""
    text: str
    """As written, spaces collapsed."""
    whole: bool = True
    """Whether the text alone gives the day; of others a later capture gives another one: `2 hours ago`, `3 March`."""


def parse(
    text: str,
    now: datetime,
    zone: tzinfo = UTC,
    *,
    day_first: bool = True,
    year_first: bool = False,
    lenient: bool = False,
    language: str = "",
) -> When | None:
    """Read the first date in `text`; None when there is none, or when it is not plausible at `now`.

    `day_first` reads 3/4 as 3 April, `year_first` 22-3-18 as 18 March 2022. `lenient` also tries dateutil: for
    attributes, where every word is part of the date; one that ends with an unknown zone is None. Relative dates are
    read in the page's `language`, where it is given, and in English.
    """
    written = " ".join(text.split())[:LONGEST]
    if (instant := _timestamp(written)) is not None:
        return _checked(instant, True, True, written, now)
    untagged = zones.without_tags(written)
    if untagged is None:
        return None
    if lenient and zones.is_unknown(untagged[0], now, zone):
        return None
    plain, zone = days.normal(untagged[0]), untagged[1] or zone
    numbered = re.search(r"\d", plain) is not None
    if not numbered and len(plain) > 40:
        return None
    given = _Input(plain, now, zone, day_first, year_first, language)
    for read in (_epoch, _absolute, _numeric, _counted, _without_year) if numbered else (_counted,):
        found = read(given)
        if found is not None:
            whole = read not in (_counted, _without_year)
            return _checked(*found, written, now, whole=whole)
    if lenient:
        return _by_dateutil(untagged[0], now, zone, day_first)
    return None


_Found = tuple[datetime, bool, bool]
"""`When` without its text: aware instant, exact, zoned."""


@dataclass(frozen=True)
class _Input:
    """The arguments of one call of `parse`, the text normalised."""

    text: str
    now: datetime
    zone: tzinfo
    day_first: bool
    year_first: bool
    language: str


def _checked(
    instant: datetime, exact: bool, zoned: bool, written: str, now: datetime, *, whole: bool = True
) -> When | None:
    """Convert to UTC; None when the date is not plausible."""
    try:
        instant = instant.astimezone(UTC)
    except OverflowError:
        return None
    return When(instant, exact, zoned, written, whole) if is_plausible(instant, now) else None


_TIMESTAMP = re.compile(
    r"(?:19|20)\d\d-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{3})?(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d)", re.ASCII
)


def _timestamp(written: str) -> datetime | None:
    """Read the form of nearly all dates in attributes; the other forms and zones take twenty times as long to try."""
    try:
        return datetime.fromisoformat(written).replace(microsecond=0) if _TIMESTAMP.fullmatch(written) else None
    except ValueError:  # there is no such day
        return None


_EPOCH = re.compile(r"\s*(1\d{9}|[6-9]\d{8})(\d{3})?\s*")


def _epoch(given: _Input) -> _Found | None:
    """Read seconds or milliseconds since 1970."""
    found = _EPOCH.fullmatch(given.text)
    return (datetime.fromtimestamp(int(found[1]), UTC), True, True) if found else None


def _absolute(given: _Input) -> _Found | None:
    """Read the first date with a year of four digits or an era, and an unmistakable order."""
    return _first(days.absolute(given.text), given)


def _numeric(given: _Input) -> _Found | None:
    """Read a date such as 3/4/2022, whose order of day and month must be known."""
    return _first(days.numeric(given.text, day_first=given.day_first, year_first=given.year_first), given)


def _first(found: Iterable[days.Day], given: _Input) -> _Found | None:
    moments = (_moment(day.year, day.month, day.day, given.text, day.match, given.zone) for day in found)
    return next(filter(None, moments), None)


def _without_year(given: _Input) -> _Found | None:
    """Read a date without a year as the latest such day before the capture."""
    if len(given.text) > relative.LONGEST:
        return None
    for form in days.WITHOUT_YEAR:
        found = form.search(given.text)
        if found:
            year = given.now.astimezone(given.zone).year
            for candidate in (year, year - 1):
                moment = _moment(candidate, int(found["month"]), int(found["day"]), given.text, found, given.zone)
                if moment and moment[0] <= given.now + SLACK:
                    return moment
    return None


def _counted(given: _Input) -> _Found | None:
    """Read a date relative to the capture: `2 hours ago`, `yesterday`."""
    found = relative.read(given.text, given.now, given.zone, given.language)
    return (*found, True) if found else None


def _moment(year: int, month: int, day: int, text: str, found: re.Match[str], zone: tzinfo) -> _Found | None:
    """Join a day with the time and the zone around it in the text; None when there is no such day."""
    try:
        midnight = datetime(year, month, day, tzinfo=zone)
    except ValueError:
        return None
    rest = text[found.end() :]
    before = time_of_day.before(text[: found.start()])
    if clock := time_of_day.after(rest, loosely=before is None):
        rest = rest[clock.end() :]
        offset = zones.at_start(rest, midnight, zone)
        return time_of_day.at(midnight.replace(tzinfo=offset or zone), clock), True, offset is not None
    if before:
        offset = zones.at_start(before["zone"] or rest, midnight, zone)
        return time_of_day.at(midnight.replace(tzinfo=offset or zone), before), True, offset is not None
    return midnight, False, False


_DEFAULTS = (datetime(2001, 1, 1), datetime(2002, 2, 2))  # noqa: DTZ001  (naive: no zone was written)
_NUMBERS_FIRST = re.compile(r"\d{4}-\d")


def _by_dateutil(written: str, now: datetime, zone: tzinfo, day_first: bool) -> When | None:
    """Read a date with dateutil; None when the text gives no day.

    dateutil fills missing parts from `default`, so two defaults show whether the day is missing. Dates in ISO's order
    were tried before; dateutil would read 2022-13-01 as 13 January.
    """
    if _NUMBERS_FIRST.match(written):
        return None

    def named(name: str | None, offset: int | None) -> tzinfo | None:
        """Return the zone of a name; on its own, dateutil ignores `CST` or reads it as the machine's zone."""
        if offset is not None:
            return timezone(timedelta(seconds=offset))
        return zones.at_start(name or "", now, zone)

    read = []
    for default in _DEFAULTS:
        try:
            read.append(dateutil_parser.parse(written, default=default, tzinfos=named, dayfirst=day_first))
        except (ValueError, OverflowError, TypeError, AttributeError):
            return None
    if read[0] != read[1]:
        return None
    moment = read[0]
    zoned, exact = moment.tzinfo is not None, (moment.hour, moment.minute) != (0, 0)
    return _checked(moment if zoned else moment.replace(tzinfo=zone), exact, zoned, written, now)
