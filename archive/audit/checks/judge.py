"""The facts of a record go in; they pass the stages of checks 7–24, and a verdict comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from archive.audit.checks.digests import right_digest
from archive.audit.registry import CONTENT, FIELD_NAMES, FIELD_VALUES, HEADER_TEXT, LABELS
from archive.read.faults import Fault
from archive.read.header import MAX_SETS, FieldNames
from archive.read.record import ScannedRecord


@dataclass(slots=True)
class Verdict:
    """What the checks say about one record."""

    faults: list[Fault]
    sound: bool
    """The header has no error, so the content can be judged."""
    notes: Sequence[Fault] = ()
    """Faults that are counted per file."""
    doubts: Sequence[Fault] = ()
    """Faults that fall if the request turns out to be a HEAD."""


def judge_header(record: ScannedRecord, now: datetime) -> Verdict:
    """Checks 7–15 and 18: what the header says by itself. `now` = the auditor's clock."""
    header = record.header
    faults = HEADER_TEXT.judge(header) if header.irregular is not None else []
    if faults and faults[0].check == 7 and not header.has_warc_fields():
        return Verdict(faults[:1], faults[0].severity != "error")  # no WARC record: its other lines need no finding
    names = _judge_names(header.names, record.kind or None, record.length == 0)
    broken = False
    if faults or names:
        broken = any(fault.check == 8 and fault.severity == "error" for fault in (*faults, *names))
        faults += [_of_wpull(fault, record) for fault in names if not (broken and fault.check == 9)]
    if not broken:
        faults += FIELD_VALUES.numbered([function(record, now) for function in FIELD_VALUES.functions])
    if faults and header.draft:
        faults = [_softer(fault) if fault.check != 14 else fault for fault in faults]
    sound = not faults or not any(fault.severity == "error" for fault in faults)
    if sound and record.bad_labels:
        faults += LABELS.judge(record)
    return Verdict(faults, sound)


@lru_cache(MAX_SETS)
def _judge_names(names: FieldNames, kind: str | None, empty: bool) -> tuple[Fault, ...]:
    return tuple(FIELD_NAMES.judge(names, kind, empty))


def judge_content(record: ScannedRecord, verdict: Verdict) -> None:
    """Checks 16–24 on a record that was read to its end; they say nothing where the header has errors."""
    if not verdict.sound:
        return
    found = CONTENT.numbered([function(record) for function in CONTENT.functions])
    if not found:
        return
    verdict.notes = [fault for fault in found if fault.counted]
    verdict.doubts = [fault for fault in found if fault.unless_head]
    faults = [_as_sent(fault, record) for fault in found if not (fault.counted or fault.unless_head)]
    if record.header.draft:  # written before the standard: ClueWeb09 has decoded bodies under their old heads
        faults = [_softer(fault) if fault.check != 16 else fault for fault in faults]
    verdict.faults += _one_error(faults)


def _one_error(faults: list[Fault]) -> list[Fault]:
    """The lowest check that is wrong stays an error; the other errors follow from it and become warnings."""
    errors = [fault for fault in faults if fault.severity == "error"]
    if len(errors) < 2:
        return faults
    first = min(errors, key=lambda fault: fault.check)
    return [
        fault
        if fault is first or fault.severity != "error"
        else fault._replace(severity="warning", caused_by=first.check)
        for fault in faults
    ]


def _as_sent(fault: Fault, record: ScannedRecord) -> Fault:
    """What a server sent wrongly is a warning where a digest shows that nobody altered it since (WARC 1.1, 6.3.2)."""
    if not fault.sent or fault.severity != "error" or not (name := right_digest(record, fault.sent)):
        return fault
    text = f"{fault.message}; its {name} digest is right, so that is how it was recorded"
    return fault._replace(severity="warning", message=text)


def _of_wpull(fault: Fault, record: ScannedRecord) -> Fault:
    """wpull, which wrote much of Archive Team's files, has each warcinfo name itself: a warning."""
    get = record.header.get
    if (
        record.kind == "warcinfo"
        and fault.clause == "WARC 1.1, 5.16"
        and get("warc-warcinfo-id") == get("warc-record-id")
    ):
        return fault._replace(severity="warning")
    return fault


def _softer(fault: Fault) -> Fault:
    """The drafts had not settled what the standard says: a warning."""
    return fault._replace(severity="warning") if fault.severity == "error" else fault
