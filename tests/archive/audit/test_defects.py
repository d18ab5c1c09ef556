"""Files with one defect each: exactly one error, of the right check; or the softer finding that docs/audit.md names."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from warctext import (
    BODY,
    DATE,
    REQUEST,
    RESPONSE,
    URI,
    changed,
    errors,
    fields,
    findings,
    gz,
    label,
    members,
    pair,
    request,
    response,
    response_fields,
    summary,
    text,
    uid,
    warcinfo,
    without,
)

from archive.audit.registry import checks

CHUNKED_HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNKS = b"19\r\n" + BODY + b"\r\n0\r\n\r\n"
PROFILE = "http://netpreserve.org/warc/1.1/revisit/"
SAME, UNCHANGED = PROFILE + "identical-payload-digest", PROFILE + "server-not-modified"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 25\r\n\r\n"
LATER = "2026-11-21T10:00:00Z"


def flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x40]) + data[at + 1 :]


def replaced(record: bytes) -> bytes:
    """The usual file with this response."""
    return members([warcinfo(), request(), record])


def with_field(name: str, value: str) -> bytes:
    return replaced(text(changed(response_fields(), name, value), RESPONSE))


def plus(*more: tuple[str, str]) -> bytes:
    return replaced(text([*response_fields(), *more], RESPONSE))


def minus(name: str) -> bytes:
    return replaced(text(without(response_fields(), name), RESPONSE))


def block(content: bytes, payload: bytes = b"") -> bytes:
    return members(pair(content, payload))


def coded(coding: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n"
    return block(head.encode() + body, body)


def revisit(
    *more: tuple[str, str], head: bytes = HEAD, digest: bytes | None = BODY, profile: str = SAME, date: str = LATER
) -> bytes:
    usual = [("WARC-Profile", profile), ("WARC-Truncated", "length"), *more]
    return text(fields("revisit", 4, head, *usual, payload=digest, date=date), head)


def revisited(*more: tuple[str, str], **options: object) -> bytes:
    return members([*pair(), revisit(*more, **options)])  # type: ignore[arg-type]


REFERS = [("WARC-Refers-To", uid(3)), ("WARC-Refers-To-Target-URI", URI), ("WARC-Refers-To-Date", DATE)]


FTP = [("WARC-Target-URI", "ftp://example.org/x"), ("WARC-Concurrent-To", uid(88))]
"""As wpull writes them; the record of the conversation comes when the connection ends."""


REVISIT_FIELDS = fields(
    "revisit", 4, HEAD, ("WARC-Profile", SAME), ("WARC-Truncated", "length"), *REFERS, payload=BODY, date=LATER
)


def segments(*numbers: int, total: int | None = 30, origin: int = 5) -> bytes:
    records = [warcinfo()]
    for number in numbers:
        more = [("WARC-Segment-Number", str(number)), ("WARC-Target-URI", "urn:test:long")]
        last = [("WARC-Segment-Total-Length", str(total))] if number == 3 and total is not None else []
        if number == 1:
            records.append(text(fields("resource", origin, b"x" * 10, *more), b"x" * 10))
        else:
            more = [*more, ("WARC-Segment-Origin-ID", uid(origin)), *last]
            records.append(
                text(without(fields("continuation", origin + number, b"y" * 10, *more), "Content-Type"), b"y" * 10)
            )
    return members(records)


SECOND_SEGMENT = fields(
    "continuation",
    20,
    b"y" * 10,
    ("WARC-Segment-Number", "2"),
    ("WARC-Target-URI", "urn:test:long"),
    ("WARC-Segment-Origin-ID", uid(5)),
)


def frames(records: list[bytes], *, checksum: bool = True) -> bytes:
    compressor = zstandard.ZstdCompressor(write_checksum=checksum, write_content_size=True)
    return b"".join(compressor.compress(record) for record in records)


WHOLE = members(pair())
FIRST = len(gz(warcinfo()))
SECOND = FIRST + len(gz(request()))
PLAIN = b"".join(pair())

ARC_INFO = b"1 0 test\nURL IP-address Archive-date Content-type Archive-length\n"
ARC_FIRST = b"filedesc://x.arc 0.0.0.0 20261120100000 text/plain %d\n%s\n" % (len(ARC_INFO), ARC_INFO)
ARC_SECOND = b"http://example.org/ 127.0.0.1 20261120100000 text/html %d\n%s\n" % (len(RESPONSE), RESPONSE)
DEFECTS: dict[str, tuple[int, str, Callable[[], bytes]]] = {
    # 1–5: members
    "a flipped bit in the data": (1, "x.warc.gz", lambda: flip(WHOLE, FIRST + 60)),
    "a flipped bit in the CRC32": (1, "x.warc.gz", lambda: flip(WHOLE, SECOND - 6)),
    "a wrong length in the trailer": (1, "x.warc.gz", lambda: flip(WHOLE, SECOND - 4)),
    "a length of zero in a trailer": (1, "x.warc.gz", lambda: WHOLE[: SECOND - 4] + bytes(4) + WHOLE[SECOND:]),
    "a wrong length in the last trailer": (1, "x.warc.gz", lambda: flip(WHOLE, len(WHOLE) - 4)),
    "a flipped bit in the last member": (1, "x.warc.gz", lambda: flip(WHOLE, SECOND + 40)),
    "a damaged magic": (1, "x.warc.gz", lambda: flip(WHOLE, FIRST)),
    "a damaged magic at the very start": (1, "x.warc.gz", lambda: flip(WHOLE, 0)),
    "reserved flags": (1, "x.warc.gz", lambda: WHOLE[: FIRST + 3] + b"\x80" + WHOLE[FIRST + 4 :]),
    "bytes missing in the middle": (1, "x.warc.gz", lambda: WHOLE[: FIRST + 50] + WHOLE[FIRST + 60 :]),
    "cut in the last member": (2, "x.warc.gz", lambda: WHOLE[:-40]),
    "cut in the last trailer": (2, "x.warc.gz", lambda: WHOLE[:-3]),
    "cut in a member's header": (2, "x.warc.gz", lambda: WHOLE[: SECOND + 5]),
    "cut in a plain file's block": (2, "x.warc", lambda: PLAIN[:-20]),
    "cut in a plain file's header": (2, "x.warc", lambda: PLAIN[: PLAIN.rindex(b"WARC-Date")]),
    "cut in a plain file's last line ends": (2, "x.warc", lambda: PLAIN[:-2]),
    "cut right behind a plain file's header": (2, "x.warc", lambda: PLAIN[: -len(RESPONSE) - 4]),
    "cut in a plain file's version line": (2, "x.warc", lambda: PLAIN + b"WA"),
    "garbage between members": (3, "x.warc.gz", lambda: WHOLE[:FIRST] + b"garbage" + WHOLE[FIRST:]),
    "zeros after the last member": (3, "x.warc.gz", lambda: WHOLE + bytes(512)),
    "garbage that ends in a trailer's copy": (3, "x.warc.gz", lambda: WHOLE + b"????" + WHOLE[-8:]),
    "garbage between plain records": (
        3,
        "x.warc",
        lambda: b"".join([warcinfo(), b"garbage here\n", request(), response()]),
    ),
    "an extra field that overflows": (5, "x.warc.gz", lambda: WHOLE[:SECOND] + gz(response(), extra=b"xx\xff\0ab")),
    "an extra field with leftovers": (5, "x.warc.gz", lambda: WHOLE[:SECOND] + gz(response(), extra=b"xx\x01\0abc")),
    # 6–15: the envelope
    "an empty file": (6, "x.warc.gz", lambda: b""),
    "an empty member only": (6, "x.warc.gz", lambda: gz(b"")),
    "an unknown version": (7, "x.warc.gz", lambda: replaced(text(response_fields(), RESPONSE, "WARC/2.0"))),
    "a damaged version line": (
        7,
        "x.warc",
        lambda: PLAIN.replace(b"WARC/1.1\r\nWARC-Type: response", b"WARK/1.1\r\nWARC-Type: response"),
    ),
    "no version line": (7, "x.warc.gz", lambda: replaced(response().removeprefix(b"WARC/1.1\r\n"))),
    "no version line in a plain file": (
        7,
        "x.warc",
        lambda: PLAIN.replace(b"WARC/1.1\r\nWARC-Type: response", b"WARC-Type: response"),
    ),
    "a pointer of git-lfs": (7, "x.warc.gz", lambda: b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
    "an ARC file without its first record": (7, "x.arc", lambda: ARC_SECOND),
    "line ends before an ARC file": (3, "x.arc", lambda: b"\n\n" + ARC_FIRST + ARC_SECOND),
    "other bytes for an ARC record line": (
        8,
        "x.arc.gz",
        lambda: gz(ARC_FIRST) + gz(ARC_SECOND.replace(b"20261120100000", b"0xCAFE")),
    ),
    "a lone CR before each CRLF": (8, "x.warc", lambda: PLAIN.replace(b"\r\n", b"\r\r\n")),
    "half the end of a record without a block": (
        8,
        "x.warc.gz",
        lambda: members([warcinfo(), text(fields("resource", 2, b""), b"")[:-2], *pair()[1:]]),
    ),
    "no WARC at all": (7, "x.warc.gz", lambda: gz(b"hello")),
    "LF line ends": (
        8,
        "x.warc.gz",
        lambda: replaced(
            response().replace(RESPONSE, b"#").replace(b"\r\n", b"\n").replace(b"#\n\n", RESPONSE + b"\r\n\r\n")
        ),
    ),
    "one LF line end": (
        8,
        "x.warc.gz",
        lambda: replaced(response().replace(b"WARC-Type: response\r\n", b"WARC-Type: response\n")),
    ),
    "LF before the empty line": (8, "x.warc.gz", lambda: replaced(response().replace(b"\r\n\r\n", b"\n\r\n", 1))),
    "a control character": (8, "x.warc.gz", lambda: plus(("X-Odd", "a\x01b"))),
    "a line without a colon": (8, "x.warc.gz", lambda: replaced(response().replace(b"WARC-Date: ", b"WARC-Date "))),
    "a space before the colon": (8, "x.warc.gz", lambda: replaced(response().replace(b"WARC-Date:", b"WARC-Date :"))),
    "Latin-1 in a field": (
        8,
        "x.warc.gz",
        lambda: replaced(text([*response_fields(), ("X-Name", "caf#")], RESPONSE).replace(b"caf#", b"caf\xe9")),
    ),
    "no empty line after the header": (
        8,
        "x.warc.gz",
        lambda: replaced(text(response_fields(), b"").rstrip(b"\r\n") + b"\r\n"),
    ),
    "no line ends after the block": (8, "x.warc.gz", lambda: replaced(response()[:-4])),
    "one line end after the block": (8, "x.warc.gz", lambda: replaced(response()[:-2])),
    "no line ends after a plain record": (8, "x.warc", lambda: warcinfo() + request()[:-4] + response()),
    "no record id": (9, "x.warc.gz", lambda: minus("WARC-Record-ID")),
    "no date": (9, "x.warc.gz", lambda: minus("WARC-Date")),
    "no type": (9, "x.warc.gz", lambda: minus("WARC-Type")),
    "no length": (9, "x.warc.gz", lambda: minus("Content-Length")),
    "no target URI": (9, "x.warc.gz", lambda: minus("WARC-Target-URI")),
    "no profile": (
        9,
        "x.warc.gz",
        lambda: members(
            [
                *pair(),
                text(
                    without(fields("revisit", 4, HEAD, *REFERS, ("WARC-Profile", ""), payload=BODY), "WARC-Profile"),
                    HEAD,
                ),
            ]
        ),
    ),
    "no target URI on a continuation": (
        9,
        "x.warc.gz",
        lambda: segments(1) + gz(text(without(SECOND_SEGMENT, "Content-Type", "WARC-Target-URI"), b"y" * 10)),
    ),
    "a file name on a response": (10, "x.warc.gz", lambda: plus(("WARC-Filename", "x.warc.gz"))),
    "a target URI on a warcinfo": (
        10,
        "x.warc.gz",
        lambda: members([text(fields("warcinfo", 1, b"", ("WARC-Target-URI", URI)), b""), *pair()[1:]]),
    ),
    "an address on a conversion": (
        10,
        "x.warc.gz",
        lambda: members([*pair(), text(fields("conversion", 4, b"x", ("WARC-IP-Address", "1.2.3.4")), b"x")]),
    ),
    "a reference on a response": (10, "x.warc.gz", lambda: plus(("WARC-Refers-To", uid(2)))),
    "a profile on a response": (10, "x.warc.gz", lambda: plus(("WARC-Profile", SAME))),
    "a repeated date": (11, "x.warc.gz", lambda: plus(("WARC-Date", DATE))),
    "a repeated field in other case": (11, "x.warc.gz", lambda: plus(("warc-ip-address", "93.184.216.34"))),
    "an id without brackets": (
        12,
        "x.warc.gz",
        lambda: members([text(changed(fields("warcinfo", 1, b""), "WARC-Record-ID", uid(1)[1:-1]), b""), *pair()[1:]]),
    ),
    "an id that is not a URI": (
        12,
        "x.warc.gz",
        lambda: members([text(changed(fields("warcinfo", 1, b""), "WARC-Record-ID", "<1234>"), b""), *pair()[1:]]),
    ),
    "a repeated id": (12, "x.warc.gz", lambda: members([*pair(), text(fields("resource", 1, b"x"), b"x")])),
    "a date with an offset": (13, "x.warc.gz", lambda: with_field("WARC-Date", "2026-11-20T10:00:00+01:00")),
    "a 30th of February": (13, "x.warc.gz", lambda: with_field("WARC-Date", "2026-02-30T10:00:00Z")),
    "an hour 24": (13, "x.warc.gz", lambda: with_field("WARC-Date", "2026-11-20T24:00:00Z")),
    "ten fraction digits": (13, "x.warc.gz", lambda: with_field("WARC-Date", "2026-11-20T10:00:00.1234567890Z")),
    "a date in the future": (13, "x.warc.gz", lambda: with_field("WARC-Date", "2031-01-01T00:00:00Z")),
    "a 14-digit date": (13, "x.warc.gz", lambda: with_field("WARC-Date", "20261120100000")),
    "fraction digits in 1.0": (
        13,
        "x.warc.gz",
        lambda: replaced(text(changed(response_fields(), "WARC-Date", "2026-11-20T10:00:00.5Z"), RESPONSE, "WARC/1.0")),
    ),
    "a length that is not a number": (14, "x.warc.gz", lambda: with_field("Content-Length", "eighty")),
    "a negative length": (14, "x.warc.gz", lambda: with_field("Content-Length", "-1")),
    "a length too small": (14, "x.warc.gz", lambda: with_field("Content-Length", str(len(RESPONSE) - 7))),
    "a length too large": (14, "x.warc.gz", lambda: with_field("Content-Length", str(len(RESPONSE) + 100))),
    "a length too large by four": (14, "x.warc.gz", lambda: with_field("Content-Length", str(len(RESPONSE) + 4))),
    "a length too large by two": (14, "x.warc.gz", lambda: with_field("Content-Length", str(len(RESPONSE) + 2))),
    "a length too small, no digest": (
        14,
        "x.warc.gz",
        lambda: replaced(
            text(
                changed(without(response_fields(), "WARC-Block-Digest"), "Content-Length", str(len(RESPONSE) - 7)),
                RESPONSE,
            )
        ),
    ),
    "a length too large by four, no digest": (
        14,
        "x.warc.gz",
        lambda: replaced(
            text(
                changed(without(response_fields(), "WARC-Block-Digest"), "Content-Length", str(len(RESPONSE) + 4)),
                RESPONSE,
            )
        ),
    ),
    "a request's length too small by two": (
        14,
        "x.warc.gz",
        lambda: members(
            [
                warcinfo(),
                text(
                    changed(
                        fields("request", 2, REQUEST, ("WARC-Concurrent-To", uid(3))),
                        "Content-Length",
                        str(len(REQUEST) - 2),
                    ),
                    REQUEST,
                ),
                response(),
            ]
        ),
    ),
    "a plain length too small": (
        14,
        "x.warc",
        lambda: warcinfo() + text(changed(fields("request", 2, REQUEST), "Content-Length", "11"), REQUEST) + response(),
    ),
    "a plain length too large": (
        14,
        "x.warc",
        lambda: warcinfo() + text(changed(fields("request", 2, REQUEST), "Content-Length", "99"), REQUEST) + response(),
    ),
    "a plain length beyond the file": (
        14,
        "x.warc",
        lambda: warcinfo() + request() + text(changed(response_fields(), "Content-Length", "99999"), RESPONSE),
    ),
    "a target URI with a space": (
        15,
        "x.warc.gz",
        lambda: replaced(
            text(
                [
                    *response_fields()[:4],
                    ("WARC-Target-URI", "http://example.org/a b"),
                    ("Content-Length", str(len(RESPONSE))),
                ],
                RESPONSE,
            )
        ),
    ),
    "a target URI without a scheme": (
        15,
        "x.warc.gz",
        lambda: members([warcinfo(), text(fields("resource", 2, b"x", ("WARC-Target-URI", "example.org/page")), b"x")]),
    ),
    "a target URI without a host": (
        15,
        "x.warc.gz",
        lambda: members([warcinfo(), text(fields("resource", 2, b"x", ("WARC-Target-URI", "http:///page")), b"x")]),
    ),
    "a target URI in brackets in 1.1": (
        15,
        "x.warc.gz",
        lambda: members([warcinfo(), text(fields("resource", 2, b"x", ("WARC-Target-URI", f"<{URI}>")), b"x")]),
    ),
    "an address that is a name": (15, "x.warc.gz", lambda: with_field("WARC-IP-Address", "example.org")),
    "an address out of range": (15, "x.warc.gz", lambda: with_field("WARC-IP-Address", "93.184.216.340")),
    # 16–18: digests
    "a wrong block digest": (16, "x.warc.gz", lambda: with_field("WARC-Block-Digest", label(b"other"))),
    "a wrong block digest on a revisit": (
        16,
        "x.warc.gz",
        lambda: members(
            [
                *pair(),
                text(
                    changed(
                        fields(
                            "revisit",
                            4,
                            HEAD,
                            ("WARC-Profile", SAME),
                            ("WARC-Truncated", "length"),
                            *REFERS,
                            payload=BODY,
                            date=LATER,
                        ),
                        "WARC-Block-Digest",
                        label(b"other"),
                    ),
                    HEAD,
                ),
            ]
        ),
    ),
    "an altered body": (16, "x.warc.gz", lambda: replaced(response().replace(b"Hello", b"HELLO"))),
    "a wrong payload digest": (17, "x.warc.gz", lambda: with_field("WARC-Payload-Digest", label(b"other"))),
    "a wrong payload digest of a resource": (
        17,
        "x.warc.gz",
        lambda: members([warcinfo(), text(fields("resource", 2, b"abc", payload=b"other"), b"abc")]),
    ),
    "a digest of the wrong length": (18, "x.warc.gz", lambda: with_field("WARC-Block-Digest", label(RESPONSE)[:-1])),
    "a digest with foreign letters": (18, "x.warc.gz", lambda: with_field("WARC-Block-Digest", "sha1:" + "1" * 32)),
    "an unknown algorithm": (18, "x.warc.gz", lambda: with_field("WARC-Block-Digest", "sha9:ABCDEF")),
    "a digest without algorithm": (18, "x.warc.gz", lambda: with_field("WARC-Block-Digest", label(RESPONSE)[5:])),
    "a digest under a wrong label": (
        18,
        "x.warc.gz",
        lambda: with_field("WARC-Block-Digest", label(RESPONSE).replace("sha1", "sha256")),
    ),
    # 20–24: the message
    "an unterminated head": (20, "x.warc.gz", lambda: block(b"HTTP/1.1 200 OK\r\nServer: x\r\n")),
    "a request without a request line": (20, "x.warc.gz", lambda: members(pair(sent=b"\x16\x03\x01\r\n\r\n"))),
    "a body shorter than its length": (21, "x.warc.gz", lambda: block(RESPONSE[:-5], BODY[:-5])),
    "no body where a GET has one": (21, "x.warc.gz", lambda: block(HEAD)),
    "chunks without an end": (22, "x.warc.gz", lambda: block(CHUNKED_HEAD + CHUNKS[:-5], BODY)),
    "chunked without a body": (22, "x.warc.gz", lambda: block(CHUNKED_HEAD)),
    "a request whose gzip body ends early": (
        22,
        "x.warc.gz",
        lambda: members(pair(sent=b"POST / HTTP/1.1\r\nContent-Encoding: gzip\r\n\r\n" + gz(BODY)[:-9])),
    ),
    "a truncation that is no token": (
        23,
        "x.warc.gz",
        lambda: replaced(
            text([*response_fields(block=HEAD, payload=b""), ("WARC-Truncated", "too long, too late")], HEAD)
        ),
    ),
    "a whole response called truncated": (23, "x.warc.gz", lambda: plus(("WARC-Truncated", "length"))),
    "whole chunks called truncated": (
        23,
        "x.warc.gz",
        lambda: replaced(
            text([*response_fields(block=CHUNKED_HEAD + CHUNKS), ("WARC-Truncated", "time")], CHUNKED_HEAD + CHUNKS)
        ),
    ),
    "an unknown profile": (24, "x.warc.gz", lambda: revisited(*REFERS, profile=PROFILE + "something-else")),
    "no digest on a revisit": (24, "x.warc.gz", lambda: revisited(*REFERS, digest=None)),
    # 25–28: links
    "a revisit with another digest": (25, "x.warc.gz", lambda: revisited(*REFERS, digest=b"other")),
    "a revisit before its original": (25, "x.warc.gz", lambda: revisited(*REFERS, date="2026-11-19T10:00:00Z")),
    "a revisit of a request": (25, "x.warc.gz", lambda: revisited(("WARC-Refers-To", uid(2)))),
    "a revisit of itself": (25, "x.warc.gz", lambda: revisited(("WARC-Refers-To", uid(4)))),
    "a revisit with another URI than its original": (
        25,
        "x.warc.gz",
        lambda: revisited(REFERS[0], ("WARC-Refers-To-Target-URI", URI + "2")),
    ),
    "a revisit with another date than its original": (
        25,
        "x.warc.gz",
        lambda: revisited(REFERS[0], ("WARC-Refers-To-Date", "2026-11-20T10:00:01Z")),
    ),
    "a revisit of a missing id, whose URI and date are there": (
        25,
        "x.warc.gz",
        lambda: revisited(("WARC-Refers-To", uid(99)), *REFERS[1:]),
    ),
    "a revisit of a missing id, whose payload is there": (
        25,
        "x.warc.gz",
        lambda: revisited(("WARC-Refers-To", uid(99))),
    ),
    "a link to nothing": (26, "x.warc.gz", lambda: members([warcinfo(), request(concurrent=99), response()])),
    "a pair of two URIs": (
        26,
        "x.warc.gz",
        lambda: members(
            [
                warcinfo(),
                text(without(fields("request", 2, REQUEST, ("WARC-Target-URI", URI + "2")), ""), REQUEST),
                response(),
            ]
        ),
    ),
    "a link to a warcinfo": (26, "x.warc.gz", lambda: members([warcinfo(), request(concurrent=1), response()])),
    "a warcinfo id that names nothing": (27, "x.warc.gz", lambda: plus(("WARC-Warcinfo-ID", uid(98)))),
    "a warcinfo id that names a request": (27, "x.warc.gz", lambda: plus(("WARC-Warcinfo-ID", uid(2)))),
    "a missing segment": (28, "x.warc.gz", lambda: segments(1, 3)),
    "a repeated segment": (
        28,
        "x.warc.gz",
        lambda: segments(1, 2) + gz(text(without(SECOND_SEGMENT, "Content-Type"), b"y" * 10)),
    ),
    "a first segment without a number": (
        28,
        "x.warc.gz",
        lambda: segments(2, 3) + gz(text(fields("resource", 5, b"x" * 10), b"x" * 10)),
    ),
    "a wrong total": (28, "x.warc.gz", lambda: segments(1, 2, 3, total=31)),
    "no total": (28, "x.warc.gz", lambda: segments(1, 2, 3, total=None)),
    # 34: zstd
    "a flipped bit in a frame": (34, "x.warc.zst", lambda: flip(frames(pair()), len(frames(pair()[:2])) + 80)),
    "a wrong checksum": (34, "x.warc.zst", lambda: flip(frames(pair()), len(frames(pair())) - 1)),
    "a dictionary that is missing": (34, "x.warc.zst", lambda: b"".join(_with_dictionary()[1:])),
    "another dictionary": (
        34,
        "x.warc.zst",
        lambda: b"".join([*_with_dictionary(2)[:1], *_with_dictionary()[1:]]),
    ),
    "a damaged dictionary": (34, "x.warc.zst", lambda: flip(b"".join(_with_dictionary()), 58)),
    "a cut frame": (2, "x.warc.zst", lambda: frames(pair())[:-9]),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_one_defect_is_one_error_of_the_right_check(name: str, tmp_path: Path) -> None:
    check, file, make = DEFECTS[name]
    path = tmp_path / file
    path.write_bytes(make())
    found = errors(findings(path))
    assert [finding.check for finding in found] == [check], [finding.as_json() for finding in found]
    assert found[0].file == str(path)
    assert found[0].clause


def ordinary(count: int = 12) -> bytes:
    """Sound pairs like those of a crawl: enough for the fast path to know their kind."""
    numbers = range(1000, 1000 + 2 * count, 2)
    pairs = [(request(number, number + 1), response(number + 1, number)) for number in numbers]
    return members(record for both in pairs for record in both)


@pytest.mark.parametrize("name", [name for name, (_, file, _) in DEFECTS.items() if file == "x.warc.gz"])
def test_the_defect_is_found_after_many_records_of_the_same_kind(name: str, tmp_path: Path) -> None:
    check, file, make = DEFECTS[name]
    data = make()
    if check == 6 or data[:1] != b"\x1f":
        pytest.skip("records before it would hide this defect")
    path = tmp_path / file
    path.write_bytes(gz(warcinfo(number=999)) + ordinary() + data)
    found = errors(findings(path))
    assert [finding.check for finding in found] == [check], [finding.as_json() for finding in found]


SOFT: dict[str, tuple[int, str, Callable[[], bytes]]] = {
    "two records in one member": (4, "warning", lambda: gz(warcinfo()) + gz(request() + response())),
    "all records in one member": (4, "warning", lambda: gzip.compress(PLAIN)),
    "a record in two members": (
        4,
        "warning",
        lambda: gz(warcinfo()) + gz(request()) + gz(response()[:500]) + gz(response()[500:]),
    ),
    "a record in two members, the first of which ends in the version line": (
        4,
        "warning",
        lambda: WHOLE[:SECOND] + gz(response()[:4]) + gz(response()[4:]),
    ),
    "an empty member": (4, "warning", lambda: WHOLE + gz(b"")),
    "a reason for truncation that only an extension defines": (
        23,
        "note",
        lambda: replaced(text([*response_fields(block=HEAD, payload=b""), ("WARC-Truncated", "bored")], HEAD)),
    ),
    "a file of an FTP server without the conversation": (
        26,
        "warning",
        lambda: members([*pair(), text(fields("resource", 9, b"x", *FTP), b"x")]),
    ),
    "a digest over the raw chunks": (17, "warning", lambda: block(CHUNKED_HEAD + CHUNKS, CHUNKS)),
    "a digest over the whole block": (17, "warning", lambda: block(RESPONSE, RESPONSE)),
    "a digest over the decoded body": (
        17,
        "warning",
        lambda: block(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gz(BODY), BODY),
    ),
    "a % that begins no escape": (
        15,
        "warning",
        lambda: members(
            [*pair(), text(fields("resource", 9, b"x", ("WARC-Target-URI", "http://example.org/%zz")), b"x")]
        ),
    ),
    "an algorithm that is not verified": (18, "warning", lambda: with_field("WARC-Block-Digest", "blake3:" + "a" * 64)),
    "no digests": (
        19,
        "warning",
        lambda: members([text(without(fields("warcinfo", 1, b""), "WARC-Block-Digest"), b""), *pair()[1:]]),
    ),
    "an empty response": (20, "warning", lambda: block(b"")),
    "bare LF in an HTTP head": (20, "note", lambda: block(RESPONSE.replace(b"\r\n", b"\n"), BODY)),
    "a request without its last line end": (
        20,
        "warning",
        lambda: members([warcinfo(), request(block=b"GET / HTTP/1.1\r\nHost: x\r\n"), response()]),
    ),
    "a revisit that differs from its original in the scheme": (
        25,
        "warning",
        lambda: revisited(("WARC-Refers-To-Target-URI", URI.replace("http:", "https:")), REFERS[2]),
    ),
    "a revisit without truncated": (
        23,
        "note",
        lambda: members(
            [*pair(), text(fields("revisit", 4, HEAD, ("WARC-Profile", SAME), *REFERS, payload=BODY, date=LATER), HEAD)]
        ),
    ),
    "a revisit of a revisit": (
        25,
        "warning",
        lambda: (
            revisited(*REFERS)
            + gz(
                text(
                    changed(
                        fields(
                            "revisit",
                            5,
                            HEAD,
                            ("WARC-Profile", SAME),
                            ("WARC-Truncated", "length"),
                            ("WARC-Refers-To", uid(4)),
                            payload=BODY,
                            date=LATER,
                        ),
                        "WARC-Date",
                        LATER,
                    ),
                    HEAD,
                )
            )
        ),
    ),
    "a revisit of a record elsewhere": (
        25,
        "warning",
        lambda: members([warcinfo(), revisit(("WARC-Refers-To", uid(77)))]),
    ),
    "a pair of two dates": (
        26,
        "warning",
        lambda: members(
            [
                warcinfo(),
                text(
                    fields("request", 2, REQUEST, ("WARC-Concurrent-To", uid(3)), date="2026-11-20T10:00:01Z"), REQUEST
                ),
                response(),
            ]
        ),
    ),
    "a revisit that was given another id than its request names": (
        26,
        "warning",
        lambda: members([*pair(), text(without(REVISIT_FIELDS, "WARC-Concurrent-To"), HEAD), request(9, 88)]),
    ),
    "metadata tied to the warcinfo": (
        26,
        "warning",
        lambda: members([*pair(), text(fields("resource", 9, b"x", ("WARC-Concurrent-To", uid(1))), b"x")]),
    ),
    "a warcinfo that names itself": (
        10,
        "warning",
        lambda: members(
            [text(fields("warcinfo", 1, b"a: b\r\n", ("WARC-Warcinfo-ID", uid(1))), b"a: b\r\n"), *pair()[1:]]
        ),
    ),
    "a revisit's block digest is over nothing": (
        16,
        "warning",
        lambda: members([*pair(), text(changed(REVISIT_FIELDS, "WARC-Block-Digest", label(b"")), HEAD)]),
    ),
    "a block digest that is over the body alone": (
        16,
        "warning",
        lambda: with_field("WARC-Block-Digest", label(BODY)),
    ),
    "a response alone": (
        26,
        "note",
        lambda: members([warcinfo(), text(without(response_fields(), "WARC-Concurrent-To"), RESPONSE)]),
    ),
    "a link on one side": (
        26,
        "note",
        lambda: members([warcinfo(), text(fields("request", 2, REQUEST), REQUEST), response()]),
    ),
    "no warcinfo": (27, "note", lambda: members(pair()[1:])),
    "a warcinfo that comes later": (27, "warning", lambda: members([*pair()[1:], warcinfo()])),
    "another file name": (27, "warning", lambda: members([warcinfo("other.warc.gz"), *pair()[1:]])),
    "segments without the first": (28, "warning", lambda: segments(2, 3)),
    "line ends before a record": (8, "warning", lambda: members([warcinfo(), b"\r\n" + request(), response()])),
    "empty lines after a record": (8, "warning", lambda: members([warcinfo(), request() + b"\r\n", response()])),
    "chunked without a body and a request": (
        22,
        "warning",
        lambda: members([warcinfo(), response(concurrent=1 + 98, block=CHUNKED_HEAD, payload=b"")]),
    ),
    "bytes after the end of a gzip body": (22, "warning", lambda: coded("gzip", gz(BODY) + b"more")),
    "zeros after the end of a deflate body": (22, "warning", lambda: coded("deflate", zlib.compress(BODY) + bytes(9))),
    "a draft": (7, "warning", lambda: members([text(fields("warcinfo", 1, b""), b"", "WARC/0.18"), *pair()[1:]])),
    "no content type": (9, "warning", lambda: minus("Content-Type")),
    "an unknown type": (9, "note", lambda: members([warcinfo(), text(fields("screenshot", 2, b"x"), b"x")])),
    "an IRI": (
        15,
        "warning",
        lambda: members(
            [warcinfo(), text(fields("resource", 2, b"x", ("WARC-Target-URI", "http://example.org/café")), b"x")]
        ),
    ),
    "wget's extra field": (
        5,
        "warning",
        lambda: gz(warcinfo(), extra=b"sl" + struct.pack("<II", 300, 400)) + members(pair()[1:]),
    ),
    "a dictionary": (34, "note", lambda: b"".join(_with_dictionary())),
    "frames without checksums": (34, "warning", lambda: frames(pair(), checksum=False)),
    "a file in lz4": (35, "warning", lambda: b"\x04\x22\x4d\x18" + b"x" * 50),
    "a part of a segmented record": (28, "warning", lambda: segments(1)),
}


@pytest.mark.parametrize("name", SOFT)
def test_habits_and_hints_are_no_errors(name: str, tmp_path: Path) -> None:
    check, severity, make = SOFT[name]
    data = make()
    path = tmp_path / ("x.warc.gz" if data[:2] == b"\x1f\x8b" else "x.warc.zst")
    path.write_bytes(data)
    found = findings(path)
    assert not errors(found), [finding.as_json() for finding in found]
    assert (check, severity) in {(finding.check, finding.severity) for finding in found}, [
        one.as_json() for one in found
    ]


def _with_dictionary(kind: int = 1) -> list[bytes]:
    """The dictionary, and a frame for each record."""
    samples = [
        text(fields("resource", 100 + number, b"some words %d" % number), b"some words %d" % number) * kind
        for number in range(200)
    ]
    dictionary = zstandard.train_dictionary(4096, [*samples])
    data = dictionary.as_bytes()
    compressor = zstandard.ZstdCompressor(dict_data=dictionary, write_checksum=True, write_content_size=True)
    frame = b"\x5d\x2a\x4d\x18" + struct.pack("<I", len(data)) + data
    return [frame, *(compressor.compress(record) for record in pair())]


def test_after_a_damaged_first_frame_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.zst"
    path.write_bytes(flip(frames(pair()), 0))
    assert [found.check for found in errors(findings(path))] == [3]
    assert summary(path).records == 2


def test_damage_in_one_loose_file_is_no_cause_in_another(tmp_path: Path) -> None:
    (tmp_path / "a.warc.gz").write_bytes(WHOLE[:-40])
    (tmp_path / "b.warc.gz").write_bytes(DEFECTS["a link to nothing"][2]())
    assert [found.check for found in errors(findings(tmp_path))] == [2, 26]


FILES_AND_POSTS = {29, 30, 31, 32, 33}
"""Checks of indexes, packages, manifests, posts and catalogues: other tests have their defects."""


def test_every_check_of_single_files_has_a_row() -> None:
    covered = {check for check, *_ in DEFECTS.values()} | {check for check, *_ in SOFT.values()}
    assert covered == set(checks()) - FILES_AND_POSTS


def test_the_crc_of_the_builder_is_right() -> None:
    assert gzip.decompress(gz(b"abc")) == b"abc"
    assert zlib.crc32(b"abc") == struct.unpack("<II", gz(b"abc")[-8:])[0]
