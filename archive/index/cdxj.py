"""One line of a CDXJ index: a Capture goes in, `SURT TIMESTAMP {json}` comes out, and back.

pywb, ReplayWeb.page and cdxj-indexer read the same field names; `date`, `id`, `refers_to` and `truncated` are ours, and
they ignore them. A line is pure ASCII: text from outside is escaped by the SURT or by JSON. A capture by another method
than GET has another key than the page: that of its URL with `__wb_method=POST` and the request's body as arguments.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self, cast

from archive.errors import ArchiveError
from archive.index.surt import surt
from archive.warc.exchange import Capture, Truncation

REVISIT = "warc/revisit"
"""The `mime` of a revisit in the index, as replay tools expect it."""


_METHOD = "__wb_method="


class BadLine(ArchiveError):
    """A malformed line of an index."""


@dataclass(frozen=True)
class Line:
    """One capture in the index: its URL, date and status, and the location of its bytes."""

    key: str
    """SURT of `url`; for another method than GET, of `url` with method and body as arguments."""
    date: datetime
    """Aware UTC; microseconds in our indexes, whole seconds in others."""
    url: str
    """Target URI."""
    mime: str
    """Media type without parameters; `warc/revisit` for a revisit; empty when none was sent."""
    status: int | None
    """HTTP status."""
    digest: str
    """Payload digest as in the record, `sha256:HEX` in ours; empty when the record has none."""
    length: int
    """Bytes of the member."""
    offset: int
    """First byte of the member in the file as stored."""
    file: str
    """Name of the WARC file, without folder."""
    record_id: str = ""
    """`<urn:uuid:…>`; empty in indexes of other tools."""
    refers_to: str = ""
    """Record id of a revisit's original; empty for a response."""
    truncated: str = ""
    """Value of WARC-Truncated of a response; empty when it is whole."""
    method: str = "GET"
    """Method of the request, upper case."""
    request_body: str = ""
    """What the body of the request adds to the key: `a=1`; empty for GET."""

    @classmethod
    def of(cls, capture: Capture) -> Self:
        """Make the line of a capture."""
        return cls(
            key=key_of(capture.url, capture.query),
            date=capture.date.astimezone(UTC),
            url=capture.url,
            mime=REVISIT if capture.kind == "revisit" else capture.mime,
            status=capture.status,
            digest=capture.payload_digest,
            length=capture.length,
            offset=capture.offset,
            file=capture.file,
            record_id=capture.record_id,
            refers_to=capture.refers_to or "",
            truncated=capture.truncated or "",
            method=capture.method,
            request_body=capture.query.removeprefix(_METHOD + capture.method).removeprefix("&"),
        )

    @classmethod
    def parse(cls, line: bytes) -> Self:
        """Read a line of ours or of another tool. Raises BadLine."""
        try:
            key, stamp, block = line.decode("utf-8").split(" ", 2)
            fields = json.loads(block)
            date = datetime.fromisoformat(fields["date"]) if "date" in fields else _date(stamp)
            status = str(fields.get("status", "-"))
            return cls(
                key=key,
                date=date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC),
                url=str(fields["url"]),
                mime=_known(fields.get("mime")),
                status=int(status) if status.isdecimal() else None,
                digest=_known(fields.get("digest")),
                length=_place(fields.get("length", 0)),
                offset=_place(fields["offset"]),
                file=str(fields["filename"]),
                record_id=str(fields.get("id", "")),
                refers_to=str(fields.get("refers_to", "")),
                truncated=str(fields.get("truncated", "")),
                method=_known(fields.get("method")).upper() or "GET",
                request_body=_known(fields.get("requestBody")),
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
            raise BadLine(f"not a CDXJ line ({error!r}): {line[:200]!r}; make the index again") from error

    @property
    def capture(self) -> Capture:
        """The capture, as far as a line describes it: it lacks the media type of a revisit."""
        is_revisit = self.mime == REVISIT
        return Capture(
            record_id=self.record_id,
            kind="revisit" if is_revisit else "response",
            url=self.url,
            date=self.date,
            file=self.file,
            offset=self.offset,
            length=self.length,
            status=self.status,
            mime="" if is_revisit else self.mime,
            payload_digest=self.digest,
            refers_to=self.refers_to or None,
            truncated=cast("Truncation | None", self.truncated or None),
            method=self.method,
        )

    @property
    def own_key(self) -> str:
        """The key that we give to a capture of this URL by this method."""
        if self.method == "GET":
            return surt(self.url)
        return key_of(self.url, _METHOD + self.method + ("&" + self.request_body if self.request_body else ""))

    @property
    def timestamp(self) -> str:
        """The date in 14 digits, UTC."""
        return self.date.strftime("%Y%m%d%H%M%S").rjust(14, "0")

    def fields(self) -> dict[str, str]:
        """The JSON block: every field that is not empty, as text; `date` comes first, so lines sort by microseconds."""
        fields = {
            "date": self.date.strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0"),
            "url": self.url,
            "mime": self.mime,
            "status": "" if self.status is None else str(self.status),
            "digest": self.digest,
            "length": str(self.length),
            "offset": str(self.offset),
            "filename": self.file,
            "id": self.record_id,
            "refers_to": self.refers_to,
            "truncated": self.truncated,
            "requestBody": self.request_body,
            "method": "" if self.method == "GET" else self.method,
        }
        return {name: value for name, value in fields.items() if value or name == "url"}

    def __bytes__(self) -> bytes:
        """The line with its line feed. Lines sort as bytes: by key, then by time."""
        return f"{self.key} {self.timestamp} {json.dumps(self.fields())}\n".encode()


def key_of(url: str, query: str = "") -> str:
    """The SURT of a URL with further arguments, if any; its fragment does not count."""
    place = url.partition("#")[0] if query else url
    return surt(f"{place}{'&' if '?' in place else '?'}{query}" if query else url)


def _place(value: object) -> int:
    """A number of bytes; ValueError for one below zero or beyond any file."""
    number = int(str(value))
    if not 0 <= number < 1 << 63:
        raise ValueError("a place beyond any file")
    return number


def _known(value: object) -> str:
    """The value of a field, where `-` and None mean empty."""
    return "" if value in (None, "-") else str(value)


def _date(stamp: str) -> datetime:
    """Read a timestamp of 4 to 14 digits; missing digits give the earliest time."""
    if not stamp.isdecimal() or len(stamp) < 4:
        raise ValueError(f"no timestamp: {stamp!r}")
    return datetime.strptime(stamp[:14] + "00000101000000"[len(stamp) :], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
