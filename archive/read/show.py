"""Shows captures: a URL, a record id or a location goes in; the capture, and its stored bytes, come out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from archive.errors import ArchiveError, BadRecord
from archive.index.index import Index
from archive.index.lookup import Lookup
from archive.read.captures import capture_of
from archive.read.reader import Reader, Record
from archive.warc.exchange import Capture, Part

_PIECE = 1 << 18
_LOCATION = re.compile(r"([^/\\]+\.warc(?:\.gz)?):([0-9]{1,19})")

_RECORD_ID = ("<urn:", "urn:uuid:")


class NotHeld(ArchiveError):
    """The archive has no such capture."""

    exit_code = 2


def find(folder: Path, what: str, at: datetime | None = None, index: Lookup | None = None) -> Capture:
    """The capture that `what` names: a URL (as `Lookup.latest`), a WARC-Record-ID, or `FILE:OFFSET`.

    `index`: in place of the archive's own. Raises NotHeld, BadRecord, IndexDamaged.
    """
    reader = Reader(folder)
    if location := _LOCATION.fullmatch(what):
        file, offset = location[1], int(location[2])
    elif what.startswith(_RECORD_ID):
        file, offset = reader.locate(f"<{what.strip('<>')}>")
    else:
        index = index or Index(folder)
        line = index.latest(what, at)
        if line is None:
            when = f" not later than {at.isoformat()}" if at else ""
            raise NotHeld(f"{folder}: no capture of {what!r}{when}{_by_others(index, what, at)}")
        file, offset = line.file, line.offset
    with reader.record(file, offset) as record:
        return capture_of(record)


def _by_others(index: Lookup, url: str, at: datetime | None) -> str:
    methods = sorted({line.method for line in index.by_other_methods(url, at)})
    return f" by GET, only by {', '.join(methods)}; `lookup` lists them" if methods else ""


def is_url(what: str) -> bool:
    """Tell whether `find` looks for a URL: only then it needs an index."""
    return not (_LOCATION.fullmatch(what) or what.startswith(_RECORD_ID))


def show(folder: Path, capture: Capture, part: Part, limit: int) -> Iterator[bytes]:
    """A part of a capture, as stored, in pieces.

    `response` and `request` are the exact record blocks. `page` is the entity body with its codings removed, a
    revisit's from its original, at most `limit` bytes of it (else TooLarge). Errors come with the piece that they
    concern: BadRecord, CodingError.
    """
    reader = Reader(folder)
    if part == "page":
        yield from reader.entity_pieces(capture, limit)
    elif part == "response":
        yield from _block(reader.record(capture.file, capture.offset))
    else:
        yield from _block(request_of(reader, capture))


def _block(record: Record) -> Iterator[bytes]:
    with record:
        while piece := record.block.read(_PIECE):
            yield piece
        record.finish()


def request_of(reader: Reader, capture: Capture) -> Record:
    """The request that a capture answers: right after it in our files, else anywhere in its file.

    BadRecord when there is no such record. The caller closes it.
    """
    with reader.record(capture.file, capture.offset) as response:
        named = set(response.all("WARC-Concurrent-To"))
    for start in (capture.offset, 0):
        for record in reader.records(capture.file, start):
            if start and record.offset > start and record.type in ("response", "revisit"):
                break
            linked = record.record_id in named or capture.record_id in record.all("WARC-Concurrent-To")
            if record.type == "request" and linked:
                return reader.record(capture.file, record.offset)
    raise BadRecord(capture.file, capture.offset, f"no request record for {capture.record_id}")
