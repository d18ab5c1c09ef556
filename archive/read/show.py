"""Shows captures: a URL, a record id or a location goes in; the capture, and its stored bytes, come out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from archive.errors import ArchiveError, BadRecord
from archive.index.index import Index
from archive.index.lookup import Lookup
from archive.read.arc import ArcRecord
from archive.read.captures import capture_in, capture_of
from archive.read.contents import Whole, contents
from archive.read.reader import Reader
from archive.read.record import ScannedRecord
from archive.read.stored_record import Record
from archive.warc.exchange import Capture, Part

HELD_BACK = 16 << 20
"""Bytes of a part that are kept in memory until it was read to its end."""
_PIECE = 1 << 18
_LOCATION = re.compile(r"((?!\w+://).+\.w?arc(?:\.gz|\.zst)?):([0-9]{1,19})", re.IGNORECASE)

_RECORD_ID = ("<urn:", "urn:uuid:")


class NotHeld(ArchiveError):
    """The archive has no such capture."""

    exit_code = 2


def find(
    folder: Path, what: str, at: datetime | None = None, index: Lookup | None = None, *, with_length: bool = True
) -> Capture:
    """The capture that `what` names: a URL (as `Lookup.latest`), a WARC-Record-ID, or `FILE:OFFSET`.

    `index`: in place of the archive's own. The record is only read to its end where no line of the index tells its
    length, and not at all for that without `with_length`: then the length may be 0. Raises NotHeld, BadRecord,
    IndexDamaged.
    """
    reader = Reader(folder, index)
    unknown = None if with_length else 0
    if location := _LOCATION.fullmatch(what):
        with reader.capture_at(location[1], int(location[2])) as record:
            return capture_of(record, unknown)
    index = index or Index(folder)
    if what.startswith(_RECORD_ID):
        with reader.response(f"<{what.strip('<>')}>") as response:
            return capture_in(response, unknown if (length := _length(response.record, index)) is None else length)
    line = index.latest(what, at)
    if line is None:
        when = f" not later than {at.isoformat()}" if at else ""
        raise NotHeld(f"{folder}: no capture of {what!r}{when}{_by_others(index, what, at)}")
    with reader.record_of(line) as record:
        return capture_of(record, line.length)


def _length(record: Record, index: Lookup) -> int | None:
    """The length of a record as the index tells it."""
    with suppress(ArchiveError):  # `show` needs no index for a record id
        for line in index.captures(record.target_uri, record.date):
            if (line.file, line.offset, line.record_id) == (record.file, record.offset, record.record_id):
                return line.length
    return None


def _by_others(index: Lookup, url: str, at: datetime | None) -> str:
    methods = sorted({line.method for line in index.by_other_methods(url, at)})
    return f" by GET, only by {', '.join(methods)}; `lookup` lists them" if methods else ""


def is_location(what: str) -> bool:
    """Tell whether `find` takes a text for `FILE:OFFSET`: it needs no index then."""
    return _LOCATION.fullmatch(what) is not None


def is_url(what: str) -> bool:
    """Tell whether `find` takes a text for a URL."""
    return not is_location(what) and not what.startswith(_RECORD_ID)


def show(folder: Path, capture: Capture, part: Part, limit: int, index: Lookup | None = None) -> Iterator[bytes]:
    """A part of a capture, as stored, in pieces.

    `response` and `request` are the exact record blocks. `page` is the entity body with its codings removed, a
    revisit's from its original, at most `limit` bytes of it (else TooLarge). `index`: in place of the archive's own.
    Errors come with the piece that they concern: BadRecord, CodingError.
    """
    reader = Reader(folder, index)
    if part == "page":
        yield from reader.entity_pieces(capture, limit)
    elif part == "response":
        yield from _block(reader.record_of(capture))
    else:
        yield from _block(request_of(reader, capture))


def held_back(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Give pieces once all are there, as far as they are few: what turns out to be damaged is then not shown at all."""
    size, first = 0, []
    for piece in pieces:
        first.append(piece)
        size += len(piece)
        if size > HELD_BACK:
            break
    yield from first
    yield from pieces


def _block(record: Record) -> Iterator[bytes]:
    with record:
        while piece := record.block.read(_PIECE):
            yield piece
        record.finish()


def request_of(reader: Reader, capture: Capture) -> Record:
    """The request that a capture answers: right behind it in our files, else in its file, or in one beside it.

    One behind damage is found too. BadRecord when there is no such record. The caller closes it.
    """
    with reader.record_of(capture) as response:
        named = set(response.all("WARC-Concurrent-To"))

    def answered(record_id: str, concurrent: list[str]) -> bool:
        return record_id in named or capture.record_id in concurrent

    with suppress(BadRecord):
        for record in reader.records(capture.file, capture.offset):
            if record.offset > capture.offset and record.type in ("response", "revisit"):
                break
            if record.type == "request" and answered(record.record_id, record.all("WARC-Concurrent-To")):
                return reader.record_with_id(record.file, record.offset, record.record_id)
    for file in _beside(reader.files(), capture.file):
        if found := _request_in(reader, file, answered):
            return found
    raise BadRecord(capture.file, capture.offset, f"no request record for {capture.record_id or capture.url}")


def _request_in(reader: Reader, file: str, answered: Callable[[str, list[str]], bool]) -> Record | None:
    """Open the request that is answered; None when the file does not have it, or can't be read."""
    places: list[tuple[int, str]] = []

    def take(record: ScannedRecord | ArcRecord, whole: Whole) -> str:
        named = [] if isinstance(record, ArcRecord) else record.header.all("warc-concurrent-to")
        if whole.type == "request" and answered(whole.record_id, named):
            places.append((whole.offset, whole.record_id))
        return ""

    with suppress(BadRecord, OSError), reader.source(file) as source:
        for _ in contents(source, file, take):
            if places:
                return reader.record_with_id(file, *places[0])
    return None


def _beside(files: list[str], file: str) -> list[str]:
    """A file, the next one, and the one before: a writer may go on in a new file between the records of an exchange."""
    if file not in files:
        return [file]
    at = files.index(file)
    return [file, *files[at + 1 : at + 2], *files[max(at - 1, 0) : at]]
