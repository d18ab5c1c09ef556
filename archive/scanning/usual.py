"""Records like those before, taken in one go: the bytes of a member go in; a record with nothing to say about it is
logged, any other is left to the long way.

A crawl writes two or three kinds of header a million times. For each kind one pattern is built that takes a header
apart and admits only values that checks 7 to 15 and 18 have nothing against; the content is then held against checks 16
to 23. Nothing is ever reported from here: what does not fit in any point goes the long way, which finds the reason.
A record costs 20 µs beside its inflating and hashing instead of 75 (2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from archive.checks.digests import BASE32_DIGITS, Digest
from archive.checks.extent import END
from archive.checks.http import TIDY
from archive.checks.values import check_15_address
from archive.scanning.batch import RecordKey
from archive.scanning.chunks import Chunks
from archive.scanning.feed import Bytes
from archive.scanning.filelog import FileLog
from archive.scanning.record import Known, Record

OFTEN = 8
"""Sightings before a pattern is built: compiling one costs as much as 20 headers."""
MOST = 16
"""Patterns that are kept; more kinds of header than this are no crawl's."""

_FIELDS = frozenset(
    {
        *("warc-type", "warc-record-id", "warc-date", "warc-target-uri", "warc-ip-address", "warc-warcinfo-id"),
        *("warc-concurrent-to", "warc-block-digest", "warc-payload-digest", "warc-protocol", "warc-cipher-suite"),
        *("warc-identified-payload-type", "content-type", "content-length"),
    }
)
"""Headers with other fields go the long way."""
_ID = rb"<urn:uuid:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})>"
_DATE = rb"([12]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d%sZ)"
_PATH = rb"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]"
_VALUES = {
    "warc-record-id": _ID,
    "warc-warcinfo-id": _ID,
    "warc-concurrent-to": _ID,
    "warc-target-uri": rb"(https?://[A-Za-z0-9.\-]+(?::\d+)?(?:/"
    + _PATH
    + rb"*(?:%[0-9A-Fa-f]{2}"
    + _PATH
    + rb"*)*)?)",
    "warc-ip-address": rb"([0-9A-Fa-f.:]+)",
    "content-length": rb"([1-9]\d{0,14})",
}
_ANY = rb"([!-~](?:[ -~]*[!-~])?)"
_LENGTH, _TRANSFER, _CONTENT = b"\ncontent-length:", b"\ntransfer-encoding:", b"\ncontent-encoding:"
PLAIN, CHUNKED = "plain", "chunked"


class _Kind:
    """One kind of header: its pattern, and which group of it is what (None = the field is not there)."""

    def __init__(self, record: Record, bases: tuple[int, int]) -> None:
        header = record.header
        shape = header.shape
        self.kind, self.head = record.kind, TIDY[record.kind].fullmatch
        lines = [re.escape(header.version.encode())]
        for name, key, value in zip(shape.names, shape.lower, header.values, strict=True):
            lines.append(re.escape(name.encode()) + b": " + _pattern(key, value, header.version, bases))
        self.match = re.compile(b"\r\n".join(lines) + b"\r\n\r\n").match
        at = shape.index
        self.id, self.date, self.uri = at["warc-record-id"], at["warc-date"], at["warc-target-uri"]
        self.length, self.block = at["content-length"], at["warc-block-digest"]
        self.payload, self.address = at.get("warc-payload-digest"), at.get("warc-ip-address")
        self.warcinfo = at.get("warc-warcinfo-id")
        self.links = [place for place, key in enumerate(shape.lower) if key == "warc-concurrent-to"]
        self.bases = bases
        assert record.block_digest is not None
        self.new_block: Callable[..., Any] = record.block_digest.new
        self.new_payload: Callable[..., Any] = (record.payload_digest or record.block_digest).new
        self.algorithm = record.payload_digest.algorithm if record.payload_digest else ""


