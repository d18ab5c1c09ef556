"""Checks 12, 21, 26 and 27 across records: ids that should be unique, and fields that name other records.

The ledger goes in, after all files were read; findings on the records come out. segments.py checks segments (28),
revisit_targets.py revisits (25).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from archive.audit.across.audited_files import ACROSS, AuditedFiles
from archive.audit.findings import Finding
from archive.audit.ledger import Ledger, file_of, rows_of
from archive.audit.registry import check
from archive.audit.scanning.batch import id_text
from archive.plurals import many
from archive.read.faults import Fault, Severity

MOST_COPIES = 8
"""Records with one id that other records can name: with 20,000 the checks would compare each with each."""
_TWICE = """
SELECT b.row, a.row, ltrim(a.uri, '<') LIKE :wget AND ltrim(b.uri, '<') LIKE :wget,
a.kind IS b.kind AND a.uri IS b.uri AND a.date IS b.date
AND a.digest IS b.digest FROM (SELECT id, min(row) AS row FROM records WHERE state = 0 AND id IN (SELECT id FROM records
WHERE id IS NOT NULL GROUP BY id HAVING count(*) > 1) GROUP BY id HAVING count(*) > 1) AS first
JOIN records AS a ON a.row = first.row
JOIN records AS b ON b.id = first.id AND b.row > first.row AND b.state = 0
ORDER BY b.row
"""
"""Records with the id of an earlier record.

The SQL index alone answers the inner SELECT: 9 ms for 35,000 ids; with their rows it would take 31 (2026-11).
"""
_WGET = "metadata://gnu.org/software/wget/warc/%"
"""wget gives its MANIFEST.txt and wget_arguments.txt the same id in every file; nothing refers to them."""
_ODD_LINKS = """
SELECT l.row, l.target, r.kind, r.uri, r.date, t.row, t.kind, t.uri, t.date, r.state OR t.state,
l.row > t.row AND EXISTS (SELECT 1 FROM links AS b WHERE b.row = t.row AND b.target = r.id)
FROM links AS l JOIN records AS r ON r.row = l.row LEFT JOIN records AS t ON t.id = l.target
WHERE t.row IS NULL OR t.row = l.row OR t.kind IN ('warcinfo', 'conversion', 'continuation') OR t.uri IS NOT r.uri
   OR t.date IS NOT r.date
