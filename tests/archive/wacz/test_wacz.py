"""WACZ packages: members, digests, index lines that lead to records, copied originals, no half-made files."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import re
import struct
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive import ArchiveError, ArchiveWriter, Exchange, Reader, StorageError, audit_paths
from archive.audit.findings import Finding
from archive.index.cdxj import Line
from archive.wacz.pack import Packed, PackedPage, pack

URL = "http://news.example/a"
IMAGE = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 4\r\n\r\n\x89PNG"
NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\n\r\n"
CONDITIONAL = b'GET /a HTTP/1.1\r\nHost: news.example\r\nIf-None-Match: "1"\r\n\r\n'


@pytest.fixture
def archive(
    tmp_path: Path, open_writer: Callable[..., ArchiveWriter], exchange: Callable[..., Exchange]
) -> tuple[Path, datetime]:
    """A folder with two runs, and the first date of the second: a page and an image, then both again and a new page."""
    writer = open_writer()
    writer.write(exchange())
    writer.write(exchange(IMAGE, "http://news.example/logo.png"))
    writer.close()
    writer = open_writer()
    again = writer.write(exchange())
    writer.write(exchange(IMAGE, "http://static.example/logo.png"))
    writer.write(exchange(NOT_MODIFIED, request=CONDITIONAL))
    writer.write(exchange(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>new</p>", "http://news.example/b"))
    writer.write(exchange(b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\ngone", "http://news.example/c"))
    writer.close()
    return tmp_path, again.date


def packed(folder: Path, clock: Callable[[], datetime], **arguments: Any) -> tuple[Packed, zipfile.ZipFile]:
    target = folder / "out.wacz"
    result = pack(folder, target, clock=clock, new_id=lambda: "<urn:uuid:0>", **arguments)
    return result, zipfile.ZipFile(target)


def index_of(wacz: zipfile.ZipFile) -> list[Line]:
    """The index lines, read as readers do: through the blocks that index.idx names."""
    meta, *entries = wacz.read("indexes/index.idx").decode().splitlines()
    assert meta == '!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}'
    content = wacz.read("indexes/index.cdx.gz")
    lines: list[bytes] = []
    for entry in entries:
        prefix, place = entry.split(" {")[0], json.loads(entry[entry.index("{") :])
        block = content[place["offset"] : place["offset"] + place["length"]]
        assert place["digest"] == "sha256:" + hashlib.sha256(block).hexdigest()
        text = gzip.decompress(block)
        assert text.startswith(prefix.encode() + b" {")
        lines += text.splitlines(keepends=True)
    assert b"".join(lines) == gzip.decompress(content) and lines == sorted(lines)
    return [Line.parse(line) for line in lines]


@pytest.mark.parametrize("whole", [True, False])
def test_the_audit_finds_no_error(whole: bool, archive: tuple[Path, datetime], clock: Callable[[], datetime]) -> None:
    folder, again = archive
    pack(folder, folder / "out.wacz", since=None if whole else again, clock=clock)
    found = [item for item in audit_paths([folder / "out.wacz"], clock=clock) if isinstance(item, Finding)]
    softer = {"note"} if whole else {"note", "warning"}  # copied originals name requests that stayed out
    assert [one.as_json() for one in found if one.severity not in softer] == []


def test_every_file_and_record_is_in_the_package(archive: tuple[Path, datetime], clock: Callable[[], datetime]) -> None:
    folder, _ = archive
    result, wacz = packed(folder, clock)
    files = Reader(folder).files()
    assert (result.files, result.originals, result.captures, result.pages) == (tuple(files), 0, 6, 2)
    assert result.size == (folder / "out.wacz").stat().st_size
    assert [(info.filename, info.compress_type == zipfile.ZIP_STORED) for info in wacz.infolist()] == [
        *((f"archive/{name}", True) for name in files),
        ("indexes/index.cdx.gz", True),
        ("indexes/index.idx", False),
        ("pages/pages.jsonl", False),
        ("proof/manifest.jsonl", False),
        ("datapackage.json", False),
        ("datapackage-digest.json", False),
    ]
    for name in files:
        assert wacz.read(f"archive/{name}") == (folder / "warc" / name).read_bytes()
    assert wacz.read("proof/manifest.jsonl") == (folder / "manifest.jsonl").read_bytes()


def test_the_description_lists_every_member(archive: tuple[Path, datetime], clock: Callable[[], datetime]) -> None:
    _, wacz = packed(archive[0], clock, title="新闻", software="warcpress/1")
    content = wacz.read("datapackage.json")
    described = json.loads(content)
    resources = described.pop("resources")
    assert described == {
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "title": "新闻",
        "created": described["created"],
        "software": "warcpress/1",
    }
    assert re.fullmatch(r"2026-11-22T12:00:\d\dZ", described["created"])
    assert [one["path"] for one in resources] == [info.filename for info in wacz.infolist()][:-2]
    for one in resources:
        member = wacz.read(one["path"])
        assert (one["bytes"], one["hash"]) == (len(member), "sha256:" + hashlib.sha256(member).hexdigest())
        assert one["name"] == one["path"].split("/")[1]
    assert json.loads(wacz.read("datapackage-digest.json")) == {
        "path": "datapackage.json",
        "hash": "sha256:" + hashlib.sha256(content).hexdigest(),
    }


@pytest.mark.parametrize("part", [False, True])
def test_every_line_leads_to_its_record(
    archive: tuple[Path, datetime], clock: Callable[[], datetime], tmp_path: Path, part: bool
) -> None:
    folder, second = archive
    _, wacz = packed(folder, clock, since=second if part else None)
    lines = index_of(wacz)
    wacz.extractall(tmp_path / "unpacked")
    reader = Reader(tmp_path / "unpacked" / "archive")
    for line in lines:
        with reader.record(line.file, line.offset) as record:
            assert (record.record_id, record.target_uri, record.date) == (line.record_id, line.url, line.date)
            assert record.finish() == line.length
        assert line.mime != "warc/revisit" or line.refers_to in {other.record_id for other in lines}
    assert all(line.status != 304 for line in lines)


def test_since_takes_later_files_and_the_originals_they_refer_to(
    archive: tuple[Path, datetime], clock: Callable[[], datetime], tmp_path: Path
) -> None:
    folder, second = archive
    first_file, second_file = Reader(folder).files()
    result, wacz = packed(folder, clock, since=second)
    assert (result.files, result.originals, result.captures) == ((second_file,), 2, 6)
    wacz.extract("archive/originals.warc.gz", tmp_path / "unpacked")
    records = list(Reader(tmp_path / "unpacked" / "archive").records("originals.warc.gz"))
    assert [record.type for record in records] == ["warcinfo", "warcinfo", "response", "response"]
    assert records[0].get("WARC-Filename") == "originals.warc.gz"
    assert records[1].get("WARC-Filename") == first_file
    copied = [line for line in index_of(wacz) if line.file == "originals.warc.gz"]
    whole = wacz.read("archive/originals.warc.gz")
    source = (folder / "warc" / first_file).read_bytes()
    for line in copied:
        assert whole[line.offset : line.offset + line.length] in source
    later, empty = packed(folder, clock, since=second + timedelta(days=1))
    assert (later.files, later.captures, index_of(empty)) == ((), 0, [])


def test_pages_that_the_caller_gives(archive: tuple[Path, datetime], clock: Callable[[], datetime]) -> None:
    folder, date = archive
    pages = [PackedPage(URL, date, "题目\n\u2028", "正文"), PackedPage("http://news.example/b", date, "B")]
    result, wacz = packed(folder, clock, pages=pages)
    header, *lines = map(json.loads, wacz.read("pages/pages.jsonl").split(b"\n")[:-1])
    assert header == {"format": "json-pages-1.0", "id": "pages", "title": "All pages", "hasText": True}
    assert [{k: v for k, v in line.items() if k != "id"} for line in lines] == [
        {"url": URL, "ts": "2026-11-22T12:00:02.123456Z", "title": "题目\n\u2028", "text": "正文"},
        {"url": "http://news.example/b", "ts": "2026-11-22T12:00:02.123456Z", "title": "B"},
    ]
    assert len({line["id"] for line in lines}) == result.pages == 2


def test_without_pages_the_html_answers_are_listed(
    archive: tuple[Path, datetime], clock: Callable[[], datetime]
) -> None:
    _, wacz = packed(archive[0], clock)
    header, *lines = map(json.loads, wacz.read("pages/pages.jsonl").splitlines())
    assert header["hasText"] is False
    assert [line["url"] for line in lines] == [URL, "http://news.example/b"]


def test_member_headers_are_as_long_as_in_the_directory(
    archive: tuple[Path, datetime], clock: Callable[[], datetime]
) -> None:
    """ReplayWeb.page (wabac 2.27) expects no extra field in a header when the directory has none."""
    folder, second = archive
    _, wacz = packed(folder, clock, since=second)
    raw = (folder / "out.wacz").read_bytes()
    for info in wacz.infolist():
        name, extra = struct.unpack_from("<HH", raw, info.header_offset + 26)
        assert (name, extra, info.extra) == (len(info.filename), 0, b"")


def test_large_members_have_a_zip64_field_in_both_places(
    archive: tuple[Path, datetime], clock: Callable[[], datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 1000)
    folder, _ = archive
    _, wacz = packed(folder, clock)
    raw = (folder / "out.wacz").read_bytes()
    wide = 0
    for info in wacz.infolist():
        _, extra = struct.unpack_from("<HH", raw, info.header_offset + 26)
        wide += extra > 0
        assert not extra or info.extra
    assert wide == sum(info.file_size > 1000 for info in wacz.infolist()) > 0
    assert wacz.testzip() is None


def test_a_package_is_replaced_whole_or_not_at_all(
    archive: tuple[Path, datetime], clock: Callable[[], datetime]
) -> None:
    folder, date = archive
    target = folder / "out.wacz"
    target.write_bytes(b"the old one")

    def broken() -> Iterator[PackedPage]:
        yield PackedPage(URL, date, "one")
        raise RuntimeError("no more pages")

    before = sorted(folder.iterdir())
    with pytest.raises(RuntimeError):
        pack(folder, target, pages=broken(), clock=clock)
    assert target.read_bytes() == b"the old one" and sorted(folder.iterdir()) == before
    with pytest.raises(StorageError, match=r"nowhere.*out.wacz is as it was"):
        pack(folder, folder / "nowhere" / "out.wacz", clock=clock)
    pack(folder, target, clock=clock)
    assert zipfile.is_zipfile(target) and sorted(folder.iterdir()) == before


def test_a_package_in_somebodys_folder_does_not_pack_the_one_that_it_replaces(
    archive: tuple[Path, datetime], clock: Callable[[], datetime]
) -> None:
    folder, _ = archive
    (folder / "manifest.jsonl").unlink()
    first, _ = packed(folder, clock)
    again, _ = packed(folder, clock)
    assert (again.files, again.captures, len(again.files)) == (first.files, first.captures, 2)


def test_a_file_that_readers_of_packages_do_not_read_is_named(
    archive: tuple[Path, datetime], clock: Callable[[], datetime], caplog: pytest.LogCaptureFixture
) -> None:
    folder, _ = archive
    first = min((folder / "warc").iterdir())
    first.rename(first.with_name("a.warc.zst"))
    pack(folder, folder / "out.wacz", since=None, files=["a.warc.zst"], clock=clock)
    assert caplog.messages == [
        "a.warc.zst: packages are for .warc and .warc.gz; few readers of packages read this file"
    ]


def test_a_missing_file_is_named(archive: tuple[Path, datetime], clock: Callable[[], datetime]) -> None:
    folder, _ = archive
    lost = Reader(folder).files()[0]
    (folder / "warc" / lost).unlink()
    with pytest.raises(ArchiveError, match=rf"{re.escape(lost)}: in the index, but missing"):
        pack(folder, folder / "out.wacz", clock=clock)


def test_large_files_are_packed_in_pieces(
    tmp_path: Path, open_writer: Callable[..., ArchiveWriter], exchange: Callable[..., Exchange]
) -> None:
    writer = open_writer()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n"
    writer.write(exchange(head + random.Random(1).randbytes(24_000_000)))
    writer.close()
    tracemalloc.start()
    try:
        result = pack(tmp_path, tmp_path / "out.wacz")
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()
    assert result.size > 24_000_000


def test_an_archive_without_captures_is_packed(tmp_path: Path, clock: Callable[[], datetime]) -> None:
    (tmp_path / "warc").mkdir()
    result, wacz = packed(tmp_path, clock)
    assert (result.captures, result.pages, index_of(wacz)) == (0, 0, [])
    assert io.BytesIO(wacz.read("indexes/index.cdx.gz")).read() == b""
