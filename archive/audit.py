"""The audit: paths of files, archives and packages go in; findings and progress come out as they are made, a summary
at the end.

inputs (what a path stands for) → scanning (each file once, in processes when asked) → ledger → checks across records
and files → further checks of the caller. Nothing is written but a temporary database; nothing stops at the first
damage.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from archive.audit_inputs import Inputs, gather
from archive.checks.across import check_across
from archive.findings import Finding, NotRead, Progress, Severity, Summary
from archive.ledger import Ledger
from archive.scanning.batch import Batch, FileCounts
from archive.scanning.pool import read_files


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
    ledger = Ledger()
    try:
        inputs = gather(list(paths), now, sample=sample, since=since, live=live)
        yield from _Audit(inputs, ledger, now, further_checks, processes).run()
    finally:
        ledger.close()


class _Audit:
    def __init__(
        self, inputs: Inputs, ledger: Ledger, now: datetime, further: Sequence[FurtherCheck], processes: int
    ) -> None:
        self._inputs, self._ledger, self._now, self._further = inputs, ledger, now, further
        self._processes = processes
        self._per_check: dict[int, Counter[Severity]] = {}
        self._per_file: dict[str, Counter[Severity]] = {}
        self._counts: dict[int, FileCounts] = {}
        self._not_read: list[NotRead] = list(inputs.not_read)

    def run(self) -> Iterator[Finding | Progress | Summary]:
        inputs, ledger = self._inputs, self._ledger
        for finding in inputs.findings:
            yield self._count(finding)
        for target in inputs.targets:
            ledger.add_file(target.number, target.name, loose=target.number in inputs.loose)
        yield from self._read()
        ledger.index()
        for finding in check_across(ledger, complete=not self._not_read):
            yield self._count(finding)
        for folder in inputs.folders:
            for check in self._further:
                for finding in check(folder, ledger):
                    yield self._count(finding)
        yield self._summary()

    def _read(self) -> Iterator[Finding | Progress]:
        targets = {target.number: target for target in self._inputs.targets}
        total = sum(target.size or 0 for target in targets.values())
        done = 0
        here: dict[int, int] = {}
        for number, part in read_files(self._inputs.targets, self._now, self._processes):
            target = targets[number]
            if isinstance(part, Batch):
                self._ledger.add(part)
                for finding in part.findings:
                    yield self._count(finding)
                here[number] = part.bytes_read
            elif isinstance(part, FileCounts):
                self._counts[number] = part
                self._ledger.set_damage(number, part.damaged, part.first_damage)
                done += part.size
                here.pop(number, None)
            else:
                self._not_read.append(part)
            yield Progress(target.name, done + sum(here.values()), total, len(self._counts), len(targets))

    def _count(self, finding: Finding) -> Finding:
        self._per_check.setdefault(finding.check, Counter())[finding.severity] += 1
        if finding.file is not None:
            self._per_file.setdefault(finding.file, Counter())[finding.severity] += 1
        return finding

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
