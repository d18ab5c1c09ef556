"""Argument types of several command lines: text goes in, a value or argparse's error comes out."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime


def instant(text: str) -> datetime:
    """Read an RFC 3339 time, or a date as its midnight in UTC; return aware UTC.

    A time without a zone is refused: it could be UTC or local time.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: write 2026-11-22 or 2026-11-22T10:00:00Z") from None
    if moment.tzinfo is None and len(text) > len("2026-11-22"):
        raise argparse.ArgumentTypeError(f"{text!r}: add the time zone, for instance {text}Z")
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
