"""Heads of responses as servers send them: their end and their fields."""

from __future__ import annotations

import io

import pytest

from archive import find_head, parse_head, read_head, request_headers


@pytest.mark.parametrize(
    ("head", "status", "reason", "headers"),
    [
        (b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n", 200, "OK", [("A", "b")]),
        (b"HTTP/1.0 404 Not \xfcbel\n\n", 404, "Not übel", []),
        (b"HTTP/1.1 200\r\n\r\n", 200, "", []),
        (b"HTTP/1.1 200 \r\n\r\n", 200, "", []),
        (b"http/2 301  Moved\r\n\r\n", 301, "Moved", []),
        (b"HTTP/1.1 200 OK\r\nX:1\r\nx : 2\r\nX:\t3 \r\n\r\n", 200, "OK", [("X", "1"), ("x", "2"), ("X", "3")]),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\td\r\nE:f\r\n\r\n", 200, "OK", [("A", "b c d"), ("E", "f")]),
        (b"HTTP/1.1 200 OK\r\n lost fold\r\nno colon\r\nA:\r\n\r\n", 200, "OK", [("A", "")]),
        (b"HTTP/1.1 200 OK\nA: b:c\n\n", 200, "OK", [("A", "b:c")]),
        (b"HTTP/1.1 2000 OK\r\n\r\n", None, "", []),
        (b"", None, "", []),
    ],
)
def test_heads_are_parsed(head, status, reason, headers) -> None:
    assert tuple(parse_head(head)) == (status, reason, headers)


def test_repeated_fields_are_joined_and_the_media_type_has_no_parameters() -> None:
    head = parse_head(b"HTTP/1.1 200 OK\r\nVia: a\r\nvia: b\r\nContent-Type: Text/HTML ; charset=x\r\n\r\n")
    assert (head.get("VIA"), head.get("none"), head.media_type) == ("a, b", None, "text/html")
    assert parse_head(b"HTTP/1.1 200 OK\r\nContent-Type: <b>\r\n\r\n").media_type == ""
    assert parse_head(b"HTTP/1.1 200 OK\r\nContent-Type: Text/HTML charset=utf-8\r\n\r\n").media_type == "text/html"


@pytest.mark.parametrize(
    ("before", "head", "body", "complete"),
    [
        (b"", b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n", b"\r\n\r\nbody", True),
        (b"", b"HTTP/1.1 200 OK\n\n", b"body", True),
        (b"", b"HTTP/1.1 200 OK\nA: b\r\n\n", b"body", True),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"b", True),
        (b"", b"HTTP/1.1 101 Switching\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", True),
        (b"", b"HTTP/1.1 200 OK\r\nA: b\r\n", b"", False),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"", b"", False),
        (b"", b"HTT", b"", False),
        (b"", b"HTTP/1.1 99999 OK\r\nA: b\r\n\r\n", b"no status, but a head", True),
        (b"", b"HTTP/1.1 0 \n\n", b"so", True),
        (b"", b"ICY 200 OK\r\nicy-name: x\r\n\r\n", b"radio", True),
        (b"", b"HTTP 200 Document follows\r\nA: b\r\n\r\n", b"NCSA", True),
        (b"", b"HTTP/1.1 2", b"", False),
        (b"", b"", b"<html>HTTP/1.1 200 OK\r\n\r\n", False),
        (b"", b"", b"", False),
    ],
)
def test_the_final_head_is_found(before, head, body, complete) -> None:
    data = before + head + body
    assert tuple(find_head(data)) == (len(before), len(before) + len(head), complete)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r\r\n"])
def test_a_head_may_end_its_lines_otherwise(end: bytes) -> None:
    head = end.join([b"HTTP/1.1 200 OK", b"A: b", b"", b""])
    data, span = read_head(io.BytesIO(head + b"<p>\r\n\r\n</p>"))
    assert data[: span.end] == head and span.complete
    assert tuple(parse_head(head)) == (200, "OK", [("A", "b")])


@pytest.mark.parametrize("block", [b"H", b"HTTP", b"HTTP/1.1||GET /x\r\n" * 2000])
def test_what_only_begins_like_a_head_is_a_body(block: bytes) -> None:
    assert read_head(io.BytesIO(block))[1] == (0, 0, False)


def test_a_long_head_is_read_to_its_end() -> None:
    head = b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (i, b"y" * 100) for i in range(1000)) + b"\r\n"
    data, span = read_head(io.BytesIO(head + b"body" * 100_000))
    assert span == (0, len(head), True)
    assert len(data) < len(head) + 100_000


def test_an_endless_head_is_read_up_to_the_limit() -> None:
    data, span = read_head(io.BytesIO(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1_000_000))
    assert span.complete is False
    assert len(data) < 1_200_000


def test_request_headers_are_parsed() -> None:
    request = b"POST /a HTTP/1.1\r\nHost: x\r\nIf-None-Match: y\r\n\r\nCookie: body"
    assert request_headers(request) == [("Host", "x"), ("If-None-Match", "y")]


def test_D11_of_a_head_so_many_fields_are_read() -> None:
    head = b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(20_000)) + b"\r\n"
    assert parse_head(head).headers == [(f"X-{number}", "y") for number in range(10_000)]
