"""One sound record of a kind goes in; a pattern comes out that takes the headers of later records of that kind apart.

The pattern admits only values that the checks 7–15 and 18 accept.
"""

from __future__ import annotations

import re
from typing import Any

from archive.audit.checks.http import TIDY
from archive.read.digest import Digest
from archive.read.record import ScannedRecord

TYPES = frozenset({"request", "response", "metadata", "resource", "conversion"})
_RARE = frozenset(
    {
        *("warc-truncated", "warc-profile", "warc-filename", "warc-refers-to-target-uri", "warc-refers-to-date"),
        *("warc-segment-number", "warc-segment-origin-id", "warc-segment-total-length"),
    }
)
"""Records with these fields are always read and judged by all checks."""
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


class Pattern:
    """The pattern of a kind of header: `match` gives one group per field.

    `id`, `date` and so on are the places of the fields, None for a field that the kind does not have.
    """

    def __init__(self, record: ScannedRecord) -> None:
        """`record` has a key (`key_of`)."""
        header = record.header
        names = header.names
        self.kind = record.kind
        self.http = record.block.http
        self.head = TIDY[self.http].fullmatch if self.http else None
        bases = _bases(record)
        lines = [re.escape(header.version.encode())]
        for name, key, value in zip(names.as_written, names.lower, header.values, strict=True):
            lines.append(re.escape(name.encode()) + b": " + _pattern(key, value, header.version, bases))
        self.match = re.compile(b"\r\n".join(lines) + b"\r\n\r\n").match
        at = names.index
        self.id, self.date, self.length = at["warc-record-id"], at["warc-date"], at["content-length"]
        self.uri, self.address = at.get("warc-target-uri"), at.get("warc-ip-address")
        self.block, self.payload = at.get("warc-block-digest"), at.get("warc-payload-digest")
        self.warcinfo = at.get("warc-warcinfo-id")
        self.links = [place for place, key in enumerate(names.lower) if key == "warc-concurrent-to"]
        self.block_base, self.payload_base = bases
        self.new_block: Any = record.block_digest and record.block_digest.new
        """Makes the hash of a block digest; None for a kind without one."""
        self.new_payload: Any = record.payload_digest and record.payload_digest.new
        """The same for the payload digest."""
        self.algorithm = record.payload_digest.algorithm if record.payload_digest else ""
        self.raw_chunks = False
        """The last payload digest of a chunked body was over the body with its chunks."""


def key_of(record: ScannedRecord) -> Key | None:
    """What records of one kind have in common; None for a record that always needs all checks."""
    header, names = record.header, record.header.names
    if record.kind not in TYPES or not names.one_line_each or not _RARE.isdisjoint(names.index):
        return None
    web = record.kind in ("request", "response")
    if web != (record.block.http is not None) or (web and "warc-target-uri" not in names.index):
        return None
    bases = _bases(record)
    if 0 in bases:
        return None
    algorithms = tuple(digest and digest.algorithm for digest in (record.block_digest, record.payload_digest))
    uri = header.get("warc-target-uri")
    is_web = uri is not None and re.fullmatch(_WEB, uri.encode()) is not None
    return (header.version, names, record.kind, header.get("content-type"), bases, algorithms, is_web)


def _bases(record: ScannedRecord) -> tuple[int, int]:
    header = record.header
    return (
        _base(record.block_digest, header.get("warc-block-digest")),
        _base(record.payload_digest, header.get("warc-payload-digest")),
    )


def _base(digest: Digest | None, label: str | None) -> int:
    """Encoding of a label: 16 or 32; 0 for other forms; 16 without a label."""
    if digest is None or label is None:
        return 16 if label is None else 0
    text = label.partition(":")[2]
    if len(text) == 2 * len(digest.value):
        return 16 if text == text.lower() else 0
    return 32 if len(text) * 5 == 8 * len(digest.value) and text == text.upper() else 0


def _pattern(key: str, value: str, version: str, bases: tuple[int, int]) -> bytes:
    """The pattern of a field's value, with one group."""
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
