"""Instants: where they come from (an injected clock) and how they are written (RFC 3339, UTC)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the present instant, aware."""


def utc_now() -> datetime:
    """The clock of real runs."""
    return datetime.now(UTC)


def rfc3339(instant: datetime) -> str:
    """`2022-03-18T09:54:35.000000Z`: always UTC, always microseconds, so that text order is time order."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def from_rfc3339(text: str) -> datetime:
    """The inverse of `rfc3339`; takes any RFC 3339 instant or a bare date (midnight UTC). ValueError otherwise."""
    instant = datetime.fromisoformat(text)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
