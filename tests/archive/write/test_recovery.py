"""Recovery of dead runs: cut at every byte, killed at every step of sealing, digests missing or damaged."""

from __future__ import annotations

import shutil

import pytest

from archive import Disk, Finding, Index, Manifest, Reader, StorageError, audit_paths, captures, recover
from archive.write.warcfile import WarcFile


@pytest.fixture
def left_open(tmp_path, open_writer, exchange):
    """A folder whose writer died after two committed captures, in the middle of a third record."""
    writer = open_writer(folder=tmp_path / "dead")
    stored = [writer.write(exchange()), writer.write(exchange(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(range(256))))]
    writer.commit()
    last = writer.write(exchange(b"HTTP/1.1 200 OK\r\n\r\nthe last", url="http://news.example/last"))
    writer.write(exchange(b"HTTP/1.1 200 OK\r\n\r\nend", url="http://news.example/end"))
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path / "dead" / "warc", copy / "warc")
    return copy, stored, last


def test_W2_cut_at_every_byte_of_an_exchange(memory_path, left_open, clock) -> None:
    folder, stored, last = left_open
    offsets = [record.offset for record in Reader(folder).records(last.file + ".open")]
    start, request, end = offsets[offsets.index(last.offset) :][:3]
    whole = (folder / "warc" / (last.file + ".open")).read_bytes()
    urls: set[str] = set()
    for cut in (*range(start, request + 1), *range(request + 1, end, 9), end):
        here = memory_path / str(cut)
        (here / "warc").mkdir(parents=True)
        (here / "warc" / (last.file + ".open")).write_bytes(whole[:cut])
        (found,) = recover(here, clock=clock)
        names = {path.name for path in (here / "warc").iterdir()}
        kept = (here / "warc" / last.file).read_bytes()
        tail = here / "warc" / (last.file + ".torn")
        torn = tail.read_bytes() if tail.exists() else b""
        if cut == end:
            assert found.captures == (*stored, last)
            assert (names, found.torn) == ({last.file}, None)
            assert _errors(here) == []
            continue
        assert kept + torn == whole[:cut]
        assert found.captures == tuple(stored)
        assert found.torn_bytes == cut - last.offset
        assert list(captures(Reader(here), last.file)) == stored
        urls.update(found.lost_urls)
        if cut in (start, request):
            assert _errors(here) == []
        if cut == start:
            assert (names, found.torn) == ({last.file}, None)
            assert not found.lost_urls
        else:
            assert names == {last.file, last.file + ".torn"}
            assert found.message.startswith(f"{last.file}: left open by a run that died; 5 records kept, ")
    assert urls == {"http://news.example/last"}


def test_W4_nothing_behind_the_first_torn_record_is_kept(left_open) -> None:
    """Unsynced pages reach the disk in any order, so an exchange behind a hole may be whole."""
    folder, stored, last = left_open
    path = folder / "warc" / (last.file + ".open")
    whole = bytearray(path.read_bytes())
    torn = last.offset
    whole[torn + 20 : torn + 60] = bytes(40)
    path.write_bytes(whole)
    (found,) = recover(folder)
    sealed = folder / "warc" / last.file
    assert sealed.read_bytes() == whole[:torn]
    assert sealed.with_name(last.file + ".torn").read_bytes() == whole[torn:]
    assert found.captures == tuple(stored)
    assert Manifest(folder).sealed()[last.file].records == found.records
    assert _errors(folder) == []


def test_W4_an_existing_file_is_never_opened_for_writing(tmp_path) -> None:
    (tmp_path / "x.warc.gz.open").write_bytes(b"torn")
    with pytest.raises(FileExistsError):
        WarcFile(tmp_path, "x.warc.gz", Disk())
    assert (tmp_path / "x.warc.gz.open").read_bytes() == b"torn"


def test_W4_recovered_files_are_sealed_and_the_next_run_starts_a_new_one(left_open, open_writer, exchange) -> None:
    folder, stored, last = left_open
    path = folder / "warc" / (last.file + ".open")
    path.write_bytes(path.read_bytes()[:-40])
    (found,) = recover(folder)
    entry = Manifest(folder).sealed()[last.file]
    assert entry.records == found.records == 7
    assert _errors(folder) == [], "nothing of the torn tail is left in it"
    assert entry.note == {"recovered": True, "torn": {"file": last.file + ".torn", "bytes": found.torn_bytes}}
    assert [line.record_id for line in Index(folder).iterate()] == [
        capture.record_id for capture in sorted(found.captures, key=lambda c: (c.url, c.date))
    ]
    assert recover(folder) == []
    with open_writer(folder=folder) as writer:
        again = writer.write(exchange(url="http://news.example/again"))
    assert again.kind == "revisit"
    assert again.refers_to == stored[0].record_id
    assert "-00001-" in again.file


def _errors(folder) -> list[str]:
    found = (item for item in audit_paths([folder]) if isinstance(item, Finding))
    return [finding.message for finding in found if finding.severity == "error"]


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b", b"junk that is not a record"])
def test_a_run_without_captures_leaves_no_file(tmp_path, content) -> None:
    (tmp_path / "warc").mkdir()
    (tmp_path / "warc" / "a.warc.gz.open").write_bytes(content)
    (found,) = recover(tmp_path)
    assert (found.records, found.captures) == (0, ())
    left = [path.name for path in (tmp_path / "warc").iterdir()]
    assert left == (["a.warc.gz.torn"] if content else [])
    assert not Manifest(tmp_path).sealed()


