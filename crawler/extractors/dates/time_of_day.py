"""A written time of day.

In: normalised text beside a date. Out: a match that `at` turns into an instant of a given day. Words for halves of the
day and signs come from languages/.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from crawler.extractors.languages import alternatives, merged
from crawler.extractors.regex import Rare

_ALL = merged()
HOURS = f":：{_ALL.hour_signs}h"
"""Characters between hours and minutes."""
HALF_OF_DAY = "|".join(sorted(map(re.escape, (*_ALL.am, *_ALL.morning, *_ALL.afternoon)), key=len, reverse=True))
_PM_AFTER = "|".join(_ALL.pm_after)
_BETWEEN = (
    rf"(?:[\s,，、|・()（）]|[(（]?{alternatives(_ALL.weekdays)}[)）]|{alternatives(_ALL.at_words)}|[-–—]){{0,6}}?"
)
"""Text between a date and the time: weekdays, `at`."""
_MINUTES = _ALL.minute_signs
_TIME = re.compile(
    rf"(?:T|{_BETWEEN})\s*(?P<before>{HALF_OF_DAY})?\s*(?P<hour>[012]?\d)\s?(?:[{HOURS}]|\.(?=\d\d(?:\D|$))|(?=\s?[ap]\.?m(?![a-z])))\s?"
    rf"(?:(?P<minute>[0-5]\d|\d(?=\s?[{_MINUTES}]))(?:\s?[:：{_MINUTES}m.]\s?(?P<second>[0-5]\d)(?:[.,]\d+)?)?|(?=\D|$))"
    rf"\s*[{_ALL.second_signs}{_MINUTES}]?\s*(?P<after>[ap]\.?m\.?(?![a-z])|{_PM_AFTER})?",
    re.IGNORECASE,
)
_LATER = re.compile(
    rf"[^\d\n]{{0,24}}?(?P<before>{HALF_OF_DAY})?\s?"
    r"(?P<hour>[012]?\d)[:：](?P<minute>[0-5]\d)(?:[:：](?P<second>[0-5]\d))?"
    rf"\s*(?P<after>[ap]\.?m\.?(?![a-z])|{_PM_AFTER})?",
    re.IGNORECASE,
)
"""A time of day with a colon, after words that no language declares."""
_TIME_FIRST = re.compile(
    r"(?P<hour>[012]?\d)[:：](?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?\s*(?P<after>[ap]\.?m\.?)?\s*(?P<zone>[A-Z]{2,4})?"
    r"[\s,|·•-]*(?:on\s+)?(?:\w{3,9},?\s+)?$",
    re.IGNORECASE,
)
_COMPACT_TIME = re.compile(r"[tT]?(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)(?P<second>[0-5]\d)?(?!\d)")

# Lower-case expressions on lower-cased text: with IGNORECASE a search takes three times as long.
UPDATED_WORDS = Rare(_ALL.updated, joined=alternatives(_ALL.updated))
"""Words before the date of an update, to be searched in lower-case text."""


def after(text: str, *, loosely: bool = False) -> re.Match[str] | None:
    """Find the time at the beginning of `text`, which follows a date; `loosely` also after undeclared words."""
    if found := _TIME.match(text) or _COMPACT_TIME.match(text):
        return found
    found = _LATER.match(text) if loosely else None
    return None if found is None or UPDATED_WORDS.search(found[0]) else found


def before(text: str) -> re.Match[str] | None:
    """Find the time at the end of `text`, which precedes a date."""
    return _TIME_FIRST.search(text)


def at(midnight: datetime, clock: re.Match[str]) -> datetime:
    """Turn a matched time of day into an instant of the day that begins at `midnight`."""
    groups = clock.groupdict()
    hour, minute, second = int(groups["hour"]), int(groups["minute"] or 0), int(groups["second"] or 0)
    before, after = groups.get("before") or "", (groups.get("after") or "").replace(".", "")
    if (before in _ALL.afternoon or after in ("pm", *_ALL.pm_after)) and hour < 12:
        hour += 12
    elif (before in _ALL.am or after == "am") and hour == 12:
        hour = 0
    if hour == 24:
        return midnight + timedelta(days=1, minutes=minute)
    return midnight.replace(hour=min(hour, 23), minute=minute, second=second)
