"""Each form in which tools store records is read: each record alone, at the place that the index has."""

from __future__ import annotations

import gc
import gzip
import io
import random
import tempfile
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zstandard
from warctext import (
    BODY,
    RESPONSE,
    changed,
    fields,
    gz,
    label,
    members,
    request,
    response,
    response_fields,
    text,
    uid,
    warcinfo,
)

from archive import BadRecord, Capture, CodingError, Reader, captures, request_of
from archive.cli import main
from archive.index.cdxj import Line
from archive.index.index import Index
from archive.read.streams import StoredFile

SECOND = b"<html><p>Another</p></html>"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + SECOND
RECORDS = [warcinfo(), request(2, 3), response(3, 2), request(4, 5), response(5, 4, ANSWER, SECOND)]
HEAD = RECORDS[2].index(b"\r\n\r\n") + 4


def zst(*records: bytes, dictionary: zstandard.ZstdCompressionDict | None = None) -> bytes:
    compressor = zstandard.ZstdCompressor(dict_data=dictionary)
    return b"".join(compressor.compress(record) for record in records)


def zst_with_dictionary() -> bytes:
    dictionary = zstandard.ZstdCompressionDict(b"".join(RECORDS) * 4)
    content = dictionary.as_bytes()
    return b"\x5d\x2a\x4d\x18" + len(content).to_bytes(4, "little") + content + zst(*RECORDS, dictionary=dictionary)


def in_blocks(size: int, compress: Callable[[bytes], bytes] = gz, records: list[bytes] = RECORDS) -> bytes:
    """The whole file in members of one size, as bgzip writes them; the last one is empty."""
    content = b"".join(records)
    return b"".join(compress(content[at : at + size]) for at in range(0, len(content) + size, size))


def arc(*blocks: tuple[str, bytes]) -> list[bytes]:
    version = b"1 0 Test\nURL IP-address Archive-date Content-type Archive-length\n\n"
    first = b"filedesc://a.arc 0.0.0.0 20261120100000 text/plain %d\n%s\n" % (len(version), version)
    rest = (
        f"{url} 192.0.2.1 20261120100000 text/html {len(block)}\n".encode() + block + b"\n" for url, block in blocks
    )
    return [first, *rest]


ARC = arc(("http://example.org/page", RESPONSE), ("http://example.org/b", ANSWER))
FORMS = {
    "a member for each record": ("a.warc.gz", members(RECORDS)),
    "no compression": ("a.warc", b"".join(RECORDS)),
    "zstd": ("a.warc.zst", zst(*RECORDS)),
    "zstd with a dictionary": ("a.warc.zst", zst_with_dictionary()),
    "one member for all": ("a.warc.gz", gz(b"".join(RECORDS))),
    "two records in a member": ("a.warc.gz", members([*RECORDS[:2], RECORDS[2] + RECORDS[3], RECORDS[4]])),
    "header and block in two members": (
        "a.warc.gz",
        members([*RECORDS[:2], RECORDS[2][:HEAD], RECORDS[2][HEAD:], *RECORDS[3:]]),
    ),
    "a header in two members": (
        "a.warc.gz",
        members([*RECORDS[:2], RECORDS[2][:50], RECORDS[2][50:], *RECORDS[3:]]),
    ),
    "the end in the next member": (
        "a.warc.gz",
        members([*RECORDS[:2], RECORDS[2][:-2], RECORDS[2][-2:], *RECORDS[3:]]),
    ),
    "a block in three zstd frames": (
        "a.warc.zst",
        zst(*RECORDS[:2], RECORDS[2][: HEAD + 9], RECORDS[2][HEAD + 9 : -9], RECORDS[2][-9:], *RECORDS[3:]),
    ),
    "blank lines in members": ("a.warc.gz", members(record + b"\r\n\r\n" for record in RECORDS)),
    "blank lines without compression": ("a.warc", b"".join(record + b"\n\r\n" for record in RECORDS)),
    "blank lines between records of a member": ("a.warc.gz", gz(b"\r\n".join(RECORDS))),
    "blank lines first in members": ("a.warc.gz", members(b"\r\n\r\n" + record for record in RECORDS)),
    "blank lines first without compression": ("a.warc", b"\r\n\n" + b"".join(RECORDS)),
    **{
        f"records that end in {end!r}": ("a.warc.gz", members(record[:-4] + end for record in RECORDS))
        for end in (b"\n", b"\r\n\n", b"\n\r\n", b"\r\r")
    },
    "no end of the last record": ("a.warc", b"".join(RECORDS)[:-4]),
    "no end of any record": ("a.warc.gz", members(record[:-4] for record in RECORDS)),
    "a small version line": ("a.warc.gz", members(record.replace(b"WARC/1.1", b"warc/1.0", 1) for record in RECORDS)),
    "line feeds in headers": (
        "a.warc",
        b"".join(record[:HEAD].replace(b"\r\n", b"\n") + record[HEAD:] for record in (RECORDS[2], RECORDS[4])),
    ),
    **{f"blocks of {size}": ("a.warc.gz", in_blocks(size)) for size in (5, 37, 100, 333, 1000, 65280)},
    "zstd frames of 200": ("a.warc.zst", in_blocks(200, zstandard.compress)),
    "ARC": ("a.arc", b"".join(ARC)),
    "ARC with dates in 12 digits": ("a.arc", b"".join(ARC).replace(b" 20261120100000 ", b" 202611201000 ")),
    "ARC in members": ("a.arc.gz", members(ARC)),
    "ARC in one member": ("a.arc.gz", gz(b"".join(ARC))),
    **{f"ARC in blocks of {size}": ("a.arc.gz", in_blocks(size, gz, ARC)) for size in (100, 333, 1000)},
}


