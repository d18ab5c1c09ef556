"""The records of an uncompressed ARC file: a source goes in; after damage the next record line at a line's start."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archive.audit.blocks.feed import Feed, feed_from
from archive.audit.blocks.source import Source
from archive.audit.checks.extent import check_14_short
from archive.audit.checks.members import check_02_end, check_03_gap
from archive.audit.findings import Fault
from archive.audit.scanning.arc import ARC_START, check_07_described, check_14_follows, read_arc_record
from archive.audit.scanning.filelog import FileLog

_NEXT = re.compile(rb"(?<=\n)" + ARC_START.pattern, re.IGNORECASE)
_LINE = 512
"""What is left of a file that was cut inside a record line is shorter than this."""


class ArcWalk:
    """Reads a source that begins with `filedesc://`, or another record line."""

    def __init__(self, source: Source, log: FileLog) -> None:
        self._source, self._log = source, log

    def run(self) -> Iterator[None]:
        """Yields after each record."""
        log, source, start = self._log, self._source, 0
        feed = feed_from(source, 0)
        self._pass_line_ends(feed)
        while not feed.at_end():
            log.offset = start + feed.offset
            reading = read_arc_record(feed)
            resume = None
            if reading.url is None:
                resume = source.find(_NEXT, log.offset + 1)
                log.damage(self._no_line(resume))
            else:
                faults = list(reading.faults)
                if not log.counts.records and (fault := check_07_described(reading.url)):
                    log.report(fault, log.offset)
                if reading.missing:
                    resume = source.find(_NEXT, log.offset + 1)
                    cut = resume >= source.size
                    faults.append(
                        check_02_end("a record")
                        if cut
                        else check_14_short(reading.stated, reading.stated - reading.missing)
                    )
                elif not any(fault.check == 14 for fault in faults) and (fault := check_14_follows(feed)):
                    faults.append(fault)
                if any(fault.check == 14 for fault in faults):
                    resume = source.find(_NEXT, log.offset + 1)
                log.add_arc(reading.url, reading.date, start + feed.offset - log.offset, faults)
            if resume is not None:
                if resume >= source.size:
                    return
                feed, start = feed_from(source, resume), resume
            yield

    def _pass_line_ends(self, feed: Feed) -> None:
        """Line ends before the first record."""
        while feed.fill(1) and feed.buffer[feed.pos : feed.pos + 1] in (b"\n", b"\r"):
            feed.pos += 1
        if feed.offset:
            self._log.report(Fault("error", f"{feed.offset} line ends before the first record", "ARC 1.0", check=3), 0)

    def _no_line(self, resume: int) -> Fault:
        size, offset = self._source.size, self._log.offset
        if resume >= size and size - offset < _LINE and self._log.counts.records:
            return check_02_end("a record's line")
        return check_03_gap(resume - offset, False, resume >= size)
