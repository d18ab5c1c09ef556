"""The whole records of a damaged file, for its repair: the file goes in; each record comes out as the new file gets it.

A sound gzip member of one record is copied byte for byte; other records are compressed again.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

from archive.errors import StorageError
from archive.read.arc import ArcRecord
from archive.read.content import Content
from archive.read.contents import Gap, Gaps, Whole, contents
from archive.read.gzip_members import Gap as NoMember
from archive.read.gzip_members import Member, gzip_members
from archive.read.record import ScannedRecord
from archive.read.scan import Coding
from archive.read.source import Source
from archive.read.zstd_frames import zstd_frames
from archive.warc.records import END, gzip_member

_PIECE = 1 << 18


class WholeRecords:
    """The whole records of a file, and its gaps.

    Records that are copied as they are stored and follow each other are one stretch, and the places of others are
    numbers in arrays, so that millions of records take little memory.
    """

    def __init__(self, source: Source, coding: Coding | str, *, strict: bool = False) -> None:
        """Scan the file.

        `strict`: what a record says of its own digest must be true in an uncompressed file, where nothing else shows
        that its bytes are as they were.
        """
        self._source, self._coding = source, coding
        self.compressed = coding in (Coding.GZIP, Coding.ZSTD)
        """Whether the new file is compressed."""
        self.is_arc = False
        """Whether it is an ARC file."""
        self.records = 0
        """Whole records."""
        self.captured: set[str] = set()
        """Ids of the whole captures."""
        self._offsets, self._lengths = array("Q"), array("Q")
        self._strict, self._false = strict, set[int]()
        self._inner, self._sizes = array("Q"), array("Q")
        gaps = Gaps()
        for part in contents(source, source.name, self._note):
            if isinstance(part, Gap):
                gaps.add(part)
            else:
                self._add(part)
        self.gaps = gaps.listed()
        """The lost parts."""
        self.is_whole = not self.gaps and not self._false and self._lengths.tolist() == [source.size]
        """Whether each byte belongs to a record in a member of its own: a copy would have the same bytes."""

    def copies(self) -> Iterator[Iterable[bytes]]:
        """Give all records as they go into the new file."""
        content = _StoredContent(self._source, self._coding)
        places = zip(self._offsets, self._lengths, self._inner, self._sizes, strict=True)
        for offset, length, inner, size in places:
            end = b"" if self.is_arc else END
            if length:
                yield _stored(self._source, offset, length)
            elif self.compressed:
                yield gzip_member(b"", content.read(offset, inner, size), end)
            else:
                yield _ended(_stored(self._source, offset, size), end)

    def _note(self, record: ScannedRecord | ArcRecord, whole: Whole) -> str:
        if isinstance(record, ArcRecord):
            self.is_arc = True
            return ""
        digest = record.block_digest
        if self.compressed or digest is None or record.block.block_digest() == digest.value:
            return ""
        self._false.add(whole.offset)
        return "its block has another digest than it says" if self._strict else ""

    def _add(self, record: Whole) -> None:
        if self._strict and record.offset in self._false:
            return
        self.records += 1
        if record.type in ("response", "revisit", "resource"):
            self.captured.add(record.record_id)
        length = 0 if record.split or self._coding is Coding.ZSTD else record.length
        if length and self._lengths and self._lengths[-1] and self._offsets[-1] + self._lengths[-1] == record.offset:
            self._lengths[-1] += length
            return
        self._offsets.append(record.offset)
        self._lengths.append(length)
        self._inner.append(record.inner)
        self._sizes.append(record.size)


class _StoredContent:
    """Reads parts of the content of members, in the order of the file."""

    def __init__(self, source: Source, coding: Coding | str) -> None:
        self._source, self._coding = source, coding
        self._members = zstd_frames(source) if coding is Coding.ZSTD else iter(())
        self._content: Content | None = None

    def read(self, offset: int, inner: int, size: int) -> Iterator[bytes]:
        """Give `size` bytes of the content from the member at `offset` on, behind the first `inner`."""
        content = self._content
        if content is None or content.place()[0].offset != offset or content.place()[1] > inner:
            content = self._content = self._open(offset)
        content.begin()
        content.feed.goes_on = lambda following: True
        for _ in content.feed.take(inner - content.place()[1]):
            pass
        for piece, start, end in content.feed.take(size):
            yield bytes(piece[start:end])

    def _open(self, offset: int) -> Content:
        if self._coding is Coding.GZIP:
            self._members = gzip_members(self._source, offset)
        before = self._content
        member: Member | NoMember | None = before.next if before is not None else None
        while not isinstance(member, Member) or member.offset != offset:
            if isinstance(member, Member):
                member.drain()
            member = next(self._members, None)
            if member is None:
                raise StorageError(f"{self._source.path}: it changed while it was read")
        if before is not None:
            before.close()
        return Content(member, self._members)


def _stored(source: Source, start: int, left: int) -> Iterator[bytes]:
    while left:
        count = min(left, _PIECE)
        position = source.ensure(start, count)
        piece = source.buffer[position : position + count]
        if not piece:
            raise StorageError(f"{source.path}: it became shorter while it was read")
        yield piece
        start, left = start + len(piece), left - len(piece)


def _ended(pieces: Iterator[bytes], end: bytes) -> Iterator[bytes]:
    yield from pieces
    yield end
