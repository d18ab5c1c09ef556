"""Small sealed files of a day become one file with the same bytes; the chain of the manifest still proves each."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive import (
    ArchiveWriter,
    Capture,
    Finding,
    Index,
    Manifest,
    PackedPage,
    Reader,
    SigningError,
    StorageError,
    Summary,
    audit_paths,
    captures,
    kept_together,
    merge,
    pack,
    recover,
    reindex,
    request_of,
)
from archive.audit.across.proofs import Trust
from archive.audit.verify import verify
from archive.errors import InUse
from archive.seal.manifest import NAME
from archive.write import merging

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TOMORROW = NOON + timedelta(days=1)
BELOW = 1 << 20
OPERATIONS = 60


@pytest.fixture
def small(tmp_path: Path, open_writer: Callable[..., ArchiveWriter], exchange: Any) -> list[Path]:
    """Four files of one day: pages, a revisit, a 304, a conversion."""
    conditional = b'GET /a HTTP/1.1\r\nIf-None-Match: "1"\r\n\r\n'
    page = b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Type: text/html\r\n\r\n' + bytes(range(256)) * 8
    for number in range(4):
        with open_writer() as writer:
            first = writer.write(exchange(page, url="http://news.example/a"))
            writer.write(exchange(b"HTTP/1.1 404 Not Found\r\n\r\nnone", url=f"http://news.example/{number}"))
            writer.write(exchange(b'HTTP/1.1 304 N\r\nETag: "1"\r\n\r\n', request=conditional))
            writer.write_conversion(first, b"---\n", "text/markdown; charset=utf-8", [("post-path", "a.md")])
    return sorted((tmp_path / "warc").iterdir())


def merged(folder: Path, **more: Any) -> list[str]:
    return [entry.file for entry in merge(folder, BELOW, **{"clock": lambda: TOMORROW, **more})]


def held(folder: Path) -> list[Capture]:
    reader = Reader(folder)
    return [capture for file in reader.files() for capture in captures(reader, file)]


def found(folder: Path) -> list[str]:
    messages = [item.message for item in audit_paths([folder]) if isinstance(item, Finding) and item.severity != "note"]
    return [text for text in messages if not text.endswith("is unfinished; the next run cuts it")]


def is_whole(folder: Path, before: list[Capture]) -> None:
    """Everything is there once, and all stores lead to it."""
    reader, now = Reader(folder), held(folder)
    assert sorted(capture.record_id for capture in now) == sorted(capture.record_id for capture in before)
    assert {path.suffix for path in (folder / "warc").iterdir()} == {".gz"}
    lines = {line.record_id: (line.file, line.offset) for line in Index(folder).iterate()}
    assert lines == {capture.record_id: (capture.file, capture.offset) for capture in now}
    for capture in now:
        with reader.response(capture.record_id) as response:
            assert (response.record.file, response.record.offset) == (capture.file, capture.offset)
        assert reader.entity(capture.record_id, 10_000) == reader.entity(capture, 10_000)
        request_of(reader, capture).close()
    assert found(folder) == []
    if (folder / NAME).read_bytes().endswith(b"\n"):
        assert list(verify(folder, Trust())) == []


def test_files_of_a_past_day_become_one_with_their_bytes(tmp_path: Path, small: list[Path]) -> None:
    before, content = held(tmp_path), b"".join(path.read_bytes() for path in small)
    [name] = merged(tmp_path)
    assert [path.name for path in (tmp_path / "warc").iterdir()] == [name]
    assert (tmp_path / "warc" / name).read_bytes() == content
    assert name == "warcpress-20261122120000-00004-archive.warc.gz"  # the time of the first part, the next serial
    last = Manifest(tmp_path).last()
    assert last is not None and last.kind == "merged" and last.sha256 == hashlib.sha256(content).hexdigest()
    assert [part.file for part in last.parts] == [path.name for path in small]
    is_whole(tmp_path, before)
    assert merged(tmp_path) == []


def test_what_is_made_again_from_merged_files_is_equal(tmp_path: Path, small: list[Path]) -> None:
    merged(tmp_path)
    lines = list(map(bytes, Index(tmp_path).iterate()))
    assert reindex(tmp_path).captures == len(lines) == 12
    assert list(map(bytes, Index(tmp_path).iterate())) == lines
    shutil.rmtree(tmp_path / "index")
    recover(tmp_path)
    assert list(map(bytes, Index(tmp_path).iterate())) == lines


def test_later_runs_find_the_originals_in_merged_files(
    tmp_path: Path, small: list[Path], open_writer: Callable[..., ArchiveWriter], exchange: Any
) -> None:
    merged(tmp_path)
    page = b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Type: text/html\r\n\r\n' + bytes(range(256)) * 8
    with open_writer() as writer:
        again = writer.write(exchange(page, url="http://news.example/other", started_at=TOMORROW))
    assert again.kind == "revisit" and again.file.split("-")[2] == "00005"
    assert found(tmp_path) == []
    package = tmp_path.parent / "since.wacz"
    assert pack(tmp_path, package, since=TOMORROW, clock=lambda: TOMORROW).originals == 1
    findings = [item for item in audit_paths([package]) if isinstance(item, Finding)]
    assert [item.message for item in findings if item.severity == "error" or "warcinfo" in item.message.lower()] == []


def test_today_large_and_damaged_files_stay(tmp_path: Path, small: list[Path]) -> None:
    assert merged(tmp_path, clock=lambda: NOON + timedelta(hours=11)) == []
    assert merge(tmp_path, min(path.stat().st_size for path in small), clock=lambda: TOMORROW) == []
    assert merge(tmp_path, 0, clock=lambda: TOMORROW) == []
    content = bytearray(small[1].read_bytes())
    content[100] ^= 1
    small[1].write_bytes(content)
    assert merged(tmp_path) == []
    assert sorted((tmp_path / "warc").iterdir()) == small


def test_neighbours_only_so_that_the_order_of_age_stays(
    tmp_path: Path, small: list[Path], open_writer: Callable[..., ArchiveWriter], exchange: Any
) -> None:
    sizes = [path.stat().st_size for path in small]
    assert sizes[0] > max(sizes[1:])  # the page itself
    [entry] = merge(tmp_path, sizes[0], clock=lambda: TOMORROW)
    assert [part.file for part in entry.parts] == [path.name for path in small[1:]]
    is_whole(tmp_path, held(tmp_path))
    again = merge(tmp_path, BELOW, clock=lambda: TOMORROW)
    assert again == []  # one small file is left, and a merged one is never merged again


@pytest.mark.parametrize("block", range(4))
def test_a_disk_that_fails_at_any_operation_leaves_the_old_or_the_new(
    tmp_path: Path, small: list[Path], failing_disk: Any, block: int
) -> None:
    before = held(tmp_path)
    for at in range(block, OPERATIONS, 4):
        folder = tmp_path / f"copy-{at}"
        shutil.copytree(tmp_path, folder, ignore=shutil.ignore_patterns("copy-*"))
        disk = failing_disk(at)
        try:
            merged(folder, disk=disk)
        except StorageError as error:
            assert str(folder) in str(error)
        recover(folder)
        is_whole(folder, before)
        assert len(list((folder / "warc").iterdir())) in (1, 4)
        shutil.rmtree(folder)
    assert disk.count < OPERATIONS


@pytest.mark.parametrize("block", range(4))
def test_a_power_loss_at_any_operation_leaves_the_old_or_the_new(
    tmp_path: Path, small: list[Path], forgetful_disk: Any, block: int
) -> None:
    before = held(tmp_path)
    for at in range(block, OPERATIONS, 4):
        folder = tmp_path / f"copy-{at}"
        shutil.copytree(tmp_path, folder, ignore=shutil.ignore_patterns("copy-*"))
        disk = forgetful_disk(at)
        try:
            merged(folder, disk=disk)
        except RuntimeError:
            disk.lose()
        recover(folder)
        is_whole(folder, before)
        shutil.rmtree(folder)


def test_a_reader_with_an_open_file_goes_on(tmp_path: Path, small: list[Path]) -> None:
    with Reader(tmp_path).record(small[0].name, 0) as record:
        merged(tmp_path)
        assert b"conformsTo" in record.block.read()


def test_nothing_is_merged_while_somebody_audits_or_packs(tmp_path: Path, small: list[Path]) -> None:
    audit = audit_paths([tmp_path])
    next(audit)
    assert merged(tmp_path) == [] and sorted((tmp_path / "warc").iterdir()) == small
    assert [item for item in audit if isinstance(item, Finding)] == []

    def pages() -> Iterator[PackedPage]:
        assert merged(tmp_path) == []
        yield from ()

    pack(tmp_path, tmp_path.parent / "all.wacz", clock=lambda: TOMORROW, pages=pages())
    assert len(merged(tmp_path)) == 1


def test_a_broken_chain_is_no_failure_of_the_run(tmp_path: Path, small: list[Path]) -> None:
    """It stays broken for ever, and the run itself went well."""
    lines = (tmp_path / NAME).read_bytes().splitlines(keepends=True)
    (tmp_path / NAME).write_bytes(b"".join(lines[1:]))
    assert merged(tmp_path) == [] and sorted((tmp_path / "warc").iterdir()) == small


def test_a_copy_with_the_line_and_the_parts_is_finished(tmp_path: Path, small: list[Path]) -> None:
    """It was made while the files were merged: the names of the parts before, the manifest after."""
    before, contents = held(tmp_path), [path.read_bytes() for path in small]
    [name] = merged(tmp_path)
    (tmp_path / "warc" / name).unlink()
    shutil.rmtree(tmp_path / "index")
    for path, content in zip(small, contents, strict=True):
        path.write_bytes(content)
    recover(tmp_path)
    assert [path.name for path in (tmp_path / "warc").iterdir()] == [name]
    is_whole(tmp_path, before)


def altered(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Alter the line of the merged file, the last one."""
    lines = (folder / NAME).read_bytes().splitlines()
    document = json.loads(lines[-1])
    change(document)
    lines[-1] = json.dumps(document, separators=(",", ":")).encode()
    (folder / NAME).write_bytes(b"\n".join(lines) + b"\n")


