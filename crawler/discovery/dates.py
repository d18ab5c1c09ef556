"""Read a date as feeds, sitemaps and listings write it: text or number → an aware instant in UTC.

Every part of a text must be understood: a date whose zone is passed over is hours off, which is worse than no date.
Nothing here depends on the present or on the machine's zone.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from crawler.extractors.dates import days, time_of_day, zones
from crawler.extractors.languages import alternatives, known, merged
from crawler.items import EARLIEST

LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""Dates outside are mistakes: 0001-01-01 and 1970-01-01 mean "unknown" in many systems."""
LONGEST = 120
"""Characters of the longest text that is read as a date."""

_USUAL_ISO = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)?)?", re.ASCII
)
_USUAL_RFC = re.compile(
    r"(?:[A-Z][a-z]{2}, )?\d\d? (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (?:19|20)\d\d \d\d:\d\d:\d\d "
    r"(?:GMT|\+0000|[+-](?:0[1-9]|1[0-4])[0-5]\d)",
    re.ASCII,
)
"""What most sitemaps and feeds hold: the standard library reads it in 5 to 20 µs, the other forms take 200."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EPOCH = re.compile(r"(?:\d{10}|\d{13})(?:\.\d{1,9})?")
_NAME = rf"(?P<name>{days.any_of(days.MONTHS)})"
_WEEK = re.compile(r"(?<!\d)(?P<year>\d{4})(?:-w(?P<week>\d\d)-(?P<day>[1-7])|w(?P<week2>\d\d)(?P<day2>[1-7]))(?!\d)")
_ORDINAL = re.compile(r"(?<!\d)(?P<year>(?:19|20)\d{2})-?(?P<number>\d{3})(?=t\d|$)")
"""ISO 8601: a week and its day, and the number of a day in its year."""
_C_TIME = re.compile(rf"(?<!\w){_NAME}\s+(?P<day>\d{{1,2}})\s+(?P<rest>\d{{1,2}}:\d{{2}}\D.*?)\s+(?P<year>\d{{4}})$")
"""The order of C (`asctime`), Java and Unix: `Nov 09 20:00:00 CST 2026`."""
_SHORT_YEAR = re.compile(rf"(?<!\w)(?P<day>\d{{1,2}})[\s.-]+{_NAME}\.?[\s,'’-]+(?P<year>\d\d)(?![\d:])")
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d\d)(?![\d.])")
_COMMENT = re.compile(r"\(([^()]*)\)")
_BEFORE_DATE = re.compile(r"\W*(?:[^\W\d_]+(?:[-. ][^\W\d_]+){0,2}\W*)?")
"""A weekday, in any language and true or false: what it says is in the date too."""
_FILLER = re.compile(rf"^[\s,.;|–-]*{alternatives(merged().clock_words)}(?!\w)\.?|[\s,;|]+$")


def instant(value: object, zone: str, language: str = "") -> datetime | None:
    """Read `value`: text in ISO 8601, RFC 822 or a form that people write, or POSIX seconds or milliseconds.

    `zone` (IANA) applies to dates without one; it or `language` (of the document) tells whether 3/4 is 3 April. None
    when it is not a date, is incomplete, has a part that is not understood, or is implausible.
    """
    if isinstance(value, str) and _EPOCH.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        found = _epoch(value)
    elif isinstance(value, str) and len(value) <= LONGEST:
        found = _text(value.strip(), ZoneInfo(zone), language.lower())
    else:
        return None
    return found.replace(microsecond=0) if found and EARLIEST <= found < LATEST else None


def changed(value: object, zone: str, language: str = "") -> datetime | None:
    """Read the time of a change, as `instant`."""
    return at_its_end(instant(value, zone, language), value)


def at_its_end(moment: datetime | None, value: object) -> datetime | None:
    """The end of a day that was written without a time: a change is somewhere in it. Other times stay as they are."""
    whole_day = isinstance(value, str) and _DAY.fullmatch(value.strip())
    return moment + timedelta(days=1, seconds=-1) if moment and whole_day else moment


def _epoch(value: float) -> datetime | None:
    if not 0 < value < 1e14:  # nor NaN; an int of JSON may be too large to become a float
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=value / 1000 if value > 1e11 else value)


def _text(written: str, home: tzinfo, language: str) -> datetime | None:
    try:
        if _USUAL_RFC.fullmatch(written):
            return parsedate_to_datetime(written).astimezone(UTC)
        if _USUAL_ISO.fullmatch(written) and "T24" not in written and " 24" not in written:
            moment = datetime.fromisoformat(written)
            return (moment if moment.tzinfo else moment.replace(tzinfo=home)).astimezone(UTC)
        return _unusual(written, home, language)
    except (ValueError, OverflowError):  # no such day or time; the first or last day that datetime knows
        return None


def _unusual(written: str, home: tzinfo, language: str) -> datetime | None:
    cut = zones.without_tags(written)
    if cut is None or not re.search(r"\d", written):
        return None
    text, home = days.normal(cut[0]), cut[1] or home
    if found := _iso(text) or _c_time(text) or _absolute(text) or _short_year(text):
        return _moment(*found, home)
    numbers = _in_numbers(text, str(home), language)
    return _moment(*numbers, home) if numbers else None


_Parts = tuple[datetime, str, str]
"""A day as its midnight, and the texts before and after it."""


def _iso(text: str) -> _Parts | None:
    """Find a week and its day, or the number of a day in its year (ISO 8601)."""
    if found := _WEEK.search(text):
        week, weekday = found["week"] or found["week2"], found["day"] or found["day2"]
        midnight = datetime.fromisocalendar(int(found["year"]), int(week), int(weekday))
    elif found := _ORDINAL.search(text):
        midnight = datetime(int(found["year"]), 1, 1) + timedelta(days=int(found["number"]) - 1)  # noqa: DTZ001
        if midnight.year != int(found["year"]):
            return None
    else:
        return None
    return midnight, text[: found.start()], text[found.end() :]


def _c_time(text: str) -> _Parts | None:
    if not (found := _C_TIME.search(text)):
        return None
    midnight = datetime(int(found["year"]), days.MONTHS[found["name"]], int(found["day"]))  # noqa: DTZ001
    return midnight, text[: found.start()], f" {found['rest']}"


def _absolute(text: str) -> _Parts | None:
    for day in days.absolute(text):
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001
        return midnight, text[: day.match.start()], text[day.match.end() :]
    return None


def _short_year(text: str) -> _Parts | None:
    """Find a day with a name for the month and a year of two digits (RFC 5322, 4.3)."""
    if not (found := _SHORT_YEAR.search(text)):
        return None
    year = int(found["year"]) + (2000 if int(found["year"]) < 50 else 1900)
    midnight = datetime(year, days.MONTHS[found["name"]], int(found["day"]))  # noqa: DTZ001
    return midnight, text[: found.start()], text[found.end() :]


def _in_numbers(text: str, zone: str, language: str) -> _Parts | None:
    found = _NUMERIC.search(text)
    numbers = _ordered(found, zone, language) if found else None
    return (datetime(*numbers), text[: found.start()], text[found.end() :]) if found and numbers else None  # noqa: DTZ001


def _ordered(found: re.Match[str], zone: str, language: str) -> tuple[int, int, int] | None:
    """Return year, month and day of a date in numbers; None when their order is unclear."""
    one, mark, two, year = int(found[1]), found[2], int(found[3]), int(found[4])
    if year < 100:
        if _year_first(language) or zone in ("Asia/Shanghai", "Asia/Tokyo", "Asia/Seoul"):
            return 2000 + one, two, year
        if mark == "-":
            return None
        year += 2000
    first = one > 12 or one == two or (two <= 12 and _is_day_first(mark, zone, language))
    return None if first is None else (year, two, one) if first else (year, one, two)


def _is_day_first(mark: str, zone: str, language: str) -> bool | None:
    """Tell the order of day and month by the language, else by the zone's country; dots have the day first (CLDR)."""
    by_language, by_zone = _day_first(language), days.day_first_in(zone)
    first = by_zone if by_language is None else by_language
    return (first is not False or None) if mark == "." else first


