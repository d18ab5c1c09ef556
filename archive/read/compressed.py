"""The records of a compressed file, member by member (gzip members or zstd frames: only their inflating differs).

A member should hold one record (WARC 1.1, Annex D). Several in one, and one in several, are read too: the content of a
member goes on in the next one while a record in it is not complete and the next one begins no record.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from archive.read import faults
from archive.read.arc import ARC_LINE, ArcRecord, pass_line_ends, read_arc_record
from archive.read.content import Content
from archive.read.faults import Fault
from archive.read.gzip_members import SHOWN, Gap, Member
from archive.read.header import parse_header
from archive.read.record import END, RECORD_START, BadEnd, ScannedRecord, begins_record, read_record, record_of
from archive.read.sink import End, Sink
from archive.read.source import IN_VAIN, IN_VAIN_EACH

MAX_RECORDS, BYTES_EACH = 10_000, 64
"""Records behind the first of their member that are read in a file: so many, and one for so many bytes of the file.

A member of 1 MB could hold millions.
"""
MAX_EMPTY = 10
"""Empty members before the first record that are reported; the file could be made of them."""
EVERY = 64
"""Members after which the reader looks whether a batch is full."""


class After(Enum):
    """What a member holds after one of its records."""

    NOTHING = "the member ends, and what is wrong with it is reported"
    RECORD = "another record begins"
    UNKNOWN = "no record; what it is, is passed over"


class CompressedFile:
    """Reads the members that it is given, those of a file of `size` bytes."""

    def __init__(self, members: Iterator[Member | Gap], size: int, sink: Sink) -> None:
        self._members, self._sink = members, sink
        self._further = MAX_RECORDS + size // BYTES_EACH
        self._copied = IN_VAIN + IN_VAIN_EACH * size
        """Bytes that may still be copied to join members: a header of many tiny ones is copied for each of them."""
        self._found = self._arc = False
        """Whether a record or damage was found; whether it was an ARC file's description."""
        self._in_blocks = False
        """Whether records do not begin and end where members do: after damage, a member may begin inside of one."""
        self._shared = -1
        """Offset of the last member that was reported because it holds several records."""
        self._next: Member | Gap | None = None
        """What was taken from the file when a record ended early, and is no part of it."""
        self._empty: list[int] = []
        """Offsets of empty members before the first record; a file without any record has one finding for all."""

    def read(self) -> Iterator[None]:
        """Read all members; yields every few records."""
        sink, accept = self._sink, self._sink.accept
        for count, following in enumerate(self._members):
            part: Member | Gap | None = following
            while part is not None:
                sink.offset = part.offset
                if isinstance(part, Gap):
                    self._damage(part.fault)
                elif (
                    part.pieces is not None
                    or part.fault is not None
                    or part.extra is not None
                    or not accept(part.first, part.end - part.offset)
                ):
                    yield from self._member(part)
                part, self._next = self._next, None
            if self._empty and self._found:
                for offset in self._empty:
                    sink.report(faults.empty_member(), offset)
                self._empty.clear()
            if count % EVERY == 0:
                yield

    def _member(self, member: Member) -> Iterator[None]:
        if member.extra is not None:
            self._sink.report(member.extra, member.offset)
        if member.skipped:
            return
        self._in_blocks = self._in_blocks or member.is_block
        if member.fault is not None:
            if member.fault.check != 2 or not RECORD_START.search(member.first, 1):
                self._damage(member.fault, self._rescue(member))
                return
            # The file was cut: what is whole before that is as it was written; after other damage that is not known.
            member.pieces, member.fault = _fault_at_end(member, member.fault), None
        content = Content(member, self._members, self._may_join)
        if content.at_end() or (member.pieces is None and not member.first.strip(b"\r\n")):
            self._empty_member(member)
        elif ARC_LINE.match(content.feed.buffer):
            yield from self._arc_records(content)
        elif self._arc and not begins_record(member.first):
            member.drain()
            self._damage(member.fault or faults.no_record_line(bytes(member.first[:100])))
        else:
            yield from self._records(content)
        self._next = content.next
        content.close()
        yield

    def _damage(self, fault: Fault, record: ScannedRecord | None = None) -> None:
        self._found = True
        self._sink.damage(fault, record)

    def _rescue(self, member: Member) -> ScannedRecord | None:
        """The record of a damaged member, as far as its header can be read: others refer to its id."""
        start = bytes(member.first[:SHOWN])
        end = start.find(END)
        end = start.rfind(b"\r\n") if end < 0 else end
        if end < 0 or not begins_record(start):
            return None
        return record_of(parse_header(start[:end]))

    def _empty_member(self, member: Member) -> None:
        if member.fault is not None:
            self._damage(member.fault)
        elif self._found or len(self._empty) >= MAX_EMPTY:
            self._sink.report(faults.empty_member(), member.offset)
        else:
            self._empty.append(member.offset)

    def _arc_records(self, content: Content) -> Iterator[None]:
        """Read the records of a member of an ARC file: one, in a sound file."""
        sink, feed = self._sink, content.feed
        while True:
            member, inner = content.place()
            sink.offset, start = member.offset, feed.offset
            content.begin()
            record = read_arc_record(feed)
            if record is None or content.last.fault is not None:
                if content.last.fault is not None:
                    self._damage(content.last.fault)
                break
            fault = _arc_fault(record)
            if fault is None and content.last is not member:
                fault = faults.goes_on_in_next_member()
            elif fault is None and not inner and not record.at_end:
                fault = faults.several_records()
            self._found = True
            self._arc = self._arc or record.url.startswith("filedesc:")
            sink.span = inner, feed.offset - start
            sink.add_arc(record, content.last.end - member.offset if record.at_end and not inner else 0, fault)
            if record.at_end or (fault is not None and fault.check != 4) or not self._one_more():
                break
            yield
        content.last.drain()

    def _records(self, content: Content) -> Iterator[None]:
        """Read the records of a member: one, in a sound file."""
        pass_line_ends(content.feed)
        before = content.feed.offset
        if self._in_blocks and not content.begins_record():
            self._no_header(bytes(content.feed.buffer[:64]))
            if not content.find_record():
                return
        while True:
            member, inner = content.place()
            self._sink.offset = member.offset
            first = not inner or content.feed.offset == before
            if first and inner:
                self._sink.report(faults.blank_lines_first(inner), member.offset)
            elif not first and self._shared != member.offset:
                self._shared = member.offset
                self._sink.report(faults.several_records(), member.offset)
            after = self._record(content, member, inner, first=first)
            if after is not After.RECORD or not self._one_more():
                break
            yield
        if after is not After.NOTHING:
            self._pass_over(content)

    def _one_more(self) -> bool:
        """Tell whether another record behind the first of its member may be read."""
        if not self._further:
            self._damage(faults.too_many_records())
            return False
        self._further -= 1
        return True

    def _may_join(self, kept: int) -> bool:
        self._copied -= kept
        return self._copied > 0

    def _record(self, content: Content, member: Member, inner: int, *, first: bool) -> After:
        """Read a record and hand it to the sink; `inner` = its place in the content from its member on.

        `first`: no other record is before it in its member.
        """
        feed, sink = content.feed, self._sink
        start = feed.offset
        content.begin()
        record, end = read_record(feed)
        stop, alone = feed.offset, content.at_end()
        self._in_blocks = self._in_blocks or not first or content.last is not member
        if content.last.fault is not None:
            self._damage(content.last.fault, record)
            return After.NOTHING
        if record is None:
            self._no_header(bytes(feed.buffer[feed.pos : feed.pos + 64]))
            return After.UNKNOWN
        self._found = True
        sound = sink.judge(record)
        whole = record.length is not None and not record.missing and end is None
        sink.span = inner, stop - start - (len(END) if whole else 0)
        if not whole:
            return self._not_whole(content, record, end, sound)
        split = faults.goes_on_in_next_member() if content.last is not member else None
        if alone or content.begins_record():
            sink.add(record, content.last.end - member.offset if alone and first else 0, split)
            return After.UNKNOWN if alone else After.RECORD
        rest = content.rest()
        alone = content.at_end()
        if rest.blank and record.length_holds() is not False:
            length = content.last.end - member.offset if alone and first else 0
            sink.add(record, length, split or faults.blank_lines())
            return After.UNKNOWN if alone else After.RECORD
        fault = faults.rest_of_record(record, rest.size, zeros=rest.zeros, ends_well=rest.ends_well)
        sink.add(record, 0, fault, End.WRONG)
        return After.UNKNOWN if alone else After.RECORD

    def _no_header(self, start: bytes) -> None:
        cut = start[:5].upper() == b"WARC/"[: len(start)]
        self._damage(faults.header_not_ended() if cut else faults.no_record(start))

    def _not_whole(self, content: Content, record: ScannedRecord, end: BadEnd | None, sound: bool) -> After:
        """Hand over a record that was not read to its end, or does not end as it should."""
        sink = self._sink
        if end is not None:
            fault = faults.bad_end(record, end)
            short = fault.check == 8 and end.line_ends_missing
            sink.add(record, 0, fault, End.SHORT if short else End.WRONG)
            if short and content.rest().blank and not content.at_end():
                return After.RECORD
        elif record.length is None or not sound:
            sink.add(record, 0, None, End.WRONG)
        else:
            sink.damage(faults.bytes_missing(record.length, record.block.length), record)
        return After.UNKNOWN

    def _pass_over(self, content: Content) -> None:
        """Read to the end of the member, and report damage there."""
        while not content.at_end():
            content.feed.pos = len(content.feed.buffer)
        if content.last.fault is not None:
            self._damage(content.last.fault)


def _fault_at_end(member: Member, fault: Fault) -> Iterator[bytes]:
    """Give a member its fault once its content was read."""
    member.fault = fault
    yield from ()


def _arc_fault(record: ArcRecord) -> Fault | None:
    """What is wrong with the length of an ARC record in a member."""
    if not record.has_length:
        return faults.arc_length(record)
    if record.missing:
        length = int(record.length)
        return faults.bytes_missing(length, length - record.missing)
    return None if record.followed else faults.no_next_line()
