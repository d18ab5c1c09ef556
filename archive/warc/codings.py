"""Transfer and content codings: stored or received bytes go in, the payload or the decoded entity comes out, within a
bound.

The live fetch, the reader and the audit decode with these very functions, so a page derived again from the archive is
the same bytes. Every stage of a chain works on pieces of at most `STEP` bytes and counts what it puts out: a bomb,
nested ones too, costs its limit and not its size.
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
MAX_CODINGS = 5
"""Stacked codings accepted on one response; curl and Chromium stop at five too."""
MAX_ZSTD_WINDOW = 8 << 20
"""RFC 9659: a decoder of the `zstd` content coding need not take larger windows."""

_CHUNK_LINE = 65536
_ZSTD_FEED = 256
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;.*)?\r?\n", re.DOTALL)
_KNOWN_BUT_MISSING = {"compress", "x-compress", "aes128gcm", "exi", "pack200-gzip", "dcb", "dcz"}

Pieces = Iterator[bytes]


def decode_entity(head: bytes, body: bytes | BinaryIO, limit: int, *, framing: bytes | None = None) -> bytes:
    """The entity body with transfer and content codings removed (RFC 9110, 8.4; RFC 9112, 7).

    `head` is the final response's head, `body` what came after it, from its current position; `framing` is the head
    that the body's transfer coding belongs to when it is another one (a revisit's payload stands in its original).
    Unknown content codings are left as they are, as browsers do. Raises `TooLarge` when more than `limit` bytes come
    out of any stage, `CodingError` when the bytes do not decode or end early.
    """
    # Gives its bytes away without a copy, where pieces that are joined take twice as much; and is emptied when they are
    # too many, whoever keeps the error.
    with io.BytesIO() as decoded:
        for piece in entity_pieces(head, body, limit, framing=framing):
            decoded.write(piece)
        return decoded.getvalue()


def entity_pieces(head: bytes, body: bytes | BinaryIO, limit: int, *, framing: bytes | None = None) -> Pieces:
    """As `decode_entity`, piece by piece."""
    framing = head if framing is None else framing
    pieces = payload_pieces(framing, body)
    between = limit + limit // 16 + STEP  # what does not shrink grows a little under each coding
    if set(transfer_codings(framing)) - {"chunked"}:
        pieces = _bounded(pieces, between, limit)
    codings = content_codings(head)
    for coding in reversed(codings[1:]):
        pieces = _bounded(_remove(coding, pieces), between, limit)
    return _bounded(_remove(codings[0], pieces) if codings else pieces, limit, limit)


def payload_pieces(head: bytes, body: bytes | BinaryIO) -> Pieces:
    """What WARC-Payload-Digest covers: the body with the transfer coding removed and the content coding kept (WARC
    1.1, 5.9).
    """
    stream = io.BytesIO(body) if isinstance(body, bytes) else body
    codings = transfer_codings(head)
    if not codings:
        return _read(stream)
    pieces = dechunk(stream) if codings[-1] == "chunked" else _read(stream)
    for coding in reversed(codings[:-1] if codings[-1] == "chunked" else codings):
        pieces = _remove(coding, pieces)
    return pieces


def transfer_codings(head: bytes) -> list[str]:
    """Names in the order in which they were applied; `identity` left out."""
    return _codings(head, "Transfer-Encoding")


def content_codings(head: bytes) -> list[str]:
    """Names in the order in which they were applied; `identity` and names that nobody knows left out."""
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
    """How many bytes stand after the end of a body in this one coding (of gzip and deflate; the others are damaged
    then). Raises as `decode_entity`; no more than `limit` and a step are decoded."""
    decoded, total = _remove(coding, iter((body,))), 0
    while True:
        try:
            total += len(next(decoded))
        except StopIteration as end:
            return int(end.value or 0)
        if total > limit:
            raise TooLarge(limit)


def dechunk(stream: BinaryIO) -> Pieces:
    """Removes the chunked coding (RFC 9112, 7.1): extensions and trailers are skipped, bare LF and spaces around
    sizes accepted.

    A body of no bytes at all is empty (HEAD, 304). Raises `CodingError` at the first byte that does not fit, or at an
    early end; what was yielded before is right.
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
    """gzip, several members in a row too (RFC 1952, 2.2); anything after the last member is ignored, as browsers do."""
    return _inflate(pieces, igzip_lib.DECOMP_GZIP, "gzip")


def _undeflate(pieces: Pieces) -> Pieces:
    """`deflate` is zlib by RFC 9110 8.4.1.2 and raw deflate by the habit of some servers; the first two bytes tell."""
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
    """Gives back how many bytes of the last piece stand after the end."""
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
    """zstd frames in a row (RFC 8878, 3.1).

    Only zstandard's file-like reader bounds its output, but it ends in silence on a cut frame; `decompressobj` tells.
    So it is fed `_ZSTD_FEED` bytes at a time: a block takes at least 4 bytes and gives at most 128 KiB, so 8 MiB at
    most come out of one step.
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