def _day_first(language: str) -> bool | None:
    """Tell the order by the language; plain English and languages that write the year first do not tell."""
    if language.startswith(("en-us", "en_us", "en-ph", "en_ph")):
        return False
    code = re.split("[-_]", language)[0]
    return None if not code or language == "en" or _year_first(language) else True


def _year_first(language: str) -> bool:
    code = re.split("[-_]", language)[0]
    return any(each.year_first for each in known() if each.code == code)


def _moment(midnight: datetime, before: str, after: str, home: tzinfo) -> datetime | None:
    """Join a day with the time and the zone around it; None when a part of the text is neither."""
    clock, rest = time_of_day.after(after), after
    zone: tzinfo | None = home
    if clock:
        rest = after[clock.end() :]
    elif clock := time_of_day.before(before):
        rest, before = f"{clock['zone'] or ''} {after}", before[: clock.start()]
    if not _BEFORE_DATE.fullmatch(before) or zones.whole(before, midnight, home):
        return None
    if rest := _FILLER.sub("", rest).strip():
        comments = _COMMENT.findall(rest)
        plain = _COMMENT.sub("", rest).strip()
        zone = zones.whole(plain or comments[0], midnight, home) if clock else None
    if zone is None or (clock and int(clock["hour"]) > 24):
        return None
    day = midnight.replace(tzinfo=zone)
    if clock and int(clock["hour"]) == 24 and (int(clock["minute"] or 0) or int(clock.groupdict()["second"] or 0)):
        return None
    return (time_of_day.at(day, clock) if clock else day).astimezone(UTC)
