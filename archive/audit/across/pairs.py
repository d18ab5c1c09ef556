"""Check 26: requests and responses that belong together (WARC 1.1, 5.7); and check 21 where it hangs on the request's
method."""

from __future__ import annotations

from collections.abc import Iterator

from archive.audit.across.places import Places
from archive.audit.findings import Fault, Finding, Severity
from archive.audit.ledger import Ledger
from archive.audit.scanning.batch import id_text

_ODD_LINKS = """
SELECT l.row, l.target, r.kind, r.uri, r.date, t.row, t.kind, t.uri, t.date, r.state OR t.state,
l.row > t.row AND EXISTS (SELECT 1 FROM links AS b WHERE b.row = t.row AND b.target = r.id)
FROM links AS l JOIN records AS r ON r.row = l.row LEFT JOIN records AS t ON t.id = l.target
WHERE t.row IS NULL OR t.row = l.row OR t.kind IN ('warcinfo', 'conversion', 'continuation') OR t.uri IS NOT r.uri
   OR t.date IS NOT r.date
ORDER BY l.row
"""
_DANGLES = "SELECT 1 FROM links WHERE NOT EXISTS (SELECT 1 FROM records WHERE id = target) LIMIT 1"
_RESOLVES = """
SELECT 1 FROM files WHERE number = ?1 >> 40 AND pairs UNION ALL
SELECT 1 FROM links AS l JOIN records AS t ON t.id = l.target WHERE l.row BETWEEN ?1 AND ?2 AND t.row != l.row LIMIT 1
"""
_PARTNER = """
SELECT 1 FROM records WHERE uri = ? AND row BETWEEN ? AND ? AND row != ?
AND CASE WHEN ? = 'request' THEN kind IN ('response', 'revisit', 'resource') ELSE kind = 'request' END LIMIT 1
"""
_REVISIT_BESIDE = """
SELECT 1 FROM records AS r WHERE r.row IN (?, ?) AND r.kind = 'revisit' AND r.uri = ?
AND NOT EXISTS (SELECT 1 FROM links AS l WHERE l.row = r.row OR l.target = r.id)
"""
_ALONE = """
SELECT row >> 40, count(*) FROM records AS r WHERE kind IN ('response', 'revisit') AND NOT paired AND uri LIKE 'http%'
AND NOT EXISTS (SELECT 1 FROM links AS l JOIN records AS t ON t.id = l.target WHERE l.row = r.row AND t.kind =
'request') AND NOT EXISTS (SELECT 1 FROM links AS l JOIN records AS t ON t.row = l.row WHERE l.target = r.id AND t.kind
= 'request') GROUP BY row >> 40
"""
_ONE_SIDED = """
SELECT number, sum(count) FROM (SELECT number, one_sided AS count FROM files UNION ALL
SELECT l.row >> 40, count(DISTINCT l.row) FROM links AS l JOIN records AS r ON r.row = l.row JOIN records AS t ON t.id
= l.target WHERE (r.kind = 'request') != (t.kind = 'request') AND t.kind != 'metadata' AND r.kind != 'metadata'
AND NOT EXISTS (SELECT 1 FROM links AS b WHERE b.row = t.row AND b.target = r.id)
GROUP BY l.row >> 40) GROUP BY number HAVING sum(count) ORDER BY number
"""
_METHODS = """
SELECT t.http FROM links AS l JOIN records AS t ON t.id = l.target WHERE l.row = :row AND t.kind = 'request'
UNION ALL
SELECT t.http FROM records AS r JOIN links AS l ON l.target = r.id JOIN records AS t ON t.row = l.row
WHERE r.row = :row AND t.kind = 'request'
UNION ALL
SELECT t.http FROM records AS r JOIN records AS t ON t.uri = r.uri AND t.date = r.date
WHERE r.row = :row AND t.kind = 'request' AND (t.row >> 40) = (:row >> 40)
"""


