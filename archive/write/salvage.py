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
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import BinaryIO

from archive.disk import open_regular
from archive.errors import BadRecord
from archive.read.captures import capture_of, captures
from archive.read.reader import Reader
from archive.warc.dates import parse_date
from archive.warc.exchange import Capture
from archive.warc.heads import MAX_FIELDS, unfolded
from archive.warc.members import GZIP_MAGIC, SHORT, Block, MemberStream, PlainStream, Work, buffered

_SEARCH = 1 << 20
_LOST_HEAD = 65536
_IN_VAIN, _IN_VAIN_EACH = 64 << 20, 64
"""Bytes that may be read and inflated in vain: so many, and for each byte of the file so many.

The search goes back into what was read, so lengths that lie for each record, or members that overlap, would make the
time grow with the square of the size.
"""
_RESPONSE = re.compile(rb"^WARC-Type:[ \t]*(?:response|revisit)[ \t]*\r\n", re.MULTILINE | re.IGNORECASE)
_TARGET = re.compile(rb"^WARC-Target-URI:[ \t]*<?([^\s>]+)>?[ \t]*\r\n", re.MULTILINE | re.IGNORECASE)
_GZIP_START = re.compile(rb"\x1f\x8b\x08[\x00-\x1f].{4}[\x00\x02\x04][\x00-\x0d\xff]", re.DOTALL)
_PLAIN_START = re.compile(rb"WARC/\d\.\d{1,2}\r?\n")
_LONGEST_START = 16


MAX_RECORD_HEAD = 1 << 20
_MAX_LENGTH_DIGITS = 18
_VERSION = re.compile(rb"WARC/\d\.\d{1,2}\r?\n")


class Record:
    """One WARC record with its block as a stream; a context manager, because it keeps its file open."""

    def __init__(
        self, file: BinaryIO, name: str, offset: int, compressed: bool, *, owned: bool = True, work: Work | None = None
    ) -> None:
        """Read the header. `work` counts what is read of the record."""
        self._file, self._owned = file, owned
        self.file, self.offset = name, offset
        work = work or Work()
        self._raw = MemberStream(file, name, offset, work) if compressed else PlainStream(file, offset, work)
        self._source = buffered(self._raw) if compressed else buffered(self._raw, SHORT)
        self._head_length = 0
        self._length: int | None = None
        self.version = ""
        self.fields: list[tuple[str, str]] = []
        self._read_head()
        stated = self.get("Content-Length") or ""
        if not (stated.isascii() and stated.isdigit() and len(stated) <= _MAX_LENGTH_DIGITS):
            raise BadRecord(name, offset, f"Content-Length is {self.get('Content-Length')!r:.60}")
        self.content_length = int(stated)
        if not compressed:
            self._check_length()
        self._block = Block(self._source, self.content_length, name, offset)
        self.block: BinaryIO = buffered(self._block)
        """The exact block, as a stream that only goes forward."""

    def _read_head(self) -> None:
        line = self._line()
        if not _VERSION.fullmatch(line):
            raise BadRecord(self.file, self.offset, f"no WARC record starts here: {line[:40]!r}")
        self.version = line.strip().decode("ascii")
        found: list[tuple[bytes, list[bytes]]] = []
        while (line := self._line().rstrip(b"\r\n")) != b"":
            if line[:1] in (b" ", b"\t") and found:
                found[-1][1].append(line.strip())
                continue
            key, colon, content = line.partition(b":")
            if not colon:
                raise BadRecord(self.file, self.offset, f"not a header field: {line[:60]!r}")
            found.append((key.strip(), [content.strip()]))
            if len(found) > MAX_FIELDS:
                raise BadRecord(self.file, self.offset, f"the record's header has more than {MAX_FIELDS} fields")
        text = partial(str, encoding="utf-8", errors="replace")
        self.fields = [(text(key), text(unfolded(lines))) for key, lines in found]

    def _check_length(self) -> None:
        """Look at the record's end before its block is read: lengths that lie must not cost a block each."""
        end = self.offset + self._head_length + self.content_length
        missing = end - self._file.seek(0, 2)
        if missing > 0:
            raise BadRecord(self.file, self.offset, f"the record ends {missing} bytes before its Content-Length")
        self._file.seek(end)
        self._check_end(self._file.read(4))

    def _check_end(self, found: bytes) -> None:
        if found != b"\r\n\r\n":
            reason = "the block is not followed by two empty lines: its Content-Length is wrong"
            raise BadRecord(self.file, self.offset, reason)

    def _line(self) -> bytes:
        line = self._source.readline(MAX_RECORD_HEAD)
        self._head_length += len(line)
        if self._head_length > MAX_RECORD_HEAD:
            raise BadRecord(self.file, self.offset, f"the record's header is longer than {MAX_RECORD_HEAD} bytes")
        if not line.endswith(b"\n"):
            raise BadRecord(
                self.file, self.offset, "the record's header does not end" if self._head_length else "empty member"
            )
        return line

    def get(self, name: str) -> str | None:
        """The first value of a field, or None."""
        return next(iter(self.all(name)), None)

    def all(self, name: str) -> list[str]:
        """All values of a field."""
        wanted = name.lower()
        return [value for key, value in self.fields if key.lower() == wanted]

    @property
    def type(self) -> str:
        """WARC-Type, lower case; empty when there is none."""
        return (self.get("WARC-Type") or "").lower()

    @property
    def record_id(self) -> str:
        """WARC-Record-ID with its angle brackets; empty when there is none."""
        return self.get("WARC-Record-ID") or ""

    @property
    def target_uri(self) -> str:
        """WARC-Target-URI without the angle brackets that WARC 1.0 writers put around it."""
        uri = self.get("WARC-Target-URI") or ""
        return uri[1:-1] if uri.startswith("<") and uri.endswith(">") else uri

    @property
    def date(self) -> datetime:
        """WARC-Date, aware UTC; BadRecord when it is missing or malformed."""
        try:
            return parse_date(self.get("WARC-Date") or "")
        except ValueError as error:
            raise BadRecord(self.file, self.offset, str(error)) from error

    def finish(self) -> int:
        """Read the rest and check that the record ends correctly; return its length in the file as stored."""
        if self._length is None:
            while self.block.read(1 << 16):
                pass
            self._check_end(self._source.read(4))
            if isinstance(self._raw, MemberStream):
                if self._source.read(1):
                    raise BadRecord(self.file, self.offset, "more than one record in one gzip member")
                assert self._raw.end is not None  # an empty read of a MemberStream is its end
                self._length = self._raw.end - self.offset
            else:
                self._length = self._head_length + self.content_length + 4
        return self._length

    def close(self) -> None:
        """Close the file, unless it belongs to the caller."""
        if self._owned:
            self._file.close()

    def __enter__(self) -> Record:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


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
    starts = _Starts(file, size, compressed)
    offset, warcinfo = 0, ""
    gap: Gap | None = None
    while offset < size:
        work = Work()
        try:
            record = Record(file, name, offset, compressed, owned=False, work=work)
            length = record.finish()
            named = record.record_id if record.type == "warcinfo" else record.get("WARC-Warcinfo-ID") or ""
            if gap is not None and warcinfo and named != warcinfo:
                raise BadRecord(name, offset, "a record of another file")
        except BadRecord as error:
            if gap is None:
                gap = Gap(offset, 0, error.reason, _lost_url(file, name, offset, compressed))
            offset = starts.behind(offset, name, work) if resume else size
            if starts.given_up:
                gap = replace(gap, reason=f"{gap.reason}; the damage behind it was searched too often")
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
    stream = MemberStream(file, name, offset, Work(), feed=16) if compressed else PlainStream(file, offset, Work())
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


