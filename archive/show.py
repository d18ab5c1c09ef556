"""The bytes of one capture, as stored; in: a data folder, what to show and when, out: a stream of bytes.

Of a URL it is the latest capture not later than a time; a record id or `FILE:OFFSET` names a record itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

from archive.captures import capture_of, request_of
from archive.errors import ArchiveError
from archive.exchange import Capture
from archive.index import Index
from archive.reader import Reader, Record

Part = Literal["page", "response", "request"]
PARTS: tuple[Part, ...] = ("page", "response", "request")

_PIECE = 1 << 18
_LOCATION = re.compile(r"([^/\\]+\.warc(?:\.gz)?):([0-9]{1,19})")


class NotHeld(ArchiveError):
    """The archive holds nothing for what was asked."""

    exit_code = 2


def find(folder: Path, what: str, at: datetime | None = None) -> Capture:
    """The capture that `what` names: a URL (the latest not later than `at`), a WARC-Record-ID, or `FILE:OFFSET`.

    Raises NotHeld, BadRecord, IndexDamaged.
    """
    reader = Reader(folder)
    if location := _LOCATION.fullmatch(what):
        file, offset = location[1], int(location[2])
    elif what.startswith(("<urn:", "urn:uuid:")):
        file, offset = reader.locate(f"<{what.strip('<>')}>")
    else:
        line = Index(folder).latest(what, at)
        if line is None:
            when = f" not later than {at.isoformat()}" if at else ""
            raise NotHeld(f"{folder}: no capture of {what!r}{when}")
        file, offset = line.file, line.offset
    with reader.record(file, offset) as record:
        return capture_of(record)


def show(folder: Path, capture: Capture, part: Part, limit: int) -> Iterator[bytes]:
    """`response` and `request`: the exact record block; `page`: the entity body with transfer and content codings
    removed, a revisit's from its original, at most `limit` bytes of it (else TooLarge).

    Errors come when their piece is asked for: BadRecord, CodingError, NotHeld when the request was not stored.
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
