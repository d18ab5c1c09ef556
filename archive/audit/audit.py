"""The audit: paths of files, archives and packages go in; findings and progress come out as they are made, a summary
at the end.

audit_inputs (what a path stands for) → scanning (each file once, in processes when asked) → ledger → checks.across
(records and files against each other, indexes, packages, the manifest) → further checks of the caller. Nothing is
written but a temporary database; nothing stops at the first damage.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from archive.audit.across import check_across
from archive.audit.across.indexes import check_archive, check_loose_indexes
from archive.audit.across.package import PackageCheck
from archive.audit.across.places import Places
from archive.audit.across.sealed import check_manifest
from archive.audit.findings import Cause, Finding, NotRead, Progress, Severity, Summary
from archive.audit.inputs import Inputs, gather
from archive.audit.ledger import Ledger
from archive.audit.scanning.batch import Batch, FileCounts
from archive.audit.scanning.pool import read_files


class FurtherCheck(Protocol):
    """A check that knows more than WARC files; called once per archive, after its files were read."""

    def __call__(self, folder: Path, ledger: Ledger) -> Iterator[Finding]:
        """`folder` = the archive (with warc/, index/, manifest.jsonl); findings name their files relative to it."""
        ...


def audit(
    paths: Iterable[Path],
    *,
    further_checks: Sequence[FurtherCheck] = (),
    sample: float | None = None,
    since: datetime | None = None,
    processes: int = 1,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    live: Container[str] = (),
) -> Iterator[Finding | Progress | Summary]:
    """Checks files, archive folders and .wacz packages; the `Summary` comes last.

    `sample`: only this share (0–1) of the files is read, another one every day; `since`: only files of that instant or
    later; what was not read stands in the summary. `live`: names of `.open` files that a running crawl writes: skipped
    and named. `clock` gives an aware instant. Raises `UsageError` for a path that is not there, `StorageError` for one
    that can't be read.
    """
    now = clock().astimezone(UTC)
    with (
        closing(gather(list(paths), now, sample=sample, since=since, live=live)) as inputs,
        closing(Ledger()) as ledger,
    ):
        yield from _Audit(inputs, ledger, now).run(further_checks, processes, live)


class _Audit:
    def __init__(self, inputs: Inputs, ledger: Ledger, now: datetime) -> None:
        self._inputs, self._ledger, self._now = inputs, ledger, now
        self._per_check: dict[int, Counter[Severity]] = {}
        self._per_file: dict[str, Counter[Severity]] = {}
        self._counts: dict[str, FileCounts] = {}
        self._causes: dict[str, Cause] = {}
        """First error in each file."""
        self._not_read: list[NotRead] = list(inputs.not_read)

    def run(
        self, further: Sequence[FurtherCheck], processes: int, live: Container[str]
    ) -> Iterator[Finding | Progress | Summary]:
        inputs, ledger = self._inputs, self._ledger
        yield from self._counted(iter(inputs.findings))
        archives = {str(folder) for folder in inputs.folders}
        for target in inputs.targets:
            # a package too may refer to others: its crawl need not have ended with it
            ledger.add_file(target.number, target.name, target.package or "", loose=target.package not in archives)
        yield from self._read(processes)
        ledger.index()
        places = Places(ledger, frozenset(left.file for left in self._not_read))
        for folder in inputs.folders:
            yield from self._counted(check_manifest(folder, places, self._counts, self._causes, live))
        packages = [
            PackageCheck(name, package, ledger, places, self._counts, self._causes) for name, package in inputs.packages
        ]
        for one in packages:
            yield from self._counted(one.check_files())
        yield from self._counted(check_across(ledger, places))
        for folder in inputs.folders:
            yield from self._counted(check_archive(folder, ledger, places))
        for one in packages:
            yield from self._counted(one.check_contents())
        yield from self._counted(check_loose_indexes(inputs.indexes, ledger, places))
        for folder in inputs.folders:
            for check in further:
                yield from self._counted(check(folder, ledger))
        yield self._summary()

    def _read(self, processes: int) -> Iterator[Finding | Progress]:
        targets = {target.number: target for target in self._inputs.targets}
        total = sum(target.size or 0 for target in targets.values())
        done = 0
        here: dict[int, int] = {}
        for number, part in read_files(self._inputs.targets, self._now, processes):
            target = targets[number]
            if isinstance(part, Batch):
                self._ledger.add(part)
                yield from self._counted(iter(part.findings))
                here[number] = part.bytes_read
            else:
                self._counts[target.name] = part
                if part.unread:
                    self._not_read.append(NotRead(target.name, part.unread))
                self._ledger.set_counts(number, part)
                done += part.size
                here.pop(number, None)
            yield Progress(target.name, done + sum(here.values()), total, len(self._counts), len(targets))

    def _counted(self, findings: Iterator[Finding]) -> Iterator[Finding]:
        for finding in findings:
            self._per_check.setdefault(finding.check, Counter())[finding.severity] += 1
            if finding.file is not None:
                self._per_file.setdefault(finding.file, Counter())[finding.severity] += 1
                if finding.severity == "error" and finding.file not in self._causes:
                    self._causes[finding.file] = Cause(finding.file, finding.offset, finding.check)
            yield finding

    def _summary(self) -> Summary:
        counts = self._counts.values()
        types: Counter[str] = Counter()
        days: Counter[str] = Counter()
        for one in counts:
            types += one.types
            days += one.days
        total: Counter[Severity] = Counter()
        for severities in self._per_check.values():
            total += severities
        return Summary(
            files=len(self._counts),
            bytes=sum(one.size for one in counts),
            records=sum(one.records for one in counts),
            types=types,
            errors=total["error"],
            warnings=total["warning"],
            notes=total["note"],
            per_check=self._per_check,
            per_file=self._per_file,
            per_day=dict(sorted(days.items())),
            without_digest=sum(one.without_digest for one in counts),
            not_read=tuple(self._not_read),
        )