ORDER BY l.row
"""
"""Each WARC-Concurrent-To that may be wrong, with its record and the record that it names."""
_REFERENCES = "SELECT 1 FROM links UNION ALL SELECT 1 FROM revisits LIMIT 1"
_DANGLES = "SELECT 1 FROM links WHERE NOT EXISTS (SELECT 1 FROM records WHERE id = target) LIMIT 1"
"""Whether any WARC-Concurrent-To names a record that is not here."""
_RESOLVES = """
SELECT 1 FROM files WHERE number = ?1 >> 40 AND pairs UNION ALL
SELECT 1 FROM links AS l JOIN records AS t ON t.id = l.target WHERE l.row BETWEEN ?1 AND ?2 AND t.row != l.row LIMIT 1
"""
"""Whether any WARC-Concurrent-To of a file names a record that is here."""
_PARTNER = """
SELECT 1 FROM records WHERE uri = ? AND row BETWEEN ? AND ? AND row != ?
AND CASE WHEN ? = 'request' THEN kind IN ('response', 'revisit', 'resource') ELSE kind = 'request' END LIMIT 1
"""
"""Whether a file has a record of the same URI that may be the partner of a record."""
_REVISIT_BESIDE = """
SELECT 1 FROM records AS r WHERE r.row IN (?, ?) AND r.kind = 'revisit' AND r.uri = ?
AND NOT EXISTS (SELECT 1 FROM links AS l WHERE l.row = r.row OR l.target = r.id)
"""
"""Whether the record before or after is a revisit of the same URI that is linked to no record."""
_ALONE = """
SELECT row >> 40, count(*) FROM records AS r WHERE kind IN ('response', 'revisit') AND NOT paired AND uri LIKE 'http%'
AND NOT EXISTS (SELECT 1 FROM links AS l JOIN records AS t ON t.id = l.target WHERE l.row = r.row AND t.kind =
'request') AND NOT EXISTS (SELECT 1 FROM links AS l JOIN records AS t ON t.row = l.row WHERE l.target = r.id AND t.kind
= 'request') GROUP BY row >> 40
"""
"""Responses and revisits without a request, counted for each file."""
_ONE_SIDED = """
SELECT number, sum(count) FROM (SELECT number, one_sided AS count FROM files UNION ALL
SELECT l.row >> 40, count(DISTINCT l.row) FROM links AS l JOIN records AS r ON r.row = l.row JOIN records AS t ON t.id
= l.target WHERE (r.kind = 'request') != (t.kind = 'request') AND t.kind != 'metadata' AND r.kind != 'metadata'
AND NOT EXISTS (SELECT 1 FROM links AS b WHERE b.row = t.row AND b.target = r.id)
GROUP BY l.row >> 40) GROUP BY number HAVING sum(count) ORDER BY number
"""
"""Pairs of which only one record names the other, counted for each file."""
_METHODS = """
SELECT t.http FROM links AS l JOIN records AS t ON t.id = l.target WHERE l.row = :row AND t.kind = 'request'
UNION ALL
SELECT t.http FROM records AS r JOIN links AS l ON l.target = r.id JOIN records AS t ON t.row = l.row
WHERE r.row = :row AND t.kind = 'request'
UNION ALL
SELECT t.http FROM records AS r JOIN records AS t ON t.uri = r.uri AND t.date = r.date
WHERE r.row = :row AND t.kind = 'request' AND (t.row >> 40) = (:row >> 40) LIMIT 1000
"""
"""Methods of the requests that belong to a response; of a hostile file's, the first."""
_NO_WARCINFO = """
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
"""Each WARC-Warcinfo-ID in each file that names no warcinfo; last column: whether the file has any warcinfo."""


@check(12, judges=ACROSS)
def record_ids_unique(ledger: Ledger, files: AuditedFiles) -> Iterator[Finding]:
    """Each record id belongs to one record (WARC 1.1, 5.2).

    No id may come twice in a file. In two files it may come when both hold the same record, as copies do; these are
    counted.
    """
    copies: Counter[tuple[int, int]] = Counter()
    twice = list(ledger.all(_TWICE, {"wget": _WGET}))  # all at once, because `mark_damaged` changes these rows
    for again, first, wget, same in twice:
        file, first_file = file_of(again), file_of(first)
        if same and file != first_file:
            copies[file, first_file] += 1
            continue
        # loose files need not be of one archive: example files share their ids
        sure = file == first_file or not (files.is_loose(again) and files.is_loose(first))
        severity: Severity = "error" if sure and not wget else "warning"
        where = "in this file" if file == first_file else f"in {files.name(first)}"
        offset = ledger.one("SELECT offset FROM records WHERE row = ?", (first,))
        if severity == "error":
            files.mark_damaged(again, record_ids_unique.number)
        text = f"record id is that of another record {where} at {offset and offset[0]}"
        yield files.finding(again, Fault(severity, text))
    for (file, first_file), count in copies.items():
        text = f"{many(count, 'record is', 'records are')} also in {files.file_name(first_file)}, with the same ids"
        yield files.on_file(file, Fault("warning", text))
    if ledger.one(_REFERENCES):
        ledger.forget_copies(MOST_COPIES)


@check(26, "request and response pairs", clause="WARC 1.1, 5.7", judges=ACROSS)
def concurrent_records(ledger: Ledger, files: AuditedFiles) -> Iterator[Finding]:
    """Each WARC-Concurrent-To names a record that is in the files and has the same date.

    A request and its response also have the same URI.
    """
    if ledger.one(_DANGLES):
        ledger.index_uris()
    resolves: dict[int, bool] = {}
    for row, target, kind, uri, date, found, other, other_uri, other_date, damaged, again in ledger.all(_ODD_LINKS):
        if found is None:
            yield _dangling(ledger, files, row, target, kind, uri, resolves)
        elif damaged or again:
            continue  # reported already: on the record itself, or on the other record of the pair
        elif found == row:
            yield files.finding(row, Fault("error", "WARC-Concurrent-To names the record itself"))
        elif other in ("warcinfo", "conversion", "continuation"):
            # NetarchiveSuite ties all metadata of a job to its warcinfo; 5.7 only says which have the field.
            habit = other == "warcinfo" and kind in ("resource", "metadata")
            severity: Severity = "warning" if habit else "error"
            yield files.finding(row, Fault(severity, f"WARC-Concurrent-To names a {other} record"))
        elif "request" in (kind, other) and "metadata" not in (kind, other) and bare(uri) != bare(other_uri):
            text = f"WARC-Concurrent-To names a {other} of another URI: {other_uri}"
            yield files.finding(row, Fault("error", text))
        elif date != other_date:
            text = f"WARC-Date {date} differs from {other_date} of the {other} of the same capture"
            yield files.finding(row, Fault("warning", text, "WARC 1.1, 5.4"))


def _dangling(
    ledger: Ledger,
    files: AuditedFiles,
    row: int,
    target: str | bytes,
    kind: str,
    uri: str | None,
    resolves: dict[int, bool],
) -> Finding:
    """Report a WARC-Concurrent-To whose record is not here.

    The field is wrong within an archive, or where the partner is in the same file; else the file may be an extract.
    `resolves` remembers for each file whether any WARC-Concurrent-To in it names a record that is here.
    """
    text = id_text(target)
    if text[:1] != "<" and ledger.one("SELECT 1 FROM records WHERE id IN (?, ?)", (f"<{text}>", text)):
        return files.finding(row, Fault("error", f"WARC-Concurrent-To {text[:100]!r} is not in angle brackets"))
    span = rows_of(file_of(row))
    if kind == "request" and ledger.one(_REVISIT_BESIDE, (row - 1, row + 1, uri)):
        # Webrecorder gives a response another id when it makes it a revisit.
        text = "WARC-Concurrent-To names a record that is not here; the revisit beside it was given another id"
        return files.missing(row, Fault("warning", text))
    if (bare(uri) or "").lower().startswith(("ftp:", "ftps:")):  # wpull's record of the conversation comes late
        return files.missing(
            row, Fault("warning", f"WARC-Concurrent-To names no record of this FTP file: {text[:100]}")
        )
    file = file_of(row)
    if file not in resolves:
        resolves[file] = ledger.one(_RESOLVES, span) is not None
    sure = not files.is_loose(row) or resolves[file] or ledger.one(_PARTNER, (uri, *span, row, kind))
    text = f"WARC-Concurrent-To names a record that is not here: {text[:100]}"
    return files.missing(row, Fault("error" if sure else "warning", text))


def bare(uri: str | None) -> str | None:
    """The URI without angle brackets: wget writes them around the URI of requests, not of responses."""
    return uri[1:-1] if uri is not None and uri.startswith("<") and uri.endswith(">") else uri


@check(26, judges=ACROSS)
def complete_pairs(ledger: Ledger, files: AuditedFiles) -> Iterator[Finding]:
    """Note responses without a request, and pairs of which only one record names the other."""
    for number, count in ledger.all(_ALONE):
        what = many(count, "response or revisit has", "responses or revisits have")
        yield files.on_file(number, Fault("note", f"{what} no request record"))
    for number, count in ledger.all(_ONE_SIDED):
        text = (
            f"{many(count, 'request and response pair is', 'request and response pairs are')} linked on one side only"
        )
        yield files.on_file(number, Fault("note", text))


@check(21, judges=ACROSS)
def empty_bodies(ledger: Ledger, files: AuditedFiles) -> Iterator[Finding]:
    """Report empty bodies whose head promises content, unless the request was a HEAD.

    Checks 21 and 22 of single records found them, and the findings keep those numbers. After another method the body
    is wrong; without a request record the method is unknown.
    """
    if ledger.one("SELECT 1 FROM doubts"):
        ledger.index_uris()
    for row, number, message in ledger.all('SELECT row, "check", message FROM doubts ORDER BY row'):
        methods = {method for (method,) in ledger.all(_METHODS, {"row": row})}
        if "HEAD" in methods:
            continue
        severity: Severity = "error" if methods else "warning"
        unknown = "" if methods else "; without a request record it may have been a HEAD"
        yield files.finding(row, Fault(severity, message + unknown, check=number))


@check(27, judges=ACROSS)
def warcinfo_ids(ledger: Ledger, files: AuditedFiles) -> Iterator[Finding]:
    """WARC-Warcinfo-ID names a warcinfo record (WARC 1.1, 5.16); one finding per file and id.

    A loose file without any warcinfo is an extract: its records may name a warcinfo elsewhere.
    """
    for row, count, target, kind, own in ledger.all(_NO_WARCINFO):
        many = f" ({count} records)" if count > 1 else ""
        text = id_text(target)[:100]
        if kind is not None:
            yield files.finding(row, Fault("error", f"WARC-Warcinfo-ID names a {kind} record{many}: {text}"))
            continue
        severity: Severity = "error" if own or not files.is_loose(row) else "warning"
        text = f"WARC-Warcinfo-ID names a warcinfo that is not here{many}: {text}"
        yield files.missing(row, Fault(severity, text))
