"""The records of a gzip file, member by member: checks 1 to 5 and what the records themselves say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from archive.audit.blocks.feed import Bytes, Feed
from archive.audit.checks.extent import END, check_14_left_over, check_14_short
from archive.audit.checks.grammar import check_08_blank_lines, check_08_ended
from archive.audit.checks.members import check_04_empty, check_04_goes_on, check_04_several
from archive.audit.findings import Fault
from archive.audit.scanning.arc import ARC_LINE, check_08_line, check_14_follows, read_arc_record
from archive.audit.scanning.envelope import length_holds, read_record
from archive.audit.scanning.filelog import FileLog
from archive.audit.scanning.gzip_members import Gap, Member, begins_damaged_record, begins_record
from archive.audit.scanning.header import parse_header
from archive.audit.scanning.judgement import judge
from archive.audit.scanning.record import MAX_FAULTS, Known, Record
from archive.audit.scanning.usual import UsualRecords

EVERY = 64
"""Members between two looks at whether a batch is full."""


class Rest(NamedTuple):
    """Bytes after a record that are no record."""

    size: int
    zeros: bool
    blank: bool
    """Only line ends."""
    ends_well: bool
    """With the record before them, they end as a record does."""


class _Short(NamedTuple):
    """A record whose member ended before the record did: `fault` stands, unless the next member goes on with it."""

    record: Record | None
    """None: not even its header ended."""
    offset: int
    fault: Fault
    whole: bool = False
    """Only what ends the record is missing."""

    def goes_on_in(self, data: Bytes) -> bool:
        if self.record is None:
            return not begins_record(data)
        return not data.strip(b"\r\n") if self.whole else not begins_damaged_record(data)


class GzipWalk:
    """Reads the members that it is given (gzip, or zstd frames: they only differ in how they inflate)."""

    def __init__(self, members: Iterator[Member | Gap], log: FileLog, known: Known) -> None:
        self._members, self._log, self._known = members, log, known
        self._usual = UsualRecords(log, known)
        self._short: _Short | None = None
        self._empty: list[int] = []
        """Offsets of empty members before the first record: where there is none at all, that is what is wrong."""

    def run(self) -> Iterator[None]:
        """Yields every few members."""
        log = self._log
        for count, part in enumerate(self._members):
            if isinstance(part, Gap):
                self._settle()
                log.offset = part.offset
                log.damage(part.fault)
            else:
                self._member(part)
            if self._empty and (log.counts.records or log.counts.damaged):
                for offset in self._empty:
                    log.report(check_04_empty(), offset)
                self._empty.clear()
            if count % EVERY == 0:
                yield
        self._settle()

    def _settle(self) -> None:
        """The next member begins a record of its own: the short one stays short."""
        if self._short is not None:
            record, offset, fault, whole = self._short
            self._short = None
            self._log.offset = offset
            if record is not None and whole:
                self._add_unsound(record, fault)
            else:
                self._log.damage(fault, record)

    def _add_unsound(self, record: Record, fault: Fault) -> None:
        if record.sound:
            record.faults.append(fault)
            record.sound = False
        self._log.add(record, 0)

    def _member(self, member: Member) -> None:
        log = self._log
        if self._short is not None:
            if member.fault is None and len(member.first) and self._short.goes_on_in(member.first):
                self._short = _Short(self._short.record, self._short.offset, check_04_goes_on())
                member.drain()
                return
            self._settle()
        log.offset = member.offset
        plain = member.pieces is None and member.fault is None and member.extra is None and log.counts.records
        if plain and self._usual.accept(member.first, member.end - member.offset):
            return
        if member.extra is not None:
            if "{count}" in member.extra.message:
                log.note(member.extra)
            else:
                log.report(member.extra, member.offset)
        if member.skipped:
            return
        if member.fault is not None:
            log.damage(member.fault, self._rescue(member))
            return
        feed = Feed(member.first, member.pieces)
        if feed.at_end():
            if member.fault is not None:
                log.damage(member.fault)
            elif log.counts.records or log.counts.damaged or len(self._empty) >= MAX_FAULTS:
                log.report(check_04_empty(), member.offset)
            else:
                self._empty.append(member.offset)
            return
        if ARC_LINE.match(feed.buffer):
            self._arc(member, feed)
        elif log.counts.types["filedesc"] and not begins_record(member.first):
            member.drain()
            log.damage(member.fault or check_08_line(bytes(member.first[:100])))
        else:
            self._records(member, feed)

    def _arc(self, member: Member, feed: Feed) -> None:
        log = self._log
        reading = read_arc_record(feed)
        while reading.url is not None:
            alone = feed.at_end()
            if member.fault is not None:
                log.damage(member.fault)
                return
            faults = list(reading.faults)
            if reading.missing:
                faults.append(check_14_short(reading.stated, reading.stated - reading.missing))
            elif not alone and not faults and (fault := check_14_follows(feed)):
                faults.append(fault)
            elif not alone and not faults:
                faults.append(check_04_several())
            log.add_arc(reading.url, reading.date, member.end - member.offset if alone else 0, faults)
            if alone or faults:
                break
            reading = read_arc_record(feed)
        member.drain()

    def _records(self, member: Member, feed: Feed) -> None:
        log, first = self._log, True
        while True:
            reading = read_record(feed, self._known)
            record = reading.record
            alone = feed.at_end()
            if member.fault is not None:
                log.damage(member.fault, record)
                return
            if record is None:
                no_end = check_08_ended(bytes(member.first[:64]))
                if first and no_end.check == 8:
                    self._short = _Short(None, member.offset, no_end)
                else:
                    log.damage(no_end)
                break
            if reading.missing:
                short = check_14_short(record.length or 0, record.block.length)
                if record.sound:
                    self._short = _Short(record, member.offset, short)
                else:
                    log.add(record, 0)
                return
            if record.length is None:
                log.add(record, 0)
                break
            fault = reading.fault
            if fault is None and not alone:
                feed.fill(5)
            if fault is None and not alone and bytes(feed.buffer[feed.pos : feed.pos + 5]).upper() != b"WARC/":
                rest = self._rest(feed)
                holds = length_holds(record)
                alone = True
                if rest.blank and holds is not False:
                    record.faults.append(check_08_blank_lines())
                else:
                    fault = check_14_left_over(rest.size, rest.zeros, rest.ends_well, holds)
            if fault is not None:
                if fault.check == 8 and first and record.sound and self._unended(feed):
                    self._short = _Short(record, member.offset, fault, whole=True)
                else:
                    self._add_unsound(record, fault)
                break
            doubts = judge(record) if record.sound else ()
            if not record.faults:
                self._usual.learn(record)
            log.add(record, member.end - member.offset if first and alone else 0, doubts)
            if alone:
                return
            if first:
                log.report(check_04_several(), member.offset)
            first = False
        for _ in iter(feed.more, False):
            feed.pos = len(feed.buffer)
        if member.fault is not None:
            self._short = None
            log.damage(member.fault)

    def _unended(self, feed: Feed) -> bool:
        """The member ends with a part of what ends a record, or with nothing of it."""
        return not feed.fill(len(END)) and END.startswith(bytes(feed.buffer[feed.pos :]))

    def _rest(self, feed: Feed) -> Rest:
        """What is left of the member."""
        count, zeros, blank, last = 0, True, True, END
        while not feed.at_end():
            piece = bytes(feed.buffer[feed.pos :])
            feed.pos = len(feed.buffer)
            count += len(piece)
            zeros, blank = zeros and not piece.strip(b"\0"), blank and not piece.strip(b"\r\n")
            last = (last + piece[-4:])[-4:]
        return Rest(count, zeros, blank, last == END)

    def _rescue(self, member: Member) -> Record | None:
        """The record of a damaged member as far as its header can be read: others refer to its id."""
        end = member.first.find(END)
        if end < 0 or not begins_record(member.first):
            return None
        return Record(parse_header(bytes(member.first[:end])), self._known)
