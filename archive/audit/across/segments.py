"""Check 28: the segments of records that were broken up go in; missing or misnumbered ones come out (WARC 1.1, 7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter
from typing import NamedTuple

from archive.audit.across.audited_files import ACROSS, AuditedFiles
from archive.audit.findings import Finding
from archive.audit.ledger import Ledger, file_of
from archive.audit.registry import check
from archive.audit.scanning.batch import id_text
from archive.plurals import many
from archive.read.faults import Fault, Severity

_SEGMENTS = """
SELECT iif(f.loose, '', f.package), coalesce(s.origin, r.id), s.row, s.number, s.total, s.length, r.kind, r.uri, r.state
FROM segments AS s JOIN records AS r ON r.row = s.row JOIN files AS f ON f.number = s.row >> 40
ORDER BY 1, 2, s.number, s.row
"""
"""Archives have their segments each: a copy of an archive has the same ones."""
_BEGUN = """
SELECT row FROM records AS r WHERE id = ? AND state = 0 AND NOT EXISTS (SELECT 1 FROM segments AS s WHERE s.row = r.row)
"""


class Segment(NamedTuple):
    """One segment of a record that was broken into several."""

    archive: str
    """Empty for a segment in a loose file."""
    record_id: str | bytes
    """Id of the first segment."""
    row: int
    number: int
    """0 when it can't be read."""
    total: int | None
    """WARC-Segment-Total-Length."""
    length: int
    kind: str
    uri: str | None
    damaged: int


@check(28, "segments", clause="WARC 1.1, 7", judges=ACROSS)
def segments(ledger: Ledger, files: AuditedFiles) -> Iterator[Finding]:
    """The segments of a record are numbered 1, 2, 3 … without a gap, and the last one gives their right total."""
    for _, group in groupby(map(Segment._make, ledger.all(_SEGMENTS)), key=itemgetter(0, 1)):
        one = _Segments(ledger, files, list(group))
        for rule in (one.numbers, one.gaps, one.beginning, one.total):
            if finding := rule():
                yield finding
                break


@dataclass(frozen=True, slots=True)
class _Segments:
    """The segments of one record, by number; each method is a rule that returns the first finding."""

    ledger: Ledger
    files: AuditedFiles
    found: list[Segment]

    def numbers(self) -> Finding | None:
        """Numbers are from 1 on; all but the first segment are continuation records."""
        for one in self.found:
            if one.number < 1 or (one.kind == "continuation") != (one.number > 1):
                number = one.number or "that is not a number from 1 on"
                return self._error(one, f"a {one.kind} record with WARC-Segment-Number {number}")
        return None

    def gaps(self) -> Finding | None:
        """Each number follows from the one before; all segments have the same URI."""
        for before, after in pairwise(self.found):
            number, expected = after.number, before.number + 1
            if number < expected:
                return self._error(after, f"segment {number} is there twice")
            if number > expected:
                lost = (
                    f"segment {expected} is" if number == expected + 1 else f"segments {expected} to {number - 1} are"
                )
                return self.files.missing(after.row, Fault("error", f"{lost} missing before this one"))
            if after.uri != before.uri and not (after.damaged or before.damaged):
                return self._error(after, f"segment {number} has another WARC-Target-URI than the one before")
        return None

    def beginning(self) -> Finding | None:
        """The first segment is among the files."""
        first = self.found[0]
        if first.number == 1:
            return None
        if begun := self.ledger.one(_BEGUN, (first.record_id,)):
            text = f"the record that segment {first.number} continues has no WARC-Segment-Number"
            return self.files.finding(begun[0], Fault("error", text))
        text = f"the first segments of {id_text(first.record_id)[:100]} are not here"
        return self.files.missing(first.row, Fault(self._severity(), text))

    def total(self) -> Finding | None:
        """The last segment, and no other, gives the length of all."""
        last = self.found[-1]
        for one in self.found[:-1]:
            if one.total is not None:
                return self._error(one, "WARC-Segment-Total-Length on a segment that is not the last")
        if last.total is None:
            alone = len(self.found) == 1
            end = "no continuation is here" if alone else "the last segment here has no WARC-Segment-Total-Length"
            # A record is broken up to go on in another file: where several segments are here, its end should be, too.
            severity = self._severity() if alone else "error"
            return self.files.missing(last.row, Fault(severity, f"the record is not complete: {end}"))
        length = sum(one.length for one in self.found)
        if length != last.total and not any(one.damaged for one in self.found):
            text = f"the segments have {many(length, 'byte')} together, WARC-Segment-Total-Length says {last.total}"
            return self._error(last, text)
        return None

    def _error(self, segment: Segment, text: str) -> Finding:
        return self.files.finding(segment.row, Fault("error", text))

    def _severity(self) -> Severity:
        """Severity of a missing segment; one of a loose file may be in a file that was not given."""
        one_file = len({file_of(one.row) for one in self.found}) == 1
        return "warning" if one_file and self.files.is_loose(self.found[0].row) else "error"
