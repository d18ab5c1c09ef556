"""Several archives in one audit: each gets the findings that it has alone, with its folder's name before the files'."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import test_archive
from test_archive import TAMPERED, files
from warctext import errors, findings, gz, members, request, response, summary, warcinfo

from archive.audit.findings import Finding
from archive.cli import main

folder = test_archive.folder


@pytest.fixture
def sound(folder: Path, tmp_path: Path) -> Path:
    """A copy of the archive: every file, record and serial number is in both."""
    return shutil.copytree(folder, tmp_path / "sound")


def run(*arguments: object) -> tuple[int, str]:
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(io.StringIO()):
        code = main([str(one) for one in arguments])
    return code, out.getvalue()


def alone(finding: Finding) -> Finding:
    """The finding as an audit of its folder alone has it."""
    prefix = f"{finding.folder}/"
    cause = finding.caused_by and replace(finding.caused_by, file=finding.caused_by.file.removeprefix(prefix))
    message = finding.message.replace(prefix, "")
    return replace(finding, file=(finding.file or "").removeprefix(prefix), caused_by=cause, message=message, folder="")


def own(found: list[Finding], name: str) -> list[Finding]:
    """The findings on one folder, but for those which say that other files have the same records."""
    here = [one for one in found if one.folder == name]
    return sorted(map(alone, here), key=lambda one: (one.check, one.file or "", one.offset or 0, one.message))


def test_sound_folders_whose_files_have_the_same_names_have_no_error(folder: Path, sound: Path) -> None:
    found = findings(folder, sound)
    assert {(one.check, one.severity) for one in found} == {(12, "warning")}
    assert {one.folder for one in found} == {"sound"}
    assert "also in data/warc/" in found[0].message
    told = summary(folder, sound)
    names = [f"{root.name}/warc/{path.name}" for root in (folder, sound) for path in files(root)]
    assert [one.file for one in told.read] == names
    assert [one.sealed_by for one in told.read] == [1, 2, 3, 1, 2, 3]
    assert (told.files, told.records) == (6, 2 * summary(folder).records)


@pytest.mark.parametrize("name", TAMPERED)
def test_damage_in_one_folder_is_found_there_and_nowhere_else(name: str, folder: Path, sound: Path) -> None:
    TAMPERED[name][1](folder)
    found = [one for one in findings(sound, folder) if one.check != 12]
    assert errors([one for one in found if one.folder != folder.name]) == []
    single = [one for one in findings(folder) if one.check != 12]
    known = sorted(single, key=lambda one: (one.check, one.file or "", one.offset or 0, one.message))
    assert [replace(one, record_id=None) for one in errors(own(found, folder.name))] == [
        replace(one, record_id=None) for one in errors(known)
    ]


def test_damage_of_one_folder_excuses_nothing_in_another(folder: Path, sound: Path) -> None:
    files(sound)[0].unlink()
    path = folder / "warc" / files(folder)[0].name
    path.write_bytes(members([warcinfo(), request(), request(22, 33)]))
    (folder / "manifest.jsonl").unlink()
    lost = [one for one in findings(folder) if one.check == 26 and one.severity == "error"]
    assert lost
    assert [alone(one) for one in findings(folder, sound) if one.check == 26 and one.severity == "error"] == lost


def test_folders_of_one_name_are_told_apart_by_more_of_their_paths(folder: Path, tmp_path: Path) -> None:
    places = [shutil.copytree(folder, tmp_path / name / "data") for name in ("a", "b")]
    assert {one.file.rpartition("/")[0] for one in summary(*places).read} == {"a/data/warc", "b/data/warc"}


def test_a_folder_that_is_given_twice_is_one_folder(folder: Path) -> None:
    assert findings(folder, folder / "." / ".." / folder.name) == []
    assert summary(folder, folder).files == 3


def test_a_folder_that_is_missing_is_a_finding_and_the_others_are_read(folder: Path, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert [(one.check, one.severity, one.file) for one in findings(folder, missing)] == [(35, "error", str(missing))]
    assert summary(folder, missing).files == 3
    assert run("audit", folder, missing, "--processes", "1")[0] == 1
    assert run("audit", missing, tmp_path / "gone", "--processes", "1")[0] == 2


def test_a_folder_of_archives_is_each_of_them_and_the_loose_files_beside(
    folder: Path, sound: Path, tmp_path: Path
) -> None:
    above = tmp_path / "fleet"
    above.mkdir()
    for number, one in enumerate((folder, sound), 1):
        shutil.copytree(one, above / f"shard-{number}")
    assert findings(above) == findings(above / "shard-1", above / "shard-2")
    assert summary(above).records == summary(above / "shard-1", above / "shard-2").records
    (above / "loose.warc.gz").write_bytes(gz(warcinfo(number=77)))
    assert [one.file.rpartition("/")[2] for one in summary(above).read][-1] == "loose.warc.gz"


def test_a_loose_file_whose_name_is_that_of_a_file_of_the_archive(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = files(folder)[0].name
    (tmp_path / "warc").mkdir()
    (tmp_path / "warc" / name).write_bytes(gz(warcinfo(number=77)))
    monkeypatch.chdir(tmp_path)
    assert errors(findings(folder, Path("warc") / name)) == []
    assert [one.file for one in summary(folder, Path("warc") / name).read][-1] == f"warc/{name}"


def test_a_run_that_writes_in_one_folder_explains_no_open_file_in_another(folder: Path, sound: Path) -> None:
    test_archive.left_open(folder)
    test_archive.left_open(sound)
    name = "test-20261101010101-00003-x.warc.gz.open"
    found = errors(findings(folder, sound, live={folder.resolve() / "warc" / name}))
    assert [one.file for one in found] == [f"sound/warc/{name}"]


def test_a_sample_and_a_date_count_in_every_folder(folder: Path, sound: Path) -> None:
    newest = datetime.strptime(files(folder)[-1].name.split("-")[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    told = summary(folder, sound, since=newest)
    assert [one.file.partition("/")[0] for one in told.read] == ["data", "sound"]
    assert errors(findings(folder, sound, since=newest)) == []
    assert errors(findings(folder, sound, sample=0.34)) == []
    assert len(summary(folder, sound, sample=0.34).not_read) == 4


def test_a_file_that_was_not_read_excuses_no_index_line_in_another_folder(folder: Path, sound: Path) -> None:
    unread = folder / "warc" / "none.warc.gz"
    unread.write_bytes(gz(warcinfo(number=77)))
    os.utime(unread, (0, 0))
    test_archive.index_line(filename=unread.name)(sound)
    found = findings(folder, sound, since=datetime(2026, 11, 1, tzinfo=UTC))
    assert any("a file that is not here: none.warc.gz" in one.message for one in found if one.folder == "sound")


@pytest.fixture
def damaged(folder: Path, sound: Path) -> Iterator[list[Path]]:
    """Two archives with the same wrong block digest each, in files of one name."""
    for root in (folder, sound):
        path = root / "warc" / "x.warc.gz"
        path.write_bytes(members([warcinfo(), request(), response().replace(b"Hello", b"HELLO")]))
    yield [folder, sound]


def report(folders: list[Path], place: Path) -> tuple[int, list[dict[str, Any]], dict[str, Any]]:
    code, _ = run("audit", "--processes", "1", *folders, "--json", place)
    *found, last = map(json.loads, place.read_text().splitlines())
    return code, found, last["summary"]


def test_findings_are_acknowledged_in_their_own_folder(damaged: list[Path], tmp_path: Path) -> None:
    place = tmp_path / "found.jsonl"
    _, found, counts = report(damaged, place)
    each = counts["errors"] // 2
    assert each
    assert {one["folder"] for one in found} == {"data", "sound"}
    run("acknowledge", damaged[0], place, "--reason", "seen", "--who", "Ada")
    names = [json.loads(line)["file"] for line in (damaged[0] / "acknowledged.jsonl").read_text().splitlines()]
    assert {name.partition("/")[0] for name in names} == {"warc"}
    code, found, counts = report(damaged, place)
    assert (code, counts["errors"], counts["acknowledged"], counts["gone"]) == (1, each, each, [])
    assert {one["folder"] for one in found if "acknowledged" in one} == {"data"}
    assert report(damaged[:1], place)[2]["acknowledged"] == each


def test_an_acknowledgement_of_one_folder_alone_holds_beside_others(damaged: list[Path], tmp_path: Path) -> None:
    for root in damaged:
        report([root], tmp_path / "one.jsonl")
        run("acknowledge", root, tmp_path / "one.jsonl", "--reason", "seen", "--who", "Ada")
    code, _, counts = report(damaged, tmp_path / "both.jsonl")
    assert (code, counts["errors"], counts["gone"]) == (0, 0, [])
    (damaged[1] / "warc" / "x.warc.gz").unlink()
    _, _, counts = report(damaged, tmp_path / "both.jsonl")
    assert "sound/warc/x.warc.gz" in [one["file"] for one in counts["gone"]]


def test_findings_of_another_folder_are_refused(damaged: list[Path], tmp_path: Path) -> None:
    place = tmp_path / "found.jsonl"
    report(damaged, place)
    lines = [line for line in place.read_text().splitlines() if '"folder": "sound"' in line]
    place.write_text("\n".join(lines) + "\n")
    assert run("acknowledge", damaged[0], place, "--reason", "seen", "--who", "Ada")[0] == 2
    assert not (damaged[0] / "acknowledged.jsonl").exists()


def test_lines_that_are_no_acknowledgements_are_found_in_their_folder(folder: Path, sound: Path) -> None:
    (sound / "acknowledged.jsonl").write_text("nonsense\n")
    assert [one.file for one in findings(folder, sound) if one.check == 35] == ["sound/acknowledged.jsonl"]


def test_reports_name_the_folder(damaged: list[Path], tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    code, out = run("audit", "--processes", "2", *damaged, "--html", page)
    assert code == 1
    assert "data/warc/x.warc.gz" in out
    assert "sound/warc/x.warc.gz" in out
    assert page.read_text().count("sound/warc/x.warc.gz") >= 3
    assert "data, sound" in page.read_text()
