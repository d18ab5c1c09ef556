"""HTTP/1.1 message heads: bytes from the wire go in, status, reason and header fields come out.

As lenient as real clients. The writer, the reader, the live fetch and the audit all use these functions, so they agree
on where a body starts.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import BinaryIO, NamedTuple

MAX_HEAD = 1 << 20
"""Maximum bytes of the heads of one response, interim ones included."""

MAX_FIELDS = 10_000
"""Maximum fields that are read of a head, be it of a record or of an HTTP message; the audit reports one with more."""
_CACHED = 1 << 14
"""Bytes of the largest head that is kept parsed: 32 heads of 1 MB would take 130 MB."""
HEAD_END = re.compile(rb"\n\r{0,2}\n")
"""The end of a head; some servers end every line in CR CR LF, which curl takes."""
_STATUS = re.compile(rb"(?:HTTP(?:/\d+(?:\.\d+)?)?|ICY)[ \t]+(\d{3})(?:[ \t]+(.*))?$", re.IGNORECASE | re.DOTALL)
"""`HTTP 200 Document follows`, of NCSA's server, is a status line for curl too."""


class Head(NamedTuple):
    """The head of a response."""

    status: int | None
    """None without a status line (HTTP/0.9, or the connection ended before it)."""
    reason: str
    """Text behind the status; may be empty."""
    headers: list[tuple[str, str]]
    """In wire order and case, decoded as ISO-8859-1, folds joined by one space; names may repeat."""

    def get(self, name: str) -> str | None:
        """The values of a field, joined by `, ` (RFC 9110, 5.3); None when it is absent."""
        wanted = name.lower()
        values = [value for key, value in self.headers if key.lower() == wanted]
        return ", ".join(values) if values else None

    @property
    def media_type(self) -> str:
        """Media type without parameters, lower case; empty when none was sent or it is malformed."""
        value = next((v for k, v in self.headers if k.lower() == "content-type"), "")
        mime = (value.partition(";")[0].split() or [""])[0].lower()  # some servers send `text/html charset=utf-8`
        return mime if re.fullmatch(r"[!-~]+/[!-~]+", mime) else ""


class HeadSpan(NamedTuple):
    """The place of the final head in a response's bytes; interim heads (1xx) come before it."""

    start: int
    """First byte of the head."""
    end: int
    """First byte of the body."""
    complete: bool
    """Whether the head ends with an empty line."""


def parse_head(head: bytes) -> Head:
    """Parse the status line and the header fields of a response.

    Accepts bare LF, obs-fold (RFC 9112, 5.2), and an empty or missing reason; drops lines without a colon, as clients
    do.
    """
    status, reason, fields = (_parsed if len(head) <= _CACHED else _parsed.__wrapped__)(head)
    return Head(status, reason, list(fields))


@lru_cache(maxsize=32)
def _parsed(head: bytes) -> tuple[int | None, str, tuple[tuple[str, str], ...]]:
    """Parse a head; cached, because writer, decoder and page parse the same head five times, 50 µs each."""
    lines = head.split(b"\n")
    status = _STATUS.match(lines[0].rstrip(b"\r"))
    return (
        int(status[1]) if status else None,
        (status[2] or b"").decode("latin-1").strip(" \t") if status else "",
        tuple(_parse_fields(lines[1:] if status else lines)),
    )


def request_headers(request: bytes) -> list[tuple[str, str]]:
    """Parse the header fields of a request, in wire order and case, decoded as ISO-8859-1."""
    end = HEAD_END.search(request)
    return _parse_fields(request[: end.end() if end else len(request)].split(b"\n")[1:])


def _parse_fields(lines: list[bytes]) -> list[tuple[str, str]]:
    fields: list[tuple[bytes, list[bytes]]] = []
    for raw in lines:
        line = raw.rstrip(b"\r")
        if not line:
            continue
        if line[:1] in (b" ", b"\t"):
            if fields:
                fields[-1][1].append(line.strip(b" \t"))
            continue
        key, colon, content = line.partition(b":")
        if colon:
            if len(fields) == MAX_FIELDS:
                break
            fields.append((key.strip(b" \t"), [content.strip(b" \t")]))
    return [(key.decode("latin-1"), unfolded(lines).decode("latin-1")) for key, lines in fields]


def unfolded(lines: list[bytes]) -> bytes:
    """The value of a field that was folded over these lines: joined by one space, at once.

    Adding a line at a time copies the value for each: 10 s for the 250,000 lines of one header (2026-11).
    """
    return b" ".join(filter(None, lines)) if len(lines) > 1 else lines[0]


def find_head(data: bytes) -> HeadSpan:
    """Find the final head in a response that starts with `data`, behind interim 1xx heads (RFC 9110, 15.2).

    Without a status line everything is body (HTTP/0.9). A head without an end goes up to the end of `data`.
    """
    start = 0
    while True:
        status = _STATUS.match(_first_line(data[start : start + 1024]))
        if status is None:
            partial = (
                b"HTTP/".startswith(data[start : start + 5].upper()) or data[start : start + 5].upper() == b"HTTP/"
            )
            if not partial:
                return HeadSpan(start, start, False)
            # `HTTP/1.1 99999 OK` has no valid status but still begins a head, for the audit too.
            found = HEAD_END.search(data, start)
            return HeadSpan(start, found.end() if found else len(data), found is not None)
        found = HEAD_END.search(data, start)
        if found is None:
            return HeadSpan(start, len(data), False)
        if not (status[1][:1] == b"1" and status[1] != b"101"):
            return HeadSpan(start, found.end(), True)
        start = found.end()


def _first_line(data: bytes) -> bytes:
    return data.partition(b"\n")[0].rstrip(b"\r")


def read_head(stream: BinaryIO) -> tuple[bytes, HeadSpan]:
    """Read a response from its first byte to the end of its final head.

    Returns the bytes that were read (the start of the body among them) and the place of the head in them. Reads at most
    `MAX_HEAD` bytes: a longer head counts as one without an end.
    """
    data = stream.read(16384)
    span = find_head(data)
    while not span.complete and span.end == len(data) and len(data) < MAX_HEAD:
        more = stream.read(65536)
        if not more:
            break
        data += more
        span = find_head(data)
    if not span.complete and _STATUS.match(_first_line(data[span.start :])) is None:
        span = HeadSpan(span.start, span.start, False)  # `HTTP/1.1||GET /x`, lines of a log: there is no head
    return data, span
