"""A date relative to the capture → an instant: `2 days and 3 hours ago`, `yesterday at 8 pm`.

A time alone is not a date: on a page captured a year later it would be that day's. All units count: a text with one
that is not known gives no instant. In: normalised text, the capture time, the zone of the source, in which days begin,
the page's language. Out: the instant and whether it is exact to the hour.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache

from dateutil.relativedelta import relativedelta

from crawler.extractors.dates import days, time_of_day, zones
from crawler.extractors.languages import alternatives, known, merged

LONGEST = 60
"""Characters of the longest text with a relative date; a longer one is prose that mentions a time."""
_ALL = merged()
_UNITS = ("years", "months", "weeks", "days", "hours", "minutes", "seconds")
_EXACT = frozenset({"hours", "minutes", "seconds"})
_IN_DAYS = {"months": 30, "days": 1}
"""Days of the units that can be halved, though they are not exact."""
_SKEW = timedelta(minutes=10)
"""How far the clock of a server may be ahead: what it publishes `today at 8 pm` is not after the capture."""

_LETTERS = r"[^\W\d_\u0e00-\u0eff\u2e80-\uffff]"
"""Letters of scripts with spaces, which an inflected unit may have at its end."""
_NUMERALS = "".join(sign for sign, number in _ALL.numerals.items() if number)
_NUMBER = (
    rf"(?:\d{{1,3}}(?:[.,]\d{{1,2}})?|(?<!{_LETTERS})(?:{alternatives(_ALL.halves)}|[{_NUMERALS}]{{1,3}}|{days.any_of(_ALL.numbers)}|"
    rf"{days.any_of(_ALL.one)}))"
)
_AND_A_HALF = alternatives(_ALL.and_a_half)
_AND = alternatives(_ALL.and_words, _ALL.and_or_in, _ALL.and_units, ("&",))
_SHORT = rf"(?:(?<=\d)|(?<=\d\s))(?:{days.any_of(_ALL.short_units)})(?![^\W\d_])"
_LONG = rf"(?:{days.any_of(_ALL.units)})"
_HOURS_MINUTES = rf"\d{{1,2}}h[0-5]\d(?!\w)(?!\s*{_LONG})"
"""`1h10`"""
_QUANTITY = (
    rf"(?:{_HOURS_MINUTES}|{_NUMBER}\s*{_AND_A_HALF}?\s*(?:{_SHORT}\.?|{_LONG}{_LETTERS}{{0,5}}(?!{_LETTERS})\.?)(?:\s*{_AND_A_HALF})?|"
    rf"(?<!\w)(?:{days.any_of(_ALL.counted_units)})(?!\w))"
)
_PARTS = (
    rf"(?P<hours_minutes>{_HOURS_MINUTES})|(?P<number>{_NUMBER})\s*(?P<half>{_AND_A_HALF})?\s*(?:(?P<short>{_SHORT})\.?|(?P<unit>{_LONG}){_LETTERS}{{0,5}}(?!{_LETTERS})\.?)"
    rf"(?:\s*(?P<more>{_AND_A_HALF}))?|(?<!\w)(?P<counted>{days.any_of(_ALL.counted_units)})(?!\w)"
)
_BETWEEN = rf"(?:\s*[,、]?\s*(?:{_AND}(?:\s+|(?=\d)))?)"
_RUN = rf"(?P<run>{_QUANTITY}(?:{_BETWEEN}{_QUANTITY}){{0,6}})"
_START = r"(?<!\d)(?<!\d[.,])"
_AFTER = alternatives(_ALL.ago_after)
_UNITS_BY_AGO = {word: language.units for language in known() for word in language.ago_after}
"""Units in the language of a word for `ago`: `год` is an hour before the Ukrainian one, elsewhere a year."""
_AGO = (
    rf"{_START}{_RUN}\s*{alternatives(_ALL.ago_joined)}",
    rf"{_START}(?<!\w){_RUN}\s+{_AFTER}(?!\w)",
    rf"(?<!\w){alternatives(_ALL.ago_before)}\s+{_RUN}",
)
_ANY_AGO = re.compile(alternatives(_ALL.ago_joined, _ALL.ago_after, _ALL.ago_before))
_UNREAD_BEFORE = rf"(?:\d\s*[^\W\d_]+\s+{_AND}|\d[.,]?|{_QUANTITY}\W?)\s*$"
_UNREAD_AFTER = rf"\s*(?:[^\W\d_]{{1,4}}[\s-]*)?{_NUMBER}\s*{_LONG}|\s*[.,]?\d"
"""A quantity beside those that were read: one that is not known is between."""
_ENDS_WITH_QUANTITY = rf"(?P<last>{_QUANTITY})\W{{1,3}}$"
_IN_WORDS = re.compile(r"[\u2e80-\uffff]")
"""A number that is a Chinese, Japanese or Korean word: sentences hold it more often than date lines."""
_SENTENCE = 24
"""Characters from which a text with such a number is a sentence."""
_GOES_ON = re.compile(rf"[^\W\d_]\0|\0(?!{alternatives(_ALL.published, _ALL.updated)})[^\W\d_]")

_CLOCK = rf"\d{{1,2}}\s?(?:[{time_of_day.HOURS}.]|[ap]\.?m)"
_NAMED_DAY = re.compile(
    rf"(?:(?<![^\W\d_])|(?=[\u2e80-\uffff]))(?P<day>{days.any_of(_ALL.days_ago)})(?![a-zA-Zà-žа-я])"
    rf"(?P<rest>[^\d]{{0,12}}{_CLOCK}.*)?"
)
_NOW = re.compile(rf"(?:^|(?<=[\s:|·•]))(?P<now>{days.any_of(_ALL.now)})(?=\s*(?:$|[|·•]))")


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    """Compile at the first use: these take 0.15 s, and few pages have a text that may hold `N units ago`."""
    return re.compile(expression)


def read(text: str, now: datetime, zone: tzinfo, language: str = "") -> tuple[datetime, bool] | None:
    """Read a date relative to the capture `now`; None when there is none, or its word is of another language.

    `language` is the page's: German `hier` is no French yesterday.
    """
    if len(text) > LONGEST:
        return None
    if ago := _ago(text, now, zone):
        return ago
    if (just := _NOW.search(text)) and _has_word(language, just["now"]):
        return now, True
    if not (named := _named_day(text, now.astimezone(zone), language)):
        return None
    midnight, rest = named
    clock = time_of_day.after(rest, loosely=True) if rest else None
    if rest and not clock and not time_of_day.UPDATED_WORDS.search(rest):
        return None  # the time of day is written in a way that is not known
    if clock and (own := zones.at_start(rest[clock.end() :], midnight, zone)):
        midnight, _ = _named_day(text, now.astimezone(own), language) or named
    if clock and not clock[0].endswith(" ") and _IN_WORDS.match(rest, clock.end()):
        return None  # part of a sentence
    moment = time_of_day.at(midnight, clock) if clock else midnight
    return (moment, clock is not None) if moment <= now + _SKEW else None


@cache
def _has_word(language: str, word: str) -> bool:
    """Whether a word for a day or for now is of the page's language, if that is known, or English."""
    having = {each.code for each in known() if word in each.days_ago or word in each.now}
    return language not in {each.code for each in known()} or not having.isdisjoint({language, "en"})


