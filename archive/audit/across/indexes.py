"""Check 29: an index and the files that it is of agree both ways; it is sorted; nothing stands in it twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from archive.audit.across.index_lines import Pair, difference, misfiled
from archive.audit.across.places import SERIALS, Places
from archive.audit.checks import CLAUSES
from archive.audit.findings import Cause, Fault, Finding, because
from archive.audit.ledger import Ledger
from archive.audit.scanning.batch import id_text
from archive.disk import Disk
from archive.errors import StorageError
from archive.index.cdxj import BadLine, Line
from archive.index.merged_files import IndexDamaged, Runs
from archive.warc.filenames import WarcName

BATCH = 2000
LINE = 1 << 20
"""Bytes of an index line that are read."""
MAX_PLACE = 1 << 63

_NO_RECORD = """
SELECT c.source, c.line, c.file, c.offset, f.number, f.name, (SELECT l.offset FROM records AS l WHERE l.row BETWEEN
f.number << 40 AND (f.number + 1 << 40) - 1 ORDER BY l.row DESC LIMIT 1)
FROM lines AS c LEFT JOIN files AS f ON f.base = c.file AND f.package IS c.package
LEFT JOIN records AS r ON f.number IS NOT NULL AND r.offset = c.offset AND r.row BETWEEN f.number << 40 AND (f.number +
1 << 40) - 1 WHERE r.row IS NULL AND c.package IS ? ORDER BY c.source, c.line
"""
_PAIRS = """
SELECT c.source, c.line, c.file, c.offset, c.length, c.url, c.stamp, c.id, c.digest, c.mime, c.status, c.refers,
r.length, r.uri, r.date, r.id, r.digest, r.kind, r.http, v.target
FROM lines AS c JOIN files AS f ON f.base = c.file AND f.package IS c.package
JOIN records AS r ON r.offset = c.offset AND r.row BETWEEN f.number << 40 AND (f.number + 1 << 40) - 1
LEFT JOIN revisits AS v ON v.row = r.row WHERE c.package IS ? AND r.state = 0 ORDER BY c.source, c.line
"""
_TWICE = """
SELECT source, max(line), file, offset, count(*) FROM lines AS c WHERE package IS ? AND NOT EXISTS (SELECT 1 FROM wrong
AS w WHERE w.package IS c.package AND w.url = c.url AND w.source = c.source AND w.line = c.line)
GROUP BY file, offset, id HAVING count(*) > 1
"""


class IndexCheck:
    """One index: first its files, one after the other; then all of it against the records."""

    def __init__(
        self,
        ledger: Ledger,
        places: Places,
        package: str,
        *,
        all_captures: bool,
        causes: Mapping[str, Cause] | None = None,
    ) -> None:
        """`package` as in the ledger; `all_captures`: 304s too must be in the index (ours); packages leave them out.
        `causes` = first error in each file."""
        self._causes = causes or {}
        self._ledger, self._places, self._package, self._all = ledger, places, package, all_captures
        self._unread: list[tuple[str, bytes]] = []
        """Lines that are none, and the file of each."""
        self._misfiled: set[tuple[str, int]] = set()
        """Lines under a wrong key, and the file of each."""
        self._broken: Cause | None = None
        self._sources: list[str] = []
        self.lines = 0
        """Read so far."""

    @property
    def cause(self) -> Cause | None:
        """First error in a file of the index."""
        return next((self._causes[source] for source in self._sources if source in self._causes), None)

    def read(self, source: str, lines: Iterable[bytes], broken: tuple[type[Exception], ...] = ()) -> Iterator[Finding]:
        """Reads one sorted file of the index into the ledger; says which lines are none, and where it is not sorted.
        `broken` = what `lines` raises where the file can't be read on."""
        self._sources.append(source)
        findings: list[Finding] = []
        rows = self._parsed(source, lines, findings)
        before = self.lines
        try:
            while batch := list(islice(rows, BATCH)):
                self.lines += len(batch)
                self._ledger.add_lines(self._package, source, batch)
                yield from findings
                findings.clear()
        except broken as error:
            self.give_up(source)
            text = f"the index can't be read after its first {self.lines - before} lines ({error}): make it again"
            # what could be inflated of a damaged block is no line either
            findings[:] = [because(finding, self._broken) for finding in findings]
            findings.append(Finding(29, "error", text, CLAUSES[29], source))
        yield from findings

    def give_up(self, source: str) -> None:
        """An error about this file of the index says it all: what is in no line may have been in it."""
        self._broken = self._broken or Cause(source, None, 29)

    def agree(self) -> Iterator[Finding]:
        """Lines against records, and back."""
        if not self._sources:
            return
        self._ledger.index_lines()
        yield from self._leading_nowhere()
        for row in self._ledger.all(_PAIRS, (self._package,)):
            pair = Pair(*row)
            text = difference(pair)
            if text is not None and (pair.source, pair.line) not in self._misfiled:
                self._ledger.add_wrong(self._package, pair.source, pair.line)
                broken = self._broken if self._broken and self._broken.file == pair.source else None
                cause = self._places.altered(self._package, pair.file) or broken
                text = f"(the record in {pair.file} at {pair.offset}) {text}"
                yield of_arc(_finding(pair.source, pair.line, text, cause), pair.file)
        for source, line, file, offset, count in self._ledger.all(_TWICE, (self._package,)):
            yield _finding(source, line, f"stands {count} times in the index ({file} at {offset})")
        source = "index" if self._all else self._sources[0]
        yield from Unlisted(
            self._ledger, self._places, self._package, self._all, source, self._broken, self._unread
        ).check()

    def _parsed(self, source: str, lines: Iterable[bytes], findings: list[Finding]) -> Iterator[tuple[int, Line]]:
        before = b""
        displaced: list[int] = []
        none = 0
        for number, raw in enumerate(lines, 1):
            if raw.startswith(b"!meta") or not raw.strip():
                continue
            try:
                line = _storable(raw)
            except (BadLine, UnicodeEncodeError):
                if none + 1 < number or not none:  # neighbours are one finding: one stretch was damaged
                    findings.append(_finding(source, number, f"is no CDXJ line: {raw[:80]!r}"))
                none = number
                if len(self._unread) < BATCH:
                    self._unread.append((source, raw[:BATCH]))
                else:
                    self.give_up(source)
                continue
            yield number, line
            if wrong := misfiled(raw, line):
                findings.append(_finding(source, number, wrong))
                if len(self._misfiled) < BATCH:  # more are counted only, whatever they say of their record
                    self._misfiled.add((source, number))
                continue
            if raw < before:
                displaced.append(number)
            before = raw
        if displaced:
            more = f", and {len(displaced) - 1} more do" if len(displaced) > 1 else ""
            findings.append(_finding(source, displaced[0], f"stands after one that comes later{more}: sort the index"))

    def _leading_nowhere(self) -> Iterator[Finding]:
        """Lines that name a place where no record begins; those that name a file which is not here, once for the
        file."""
        places = self._places
        absent: dict[tuple[str, str], list[int]] = {}
        for source, line, file, offset, number, name, last in self._ledger.all(_NO_RECORD, (self._package,)):
            if number is not None:
                cause = places.altered(self._package, file) or places.damaged(number)
                if cause is None and offset > last:
                    cause = self._causes.get(name)  # records at its end are missing, which showed already
                self._ledger.add_wrong(self._package, source, line)
                yield of_arc(_finding(source, line, f"names {file} at {offset}, where no record begins", cause), file)
            elif not places.left_out(file):
                self._ledger.add_wrong(self._package, source, line)
                key = (source, file) if (source, file) in absent or len(absent) < BATCH else (source, "and others")
                counted = absent.setdefault(key, [line, 0])
                counted[1] += 1
        for (source, file), (line, count) in absent.items():
            more = f" ({count} lines do)" if count > 1 else ""
            text = f"names a file that is not here: {file}{more}"
            lost = places.altered(self._package, SERIALS) if WarcName.parse(file) else None
            yield _finding(source, line, text, places.altered(self._package, file) or lost)


