"""The disk fails, or the power is lost, at each operation in turn: nothing stored is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive import (
    ArchiveWriter,
    Capture,
    Finding,
    Index,
    Manifest,
    Reader,
    StorageError,
    audit_paths,
    captures,
    recover,
)
from archive.disk import Disk

OPERATIONS = 200
"""More than `_run` needs; a test ends when its fault comes after the last operation."""


def _run(folder: Path, exchange, disk: Disk, stored: list[Capture]) -> None:
    """Write two files, a revisit, a 304 and a conversion, in several commits; add stored captures to the list."""
    writer = ArchiveWriter(folder, rollover_bytes=3000, disk=disk)
    first = writer.write(exchange(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(range(256)) * 8))
    stored += writer.commit()
    writer.write(exchange(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(range(256)) * 8, url="http://news.example/twin"))
    writer.write(exchange(b"HTTP/1.1 404 Not Found\r\n\r\nnone", url="http://news.example/none"))
    writer.write_conversion(first, b"---\n", "text/markdown; charset=utf-8", [("post-path", "a.md")])
    stored += writer.commit()
    conditional = b"GET /a HTTP/1.1\r\nIf-None-Match: x\r\n\r\n"
    writer.write(exchange(b"HTTP/1.1 304 Not Modified\r\n\r\n", request=conditional))
    writer.write(exchange(b"HTTP/1.1 200 OK\r\n\r\nlast", url="http://news.example/last"))
    stored += writer.close()


def _check(folder: Path, stored: list[Capture]) -> None:
    """Check the folder after recovery: all files sealed and indexed, every stored capture reads back."""
    (folder / "warc").mkdir(parents=True, exist_ok=True)  # the fault may have come before it was made
    reader = Reader(folder)
    assert not [path.name for path in (folder / "warc").iterdir() if path.name.endswith(".open")]
    assert set(Manifest(folder).sealed()) == set(reader.files())
    held = [capture for file in reader.files() for capture in captures(reader, file)]
    assert [c for c in stored if c not in held] == []
    assert {(line.record_id, line.offset) for line in Index(folder).iterate()} == {
        (c.record_id, c.offset) for c in held
    }
    findings = (item for item in audit_paths([folder]) if isinstance(item, Finding))
    assert [finding.message for finding in findings if finding.severity == "error"] == []
    for capture in stored:
        assert reader.entity(capture, 10_000) == reader.entity(capture.record_id, 10_000)


def test_R1_a_full_disk_at_any_operation_loses_nothing_stored(memory_path, exchange, failing_disk) -> None:
    failed = set()
    for at in range(OPERATIONS):
        stored: list[Capture] = []
        folder, disk = memory_path / str(at), failing_disk(at)
        try:
            _run(folder, exchange, disk, stored)
        except StorageError as error:
            assert "No space left" in str(error)
            failed.add(disk.failed)
            recover(folder)
            _check(folder, stored)
            _run(folder, exchange, Disk(), stored)
        _check(folder, stored)
        if not disk.failed:
            break
    assert disk.at > 30, "the run did not get to its end without a fault"
    assert failed == {"create", "append", "write", "fsync", "rename", "remove", "fsync_folder"}


def test_W3_power_lost_at_any_operation_loses_nothing_stored(memory_path, exchange, forgetful_disk) -> None:
    for at in range(OPERATIONS):
        stored: list[Capture] = []
        folder, disk = memory_path / str(at), forgetful_disk(at)
        try:
            _run(folder, exchange, disk, stored)
            break
        except (StorageError, RuntimeError):
            assert disk.gone
            disk.lose()
            recover(folder)
            _check(folder, stored)
    assert disk.at > 30


@pytest.mark.parametrize("fault", [8, 11, 14], ids=["torn record", "torn manifest", "not yet renamed"])
@pytest.mark.parametrize("kind", ["failing", "forgetful"])
def test_R1_recovery_itself_can_be_cut_short(memory_path, exchange, failing_disk, forgetful_disk, fault, kind) -> None:
    for at in range(OPERATIONS):
        stored: list[Capture] = []
        folder = memory_path / str(at)
        with pytest.raises(StorageError):
            _run(folder, exchange, failing_disk(fault), stored)
        disk = failing_disk(at) if kind == "failing" else forgetful_disk(at)
        try:
            recover(folder, disk=disk)
            break
        except (StorageError, RuntimeError):
            assert disk.count > at
            if kind == "forgetful":
                disk.lose()
            recover(folder)
            _check(folder, stored)
    assert at > 4


def test_a_writer_accepts_nothing_after_a_failure(tmp_path, exchange, failing_disk) -> None:
    writer = ArchiveWriter(tmp_path, disk=failing_disk(4))
    writer.write(exchange())
    with pytest.raises(StorageError, match="No space left") as first:
        for number in range(10):
            writer.write(exchange(url=f"http://news.example/{number}"))
    assert "stored: 0 captures of this run" in first.value.safe
    with pytest.raises(StorageError, match="No space left"):
        writer.commit()
    assert writer.close() == []
    assert [path.name.endswith(".warc.gz.open") for path in (tmp_path / "warc").iterdir()] == [True]
