"""Check 27 across records: WARC-Warcinfo-ID names a warcinfo record (WARC 1.1, 5.16)."""

from __future__ import annotations

from collections.abc import Iterator

from archive.audit.across.places import Places
from archive.audit.findings import Fault, Finding
from archive.audit.ledger import Ledger
from archive.audit.scanning.batch import id_text

_WRONG = """
SELECT g.row, g.count, g.warcinfo, t.kind, EXISTS (
    SELECT 1 FROM records AS w WHERE w.kind = 'warcinfo' AND w.row BETWEEN g.row >> 40 << 40 AND ((g.row >> 40) + 1 <<
    40)
)
FROM (SELECT min(row) AS row, count(*) AS count, warcinfo FROM records WHERE warcinfo IS NOT NULL GROUP BY warcinfo,
row >> 40) AS g LEFT JOIN records AS t ON t.id = g.warcinfo
WHERE NOT EXISTS (
    SELECT 1 FROM records AS o WHERE o.id = g.warcinfo AND (o.kind = 'warcinfo' OR o.state = 1)
)
ORDER BY g.row
"""


def check_27_warcinfo_ids(ledger: Ledger, places: Places) -> Iterator[Finding]:
    """One finding per file and id. A loose file without any warcinfo is an extract: its records may well name one
    elsewhere."""
    for row, count, target, kind, own in ledger.all(_WRONG):
        many = f" ({count} records)" if count > 1 else ""
        text = id_text(target)[:100]
        if kind is not None:
            yield places.finding(row, Fault(27, "error", f"WARC-Warcinfo-ID names a {kind} record{many}: {text}"))
            continue
        sure = own or not places.loose(row)
        fault = Fault(
            27, "error" if sure else "warning", f"WARC-Warcinfo-ID names a warcinfo that is not here{many}: {text}"
        )
        yield places.missing(row, fault)
