"""The records of an uncompressed file, one after the other; after damage the next `WARC/1.x` at a line's start."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archive.audit.blocks.feed import Feed, feed_from
from archive.audit.blocks.source import STEP, Source
from archive.audit.checks.extent import END, NAMED_FIELDS, RECORD_START, check_14_left_over, check_14_short
from archive.audit.checks.grammar import check_08_blank_lines, check_08_ended
from archive.audit.checks.members import check_02_end, check_03_gap
from archive.audit.findings import Fault
from archive.audit.scanning.envelope import length_holds, read_record
from archive.audit.scanning.filelog import FileLog
from archive.audit.scanning.judgement import judge
from archive.audit.scanning.record import Known, Record

_NEXT = re.compile(rb"(?<=\n)" + RECORD_START.pattern)


class PlainWalk:
    """Reads a source that is not compressed."""

    def __init__(self, source: Source, log: FileLog, known: Known) -> None:
        self._source, self._log, self._known = source, log, known
        self._offset = 0

    def run(self) -> Iterator[None]:
        """Yields after each record."""
        feed, start = feed_from(self._source, 0), 0
        while not feed.at_end():
            self._offset = self._log.offset = start + feed.offset
            if self._begins_record(feed):
                resume = self._record(feed, start)
            else:
                resume = self._gap(self._offset)
            if resume is not None:
                if resume >= self._source.size:
                    return
                feed, start = feed_from(self._source, resume), resume
            yield

    def _begins_record(self, feed: Feed) -> bool:
        """A version line, or what the end of the file left of it; or a header without one."""
        feed.fill(5)
        start = bytes(feed.buffer[feed.pos : feed.pos + 5]).upper()
        return start == b"WARC/"[: len(start)] or self._looks_damaged(feed)

    def _looks_damaged(self, feed: Feed) -> bool:
        """A header whose version line is not what it was."""
        feed.fill(4096)
        found = NAMED_FIELDS.match(feed.buffer, feed.pos)
        # garbage right before a sound version line is no part of it
        return found is not None and RECORD_START.search(feed.buffer, feed.pos, found.end()) is None

    def _record(self, feed: Feed, start: int) -> int | None:
        """Reads one; returns where to go on when that is not where the feed stands."""
        log = self._log
        reading = read_record(feed, self._known)
        record, fault = reading.record, reading.fault
        if record is None:
            if feed.fill(STEP + 1):
                log.damage(check_08_ended(b"WARC/"))
                return self._source.find(_NEXT, self._offset + 5)
            log.damage(check_02_end("a record"))
            return self._source.size
        body = start + feed.offset - record.block.length
        if record.length is None:
            log.add(record, 0)
            return self._source.find(_NEXT, body)
        if reading.missing:
            resume = self._source.find(_NEXT, body)
            whole = resume < self._source.size or self._ends_well(body)
            log.damage(
                check_14_short(record.length, record.block.length) if whole else check_02_end("a record"), record
            )
            return resume
        if fault is not None:
            if fault.check == 8 and not feed.fill(4) and END.startswith(bytes(feed.buffer[feed.pos :])):
                log.damage(check_02_end("a record"), record)
                return self._source.size
            self._unsound(record, fault)
            return self._source.find(_NEXT, body if fault.check == 14 else start + feed.offset)
        following, extra = self._after(feed, start, record)
        if extra is not None and extra.check == 14:
            self._unsound(record, extra)
            return following
        doubts = judge(record) if record.sound else ()
        log.add(record, start + feed.offset - self._offset, doubts)
        if extra is not None:
            log.report(extra, start + feed.offset)
        return following

    def _unsound(self, record: Record, fault: Fault) -> None:
        if record.sound:
            record.faults.append(fault)
            record.sound = False
        self._log.add(record, 0)

    def _after(self, feed: Feed, start: int, record: Record) -> tuple[int | None, Fault | None]:
        """What follows a record that ends well: another one, the end, or bytes that are neither."""
        if feed.at_end() or self._begins_record(feed):
            return None, None
        at = start + feed.offset
        resume = self._source.find(RECORD_START, at)
        count, zeros, blank, last = 0, True, True, END
        place = at
        while place < resume:
            position = self._source.ensure(place, 1)
            piece = self._source.buffer[position : position + resume - place]
            count, place, last = count + len(piece), place + len(piece), (last + piece[-4:])[-4:]
            zeros, blank = zeros and not piece.strip(b"\0"), blank and not piece.strip(b"\r\n")
        holds = length_holds(record)
        if blank and holds is not False:
            return resume, check_08_blank_lines()
        return resume, check_14_left_over(count, zeros, last == END, holds)

    def _gap(self, offset: int) -> int:
        resume = self._source.find(RECORD_START, offset)
        if offset == 0 and resume >= self._source.size:
            position = self._source.ensure(0, 64)
            start = self._source.buffer[position : position + 64]
            self._log.damage(check_08_ended(start) if start.strip(b"\0") else check_03_gap(resume, True, True))
        else:
            self._log.damage(check_03_gap(resume - offset, False, resume >= self._source.size))
        return resume

    def _ends_well(self, body: int) -> bool:
        position = self._source.ensure(max(body, self._source.size - 4), 4)
        return self._source.buffer[position : position + 4] == END
