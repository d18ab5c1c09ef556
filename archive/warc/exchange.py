"""The values that the archive takes and gives: an Exchange goes in, a Capture (an archived response) comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Literal

Kind = Literal["response", "revisit", "resource"]
"""The types of records that hold what a URL gave."""
Truncation = Literal["length", "time", "disconnect", "unspecified"]
"""Why a response was not read to its end (WARC 1.1, 5.13)."""
Part = Literal["page", "response", "request"]
"""Bytes of a capture that can be shown: the decoded page, or the block of the response or request record."""


@dataclass(frozen=True)
class Exchange:
    """One request and one response, the bytes as they were on the wire."""

    url: str
    """Absolute URI, as requested, without fragment."""
    method: str
    """Request method, upper case."""
    started_at: datetime
    """When the first byte of the request was sent, aware; the WARC-Date of every record of this exchange."""
    request: bytes
    """Request line, headers and body, as sent."""
    response: BinaryIO
    """Status line to the last byte received, with interim 1xx heads; seekable, read from position 0, not closed."""
    ip: str | None = None
    """Address that was dialled, numeric."""
    protocols: tuple[str, ...] = ("http/1.1",)
    """WARC-Protocol values: `http/1.1`, and with TLS for instance `tls/1.3`."""
    cipher_suite: str | None = None
    """IANA name of the negotiated suite; None without TLS."""
    certificates: tuple[str, ...] = ()
    """`sha256:HEX` of each certificate of the server's chain, leaf first."""
    truncated: Truncation | None = None
    """Why the download ended early; the writer drops it when the response is whole by its own framing."""
    duration_ms: int = 0
    """Time from the first byte sent to the last byte received."""
    metadata: tuple[tuple[str, str], ...] = ()
    """Further fields of the metadata record (via, hopsFromSeed, source …), in order.

    Without any, and without TLS, there is no metadata record.
    """


@dataclass(frozen=True)
class Capture:
    """An archived response at one time: the identity and location of its record."""

    record_id: str
    """`<urn:uuid:…>` of the record; empty in an ARC file, whose records have none."""
    kind: Kind
    """WARC-Type. A resource (WARC 1.1, 6.4) is stored without an HTTP head: its `head` is empty."""
    url: str
    """WARC-Target-URI, secrets already cut."""
    date: datetime
    """WARC-Date: aware UTC, microseconds."""
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
    """`sha256:HEX` of the body without transfer coding, content coding kept; empty for a 304 without an original."""
    refers_to: str | None = None
    """Record id of a revisit's original response."""
    truncated: Truncation | None = None
    """Why the response was not read to its end; None when it is whole."""
    head: bytes = field(default=b"", repr=False, compare=False)
    """Status line and headers of the final response as received, up to and with the empty line."""
    extra: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False, hash=False)
    """Fields of the metadata record, for the index and the catalogue."""
    method: str = field(default="GET", compare=False)
    """Request method, upper case; GET also when the exchange has no request record."""
    query: str = field(default="", compare=False)
    """What is added to the URL for its key, as pywb does: `__wb_method=POST&a=1`; empty for GET."""
