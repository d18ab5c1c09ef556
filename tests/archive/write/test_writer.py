"""The writer: records as whole text, deduplication, redaction, rollover, file names."""

from __future__ import annotations

import gzip
import io
import random
import tracemalloc
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from archive import ArchiveWriter, Finding, Manifest, Reader, StorageError, UsageError, audit_paths
from archive.disk import Disk
from archive.index.digests import Digests
from archive.index.index import Index
from archive.warc.records import digest_of

CHUNKED = (
    b"HTTP/1.1 200\r\nX-Odd:  kept \r\nx-odd: twice\r\nTransfer-Encoding: chunked\r\n"
    b"content-type: Text/HTML; charset=utf-8\r\n\r\n5;ext=1\r\nhello\r\n0\r\nTrailer-Field: yes\r\n\r\n"
)


def _text(folder, name: str) -> str:
    return gzip.decompress((folder / "warc" / name).read_bytes()).decode("latin-1")


def test_an_exchange_is_a_response_a_request_and_metadata(tmp_path, open_writer, exchange) -> None:
    with open_writer(warcinfo=[("software", "warcpress 0.1"), ("operator", "A. Archivist")]) as writer:
        capture = writer.write(
            exchange(
                CHUNKED,
                ip="192.0.2.1",
                protocols=("http/1.1", "tls/1.3"),
                cipher_suite="TLS_AES_256_GCM_SHA384",
                certificates=("sha256:aa", "sha256:bb"),
                duration_ms=42,
                metadata=(("via", "http://news.example/"), ("source", "example\r\nWARC-Type: forged")),
            )
        )
    assert capture.file == "warcpress-20261122120000-00000-archive.warc.gz"
    assert _text(tmp_path, capture.file).replace("\r\n", "\n") == (
        """\
WARC/1.1
WARC-Type: warcinfo
WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>
WARC-Date: 2026-11-22T12:00:00.123456Z
WARC-Filename: warcpress-20261122120000-00000-archive.warc.gz
WARC-Block-Digest: sha256:b72ab46de40d8af4385e943afaa75d28d9a4fd0aecd6146931b0b6874addbd92
Content-Type: application/warc-fields
Content-Length: 171

software: warcpress 0.1
operator: A. Archivist
format: WARC File Format 1.1
conformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/


WARC/1.1
WARC-Type: response
WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000002>
WARC-Date: 2026-11-22T12:00:00.123456Z
WARC-Target-URI: http://news.example/a
WARC-Warcinfo-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>
WARC-IP-Address: 192.0.2.1
WARC-Protocol: http/1.1
WARC-Protocol: tls/1.3
WARC-Cipher-Suite: TLS_AES_256_GCM_SHA384
WARC-Concurrent-To: <urn:uuid:00000000-0000-4000-8000-000000000003>
WARC-Payload-Digest: sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824
WARC-Block-Digest: sha256:1525beee8b94be5d8f12321b081f095172e662fb0267383f91d6f5affdd543cb
Content-Type: application/http;msgtype=response
Content-Length: 154

"""
        + CHUNKED.decode().replace("\r\n", "\n")
        + """\


WARC/1.1
WARC-Type: request
WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000003>
WARC-Date: 2026-11-22T12:00:00.123456Z
WARC-Target-URI: http://news.example/a
WARC-Warcinfo-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>
WARC-IP-Address: 192.0.2.1
WARC-Protocol: http/1.1
WARC-Protocol: tls/1.3
WARC-Cipher-Suite: TLS_AES_256_GCM_SHA384
WARC-Concurrent-To: <urn:uuid:00000000-0000-4000-8000-000000000002>
WARC-Block-Digest: sha256:d84d78f4c5bdaa3b91eb40c8ddad910ec610db6855b2f90526eeec318177a343
Content-Type: application/http;msgtype=request
Content-Length: 62

GET /a HTTP/1.1
Host: news.example
user-AGENT: warcpress



WARC/1.1
WARC-Type: metadata
WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000004>
WARC-Date: 2026-11-22T12:00:00.123456Z
WARC-Target-URI: http://news.example/a
WARC-Warcinfo-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>
WARC-Concurrent-To: <urn:uuid:00000000-0000-4000-8000-000000000002>
WARC-Block-Digest: sha256:5db8c138df4b5cfa635a68de913475296be550f022539594279eafd706aea425
Content-Type: application/warc-fields
Content-Length: 178

via: http://news.example/
source: example%0D%0AWARC-Type: forged
fetchTimeMs: 42
tlsCipherSuite: TLS_AES_256_GCM_SHA384
tlsCertificate: sha256:aa
tlsCertificate: sha256:bb


"""
    )


