"""Reads a record's block: pieces go in; digests, HTTP head and body framing come out, in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import IntEnum
from typing import Any

from archive.read.source import Bytes
from archive.warc.heads import HEAD_END

MAX_HEAD = 1 << 20
"""Maximum bytes of an HTTP head."""
MAX_CODED = 8 << 20
"""Maximum bytes of a coded body that are kept to be decoded; of a larger body only the start is examined."""
MAX_LINE = 64 << 10
"""Maximum bytes of a line of the chunked coding."""

_STATUS = re.compile(rb"(?:HTTP(?:/\d+(?:\.\d+)?)?|ICY)[ \t]+(\d{3})(?=[ \t\r\n])", re.IGNORECASE)
"""Radio streams answer `ICY 200 OK`."""
_FOLD = re.compile(rb"\r?\n[ \t]+")
_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\n]*)?\r?\n")
_PART_OF_SIZE = re.compile(rb"[0-9A-Fa-f]{0,16}[ \t]*(?:;[^\n]*)?\r?")
New = Callable[[], Any]
"""Makes a hash object."""


class Block:
    """The facts of one block, collected while it is read.

    `http` is `response` or `request` for an HTTP message, None when the block is the payload itself.
    """

    __slots__ = (
        "_block",
        "_held",
        "_new",
        "_payload",
        "_raw",
        "body_length",
        "chunks",
        "coding",
        "entity",
        "head",
        "http",
        "length",
        "lower",
        "status",
        "terminated",
        "whole",
    )

    def __init__(self, http: str | None, block: New | None, payload: New | None) -> None:
        self.http = http
        self._block: Any = block() if block else None
        self._payload: Any = payload() if payload else None
        self._raw: Any = None
        self._new = payload
        self._held = b""
        self.length = 0
        self.whole: tuple[Bytes, int] | None = None
        """Buffer and end of the block if it came in one piece, else None."""
        self.head = b""
        """The final HTTP head with its empty line."""
        self.lower = b""
        """The head in lower case, folds joined."""
        self.status: int | None = None
        self.terminated = False
        self.body_length = 0
        """Bytes behind the head."""
        self.chunks: Chunks | None = None
        self.coding = b""
        """The last content coding in the head, lower case; empty without one."""
        self.entity = bytearray()
        """The entity body if it is coded, or of a request: its first `MAX_CODED` bytes, and the rest of a piece."""

    def take(self, buffer: Bytes, start: int, end: int) -> None:
        """Add the next bytes of the block: `buffer[start:end]`."""
        self.whole = (buffer, end) if not self.length else None
        self.length += end - start
        view = memoryview(buffer)[start:end]
        if self._block is not None:
            self._block.update(view)
        if self.http is None:
            if self._payload is not None:
                self._payload.update(view)
        elif self.terminated:
            self._body(buffer, start, end)
        elif len(self._held) < MAX_HEAD:
            self._head(buffer, start, end)

    def _head(self, buffer: Bytes, start: int, end: int) -> None:
        """Take bytes in or before the HTTP head, and those of the body that follow it."""
        if self._held:
            buffer = self._held + bytes(buffer[start:end])
            start, end = 0, len(buffer)
            self._held = b""
        start = self._find_head(buffer, start, end)
        if not self.terminated:
            self._held = bytes(buffer[start:end])
            return
        self._frame()
        if start < end:
            self._body(buffer, start, end)

    def _body(self, buffer: Bytes, start: int, end: int) -> None:
        self.body_length += end - start
        view = memoryview(buffer)[start:end]
        if self.chunks is None:
            self._entity(view)
            return
        self.chunks.take(buffer, start, end)
        if self._raw is not None:
            self._raw.update(view)

    def finish(self) -> None:
        """Note that the block has ended."""
        if self.http is not None and not self.terminated:
            self.head = self._held
            status = _STATUS.match(self.head + b"\n")
            self.status = int(status[1]) if status else None
        if self.chunks is not None:
            self.chunks.finish()

    def block_digest(self) -> bytes:
        """Digest of the whole block."""
        return bytes(self._block.digest())

    def payload_digest(self) -> bytes:
        """Digest of the entity body: transfer coding removed, content coding kept."""
        return bytes(self._payload.digest())

    def raw_digest(self) -> bytes:
        """Digest of the body with its chunks; only for a chunked body."""
        return bytes(self._raw.digest())

    def body(self) -> memoryview | None:
        """The bytes after the HTTP head; None when the block came in several pieces."""
        if self.whole is None:
            return None
        buffer, end = self.whole
        return memoryview(buffer)[end - self.body_length : end]

    def http_length(self) -> int | None:
        """Bytes of the body as the HTTP head or the chunks state them; None where neither does."""
        if self.http is None or not self.terminated:
            return None
        if self.chunks is not None:
            return self.body_length - self.chunks.excess if self.chunks.complete else None
        stated = self.field(b"content-length") or (b"0" if self.http == "request" else b"")
        return int(stated) if stated.isdigit() and len(stated) < 19 else None

    def field(self, name: bytes) -> bytes | None:
        """First value of a field of the HTTP head, in lower case; `name` in lower case."""
        at = self.lower.find(b"\n" + name + b":")
        if at < 0:
            return None
        at += len(name) + 2
        return self.lower[at : self.lower.find(b"\n", at)].strip(b" \t\r")

    def _find_head(self, buffer: Bytes, start: int, end: int) -> int:
        """Set the head if it ends here; return the start of the body, or of the head when it has no end yet.

        Interim heads (1xx but 101) are skipped.
        """
        while True:
            found = HEAD_END.search(buffer, start, end)
            if found is None:
                return start
            stop = found.end()
            head = bytes(buffer[start:stop])
            if self.http == "response":
                status = _STATUS.match(head)
                self.status = int(status[1]) if status else None
                if status and head[status.start(1) : status.start(1) + 1] == b"1" and self.status != 101 and stop < end:
                    start = stop
                    continue
            self.head, self.terminated = head, True
            return stop

    def _frame(self) -> None:
        lower = self.head.lower()
        if b"\n " in lower or b"\n\t" in lower:
            lower = _FOLD.sub(b" ", lower)
        self.lower = lower
        coding = self.field(b"transfer-encoding") or b""
        if coding in (b"", b"chunked", b"identity"):  # another transfer coding hides the content coding
            self.coding = (self.field(b"content-encoding") or b"").rpartition(b",")[2].strip()
        if coding.rpartition(b",")[2].strip() == b"chunked":
            self.chunks = Chunks(self._entity)
            if self._new is not None:
                self._raw = self._new()

    def _entity(self, piece: memoryview) -> None:
        if (self.coding or self.http == "request") and len(self.entity) <= MAX_CODED:
            self.entity += piece
        if self._payload is not None:
            self._payload.update(piece)


class State(IntEnum):
    """What the chunked coding expects next."""

    SIZE = 0
    DATA = 1
    END_OF_DATA = 2
    TRAILER = 3
    """The last chunk came; trailer fields or the empty line are due."""
    COMPLETE = 4
    BROKEN = 5


class Chunks:
    """Decodes the chunked transfer coding (RFC 9112, 7.1) piece by piece; `entity` gets the decoded pieces."""

    __slots__ = ("_carry", "_end", "_entity", "_left", "_state", "chunks", "excess", "reason")

    def __init__(self, entity: Callable[[memoryview], None]) -> None:
        self._entity = entity
        self._state, self._left, self._carry = State.SIZE, 0, b""
        self._end = b"\r\n"
        self.chunks = 0
        """Chunk sizes read so far, the last chunk included."""
        self.excess = 0
        """Bytes after the end of the chunked body."""
        self.reason = ""
        """Why the coding does not parse; empty while it does."""

    @property
    def complete(self) -> bool:
        """Whether the last chunk came; some servers omit the empty line after it."""
        return self._state == State.COMPLETE or self._state == State.TRAILER

    @property
    def ended(self) -> bool:
        """Whether the last chunk and the empty line after it came."""
        return self._state == State.COMPLETE

    def take(self, buffer: Bytes, start: int, end: int) -> None:
        """Add the next bytes of the body: `buffer[start:end]`."""
        if self._carry:
            joined = self._carry + bytes(buffer[start:end])
            self._carry = b""
            buffer, start, end = joined, 0, len(joined)
        while start < end:
            if self._state == State.DATA:
                here = min(self._left, end - start)
                self._entity(memoryview(buffer)[start : start + here])
                self._left -= here
                start += here
                if not self._left:
                    self._state = State.END_OF_DATA
            elif self._state >= State.COMPLETE:
                self.excess += end - start
                return
            else:
                stop = buffer.find(b"\n", start, min(end, start + MAX_LINE)) + 1
                if not stop:
                    if end - start >= MAX_LINE:
                        self._break(bytes(buffer[start : start + 40]))
                    else:
                        self._carry = bytes(buffer[start:end])
                    return
                self._line(bytes(buffer[start:stop]))
                start = stop

    def _line(self, line: bytes) -> None:
        if self._state == State.SIZE:
            size = _SIZE.fullmatch(line)
            if size is None:
                self._break(line)
                return
            self.chunks += 1
            self._left = int(size[1], 16)
            # A chunk that is one byte too short swallows the CR: accept a bare LF only after a size that ended in one.
            self._end = b"\r\n" if line.endswith(b"\r\n") else b"\n"
            self._state = State.DATA if self._left else State.TRAILER
        elif self._state == State.END_OF_DATA:
            if line in (b"\r\n", self._end):
                self._state = State.SIZE
            else:
                self._state = State.BROKEN
                self.reason = f"chunk {self.chunks} does not end where its size says"
        elif line in (b"\r\n", b"\n"):
            self._state = State.COMPLETE

    def finish(self) -> None:
        """Note that the body has ended, and judge an unfinished line."""
        if self._state != State.SIZE or not self._carry:
            return
        if self._carry in (b"0", b"0\r"):
            self._state = State.TRAILER
        elif _PART_OF_SIZE.fullmatch(self._carry) is None:
            self._break(self._carry)

    def _break(self, line: bytes) -> None:
        self._state = State.BROKEN
        self.reason = f"not a chunk size: {line[:40]!r}" if self.chunks else "the body is not chunked"
