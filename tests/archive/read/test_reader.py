"""The reader: locations, files of other writers, damage that is always an error, bounded memory."""

from __future__ import annotations

import gzip
import io
import tracemalloc
from typing import Any

import pytest

from archive import ArchiveError, ArchiveWriter, BadRecord, Reader, captures, parse_fields, request_of
from archive.warc.filenames import WarcName

MIB = 1 << 20


def _warc(*records: tuple[str, bytes]) -> bytes:
    """Uncompressed records as other writers make them."""
    parts = []
    for number, (kind, block) in enumerate(records):
        head = (
            f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:x:{number}>\r\n"
            f"WARC-Date: 2020-01-02T03:04:05Z\r\nWARC-Target-URI: <http://a.example/{number}>\r\n"
            f"Content-Length: {len(block)}\r\n\r\n"
        )
        parts.append(head.encode() + block + b"\r\n\r\n")
    return b"".join(parts)


def test_captures_read_back_equal_those_of_the_writer(tmp_path, open_writer, exchange) -> None:
    writer = open_writer()
    made = [
        writer.write(exchange(metadata=(("via", "http://news.example/"),), duration_ms=7)),
        writer.write(exchange(url="http://news.example/b")),
        writer.write(exchange(b"", truncated="time")),
        writer.write(exchange(b"<html>", truncated="unspecified")),
    ]
    writer.commit()
    reader = Reader(tmp_path)
    assert list(captures(reader, made[0].file)) == made, "of a file that is still open, too"
    writer.close()
    again = list(captures(reader, made[0].file))
    assert again == made
    assert [(c.head, c.extra) for c in again] == [(c.head, c.extra) for c in made]
    assert again[0].extra == {"via": "http://news.example/", "fetchTimeMs": "7"}


def test_record_ids_are_found_with_and_without_digests(tmp_path, open_writer, exchange, page) -> None:
    with open_writer() as writer:
        capture = writer.write(exchange())
    for _ in range(2):
        reader = Reader(tmp_path)
        assert reader.entity(capture.record_id, 100) == b"<p>hello</p>"
        with reader.response(capture.record_id) as response:
            assert response.head + response.body.read() == page
        with pytest.raises(ArchiveError, match="no response or revisit <urn:none>"):
            reader.entity("<urn:none>", 100)
        (tmp_path / "index" / "digests.sqlite").unlink(missing_ok=True)


def test_the_request_of_a_capture_is_found(tmp_path, open_writer, exchange) -> None:
    with open_writer() as writer:
        made = [writer.write(exchange(url=f"http://a/{n}", request=b"GET /%d HTTP/1.1\r\n\r\n" % n)) for n in range(3)]
    reader = Reader(tmp_path)
    for number, capture in enumerate(made):
        with request_of(reader, capture) as record:
            assert record.block.read() == b"GET /%d HTTP/1.1\r\n\r\n" % number


def test_a_revisit_with_another_transfer_coding_is_decoded(tmp_path, open_writer, exchange) -> None:
    body = gzip.compress(b"<p>hello</p>", mtime=0)
    plain = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + body
    chunked = (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    )
    with open_writer() as writer:
        made = [
            writer.write(exchange(plain, url="http://a")),
            writer.write(exchange(chunked, url="http://b")),
            writer.write(exchange(b"HTTP/1.1 200 OK\r\n\r\n" + body, url="http://c")),
        ]
    assert [capture.kind for capture in made] == ["response", "revisit", "revisit"]
    reader = Reader(tmp_path)
    assert [reader.entity(capture, 100) for capture in made] == [b"<p>hello</p>", b"<p>hello</p>", body]


@pytest.mark.parametrize("compressed", [True, False])
def test_files_of_other_writers_are_read(tmp_path, compressed) -> None:
    block = b"HTTP/1.0 200 OK\nContent-Type: text/plain\n\nhello"
    content = _warc(("warcinfo", b""), ("response", block), ("resource", b"x" * 70_000))
    name = "theirs.warc.gz" if compressed else "theirs.warc"
    if compressed:
        parts = content.split(b"WARC/1.0")[1:]
        content = b"".join(gzip.compress(b"WARC/1.0" + part) for part in parts)
    (tmp_path / name).write_bytes(content)
    reader = Reader(tmp_path)
    assert reader.files() == [name]
    records = [(r.type, r.target_uri, r.offset, r.offset + r.finish()) for r in reader.records(name)]
    assert [kind for kind, *_ in records] == ["warcinfo", "response", "resource"]
    assert records[1][1] == "http://a.example/1"
    assert [start for *_, start, _ in records] == [0, *(end for *_, end in records[:-1])]
    assert records[-1][3] == len(content)
    assert reader.entity("<urn:x:1>", 10) == b"hello"


