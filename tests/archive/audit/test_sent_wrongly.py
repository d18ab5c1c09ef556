"""What a server sent wrongly: a warning where a digest shows that it was recorded so, else an error."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import brotli
import pytest
import zstandard
from warctext import (
    BODY,
    REQUEST,
    RESPONSE,
    changed,
    errors,
    findings,
    gz,
    label,
    members,
    request,
    response,
    response_fields,
    text,
    warcinfo,
    without,
)

HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
CHUNKED = HTML + b"Transfer-Encoding: chunked\r\n\r\n"
CHUNKS = b"19\r\n" + BODY + b"\r\n0\r\n\r\n"


def coded(coding: str, body: bytes) -> tuple[int, bytes, bytes]:
    return 22, HTML + f"Content-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body, body


SENT: dict[str, tuple[int, bytes, bytes]] = {
    # check, block, what the payload digest is over
    "no head (HTTP/0.9)": (20, BODY, BODY),
    "log lines": (20, b"19/Sep/2017:03:35:35 +0000|v1|40.77|GET /x HTTP/1.1||\n" * 4, b""),
    "log lines that begin like HTTP": (20, b"HTTP/1.1||GET /x\r\n" * 4, b""),
    "a status line without a version": (
        20,
        b"HTTP 200 Document follows\r\nContent-Type: text/html\r\n\r\n" + BODY,
        BODY,
    ),
    "a status line without a status": (20, b"HTTP/1.1 OK\r\n\r\n" + BODY, BODY),
    "status 2000": (20, b"HTTP/1.1 2000 OK\r\n\r\n" + BODY, BODY),
    "status -1": (20, b"HTTP/1.1 -1 OK\r\n\r\n" + BODY, BODY),
    "an empty line first": (20, b"\r\n" + RESPONSE, BODY),
    "a head of 10,001 fields": (20, HTML + b"X: y\r\n" * 10_001 + b"\r\n" + BODY, BODY),
    "a body longer than its length": (21, RESPONSE + b"more", BODY + b"more"),
    "chunked in name only": (22, CHUNKED + BODY, BODY),
    "a broken chunk size": (22, CHUNKED + b"5\r\nabcde\r\nzz\r\n", b"abcde"),
    "a chunk longer than its size": (22, CHUNKED + b"5\r\nabcdefg\r\n0\r\n\r\n", b"abcde"),
    "a chunk one byte shorter than its size": (22, CHUNKED + b"6\r\nabcde\r\n0\r\n\r\n", b"abcde\r"),
    "bytes after the last chunk": (22, CHUNKED + CHUNKS + b"more", BODY),
    "gzip in name only": coded("gzip", BODY),
    "br in name only": coded("br", BODY),
    "a gzip body that ends early": coded("gzip", gz(BODY)[:-9]),
    "a gzip body without its length": coded("gzip", gz(BODY)[:-4]),
    "a gzip body with a length of zero": coded("gzip", gz(BODY)[:-4] + bytes(4)),
    "a gzip body with a wrong CRC32": coded("gzip", gz(BODY)[:-8] + b"\0" + gz(BODY)[-7:]),
    "a gzip body with a flipped bit": coded("x-gzip", gz(BODY)[:24] + b"\xff" + gz(BODY)[25:]),
    "a gzip body whose second member ends early": coded("gzip", gz(BODY) + gz(BODY)[:-9]),
    "a long gzip body that ends early": coded("gzip", gzip.compress(bytes(5 << 20))[:-9]),
    "a gzip body in whole chunks that ends early": (
        22,
        CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n") + b"14\r\n%s\r\n0\r\n\r\n" % gz(BODY)[:20],
        gz(BODY)[:20],
    ),
    "a deflate body that ends early": coded("deflate", zlib.compress(BODY)[:-5]),
    "a br body that ends early": coded("br", brotli.compress(BODY)[:-3]),
    "a zstd body that ends early": coded("zstd", zstandard.compress(BODY)[:-3]),
}
NOT_COVERED = {name for name, (check, *_) in SENT.items() if check == 20} - {"no head (HTTP/0.9)"}
"""Faults of the head: the payload digest is not over them, unless there is no head."""
SENT_BY_US: dict[str, tuple[int, bytes]] = {
    "no request line": (20, b"\x16\x03\x01\r\n\r\n"),
    "a body longer than its length": (21, b"POST /page HTTP/1.1\r\nContent-Length: 1\r\n\r\na=b"),
    "a gzip body that ends early": (22, b"POST /page HTTP/1.1\r\nContent-Encoding: gzip\r\n\r\n" + gz(BODY)[:-9]),
}
CUT: dict[str, tuple[int, bytes, bytes]] = {
    "an unterminated head": (20, b"HTTP/1.1 200 OK\r\nServer: x\r\n", b""),
    "a body shorter than its length": (21, RESPONSE[:-5], BODY[:-5]),
    "chunks without an end": (22, CHUNKED + CHUNKS[:-5], BODY),
    "no chunk at all": (22, CHUNKED, b""),
}
"""Messages that ended early: that "shall be noted" with WARC-Truncated (WARC 1.1, 6.3.2)."""


def usual(count: int = 12) -> bytes:
    """Sound pairs, enough of them for the short way of records like many before."""
    numbers = range(1000, 1000 + 2 * count, 2)
    return members(r for n in numbers for r in (request(n, n + 1), response(n + 1, n)))


def written(folder: Path, block: bytes, payload: bytes, *dropped: str, sent: bytes = REQUEST) -> Path:
    """A file with this response after many others; `dropped`: fields that it does not have."""
    path = folder / "x.warc.gz"
    record = text(without(response_fields(block=block, payload=payload), *dropped), block)
    path.write_bytes(gz(warcinfo()) + usual() + members([request(block=sent), record]))
    return path


@pytest.mark.parametrize("name", SENT)
def test_with_its_block_digest_it_is_a_warning(name: str, tmp_path: Path) -> None:
    check, block, payload = SENT[name]
    found = findings(written(tmp_path, block, payload, "WARC-Payload-Digest"))
    assert {(one.check, one.severity) for one in found} == {(check, "warning")}, [one.as_json() for one in found]
    assert "its block digest is right" in found[0].message


@pytest.mark.parametrize("field", [b"gzip, chunked", b"gzip\r\nTransfer-Encoding: chunked", b"gzip"])
def test_a_payload_digest_is_over_the_body_without_any_transfer_coding(field: bytes, tmp_path: Path) -> None:
    body = gz(BODY)
    sent = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if b"chunked" in field else body
    block = HTML + b"Transfer-Encoding: " + field + b"\r\n\r\n" + sent
    assert findings(written(tmp_path, block, BODY)) == []
    assert [one.check for one in errors(findings(written(tmp_path, block, BODY[1:])))] == [17]


@pytest.mark.parametrize("name", SENT)
def test_without_a_digest_it_is_an_error(name: str, tmp_path: Path) -> None:
    check, block, payload = SENT[name]
    found = findings(written(tmp_path, block, payload, "WARC-Payload-Digest", "WARC-Block-Digest"))
    assert [one.check for one in errors(found)] == [check], [one.as_json() for one in found]


@pytest.mark.parametrize("name", SENT)
def test_the_payload_digest_alone_covers_the_body_and_not_the_head(name: str, tmp_path: Path) -> None:
    check, block, payload = SENT[name]
    found = findings(written(tmp_path, block, payload, "WARC-Block-Digest"))
    assert [one.check for one in errors(found)] == ([check] if name in NOT_COVERED else [])
    assert check in [one.check for one in found]


@pytest.mark.parametrize("name", SENT)
def test_a_wrong_digest_stays_the_one_error(name: str, tmp_path: Path) -> None:
    check, block, payload = SENT[name]
    path = tmp_path / "x.warc.gz"
    fields = changed(response_fields(block=block, payload=payload), "WARC-Block-Digest", label(b"as it was received"))
    path.write_bytes(members([warcinfo(), request(), text(fields, block)]))
    found = findings(path)
    assert [one.check for one in errors(found)] == [16]
    follows = next(one for one in found if one.check == check)
    assert follows.caused_by is not None
    assert follows.caused_by.check == 16


def test_of_a_body_that_is_not_chunked_the_entity_proves_nothing(tmp_path: Path) -> None:
    found = findings(written(tmp_path, CHUNKED + BODY, b"", "WARC-Block-Digest"))
    assert [one.check for one in errors(found)] == [22]


@pytest.mark.parametrize("name", CUT)
def test_a_message_that_ends_early_shall_say_so(name: str, tmp_path: Path) -> None:
    check, block, payload = CUT[name]
    assert [one.check for one in errors(findings(written(tmp_path, block, payload)))] == [check]


@pytest.mark.parametrize("name", CUT)
def test_a_message_that_ends_early_and_says_so_is_no_error(name: str, tmp_path: Path) -> None:
    _, block, payload = CUT[name]
    record = text([*response_fields(block=block, payload=payload), ("WARC-Truncated", "disconnect")], block)
    path = tmp_path / "x.warc.gz"
    path.write_bytes(members([warcinfo(), request(), record]))
    assert not errors(findings(path))


@pytest.mark.parametrize("name", SENT_BY_US)
def test_a_malformed_request_comes_from_the_crawler_so_it_is_an_error(name: str, tmp_path: Path) -> None:
    check, sent = SENT_BY_US[name]
    assert [one.check for one in errors(findings(written(tmp_path, RESPONSE, BODY, sent=sent)))] == [check]


def test_damage_of_the_stored_bytes_is_an_error_whatever_the_server_sent(tmp_path: Path) -> None:
    _, block, payload = SENT["gzip in name only"]
    record = text(response_fields(block=block, payload=payload), block)
    path = tmp_path / "x.warc.gz"
    path.write_bytes(members([warcinfo(), request(), record.replace(b"Hello", b"HELLO")]))
    assert [one.check for one in errors(findings(path))] == [16]
