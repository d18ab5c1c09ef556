"""Checks 29 and 30 for one WACZ package, in two halves: whether its files are those that it lists, before the records
are held against each other; its index and its pages against the records, afterwards."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
from collections.abc import Container, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from archive.audit.across.indexes import LINE, IndexCheck
from archive.audit.across.package_description import (
    DIGEST,
    Description,
    Resource,
    check_30_description,
    check_30_digest,
    fault,
)
from archive.audit.across.package_members import (
    INDEX_ENDINGS,
    absent,
    check_30_hashes,
    check_30_members,
    check_30_unlisted,
    moved,
)
from archive.audit.across.places import Places
from archive.audit.checks import CLAUSES
from archive.audit.findings import Cause, Finding, Severity, because
from archive.audit.ledger import Ledger
from archive.audit.scanning.batch import FileCounts
from archive.index.surt import surt
from archive.wacz.read import BROKEN, MAX_LINE, WaczReading


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


_CAPTURES = """
FROM records AS r JOIN files AS f ON f.number = r.row >> 40
WHERE f.package = ? AND r.kind IN ('response', 'revisit', 'resource')
"""
_NO_DIGIT = re.compile(r"\D")
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d):(\d\d)(?:\.\d+)?([Zz]|[+-]\d\d:\d\d)")


class PagesCheck:
    """The page lists of one package."""

    def __init__(self, ledger: Ledger, places: Places, package: str, description: Description) -> None:
        self._ledger, self._places, self._package = ledger, places, package
        self._soft: Severity = "warning" if description.draft else "error"
        """For what was no rule in the drafts."""
        self._cause = places.hurt(package)
        self._keyed = False

    def check(self, reading: WaczReading) -> Iterator[Finding]:
        """All `pages/*.jsonl`."""
        self._ledger.index_uris()
        for member in reading.names("pages"):
            if member.endswith(".jsonl") and not reading.encrypted(member):
                file = f"{self._package}!{member}"
                try:
                    yield from self._check_list(file, reading.lines(member))
                except BROKEN as error:
                    yield fault(file, f"can't be read to its end: {error}")

    def _check_list(self, file: str, lines: Iterator[bytes]) -> Iterator[Finding]:
        first = True
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
                yield fault(file, f"line {number} is no JSON object: {line[:60]!r}")
                if first:
                    return  # no list of pages at all
            elif not (first and "format" in page and "url" not in page):
                yield from self._check_page(file, number, page)
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
            text = f"line {number}: the `ts` of {url[:300]} is no RFC 3339 time: {str(stamp)[:40]!r}"
            yield fault(file, text, self._soft)
        if page.get("loadState") == 0 or self._places.incomplete(self._package):
            return  # browsertrix lists pages that it could not load
        dates = [date for (date,) in self._ledger.all(f"SELECT r.date {_CAPTURES} AND r.uri = ?", (self._package, url))]
        if not dates and not self._elsewhere_spelt(url):
            yield fault(file, f"line {number}: no capture of {url[:300]} is in the package", cause=self._cause)
        elif dates and digits and not any(digits.startswith(_NO_DIGIT.sub("", date or "")[:14]) for date in dates):
            yield fault(file, f"line {number}: no capture of {url[:300]} is of {stamp}", "warning")

    def _elsewhere_spelt(self, url: str) -> bool:
        """There is a capture of the URL without its fragment, or of another spelling that readers take for the same."""
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
    """A time as RFC 3339, 5.6, writes it, as 14 digits in UTC; empty when it is none."""
    found = _RFC3339.fullmatch(value) if isinstance(value, str) else None
    if found is None or found[3] > "60":
        return ""
    try:
        time = datetime.fromisoformat(f"{found[1]}T{found[2]}:{min(found[3], '59')}{found[4].upper()}").astimezone(UTC)
    except (ValueError, OverflowError):
        return ""
    return time.strftime("%Y%m%d%H%M%S").rjust(14, "0")


MAX_BLOCK = 64 << 20
"""Bytes of a block that are read."""
_DEFAULT = "index.cdx.gz"


def check_29_blocks(package: WaczReading, name: str, member: str, missing: Container[str]) -> Iterator[Finding]:
    """`member` = an `.idx`: each of its lines is true, and together they name every byte of the index. `missing` =
    listed members that are not there, which is said already."""
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
        yield _finding(
            file, f"names no block for the last {size - end} of the {size} bytes of {source}: readers miss them"
        )


def _check_block(package: WaczReading, source: str, raw: bytes, end: int) -> str | None:
    """What is wrong with one line; `end` = where the block before it ended."""
    place = _block(raw)
    offset, length = place.get("offset"), place.get("length")
    if not isinstance(offset, int) or not isinstance(length, int) or length <= 0:
        return f"does not say where its block is: {raw[:80]!r}"
    size = package.members[source].file_size
    if offset != end or offset + length > size:
        return f"names the bytes {offset} to {offset + length} of {source}; the next block begins at {end} of {size}"
    if length > MAX_BLOCK:
        return f"names a block of {length} bytes: too large to be looked up"
    with package.zip.open(source) as content:
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
            return f"names the bytes {offset} to {offset + length} of {source}, which are no whole block"
    if not first.startswith(raw.partition(b"{")[0].rstrip()):
        return f"gives another first line than its block in {source} has: {first[:80]!r}"
    return None


def _block(raw: bytes) -> dict[str, Any]:
    """The JSON of a line; empty when there is none."""
    start = raw.find(b"{")
    try:
        found = json.loads(raw[start:]) if start >= 0 else None
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}


def _finding(file: str, text: str) -> Finding:
    return Finding(29, "error", text, CLAUSES[29], file)
