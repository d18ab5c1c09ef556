"""One line of a CDXJ index, and the record at the place that it names, go in; what differs comes out (check 29)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlsplit

from archive.audit.findings import Finding
from archive.audit.scanning.batch import media_type, record_key
from archive.index.cdxj import REVISIT, BadLine, Line
from archive.plurals import many
from archive.read.digest import Digest, parse_label
from archive.read.record import END

MAX_LINE = 1 << 20
"""Most bytes of an index line that are read."""
Broken = tuple[type[Exception], ...]
"""Exceptions after which the rest of an index can't be read."""
MAX_MISREAD = 10_000
"""Lines of one file that may be no CDXJ; behind them it is not read on."""
_MAX_PLACE = 1 << 63
"""SQLite stores whole numbers below this."""
_POSTED = re.compile(r"[?&]__wb_(?:method|post)|[?&]__warc_method")
"""pywb's tools append a POST body to the URL of its line."""
_WWW = re.compile(r"www\d*\.")
_NAME = re.compile(r"[a-z][a-z0-9.-]*[a-z]")
"""Hosts that every tool writes alike: no IP address, no letters to escape."""
_UNKNOWN = ("unk", "unknown", "application/octet-stream")
"""What tools write for a media type that is missing or that they can't read."""


class Pair(NamedTuple):
    """A line and the record at its place, in the columns of the ledger."""

    source: str
    line: int
    file: str
    offset: int
    length: int
    url: str
    stamp: str
    id: str
    digest: str
    mime: str
    status: int | None
    refers: str
    real_length: int
    uri: str | None
    date: str | None
    real_id: str | bytes | None
    real_digest: str | None
    kind: str
    http: str | None
    target: str | bytes | None


def parse_line(raw: bytes) -> Line:
    """Parse a line; BadLine or UnicodeEncodeError for one that the ledger can't hold."""
    line = Line.parse(raw.rstrip(b"\r\n"))
    if not (0 <= line.offset < _MAX_PLACE and 0 <= line.length < _MAX_PLACE and (line.status or 0) < _MAX_PLACE):
        raise BadLine("a number beyond any file")
    for text in (line.url, line.file, line.record_id, line.digest, line.mime, line.refers_to):
        text.encode()  # lone surrogates raise
    return line


def readable(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Pass lines on while not too many of them are plainly no CDXJ: each of those costs ten times as much to refuse."""
    bad = 0
    for line in lines:
        if len(line) >= MAX_LINE and not line.endswith(b"\n"):
            raise BadLine(f"a line of more than {MAX_LINE} bytes")
        bad += b'{"' not in line
        if bad > MAX_MISREAD:
            raise BadLine(f"more than {MAX_MISREAD} lines are no CDXJ")
        yield line


def difference(pair: Pair) -> str | None:
    """The first difference between the line and its record; None when they agree."""
    ours = bool(pair.id)  # only warcpress writes record ids into lines
    uri = (pair.uri or "").strip("<>")
    if pair.url != uri and not (pair.url.startswith(uri) and _POSTED.match(pair.url[len(uri) :])):
        return f"is of another URL: {uri[:200]}"
    digits = re.sub(r"\D", "", pair.date or "")[: 20 if ours else 14]
    if not pair.stamp.startswith(digits):
        return f"is of another time: {pair.date}, the line says {pair.stamp[:14]}"
    # scoop and js-wacz leave out the two line ends after an uncompressed record
    if pair.real_length and pair.length and pair.real_length - pair.length not in (0, len(END)):
        return f"has {many(pair.real_length, 'byte')}, the line says {pair.length}"
    if pair.id and pair.real_id is not None and record_key(pair.id) != pair.real_id:
        return "has another record id"
    if _other_digest(pair):
        return f"has another payload digest: {pair.real_digest}"
    if pair.kind not in ("response", "revisit", "resource", "metadata", "request", "conversion", "arc"):
        return f"is a {pair.kind} record: not a capture"
    if ours and pair.refers and pair.target is not None and record_key(pair.refers) != pair.target:
        return "refers to another record"
    return _other_head(pair, ours=ours)


def _other_digest(pair: Pair) -> bool:
    if not pair.digest or pair.real_digest is None or ":" not in pair.digest:
        return False
    label = parse_label(pair.digest)
    return (
        isinstance(label, Digest)
        and label.algorithm == pair.real_digest.partition(":")[0]
        and str(label) != pair.real_digest
    )


def _other_head(pair: Pair, *, ours: bool) -> str | None:
    """A difference in status or media type; lines of other tools give a revisit those of its original."""
    if (pair.mime == REVISIT) != (pair.kind == "revisit") and pair.mime and (ours or pair.kind == "response"):
        return f"is a {pair.kind}, the line says {pair.mime[:60]}"
    if not pair.http or not (pair.kind == "response" or (ours and pair.kind == "revisit")):
        return None
    status, _, mime = pair.http.partition(" ")
    if pair.status is not None and str(pair.status) != status:
        return f"has HTTP status {status}, the line says {pair.status}"
    listed = media_type(pair.mime)
    if pair.kind == "response" and mime and listed and listed not in _UNKNOWN and listed != mime:
        return f"has the media type {mime[:60]}, the line says {listed[:60]}"
    return None


def misfiled(raw: bytes, line: Line) -> str | None:
    """Why the line's key does not fit its URL and time; None when it fits.

    Tools write paths and queries in different ways, so only the host is compared in lines of other tools.
    """
    key = raw.split(b" ", 2)[:2]
    if line.record_id:
        if key != [line.own_key.encode(), line.timestamp.encode()]:
            return f"is filed under {b' '.join(key)[:140]!r}, not under its URL and date: {line.url[:200]}"
        return None
    return f"is filed under {line.key[:100]}, which is not a key of {line.url[:200]}" if _other_host(line) else None


def _other_host(line: Line) -> bool:
    place, closed, _ = line.key.partition(")")
    if not line.url.startswith(("http://", "https://")) or not closed or "/" in place:
        return False
    try:
        host = _WWW.sub("", (urlsplit(line.url).hostname or "").strip("."), count=1)
    except ValueError:
        return False
    filed = ".".join(reversed(place.partition(":")[0].lower().split(",")))
    return bool(_NAME.fullmatch(host)) and _WWW.sub("", filed.strip("."), count=1) != host


def of_arc(finding: Finding, base: str) -> Finding:
    """Make an error on an ARC file a warning: tools differ on where its records begin and how to write its URLs."""
    arc = finding.severity == "error" and base.lower().endswith((".arc", ".arc.gz"))
    return replace(finding, severity="warning") if arc else finding
