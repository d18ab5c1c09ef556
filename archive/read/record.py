"""Parses WARC records: a feed goes in; the facts of its next record come out: header, block, digests, end."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from archive.read.arc import ARC_LINE
from archive.read.block import Block
from archive.read.digest import BadLabel, Digest, parse_label
from archive.read.header import Header, parse_header
from archive.read.source import Bytes, Feed

END = b"\r\n\r\n"
"""The end of a header, and of a record."""
MAX_HEADER = 1 << 20
"""Maximum bytes of a WARC header."""
MAX_LENGTH_DIGITS = 18
SMALL = 64 << 10
"""Bytes of a block that is brought into one piece."""
TYPES = frozenset({"warcinfo", "response", "resource", "request", "metadata", "revisit", "conversion", "continuation"})
"""The record types of the standard."""
CANONICAL_ID = re.compile(r"<urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}>", re.ASCII)
"""A record id as nearly all tools write it."""
RECORD_START = re.compile(rb"WARC/\d+\.\d+\r?\n[!-9;-~]+:")
"""The start of a record, for the search for the next one behind damage."""
NAMED_FIELDS = re.compile(rb"(?:[^\r\n:]{0,80}\r?\n)?(?:[!-9;-~]+:[^\n]*\n)*?(?i:WARC-(?:Type|Record-ID|Date)):")
"""A header whose version line is damaged or missing."""
_LINE_ENDS = re.compile(rb"[\r\n]*(?:W(?:A(?:RC?)?)?)?")
"""Line ends and no other bytes, up to the next record or the end."""
_PROFILE = re.compile(
    r"<?https?://netpreserve\.org/warc/[0-9.]+/(?:revisit/)?"
    r"(identical-payload-digest|server-not-modified|uri-agnostic-identical-payload-digest)/?>?",
)


class BadEnd(NamedTuple):
    """The bytes around the end of a block, when CRLF CRLF does not follow it."""

    before: bytes
    """Up to four bytes: the last ones of the block."""
    after: bytes
    """Up to four bytes behind it."""

    @property
    def line_ends_missing(self) -> bool:
        """Whether nothing but line ends is there in their place, too few of them or other ones."""
        return self.after[:2] == b"\n\n" or _LINE_ENDS.fullmatch(self.after) is not None


class Rest(NamedTuple):
    """Bytes after a record that are no record."""

    size: int
    zeros: bool
    blank: bool
    """Only line ends."""
    ends_well: bool
    """Together with the record they end as a record does."""


@dataclass(slots=True, eq=False)
class ScannedRecord:
    """The facts of one record.

    It is not frozen, because a frozen one takes 5 µs longer to make, and an audit makes millions (2026-11).
    """

    header: Header
    kind: str
    """WARC-Type in lower case; empty without one."""
    length: int | None
    """Content-Length; None when it is missing or not a number of bytes."""
    block: Block
    block_digest: Digest | None
    payload_digest: Digest | None
    payload_here: bool
    """Whether the record holds its whole payload: it is neither a revisit nor a segment (WARC 1.1, 5.9)."""
    bad_labels: tuple[tuple[str, BadLabel], ...]
    """Digest fields that can't be verified: name and reason."""
    profile: str | None
    """The profile of a revisit: `identical-payload-digest` or `server-not-modified`; None for others."""
    truncated: str | None
    """WARC-Truncated."""
    part: bool
    """The record holds only a part of its message: it is truncated, or a segment."""

    @property
    def missing(self) -> int:
        """Bytes by which the block is shorter than its Content-Length."""
        return (self.length or 0) - self.block.length

    def length_holds(self) -> bool | None:
        """Tell whether the block digest, or else HTTP's framing, confirms the Content-Length; None without either."""
        if self.block_digest is not None:
            return self.block.block_digest() == self.block_digest.value
        block = self.block
        if block.chunks is not None or (length := block.http_length()) is None:
            return None
        return length == block.body_length


def read_record(
    feed: Feed, look: Callable[[ScannedRecord], BadEnd | None] | None = None
) -> tuple[ScannedRecord | None, BadEnd | None]:
    """Read one record and its end; the feed is then behind it, or at the last byte that could be read.

    The record is None when its header has no end. The end is not read when the length is None or bytes are missing.
    `look` may tell the end from the header alone, when it is wrong: then the block is not read.
    """
    header = read_header(feed)
    if header is None:
        return None, None
    record = record_of(header)
    length, block = record.length, record.block
    if length is None:
        return record, None
    if look is not None and (end := look(record)) is not None:
        return record, end
    if len(feed.buffer) - feed.pos < length <= SMALL:
        feed.goes_on = goes_on_with_block
        feed.fill(length)
    if len(feed.buffer) - feed.pos >= length:  # in memory: most records
        start, feed.pos = feed.pos, feed.pos + length
        block.take(feed.buffer, start, feed.pos)
    else:
        feed.goes_on = goes_on_with_block
        for piece, start, stop in feed.take(length):
            block.take(piece, start, stop)
    block.finish()
    at = feed.pos
    if feed.buffer[at : at + 4] == END and block.length == length:
        feed.pos = at + 4
        return record, None
    return record, _read_end(feed, record, length)


