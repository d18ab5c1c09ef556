"""One inflated member goes in; a record like many before and without any fault is logged, any other is left alone.

A crawl writes a few kinds of header a million times. Once a kind came often, its pattern (header_patterns.py) takes the
header apart; then the content must pass the checks 16–23. Nothing is reported here but habits that are counted: a
record that fails in any point is read and judged by all checks, which find the reason. A record costs 10 µs beside its
inflating and hashing instead of 75 (2026-11).
"""

from __future__ import annotations

import re
from binascii import unhexlify
from collections.abc import Callable
from datetime import datetime
from typing import Any

from archive.audit.checks import digests, fields, http, revisits, values
from archive.audit.checks.digests import RAW_CHUNKS, digest_over
from archive.audit.checks.http import content_coding_fault
from archive.audit.checks.values import KEPT, not_an_address
from archive.audit.registry import CONTENT, FIELD_NAMES, FIELD_VALUES, HEADER_TEXT, LABELS, Check
from archive.audit.scanning.batch import RecordKey, http_line
from archive.audit.scanning.filelog import FileLog
from archive.audit.scanning.header_patterns import Key, Pattern, key_of
from archive.read.block import Chunks
from archive.read.digest import BASE32_DIGITS
from archive.read.record import END, ScannedRecord
from archive.read.source import Bytes
from archive.warc.heads import MAX_FIELDS

COVERED: frozenset[Check[..., Any]] = frozenset(
    {
        *(fields.version_line, fields.header_text, fields.field_grammar, fields.mandatory, fields.forbidden),
        *(fields.repeated, values.record_id, values.date, values.original_date, values.length_is_a_number),
        *(values.target_uri, values.original_uri, values.address),
        *(digests.digest_labels, digests.block_digest, digests.payload_digest, digests.segment_digests),
        *(http.http_head, http.content_length, http.codings),
        *(revisits.truncated, revisits.says_truncated, revisits.revisit_profile),
    }
)
"""The checks that a record of the fast path has passed. A stage with any other check turns the fast path off."""
OFTEN = 8
"""Records of a kind before its pattern is built: compiling one costs as much as 20 headers."""
MOST = 16
"""Patterns per file; a crawl has fewer kinds of header."""
_TYPE = b"\nContent-Type:"
_LENGTH, _TRANSFER, _CONTENT = b"\ncontent-length:", b"\ntransfer-encoding:", b"\ncontent-encoding:"
PLAIN, CHUNKED = "plain", "chunked"
"""Framing of a body."""
_LONG = 3 * MAX_FIELDS
"""Bytes of an HTTP head above which its fields are counted, off the fast path."""
_OVER_RAW_CHUNKS = digest_over(RAW_CHUNKS)


class FastPath:
    """The patterns of one file, and the records that match them."""

    def __init__(self, log: FileLog, now: datetime) -> None:
        self._log = log
        self._today = f"{now:%Y-%m-%d}".encode()
        self._patterns: list[Pattern] = []
        self._seen: dict[Key, int] = {}
        self.refused = False
        """Whether a member was left to the scan since the last record was learned."""
        stages = (HEADER_TEXT, FIELD_NAMES, FIELD_VALUES, LABELS, CONTENT)
        self._covered = all(check in COVERED for stage in stages for check in stage.checks)
        self._addresses: set[bytes] = set()
        self._lines: dict[tuple[bytes, bytes | None], str] = {}
        self._warcinfo: tuple[bytes, RecordKey | None] = (b"", None)

    def learn(self, record: ScannedRecord) -> None:
        """Count the kind of a record that was refused and has no fault."""
        self.refused = False
        if (
            not self._covered
            or len(self._patterns) >= MOST
            or len(self._seen) > 16 * MOST
            or (key := key_of(record)) is None
        ):
            return
        self._seen[key] = self._seen.get(key, 0) + 1
        if self._seen[key] == OFTEN:
            self._patterns.insert(0, Pattern(record))

    def accept(self, buffer: Bytes, length: int) -> bool:
        """Log the record of a member if it has no fault; False leaves it to all checks.

        `buffer` = the member inflated, `length` = its bytes as stored.
        """
        for kind in self._patterns:
            found = kind.match(buffer)
            if found is not None:
                if self._take(kind, found, buffer, length):
                    return True
                break
        self.refused = True
        return False

    def _take(self, kind: Pattern, found: re.Match[bytes], buffer: Bytes, length: int) -> bool:
        values = found.groups()
        start = found.end()
        stop = start + int(values[kind.length])
        if stop + 4 != len(buffer) or buffer[stop:] != END or values[kind.date][:10] > self._today:
            return False
        body, head, framing = start, b"", PLAIN
        if kind.head is not None:
            message = _message(kind.head, buffer, start, stop)
            if message is None:
                return False
            body, head, framing = message
        if kind.address is not None and not self._known_address(values[kind.address]):
            return False
        view = memoryview(buffer)
        if kind.block is not None and not _holds(kind.new_block(view[start:stop]), values[kind.block], kind.block_base):
            return False
        payload = self._payload(kind, values, buffer, view, body, stop, framing == CHUNKED)
        if payload is None:
            return False
        self._log.add_usual(
            kind.kind,
            length,
            _key(values[kind.id]),
            values[kind.uri].decode("ascii") if kind.uri is not None else None,
            values[kind.date].decode("ascii"),
            payload or None,
            self._http(kind.kind, head),
            self._warcinfo_key(values[kind.warcinfo]) if kind.warcinfo is not None else None,
            [_key(values[place]) for place in kind.links],
            digested=kind.block is not None or kind.payload is not None,
        )
        return True

    def _payload(
        self,
        kind: Pattern,
        values: tuple[bytes, ...],
        buffer: Bytes,
        view: memoryview,
        body: int,
        stop: int,
        chunked: bool,
    ) -> str | None:
        """The payload digest of the record's row, empty where it has none; None when digest or chunks are wrong."""
        if kind.payload is None:
            return "" if not chunked or _dechunked(_pass_over, buffer, body, stop) else None
        digest = _payload_digest(kind, values[kind.payload], buffer, view, body, stop, chunked)
        if digest is None:
            return None
        if chunked and kind.raw_chunks:
            self._log.note(_OVER_RAW_CHUNKS)
        return "" if kind.kind == "request" else f"{kind.algorithm}:{digest.hexdigest()}"

    def _http(self, kind: str, head: bytes) -> str | None:
        """What a record's row keeps of its HTTP head."""
        if not head:
            return None
        first, _, rest = head.partition(b" ")
        if kind == "request":
            return first.decode("ascii")
        key = (rest[:3], _field(head, _TYPE) if _TYPE in head else _field(head.lower(), _TYPE.lower()))
        line = self._lines.get(key)
        if line is None:
            if len(self._lines) >= KEPT:
                self._lines.clear()
            line = self._lines[key] = http_line(int(key[0]), key[1])
        return line

    def _known_address(self, value: bytes) -> bool:
        if value not in self._addresses:
            if not_an_address(value.decode("ascii")) is not None:
                return False
            if len(self._addresses) >= KEPT:
                self._addresses.clear()
            self._addresses.add(value)
        return True

    def _warcinfo_key(self, value: bytes) -> RecordKey | None:
        if value != self._warcinfo[0]:
            self._warcinfo = (value, _key(value))
        return self._warcinfo[1]


