"""Checks 23, 24: truncated records and revisits, each judged alone; check 25 compares a revisit with its original."""

from __future__ import annotations

from archive.audit.checks.fields import TOKEN
from archive.audit.checks.http import stated_length
from archive.audit.registry import CONTENT, check
from archive.read.block import Block
from archive.read.faults import Fault
from archive.read.record import ScannedRecord

REASONS = ("length", "time", "disconnect", "unspecified")
EXTENSIONS = ("long-headers",)
"""Reasons that tools in wide use write beside those of the standard, which allows more.

Heritrix cuts long heads: the body behind such a head may be whole.
"""
_REWRITTEN = b"\nx-crawl-content-length:"
"""Common Crawl and Nutch keep the server's length in this field and put the stored one into Content-Length."""


@check(23, "WARC-Truncated names a reason and is true", clause="WARC 1.1, 5.15", judges=CONTENT)
def truncated(record: ScannedRecord) -> Fault | None:
    """WARC-Truncated names a reason, and HTTP's framing does not show that the response is whole.

    "Other reasons may be defined in extensions."
    """
    reason, block = record.truncated, record.block
    if reason is None:
        return None
    if not TOKEN.fullmatch(reason):
        return Fault("error", f"WARC-Truncated {reason[:40]!r} is not a token, as {', '.join(REASONS)} are")
    if record.kind == "revisit":
        if record.profile == "server-not-modified" and block.status == 304 and not block.body_length:
            return Fault("note", "WARC-Truncated on a 304, which has no body to cut")
    elif record.kind == "response" and reason.lower() not in EXTENSIONS and _is_whole(block):
        return Fault("error", f"WARC-Truncated: {reason}, but the response is whole by its own framing")
    if reason.lower() not in REASONS + EXTENSIONS:
        return Fault("note", f"WARC-Truncated {reason[:40]!r} is a reason that the standard does not define")
    return None


def _is_whole(block: Block) -> bool:
    """Tell whether HTTP's framing shows that the body is complete."""
    if block.status is None or not block.terminated or _REWRITTEN in block.lower:
        return False
    if block.chunks is not None:
        return block.chunks.ended
    if block.field(b"transfer-encoding") is not None:
        # Another coding ends with the connection, and Content-Length does not count (RFC 9112, 6.3).
        return False
    stated = stated_length(block)
    return isinstance(stated, int) and stated == block.body_length and stated > 0


@check(23, judges=CONTENT)
def says_truncated(record: ScannedRecord) -> Fault | None:
    """A revisit that leaves out its payload should have WARC-Truncated (6.7.2)."""
    if record.kind == "revisit" and record.truncated is None and record.profile == "identical-payload-digest":
        text = "{count:identical-payload-digest revisit} without WARC-Truncated: length"
        return Fault("note", text, "WARC 1.1, 6.7.2", counted=True)
    return None


@check(24, "revisit profile", clause="WARC 1.1, 6.7", judges=CONTENT)
def revisit_profile(record: ScannedRecord) -> Fault | None:
    """A revisit has a profile of the standard; identical-payload-digest comes with the digest (6.7.2)."""
    if record.kind != "revisit":
        return None
    if record.profile is None:
        value = record.header.get("warc-profile") or ""
        return Fault(
            "error", f"revisit profile {value[:120]!r} is not one of the standard: readers can't interpret the record"
        )
    if record.profile == "identical-payload-digest" and "warc-payload-digest" not in record.header.names.index:
        return Fault("error", "an identical-payload-digest revisit without WARC-Payload-Digest", "WARC 1.1, 6.7.2")
    return None
