"""Checks 16–18: the bytes of a record against its digest labels; facts of the record go in, faults come out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from archive.audit.registry import CONTENT, LABELS, check
from archive.errors import CodingError
from archive.read.block import Block
from archive.read.digest import Digest
from archive.read.faults import Fault
from archive.read.record import ScannedRecord
from archive.warc.codings import entity_pieces, payload_pieces, transfer_codings

RAW_CHUNKS, WHOLE_BLOCK, ENTITY = "the raw chunks", "the whole block", "the entity body"
_MAX_DECODED = 64 << 20
"""Maximum bytes of a decoded body that are hashed to explain a wrong payload digest."""


@check(16, "block digest", clause="WARC 1.1, 5.8", judges=CONTENT)
def block_digest(record: ScannedRecord) -> Fault | None:
    """The block digest is that of the stored block.

    Webrecorder left the HTTP head out of some digests; a revisit then has the digest of no bytes.
    """
    digest = record.block_digest
    if digest is None:
        return None
    found = record.block.block_digest()
    if found == digest.value:
        return None
    payload = record.payload_digest if record.kind == "response" and record.block.http else None
    of_nothing = record.kind == "revisit" and digest.value == digest.new().digest()
    if of_nothing or (payload is not None and payload.value == digest.value):
        text = "{count:block digest is|block digests are} over the HTTP body alone: the heads are not protected"
        return Fault("warning", text, counted=True)
    return Fault("error", f"block digest is {digest.algorithm}:{found.hex()}, the record says {digest}")


@check(17, "payload digest", clause="WARC 1.1, 5.9", judges=CONTENT)
def payload_digest(record: ScannedRecord) -> Fault | None:
    """The payload digest is that of the entity body: transfer coding removed, content coding kept."""
    digest, block = record.payload_digest, record.block
    if digest is None or not record.payload_here or not (block.http is None or block.terminated):
        return None
    found = block.payload_digest()
    if found == digest.value:
        return None
    if _is_coded_for_transfer(block) and block.body() is None:
        return None  # it came in pieces, and only its chunks were removed
    what = next((what for what, other in _other_readings(record, digest) if other == digest.value), None)
    if what == ENTITY:
        return None
    if what == RAW_CHUNKS and block.chunks is not None and block.chunks.reason:
        return None  # the body is not chunked: check 22
    if what == WHOLE_BLOCK and block.status is None and block.http == "response":
        return None  # without a status line all of it is the body (HTTP/0.9)
    if what is not None:
        return digest_over(what)
    if record.truncated is not None:
        return Fault("warning", "payload digest is not that of the stored part; the record is truncated")
    return Fault("error", f"payload digest is {digest.algorithm}:{found.hex()}, the record says {digest}")


@check(17)
def digest_over(what: str) -> Fault:
    """The payload digest is over the entity body; some tools hash other bytes."""
    return Fault(
        "warning",
        f"{{count:payload digest is|payload digests are}} over {what}, not over the entity body",
        counted=True,
    )


def _other_readings(record: ScannedRecord, digest: Digest) -> Iterator[tuple[str, bytes | None]]:
    """Other bytes that tools take for the payload, and their digests; the most costly one comes last."""
    block = record.block
    if _is_coded_for_transfer(block):
        yield ENTITY, _without_transfer_codings(block, digest)
    if block.chunks is not None:
        yield RAW_CHUNKS, block.raw_digest()
    if block.http is not None:
        if record.block_digest is not None and record.block_digest.algorithm == digest.algorithm:
            yield WHOLE_BLOCK, block.block_digest()
        yield "the decoded body", _decoded(record, digest)


def _is_coded_for_transfer(block: Block) -> bool:
    """Tell whether the body has another transfer coding than chunked, as `Transfer-Encoding: gzip, chunked`."""
    if b"\ntransfer-encoding:" not in block.lower:
        return False
    try:
        return not {"chunked"}.issuperset(transfer_codings(block.head))
    except CodingError:
        return False


def _without_transfer_codings(block: Block, digest: Digest) -> bytes | None:
    """Digest of the body without any of its transfer codings; None when it is too large, or does not decode."""
    body, decoded, size = block.body(), digest.new(), 0
    if body is None:
        return None
    try:
        for piece in payload_pieces(block.head, bytes(body)):
            size += len(piece)
            if size > _MAX_DECODED:
                return None
            decoded.update(piece)
    except CodingError:
        return None
    return bytes(decoded.digest())


def _decoded(record: ScannedRecord, digest: Digest) -> bytes | None:
    """Digest of the body without its content coding; None without a coding, or when the body is too large."""
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


def right_digest(record: ScannedRecord, among: frozenset[str]) -> str | None:
    """Which of the digests `block` and `payload` shows that the stored bytes are those that were recorded."""
    block, digest = record.block, record.payload_digest
    if record.block_digest is not None:
        if block.block_digest() == record.block_digest.value:
            return "block"
        if digest is None or digest.value != record.block_digest.value:  # else it is over the body alone (Webrecorder)
            return None
    if digest is None or not record.payload_here:
        return None
    if not block.terminated:  # no head: the payload is the whole block, which `head` then holds if it is not too long
        whole = digest.new()
        whole.update(block.head)
        return "payload" if block.length == len(block.head) and whole.digest() == digest.value else None
    if "payload" not in among:
        return None
    # Of a body that is not chunked at all, the entity has no byte.
    entity = [] if block.chunks is not None and not block.chunks.chunks else [block.payload_digest()]
    readings = chain(entity, (other for _, other in _other_readings(record, digest)))
    return "payload" if digest.value in readings else None


@check(18, "digest labels", clause="WARC 1.1, 5.8", judges=LABELS)
def digest_labels(record: ScannedRecord) -> Iterator[Fault]:
    """A digest label is `algorithm:value`, and can be verified."""
    for name, label in record.bad_labels:
        if label.known:
            yield Fault("warning", f"{name}: {label.reason}")
        else:
            yield Fault("error", f"{name} {label.reason}")


@check(18, judges=CONTENT)
def segment_digests(record: ScannedRecord) -> Fault | None:
    """The payload digest of a segment is over all segments (WARC 1.1, 7), so it can't be verified here."""
    if record.payload_digest is not None and not record.payload_here and record.kind != "revisit":
        text = "{count:payload digest of a segmented record is|payload digests of segmented records are} not verified"
        return Fault("note", text, "WARC 1.1, 5.9", counted=True)
    return None
