"""The day in a written date: ISO, East Asian, European and American forms, eras.

In: a text that `normal` has normalised. Out: year, month and day, and where they are in the text; the time and the zone
beside them are read elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crawler.extractors.languages import alternatives, merged


@dataclass(frozen=True)
class Day:
    """A day as written; there may be no such day in the calendar."""

    year: int
    month: int
    day: int
    match: re.Match[str]
    """Where it is in the text."""


def any_of(words: Iterable[str]) -> str:
    """Join plain words to alternatives of a regular expression, the longest first."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


def _form(template: str) -> re.Pattern[str]:
    """Compile a form of a date that a language declares, with its `{day}`, `{month}`, `{name}` and `{year}`."""
    for name, part in (("day", _D), ("month", _M), ("name", _NAME), ("year", r"(?P<year>(?:19|20)\d{2})")):
        template = template.replace(f"{{{name}}}", part)
    return re.compile(template)


_ALL = merged()
MONTHS = _ALL.months
_D, _M, _Y = r"(?P<day>\d{1,2})", r"(?P<month>\d{1,2})", r"(?P<year>(?:19|20)\d{2})"
_NAME = rf"(?P<name>{any_of(MONTHS)})"
_ORDINAL = rf"(?:{alternatives(_ALL.ordinals)}|º|°|ª|\.)?"
_OF = rf"(?:\s*{alternatives(_ALL.of_words)}\s+|\s+|[-/.,]\s*)"
_YEAR, _MONTH, _DAY = _ALL.year_signs, _ALL.month_signs, _ALL.day_signs
_FORMS = (
    re.compile(rf"(?<!\d){_Y}\s?[-/.‐–]\s?{_M}\s?[-/.‐–]\s?{_D}(?!\d)\.?"),
    re.compile(rf"(?<!\d){_Y}\s{_M}[-/]{_D}(?=\s\d{{1,2}}:\d{{2}})"),
    re.compile(rf"(?<!\d){_Y}\s*[{_YEAR}]\s*{_M}\s*[{_MONTH}]\s*{_D}\s*[{_DAY}]?"),
    re.compile(
        rf"(?P<era>{'|'.join(_ALL.eras)})\s*(?P<year>\d{{1,3}}|[{_ALL.first_year}])\s*[{_YEAR}]\s*{_M}\s*[{_MONTH}]\s*{_D}"
        rf"\s*[{_DAY}]?"
    ),
    re.compile(
        r"(?<!\d)(?P<year>(?:19|20)\d{2})(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])(?=[tT]?\d{4,6}(?:\D|$)|\D|"
        r"$)"
    ),
    re.compile(rf"(?<!\w){_D}{_ORDINAL}{_OF}{_NAME}(?!\w)\.?,?{_OF}?(?P<year>(?:19|20|25)\d{{2}})(?!\d)"),
    re.compile(rf"(?<!\w){_NAME}(?!\w)\.?\s*{_D}{_ORDINAL},?\s+{_Y}(?!\d)"),
    re.compile(rf"(?<!\w){_Y}\.?[-\s]\s*{_NAME}(?!\w)\.?[-\s]\s*{_D}(?!\d)"),
    *map(_form, _ALL.date_forms),
)
_YEAR_OR_ERA = re.compile(rf"(?:19|20|25)\d\d|{'|'.join(_ALL.eras)}")
"""What each of these forms needs."""
_NUMERIC = re.compile(
    r"(?<!\d)(?P<one>\d{1,2})\s?(?P<gap>[./-])\s?(?P<two>\d{1,2})\s?[./-]\s?(?P<year>(?:19|20)\d{2}|\d{2})(?!\d)"
)
WITHOUT_YEAR = (
    re.compile(rf"(?<![\d{_YEAR}]){_M}\s*[{_MONTH}]\s*{_D}\s*[{_DAY}]"),
    *map(_form, _ALL.date_forms_without_year),
    re.compile(r"(?<![\d./:-])(?P<month>0\d|1[0-2])[-/](?P<day>[0-3]\d)(?=\s+\d{1,2}:\d{2})"),
)
_NUMERALS = re.compile("|".join(_ALL.numeral_dates))
_MONTH_FIRST = re.compile(
    r"(?:us|america/(?:indiana|kentucky|north_dakota))/|america/(?:new_york|detroit|chicago|denver|boise|phoenix|"
    r"los_angeles|anchorage|juneau|puerto_rico)$|pacific/(?:honolulu|guam)$|asia/manila$",
    re.IGNORECASE,
)
"""Zones of countries that write the month first."""
_NO_COUNTRY = re.compile(
    r"(?:(?:etc|canada)/.*|utc|gmt|zulu|america/(?:toronto|vancouver|edmonton|winnipeg|halifax|regina|st_johns|moncton)|"
    r"asia/(?:shanghai|chongqing|urumqi|tokyo|seoul|pyongyang|taipei))$",
    re.IGNORECASE,
)
"""Zones of no country, or of one that writes 3/4 in both orders, or in neither."""


