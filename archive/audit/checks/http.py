"""Checks 20–22: the HTTP message in a record's block; facts of the record go in, faults come out.

Servers send malformed messages, which "may be recorded" as they are (WARC 1.1, 6.3.2). Such a fault is a warning when a
digest of the record is right (`Fault.sent`). It stays an error when the response ended early: that "shall be noted"
with WARC-Truncated.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

import brotli
import deflate

from archive.audit.registry import CONTENT, check
from archive.errors import CodingError, TooLarge
from archive.plurals import many
from archive.read.block import MAX_CODED, MAX_HEAD, Block
from archive.read.faults import Fault
from archive.read.record import ScannedRecord
from archive.warc.codings import left_over
from archive.warc.heads import MAX_FIELDS

MAX_DECODED = 64 << 20
"""Maximum decoded bytes of a body: decoding stops there without a fault, because a bomb is no defect of the archive."""
AT_ONCE = 4 << 20
"""Maximum decoded bytes that libdeflate is asked for; the trailer may claim more."""
FIRST = 512
"""First bytes of a body from which its coding is recognised."""
_BLOCK, _BLOCK_OR_PAYLOAD = frozenset({"block"}), frozenset({"block", "payload"})
"""The digests that cover the bytes of a fault: the payload digest does not cover the head."""
_CODINGS = frozenset({b"gzip", b"x-gzip", b"br", b"deflate", b"zstd"})
_BODILESS = frozenset({204, 304})
_FIELD_LINES = rb"\r\n(?:[!-9;-~]+:[^\r\n]*\r\n)*\r\n"
TIDY = {
    "response": re.compile(rb"HTTP/[12](?:\.[01])? [2-5]\d\d(?: [^\r\n]*)?" + _FIELD_LINES),
    "request": re.compile(rb"[A-Z]+ [^ \r\n]+ HTTP/1\.[01]" + _FIELD_LINES),
}
"""Most final heads: check 20 finds nothing in them."""

_REQUEST = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+[ \t]+[^\r\n]+\r?\n")
_NO_COLON = re.compile(rb"\n(?![ \t\r\n])[^:\n]+(?=\n)")


@check(20, "HTTP head", clause="WARC 1.1, 6.3.2; RFC 9112, 2", judges=CONTENT)
def http_head(record: ScannedRecord) -> Iterator[Fault] | None:
    """The HTTP head parses, and an empty line ends it."""
    block = record.block
    if block.http is None or (block.terminated and is_tidy(block.head, block.http)):
        return None
    return _head_faults(record, block)


def is_tidy(head: bytes, http: str) -> bool:
    """Tell whether check 20 finds nothing in a head, as in most; `http` is `response` or `request`."""
    return not _too_many_fields(head) and TIDY[http].fullmatch(head) is not None


def _too_many_fields(head: bytes) -> bool:
    return len(head) > 3 * MAX_FIELDS and head.count(b"\n") > MAX_FIELDS + 2


def _head_faults(record: ScannedRecord, block: Block) -> Iterator[Fault]:
    """The faults of a head that is not as servers and browsers usually write it."""
    if not block.length:
        if record.kind != "revisit" and record.truncated is None:
            yield Fault("warning", f"the block of this {record.kind} is empty: there is no HTTP message in it")
        return
    if not block.terminated:
        yield _head_not_ended(record)
        return
    if fault := _first_line(block):
        yield fault
    if _too_many_fields(block.head):
        text = f"the HTTP head has more than {MAX_FIELDS} lines: readers do not read the further ones"
        yield Fault("error", text, sent=_covering(record, _BLOCK))
    if found := _NO_COLON.search(block.lower.replace(b"\r\n", b"\n")):
        yield Fault("warning", f"a line without a colon in the HTTP head: {found[0][1:60]!r}")
    if block.head.count(b"\n") != block.head.count(b"\r\n"):  # servers send it, readers accept it (RFC 9112, 2.2)
        yield Fault("note", "{count:HTTP head} with bare LF line ends", counted=True)


def _first_line(block: Block) -> Fault | None:
    """The fault of a request line or a status line."""
    line = block.head[:60]
    if block.http == "request":
        return None if _REQUEST.match(block.head) else Fault("error", f"no HTTP request line: {line!r}")
    if block.status is None:
        return Fault("error", f"no HTTP status line: {line!r}", sent=_BLOCK)
    if line[:5].upper() == b"HTTP ":  # NCSA's `HTTP 200 Document follows`, which curl takes
        return Fault("error", f"the HTTP status line has no version: {line!r}", sent=_BLOCK)
    return None


def _head_not_ended(record: ScannedRecord) -> Fault:
    block = record.block
    request = block.http == "request"
    if block.length > MAX_HEAD:
        return Fault("error", f"the HTTP head does not end within {MAX_HEAD} bytes", sent=_covering(record, _BLOCK))
    if not (block.status is not None or (request and _REQUEST.match(block.head + b"\n"))):
        return Fault("error", f"no HTTP message: it starts with {block.head[:40]!r}", sent=_covering(record, _BLOCK))
    # LiveWeb omitted the last CRLF of every request; the lines are complete.
    complete = request and block.head.endswith(b"\n")
    soft = record.truncated is not None or record.kind == "revisit" or complete
    return Fault("warning" if soft else "error", "the HTTP head does not end with an empty line")


@check(21, "HTTP Content-Length", clause="RFC 9112, 6.3", judges=CONTENT)
def content_length(record: ScannedRecord) -> Fault | None:
    """HTTP's Content-Length is the length of the stored body, for messages that have one.

    In the response to a HEAD the body is empty.
    """
    block = record.block
    if block.chunks is not None or not _has_framing(record) or _without_body(block) or record.part:
        return None
    stated = stated_length(block)
    if stated is None or isinstance(stated, Fault) or stated == block.body_length:
        return stated if isinstance(stated, Fault) else None
    text = f"the {record.kind}'s body has {many(block.body_length, 'byte')}"
    if block.body_length > stated:
        text += f", longer than its Content-Length of {stated}"
        return Fault("error", text, sent=_covering(record, _BLOCK_OR_PAYLOAD))
    text += f", shorter than its Content-Length of {stated}, and has no WARC-Truncated"
    return Fault("error", text, unless_head=block.http == "response" and not block.body_length)


def _covering(record: ScannedRecord, digests: frozenset[str]) -> frozenset[str]:
    """The digests that show that a server sent it so; none for a request, which comes from the crawler."""
    return digests if record.block.http == "response" else frozenset()


def stated_length(block: Block) -> int | Fault | None:
    """HTTP's Content-Length; None without one; a fault when it is not a number, or when several differ."""
    value = block.field(b"content-length")
    if value is None:
        return None
    is_number = value.isdigit() and len(value) < 19
    if is_number and block.lower.count(b"\ncontent-length:") == 1:
        return int(value)
    parts = {part.strip() for part in value.split(b",")}
    if block.lower.count(b"\ncontent-length:") > 1:
        parts |= {match.strip() for match in re.findall(rb"\ncontent-length:([^\r\n]*)", block.lower)}
    if len(parts) == 1 and is_number:
        return int(value)
    if len(parts) == 1 or not all(part.isdigit() for part in parts):
        return Fault("warning", f"HTTP Content-Length {value[:60]!r} is not a number")
    numbers = {int(part[:18]) for part in parts}
    if len(numbers) > 1:
        return Fault("warning", f"several HTTP Content-Lengths that differ: {value[:60]!r}")
    return numbers.pop()


