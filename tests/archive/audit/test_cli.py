"""`python -m archive audit`: exit codes, JSON Lines, the table, the page."""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from warctext import RESPONSE, fields, gz, members, pair, request, response, response_fields, text, uid, warcinfo

from archive import audit_paths
from archive.audit.findings import Finding, Summary
from archive.audit.report_terminal import Terminal
from archive.cli import main


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.warc.gz"
    path.write_bytes(members(pair()))
    return path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.warc.gz"
    path.write_bytes(members([warcinfo(), request(), response().replace(b"Hello", b"HELLO")]))
    return path


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def run(*arguments: object) -> Done:
    """As `python -m archive audit` does, without a process of its own."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(["audit", "--processes", "1", *map(str, arguments)])
        except SystemExit as error:
            code = int(error.code or 0)
    return Done(code, out.getvalue(), err.getvalue())


def test_the_module_runs(bad: Path) -> None:
    command = [sys.executable, "-m", "archive", "audit", str(bad)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "")
    assert "block digest is" in done.stdout


def test_a_good_file_exits_with_0(good: Path) -> None:
    done = run(good)
    assert done.returncode == 0
    assert re.search(r"1 file, 3 records, \d+ bytes: 0 errors", done.stdout)
    assert done.stderr == ""


def test_an_error_exits_with_1_and_is_one_line_of_json(bad: Path) -> None:
    done = run(bad, "--json", "-")
    assert done.returncode == 1
    *found, last = [json.loads(line) for line in done.stdout.splitlines()]
    error = next(finding for finding in found if finding["severity"] == "error")
    assert error == {
        "v": 1,
        "file": str(bad),
        "offset": len(gz(warcinfo())) + len(gz(request())),
        "record_id": uid(3),
        "check": 16,
        "severity": "error",
        "clause": "WARC 1.1, 5.8",
        "message": error["message"],
        "url": "http://example.org/page",
        "caused_by": None,
    }
    assert "severity" not in last
    assert last["summary"]["errors"] == 1
    assert last["summary"]["not_read"] == []
    follows = next(finding for finding in found if finding["check"] == 17)
    assert follows["severity"] == "warning"
    assert follows["caused_by"] == {"file": str(bad), "offset": error["offset"], "check": 16}


def test_a_usage_error_exits_with_2(tmp_path: Path, good: Path) -> None:
    for arguments in (
        (tmp_path / "none.warc.gz",),
        (),
        (good, "--sample", "0%"),
        (good, "--since", "tomorrow"),
        (good, "--processes", "0"),
    ):
        done = run(*arguments)
        assert done.returncode == 2, arguments
        assert "Traceback" not in done.stderr


def test_an_unwritable_report_exits_with_4(good: Path, tmp_path: Path) -> None:
    for option in ("--json", "--html"):
        done = run(good, option, tmp_path / "no" / "such" / "folder")
        assert done.returncode == 4
        assert len(done.stderr.splitlines()) == 1


def test_json_into_a_file_leaves_the_table_on_stdout(bad: Path, tmp_path: Path) -> None:
    done = run(bad, "--json", tmp_path / "report.jsonl")
    assert "16, block digest" in done.stdout
    assert json.loads((tmp_path / "report.jsonl").read_text().splitlines()[-1])["summary"]["files"] == 1


def test_a_report_has_its_name_once_it_is_whole(
    bad: Path, good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, part = tmp_path / "report.jsonl", tmp_path / "report.jsonl.part"
    run(good, "--json", report)
    before = report.read_text()

    def interrupted(*arguments: Any, **options: Any) -> Iterator[object]:
        yield next(found for found in audit_paths(*arguments, **options) if isinstance(found, Finding))
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("archive.audit.audit.audit_paths", interrupted)
        assert run(bad, "--json", report).returncode == 130
    assert json.loads(part.read_text())["check"] and report.read_text() == before
    run(bad, "--json", report)
    assert not part.exists() and '"summary"' in report.read_text() != before


def test_a_report_goes_into_a_device_or_through_a_link(bad: Path, tmp_path: Path) -> None:
    assert run(bad, "--json", "/dev/null", "--html", "/dev/null").returncode == 1
    assert Path("/dev/null").is_char_device() and not Path("/dev/null.part").exists()
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "report.jsonl")
    run(bad, "--json", tmp_path / "link.jsonl")
    assert (tmp_path / "link.jsonl").is_symlink() and '"summary"' in (tmp_path / "report.jsonl").read_text()
    done = run(bad, "--json", "/dev/full")
    assert done.returncode == 4 and "Traceback" not in done.stderr and len(done.stderr.splitlines()) == 1


def test_the_page_needs_no_other_file(bad: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    assert run(bad, "--html", page).returncode == 1
    content = page.read_text()
    assert not re.search(r"(?:src|href)\s*=|url\(|@import|<script", content)
    assert "2026-11-20" in content
    assert "block digest" in content

    class Balanced(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.open: list[str] = []

        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag != "meta":
                self.open.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.open.pop() == tag

    parser = Balanced()
    parser.feed(content)
    assert parser.open == []


@pytest.mark.parametrize("options", [(), ("--json", "-")], ids=["table", "json"])
@pytest.mark.parametrize("name", ["good", "bad"])
def test_a_reader_that_stops_early_does_not_change_the_exit_code(
    options: tuple[str, ...], name: str, good: Path, tmp_path: Path
) -> None:
    """As `audit … | head -1` does; there are more lines than a pipe holds."""
    path = tmp_path / "many.warc.gz"
    wrong = response().replace(b"Hello", b"HELLO" if name == "bad" else b"Hello")
    notes = [text(fields("screenshot", n, b"x"), b"x") for n in range(1000, 3000)]  # a type that is not defined: a note
    path.write_bytes(members([warcinfo(), *notes, request(), wrong]))
    command = [sys.executable, "-m", "archive", "audit", str(path), *options, "--html", str(tmp_path / "page.html")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(60) == (1 if name == "bad" else 0)
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()
    assert "</html>" in (tmp_path / "page.html").read_text()


def test_the_page_says_what_was_audited_with_what_and_how(good: Path, bad: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    run(tmp_path, "--since", "2020-01-01", "--html", page)
    content = page.read_text()
    for said in (tmp_path.name, "warcpress ", "Python ", "isal ", "SQLite ", "--since 2020-01-01T00:00:00Z"):
        assert said in content, said
    for path in (good, bad):  # the one without findings too
        assert path.name in content
        assert hashlib.sha256(path.read_bytes()).hexdigest() in content
        assert f"{path.stat().st_size:,}" in content
    assert "data-of='manifest line'" in content
    assert str(tmp_path) not in content


def test_the_page_leaves_out_the_folder_of_the_files(bad: Path, good: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    run(bad, good, "--html", page)  # the two have records of one id, which a message says with the file's name
    assert str(tmp_path) not in page.read_text()
    assert "bad.warc.gz" in page.read_text()


def test_the_table_of_a_terminal_names_the_folder_once(bad: Path, good: Path, tmp_path: Path) -> None:
    shown = io.StringIO()
    shown.isatty = lambda: True  # type: ignore[method-assign]
    with Terminal(shown, io.StringIO(), table=True) as terminal:
        for item in audit_paths([bad, good]):
            if isinstance(item, Finding):
                terminal.finding(item)
            elif isinstance(item, Summary):
                terminal.summary(item)
    table = shown.getvalue().partition("\n16, ")[0]
    assert re.sub(r"\s", "", table).count(str(tmp_path)) == 1, table


def test_a_long_file_name_is_whole_on_a_narrow_terminal(bad: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    name = "warcpress-20261120100000-00000-archive.example.org.warc.gz"
    bad = bad.rename(bad.with_name(name))
    shown = io.StringIO()
    shown.isatty = lambda: True  # type: ignore[method-assign]
    with Terminal(shown, io.StringIO(), table=True) as terminal:
        for item in audit_paths([bad]):
            if isinstance(item, Finding):
                terminal.finding(item)
            elif isinstance(item, Summary):
                terminal.summary(item)
    assert f"{name}:" in shown.getvalue()
    assert all(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) <= 80 for line in shown.getvalue().splitlines())


HOSTILE = "http://example.org/<script>alert(1)</script>\u202e\u2066'\""


def test_text_from_a_file_is_escaped_in_terminal_and_page(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    block = b"x"
    path.write_bytes(members([warcinfo(), text(fields("resource", 2, block, ("WARC-Target-URI", HOSTILE)), block)]))
    done = run(path, "--html", tmp_path / "x.html")
    assert done.returncode == 1
    assert not set(done.stdout) & set("\x1b\u202e\u2066")
    assert "<script" not in (tmp_path / "x.html").read_text()
    assert "\u202e" not in (tmp_path / "x.html").read_text()


def test_a_url_can_not_forge_a_line_of_json(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(members([warcinfo(), request(), text([*response_fields(), ("X-Odd", 'a"\x1b[2J')], RESPONSE)]))
    done = run(path, "--json", "-")
    assert all(json.loads(line)["v"] == 1 for line in done.stdout.splitlines())
    assert "\x1b" not in done.stdout
