"""The files of an audit: rows of the ledger and faults go in; findings that name file, offset and record come out.

It knows which files are damaged, altered, missing or were not read: a record that is missing for that reason is no
error.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain

from archive.audit.checks.whole_file import holds_a_record
from archive.audit.findings import Cause, Finding
from archive.audit.ledger import Ledger, file_of
from archive.audit.registry import Stage
from archive.audit.scanning.batch import id_text
from archive.read.faults import Fault, Severity

_DIGITS = re.compile(r"\d+")
SERIALS = "warc"
"""For `AuditedFiles.mark_altered`: a gap in the serial numbers shows that some file is missing."""
EACH = 20
"""Most findings of one kind in one file that are reported one by one; the rest are counted."""

_NAMELESS = 'SELECT row, offset, "check" FROM records WHERE state = 1 AND "check" IN (7, 8, 9, 11, 12) ORDER BY row'
"""Records with an error in the text, the field names or the id of their header: the id is missing or may be wrong."""
_EMPTY = """
SELECT number, name FROM files AS f WHERE NOT EXISTS (SELECT 1 FROM records WHERE row BETWEEN f.number << 40 AND
(f.number + 1 << 40) - 1)
"""


class AuditedFiles:
    """The files by number: their names, and why something may be missing from them."""

    def __init__(self, ledger: Ledger, not_read: frozenset[str], prefixes: Mapping[str, str]) -> None:
        """`not_read` = names, as in findings, of files that exist but were not read.

        `prefixes` = what the names of the files of each archive begin with in findings.
        """
        self._prefixes = prefixes
        self.sealed_by: dict[str, int] = {}
        """The line of the manifest that seals a file, by its name."""
        self._ledger = ledger
        self._not_read = frozenset(map(self._place, not_read))
        """Package and name without folder of each."""
        self._partly_read = frozenset(package for package, _ in self._not_read)
        self._altered: dict[tuple[str, str], Cause] = {}
        self._files: dict[int, tuple[str, bool]] = {
            number: (name, bool(loose)) for number, name, loose in ledger.all("SELECT number, name, loose FROM files")
        }
        self._packages: dict[int, str] = dict(ledger.all("SELECT number, package FROM files"))
        self._damage: dict[int, Cause] = {}
        """The first damage in each file, by the file's number."""
        self._altered_in: dict[str, Cause] = {}
        """The first of each package in `_altered`."""
        self._damaged_in: dict[str, int] = {}
        """The lowest number of a damaged file in each package."""
        for number, offset, check in ledger.all(
            "SELECT number, damage_offset, damage_check FROM files WHERE damaged ORDER BY number"
        ):
            self._add_damage(number, Cause(self._files[number][0], offset, check))
        for number, name in ledger.all(_EMPTY):
            if name not in not_read:
                self._add_damage(number, holds_a_record.cause(name))
        for row, offset, check in ledger.all(_NAMELESS):
            self._add_damage(file_of(row), Cause(self.name(row), offset, check))

    def _place(self, name: str) -> tuple[str, str]:
        """Package of a file, empty for a loose one, and its name without folder."""
        folder, _, base = name.rpartition("/")
        archives = {f"{prefix}warc": package for package, prefix in self._prefixes.items()}
        return archives.get(folder) or name.rpartition("!")[0], base

    def prefix(self, package: str) -> str:
        """What the names of this archive's files begin with in findings."""
        return self._prefixes.get(package, "")

    def _add_damage(self, number: int, cause: Cause) -> None:
        """Remember the first damage in a file."""
        if number not in self._damage:
            self._damage[number] = cause
            package = self._packages[number]
            self._damaged_in[package] = min(number, self._damaged_in.get(package, number))

    def mark_damaged(self, row: int, check: int) -> None:
        """Mark a record whose id is wrong.

        It may be the record that others refer to in vain; records that name its id may mean another one.
        """
        found = self._ledger.one("SELECT offset FROM records WHERE row = ?", (row,))
        if found is not None:
            self._add_damage(file_of(row), Cause(self.name(row), found[0], check))
        self._ledger.mark_damaged(row, check)

    def is_loose(self, row: int) -> bool:
        """Whether the row's file is part of no archive, so that records it refers to may be in files not given."""
        return self._files[file_of(row)][1]

    def are_together(self, number: int, other: int) -> bool:
        """Whether two files are of one archive or package, or both loose."""
        return self._packages[number] == self._packages[other]

    def name(self, row: int) -> str:
        """Name of the row's file."""
        return self.file_name(file_of(row))

    def file_name(self, number: int) -> str:
        """Name of a file, as findings name it."""
        return self._files[number][0]

    def mark_altered(self, package: str, base: str, cause: Cause) -> None:
        """Remember why a file of an archive or package is missing or altered.

        `base` = its name without folder. Later findings on what the file should contain follow from `cause`, whose file
        has no prefix yet.
        """
        cause = replace(cause, file=self.prefix(package) + cause.file)
        self._altered.setdefault((package, base), cause)
        self._altered_in.setdefault(package, cause)

    def why_altered(self, package: str, base: str) -> Cause | None:
        """Why this file is missing or altered; None when it is not."""
        return self._altered.get((package, base))

    def damage_in_package(self, package: str) -> Cause | None:
        """The first finding on a file of this package that is missing, altered or damaged."""
        if package in self._altered_in:
            return self._altered_in[package]
        number = self._damaged_in.get(package)
        return None if number is None else self._damage[number]

    def has_unread(self, package: str) -> bool:
        """Whether a file of this package was not read."""
        return package in self._partly_read

    def is_unread(self, package: str, base: str) -> bool:
        """Whether the file of this name, without folder, exists but was not read."""
        return (package, base) in self._not_read

    def damage_in(self, number: int) -> Cause | None:
        """The first damage in this file."""
        return self._damage.get(number)

    def finding(self, row: int, fault: Fault) -> Finding:
        """The finding for a fault of the record at `row`."""
        found = self._ledger.one("SELECT offset, id, uri FROM records WHERE row = ?", (row,))
        offset, key, uri = found if found is not None else (None, None, None)
        record_id = id_text(key) if key is not None else None
        return Finding.of(fault, self.name(row), offset, record_id, uri)

    def on_file(self, number: int, fault: Fault) -> Finding:
        """The finding for a fault of a whole file."""
        return Finding.of(fault, self.file_name(number))

    def missing(self, row: int, fault: Fault) -> Finding:
        """The finding for a record that refers to one that is not here; a note where damage or unread files explain it.

        An error in a loose file is certain from that file alone, so damage of other files does not explain it. A record
        of an archive refers to its own and to loose files, so damage of other archives does not explain it.
        """
        finding = self.finding(row, fault)
        number = file_of(row)
        package, unread = self._packages[number], self.has_unread(self._packages[number])
        cause = self._damage.get(number) or (self.damage_in_package(package) if package else None)
        if not self.is_loose(row):
            cause, unread = cause or self.damage_in_package(""), unread or self.has_unread("")
        elif fault.severity != "error":
            first = next(chain(self._damage.values(), self._altered.values()), None)
            cause, unread = cause or first, bool(self._not_read)
        if cause is not None:
            return replace(finding, severity="note", caused_by=cause)
        if unread:
            return replace(finding, severity="note", message=f"{finding.message} (not all files were read)")
        return finding


ACROSS: Stage[[Ledger, AuditedFiles], Finding] = Stage()
"""The stage of the checks that compare records: called once, after all files were read."""


def capped(findings: Iterator[Finding]) -> Iterator[Finding]:
    """Pass on the first `EACH` findings of every kind and file, then one that counts the rest."""
    counts: Counter[tuple[str | None, int, Severity, str]] = Counter()
    last: dict[tuple[str | None, int, Severity, str], Finding] = {}
    for finding in findings:
        kind = (finding.file, finding.check, finding.severity, _DIGITS.sub("", finding.message)[:24])
        counts[kind] += 1
        if counts[kind] <= EACH:
            yield finding
        else:
            last[kind] = finding
    for kind, finding in last.items():
        more = counts[kind] - EACH
        yield replace(finding, message=f"{more} more like the {EACH} before, the last one: {finding.message}")
