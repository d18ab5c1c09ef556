"""Check 29 from the files' side: captures that are in no line of an index; the ledger goes in, findings come out.

Where all that an index, or a file of it, should hold is in no line, that is one finding. What follows from a line that
does not lead to its record, or that can't be read, is no error of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from archive.audit.across.places import Places
from archive.audit.checks import CLAUSES
from archive.audit.findings import Cause, Fault, Finding, because
from archive.audit.ledger import Ledger
from archive.audit.scanning.batch import id_text

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
                finding = self.places.finding(row, Fault(29, "error", f"the index has no line for this {kind}"))
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
        fault = Fault(29, "error", f"the index has no line for any of the {total} captures{what} in this file")
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
