"""Names of WARC files, read and made: PREFIX-TIMESTAMP-SERIAL-HOST.warc.gz (WARC 1.1, Annex C).

TIMESTAMP is the time when the file was opened, 14 digits, UTC. SERIAL counts up from 00000 through the whole archive,
for each prefix and host, so a gap shows a missing file. HOST is a setting, never the name of the machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.errors import UsageError

OPEN = ".open"
"""Ending of a file that is still being written."""
MERGING = ".merging"
"""Ending of a file that is made of sealed ones, merged or repaired, until it has its line in the manifest."""
IMPORTING = ".importing"
"""Ending of a copy of another tool's file, until it has its line in the manifest."""
UNFINISHED = (OPEN, MERGING, IMPORTING)
"""Endings of files that a run, a repair or an import writes, or left when it died."""
TORN = ".torn"
"""Ending of the file with the bytes behind the last whole record of a dead run."""
SET_ASIDE = "set-aside"
"""Folder of an archive for files that were removed from its `warc/`: nothing but people and the audit looks into it."""

_PART = re.compile(r"[A-Za-z0-9._]{1,64}")
_IMPORTED = re.compile(r"(?:repaired-)*imported-[0-9a-f]{16}\.w?arc(?:\.gz|\.zst)?")
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
        """Read a name; None when it has another form (files of other writers)."""
        match = _NAME.fullmatch(name)
        return cls(match["prefix"], match["timestamp"], int(match["serial"]), match["host"]) if match else None

    @classmethod
    def next(cls, prefix: str, host: str, taken: Iterable[str], now: datetime) -> WarcName:
        """The name with the next serial of this prefix and host after those in `taken`."""
        of_series = re.compile(rf"{re.escape(prefix)}-\d{{14}}-(\d{{5,}})-{re.escape(host)}\.warc\.gz")
        highest = max((int(match[1]) for match in map(of_series.fullmatch, taken) if match is not None), default=-1)
        return cls(prefix, now.astimezone(UTC).strftime("%Y%m%d%H%M%S"), highest + 1, host)


def imported_name(sha256: str, ending: str) -> str:
    """The name of another tool's file in an archive: the same bytes always get the same name."""
    return f"imported-{sha256[:16]}{ending}"


def is_imported(name: str) -> bool:
    """Tell whether a file of an archive came from another tool, or was mended from one, by its name."""
    return _IMPORTED.fullmatch(name) is not None


def check_parts(prefix: str, host: str) -> None:
    """Raise UsageError unless both fit into a file name: letters, digits, `.`, `_`, and in the prefix `-`."""
    if not _PART.fullmatch(prefix.replace("-", "_")):
        raise UsageError(f"archive prefix {prefix!r}: use letters, digits, '.', '_' and '-', at most 64 of them")
    if not _PART.fullmatch(host):
        raise UsageError(f"archive host {host!r}: use letters, digits, '.' and '_', at most 64 of them")


def age(name: str) -> tuple[str, str]:
    """Sort key that puts older files first; files of other writers come before all others."""
    parts = WarcName.parse(name)
    return (parts.timestamp if parts else "", name)