def test_a_folder_without_an_archive_needs_no_recovery(tmp_path) -> None:
    assert recover(tmp_path) == []


def test_a_sealing_that_was_cut_after_the_manifest_is_finished(tmp_path, open_writer, exchange) -> None:
    with open_writer() as writer:
        capture = writer.write(exchange())
    path = tmp_path / "warc" / capture.file
    path.rename(path.with_name(path.name + ".open"))
    for file in (tmp_path / "index").glob("*.cdxj"):
        file.unlink()
    assert recover(tmp_path) == []
    assert path.exists()
    assert len(list(Manifest(tmp_path).entries())) == 1
    assert [line.record_id for line in Index(tmp_path).iterate()] == [capture.record_id]


def test_W3_a_rename_that_left_both_names_is_finished(tmp_path, open_writer, exchange) -> None:
    with open_writer() as writer:
        capture = writer.write(exchange())
    path = tmp_path / "warc" / capture.file
    both = path.with_name(path.name + ".open")
    shutil.copy(path, both)
    assert recover(tmp_path) == []
    assert [file.name for file in (tmp_path / "warc").iterdir()] == [capture.file]
    shutil.copy(path, both)
    path.write_bytes(b"another file")
    with pytest.raises(StorageError, match=r"\.warc\.gz: is not the file that the last line of manifest"):
        recover(tmp_path)
    assert both.exists()


def test_an_open_file_that_differs_from_its_seal_stops_recovery(tmp_path, open_writer, exchange) -> None:
    with open_writer() as writer:
        capture = writer.write(exchange())
    path = tmp_path / "warc" / capture.file
    content = bytearray(path.read_bytes())
    path.unlink()
    content[100] ^= 1
    path.with_name(path.name + ".open").write_bytes(content)
    with pytest.raises(StorageError, match="is not the file that the last line of manifest"):
        recover(tmp_path)


def test_a_planted_file_is_not_taken_over(tmp_path, open_writer, exchange) -> None:
    with open_writer() as writer:
        capture = writer.write(exchange())
    shutil.copy(tmp_path / "warc" / capture.file, tmp_path / "warc" / "planted.warc.gz")
    assert recover(tmp_path) == []
    assert set(Manifest(tmp_path).sealed()) == {capture.file}


@pytest.mark.parametrize("damage", ["deleted", "overwritten", "cut"])
def test_R4_missing_or_damaged_digests_are_made_again(tmp_path, open_writer, exchange, damage) -> None:
    with open_writer() as writer:
        first = writer.write(exchange())
    path = tmp_path / "index" / "digests.sqlite"
    if damage == "deleted":
        path.unlink()
    elif damage == "overwritten":
        path.write_bytes(b"no database" * 1000)
    else:
        path.write_bytes(path.read_bytes()[:5000])
    assert recover(tmp_path) == []
    with Reader(tmp_path).response(first.record_id) as response:
        assert (response.record.file, response.record.offset) == (first.file, first.offset)
    with open_writer() as writer:
        assert writer.write(exchange(url="http://news.example/b")).refers_to == first.record_id


def test_a_damaged_old_file_does_not_stop_a_run(tmp_path, open_writer, exchange) -> None:
    with open_writer() as writer:
        first = writer.write(exchange())
        second = writer.write(exchange(b"HTTP/1.1 200 OK\r\n\r\nsecond", url="http://news.example/b"))
    path = tmp_path / "warc" / first.file
    path.write_bytes(path.read_bytes()[: second.offset + 20])
    (tmp_path / "index" / "digests.sqlite").unlink()
    assert recover(tmp_path) == []
    with open_writer() as writer:
        assert writer.write(exchange(url="http://news.example/c")).refers_to == first.record_id
        assert writer.write(exchange(b"HTTP/1.1 200 OK\r\n\r\nsecond")).kind == "response"


def test_R4_digests_that_turn_out_damaged_stop_only_one_run(tmp_path, open_writer, exchange, monkeypatch) -> None:
    monkeypatch.setattr("archive.write.dedupe._CHECKED", 0)
    with open_writer() as writer:
        first = writer.write(exchange())
    path = tmp_path / "index" / "digests.sqlite"
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    writer = open_writer()
    with pytest.raises(StorageError, match=r"digests\.sqlite: damaged: .*the next run makes it again"):
        writer.write(exchange(url="http://news.example/b"))
    assert recover(tmp_path) == []
    with open_writer() as writer:
        assert writer.write(exchange(url="http://news.example/b")).refers_to == first.record_id


def test_W3_a_whole_file_is_made_durable_before_it_is_sealed(left_open, failing_disk) -> None:
    folder, _, last = left_open
    disk = failing_disk(0)
    with pytest.raises(StorageError):
        recover(folder, disk=disk)
    assert disk.failed == "truncate"
    assert not Manifest(folder).path.exists()
    assert recover(folder)[0].captures[-2] == last
