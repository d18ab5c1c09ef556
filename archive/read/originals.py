"""Finds the original of a revisit: the response or resource that has its payload (WARC 1.1, 6.7.2).

As replay tools do: by WARC-Refers-To, else by URI and date, else by the payload digest, and for a 304 that names none
of these the newest page of its URL before it. What is found must not have another payload digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Protocol

from archive.errors import BadRecord
from archive.index.cdxj import REVISIT, Line
from archive.index.digests import Location
from archive.read.digest import Digest, parse_label
from archive.read.look_ups import LookUps, same_digest
from archive.read.record import profile_of
from archive.read.response import Response, open_response
from archive.read.stored_record import Record
from archive.warc.dates import parse_date
from archive.warc.heads import parse_head

_MAX_CHAIN = 1000
"""Revisits of revisits that are followed."""
_HTTP_OK = 200


class Searched(Protocol):
    """An archive in which originals are looked for: `Reader`."""

    look_ups: LookUps

    def opened(self, places: Iterable[Line | Location], record_id: str = "") -> Iterator[Record]:
        """Open the records at these places, those with this id if one is given; what can't be read is left out."""
        ...


def confirms(revisit: Response) -> bool:
    """Tell whether a revisit is a 304, which has no payload of its own."""
    profile = profile_of(revisit.record.get("WARC-Profile") or "")
    return profile == "server-not-modified" or parse_head(revisit.head).status == 304


def is_empty(revisit: Response) -> bool:
    """Tell whether a revisit's payload digest says that its payload has no bytes."""
    return not confirms(revisit) and _is_of_nothing(revisit.record.get("WARC-Payload-Digest") or "")


def original_of(archive: Searched, revisit: Response) -> Response:
    """Open the original of a revisit. BadRecord when the archive does not have it."""
    asked, link = [(revisit.record.file, revisit.record.offset, revisit.record.record_id)], revisit
    while len(asked) <= _MAX_CHAIN:
        found = _next(archive, link, asked)
        if link is not revisit:
            link.record.close()
        if found is None:
            break
        if found.record.type != "revisit":
            return found
        asked.append((found.record.file, found.record.offset, found.record.record_id))
        link = found
    record = revisit.record
    raise BadRecord(record.file, record.offset, f"the original of this revisit is not here: {_named(record)}")


def _next(archive: Searched, revisit: Response, asked: list[tuple[str, int, str]]) -> Response | None:
    """Open the first record that a revisit may refer to and that can be its original."""
    for record in _candidates(archive, revisit):
        place = record.file, record.offset, record.record_id
        if place not in asked and _fits(record, revisit):
            with suppress(BadRecord):  # the next candidate may be whole
                return open_response(record)
        record.close()
    return None


def _fits(record: Record, revisit: Response) -> bool:
    if record.type not in ("response", "resource", "revisit"):
        return False
    here, there = (one.get("WARC-Payload-Digest") or "" for one in (revisit.record, record))
    return confirms(revisit) or same_digest(here, there) is not False


def _candidates(archive: Searched, revisit: Response) -> Iterator[Record]:
    """Open the records that a revisit may refer to, the likeliest first."""
    record, look_ups = revisit.record, archive.look_ups
    refers_to, date = record.get("WARC-Refers-To"), _date(record)
    uri = (record.get("WARC-Refers-To-Target-URI") or record.target_uri).strip("<>")
    if refers_to is not None:
        yield from archive.opened(look_ups.by_id(refers_to), refers_to)
    if date is not None:
        yield from archive.opened(_of_second(look_ups, uri, date))
    digest = record.get("WARC-Payload-Digest")
    if digest is not None and not (confirms(revisit) and _is_of_nothing(digest)):
        yield from archive.opened(
            line for line in look_ups.of_url(uri, record.date) if same_digest(line.digest, digest)
        )
        yield from archive.opened(look_ups.with_payload(digest))
    if confirms(revisit) and refers_to is None and date is None:
        lines = [line for line in look_ups.of_url(uri, record.date) if line.status == _HTTP_OK]
        lines.sort(key=lambda line: line.url != uri)
        yield from archive.opened(lines)


def _date(record: Record) -> datetime | None:
    try:
        return parse_date(record.get("WARC-Refers-To-Date") or "")
    except ValueError:
        return None


def _of_second(look_ups: LookUps, uri: str, date: datetime) -> list[Line]:
    """The captures of one second, those of exactly this URI first: SURTs have no scheme."""
    second, found = date.replace(microsecond=0), []
    for line in look_ups.of_url(uri, date.replace(microsecond=999_999)):
        if line.date < second:
            break
        found.append(line)
    return sorted(found, key=lambda line: (line.url != uri, line.mime == REVISIT))


def _is_of_nothing(label: str) -> bool:
    digest = parse_label(label)
    return isinstance(digest, Digest) and digest.value == digest.new().digest()


def _named(record: Record) -> str:
    """What a revisit says of its original."""
    uri, date = record.get("WARC-Refers-To-Target-URI"), record.get("WARC-Refers-To-Date")
    named = [record.get("WARC-Refers-To"), f"{uri or record.target_uri} of {date}" if date else uri]
    return ", ".join(filter(None, named)) or record.get("WARC-Payload-Digest") or "it names none"