def _storable(raw: bytes) -> Line:
    """A line that the ledger takes."""
    line = Line.parse(raw.rstrip(b"\r\n"))
    if not (0 <= line.offset < MAX_PLACE and 0 <= line.length < MAX_PLACE and (line.status or 0) < MAX_PLACE):
        raise BadLine("a place that no file has")
    for text in (line.url, line.file, line.record_id, line.digest, line.mime, line.refers_to):
        text.encode()  # lone surrogates raise
    return line


def _finding(source: str, line: int, text: str, cause: Cause | None = None) -> Finding:
    return because(Finding(29, "error", f"line {line} {text}", CLAUSES[29], source), cause)


_CAPTURES = """
FROM records AS r JOIN files AS f ON f.number = r.row >> 40
WHERE f.package IS :package AND r.state = 0 AND r.uri LIKE 'http%'
AND r.kind IN ('response', 'revisit', 'resource', 'arc')
AND (:all OR ifnull(r.http, '') NOT LIKE '304%' AND NOT EXISTS (
    SELECT 1 FROM revisits AS v WHERE v.row = r.row AND v.profile = 'server-not-modified'
))
"""
_UNLISTED = f"""{_CAPTURES} AND NOT EXISTS (SELECT 1 FROM lines AS c WHERE c.file = f.base AND c.offset = r.offset
AND c.package IS f.package)"""
_APART = "(:all AND ifnull(r.http LIKE '304%', 0))"
"""Our indexes hold 304s in files of their own."""
_COUNTS = f"SELECT f.number, {_APART}, count(*) {_CAPTURES} GROUP BY 1, 2"
_UNLISTED_COUNTS = f"SELECT f.number, {_APART}, count(*) {_UNLISTED} GROUP BY 1, 2"
_EACH = f"SELECT r.row, r.kind, f.number, {_APART}, f.base, r.uri, r.date, r.id {_UNLISTED} ORDER BY r.row"
_MEANT = """
SELECT source FROM wrong AS w WHERE w.package IS ? AND (w.url = ? AND substr(w.stamp, 1, length(?)) = ? OR w.id = ?)
LIMIT 1
"""
_Part = tuple[int, int]
"""A file's number; 1 for its 304s where they stand apart."""


