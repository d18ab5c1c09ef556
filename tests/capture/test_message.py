"""A response ends live where the archive's reader and its audit say, however its bytes are cut into pieces."""

from __future__ import annotations

from io import BytesIO
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import find_head, payload_pieces
from archive.read.block import Block
from archive.write.examine import is_whole
from crawler.capture.message import Message

FIELDS = [
    b"Server: x", b"X-Fold: a\r\n b", b"no colon", b"Connection: close", b"Set-Cookie: a=b", b": empty", b"X: \xe9",
    b"Content-Length: 5", b"Content-Length: 7", b"Content-Length: many", b"Transfer-Encoding: chunked",
    b"transfer-encoding: identity", b"Transfer-Encoding: gzip", b"Content-Length: 5, 5", b"Content-Length: 0",
]  # fmt: skip
LINES = [
    b"HTTP/1.1 200 OK", b"HTTP/1.0 404 Not Found", b"HTTP/1.1 204 No", b"HTTP/1.1 304", b"ICY 200 OK",
    b"HTTP 200 Document follows", b"HTTP/1.1 2x0 OK", b"<html>", b"http/1.1 200", b"",
]  # fmt: skip
BODIES = [
    b"hello", b"5\r\nhello\r\n0\r\n\r\n", b"5;a=b\r\nhello\r\n0\r\nT: v\r\n\r\n", b"5\nhello\n0\n\n", b"5\r\nhello\n",
    b"5\r\nhello\r\n0", b"5\r\nhello\r\n0\r\n", b"2\r\nhello", b"z\r\n", b"", b"hello, more",
    b"0\r\n\r\nHTTP/1.1 200 OK",
    b"000000000000000000005\r\nhello\r\n0\r\n\r\n", b"5\r\nhel",
]  # fmt: skip
INTERIM = [b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102\n\n"]


@st.composite
def responses(draw: st.DrawFn) -> bytes:
    end = draw(st.sampled_from([b"\r\n", b"\n"]))
    head = [draw(st.sampled_from(LINES)), *draw(st.lists(st.sampled_from(FIELDS), max_size=4))]
    whole = draw(st.sampled_from(INTERIM)) + end.join([*head, b"", b""]) + draw(st.sampled_from(BODIES))
    return whole[: draw(st.integers(0, len(whole)))] if draw(st.booleans()) else whole


def read(data: bytes, cuts: list[int]) -> Message:
    """Read `data` in pieces that end at `cuts`, then the clean end of the connection."""
    message = Message("GET")
    places = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    for start, end in pairwise(places):
        if not message.fault:
            message.take(data[start:end])
    if not message.ended and not message.fault:
        message.close(clean=True)
    return message


def seen(message: Message) -> tuple[object, ...]:
    return (message.head, message.ended, message.payload(), message.surplus, bool(message.fault), message.until_close)


@given(responses(), st.lists(st.integers(0, 200), max_size=8))
def test_pieces_make_no_difference(data: bytes, cuts: list[int]) -> None:
    whole, pieces = read(data, []), read(data, cuts)
    if whole.fault or pieces.fault:
        assert whole.fault and pieces.fault
        return
    assert seen(pieces) == seen(whole)


@given(responses())
def test_W6_a_response_ends_where_the_archive_says(data: bytes) -> None:
    message = read(data, [])
    if message.fault or not message.ended:
        return
    span = find_head(data)
    assert message.head == data[span.start : span.end]
    ours = data[: len(data) - message.surplus]
    bodiless = message.parsed.status in (101, 204, 304)
    assert message.payload() == (b"" if bodiless else b"".join(payload_pieces(message.head, BytesIO(ours[span.end :]))))
    audited = Block("response", None, None)
    audited.take(ours, 0, len(ours))
    audited.finish()
    assert audited.head == message.head and audited.status == message.parsed.status
    if not bodiless:
        assert audited.http_length() in (None, audited.body_length)
    if not bodiless and not message.until_close and audited.chunks is None:
        assert is_whole(BytesIO(ours))
    if audited.chunks is not None and not bodiless:
        assert audited.chunks.complete and not audited.chunks.excess and not audited.chunks.reason


@given(responses())
def test_W6_a_response_that_the_archive_holds_for_whole_is_read_to_its_end(data: bytes) -> None:
    if not is_whole(BytesIO(data)):
        return
    message = read(data, [])
    # A chunk of CRLF lines that ends in a bare LF: the audit reports it, `is_whole` lets it pass. A download does not
    # take `gzip, chunked`, which the archive reads.
    refused = ("does not end where its size says", "is not chunked but")
    assert message.ended or any(text in message.fault for text in refused)


@pytest.mark.parametrize(
    ("start", "begun", "fault"),
    [
        (b"", False, ""),
        (b"HTT", False, ""),
        (b"HTTP/1.1 200", False, ""),
        (b"HTTP/1.1 200 OK\r\n", True, ""),
        (b"HTTP/1.1 100 Continue\r\n\r\n", False, ""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200\nA", True, ""),
        (b"<html>", False, "not an HTTP response: b'<html>'"),
        (b"220 mail ESMTP\r\n", True, "not an HTTP response: b'220 mail ESMTP\\r\\n'"),
    ],
)
def test_a_head_that_is_cut_off_is_told_from_no_answer(start: bytes, begun: bool, fault: str) -> None:
    message = Message("GET")
    message.take(start)
    assert not message.close(clean=True)
    assert (message.begun, message.fault) == (begun, fault)


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: Close\r\n\r\nok", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok more", False),
        (b"HTTP/1.1 200 OK\r\n\r\nok", False),
        (b"ICY 200 OK\r\nContent-Length: 2\r\n\r\nok", False),
        (b"HTTP/1.1 101 Switching\r\n\r\n", False),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", True),
    ],
)
def test_a_connection_is_kept_only_where_the_response_leaves_it_in_step(data: bytes, kept: bool) -> None:
    assert read(data, []).keeps_connection is kept


def test_the_response_to_a_head_request_has_no_body() -> None:
    message = Message("HEAD")
    message.take(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
    assert message.ended and message.keeps_connection
