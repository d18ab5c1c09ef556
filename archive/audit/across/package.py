"""Checks 29 and 30 of one WACZ package: the open package and the ledger go in; findings come out.

First the members against the package's description, then, after the checks across records, its index and its list of
pages against the records.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
from collections.abc import Container, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from archive.audit.across.audited_files import AuditedFiles, capped
from archive.audit.across.index_lines import MAX_LINE
from archive.audit.across.indexes import IndexCheck
from archive.audit.across.package_description import (
    DIGEST,
    Description,
    Resource,
    check_description,
    check_digest,
    check_signature,
    fault,
)
from archive.audit.across.package_members import (
    INDEX_ENDINGS,
    absent,
    check_hashes,
    check_idx,
    check_members,
    check_unlisted,
    renamed_members,
)
from archive.audit.across.proofs import Trust
from archive.audit.findings import Cause, Finding, because
from archive.audit.ledger import Ledger
from archive.audit.registry import check
from archive.audit.scanning.batch import FileCounts
from archive.index.cdxj import BadLine
from archive.index.surt import surt
from archive.read.faults import Severity
from archive.read.wacz_package import BROKEN, WaczReading


class PackageCheck:
    """Checks one package: `check_files` before the checks across records, `check_contents` after them."""

    def __init__(
        self,
        name: str,
        package: WaczReading,
        ledger: Ledger,
        files: AuditedFiles,
        counts: Mapping[str, FileCounts],
        causes: Mapping[str, Cause],
        trust: Trust,
    ) -> None:
        """`counts`: what was counted in each file. `causes`: the first error in each file so far.

        An error inside a member explains a wrong hash of the member. `trust`: who may have signed the package.
        """
        self._name, self._package, self._ledger, self._files = name, package, ledger, files
        self._counts, self._causes, self._trust = counts, causes, trust
        self._description = Description()
        self._altered: Cause | None = None
        """Why the description itself may be altered."""

    @check(30, "WACZ package", clause="WACZ 1.1.1")
    def check_files(self) -> Iterator[Finding]:
        """Check the description, the members, and the hashes of WARC files and inner packages.

        Afterwards `files` knows which files are missing or altered.
        """
        name, package, description = self._name, self._package, self._description
        yield from check_digest(package, name)
        yield from check_signature(package, name, self._trust)
        self._altered = altered = self._causes.get(f"{name}!{DIGEST}")
        yield from capped(check_description(package, name, description, altered))
        renamed = renamed_members(package, description)
        for path in absent(package, description):
            self._alter(path, self._cause(name))
            if path in renamed:
                self._alter(renamed[path], self._cause(name))
        yield from capped(check_members(package, name, description, altered, renamed))
        for finding in capped(self._hashes(early=True)):
            if finding.severity == "error" and finding.file is not None:
                self._alter(finding.file, self._cause(finding.file))
            yield finding
        unlisted = check_unlisted(package, name, description, altered, renamed.values())
        yield from capped(unlisted)

    @check(30)
    def check_contents(self) -> Iterator[Finding]:
        """Check the index, the list of pages, and the hashes of all other members."""
        if not self._description.multi:
            yield from self._index()
            if self._package.names("archive") or self._files.damage_in_package(self._name):
                pages = PagesCheck(self._ledger, self._files, self._name, self._description)
                yield from capped(pages.check(self._package))
        yield from capped(self._hashes(early=False))

    def _index(self) -> Iterator[Finding]:
        package, name = self._package, self._name
        index = IndexCheck(self._ledger, self._files, name, all_captures=False, causes=self._causes)
        for member in package.names("indexes"):
            if package.encrypted(member):
                index.give_up(f"{name}!{member}")
            elif member.endswith(INDEX_ENDINGS):
                yield from capped(index.read(f"{name}!{member}", package.lines(member, MAX_LINE), (*BROKEN, BadLine)))
        if package.names("archive") or self._files.damage_in_package(name):
            yield from capped(index.agree())
        if package.names("archive") and index.lines:
            yield from check_idx(package, name)
        for member in package.names("indexes"):
            if member.endswith(".idx") and index.lines and not package.encrypted(member):
                missing = set(absent(package, self._description))
                for finding in index_blocks(package, name, member, missing):
                    yield because(finding, index.cause)

    def _cause(self, file: str) -> Cause:
        return PackageCheck.check_files.cause(file)

    def _alter(self, path: str, cause: Cause) -> None:
        self._files.mark_altered(self._name, path.rpartition("!")[2].rpartition("/")[2], self._altered or cause)

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
        yield from check_hashes(self._package, self._name, resources, self._altered, known, reasons)


_CAPTURES = """
FROM records AS r JOIN files AS f ON f.number = r.row >> 40
WHERE f.package = ? AND r.kind IN ('response', 'revisit', 'resource')
"""
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d):(\d\d)(?:\.\d+)?([Zz]|[+-]\d\d:\d\d)")


MAX_WRONG = 10_000
"""Pages of one list that may lack a time or a capture; behind them it is not read on, as with lines of an index."""


class PagesCheck:
    """Checks the lists of pages of one package: each page has a URL, a time, and a capture in the package."""

    def __init__(self, ledger: Ledger, files: AuditedFiles, package: str, description: Description) -> None:
        self._ledger, self._files, self._package = ledger, files, package
        self._soft: Severity = "warning" if description.draft else "error"
        """Severity of a breach of rules that the drafts of WACZ did not have."""
        self._cause = files.damage_in_package(package)
        self._keyed = False

    def check(self, reading: WaczReading) -> Iterator[Finding]:
        """Check all `pages/*.jsonl`."""
        self._ledger.index_uris()
        for member in reading.names("pages"):
            if member.endswith(".jsonl") and not reading.encrypted(member):
                file = f"{self._package}!{member}"
                try:
                    yield from self._check_list(file, reading.lines(member))
                except BROKEN as error:
                    yield fault(file, f"can't be read to its end: {error}")

    def _check_list(self, file: str, lines: Iterator[bytes]) -> Iterator[Finding]:
        first, wrong = True, 0
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            page = _parsed(line)
            if not isinstance(page, dict):
                if first and line.lstrip(b"\xef\xbb\xbf \t").startswith(b"["):
                    yield fault(
                        file, "is a JSON array, not JSON Lines: each page must be an object on a line of its own"
                    )
                    return
                yield fault(file, f"line {number} is not a JSON object: {line[:60]!r}")
                if first:
                    return  # not a list of pages at all
            elif not (first and "format" in page and "url" not in page):
                found = list(self._check_page(file, number, page))
                yield from found
                wrong += bool(found)
                if wrong > MAX_WRONG:
                    yield fault(file, f"more than {MAX_WRONG} pages like these: what follows is not read", "warning")
                    return
            first = False

    def _check_page(self, file: str, number: int, page: dict[str, Any]) -> Iterator[Finding]:
        url, stamp, digits = page.get("url"), page.get("ts"), ""
        if not isinstance(url, str) or not url:
            yield fault(file, f"line {number} is a page without a URL")
            return
        url = url.encode("utf-8", "replace").decode()
        if stamp is None:
            yield fault(file, f"line {number}: the page {url[:300]} has no time (`ts`)", self._soft)
        elif not (digits := _digits(stamp)):
            text = f"line {number}: the `ts` of {url[:300]} is not an RFC 3339 time: {str(stamp)[:40]!r}"
            yield fault(file, text, self._soft)
        if page.get("loadState") == 0 or self._files.has_unread(self._package):
            return  # browsertrix lists pages that it could not load
        if not self._captured(url):
            if not self._captured_in_another_spelling(url):
                yield fault(file, f"line {number}: no capture of {url[:300]} is in the package", cause=self._cause)
        elif digits and not self._captured_at(url, digits):
            yield fault(file, f"line {number}: no capture of {url[:300]} is of {stamp}", "warning")

    def _captured(self, url: str) -> bool:
        """Whether there is a capture of the URL."""
        return self._ledger.one(f"SELECT 1 {_CAPTURES} AND r.uri = ? LIMIT 1", (self._package, url)) is not None

    def _captured_at(self, url: str, digits: str) -> bool:
        """Whether there is a capture of the URL at this second, or in the minute, day … that its date states.

        A list and an archive may have one URL a million times, so the dates of all captures must not be read for each.
        """
        year, month, day, hour, minute, second = digits[:4], *(digits[at : at + 2] for at in range(4, 14, 2))
        date = f"{year}-{month}-{day}"
        shorter = (year, f"{year}-{month}", date, f"{date}T{hour}:{minute}Z")
        exact = f"{date}T{hour}:{minute}:{second}"
        query = f"SELECT 1 {_CAPTURES} AND r.uri = ? AND (r.date IN (?, ?, ?, ?) OR r.date BETWEEN ? AND ?) LIMIT 1"
        return self._ledger.one(query, (self._package, url, *shorter, exact, exact + "~")) is not None

    def _captured_in_another_spelling(self, url: str) -> bool:
        """Whether there is a capture of the URL without its fragment, or with the same SURT."""
        if not self._keyed:
            rows = self._ledger.all(f"SELECT DISTINCT r.uri {_CAPTURES} AND r.uri IS NOT NULL", (self._package,))
            self._ledger.add_keys((self._package, surt(uri.strip("<>"))) for (uri,) in rows)
            self._keyed = True
        key = surt(url.partition("#")[0])
        return self._ledger.one("SELECT 1 FROM keys WHERE package = ? AND key = ?", (self._package, key)) is not None


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _digits(value: object) -> str:
    """An RFC 3339 time (5.6) as 14 digits in UTC; empty for anything else."""
    found = _RFC3339.fullmatch(value) if isinstance(value, str) else None
    if found is None or found[3] > "60":
        return ""
    try:
        time = datetime.fromisoformat(f"{found[1]}T{found[2]}:{min(found[3], '59')}{found[4].upper()}").astimezone(UTC)
    except (ValueError, OverflowError):
        return ""
    return time.strftime("%Y%m%d%H%M%S").rjust(14, "0")


MAX_BLOCK = 64 << 20
"""Most bytes of a block that are read."""
_DEFAULT = "index.cdx.gz"


@check(29)
def index_blocks(package: WaczReading, name: str, member: str, missing: Container[str]) -> Iterator[Finding]:
    """Check `index.idx`, where readers look a URL up first (WACZ 1.1.1; ZipNum of pywb).

    Each line gives first line, place and digest of a block of index.cdx.gz; together the blocks cover all of it.
    `member` = the `.idx`; `missing` = listed members that are missing, which were reported before.
    """
    file = f"{name}!{member}"
    source = f"indexes/{_DEFAULT}"
    end = 0
    try:
        for number, raw in enumerate(package.lines(member), 1):
            if not raw.strip():
                continue
            if raw.startswith(b"!meta"):
                source = f"indexes/{_block(raw).get('filename', _DEFAULT)}"
                continue
            if source in missing:
                return
            if source not in package.members:
                yield _finding(file, f"names the index {source[:200]}, which is not in the package")
                return
            if text := _check_block(package, source, raw, end):
                yield _finding(file, f"line {number} {text}")
                return
            place = _block(raw)
            end = place["offset"] + place["length"]
    except BROKEN as error:
        yield _finding(file, f"can't be read: {error}")
        return
    if source in package.members and end < (size := package.members[source].file_size):
        text = f"names no block for the last {size - end} of the {size} bytes of {source}: readers miss them"
        yield _finding(file, text)


def _check_block(package: WaczReading, source: str, raw: bytes, end: int) -> str | None:
    """What is wrong with one line of the `.idx`; `end` = where the block before it ended."""
    place = _block(raw)
    offset, length = place.get("offset"), place.get("length")
    if not isinstance(offset, int) or not isinstance(length, int) or length <= 0:
        return f"does not say where its block is: {raw[:80]!r}"
    size = package.members[source].file_size
    if offset != end or offset + length > size:
        return f"names the bytes {offset} to {offset + length} of {source}; the next block begins at {end} of {size}"
    if length > MAX_BLOCK:
        return f"names a block of {length} bytes: too large to be looked up"
    if not package.stored(source):
        return f"names a block in {source[:200]}, which is compressed in the zip: no reader can fetch it"
    with package.open(source) as content:
        content.seek(offset)
        block = content.read(length)
        label = place.get("digest")
        wanted = Resource(source, label, None).hash() if isinstance(label, str) else None
        if wanted is not None and hashlib.new(wanted[0], block).hexdigest() != wanted[1]:
            return f"gives another digest for its block in {source}"
        try:
            packed = source.endswith(".gz")
            first = (gzip.GzipFile(fileobj=io.BytesIO(block)) if packed else io.BytesIO(block)).readline(MAX_LINE)
        except BROKEN:
            return f"names the bytes {offset} to {offset + length} of {source}, which are not a whole block"
    if not first.startswith(raw.partition(b"{")[0].rstrip()):
        return f"gives another first line than its block in {source} has: {first[:80]!r}"
    return None


def _block(raw: bytes) -> dict[str, Any]:
    """The JSON object of a line; empty when it has none."""
    start = raw.find(b"{")
    try:
        found = json.loads(raw[start:]) if start >= 0 else None
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}


def _finding(file: str, text: str) -> Finding:
    return index_blocks.finding("error", text, file)
