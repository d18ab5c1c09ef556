"""Chooses revisits: a new response goes in, the stored response that it repeats comes out, or None: store it whole.

The stored response is known to be on disk; compose.py then writes a `revisit` record instead of a `response`.

A location from the digests counts only when the header of the record there agrees. So neither a damaged table nor a
missing WARC file can lead to a revisit without an original. A run never asks the store: what repeats a response that is
only there is stored whole once more, and is the original from then on.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from archive.disk import Disk
from archive.errors import BadRecord
from archive.index.digests import CHECKED as _CHECKED
from archive.index.digests import NAME, Digests, DigestsDamaged, Location, is_original
from archive.read.contents import Gap
from archive.read.exchanges import captures
from archive.read.reader import Reader
from archive.read.response import open_response
from archive.read.stored_record import Record
from archive.warc.exchange import Capture, Exchange
from archive.warc.filenames import age
from archive.warc.heads import Head, parse_head, request_headers
from archive.warc.records import REVISIT_IDENTICAL, REVISIT_NOT_MODIFIED
from archive.write.examine import Examined

_GROUP = 10_000
"""Captures of one transaction."""
_TAG = re.compile(r'"[^"]*"')
logger = logging.getLogger(__name__)


def open_digests(folder: Path, disk: Disk | None = None) -> Digests:
    """Open the digests of a data folder; make them again from its WARC files when they are missing or damaged.

    A file that was not closed has no checksum, so its structure is checked. Damage that is found later stops the run
    and removes the file. Raises DigestsNewer for a file of a newer release.
    """
    try:
        suspect = _ended_badly(folder)
        digests = Digests(folder, disk, checked=_CHECKED)
        if not digests.as_written and (suspect or digests.path.stat().st_size <= _CHECKED):
            digests.check()
        complete = digests.complete
    except DigestsDamaged as error:
        logger.warning("%s", error)
        digests, complete = Digests(folder, disk), False
    if not complete:
        fill(digests, folder)
        digests.set_complete()
    return digests


def _ended_badly(folder: Path) -> bool:
    """Tell whether the last writer did not close the file; a reader may leave an empty log."""
    return any(log.stat().st_size for log in (folder / "index").glob(f"{NAME}-wal"))


def grouped(captures: Iterable[Capture]) -> Iterator[list[Capture]]:
    """Give captures in groups, since an imported file may have a million; without HTTP heads of up to 1 MB each."""
    rest = (replace(capture, head=b"") for capture in captures)
    while group := list(islice(rest, _GROUP)):
        yield group


def fill(digests: Digests, folder: Path) -> int:
    """Add the captures of every sealed WARC file, oldest file first; return their number.

    Damage in a file must not stop the next run: every readable capture is added, with a warning.
    """
    reader = Reader(folder)
    count = 0
    gaps: list[Gap] = []
    for file in sorted(reader.files_here(), key=age):  # a run can't look at others, so they have no originals
        for found in grouped(captures(reader, file, gaps)):
            digests.add(found)
            count += len(found)
    for gap in gaps:
        logger.warning("%s; `audit` has the details", gap.error)
    return count


def _names(conditions: dict[str, str], answer: Head) -> bool:
    """Tell whether a conditional request names the validators of this answer (RFC 9110, 13.1.2 and 13.1.3).

    Tags compare weakly; the date counts only without tags.
    """
    if (tags := conditions.get("if-none-match")) is None:
        return answer.get("Last-Modified") == conditions["if-modified-since"]
    tag = answer.get("ETag")
    return tags == "*" or (tag is not None and (tags == tag or tag.removeprefix("W/") in _TAG.findall(tags)))


class Original(NamedTuple):
    """A stored response that a revisit can refer to."""

    profile: str
    """WARC-Profile of the revisit."""
    record_id: str
    """WARC-Record-ID of the response."""
    url: str
    """WARC-Target-URI of the response."""
    date: datetime
    """WARC-Date of the response."""
    payload_digest: str
    """WARC-Payload-Digest of the response."""


class Originals:
    """Finds originals among the captures of this run and in the digests."""

    def __init__(self, folder: Path, digests: Digests, sync: Callable[[], None]) -> None:
        """`sync` makes the captures of this run durable; it is called before one of them becomes an original."""
        self._reader, self._digests, self._sync = Reader(folder), digests, sync
        self._payloads: set[str] = set()
        self._targets: set[str] = set()

    def wrote(self, capture: Capture) -> None:
        """Note a capture that is written but not yet durable."""
        if is_original(capture):
            self._payloads.add(capture.payload_digest)
        self._targets.add(capture.url)

    def synced(self) -> None:
        """Note that all captures so far are durable and in the digests."""
        self._payloads.clear()
        self._targets.clear()

    def of(self, exchange: Exchange, facts: Examined, url: str) -> Original | None:
        """Find the stored response that this one repeats or confirms; None when it must be stored itself."""
        if exchange.truncated is not None:
            return None
        if facts.not_modified:
            original = self._confirmed(exchange.request, url)
        elif facts.payload_digest and facts.payload_length:
            original = self._identical(facts.payload_digest)
        else:
            return None
        # Of two exchanges at the same time the later may be written first. A revisit can't refer to a later response
        # (WARC 1.1, 6.7), so the earlier one is stored whole, and is the original from then on.
        if original is not None and original.date > exchange.started_at:
            self._digests.forget(original.payload_digest)
            return None
        return original

    def _identical(self, digest: str) -> Original | None:
        if digest in self._payloads:
            self._sync()
        location = self._digests.payload(digest)
        if location is None:
            return None
        original = self._verified(location, REVISIT_IDENTICAL)
        if original is None or original.payload_digest != digest:
            self._digests.forget(digest)
            return None
        return original

    def _confirmed(self, request: bytes, url: str) -> Original | None:
        """Find the payload that a 304 confirms: the newest whole 200 of `url`, if the request named its validators.

        A URL may have answered with an article and later with a login wall, and a 304 could confirm either.
        """
        conditions = {name.lower(): value for name, value in request_headers(request)}
        if not conditions.keys() & {"if-none-match", "if-modified-since"}:
            return None
        if url in self._targets:
            self._sync()
        location = self._digests.newest(url)
        if location is None:
            return None
        try:
            with self._reader.record(*location) as record:
                if not _names(conditions, parse_head(open_response(record).head)):
                    return None
                if record.type != "revisit":
                    return _original(record, REVISIT_NOT_MODIFIED)
                location = self._digests.record(record.get("WARC-Refers-To") or "")
        except BadRecord:
            return None
        return self._verified(location, REVISIT_NOT_MODIFIED) if location else None

    def _verified(self, location: Location, profile: str) -> Original | None:
        try:
            with self._reader.record(*location) as record:
                return _original(record, profile)
        except BadRecord:
            return None


def _original(record: Record, profile: str) -> Original | None:
    digest = record.get("WARC-Payload-Digest")
    if record.type != "response" or not digest or record.get("WARC-Truncated"):
        return None
    return Original(profile, record.record_id, record.target_uri, record.date, digest)
