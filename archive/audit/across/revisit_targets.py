"""Check 25: revisits go in; findings on a missing or different original come out (WARC 1.1, 6.7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from archive.audit.across.audited_files import ACROSS, AuditedFiles
from archive.audit.across.links import bare
from archive.audit.findings import Finding
from archive.audit.ledger import Ledger, file_of, rows_of
from archive.audit.registry import check
from archive.audit.scanning.batch import DAMAGED, id_text
from archive.read.faults import Fault, Severity

_REVISITS = """
SELECT v.row, v.target, v.uri, v.date, v.profile, r.uri, r.date, r.digest
FROM revisits AS v JOIN records AS r ON r.row = v.row WHERE r.state = 0 ORDER BY v.row
"""
_FIELDS = "SELECT row, kind, uri, date, digest, state, id FROM records "
_ORIGINAL = (
    _FIELDS
    + """WHERE row = (SELECT min(row) FROM (
    SELECT min(row) AS row FROM records INDEXED BY originals_by_uri
    WHERE digest = :digest AND uri = :uri AND kind IN ('response', 'resource') AND id IS NOT NULL
    AND row BETWEEN :first AND :row
    UNION ALL SELECT min(row) FROM records INDEXED BY originals_by_uri
    WHERE digest = :digest AND uri = :refers_uri AND kind IN ('response', 'resource') AND id IS NOT NULL
    AND row BETWEEN :first AND :row
    UNION ALL SELECT min(row) FROM records INDEXED BY originals_by_date
    WHERE digest = :digest AND date = :refers_date AND kind IN ('response', 'resource') AND id IS NOT NULL
    AND row BETWEEN :first AND :row))
