"""Transfer and content codings: received or stored bytes go in, payload or decoded entity comes out, within a limit.

The live fetch, the reader and the audit share these functions, so a page that is derived again from the archive has the
same bytes. Every decoder of a chain gives pieces of at most `STEP` bytes, and they are counted: a decompression bomb,
even a nested one, costs no more than the limit.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Generator, Iterator
from typing import BinaryIO

import brotli
import zstandard
from isal import igzip_lib

from archive.errors import CodingError, TooLarge
from archive.warc.heads import parse_head
from archive.warc.members import INFLATE_ERRORS

STEP = 65536
"""Maximum bytes of a piece."""
MAX_CODINGS = 5
"""Maximum codings of one response, as in curl and Chromium."""
MAX_ZSTD_WINDOW = 8 << 20
"""Largest window of the `zstd` content coding (RFC 9659)."""

_CHUNK_LINE = 65536
_ZSTD_FEED = 256
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;.*)?\r?\n", re.DOTALL)
_KNOWN_BUT_MISSING = {"compress", "x-compress", "aes128gcm", "exi", "pack200-gzip", "dcb", "dcz"}

Pieces = Iterator[bytes]


def decode_entity(head: bytes, body: bytes | BinaryIO, limit: int, *, framing: bytes | None = None) -> bytes:
    """Remove transfer and content codings from the body of a response (RFC 9110, 8.4; RFC 9112, 7).

    `head` is the head of the final response, `body` the bytes behind it, from the current position. `framing` is the
    head that names the transfer coding, if that is another one: a revisit's body is in its original. Unknown content
    codings are ignored, as browsers do. Raises TooLarge when a decoder gives more than `limit` bytes, CodingError when
    the bytes are damaged or end early.
    """
    # BytesIO gives its bytes away without a copy; joining pieces takes twice the memory. Closing it frees them even
    # while a caller keeps the error, whose traceback holds this frame.
    with io.BytesIO() as decoded:
        for piece in entity_pieces(head, body, limit, framing=framing):
            decoded.write(piece)
        return decoded.getvalue()


def entity_pieces(head: bytes, body: bytes | BinaryIO, limit: int, *, framing: bytes | None = None) -> Pieces:
    """As `decode_entity`, in pieces."""
    framing = head if framing is None else framing
    pieces = payload_pieces(framing, body)
    between = limit + limit // 16 + STEP  # incompressible bytes grow a little when they are coded
    if set(transfer_codings(framing)) - {"chunked"}:
        pieces = _bounded(pieces, between, limit)
    codings = content_codings(head)
    for coding in reversed(codings[1:]):
        pieces = _bounded(_remove(coding, pieces), between, limit)
    return _bounded(_remove(codings[0], pieces) if codings else pieces, limit, limit)


def payload_pieces(head: bytes, body: bytes | BinaryIO) -> Pieces:
    """The payload in pieces: the body without transfer coding, content coding kept (WARC 1.1, 5.9)."""
    stream = io.BytesIO(body) if isinstance(body, bytes) else body
    codings = transfer_codings(head)
    if not codings:
        return _read(stream)
    pieces = dechunk(stream) if codings[-1] == "chunked" else _read(stream)
    for coding in reversed(codings[:-1] if codings[-1] == "chunked" else codings):
        pieces = _remove(coding, pieces)
    return pieces


def transfer_codings(head: bytes) -> list[str]:
    """The transfer codings of a response, in the order in which they were applied, each once, without `identity`.

    Some proxies repeat the field; no sender may apply chunked twice (RFC 9112, 6.1).
    """
    return list(dict.fromkeys(_codings(head, "Transfer-Encoding")))


def content_codings(head: bytes) -> list[str]:
    """The known content codings of a response, in the order in which they were applied, without `identity`."""
    return [name for name in _codings(head, "Content-Encoding") if name in _DECODERS or name in _KNOWN_BUT_MISSING]


def _codings(head: bytes, field: str) -> list[str]:
    value = parse_head(head).get(field)
    if not value:
        return []
    names = [name.partition(";")[0].strip().lower() for name in value.split(",")]
    names = [name for name in names if name and name != "identity"]
    if len(names) > MAX_CODINGS:
        raise CodingError(f"{field} names {len(names)} codings, at most {MAX_CODINGS} are accepted")
    return names


def left_over(coding: str, body: bytes, limit: int) -> int:
    """Count the bytes behind the end of a gzip or deflate body; in other codings such bytes are damage.

    Decodes at most `limit` bytes and a step. Raises the same errors as `decode_entity`.
    """
    decoded, total = _remove(coding, iter((body,))), 0
    while True:
        try:
            total += len(next(decoded))
        except StopIteration as end:
            return int(end.value or 0)
        if total > limit:
            raise TooLarge(limit)


def dechunk(stream: BinaryIO) -> Pieces:
    """Remove the chunked coding (RFC 9112, 7.1).

    Extensions and trailers are skipped; bare LF and spaces around sizes are accepted. A body without any bytes is empty
    (HEAD, 304). Raises CodingError at the first wrong byte or an early end; the pieces before are valid.
    """
    first = True
    while True:
        line = stream.readline(_CHUNK_LINE)
        if first and not line:
            return
        first = False
        size = _CHUNK_SIZE.fullmatch(line)
        if size is None:
            raise CodingError(
                "chunked body ends early" if not line.endswith(b"\n") else f"not a chunk size: {line[:40]!r}"
            )
        left = int(size[1], 16)
        if left == 0:
            break
        while left:
            piece = stream.read(min(left, STEP))
            if not piece:
                raise CodingError("chunked body ends early")
            left -= len(piece)
            yield piece
        end = stream.readline(3)
        if end not in (b"\r\n", b"\n"):
            raise CodingError(
                "chunked body ends early" if not end or end == b"\r" else f"chunk longer than its size: {end!r}"
            )
    while (line := stream.readline(_CHUNK_LINE)) not in (b"", b"\r\n", b"\n"):
        pass


def _read(stream: BinaryIO) -> Pieces:
    while piece := stream.read(STEP):
        yield piece


def _bounded(pieces: Pieces, bound: int, limit: int) -> Pieces:
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > bound:
            raise TooLarge(limit)
        yield piece


def _remove(coding: str, pieces: Pieces) -> Pieces:
    decoder = _DECODERS.get(coding)
    if decoder is None:
        raise CodingError(f"no decoder for the coding {coding[:40]!r}")
    return decoder(pieces)


def _gunzip(pieces: Pieces) -> Pieces:
    """Decode gzip members in a row (RFC 1952, 2.2); bytes behind the last member are ignored, as browsers do."""
    return _inflate(pieces, igzip_lib.DECOMP_GZIP, "gzip")


def _undeflate(pieces: Pieces) -> Pieces:
    """Decode `deflate`: zlib (RFC 9110, 8.4.1.2), or raw as some servers send it; the first two bytes tell."""
    start = b""
    for piece in pieces:
        start += piece
        if len(start) >= 2:
            break
    wrapped = len(start) >= 2 and start[0] & 0x0F == 8 and (start[0] << 8 | start[1]) % 31 == 0
    flag = igzip_lib.DECOMP_ZLIB if wrapped else igzip_lib.DECOMP_DEFLATE
    return _inflate(_after(start, pieces), flag, "deflate")


def _after(start: bytes, pieces: Pieces) -> Pieces:
    if start:
        yield start
    yield from pieces


def _inflate(pieces: Pieces, flag: int, coding: str) -> Generator[bytes, None, int]:
    """Decode gzip, zlib or raw deflate; return the number of bytes read behind its end."""
    decoder = igzip_lib.IgzipDecompressor(flag=flag)
    data, fed = b"", False
    try:
        while True:
            if not data and decoder.needs_input and not decoder.eof:
                data = next(pieces, b"")
                if not data:
                    break
                fed = True
            decoded = decoder.decompress(data, STEP)
            data = b""
            if decoded:
                yield decoded
            if decoder.eof:
                data = decoder.unused_data
                while len(data) < 2 and (more := next(pieces, b"")):
                    data += more
                if coding != "gzip" or data[:2] != b"\x1f\x8b":
                    return len(data)
                decoder = igzip_lib.IgzipDecompressor(flag=flag)
    except INFLATE_ERRORS as error:
        raise CodingError(f"{coding} does not decode: {error}") from error
    if fed:
        raise CodingError(f"{coding} body ends early")
    return 0


def _unbrotli(pieces: Pieces) -> Pieces:
    decoder = brotli.Decompressor()
    fed = False
    try:
        for piece in pieces:
            if decoder.is_finished():
                return
            fed = True
            decoded = decoder.process(piece, output_buffer_limit=STEP)
            while decoded or not decoder.can_accept_more_data():
                yield decoded
                decoded = decoder.process(b"", output_buffer_limit=STEP)
    except brotli.error as error:
        raise CodingError(f"br does not decode: {error}") from error
    if fed and not decoder.is_finished():
        raise CodingError("br body ends early")


def _unzstd(pieces: Pieces) -> Pieces:
    """Decode zstd frames in a row (RFC 8878, 3.1).

    zstandard's file-like reader has bounded output but does not notice a cut frame. `decompressobj` does, so it gets
    `_ZSTD_FEED` bytes at a time: a block takes at least 4 bytes and gives at most 128 KiB, so a step gives at most
    8 MiB.
    """
    decoder = zstandard.ZstdDecompressor(max_window_size=MAX_ZSTD_WINDOW).decompressobj()
    begun = False
    try:
        for piece in pieces:
            for start in range(0, len(piece), _ZSTD_FEED):
                data = piece[start : start + _ZSTD_FEED]
                while data:
                    begun = True
                    if decoded := decoder.decompress(data):
                        yield decoded
                    data = b""
                    if decoder.eof:
                        data = decoder.unused_data
                        decoder = zstandard.ZstdDecompressor(max_window_size=MAX_ZSTD_WINDOW).decompressobj()
                        begun = False
    except zstandard.ZstdError as error:
        raise CodingError(f"zstd does not decode: {error}") from error
    if begun:
        raise CodingError("zstd body ends early")


_DECODERS: dict[str, Callable[[Pieces], Pieces]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _undeflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