@dataclass(slots=True)
class Unlisted:
    """Of one index."""

    ledger: Ledger
    places: Places
    package: str
    all_captures: bool
    """304s too must be in the index."""
    source: str
    """A file of the index."""
    broken: Cause | None
    """Why not all of the index could be read."""
    unread: list[tuple[str, bytes]]
    """Lines that are none, and the file of each."""

    def check(self) -> Iterator[Finding]:
        """All of them."""
        values = {"package": self.package, "all": self.all_captures}
        said: set[_Part] = set()
        if not (self.unread or self.ledger.one("SELECT 1 FROM wrong WHERE package IS ?", (self.package,))):
            yield from self._all_of_them(values, said)
        for row, kind, number, apart, base, *record in self.ledger.all(_EACH, values):
            if (number, apart) not in said:
                finding = self.places.finding(row, Fault("error", f"the index has no line for this {kind}", check=29))
                yield of_arc(because(finding, self._excuse(base) or self._meant(*record)), base)

    def _all_of_them(self, values: dict[str, object], said: set[_Part]) -> Iterator[Finding]:
        """Groups of which nothing is in the index: all, the 304s and the others; a file, its 304s and its others."""
        counts = {(number, apart): count for number, apart, count in self.ledger.all(_COUNTS, values)}
        gone = {(number, apart): count for number, apart, count in self.ledger.all(_UNLISTED_COUNTS, values)}
        for number in (None, *sorted({number for number, _ in gone})):
            here = (
                counts
                if number is None
                else {part: counts[part] for part in ((number, 0), (number, 1)) if part in counts}
            )
            for apart in (None, 0, 1):
                group = {part: count for part, count in here.items() if apart in (None, part[1]) and part not in said}
                total = sum(group.values())
                if total > 1 and all(gone.get(part) == count for part, count in group.items()):
                    said.update(group)
                    yield self._none_listed(number, total, " with 304" if apart else "")

    def _none_listed(self, number: int | None, total: int, what: str) -> Finding:
        if number is None:
            text = f"the index has no line for any of the {total} captures{what} in the files: make it again"
            return because(Finding(29, "error", text, CLAUSES[29], self.source), self.broken)
        fault = Fault("error", f"the index has no line for any of the {total} captures{what} in this file", check=29)
        finding = self.places.on_file(number, fault)
        return because(finding, self._excuse((finding.file or "").rpartition("!")[2].rpartition("/")[2]))

    def _excuse(self, base: str) -> Cause | None:
        """Why the captures of this file may be in no line: it is not what it was, or the index can't be read."""
        return self.places.altered(self.package, base) or self.broken

    def _meant(self, uri: str, date: str | None, record_id: str | bytes | None) -> Cause | None:
        """A line that does not lead to its record and means this one, or that is none."""
        digits = re.sub(r"\D", "", date or "")[:14]
        name = None if record_id is None else id_text(record_id)
        found = self.ledger.one(_MEANT, (self.package, uri.strip("<>"), digits, digits, name))
        if found is None and self.unread:
            text = uri.encode("utf-8", "replace")
            at = next((at for at, (_, raw) in enumerate(self.unread) if text in raw), 0)
            found = self.unread.pop(at)
        return None if found is None else Cause(found[0], None, 29)


