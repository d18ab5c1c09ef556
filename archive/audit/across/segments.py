"""Check 28: the segments of a record that was broken into several (WARC 1.1, 7)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise

from archive.audit.across.places import Places
from archive.audit.findings import Fault, Finding, Severity
from archive.audit.ledger import Ledger
from archive.audit.scanning.batch import id_text

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
                segment[1], Fault(28, "error", f"a {segment[5]} record with WARC-Segment-Number {number}")
            )
            return
    numbers = [segment[2] for segment in segments]
    first, last = segments[0], segments[-1]
    severity: Severity = (
        "warning" if places.loose(first[1]) and len({segment[1] >> 40 for segment in segments}) == 1 else "error"
    )
    for before, after in pairwise(segments):
        if after[2] == before[2]:
            yield places.finding(after[1], Fault(28, "error", f"segment {after[2]} is there twice"))
            return
        if after[2] > before[2] + 1:
            gap = (
                f"segment {before[2] + 1} is missing"
                if after[2] == before[2] + 2
                else f"segments {before[2] + 1} to {after[2] - 1} are missing"
            )
            yield places.missing(after[1], Fault(28, "error", f"{gap} before this one"))
            return
        if after[6] != before[6] and not (after[7] or before[7]):
            yield places.finding(
                after[1], Fault(28, "error", f"segment {after[2]} has another WARC-Target-URI than the one before")
            )
            return
    if numbers[0] != 1:
        text = id_text(first[0])[:100]
        if begun := ledger.one(_BEGUN, (first[0],)):
            fault = Fault(28, "error", f"the record that segment {numbers[0]} goes on with has no WARC-Segment-Number")
            yield places.finding(begun[0], fault)
            return
        yield places.missing(first[1], Fault(28, severity, f"the first segments of {text} are not here"))
        return
    totals = [segment for segment in segments[:-1] if segment[3] is not None]
    if totals:
        yield places.finding(
            totals[0][1], Fault(28, "error", "WARC-Segment-Total-Length on a segment that is not the last")
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
            last[1], Fault(28, severity if len(segments) == 1 else "error", f"the record is not complete: {end}")
        )
        return
    length = sum(segment[4] for segment in segments)
    if length != last[3] and not any(segment[7] for segment in segments):
        yield places.finding(
            last[1],
            Fault(28, "error", f"the segments have {length} bytes together, WARC-Segment-Total-Length says {last[3]}"),
        )