def test_a_run_without_captures_leaves_no_file(tmp_path, open_writer) -> None:
    writer = open_writer()
    assert writer.commit() == []
    assert writer.close() == []
    assert list((tmp_path / "warc").iterdir()) == []
    assert not (tmp_path / "manifest.jsonl").exists()


def test_a_file_is_open_until_closed_and_a_capture_stored_after_commit(tmp_path, open_writer, exchange) -> None:
    writer = open_writer()
    capture = writer.write(exchange())
    assert writer.pending == 1
    assert [path.name for path in (tmp_path / "warc").iterdir()] == [capture.file + ".open"]
    assert writer.commit() == [capture]
    assert (writer.pending, writer.commit()) == (0, [])
    later = writer.write(exchange(url="http://news.example/b"))
    assert writer.close() == [later]
    assert [path.name for path in (tmp_path / "warc").iterdir()] == [capture.file]
    with pytest.raises(StorageError, match="closed"):
        writer.write(exchange())


@pytest.mark.parametrize("pending", [True, False], ids=["pending", "of an earlier run"])
def test_the_same_payload_again_is_a_revisit_of_a_stored_original(tmp_path, open_writer, exchange, pending) -> None:
    again = b"HTTP/1.1 200 OK\r\nDate: later\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    writer = open_writer()
    first = writer.write(exchange(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"))
    if not pending:
        writer.close()
        writer = open_writer()
    second = writer.write(exchange(again, url="http://news.example/b"))
    assert writer.close() == ([first, second] if pending else [second])
    assert (second.kind, second.refers_to, second.payload_digest) == ("revisit", first.record_id, digest_of(b"abc"))
    reader = Reader(tmp_path)
    with reader.record(second.file, second.offset) as record:
        fields = dict(record.fields)
        assert record.block.read() == again[: again.index(b"\r\n\r\n") + 4]
    assert fields["WARC-Profile"] == "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    assert fields["WARC-Refers-To"] == first.record_id
    assert fields["WARC-Refers-To-Target-URI"] == "http://news.example/a"
    assert fields["WARC-Refers-To-Date"] == "2026-11-22T12:00:00.123456Z"
    assert fields["WARC-Truncated"] == "length"
    assert reader.entity(second, 10) == b"abc"


def test_W7_no_revisit_of_a_response_that_began_later(open_writer, exchange) -> None:
    """Of two exchanges at the same time, the one that began later may be written first."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
    early, between, late = exchange(answer), exchange(answer), exchange(answer, url="http://news.example/b")
    writer = open_writer()
    assert writer.write(late).kind == "response"
    first = writer.write(early)
    assert first.kind == "response"
    assert writer.write(between).refers_to == first.record_id
    assert writer.write(exchange(answer)).refers_to == first.record_id
    writer.close()


def test_an_empty_payload_is_never_a_revisit(open_writer, exchange) -> None:
    writer = open_writer()
    for url in ("http://news.example/a", "http://news.example/b"):
        response = b"HTTP/1.1 301 Moved Permanently\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"
        assert writer.write(exchange(response, url=url)).kind == "response"


def test_W6_a_truncated_body_is_marked_and_never_an_original_or_a_revisit(tmp_path, open_writer, exchange) -> None:
    response = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\npart"
    with open_writer() as writer:
        cut = writer.write(exchange(response, truncated="disconnect"))
        whole = writer.write(exchange(b"HTTP/1.1 200 OK\r\n\r\npart", url="http://news.example/whole"))
        cut_again = writer.write(exchange(response, truncated="length"))
    assert (cut.kind, cut.truncated, whole.kind, cut_again.kind) == ("response", "disconnect", "response", "response")
    with Reader(tmp_path).record(cut.file, cut.offset) as record:
        assert record.get("WARC-Truncated") == "disconnect"
        assert record.block.read() == response


CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n4\r\npart\r\n0\r\n"
FIXED = b"HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\npart"


@pytest.mark.parametrize(
    ("response", "whole"),
    [
        (FIXED % b"4", True), (FIXED % b"4\r\nContent-Length: 4", True), (FIXED % b"5", False), (FIXED % b"3", False),
        (FIXED % b"4\r\nContent-Length: 5", False), (FIXED % b"4, x", False), (FIXED[:-4] % b"0", True),
        (FIXED % b"4\r\nTransfer-Encoding: gzip", False), (FIXED % b"4\r\nTransfer-Encoding: chunked", False),
        (FIXED.replace(b"200", b"2x0") % b"4", False), (FIXED.replace(b"HTTP/1.1", b"icy") % b"4", True),
        (b"HTTP/1.1 200 OK\r\n\r\npart", False), (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n", False),
        (CHUNKS + b"\r\n", True), (CHUNKS + b"Trailer: y\r\n\r\n", True), (CHUNKS.replace(b"\r", b"") + b"\n", True),
        (CHUNKS, False), (CHUNKS + b"Trailer: y\r\n", False), (CHUNKS[:-3] + b"\r\n", False),
    ],
)  # fmt: skip
def test_W6_a_response_whole_by_its_framing_is_not_marked(open_writer, exchange, tmp_path, response, whole) -> None:
    with open_writer() as writer:
        assert writer.write(exchange(response, truncated="time")).truncated == (None if whole else "time")
    assert [
        finding for finding in audit_paths([tmp_path]) if isinstance(finding, Finding) and finding.check == 23
    ] == []


@pytest.mark.parametrize("damage", ["deleted", "moved on", "other payload"])
def test_W7_no_revisit_of_a_missing_original(tmp_path, open_writer, exchange, damage) -> None:
    with open_writer() as writer:
        first = writer.write(exchange())
    path = tmp_path / "warc" / first.file
    if damage == "deleted":
        path.unlink()
    elif damage == "moved on":
        path.write_bytes(b"junk" + path.read_bytes())
    else:
        path.unlink()
        with open_writer(folder=tmp_path / "other") as writer:
            other = writer.write(exchange(b"HTTP/1.1 200 OK\r\n\r\nquite another payload"))
        (tmp_path / "other" / "warc" / other.file).rename(path)
    with open_writer() as writer:
        second = writer.write(exchange(url="http://news.example/b"))
        third = writer.write(exchange(url="http://news.example/c"))
    assert (second.kind, third.kind, third.refers_to) == ("response", "revisit", second.record_id)


@pytest.mark.parametrize("place", ["a truncated response", "a 304", "another payload"])
def test_W7_digests_that_disagree_with_the_record_are_ignored(tmp_path, open_writer, exchange, place) -> None:
    answer = b"HTTP/1.1 200 OK\r\n\r\npart"
    with open_writer() as writer:
        cut = writer.write(exchange(answer, truncated="disconnect"))
        whole = writer.write(exchange(answer))
        same = writer.write(exchange(b"HTTP/1.1 304 N\r\n\r\n", request=b"GET /a HTTP/1.1\r\nIf-None-Match: *\r\n\r\n"))
        other = writer.write(exchange())
    assert (same.kind, same.payload_digest) == ("revisit", whole.payload_digest)
    at = {"a truncated response": cut, "a 304": same, "another payload": other}[place]
    with closing(Digests(tmp_path)) as digests:
        digests.forget(whole.payload_digest)
        digests.add([replace(whole, offset=at.offset)])
    with open_writer() as writer:
        assert writer.write(exchange(answer, url="http://news.example/b")).kind == "response"


def test_W4_R6_no_name_is_used_twice_when_the_clock_stops_or_files_are_moved(tmp_path, open_writer, exchange) -> None:
    names: list[str] = []
    for _ in range(3):
        with open_writer(clock=lambda: datetime(2026, 11, 22, tzinfo=UTC)) as writer:
            names.append(writer.write(exchange(f"HTTP/1.1 200 OK\r\n\r\n{names}".encode())).file)
        (tmp_path / "warc" / names[-1]).rename(tmp_path / names[-1])
    assert len(set(names)) == 3


def test_a_304_refers_to_the_newest_stored_answer_of_its_url(tmp_path, open_writer, exchange) -> None:
    conditional = b'GET /a HTTP/1.1\r\nif-none-match: "x"\r\n\r\n'
    answer = b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n'
    with open_writer() as writer:
        writer.write(exchange(b"HTTP/1.1 200 OK\r\n\r\nold"))
        new = writer.write(
            exchange(
                b'HTTP/1.1 200 OK\r\nETag: W/"x"\r\nContent-Encoding: gzip\r\n\r\n' + gzip.compress(b"new", mtime=0)
            )
        )
        writer.write(exchange(b"HTTP/1.1 500 Oops\r\n\r\nbroken"))
        same = writer.write(exchange(answer, request=conditional))
        unknown = writer.write(exchange(answer, request=conditional, url="http://news.example/never"))
        unasked = writer.write(exchange(answer))
    reader = Reader(tmp_path)
    with reader.record(same.file, same.offset) as record:
        assert record.get("WARC-Profile") == "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
        assert record.get("WARC-Truncated") is None
        assert record.block.read() == answer
    assert (same.status, same.refers_to, same.payload_digest) == (304, new.record_id, new.payload_digest)
    assert reader.entity(same, 10) == b"new"
    assert [(c.kind, c.payload_digest) for c in (unknown, unasked)] == [("response", "")] * 2


def test_a_304_of_a_revisit_refers_to_its_original(tmp_path, open_writer, exchange) -> None:
    with open_writer() as writer:
        original = writer.write(exchange(b"HTTP/1.1 200 OK\r\nLast-Modified: w\r\n\r\nsame"))
        answer = exchange(b"HTTP/1.1 200 OK\r\nLast-Modified: x\r\n\r\nsame", url="http://news.example/b")
        assert writer.write(answer).refers_to == original.record_id
        request = b"GET /b HTTP/1.1\r\nIf-Modified-Since: x\r\n\r\n"
        same = writer.write(exchange(b"HTTP/1.1 304 \r\n\r\n", url="http://news.example/b", request=request))
    assert same.refers_to == original.record_id


@pytest.mark.parametrize(
    ("validator", "condition", "refers"),
    [
        ('ETag: "wall"', 'If-None-Match: "wall"', True),
        ('ETag: W/"wall"', 'If-None-Match: "a", "wall"', True),
        ("ETag: wall", "If-None-Match: wall", True),
        ('ETag: "wall"', "If-None-Match: *", True),
        ('ETag: "wall"', 'If-None-Match: "article"', False),
        ("Server: x", 'If-None-Match: "article"', False),
        ("Last-Modified: Mon", "If-Modified-Since: Mon", True),
        ("Last-Modified: Mon", "If-Modified-Since: Sun", False),
        ("Server: x", "If-Modified-Since: Sun", False),
        ("Last-Modified: Mon", 'If-None-Match: "article"\r\nIf-Modified-Since: Mon', False),
    ],
)
def test_W7_a_304_refers_only_to_an_answer_that_the_request_named(
    tmp_path, open_writer, exchange, validator, condition, refers
) -> None:
    """A URL gives an article, then a login wall, then a 304 to the article's validators: it confirms the article."""
    with open_writer() as writer:
        writer.write(exchange(b'HTTP/1.1 200 OK\r\nETag: "article"\r\nLast-Modified: Sun\r\n\r\nthe article'))
        wall = writer.write(exchange(f"HTTP/1.1 200 OK\r\n{validator}\r\n\r\nthe wall".encode()))
        request = f"GET /a HTTP/1.1\r\n{condition}\r\n\r\n".encode()
        same = writer.write(exchange(b"HTTP/1.1 304 Not Modified\r\n\r\n", request=request))
    assert (same.kind, same.refers_to) == (("revisit", wall.record_id) if refers else ("response", None))


def test_C3_secrets_are_cut_from_requests_urls_and_metadata_only(tmp_path, open_writer, exchange) -> None:
    request = (
        b"POST /a?token=p%40ss/word HTTP/1.1\r\nHost: news.example\r\n"
        b"Cookie: sid=p@ss/word;\r\n more=p@ss/word\r\n\r\np@ss/word"
    )
    with open_writer(secrets=(b"p@ss/word", b"")) as writer:
        capture = writer.write(
            exchange(
                b"HTTP/1.1 200 OK\r\n\r\nyou said p@ss/word",
                url="http://news.example/a?token=p%40ss%2Fword",
                request=request,
                metadata=(("via", "http://news.example/?t=p%40ss%2fword"),),
            )
        )
    assert capture.url == "http://news.example/a?token=[redacted]"
    assert capture.extra["redacted"] == "WARC-Target-URI, request-line, Cookie, body"
    assert capture.extra["secretEchoed"] == "response"
    text = _text(tmp_path, capture.file)
    assert text.count("p@ss/word") == 1
    assert "you said p@ss/word" in text
    assert "p%40ss" not in text
    assert "Cookie: sid=[redacted];\r\n more=[redacted]\r\n" in text
    index = "".join(path.read_text() for path in (tmp_path / "index").glob("*.cdxj"))
    assert "[redacted]" in index
    assert "ss%2" not in index


def test_without_secrets_nothing_is_changed(tmp_path, open_writer, exchange) -> None:
    request = bytes(range(256)) + b"\r\n\r\n"
    response = b"HTTP/1.1 103 Early\r\nA:b\r\n\r\nHTTP/1.1 200 \xff\nX:\xfe\n fold\n\n" + bytes(range(256))
    with open_writer() as writer:
        capture = writer.write(exchange(response, request=request))
    blocks = {}
    for record in Reader(tmp_path).records(capture.file):
        blocks[record.type] = record.block.read()
    assert blocks["response"] == response
    assert blocks["request"] == request
    assert capture.head == b"HTTP/1.1 200 \xff\nX:\xfe\n fold\n\n"
    assert capture.payload_digest == digest_of(bytes(range(256)))


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("http://a/\r\nWARC-Type: warcinfo", "http://a/%0D%0AWARC-Type:%20warcinfo"),
        ("http://a/\x1b[31m\u2028\x00é", "http://a/%1B[31m%E2%80%A8%00%C3%A9"),
        ('http://a/<x>"y"{z}?a[]=1|2&%zz', "http://a/%3Cx%3E%22y%22%7Bz%7D?a[]=1|2&%zz"),
        ("http://a/\ud800", "http://a/%ED%A0%80"),
    ],
)
def test_W1_no_line_end_or_control_reaches_a_header_or_the_index(tmp_path, open_writer, exchange, url, stored) -> None:
    with open_writer() as writer:
        capture = writer.write(exchange(url=url, metadata=(("via", url),)))
    assert capture.url == stored
    types = [(record.type, record.target_uri) for record in Reader(tmp_path).records(capture.file)]
    assert types == [("warcinfo", ""), ("response", stored), ("request", stored), ("metadata", stored)]
    for path in (tmp_path / "index").glob("*.cdxj"):
        assert len(path.read_text().splitlines()) == 1