def without(text: str) -> str:
    """Return a text without its relative dates, normalised: what stays of it at a later capture.

    A text that has none, or is too long to have one, is returned as it is.
    """
    plain = days.normal(" ".join(text.split()))
    forms = (*(map(_compiled, _AGO) if _ANY_AGO.search(plain) else ()), _NAMED_DAY, _NOW)
    if len(plain) > LONGEST or not any(form.search(plain) for form in forms):
        return text
    for form in forms:
        plain = form.sub("", plain)
    return plain.strip()


def _ago(text: str, now: datetime, zone: tzinfo) -> tuple[datetime, bool] | None:
    """Read `N units ago`, with a time of day after it if the smallest unit is a day or longer."""
    if not _ANY_AGO.search(text):
        return None
    for pattern in _AGO:
        found = _compiled(pattern).search(text)
        if not found:
            continue
        before, after = text[: found.start()], text[found.end() :]
        own = _UNITS_BY_AGO.get(found[0].rpartition(" ")[2], {})
        amounts = _amounts(found["run"], own)
        if _compiled(_UNREAD_BEFORE).search(before) or (pattern is _AGO[2] and _compiled(_UNREAD_AFTER).match(after)):
            return None
        if amounts and _is_larger(before, amounts, own):
            return None
        if _IN_WORDS.match(found["run"]) and (len(text) > _SENTENCE or _GOES_ON.search(f"{before}\0{after}")):
            continue  # part of a sentence
        moment = _before(now, zone, amounts) if amounts else None
        if not amounts or moment is None:
            return None
        exact = bool(_EXACT & amounts.keys())
        if not exact and (clock := time_of_day.after(after)):
            midnight = moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
            return time_of_day.at(midnight, clock), True
        return moment, exact
    return None