class _Starts:
    """Finds the places in a file where a record may start."""

    def __init__(self, file: BinaryIO, size: int, compressed: bool) -> None:
        self._file, self._size, self._compressed = file, size, compressed
        self._pattern = _GZIP_START if compressed else _PLAIN_START
        self._window, self._at = b"", 0
        self._in_vain = 0

    @property
    def given_up(self) -> bool:
        """Whether so much was read in vain that the rest of the file is not searched."""
        return self._in_vain > _IN_VAIN + _IN_VAIN_EACH * self._size

    def behind(self, offset: int, name: str, work: Work) -> int:
        """The next start behind a damaged record, on which `work` was spent; the size of the file when there is none.

        A member that inflates to its end is passed over as a whole.
        """
        self._in_vain += work.bytes
        if self.given_up:
            return self._size
        if self._compressed:
            again = Work()
            member = MemberStream(self._file, name, offset, again)
            try:
                while member.read(_SEARCH):
                    pass
                if member.end is not None:
                    return member.end
            except BadRecord:
                member.close()
            finally:
                self._in_vain += again.bytes
        return self._next(offset + 1)

    def _next(self, position: int) -> int:
        while position < self._size:
            if not 0 <= position - self._at < len(self._window) - _LONGEST_START:
                self._file.seek(position)
                self._window, self._at = self._file.read(_SEARCH + _LONGEST_START), position
            found = self._pattern.search(self._window, position - self._at)
            if found is not None:
                return self._at + found.start()
            if len(self._window) <= _SEARCH:
                break
            position = self._at + _SEARCH
        return self._size


def readable(reader: Reader, file: str, damaged: list[BadRecord]) -> Iterator[Capture]:
    """Give every readable capture of `file`; the error of the first damaged record is added to `damaged`."""
    try:
        yield from captures(reader, file)
    except BadRecord as error:
        damaged.append(error)
        yield from _behind(reader, file, error.offset)


def _behind(reader: Reader, file: str, offset: int) -> Iterator[Capture]:
    with open_regular(reader.path(file)) as handle:
        for span in salvage(handle, file):
            if isinstance(span, Whole) and span.offset > offset and span.type in ("response", "revisit"):
                with reader.record(file, span.offset) as record:
                    yield capture_of(record)
