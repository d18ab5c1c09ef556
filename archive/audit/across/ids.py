"""Check 12 across records: a record id names one record for good (WARC 1.1, 5.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from archive.audit.across.places import Places
from archive.audit.findings import Fault, Finding, Severity
from archive.audit.ledger import Ledger, file_of

_TWICE = """
SELECT b.row, a.row, ltrim(a.uri, '<') LIKE :wget AND ltrim(b.uri, '<') LIKE :wget,
a.kind IS b.kind AND a.uri IS b.uri AND a.date IS b.date
AND a.digest IS b.digest FROM (SELECT id, min(row) AS row FROM records WHERE state = 0 AND id IN (SELECT id FROM records
WHERE id IS NOT NULL GROUP BY id HAVING count(*) > 1) GROUP BY id HAVING count(*) > 1) AS first
JOIN records AS a ON a.row = first.row
JOIN records AS b ON b.id = first.id AND b.row > first.row AND b.state = 0
ORDER BY b.row
"""
"""The inner SELECT is answered by the index alone: 35,000 ids 9 ms, with their rows 31 (2026-11)."""
_WGET = "metadata://gnu.org/software/wget/warc/%"
"""wget gives its MANIFEST.txt and wget_arguments.txt one id in every file that it writes: a habit, and nothing refers
to them."""


def check_12_unique(ledger: Ledger, places: Places) -> Iterator[Finding]:
    """No id twice in a file; across files only where the very same record was stored again (a copy of a file), which
    is counted."""
    copies: Counter[tuple[int, int]] = Counter()
    for again, first, wget, same in list(ledger.all(_TWICE, {"wget": _WGET})):  # `suspect` changes what is read here
        if same and file_of(again) != file_of(first):
            copies[file_of(again), file_of(first)] += 1
            continue
        # files that were given side by side need not be of one archive: example files share their ids
        sure = file_of(again) == file_of(first) or not (places.loose(again) and places.loose(first))
        severity: Severity = "error" if sure and not wget else "warning"
        where = "in this file" if file_of(again) == file_of(first) else f"in {places.name(first)}"
        offset = ledger.one("SELECT offset FROM records WHERE row = ?", (first,))
        if severity == "error":
            places.suspect(again, 12)
        yield places.finding(
            again, Fault(12, severity, f"record id is that of another record {where} at {offset and offset[0]}")
        )
    for (again, first), count in copies.items():
        other = places.on_file(first, Fault(12, "note", "")).file
        yield places.on_file(again, Fault(12, "warning", f"{count} records stand in {other} too, with the same ids"))
