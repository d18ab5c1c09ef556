"""Decoders of content codings: coded bytes go in, decoded pieces of at most `STEP` bytes come out.

As lenient as browsers where the data is whole: bytes behind the end, and a missing or wrong checksum of gzip or
deflate, are noted, not refused. Data that is damaged or ends early is an error.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Callable, Generator, Iterator
from typing import cast

import brotli
import zstandard
from isal import igzip_lib

from archive.errors import CodingError, EndsEarly

STEP = 65536
"""Maximum bytes of a piece."""
INFLATE_ERRORS = (cast(type[Exception], igzip_lib.IsalError), EOFError)
"""Errors of igzip on damaged bytes; the cast is needed because its stubs declare the class as an instance."""
MAX_ZSTD_WINDOW = 8 << 20
"""Largest window of the `zstd` content coding (RFC 9659)."""

_ZSTD_FEED = 256
_GZIP, _ZSTD = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"
_SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
_MOST_OF_HEADER = 1 << 13
"""Bytes of a gzip header, whose file name and comment have no limit of their own."""
_READ_TWICE = 1 << 20
"""Coded bytes of a br body up to which its end is looked for when bytes follow it."""
SNIFFED = 512
"""First bytes that show whether a body is text."""
_TELLING = 16
"""First bytes that tell text from coded bytes."""
_LITTLE = 64
"""Coded bytes that are tried at a time, to see whether any of them decode."""
_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
"""A byte that text does not have (MIME Sniffing Standard, 3)."""
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*[<{\[]")

Pieces = Iterator[bytes]
Decoder = Generator[bytes, None, int]
"""Gives decoded pieces; returns the number of bytes read behind the end."""
Note = Callable[[str], None]
"""Called with one line for each fault of a coding in spite of which the body is whole."""


def is_text(coding: str, start: bytes) -> bool:
    """Tell whether a body that should have a coding begins as text: by its missing magic bytes, else as markup."""
    if not start or _BINARY.search(start):
        return False
    if coding in ("gzip", "x-gzip"):
        return True  # its first byte is never text
    if coding == "zstd":
        return not _ZSTD.startswith(start[:4])
    return _MARKUP.match(start) is not None


class Feed(Iterator[bytes]):
    """Coded bytes that can be looked at before they are decoded."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        self._data, self._at = b"", 0  # a position, because slicing 64 KB for each of 3,000 tiny members takes long

    def __next__(self) -> bytes:
        """Give at most `STEP` bytes: all 4 MB of a body, for each of its 200,000 members, take 23 s (2026-11)."""
        if self._at >= len(self._data):
            self._data, self._at = next(self._pieces), 0
        data = self._data[self._at : self._at + STEP]
        self._at += len(data)
        return data

    def put_back(self, data: bytes) -> None:
        """Give bytes back that were not needed, the last that were taken."""
        if len(data) <= self._at:
            self._at -= len(data)
        else:
            self._data, self._at = data + self._data[self._at :], 0

    def reach(self, count: int) -> bool:
        """Read ahead by `count` bytes; False when there are not as many."""
        while len(self._data) - self._at < count and (more := next(self._pieces, b"")):
            self._data, self._at = self._data[self._at :] + more, 0
        return len(self._data) - self._at >= count

    def peek(self, count: int) -> bytes:
        """Look at up to `count` bytes."""
        self.reach(count)
        return self._data[self._at : self._at + count]

    def find_zero(self, start: int) -> int:
        """The place of the first zero byte from `start` on, among the bytes read ahead; negative without one."""
        return self._data.find(b"\0", self._at + start) - self._at

    def take(self, count: int) -> bytes:
        """Take up to `count` bytes."""
        taken = self.peek(count)
        self._at += len(taken)
        return taken

    @property
    def ahead(self) -> int:
        """Bytes read ahead and not taken."""
        return len(self._data) - self._at


