"""The content of a WARC file from an offset on: a gzip member, a zstd frame or plain bytes, in bounded memory.

A stream ends where its member does; `go_on` continues with the next member, where that has the rest of the same record.
An early end of the file and damage raise BadRecord.
"""

from __future__ import annotations

import os
import struct
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property
from typing import BinaryIO, Protocol, Self

import zstandard
from isal import igzip_lib

from archive.errors import BadRecord
from archive.plurals import many
from archive.read import gzip_members, zstd_frames
from archive.read.source import Bytes
from archive.warc.decoders import INFLATE_ERRORS

FEED = 32768
"""Stored bytes that are read at a time."""
_LOOK = 4096
"""First bytes of a member that show whether it begins a record."""
BLOCK = 256 << 10
"""Bytes of one request to a store: a page with its headers has 30 KB, and an answer takes about as long as 256 KB."""


class StoredFile:
    """An open WARC file, or one inside a package, which is read at any offset; a context manager."""

    def __init__(self, name: str, file: BinaryIO, start: int = 0, size: int | None = None) -> None:
        """`start` and `size` are the byte range of a file inside another one."""
        self.name = name
        self._file, self._start, self._size = file, start, size

    @property
    def size(self) -> int:
        """Bytes of the file now: a run may be writing it."""
        return os.fstat(self._file.fileno()).st_size if self._size is None else self._size

    def read(self, offset: int, count: int) -> bytes:
        """Read so many bytes from an offset on, fewer at the end of the file. BadRecord when that fails."""
        if self._size is not None:
            count = max(0, min(count, self._size - offset))
        try:
            return os.pread(self._file.fileno(), count, self._start + offset)
        except (OSError, OverflowError) as error:  # an offset from a damaged index may be any number
            raise BadRecord(self.name, offset, f"can't be read: {error}") from error

    @cached_property
    def dictionary(self) -> zstandard.ZstdCompressionDict | None:
        """The dictionary with which a zstd file begins; BadRecord when it is damaged."""
        head = self.read(0, 8)
        if head[:4] != zstd_frames.DICTIONARY or len(head) < 8:
            return None
        size = min(int(struct.unpack_from("<I", head, 4)[0]), zstd_frames.MAX_DICTIONARY)
        try:
            return zstd_frames.dictionary_of(self.read(8, size))
        except zstandard.ZstdError as error:
            raise BadRecord(self.name, 0, f"its dictionary can't be read: {error}") from error

    def close(self) -> None:
        """Close it."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class FileInStore(StoredFile):
    """A WARC file in a store, which is read block by block."""

    def __init__(self, name: str, size: int, block: Callable[[int], bytes], span: Callable[[int, int], bytes]) -> None:
        """`block` gives the block of a number, from 0; `span` so many bytes from an offset on."""
        self.name = name
        self._length, self._block, self._span = size, block, span

    @property
    def size(self) -> int:
        return self._length

    def read(self, offset: int, count: int) -> bytes:
        if offset < 0:
            raise BadRecord(self.name, offset, "can't be read: there is no such place")
        end = min(offset + count, self._length)
        if end - offset > BLOCK:
            return self._span(offset, end - offset)
        pieces = []
        while offset < end:
            number, skipped = divmod(offset, BLOCK)
            pieces.append(self._block(number)[skipped : skipped + end - offset])
            offset += len(pieces[-1])
        return b"".join(pieces)

    def close(self) -> None:
        pass


class Stream:
    """The bytes of a file from an offset on, as they are stored."""

    has_members = False

    def __init__(self, file: StoredFile, offset: int, ahead: bytes = b"") -> None:
        """`ahead`: bytes from the offset on that were read already."""
        self._file, self._at, self._ahead = file, offset, ahead
        self.end: int | None = None
        """Offset behind the member; None before the stream has ended, and where there are no members."""

    def read(self, most: int) -> bytes:
        """Read at most so many bytes; none at the end."""
        piece = self._ahead[:most] or self._file.read(self._at, most)
        self._ahead = self._ahead[most:]
        self._at += len(piece)
        return piece

    def go_on(self, goes_on: Callable[[Bytes], bool]) -> bool:  # noqa: ARG002 - there is no next member
        """Continue with the next member, if its first bytes say that it `goes_on`; tell whether it does."""
        return False


class _Decoder(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, most: int) -> bytes: ...


class _Members(Stream, ABC):
    """The content of a member, and of those that go on with its record."""

    has_members = True

    def __init__(self, file: StoredFile, offset: int, ahead: bytes = b"") -> None:
        super().__init__(file, offset, ahead)
        self._offset = offset
        self._decoder = self._begin()

    @abstractmethod
    def _begin(self) -> _Decoder:
        """Return the decoder of a member."""

    @abstractmethod
    def _next(self, offset: int) -> int | None:
        """The offset of the next member from an offset on; None where there is none."""

    def read(self, most: int) -> bytes:
        while self.end is None:
            data = self._read_stored() if self._decoder.needs_input else b""
            try:
                piece = self._decoder.decompress(data, most)
            except (*INFLATE_ERRORS, zstandard.ZstdError) as error:
                raise BadRecord(self._file.name, self._offset, f"its member does not inflate: {error}") from error
            if self._decoder.eof:
                self.end = self._at - len(self._decoder.unused_data)
            if piece:
                return piece
        return b""

    def _read_stored(self) -> bytes:
        data = super().read(FEED)
        if not data:
            read = self._at - self._offset
            raise BadRecord(
                self._file.name, self._offset, f"the file ends inside this member, after {many(read, 'byte')}"
            )
        return data

    def go_on(self, goes_on: Callable[[Bytes], bool]) -> bool:
        if self.end is None or (place := self._next(self.end)) is None:
            return False
        try:
            start = type(self)(self._file, place).read(_LOOK)
        except BadRecord:
            return False  # what is wrong with this record is the better message
        if not start or not goes_on(start):
            return False
        self._at, self._ahead, self.end, self._decoder = place, b"", None, self._begin()
        return True


class _GzipMembers(_Members):
    def _begin(self) -> _Decoder:
        decoder: _Decoder = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
        return decoder

    def _next(self, offset: int) -> int | None:
        return offset if self._file.read(offset, 2) == gzip_members.MAGIC else None


class _ZstdFrames(_Members):
    def __init__(self, file: StoredFile, offset: int, ahead: bytes = b"") -> None:
        begin = self._passed(file, offset)
        super().__init__(file, begin, ahead if begin == offset else b"")

    def _begin(self) -> _Decoder:
        return _ZstdFrame(self._file.dictionary)

    def _next(self, offset: int) -> int | None:
        offset = self._passed(self._file, offset)
        return offset if self._file.read(offset, 4) == zstd_frames.MAGIC else None

    @staticmethod
    def _passed(file: StoredFile, offset: int) -> int:
        """Pass over skippable frames, a dictionary for one."""
        while zstd_frames.SKIPPABLE.match(head := file.read(offset, 8)) and len(head) == 8:
            offset += 8 + int(struct.unpack_from("<I", head, 4)[0])
        return offset


class _ZstdFrame:
    """Decompresses one zstd frame as igzip's decompressor does a member: at most so many bytes at a time."""

    def __init__(self, dictionary: zstandard.ZstdCompressionDict | None) -> None:
        self._decoder = zstd_frames.decoder_of(dictionary)
        self._in, self._out = memoryview(b""), memoryview(b"")

    @property
    def needs_input(self) -> bool:
        return not self._in and not self._out and not self._decoder.eof

    @property
    def eof(self) -> bool:
        return self._decoder.eof and not self._out

    @property
    def unused_data(self) -> bytes:
        return self._decoder.unused_data + bytes(self._in)

    def decompress(self, data: bytes, most: int) -> bytes:
        self._in = memoryview(data) if data else self._in
        while not self._out and self._in and not self._decoder.eof:
            fed, self._in = self._in[: zstd_frames.FEED], self._in[zstd_frames.FEED :]
            self._out = memoryview(self._decoder.decompress(fed))
        given, self._out = self._out[:most], self._out[most:]
        return bytes(given)


def stream_at(file: StoredFile, offset: int) -> Stream:
    """Give the content of a file from an offset on; the first bytes there tell how it is stored."""
    start = file.read(offset, FEED)
    if start[:2] == gzip_members.MAGIC:
        return _GzipMembers(file, offset, start)
    return _ZstdFrames(file, offset, start) if zstd_frames.is_zstd(start[:4]) else Stream(file, offset, start)
