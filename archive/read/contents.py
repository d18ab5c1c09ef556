"""The whole records of a file and the gaps between them: a file in any form goes in; every byte is in one of them.

A record is whole when its header can be read and its length holds. Behind damage the scan goes on at the next record.
A member that inflates to its end is passed over as a whole, and so is an uncompressed record whose length holds: a WARC
file inside a record is never taken for records of this file. docs/warc.md says how the next record is found behind a
wrong length, or a damaged member.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from archive.errors import BadRecord
from archive.plurals import many
from archive.read.arc import ArcRecord
from archive.read.faults import Fault
from archive.read.record import ScannedRecord
from archive.read.scan import scan
from archive.read.sink import End
from archive.read.source import Bytes, Source

_VERSION = re.compile(r"WARC/\d{1,2}\.\d{1,2}\s*", re.IGNORECASE)
_HELD = frozenset({"response", "revisit", "resource"})
MAX_GAPS = 10_000
"""Gaps that are listed one by one; a file of 100 MB could have a million."""
Take = Callable[["ScannedRecord | ArcRecord", "Whole"], str]
"""Gets each whole record, in order, while its block is at hand; returns why it is left out, empty when it is not."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A record that can be read to its end."""

    file: str
    offset: int
    """First byte of the member in which it begins, in the file as stored; of the record where there are no members."""
    length: int
    """Bytes as stored; 0 when it shares its member with other records, or does not end as it should."""
    split: bool
    """Whether it goes on in further members."""
    inner: int
    """Its place in the content from its member on; 0 for the first record of a member."""
    size: int
    """Bytes of its header and block; in an ARC file also of the line ends behind them."""
    type: str
    """WARC-Type, lower case; for ARC records `response` (http), `resource`, or `warcinfo` (filedesc)."""
    record_id: str
    """WARC-Record-ID, or what an ARC record has in its place; empty without one."""
    url: str
    """WARC-Target-URI without the angle brackets of WARC 1.0; empty without one."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes without a whole record, or a record that is left out."""

    file: str
    offset: int
    """First byte in the file as stored."""
    length: int
    """Bytes as stored; 0 when other records of the same member are kept."""
    reason: str
    """Why no record can be read here."""
    url: str
    """Target URI of the response, revisit or resource that begins here, if its header can be read; else empty."""

    @property
    def error(self) -> BadRecord:
        """The gap as an error."""
        return BadRecord(self.file, self.offset, self.reason)


class Gaps:
    """The gaps of one file, in order; only the first ones are kept one by one."""

    def __init__(self) -> None:
        self._listed: list[Gap] = []
        self._further = self._bytes = 0

    def add(self, gap: Gap) -> None:
        """Add the next gap."""
        if len(self._listed) < MAX_GAPS:
            self._listed.append(gap)
        else:
            self._further += 1
            self._bytes += gap.length

    def listed(self) -> tuple[Gap, ...]:
        """All gaps; those that were not kept are one, behind the last that was."""
        if not self._further:
            return tuple(self._listed)
        last = self._listed[-1]
        reason = f"{many(self._further, 'further gap')}, not listed"
        return (*self._listed, Gap(last.file, last.offset + last.length, self._bytes, reason, ""))


def contents(source: Source, name: str, take: Take = lambda record, whole: "") -> Iterator[Whole | Gap]:
    """Give the records and gaps of a file in order; `name` is its name in them. OSError passes through."""
    sink = _Contents(name, take)
    for _ in scan(source, name, sink):
        yield from sink.hand_over()
    sink.close(source.size)
    yield from sink.hand_over()


