"""Kinds of WARC header that come a million times: one sound record goes in; a pattern comes out that takes the next
ones apart and admits only values that checks 7 to 15 and 18 have nothing against."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from archive.audit.checks.digests import Digest
from archive.audit.checks.http import TIDY
from archive.audit.scanning.record import Record

KINDS = frozenset({"request", "response", "metadata", "resource", "conversion"})
_CLOSER = frozenset(
    {
        *("warc-truncated", "warc-profile", "warc-filename", "warc-refers-to-target-uri", "warc-refers-to-date"),
        *("warc-segment-number", "warc-segment-origin-id", "warc-segment-total-length"),
    }
)
"""Headers with these go the long way."""
_ID = rb"<urn:uuid:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})>"
_DATE = rb"([12]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d%sZ)"
_LEGAL = rb"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]"
_PATH = _LEGAL + rb"*(?:%[0-9A-Fa-f]{2}" + _LEGAL + rb"*)*"
_WEB = rb"(https?://[A-Za-z0-9.\-]+(?::\d+)?(?:/" + _PATH + rb")?)"
_OTHER = rb"((?!(?i:https?|ftp):)[A-Za-z][A-Za-z0-9+.\-]*:[A-Za-z0-9]" + _PATH + rb")"
_VALUES = {
    "warc-record-id": _ID,
    "warc-warcinfo-id": _ID,
    "warc-concurrent-to": _ID,
    "warc-refers-to": _ID,
    "warc-ip-address": rb"([0-9A-Fa-f.:]+)",
    "content-length": rb"([1-9]\d{0,14})",
}
_ANY = rb"([!-~](?:[ -~]*[!-~])?)"
Key = tuple[object, ...]


class Kind:
    """`match` gives one group per field; the places are those of the fields, None = the field is not there."""

    def __init__(self, record: Record) -> None:
        """A record that `key_of` has a key for."""
        header = record.header
        shape = header.shape
        self.kind = record.kind
        self.http = record.block.http
        self.head = TIDY[self.http].fullmatch if self.http else None
        bases = _bases(record)
        lines = [re.escape(header.version.encode())]
        for name, key, value in zip(shape.names, shape.lower, header.values, strict=True):
            lines.append(re.escape(name.encode()) + b": " + _pattern(key, value, header.version, bases))
        self.match = re.compile(b"\r\n".join(lines) + b"\r\n\r\n").match
        at = shape.index
        self.id, self.date, self.length = at["warc-record-id"], at["warc-date"], at["content-length"]
        self.uri, self.address = at.get("warc-target-uri"), at.get("warc-ip-address")
        self.block, self.payload = at.get("warc-block-digest"), at.get("warc-payload-digest")
        self.warcinfo, self.refers = at.get("warc-warcinfo-id"), at.get("warc-refers-to")
        self.links = [place for place, key in enumerate(shape.lower) if key == "warc-concurrent-to"]
        self.block_base, self.payload_base = bases
        self.new_block: Callable[..., Any] | None = record.block_digest.new if record.block_digest else None
        self.new_payload: Callable[..., Any] | None = record.payload_digest.new if record.payload_digest else None
        self.algorithm = record.payload_digest.algorithm if record.payload_digest else ""
        self.raw_chunks = False
        """The last payload digest of a chunked body was over the chunks as they stand."""


def key_of(record: Record) -> Key | None:
    """What records of one kind have in common; None for a record that always goes the long way."""
    header, shape = record.header, record.header.shape
    if record.kind not in KINDS or not shape.tidy or not _CLOSER.isdisjoint(shape.index):
        return None
    web = record.kind in ("request", "response")
    if web != (record.block.http is not None) or (web and "warc-target-uri" not in shape.index):
        return None
    if (record.block_digest is None) != ("warc-block-digest" not in shape.index) or 0 in _bases(record):
        return None
    if (record.payload_digest is None) != ("warc-payload-digest" not in shape.index):
        return None
    algorithms = tuple(digest and digest.algorithm for digest in (record.block_digest, record.payload_digest))
    uri = header.get("warc-target-uri")
    is_web = uri is not None and re.fullmatch(_WEB, uri.encode()) is not None
    return (header.version, shape, record.kind, header.get("content-type"), _bases(record), algorithms, is_web)


def _bases(record: Record) -> tuple[int, int]:
    header = record.header
    return (
        _base(record.block_digest, header.get("warc-block-digest")),
        _base(record.payload_digest, header.get("warc-payload-digest")),
    )


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
    if key == "warc-target-uri":
        return _WEB if re.fullmatch(_WEB, value.encode()) else _OTHER
    return _VALUES.get(key, _ANY)
