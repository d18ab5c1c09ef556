"""The method and the body of a request, as replay tools write them into the keys of their indexes."""

from __future__ import annotations

import pytest

from archive.warc.request_query import request_query

FORM = (
    b'--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\n1 &=\r\n'
    b'--XX\r\nContent-Disposition: form-data; name=file; filename="b; name=c"\r\nContent-Type: image/png\r\n\r\n'
    b"\x89PNG\r\n\r\n--X\xff\r\n--XX--\r\n"
)
FIELDS = "a=1+%26%3D&file=%89PNG%0D%0A%0D%0A--X%FF"
EVENT = (
    b'{"type": "event", "id": 44.0, "values": [true, false, null, 0.5],'
    b' "source": {"type": "part", "id": "a+b&c= d", "values": [3]}}'
)
DEEP = b"[" * 100_000


def ask(method: str, content_type: str, body: bytes, *more: str) -> bytes:
    fields = [f"{method} /path HTTP/1.1", "Host: a.example", *more]
    fields += [f"Content-Type: {content_type}"] if content_type else []
    if not any("Transfer" in field or "Length" in field for field in more):
        fields.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*fields, "", ""]).encode() + body


@pytest.mark.parametrize(
    ("content_type", "body", "query"),
    [
        ("application/x-www-form-urlencoded", b"a=1&b=x%20y+z", "a=1&b=x y z"),
        ("application/x-www-form-urlencoded; charset=utf-8", "q=ü&w=%C3%BC".encode(), "q=ü&w=ü"),
        ("application/x-www-form-urlencoded", b"a=\xff", "__wb_post_data=YT3/"),
        ("multipart/form-data; boundary=XX", FORM, FIELDS),
        ('multipart/form-data; charset=utf-8; BOUNDARY="XX"', FORM, FIELDS),
        ("multipart/form-data", b"--XX", "__wb_post_data=LS1YWA=="),
        ("multipart/form-data; boundary=XX", b"nothing", "__wb_post_data=bm90aGluZw=="),
        (
            "application/json",
            EVENT,
            "type=event&id=44&values=true&values.2_=false&values.3_=null&values.4_=0.5"
            "&type.2_=part&id.2_=a%2Bb%26c%3D+d&values.5_=3",
        ),
        ("application/json", b'{"a": 1}\n{"a": 2}', "a=1&a.2_=2"),
        ("application/json", b'{"a": 1', ""),
        ("application/json", b'{"": 1, "b": {"": [2]}}', ""),
        ("application/json", b'{"a": "\\ud800"}', ""),
        ("application/json", b'{"a": 1e400}', ""),
        ("application/json", DEEP, ""),
        ("text/plain;charset=UTF-8", b'{"a": 1}', "a=1"),
        ("text/plain", b"hello", "__wb_post_data=aGVsbG8="),
        ("", b"hello", "__wb_post_data=aGVsbG8="),
        ("text/xml", b"<a/>", "__wb_post_data=PGEvPg=="),
        ("", b"", ""),
    ],
)
def test_a_body_becomes_arguments(content_type: str, body: bytes, query: str) -> None:
    expected = f"__wb_method=POST{'&' if query else ''}{query}"
    assert request_query(ask("POST", content_type, body)) == ("POST", expected)


def test_the_method_counts_without_a_body_too() -> None:
    assert request_query(ask("GET", "", b"ignored")) == ("GET", "")
    assert request_query(ask("put", "", b"hello")) == ("PUT", "__wb_method=PUT&__wb_post_data=aGVsbG8=")
    assert request_query(ask("HEAD", "", b"")) == ("HEAD", "__wb_method=HEAD")
    assert request_query(ask("DELETE", "text/plain", b"x")) == ("DELETE", "__wb_method=DELETE")
    assert request_query(b"") == request_query(b"\x16\x03\x01 no request") == ("GET", "")


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n", b"\r\r\n"])
def test_a_body_comes_after_a_head_of_any_line_ends(line_end: bytes) -> None:
    head = ask("POST", "application/x-www-form-urlencoded", b"").replace(b"\r\n", line_end)
    assert request_query(head.replace(b"Content-Length: 0", b"Content-Length: 7") + b"a=1&b=2") == (
        "POST",
        "__wb_method=POST&a=1&b=2",
    )


def test_a_body_ends_by_its_length_or_its_chunks() -> None:
    chunked = "Transfer-Encoding: chunked"
    assert request_query(ask("POST", "", b"hello, more", "Content-Length: 5"))[1].endswith("=aGVsbG8=")
    assert request_query(ask("POST", "", b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", chunked))[1].endswith("=aGVsbG8=")
    assert request_query(ask("POST", "", b"hello", chunked))[1].endswith("=aGVsbG8=")
    assert request_query(ask("POST", "", b"hello", "Content-Length: five"))[1] == "__wb_method=POST"


def test_a_query_has_at_most_4096_characters_of_the_body() -> None:
    for content_type, body in (("", b"\0" * 9000), ("application/json", b'{"a": "%s"}' % (b"x" * 9000))):
        assert len(request_query(ask("POST", content_type, body))[1]) == len("__wb_method=POST&") + 4096