def _another_digest(document: dict[str, Any]) -> None:
    document["note"]["parts"][1]["sha256"] = "0" * 64


def _another_size(document: dict[str, Any]) -> None:
    document["note"]["parts"][0]["size"] += 1
    document["note"]["parts"][1]["size"] -= 1


def _another_order(document: dict[str, Any]) -> None:
    document["note"]["parts"].reverse()


def _a_part_less(document: dict[str, Any]) -> None:
    document["note"]["parts"].pop()


def _an_unknown_part(document: dict[str, Any]) -> None:
    document["note"]["parts"][0]["file"] = "warcpress-20261122120000-00009-archive.warc.gz"


@pytest.mark.parametrize(
    "change", [_another_digest, _another_size, _another_order, _a_part_less, _an_unknown_part], ids=lambda f: f.__name__
)
def test_a_false_part_is_an_error(tmp_path: Path, small: list[Path], change: Callable[[dict[str, Any]], None]) -> None:
    merged(tmp_path)
    altered(tmp_path, change)
    assert any("altered" in message for message in found(tmp_path))
    assert list(verify(tmp_path, Trust()))


def test_a_part_that_is_still_there_is_told(tmp_path: Path, small: list[Path]) -> None:
    content = small[2].read_bytes()
    merged(tmp_path)
    small[2].write_bytes(content)
    assert any("was merged into" in message and "is still here" in message for message in found(tmp_path))
    recover(tmp_path)
    assert found(tmp_path) == []


