"""One written date → one instant: ISO, CJK, European, American forms, eras, month names, zones.

In: the text of an attribute or an element, the capture time (for `昨天` and for years that are not written), the zone
for texts that name none. Out: `When`, or None. No clock, no locale, no machine zone.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from dateutil import parser as dateutil_parser

from crawler.extractors.dates import clock as clocks
from crawler.extractors.dates import relative
from crawler.extractors.dates import zone as zones
from crawler.extractors.dates.words import ERAS, MONTHS

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Before the first page of the web."""
SLACK = timedelta(hours=26)
"""How far ahead of the capture a date may lie: a day written in the zone farthest east, and clocks that go wrong."""
LONGEST = 200
"""Characters of a text that are searched for a date."""


@dataclass(frozen=True)
class When:
    """An instant as read from a text."""

    instant: datetime
    """Aware UTC."""
    exact: bool
    """The time of day was written; else the instant is midnight in the zone."""
    zoned: bool
    """The text named its zone (or counted from the capture)."""
    text: str
    """As written, spaces collapsed."""


_MONTH_NAMES = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
_D, _M, _Y = r"(?P<day>\d{1,2})", r"(?P<month>\d{1,2})", r"(?P<year>(?:19|20)\d{2})"
_NAME = rf"(?P<name>{_MONTH_NAMES})"
_ORDINAL = r"(?:st|nd|rd|th|er|º|°|ª|\.)?"
_OF = r"(?:\s*(?:de|del|di|of|tháng)\s+|\s+|[-/.,]\s*)"
_FORMS = (
    re.compile(rf"(?<!\d){_Y}\s?[-/.‐–]\s?{_M}\s?[-/.‐–]\s?{_D}(?!\d)\.?"),
    re.compile(rf"(?<!\d){_Y}\s*[年년]\s*{_M}\s*[月월]\s*{_D}\s*[日号號일]?"),
    re.compile(rf"(?P<era>{'|'.join(ERAS)})\s*(?P<year>\d{{1,3}}|元)\s*年\s*{_M}\s*月\s*{_D}\s*日?"),
    re.compile(
        r"(?<!\d)(?P<year>(?:19|20)\d{2})(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])(?=[tT]?\d{4,6}(?:\D|$)|\D|"
        r"$)"
    ),
    re.compile(rf"(?<!\w){_D}{_ORDINAL}{_OF}{_NAME}(?!\w)\.?,?{_OF}?(?P<year>(?:19|20|25)\d{{2}})(?!\d)"),
    re.compile(rf"(?<!\w){_NAME}(?!\w)\.?\s*{_D}{_ORDINAL},?\s+{_Y}(?!\d)"),
    re.compile(rf"(?<!\w)(?P<year>(?:19|20)\d{{2}})\.?[-\s]\s*(?:m\.\s*)?{_NAME}(?!\w)\.?[-\s]\s*{_D}(?!\d)"),
    re.compile(rf"(?<!\w)(?P<year>(?:19|20)\d{{2}})\. gada {_D}\.\s*{_NAME}(?!\w)"),
    re.compile(rf"(?<!\w){_D}\s*tháng\s*{_M},?\s*(?:năm\s*)?{_Y}(?!\d)"),
)
_NUMERIC = re.compile(
    r"(?<!\d)(?P<one>\d{1,2})\s?[./-]\s?(?P<two>\d{1,2})\s?[./-]\s?(?P<year>(?:19|20)\d{2}|\d{2})(?!\d)"
)
_NO_YEAR = (
    re.compile(rf"(?<![\d年년]){_M}\s*[月월]\s*{_D}\s*[日号號일]"),
    re.compile(rf"(?<![\d./:-]){_M}[/.]{_D}\s?\([日月火水木金土]\)"),
    re.compile(r"(?<![\d./:-])(?P<month>0\d|1[0-2])[-/](?P<day>[0-3]\d)(?=\s+\d{1,2}:\d{2})"),
)
_DIGIT = re.compile(r"\d")
_CHINESE_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_CHINESE_DATE = re.compile(
    r"([一二][〇零一二三四五六七八九]{3})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})日"
)
_EPOCH = re.compile(r"\s*(1\d{9}|[6-9]\d{8})(\d{3})?\s*")


def parse(
    text: str,
    now: datetime,
    zone: tzinfo = UTC,
    *,
    day_first: bool = True,
    year_first: bool = False,
    lenient: bool = False,
) -> When | None:
    """The first date in `text`, if it is plausible at `now`; else None. `day_first` reads 3/4 as 3 April, `year_first`
    22-3-18 as 18 March 2022; `lenient` also tries what dateutil understands (for attributes, where every word is part
    of the date)."""
    written = " ".join(text.split())[:LONGEST]
    plain = _normal(written)
    numbered = _DIGIT.search(plain) is not None
    if not numbered and len(plain) > 40:
        return None
    asked = _Asked(plain, now, zone, day_first, year_first)
    for read in (_epoch, _absolute, _numeric, _counted, _without_year) if numbered else (_counted,):
        found = read(asked)
        if found is not None:
            instant, exact, zoned = found
            return _checked(instant, exact, zoned, written, now)
    if lenient:
        return _by_dateutil(written, now, zone, day_first)
    return None


def is_plausible(instant: datetime, now: datetime) -> bool:
    """Neither before the web nor after the page was read."""
    return EARLIEST <= instant <= now + SLACK


