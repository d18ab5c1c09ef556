"""The records of a compressed file, member by member (gzip members or zstd frames: only their inflating differs)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from archive.audit.checks import arc, fields, members
from archive.audit.checks.judge import Verdict, judge_content, judge_header
from archive.audit.findings import Fault
from archive.audit.parsing.arc import ARC_LINE, read_arc_record
from archive.audit.parsing.header import parse_header
from archive.audit.parsing.record import (
    END,
    BadEnd,
    Record,
    begins_damaged_record,
    begins_record,
    read_record,
    record_of,
)
from archive.audit.parsing.source import Bytes, Feed
from archive.audit.scanning.fast_path import FastPath
from archive.audit.scanning.filelog import MAX_FAULTS, FileLog
from archive.audit.scanning.gzip_members import Gap, Member

MAX_RECORDS, BYTES_EACH = 10_000, 64
"""Records behind the first of their member that are read in a file: so many, and one for so many bytes of the file.

There should be none, and a member of 1 MB could hold millions.
"""
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
    verdict: Verdict | None
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
    """Reads the members that it is given."""

    def __init__(self, members: Iterator[Member | Gap], log: FileLog, now: datetime) -> None:
        self._members, self._log, self._now = members, log, now
        self._fast = FastPath(log, now)
        self._short: _Short | None = None
        self._further = MAX_RECORDS + log.counts.size // BYTES_EACH
        self._empty: list[int] = []
        """Offsets of empty members before the first record; a file without any record has one finding for all."""

    def read(self) -> Iterator[None]:
        """Read all members; yields every few of them."""
        log = self._log
        for count, part in enumerate(self._members):
            if isinstance(part, Gap):
                self._report_short()
                log.offset = part.offset
                log.damage(part.fault)
            else:
                self._member(part)
            if self._empty and (log.counts.records or log.counts.damaged):
                for offset in self._empty:
                    log.report(members.empty_member(), offset)
                self._empty.clear()
            if count % EVERY == 0:
                yield
        self._report_short()

    def _member(self, member: Member) -> None:
        log = self._log
        if self._short is not None and self._goes_on(self._short, member):
            return
        log.offset = member.offset
        plain = member.pieces is None and member.fault is None and member.extra is None and log.counts.records
        if plain and self._fast.accept(member.first, member.end - member.offset):
            return
        if member.extra is not None:
            log.report(member.extra, member.offset)
        if member.skipped:
            return
        if member.fault is not None:
            log.damage(member.fault, self._rescue(member))
            return
        feed = Feed(member.first, member.pieces)
        if feed.at_end():
            self._empty_member(member)
        elif ARC_LINE.match(feed.buffer):
            self._arc_records(member, feed)
        elif log.counts.types["filedesc"] and not begins_record(member.first):
            member.drain()
            log.damage(member.fault or arc.no_record_line(bytes(member.first[:100])))
        else:
            self._records(member, feed)

    def _goes_on(self, short: _Short, member: Member) -> bool:
        """Pass over a member that goes on with the short record before; report the record where it does not."""
        if member.fault is None and len(member.first) and short.goes_on_in(member.first):
            self._short = short._replace(fault=members.goes_on_in_next_member(), only_end=False)
            member.drain()
            return True
        self._report_short()
        return False

    def _report_short(self) -> None:
        """No member goes on with the short record: report it."""
        if self._short is None:
            return
        record, verdict, offset, fault, only_end = self._short
        self._short = None
        self._log.offset = offset
        if only_end and record is not None and verdict is not None:
            self._unsound(record, verdict, fault)
        else:
            self._log.damage(fault, record)

    def _unsound(self, record: Record, verdict: Verdict, fault: Fault) -> None:
        """Add a record whose end is wrong: its content is not judged."""
        if verdict.sound:
            verdict.faults.append(fault)
            verdict.sound = False
        self._log.add(record, verdict, 0)

    def _rescue(self, member: Member) -> Record | None:
        """The record of a damaged member, as far as its header can be read: others refer to its id."""
        end = member.first.find(END)
        if end < 0 or not begins_record(member.first):
            return None
        return record_of(parse_header(bytes(member.first[:end])))

    def _empty_member(self, member: Member) -> None:
        log = self._log
        if member.fault is not None:
            log.damage(member.fault)
        elif log.counts.records or log.counts.damaged or len(self._empty) >= MAX_FAULTS:
            log.report(members.empty_member(), member.offset)
        else:
            self._empty.append(member.offset)

    def _arc_records(self, member: Member, feed: Feed) -> None:
        """Read the records of a member of an ARC file: one, in a sound file."""
        log = self._log
        while (record := read_arc_record(feed)) is not None:
            if member.fault is not None:
                log.damage(member.fault)
                return
            faults = [fault for fault in (arc.arc_date(record), arc.arc_length(record)) if fault]
            if record.missing:
                length = int(record.length)
                faults.append(members.bytes_missing(length, length - record.missing))
            elif not faults and (fault := arc.next_line(record)):
                faults.append(fault)
            elif not faults and not record.at_end:
                faults.append(members.several_records())
            log.add_arc(record, member.end - member.offset if record.at_end else 0, faults)
            if record.at_end or faults:
                break
        member.drain()

    def _records(self, member: Member, feed: Feed) -> None:
        """Read the records of a member: one, in a sound file."""
        after = self._record(member, feed, first=True)
        if after is After.RECORD:
            self._log.report(members.several_records(), member.offset)
        while after is After.RECORD and self._further:
            self._further -= 1
            after = self._record(member, feed, first=False)
        if after is After.RECORD:
            self._log.damage(members.too_many_records())
            after = After.UNKNOWN
        if after is After.UNKNOWN:
            self._pass_over(member, feed)

    def _record(self, member: Member, feed: Feed, *, first: bool) -> After:
        """Read, judge and log one record."""
        log = self._log
        record, end = read_record(feed)
        alone = feed.at_end()
        if member.fault is not None:
            log.damage(member.fault, record)
            return After.NOTHING
        if record is None:
            self._no_header_end(member, first)
            return After.UNKNOWN
        verdict = judge_header(record, self._now)
        if record.length is None:
            log.add(record, verdict, 0)
            return After.UNKNOWN
        if record.missing:
            self._cut(member, record, verdict)
            return After.NOTHING
        if end is not None:
            self._bad_end(member, record, verdict, end, first)
            return After.UNKNOWN
        if not alone and not self._begins_record(feed):
            alone = True
            fault = self._rest_fault(record, self._rest(feed))
            if fault.check != 8:
                self._unsound(record, verdict, fault)
                return After.UNKNOWN
            verdict.faults.append(fault)
        judge_content(record, verdict)
        if not verdict.faults:
            self._fast.learn(record)
        log.add(record, verdict, member.end - member.offset if first and alone else 0)
        return After.NOTHING if alone else After.RECORD

    def _no_header_end(self, member: Member, first: bool) -> None:
        start = bytes(member.first[:64])
        if start[:5].upper() != b"WARC/"[: len(start)]:
            self._log.damage(fields.no_record(start))
        elif first:
            self._short = _Short(None, None, member.offset, fields.header_not_ended())
        else:
            self._log.damage(fields.header_not_ended())

    def _cut(self, member: Member, record: Record, verdict: Verdict) -> None:
        """The member ends before the block does."""
        if verdict.sound:
            fault = members.bytes_missing(record.length or 0, record.block.length)
            self._short = _Short(record, verdict, member.offset, fault)
        else:
            self._log.add(record, verdict, 0)

    def _bad_end(self, member: Member, record: Record, verdict: Verdict, end: BadEnd, first: bool) -> None:
        """CRLF CRLF does not follow the block; the next member may have the rest of it."""
        fault = members.bad_end(record, end)
        cut = len(end.after) < len(END) and END.startswith(end.after)
        if fault.check == 8 and first and verdict.sound and cut:
            self._short = _Short(record, verdict, member.offset, fault, only_end=True)
        else:
            self._unsound(record, verdict, fault)

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
            return members.blank_lines()
        return members.rest_of_record(record, rest.size, zeros=rest.zeros, ends_well=rest.ends_well)

    def _pass_over(self, member: Member, feed: Feed) -> None:
        """Read to the end of the member; damage there is reported instead of a short record."""
        for _ in iter(feed.more, False):
            feed.pos = len(feed.buffer)
        if member.fault is not None:
            self._short = None
            self._log.damage(member.fault)