def test_a_merged_file_that_is_cut_or_gone_is_told(tmp_path: Path, small: list[Path]) -> None:
    [name] = merged(tmp_path)
    path = tmp_path / "warc" / name
    path.write_bytes(path.read_bytes()[:-1])
    assert any("cut or replaced" in message for message in found(tmp_path))
    path.unlink()
    assert any("missing" in message for message in found(tmp_path))


def test_a_signer_that_fails_leaves_the_files_for_the_next_call(tmp_path: Path, small: list[Path]) -> None:
    def fails(line: bytes) -> dict[str, str]:
        raise SigningError("http://stamps.example/: no time stamp: HTTP status 503")

    before, lines = held(tmp_path), (tmp_path / NAME).read_bytes()
    with pytest.raises(SigningError):
        merged(tmp_path, signer=fails)
    assert sorted((tmp_path / "warc").iterdir()) == small and (tmp_path / NAME).read_bytes() == lines
    assert len(merged(tmp_path)) == 1
    is_whole(tmp_path, before)


def test_verify_says_of_a_part_that_it_was_merged(tmp_path: Path, small: list[Path]) -> None:
    content = small[2].read_bytes()
    [name] = merged(tmp_path)
    small[2].write_bytes(content)
    (tmp_path / "warc" / f"{name}.merging").write_bytes(content)
    assert sorted(verify(tmp_path, Trust()), key=len) == [
        f"{name}.merging: left by a merger, a repair or an import that died; the next run finishes or removes it",
        f"{small[2].name}: the file was merged into {name}, and is still here: the next run removes it",
    ]


def test_verify_names_half_an_import_and_any_file_without_a_line(tmp_path: Path, small: list[Path]) -> None:
    for name in ("imported-0123456789abcdef.arc.importing", "stray.WARC.zst"):
        (tmp_path / "warc" / name).write_bytes(small[0].read_bytes())
    assert sorted(verify(tmp_path, Trust())) == [
        "imported-0123456789abcdef.arc.importing: left by a merger, a repair or an import that died; "
        "the next run finishes or removes it",
        "stray.WARC.zst: the file was never sealed: no line of the manifest names it",
    ]


def test_the_audit_since_a_time_reads_the_file_with_records_after_it(tmp_path: Path, small: list[Path]) -> None:
    begun = [datetime.strptime(path.name.split("-")[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC) for path in small]
    assert begun[0] < begun[-1]
    merged(tmp_path)
    for since, files in ((begun[0], 1), (begun[-1], 1), (begun[-1] + timedelta(seconds=1), 0)):
        [summary] = [item for item in audit_paths([tmp_path], since=since) if isinstance(item, Summary)]
        assert summary.files == files, since


def test_a_start_says_that_it_waits_for_an_audit_and_gives_up(
    tmp_path: Path, small: list[Path], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, contents = held(tmp_path), [path.read_bytes() for path in small]
    merged(tmp_path)
    for path, content in zip(small, contents, strict=True):  # as if the merger had died before it removed them
        path.write_bytes(content)
    monkeypatch.setattr(merging, "LONGEST_WAIT", 0.3)
    with kept_together(tmp_path), pytest.raises(InUse, match="somebody still audits or packs the archive") as raised:
        recover(tmp_path)
    assert raised.value.exit_code == 3
    [line] = [record.getMessage() for record in caplog.records]
    assert "waiting for at most" in line and all(path.exists() for path in small)
    recover(tmp_path)
    is_whole(tmp_path, before)
