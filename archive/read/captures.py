"""Captures read from records: an opened record goes in; its capture comes out, equal to that of the writer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast, get_args

from archive.read.response import Response, open_response
from archive.read.stored_record import Record
from archive.seal.manifest import Manifest
from archive.warc.exchange import Capture, Kind, Truncation
from archive.warc.heads import parse_head

BLANK = " \t"


def capture_of(record: Record, length: int | None = None) -> Capture:
    """The capture in a response or revisit record; `extra` stays empty. Raises BadRecord.

    `length`: its bytes as stored, where the caller knows them; else the record is read to its end.
    """
    return capture_in(open_response(record), length)


def capture_in(response: Response, length: int | None = None) -> Capture:
    """As `capture_of`, of a response that was opened."""
    record, head = response.record, parse_head(response.head)
    length = record.finish() if length is None else length  # before the id: that of an ARC record is made of its bytes
    return Capture(
        record_id=record.record_id,
        kind=cast(Kind, record.type),
        url=record.target_uri,
        date=record.date,
        file=record.file,
        offset=record.offset,
        length=length,
        status=head.status,
        mime=head.media_type if head.status is not None else _media_type(record),
        payload_digest=record.get("WARC-Payload-Digest") or "",
        refers_to=record.get("WARC-Refers-To"),
        truncated=truncation(record.get("WARC-Truncated"), record.type),
        head=response.head,
    )


def warcinfo_start(folder: Path) -> Callable[[str, int], int]:
    """Return a function that tells where the warcinfo record is that describes the record at a place (file, offset).

    It is the first one of the file, or of the part of a merged file; `folder` has the manifest.
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


def _media_type(record: Record) -> str:
    """The media type of a record that is no HTTP message."""
    return "" if record.is_http else parse_head(f"Content-Type: {record.get('Content-Type') or ''}".encode()).media_type


def truncation(value: str | None, kind: str) -> Truncation | None:
    """WARC-Truncated of a response; on a revisit it only means that the payload is in another record."""
    if value is None or kind == "revisit":
        return None
    return cast(Truncation, value) if value in get_args(Truncation) else "unspecified"
