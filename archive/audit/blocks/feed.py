"""The decoded bytes of one member, or of a plain file, with a place in them: pieces go in, a growing and shrinking
buffer comes out."""

from __future__ import annotations

from collections.abc import Iterator

from archive.audit.blocks.source import STEP, Source

Bytes = bytes | bytearray


class Feed:
    """`buffer[pos:]` are the bytes not consumed yet; `fill` gets more of them."""

    __slots__ = ("_pieces", "base", "buffer", "ended", "pos")

    def __init__(self, first: Bytes, pieces: Iterator[Bytes] | None = None) -> None:
        self.buffer: Bytes = first
        self.pos = 0
        self.base = 0
        """Offset of `buffer[0]` in the decoded bytes."""
        self._pieces = pieces
        self.ended = pieces is None
        """Nothing comes after what the buffer holds."""

    @property
    def offset(self) -> int:
        """Place of the next byte in the decoded bytes."""
        return self.base + self.pos

    def fill(self, count: int) -> bool:
        """Tries to have `count` bytes ahead; False when the end comes first."""
        while len(self.buffer) - self.pos < count:
            if not self.more():
                return False
        return True

    def more(self) -> bool:
        """Drops what was consumed and appends one piece; False at the end."""
        if self._pieces is None or self.ended:
            return False
        piece = next(self._pieces, None)
        if piece is None:
            self.ended = True
            return False
        self.base += self.pos
        self.buffer = piece if self.pos == len(self.buffer) else bytes(self.buffer[self.pos :]) + piece
        self.pos = 0
        return True

    def take(self, count: int) -> Iterator[tuple[Bytes, int, int]]:
        """Consumes `count` bytes piece by piece: buffer, start, end; fewer come out when the end comes first."""
        while count > 0:
            here = min(count, len(self.buffer) - self.pos)
            if here:
                start = self.pos
                self.pos += here
                count -= here
                yield self.buffer, start, start + here
            elif not self.more():
                return

    def at_end(self) -> bool:
        """Nothing is left."""
        return self.pos >= len(self.buffer) and not self.fill(1)


def feed_from(source: Source, offset: int) -> Feed:
    """The bytes of a source as stored, from an offset on."""
    return Feed(b"", _stored(source, offset))


def _stored(source: Source, offset: int) -> Iterator[Bytes]:
    while offset < source.size:
        position = source.ensure(offset, STEP)
        piece = source.buffer[position : position + STEP]
        if not piece:
            return
        offset += len(piece)
        yield piece