def bodies(reader: Reader, file: str) -> list[bytes]:
    """The bodies of all captures, each read alone, by its capture and by its line of the index."""
    made = list(captures(reader, file, []))
    read = [reader.entity(capture, 1000) for capture in made]
    assert [reader.entity(Line.parse(bytes(Line.of(capture))), 1000) for capture in made] == read
    return read


@pytest.mark.parametrize("form", FORMS)
def test_each_record_is_read_at_the_place_in_the_index(tmp_path: Path, form: str) -> None:
    name, content = FORMS[form]
    (tmp_path / name).write_bytes(content)
    reader = Reader(tmp_path)
    assert reader.files() == [name]
    assert bodies(reader, name) == [BODY, SECOND]
    if not name.startswith("a.arc"):
        assert reader.entity(uid(5), 1000) == SECOND


@pytest.mark.parametrize(
    "place", ["A.WARC.GZ", "warc/a.warc.gz", "archive/a.Warc.Gz", "jobs/1/warcs/a.warc.gz"], ids=str
)
def test_files_are_found_by_any_name_in_any_folder(tmp_path: Path, place: str) -> None:
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_bytes(members(RECORDS))
    reader = Reader(tmp_path)
    (file,) = reader.files()
    assert place.endswith(file)
    assert bodies(reader, file) == [BODY, SECOND]
    assert bodies(Reader(tmp_path / place), place.rpartition("/")[2]) == [BODY, SECOND], "the file alone"


