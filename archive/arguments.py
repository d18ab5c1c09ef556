"""Argument types of several command lines: text goes in, a value or argparse's error comes out."""

from __future__ import annotations

import argparse
import re
from calendar import monthrange
from datetime import UTC, datetime
from pathlib import Path

_SPAN = re.compile(r"([0-9]{4})-?(?:([0-9]{2})-?(?:([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})([0-9]{2})?)?)?)?)?")
"""A year, month or day with or without hyphens, or the timestamp of a CDX server."""


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
    try:
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except OverflowError:
        raise argparse.ArgumentTypeError(f"{text!r}: there is no such time in UTC") from None


def first_instant(text: str) -> datetime:
    """Read a time as `instant` does, or the start of a year, month, day … of a CDX server: `20261122`."""
    return _edge(text, ("1", "1", "0", "0", "0"), 0)


def last_instant(text: str) -> datetime:
    """As `first_instant`, but the end: of `2026-11`, the last microsecond of November."""
    return _edge(text, ("12", "31", "23", "59", "59"), 999_999)


def _edge(text: str, missing: tuple[str, ...], micro: int) -> datetime:
    span = _SPAN.fullmatch(text)
    if span is None:
        return instant(text)
    year, *rest = span.groups()
    month, day, hour, minute, second = (int(part or edge) for part, edge in zip(rest, missing, strict=True))
    try:
        day = day if span[3] else min(day, monthrange(int(year), month)[1])
        return datetime(int(year), month, day, hour, minute, second, micro, tzinfo=UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: there is no such date") from None


def add_package_key(parser: argparse.ArgumentParser) -> None:
    """Add the option that names the key of a package."""
    what = "ECDSA private key (curve P-384) that signs the package as wacz-auth says"
    parser.add_argument("--sign", metavar="PEM", type=Path, help=what)


def share(text: str) -> float:
    """A share written as `5%` or `0.05`."""
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share; give 5% or 0.05")
    return share
