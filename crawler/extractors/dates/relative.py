"""`3小时前`, `昨天 10:24`, `vor 2 Stunden`: dates that are counted from when the page was read.

In: normalised text, the capture time, the zone. Out: an aware instant in that zone, and whether it names the time of
day.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo

from dateutil.relativedelta import relativedelta

from crawler.extractors.dates.words import DAYS_AGO, NOW, ONE, UNITS

_UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_NUMBER = rf"(?P<number>\d{{1,3}}|半|{'|'.join(sorted(ONE))})"
_AGO = (
    re.compile(rf"{_NUMBER}\s*(?P<unit>{_UNIT})(?:前|以前|之前|\s*전)"),
    re.compile(
        rf"(?<!\w){_NUMBER}\s*(?P<unit>{_UNIT})\w{{0,4}}\s+(?:ago|fa|geleden|sedan|siden|назад|тому|önce|temu|zpět|"
        rf"sitten|"
        rf"lalu|trước|atrás)(?!\w)"
    ),
    re.compile(rf"(?<!\w)(?:vor|il y a|hace|há|fa|před|منذ|قبل)\s+{_NUMBER}\s*(?P<unit>{_UNIT})"),
    re.compile(r"(?<!\w)(?P<number>\d{1,2})\s?(?P<unit>h|m|d|w)\s+ago(?!\w)"),
)
LONGEST = 60
"""Characters of a text that holds such a date; longer ones are prose that mentions a time."""
_SHORT = {"h": "hours", "m": "minutes", "d": "days", "w": "weeks"}
_DAY_NAMES = "|".join(sorted(map(re.escape, DAYS_AGO), key=len, reverse=True))
_DAY = re.compile(
    rf"(?<![^\W\d_])(?P<day>{_DAY_NAMES})(?![a-zA-Zà-žа-я])(?P<rest>[^\d]{{0,12}}\d{{1,2}}[:：時时点點시h.]\s?\d{{2}}.*)?"
)
_NOW = re.compile("|".join(sorted(map(re.escape, NOW), key=len, reverse=True)))


def ago(text: str, now: datetime, zone: tzinfo) -> tuple[datetime, bool] | None:
    """The instant for `N units ago` and `just now`, in `zone`; exact to the hour or finer, else False."""
    if len(text) > LONGEST:
        return None
    local = now.astimezone(zone)
    for pattern in _AGO:
        found = pattern.search(text)
        if not found:
            continue
        number, word = found["number"], found["unit"]
        unit = _SHORT.get(word) or UNITS[word]
        if number == "半":
            return local - timedelta(minutes=30), True
        count = int(number) if number.isdigit() else 1
        try:
            moment = local - relativedelta(**{unit: count})  # type: ignore[arg-type]
        except (OverflowError, ValueError):
            return None
        return moment, unit in ("seconds", "minutes", "hours")
    if _NOW.search(text):
        return local, True
    return None


def day(text: str, now: datetime, zone: tzinfo) -> tuple[datetime, str] | None:
    """Midnight of the day that `yesterday` and its like name, and the text after the word where a time stands."""
    found = _DAY.search(text)
    if not found or (not found["rest"] and len(text) > len(found["day"]) + 3):
        return None  # a word of a sentence
    local = now.astimezone(zone)
    date = (local - timedelta(days=DAYS_AGO[found["day"]])).date()
    half = found["day"][-1:] if found["day"][-1:] in "早晨晚" else ""
    return datetime(date.year, date.month, date.day, tzinfo=zone), half + (found["rest"] or "").lstrip()
