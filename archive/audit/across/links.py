"""Check 26: requests and responses that belong together (WARC 1.1, 5.7); and check 21 where it hangs on the request's
method."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby, pairwise

from archive.audit.across.places import Places
from archive.audit.findings import Fault, Finding, Severity
from archive.audit.ledger import Ledger, file_of
from archive.audit.scanning.batch import id_text

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
            again, Fault(severity, f"record id is that of another record {where} at {offset and offset[0]}", check=12)
        )
    for (again, first), count in copies.items():
        other = places.on_file(first, Fault("note", "", check=12)).file
        yield places.on_file(
            again, Fault("warning", f"{count} records stand in {other} too, with the same ids", check=12)
        )


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
            yield places.finding(row, Fault("error", "WARC-Concurrent-To names the record itself", check=26))
        elif other in ("warcinfo", "conversion", "continuation"):
            # NetarchiveSuite ties all metadata of a job to its warcinfo; 5.7 only says what may have the field
            habit = other == "warcinfo" and kind in ("resource", "metadata")
            severity: Severity = "warning" if habit else "error"
            yield places.finding(row, Fault(severity, f"WARC-Concurrent-To names a {other} record", check=26))
        elif "request" in (kind, other) and "metadata" not in (kind, other) and _bare(uri) != _bare(other_uri):
            yield places.finding(
                row, Fault("error", f"WARC-Concurrent-To names a {other} of another URI: {other_uri}", check=26)
            )
        elif date != other_date:
            message = f"WARC-Date {date} differs from {other_date} of the {other} of the same capture"
            yield places.finding(row, Fault("warning", message, "WARC 1.1, 5.4", check=26))


def _dangling(ledger: Ledger, places: Places, row: int, target: str | bytes, kind: str, uri: str | None) -> Finding:
    """Within an archive, or where the partner stands in the same file, the link is wrong; else the file may be an
    extract."""
    text = id_text(target)
    if not text.startswith("<") and ledger.one("SELECT 1 FROM records WHERE id IN (?, ?)", (f"<{text}>", text)):
        return places.finding(
            row, Fault("error", f"WARC-Concurrent-To {text[:100]!r} is not in angle brackets", check=26)
        )
    first = row >> 40 << 40
    span = (first, first + (1 << 40) - 1)
    if kind == "request" and ledger.one(_REVISIT_BESIDE, (row - 1, row + 1, uri)):
        text = "WARC-Concurrent-To names a record that is not here; the revisit beside it was given another id"
        return places.missing(
            row, Fault("warning", text, check=26)
        )  # Webrecorder, where it turns responses into revisits
    sure = not places.loose(row) or ledger.one(_RESOLVES, span) or ledger.one(_PARTNER, (uri, *span, row, kind))
    severity: Severity = "error" if sure else "warning"
    return places.missing(
        row, Fault(severity, f"WARC-Concurrent-To names a record that is not here: {text[:100]}", check=26)
    )


def _bare(uri: str | None) -> str | None:
    """wget writes the URI of requests in brackets, as 1.0 shows it, and that of responses without."""
    return uri[1:-1] if uri is not None and uri.startswith("<") and uri.endswith(">") else uri


def check_26_partners(ledger: Ledger, places: Places) -> Iterator[Finding]:
    """Notes: responses without a request, links that stand on one side only."""
    for number, count in ledger.all(_ALONE):
        yield places.on_file(number, Fault("note", f"{count} responses or revisits without a request record", check=26))
    for number, count in ledger.all(_ONE_SIDED):
        yield places.on_file(
            number, Fault("note", f"{count} request and response pairs are linked on one side only", check=26)
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
        yield places.finding(row, Fault(severity, message + known, check=check))


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
            yield places.finding(row, Fault("error", f"WARC-Warcinfo-ID names a {kind} record{many}: {text}", check=27))
            continue
        sure = own or not places.loose(row)
        fault = Fault(
            "error" if sure else "warning",
            f"WARC-Warcinfo-ID names a warcinfo that is not here{many}: {text}",
            check=27,
        )
        yield places.missing(row, fault)


_SETS = """
SELECT coalesce(s.origin, r.id), s.row, s.number, s.total, s.length, r.kind, r.uri, r.state
FROM segments AS s JOIN records AS r ON r.row = s.row ORDER BY 1, s.number, s.row
"""
_BEGUN = "SELECT row FROM records WHERE id = ? AND row NOT IN (SELECT row FROM segments) AND state = 0"
Segment = tuple[str | bytes, int, int, int | None, int, str, str | None, int]


def check_28_segments(ledger: Ledger, places: Places) -> Iterator[Finding]:
    """Every set is numbered 1, 2, 3 … without a gap, ends in a segment with the total, and the total is right."""
    for _, group in groupby(ledger.all(_SETS), key=lambda row: row[0]):
        segments: list[Segment] = list(group)
        yield from _check_set(ledger, places, segments)


def _check_set(ledger: Ledger, places: Places, segments: list[Segment]) -> Iterator[Finding]:
    for segment in segments:
        if segment[2] < 1 or (segment[5] == "continuation") != (segment[2] > 1):
            number = segment[2] or "that is no number from 1 on"
            yield places.finding(
                segment[1], Fault("error", f"a {segment[5]} record with WARC-Segment-Number {number}", check=28)
            )
            return
    numbers = [segment[2] for segment in segments]
    first, last = segments[0], segments[-1]
    severity: Severity = (
        "warning" if places.loose(first[1]) and len({segment[1] >> 40 for segment in segments}) == 1 else "error"
    )
    for before, after in pairwise(segments):
        if after[2] == before[2]:
            yield places.finding(after[1], Fault("error", f"segment {after[2]} is there twice", check=28))
            return
        if after[2] > before[2] + 1:
            gap = (
                f"segment {before[2] + 1} is missing"
                if after[2] == before[2] + 2
                else f"segments {before[2] + 1} to {after[2] - 1} are missing"
            )
            yield places.missing(after[1], Fault("error", f"{gap} before this one", check=28))
            return
        if after[6] != before[6] and not (after[7] or before[7]):
            yield places.finding(
                after[1],
                Fault("error", f"segment {after[2]} has another WARC-Target-URI than the one before", check=28),
            )
            return
    if numbers[0] != 1:
        text = id_text(first[0])[:100]
        if begun := ledger.one(_BEGUN, (first[0],)):
            fault = Fault(
                "error", f"the record that segment {numbers[0]} goes on with has no WARC-Segment-Number", check=28
            )
            yield places.finding(begun[0], fault)
            return
        yield places.missing(first[1], Fault(severity, f"the first segments of {text} are not here", check=28))
        return
    totals = [segment for segment in segments[:-1] if segment[3] is not None]
    if totals:
        yield places.finding(
            totals[0][1], Fault("error", "WARC-Segment-Total-Length on a segment that is not the last", check=28)
        )
        return
    if last[3] is None:
        end = (
            "no continuation is here"
            if len(segments) == 1
            else "the last segment here has no WARC-Segment-Total-Length"
        )
        # more than one segment without an end in one file: the rest would have to start a new file, which is what may
        # be missing
        yield places.missing(
            last[1], Fault(severity if len(segments) == 1 else "error", f"the record is not complete: {end}", check=28)
        )
        return
    length = sum(segment[4] for segment in segments)
    if length != last[3] and not any(segment[7] for segment in segments):
        yield places.finding(
            last[1],
            Fault(
                "error",
                f"the segments have {length} bytes together, WARC-Segment-Total-Length says {last[3]}",
                check=28,
            ),
        )
