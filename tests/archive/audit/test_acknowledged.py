"""Acknowledged findings are listed apart and no reason for exit code 1; a hostile file of them changes nothing."""

from __future__ import annotations

import io
import json
import os
import tracemalloc
from contextlib import redirect_stderr, redirect_stdout
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from warctext import NOW, findings, members, request, response, summary, warcinfo

from archive import ArchiveWriter, Exchange, merge
from archive.audit.acknowledged import Acknowledged
from archive.audit.findings import Summary
from archive.cli import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An archive without a manifest, with two wrong block digests in one file."""
    root = tmp_path / "data"
    (root / "warc").mkdir(parents=True)
    second = [request(12, 13), response(13, 12).replace(b"Hello", b"HELLO")]
    first = [request(), response().replace(b"Hello", b"HELLO")]
    (root / "warc" / "x.warc.gz").write_bytes(members([warcinfo(), *first, *second]))
    return root


def run(*arguments: object) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main([str(one) for one in arguments])
        except SystemExit as error:
            code = int(error.code or 0)
    return code, out.getvalue(), err.getvalue()


def audit(folder: Path) -> tuple[int, list[dict[str, Any]], dict[str, Any]]:
    code, out, _ = run("audit", "--processes", "1", folder, "--json", "-")
    *found, last = [json.loads(line) for line in out.splitlines()]
    return code, found, last["summary"]


def report(folder: Path) -> Path:
    """What `audit --json` writes."""
    path = folder.parent / "findings.jsonl"
    run("audit", "--processes", "1", folder, "--json", path)
    return path


def accept(folder: Path, *numbers: int) -> tuple[int, str, str]:
    return run(
        "acknowledge", folder, report(folder), *numbers, "--reason", "sent so, seen in the log", "--who", "Ada Lovelace"
    )


def errors_at(path: Path) -> list[int]:
    """Line numbers of the errors in the audit's JSON."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [number for number, one in enumerate(lines, 1) if one.get("severity") == "error"]


def test_an_alarm_goes_green_when_all_errors_are_acknowledged(folder: Path) -> None:
    assert audit(folder)[0] == 1
    assert accept(folder)[0] == 0
    code, found, counts = audit(folder)
    assert (code, counts["errors"], counts["acknowledged"], counts["gone"]) == (0, 0, 2, [])
    marked = [one for one in found if "acknowledged" in one]
    assert [(one["check"], one["severity"]) for one in marked] == [(16, "error"), (16, "error")]
    assert marked[0]["acknowledged"]["reason"] == "sent so, seen in the log"
    assert marked[0]["acknowledged"]["who"] == "Ada Lovelace"
    assert marked[0]["acknowledged"]["when"].endswith("Z")


def test_one_line_of_the_report_is_acknowledged_and_the_other_error_stays(folder: Path) -> None:
    first, second = errors_at(report(folder))
    accept(folder, second)
    code, _, counts = audit(folder)
    assert (code, counts["errors"], counts["acknowledged"]) == (1, 1, 1)
    assert first < second
    assert "0 findings acknowledged, 1 were already" not in accept(folder, first)[2]
    assert audit(folder)[0] == 0


def test_further_damage_is_a_new_finding_and_the_old_one_is_named(folder: Path) -> None:
    accept(folder)
    path = folder / "warc" / "x.warc.gz"
    path.write_bytes(path.read_bytes()[:-40])
    code, found, counts = audit(folder)
    assert code == 1
    assert [one["check"] for one in found if one["severity"] == "error" and "acknowledged" not in one] == [2]
    assert [(one["check"], one["file"]) for one in counts["gone"]] == [(16, "warc/x.warc.gz")]
    shown = run("audit", "--processes", "1", folder)[1]
    assert "acknowledged, and found no longer: 1 finding" in shown
    assert "Ada Lovelace" in shown


def test_the_table_and_the_page_list_them_apart(folder: Path, tmp_path: Path) -> None:
    accept(folder)
    page = tmp_path / "page.html"
    code, out, _ = run("audit", "--processes", "1", folder, "--html", page)
    assert code == 0
    assert "acknowledged: 2 findings" in out
    assert "sent so, seen in the log; Ada Lovelace" in out
    assert "0 errors" in out.splitlines()[-1]
    assert "2 acknowledged" in out.splitlines()[-1]
    assert "Acknowledged: 2" in page.read_text()