def packed(members_of_zip: dict[str, bytes], compression: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as out:
        for name, content in members_of_zip.items():
            out.writestr(name, content)
    return file.getvalue()


DEEP = packed({"archive/a.warc": b"".join(RECORDS)}, zipfile.ZIP_DEFLATED)


@pytest.mark.parametrize(
    ("content", "compression"),
    [
        ({"archive/a.warc.gz": members(RECORDS)}, zipfile.ZIP_STORED),
        ({"archive/a.warc.gz": members(RECORDS)}, zipfile.ZIP_DEFLATED),
        ({"archive/a.warc": b"".join(RECORDS)}, zipfile.ZIP_BZIP2),
        ({"archive/a.arc.gz": members(ARC)}, zipfile.ZIP_DEFLATED),
        ({"inner.wacz": DEEP}, zipfile.ZIP_DEFLATED),
        ({"inner.wacz": packed({"deep.wacz": DEEP}, zipfile.ZIP_STORED)}, zipfile.ZIP_LZMA),
    ],
)
def test_a_file_in_a_package_is_read_stored_or_compressed(
    tmp_path: Path,
    content: dict[str, bytes],
    compression: int,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    """WACZ wants WARC files stored; those that are compressed are unpacked into a temporary file meanwhile."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    package = tmp_path / "evidence" / "a.wacz"
    package.parent.mkdir()
    package.write_bytes(packed({"datapackage.json": b"{}", **content}, compression))
    reader = Reader(package)
    [file] = reader.files()
    assert bodies(reader, file) == [BODY, SECOND]
    assert [*Reader(package.parent).files()] == [f"a.wacz!{file}"]
    assert bodies(Reader(package.parent), f"a.wacz!{file}") == [BODY, SECOND]
    assert reader.path(file) == package
    del reader
    assert main(["lookup", str(package), "http://example.org/page"]) == 0
    assert main(["show", str(package), "http://example.org/page"]) == 0
    assert capsysbinary.readouterr().out.endswith((BODY, SECOND))
    gc.collect()
    assert list(scratch.iterdir()) == [] and list(package.parent.iterdir()) == [package]


def test_a_compressed_member_that_can_not_be_unpacked_is_named(tmp_path: Path) -> None:
    content = {"archive/a.warc.gz": members(RECORDS), "archive/bomb.warc": bytes(300 << 20)}
    broken = bytearray(packed(content, zipfile.ZIP_DEFLATED))
    broken[200] ^= 0xFF
    (tmp_path / "a.wacz").write_bytes(broken)
    reader = Reader(tmp_path / "a.wacz")
    for file, reason in (("a.warc.gz", "can't be read from its package"), ("bomb.warc", "unpack to more than")):
        with pytest.raises(BadRecord, match=reason):
            list(captures(reader, file))


def test_a_resource_is_its_own_body(tmp_path: Path) -> None:
    block = b"Hello, \x00"
    record = text(fields("resource", 3, block, ("WARC-Target-URI", "ftp://example.org/a"), payload=block), block)
    (tmp_path / "a.warc.gz").write_bytes(members([record]))
    reader = Reader(tmp_path)
    (capture,) = captures(reader, "a.warc.gz")
    assert (capture.kind, capture.status, capture.mime, capture.head) == ("resource", None, "text/plain", b"")
    assert reader.entity(capture, 100) == reader.entity(uid(3), 100) == block


LONG = RESPONSE + b"left"
TOO_SHORT = text(changed(fields("response", 3, LONG), "Content-Length", str(len(RESPONSE))), LONG)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (
            text(changed(fields("response", 3, LONG), "Content-Length", str(len(RESPONSE))), LONG),
            "Content-Length does not fit",
        ),
        (text(fields("response", 3, RESPONSE), RESPONSE[:-4]), "Content-Length does not fit|before its length"),
        (response()[:-4].replace(label(RESPONSE).encode(), label(b"").encode()), "Content-Length does not fit"),
        (response() + b"left over\r\n\r\n", None),
        (response() + b"\r\n" + b"WARC-Type: response\r\n" + response()[10:], None),
    ],
    ids=["too short", "too long", "no end, other digest", "garbage behind", "damaged record behind"],
)
@pytest.mark.parametrize("compressed", [True, False])
def test_a_record_whose_length_is_wrong_is_an_error(
    tmp_path: Path, record: bytes, reason: str | None, compressed: bool
) -> None:
    name = "a.warc.gz" if compressed else "a.warc"
    (tmp_path / name).write_bytes(gz(record) if compressed else record)
    reader = Reader(tmp_path)
    if reason is None:
        with reader.record(name, 0) as opened:
            opened.finish()
        return
    with pytest.raises(BadRecord, match=reason), reader.record(name, 0) as opened:
        opened.finish()


def test_damage_of_a_member_is_an_error_of_its_body(tmp_path: Path) -> None:
    content = bytearray(members([response()]))
    content[-6] ^= 1  # CRC32
    (tmp_path / "a.warc.gz").write_bytes(content)
    with pytest.raises(BadRecord, match="does not inflate"):
        Reader(tmp_path).entity(capture_at(0), 1000)


def capture_at(offset: int) -> Capture:
    when = datetime(2026, 11, 20, 10, tzinfo=UTC)
    return Capture(uid(3), "response", "http://example.org/page", when, "a.warc.gz", offset, 0, 200, "", "")


BREAK = [gz(b"damaged")[:-9] + b"\xff" * 9]
REQUESTS: dict[str, Callable[[], dict[str, bytes]]] = {
    "right behind it": lambda: {"a.warc.gz": members([response(), request()])},
    "right before it": lambda: {"a.warc.gz": members([request(), response()])},
    "in one member with it": lambda: {"a.warc.gz": gz(request() + response())},
    "behind damage": lambda: {"a.warc.gz": b"".join([gz(response()), *BREAK, gz(response(5, 9)), gz(request())])},
    "in the next file": lambda: {"a.warc.gz": gz(response()), "b.warc.gz": gz(request())},
    "in the file before, behind damage": lambda: {
        "a.warc.gz": b"".join([*BREAK, gz(request())]),
        "b.warc.gz": gz(response()),
    },
}


@pytest.mark.parametrize("where", REQUESTS)
def test_the_request_is_found(tmp_path: Path, where: str) -> None:
    for name, content in REQUESTS[where]().items():
        (tmp_path / name).write_bytes(content)
    reader = Reader(tmp_path)
    with reader.response(uid(3)) as opened:
        file, offset = opened.record.file, opened.record.offset
    (capture,) = (one for one in captures(reader, file, []) if one.record_id == uid(3))
    assert capture.offset == offset
    with request_of(reader, capture) as record:
        assert record.record_id == uid(2)
        assert record.block.read().startswith(b"GET /page")


NOISE = bytes(range(256)) * 8
PLAIN = "Plain text that nobody coded, \u00e4 \u20ac.\n".encode() * 9
CODED: dict[str, bytes] = {
    "gzip": b"Content-Encoding: gzip",
    "deflate": b"Content-Encoding: deflate",
    "br": b"Content-Encoding: br",
    "zstd": b"Content-Encoding: zstd",
    "chunked": b"Transfer-Encoding: chunked",
    "gzip and chunked": b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked",
}


def stored(tmp_path: Path, head: bytes, body: bytes, *, digested: bytes | None = None) -> Reader:
    """A reader of one response with this body; `digested` are the bytes that its block digest is of, if others."""
    block = b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + body
    made = response_fields(block=block, payload=body)
    if digested is not None:
        wrong = label(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + digested)
        made = [(name, wrong if name == "WARC-Block-Digest" else value) for name, value in made]
    (tmp_path / "a.warc").write_bytes(text(made, block))
    return Reader(tmp_path)


@pytest.mark.parametrize("coding", CODED)
@pytest.mark.parametrize("body", [BODY, PLAIN, NOISE, b"GIF89a" + NOISE], ids=["markup", "text", "noise", "image"])
def test_a_body_that_is_stored_decoded_is_given_as_it_is(
    tmp_path: Path, coding: str, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    reader = stored(tmp_path, CODED[coding], body)
    assert reader.entity(uid(3), 10_000) == body
    told = [record.message for record in caplog.records if "stored without" in record.message]
    assert told or body in (BODY, PLAIN), "only text, which no coding begins with, needs no word"


@pytest.mark.parametrize("coding", CODED)
def test_a_decoded_body_with_another_digest_is_damaged(tmp_path: Path, coding: str) -> None:
    reader = stored(tmp_path, CODED[coding], NOISE, digested=NOISE[1:])
    with pytest.raises(CodingError):
        reader.entity(uid(3), 10_000)


def test_a_coded_body_that_is_damaged_or_cut_is_an_error(tmp_path: Path) -> None:
    coded = gzip.compress(BODY * 9, mtime=0)
    damaged = coded[:12] + b"\xff\xff" + coded[14:]
    for body in (coded[:-12], damaged):
        with pytest.raises(CodingError):
            stored(tmp_path, CODED["gzip"], body).entity(uid(3), 10_000)
    for body in (b"5\r\nhel", b"5", b"5\r\nhello\r\n"):
        with pytest.raises(CodingError, match="ends early"):
            stored(tmp_path, CODED["chunked"], body).entity(uid(3), 10_000)


def test_look_ups_without_digests_ask_the_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "warc").mkdir()
    (tmp_path / "warc" / "a.warc.gz").write_bytes(members(RECORDS))
    reader = Reader(tmp_path)
    Index(tmp_path).rebuild(captures(reader, "a.warc.gz"))
    monkeypatch.setattr(Index, "rebuild", None)  # so that making another index fails
    assert reader.entity(uid(5), 1000) == SECOND


def test_a_huge_record_is_read_in_flat_memory(tmp_path: Path) -> None:
    size = 100 << 20
    head = b"HTTP/1.1 200 OK\r\n\r\n"
    kept = [(name, value) for name, value in fields("response", 3, head) if name != "WARC-Block-Digest"]
    start = text(changed(kept, "Content-Length", str(len(head) + size)), head)[:-4]
    for name, opened in (("a.warc.gz", gzip.open), ("a.warc.zst", zstandard.open)):
        with opened(tmp_path / name, "wb") as out:
            out.write(start)
            for _ in range(size >> 20):
                out.write(bytes(1 << 20))
            out.write(b"\r\n\r\n")
        tracemalloc.start()
        try:
            reader = Reader(tmp_path / name)
            capture = replace(capture_at(0), file=name)
            assert sum(map(len, reader.entity_pieces(capture, size))) == size
            assert tracemalloc.get_traced_memory()[1] < 24 << 20
        finally:
            tracemalloc.stop()


def test_record_ids_without_brackets_are_found(tmp_path: Path) -> None:
    bare = uid(3).strip("<>")
    (tmp_path / "a.warc.gz").write_bytes(members([response().replace(uid(3).encode(), bare.encode())]))
    reader = Reader(tmp_path)
    assert [reader.entity(name, 1000) for name in (bare, uid(3), bare)] == [BODY] * 3


def test_a_segment_is_no_whole_body(tmp_path: Path) -> None:
    first = text(fields("response", 3, RESPONSE, ("WARC-Segment-Number", "1")), RESPONSE)
    (tmp_path / "a.warc.gz").write_bytes(members([first]))
    with pytest.raises(BadRecord, match="segments are not joined"):
        Reader(tmp_path).entity(uid(3), 1000)


def test_files_within_packages_are_packed_as_they_are_stored(tmp_path: Path) -> None:
    folder = tmp_path / "handed-over"
    folder.mkdir()
    with zipfile.ZipFile(folder / "a.wacz", "w") as out:
        out.writestr("archive/a.warc.gz", members(RECORDS))
    assert main(["index", str(folder)]) == 0
    assert main(["pack", str(folder), str(tmp_path / "b.wacz")]) == 0
    reader = Reader(tmp_path / "b.wacz")
    (file,) = reader.files()
    assert bodies(reader, file) == [BODY, SECOND]
    assert b"".join(reader.pieces(file)) == members(RECORDS)


@pytest.mark.parametrize("named", ["url", "id", "place"])
@pytest.mark.parametrize("part", ["page", "response"])
def test_a_capture_is_read_once_to_be_shown(
    tmp_path: Path, named: str, part: str, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    body = random.Random(1).randbytes(1 << 20)
    big = response(3, 2, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + body, body)
    (tmp_path / "warc").mkdir()
    (tmp_path / "warc/a.warc.gz").write_bytes(members([warcinfo(), big]))
    main(["index", str(tmp_path)])
    [capture] = captures(Reader(tmp_path), "a.warc.gz", [])
    read = 0
    before = StoredFile.read

    def counted(self: StoredFile, offset: int, count: int) -> bytes:
        nonlocal read
        data = before(self, offset, count)
        read += len(data)
        return data

    monkeypatch.setattr(StoredFile, "read", counted)
    what = {"url": capture.url, "id": capture.record_id, "place": f"a.warc.gz:{capture.offset}"}[named]
    capsysbinary.readouterr()
    assert main(["show", str(tmp_path), what, "--part", part]) == 0
    assert capsysbinary.readouterr().out.endswith(body)
    assert read < 1.5 * len(body)


def test_a_body_shorter_than_its_content_length_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    block = b"HTTP/1.1 200 OK\r\nContent-Length: 31\r\n\r\n<html"
    cut = [("WARC-Truncated", "length")]
    records = [
        text(response_fields(block=block, payload=b"<html"), block),
        text(fields("response", 5, block, ("WARC-Target-URI", "http://example.org/cut"), *cut), block),
    ]
    (tmp_path / "a.warc.gz").write_bytes(members(records))
    assert bodies(Reader(tmp_path), "a.warc.gz") == [b"<html", b"<html"]
    assert set(caplog.messages) == {"a.warc.gz:0: the body lacks 26 bytes of its Content-Length"}
