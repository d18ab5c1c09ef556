"""A written time zone → tzinfo: `Z`, `+08:00`, `UTC+8`, `CST`, `ET`, `Asia/Shanghai`, `[Europe/Paris]`.

In: text after a time of day, and the source's zone, which decides what a name such as CST means.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crawler.extractors.languages import merged

ZONES: dict[str, float] = {
    # Hours east of Greenwich.
    "z": 0, "utc": 0, "gmt": 0, "wet": 0, "ut": 0,
    "bst": 1, "cet": 1, "wat": 1, "west": 1,
    "cest": 2, "eet": 2, "sast": 2, "cat": 2,
    "eest": 3, "msk": 3, "trt": 3, "eat": 3,
    "gst": 4, "pkt": 5, "ist": 5.5, "npt": 5.75, "wib": 7, "ict": 7,
    "hkt": 8, "sgt": 8, "pht": 8, "awst": 8, "myt": 8, "wita": 8,
    "jst": 9, "kst": 9, "wit": 9, "acst": 9.5, "aest": 10, "acdt": 10.5, "aedt": 11, "nzst": 12, "nzdt": 13,
    "ndt": -2.5, "adt": -3, "brt": -3, "art": -3, "nst": -3.5, "ast": -4, "edt": -4, "est": -5, "cdt": -5, "cst": -6,
    "mdt": -6, "mst": -7, "pdt": -7, "pst": -8, "akdt": -8, "akst": -9, "hst": -10,
    **merged().zones,
}  # fmt: skip
US_ZONES: dict[str, str] = {
    "et": "America/New_York",
    "ct": "America/Chicago",
    "mt": "America/Denver",
    "pt": "America/Los_Angeles",
    "eastern time": "America/New_York",
    "central time": "America/Chicago",
    "mountain time": "America/Denver",
    "pacific time": "America/Los_Angeles",
}
"""Zone names without `standard` or `daylight`: their offset depends on the day."""
_ELSEWHERE: dict[str, tuple[float, ...]] = {
    "ast": (3,), "bst": (6,), "cst": (8,), "edt": (11,), "est": (10,), "gst": (10,), "ist": (1, 2), "mst": (6.5, 8),
    "pst": (8,),
}  # fmt: skip
"""Other meanings of a name, which count where the source's own zone has that offset: CST in Hong Kong is China's."""

_OFFSET = re.compile(
    r"\s*[(\[]?\s*(?:GMT|UTC|UT)?\s*(?P<sign>[+−-])\s?(?P<hours>[01]?\d):?(?P<minutes>[0-5]\d)?(?!\d)", re.IGNORECASE
)
_ZONE_NAMES = "|".join(sorted([*map(re.escape, ZONES), *US_ZONES], key=len, reverse=True))
_NAME = re.compile(rf"\s*[(（\[]?\s*(?P<zone>{_ZONE_NAMES})(?![a-zа-я])", re.IGNORECASE)
_AFTER_OFFSET = re.compile(r"(?:\s*[a-z]{1,5})?\s*[)\]]?", re.IGNORECASE)
"""What may follow an offset, which it only repeats: `+0800 CST`."""
_REGION = re.compile(r"[A-Za-z_]+(?:/[A-Za-z0-9_+-]+){1,2}")
_REGION_FIRST = re.compile(rf"\s*[(\[]?({_REGION.pattern})")
_TAGS = re.compile(r"(?<=[\dZz])(?:\[!?[A-Za-z0-9_][\w/+.:=-]{0,63}\]|\[!?[+-]\d\d:\d\d\])+$", re.ASCII)
_TAG = re.compile(r"\[(?P<critical>!?)(?:(?P<key>[^\[\]=]+)=)?(?P<value>[^\[\]]+)\]")
_AT_END = re.compile(
    r"\d:\d\d(?:[.,]\d+)?(?:\s?[AaPp]\.?[Mm]\.?)?\s*[(\[]?"
    r"(?P<zone>[+-]\d{1,2}:?\d\d|(?-i:[A-Z]{3,5})|[A-Za-z_]+(?:/[A-Za-z0-9_+-]+){1,2}|"
    r"[A-Z][A-Za-z]+(?: [A-Z][a-z]+)? (?:Standard |Summer |Daylight )?Time)[)\]]?$"
)
_NO_ZONES = frozenset(merged().clock_words)
_HAS_OFFSET = re.compile(r":\d\d(?:[.,]\d+)?(?P<offset>[Zz]|[+-]\d\d(?::?\d\d)?)$")


def at_start(text: str, day: datetime, local: tzinfo) -> tzinfo | None:
    """Find the zone at the beginning of `text`; `local`, the source's zone, decides what `CST` means."""
    if (found := _OFFSET.match(text)) and (zone := _of_offset(found)):
        return zone
    if found := _NAME.match(text):
        return _of_name(found["zone"].lower(), day, local)
    return _region(found[1]) if (found := _REGION_FIRST.match(text)) else None


