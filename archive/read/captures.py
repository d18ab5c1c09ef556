"""The captures of a WARC file, read from the file itself: what the index and every table of locations is made again
from.

In: a file; out: the Capture of each response and revisit, equal to the one that the writer gave. Reads other writers'
files too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal, cast, get_args

from archive.errors import BadRecord
from archive.read.reader import Reader, Record, open_response
from archive.warc.exchange import Capture, Truncation
from archive.warc.heads import parse_head

Kind = Literal["response", "revisit"]

BLANK = " \t"
MAX_FIELDS = 1 << 20
"""Bytes of a metadata block that are looked at."""


def captures(reader: Reader, file: str) -> Iterator[Capture]:
    """Every capture of `file` in the order of its records, with the fields of the metadata record that follows it.

    Each is whole to its end. BadRecord at the first record that is not, after all captures before it.
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


def capture_of(record: Record) -> Capture:
    """The capture in a response or revisit record, which is read to its end; `extra` is empty. Raises BadRecord."""
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

    BadRecord when there is none. Close what is given.
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


def parse_fields(block: bytes) -> list[tuple[str, str]]:
    """The pairs of an application/warc-fields block (Annex B), folds joined by one space; lines that are none left
    out."""
    pairs: list[tuple[str, str]] = []
    for line in block.decode("utf-8", "replace").replace("\r\n", "\n").split("\n"):
        name, colon, value = line.partition(":")
        if line[:1] in (" ", "\t") and pairs:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]} {line.strip(BLANK)}".strip(BLANK))
        elif colon and name.strip(BLANK):
            pairs.append((name.strip(BLANK), value.strip(BLANK)))
    return pairs


def _truncation(record: Record) -> Truncation | None:
    """What WARC-Truncated says of a response; on a revisit it says that the payload is elsewhere (6.7.2)."""
    value = record.get("WARC-Truncated")
    if value is None or record.type == "revisit":
        return None
    return cast(Truncation, value) if value in get_args(Truncation) else "unspecified"
