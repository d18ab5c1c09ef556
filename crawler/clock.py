"""The clock of a run, which tests replace, and times as RFC 3339 text in UTC or as HTTP dates."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from archive import Clock, utc_now
from archive import warc_date as rfc3339

__all__ = ["Clock", "from_http", "from_rfc3339", "rfc3339", "utc_now"]


def from_rfc3339(text: str) -> datetime:
    """Parse an RFC 3339 time or a bare date (midnight UTC); ValueError otherwise."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def from_http(text: str) -> datetime | None:
    """Parse an HTTP date in any of its forms (RFC 9110, 5.6.7); None when the text is no date."""
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
