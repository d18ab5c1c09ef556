"""The records of an uncompressed WARC or ARC file, one after the other; after damage from the next record line on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archive.read import faults
from archive.read.arc import ARC_START, ArcRecord, pass_line_ends, read_arc_record
from archive.read.faults import Fault
from archive.read.record import END, NAMED_FIELDS, RECORD_START, BadEnd, Rest, ScannedRecord, read_record
from archive.read.sink import End, Sink
from archive.read.source import SPAN, STEP, Source, feed_from

_NEXT_RECORD = re.compile(rb"(?<=\n)" + RECORD_START.pattern)
_END_LENGTH = len(END)
_END_AND_RECORD = re.compile(rb"\r\n\r\n(?:" + RECORD_START.pattern + rb"|\Z)")
_TWO_ENDS = re.compile(rb"\r\n\r\n\r\n\r\n" + RECORD_START.pattern)
_NEXT_ARC = re.compile(rb"(?<=\n)" + ARC_START.pattern, re.IGNORECASE)
_LINE = 512
"""A file that was cut inside an ARC record line has fewer bytes than this after its last record."""


class WarcFile:
    """Reads an uncompressed WARC file."""

    def __init__(self, source: Source, sink: Sink) -> None:
        self._source, self._sink = source, sink
        self._start, self._feed = 0, feed_from(source, 0)
        self._lied = False
        """Whether the last record had a wrong length."""

    def read(self) -> Iterator[None]:
        """Read all records; yields after each."""
        while not self._feed.at_end():
            self._sink.offset = self._place
            resume = self._record() if self._begins_record() else self._gap(self._place)
            if resume is not None:
                if resume >= self._source.size or self._too_much(resume):
                    return
                self._start, self._feed = resume, feed_from(self._source, resume)
            yield

    def _too_much(self, resume: int) -> bool:
        """Tell whether the file makes its reader go back too often; what follows is then reported as one gap."""
        if not self._source.read_in_vain(self._place - resume):
            return False
        self._sink.offset = resume
        self._sink.damage(faults.read_too_often(self._source.size - resume))
        return True

    @property
    def _place(self) -> int:
        """Offset of the next byte in the file."""
        return self._start + self._feed.offset

    def _begins_record(self) -> bool:
        """A version line comes next, or what is left of it at the end of the file; or a header without one."""
        feed = self._feed
        feed.fill(5)
        start = bytes(feed.buffer[feed.pos : feed.pos + 5]).upper()
        return start == b"WARC/"[: len(start)] or self._looks_damaged()

    def _looks_damaged(self) -> bool:
        """A header with a damaged version line comes next."""
        feed = self._feed
        feed.fill(4096)
        found = NAMED_FIELDS.match(feed.buffer, feed.pos)
        # garbage right before a sound version line is no part of that header
        return found is not None and RECORD_START.search(feed.buffer, feed.pos, found.end()) is None

    def _record(self) -> int | None:
        """Read one record; return where to go on, None = right behind it."""
        record, end = read_record(self._feed, self._look if self._lied else None)
        self._lied = False
        if record is None:
            return self._no_header_end()
        sink = self._sink
        sink.judge(record)
        if record.length is None:
            sink.add(record, 0, None, End.WRONG)
            return self._source.find(_NEXT_RECORD, self._place)
        if end is not None:
            return self._bad_end(record, end)
        if record.missing:
            return self._cut(record)
        length = self._place - sink.offset
        sink.span = 0, length - _END_LENGTH
        resume, extra = self._behind(record)
        if extra is not None and extra.check == 14:
            sink.add(record, 0, extra, End.WRONG)
            return resume
        sink.add(record, length)
        if extra is not None:
            sink.report(extra, sink.offset + length)
        return resume

    def _no_header_end(self) -> int:
        if self._feed.fill(STEP + 1):
            self._source.read_in_vain(STEP)
            self._sink.damage(faults.header_not_ended())
            return self._source.find(_NEXT_RECORD, self._sink.offset + 5)
        self._sink.damage(faults.file_ends_inside("a record"))
        return self._source.size

    def _cut(self, record: ScannedRecord) -> int:
        """The file ends before the block does: it was cut, or the length is wrong if more records are in the block."""
        body = self._place - record.block.length
        resume = self._next_record(record)
        if resume < self._source.size or self._ends_well(body):
            fault = faults.bytes_missing(record.length or 0, record.block.length)
        else:
            fault = faults.file_ends_inside("a record")
        self._sink.damage(fault, record)
        return resume

    def _ends_well(self, body: int) -> bool:
        """The file ends as a record does."""
        position = self._source.ensure(max(body, self._source.size - 4), 4)
        return self._source.buffer[position : position + 4] == END

    def _bad_end(self, record: ScannedRecord, end: BadEnd) -> int:
        fault = faults.bad_end(record, end)
        self._sink.span = 0, self._place - self._sink.offset
        if fault.check == 14:
            self._lied = True
            self._sink.add(record, 0, fault, End.WRONG)
            return self._next_record(record)
        if len(end.after) < 4 and END.startswith(end.after):
            self._sink.add(record, 0, faults.file_ends_inside("a record"), End.SHORT)
            return self._source.size
        self._sink.add(record, 0, fault, End.SHORT if end.line_ends_missing else End.WRONG)
        return self._source.find(RECORD_START, self._place)

    def _look(self, record: ScannedRecord) -> BadEnd | None:
        """What is at the stated end of a record, if it shows that the length is wrong.

        Behind a wrong length others are likely. Each would cost the reading of a block, which only a digest needs.
        """
        end = self._place + (record.length or 0)
        if record.block_digest is not None or record.block.http is not None or end + len(END) > self._source.size:
            return None
        start = max(end - 4, self._place)
        position = self._source.ensure(start, 8)
        around = self._source.buffer[position : position + end - start + 4]
        found = BadEnd(around[:-4], around[-4:])
        return found if found.after != END and faults.bad_end(record, found).check == 14 else None

    def _next_record(self, record: ScannedRecord) -> int:
        """Where to go on behind a record whose length is wrong.

        HTTP's own length may tell where the record ends. A payload that begins with a WARC record is a WARC file, with
        records of its own: it is passed over up to the place where it ends together with the outer record.
        """
        block, source = record.block, self._source
        body = self._place - block.length
        payload = body + block.length - block.body_length if block.terminated else body
        if (length := block.http_length()) is not None:
            position = source.ensure(payload + length, SPAN)
            if _END_AND_RECORD.match(source.buffer, position):
                return payload + length + len(END)
        resume = source.find(RECORD_START, body)
        if resume != payload:
            return resume
        end = source.find(_TWO_ENDS, resume)
        return end + 2 * len(END) if end < source.size else end

    def _behind(self, record: ScannedRecord) -> tuple[int | None, Fault | None]:
        """Where to go on after a record that ends well, and a fault for bytes behind it that are no record."""
        if self._feed.at_end() or self._begins_record():
            return None, None
        resume = self._source.find(RECORD_START, self._place)
        rest = self._rest(self._place, resume)
        if rest.blank and record.length_holds() is not False:
            return resume, faults.blank_lines()
        return resume, faults.rest_of_record(record, rest.size, zeros=rest.zeros, ends_well=rest.ends_well)

    def _rest(self, place: int, end: int) -> Rest:
        """What the bytes up to `end` are, which begin no record."""
        start, zeros, blank, last = place, True, True, END
        while place < end:
            position = self._source.ensure(place, 1)
            piece = self._source.buffer[position : position + end - place]
            place, last = place + len(piece), (last + piece[-4:])[-4:]
            zeros, blank = zeros and not piece.strip(b"\0"), blank and not piece.strip(b"\r\n")
        return Rest(place - start, zeros, blank, last == END)

    def _gap(self, offset: int) -> int:
        """Report bytes that begin no record; return where the next record begins."""
        size = self._source.size
        resume = self._source.find(RECORD_START, offset)
        if resume < size and self._rest(offset, resume).blank:
            self._sink.report(faults.blank_lines_first(resume - offset), resume)
            return resume
        fault = faults.gap(resume - offset, False, resume >= size)
        if offset == 0 and resume >= size:
            position = self._source.ensure(0, 64)
            start = self._source.buffer[position : position + 64]
            fault = faults.no_record(start) if start.strip(b"\0") else faults.gap(resume, True, True)
        self._sink.damage(fault)
        return resume


class ArcFile:
    """Reads an uncompressed ARC file: it begins with `filedesc://`, or another record line."""

    def __init__(self, source: Source, sink: Sink) -> None:
        self._source, self._sink = source, sink
        self._start, self._feed = 0, feed_from(source, 0)
        self._any = False
        """Whether a record was found."""

    def read(self) -> Iterator[None]:
        """Read all records; yields after each."""
        sink, source = self._sink, self._source
        pass_line_ends(self._feed)
        if self._feed.offset:
            sink.report(faults.line_ends_first(self._feed.offset), 0)
        while not self._feed.at_end():
            sink.offset = self._start + self._feed.offset
            record = read_arc_record(self._feed, source.size - sink.offset)
            resume = self._no_line() if record is None else self._record(record)
            if resume is not None:
                if resume >= source.size:
                    return
                self._start, self._feed = resume, feed_from(source, resume)
            yield

    def _record(self, record: ArcRecord) -> int | None:
        """Hand a record to the sink; return where to go on, None = right behind it."""
        sink, source = self._sink, self._source
        if not self._any and (fault := faults.description(record.url)):
            sink.report(fault, sink.offset)
        self._any = True
        resume = None
        fault = None
        if not record.has_length:
            fault = faults.arc_length(record)
        elif record.missing:
            resume = source.find(_NEXT_ARC, sink.offset + 1)
            length = int(record.length)
            cut = resume >= source.size
            fault = (
                faults.file_ends_inside("a record") if cut else faults.bytes_missing(length, length - record.missing)
            )
        elif not record.followed:
            fault = faults.no_next_line()
        if fault is not None and fault.check == 14:
            resume = source.find(_NEXT_ARC, sink.offset + 1)
        length = self._start + self._feed.offset - sink.offset
        sink.span = 0, length
        sink.add_arc(record, length, fault)
        return resume

    def _no_line(self) -> int:
        """Report bytes that begin no record; return where the next record line begins."""
        size, offset = self._source.size, self._sink.offset
        resume = self._source.find(_NEXT_ARC, offset + 1)
        if resume >= size and size - offset < _LINE and self._any:
            fault = faults.file_ends_inside("a record's line")
        else:
            fault = faults.gap(resume - offset, False, resume >= size)
        self._sink.damage(fault)
        return resume
