"""The HTTP response in a stored record: the record goes in; its head, and its body as a stream, come out."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, Self

from archive.errors import BadRecord
from archive.read.stored_record import Record
from archive.warc.heads import read_head

_STEP = 1 << 16


@dataclass
class Response:
    """A stored capture: its record, its HTTP head, and its body as a stream; a context manager."""

    record: Record
    """The record, read up to the body."""
    head: bytes
    """Status line and headers of the final response as received, up to and with the empty line.

    Empty when there is none: in a resource, or in a revisit without a block.
    """
    body: io.BufferedReader[Any]
    """The bytes behind the head in this record's block; empty in a revisit."""
    body_length: int = 0
    """Bytes of `body`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.record.close()


def open_response(record: Record) -> Response:
    """Read the heads of the response in a record; its body stays a stream. BadRecord for other types of records."""
    if record.type not in ("response", "revisit", "resource"):
        raise BadRecord(record.file, record.offset, f"a {record.type} record, not a response")
    if not record.is_http:
        return Response(record, b"", record.block, record.content_length)
    data, span = read_head(record.block)
    body = io.BufferedReader(_Joined(data[span.end :], record.block), _STEP)
    return Response(record, data[span.start : span.end], body, record.content_length - span.end)


class _Joined(io.RawIOBase):
    """Gives bytes that were read already, then the rest of their stream."""

    def __init__(self, start: bytes, rest: io.BufferedReader[Any]) -> None:
        self._start, self._rest = memoryview(start), rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._start[: len(buffer)] if self._start else memoryview(self._rest.read(len(buffer)))
        self._start = self._start[len(piece) :]
        buffer[: len(piece)] = piece
        return len(piece)
