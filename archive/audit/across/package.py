"""Checks 29 and 30 for one WACZ package, in two halves: whether its files are those that it lists, before the records
are held against each other; its index and its pages against the records, afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archive.audit.across.cdxj import LINE, IndexCheck
from archive.audit.across.description import DIGEST, Description, check_30_description, check_30_digest
from archive.audit.across.pages import PagesCheck
from archive.audit.across.places import Places
from archive.audit.across.wacz import (
    INDEX_ENDINGS,
    absent,
    check_30_hashes,
    check_30_members,
    check_30_unlisted,
    moved,
)
from archive.audit.across.zipnum import check_29_blocks
from archive.audit.findings import Cause, Finding, because
from archive.audit.ledger import Ledger
from archive.audit.scanning.batch import FileCounts
from archive.wacz.read import BROKEN, WaczReading


class PackageCheck:
    """One package."""

    def __init__(
        self,
        name: str,
        package: WaczReading,
        ledger: Ledger,
        places: Places,
        counts: Mapping[str, FileCounts],
        causes: Mapping[str, Cause],
    ) -> None:
        """`causes` = first error in each file, the errors that are found here included: an error inside a member is why
        its hash is another."""
        self._name, self._package, self._ledger, self._places = name, package, ledger, places
        self._counts, self._causes = counts, causes
        self._description = Description()
        self._altered: Cause | None = None
        """Why the description may not be what it was."""

    def check_files(self) -> Iterator[Finding]:
        """Description, members, and the hashes of WARC files and packages: files that are not what they were are known
        to `places` afterwards."""
        name, package, description = self._name, self._package, self._description
        yield from check_30_digest(package, name)
        self._altered = altered = self._causes.get(f"{name}!{DIGEST}")
        yield from self._places.capped(check_30_description(package, name, description, altered))
        renamed = moved(package, description)
        for path in absent(package, description):
            self._alter(path, Cause(name, None, 30))
            if path in renamed:
                self._alter(renamed[path], Cause(name, None, 30))
        yield from self._places.capped(check_30_members(package, name, description, altered, renamed))
        for finding in self._places.capped(self._hashes(early=True)):
            if finding.severity == "error" and finding.file is not None:
                self._alter(finding.file, Cause(finding.file, None, 30))
            yield finding
        unlisted = check_30_unlisted(package, name, description, altered, renamed.values())
        yield from self._places.capped(unlisted)

    def check_contents(self) -> Iterator[Finding]:
        """The index, the pages, and the hashes of all other members."""
        if not self._description.multi:
            yield from self._index()
            if self._package.names("archive") or self._places.hurt(self._name):
                pages = PagesCheck(self._ledger, self._places, self._name, self._description)
                yield from self._places.capped(pages.check(self._package))
        yield from self._places.capped(self._hashes(early=False))

    def _index(self) -> Iterator[Finding]:
        package, name = self._package, self._name
        index = IndexCheck(self._ledger, self._places, name, all_captures=False, causes=self._causes)
        for member in package.names("indexes"):
            if package.encrypted(member):
                index.give_up(f"{name}!{member}")
            elif member.endswith(INDEX_ENDINGS):
                yield from self._places.capped(index.read(f"{name}!{member}", package.lines(member, LINE), BROKEN))
        if package.names("archive") or self._places.hurt(name):
            yield from self._places.capped(index.agree())
        for member in package.names("indexes"):
            if member.endswith(".idx") and index.lines and not package.encrypted(member):
                missing = set(absent(package, self._description))
                for finding in check_29_blocks(package, name, member, missing):
                    yield because(finding, index.cause)

    def _alter(self, path: str, cause: Cause) -> None:
        self._places.alter(self._name, path.rpartition("!")[2].rpartition("/")[2], self._altered or cause)

    def _hashes(self, *, early: bool) -> Iterator[Finding]:
        known = {
            path: found.sha256
            for path in self._package.members
            if (found := self._counts.get(f"{self._name}!{path}")) and found.sha256
        }
        reasons: dict[str, Cause] = {}
        for file, cause in self._causes.items():
            if file.startswith(self._name + "!"):
                reasons.setdefault(file[len(self._name) + 1 :].partition("!")[0], cause)
        resources = [
            resource
            for path, resource in self._description.resources.items()
            if (path.startswith("archive/") or path.endswith(".wacz")) == early
        ]
        yield from check_30_hashes(self._package, self._name, resources, self._altered, known, reasons)