@check(22, "transfer and content coding", clause="RFC 9112, 7.1; RFC 9110, 8.4", judges=CONTENT)
def codings(record: ScannedRecord) -> Fault | None:
    """The body has the chunked and the content coding that the head names, and decodes to its end.

    In the response to a HEAD the body is missing. A part of a page (206) may begin anywhere in its content coding.
    """
    block, part = record.block, record.part
    if (block.chunks is None and not block.coding) or not _has_framing(record):
        return None
    if block.chunks is not None and not block.body_length:
        if block.http == "response" and not part and not _without_body(block):
            return Fault("error", "the HTTP head says chunked, but there is no body", unless_head=True)
        return None
    fault = _chunks_fault(block, part)
    if fault is None and block.coding and block.status != 206:
        fault = content_coding_fault(block.coding, block.entity, not part)
    if fault is None or (block.chunks is not None and not (block.chunks.reason or block.chunks.complete)):
        return fault
    return fault._replace(sent=_covering(record, _BLOCK_OR_PAYLOAD))


def _has_framing(record: ScannedRecord) -> bool:
    """Tell whether the block has an HTTP head and a body of its own."""
    return record.block.http is not None and record.block.terminated and record.kind != "revisit"


def _without_body(block: Block) -> bool:
    """Tell whether a response has no body, whatever its head says."""
    return block.http == "response" and block.status is not None and (block.status < 200 or block.status in _BODILESS)