def _gunzip(pieces: Pieces, note: Note) -> Decoder:
    """Decode gzip members in a row (RFC 1952, 2.2); bytes behind the last member are ignored, as browsers do."""
    feed = Feed(pieces)
    start = feed.peek(4)
    if start and not _GZIP.startswith(start[:3]):
        raise CodingError(f"gzip does not decode: it starts with {start!r}")
    while start:
        feed.take(_gzip_header(feed))
        checksum, length = yield from _inflate(feed, igzip_lib.DECOMP_GZIP_NO_HDR, "gzip")
        _verify(feed, struct.pack("<II", checksum, length & 0xFFFFFFFF), "gzip", note)
        start = feed.peek(4)
        if len(start) < 2 or not _GZIP.startswith(start[:3]):
            break
    return feed.ahead


def _gzip_header(feed: Feed) -> int:
    """The length of a gzip member's header (RFC 1952, 2.3)."""
    start = feed.peek(12)
    flags, end = start[3] if len(start) > 3 else 0, 10
    if flags & 0xE0:
        raise CodingError("gzip does not decode: its header has unknown flags")
    if flags & 4:
        end = 12 + int.from_bytes(start[10:12], "little")
    for flag in (8, 16):  # file name, comment
        if flags & flag:
            end = _behind_zero(feed, end)
    end += 2 if flags & 2 else 0
    if not feed.reach(end):
        raise EndsEarly("gzip body ends early")
    return end


def _behind_zero(feed: Feed, start: int) -> int:
    """The place behind the next zero byte; far away when there is none."""
    while (zero := feed.find_zero(start)) < 0:
        if feed.ahead > _MOST_OF_HEADER or not feed.reach(feed.ahead + 1):
            return 2 * _MOST_OF_HEADER + feed.ahead
    return zero + 1


def _undeflate(pieces: Pieces, note: Note) -> Decoder:
    """Decode `deflate`: zlib (RFC 9110, 8.4.1.2), or raw as some servers send it; the first two bytes tell."""
    feed = Feed(pieces)
    start = feed.peek(2)
    if len(start) == 2 and start[0] & 0x0F == 8 and (start[0] << 8 | start[1]) % 31 == 0:
        if start[1] & 0x20:
            raise CodingError("deflate does not decode: it needs a dictionary")
        feed.take(2)
        checksum, _ = yield from _inflate(feed, igzip_lib.DECOMP_ZLIB_NO_HDR, "deflate")
        _verify(feed, checksum.to_bytes(4, "big"), "deflate", note)
    elif start:
        yield from _inflate(feed, igzip_lib.DECOMP_DEFLATE, "deflate")
    feed.reach(1)
    return feed.ahead


def _inflate(feed: Feed, flag: int, coding: str) -> Generator[bytes, None, tuple[int, int]]:
    """Decode one deflate stream without header and trailer; return checksum and length of what it gave."""
    decoder, length = igzip_lib.IgzipDecompressor(flag=flag), 0
    try:
        while not decoder.eof:
            data = next(feed, b"") if decoder.needs_input else b""
            if not data and decoder.needs_input:
                raise EndsEarly(f"{coding} body ends early")
            if decoded := decoder.decompress(data, STEP):
                length += len(decoded)
                yield decoded
    except INFLATE_ERRORS as error:
        raise CodingError(f"{coding} does not decode: {error}") from error
    feed.put_back(decoder.unused_data)
    return decoder.crc, length


def _verify(feed: Feed, trailer: bytes, coding: str, note: Note) -> None:
    """Take a checksum and compare it. The data is whole, so browsers show it whatever its checksum says."""
    found = feed.take(len(trailer))
    if len(found) < len(trailer):
        note(f"the {coding} body ends without its checksum")
    elif found != trailer:
        note(f"the {coding} body has a wrong checksum")


