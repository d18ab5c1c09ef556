"""What went over the wire (Exchange, in) and where it was stored (Capture, out)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Literal

Truncation = Literal["length", "time", "disconnect", "unspecified"]
"""Why a response's bytes were not read to their end (WARC 1.1, 5.13)."""


@dataclass(frozen=True)
class Exchange:
    """One request and one response, the bytes as they were on the wire."""

    url: str
    """Target URI: absolute, as requested, without fragment."""
    method: str
    started_at: datetime
    """Aware: when the first byte of the request was sent; the WARC-Date of every record of this exchange."""
    request: bytes
    """Request line, headers, body, as sent."""
    response: BinaryIO
    """Seekable; status line to the last byte received, interim 1xx heads included. Read from position 0; closed by
    its owner.
    """
    ip: str | None = None
    """Dialled address, numeric."""
    protocols: tuple[str, ...] = ("http/1.1",)
    """WARC-Protocol values: `http/1.1`, and `tls/1.3` where there is TLS."""
    cipher_suite: str | None = None
    """IANA name of the negotiated suite; None without TLS."""
    certificates: tuple[str, ...] = ()
    """`sha256:HEX` of each certificate of the server's chain, leaf first."""
    truncated: Truncation | None = None
    """Why the download ended; the writer leaves the mark out where the response is whole by its own framing."""
    duration_ms: int = 0
    """From the first byte sent to the last byte received."""
    metadata: tuple[tuple[str, str], ...] = ()
    """Further fields of the exchange's metadata record (via, hopsFromSeed, source …), in order; empty and no TLS = no
    such record.
    """


@dataclass(frozen=True)
class Capture:
    """An archived response at one time: its record's identity and location."""

    record_id: str
    """`<urn:uuid:…>` of the response or revisit record."""
    kind: Literal["response", "revisit"]
    url: str
    """WARC-Target-URI (secrets already cut)."""
    date: datetime
    """Aware UTC, microseconds: WARC-Date."""
    file: str
    """Final name of the WARC file, without folder."""
    offset: int
    """First byte of the member in the file as stored."""
    length: int
    """Bytes of the member."""
    status: int | None
    """HTTP status; None when no status line came."""
    mime: str
    """Media type without parameters, lower case; empty when none was sent."""
    payload_digest: str
    """`sha256:HEX` over the entity body: transfer coding removed, content coding kept; empty for a 304 without an
    original.
    """
    refers_to: str | None = None
    """Record id of the original response, for a revisit."""
    truncated: Truncation | None = None
    head: bytes = field(default=b"", repr=False, compare=False)
    """The final response's status line and headers as received, up to and with the empty line."""
    extra: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False, hash=False)
    """Fields of the metadata record, for the index and the catalogue."""
