"""The captures of one file: it is scanned to its end past any damage; captures come out, and the gaps between them.

A capture has what the other records of its exchange say: the fields of its metadata record, and the method and query of
its request. A record is looked for among the `NEAR` captures or requests before the one that belongs to it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple, Protocol, cast

from archive.errors import BadRecord
from archive.read.arc import ArcRecord
from archive.read.captures import parse_fields, truncation
from archive.read.contents import Gap, Gaps, Whole, contents
from archive.read.record import ScannedRecord
from archive.read.source import Source
from archive.warc.dates import parse_date
from archive.warc.exchange import Capture, Kind
from archive.warc.heads import find_head, parse_head
from archive.warc.request_query import request_query

NEAR = 32
"""Captures and requests that are remembered: an exchange's records follow each other, or nearly so."""


class Sources(Protocol):
    """An archive whose files can be scanned: `Reader`."""

    def source(self, file: str) -> Source:
        """Open a WARC file to scan it. ArchiveError when that can't be done."""
        ...


def captures(reader: Sources, file: str, gaps: list[Gap] | None = None) -> Iterator[Capture]:
    """Every readable capture of `file` in the order of its records.

    What can't be read is added to `gaps`, in order. Without that list, the first gap is raised as BadRecord, after all
    captures.
    """
    scan = CaptureScan(file)
    try:
        with reader.source(file) as source:
            yield from scan.of(source)
    except (BadRecord, OSError) as error:
        if gaps is None:
            raise
        reason = error.reason if isinstance(error, BadRecord) else f"can't be read: {error.strerror or error}"
        scan.found.add(Gap(file, 0, 0, reason, ""))
        yield from scan.rest()
    listed = scan.gaps
    if gaps is not None:
        gaps += listed
    elif listed:
        raise listed[0].error


class CaptureScan:
    """One scan of a file: `of` gives the captures; behind them, `records` and `gaps` tell what else is in the file."""

    def __init__(self, file: str) -> None:
        self.records = 0
        """Whole records so far, of every type."""
        self.found = Gaps()
        self._file, self._exchanges = file, _Exchanges()

    def of(self, source: Source) -> Iterator[Capture]:
        """Every readable capture in the order of its record; OSError passes through."""
        for part in contents(source, self._file, self._exchanges.take):
            if isinstance(part, Gap):
                self.found.add(part)
            else:
                self.records += 1
            yield from self._exchanges.complete()
        yield from self.rest()

    def rest(self) -> Iterator[Capture]:
        """Give the last captures, for which records of their exchanges were still looked for."""
        return self._exchanges.complete(keep=0)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What can't be read, in order; a file without any record is a gap."""
        found = self.found.listed()
        return found or (() if self.records else (Gap(self._file, 0, 0, "no record in this file", ""),))


class _Request(NamedTuple):
    """A request by another method than GET."""

    record_id: str
    concurrent: list[str]
    """Its WARC-Concurrent-To."""
    method: str
    query: str


class _Held(NamedTuple):
    """A capture, and its WARC-Concurrent-To."""

    capture: Capture
    concurrent: list[str]


class _Exchanges:
    """Puts the records of exchanges together."""

    def __init__(self) -> None:
        self._held: deque[_Held] = deque()
        self._requests: deque[_Request] = deque(maxlen=NEAR)

    def complete(self, keep: int = NEAR) -> Iterator[Capture]:
        """Give the captures that nothing more is looked for, all but the last ones."""
        while len(self._held) > keep:
            yield self._held.popleft().capture

    def take(self, record: ScannedRecord | ArcRecord, whole: Whole) -> str:
        """Take the next record; return why its capture is left out, if it is."""
        if isinstance(record, ArcRecord):
            return self._take_arc(record, whole)
        if whole.type in ("response", "revisit", "resource"):
            return self._take_capture(record, whole)
        if whole.type == "request":
            self._take_request(record, whole)
        elif whole.type == "metadata":
            self._take_metadata(record)
        return ""

    def _take_arc(self, record: ArcRecord, whole: Whole) -> str:
        if whole.type == "warcinfo":
            return ""
        try:
            date = datetime.strptime(record.date[:14].ljust(14, "0"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            return f"ARC date {record.date!r} is not a date"
        head = _head(record.start) if whole.type == "response" else b""
        self._held.append(_Held(_capture(whole, date, head, record.media_type), []))
        return ""

    def _take_capture(self, record: ScannedRecord, whole: Whole) -> str:
        get = record.header.get
        if not whole.url:
            return "WARC-Target-URI is missing"
        stated = get("warc-date") or ""
        try:
            date = parse_date(stated)
        except ValueError:
            return f"not a WARC-Date: {stated[:40]!r}"
        http = record.block.http is not None
        capture = replace(
            _capture(whole, date, _head(record.block.head) if http else b"", "" if http else get("content-type") or ""),
            payload_digest=get("warc-payload-digest") or "",
            refers_to=get("warc-refers-to"),
            truncated=truncation(get("warc-truncated"), whole.type),
        )
        concurrent = record.header.all("warc-concurrent-to")
        for request in self._requests:
            if request.record_id in concurrent or whole.record_id in request.concurrent:
                capture = replace(capture, method=request.method, query=request.query)
        self._held.append(_Held(capture, concurrent))
        return ""

    def _take_request(self, record: ScannedRecord, whole: Whole) -> None:
        method, query = request_query(record.block.head + record.block.entity)
        if method == "GET":
            return
        request = _Request(whole.record_id, record.header.all("warc-concurrent-to"), method, query)
        self._requests.append(request)
        for place, (capture, concurrent) in enumerate(self._held):
            if request.record_id in concurrent or capture.record_id in request.concurrent:
                self._held[place] = _Held(replace(capture, method=method, query=query), concurrent)

    def _take_metadata(self, record: ScannedRecord) -> None:
        """Its fields belong to the last capture that it names."""
        named = record.header.all("warc-concurrent-to")
        block = record.block
        if not named or block.whole is None:
            return
        for place in range(len(self._held) - 1, -1, -1):
            capture, concurrent = self._held[place]
            if capture.record_id in named:
                buffer, end = block.whole
                fields = dict(parse_fields(bytes(buffer[end - block.length : end])))
                self._held[place] = _Held(replace(capture, extra=fields), concurrent)
                return


def _capture(whole: Whole, date: datetime, head: bytes, media_type: str) -> Capture:
    """The capture in a record; `media_type` counts where there is no HTTP head."""
    parsed = parse_head(head or f"Content-Type: {media_type}\r\n".encode("latin-1", "replace"))
    return Capture(
        record_id=whole.record_id,
        kind=cast(Kind, whole.type),
        url=whole.url,
        date=date,
        file=whole.file,
        offset=whole.offset,
        length=whole.length,
        status=parsed.status,
        mime=parsed.media_type if parsed.status is not None or not head else "",
        payload_digest="",
        head=head,
    )


def _head(start: bytes) -> bytes:
    """The final HTTP head in the first bytes of a block; empty where it has no status line."""
    span = find_head(start)
    return start[span.start : span.end]
