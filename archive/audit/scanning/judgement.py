"""The content of a record whose envelope is sound: checks 16 to 24, once its block was read; faults go into the
record."""

from __future__ import annotations

from collections.abc import Iterator

from archive.audit.blocks.block import Block
from archive.audit.checks.coded import check_22_coding
from archive.audit.checks.digests import (
    Digest,
    check_16_block,
    check_17_payload,
    check_18_unverified,
    note_16_body,
    note_17_other_bytes,
)
from archive.audit.checks.grammar import DRAFTS
from archive.audit.checks.http import (
    TIDY,
    check_20_head,
    check_20_line_ends,
    check_21_length,
    check_22_chunks,
    check_22_no_body,
    check_23_revisit,
    check_23_truncated,
)
from archive.audit.checks.revisits import check_24_profile
from archive.audit.findings import Fault, Severity
from archive.audit.scanning.record import Record
from archive.errors import CodingError
from archive.warc.codings import entity_pieces

RAW_CHUNKS = "the raw chunks"
_BODILESS = frozenset({204, 304})
_MAX_DECODED = 64 << 20
"""Bytes of a decoded body that are hashed to name a wrong payload digest."""


def judge(record: Record) -> tuple[Fault, ...]:
    """Adds to `record.faults`. Returns the faults that fall when the request turns out to have been a HEAD."""
    block, kind, index = record.block, record.kind, record.header.shape.index
    faults: list[Fault] = []
    doubts: list[Fault] = []
    truncated = record.truncated is not None
    digest = record.block_digest
    if digest is not None and (fault := check_16_block(digest, block.block_digest())):
        payload = record.payload_digest if kind == "response" and block.http else None
        if (kind == "revisit" and digest.value == digest.new().digest()) or (payload and digest.value == payload.value):
            record.notes.append(note_16_body())
        else:
            faults.append(fault)
    digest = record.payload_digest
    if digest is not None:
        if not record.payload_here():
            if kind != "revisit":
                record.notes.append(check_18_unverified())
        elif block.http is None or block.terminated:
            found = block.payload_digest()
            if found != digest.value:
                faults += _judge_payload(record, digest, found)
    if block.http is not None:
        if not (block.terminated and TIDY[block.http].fullmatch(block.head)):
            faults += check_20_head(block, kind, truncated)
            if block.terminated and (fault := check_20_line_ends(block)):
                record.notes.append(fault)
        if block.terminated and kind != "revisit":
            _judge_framing(record, faults, doubts)
    if record.truncated is not None and (fault := check_23_truncated(block, kind, record.truncated, record.profile)):
        faults.append(fault)
    if kind == "revisit":
        if fault := check_24_profile(record.header.get("warc-profile") or "", "warc-payload-digest" in index):
            faults.append(fault)
        if fault := check_23_revisit(record.profile, truncated):
            record.notes.append(fault)
    if faults:
        record.faults += _first_error(faults, draft=record.header.version in DRAFTS)
    return tuple(doubts)


def _judge_framing(record: Record, faults: list[Fault], doubts: list[Fault]) -> None:
    block = record.block
    status = block.status
    bodiless = block.http == "response" and status is not None and (status < 200 or status in _BODILESS)
    cut = record.truncated is not None or "warc-segment-number" in record.header.shape.index
    if not (bodiless or cut) and (fault := check_21_length(block, record.kind)):
        if block.http == "response" and not block.body_length and fault.severity == "error":
            doubts.append(fault)
        else:
            faults.append(fault)
    if block.chunks is not None and not block.body_length:
        if not (bodiless or cut) and block.http == "response":
            doubts.append(check_22_no_body())
    elif (fault := check_22_chunks(block, cut)) or (fault := _judge_coding(block, cut)):
        faults.append(fault)


def _judge_coding(block: Block, cut: bool) -> Fault | None:
    """A part of a page (206) may begin anywhere in its coding."""
    return None if not block.coding or block.status == 206 else check_22_coding(block.coding, block.entity, not cut)


def _judge_payload(record: Record, digest: Digest, found: bytes) -> list[Fault]:
    for what, other in _other_readings(record, digest):
        if other == digest.value:
            chunks = record.block.chunks
            if what != RAW_CHUNKS or chunks is None or not chunks.reason:
                record.notes.append(note_17_other_bytes(what))
            return []  # where the body is not chunked, that is check 22
    fault = check_17_payload(digest, found, record.truncated is not None)
    return [fault] if fault else []


def _other_readings(record: Record, digest: Digest) -> Iterator[tuple[str, bytes | None]]:
    """What tools take for the payload, and its digest; the costly one last."""
    block = record.block
    if block.chunks is not None:
        yield RAW_CHUNKS, block.raw_digest()
    if block.http is not None:
        if record.block_digest is not None and record.block_digest.algorithm == digest.algorithm:
            yield "the whole block", block.block_digest()
        yield "the decoded body", _decoded(record, digest)


def _decoded(record: Record, digest: Digest) -> bytes | None:
    """Digest of the body without its content coding; None when there is none, or the body is too large to look."""
    body = record.block.body()
    if body is None or not record.block.field(b"content-encoding"):
        return None
    decoded = digest.new()
    try:
        for piece in entity_pieces(record.block.head, bytes(body), _MAX_DECODED):
            decoded.update(piece)
    except CodingError:
        return None
    return bytes(decoded.digest())


def _first_error(faults: list[Fault], *, draft: bool) -> list[Fault]:
    """One defect, one error: the lowest check that is wrong keeps its severity, what it brings with it becomes a
    warning."""
    if draft:  # written before the standard was: ClueWeb09 has decoded bodies under their old heads
        faults = [fault if fault.check == 16 else fault._replace(severity=_softer(fault.severity)) for fault in faults]
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


def _softer(severity: Severity) -> Severity:
    return "warning" if severity == "error" else severity