@pytest.mark.parametrize("compressed", [True, False])
def test_a_cut_file_is_an_error_at_every_byte(tmp_path, compressed) -> None:
    content = _warc(("response", b"HTTP/1.0 200 OK\r\n\r\nhello"))
    content = gzip.compress(content) if compressed else content
    name = "cut.warc.gz" if compressed else "cut.warc"
    for end in range(1, len(content)):
        (tmp_path / name).write_bytes(content[:end])
        with pytest.raises(BadRecord, match=rf"^{name}:0: "):
            list(captures(Reader(tmp_path), name))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (_warc(("response", b"x")).replace(b"Content-Length: 1", b"Content-Length: -1"), "Content-Length is '-1'"),
        (_warc(("response", b"x")).replace(b"Content-Length: 1", b"Content-Length: 2"), "Content-Length does not fit"),
        (_warc(("response", b"x")).replace(b"Content-Length: 1", b"X: 1"), "Content-Length is None"),
        (_warc(("response", b"x")).replace(b"WARC/1.0", b"HTTP/1.0"), "no version line of WARC"),
        (_warc(("response", b"x")).replace(b"WARC-Date: ", b"no colon "), "no WARC-Date|not a WARC-Date"),
        (b"WARC/1.0\r\n" + b"X: " + b"y" * (2 * MIB), "header does not end"),
        (gzip.compress(b"", mtime=0), "no record in this file"),
    ],
)
def test_bad_records_name_the_reason(tmp_path, content, reason) -> None:
    (tmp_path / "bad.warc.gz").write_bytes(content)
    with pytest.raises(BadRecord, match=reason):
        list(captures(Reader(tmp_path), "bad.warc.gz"))


@pytest.mark.parametrize("name", ["../a.warc.gz", "a/b.warc.gz", "", "..", "a\\b"])
def test_names_that_leave_the_folder_are_refused(tmp_path, name) -> None:
    with pytest.raises(ArchiveError, match="not the name of a WARC file"):
        Reader(tmp_path).record(name, 0)


def test_a_missing_file_is_a_bad_record(tmp_path) -> None:
    with pytest.raises(BadRecord, match="can't be opened: No such file"):
        Reader(tmp_path).record("a.warc.gz", 0)


def test_warc_fields_are_parsed() -> None:
    assert parse_fields(b"a: b\r\nno colon\r\nc : d\r\n  e\r\n: f\r\ng:\xe2\x80\xa8\xc2\xa0\n") == [
        ("a", "b"),
        ("c", "d e"),
        ("g", "\u2028\u00a0"),
    ]


class _Zeros(io.RawIOBase):
    """A large response that is generated while it is read; its middle does not repeat."""

    def __init__(self, size: int) -> None:
        self._size, self._position = size, 0
        self._head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % size
        self._end = b"\r\n0\r\n\r\n"

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        assert whence == 0
        self._position = offset
        return offset

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        head, middle = len(self._head), len(self._head) + self._size
        if self._position < head:
            piece = self._head[self._position : self._position + len(buffer)]
        elif self._position < middle:
            piece = bytes(min(len(buffer), middle - self._position))
        else:
            piece = self._end[self._position - middle : self._position - middle + len(buffer)]
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)


def test_100_mib_are_written_and_read_in_bounded_memory(tmp_path, exchange) -> None:
    size = 100 * MIB
    made = exchange()
    object.__setattr__(made, "response", io.BufferedReader(_Zeros(size), MIB))
    tracemalloc.start()
    try:
        with ArchiveWriter(tmp_path) as writer:
            capture = writer.write(made)
        writing = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        with Reader(tmp_path).response(capture) as response:
            length = 0
            while piece := response.body.read(MIB):
                length += len(piece)
        reading = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert length == size + len(b"6400000\r\n\r\n0\r\n\r\n")
    assert max(writing, reading) < 12 * MIB


def test_file_names_are_parsed() -> None:
    name = WarcName.parse("my-news-20261122120000-00042-archive.example.warc.gz")
    assert name == WarcName("my-news", "20261122120000", 42, "archive.example")
    assert str(name) == "my-news-20261122120000-00042-archive.example.warc.gz"
    assert WarcName.parse("theirs.warc.gz") is None
