"""The values that an audit yields: findings, progress and a summary, and their JSON form, one object per line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
VERSION = 1


class Fault(NamedTuple):
    """A finding before its place is known: the caller adds file, offset and record."""

    severity: Severity
    message: str
    clause: str = ""
    """Empty for the clause of the check."""
    check: int = 0
    """0 until the registration of the function that found it adds the number (`archive.audit.registry`)."""
    caused_by: int | None = None
    """The check of the same record that this follows from."""
    counted: bool = False
    """It may come for every record: count it, and report it once per file with the number for `{count}` in its text."""
    unless_head: bool = False
    """It falls if the request turns out to be a HEAD; the checks across records decide that."""

    def at(
        self, file: str | None, offset: int | None = None, record_id: str | None = None, url: str | None = None
    ) -> Finding:
        """The finding at this place."""
        return Finding(self.check, self.severity, self.message, self.clause, file, offset, record_id, url)


@dataclass(frozen=True, slots=True)
class Cause:
    """The finding that another one follows from."""

    file: str
    offset: int | None
    check: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A defect, or a fact worth knowing; what is unknown is None (JSON null)."""

    check: int
    """Number of the check: the table of docs/audit.md."""
    severity: Severity
    message: str
    clause: str
    """Where the rule is written: a clause of WARC 1.1 (ISO 28500:2017), of an RFC or another specification."""
    file: str | None = None
    """Name as the caller gave it; relative to the archive's folder for the files of an archive."""
    offset: int | None = None
    """First byte of the member in the file as stored, or of the record where there are no members."""
    record_id: str | None = None
    url: str | None = None
    caused_by: Cause | None = None
    """The finding that this one follows from; a finding with a cause is never an error."""

    def as_json(self) -> str:
        """Write the finding as one line, keys in the order of docs/audit.md."""
        cause = self.caused_by
        return _dump(
            {
                "v": VERSION,
                "file": self.file,
                "offset": self.offset,
                "record_id": self.record_id,
                "check": self.check,
                "severity": self.severity,
                "clause": self.clause,
                "message": self.message,
                "url": self.url,
                "caused_by": None
                if cause is None
                else {"file": cause.file, "offset": cause.offset, "check": cause.check},
            }
        )


def because(finding: Finding, cause: Cause | None) -> Finding:
    """Make a finding a warning that follows from its cause, if it has one."""
    return finding if cause is None else replace(finding, severity="warning", caused_by=cause)


@dataclass(frozen=True, slots=True)
class Progress:
    """How much was read; yielded a few times per second at most."""

    file: str
    bytes_read: int
    bytes_total: int
    files_read: int
    files_total: int


@dataclass(frozen=True, slots=True)
class NotRead:
    """A file that was not read, and why."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of the whole audit; yielded last."""

    files: int
    bytes: int
    records: int
    types: Mapping[str, int]
    """Records per WARC-Type."""
    errors: int
    warnings: int
    notes: int
    per_check: Mapping[int, Mapping[Severity, int]]
    per_file: Mapping[str, Mapping[Severity, int]]
    """Only files with findings."""
    per_day: Mapping[str, int]
    """Captures (responses, revisits, resources) per UTC day of WARC-Date, `YYYY-MM-DD`."""
    without_digest: int
    """Records that carry neither a block nor a payload digest."""
    not_read: tuple[NotRead, ...] = field(default=())

    @property
    def exit_code(self) -> int:
        """1 when there is an error finding, else 0."""
        return 1 if self.errors else 0

    def as_json(self) -> str:
        """One line `{"v": 1, "summary": {…}}`; it has no `severity`."""
        summary: dict[str, Any] = {
            "files": self.files,
            "bytes": self.bytes,
            "records": self.records,
            "types": dict(self.types),
            "errors": self.errors,
            "warnings": self.warnings,
            "notes": self.notes,
            "per_check": {str(check): dict(counts) for check, counts in sorted(self.per_check.items())},
            "without_digest": self.without_digest,
            "not_read": [{"file": left.file, "reason": left.reason} for left in self.not_read],
        }
        return _dump({"v": VERSION, "summary": summary})


def _dump(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(", ", ": "))
