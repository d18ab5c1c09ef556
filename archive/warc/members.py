"""Streams over an open WARC file: an offset goes in, the inflated bytes of a record come out, in bounded memory.

A stream ends only where its member ends. An early end of the file and a wrong CRC32 or ISIZE raise BadRecord.
"""

from __future__ import annotations

import io
from typing import BinaryIO, cast

from isal import igzip_lib

from archive.errors import BadRecord

FEED = 32768
"""Compressed bytes that are inflated at a time."""
_STEP = 65536
SHORT = 4096
"""Bytes read ahead in an uncompressed file: behind damage, a header may be looked for at every line."""
GZIP_MAGIC = b"\x1f\x8b"
INFLATE_ERRORS = (cast(type[Exception], igzip_lib.IsalError), EOFError)
"""Errors of igzip on damaged bytes; the cast is needed because its stubs declare the class as an instance."""


class Work:
    """Counts the bytes that streams read and inflate."""

    def __init__(self) -> None:
        self.bytes = 0


class MemberStream(io.RawIOBase):
    """The inflated content of the gzip member that starts at `offset`."""

    def __init__(self, file: BinaryIO, name: str, offset: int, work: Work, feed: int = FEED) -> None:
        """`feed`: compressed bytes inflated at a time; of a damaged member, the steps before the damage can be read."""
        self._file, self._name, self._offset, self._work, self._feed = file, name, offset, work, feed
        self._decoder = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
        self._fed = offset
        self.end: int | None = None
        """Offset behind the member; None until the stream has ended."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self.end is not None:
            return 0
        while True:
            try:
                compressed = self._read_compressed() if self._decoder.needs_input else b""
                piece = self._decoder.decompress(compressed, len(buffer))
            except INFLATE_ERRORS as error:
                raise BadRecord(self._name, self._offset, f"gzip member does not inflate: {error}") from error
            if self._decoder.eof:
                self.end = self._fed - len(self._decoder.unused_data)
            if piece or self._decoder.eof:
                self._work.bytes += len(piece)
                buffer[: len(piece)] = piece
                return len(piece)

    def _read_compressed(self) -> bytes:
        self._file.seek(self._fed)
        compressed = self._file.read(self._feed)
        if not compressed:
            raise BadRecord(
                self._name,
                self._offset,
                f"the file ends inside this gzip member, after {self._fed - self._offset} bytes",
            )
        self._fed += len(compressed)
        self._work.bytes += len(compressed)
        return compressed


class PlainStream(io.RawIOBase):
    """An uncompressed file from `offset` on."""

    def __init__(self, file: BinaryIO, offset: int, work: Work) -> None:
        self._file, self._position, self._work = file, offset, work

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._file.seek(self._position)
        piece = self._file.read(len(buffer))
        buffer[: len(piece)] = piece
        self._position += len(piece)
        self._work.bytes += len(piece)
        return len(piece)


class Block(io.RawIOBase):
    """The block of one record: exactly Content-Length bytes, or BadRecord."""

    def __init__(self, source: BinaryIO, length: int, name: str, offset: int) -> None:
        self._source, self.left = source, length
        self._name, self._offset = name, offset

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self.left:
            return 0
        piece = self._source.read(min(len(buffer), self.left))
        if not piece:
            raise BadRecord(self._name, self._offset, f"the record ends {self.left} bytes before its Content-Length")
        buffer[: len(piece)] = piece
        self.left -= len(piece)
        return len(piece)


class Joined(io.RawIOBase):
    """Gives bytes that were read already, then the rest of their stream."""

    def __init__(self, start: bytes, rest: BinaryIO) -> None:
        self._start, self._rest = memoryview(start), rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self._start[: len(buffer)] if self._start else memoryview(self._rest.read(len(buffer)))
        self._start = self._start[len(piece) :]
        buffer[: len(piece)] = piece
        return len(piece)


def buffered(raw: io.RawIOBase, size: int = _STEP) -> BinaryIO:
    """Add `readline`, and a `read(n)` that gives n bytes unless the stream ends."""
    return io.BufferedReader(raw, size)
