"""The audit: paths of files, archives and packages go in; findings and progress come out, and at the end a summary.

The way of a record through it:

1. inputs.py      the given paths → the files to read
2. scanning/      each file, once, in several processes → findings on its records, and a row for each record
3. ledger.py      rows → tables that SQL can join
4. across/        tables → findings on records, manifests, packages and indexes that do not agree
5. the further checks of the caller: signatures (across/proofs.py), posts and catalogue (in the crawler)
6. cli.py         findings → JSON, the terminal (report_terminal.py), an HTML page (report_page.py)

The audit writes nothing but a temporary database, and goes on after every damage.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Protocol

from archive.audit.acknowledged import NAME, Acknowledged
from archive.audit.across import check_records
from archive.audit.across.audited_files import AuditedFiles
from archive.audit.across.indexes import archive_index, loose_indexes
from archive.audit.across.package import PackageCheck
from archive.audit.across.proofs import Trust
from archive.audit.across.sealed import sealed_files
from archive.audit.findings import Cause, Finding, NotRead, Progress, ReadFile, Summary, within
from archive.audit.inputs import Inputs, gather
from archive.audit.ledger import Ledger
from archive.audit.scanning.batch import Batch, FileCounts
from archive.audit.scanning.files import Part, read_files
from archive.escaping import as_text
from archive.read.faults import Severity
from archive.read.stored_files import Stores
from archive.warc.filenames import is_imported

_LAST_OF_RECORDS = 28
"""Checks up to this one judge records and the links between them; those behind it judge what we made of them."""


class FurtherCheck(Protocol):
    """A further check of an archive, of signatures or posts for example; called once its files have been read."""

    def __call__(self, folder: Path, ledger: Ledger) -> Iterator[Finding]:
        """Check the archive in `folder` (with warc/, index/, manifest.jsonl); findings name files relative to it."""
        ...


def audit_paths(
    paths: Iterable[Path],
    *,
    further_checks: Sequence[FurtherCheck] = (),
    sample: float | None = None,
    since: datetime | None = None,
    processes: int = 1,
    cluster: str = "",
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    live: Container[Path] = (),
    acknowledged: Sequence[Path] = (),
    hashed: bool = False,
    trust: Trust | None = None,
    stores: Stores | None = None,
) -> Iterator[Finding | Progress | Summary]:
    """Check files, archive folders and .wacz packages; the `Summary` comes last.

    `sample`: read only this share (0–1) of the files, another one every day. `since`: read only files begun at that
    instant or later. The summary names the files that were not read. `cluster`: address of the scheduler of a Dask
    cluster whose workers read the files, in place of `processes` of this machine. `live`: resolved paths of `.open`
    files that a running crawl writes; they are skipped. `clock` gives an aware instant. `acknowledged`: files of
    acknowledged findings, beside those of the archives. `hashed`: compute the sha256 of files that are not part of an
    archive too. `trust`: who may sign packages. `stores`: opens the store for those files of a sample that are only
    there. Raises `UsageError` for a path that does not exist, `StorageError` for one that can't be read, `StoreFailed`.
    """
    now = clock().astimezone(UTC)
    with (
        closing(gather(list(paths), now, sample=sample, since=since, live=live, stores=stores)) as inputs,
        closing(Ledger()) as ledger,
        closing(Acknowledged(_acknowledgements(inputs.folders, acknowledged))) as accepted,
    ):
        if hashed:
            inputs.targets = [replace(target, hashed=True) for target in inputs.targets]
        audit = _Audit(inputs, ledger, accepted, now, trust or Trust())
        yield from audit.run(further_checks, processes, cluster, live)
        yield audit.summary(whole=sample is None and since is None)


def _acknowledgements(folders: Mapping[Path, str], files: Iterable[Path]) -> dict[Path, str]:
    """Files of acknowledged findings, each with the name of its archive where there are several."""
    return {folder / NAME: prefix[:-1] for folder, prefix in folders.items()} | dict.fromkeys(files, "")


class _Audit:
    """One audit, in the order of the module's list."""

    def __init__(self, inputs: Inputs, ledger: Ledger, accepted: Acknowledged, now: datetime, trust: Trust) -> None:
        self._inputs, self._ledger, self._accepted, self._now = inputs, ledger, accepted, now
        self._tally = _Tally(inputs.not_read, accepted, tuple(inputs.folders.values()))
        self._trust = trust
        self._sealed_by: dict[str, int] = {}
        """The manifest's line for each file, by name."""

    def run(
        self, further: Sequence[FurtherCheck], processes: int, cluster: str, live: Container[Path]
    ) -> Iterator[Finding | Progress]:
        tally = self._tally
        yield from tally.counted(self._accepted.findings)
        yield from tally.counted(self._inputs.findings)
        yield from self._scan(processes, cluster)
        yield from tally.counted(chain.from_iterable(self._across(further, live)))

    def summary(self, *, whole: bool) -> Summary:
        """Sum up; only an audit of the `whole` archive shows which acknowledged findings no longer occur."""
        read = [
            ReadFile(name, one.size, one.records, one.sha256, self._sealed_by.get(name))
            for name, one in self._tally.counts.items()
            if not one.unread
        ]
        gone = tuple(self._accepted.gone()) if whole else ()
        return replace(self._tally.summary(), read=tuple(read), gone=gone)

    def _scan(self, processes: int, cluster: str) -> Iterator[Finding | Progress]:
        """Read every file once; its records go into the ledger."""
        targets = {target.number: target for target in self._inputs.targets}
        archives = {as_text(folder) for folder in self._inputs.folders}
        for target in targets.values():
            # A package is loose too: it may hold a part of a crawl, which refers to records of other parts.
            loose = target.package not in archives
            self._ledger.add_file(target.number, target.name, target.package or "", loose=loose)
            if target.stored is not None:
                base = target.stored.key.removeprefix("warc/")
                self._ledger.add_copy(target.package or "", base, target.path)
        tally = self._tally
        total = sum(target.size or 0 for target in targets.values())
        done = 0
        begun: dict[int, int] = {}
        for number, part in self._parts(processes, cluster):
            target = targets[number]
            if isinstance(part, Batch):
                self._ledger.add(part)
                yield from tally.counted(part.findings)
                begun[number] = part.bytes_read
            else:
                tally.add_file(target.name, part)
                self._ledger.set_counts(number, part)
                done += part.size
                begun.pop(number, None)
            yield Progress(target.name, done + sum(begun.values()), total, len(tally.counts), len(targets))

    def _parts(self, processes: int, cluster: str) -> Iterator[tuple[int, Part]]:
        if not cluster:
            return read_files(self._inputs.targets, self._now, processes)
        from archive.audit.scanning.cluster import read_on_cluster  # what it imports is needed for Dask only

        return read_on_cluster(self._inputs.targets, self._now, cluster)

    def _across(self, further: Sequence[FurtherCheck], live: Container[Path]) -> Iterator[Iterable[Finding]]:
        """The checks across files, in an order in which each knows the damage that those before it found."""
        inputs, ledger, tally = self._inputs, self._ledger, self._tally
        ledger.index()
        prefixes = {as_text(folder): prefix for folder, prefix in inputs.folders.items()}
        files = AuditedFiles(ledger, frozenset(left.file for left in tally.not_read), prefixes)
        self._sealed_by = files.sealed_by  # filled by the check of sealed files
        packages = [
            PackageCheck(name, package, ledger, files, tally.counts, tally.causes, self._trust)
            for name, package in inputs.packages
        ]
        for folder, prefix in inputs.folders.items():
            yield within(prefix, sealed_files(folder, files, tally.counts, tally.causes, live))
        for package in packages:
            yield package.check_files()
        yield check_records(ledger, files)
        for folder in inputs.folders:
            yield archive_index(folder, ledger, files)
        for package in packages:
            yield package.check_contents()
        yield loose_indexes(inputs.indexes, ledger, files)
        for folder, prefix in inputs.folders.items():
            for check in further:
                yield within(prefix, check(folder, ledger))


