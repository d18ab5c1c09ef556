"""Repair of damaged files: flipped bytes, holes, WARC files inside records; the original is never changed."""

from __future__ import annotations

import gzip
import random
import zlib
from itertools import accumulate

import pytest
import zstandard
from warctext import NOW, gz, members, no_error, request, response, warcinfo

import archive.read.contents
from archive import Manifest, Reader, UsageError, captures, repair
from archive.read.contents import Gap


@pytest.fixture
def sealed(tmp_path, open_writer, exchange):
    """A sealed file of four captures, and its bytes."""
    with open_writer(folder=tmp_path / "data") as writer:
        found = [
            writer.write(exchange(b"HTTP/1.1 200 OK\r\n\r\n%d" % number, url=f"http://news.example/{number}"))
            for number in range(4)
        ]
    path = tmp_path / "data" / "warc" / found[0].file
    return path, path.read_bytes(), found


def _records(path, content):
    whole = path.with_name("whole.warc.gz")
    whole.write_bytes(content)
    return Reader(path.parent).records(whole.name)


def _record_ids(path) -> list[str]:
    return [record.record_id for record in Reader(path.parent).records(path.name)]


def test_of_a_whole_file_nothing_is_written(sealed) -> None:
    path, content, _found = sealed
    result = repair(path)
    assert (result.is_whole, result.target, result.records, result.lost_bytes) == (True, None, 9, 0)
    assert [(one.name, one.read_bytes()) for one in path.parent.iterdir()] == [(path.name, content)]


def test_members_are_copied_byte_for_byte(sealed, clock, new_id) -> None:
    path, content, _found = sealed
    path.write_bytes(content + b"x")
    result = repair(path, clock=clock, new_id=new_id)
    assert (result.records, result.is_whole, result.lost_bytes) == (9, False, 1)
    assert result.target is not None and result.target == path.with_name("repaired-" + path.name)
    assert _record_ids(result.target)[1:] == [one.record_id for one in _records(path, content)]
    assert result.target.read_bytes().endswith(content)
    assert path.read_bytes() == content + b"x"
    first = next(Reader(path.parent).records(result.target.name))
    assert first.get("WARC-Filename") == result.target.name
    assert b"whole records of " + path.name.encode() in first.block.read()


def test_one_flipped_byte_loses_one_record_at_most(tmp_path, sealed) -> None:
    path, content, _found = sealed
    ids = _record_ids(path)
    for position in range(0, len(content), 7):
        damaged = tmp_path / f"{position}.warc.gz"
        damaged.write_bytes(content[:position] + bytes([content[position] ^ 0x10]) + content[position + 1 :])
        result = repair(damaged)
        kept = _record_ids(result.target)[1:] if result.target else ids
        # A flipped bit in the gzip header's mtime or OS byte harms nothing.
        assert len(kept) + len(result.gaps) == len(ids)
        assert [record_id for record_id in ids if record_id in kept] == kept
        assert len(ids) - len(kept) <= 1
        assert sum(gap.length for gap in result.gaps) == result.lost_bytes


def test_a_gap_names_the_url_of_its_response(tmp_path, sealed) -> None:
    _path, content, found = sealed
    hole = found[1].offset + found[1].length // 2
    damaged = tmp_path / "hole.warc.gz"
    damaged.write_bytes(content[:hole] + bytes(700) + content[hole + 700 :])
    result = repair(damaged)
    assert result.lost_urls == (found[1].url,)
    assert result.lost_bytes >= 700
    assert result.target is not None
    assert [c.url for c in captures(Reader(tmp_path), result.target.name)] == [
        c.url for c in found if c.offset + c.length <= hole or c.offset >= hole + 700
    ]


def test_garbage_before_between_and_after_records_is_a_gap(tmp_path, sealed) -> None:
    _path, content, found = sealed
    damaged = tmp_path / "padded.warc.gz"
    middle = found[2].offset
    damaged.write_bytes(b"garbage" + content[:middle] + bytes(100) + content[middle:] + b"\x1f\x8b\x08\0tail")
    result = repair(damaged)
    assert result.records == 9
    assert [(gap.offset, gap.length) for gap in result.gaps] == [
        (0, 7),
        (7 + middle, 100),
        (107 + len(content), 8),
    ]