class _Contents:
    """The sink of a scan that keeps what is whole."""

    def __init__(self, name: str, take: Take) -> None:
        self.offset, self.span = 0, (0, 0)
        self._name, self._take = name, take
        self._found: deque[Whole | Gap] = deque()
        self._gap: Gap | None = None
        """The last gap, as long as its end is not known."""
        self._shared = -1
        """Offset of the last member with a record that was kept though it does not fill the member."""

    def hand_over(self) -> Iterator[Whole | Gap]:
        """What was found since the last call; a gap comes once its end is known."""
        while self._found:
            yield self._found.popleft()

    def close(self, size: int) -> None:
        """Note the end of the file."""
        self._end_gap(size)

    def accept(self, member: Bytes, length: int) -> bool:  # noqa: ARG002 - a Sink
        """Leave every member to the scan."""
        return False

    def judge(self, record: ScannedRecord) -> bool:  # noqa: ARG002 - a Sink
        """Take any header: what it lacks is found when the record comes."""
        return True

    def add(self, record: ScannedRecord, length: int, fault: Fault | None = None, end: End = End.RIGHT) -> None:
        """Keep a record, unless its header or its length is wrong."""
        reason = _why_lost(record, fault, end)
        if reason:
            self._lose(reason, self.offset, record)
            return
        header = record.header
        split = fault is not None and fault.check == 4
        found = self._whole(length, record.kind, header.get("warc-record-id") or "", _url(record), split=split)
        self._keep(record, found)
        if fault is not None and fault.check in (2, 3):  # the file was cut here, or other bytes follow
            self._lose(fault.message, self.offset)

    def add_arc(self, record: ArcRecord, length: int, fault: Fault | None) -> None:
        """Keep a record of an ARC file whose length holds."""
        if fault is not None and fault.check != 4:
            self._lose(fault.message, self.offset)
        else:
            http = record.url[:4].lower() == "http"
            kind = "warcinfo" if record.url.startswith("filedesc:") else "response" if http else "resource"
            split = fault is not None
            self._keep(record, self._whole(length, kind, record.record_id, record.url, split=split))

    def damage(self, fault: Fault, record: ScannedRecord | None = None) -> None:
        """Begin a gap."""
        self._lose(fault.message, self.offset, record)

    def report(self, fault: Fault, offset: int) -> None:
        """Begin a gap if the fault is bytes that belong to no record; nothing is lost by other faults."""
        if fault.check == 3:
            self._lose(fault.message, offset)

    def unread(self, fault: Fault) -> None:
        """The whole file is a gap."""
        self._lose(fault.message, 0)

    def _whole(self, length: int, kind: str, record_id: str, url: str, *, split: bool = False) -> Whole:
        return Whole(self._name, self.offset, length, split, *self.span, kind, record_id, url)

    def _keep(self, record: ScannedRecord | ArcRecord, found: Whole) -> None:
        self._end_gap(self.offset)
        if not found.length:
            self._shared = self.offset
        self._found.append(found)
        if reason := self._take(record, found):
            self._found.append(Gap(self._name, found.offset, found.length, reason, found.url))

    def _lose(self, reason: str, offset: int, record: ScannedRecord | None = None) -> None:
        self._end_gap(offset)
        url = _url(record) if record is not None and record.kind in _HELD else ""
        self._gap = Gap(self._name, offset, 0, reason, url)

    def _end_gap(self, end: int) -> None:
        gap, self._gap = self._gap, None
        if gap is not None:
            self._found.append(gap if gap.offset == self._shared else replace(gap, length=end - gap.offset))


def _why_lost(record: ScannedRecord, fault: Fault | None, end: End) -> str:
    """Why a record is not whole; empty when it is."""
    header = record.header
    if not _VERSION.fullmatch(header.version):
        return f"no version line of WARC: {header.version[:40]!r}"
    if record.length is None:
        return f"Content-Length is {header.get('content-length')!r:.60}"
    if fault is not None and end is End.WRONG and fault.check != 3:  # other bytes may follow a sound record
        return fault.message
    return (
        f"Content-Length says {many(record.length, 'byte')}, {many(record.block.length, 'is', 'are')} there"
        if record.missing
        else ""
    )


def _url(record: ScannedRecord) -> str:
    uri = record.header.get("warc-target-uri") or ""
    return uri[1:-1] if uri[:1] == "<" and uri[-1:] == ">" else uri