def _chunks_fault(block: Block, part: bool) -> Fault | None:
    chunks = block.chunks
    if chunks is None or not block.body_length:
        return None
    if chunks.reason:
        if chunks.chunks == 0:
            return Fault("error", "the HTTP head says chunked, but the body is not chunked")
        return Fault("error", f"the chunked body does not parse: {chunks.reason}")
    if not chunks.complete:
        if part:
            return None
        text = f"the chunked body ends early, in or after chunk {chunks.chunks}, and has no WARC-Truncated"
        return Fault("error", text)
    return Fault("error", f"{many(chunks.excess, 'byte')} after the last chunk") if chunks.excess else None


def content_coding_fault(coding: bytes, entity: bytes | bytearray | memoryview, whole: bool) -> Fault | None:
    """The fault of an entity body that lacks the coding of its head, or (if `whole`) does not decode to its end.

    `coding` is the last one of several, in lower case; unknown codings are not judged. An early end or damage is an
    error, because nobody can read the page any more; bytes after the end are a warning, because every reader ignores
    them.
    """
    if coding not in _CODINGS or not len(entity):
        return None
    name, first = coding.decode(), bytes(entity[:FIRST])
    if not _has_coding(coding, first):
        return Fault("error", f"the HTTP head says {name}, but the body is not {name}: it starts with {first[:16]!r}")
    if not whole or len(entity) > MAX_CODED or (coding[-4:] == b"gzip" and _is_one_member(entity)):
        return None
    try:
        left = left_over(name, bytes(entity), MAX_DECODED)
    except TooLarge:
        return None
    except CodingError as error:
        return Fault("error", f"the body can't be decoded: {error}")
    return Fault("warning", f"{many(left, 'byte')} after the end of the {name} body") if left else None


def _is_one_member(entity: bytes | bytearray | memoryview) -> bool:
    """Tell whether a body is one sound gzip member, as nearly all are; takes half the time of `left_over`."""
    size = int.from_bytes(entity[-4:], "little")
    if len(entity) < 18 or not 0 < size <= AT_ONCE:  # for 0 it decodes nothing
        return False
    try:
        return len(deflate.gzip_decompress(entity)) == size
    except (deflate.DeflateError, ValueError):
        return False


def _has_coding(coding: bytes, first: bytes) -> bool:
    """Tell whether `first` begins a body of the coding: by its magic bytes, or for br and deflate by decoding it."""
    if coding == b"zstd":
        return b"\x28\xb5\x2f\xfd".startswith(first[:4]) or first[1:4] == b"\x2a\x4d\x18"
    if coding == b"br":
        try:
            brotli.Decompressor().process(first, output_buffer_limit=65536)
        except brotli.error:
            return False
        return True
    if coding == b"deflate":
        return _inflates(first, zlib.MAX_WBITS) or _inflates(first, -zlib.MAX_WBITS)
    return b"\x1f\x8b\x08".startswith(first[:3])


def _inflates(first: bytes, window: int) -> bool:
    try:
        zlib.decompressobj(window).decompress(first, 65536)
    except zlib.error:
        return False
    return True