class _Tally:
    """Counts findings and files for the summary, and remembers the first error in each file."""

    def __init__(self, not_read: Iterable[NotRead], accepted: Acknowledged, prefixes: Sequence[str]) -> None:
        """`prefixes`: what the names of the files of each archive begin with."""
        self.counts: dict[str, FileCounts] = {}
        """What was counted in each file, by name."""
        self.causes: dict[str, Cause] = {}
        """First error in each file, by name."""
        self.not_read = list(not_read)
        self._accepted, self._prefixes = accepted, prefixes
        self._acknowledged = 0
        self._per_check: defaultdict[int, Counter[Severity]] = defaultdict(Counter)
        self._per_file: defaultdict[str, Counter[Severity]] = defaultdict(Counter)
        self._per_folder: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """Findings of each archive, where there are several."""

    def add_file(self, name: str, counts: FileCounts) -> None:
        """Add a file that was read to its end, or left out."""
        self.counts[name] = counts
        if counts.unread:
            self.not_read.append(NotRead(name, counts.unread))

    def counted(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Count each finding as it passes; an acknowledged one counts apart, but still explains others."""
        for found in findings:
            finding = self._accepted.marked(self._in_folder(found))
            self._per_folder[finding.folder][
                f"{finding.severity}s" if finding.acknowledged is None else "acknowledged"
            ] += 1
            if finding.acknowledged is not None:
                self._acknowledged += 1
            else:
                self._per_check[finding.check][finding.severity] += 1
            if finding.file is not None:
                if finding.acknowledged is None:
                    self._per_file[finding.file][finding.severity] += 1
                if finding.severity == "error" and finding.file not in self.causes:
                    self.causes[finding.file] = Cause(finding.file, finding.offset, finding.check)
            yield finding

    def _in_folder(self, finding: Finding) -> Finding:
        """Name the finding's archive, where there are several, and judge records of imported files as they came."""
        for prefix in self._prefixes:
            if (finding.file or "").startswith(prefix):
                return _as_it_came(replace(finding, folder=prefix[:-1]) if prefix else finding)
        return finding

    def summary(self) -> Summary:
        """The summary of all counts."""
        counts = self.counts.values()
        types: Counter[str] = Counter()
        days: Counter[str] = Counter()
        for one in counts:
            types += one.types
            days += one.days
        total: Counter[Severity] = Counter()
        for severities in self._per_check.values():
            total += severities
        return Summary(
            files=len(counts),
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
            not_read=tuple(self.not_read),
            acknowledged=self._acknowledged,
            folders={prefix[:-1]: self._of_folder(prefix) for prefix in self._prefixes if prefix},
        )

    def _of_folder(self, prefix: str) -> dict[str, int]:
        """The counts of one archive."""
        files = [one for name, one in self.counts.items() if name.startswith(prefix)]
        found = self._per_folder[prefix[:-1]]
        return {
            "files": len(files),
            "bytes": sum(one.size for one in files),
            "records": sum(one.records for one in files),
            **{kind: found[kind] for kind in ("errors", "warnings", "notes", "acknowledged")},
        }


def _as_it_came(finding: Finding) -> Finding:
    """Make an error in a record of an imported file a warning: it came like this, and nobody can mend it.

    If its bytes have changed since, check 31 says so, with an error.
    """
    folder, _, name = (finding.file or "")[len(finding.folder) :].lstrip("/").rpartition("/")
    is_foreign = finding.check <= _LAST_OF_RECORDS and folder == "warc" and is_imported(name)
    return replace(finding, severity="warning") if is_foreign and finding.severity == "error" else finding
