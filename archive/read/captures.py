"""Captures read from WARC files: all of one file, the one that a URL or location names, and its stored bytes.

They equal those that the writer gave, so index and catalogue can be made again from WARC files alone. Files of other
writers are read too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import cast, get_args

from archive.errors import ArchiveError, BadRecord
from archive.index.index import Index
from archive.read.reader import Reader, Record, open_response
from archive.seal.manifest import Manifest
from archive.warc.exchange import Capture, Kind, Part, Truncation
from archive.warc.heads import parse_head

BLANK = " \t"
MAX_FIELDS = 1 << 20
"""Maximum bytes of a metadata block that are read."""

_PIECE = 1 << 18
_LOCATION = re.compile(r"([^/\\]+\.warc(?:\.gz)?):([0-9]{1,19})")


class NotHeld(ArchiveError):
    """The archive has no such capture."""

    exit_code = 2


def captures(reader: Reader, file: str) -> Iterator[Capture]:
    """Every capture of `file` in the order of its records, with the fields of the metadata record that follows it.

    Each is read to its end. BadRecord at the first record that is damaged, after all captures before it.
    """
    latest: Capture | None = None
    try:
        for record in reader.records(file):
            if record.type in ("response", "revisit"):
                capture = capture_of(record)
                if latest is not None:
                    yield latest
                latest = capture
            elif record.type == "metadata" and latest and latest.record_id in record.all("WARC-Concurrent-To"):
                fields = parse_fields(record.block.read(MAX_FIELDS))
                record.finish()
                latest = replace(latest, extra=dict(fields))
    except BadRecord:
        if latest is not None:
            yield latest
        raise
    if latest is not None:
        yield latest


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


def capture_of(record: Record) -> Capture:
    """The capture in a response or revisit record, which is read to its end; `extra` stays empty. Raises BadRecord."""
    response = open_response(record)
    head = parse_head(response.head)
    return Capture(
        record_id=record.record_id,
        kind=cast(Kind, record.type),
        url=record.target_uri,
        date=record.date,
        file=record.file,
        offset=record.offset,
        length=record.finish(),
        status=head.status,
        mime=head.media_type if head.status is not None else "",
        payload_digest=record.get("WARC-Payload-Digest") or "",
        refers_to=record.get("WARC-Refers-To"),
        truncated=_truncation(record),
        head=response.head,
    )


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


def warcinfo_start(folder: Path) -> Callable[[str, int], int]:
    """Return a function that tells where the warcinfo record is that describes the record at a place (file, offset).

    It is the first one of the file, or of the part of a merged file.
    """
    starts = {file: sorted(entry.starts.values()) for file, entry in Manifest(folder).merged().items()}

    def start(file: str, offset: int) -> int:
        return max((at for at in starts.get(file, ()) if at <= offset), default=0)

    return start


def parse_fields(block: bytes) -> list[tuple[str, str]]:
    """The name-value pairs of an application/warc-fields block (WARC 1.1, Annex B).

    Folded lines are joined by one space; lines without a colon are left out.
    """
    pairs: list[tuple[str, list[str]]] = []
    for line in block.decode("utf-8", "replace").replace("\r\n", "\n").split("\n"):
        name, colon, value = line.partition(":")
        if line[:1] in (" ", "\t") and pairs:
            pairs[-1][1].append(line.strip(BLANK))
        elif colon and name.strip(BLANK):
            pairs.append((name.strip(BLANK), [value.strip(BLANK)]))
    return [(name, " ".join(filter(None, lines))) for name, lines in pairs]


def _truncation(record: Record) -> Truncation | None:
    """WARC-Truncated of a response; on a revisit it only means that the payload is in another record."""
    value = record.get("WARC-Truncated")
    if value is None or record.type == "revisit":
        return None
    return cast(Truncation, value) if value in get_args(Truncation) else "unspecified"
