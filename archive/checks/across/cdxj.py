"""Check 29: an index and the files that it is of agree both ways; it is sorted; nothing stands in it twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from archive.cdxj import BadLine, Line
from archive.checks import CLAUSES
from archive.checks.across.places import Places
from archive.checks.digests import Digest, check_18_label
from archive.findings import Cause, Fault, Finding, Severity
from archive.ledger import Ledger
from archive.scanning.batch import record_key

BATCH = 2000
_POSTED = re.compile(r"[?&]__wb_(?:method|post)|[?&]__warc_method")
"""pywb's tools append a POST body to the URL of its line."""

_NO_RECORD = """
SELECT c.source, c.line, c.file, c.offset, f.number FROM lines AS c LEFT JOIN files AS f ON f.base = c.file AND
f.package IS c.package LEFT JOIN records AS r ON f.number IS NOT NULL AND r.offset = c.offset AND r.row BETWEEN
f.number << 40 AND (f.number + 1 << 40) - 1 WHERE r.row IS NULL AND c.package IS ? ORDER BY c.source, c.line
"""
_DIFFERENT = """
SELECT c.source, c.line, c.file, c.offset, c.length, c.url, c.stamp, c.id, c.digest, r.length, r.uri, r.date, r.id,
r.digest, r.kind FROM lines AS c JOIN files AS f ON f.base = c.file AND f.package IS c.package
JOIN records AS r ON r.offset = c.offset AND r.row BETWEEN f.number << 40 AND (f.number + 1 << 40) - 1
WHERE c.package IS ? AND r.state = 0 ORDER BY c.source, c.line
"""
_NO_LINE = """
SELECT r.row, r.kind FROM records AS r JOIN files AS f ON f.number = r.row >> 40
WHERE f.package IS ? AND r.state = 0 AND r.kind IN ('response', 'revisit', 'resource') AND r.uri LIKE 'http%'
AND NOT EXISTS (SELECT 1 FROM lines AS c WHERE c.file = f.base AND c.offset = r.offset AND c.package IS f.package)
AND NOT (:package_has_no_304 AND EXISTS (
    SELECT 1 FROM revisits AS v WHERE v.row = r.row AND v.profile = 'server-not-modified'
)) ORDER BY r.row
"""
_TWICE = """
SELECT source, max(line), file, offset, count(*) FROM lines WHERE package IS ? GROUP BY file, offset, id HAVING
count(*) > 1
"""


def check_29_lines(ledger: Ledger, package: str, source: str, lines: Iterable[bytes]) -> Iterator[Finding]:
    """Reads one sorted file of an index into the ledger; says which lines are none, and where it is not sorted."""
    findings: list[Finding] = []
    rows = _parsed(source, lines, findings)
    while batch := list(islice(rows, BATCH)):
        ledger.add_lines(package, source, batch)
        yield from findings
        findings.clear()
    yield from findings


def _parsed(source: str, lines: Iterable[bytes], findings: list[Finding]) -> Iterator[tuple[int, Line]]:
    before = b""
    for number, raw in enumerate(lines, 1):
        if raw.startswith(b"!meta") or not raw.strip():
            continue
        if raw < before:
            findings.append(_finding(source, number, "is not sorted: it stands after a line that comes later"))
        before = raw
        try:
            yield number, Line.parse(raw.rstrip(b"\r\n"))
        except BadLine:
            findings.append(_finding(source, number, f"is no CDXJ line: {raw[:80]!r}"))


def check_29_agree(ledger: Ledger, places: Places, package: str, *, all_captures: bool) -> Iterator[Finding]:
    """`all_captures`: 304s too must be in the index (ours); packages leave them out."""
    for source, line, file, offset, number in ledger.all(_NO_RECORD, (package,)):
        cause = places.altered(file) or (None if number is None else places.damaged(number))
        if number is not None:
            yield _finding(source, line, f"names {file} at {offset}, where no record begins", cause)
        elif not places.left_out(file):
            yield _finding(source, line, f"names a file that is not here: {file}", cause)
    for row in ledger.all(_DIFFERENT, (package,)):
        if text := _difference(row):
            yield _finding(row[0], row[1], f"(the record in {row[2]} at {row[3]}) {text}", places.altered(row[2]))
    for source, line, file, offset, count in ledger.all(_TWICE, (package,)):
        yield _finding(source, line, f"stands {count} times in the index ({file} at {offset})")
    for row, kind in ledger.all(_NO_LINE.replace(":package_has_no_304", str(int(not all_captures))), (package,)):
        finding = places.finding(row, Fault(29, "error", f"the index has no line for this {kind}"))
        cause = places.altered((finding.file or "").rpartition("/")[2])
        yield finding if cause is None else replace(finding, severity="warning", caused_by=cause)


def _difference(row: tuple[object, ...]) -> str | None:
    _, _, _, _, length, url, stamp, key, digest, real_length, uri, date, real_key, real_digest, kind = row
    uri, url = str(uri or "").strip("<>"), str(url)
    if url != uri and not (url.startswith(uri) and _POSTED.match(url[len(uri) :])):
        return f"is of another URL: {uri[:200]}"
    digits = re.sub(r"\D", "", str(date or ""))[:14]
    if not str(stamp).startswith(digits):
        return f"is of another time: {date}, the line says {stamp}"
    if real_length and length and length != real_length:
        return f"has {real_length} bytes, the line says {length}"
    if key and real_key is not None and record_key(str(key)) != real_key:
        return "has another record id"
    if digest and real_digest is not None and ":" in str(digest):
        label = check_18_label("digest", str(digest))
        if (
            isinstance(label, Digest)
            and label.algorithm == str(real_digest).partition(":")[0]
            and str(label) != real_digest
        ):
            return f"has another payload digest: {real_digest}"
    if kind not in ("response", "revisit", "resource", "metadata", "request", "conversion"):
        return f"is a {kind}, no capture"
    return None


def _finding(source: str, line: int, text: str, cause: Cause | None = None) -> Finding:
    severity: Severity = "error" if cause is None else "warning"
    return Finding(29, severity, f"line {line} {text}", CLAUSES[29], source, caused_by=cause)