"""
)
"""One look-up per column: with OR, SQLite would read all records of the file for each revisit."""
_WITH_DIGEST = """
SELECT 1 FROM records INDEXED BY originals_by_uri WHERE digest = ? AND kind IN ('response', 'resource') LIMIT 1
"""


class _Revisit(NamedTuple):
    row: int
    target: str | bytes | None
    refers_uri: str | None
    refers_date: str | None
    profile: str | None
    uri: str | None
    date: str | None
    digest: str | None


class _Target(NamedTuple):
    row: int
    kind: str
    uri: str | None
    date: str | None
    digest: str | None
    state: int
    id: Any


@check(25, "revisit target", clause="WARC 1.1, 6.7.2", judges=ACROSS)
def revisit_targets(ledger: Ledger, files: AuditedFiles) -> Iterator[Finding]:
    """Find each original by WARC-Refers-To, else by URI and date, else by the payload digest, and compare it."""
    if ledger.one("SELECT 1 FROM revisits"):
        ledger.index_uris()
        ledger.index_originals()
    for values in ledger.all(_REVISITS):
        revisit = _Revisit(*values)
        if revisit.target is not None:
            found = ledger.one(_FIELDS + "WHERE id = ? ORDER BY row = ?, state, row", (revisit.target, revisit.row))
            if found is not None:
                if fault := _judge(revisit, _Target(*found)):
                    yield files.finding(revisit.row, fault)
                continue
            other = _original_here(ledger, revisit)
            if other is not None:
                named, actual = id_text(revisit.target)[:100], id_text(other.id)[:100]
                text = f"WARC-Refers-To names {named}, which is not here; its original is here as {actual}"
                yield files.missing(revisit.row, Fault("error", text))
                continue
            severity: Severity = "warning" if files.is_loose(revisit.row) else "error"
            text = f"the record that this revisit refers to is not here: {id_text(revisit.target)[:100]}"
            yield files.missing(revisit.row, Fault(severity, text))
            continue
        yield from _without_id(ledger, files, revisit)


def _without_id(ledger: Ledger, files: AuditedFiles, revisit: _Revisit) -> Iterator[Finding]:
    """Check a revisit without WARC-Refers-To."""
    target = _by_uri_and_date(ledger, revisit)
    if target is not None:
        if fault := _judge(revisit, target):
            yield files.finding(revisit.row, fault)
        return
    if revisit.refers_uri is not None and revisit.refers_date is not None:
        other = _original_here(ledger, revisit)
        severity: Severity = "warning" if files.is_loose(revisit.row) and other is None else "error"
        text = (
            f"the capture that this revisit refers to is not here: {revisit.refers_uri[:200]} of {revisit.refers_date}"
        )
        if other is not None:
            text += f"; its original is here: {(other.uri or '')[:200]} of {other.date}"
            if other.date == revisit.refers_date and _schemeless(other.uri or "") == _schemeless(revisit.refers_uri):
                severity = "warning"  # readers look captures up by SURT, which has no scheme
        yield files.missing(revisit.row, Fault(severity, text))
        return
    if revisit.digest is not None and revisit.profile == "identical-payload-digest":
        found = ledger.one(_WITH_DIGEST, (revisit.digest,))
        text = "a revisit without WARC-Refers-To" + ("" if found else ", and nothing here has its payload digest")
        yield files.missing(revisit.row, Fault("note" if found else "warning", text))
        return
    yield files.finding(revisit.row, Fault("note", "a revisit that names no record: its original can only be guessed"))


def _original_here(ledger: Ledger, revisit: _Revisit) -> _Target | None:
    """An earlier capture in the revisit's file, with the same payload and the same URI or date.

    It is the original, so the revisit does not refer to a record in another file.
    """
    if revisit.digest is None:
        return None
    first, _ = rows_of(file_of(revisit.row))
    found = ledger.one(
        _ORIGINAL,
        {
            "digest": revisit.digest,
            "uri": revisit.uri,
            "refers_uri": revisit.refers_uri or revisit.uri,
            "refers_date": revisit.refers_date,
            "first": first,
            "row": revisit.row,
        },
    )
    return _Target(*found) if found is not None else None


def _by_uri_and_date(ledger: Ledger, revisit: _Revisit) -> _Target | None:
    if revisit.refers_uri is None or revisit.refers_date is None:
        return None
    found = ledger.one(
        _FIELDS + "WHERE uri = ? AND date = ? AND kind IN ('response', 'resource', 'revisit') AND row != ?",
        (revisit.refers_uri, revisit.refers_date, revisit.row),
    )
    return _Target(*found) if found is not None else None


def _judge(revisit: _Revisit, target: _Target) -> Fault | None:
    """The first difference between what the revisit says and the record that it refers to."""
    if target.row == revisit.row:
        return Fault("error", "the revisit refers to itself")
    if target.state == DAMAGED:
        return None  # the damaged record has a finding already
    if target.kind == "revisit":
        return Fault("warning", "a revisit of a revisit: a reader has to follow both")
    if target.kind not in ("response", "resource"):
        return Fault("error", f"the revisit refers to a {target.kind} record")
    if revisit.refers_uri is not None and target.uri is not None and bare(revisit.refers_uri) != bare(target.uri):
        return Fault("error", f"WARC-Refers-To-Target-URI is not the URI of the record referred to: {target.uri[:200]}")
    if revisit.refers_date is not None and target.date is not None and not _same(revisit.refers_date, target.date):
        return Fault(
            "error",
            f"WARC-Refers-To-Date {revisit.refers_date} is not the date of the record referred to: {target.date}",
        )
    if revisit.date is not None and target.date is not None and _later(target.date, revisit.date):
        return Fault("error", f"the record referred to is later ({target.date}) than the revisit ({revisit.date})")
    compared = revisit.profile != "server-not-modified"  # tools write the digest of a 304's empty body there
    if compared and revisit.digest is not None and target.digest is not None and revisit.digest != target.digest:
        if revisit.digest.partition(":")[0] != target.digest.partition(":")[0]:
            return Fault("note", "the digests of revisit and original are of different algorithms: not compared")
        return Fault("error", f"the revisit's payload digest is not that of the record referred to ({target.digest})")
    return None


def _schemeless(uri: str) -> str:
    return re.sub(r"^https?:", "", bare(uri) or "")


def _digits(date: str) -> str:
    return date.rstrip("Z").replace("T", "").replace("-", "").replace(":", "")


def _same(one: str, other: str) -> bool:
    """Whether two dates are equal, as far as the less exact one tells."""
    one, other = _digits(one), _digits(other)
    shorter = min(len(one), len(other))
    return one[:shorter].rstrip(".") == other[:shorter].rstrip(".")


def _later(one: str, other: str) -> bool:
    """Whether a date is surely later than another, as far as the less exact one tells."""
    one, other = _digits(one), _digits(other)
    shorter = min(len(one), len(other))
    return one[:shorter] > other[:shorter]