def record_of(header: Header) -> ScannedRecord:
    """Make the record of a header; its block is still empty."""
    index, values = header.names.index, header.values
    kind = values[index["warc-type"]].lower() if "warc-type" in index else ""
    stated = header.get("content-length")
    length = int(stated) if stated is not None and is_length(stated) else None
    bad: list[tuple[str, BadLabel]] = []
    whole = payload = None
    if "warc-block-digest" in index:
        whole = _digest("WARC-Block-Digest", values[index["warc-block-digest"]], bad)
    if "warc-payload-digest" in index:
        payload = _digest("WARC-Payload-Digest", values[index["warc-payload-digest"]], bad)
    truncated = values[index["warc-truncated"]] if "warc-truncated" in index else None
    segment = "warc-segment-number" in index
    here = kind != "revisit" and not segment
    return ScannedRecord(
        header,
        kind,
        length,
        Block(http_message(header, kind), whole.new if whole else None, payload.new if payload and here else None),
        whole,
        payload,
        here,
        tuple(bad),
        profile_of(values[index["warc-profile"]]) if "warc-profile" in index else None,
        truncated,
        segment or truncated is not None,
    )


def begins_record(data: Bytes) -> bool:
    """Tell whether these bytes look like the start of a WARC or ARC record."""
    return bytes(data[:5]).upper() == b"WARC/" or ARC_LINE.match(data) is not None


def begins_damaged_record(data: Bytes) -> bool:
    """Tell whether these bytes look like the start of a record, perhaps with a damaged version line."""
    return begins_record(data) or NAMED_FIELDS.match(data) is not None


def is_length(value: str) -> bool:
    """Tell whether a Content-Length is a number of bytes."""
    return value.isascii() and value.isdigit() and len(value.lstrip("0")) <= MAX_LENGTH_DIGITS


def profile_of(value: str) -> str | None:
    """`identical-payload-digest` or `server-not-modified`; None for a profile that the standard does not define."""
    found = _PROFILE.fullmatch(value)
    return found[1].removeprefix("uri-agnostic-") if found else None


def _digest(name: str, label: str, bad: list[tuple[str, BadLabel]]) -> Digest | None:
    """The digest of a label; one that can't be verified goes to `bad`, with the name of its field."""
    digest = parse_label(label)
    if isinstance(digest, Digest):
        return digest
    bad.append((name, digest))
    return None


def http_message(header: Header, kind: str) -> str | None:
    """`request` or `response` when the block begins with an HTTP message, else None."""
    if kind not in ("response", "request", "revisit"):
        return None
    media = header.get("content-type")
    if media is None:
        uri = (header.get("warc-target-uri") or "").removeprefix("<")  # as WARC 1.0 writes it
        http = uri[:4].lower() == "http"
    else:
        http = media[:16].lower() == "application/http"
    if not http or (header.get("warc-segment-number") or "1") != "1":
        return None
    return "request" if kind == "request" else "response"


def _read_end(feed: Feed, record: ScannedRecord, length: int) -> BadEnd | None:
    """Pass over CRLF CRLF; return the bytes that are there instead."""
    if record.missing:
        return None
    feed.goes_on = goes_on_with_end
    if feed.fill(4) and feed.buffer[feed.pos : feed.pos + 4] == END:
        feed.pos += 4
        return None
    at = feed.pos
    return BadEnd(bytes(feed.buffer[max(at - min(4, length), 0) : at]), bytes(feed.buffer[at : at + 4]))


def read_header(feed: Feed) -> Header | None:
    """Read a header and its empty line; None when it has no end."""
    end = feed.buffer.find(END, feed.pos)
    width = len(END)
    find = feed.buffer.find
    if end < 0 or find(b"\n\n", feed.pos, end) >= 0 or find(b"\n\r\n", feed.pos, end + 3) >= 0:
        end, width = _find_header_end(feed)
        if end < 0:
            return None
    header = parse_header(bytes(feed.buffer[feed.pos : end]), ends_in_lf=width != len(END))
    feed.pos = end + width
    return header


def _find_header_end(feed: Feed) -> tuple[int, int]:
    """Position and length of the last line end and the empty line of a header; position -1 without an empty line."""
    feed.goes_on = _goes_on_with_header
    seen = 0  # bytes without one; a header may run on over ten thousand members, which must not search it again each
    while True:
        buffer, start = feed.buffer, feed.pos
        best, width = -1, 0
        for mark in (END, b"\n\n", b"\n\r\n", b"\n\r\r\n"):
            found = buffer.find(mark, start + seen, start + MAX_HEADER)
            if found >= 0 and (best < 0 or found < best):
                best, width = found, len(mark)
        seen = max(0, len(buffer) - start - len(END) + 1)
        if best >= 0 or len(buffer) - start >= MAX_HEADER or not feed.more():
            return best, width


def _goes_on_with_header(following: Bytes) -> bool:
    return not begins_record(following)


def goes_on_with_block(following: Bytes) -> bool:
    """Tell whether a member that begins like this has more of the block before it."""
    return not begins_damaged_record(following)


def goes_on_with_end(following: Bytes) -> bool:
    """Tell whether a member begins with line ends that the record before it lacks."""
    return following[:1] in (b"\r", b"\n")