def _is_larger(before: str, amounts: dict[str, float], own: Mapping[str, str]) -> bool:
    """Tell whether a text ends with a quantity of a larger unit, as in `2 days / 3 hours ago`.

    One of a smaller unit is another thing: `5 min · 2 hours ago`.
    """
    found = _compiled(_ENDS_WITH_QUANTITY).search(before)
    last = _amounts(found["last"], own) if found else None
    return max(map(_UNITS.index, last)) < min(map(_UNITS.index, amounts)) if last else False


def _amounts(run: str, own: Mapping[str, str]) -> dict[str, float] | None:
    """Read the quantities of a text, the largest unit first; None when they are in another order.

    `own`: units of the text's language, where it is known.
    """
    amounts: dict[str, float] = {}
    for part in _compiled(_PARTS).finditer(run):
        number: float
        if part["hours_minutes"]:
            hours, _, minutes = part["hours_minutes"].partition("h")
            if any(_UNITS.index(other) >= _UNITS.index("hours") for other in amounts):
                return None
            amounts.update(hours=int(hours), minutes=int(minutes))
            continue
        if part["counted"]:
            number, unit = _ALL.counted_units[part["counted"]]
        else:
            unit = (
                _ALL.short_units[part["short"]] if part["short"] else own.get(part["unit"]) or _ALL.units[part["unit"]]
            )
            number = _number(part["number"]) + (0.5 if part["half"] or part["more"] else 0)
        if any(_UNITS.index(unit) <= _UNITS.index(other) for other in amounts):
            return None
        amounts[unit] = number
    return amounts


def _number(written: str) -> float:
    if written[0].isdigit():
        return float(written.replace(",", "."))
    if written in _ALL.numbers:
        return _ALL.numbers[written]
    if written[0] in _NUMERALS:
        return days.small(written)
    return 0.5 if re.fullmatch(alternatives(_ALL.halves), written) else 1


def _before(now: datetime, zone: tzinfo, amounts: dict[str, float]) -> datetime | None:
    """Go back from `now`: years to days by the calendar of the zone, hours and less by elapsed time."""
    local, elapsed = now.astimezone(zone), timedelta()
    try:
        for unit, number in amounts.items():
            if unit in _EXACT:
                elapsed += timedelta(**{unit: number})
            elif number == int(number):
                local -= relativedelta(**{unit: int(number)})  # type: ignore[arg-type]
            elif unit == "years":
                local -= relativedelta(months=int(12 * number))
            elif unit in _IN_DAYS:
                elapsed += timedelta(days=_IN_DAYS[unit] * number)
            else:
                return None
        return local.astimezone(UTC) - elapsed
    except (OverflowError, ValueError):
        return None


def _named_day(text: str, local: datetime, language: str) -> tuple[datetime, str] | None:
    """Read a word like `yesterday`, as midnight of that day and the text after it that holds a time."""
    found = _NAMED_DAY.search(text)
    if not found or (not found["rest"] and len(text) > len(found["day"]) + 3):
        return None  # part of a sentence
    if not _has_word(language, found["day"]):
        return None
    date = (local - timedelta(days=_ALL.days_ago[found["day"]])).date()
    last = found["day"][-1:]
    half = last if last in _ALL.day_halves else ""
    return datetime(date.year, date.month, date.day, tzinfo=local.tzinfo), half + (found["rest"] or "").lstrip()