def test_a_conversion_refers_to_its_capture_and_has_its_own_metadata(tmp_path, open_writer, exchange) -> None:
    with open_writer() as writer:
        capture = writer.write(exchange())
        stored = writer.write_conversion(
            capture, "– text –".encode(), "text/markdown; charset=utf-8", [("path", "ä.md")]
        )
    reader = Reader(tmp_path)
    with reader.record(stored.file, stored.offset) as record:
        fields = dict(record.fields)
        assert record.block.read().decode() == "– text –"
        assert record.finish() == stored.length
    assert fields["WARC-Type"] == "conversion"
    assert fields["WARC-Refers-To"] == capture.record_id
    assert fields["WARC-Target-URI"] == capture.url
    assert not {"WARC-Concurrent-To", "WARC-Refers-To-Target-URI", "WARC-Refers-To-Date"} & set(fields)
    with reader.record(stored.file, stored.offset + stored.length) as record:
        assert (record.type, record.get("WARC-Refers-To")) == ("metadata", stored.record_id)
        assert record.block.read().decode() == "path: ä.md\r\n"


def test_a_full_file_is_sealed_and_serials_continue(tmp_path, open_writer, exchange) -> None:
    for _ in range(2):
        with open_writer(rollover_bytes=1000) as writer:
            for number in range(3):
                writer.write(exchange(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(range(number, 256)) * 8))
    with open_writer(prefix="other-name", host="archive.example") as writer:
        writer.write(exchange())
    names = sorted(path.name for path in (tmp_path / "warc").iterdir())
    assert [name.split("-", 2)[2] for name in names if name.startswith("warcpress")][:3] == [
        "00000-archive.warc.gz",
        "00001-archive.warc.gz",
        "00002-archive.warc.gz",
    ]
    assert names[0].startswith("other-name-2026") and names[0].endswith("-00000-archive.example.warc.gz")
    assert sorted(Manifest(tmp_path).sealed()) == names


