"""The records of a compressed file, member by member (gzip members or zstd frames: only their inflating differs)."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from archive.read import faults
from archive.read.arc import ARC_LINE, ArcRecord, read_arc_record
from archive.read.faults import Fault
from archive.read.gzip_members import Gap, Member
from archive.read.header import parse_header
from archive.read.record import (
    END,
    BadEnd,
    Record,
    begins_damaged_record,
    begins_record,
    read_record,
    record_of,
)
from archive.read.sink import Sink
from archive.read.source import Bytes, Feed

MAX_RECORDS, BYTES_EACH = 10_000, 64
"""Records behind the first of their member that are read in a file: so many, and one for so many bytes of the file.

There should be none, and a member of 1 MB could hold millions.
"""
MAX_EMPTY = 10
"""Empty members before the first record that are reported; the file could be made of them."""
EVERY = 64
"""Members after which the reader looks whether a batch is full."""


class After(Enum):
    """What a member holds after one of its records."""

    NOTHING = "the member ends"
    RECORD = "another record begins"
    UNKNOWN = "the end of the record can't be told, so the rest is passed over"


class Rest(NamedTuple):
    """Bytes after a record that are no record."""

    size: int
    zeros: bool
    blank: bool
    """Only line ends."""
    ends_well: bool
    """Together with the record they end as a record does."""


class _Short(NamedTuple):
    """A record whose member ended before it did: `fault` is reported, unless the next member goes on with it."""

    record: Record | None
    """None: not even its header ended."""
    offset: int
    fault: Fault
    only_end: bool = False
    """Only what ends the record is missing."""

    def goes_on_in(self, data: Bytes) -> bool:
        """Whether the next member goes on with the record."""
        if self.record is None:
            return not begins_record(data)
        return not data.strip(b"\r\n") if self.only_end else not begins_damaged_record(data)


class CompressedFile:
    """Reads the members that it is given, those of a file of `size` bytes."""

    def __init__(self, members: Iterator[Member | Gap], size: int, sink: Sink) -> None:
        self._members, self._sink = members, sink
        self._short: _Short | None = None
        self._further = MAX_RECORDS + size // BYTES_EACH
        self._found = self._arc = False
        """Whether a record or damage was found; whether it was an ARC file's description."""
        self._empty: list[int] = []
        """Offsets of empty members before the first record; a file without any record has one finding for all."""

    def read(self) -> Iterator[None]:
        """Read all members; yields every few of them."""
        sink, accept = self._sink, self._sink.accept
        for count, part in enumerate(self._members):
            if isinstance(part, Gap):
                self._report_short()
                sink.offset = part.offset
                self._damage(part.fault)
            elif self._short is None or not self._goes_on(self._short, part):
                sink.offset = part.offset
                plain = part.pieces is None and part.fault is None and part.extra is None
                if not (plain and accept(part.first, part.end - part.offset)):
                    self._member(part)
            if self._empty and self._found:
                for offset in self._empty:
                    sink.report(faults.empty_member(), offset)
                self._empty.clear()
            if count % EVERY == 0:
                yield
        self._report_short()

    def _member(self, member: Member) -> None:
        if member.extra is not None:
            self._sink.report(member.extra, member.offset)
        if member.skipped:
            return
        if member.fault is not None:
            self._damage(member.fault, self._rescue(member))
            return
        feed = Feed(member.first, member.pieces)
        if feed.at_end():
            self._empty_member(member)
        elif ARC_LINE.match(feed.buffer):
            self._arc_records(member, feed)
        elif self._arc and not begins_record(member.first):
            member.drain()
            self._damage(member.fault or faults.no_record_line(bytes(member.first[:100])))
        else:
            self._records(member, feed)

    def _damage(self, fault: Fault, record: Record | None = None) -> None:
        self._found = True
        self._sink.damage(fault, record)

    def _add(self, record: Record, length: int, fault: Fault | None = None, *, whole: bool = True) -> None:
        self._found = True
        self._sink.add(record, length, fault, whole=whole)

    def _goes_on(self, short: _Short, member: Member) -> bool:
        """Pass over a member that goes on with the short record before; report the record where it does not."""
        if member.fault is None and len(member.first) and short.goes_on_in(member.first):
            self._short = short._replace(fault=faults.goes_on_in_next_member(), only_end=False)
            member.drain()
            return True
        self._report_short()
        return False

    def _report_short(self) -> None:
        """No member goes on with the short record: report it."""
        if self._short is None:
            return
        record, offset, fault, only_end = self._short
        self._short = None
        self._sink.offset = offset
        if only_end and record is not None:
            self._add(record, 0, fault, whole=False)
        else:
            self._damage(fault, record)

    def _rescue(self, member: Member) -> Record | None:
        """The record of a damaged member, as far as its header can be read: others refer to its id."""
        end = member.first.find(END)
        if end < 0 or not begins_record(member.first):
            return None
        return record_of(parse_header(bytes(member.first[:end])))

    def _empty_member(self, member: Member) -> None:
        if member.fault is not None:
            self._damage(member.fault)
        elif self._found or len(self._empty) >= MAX_EMPTY:
            self._sink.report(faults.empty_member(), member.offset)
        else:
            self._empty.append(member.offset)

    def _arc_records(self, member: Member, feed: Feed) -> None:
        """Read the records of a member of an ARC file: one, in a sound file."""
        while (record := read_arc_record(feed)) is not None:
            if member.fault is not None:
                self._damage(member.fault)
                return
            fault = _arc_fault(record)
            if fault is None and not record.at_end:
                fault = faults.several_records()
            self._found = True
            self._arc = self._arc or record.url.startswith("filedesc:")
            self._sink.add_arc(record, member.end - member.offset if record.at_end else 0, fault)
            if record.at_end or fault:
                break
        member.drain()

    def _records(self, member: Member, feed: Feed) -> None:
        """Read the records of a member: one, in a sound file."""
        after = self._record(member, feed, first=True)
        if after is After.RECORD:
            self._sink.report(faults.several_records(), member.offset)
        while after is After.RECORD and self._further:
            self._further -= 1
            after = self._record(member, feed, first=False)
        if after is After.RECORD:
            self._damage(faults.too_many_records())
            after = After.UNKNOWN
        if after is After.UNKNOWN:
            self._pass_over(member, feed)

    def _record(self, member: Member, feed: Feed, *, first: bool) -> After:
        """Read a record and hand it to the sink."""
        record, end = read_record(feed)
        alone = feed.at_end()
        if member.fault is not None:
            self._damage(member.fault, record)
            return After.NOTHING
        if record is None:
            self._no_header_end(member, first)
            return After.UNKNOWN
        sound = self._sink.judge(record)
        if record.length is None:
            self._add(record, 0, whole=False)
            return After.UNKNOWN
        if record.missing:
            self._cut(member, record, sound)
            return After.NOTHING
        if end is not None:
            self._bad_end(member, record, end, first and sound)
            return After.UNKNOWN
        fault = None
        if not alone and not self._begins_record(feed):
            alone = True
            fault = self._rest_fault(record, self._rest(feed))
            if fault.check != 8:
                self._add(record, 0, fault, whole=False)
                return After.UNKNOWN
        self._add(record, member.end - member.offset if first and alone else 0, fault)
        return After.NOTHING if alone else After.RECORD

    def _no_header_end(self, member: Member, first: bool) -> None:
        start = bytes(member.first[:64])
        if start[:5].upper() != b"WARC/"[: len(start)]:
            self._damage(faults.no_record(start))
        elif first:
            self._short = _Short(None, member.offset, faults.header_not_ended())
        else:
            self._damage(faults.header_not_ended())

    def _cut(self, member: Member, record: Record, sound: bool) -> None:
        """The member ends before the block does; the next one may have the rest of it."""
        fault = faults.bytes_missing(record.length or 0, record.block.length)
        if sound:
            self._short = _Short(record, member.offset, fault)
        else:
            self._add(record, 0, fault, whole=False)

    def _bad_end(self, member: Member, record: Record, end: BadEnd, may_go_on: bool) -> None:
        """CRLF CRLF does not follow the block; the next member may have the rest of it."""
        fault = faults.bad_end(record, end)
        cut = len(end.after) < len(END) and END.startswith(end.after)
        if fault.check == 8 and cut and may_go_on:
            self._short = _Short(record, member.offset, fault, only_end=True)
        else:
            self._add(record, 0, fault, whole=False)

    def _begins_record(self, feed: Feed) -> bool:
        feed.fill(5)
        return bytes(feed.buffer[feed.pos : feed.pos + 5]).upper() == b"WARC/"

    def _rest(self, feed: Feed) -> Rest:
        """Read what is left of the member."""
        count, zeros, blank, last = 0, True, True, END
        while not feed.at_end():
            piece = bytes(feed.buffer[feed.pos :])
            feed.pos = len(feed.buffer)
            count += len(piece)
            zeros, blank = zeros and not piece.strip(b"\0"), blank and not piece.strip(b"\r\n")
            last = (last + piece[-4:])[-4:]
        return Rest(count, zeros, blank, last == END)

    def _rest_fault(self, record: Record, rest: Rest) -> Fault:
        if rest.blank and record.length_holds() is not False:
            return faults.blank_lines()
        return faults.rest_of_record(record, rest.size, zeros=rest.zeros, ends_well=rest.ends_well)

    def _pass_over(self, member: Member, feed: Feed) -> None:
        """Read to the end of the member; damage there is reported instead of a short record."""
        for _ in iter(feed.more, False):
            feed.pos = len(feed.buffer)
        if member.fault is not None:
            self._short = None
            self._damage(member.fault)


def _arc_fault(record: ArcRecord) -> Fault | None:
    """What is wrong with the length of an ARC record in a member."""
    if not record.has_length:
        return faults.arc_length(record)
    if record.missing:
        length = int(record.length)
        return faults.bytes_missing(length, length - record.missing)
    return None if record.followed else faults.no_next_line()
