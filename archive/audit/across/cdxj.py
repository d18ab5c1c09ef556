"""Check 29: an index and the files that it is of agree both ways; it is sorted; nothing stands in it twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from archive.audit.across.index_lines import Pair, difference, misfiled
from archive.audit.across.places import SERIALS, Places
from archive.audit.across.unlisted import Unlisted, of_arc
from archive.audit.checks import CLAUSES
from archive.audit.findings import Cause, Finding, because
from archive.audit.ledger import Ledger
from archive.index.cdxj import BadLine, Line
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
