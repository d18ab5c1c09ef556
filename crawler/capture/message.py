"""One HTTP response, read piece by piece: bytes of the wire go in; its head, its payload and its end come out.

The archive's own code decides where the head and the body end, so capture, reader and audit cannot disagree. No
network and no Scrapy here.
"""

from __future__ import annotations

import re
from io import BytesIO

from archive import HEAD_END, Chunks, CodingError, Head, find_head, parse_head, stated_length, transfer_codings

_VERSION = re.compile(rb"HTTP/\d+\.\d+", re.IGNORECASE)
_NO_BODY = frozenset({101, 204, 304})


class Message:
    """A response that is being read."""

    def __init__(self, method: str) -> None:
        self.head = b""
        """The final head with its empty line; empty until it is complete."""
        self.parsed = Head(None, "", [])
        """The final head, parsed; without a status until it is complete."""
        self.length: int | None = None
        """Bytes of the body as Content-Length says; None when something else ends it."""
        self.ended = False
        """Whether the response has come to its end."""
        self.surplus = 0
        """Bytes that came behind the end, and belong to no response."""
        self.fault = ""
        """Why this is no HTTP response, or one whose end is not certain; empty while it is one."""
        self.until_close = False
        """Whether only the end of the connection ends the body."""
        self._bodiless = method == "HEAD"
        self._start = b""
        self._payload = BytesIO()
        self._left = 0
        self._chunks: Chunks | None = None

    @property
    def in_head(self) -> bool:
        """Whether the final head is still incomplete."""
        return not self.head

    @property
    def version(self) -> str:
        """The version in the status line, in capitals; HTTP/1.1 where it has none."""
        found = _VERSION.match(self.head)
        return found[0].decode("ascii").upper() if found else "HTTP/1.1"

    @property
    def received(self) -> int:
        """Bytes of the payload so far."""
        return self._payload.tell()

    def payload(self, start: int = 0) -> bytes:
        """Return the payload from a byte on: the body without the chunked coding, content codings kept."""
        return bytes(self._payload.getbuffer()[start:]) if start else self._payload.getvalue()

    def take(self, piece: bytes) -> None:
        """Read the next bytes of the connection."""
        if self.in_head:
            piece = self._take_head(piece)
        if piece and not self.fault:
            self._take_body(piece)

    def close(self, clean: bool) -> bool:
        """Note the end of the connection, and tell whether the response is whole then."""
        if self.in_head:
            self._judge()
        elif self.until_close:
            self.ended = clean
        elif self._chunks is not None and clean:
            self.ended = self._chunks.complete  # some servers leave out the empty line behind the last chunk
        return self.ended

    @property
    def begun(self) -> bool:
        """Whether the status line of a final response has come."""
        return not self.in_head or b"\n" in self._start

    @property
    def keeps_connection(self) -> bool:
        """Whether the connection may carry a further request (RFC 9112, 9.3)."""
        if not self.ended or self.surplus or self.until_close or self.parsed.status == 101:
            return False
        options = (self.parsed.get("Connection") or "").lower()
        version = self.head[:8].upper()
        return "close" not in options and (
            version == b"HTTP/1.1" or (version == b"HTTP/1.0" and "keep-alive" in options)
        )

    def _take_head(self, piece: bytes) -> bytes:
        """Add bytes to the head; return those behind it once it is complete."""
        seen, in_first_line = len(self._start), b"\n" not in self._start
        self._start += piece
        if HEAD_END.search(self._start, max(0, seen - 3)) is not None:
            span = find_head(self._start)
            if span.complete:
                self.head, rest = self._start[span.start : span.end], self._start[span.end :]
                self._start = b""
                self._frame()
                return rest
            self._start, in_first_line = self._start[span.start :], True  # interim heads (1xx) are passed over once
        if in_first_line and b"\n" in self._start:
            self._judge()
        return b""

    def _judge(self) -> None:
        """Note a fault if what came so far begins with no status line: HTTP/0.9, or another protocol."""
        span = find_head(self._start)
        if self._start and span.start == span.end and not span.complete:
            self.fault = f"not an HTTP response: {self._start[:40]!r}"

    def _frame(self) -> None:
        """Decide what ends the body (RFC 9112, 6.3)."""
        self.parsed = parse_head(self.head)
        if self.parsed.status is None:
            line = self.head.splitlines()[0]
            self.fault = f"not an HTTP response: {line[:40]!r}"
        elif self._bodiless or self.parsed.status in _NO_BODY:
            self.ended = True
        else:
            try:
                self._frame_body(transfer_codings(self.head))
            except CodingError as error:
                self.fault = f"not an HTTP response: {error}"

    def _frame_body(self, codings: list[str]) -> None:
        if codings:
            if codings != ["chunked"]:
                self.fault = f"its Transfer-Encoding is not chunked but {', '.join(codings)!r}"
            self._chunks = Chunks(self._add)
            return
        self.length = stated_length(self.parsed)
        self._left = self.length or 0
        self.until_close = self.length is None
        self.ended = self.length == 0

    def _take_body(self, piece: bytes) -> None:
        if self.ended:
            self.surplus += len(piece)
        elif self._chunks is not None:
            self._chunks.take(piece, 0, len(piece))
            self.ended, self.surplus = self._chunks.ended, self._chunks.excess
            if self._chunks.reason:
                self.fault = f"its chunked coding can't be read: {self._chunks.reason}"
        elif self.until_close:
            self._payload.write(piece)
        else:
            self.surplus = max(0, len(piece) - self._left)
            self._payload.write(piece[: self._left] if self.surplus else piece)
            self._left -= len(piece) - self.surplus
            self.ended = not self._left

    def _add(self, piece: memoryview) -> None:
        self._payload.write(piece)
