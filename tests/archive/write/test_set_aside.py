"""Files are taken out of an archive: a mended copy takes the place of a damaged one, another goes for a reason."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from archive import (
    Finding,
    Index,
    Manifest,
    Reader,
    StorageError,
    UsageError,
    audit_paths,
    captures,
    merge,
    recover,
    signer,
)
from archive.cli import main
from archive.disk import kept_together, only_writer
from archive.write.set_aside import remove, repair_in_place

OPERATIONS = 200
"""More than a repair needs; a test ends when its fault comes after the last operation."""


@pytest.fixture
def archived(tmp_path, open_writer, exchange) -> Callable[..., Path]:
    """Give archived(folder): two sealed files; the second one has a revisit of the first. Return the first one."""

    def make(folder: Path = tmp_path / "data", **arguments: Any) -> Path:
        with open_writer(folder=folder, **arguments) as writer:
            first = writer.write(exchange(b"HTTP/1.1 200 OK\r\n\r\nsame", url="http://news.example/0"))
            for number in (1, 2):
                page = b"HTTP/1.1 200 OK\r\n\r\n%d" % number
                writer.write(exchange(page, url=f"http://news.example/{number}"))
        with open_writer(folder=folder, **arguments) as writer:
            writer.write(exchange(b"HTTP/1.1 200 OK\r\n\r\nsame", url="http://news.example/twin"))
        return folder / "warc" / str(first.file)

    return make


def _flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0xFF
    path.write_bytes(content)


def _found(folder: Path) -> list[Finding]:
    return [item for item in audit_paths([folder]) if isinstance(item, Finding)]


def _errors(folder: Path) -> list[str]:
    return [finding.message for finding in _found(folder) if finding.severity == "error"]


def _kinds(folder: Path) -> list[str]:
    lines = (folder / "manifest.jsonl").read_bytes().split(b"\n")[:-1]  # without an unfinished one
    return [json.loads(line)["kind"] for line in lines]


def test_whichever_record_is_damaged_the_audit_is_clean_after_the_repair(tmp_path, archived) -> None:
    for number in itertools.count():
        path = archived(tmp_path / str(number))
        folder = path.parent.parent
        places = [record.offset for record in Reader(folder).records(path.name)]
        if number == len(places):
            break
        held = list(captures(Reader(folder), path.name))
        damaged = (places[number], [*places, path.stat().st_size][number + 1])
        _flip(path, sum(damaged) // 2)
        content = path.read_bytes()
        assert _errors(folder)
        result = repair_in_place(path)
        lost = tuple(one.url for one in held if one.offset == damaged[0])
        assert (result.records, result.lost_urls) == (len(places) - 1, lost)
        assert (_errors(folder), _kinds(folder)) == ([], ["sealed", "sealed", "repaired", "removed"])
        told = {finding.file: finding.message for finding in _found(folder) if finding.check == 31}
        assert set(told) == {f"warc/{path.name}", f"warc/repaired-{path.name}", f"set-aside/{path.name}"}
        assert "in 1 gap" in told[f"warc/repaired-{path.name}"]
        assert all(url in told[f"warc/repaired-{path.name}"] for url in lost)
        assert result.set_aside == folder / "set-aside" / path.name
        assert result.set_aside is not None and result.set_aside.read_bytes() == content
        _is_in_order(folder)
    assert number == 7


def _is_in_order(folder: Path) -> None:
    """Every readable capture is indexed, and reads back; nothing is left half-done."""
    reader = Reader(folder)
    assert set(Manifest(folder).sealed()) == set(reader.files()) == {path.name for path in (folder / "warc").iterdir()}
    held = [capture for file in reader.files() for capture in captures(reader, file)]
    assert {(line.record_id, line.file, line.offset) for line in Index(folder).iterate()} == {
        (capture.record_id, capture.file, capture.offset) for capture in held
    }


def test_a_whole_file_is_left_alone(archived) -> None:
    path = archived()
    before = {one: one.read_bytes() for one in path.parent.parent.rglob("*") if one.is_file()}
    assert repair_in_place(path).is_whole
    after = {one: one.read_bytes() for one in path.parent.parent.rglob("*") if one.is_file()}
    assert {one.name for one in after.keys() - before.keys()} <= {".lock"}
    assert all(after[one] == before[one] for one in before)


def test_a_changed_byte_that_harms_no_record_is_put_right_too(archived) -> None:
    path = archived()
    _flip(path, 4)  # the time in a gzip header
    assert _errors(path.parent.parent)
    result = repair_in_place(path)
    assert (result.gaps, result.lost_urls, _errors(path.parent.parent)) == ((), (), [])


def test_noise_is_replaced_by_a_file_that_says_so(archived) -> None:
    path = archived()
    path.write_bytes(b"\0" * 5000)
    result = repair_in_place(path)
    assert (result.records, len(result.lost_urls)) == (0, 3)
    assert _errors(path.parent.parent) == []


def test_a_merged_file_is_mended(tmp_path, archived, clock) -> None:
    path = archived()
    folder = path.parent.parent
    (line,) = merge(folder, 1 << 20, clock=lambda: clock().replace(year=2027))
    merged = folder / "warc" / line.file
    second = line.starts[line.parts[1].file]
    _flip(merged, second + 200)
    assert repair_in_place(merged).records == line.records - 1
    assert (_errors(folder), _kinds(folder)[-3:]) == ([], ["merged", "repaired", "removed"])
    _is_in_order(folder)
    assert main(["verify", str(folder)]) == 0


def test_a_mended_file_can_be_damaged_again(archived) -> None:
    path = archived()
    _flip(path, path.stat().st_size // 2)
    mended = repair_in_place(path).target
    assert mended is not None
    _flip(mended, mended.stat().st_size - 20)
    again = repair_in_place(mended).target
    assert again is not None and again.name == f"repaired-{mended.name}"
    assert _errors(path.parent.parent) == []
    assert sorted(one.name for one in (path.parent.parent / "set-aside").iterdir()) == [mended.name, path.name]


def test_a_removed_file_is_set_aside_and_its_reason_told(archived, capsys) -> None:
    path = archived()
    folder, content = path.parent.parent, path.read_bytes()
    assert main(["remove", str(path), "--reason", "order 7/26 of the court"]) == 0
    place = folder / "set-aside" / path.name
    assert capsys.readouterr().out == f"{place}\n"
    assert (place.read_bytes(), path.exists(), _errors(folder)) == (content, False, [])
    assert any("order 7/26 of the court" in finding.message for finding in _found(folder))
    _is_in_order(folder)
    place.unlink()
    assert _errors(folder) == []
    assert main(["remove", str(path), "--reason", "again"]) == 0, "a repeated command is no error"
    assert _kinds(folder)[-1] == "removed" and len(_kinds(folder)) == 3


def test_a_file_that_is_missing_can_be_given_up(archived) -> None:
    path = archived()
    path.unlink()
    assert _errors(path.parent.parent)
    assert remove(path, "the disk died") is None
    assert _errors(path.parent.parent) == []
    _is_in_order(path.parent.parent)


def test_what_is_put_into_the_folder_by_hand_is_named(archived) -> None:
    folder = archived().parent.parent
    (folder / "set-aside").mkdir()
    (folder / "set-aside" / "x.warc.gz").write_bytes(b"?")
    (finding,) = (finding for finding in _found(folder) if finding.file == "set-aside/x.warc.gz")
    assert (finding.severity, "no line of the manifest" in finding.message) == ("note", True)


def test_what_can_not_be_done_is_refused_in_one_line(tmp_path, archived, capsys) -> None:
    path = archived()
    folder = path.parent.parent
    _flip(path, path.stat().st_size // 2)
    loose = tmp_path / "loose.warc.gz"
    loose.write_bytes(path.read_bytes())
    with only_writer(folder):
        assert main(["repair", str(path), "--replace"]) == 3
        assert "a run writes in this archive" in capsys.readouterr().err
    with kept_together(folder):
        assert main(["repair", str(path), "--replace"]) == 3
        assert "somebody audits or packs the archive" in capsys.readouterr().err
    for file, why in (
        (loose, "not in the warc/ of an archive"),
        (path.with_name("other.warc.gz"), "no such file"),
        (path.with_name("x.warc.gz.open"), "no sealed file"),
    ):
        assert main(["repair", str(file), "--replace"]) == 2
        assert why in capsys.readouterr().err
    with pytest.raises(UsageError, match="give a reason"):
        remove(path, " ")
    assert _kinds(folder) == ["sealed", "sealed"]


def test_lines_are_signed_or_refused(tmp_path, archived) -> None:
    signing_key = tmp_path / "signing.pem"
    private = Ed25519PrivateKey.generate()
    signing_key.touch(0o600)
    signing_key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path = archived(signer=signer(signing_key))
    _flip(path, path.stat().st_size // 2)
    for command in (lambda: repair_in_place(path), lambda: remove(path, "x")):
        with pytest.raises(UsageError, match="its lines are signed; give the key"):
            command()
    assert main(["repair", str(path), "--replace", "--sign", str(signing_key)]) == 1
    assert all(entry.proof for entry in Manifest(path.parent.parent).entries())
    assert _errors(path.parent.parent) == []


@pytest.mark.parametrize("kind", ["failing", "forgetful"])
@pytest.mark.parametrize("finisher", ["next start", "same command"])
@pytest.mark.parametrize("work", ["replace", "remove"])
def test_R1_a_fault_at_any_operation_leaves_the_old_or_the_new_state(
    memory_path, archived, failing_disk, forgetful_disk, kind, finisher, work
) -> None:
    done = 0
    for at in range(OPERATIONS):
        folder = memory_path / str(at)
        path = archived(folder)
        _flip(path, path.stat().st_size // 2)
        content = path.read_bytes()

        def command(disk=None, path=path) -> None:
            repair_in_place(path, disk=disk) if work == "replace" else remove(path, "x", disk=disk)

        disk = failing_disk(at) if kind == "failing" else forgetful_disk(at)
        try:
            command(disk)
            break
        except (StorageError, RuntimeError):
            if kind == "forgetful":
                disk.lose()
        if finisher == "next start":
            recover(folder)
        if finisher == "same command" or "removed" not in _kinds(folder):
            command()
        else:
            done += 1
        _is_in_order(folder)
        assert (folder / "set-aside" / path.name).read_bytes() == content
        assert (_errors(folder), _kinds(folder).count("removed")) == ([], 1)
    assert at > 8
    assert done > 3 or finisher == "same command"


def test_a_kill_at_any_operation_is_repeated(memory_path, archived, forgetful_disk) -> None:
    """Everything that was written is there, but the command ended: kill -9."""
    for at in range(OPERATIONS):
        path = archived(memory_path / str(at))
        _flip(path, path.stat().st_size // 2)
        try:
            repair_in_place(path, disk=forgetful_disk(at))
            break
        except RuntimeError:
            repair_in_place(path)
            assert (_errors(path.parent.parent), _kinds(path.parent.parent).count("removed")) == ([], 1)
            _is_in_order(path.parent.parent)
    assert at > 8
