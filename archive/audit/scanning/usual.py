"""Records like those before, taken in one go: the bytes of a member go in; a record with nothing to say about it is
logged, any other is left to the long way.

A crawl writes a few kinds of header a million times. Once a kind is known (kinds.py), one pattern takes a header apart;
the content is then held against checks 16 to 23. Nothing is ever reported from here but habits that are counted: what
does not fit in any point goes the long way, which finds the reason. A record costs 10 µs beside its inflating and
hashing instead of 75 (2026-11).
"""

from __future__ import annotations

import re
from binascii import unhexlify
from collections.abc import Callable
from typing import Any

from archive.audit.blocks.chunks import Chunks
from archive.audit.blocks.feed import Bytes
from archive.audit.checks.coded import check_22_coding
from archive.audit.checks.digests import BASE32_DIGITS, note_17_other_bytes
from archive.audit.checks.extent import END
from archive.audit.scanning.batch import RecordKey, http_line
from archive.audit.scanning.filelog import FileLog
from archive.audit.scanning.judgement import RAW_CHUNKS
from archive.audit.scanning.kinds import Key, Kind, key_of
from archive.audit.scanning.record import Known, Record

OFTEN = 8
"""Sightings before a pattern is built: compiling one costs as much as 20 headers."""
MOST = 16
"""Patterns that are kept; more kinds of header than this are no crawl's."""
_TYPE = b"\nContent-Type:"
_LENGTH, _TRANSFER, _CONTENT = b"\ncontent-length:", b"\ntransfer-encoding:", b"\ncontent-encoding:"
PLAIN, CHUNKED = "plain", "chunked"


class UsualRecords:
    """Those of one file."""

    def __init__(self, log: FileLog, known: Known) -> None:
        self._log, self._known = log, known
        self._today = f"{known.now:%Y-%m-%d}".encode()
        self._kinds: list[Kind] = []
        self._seen: dict[Key, int] = {}
        self._addresses: set[bytes] = set()
        self._lines: dict[tuple[bytes, bytes | None], str] = {}
        self._warcinfo: tuple[bytes, RecordKey | None] = (b"", None)

    def learn(self, record: Record) -> None:
        """A record that went the long way and has no fault."""
        if len(self._kinds) >= MOST or len(self._seen) > 16 * MOST or (key := key_of(record)) is None:
            return
        self._seen[key] = self._seen.get(key, 0) + 1
        if self._seen[key] == OFTEN:
            self._kinds.insert(0, Kind(record))

    def accept(self, buffer: Bytes, length: int) -> bool:
        """`buffer` = one member, inflated, `length` bytes as stored. True: a record without any fault, and logged."""
        for kind in self._kinds:
            found = kind.match(buffer)
            if found is not None:
                return self._take(kind, found, buffer, length)
        return False

    def _take(self, kind: Kind, found: re.Match[bytes], buffer: Bytes, length: int) -> bool:
        values = found.groups()
        start = found.end()
        stop = start + int(values[kind.length])
        if stop + 4 != len(buffer) or buffer[stop:] != END or values[kind.date][:10] > self._today:
            return False
        body, head = start, b""
        framing: str | None = PLAIN
        if kind.head is not None:
            body = buffer.find(END, start, stop) + 4
            head = bytes(buffer[start:body]) if body > 3 else b""
            if not kind.head(head):
                return False
            framing = _framing(head.lower(), buffer, body, stop)
            if framing is None:
                return False
        if kind.address is not None and not self._known_address(values[kind.address]):
            return False
        view = memoryview(buffer)
        if kind.new_block is not None:
            assert kind.block is not None
            if not _holds(kind.new_block(view[start:stop]), values[kind.block], kind.block_base):
                return False
        payload = None
        if kind.payload is not None:
            digest = _payload_digest(kind, values[kind.payload], buffer, view, body, stop, framing == CHUNKED)
            if digest is None:
                return False
            payload = None if kind.kind == "request" else f"{kind.algorithm}:{digest.hexdigest()}"
            if framing == CHUNKED and kind.raw_chunks:
                self._log.note(note_17_other_bytes(RAW_CHUNKS))
        elif framing == CHUNKED and not _dechunked(_pass_over, buffer, body, stop):
            return False
        self._log.add_usual(
            kind.kind,
            length,
            _key(values[kind.id]),
            values[kind.uri].decode("ascii") if kind.uri is not None else None,
            values[kind.date].decode("ascii"),
            payload,
            self._http(kind.kind, head),
            self._warcinfo_key(values[kind.warcinfo]) if kind.warcinfo is not None else None,
            [_key(values[place]) for place in kind.links],
            _key(values[kind.refers]) if kind.refers is not None else None,
            digested=kind.block is not None or kind.payload is not None,
        )
        return True

    def _http(self, kind: str, head: bytes) -> str | None:
        """What a record's row holds of its head."""
        if not head:
            return None
        first, _, rest = head.partition(b" ")
        if kind == "request":
            return first.decode("ascii")
        key = (rest[:3], _field(head, _TYPE) if _TYPE in head else _field(head.lower(), _TYPE.lower()))
        line = self._lines.get(key)
        if line is None:
            if len(self._lines) >= Known.LIMIT:
                self._lines.clear()
            line = self._lines[key] = http_line(int(key[0]), key[1])
        return line

    def _known_address(self, value: bytes) -> bool:
        if value not in self._addresses:
            if self._known.address(value.decode("ascii")) is not None:
                return False
            if len(self._addresses) >= Known.LIMIT:
                self._addresses.clear()
            self._addresses.add(value)
        return True

    def _warcinfo_key(self, value: bytes) -> RecordKey | None:
        if value != self._warcinfo[0]:
            self._warcinfo = (value, _key(value))
        return self._warcinfo[1]