def day_first_in(zone: str) -> bool | None:
    """Tell whether 3/4 is 3 April in the country of a zone (IANA); None when the zone does not tell."""
    if _NO_COUNTRY.match(zone) or not zone:
        return None
    return _MONTH_FIRST.match(zone) is None


def month_of(written: str) -> int | None:
    """Return the number of a month, written as one or as a name."""
    return int(written) if written.isdigit() else MONTHS.get(written)


def absolute(text: str) -> Iterator[Day]:
    """Yield dates with a year of four digits or an era, and an unmistakable order."""
    if not _YEAR_OR_ERA.search(text):
        return
    matches = [found for form in _FORMS if (found := form.search(text))]
    for found in sorted(matches, key=lambda match: match.start()):
        groups = found.groupdict()
        year = 1 if groups["year"] in _ALL.first_year else int(groups["year"])
        if groups.get("era"):
            year += _ALL.eras[groups["era"]]
        if year >= 2500:  # Buddhist era
            year -= 543
        month = MONTHS[groups["name"]] if groups.get("name") else int(groups["month"])
        yield Day(year, month, int(groups["day"]), found)


def numeric(text: str, *, day_first: bool, year_first: bool) -> Iterator[Day]:
    """Yield dates such as 3/4/2022, whose order of day and month must be known; 3.4.2022 is 3 April everywhere."""
    for found in _NUMERIC.finditer(text):
        one, two, year = int(found["one"]), int(found["two"]), int(found["year"])
        in_order = year_first and year < 100 and 1 <= two <= 12
        if in_order:
            one, year = year, one
        if year < 100:
            year += 2000
        first = in_order or day_first or found["gap"] == "."
        day, month = (one, two) if (first and two <= 12) or one > 12 else (two, one)
        yield Day(year, month, day, found)


_FRACTIONS = {"¼": ".25", "½": ".5", "¾": ".75"}
_FRACTION = re.compile(rf"(\d+)?\s?([{''.join(_FRACTIONS)}])")


def normal(text: str) -> str:
    """Normalise a text: NFKC, lower case, all digits in ASCII, `1½` as 1.5."""
    if not text.isascii() and any(sign in text for sign in _FRACTIONS):  # NFKC makes 11⁄2 of it
        text = _FRACTION.sub(lambda found: f"{found[1] or 0}{_FRACTIONS[found[2]]}", text)
    text = unicodedata.normalize("NFKC", text)
    if not text.isascii():
        text = "".join(str(unicodedata.decimal(sign)) if sign > "\x7f" and sign.isdecimal() else sign for sign in text)
    if any(sign in text for sign in _YEAR):
        text = _NUMERALS.sub(_arabic_digits, text)
    return unicodedata.normalize("NFC", text.lower())


def _arabic_digits(found: re.Match[str]) -> str:
    """Rewrite a date in a language's own numerals with digits."""
    year, month, day = filter(None, found.groups())
    digits = "".join(str(_ALL.numerals[sign]) for sign in year)
    return f"{digits}{_YEAR[0]}{small(month)}{_MONTH[0]}{small(day)}{_DAY[0]}"


def small(numeral: str) -> int:
    """Return the value of a numeral up to 99; a sign for ten multiplies the one before it."""
    value = 0
    for sign in numeral:
        number = _ALL.numerals[sign]
        value = max(value, 1) * 10 if number == 10 else value + number
    return value
