"""The clock of a run, which tests replace, and times as RFC 3339 text in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from archive import Clock, utc_now
from archive import warc_date as rfc3339

__all__ = ["Clock", "from_rfc3339", "rfc3339", "utc_now"]


def from_rfc3339(text: str) -> datetime:
    """Parse an RFC 3339 time or a bare date (midnight UTC); ValueError otherwise."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