def test_records_of_a_warc_inside_a_damaged_record_are_not_copied(tmp_path, open_writer, exchange) -> None:
    with open_writer(folder=tmp_path / "inner") as writer:
        inner = writer.write(exchange(url="http://forged.example/"))
    payload = (tmp_path / "inner" / "warc" / inner.file).read_bytes()
    payload += random.Random(1).randbytes(20_000)
    with open_writer(folder=tmp_path / "outer") as writer:
        writer.write(exchange(url="http://news.example/1"))
        outer = writer.write(exchange(b"HTTP/1.1 200 OK\r\n\r\n" + payload, url="http://news.example/file.warc.gz"))
        writer.write(exchange(b"HTTP/1.1 200 OK\r\n\r\nafter", url="http://news.example/2"))
    path = tmp_path / "outer" / "warc" / outer.file
    content = bytearray(path.read_bytes())
    assert payload in content, "the payload is stored as it is"
    content[outer.offset + outer.length - 5] ^= 1
    path.write_bytes(content)
    result = repair(path, tmp_path / "outer" / "warc" / "new.warc.gz")
    urls = [capture.url for capture in captures(Reader(tmp_path / "outer"), "new.warc.gz")]
    assert urls == ["http://news.example/1", "http://news.example/2"]
    assert result.lost_urls == ("http://news.example/file.warc.gz",)


def test_uncompressed_files_are_repaired_uncompressed(tmp_path, sealed) -> None:
    path, content, _found = sealed
    plain = tmp_path / "plain.warc"
    text = gzip.decompress(content)
    cut = text.index(b"WARC/1.1", 1500)
    plain.write_bytes(text[:cut] + b"!" * 3000 + text[cut + 3000 :])
    result = repair(plain)
    assert result.target == tmp_path / "repaired-plain.warc"
    kept = _record_ids(result.target)[1:]
    assert 0 < len(kept) < 9
    assert set(kept) < set(_record_ids(path))


def test_a_file_without_whole_records_gives_no_new_file(tmp_path) -> None:
    damaged = tmp_path / "noise.warc.gz"
    damaged.write_bytes(random.Random(2).randbytes(10_000))
    result = repair(damaged)
    assert (result.target, result.records, result.lost_bytes) == (None, 0, 10_000)
    assert [path.name for path in tmp_path.iterdir()] == ["noise.warc.gz"]


def test_a_target_that_exists_or_has_another_ending_is_refused(tmp_path, sealed) -> None:
    path, *_ = sealed
    with pytest.raises(UsageError, match="already exists"):
        repair(path, path)
    with pytest.raises(UsageError, match="must end like"):
        repair(path, tmp_path / "x.warc")


def test_a_repaired_file_of_an_archive_is_in_its_manifest(sealed, clock) -> None:
    path, content, found = sealed
    path.write_bytes(content[: found[3].offset + 30])
    result = repair(path, clock=clock)
    manifest = Manifest(path.parent.parent)
    assert result.target is not None
    entry = manifest.sealed()[result.target.name]
    assert (entry.kind, entry.size, entry.sha256) == ("repaired", result.target.stat().st_size, result.sha256)
    assert entry.records == result.records + 1 == 8
    assert entry.note == {
        "source": path.name,
        "gaps": 1,
        "lost_bytes": 30,
        "lost_urls": 1,
        "lost": [found[3].url],
    }


def test_D11_whole_records_are_found_behind_any_number_of_lengths_that_lie(tmp_path) -> None:
    """3,000 blocks of 100 KB, read for nothing, would be more than may be read in vain."""
    record = "WARC/1.1\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:x:{}>\r\nContent-Length: {}\r\n\r\nx\r\n\r\n"
    damaged = tmp_path / "lies.warc"
    lies = "".join(record.format(f"{number:04}", 100_007) for number in range(3000)) + "-" * 100_007
    damaged.write_text(lies + "".join(record.format(number, 1) for number in range(20)), newline="")
    assert repair(damaged).records == 20


