"""The block of one record, read once: its pieces go in; digests, HTTP head, body framing come out. Nothing large is
kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from archive.audit.blocks.chunks import Chunks
from archive.audit.blocks.feed import Bytes

MAX_HEAD = 1 << 20
MAX_CODED = 8 << 20
"""Bytes of a coded body that are held to be decoded; of a larger one only the start is looked at."""

_STATUS = re.compile(rb"(?:HTTP/\d+(?:\.\d+)?|ICY)[ \t]+(\d{3})(?=[ \t\r\n])", re.IGNORECASE)
"""Radio streams answer `ICY 200 OK`."""
_HEAD_END = re.compile(rb"\n\r?\n")
_FOLD = re.compile(rb"\r?\n[ \t]+")
New = Callable[[], Any]


class Block:
    """`http` = `response` or `request`: the block is an HTTP message; None: it is the payload itself."""

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
        """Where the block ends in its buffer, when it came in one piece."""
        self.head = b""
        """The (final) HTTP head with its empty line."""
        self.lower = b""
        """The head in lower case, folds joined."""
        self.status: int | None = None
        self.terminated = False
        self.body_length = 0
        """Bytes after the head."""
        self.chunks: Chunks | None = None
        self.coding = b""
        """The last content coding that the head names, in lower case; empty when there is none."""
        self.entity = bytearray()
        """The entity where it is coded, and no more of it than `MAX_CODED` and a piece."""

    def take(self, buffer: Bytes, start: int, end: int) -> None:
        """`buffer[start:end]` are the next bytes of the block."""
        self.whole = (buffer, end) if not self.length else None
        self.length += end - start
        view = memoryview(buffer)[start:end]
        if self._block is not None:
            self._block.update(view)
        if self.http is None:
            if self._payload is not None:
                self._payload.update(view)
            return
        if not self.terminated:
            if len(self._held) >= MAX_HEAD:
                return
            if self._held:
                buffer = self._held + bytes(view)
                start, end = 0, len(buffer)
                self._held = b""
            start = self._find_head(buffer, start, end)
            if not self.terminated:
                self._held = bytes(buffer[start:end])
                return
            self._frame()
            if start == end:
                return
            view = memoryview(buffer)[start:end]
        self.body_length += end - start
        if self.chunks is not None:
            self.chunks.take(buffer, start, end)
            if self._raw is not None:
                self._raw.update(view)
            return
        self._entity(view)

    def finish(self) -> None:
        """No more bytes."""
        if self.http is not None and not self.terminated:
            self.head = self._held
            status = _STATUS.match(self.head + b"\n")
            self.status = int(status[1]) if status else None
        if self.chunks is not None:
            self.chunks.finish()

    def block_digest(self) -> bytes:
        """Of the whole block."""
        return bytes(self._block.digest())

    def payload_digest(self) -> bytes:
        """Of the entity body, transfer coding removed."""
        return bytes(self._payload.digest())

    def raw_digest(self) -> bytes:
        """Of the body with its transfer coding; only when there is one."""
        return bytes(self._raw.digest())

    def body(self) -> memoryview | None:
        """What comes after the HTTP head; None when the block was too large to be held."""
        if self.whole is None:
            return None
        buffer, end = self.whole
        return memoryview(buffer)[end - self.body_length : end]

    def field(self, name: bytes) -> bytes | None:
        """First value of a field of the HTTP head, lower case; `name` in lower case."""
        at = self.lower.find(b"\n" + name + b":")
        if at < 0:
            return None
        at += len(name) + 2
        return self.lower[at : self.lower.find(b"\n", at)].strip(b" \t\r")

    def _find_head(self, buffer: Bytes, start: int, end: int) -> int:
        """Sets the head when it ends here; returns where the body starts, or `start`. Interim heads (1xx but 101) are
        passed over."""
        while True:
            stop = buffer.find(b"\r\n\r\n", start, end) + 4
            early = buffer.find(b"\n\n", start, stop if stop > 3 else end)
            if early >= 0 or stop == 3:
                found = _HEAD_END.search(buffer, start, end)
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
        if coding in (b"", b"chunked", b"identity"):  # else the entity is not what its content coding says
            self.coding = (self.field(b"content-encoding") or b"").rpartition(b",")[2].strip()
        if coding.rpartition(b",")[2].strip() == b"chunked":
            self.chunks = Chunks(self._entity)
            if self._new is not None:
                self._raw = self._new()

    def _entity(self, piece: memoryview) -> None:
        if self.coding and len(self.entity) <= MAX_CODED:
            self.entity += piece
        if self._payload is not None:
            self._payload.update(piece)
