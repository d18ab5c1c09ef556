"""Checks 20 to 23: the HTTP message in a record's block, as `blocks.block` has read it; the content coding of 22 is in
coded.py."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archive.audit.blocks.block import MAX_HEAD, Block
from archive.audit.findings import Fault

REASONS = ("length", "time", "disconnect", "unspecified")

_FIELD_LINES = rb"\r\n(?:[!-9;-~]+:[^\r\n]*\r\n)*\r\n"
TIDY = {
    "response": re.compile(rb"HTTP/[12](?:\.[01])? [2-5]\d\d(?: [^\r\n]*)?" + _FIELD_LINES),
    "request": re.compile(rb"[A-Z]+ [^ \r\n]+ HTTP/1\.[01]" + _FIELD_LINES),
}
"""Heads that have none of the faults of check 20, nor are interim ones."""

_REQUEST = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+[ \t]+[^\r\n]+\r?\n")
_NO_COLON = re.compile(rb"\n(?![ \t\r\n])[^:\n]+(?=\n)")
_REWRITTEN = b"\nx-crawl-content-length:"
"""Common Crawl and Nutch note here what the server said and put the stored length into Content-Length."""


def check_20_head(block: Block, kind: str, truncated: bool) -> Iterator[Fault]:
    """The head parses and ends with an empty line."""
    if not block.length:
        if kind != "revisit" and not truncated:
            yield Fault("warning", f"the block of this {kind} is empty: there is no HTTP message in it", check=20)
        return
    request = block.http == "request"
    if not block.terminated:
        begun = block.head[:5].upper() == b"HTTP/" or (request and _REQUEST.match(block.head + b"\n"))
        if block.length > MAX_HEAD:
            yield Fault("error", f"the HTTP head does not end within {MAX_HEAD} bytes", check=20)
        elif not begun:
            yield Fault("error", f"no HTTP message: it starts with {block.head[:40]!r}", check=20)
        else:
            # LiveWeb left the last CRLF of every request away: all of its lines are there.
            soft = truncated or kind == "revisit" or (request and block.head.endswith(b"\n"))
            yield Fault("warning" if soft else "error", "the HTTP head is not ended by an empty line", check=20)
        return
    if request:
        if not _REQUEST.match(block.head):
            yield Fault("error", f"no HTTP request line: {block.head[:60]!r}", check=20)
    elif block.status is None:
        yield Fault("error", f"no HTTP status line: {block.head[:60]!r}", check=20)
    if found := _NO_COLON.search(block.lower.replace(b"\r\n", b"\n")):
        yield Fault("warning", f"a line without a colon in the HTTP head: {found[0][1:60]!r}", check=20)


def check_20_line_ends(block: Block) -> Fault | None:
    """Bare LF in the head: servers send it, readers accept it (RFC 9112, 2.2)."""
    if block.head.count(b"\n") == block.head.count(b"\r\n"):
        return None
    return Fault("note", "{count} HTTP heads with bare LF line ends", check=20)


def check_21_length(block: Block, kind: str) -> Fault | None:
    """HTTP's Content-Length against the stored body; not for messages that have no body whatever it says."""
    stated = _stated_length(block)
    if stated is None or block.chunks is not None:
        return None
    if isinstance(stated, Fault):
        return stated
    if stated == block.body_length:
        return None
    more = "shorter" if block.body_length < stated else "longer"
    return Fault(
        "error",
        f"the {kind}'s body has {block.body_length} bytes, {more} than its Content-Length of {stated}",
        check=21,
    )


def _stated_length(block: Block) -> int | Fault | None:
    value = block.field(b"content-length")
    if value is None:
        return None
    if value.isdigit() and len(value) < 19 and block.lower.count(b"\ncontent-length:") == 1:
        return int(value)
    parts = {part.strip() for part in value.split(b",")}
    if block.lower.count(b"\ncontent-length:") > 1:
        parts |= {match.strip() for match in re.findall(rb"\ncontent-length:([^\r\n]*)", block.lower)}
    if len(parts) == 1 and value.isdigit() and len(value) < 19:
        return int(value)
    if len(parts) > 1 and all(part.isdigit() for part in parts):
        if len({int(part[:18]) for part in parts}) == 1:
            return int(next(iter(parts))[:18])
        return Fault("warning", f"several HTTP Content-Lengths that differ: {value[:60]!r}", check=21)
    return Fault("warning", f"HTTP Content-Length {value[:60]!r} is no number", check=21)


def check_22_chunks(block: Block, truncated: bool) -> Fault | None:
    """The chunked coding, where the head names it, parses to its last chunk."""
    chunks = block.chunks
    if chunks is None or not block.body_length:
        return None
    if chunks.reason:
        if chunks.chunks == 0:
            return Fault("error", "the HTTP head says chunked, the body is not", check=22)
        return Fault("error", f"the chunked body does not parse: {chunks.reason}", check=22)
    if not chunks.complete:
        return (
            None
            if truncated
            else Fault("error", f"the chunked body ends early, in or after chunk {chunks.chunks}", check=22)
        )
    if chunks.excess:
        return Fault("error", f"{chunks.excess} bytes after the last chunk", check=22)
    return None


def check_22_no_body() -> Fault:
    """Not even the last chunk came; right for a HEAD."""
    return Fault("error", "the HTTP head says chunked, but there is no body", check=22)


def check_23_revisit(profile: str | None, truncated: bool) -> Fault | None:
    """A revisit leaves out the payload, and should say so (6.7.2)."""
    if truncated or profile != "identical-payload-digest":
        return None
    return Fault(
        "note", "{count} identical-payload-digest revisits without WARC-Truncated: length", "WARC 1.1, 6.7.2", check=23
    )


def check_23_truncated(block: Block, kind: str, reason: str, profile: str | None) -> Fault | None:
    """WARC-Truncated names a known reason, and on a response the body really ends early as far as HTTP tells."""
    if reason.lower() not in REASONS:
        return Fault("error", f"WARC-Truncated {reason[:40]!r} is none of {', '.join(REASONS)}", check=23)
    if kind == "revisit":
        if profile == "server-not-modified" and block.status == 304 and not block.body_length:
            return Fault("note", "WARC-Truncated on a 304, which has no body to cut", check=23)
        return None
    if kind != "response" or block.status is None or not block.terminated or _REWRITTEN in block.lower:
        return None
    if block.chunks is not None:
        whole = block.chunks.ended
    else:  # a coding other than chunked ends with the connection, whatever Content-Length says (RFC 9112, 6.3)
        stated = _stated_length(block) if block.field(b"transfer-encoding") is None else None
        whole = isinstance(stated, int) and stated == block.body_length and stated > 0
    if whole:
        return Fault("error", f"WARC-Truncated: {reason}, but the response is whole by its own framing", check=23)
    return None
