"""A written time of day, and the zone after it.

In: normalised text beside a date. Out: a match that `at` turns into an instant of a given day, and the zone as tzinfo.
Words for halves of the day, signs and zones come from languages/.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from crawler.extractors.languages import alternatives, merged

ZONES: dict[str, float] = {
    # Hours east of Greenwich. `zone_at_start` reads CST as China's when the source's zone is.
    "z": 0, "utc": 0, "gmt": 0, "wet": 0, "ut": 0,
    "bst": 1, "cet": 1, "wat": 1, "west": 1,
    "cest": 2, "eet": 2, "sast": 2, "cat": 2,
    "eest": 3, "msk": 3, "trt": 3, "eat": 3,
    "gst": 4, "pkt": 5, "ist": 5.5, "wib": 7, "ict": 7,
    "hkt": 8, "sgt": 8, "pht": 8, "awst": 8,
    "jst": 9, "kst": 9, "acst": 9.5, "aest": 10, "acdt": 10.5, "aedt": 11, "nzst": 12, "nzdt": 13,
    "brt": -3, "art": -3, "ast": -4, "edt": -4, "est": -5, "cdt": -5, "cst": -6, "mdt": -6, "mst": -7, "pdt": -7,
    "pst": -8, "akst": -9, "hst": -10,
    **merged().zones,
}  # fmt: skip
US_ZONES: dict[str, str] = {
    "et": "America/New_York",
    "ct": "America/Chicago",
    "mt": "America/Denver",
    "pt": "America/Los_Angeles",
}
"""Zone names without `standard` or `daylight`: their offset depends on the day."""

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
    rf"(?:T|{_BETWEEN})\s*(?P<before>{HALF_OF_DAY})?\s*(?P<hour>[012]?\d)\s?(?:[{HOURS}]|\.(?=\d\d(?:\D|$)))\s?"
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
_ALONE = re.compile(rf"\s*(?:{HALF_OF_DAY})?\s*\d{{1,2}}:\d{{2}}(?::\d{{2}})?\s*(?:[ap]\.?m\.?)?\s*")

# Lower-case expressions on lower-cased text: with IGNORECASE a search takes three times as long.
UPDATED_WORDS = re.compile(alternatives(_ALL.updated))
"""Words before the date of an update, to be searched in lower-case text."""

_OFFSET = re.compile(
    r"\s*[(\[]?\s*(?:GMT|UTC|UT)?\s*(?P<sign>[+−-])\s?(?P<hours>[01]?\d):?(?P<minutes>[0-5]\d)?(?!\d)", re.IGNORECASE
)
_ZONE_NAMES = "|".join(sorted([*map(re.escape, ZONES), *US_ZONES], key=len, reverse=True))
_ZONE = re.compile(rf"\s*[(（\[]?\s*(?P<zone>{_ZONE_NAMES})(?![a-zа-я])", re.IGNORECASE)


def after(text: str, *, loosely: bool = False) -> re.Match[str] | None:
    """Find the time at the beginning of `text`, which follows a date; `loosely` also after undeclared words."""
    if found := _TIME.match(text) or _COMPACT_TIME.match(text):
        return found
    found = _LATER.match(text) if loosely else None
    return None if found is None or UPDATED_WORDS.search(found[0]) else found


def before(text: str) -> re.Match[str] | None:
    """Find the time at the end of `text`, which precedes a date."""
    return _TIME_FIRST.search(text)


def alone(text: str) -> re.Match[str] | None:
    """Find the time that is all of `text`."""
    return _TIME.match(text) if _ALONE.fullmatch(text) else None


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


def zone_at_start(text: str, day: datetime, local: tzinfo) -> tzinfo | None:
    """Find the zone at the beginning of `text`; `local`, the source's zone, decides what `CST` means."""
    if found := _OFFSET.match(text):
        minutes = int(found["hours"]) * 60 + int(found["minutes"] or 0)
        if minutes <= 14 * 60:
            return timezone(timedelta(minutes=-minutes if found["sign"] in "−-" else minutes))
    if found := _ZONE.match(text):
        name = found["zone"].lower()
        if name in US_ZONES:
            return ZoneInfo(US_ZONES[name])
        hours = ZONES[name]
        here = local.utcoffset(day)
        if name == "cst" and here == timedelta(hours=8):
            hours = 8
        return timezone(timedelta(hours=hours)) if hours else UTC
    return None
