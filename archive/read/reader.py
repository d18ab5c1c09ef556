"""Reads an archive: its path and a location, capture or record id go in, records and entities come out.

Reads our archives and those of others, in any form that the audit reads, in bounded memory. A record that can't be read
to its end raises BadRecord; no function returns a part of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import takewhile
from pathlib import Path

from archive.errors import ArchiveError, BadRecord, CodingError, OnlyInStore
from archive.index.cdxj import Line
from archive.index.digests import Location
from archive.index.lookup import Lookup
from archive.index.surt import surt
from archive.plurals import many
from archive.read.captures import capture_in
from archive.read.contents import Whole, contents
from archive.read.exchanges import captures
from archive.read.look_ups import LookUps, bare
from archive.read.originals import confirms, is_empty, original_of
from archive.read.response import Response, open_response
from archive.read.source import Source
from archive.read.stored_files import StoredFiles, Stores
from archive.read.stored_record import Record
from archive.warc.codings import entity_pieces, missing_codings, stated_length, transfer_codings
from archive.warc.exchange import Capture
from archive.warc.heads import parse_head

_PIECE = 1 << 20
CAPTURES = ("response", "revisit", "resource")
"""Types of records that are captures."""
_START = 16384
"""First bytes of a body that show whether it has the codings that its head names."""

logger = logging.getLogger(__name__)


class Reader:
    """Reads one archive: a data folder, another folder of WARC files, a WARC file, or a WACZ."""

    def __init__(self, folder: Path, index: Lookup | None = None, stores: Stores | None = None) -> None:
        """`index`: in place of the archive's own. `stores`: opens the store for the files that are only there.

        Without it such a file raises OnlyInStore, a BadRecord; with it any function raises StoreFailed when the store
        does not answer.
        """
        self.folder = folder
        self._stored = StoredFiles(folder, stores=stores)
        self.look_ups = LookUps(folder, index, self._captures)

    def path(self, file: str) -> Path:
        """The path of a WARC file, by its final name; it may still be `.open`, or the package that has the file."""
        place = self._stored.place(file)
        return place.within or place.path

    def source(self, file: str) -> Source:
        """Open a WARC file to scan it. ArchiveError when that can't be done."""
        return self._stored.source(file)

    def pieces(self, file: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes of a WARC file as stored, or of a part of it. BadRecord when they can't be read."""
        with self._stored.open(file, offset) as stored:
            end = stored.size if length is None else offset + length
            while offset < end and (piece := stored.read(offset, min(end - offset, _PIECE))):
                offset += len(piece)
                yield piece

    def size(self, file: str) -> int:
        """Bytes of a WARC file as stored. BadRecord when it can't be opened."""
        with self._stored.open(file) as stored:
            return stored.size

    def files(self) -> list[str]:
        """The names of the sealed WARC files, sorted, those that are only in the store included."""
        return self._stored.names()

    def files_here(self) -> list[str]:
        """The names of the sealed WARC files that are not only in the store, sorted."""
        return self._stored.names(here=True)

    def use_copies(self, copies: Mapping[str, Path]) -> None:
        """Take these copies for the WARC files of those names, which are only in the store: they count as here."""
        self._stored.use_copies(copies)

    def is_only_stored(self, file: str) -> bool:
        """Tell whether a WARC file is only in the store."""
        return self._stored.only_stored(file) is not None

    def record(self, file: str, offset: int) -> Record:
        """Open the record that starts at `offset`, the first one in its member. BadRecord when there is none."""
        stored = self._stored.open(file, offset)
        try:
            return Record(stored, offset)
        except BaseException:
            stored.close()
            raise

    def record_of(self, of: Capture | Line) -> Record:
        """Open the record that a capture, or a line of an index, names. BadRecord when another one is there."""
        if of.record_id:
            return self.record_with_id(of.file, of.offset, of.record_id)
        # An ARC record, or a line of another tool, with a date in seconds, and the URL in a form of its own.
        key, second = surt(of.url), of.date.replace(microsecond=0)
        return self._find(
            of.file,
            of.offset,
            lambda it: surt(it.target_uri) == key and it.date.replace(microsecond=0) == second,
            f"{of.url} of {second:%Y-%m-%dT%H:%M:%SZ}",
        )

    def record_with_id(self, file: str, offset: int, record_id: str) -> Record:
        """Open the record with this WARC-Record-ID in the member at `offset`. BadRecord when it is not there."""
        return self._find(file, offset, lambda record: bare(record.record_id) == bare(record_id), record_id)

    def capture_at(self, file: str, offset: int) -> Record:
        """Open the first capture that begins in the member at `offset`; without one, the record that starts there."""
        try:
            return self._walk(file, offset, lambda record: record.type in CAPTURES, "a capture")
        except BadRecord as error:
            failed = error
            with suppress(BadRecord):
                return self.record(file, offset)
        with suppress(BadRecord), self.source(file) as source:  # records before this member tell where one in it begins
            parts = takewhile(lambda part: part.offset <= offset, contents(source, file))
            held = (part for part in parts if isinstance(part, Whole) and part.type in CAPTURES)
            place = next((part.inner for part in held if part.offset == offset), None)
            if place is not None:
                return self._searched(file, offset, lambda record: record.place_in_member == place)
        raise failed

    def _find(self, file: str, offset: int, wanted: Callable[[Record], bool], named: str) -> Record:
        """Open the record that is wanted, among those that begin in the member at `offset`."""
        try:
            return self._walk(file, offset, wanted, named)
        except BadRecord:
            with suppress(BadRecord):  # the member may begin with the rest of a record of the one before it
                return self._searched(file, offset, wanted)
            raise

    def _searched(self, file: str, offset: int, wanted: Callable[[Record], bool]) -> Record:
        stored = self._stored.open(file, offset)
        try:
            return Record(stored, offset, wanted=wanted)
        except BaseException:
            stored.close()
            raise

    def _walk(self, file: str, offset: int, wanted: Callable[[Record], bool], named: str) -> Record:
        """As `_find`, from the first record of the member to the next."""
        record = first = self.record(file, offset)
        is_read = record.is_arc and record.in_member
        try:
            while True:
                if is_read:
                    record.finish()  # its id is made of all its bytes
                if wanted(record):
                    break
                following = record.following() if record.in_member else None
                if following is None:
                    raise BadRecord(file, offset, f"holds {first.record_id or 'another record'}, not {named}")
                record = following
        except BaseException:
            record.close()
            raise
        if not is_read:
            return record
        record.close()
        return self._searched(file, offset, lambda again: again.place_in_member == record.place_in_member)

    def opened(self, places: Iterable[Line | Location], record_id: str = "") -> Iterator[Record]:
        """Open the records at these places, those with this id if one is given; what can't be read is left out.

        OnlyInStore at the end, when one was only in the store and none before it was taken.
        """
        apart: OnlyInStore | None = None
        for place in places:
            try:
                if record_id:
                    record = self.record_with_id(place.file, place.offset, record_id)
                else:
                    record = self.record_of(place) if isinstance(place, Line) else self.record(*place)
            except OnlyInStore as error:
                apart = error
                continue
            except BadRecord:
                continue  # the next place may have it
            yield record
        if apart is not None:
            raise apart

    def records(self, file: str, offset: int = 0) -> Iterator[Record]:
        """Give every record from `offset` on, in order; BadRecord at the first that can't be read to its end.

        Read the block of a record before you ask for the next, which finishes it. `finish()` gives its length.
        """
        with self._stored.open(file, offset) as stored:
            size = stored.size
            while offset < size:
                record: Record | None = Record(stored, offset, owned=False)
                while record is not None:
                    yield record
                    offset, record = record.next_offset, record.following()

    def response(self, of: Capture | Line | str) -> Response:
        """Open a stored response, revisit or resource, by its capture, index line or WARC-Record-ID."""
        record = self._by_id(of) if isinstance(of, str) else self.record_of(of)
        try:
            return open_response(record)
        except BaseException:
            record.close()
            raise

    def _by_id(self, record_id: str) -> Record:
        wrong: ArchiveError = ArchiveError(f"no response or revisit {record_id} in {self.folder}")
        for place in self.look_ups.by_id(record_id):
            try:
                return self.record_with_id(place.file, place.offset, record_id)
            except BadRecord as error:
                wrong = error
        raise wrong

    def capture(self, record_id: str) -> Capture | None:
        """The capture with this WARC-Record-ID, read to its end; None when the digests do not lead to it."""
        place = self.look_ups.digested(lambda held: held.record(record_id))
        if place is None:
            return None
        with suppress(BadRecord), open_response(self.record_with_id(*place, record_id)) as found:
            return capture_in(found)
        return None

    def original(self, of: Capture | Line) -> Capture | None:
        """The capture whose payload a revisit has; None for another record, BadRecord when the archive has none."""
        with self.response(of) as response:
            if response.record.type != "revisit" or is_empty(response):
                return None
            with original_of(self, response) as original:
                return capture_in(original)

    def entity(self, of: Capture | Line | str, limit: int) -> bytes:
        """The entity body with its codings removed, a revisit's from its original.

        TooLarge when it has more than `limit` bytes, BadRecord when the archive does not have a revisit's original.
        """
        return b"".join(self.entity_pieces(of, limit))

    def entity_pieces(self, of: Capture | Line | str, limit: int) -> Iterator[bytes]:
        """As `entity`, piece by piece; an error comes with the piece that it concerns."""
        with self.response(of) as response:
            if response.record.type != "revisit":
                yield from _entity(response.head, response, limit)
            elif not is_empty(response):
                with original_of(self, response) as original:
                    own = response.head and not confirms(response)
                    yield from _entity(response.head if own else original.head, original, limit)

    def close(self) -> None:
        """Close the digests until the next look-up: they keep a writer that closes earlier from removing its log."""
        self.look_ups.close()

    def _captures(self) -> Iterator[Capture]:
        for file in self.files():
            with suppress(BadRecord):  # damage hides nothing of this file or of others but what it hit
                yield from captures(self, file)


def _entity(head: bytes, source: Response, limit: int) -> Iterator[bytes]:
    """The entity body of a stored response, whose content codings a head names; the record is read to its end."""
    record = source.record
    if record.get("WARC-Segment-Number") is not None:
        raise BadRecord(record.file, record.offset, "one segment of a record that was split: segments are not joined")
    missing = missing_codings(head, source.head, source.body.peek(_START)[:_START])
    if missing and record.digests_hold() is False:
        missing = frozenset()  # it was damaged, so decoding says how
    if missing:
        codings = " and ".join(sorted(missing))
        logger.warning("%s:%d: its head says %s, but the body is stored without", record.file, record.offset, codings)
    elif short := _missing_bytes(source):
        logger.warning(
            "%s:%d: the body lacks %s of its Content-Length", record.file, record.offset, many(short, "byte")
        )
    yield from entity_pieces(head, source.body, limit, framing=source.head, missing=missing)
    record.finish()


def _missing_bytes(source: Response) -> int:
    """Bytes that a body lacks of its Content-Length, where no WARC-Truncated says so; an empty one may be a HEAD's."""
    if not source.body_length or source.record.get("WARC-Truncated") is not None:
        return 0
    try:
        stated = None if transfer_codings(source.head) else stated_length(parse_head(source.head))
    except CodingError:
        return 0  # the audit reports it
    return max(0, (stated or 0) - source.body_length)
