"""Finds the whole records of a damaged WARC file: a file goes in, records and gaps come out, every byte in one of them.

Behind damage it goes on where the next whole record starts; such records must name this file's warcinfo. A member that
inflates to its end counts as one record or none, so a WARC file inside a record is never taken for records of this
file.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from archive.errors import BadRecord
from archive.read.captures import capture_of, captures
from archive.read.reader import Reader, Record
from archive.warc.exchange import Capture
from archive.warc.members import GZIP_MAGIC, MemberStream, PlainStream

_SEARCH = 1 << 20
_LOST_HEAD = 65536
_RESPONSE = re.compile(rb"^WARC-Type:[ \t]*(?:response|revisit)[ \t]*\r\n", re.MULTILINE | re.IGNORECASE)
_TARGET = re.compile(rb"^WARC-Target-URI:[ \t]*<?([^\s>]+)>?[ \t]*\r\n", re.MULTILINE | re.IGNORECASE)
_GZIP_START = re.compile(rb"\x1f\x8b\x08[\x00-\x1f].{4}[\x00\x02\x04][\x00-\x0d\xff]", re.DOTALL)
_PLAIN_START = re.compile(rb"WARC/\d\.\d")


@dataclass(frozen=True)
class Whole:
    """A record that can be read to its end."""

    offset: int
    """First byte in the file as stored."""
    length: int
    """Bytes in the file as stored."""
    type: str
    """WARC-Type."""
    record_id: str
    """WARC-Record-ID."""
    url: str
    """WARC-Target-URI."""


@dataclass(frozen=True)
class Gap:
    """Bytes without a whole record."""

    offset: int
    """First byte in the file as stored."""
    length: int
    """Bytes in the file as stored."""
    reason: str
    """Why no record can be read here."""
    url: str
    """Target URI of the response or revisit that begins here, if its header can be read; else empty."""


def salvage(file: BinaryIO, name: str, *, resume: bool = True) -> Iterator[Whole | Gap]:
    """Give the records and gaps of an open, seekable file in order; `name` is its name in reasons.

    Without `resume`, everything from the first damaged record on is one gap. Never raises BadRecord.
    """
    size = file.seek(0, io.SEEK_END)
    compressed = _starts_compressed(file)
    offset, warcinfo = 0, ""
    gap: Gap | None = None
    while offset < size:
        try:
            record = Record(file, name, offset, compressed, owned=False)
            length = record.finish()
            named = record.record_id if record.type == "warcinfo" else record.get("WARC-Warcinfo-ID") or ""
            if gap is not None and warcinfo and named != warcinfo:
                raise BadRecord(name, offset, "a record of another file")
        except BadRecord as error:
            if gap is None:
                gap = Gap(offset, 0, error.reason, _lost_url(file, name, offset, compressed))
            offset = _next_start(file, name, offset, size, compressed) if resume else size
            continue
        if gap is not None:
            yield _until(gap, offset)
            gap = None
        warcinfo = warcinfo or named
        yield Whole(offset, length, record.type, record.record_id, record.target_uri)
        offset += length
    if gap is not None:
        yield _until(gap, size)


def _lost_url(file: BinaryIO, name: str, offset: int, compressed: bool) -> str:
    """The target URI of the damaged response or revisit that begins at `offset`; empty when it can't be read."""
    stream = MemberStream(file, name, offset, feed=16) if compressed else PlainStream(file, offset)
    head = b""
    with suppress(BadRecord):  # the bytes before the damage are enough
        while len(head) < _LOST_HEAD and b"\r\n\r\n" not in head and (piece := stream.read(4096)):
            head += piece
    end = head.find(b"\r\n\r\n")
    head = head[: (end if end >= 0 else head.rfind(b"\r\n")) + 2]
    uri = _TARGET.search(head)
    return uri[1].decode("utf-8", "replace") if uri and _RESPONSE.search(head) else ""


def _until(gap: Gap, end: int) -> Gap:
    return Gap(gap.offset, end - gap.offset, gap.reason, gap.url)


def _starts_compressed(file: BinaryIO) -> bool:
    """Decide by the first start of a gzip member or plain record: the very first bytes may be damaged."""
    file.seek(0)
    start = file.read(_SEARCH)
    gzip, plain = _GZIP_START.search(start), _PLAIN_START.search(start)
    return start[:2] == GZIP_MAGIC or (gzip is not None and (plain is None or gzip.start() < plain.start()))


def _next_start(file: BinaryIO, name: str, offset: int, size: int, compressed: bool) -> int:
    """The next place where a record may start, after a damaged one at `offset`; `size` when there is none."""
    if compressed:
        member = MemberStream(file, name, offset)
        try:
            while member.read(_SEARCH):
                pass
            if member.end is not None:
                return member.end
        except BadRecord:
            member.close()
    pattern = _GZIP_START if compressed else _PLAIN_START
    position = offset + 1
    while position < size:
        file.seek(position)
        window = file.read(_SEARCH + 16)
        found = pattern.search(window)
        if found is not None:
            return position + found.start()
        if len(window) <= 16:
            return size
        position += len(window) - 16
    return size


def readable(reader: Reader, file: str, damaged: list[BadRecord]) -> Iterator[Capture]:
    """Give every readable capture of `file`; the error of the first damaged record is added to `damaged`."""
    try:
        yield from captures(reader, file)
    except BadRecord as error:
        damaged.append(error)
        yield from _behind(reader, file, error.offset)


def _behind(reader: Reader, file: str, offset: int) -> Iterator[Capture]:
    with reader.path(file).open("rb") as handle:
        for span in salvage(handle, file):
            if isinstance(span, Whole) and span.offset > offset and span.type in ("response", "revisit"):
                with reader.record(file, span.offset) as record:
                    yield capture_of(record)