def test_D11_further_gaps_are_counted(tmp_path, sealed, monkeypatch) -> None:
    monkeypatch.setattr(archive.read.contents, "MAX_GAPS", 2)
    _path, content, found = sealed
    damaged, at = tmp_path / "x.warc.gz", [one.offset for one in found]
    pieces = [content[start:end] for start, end in zip([0, *at], [*at, None], strict=True)]
    damaged.write_bytes((b"\0" * 100).join(pieces))
    result = repair(damaged)
    assert (result.records, result.lost_bytes) == (9, 400)
    assert [gap.reason for gap in result.gaps][2:] == ["2 further gaps, not listed"]


PARTS = [warcinfo(), request(2, 3), response(3, 2), request(4, 5), response(5, 4)]
WHOLE = b"".join(PARTS)
ODD = {
    "several in a member": (".warc.gz", lambda: gz(PARTS[0] + PARTS[1]) + gz(b"".join(PARTS[2:]))),
    "one in several": (".warc.gz", lambda: members(b"".join(PARTS)[at : at + 50] for at in range(0, 2600, 50))),
    "blank lines between": (".warc.gz", lambda: gz(b"\r\n\r\n".join(PARTS))),
    "blank lines first, and a line feed behind": (
        ".warc.gz",
        lambda: gz(b"\r\n" + b"".join(p[:-4] + b"\n" for p in PARTS)),
    ),
    "blank members": (
        ".warc.gz",
        lambda: members(p for part in PARTS for p in (part, b"\r\n\n")),
    ),
    "no line ends behind": (".warc.gz", lambda: members(part[:-4] for part in PARTS)),
    "blocks": (
        ".warc.gz",
        lambda: members(b"".join(PARTS)[at : at + 300] for at in range(0, len(b"".join(PARTS)), 300)),
    ),
    "zstd frames": (".warc.zst", lambda: b"".join(map(zstandard.compress, PARTS))),
    "one zstd frame": (".WARC.zst", lambda: zstandard.compress(b"".join(PARTS))),
    "gzip under another name": (".warc", lambda: members(PARTS)),
    "uncompressed, lines between": (".warc", lambda: b"\n".join(PARTS)),
    "uncompressed under another name": (".warc.gz", lambda: b"\n".join(PARTS)),
}


@pytest.mark.parametrize("form", ODD)
def test_odd_forms_become_proper_members(tmp_path, form) -> None:
    ending, make = ODD[form]
    odd = tmp_path / f"odd{ending}"
    odd.write_bytes(make())
    result = repair(odd, clock=lambda: NOW)
    assert (result.records, result.gaps) == (5, ())
    assert result.target is not None
    assert result.target.name.lower() == ("repaired-odd.warc" if "uncompressed" in form else "repaired-odd.warc.gz")
    content = result.target.read_bytes()
    offsets = [record.offset for record in Reader(tmp_path).records(result.target.name)]
    ends = [*offsets[1:], len(content)]
    stored = [content[start:end] for start, end in zip(offsets, ends, strict=True)]
    assert [gzip.decompress(one) if content[:1] == b"\x1f" else one for one in stored][1:] == PARTS
    assert [finding.message for finding in no_error(result.target) if finding.check in (4, 8)] == []