def test_findings_are_acknowledged_once(folder: Path) -> None:
    accept(folder)
    before = (folder / "acknowledged.jsonl").read_bytes()
    (folder / "warc" / "y.warc.gz").write_bytes(b"")
    assert "1 finding acknowledged" in accept(folder)[2]
    assert (folder / "acknowledged.jsonl").read_bytes().startswith(before)


def test_warnings_are_acknowledged_by_number_only(folder: Path) -> None:
    path = report(folder)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    number = next(n for n, one in enumerate(lines, 1) if one.get("severity") == "warning")
    before = audit(folder)[2]["warnings"]
    accept(folder)
    assert audit(folder)[2]["warnings"] == before
    accept(folder, number)
    assert audit(folder)[2]["warnings"] == before - 1


def test_an_error_that_is_acknowledged_still_explains_others(folder: Path) -> None:
    before = [one["caused_by"] for one in audit(folder)[1]]
    accept(folder)
    assert [one["caused_by"] for one in audit(folder)[1]] == before


def test_a_file_elsewhere_serves_evidence_that_is_not_written_to(folder: Path, tmp_path: Path) -> None:
    path = folder / "warc" / "x.warc.gz"
    accepted, made = tmp_path / "accepted.jsonl", tmp_path / "f.jsonl"
    run("audit", "--processes", "1", path, "--json", made)
    assert run("acknowledge", accepted, made, "--reason", "known", "--who", "x")[0] == 0
    assert run("audit", "--processes", "1", path)[0] == 1
    assert run("audit", "--processes", "1", path, "--acknowledged", accepted)[0] == 0
    assert run("audit", path, "--acknowledged", tmp_path / "none.jsonl")[0] == 2


def test_a_partial_audit_says_nothing_of_what_no_longer_occurs(folder: Path) -> None:
    accept(folder)
    (folder / "warc" / "x.warc.gz").write_bytes(members([warcinfo()]))
    assert summary(folder, since=NOW).gone == ()
    assert len(summary(folder).gone) == 2


@pytest.mark.parametrize(
    ("line", "reason", "says"),
    [(1, " ", "--reason is empty"), (99, "x", "behind the last line"), (0, "x", "no finding")],
)
def test_what_can_not_be_acknowledged_is_said(line: int, reason: str, says: str, folder: Path) -> None:
    made = report(folder)
    summary_line = len(made.read_text().splitlines())
    code, _, err = run("acknowledge", folder, made, line or summary_line, "--reason", reason)
    assert (code, says in err) == (2, True), err
    assert not (folder / "acknowledged.jsonl").exists()


def test_a_report_without_errors_has_nothing_to_acknowledge(folder: Path) -> None:
    accept(folder)
    assert run("acknowledge", folder, report(folder), "--reason", "x")[0] == 2


def good(folder: Path) -> dict[str, Any]:
    accept(folder)
    return json.loads((folder / "acknowledged.jsonl").read_text().splitlines()[0])  # type: ignore[no-any-return]


