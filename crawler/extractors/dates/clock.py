"""A written time of day → hours, minutes, seconds on a given day.

In: normalised text beside a date. Out: a match that `at` understands; halves of the day in the words of many languages.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from crawler.extractors.dates.words import AFTERNOON, MORNING, UPDATED_WORDS

_WEEKDAY = (
    r"(?:[\s,，、・|()（）]|[(（]?(?:星期|周|週|礼拜|禮拜)?[一二三四五六日月火水木金土天월화수목금토일](?:曜日?|"
    r"요일)?[)）]|at|um|à|a las|alle|às|ore"
    r"|kl\.?|klo|в|о|ob|de|om|h|[-–—]){0,6}?"
)
_HALF = "|".join(sorted(map(re.escape, MORNING + AFTERNOON), key=len, reverse=True))
_TIME = re.compile(
    rf"(?:T|{_WEEKDAY})\s*(?P<before>{_HALF})?\s*(?P<hour>[012]?\d)\s?(?:[:：時时点點시h]|\.(?=\d\d(?:\D|"
    rf"$)))\s?(?:(?P<minute>[0-5]\d|\d(?=\s?[分분]))"
    rf"(?:\s?[:：分분m.]\s?(?P<second>[0-5]\d)(?:[.,]\d+)?)?|(?=\D|"
    rf"$))\s*[秒분分초]?\s*(?P<after>[ap]\.?m\.?(?![a-z])|μμ|م)?",
    re.IGNORECASE,
)
_LATER = re.compile(
    rf"[^\d\n]{{0,24}}?(?P<before>{_HALF})?\s?(?P<hour>[012]?\d)[:：](?P<minute>[0-5]\d)(?:[:：](?P<second>[0-5]\d))?"
    r"\s*(?P<after>[ap]\.?m\.?(?![a-z])|μμ|م)?",
    re.IGNORECASE,
)
"""A time of day behind words that no table has: weekdays, `klo`, `godz.`; only with a colon."""
_TIME_FIRST = re.compile(
    r"(?P<hour>[012]?\d)[:：](?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?\s*(?P<after>[ap]\.?m\.?)?\s*(?P<zone>[A-Z]{2,4})?"
    r"[\s,|·•-]*(?:on\s+)?(?:\w{3,9},?\s+)?$",
    re.IGNORECASE,
)
_COMPACT_TIME = re.compile(r"[tT]?(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)(?P<second>[0-5]\d)?(?!\d)")


def after(text: str, *, loosely: bool = False) -> re.Match[str] | None:
    """The time at the beginning of `text`, which follows a date; `loosely` also behind words that no table has."""
    if found := _TIME.match(text) or _COMPACT_TIME.match(text):
        return found
    found = _LATER.match(text) if loosely else None
    return None if found is None or UPDATED_WORDS.search(found[0]) else found


def before(text: str) -> re.Match[str] | None:
    """The time at the end of `text`, which stands before a date."""
    return _TIME_FIRST.search(text)


def alone(text: str) -> re.Match[str] | None:
    """The time that is all of `text`."""
    whole = re.fullmatch(rf"\s*(?:{_HALF})?\s*\d{{1,2}}:\d{{2}}(?::\d{{2}})?\s*(?:[ap]\.?m\.?)?\s*", text)
    return _TIME.match(text) if whole else None


def at(midnight: datetime, clock: re.Match[str]) -> datetime:
    """The instant of a time of day that was read, on the day that begins at `midnight`."""
    groups = clock.groupdict()
    hour, minute, second = int(groups["hour"]), int(groups["minute"] or 0), int(groups["second"] or 0)
    before, after = groups.get("before") or "", (groups.get("after") or "").replace(".", "")
    if (before in AFTERNOON or after in ("pm", "μμ", "م")) and hour < 12:
        hour += 12
    elif (before in ("上午", "午前", "오전", "am", "凌晨") or after == "am") and hour == 12:
        hour = 0
    if hour == 24:
        return midnight + timedelta(days=1, minutes=minute)
    return midnight.replace(hour=min(hour, 23), minute=minute, second=second)