def of_arc(finding: Finding, base: str) -> Finding:
    """Tools do not agree on where an ARC record begins and ends, nor on how its URL is written in an index."""
    arc = finding.severity == "error" and base.lower().endswith((".arc", ".arc.gz"))
    return replace(finding, severity="warning") if arc else finding


def check_archive_index(folder: Path, ledger: Ledger, places: Places) -> Iterator[Finding]:
    """The index of an archive. StorageError when it can't be read."""
    try:
        yield from _check_index(folder, ledger, places)
    except OSError as error:
        raise StorageError(f"{error.filename or folder}: can't be read: {error.strerror or error}") from error


def _check_index(folder: Path, ledger: Ledger, places: Places) -> Iterator[Finding]:
    index = folder / "index"
    check = IndexCheck(ledger, places, str(folder), all_captures=True)
    sources = 0
    for part in (index, index / "unchanged"):
        try:
            with Runs(part, Disk()).opened() as handles:
                for handle in handles:
                    sources += 1
                    yield from check.read(str(Path(handle.name).relative_to(folder)), _lines(handle))
        except IndexDamaged as error:
            yield Finding(29, "error", str(error), CLAUSES[29], str(part.relative_to(folder)))
            return
    foreign = [path for path in sorted(index.glob("*.cdxj")) if not path.stem.replace("-", "").isdigit()]
    for path in foreign:
        sources += 1
        with path.open("rb") as handle:
            yield from check.read(str(path.relative_to(folder)), _lines(handle))
    if not sources:
        if any((folder / "warc").glob("*.warc*")):
            yield Finding(29, "warning", "there is no index: nothing finds the captures of a URL", CLAUSES[29], "index")
        return
    yield from places.capped(check.agree())


def check_loose_indexes(paths: Sequence[Path], ledger: Ledger, places: Places) -> Iterator[Finding]:
    """CDXJ files that were given beside WARC files."""
    check = IndexCheck(ledger, places, "", all_captures=False)
    for path in paths:
        try:
            with path.open("rb") as handle:
                yield from places.capped(check.read(str(path), _lines(handle)))
        except OSError as error:
            raise StorageError(f"{path}: can't be read: {error.strerror or error}") from error
    yield from places.capped(check.agree())


def _lines(handle: BinaryIO) -> Iterable[bytes]:
    return iter(lambda: handle.readline(LINE), b"")
