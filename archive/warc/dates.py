"""Points in time: a clock that tests can set, and WARC-Date, an aware datetime ⇄ its text."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the present time, aware."""

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?Z)?)?)?")


def utc_now() -> datetime:
    """Read the system's clock; the default of every `clock` argument."""
    return datetime.now(UTC)


def warc_date(moment: datetime) -> str:
    """Write an aware datetime as a WARC-Date (WARC 1.1, 5.4), e.g. `2026-11-22T09:54:35.000001Z`.

    Always in UTC with microseconds, so that texts sort as times do. It is also an RFC 3339 time.
    """
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse_date(text: str) -> datetime:
    """Read a WARC-Date of any granularity that WARC 1.1 allows (5.4) as aware UTC.

    Digits after the microseconds are dropped. ValueError when the text is not a WARC-Date.
    """
    match = _DATE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not a WARC-Date: {text[:40]!r}")
    year, month, day, hour, minute, second, fraction = match.groups()
    return datetime(
        int(year),
        int(month or 1),
        int(day or 1),
        int(hour or 0),
        int(minute or 0),
        int(second or 0),
        int((fraction or "0")[:6].ljust(6, "0")),
        tzinfo=UTC,
    )