def _payload_digest(
    kind: Kind, wanted: bytes, buffer: Bytes, view: memoryview, body: int, stop: int, chunked: bool
) -> Any | None:
    """The digest that `wanted` is of: the entity, or else the raw chunks (then `kind.raw_chunks`); None when it is of
    neither, or the chunked coding is not whole."""
    assert kind.new_payload is not None
    if not chunked:
        digest = kind.new_payload(view[body:stop])
        return digest if _holds(digest, wanted, kind.payload_base) else None
    for raw in (kind.raw_chunks, not kind.raw_chunks):  # what the last one was first: most files have but one habit
        digest = kind.new_payload(view[body:stop]) if raw else kind.new_payload()
        if not raw and not _dechunked(digest.update, buffer, body, stop):
            return None
        if _holds(digest, wanted, kind.payload_base):
            kind.raw_chunks = raw
            return digest if not raw or _dechunked(_pass_over, buffer, body, stop) else None
    return None


def _framing(lower: bytes, buffer: Bytes, body: int, stop: int) -> str | None:
    """`CHUNKED` or `PLAIN`; None when the body is not there as the head says."""
    framing = PLAIN
    if _TRANSFER in lower:
        if _field(lower, _TRANSFER) != b"chunked" or body == stop:
            return None
        framing = CHUNKED
    else:
        at = lower.find(_LENGTH) + len(_LENGTH)
        if at >= len(_LENGTH):
            until = lower.find(b"\r", at)
            stated = lower[at:until].strip()
            if lower.find(_LENGTH, until) >= 0 or len(stated) > 15 or not stated.isdigit():
                return None
            if int(stated) != stop - body:
                return None
    if _CONTENT in lower:
        coding = _field(lower, _CONTENT)
        if not coding or b"," in coding or body == stop:
            return None
        entity: memoryview | bytearray = memoryview(buffer)[body:stop]
        if framing == CHUNKED:
            entity = bytearray()
            if not _dechunked(entity.extend, buffer, body, stop):
                return None
        if check_22_coding(coding, entity, whole=True) is not None:
            return None
    return framing


def _field(lower: bytes, name: bytes) -> bytes | None:
    """The value of a field; None when it is not there, nothing when it stands twice."""
    at = lower.find(name)
    if at < 0:
        return None
    at += len(name)
    return b"" if lower.find(name, at) >= 0 else lower[at : lower.find(b"\r", at)].strip(b" \t")


def _dechunked(entity: Callable[[memoryview], None], buffer: Bytes, start: int, stop: int) -> bool:
    """Hands over the entity, piece by piece; True: the chunked coding is whole."""
    chunks = Chunks(entity)
    chunks.take(buffer, start, stop)
    chunks.finish()
    return chunks.complete and not chunks.reason and not chunks.excess


def _pass_over(piece: memoryview) -> None:
    """Entity bytes that nothing is asked about."""


def _holds(digest: Any, value: bytes, base: int) -> bool:
    if base == 16:
        return bool(digest.hexdigest() == value.decode("ascii"))
    return int(value.translate(BASE32_DIGITS), 32) == int.from_bytes(digest.digest(), "big")


def _key(value: bytes) -> bytes:
    """The 16 bytes of a UUID in its usual form."""
    return unhexlify(value.replace(b"-", b""))
