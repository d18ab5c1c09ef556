"""A Recording: one request as written to a connection, and every byte received up to the end of its response."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from archive import Truncation

IN_MEMORY = 1 << 20
"""Bytes of one response that are held in memory; a longer one moves to an unnamed file."""


@dataclass(frozen=True)
class Facts:
    """Facts of one connection, for the WARC records of its exchanges."""

    ip: str
    """The dialled address, numeric."""
    protocols: tuple[str, ...] = ()
    """`tls/1.3` or the like where there is TLS."""
    cipher_suite: str | None = None
    """Its IANA name."""
    certificates: tuple[str, ...] = ()
    """`sha256:HEX` of each certificate that the server sent, leaf first."""


class Recording:
    """One request on the wire and what was received for it."""

    def __init__(self, started_at: datetime, request: bytes, connection: Facts) -> None:
        self.started_at, self.request, self.connection = started_at, request, connection
        self.response: BinaryIO = BytesIO()
        """The bytes received; the recorder closes it."""
        self.received = 0
        self.truncated: Truncation | None = None
        self.ended = False
        self.duration_ms = 0
        self._begin = time.monotonic()

    def add(self, data: bytes) -> None:
        self.response.write(data)
        before, self.received = self.received, self.received + len(data)
        if before <= IN_MEMORY < self.received:
            spooled = cast(BinaryIO, TemporaryFile())  # noqa: SIM115 - the recorder closes it
            spooled.write(cast(BytesIO, self.response).getbuffer())
            self.response = spooled

    def end(self, truncated: Truncation | None, surplus: int = 0) -> None:
        """Note the end of the response; the last `surplus` bytes received do not belong to it."""
        if self.ended:
            return
        self.ended, self.truncated = True, truncated
        self.duration_ms = round((time.monotonic() - self._begin) * 1000)
        if surplus:
            self.received -= surplus
            self.response.truncate(self.received)
