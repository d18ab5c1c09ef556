"""One record from a feed: finds its header's end, reads its block, judges what stands behind it; used for members and
plain files."""

from __future__ import annotations

from typing import NamedTuple

from archive.audit.blocks.feed import Feed
from archive.audit.checks.extent import END, check_14_end
from archive.audit.checks.grammar import DRAFTS, check_08_ends_in_lf
from archive.audit.findings import Fault
from archive.audit.scanning.header import Header, parse_header
from archive.audit.scanning.record import Known, Record

MAX_HEADER = 1 << 20
"""Bytes in which a WARC header must end."""


class Reading(NamedTuple):
    """How far the reading of one record came."""

    record: Record | None
    """None: there is no header."""
    fault: Fault | None
    """What is wrong with the record's extent: 8 or 14; None when it ends as it should."""
    missing: int
    """Bytes of the block that are not there."""


def read_record(feed: Feed, known: Known) -> Reading:
    """Reads one record and what ends it; the feed then stands behind it, or wherever the bytes ended."""
    header = _read_header(feed)
    if header is None:
        return Reading(None, None, 0)
    record = Record(header, known)
    length = record.length
    if length is None:
        return Reading(record, None, 0)
    block = record.block
    if len(feed.buffer) - feed.pos >= length:  # in memory: most records
        start, feed.pos = feed.pos, feed.pos + length
        block.take(feed.buffer, start, feed.pos)
    else:
        for piece, start, end in feed.take(length):
            block.take(piece, start, end)
    block.finish()
    at = feed.pos
    if block.length == length and feed.buffer[at : at + 4] == END:
        feed.pos = at + 4
        return Reading(record, None, 0)
    if block.length < length:
        return Reading(record, None, length - block.length)
    if feed.fill(4) and feed.buffer[feed.pos : feed.pos + 4] == END:
        feed.pos += 4
        return Reading(record, None, 0)
    at = feed.pos
    before, tail = bytes(feed.buffer[max(at - min(4, length), 0) : at]), bytes(feed.buffer[at : at + 4])
    fault = check_14_end(before, tail, length_holds(record), record.header.version in DRAFTS)
    return Reading(record, fault, 0)


def _read_header(feed: Feed) -> Header | None:
    """The header that the feed stands at; it then stands behind the empty line. None when there is no end of it."""
    end = feed.buffer.find(END, feed.pos)
    width = len(END)
    find = feed.buffer.find
    if end < 0 or find(b"\n\n", feed.pos, end) >= 0 or find(b"\n\r\n", feed.pos, end + 3) >= 0:
        end, width = _find_header_end(feed)
        if end < 0:
            return None
    header = parse_header(bytes(feed.buffer[feed.pos : end]))
    if width != len(END) and not any(fault.check == 8 for fault in header.faults):
        header.faults.append(check_08_ends_in_lf(header.version))
    feed.pos = end + width
    return header


def length_holds(record: Record) -> bool | None:
    """The block digest, or else HTTP's own framing, says that the Content-Length is right; None when nothing tells."""
    if record.block_digest is not None:
        return record.block.block_digest() == record.block_digest.value
    return _fits_http(record)


def _fits_http(record: Record) -> bool | None:
    """What HTTP's Content-Length (none on a request = 0) says about the length of the block."""
    block = record.block
    if block.http is None or not block.terminated or block.chunks is not None:
        return None
    stated = block.field(b"content-length") or (b"0" if block.http == "request" else b"")
    return int(stated) == block.body_length if stated.isdigit() and len(stated) < 19 else None


def _find_header_end(feed: Feed) -> tuple[int, int]:
    """Where the empty line of the header starts, and how wide it is with the line end before it; -1 when it does not
    end."""
    while True:
        buffer, start = feed.buffer, feed.pos
        best, width = -1, 0
        for mark in (END, b"\n\n", b"\n\r\n", b"\n\r\r\n"):
            found = buffer.find(mark, start, start + MAX_HEADER)
            if found >= 0 and (best < 0 or found < best):
                best, width = found, len(mark)
        if best >= 0 or len(buffer) - start >= MAX_HEADER or not feed.more():
            return best, width
