"""Parses ARC records: a feed goes in, the facts of its next record come out.

ARC (1996, versions 1 and 2) is the format before WARC. A record is one line, `URL IP DATE TYPE … LENGTH`, then LENGTH
bytes, and a line feed. It has no id of its own. Here it gets one that is made of the sha256 of its line and its bytes:
the same record has it in whatever file it lies, and another one does not.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from dataclasses import dataclass

from archive.read.header import FieldNames, Header, header_text
from archive.read.source import Bytes, Feed
from archive.warc.records import RESPONSE_TYPE

MAX_LINE = MAX_START = 64 << 10
"""Bytes of a record line, and of the start of a block that is kept."""
_FIELDS = FieldNames(("WARC-Type", "WARC-Target-URI", "WARC-Date", "Content-Type", "Content-Length"))
_LINE_ENDS = re.compile(rb"[\r\n]+")
ARC_LINE = re.compile(rb"([a-z][a-z0-9+.\-]{0,30}:[^\r\n]*?) (\S+) (\d{4,20}) ([^\r\n]*?) ?(-?\w+)\r?\n", re.IGNORECASE)
"""URL (which may have spaces), IP, date, the fields between that depend on the version, length."""
_ANY_START = re.compile(
    rb"[\r\n]*[a-z][a-z0-9+.\-]{0,30}:[^\r\n]{0,3000} \S+ \d{14} [^\r\n]{0,900}\d+\r?\n", re.IGNORECASE
)
ARC_START = re.compile(rb"[a-z][a-z0-9+.\-]{0,30}:[^\r\n]{0,3000} \d{14} [^\r\n]{0,900}\d+\r?\n", re.IGNORECASE)
"""A record line, for the search for the next record behind damage."""


@dataclass(frozen=True, slots=True)
class ArcRecord:
    """The facts of one record."""

    url: str
    date: str
    """14 digits in a sound file."""
    media_type: str
    """The content type in the record line; empty without one."""
    length: str
    """The length field, unparsed."""
    start: bytes
    """The first bytes of the block."""
    missing: int
    """Bytes of the block that the file lacks."""
    at_end: bool
    """Whether the file ends behind the record."""
    record_id: str
    """Made of its line and its block; empty when it has not all of that."""
    followed: bool
    """Whether a record line or the end of the file follows."""

    @property
    def has_length(self) -> bool:
        """Whether the length is a number of bytes; if not, the block was not read."""
        return self.length.isdigit() and len(self.length) <= 18


def begins_arc(data: bytes) -> bool:
    """Whether a file that begins like this is an ARC file: by its description, or by a record line."""
    return data.lstrip(b"\r\n")[:11] == b"filedesc://" or _ANY_START.match(data) is not None


def read_arc_record(feed: Feed, left: int | None = None) -> ArcRecord | None:
    """Read one record and the line ends behind it; None when no record line starts here.

    `left`: bytes of the file from here on, where they are known. A longer record is not hashed: a file may be full of
    them, and each reads all that is left.
    """
    feed.goes_on = _goes_on
    while feed.buffer.find(b"\n", feed.pos, feed.pos + MAX_LINE) < 0 and len(feed.buffer) - feed.pos < MAX_LINE:
        if not feed.more():
            break
    line = ARC_LINE.match(feed.buffer, feed.pos)
    if line is None:
        return None
    feed.pos = line.end()
    length, media_type = line[5].decode("latin-1"), line[4].partition(b" ")[0].decode("latin-1")
    missing, start, record_id = 0, b"", ""
    if length.isdigit() and len(length) <= 18:
        missing, digest = int(length), arc_digest(line[0])
        fits = left is None or missing <= left
        for piece, begin, end in feed.take(missing):
            if fits:
                digest.update(memoryview(piece)[begin:end])
            if len(start) < MAX_START:
                start += bytes(piece[begin : min(end, begin + MAX_START)])
            missing -= end - begin
        feed.goes_on = _begins_with_line_end
        pass_line_ends(feed)
        record_id = "" if missing else arc_record_id(digest)
    feed.goes_on = None
    at_end = feed.at_end()
    if not at_end:
        feed.goes_on = None if b"\n" in feed.buffer[feed.pos :] else _goes_on
        feed.fill(MAX_LINE)
    followed = at_end or ARC_LINE.match(feed.buffer, feed.pos) is not None
    feed.goes_on = None
    url, date = header_text(line[1]), line[3].decode()
    return ArcRecord(url, date, media_type, length, start, missing, at_end, record_id, followed)


def arc_digest(line: bytes) -> hashlib._Hash:
    """The sha256 of a record, which has read its line and gets its block."""
    return hashlib.sha256(line.rstrip(b"\r\n") + b"\n")


def arc_record_id(digest: hashlib._Hash) -> str:
    """The id of a record with this sha256: a name-based UUID."""
    return f"<{uuid.uuid5(uuid.NAMESPACE_URL, f'sha256:{digest.hexdigest()}').urn}>"


def _goes_on(following: Bytes) -> bool:
    """Tell whether a member that begins like this has more of the record before it."""
    return ARC_LINE.match(following) is None


def _begins_with_line_end(following: Bytes) -> bool:
    return following[:1] in (b"\r", b"\n")


def pass_line_ends(feed: Feed) -> None:
    """Consume line ends."""
    while feed.fill(1):
        line_ends = _LINE_ENDS.match(feed.buffer, feed.pos)
        if line_ends is None:
            return
        feed.pos = line_ends.end()


def arc_header(line: re.Match[bytes]) -> Header:
    """The header that a WARC record would have in place of a record line (`ARC_LINE`); without WARC-Record-ID."""
    uri, date, between, length = (header_text(line[group]) for group in (1, 3, 4, 5))
    http = uri[:4].lower() == "http"
    kind = "warcinfo" if uri.startswith("filedesc:") else "response" if http else "resource"
    media = RESPONSE_TYPE if http else (between.split() or [""])[0]
    return Header("ARC", _FIELDS, (kind, uri, date[:14].ljust(14, "0"), media, length))
