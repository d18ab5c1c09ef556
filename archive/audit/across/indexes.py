"""Check 29: the lines of a CDXJ index and the ledger go in; differences between index and files come out.

Every line leads to its record, every capture has one line, lines are sorted. A file without any line has one finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import BinaryIO

from archive.audit.across.audited_files import SERIALS, AuditedFiles, capped
from archive.audit.across.index_damage import digests_agree, explained
from archive.audit.across.index_lines import MAX_LINE, Broken, Pair, difference, misfiled, of_arc, parse_line, readable
from archive.audit.findings import Cause, Finding, because, within
from archive.audit.ledger import Ledger
from archive.audit.registry import check
from archive.audit.scanning.batch import id_text
from archive.disk import Disk, open_regular
from archive.errors import StorageError
from archive.escaping import as_text
from archive.index.cdxj import BadLine, Line
from archive.index.merged_files import IndexDamaged, MergedFiles, damage, is_ours
from archive.plurals import many
from archive.read.faults import Fault
from archive.warc.filenames import WarcName

BATCH = 2000
"""Lines that are added to the ledger at once; also the most lines or files of one kind that are remembered."""

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
AS w WHERE w.package IS c.package AND w.source = c.source AND w.line = c.line)
GROUP BY file, offset, ifnull(id, url || stamp) HAVING count(*) > 1
"""


@check(29, "CDXJ index and files agree", clause="CDXJ")
def archive_index(folder: Path, ledger: Ledger, files: AuditedFiles) -> Iterator[Finding]:
    """Check the index of an archive. StorageError when it can't be read."""
    try:
        yield from _check_index(folder, ledger, files)
    except OSError as error:
        raise StorageError(f"{error.filename or folder}: can't be read: {error.strerror or error}") from error


def _check_index(folder: Path, ledger: Ledger, files: AuditedFiles) -> Iterator[Finding]:
    prefix = files.prefix(as_text(folder))
    yield from within(prefix, digests_agree(folder, ledger, files))
    index = folder / "index"
    cdxj = IndexCheck(ledger, files, as_text(folder), all_captures=True)
    damaged: dict[str, Cause] = {}
    sources = 0
    for part in (index, index / "unchanged"):
        try:
            with MergedFiles(part, Disk()).opened(check=False) as handles:
                for handle in handles:
                    sources += 1
                    source = prefix + str(Path(handle.name).relative_to(folder))
                    if text := damage(handle):
                        yield archive_index.finding("error", text.partition(": ")[2], source)
                        damaged[source] = archive_index.cause(source)
                        cdxj.give_up(source)
                    yield from explained(cdxj.read(source, _lines(handle)), damaged)
        except IndexDamaged as error:
            yield archive_index.finding("error", str(error), prefix + str(part.relative_to(folder)))
            return
    foreign = [path for path in sorted(index.glob("*.cdxj")) if not is_ours(path.name)]
    for path in foreign:
        sources += 1
        with open_regular(path) as handle:
            yield from cdxj.read(prefix + str(path.relative_to(folder)), _lines(handle))
    if not sources:
        if any((folder / "warc").glob("*.warc*")) or files.has_unread(as_text(folder)):
            text = "there is no index: no reader finds the captures of a URL"
            yield archive_index.finding("warning", text, f"{prefix}index")
        return
    yield from explained(capped(cdxj.agree()), damaged)


@check(29)
def loose_indexes(paths: Sequence[Path], ledger: Ledger, files: AuditedFiles) -> Iterator[Finding]:
    """Check CDXJ files that were given beside WARC files."""
    cdxj = IndexCheck(ledger, files, "", all_captures=False)
    for path in paths:
        try:
            with open_regular(path) as handle:
                yield from capped(cdxj.read(as_text(path), _lines(handle)))
        except OSError as error:
            raise StorageError(f"{path}: can't be read: {error.strerror or error}") from error
    yield from capped(cdxj.agree())


def _lines(handle: BinaryIO) -> Iterable[bytes]:
    return iter(lambda: handle.readline(MAX_LINE), b"")


