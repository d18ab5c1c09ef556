"""Check 25: revisits go in; findings on a missing or different original come out (WARC 1.1, 6.7)."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any, NamedTuple

from archive.audit.across.audited_files import ACROSS, AuditedFiles
from archive.audit.across.links import bare
from archive.audit.across.revisit_search import Row, Search, digits, same_date
from archive.audit.findings import Finding
from archive.audit.ledger import Ledger, file_of
from archive.audit.registry import check
from archive.audit.scanning.batch import DAMAGED, id_text
from archive.index.surt import surt
from archive.read.faults import Fault, Severity
from archive.warc.filenames import WarcName

_REVISITS = """
SELECT v.row, v.target, v.uri, v.date, v.profile, r.uri, r.date, r.digest
FROM revisits AS v JOIN records AS r ON r.row = v.row WHERE r.state = 0 ORDER BY v.row
"""
_URI = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*)://([^/?#]*?)(:\d*)?([/?#].*)?", re.DOTALL)


class Revisit(NamedTuple):
    """A revisit, and what it says of its original."""

    row: int
    target: str | bytes | None
    refers_uri: str | None
    refers_date: str | None
    profile: str | None
    uri: str | None
    date: str | None
    digest: str | None


class Target(NamedTuple):
    """A record that may be the original of a revisit."""

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
    if not ledger.one("SELECT 1 FROM revisits"):
        return
    search = Search(ledger)
    chains = _Chains()
    for values in ledger.all(_REVISITS):
        revisit = Revisit(*values)
        found = _find(search, revisit)
        if found is None:
            yield _missing(search, files, revisit)
            continue
        target = Target(*found)
        if target.kind == "revisit" and target.row != revisit.row and target.state != DAMAGED:
            chains.add(revisit.row, target.row)
        if fault := _judge(revisit, target) or _order(files, revisit, target):
            yield files.finding(revisit.row, fault)
    for row, length in chains.circles():
        text = f"{length} revisits refer to each other in a circle: none of them leads to the content"
        yield files.finding(row, Fault("error", text))


def _find(search: Search, revisit: Revisit) -> Row | None:
    """The record that the fields of a revisit lead to; without a URI, they mean its own."""
    if revisit.target is not None:
        return search.by_id(revisit.target, revisit.row)
    date, digest = revisit.refers_date, revisit.digest
    found = search.by_uri_and_date(revisit.row, revisit.refers_uri or revisit.uri, date, digest)
    if found is None and revisit.refers_uri is None and revisit.profile != "server-not-modified":
        found = search.by_date_and_digest(date, digest)
    return found


def _missing(search: Search, files: AuditedFiles, revisit: Revisit) -> Finding:
    """Report a revisit whose fields lead to no record."""
    if revisit.target is not None:
        other = search.earlier_in_file(
            revisit.row, revisit.digest, revisit.uri, revisit.refers_uri, revisit.refers_date
        )
        named = id_text(revisit.target)[:100]
        if other is not None:
            actual = id_text(Target(*other).id)[:100]
            text = f"WARC-Refers-To names {named}, which is not here; its original is here as {actual}"
            return files.missing(revisit.row, Fault("error", text))
        severity: Severity = "warning" if files.is_loose(revisit.row) else "error"
        return files.missing(
            revisit.row, Fault(severity, f"the record that this revisit refers to is not here: {named}")
        )
    if revisit.refers_date is not None:
        return _missing_capture(search, files, revisit, revisit.refers_date)
    if revisit.digest is not None and revisit.profile == "identical-payload-digest":
        return _by_digest(search, files, revisit, revisit.digest)
    text = "a revisit that names no record: its original can only be guessed"
    return files.finding(revisit.row, Fault("note", text))


def _missing_capture(search: Search, files: AuditedFiles, revisit: Revisit, date: str) -> Finding:
    """Report a revisit that names a URI (or means its own) and a date of which there is no capture."""
    uri = revisit.refers_uri or revisit.uri or ""
    found = search.earlier_in_file(revisit.row, revisit.digest, revisit.uri, revisit.refers_uri, date)
    text = f"the capture that this revisit refers to is not here: {uri[:200]} of {date}"
    severity: Severity = "warning" if files.is_loose(revisit.row) and found is None else "error"
    if found is not None:
        other = Target(*found)
        text += f"; its original is here: {(other.uri or '')[:200]} of {other.date}"
    return files.missing(revisit.row, Fault(severity, text))


def _by_digest(search: Search, files: AuditedFiles, revisit: Revisit, digest: str) -> Finding:
    """Report a revisit that has nothing but its payload digest."""
    text = "a revisit without WARC-Refers-To"
    if search.has_digest(digest, revisit.date):
        return files.missing(revisit.row, Fault("note", text))
    later = search.with_digest(digest)
    if later is None:
        return files.missing(revisit.row, Fault("warning", f"{text}, and nothing here has its payload digest"))
    text += f", and what has its payload digest is later than the revisit: {later[0]}"
    return files.finding(revisit.row, Fault("warning", text, "WARC 1.1, 6.7.1"))


def _judge(revisit: Revisit, target: Target) -> Fault | None:
    """The first difference between what the revisit says and the record that it refers to."""
    if target.row == revisit.row:
        return Fault("error", "the revisit refers to itself")
    if target.state == DAMAGED:
        return None  # the damaged record has a finding already
    if target.kind == "revisit":
        return Fault("warning", "a revisit of a revisit: a reader has to follow both")
    if target.kind not in ("response", "resource"):
        return Fault("error", f"the revisit refers to a {target.kind} record")
    wrong_uri = _wrong_uri(revisit, target)
    if wrong_uri is not None and wrong_uri.severity == "error":
        return wrong_uri
    if revisit.refers_date is not None and target.date is not None and not same_date(revisit.refers_date, target.date):
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
    return wrong_uri


def _wrong_uri(revisit: Revisit, target: Target) -> Fault | None:
    """Compare URIs: readers look captures up by SURT, so one that is only written differently is found."""
    if revisit.refers_uri is None or target.uri is None:
        return None
    stated, actual = bare(revisit.refers_uri) or "", bare(target.uri) or ""
    if stated == actual:
        return None
    key = surt(stated)
    text = f"WARC-Refers-To-Target-URI is not the URI of the record referred to: {target.uri[:200]}"
    if key != surt(actual):
        return Fault("error", text)
    return None if _normal(stated) == _normal(actual) else Fault("warning", text)


def _normal(uri: str) -> str:
    """A URI with what no server can tell apart written in one way (RFC 3986, 6.2): case of the host, default port."""
    found = _URI.fullmatch(uri)
    if found is None:
        return uri
    scheme, host, port, rest = found[1].lower(), found[2].lower(), found[3] or "", found[4] or ""
    default = {"http": ":80", "https": ":443"}.get(scheme)
    return f"{scheme}://{host}{'' if port in (':', default) else port}{rest if rest[:1] == '/' else '/' + rest}"


def _order(files: AuditedFiles, revisit: Revisit, target: Target) -> Fault | None:
    """A fault when the original comes after the revisit: in its file, or in a later file of the same series.

    Files that were only given in another order have no order of their own.
    """
    number, other = file_of(revisit.row), file_of(target.row)
    if target.row == revisit.row or target.state == DAMAGED or target.kind == "revisit":
        return None
    if number == other:
        where = "in this file" if target.row > revisit.row else ""
    else:
        later = _is_later(files.file_name(other), files.file_name(number)) and files.are_together(number, other)
        where = f"in {files.file_name(other)}" if later else ""
    if not where:
        return None
    text = f"the record referred to comes after the revisit {where}: it is no preceding record"
    return Fault("warning", text, "WARC 1.1, 5.11")


def _is_later(name: str, than: str) -> bool:
    """Whether a file was begun after another one of its series: the same prefix and host, a higher serial."""
    one, other = (WarcName.parse(text.rpartition("!")[2].rpartition("/")[2]) for text in (name, than))
    if one is None or other is None or (one.prefix, one.host) != (other.prefix, other.host):
        return False
    # A merged file has the time of its first part, and a serial after them all.
    return one.serial > other.serial and one.timestamp >= other.timestamp


def _later(one: str, other: str) -> bool:
    """Whether a date is surely later than another, as far as the less exact one tells."""
    one, other = digits(one), digits(other)
    shorter = min(len(one), len(other))
    return one[:shorter] > other[:shorter]


class _Chains:
    """Revisits that refer to revisits, in the order of their rows: 17 bytes each, for archives made of them."""

    def __init__(self) -> None:
        self._rows, self._targets = array("q"), array("q")

    def add(self, row: int, target: int) -> None:
        """Add a revisit and the revisit that it refers to."""
        self._rows.append(row)
        self._targets.append(target)

    def circles(self) -> Iterator[tuple[int, int]]:
        """The first row of each circle, and how many revisits are in it."""
        passed = bytearray(len(self._rows))  # 1: on the way that is being followed; 2: followed to its end
        for start in range(len(self._rows)):
            way = array("q")
            at: int | None = start
            while at is not None and not passed[at]:
                passed[at] = 1
                way.append(at)
                at = self._next(at)
            if at is not None and passed[at] == 1:
                circle = way[way.index(at) :]
                yield self._rows[min(circle)], len(circle)
            for one in way:
                passed[one] = 2

    def _next(self, at: int) -> int | None:
        target = self._targets[at]
        place = bisect_left(self._rows, target)
        return place if place < len(self._rows) and self._rows[place] == target else None
