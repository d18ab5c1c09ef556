"""Transfer and content codings: received or stored bytes go in, payload or decoded entity comes out, within a limit.

The live fetch, the reader and the audit share these functions, so a page that is derived again from the archive has the
same bytes. Every decoder of a chain gives pieces of at most `STEP` bytes, and they are counted: a decompression bomb,
even a nested one, costs no more than the limit.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Container
from typing import BinaryIO

from archive.errors import CodingError, TooLarge
from archive.warc.decoders import DECODERS, SNIFFED, STEP, Decoder, Feed, Note, Pieces, is_text, lacks
from archive.warc.heads import Head, parse_head

MAX_CODINGS = 5
"""Maximum codings of one response, as in curl and Chromium."""

_CHUNK_LINE = 65536
_LONGEST_LENGTH = 19
"""A Content-Length has fewer digits; the audit reads none with more."""
_PART_OF_CHUNK_SIZE = re.compile(rb"[ \t]*[0-9A-Fa-f]{0,16}[ \t]*(?:;.*)?\r?", re.DOTALL)
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;.*)?\r?\n", re.DOTALL)
_KNOWN_BUT_MISSING = {"compress", "x-compress", "aes128gcm", "exi", "pack200-gzip", "dcb", "dcz"}


def _ignore(_: str) -> None:
    pass


def decode_entity(
    head: bytes, body: bytes | BinaryIO, limit: int, *, framing: bytes | None = None, note: Note = _ignore
) -> bytes:
    """Remove transfer and content codings from the body of a response (RFC 9110, 8.4; RFC 9112, 7).

    `head` is the head of the final response, `body` the bytes behind it, from the current position. `framing` is the
    head that names the transfer coding, if that is another one: a revisit's body is in its original. Unknown content
    codings are ignored, as browsers do. `note` is told what is wrong with a coding whose data is whole all the same: a
    missing or wrong checksum, bytes behind the end, text that was never coded. Raises TooLarge when a decoder gives
    more than `limit` bytes, CodingError when the data is damaged or ends early.
    """
    # BytesIO gives its bytes away without a copy; joining pieces takes twice the memory. Closing it frees them even
    # while a caller keeps the error, whose traceback holds this frame.
    with io.BytesIO() as decoded:
        for piece in entity_pieces(head, body, limit, framing=framing, note=note):
            decoded.write(piece)
        return decoded.getvalue()


def entity_pieces(
    head: bytes,
    body: bytes | BinaryIO,
    limit: int,
    *,
    framing: bytes | None = None,
    note: Note = _ignore,
    missing: Container[str] = (),
) -> Pieces:
    """As `decode_entity`, in pieces; the codings in `missing` are not removed, since the body does not have them."""
    framing = head if framing is None else framing
    pieces = payload_pieces(framing, body, missing)
    between = limit + limit // 16 + STEP  # incompressible bytes grow a little when they are coded
    if set(transfer_codings(framing)) - {"chunked"}:
        pieces = _bounded(pieces, between, limit)
    codings = [coding for coding in content_codings(head) if coding not in missing]
    for coding in reversed(codings[1:]):
        pieces = _bounded(_remove(coding, pieces, note), between, limit)
    return _bounded(_remove(codings[0], pieces, note) if codings else pieces, limit, limit)


def missing_codings(head: bytes, framing: bytes, start: bytes) -> frozenset[str]:
    """The codings that the heads of a body name, and that it does not have, by its first bytes.

    Many tools store a body decoded, under the head that came with it. Text that was never coded is not meant: decoding
    passes it on.
    """
    missing = set()
    if transfer_codings(framing) == ["chunked"]:
        line, end, _ = start.partition(b"\n")
        if not (_CHUNK_SIZE.fullmatch(line + end) if end else _PART_OF_CHUNK_SIZE.fullmatch(line)):
            missing.add("chunked")
        else:
            start = _first_chunks(start)
    for coding in reversed(content_codings(head)):
        if is_text(coding, start[:SNIFFED]) or not start or not lacks(coding, start):
            break
        missing.add(coding)
    return frozenset(missing)


def _first_chunks(start: bytes) -> bytes:
    chunks = b""
    try:
        for piece in dechunk(io.BytesIO(start)):
            chunks += piece
    except CodingError:
        pass  # it goes on behind these bytes, or is damaged: what reads all of it finds out
    return chunks


def payload_pieces(head: bytes, body: bytes | BinaryIO, missing: Container[str] = ()) -> Pieces:
    """The payload in pieces: the body without transfer coding, content coding kept (WARC 1.1, 5.9).

    `missing`: codings that the body does not have, although the head names them.
    """
    stream = io.BytesIO(body) if isinstance(body, bytes) else body
    codings = [coding for coding in transfer_codings(head) if coding not in missing]
    if not codings:
        return _read(stream)
    pieces = dechunk(stream) if codings[-1] == "chunked" else _read(stream)
    for coding in reversed(codings[:-1] if codings[-1] == "chunked" else codings):
        pieces = _remove(coding, pieces, _ignore)
    return pieces


def transfer_codings(head: bytes) -> list[str]:
    """The transfer codings of a response, in the order in which they were applied, each once, without `identity`.

    Some proxies repeat the field; no sender may apply chunked twice (RFC 9112, 6.1).
    """
    return list(dict.fromkeys(_codings(head, "Transfer-Encoding")))


def stated_length(head: Head) -> int | None:
    """The bytes of a body as Content-Length says; None without one.

    Raises CodingError when it is no number, or when several differ (RFC 9112, 6.3): where the body ends is not certain.
    """
    value = head.get("Content-Length")
    if value is None:
        return None
    stated = {part.strip() for part in value.split(",")}
    for part in stated:
        if not (part.isascii() and part.isdigit() and len(part) < _LONGEST_LENGTH):
            raise CodingError(f"Content-Length is not a number: {part[:40]!r}")
    lengths = {int(part) for part in stated}
    if len(lengths) > 1:
        raise CodingError(f"conflicting Content-Length fields: {value[:80]}")
    return lengths.pop()


def content_codings(head: bytes) -> list[str]:
    """The known content codings of a response, in the order in which they were applied, without `identity`."""
    return [name for name in _codings(head, "Content-Encoding") if name in DECODERS or name in _KNOWN_BUT_MISSING]


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
    """Count the bytes that were read behind the end of a body.

    Decodes at most `limit` bytes and a step. Raises the same errors as `decode_entity`, and CodingError for a missing
    or wrong checksum too.
    """
    decoded, total = _decoder(coding)(iter((body,)), _refuse), 0
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


def _remove(coding: str, pieces: Pieces, note: Note) -> Pieces:
    """Remove a coding; text that does not have it is passed on, since some servers name a coding and apply none."""
    feed = Feed(pieces)
    if is_text(coding, feed.peek(SNIFFED)):
        note(f"the header says {coding}, but the body is not coded")
        yield from feed
    elif (yield from _decoder(coding)(feed, note)):
        note(f"bytes follow the end of the {coding} body")


def _decoder(coding: str) -> Callable[[Pieces, Note], Decoder]:
    try:
        return DECODERS[coding]
    except KeyError:
        raise CodingError(f"no decoder for the coding {coding[:40]!r}") from None


def _refuse(fault: str) -> None:
    raise CodingError(fault)
