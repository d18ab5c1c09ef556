"""One stored record, opened at its offset: its fields, and its block as a stream, in bounded memory.

What the audit's scan reads is read here too: any version of WARC, ARC, several records in one member, one record in
two, blank lines, a missing end when the block's digest holds. A record that can't be read to its end raises BadRecord.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from itertools import takewhile
from typing import Any, Self

from archive.errors import BadRecord
from archive.plurals import many
from archive.read.arc import ARC_LINE, MAX_LINE, arc_digest, arc_header, arc_record_id, pass_line_ends, read_arc_record
from archive.read.faults import bad_end, length_does_not_fit, no_next_line, rest_of_record
from archive.read.header import Header
from archive.read.record import (
    END,
    MAX_HEADER,
    BadEnd,
    ScannedRecord,
    begins_damaged_record,
    begins_record,
    goes_on_with_block,
    goes_on_with_end,
    http_message,
    is_length,
    read_header,
    read_record,
)
from archive.read.source import Feed
from archive.read.stored_content import StoredContent, rest_of
from archive.read.streams import StoredFile
from archive.warc.dates import parse_date

_STEP = 1 << 16
"""Bytes of a block that are read at a time."""
_MOST_ENDLESS = 64  # headers without an end that a search passes over: each may be a megabyte


class Record:
    """One WARC or ARC record; a context manager, because it keeps its file open."""

    def __init__(
        self,
        stored: StoredFile,
        offset: int,
        *,
        owned: bool = True,
        behind: Record | None = None,
        wanted: Callable[[Record], bool] | None = None,
    ) -> None:
        """Read the header of the record that starts at `offset`, or of the one `behind` another in its member.

        An ARC record has the fields that a WARC record would have, except WARC-Record-ID. `owned`: closing the record
        closes the file. `wanted`: the first of the records that begin in the member at `offset`, whatever is before it.
        """
        self._stored, self._owned, self._first = stored, owned, behind is None and wanted is None
        self.file, self.offset = stored.name, offset
        self._content: StoredContent = behind._content if behind else StoredContent(stored, offset)
        self._feed = self._content.feed
        self.place_in_member = 0
        """Bytes of its member before it, as they inflate."""
        self._length: int | None = None
        self.is_arc, self._endless = False, 0
        self._header = self._read_header() if wanted is None else self._search(wanted)
        before = self._feed.pos - (self._feed.offset - self.place_in_member)
        self.head = bytes(self._feed.buffer[before : self._feed.pos])
        """The header as stored, up to and with its empty line."""
        self._feed.goes_on = goes_on_with_block
        stated = self._header.get("content-length")
        if stated is None or not is_length(stated):
            raise BadRecord(self.file, offset, f"Content-Length is {stated!r:.60}")
        self.content_length = int(stated)
        if not self.in_member:
            self._check_size()
        self._rest = _Block(self)
        self.block = io.BufferedReader(self._rest, _STEP)
        """The exact block, as a stream that only goes forward."""

    def _read_header(self) -> Header:
        feed = self._feed
        if feed.at_end():
            raise BadRecord(self.file, self.offset, "empty member" if self.in_member else "the file ends here")
        pass_line_ends(feed)
        return self._parse_header()

    def _search(self, wanted: Callable[[Record], bool]) -> Header:
        for _ in takewhile(lambda _: self._endless < _MOST_ENDLESS, self._content.starts()):
            with suppress(BadRecord):
                self._header = self._parse_header()
                if wanted(self):
                    return self._header
        raise BadRecord(self.file, self.offset, "no such record begins in this member")

    def _parse_header(self) -> Header:
        feed = self._feed
        self.place_in_member = feed.offset
        while feed.buffer.find(b"\n", feed.pos, feed.pos + MAX_LINE) < 0 and len(feed.buffer) - feed.pos < MAX_LINE:
            if not feed.more():
                break
        if arc := ARC_LINE.match(feed.buffer, feed.pos):
            self.is_arc, feed.pos = True, arc.end()
            return arc_header(arc)
        start = bytes(feed.buffer[feed.pos : feed.pos + 4096])
        if not begins_damaged_record(start):
            raise BadRecord(self.file, self.offset, f"no WARC record starts here: {start[:40]!r}")
        header = read_header(feed)
        if header is None:
            self._endless += 1
            long = len(feed.buffer) - feed.pos >= MAX_HEADER
            reason = f"is longer than {MAX_HEADER} bytes" if long else "does not end"
            raise BadRecord(self.file, self.offset, f"the record's header {reason}")
        return header

    def _check_size(self) -> None:
        """Look at the record's end before its block is read: the block of a length that lies may be all of the file."""
        end = self._place + self.content_length
        missing = end - self._stored.size
        if missing > 0:
            raise BadRecord(self.file, self.offset, f"the record ends {many(missing, 'byte')} before its length")
        if not self.is_arc and self._stored.read(end, 4) != END:
            self._judge()

    @property
    def in_member(self) -> bool:
        """Whether the file is compressed, so that the record may share its member with others."""
        return self._content.stream.has_members

    @property
    def _place(self) -> int:
        """Offset of the next byte in an uncompressed file."""
        return self._content.offset + self._feed.offset

    @property
    def version(self) -> str:
        """The version line: `WARC/1.1`; `ARC` for a record of an ARC file."""
        return self._header.version

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Names and values, in the order of the record."""
        names = (name.strip(" \t") for name in self._header.names.as_written)
        return list(zip(names, self._header.values, strict=True))

    def get(self, name: str) -> str | None:
        """The first value of a field, or None."""
        return self._header.get(name.lower())

    def all(self, name: str) -> list[str]:
        """All values of a field."""
        return self._header.all(name.lower())

    @property
    def type(self) -> str:
        """WARC-Type, lower case; empty when there is none."""
        return (self.get("WARC-Type") or "").lower()

    @property
    def record_id(self) -> str:
        """WARC-Record-ID with its angle brackets; empty when there is none. That of an ARC record is made of its bytes.

        They are read once more for that, unless all of them were read.
        """
        if not self.is_arc:
            return self.get("WARC-Record-ID") or ""
        if self._length is not None and self._rest.digest is not None:
            return arc_record_id(self._rest.digest)
        return record.record_id if (record := read_arc_record(self._again())) is not None else ""

    @property
    def target_uri(self) -> str:
        """WARC-Target-URI without the angle brackets that WARC 1.0 writers put around it."""
        uri = self.get("WARC-Target-URI") or ""
        return uri[1:-1] if uri.startswith("<") and uri.endswith(">") else uri

    @property
    def date(self) -> datetime:
        """WARC-Date, aware UTC; BadRecord when it is missing or malformed."""
        try:
            return parse_date(self.get("WARC-Date") or "")
        except ValueError as error:
            raise BadRecord(self.file, self.offset, str(error)) from error

    @property
    def is_http(self) -> bool:
        """Whether the block begins with an HTTP message."""
        return http_message(self._header, self.type) is not None

    def finish(self) -> int:
        """Read the rest and check that the record ends correctly.

        Returns its length in the file as stored; 0 when it shares its member with another record.
        """
        if self._length is None:
            self._rest.pass_over()
            stream = self._content.stream
            self._pass_end()
            length = self._place - self.offset
            self._pass_rest()
            if self.in_member:
                length = (stream.end or 0) - self.offset if self._first and self._feed.at_end() else 0
            self._length = length
        return self._length

    def following(self) -> Record | None:
        """Finish this record; open the one behind it in the same member or uncompressed file, None at its end."""
        self.finish()
        if self._feed.at_end():
            return None
        offset = self.offset if self.in_member else self._place
        return Record(self._stored, offset, owned=self._owned, behind=self)

    @property
    def next_offset(self) -> int:
        """Offset behind the member of a record that no other one follows there."""
        self.finish()
        return self._content.stream.end or self._place

    def _pass_end(self) -> None:
        """Pass over CRLF CRLF, or over what is accepted in its place."""
        feed = self._feed
        feed.goes_on = goes_on_with_end
        if not self.is_arc and feed.fill(4) and feed.buffer[feed.pos : feed.pos + 4] == END:
            feed.pos += 4
        elif not self.is_arc and self.in_member:
            self._judge()
        feed.goes_on = None

    def _pass_rest(self) -> None:
        """Pass over blank lines; what follows them must be a record, or must not be missing in this one."""
        feed = self._feed
        if feed.at_end():
            return
        before = feed.offset
        pass_line_ends(feed)
        feed.fill(len(END))
        if not feed.at_end() and not self._begins_record():
            if self.is_arc:
                raise BadRecord(self.file, self.offset, no_next_line().message)
            self._judge(rest=True)
            rest_of(feed)
        elif feed.offset > before and not self.is_arc:
            self._judge()

    def _begins_record(self) -> bool:
        feed = self._feed
        if self.in_member and not self.is_arc:
            return begins_record(bytes(feed.buffer[feed.pos : feed.pos + 8]))
        feed.goes_on = None if b"\n" in feed.buffer[feed.pos :] else goes_on_with_block  # its line may go on
        feed.fill(MAX_LINE)
        return begins_damaged_record(bytes(feed.buffer[feed.pos : feed.pos + MAX_LINE]))

    def _judge(self, *, rest: bool = False) -> None:
        """Raise BadRecord when the Content-Length is wrong, as the audit finds it: by digest, or HTTP's framing.

        Reads the record once more. `rest`: what follows it in its member is no record.
        """
        record, end, feed = self._reread()
        if record is None or record.missing:
            raise BadRecord(self.file, self.offset, "the record ends before its Content-Length")
        fault = None
        if end is not None:
            fault = bad_end(record, end)
        elif rest:
            after = rest_of(feed)
            fault = rest_of_record(record, after.size, zeros=after.zeros, ends_well=after.ends_well)
        elif record.length_holds() is False:
            pass_line_ends(feed)
            ends_well = (END + bytes(feed.buffer[max(feed.pos - 4, 0) : feed.pos])).endswith(END)
            fault = length_does_not_fit() if ends_well else None
        if fault is not None and fault.check == 14:
            raise BadRecord(self.file, self.offset, fault.message)

    def _reread(self) -> tuple[ScannedRecord | None, BadEnd | None, Feed]:
        """Read the record once more, for all its facts: its digests are only computed when there is a doubt."""
        feed = self._again()
        return *read_record(feed), feed

    def _again(self) -> Feed:
        """The bytes from the start of the record on."""
        feed = StoredContent(self._stored, self._content.offset if self.in_member else self.offset).feed
        for _ in feed.take(self.place_in_member if self.in_member else 0):
            pass
        return feed

    def digests_hold(self, *, both: bool = False) -> bool | None:
        """Tell whether the bytes have the digest of their record, `both`: and of its payload; None when it has none."""
        facts, _, _ = self._reread()
        if facts is None:
            return False
        holds = None if facts.block_digest is None else facts.block.block_digest() == facts.block_digest.value
        if facts.payload_digest is None or not facts.payload_here or (holds is not None and not (holds and both)):
            return holds
        raw = facts.block.raw_digest() if facts.block.chunks else b""
        return facts.payload_digest.value in (facts.block.payload_digest(), raw)

    def close(self) -> None:
        """Close the file, unless it belongs to the caller."""
        if self._owned:
            self._stored.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Block(io.RawIOBase):
    """The block of one record: exactly Content-Length bytes, or BadRecord."""

    def __init__(self, record: Record) -> None:
        self._record, self._left = record, record.content_length
        self.digest = arc_digest(record.head) if record.is_arc else None
        """Of what was read of an ARC record: its id is made of that."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        feed = self._record._feed
        if not self._left:
            return 0
        if feed.at_end():
            raise self._too_short()
        count = min(len(buffer), self._left, len(feed.buffer) - feed.pos)
        buffer[:count] = piece = memoryview(feed.buffer)[feed.pos : feed.pos + count]
        if self.digest is not None:
            self.digest.update(piece)
        feed.pos += count
        self._left -= count
        return count

    def pass_over(self) -> None:
        """Pass over what was not read yet."""
        for piece, start, end in self._record._feed.take(self._left):
            self._left -= end - start
            if self.digest is not None:
                self.digest.update(memoryview(piece)[start:end])
        if self._left:
            raise self._too_short()

    def _too_short(self) -> BadRecord:
        reason = f"the record ends {many(self._left, 'byte')} before its length"
        return BadRecord(self._record.file, self._record.offset, reason)