class UsualRecords:
    """Those of one file."""

    def __init__(self, log: FileLog, known: Known) -> None:
        self._log = log
        self._today = f"{known.now:%Y-%m-%d}".encode()
        self._kinds: list[_Kind] = []
        self._seen: dict[tuple[object, ...], int] = {}
        self._address = b""
        self._warcinfo: tuple[bytes, RecordKey | None] = (b"", None)

    def learn(self, record: Record) -> None:
        """A record that went the long way and has no fault."""
        header = record.header
        if record.kind not in TIDY or len(self._kinds) >= MOST or len(self._seen) > 16 * MOST:
            return
        if record.block.http is None or record.block_digest is None or not _FIELDS.issuperset(header.shape.lower):
            return
        bases = (
            _base(record.block_digest, header.get("warc-block-digest")),
            _base(record.payload_digest, header.get("warc-payload-digest")),
        )
        if not header.shape.tidy or 0 in bases:
            return
        labels = (record.block_digest.algorithm, record.payload_digest and record.payload_digest.algorithm)
        key = (header.version, header.shape, record.kind, header.get("content-type"), bases, labels)
        self._seen[key] = self._seen.get(key, 0) + 1
        if self._seen[key] == OFTEN:
            self._kinds.insert(0, _Kind(record, bases))

    def accept(self, buffer: Bytes, length: int) -> bool:
        """`buffer` = one member, inflated, `length` bytes as stored. True: a record without any fault, and logged."""
        for kind in self._kinds:
            found = kind.match(buffer)
            if found is not None:
                return self._take(kind, found, buffer, length)
        return False

    def _take(self, kind: _Kind, found: re.Match[bytes], buffer: Bytes, length: int) -> bool:
        values = found.groups()
        start = found.end()
        stop = start + int(values[kind.length])
        if stop + 4 != len(buffer) or buffer[stop:] != END or values[kind.date][:10] > self._today:
            return False
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
        if not _holds(kind.new_block(view[start:stop]), values[kind.block], kind.bases[0]):
            return False
        payload = None
        if framing == CHUNKED or kind.payload is not None:
            digest = kind.new_payload(b"" if framing == CHUNKED else view[body:stop])
            if framing == CHUNKED and not _dechunked(digest, buffer, body, stop):
                return False
            if kind.payload is not None and not _holds(digest, values[kind.payload], kind.bases[1]):
                return False
            if kind.payload is not None and kind.kind == "response":
                payload = f"{kind.algorithm}:{digest.hexdigest()}"
        self._log.add_usual(
            kind.kind,
            length,
            _key(values[kind.id]),
            values[kind.uri].decode("ascii"),
            values[kind.date].decode("ascii"),
            payload,
            head[: head.find(b" ")].decode("ascii") if kind.kind == "request" else None,
            self._warcinfo_key(values[kind.warcinfo]) if kind.warcinfo is not None else None,
            [_key(values[place]) for place in kind.links],
        )
        return True

    def _known_address(self, value: bytes) -> bool:
        if value != self._address:
            if check_15_address(value.decode("ascii")) is not None:
                return False
            self._address = value
        return True

    def _warcinfo_key(self, value: bytes) -> RecordKey | None:
        if value != self._warcinfo[0]:
            self._warcinfo = (value, _key(value))
        return self._warcinfo[1]


def _framing(lower: bytes, buffer: Bytes, body: int, stop: int) -> str | None:
    """`CHUNKED` or `PLAIN`; None when the body is not there as the head says, or in a coding that takes a closer
    look."""
    framing, first = PLAIN, body
    if _TRANSFER in lower:
        if _field(lower, _TRANSFER) != b"chunked" or body == stop:
            return None
        framing, first = CHUNKED, buffer.find(b"\n", body, body + 32) + 1
    else:
        stated = _field(lower, _LENGTH)
        if stated is not None and not (stated.isdigit() and len(stated) < 16 and int(stated) == stop - body):
            return None
    if _CONTENT in lower and (_field(lower, _CONTENT) != b"gzip" or buffer[first : first + 3] != b"\x1f\x8b\x08"):
        return None
    return framing


def _field(lower: bytes, name: bytes) -> bytes | None:
    """The value of a field; None when it is not there, nothing when it stands twice."""
    at = lower.find(name)
    if at < 0:
        return None
    at += len(name)
    return b"" if lower.find(name, at) >= 0 else lower[at : lower.find(b"\r", at)].strip(b" \t")


def _dechunked(digest: Any, buffer: Bytes, start: int, stop: int) -> bool:
    """Takes the entity into the digest; the chunked coding is whole."""
    chunks = Chunks(digest.update)
    chunks.take(buffer, start, stop)
    chunks.finish()
    return chunks.complete and not chunks.reason and not chunks.excess


def _holds(digest: Any, value: bytes, base: int) -> bool:
    if base == 16:
        return bool(digest.hexdigest() == value.decode("ascii"))
    return int(value.translate(BASE32_DIGITS), 32) == int.from_bytes(digest.digest(), "big")


def _key(value: bytes) -> bytes:
    """The 16 bytes of a UUID in its usual form."""
    return bytes.fromhex(value.replace(b"-", b"").decode("ascii"))


def _base(digest: Digest | None, label: str | None) -> int:
    """16 or 32; 0 for forms that go the long way; 16 when there is none."""
    if digest is None or label is None:
        return 16 if label is None else 0
    text = label.partition(":")[2]
    if len(text) == 2 * len(digest.value):
        return 16 if text == text.lower() else 0
    return 32 if len(text) * 5 == 8 * len(digest.value) and text == text.upper() else 0


def _pattern(key: str, value: str, version: str, bases: tuple[int, int]) -> bytes:
    """What a field's value must look like; one group."""
    if key in ("warc-type", "content-type"):
        return b"(" + re.escape(value.encode()) + b")"
    if key in ("warc-block-digest", "warc-payload-digest"):
        algorithm, _, text = value.partition(":")
        alphabet = b"[0-9a-f]" if bases[key == "warc-payload-digest"] == 16 else b"[A-Z2-7]"
        return re.escape(algorithm.encode()) + b":(" + alphabet + b"{%d})" % len(text)
    if key == "warc-date":
        return _DATE % (b"" if version == "WARC/1.0" else rb"(?:\.\d{1,9})?")
    return _VALUES.get(key, _ANY)
