"""Our files read by warcio, FastWARC and cdxj-indexer: every record, every digest that they can check, every key."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
from io import BytesIO
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from programs import need
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParser

from archive import Index, Line, Reader


@pytest.fixture
def file(tmp_path, open_writer, exchange):
    """One record of each type, with compressible, stored and mixed content."""
    with open_writer() as writer:
        noise = random.Random(7).randbytes(700_000)
        first = writer.write(exchange(metadata=(("via", "http://news.example/"),)))
        writer.write(exchange(b"HTTP/1.1 200 OK\r\n\r\n" + noise, url="http://news.example/image"))
        mixed = b"<p>" * 100_000 + noise[:300_000] + b"</p>" * 100_000
        writer.write(exchange(b"HTTP/1.1 200 OK\r\n\r\n" + mixed, url="http://news.example/mixed"))
        writer.write(exchange(b"HTTP/1.1 200 OK\r\n\r\n" + gzip.compress(mixed), url="http://news.example/gz"))
        writer.write(exchange(url="http://news.example/again"))
        writer.write(exchange(b"", url="http://news.example/nothing", truncated="disconnect"))
        writer.write_conversion(first, b"---\n", "text/markdown; charset=utf-8", [("path", "a.md")])
    return tmp_path, first.file


def test_warcio_reads_every_record_and_agrees_with_every_digest(file) -> None:
    folder, name = file
    ours = [(record.type, record.record_id) for record in Reader(folder).records(name)]
    theirs = []
    with (folder / "warc" / name).open("rb") as stream:
        for record in ArchiveIterator(stream, check_digests="raise"):
            record.content_stream().read()
            theirs.append((record.rec_type, record.rec_headers.get_header("WARC-Record-ID")))
    assert theirs == ours
    assert len(ours) == 16


def test_warcio_writes_the_head_of_every_record_in_the_same_bytes(tmp_path, open_writer, exchange) -> None:
    nasty = json.loads((Path(__file__).parents[2] / "nasty_strings.json").read_text("utf-8"))
    with open_writer(warcinfo=[("operator", nasty[0])]) as writer:
        for text in nasty:
            captured = writer.write(exchange(url=f"http://news.example/{text}", metadata=(("via", text),)))
        writer.write_conversion(captured, b"---\n", "text/markdown; charset=utf-8", [("title", text) for text in nasty])
    content = gzip.decompress((tmp_path / "warc" / captured.file).read_bytes())
    source, heads = BytesIO(content), 0
    while source.tell() < len(content):
        start = source.tell()
        parsed = StatusAndHeadersParser(["WARC/1.1"]).parse(source)
        written = StatusAndHeaders("", parsed.headers, protocol="WARC/1.1").to_bytes(encoding="utf-8")
        assert content[start : start + len(written)] == written
        source.seek(start + len(written) + int(parsed.get_header("Content-Length")) + 4)
        heads += 1
    assert heads == 3 * len(nasty) + 3


def test_fastwarc_reads_every_record_and_agrees_with_every_block_digest(file) -> None:
    folder, name = file
    count = 0
    with (folder / "warc" / name).open("rb") as stream:
        for record in FastIterator(stream, parse_http=False):
            assert record.verify_block_digest()
            count += 1
    assert count == 16


def test_gzip_reads_one_member_per_record(file) -> None:
    folder, name = file
    content = (folder / "warc" / name).read_bytes()
    for record in Reader(folder).records(name):
        length = record.finish()
        text = gzip.decompress(content[record.offset : record.offset + length])
        assert text.startswith(b"WARC/1.1\r\nWARC-Type: " + record.type.encode())
        assert text.endswith(b"\r\n\r\n")


FORM = b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1 &\r\n--B--\r\n'
REQUESTS = (
    ("GET", "", b""),
    ("POST", "application/x-www-form-urlencoded", b"b=2&a=%C3%BC+x"),
    ("POST", "application/x-www-form-urlencoded", b"a=\xff"),
    ("POST", "multipart/form-data; boundary=B", FORM),
    ("PUT", "application/json", b'{"a": {"b": [1, 2]}, "c": "x y", "b": true}'),
    ("POST", "text/plain", b"hello"),
    ("POST", "application/octet-stream", bytes(range(256)) * 40),
)


def test_cdxj_indexer_finds_the_same_captures_under_the_same_keys(tmp_path, open_writer, exchange) -> None:
    indexer = need("cdxj-indexer", "pip install cdxj-indexer")
    with open_writer() as writer:
        for number, (method, kind, body) in enumerate(REQUESTS):
            head = f"{method} / HTTP/1.1\r\nContent-Length: {len(body)}\r\nContent-Type: {kind}\r\n\r\n".encode()
            page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n%d" % number
            writer.write(exchange(page, "http://news.example/a?q=1", method=method, request=head + body))
    output = tmp_path / "theirs.cdxj"
    [file] = (tmp_path / "warc").iterdir()
    subprocess.run([indexer, "--post-append", "--output", output, file], timeout=60, check=True)
    theirs = [Line.parse(line) for line in output.read_bytes().splitlines()]
    ours = list(Index(tmp_path).iterate())
    assert len(ours) == len(REQUESTS)
    assert sorted(map(_places, theirs)) == sorted(map(_places, ours))


def _places(line: Line) -> tuple[object, ...]:
    return line.key, line.timestamp, line.offset, line.length, line.method, line.request_body.lower()
