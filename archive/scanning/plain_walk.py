"""The records of an uncompressed file, one after the other; after damage the next `WARC/1.x` at a line's start."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archive.findings import Fault
from archive.scanning.envelope import read_record
from archive.scanning.feed import Bytes, Feed
from archive.scanning.filelog import FileLog
from archive.scanning.record import Known, Record
from archive.scanning.source import STEP, Source
from archive.scanning.tail import END, NAMED_FIELDS, RECORD_START, left_over, short_block

_NEXT = re.compile(rb"(?<=\n)" + RECORD_START.pattern)
_CUT = "the file ends inside a record: it was cut, or never finished"


class PlainWalk:
    """Reads a source that is not compressed."""

    def __init__(self, source: Source, log: FileLog, known: Known) -> None:
        self._source, self._log, self._known = source, log, known
        self._offset = 0

    def run(self) -> Iterator[None]:
        """Yields after each record."""
        feed, start = self._feed(0), 0
        while not feed.at_end():
            self._offset = self._log.offset = start + feed.offset
            feed.fill(5)
            if bytes(feed.buffer[feed.pos : feed.pos + 5]).upper() == b"WARC/" or self._looks_damaged(feed):
                resume = self._record(feed, start)
            else:
                resume = self._gap(self._offset)
            if resume is not None:
                if resume >= self._source.size:
                    return
                feed, start = self._feed(resume), resume
            yield

    def _feed(self, offset: int) -> Feed:
        return Feed(b"", self._pieces(offset))

    def _pieces(self, offset: int) -> Iterator[Bytes]:
        while offset < self._source.size:
            position = self._source.ensure(offset, STEP)
            piece = self._source.buffer[position : position + STEP]
            if not piece:
                return
            offset += len(piece)
            yield piece

    def _looks_damaged(self, feed: Feed) -> bool:
        """A header whose version line is not what it was."""
        feed.fill(4096)
        return NAMED_FIELDS.match(feed.buffer, feed.pos) is not None

    def _record(self, feed: Feed, start: int) -> int | None:
        """Reads one; returns where to go on when that is not where the feed stands."""
        log = self._log
        reading = read_record(feed, self._known)
        record, fault = reading.record, reading.fault
        if record is None:
            if feed.fill(STEP + 1):
                log.damage(Fault(8, "error", f"the record's header does not end within {STEP} bytes"))
                return self._find(self._offset + 5)
            log.damage(Fault(2, "error", _CUT))
            return self._source.size
        body = start + feed.offset - record.block.length
        if record.length is None:
            log.add(record, 0)
            return self._find(body)
        if reading.missing:
            resume = self._find(body)
            whole = resume < self._source.size or self._ends_well()
            log.damage(short_block(record.length, record.block.length) if whole else Fault(2, "error", _CUT), record)
            return resume
        if fault is not None:
            if fault.check == 8 and not feed.fill(4) and END.startswith(bytes(feed.buffer[feed.pos :])):
                log.damage(Fault(2, "error", _CUT), record)
                return self._source.size
            self._unsound(record, fault)
            return self._find(body if fault.check == 14 else start + feed.offset)
        following, extra = self._after(feed, start, reading.digest_holds)
        if extra is not None and extra.check == 14:
            self._unsound(record, extra)
            return following
        doubts = record.judge() if record.sound else ()
        log.add(record, start + feed.offset - self._offset, doubts)
        if extra is not None:
            log.report(extra, start + feed.offset)
        return following

    def _unsound(self, record: Record, fault: Fault) -> None:
        if record.sound:
            record.faults.append(fault)
            record.sound = False
        self._log.add(record, 0)

    def _after(self, feed: Feed, start: int, digest_holds: bool | None) -> tuple[int | None, Fault | None]:
        """What follows a record that ends well: another one, the end, or bytes that are neither."""
        feed.fill(5)
        following = bytes(feed.buffer[feed.pos : feed.pos + 5])
        if not following or following.upper() == b"WARC/" or self._looks_damaged(feed):
            return None, None
        at = start + feed.offset
        resume = self._find(at)
        if resume >= self._source.size and b"WARC/".startswith(following):
            return None, None
        count, zeros, blank, last = 0, True, True, END
        place = at
        while place < resume:
            position = self._source.ensure(place, 1)
            piece = self._source.buffer[position : position + resume - place]
            count, place, last = count + len(piece), place + len(piece), (last + piece[-4:])[-4:]
            zeros, blank = zeros and not piece.strip(b"\0"), blank and not piece.strip(b"\r\n")
        if blank and digest_holds is not False:
            return resume, Fault(8, "warning", "empty lines between records")
        return resume, left_over(count, zeros, last == END, digest_holds)

    def _gap(self, offset: int) -> int:
        resume = self._find(offset)
        self._log.damage(Fault(3, "error", f"{resume - offset} bytes that are no record"))
        return resume

    def _ends_well(self) -> bool:
        position = self._source.ensure(max(0, self._source.size - 4), 4)
        return self._source.buffer[position : position + 4] == END

    def _find(self, start: int) -> int:
        """Offset of the next record at or after `start`; the size of the file when there is none."""
        place = max(0, start - 1)
        while place < self._source.size:
            position = self._source.ensure(place, STEP)
            found = _NEXT.search(self._source.buffer, position)
            if found is not None:
                return self._source.base + found.start()
            end = self._source.base + len(self._source.buffer)
            if end >= self._source.size:
                break
            place = max(place + 1, end - 128)
        return self._source.size
