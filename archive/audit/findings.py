"""The values that an audit yields: findings, progress and a summary, and their JSON form, one object per line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from archive.read.faults import Fault, Severity

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
VERSION = 1


@dataclass(frozen=True, slots=True)
class Cause:
    """The finding that explains another one."""

    file: str
    offset: int | None
    check: int


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Why a finding is accepted, who says so, and when (RFC 3339) it was said."""

    reason: str
    who: str
    when: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A defect, or a fact worth knowing; what is unknown is None (JSON null)."""

    check: int
    """Number of the check in the table of docs/audit.md."""
    severity: Severity
    message: str
    clause: str
    """Where the rule is written: a clause of WARC 1.1 (ISO 28500:2017), of an RFC or another specification."""
    file: str | None = None
    """Name as the caller gave it; relative to the archive's folder for the files of an archive, behind the folder's
    name where there are several."""
    offset: int | None = None
    """First byte of the member in the file as stored, or of the record where there are no members."""
    record_id: str | None = None
    url: str | None = None
    caused_by: Cause | None = None
    """The finding that explains this one; a finding with a cause is never an error."""
    acknowledged: Acknowledgement | None = None
    """Somebody accepts the finding: it is listed, but counts for nothing."""
    folder: str = ""
    """Name of the archive, where there are several; `file` begins with it."""

    @classmethod
    def of(
        cls,
        fault: Fault,
        file: str | None,
        offset: int | None = None,
        record_id: str | None = None,
        url: str | None = None,
    ) -> Self:
        """Make the finding of a fault at a place."""
        return cls(fault.check, fault.severity, fault.message, fault.clause, file, offset, record_id, url)

    def as_json(self) -> str:
        """Write the finding as one line, keys in the order of docs/audit.md."""
        cause = self.caused_by
        fields: dict[str, Any] = {
            "v": VERSION,
            "file": self.file,
            "offset": self.offset,
            "record_id": self.record_id,
            "check": self.check,
            "severity": self.severity,
            "clause": self.clause,
            "message": self.message,
            "url": self.url,
            "caused_by": None if cause is None else {"file": cause.file, "offset": cause.offset, "check": cause.check},
        }
        if self.acknowledged is not None:
            fields["acknowledged"] = asdict(self.acknowledged)
        if self.folder:
            fields["folder"] = self.folder
        return _dump(fields)


def within(prefix: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Put `prefix` before the names of files, which are relative to an archive's folder."""
    for finding in findings:
        cause = finding.caused_by and replace(finding.caused_by, file=prefix + finding.caused_by.file)
        yield replace(finding, file=prefix + (finding.file or ""), caused_by=cause) if prefix else finding


def because(finding: Finding, cause: Cause | None) -> Finding:
    """Make an error that has a cause a warning; without a cause the finding stays as it is."""
    return finding if cause is None else replace(finding, severity="warning", caused_by=cause)


@dataclass(frozen=True, slots=True)
class Progress:
    """How much has been read."""

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
class Gone:
    """An acknowledged finding that no longer occurs."""

    check: int
    file: str | None
    offset: int | None
    record_id: str | None
    message: str
    acknowledged: Acknowledgement


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that was read."""

    file: str
    """Name as in findings."""
    size: int
    records: int
    sha256: str | None
    """None where it was not asked for."""
    sealed_by: int | None
    """The line of the manifest that seals the file; None for a file without one."""


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
    acknowledged: int = 0
    """Acknowledged findings; they are in no other count."""
    gone: tuple[Gone, ...] = ()
    read: tuple[ReadFile, ...] = ()
    folders: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Files, bytes, records, errors, warnings, notes and acknowledged findings of each archive, where there are
    several."""

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
            "acknowledged": self.acknowledged,
            "gone": [asdict(one) for one in self.gone],
        }
        if self.folders:
            summary["folders"] = {name: dict(counts) for name, counts in self.folders.items()}
        return _dump({"v": VERSION, "summary": summary})


def _dump(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(", ", ": "))