class IndexCheck:
    """Checks one index: `read` takes its files one by one, then `agree` compares all lines with the records."""

    def __init__(
        self,
        ledger: Ledger,
        files: AuditedFiles,
        package: str,
        *,
        all_captures: bool,
        causes: Mapping[str, Cause] | None = None,
    ) -> None:
        """`package` as in the ledger; `causes` = first error in each file.

        `all_captures`: the index must list 304s too, as that of an archive does; indexes of packages leave them out.
        """
        self._causes = causes or {}
        self._ledger, self._files, self._package, self._all = ledger, files, package, all_captures
        self._unread: list[tuple[str, bytes]] = []
        """Lines that are not CDXJ, each with its file."""
        self._misfiled: set[tuple[str, int]] = set()
        """Numbers of lines under a wrong key, each with its file."""
        self._broken: Cause | None = None
        self._sources: list[str] = []
        self.lines = 0
        """Lines read so far."""

    @property
    def cause(self) -> Cause | None:
        """First error in a file of the index."""
        return next((self._causes[source] for source in self._sources if source in self._causes), None)

    @check(29)
    def read(self, source: str, lines: Iterable[bytes], broken: Broken = (BadLine,)) -> Iterator[Finding]:
        """Read one file of the index into the ledger; report lines that are not CDXJ, misfiled, or not in order.

        `broken` = the exceptions that `lines` raises where the rest of the file can't be read.
        """
        self._sources.append(source)
        findings: list[Finding] = []
        rows = self._parsed(source, readable(lines), findings)
        before = self.lines
        try:
            while batch := list(islice(rows, BATCH)):
                self.lines += len(batch)
                self._ledger.add_lines(self._package, source, batch)
                yield from findings
                findings.clear()
        except broken as error:
            self.give_up(source)
            text = f"the index can't be read after {many(self.lines - before, 'line')} ({error}): make it again"
            # the bytes inflated from a damaged block need not be lines
            findings[:] = [because(finding, self._broken) for finding in findings]
            findings.append(archive_index.finding("error", text, source))
        yield from findings

    def give_up(self, source: str) -> None:
        """Remember that a part of this file can't be read: it may hold the line of any capture without one."""
        self._broken = self._broken or archive_index.cause(source)

    @check(29)
    def agree(self) -> Iterator[Finding]:
        """Compare the lines with the records, and the records with the lines."""
        if not self._sources:
            return
        self._ledger.index_lines()
        yield from self._without_record()
        pairs = (Pair(*row) for row in self._ledger.all(_PAIRS, (self._package,)))
        for place, several in groupby(pairs, lambda pair: (pair.source, pair.line)):
            found = [(pair, difference(pair)) for pair in several]  # with each record of the member that the line names
            pair, text = found[0]
            if all(text for _, text in found) and place not in self._misfiled:
                self._ledger.add_wrong(self._package, pair.source, pair.line)
                broken = self._broken if self._broken and self._broken.file == pair.source else None
                cause = self._files.why_altered(self._package, pair.file) or broken
                text = f"names the record in {pair.file} at {pair.offset}, which {text}"
                yield of_arc(_finding(pair.source, pair.line, text, cause), pair.file)
        self._ledger.index_wrong()
        for source, line, file, offset, count in self._ledger.all(_TWICE, (self._package,)):
            yield _finding(source, line, f"is in the index {count} times ({file} at {offset})")
        source = self._files.prefix(self._package) + "index" if self._all else self._sources[0]
        yield from Unlisted(
            self._ledger, self._files, self._package, self._all, source, self._broken, self._unread
        ).check()

    def _parsed(self, source: str, lines: Iterable[bytes], findings: list[Finding]) -> Iterator[tuple[int, Line]]:
        """Yield the lines with their numbers; add what is wrong with them to `findings`."""
        before = b""
        displaced: list[int] = []
        unread = 0
        for number, raw in enumerate(lines, 1):
            if raw.startswith(b"!meta") or not raw.strip():
                continue
            try:
                line = parse_line(raw)
            except (BadLine, UnicodeEncodeError):
                if unread + 1 < number or not unread:  # one damaged stretch of lines is one finding
                    findings.append(_finding(source, number, f"is not a CDXJ line: {raw[:80]!r}"))
                unread = number
                if len(self._unread) < BATCH:
                    self._unread.append((source, raw[:BATCH]))
                else:
                    self.give_up(source)
                continue
            yield number, line
            if wrong := misfiled(raw, line):
                findings.append(_finding(source, number, wrong))
                if len(self._misfiled) < BATCH:
                    self._misfiled.add((source, number))
                continue
            if raw < before:
                displaced.append(number)
            before = raw
        if displaced:
            more = f" (and {len(displaced) - 1} more)" if len(displaced) > 1 else ""
            findings.append(_finding(source, displaced[0], f"is out of order{more}: sort the index"))

    def _without_record(self) -> Iterator[Finding]:
        """Lines that name a place where no record begins, and, once for each file, lines that name a missing file."""
        files = self._files
        absent: dict[tuple[str, str], list[int]] = {}
        for source, line, file, offset, number, name, last in self._ledger.all(_NO_RECORD, (self._package,)):
            if number is not None:
                cause = files.why_altered(self._package, file) or files.damage_in(number)
                if cause is None and offset > last:
                    cause = self._causes.get(name)  # the file was cut, which is reported already
                self._ledger.add_wrong(self._package, source, line)
                yield of_arc(_finding(source, line, f"names {file} at {offset}, where no record begins", cause), file)
            elif not files.is_unread(self._package, file):
                self._ledger.add_wrong(self._package, source, line)
                key = (source, file) if (source, file) in absent or len(absent) < BATCH else (source, "and others")
                counted = absent.setdefault(key, [line, 0])
                counted[1] += 1
        for (source, file), (line, count) in absent.items():
            more = f" ({count} lines name it)" if count > 1 else ""
            text = f"names a file that is not here: {file}{more}"
            lost = files.why_altered(self._package, SERIALS) if WarcName.parse(file) else None
            yield _finding(source, line, text, files.why_altered(self._package, file) or lost)