def _payload_digest(
    kind: Pattern, wanted: bytes, buffer: Bytes, view: memoryview, body: int, stop: int, chunked: bool
) -> Any | None:
    """The hash that gives `wanted`: of the entity, or else of the raw chunks (then `kind.raw_chunks`).

    None when neither gives it, or the chunked coding is not complete.
    """
    if not chunked:
        digest = kind.new_payload(view[body:stop])
        return digest if _holds(digest, wanted, kind.payload_base) else None
    for raw in (kind.raw_chunks, not kind.raw_chunks):  # the last record's habit first: most files have only one
        digest = kind.new_payload(view[body:stop]) if raw else kind.new_payload()
        if not raw and not _dechunked(digest.update, buffer, body, stop):
            return None
        if _holds(digest, wanted, kind.payload_base):
            kind.raw_chunks = raw
            return digest if not raw or _dechunked(_pass_over, buffer, body, stop) else None
    return None


def _message(sound: Callable[[bytes], object], buffer: Bytes, start: int, stop: int) -> tuple[int, bytes, str] | None:
    """Where the body starts, the head, and `CHUNKED` or `PLAIN`; None when head and body have or may have a fault."""
    body = buffer.find(END, start, stop) + 4
    head = bytes(buffer[start:body]) if body > 3 else b""
    if not sound(head) or len(head) > _LONG:
        return None
    lower, framing = head.lower(), PLAIN
    if _TRANSFER in lower:
        if _field(lower, _TRANSFER) != b"chunked" or body == stop:
            return None
        framing = CHUNKED
    elif not _length_holds(lower, stop - body):
        return None
    if _CONTENT in lower and not _coding_holds(lower, buffer, body, stop, framing == CHUNKED):
        return None
    return body, head, framing


def _length_holds(lower: bytes, length: int) -> bool:
    """The head has no Content-Length, or one, and that is the length of the body."""
    at = lower.find(_LENGTH) + len(_LENGTH)
    if at < len(_LENGTH):
        return True
    until = lower.find(b"\r", at)
    stated = lower[at:until].strip()
    return stated.isdigit() and len(stated) <= 15 and int(stated) == length and lower.find(_LENGTH, until) < 0


def _coding_holds(lower: bytes, buffer: Bytes, body: int, stop: int, chunked: bool) -> bool:
    """The body has the one content coding of the head, and decodes to its end."""
    coding = _field(lower, _CONTENT)
    if not coding or b"," in coding or body == stop:
        return False
    entity: memoryview | bytearray = memoryview(buffer)[body:stop]
    if chunked:
        entity = bytearray()
        if not _dechunked(entity.extend, buffer, body, stop):
            return False
    return content_coding_fault(coding, entity, whole=True) is None


def _field(lower: bytes, name: bytes) -> bytes | None:
    """The value of a field; None without it, empty when it occurs twice."""
    at = lower.find(name)
    if at < 0:
        return None
    at += len(name)
    return b"" if lower.find(name, at) >= 0 else lower[at : lower.find(b"\r", at)].strip(b" \t")


def _dechunked(entity: Callable[[memoryview], None], buffer: Bytes, start: int, stop: int) -> bool:
    """Pass each piece of the entity on; True when the chunked coding is complete."""
    chunks = Chunks(entity)
    chunks.take(buffer, start, stop)
    chunks.finish()
    return chunks.complete and not chunks.reason and not chunks.excess


def _pass_over(piece: memoryview) -> None:
    """Drop the entity."""


def _holds(digest: Any, value: bytes, base: int) -> bool:
    if base == 16:
        return bool(digest.hexdigest() == value.decode("ascii"))
    return int(value.translate(BASE32_DIGITS), 32) == int.from_bytes(digest.digest(), "big")


def _key(value: bytes) -> bytes:
    """The 16 bytes of a UUID in its usual form."""
    return unhexlify(value.replace(b"-", b""))
