"""The chunked transfer coding (RFC 9112, 7.1), taken apart piece by piece: body bytes go in, entity bytes and a
verdict come out."""

from __future__ import annotations

import re
from collections.abc import Callable

from archive.audit.blocks.feed import Bytes

MAX_LINE = 64 << 10
_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\n]*)?\r?\n")
_AT_SIZE, _IN_DATA, _AFTER_DATA, _IN_TRAILER, _DONE, _BROKEN = range(6)


class Chunks:
    """`entity` is called with each stretch of entity bytes."""

    __slots__ = ("_carry", "_end", "_entity", "_left", "_state", "chunks", "excess", "length", "reason", "taken")

    def __init__(self, entity: Callable[[memoryview], None]) -> None:
        self._entity = entity
        self._state, self._left, self._carry = _AT_SIZE, 0, b""
        self._end = b"\r\n"
        self.chunks = 0
        self.length = 0
        """Entity bytes so far."""
        self.taken = 0
        """Body bytes taken."""
        self.excess = 0
        """Bytes after the end of the body."""
        self.reason = ""
        """Why it does not parse; empty when it does so far."""

    @property
    def complete(self) -> bool:
        """The last chunk came (its closing empty line may be missing, as some servers leave it out)."""
        return self._state == _DONE or self._state == _IN_TRAILER

    @property
    def ended(self) -> bool:
        """The empty line after the last chunk came too."""
        return self._state == _DONE

    def take(self, buffer: Bytes, start: int, end: int) -> None:
        """`buffer[start:end]` are the next bytes of the body."""
        self.taken += end - start
        if self._carry:
            joined = self._carry + bytes(buffer[start:end])
            self._carry = b""
            buffer, start, end = joined, 0, len(joined)
        while start < end:
            if self._state == _IN_DATA:
                here = min(self._left, end - start)
                self._entity(memoryview(buffer)[start : start + here])
                self.length += here
                self._left -= here
                start += here
                if not self._left:
                    self._state = _AFTER_DATA
            elif self._state >= _DONE:
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
        if self._state == _AT_SIZE:
            size = _SIZE.fullmatch(line)
            if size is None:
                self._break(line)
                return
            self.chunks += 1
            self._left = int(size[1], 16)
            # a chunk one byte shorter than its size takes the CR with it: LF is enough only where the size had no more
            self._end = b"\r\n" if line.endswith(b"\r\n") else b"\n"
            self._state = _IN_DATA if self._left else _IN_TRAILER
        elif self._state == _AFTER_DATA:
            if line in (b"\r\n", self._end):
                self._state = _AT_SIZE
            else:
                self._state = _BROKEN
                self.reason = f"chunk {self.chunks} does not end where its size says"
        elif line in (b"\r\n", b"\n"):
            self._state = _DONE

    def finish(self) -> None:
        """No more bytes: what is left over is judged."""
        if (
            self._carry
            and self._state == _AT_SIZE
            and re.fullmatch(rb"[0-9A-Fa-f]{0,16}[ \t]*(?:;[^\n]*)?\r?", self._carry) is None
        ):
            self._break(self._carry)
        elif self._carry in (b"0", b"0\r") and self._state == _AT_SIZE:
            self._state = _IN_TRAILER

    def _break(self, line: bytes) -> None:
        self._state = _BROKEN
        self.reason = f"not a chunk size: {line[:40]!r}" if self.chunks else "the body is not chunked"