def _finding(source: str, line: int, text: str, cause: Cause | None = None) -> Finding:
    return because(archive_index.finding("error", f"line {line} {text}", source), cause)


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
"""An archive's index keeps 304s in separate files."""
_COUNTS = f"SELECT f.number, {_APART}, count(*) {_CAPTURES} GROUP BY 1, 2"
_UNLISTED_COUNTS = f"SELECT f.number, {_APART}, count(*) {_UNLISTED} GROUP BY 1, 2"
_EACH = f"SELECT r.row, r.kind, f.number, {_APART}, f.base, r.uri, r.date, r.id {_UNLISTED} ORDER BY r.row"
_MEANT = """
SELECT source FROM wrong AS w WHERE w.package IS ? AND (w.url = ? AND w.stamp BETWEEN ? AND ? || ':' OR w.id = ?)
LIMIT 1
"""
_Part = tuple[int, int]
"""A file's number, and 1 for its 304s where the index keeps them apart."""


@dataclass(slots=True)
class Unlisted:
    """Reports the captures of one index's files that have no line in it.

    Such a capture is only a warning where a line that can't be read, or leads elsewhere, may be its own.
    """

    ledger: Ledger
    files: AuditedFiles
    package: str
    all_captures: bool
    """The index must hold 304s too."""
    source: str
    """A file of the index."""
    broken: Cause | None
    """Why a part of the index could not be read."""
    unread: list[tuple[str, bytes]]
    """Lines that are not CDXJ, each with its file."""

    def check(self) -> Iterator[Finding]:
        """All findings."""
        values = {"package": self.package, "all": self.all_captures}
        reported: set[_Part] = set()
        if not (self.unread or self.ledger.one("SELECT 1 FROM wrong WHERE package IS ?", (self.package,))):
            yield from self._whole_groups(values, reported)
        for row, kind, number, apart, base, *record in self.ledger.all(_EACH, values):
            if (number, apart) not in reported:
                finding = self.files.finding(row, Fault("error", f"the index has no line for this {kind}"))
                yield of_arc(because(finding, self._excuse(base) or self._meant(*record)), base)

    def _whole_groups(self, values: dict[str, object], reported: set[_Part]) -> Iterator[Finding]:
        """Report groups without any line: in all files, then in each; all captures, those without 304s, the 304s."""
        counts = {(number, apart): count for number, apart, count in self.ledger.all(_COUNTS, values)}
        gone = {(number, apart): count for number, apart, count in self.ledger.all(_UNLISTED_COUNTS, values)}
        for number in (None, *sorted({number for number, _ in gone})):
            here = counts
            if number is not None:
                here = {part: counts[part] for part in ((number, 0), (number, 1)) if part in counts}
            for apart in (None, 0, 1):
                parts = (part for part in here if apart in (None, part[1]) and part not in reported)
                group = {part: here[part] for part in parts}
                total = sum(group.values())
                if total > 1 and all(gone.get(part) == count for part, count in group.items()):
                    reported.update(group)
                    yield self._none_listed(number, total, " with 304" if apart else "")

    def _none_listed(self, number: int | None, total: int, what: str) -> Finding:
        text = f"the index has no line for any of the {total} captures{what} in"
        if number is None:
            return because(archive_index.finding("error", f"{text} the files: make it again", self.source), self.broken)
        finding = self.files.on_file(number, Fault("error", f"{text} this file"))
        return because(finding, self._excuse((finding.file or "").rpartition("!")[2].rpartition("/")[2]))

    def _excuse(self, base: str) -> Cause | None:
        """Why captures of this file may have no line: the file is altered, or a part of the index can't be read."""
        return self.files.why_altered(self.package, base) or self.broken

    def _meant(self, uri: str, date: str | None, record_id: str | bytes | None) -> Cause | None:
        """The line that probably belongs to this record: it leads elsewhere, or is not CDXJ."""
        digits = re.sub(r"\D", "", date or "")[:14]
        name = None if record_id is None else id_text(record_id)
        found = self.ledger.one(_MEANT, (self.package, uri.strip("<>"), digits, digits, name))
        if found is None and self.unread:
            text = uri.encode("utf-8", "replace")
            at = next((at for at, (_, raw) in enumerate(self.unread) if text in raw), 0)
            found = self.unread.pop(at)
        return None if found is None else archive_index.cause(found[0])