def _unbrotli(pieces: Pieces, _: Note) -> Decoder:
    """Decode brotli (RFC 7932); bytes behind the end are ignored, as browsers do."""
    decoder = brotli.Decompressor()
    coded, length = io.BytesIO(), 0
    try:
        for piece in pieces:
            if decoder.is_finished():
                return len(piece)
            coded.write(piece[: _READ_TWICE + 1 - coded.tell()])
            decoded = decoder.process(piece, output_buffer_limit=STEP)
            while decoded or not decoder.can_accept_more_data():
                length += len(decoded)
                yield decoded
                decoded = decoder.process(b"", output_buffer_limit=STEP)
    except brotli.error as error:
        if coded.tell() > _READ_TWICE:
            raise CodingError(f"br does not decode: {error}") from error
        return (yield from _unbrotli_by_byte(coded.getvalue(), length))
    if coded.tell() and not decoder.is_finished():
        raise EndsEarly("br body ends early")
    return 0


def _unbrotli_by_byte(coded: bytes, given: int) -> Decoder:
    """Give what follows the first `given` decoded bytes of a body with bytes behind its end, which the library refuses.

    It neither says where the end was nor gives what came before it.
    """
    decoder = brotli.Decompressor()
    try:
        for place in range(len(coded)):
            decoded = decoder.process(coded[place : place + 1], output_buffer_limit=STEP)
            while decoded or not decoder.can_accept_more_data():
                yield decoded[given:]
                given = max(given - len(decoded), 0)
                decoded = decoder.process(b"", output_buffer_limit=STEP)
            if decoder.is_finished():
                return len(coded) - place - 1
    except brotli.error as error:
        raise CodingError(f"br does not decode: {error}") from error
    raise EndsEarly("br body ends early")


def _unzstd(pieces: Pieces, _: Note) -> Decoder:
    """Decode zstd frames in a row (RFC 8878, 3.1); bytes behind the last frame are ignored.

    A frame may have no checksum; one with a wrong checksum is refused, as Chromium does (ERR_CONTENT_DECODING_FAILED).
    zstandard's file-like reader has bounded output but does not notice a cut frame. `decompressobj` does, so it gets
    `_ZSTD_FEED` bytes at a time: a block takes at least 4 bytes and gives at most 128 KiB, so a step gives at most
    8 MiB.
    """
    feed, frames = Feed(pieces), 0
    try:
        while start := feed.peek(4):
            if frames and not _ZSTD.startswith(start) and not _SKIPPABLE.match(start):
                return feed.ahead
            yield from _unframed(feed)
            frames += 1
    except zstandard.ZstdError as error:
        raise CodingError(f"zstd does not decode: {error}") from error
    return 0


def _unframed(feed: Feed) -> Pieces:
    decoder = zstandard.ZstdDecompressor(max_window_size=MAX_ZSTD_WINDOW).decompressobj()
    while piece := next(feed, b""):
        for start in range(0, len(piece), _ZSTD_FEED):
            if decoded := decoder.decompress(piece[start : start + _ZSTD_FEED]):
                yield decoded
            if decoder.eof:
                feed.put_back(decoder.unused_data + piece[start + _ZSTD_FEED :])
                return
    raise EndsEarly("zstd body ends early")


DECODERS: dict[str, Callable[[Pieces, Note], Decoder]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _undeflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}


def lacks(coding: str, start: bytes) -> bool:
    """Tell whether a body that begins like this does not have a coding: nothing can be decoded of its first bytes.

    A body that is coded and damaged, or cut, has the coding.
    """
    if coding in ("gzip", "x-gzip"):
        return not _GZIP.startswith(start[:3])
    if coding == "zstd":
        return not _ZSTD.startswith(start[:4]) and not _SKIPPABLE.match(start)
    if coding not in DECODERS or not start:
        return False
    if len(start) >= _TELLING and _is_plain(start[:SNIFFED]):
        return True
    pieces = (start[at : at + _LITTLE] for at in range(0, len(start), _LITTLE))  # else one error would hide all output
    try:
        next(DECODERS[coding](pieces, lambda _: None), b"")
    except EndsEarly:
        return False
    except CodingError:
        return True
    return False


def _is_plain(start: bytes) -> bool:
    """Tell whether these bytes are UTF-8 text, which coded bytes are not: of 16 random ones, one in 20,000 are."""
    try:
        start.decode()
    except UnicodeDecodeError as error:
        if error.start < len(start) - 3:  # not just a character that was cut
            return False
    return not _BINARY.search(start)
