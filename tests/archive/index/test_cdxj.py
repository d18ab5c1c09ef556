"""CDXJ lines as whole text, and the lines of other tools."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from archive.index.cdxj import BadLine, Line
from archive.warc.exchange import Capture

CAPTURE = Capture(
    record_id="<urn:uuid:11111111-2222-4333-8444-555555555555>",
    kind="response",
    url="https://www.guancha.cn/politics/2022_03_18_630877.shtml",
    date=datetime(2026, 11, 22, 9, 54, 35, 1, tzinfo=UTC),
    file="warcpress-20261122095430-00000-archive.warc.gz",
    offset=1234,
    length=5678,
    status=200,
    mime="text/html",
    payload_digest="sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
)


def test_the_line_of_a_response() -> None:
    assert bytes(Line.of(CAPTURE)).decode() == (
        "cn,guancha)/politics/2022_03_18_630877.shtml 20261122095435 "
        '{"date": "2026-11-22T09:54:35.000001Z", '
        '"url": "https://www.guancha.cn/politics/2022_03_18_630877.shtml", "mime": "text/html", "status": "200", '
        '"digest": "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", '
        '"length": "5678", "offset": "1234", "filename": "warcpress-20261122095430-00000-archive.warc.gz", '
        '"id": "<urn:uuid:11111111-2222-4333-8444-555555555555>"}\n'
    )


def test_the_line_of_a_revisit() -> None:
    revisit = replace(CAPTURE, kind="revisit", refers_to="<urn:uuid:0>", status=304)
    fields = json.loads(bytes(Line.of(revisit)).split(b" ", 2)[2])
    assert fields["mime"] == "warc/revisit"
    assert fields["status"] == "304"
    assert fields["refers_to"] == "<urn:uuid:0>"


def test_the_line_of_another_method_has_a_key_of_its_own() -> None:
    query = "__wb_method=POST&a=1&b=x y"
    posted = Line.of(replace(CAPTURE, url="http://a.example/Search?q=1#top", method="POST", query=query))
    key, _, fields = bytes(posted).decode().split(" ", 2)
    assert key == "example,a)/search?__wb_method=post&a=1&b=x%20y&q=1"
    assert json.loads(fields)["url"] == "http://a.example/Search?q=1#top"
    assert fields.endswith(', "requestBody": "a=1&b=x y", "method": "POST"}\n')
    head = Line.of(replace(CAPTURE, url="http://a.example", method="HEAD", query="__wb_method=HEAD"))
    assert bytes(head).startswith(b"example,a)/?__wb_method=head ")
    for line in (posted, head):
        assert Line.parse(bytes(line)) == line and line.own_key == line.key


def test_unknown_fields_are_left_out() -> None:
    bare = replace(CAPTURE, status=None, mime="", payload_digest="", record_id="", truncated="length")
    assert bytes(Line.of(bare)).decode() == (
        "cn,guancha)/politics/2022_03_18_630877.shtml 20261122095435 "
        '{"date": "2026-11-22T09:54:35.000001Z", "url": "https://www.guancha.cn/politics/2022_03_18_630877.shtml", '
        '"length": "5678", "offset": "1234", "filename": "warcpress-20261122095430-00000-archive.warc.gz", '
        '"truncated": "length"}\n'
    )


@pytest.mark.parametrize(
    "capture",
    [
        CAPTURE,
        replace(CAPTURE, kind="revisit", refers_to="<urn:uuid:1>"),
        replace(CAPTURE, status=None, mime="", payload_digest="", truncated="time"),
        replace(CAPTURE, date=datetime(987, 1, 2, tzinfo=UTC), offset=0),
        replace(CAPTURE, date=CAPTURE.date.astimezone(timezone(timedelta(hours=8)))),
        replace(CAPTURE, url=""),
        replace(CAPTURE, method="PUT", query="__wb_method=PUT&__wb_post_data=AA=="),
        replace(CAPTURE, url='http://example.com/"\\\u2028\x1b\r\n{}', mime='text/"\n\x85'),
    ],
)
def test_a_line_reads_back_equal(capture: Capture) -> None:
    line = Line.of(capture)
    raw = bytes(line)
    assert raw.isascii() and raw.endswith(b"\n") and raw[:-1].decode().isprintable()
    assert Line.parse(raw) == line


def test_lines_sort_by_key_then_time() -> None:
    times = [CAPTURE.date + timedelta(microseconds=step) for step in (0, 5, 40, 999_990, 2_000_000, 10**12)]
    lines = [bytes(Line.of(replace(CAPTURE, date=time, offset=-step))) for step, time in enumerate(times)]
    assert sorted(lines) == lines


def test_lines_of_other_tools_are_read() -> None:
    line = Line.parse(
        b'com,example)/ 20170306040206 {"url": "http://example.com/", "mime": "text/html", "status": 200, '
        b'"digest": "G7HRM7BGOKSKMSXZAHMUQTTV53QOFSMK", "length": "1228", "offset": "784", '
        b'"filename": "example.warc.gz", "recordDigest": "sha256:9"}\n'
    )
    assert (line.date, line.status, line.digest, line.offset) == (
        datetime(2017, 3, 6, 4, 2, 6, tzinfo=UTC),
        200,
        "G7HRM7BGOKSKMSXZAHMUQTTV53QOFSMK",
        784,
    )
    assert line.mime != "warc/revisit"
    short = Line.parse(b'com,a)/ 2017 {"url": "http://a.com", "status": "-", "offset": 0, "filename": "a.warc"}')
    assert (short.date, short.status, short.mime) == (datetime(2017, 1, 1, tzinfo=UTC), None, "")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\xff\xfe",
        b"com,example)/ 20170306040206",
        b"com,example)/ 20170306040206 {",
        b"com,example)/ 20170306040206 []",
        b"com,example)/ 20170306040206 {}",
        b'com,example)/ x {"url": "u", "offset": "0", "filename": "f"}',
        b'com,example)/ 20171306040206 {"url": "u", "offset": "0", "filename": "f"}',
        b'com,example)/ 20170306040206 {"url": "u", "offset": "x", "filename": "f"}',
        b'com,example)/ 20170306040206 {"url": "u", "offset": "0", "filename": "f", "date": 7}',
        b"com,example)/ 20170306040206 " + b"[" * 100_000,
    ],
)
def test_malformed_lines_are_refused(line: bytes) -> None:
    with pytest.raises(BadLine, match="not a CDXJ line"):
        Line.parse(line)