def whole(text: str, day: datetime, local: tzinfo) -> tzinfo | None:
    """Read a text that is nothing but a zone; None when it is another text."""
    text = text.strip(" ()[]")
    if found := _OFFSET.match(text):
        return _of_offset(found) if _AFTER_OFFSET.fullmatch(text, found.end()) else None
    if (found := _NAME.match(text)) and found.end() == len(text):
        return _of_name(found["zone"].lower(), day, local)
    if _REGION.fullmatch(text):
        return _region(text)
    return _own(text.lower(), day, local)


def is_unknown(text: str, day: datetime, local: tzinfo) -> bool:
    """Tell whether a date ends with a zone that cannot be read: one hour or another would be a guess."""
    found = _AT_END.search(text)
    return found is not None and found["zone"].lower() not in _NO_ZONES and whole(found["zone"], day, local) is None


def without_tags(text: str) -> tuple[str, tzinfo | None] | None:
    """Cut the tags of RFC 9557 from a date, and return the zone that they give to one without an offset.

    None when the date cannot be right: a critical tag (`!`) that is unknown or contradicts the offset (3.3, 3.4), or an
    unknown zone where there is no offset.
    """
    found = _TAGS.search(text)
    if not found:
        return text, None
    date, zone, seen = text[: found.start()], None, False
    offset = _HAS_OFFSET.search(date)
    for tag in _TAG.finditer(found[0]):
        critical, key, value = tag["critical"], tag["key"], tag["value"]
        if key:
            if critical and key != "u-ca":
                return None
            continue
        zone, seen = zone if seen else _tagged(value), True
        if zone is None and (critical or not offset):
            return None
        if critical and offset and zone and _contradicts(date, zone):
            return None
    return date, None if offset else zone


def _tagged(value: str) -> tzinfo | None:
    found = _OFFSET.fullmatch(value)
    return _of_offset(found) if found else _region(value)


def _contradicts(date: str, zone: tzinfo) -> bool:
    """Whether a zone has another offset at an instant; `Z` and -00:00 name no local offset (RFC 9557, 2.2)."""
    try:
        moment = datetime.fromisoformat(date.upper().replace(" ", "T", 1))
    except ValueError:
        return True
    return not date.endswith(("Z", "z", "-00:00")) and moment.astimezone(zone).utcoffset() != moment.utcoffset()


def _of_offset(found: re.Match[str]) -> tzinfo | None:
    minutes = int(found["hours"]) * 60 + int(found["minutes"] or 0)
    if minutes > 14 * 60:
        return None
    return timezone(timedelta(minutes=-minutes if found["sign"] in "−-" else minutes)) if minutes else UTC


def _of_name(name: str, day: datetime, local: tzinfo) -> tzinfo:
    if name in US_ZONES:
        return ZoneInfo(US_ZONES[name])
    if own := _own(name, day, local):
        return own
    hours, here = ZONES[name], local.utcoffset(day.replace(tzinfo=None))
    hours = next((other for other in _ELSEWHERE.get(name, ()) if here == timedelta(hours=other)), hours)
    return timezone(timedelta(hours=hours)) if hours else UTC


def _own(name: str, day: datetime, local: tzinfo) -> tzinfo | None:
    """Return the offset that the source's zone calls by this name at some time of the year."""
    for months in (0, 6):
        moment = day.replace(tzinfo=None, month=(day.month + months - 1) % 12 + 1, day=1)
        if (local.tzname(moment) or "").lower() == name and (offset := local.utcoffset(moment)) is not None:
            return timezone(offset) if offset else UTC
    return None


@lru_cache(maxsize=256)
def _region(name: str) -> tzinfo | None:
    """Return the zone of a name in the IANA database; its case does not matter."""
    parts = re.split(r"([/_-])", name)
    for written in (name, "".join(part if part in ("of", "es") else part.capitalize() for part in parts), name.upper()):
        try:
            return ZoneInfo(written)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return None
