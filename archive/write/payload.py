"""What must be known of a response before its record is written; in: the seekable bytes, out: digests, head, length.

One pass over the block, one over the payload, in pieces; a response of up to `IN_MEMORY` bytes is read once and kept.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from archive.errors import CodingError
from archive.warc.codings import dechunk, payload_pieces, transfer_codings
from archive.warc.heads import Head, parse_head, read_head
from archive.warc.records import PIECE
from archive.warc.redaction import Redactor

IN_MEMORY = 1 << 20


@dataclass(frozen=True)
class Survey:
    """What the wire brought."""

    length: int
    """Bytes of the block: everything that was received."""
    block_digest: str
    payload_digest: str
    """Over the entity body, transfer coding removed; empty when the transfer coding does not decode: there is no such
    payload.
    """
    payload_length: int
    before: bytes
    """Everything up to the body: interim heads and the final one."""
    head: bytes
    """The final head."""
    parsed: Head
    echoed: bool
    """A secret stands in the bytes as received."""
    block: Iterable[bytes]
    """The whole block again, in pieces."""

    @property
    def not_modified(self) -> bool:
        """An answer that says only that what the client has is still right."""
        return self.parsed.status == 304 and not self.payload_length


def survey(response: BinaryIO, truncated: bool, redactor: Redactor) -> Survey:
    """Reads a response from position 0. The payload of a truncated one is what came of it."""
    response.seek(0)
    start = response.read(IN_MEMORY + 1)
    source: BinaryIO = io.BytesIO(start) if len(start) <= IN_MEMORY else response
    block_digest, length, echoed, tail = hashlib.sha256(), 0, False, b""
    for piece in _pieces(source):
        block_digest.update(piece)
        length += len(piece)
        if redactor.longest and not echoed:
            echoed = redactor.found_in(tail + piece)
            tail = piece[-redactor.longest :]
    source.seek(0)
    data, span = read_head(source)
    head = data[span.start : span.end]
    source.seek(span.end)
    payload_digest, payload_length = hashlib.sha256(), 0
    decodes = True
    try:
        for piece in payload_pieces(head, source):
            payload_digest.update(piece)
            payload_length += len(piece)
    except CodingError:
        decodes = truncated
    return Survey(
        length,
        f"sha256:{block_digest.hexdigest()}",
        f"sha256:{payload_digest.hexdigest()}" if decodes else "",
        payload_length,
        data[: span.end],
        head,
        parse_head(head),
        echoed,
        _Block(source),
    )


def is_whole(response: BinaryIO) -> bool:
    """Whether a response ends where its own framing says (RFC 9112, 6.3): with the last chunk and the empty line after
    it, or with as many bytes as its Content-Length. Whatever ended its download, nothing of it is missing then."""
    response.seek(0)
    data, span = read_head(response)
    head = data[span.start : span.end]
    parsed = parse_head(head)
    if not span.complete or parsed.status is None:
        return False
    length = response.seek(0, io.SEEK_END) - span.end
    response.seek(span.end)
    try:
        codings = transfer_codings(head)
        if codings[-1:] == ["chunked"]:
            for _ in dechunk(response):
                pass
            response.seek(max(span.end, response.tell() - 3))
            return response.read(3).endswith((b"\n\r\n", b"\n\n"))
    except CodingError:
        return False
    stated = {value.strip() for value in (parsed.get("Content-Length") or "").split(",")}
    return not codings and stated == {str(length)}


@dataclass(frozen=True)
class _Block:
    source: BinaryIO

    def __iter__(self) -> Iterator[bytes]:
        return _pieces(self.source)


def _pieces(source: BinaryIO) -> Iterator[bytes]:
    source.seek(0)
    while piece := source.read(PIECE):
        yield piece
