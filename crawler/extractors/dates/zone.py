"""The zone that a written date names → tzinfo.

In: the text after the time of day, the day, the source's zone (it settles names with two meanings). Out: the zone, or
None.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from crawler.extractors.dates.words import US_ZONES, ZONES

_OFFSET = re.compile(
    r"\s*[(\[]?\s*(?:GMT|UTC|UT)?\s*(?P<sign>[+−-])\s?(?P<hours>[01]?\d):?(?P<minutes>[0-5]\d)?(?!\d)", re.IGNORECASE
)
_ZONE_NAMES = "|".join(sorted([*map(re.escape, ZONES), *US_ZONES], key=len, reverse=True))
_ZONE = re.compile(rf"\s*[(（\[]?\s*(?P<zone>{_ZONE_NAMES})(?![a-zа-я])", re.IGNORECASE)


def at_start(text: str, day: datetime, local: tzinfo) -> tzinfo | None:
    """The zone that stands at the beginning of `text`."""
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
