"""Names of WARC files: PREFIX-TIMESTAMP-SERIAL-HOST.warc.gz (WARC 1.1, Annex C).

TIMESTAMP is when the file was opened, 14 digits, UTC. SERIAL counts up from 00000 per prefix and host through the
whole archive, so a gap in it is a missing file, even before the manifest is asked. HOST is a setting and never asked
from the machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.errors import UsageError

OPEN = ".open"
"""Ends the name of a file that is still being written."""
TORN = ".torn"
"""Ends the name of what a dead run left after its last whole record."""

_PART = re.compile(r"[A-Za-z0-9._]{1,64}")
_NAME = re.compile(r"(?P<prefix>.+)-(?P<timestamp>\d{14})-(?P<serial>\d{5,})-(?P<host>[^-]+)\.warc\.gz")


@dataclass(frozen=True)
class WarcName:
    """The parts of a WARC file's name."""

    prefix: str
    timestamp: str
    serial: int
    host: str

    def __str__(self) -> str:
        return f"{self.prefix}-{self.timestamp}-{self.serial:05d}-{self.host}.warc.gz"

    @classmethod
    def parse(cls, name: str) -> WarcName | None:
        """None when the name is not of this form (other people's files)."""
        match = _NAME.fullmatch(name)
        return cls(match["prefix"], match["timestamp"], int(match["serial"]), match["host"]) if match else None

    @classmethod
    def next(cls, prefix: str, host: str, taken: Iterable[str], now: datetime) -> WarcName:
        """The name after the highest serial of this prefix and host among the names `taken`."""
        highest = -1
        for other in filter(None, map(cls.parse, taken)):
            if (other.prefix, other.host) == (prefix, host):
                highest = max(highest, other.serial)
        return cls(prefix, now.astimezone(UTC).strftime("%Y%m%d%H%M%S"), highest + 1, host)


def check_parts(prefix: str, host: str) -> None:
    """Raises UsageError unless both can stand in a file name: letters, digits, `.`, `_`, and `-` in the prefix."""
    if not _PART.fullmatch(prefix.replace("-", "_")):
        raise UsageError(f"archive prefix {prefix!r}: use letters, digits, '.', '_' and '-', at most 64 of them")
    if not _PART.fullmatch(host):
        raise UsageError(f"archive host {host!r}: use letters, digits, '.' and '_', at most 64 of them")