def test_an_arc_file_stays_one(tmp_path) -> None:
    lines = [b"filedesc://a.arc 0.0.0.0 20010102030405 text/plain 4\n1 0\n\n"]
    lines += [b"http://a.example/%d 1.2.3.4 20010102030405 text/html 5\nhello\n" % number for number in range(9)]
    parts = [gz(line) for line in lines]
    parts[4] = parts[4][:30] + b"\xff\xff" + parts[4][32:]
    (tmp_path / "a.arc.gz").write_bytes(b"".join(parts))
    result = repair(tmp_path / "a.arc.gz")
    assert (result.records, len(result.gaps)) == (9, 1)
    assert result.target is not None and result.target.read_bytes() == b"".join(parts[:4] + parts[5:])
    (tmp_path / "b.arc.gz").write_bytes(gz(b"".join(lines)))
    result = repair(tmp_path / "b.arc.gz")
    assert result.target is not None and result.target.read_bytes().count(b"\x1f\x8b\x08") == len(lines)


def test_records_without_a_warcinfo_id_are_kept_behind_damage(tmp_path) -> None:
    parts = [gz(part) for part in (warcinfo(), *(response(number) for number in range(10, 30)))]
    parts[5] = parts[5][:-20] + bytes([parts[5][-20] ^ 0xFF]) + parts[5][-19:]
    (tmp_path / "a.warc.gz").write_bytes(b"".join(parts))
    result = repair(tmp_path / "a.warc.gz")
    assert result.records == 20
    assert result.lost_urls == ("http://example.org/page",)


def test_records_before_damage_in_their_member_are_kept(tmp_path) -> None:
    """A member above 4 MiB is read piece by piece."""
    head = b"HTTP/1.1 200 OK\r\n\r\n"
    big = [response(number, 2, head + random.Random(number).randbytes(2 << 20)) for number in (3, 4, 5, 6)]
    content = bytearray(gz(b"".join([warcinfo(), *big])))
    content[-1 << 20] ^= 0xFF
    (tmp_path / "a.warc.gz").write_bytes(content)
    result = repair(tmp_path / "a.warc.gz")
    assert 2 <= result.records <= 4
    assert [gap.length for gap in result.gaps] == [0]


def test_whole_records_of_a_small_member_that_was_cut_are_kept(tmp_path) -> None:
    parts = [warcinfo(), *(response(number) for number in range(10, 40))]
    content = gz(b"".join(parts))[:-100]
    there = len(zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(content))
    whole = sum(end <= there for end in accumulate(map(len, parts)))
    assert 10 < whole < len(parts)
    (tmp_path / "a.warc.gz").write_bytes(content)
    gaps: list[Gap] = []
    found = captures(Reader(tmp_path), "a.warc.gz", gaps)
    assert len(list(found)) == whole - 1 and [gap.length for gap in gaps] == [0]
    result = repair(tmp_path / "a.warc.gz", clock=lambda: NOW)
    assert (result.records, [gap.length for gap in result.gaps]) == (whole, [0])
    assert result.target is not None
    no_error(result.target)


@pytest.mark.parametrize("size", [200, 1000, 3000])
@pytest.mark.parametrize("extra", [True, False])
def test_damage_in_a_file_that_was_cut_into_blocks_hits_what_it_touches(tmp_path, size, extra) -> None:
    """Bgzip names the length of each block in its header; other tools do not."""
    parts = [warcinfo(), *(response(number) for number in range(10, 40))]
    content = b"".join(parts)
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    for damaged in (1, len(pieces) // 2):
        blocks = [bytearray(_block(piece, extra=extra)) for piece in pieces]
        for at in (-30, -6):  # in the data, in the trailer
            blocks[damaged][at] ^= 0xFF
            odd = tmp_path / f"{damaged}{at}.warc.gz"
            odd.write_bytes(b"".join(blocks))
            ends = list(accumulate(map(len, parts)))
            touched = sum(
                start < (damaged + 1) * size and end > damaged * size
                for start, end in zip([0, *ends], ends, strict=False)
            )
            result = repair(odd, clock=lambda: NOW)
            assert (result.records, len(result.gaps) > 0) == (len(parts) - touched, True)
            assert result.target is not None
            no_error(result.target)


def _block(piece: bytes, *, extra: bool) -> bytes:
    found = gz(piece, extra=b"BC\x02\x00\0\0" if extra else None)
    return found[:16] + (len(found) - 1).to_bytes(2, "little") + found[18:] if extra else found