HOSTILE: dict[str, bytes] = {
    "no JSON": b"yes\n" * 50,
    "not UTF-8": b"\xff\xfe\n",
    "a list": b"[]\n",
    "nested without end": b"[" * 100_000 + b"\n",
    "a number without end": b'{"check": ' + b"9" * 10_000 + b"}\n",
    "a line without end": b"x" * 200_000,
    "zeros": bytes(4096),
    "everything null": b'{"v": 1, "check": null, "file": null, "message": null, "reason": null}\n',
    "true for a check": b'{"v": 1, "check": true, "file": null, "offset": null, "record": null, "message": "a",'
    b' "reason": "b", "who": "c", "when": "d"}\n',
    "lone surrogates": b'{"v": 1, "check": 16, "file": "\\ud800", "offset": null, "record": null, "message": "a",'
    b' "reason": "\\ud800", "who": "\\u202e", "when": "d"}\n',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_changes_nothing_and_stops_nothing(name: str, folder: Path, tmp_path: Path) -> None:
    (folder / "acknowledged.jsonl").write_bytes(HOSTILE[name])
    code, found, counts = audit(folder)
    assert (code, counts["errors"], counts["acknowledged"]) == (1, 2, 0)
    if name != "lone surrogates":
        assert [one["severity"] for one in found if one["file"] == "acknowledged.jsonl"] == ["warning"]
    out = run("audit", "--processes", "1", folder, "--html", tmp_path / "x.html")[1]
    assert not set(out) & set("\x1b\u202e")


@pytest.mark.parametrize("field", ["reason", "who", "when", "message", "check", "v"])
def test_a_line_without_one_field_acknowledges_nothing(field: str, folder: Path) -> None:
    entry = good(folder)
    del entry[field]
    (folder / "acknowledged.jsonl").write_text(json.dumps(entry) + "\n")
    assert audit(folder)[2]["acknowledged"] == 0


@pytest.mark.parametrize("field", ["file", "offset", "record", "message", "check"])
def test_a_line_for_another_finding_acknowledges_nothing(field: str, folder: Path) -> None:
    entry = good(folder)
    entry[field] = 7 if field in ("check", "offset") else "another"
    (folder / "acknowledged.jsonl").write_text(json.dumps(entry) + "\n")
    code, _, counts = audit(folder)
    assert (code, counts["acknowledged"], len(counts["gone"])) == (1, 0, 1)


def test_a_fifo_under_the_name_does_not_make_the_audit_wait(folder: Path) -> None:
    os.mkfifo(folder / "acknowledged.jsonl")
    assert audit(folder)[2]["errors"] == 2


def test_a_hundred_thousand_lines_stay_small(folder: Path) -> None:
    entry = good(folder)
    with (folder / "acknowledged.jsonl").open("a") as file:
        file.writelines(json.dumps({**entry, "offset": number}) + "\n" for number in range(100_001))
    tracemalloc.start()
    read = Acknowledged({folder / "acknowledged.jsonl": ""})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40 << 20
    assert "too long" in read.findings[0].message
    assert len(list(read.gone())) == 1000
    read.close()
    assert audit(folder)[2]["acknowledged"] == 2


def test_the_last_line_of_a_killed_writer_is_completed(folder: Path) -> None:
    accept(folder)
    path = folder / "acknowledged.jsonl"
    path.write_bytes(path.read_bytes()[:-30])
    assert audit(folder)[2]["acknowledged"] == 1
    accept(folder)
    assert audit(folder)[:1] == (0,)
    assert audit(folder)[2]["acknowledged"] == 2


def test_without_the_file_nothing_is_acknowledged(folder: Path) -> None:
    last = summary(folder)
    assert isinstance(last, Summary)
    assert (last.acknowledged, last.gone) == (0, ())
    assert all(one.acknowledged is None for one in findings(folder))
    assert not (folder / "acknowledged.jsonl").exists()


def test_an_acknowledgement_holds_after_its_file_was_merged(tmp_path: Path) -> None:
    root, clock = tmp_path / "data", iter(NOW + timedelta(seconds=n) for n in range(1000))
    false = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n<p>not gzip</p>"
    for number in range(3):
        writer = ArchiveWriter(root, prefix="test", warcinfo=[("software", "test")], clock=lambda: next(clock))
        writer.write(
            Exchange(
                url=f"http://example.org/{number}",
                method="GET",
                started_at=next(clock),
                request=b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n",
                response=io.BytesIO(false + b"%d" % number),
                ip="127.0.0.1",
            )
        )
        writer.commit()
        writer.close()
    lines = [json.loads(line) for line in report(root).read_text().splitlines()]
    numbers = [number for number, one in enumerate(lines, 1) if one.get("check") == 22]
    assert len(numbers) == 3
    accept(root, *numbers[1:])
    assert audit(root)[2]["acknowledged"] == 2
    assert len(merge(root, 1 << 20, clock=lambda: NOW + timedelta(days=1))) == 1
    _, found, counts = audit(root)
    assert (counts["acknowledged"], counts["warnings"], counts["gone"]) == (2, 1, [])
    assert {one["file"] for one in found} == {next(root.glob("warc/*.gz")).relative_to(root).as_posix()}
