"""Captures of anybody's files: every form, past any damage; what is left out is named."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from warctext import BODY, RESPONSE, URI, fields, gz, members, pair, request, response, text, uid, warcinfo

from archive import BadRecord, Capture, Gap, Reader, captures
from archive.read.contents import Whole, contents
from archive.read.source import Source

RECORDS = [warcinfo(), request(2, 3), response(3, 2), request(4, 5), response(5, 4)]
PLAIN = b"".join(RECORDS)


def read(path: Path) -> tuple[list[Capture], list[Gap]]:
    gaps: list[Gap] = []
    return list(captures(Reader(path.parent), path.name, gaps)), gaps


def ids(path: Path) -> list[str]:
    """The record ids of all captures of a file without gaps."""
    found, gaps = read(path)
    assert gaps == []
    return [capture.record_id for capture in found]


def pieces(size: int) -> bytes:
    return members(PLAIN[start : start + size] for start in range(0, len(PLAIN), size))


HEAD_END = response(3, 2).index(b"\r\n\r\n") + 4
FORMS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "one record in each member": (".warc.gz", lambda: members(RECORDS)),
    "all in one member": (".warc.gz", lambda: gz(PLAIN)),
    "two in a member": (".warc.gz", lambda: members([RECORDS[0], RECORDS[1] + RECORDS[2], *RECORDS[3:]])),
    "header and block in members of their own": (
        ".warc.gz",
        lambda: members([*RECORDS[:2], RECORDS[2][:HEAD_END], RECORDS[2][HEAD_END:], *RECORDS[3:]]),
    ),
    "members of 1 byte": (".warc.gz", lambda: pieces(1)),
    "members of 7 bytes": (".warc.gz", lambda: pieces(7)),
    "members of 100 bytes": (".warc.gz", lambda: pieces(100)),
    "an upper-case extension": (".WARC.GZ", lambda: members(RECORDS)),
    "uncompressed": (".warc", lambda: PLAIN),
    "zstd": (".warc.zst", lambda: b"".join(map(zstandard.compress, RECORDS))),
    "zstd, all in one frame": (".warc.zst", lambda: zstandard.compress(PLAIN)),
    "blank lines": (".warc.gz", lambda: members(record + b"\r\n\n" for record in RECORDS)),
    "blank lines, all in one member": (".warc.gz", lambda: gz(b"\r\n\r\n".join(RECORDS))),
    "blank lines, uncompressed": (".warc", lambda: b"\n".join(RECORDS)),
    "blank lines first": (".warc.gz", lambda: members(b"\r\n\r\n" + record for record in RECORDS)),
    "blank lines first, all in one member": (".warc.gz", lambda: gz(b"\n" + PLAIN)),
    "blank lines first, uncompressed": (".warc", lambda: b"\r\n\n" + PLAIN),
    "a line feed behind records": (".warc.gz", lambda: members(record[:-4] + b"\n" for record in RECORDS)),
    "a line feed behind records, uncompressed": (".warc", lambda: b"".join(record[:-4] + b"\n" for record in RECORDS)),
    "a mix of line ends behind records": (".warc", lambda: b"".join(r[:-4] + b"\r\n\n" for r in RECORDS)),
    "a lower-case version line": (".warc.gz", lambda: members(r.replace(b"WARC/1.1", b"warc/1.0") for r in RECORDS)),
    "without the line ends behind records": (".warc.gz", lambda: members(record[:-4] for record in RECORDS)),
    "with half of these line ends": (".warc", lambda: b"".join(record[:-2] for record in RECORDS[:-1]) + RECORDS[-1]),
    "without them, all in one member": (".warc.gz", lambda: gz(b"".join(record[:-4] for record in RECORDS))),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_all_captures(tmp_path: Path, form: str) -> None:
    ending, make = FORMS[form]
    path = tmp_path / f"a{ending}"
    path.write_bytes(make())
    assert ids(path) == [uid(3), uid(5)]


def test_a_capture_in_a_shared_member_has_the_members_offset_and_no_length(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(gz(RECORDS[0]) + gz(RECORDS[1] + RECORDS[2]) + gz(RECORDS[4]))
    (first, second), _ = read(path)
    start = len(gz(RECORDS[0]))
    assert (first.offset, first.length) == (start, 0)
    assert second.offset + second.length == path.stat().st_size


def test_damage_hides_no_other_record_and_is_named(tmp_path: Path) -> None:
    """The records name no warcinfo."""
    parts = [gz(record) for record in (warcinfo(), *(response(number) for number in range(10, 30)))]
    damaged = bytearray(parts[5])
    damaged[len(damaged) // 2] ^= 0xFF
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join([*parts[:5], damaged, *parts[6:]]))
    found, gaps = read(path)
    assert [capture.record_id for capture in found] == [uid(number) for number in range(10, 30) if number != 14]
    offset = len(b"".join(parts[:5]))
    assert [(gap.file, gap.offset, gap.length) for gap in gaps] == [("a.warc.gz", offset, len(parts[5]))]
    with pytest.raises(BadRecord, match=rf"^a.warc.gz:{offset}: gzip member"):
        list(captures(Reader(tmp_path), "a.warc.gz"))


@pytest.mark.parametrize("date", ["", "yesterday", "2026-13-01T00:00:00Z"])
def test_a_record_with_an_unreadable_date_is_left_out_and_named(tmp_path: Path, date: str) -> None:
    wrong = [text(fields("response", number, RESPONSE, payload=BODY, date=date), RESPONSE) for number in (3, 4)]
    path = tmp_path / "a.warc.gz"
    path.write_bytes(members([warcinfo(), *wrong, response(5)]))
    found, gaps = read(path)
    assert [capture.record_id for capture in found] == [uid(5)]
    assert len(gaps) == 2 and all(gap.url == URI and "not a WARC-Date" in gap.reason for gap in gaps)


@pytest.mark.parametrize("content", [b"", gz(b""), b"no archive at all", b"PK\x03\x04 and so on"])
def test_a_file_without_any_record_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(content)
    found, gaps = read(path)
    assert found == [] and len(gaps) == 1


def test_bytes_between_records_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(b"garbage" + RECORDS[2] + b"\0" * 9 + RECORDS[4])
    found, gaps = read(path)
    assert [capture.record_id for capture in found] == [uid(3), uid(5)]
    assert [(gap.offset, gap.length) for gap in gaps] == [(0, 7), (7 + len(RECORDS[2]), 9)]


def embedded(compressed: bool) -> bytes:
    """A response with a WARC file as its payload, stored as it is."""
    inner = members([warcinfo(number=90), response(91)]) if compressed else warcinfo(number=90) + response(91)
    block = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(inner) + inner
    return text(fields("response", 8, block, payload=inner), block)


def stored(record: bytes) -> bytes:
    return gzip.compress(record, 0, mtime=0)


@pytest.mark.parametrize("place", [3, 60, -30, -7, -2])
def test_a_warc_file_in_a_damaged_record_is_not_taken_for_records_of_this_file(tmp_path: Path, place: int) -> None:
    outer = bytearray(stored(embedded(compressed=True)))
    outer[place] ^= 0x55
    path = tmp_path / "a.warc.gz"
    path.write_bytes(gz(warcinfo()) + outer + gz(response(5)))
    found, gaps = read(path)
    assert [capture.record_id for capture in found] == [uid(5)]
    assert len(gaps) == 1


@pytest.mark.parametrize("change", [-3, 5, 700, 10_000_000])
@pytest.mark.parametrize("http", [True, False])
def test_a_warc_file_behind_a_wrong_length_is_passed_over(tmp_path: Path, change: int, http: bool) -> None:
    outer = embedded(compressed=False)
    if not http:
        inner = warcinfo(number=90) + response(91)
        outer = text(fields("resource", 8, inner), inner)
    head, _, rest = outer.partition(b"\r\n\r\n")
    at = head.index(b"Content-Length: ") + len(b"Content-Length: ")
    wrong = head[:at] + str(int(head[at:]) + change).encode() + b"\r\n\r\n" + rest
    path = tmp_path / "a.warc"
    path.write_bytes(warcinfo() + wrong + response(5))
    found, gaps = read(path)
    assert [capture.record_id for capture in found] == [uid(5)]
    assert len(gaps) == 1


def test_every_byte_is_in_a_record_or_a_gap(tmp_path: Path) -> None:
    content = bytearray(members(RECORDS))
    content[len(content) // 2] ^= 0xFF
    path = tmp_path / "a.warc.gz"
    path.write_bytes(content + b"tail")
    with Source(path, path.name) as source:
        found = list(contents(source, path.name))
    assert {type(part) for part in found} == {Whole, Gap}
    ends = [part.offset + part.length for part in found]
    assert [part.offset for part in found] == [0, *ends[:-1]] and ends[-1] == path.stat().st_size


def test_resources_and_records_of_arc_files_are_captures(tmp_path: Path) -> None:
    more = [("WARC-Target-URI", "dns:example.org"), ("Content-Type", "text/dns; charset=utf-8")]
    resource = [(name, value) for name, value in fields("resource", 3, b"x", *more) if value != "text/plain"]
    (tmp_path / "a.warc.gz").write_bytes(members([warcinfo(), text(resource, b"x")]))
    block = b"HTTP/1.0 404 Not Found\r\nContent-Type: Text/HTML\r\n\r\ngone"
    lines = [b"filedesc://a.arc 0.0.0.0 20010102030405 text/plain 4\n1 0\n"]
    lines += [b"http://a.example/ 1.2.3.4 20010102030405 text/html %d\n" % len(block) + block]
    lines += [b"dns:a.example 1.2.3.4 20010102030406 text/dns 2\nok"]
    (tmp_path / "b.arc").write_bytes(b"\n".join(lines) + b"\n")
    (tmp_path / "c.arc.gz").write_bytes(members(line + b"\n" for line in lines))
    (tmp_path / "d.arc.gz").write_bytes(gz(b"\n".join(lines) + b"\n"))
    [(one,), *others] = [read(path)[0] for path in sorted(tmp_path.iterdir())]
    assert (one.kind, one.url, one.status, one.mime, one.head) == ("resource", "dns:example.org", None, "text/dns", b"")
    for page, name in others:
        assert (page.kind, page.url, page.status, page.mime) == ("response", "http://a.example/", 404, "text/html")
        assert (name.kind, name.url, name.mime) == ("resource", "dns:a.example", "text/dns")
        assert page.date.isoformat() == "2001-01-02T03:04:05+00:00"
    assert len({(page.record_id, name.record_id) for page, name in others}) == 1, "made of the bytes of the records"


POST = b"POST /page HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\na=1&b=2"


@pytest.mark.parametrize("order", ["request first", "response first", "only the response names the other"])
def test_a_capture_has_the_method_and_query_of_its_request(tmp_path: Path, order: str) -> None:
    posted = request(2, 3, POST)
    records = [posted, response(3, 2)]
    if order == "response first":
        records = [text(fields("response", 3, RESPONSE, payload=BODY), RESPONSE), posted]
    elif order != "request first":
        records = [text(fields("request", 2, POST), POST), response(3, 2)]
    path = tmp_path / "a.warc.gz"
    path.write_bytes(members([warcinfo(), *records, response(9, 8)]))
    first, other = read(path)[0]
    assert (first.method, first.query) == ("POST", "__wb_method=POST&a=1&b=2")
    assert (other.method, other.query) == ("GET", "")


def test_a_capture_has_the_fields_of_its_metadata(tmp_path: Path) -> None:
    block = b"via: http://a.example/\r\nhopsFromSeed: L\r\n"
    metadata = text(fields("metadata", 7, block, ("WARC-Concurrent-To", uid(3))), block)
    path = tmp_path / "a.warc.gz"
    path.write_bytes(members([*pair(), response(9, 8), metadata]))
    first, other = read(path)[0]
    assert (first.extra, other.extra) == ({"via": "http://a.example/", "hopsFromSeed": "L"}, {})
