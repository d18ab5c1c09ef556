"""A folder of anybody's: audit, `lookup` and `index` read the same files in it, and name what they can't read."""

from __future__ import annotations

import io
import json
import os
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from warctext import members, pair

from archive import Reader
from archive.audit.audit import audit_paths
from archive.audit.findings import Finding, Summary
from archive.cli import main
from archive.index.digests import Digests

URL = "http://example.org/page"
WARC = members(pair())


def package(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(name, WARC)
    return buffer.getvalue()


def audited(folder: Path) -> tuple[list[str], list[Finding]]:
    """The files that the audit reads, and its findings."""
    told = list(audit_paths([folder], processes=1))
    summary = told[-1]
    assert isinstance(summary, Summary)
    return [one.file for one in summary.read], [one for one in told if isinstance(one, Finding)]


@pytest.mark.parametrize(
    "files",
    [
        {"A.WARC.GZ": WARC},
        {"A.WACZ": package("archive/A.WARC.GZ")},
        {"a.wacz": package("archive/a.arc.gz")},
        {"a.wacz": package("archive/a.warc.zst")},
        {"warc/2026/a.warc.gz": WARC},
        {"warc/a.wacz": package("archive/a.warc.gz")},
        {"warc/notes.txt": b"", "more/a.warc.gz": WARC},
        {"warc/a.warc.gz": WARC, "archive/b.warc.gz": WARC, "c.warc": WARC},
    ],
    ids=lambda files: " ".join(files),
)
def test_audit_and_look_ups_read_the_same_files(tmp_path: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    count = sum(name != "warc/notes.txt" for name in files)
    assert len(Reader(tmp_path).files()) == count
    assert len(audited(tmp_path)[0]) == count
    assert main(["index", str(tmp_path)]) == 0
    assert main(["show", str(tmp_path), URL]) == 0


def test_a_linked_folder_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.warc.gz").write_bytes(WARC)
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "real")
    (folder / "loop").symlink_to(folder)
    assert Reader(folder).files() == ["link/a.warc.gz"]
    assert len(audited(folder)[0]) == 1


@pytest.mark.parametrize("what", ["a link that leads nowhere", "not a regular file", "a writer has it still open"])
def test_what_can_not_be_read_is_named_and_hides_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    (tmp_path / "whole.warc.gz").write_bytes(WARC)
    odd = tmp_path / "odd.warc.gz"
    if what.startswith("a link"):
        odd.symlink_to("nowhere")
    elif what.startswith("not"):
        os.mkfifo(odd)
    else:
        odd.with_name("odd.warc.gz.open").write_bytes(WARC)
    assert main(["lookup", str(tmp_path), URL]) == 1
    told = capsys.readouterr()
    assert URL in told.out
    assert "odd.warc.gz" in told.err
    assert what in told.err
    assert main(["index", str(tmp_path)]) == 1
    read, findings = audited(tmp_path)
    assert len(read) == 1
    [error] = [one for one in findings if one.severity == "error"]
    assert (error.check, what in error.message) == (35, True)


def test_warc_files_in_a_folder_of_a_data_folders_warc_are_named(tmp_path: Path) -> None:
    (tmp_path / "warc" / "old").mkdir(parents=True)
    (tmp_path / "warc" / "lost+found").mkdir()
    (tmp_path / "warc" / "old" / "a.warc.gz").write_bytes(WARC)
    (tmp_path / "manifest.jsonl").write_bytes(b"")
    read, findings = audited(tmp_path)
    assert read == []
    assert [(one.severity, one.file) for one in findings if one.check == 35] == [("warning", "warc/old")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_is_closed_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "whole.warc.gz").write_bytes(WARC)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    try:
        assert main(["lookup", str(tmp_path), URL]) == 1
        assert "closed:0: this folder can't be read" in capsys.readouterr().err
        assert [one.check for one in audited(tmp_path)[1] if one.severity == "error"] == [35]
    finally:
        closed.chmod(0o700)


def test_names_that_are_not_utf_8_are_audited_and_indexed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    (folder / "warc").mkdir(parents=True)
    (folder / "warc" / os.fsdecode(b"\xff.warc.gz")).write_bytes(WARC)
    assert main(["show", str(folder), URL]) == 0
    capsys.readouterr()
    assert main(["audit", str(folder), "--processes", "1", "--json", "-"]) == 0
    *_, last = capsys.readouterr().out.splitlines()
    assert json.loads(last)["summary"]["records"] == len(pair())
    assert main(["index", str(folder)]) == 0
    assert main(["show", str(folder), URL]) == 0
    with closing(Digests(folder, read_only=True)) as digests:
        assert digests.files() == Reader(folder).files() == [os.fsdecode(b"\xff.warc.gz")]


def test_a_folder_without_warc_files_gets_no_index(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    assert main(["index", str(tmp_path)]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