_Found = tuple[datetime, bool, bool]
"""Aware instant, exact, zoned."""


@dataclass(frozen=True)
class _Asked:
    """One call of `parse`, its text normalised."""

    text: str
    now: datetime
    zone: tzinfo
    day_first: bool
    year_first: bool


def _checked(instant: datetime, exact: bool, zoned: bool, written: str, now: datetime) -> When | None:
    try:
        instant = instant.astimezone(UTC)
    except OverflowError:
        return None
    return When(instant, exact, zoned, written) if is_plausible(instant, now) else None


def _normal(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    if not text.isascii():
        text = "".join(str(unicodedata.decimal(sign)) if sign > "\x7f" and sign.isdecimal() else sign for sign in text)
    if "年" in text:
        text = _CHINESE_DATE.sub(_arabic_digits, text)
    return unicodedata.normalize("NFC", text.lower())


def _arabic_digits(found: re.Match[str]) -> str:
    def small(numeral: str) -> int:
        tens, ten, ones = numeral.rpartition("十")
        value = int((ones or "0").translate(_CHINESE_DIGITS))
        return value + (10 * int((tens or "一").translate(_CHINESE_DIGITS)) if ten else 0)

    return f"{found[1].translate(_CHINESE_DIGITS)}年{small(found[2])}月{small(found[3])}日"


def _epoch(asked: _Asked) -> _Found | None:
    found = _EPOCH.fullmatch(asked.text)
    return (datetime.fromtimestamp(int(found[1]), UTC), True, True) if found else None


def _absolute(asked: _Asked) -> _Found | None:
    text = asked.text
    matches = [found for form in _FORMS if (found := form.search(text))]
    for found in sorted(matches, key=lambda match: match.start()):
        groups = found.groupdict()
        year = 1 if groups["year"] == "元" else int(groups["year"])
        if groups.get("era"):
            year += ERAS[groups["era"]]
        if year >= 2500:  # Buddhist era
            year -= 543
        month = MONTHS[groups["name"]] if groups.get("name") else int(groups["month"])
        moment = _moment(year, month, int(groups["day"]), text, found, asked.zone)
        if moment:
            return moment
    return None


def _numeric(asked: _Asked) -> _Found | None:
    for found in _NUMERIC.finditer(asked.text):
        one, two, year = int(found["one"]), int(found["two"]), int(found["year"])
        if asked.year_first and year < 100 and 1 <= two <= 12:
            one, year = year, one
        if year < 100:
            year += 2000
        day, month = (one, two) if ((asked.day_first or asked.year_first) and two <= 12) or one > 12 else (two, one)
        moment = _moment(year, month, day, asked.text, found, asked.zone)
        if moment:
            return moment
    return None


def _without_year(asked: _Asked) -> _Found | None:
    """The latest such day that is not in the future of the capture."""
    if len(asked.text) > relative.LONGEST:
        return None
    for form in _NO_YEAR:
        found = form.search(asked.text)
        if found:
            year = asked.now.astimezone(asked.zone).year
            for candidate in (year, year - 1):
                moment = _moment(candidate, int(found["month"]), int(found["day"]), asked.text, found, asked.zone)
                if moment and moment[0] <= asked.now + SLACK:
                    return moment
    return None


def _counted(asked: _Asked) -> _Found | None:
    text, now, zone = asked.text, asked.now, asked.zone
    ago = relative.ago(text, now, zone)
    if ago:
        return *ago, True
    named = relative.day(text, now, zone)
    if named:
        midnight, rest = named
        clock = clocks.after(rest) if rest else None
        return (clocks.at(midnight, clock), True, True) if clock else (midnight, False, True)
    if clock := clocks.alone(text):
        local = now.astimezone(zone)
        moment = clocks.at(datetime(local.year, local.month, local.day, tzinfo=zone), clock)
        return (moment if moment <= local else moment - timedelta(days=1)), True, True
    return None


def _moment(year: int, month: int, day: int, text: str, found: re.Match[str], zone: tzinfo) -> _Found | None:
    try:
        midnight = datetime(year, month, day, tzinfo=zone)
    except ValueError:
        return None
    rest = text[found.end() :]
    before = clocks.before(text[: found.start()])
    if clock := clocks.after(rest, loosely=before is None):
        rest = rest[clock.end() :]
        offset = zones.at_start(rest, midnight, zone)
        return clocks.at(midnight.replace(tzinfo=offset or zone), clock), True, offset is not None
    if before:
        offset = zones.at_start(before["zone"] or rest, midnight, zone)
        return clocks.at(midnight.replace(tzinfo=offset or zone), before), True, offset is not None
    return midnight, False, False


_DEFAULTS = (datetime(2001, 1, 1), datetime(2002, 2, 2))  # noqa: DTZ001  (naive: no zone was written)
_NUMBERS_FIRST = re.compile(r"\d{4}-\d")


def _by_dateutil(written: str, now: datetime, zone: tzinfo, day_first: bool) -> When | None:
    """dateutil fills what is missing from `default`: if two defaults give two days, the day was not written. Numbers in
    ISO's order were read before; it would take 2022-13-01 for 13 January."""
    if _NUMBERS_FIRST.match(written):
        return None

    def named(name: str | None, offset: int | None) -> tzinfo | None:
        """Without it dateutil reads `CST` by the machine's zone, or drops it."""
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