def test_every_capture_of_a_file_is_indexed_and_takes_little_memory_until_then(
    tmp_path, open_writer, exchange, monkeypatch
) -> None:
    """A file of 1 GB has 17,000 captures, which took 1.1 KB each."""
    body = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n%05d"
    monkeypatch.setattr("archive.write.writer._PACKED", 20)
    with open_writer() as writer:
        for number in range(50):
            writer.write(exchange(body % number, url=f"http://news.example/{number}"))
        writer.commit()
        tracemalloc.start()
        for number in range(50, 450):
            writer.write(exchange(body % number, url=f"http://news.example/{number}"))
            writer.commit()
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert held < 400 * 400
    urls = [line.url for line in Index(tmp_path).iterate()]
    assert len(urls) == len(set(urls)) == 450


def test_dates_are_written_in_utc(open_writer, exchange) -> None:
    shanghai = timezone(timedelta(hours=8))
    capture = open_writer().write(exchange(started_at=datetime(2026, 11, 22, 20, 0, tzinfo=shanghai)))
    assert capture.date == datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert capture.date.tzinfo is UTC


def test_a_damaged_chunked_body_has_no_payload_digest(open_writer, exchange) -> None:
    writer = open_writer()
    for _ in range(2):
        capture = writer.write(exchange(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n<html>"))
        assert (capture.kind, capture.payload_digest) == ("response", "")


@pytest.mark.parametrize(("field", "value"), [("prefix", "a/b"), ("prefix", ""), ("host", "a-b"), ("host", "é")])
def test_prefixes_and_hosts_that_do_not_fit_a_file_name_are_refused(tmp_path, field, value) -> None:
    with pytest.raises(UsageError, match=field):
        ArchiveWriter(tmp_path, **{field: value})


def test_R2_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StorageError, match="Not a directory"):
        ArchiveWriter(tmp_path / "data")


def test_a_response_that_cannot_be_read_stops_the_writer(open_writer, exchange) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    writer = open_writer()
    made = exchange()
    object.__setattr__(made, "response", Broken())
    with pytest.raises(StorageError, match="Input/output error"):
        writer.write(made)
    with pytest.raises(StorageError):
        writer.commit()


def test_unusable_fields_are_refused_and_the_writer_goes_on(tmp_path, open_writer, exchange) -> None:
    writer = open_writer()
    for name in ("", "two words", "a:b", "a\r\nb", "ä"):
        with pytest.raises(ValueError, match="not a field name"):
            writer.write(exchange(metadata=((name, "x"),)))
    assert writer.close() == []
    assert list((tmp_path / "warc").iterdir()) == []
    with open_writer() as writer:
        with pytest.raises(ValueError, match="not a field name"):
            writer.write(exchange(metadata=(("a b", "x"),)))
        capture = writer.write(exchange())
    assert [record.type for record in Reader(tmp_path).records(capture.file)] == ["warcinfo", "response", "request"]


class CountedDisk(Disk):
    """Counts its writes, and keeps the largest."""

    def __init__(self) -> None:
        self.writes = self.largest = 0

    def write(self, file: int, content: bytes) -> None:
        self.writes, self.largest = self.writes + 1, max(self.largest, len(content))
        super().write(file, content)


def test_an_exchange_is_written_at_once_and_a_large_one_in_parts(tmp_path, open_writer, exchange) -> None:
    disk = CountedDisk()
    writer = open_writer(disk=disk)
    first = writer.write(exchange(metadata=(("via", "http://news.example/"),)))
    assert disk.writes == 2  # the first is that of the warcinfo record
    writer.write_conversion(first, b"post", "text/markdown", [("post-path", "a.md")])
    assert disk.writes == 3
    writer.write(exchange(b"HTTP/1.1 200 OK\r\n\r\n" + random.Random(7).randbytes(3 << 20)))
    assert disk.writes <= 3 + 13
    assert disk.largest < 1 << 19
    writer.close()
    reader = Reader(tmp_path)
    assert len([record for file in reader.files() for record in reader.records(file)]) == 1 + 3 + 2 + 2
    assert [finding.message for finding in audit_paths([tmp_path]) if isinstance(finding, Finding)] == []