def check_26_links(ledger: Ledger, places: Places) -> Iterator[Finding]:
    """Each WARC-Concurrent-To names a record that is there, of the same URI (request and response), with the same
    date."""
    if ledger.one(_DANGLES):
        ledger.index_uris()
    for row, target, kind, uri, date, found, other, other_uri, other_date, damaged, again in ledger.all(_ODD_LINKS):
        if found is None:
            yield _dangling(ledger, places, row, target, kind, uri)
        elif damaged or again:
            continue  # said already: of the record itself, or of the other side of the same pair
        elif found == row:
            yield places.finding(row, Fault(26, "error", "WARC-Concurrent-To names the record itself"))
        elif other in ("warcinfo", "conversion", "continuation"):
            # NetarchiveSuite ties all metadata of a job to its warcinfo; 5.7 only says what may have the field
            habit = other == "warcinfo" and kind in ("resource", "metadata")
            severity: Severity = "warning" if habit else "error"
            yield places.finding(row, Fault(26, severity, f"WARC-Concurrent-To names a {other} record"))
        elif "request" in (kind, other) and "metadata" not in (kind, other) and _bare(uri) != _bare(other_uri):
            yield places.finding(
                row, Fault(26, "error", f"WARC-Concurrent-To names a {other} of another URI: {other_uri}")
            )
        elif date != other_date:
            message = f"WARC-Date {date} differs from {other_date} of the {other} of the same capture"
            yield places.finding(row, Fault(26, "warning", message, "WARC 1.1, 5.4"))


def _dangling(ledger: Ledger, places: Places, row: int, target: str | bytes, kind: str, uri: str | None) -> Finding:
    """Within an archive, or where the partner stands in the same file, the link is wrong; else the file may be an
    extract."""
    text = id_text(target)
    if not text.startswith("<") and ledger.one("SELECT 1 FROM records WHERE id IN (?, ?)", (f"<{text}>", text)):
        return places.finding(row, Fault(26, "error", f"WARC-Concurrent-To {text[:100]!r} is not in angle brackets"))
    first = row >> 40 << 40
    span = (first, first + (1 << 40) - 1)
    if kind == "request" and ledger.one(_REVISIT_BESIDE, (row - 1, row + 1, uri)):
        text = "WARC-Concurrent-To names a record that is not here; the revisit beside it was given another id"
        return places.missing(row, Fault(26, "warning", text))  # Webrecorder, where it turns responses into revisits
    sure = not places.loose(row) or ledger.one(_RESOLVES, span) or ledger.one(_PARTNER, (uri, *span, row, kind))
    severity: Severity = "error" if sure else "warning"
    return places.missing(row, Fault(26, severity, f"WARC-Concurrent-To names a record that is not here: {text[:100]}"))


def _bare(uri: str | None) -> str | None:
    """wget writes the URI of requests in brackets, as 1.0 shows it, and that of responses without."""
    return uri[1:-1] if uri is not None and uri.startswith("<") and uri.endswith(">") else uri


def check_26_partners(ledger: Ledger, places: Places) -> Iterator[Finding]:
    """Notes: responses without a request, links that stand on one side only."""
    for number, count in ledger.all(_ALONE):
        yield places.on_file(number, Fault(26, "note", f"{count} responses or revisits without a request record"))
    for number, count in ledger.all(_ONE_SIDED):
        yield places.on_file(
            number, Fault(26, "note", f"{count} request and response pairs are linked on one side only")
        )


def check_21_head(ledger: Ledger, places: Places) -> Iterator[Finding]:
    """An empty body with a Content-Length is right when the request was a HEAD, wrong when it was another, unknown
    without one."""
    if ledger.one("SELECT 1 FROM doubts"):
        ledger.index_uris()
    for row, check, message in ledger.all('SELECT row, "check", message FROM doubts ORDER BY row'):
        methods = {method for (method,) in ledger.all(_METHODS, {"row": row})}
        if "HEAD" in methods:
            continue
        severity: Severity = "error" if methods else "warning"
        known = "" if methods else "; without a request record it may have been a HEAD"
        yield places.finding(row, Fault(check, severity, message + known))
