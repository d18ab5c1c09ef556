"""The whole records of a damaged WARC file, and the gaps between them; in: a file, out: spans in order, every byte
named once.

After damage it goes on at the next place where a whole record starts. A member that inflates to its end is taken or
left as one, so that a WARC file inside a record is never mistaken for records of this one; behind damage, records must
name this file's warcinfo.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from archive.errors import BadRecord
from archive.read.reader import Record
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
    length: int
    type: str
    record_id: str
    url: str


@dataclass(frozen=True)
class Gap:
    """Bytes that hold no whole record."""

    offset: int
    length: int
    reason: str
    url: str
    """Target URI of the response or revisit that begins here, as far as its header can be read; else empty."""


def salvage(file: BinaryIO, name: str, *, resume: bool = True) -> Iterator[Whole | Gap]:
    """Spans of an open, seekable file from its first to its last byte; `name` is how reasons call it.

    Without `resume` everything from the first bad record on is one gap. Never raises BadRecord.
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
                gap = Gap(offset, 0, error.reason, lost_url(file, name, offset, compressed))
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


def lost_url(file: BinaryIO, name: str, offset: int, compressed: bool) -> str:
    """Target URI of the response or revisit whose header begins at `offset`, damaged or cut as it is; empty when
    unknown.
    """
    stream = MemberStream(file, name, offset, feed=16) if compressed else PlainStream(file, offset)
    head = b""
    with suppress(BadRecord):  # what came before the damage is what we are after
        while len(head) < _LOST_HEAD and b"\r\n\r\n" not in head and (piece := stream.read(4096)):
            head += piece
    end = head.find(b"\r\n\r\n")
    head = head[: (end if end >= 0 else head.rfind(b"\r\n")) + 2]
    uri = _TARGET.search(head)
    return uri[1].decode("utf-8", "replace") if uri and _RESPONSE.search(head) else ""


def _until(gap: Gap, end: int) -> Gap:
    return Gap(gap.offset, end - gap.offset, gap.reason, gap.url)


def _starts_compressed(file: BinaryIO) -> bool:
    """By the first start of either kind: the very first bytes may be the damaged ones."""
    file.seek(0)
    start = file.read(_SEARCH)
    gzip, plain = _GZIP_START.search(start), _PLAIN_START.search(start)
    return start[:2] == GZIP_MAGIC or (gzip is not None and (plain is None or gzip.start() < plain.start()))


def _next_start(file: BinaryIO, name: str, offset: int, size: int, compressed: bool) -> int:
    """Where the next record may start, after a bad one at `offset`; `size` when nowhere."""
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
