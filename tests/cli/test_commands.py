"""Commands that need no network: their output on stdout and stderr, and their exit codes."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import termios
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from holding import BRIDGE, DAM, LAG, LONG, NOON, PICTURE, Holding
from pages import PNG, article
from rich.cells import cell_len
from wire_server import WireServer, body

import crawler
from archive import printable
from crawler.cli import main, refetch
from crawler.clock import rfc3339
from crawler.config import load
from crawler.items import Outcome, Reason
from crawler.run.job import Job, RunOptions
from crawler.run.report import WrittenPost

PATH = "herald/2026/03/05-bridge.md"


def test_list_is_tab_separated_lines_without_a_terminal(holding, warcpress) -> None:
    done = warcpress("list")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "2026-03-05\therald\tBridge\therald/2026/03/05-bridge.md\n2026-03-05\therald\tDam\therald/2026/03/05-dam.md\n"
    )


def test_list_as_json_has_the_dates_of_the_captures(holding, warcpress) -> None:
    rows = [json.loads(line) for line in warcpress("list", "--json", "-").out.splitlines()]
    assert [(row["url"], row["version"]) for row in rows] == [(BRIDGE, 2), (DAM, 1)]
    assert [row["captured"] for row in rows] == [rfc3339(NOON + timedelta(days=1)), rfc3339(NOON)]
    assert rows[0]["images"][0]["url"] == PICTURE and rows[0]["published"] == "2026-03-05T07:30:00.000000Z"
    warcpress("list", "--json", "rows.jsonl")
    assert [json.loads(line) for line in Path("rows.jsonl").read_text("utf-8").splitlines()] == rows
    done = warcpress("list", "--json", "none/rows.jsonl")
    assert (done.code, done.err) == (
        4,
        "warcpress list: none/rows.jsonl: can't be written: No such file or directory\n",
    )


def test_list_filters_and_goes_on_after_a_post(holding, warcpress) -> None:
    def listed(*words: str) -> list[str]:
        done = warcpress("list", *words)
        assert done.code == 0
        return [line.split("\t")[2] for line in done.out.splitlines()]

    assert listed("--changed") == listed("--title", "BRI") == ["Bridge"]
    assert listed("--source", "herald", "--since", "2026-03-05", "--until", "2026-03-06") == ["Bridge", "Dam"]
    assert listed("--since", "2026-03-06") == listed("--withdrawn") == listed("--suspect") == []
    first = warcpress("list", "--limit", "1")
    assert first.out.count("\n") == 1 and first.err == f"for further posts: --after {PATH}\n"
    assert listed("--after", PATH) == listed("--after", BRIDGE) == listed("--after", f"data/posts/{PATH}") == ["Dam"]
    assert warcpress("list", "--source", "tribune").err == "no post fits\n"
    assert warcpress("list", "--after", "none.md").code == warcpress("list", "--withdrawn", "--suspect").code == 2


def test_list_on_a_terminal_of_80_columns(holding, monkeypatch) -> None:
    """A line ends between two words; a word that is wider than the terminal, as in Chinese, is cut."""
    title = "吉林省纪委通报三起典型问题 المدينة\x1b[2J\u202e " * 3 + "长" * 50
    with closing(sqlite3.connect(holding.layout.catalogue, isolation_level=None)) as database:
        database.execute("UPDATE versions SET title = ? WHERE canonical_url = ?", (title, BRIDGE))
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    environment = {**os.environ, "PYTHONPATH": str(Path(crawler.__file__).parent.parent), "COLUMNS": ""}
    subprocess.run([sys.executable, "-m", "crawler.cli", "list"], stdout=theirs, env=environment, check=True)
    os.close(theirs)
    shown = os.read(ours, 10_000).decode().replace("\r\n", "\n").splitlines()
    os.close(ours)
    assert shown[0].startswith("2026-03-05  吉林省纪委通报三起典型问题 المدينة\\x1b[2J\\u202e")
    assert all(cell_len(line) <= 80 for line in shown) and not any(line.endswith(" ") for line in shown)
    words = printable(title).split()
    assert [line[12:].split() for line in shown[:3]] == [words[:2], words[2:4], words[4:6]]
    assert "".join(line[12:] for line in shown[3:-3]) == words[6]
    assert shown[-3:] == [f"            {PATH}  version 2", "2026-03-05  Dam", "            herald/2026/03/05-dam.md"]


def test_list_without_posts_suggests_a_crawl(tmp_path, monkeypatch, warcpress) -> None:
    monkeypatch.chdir(tmp_path)
    Path("warcpress.toml").write_text("")
    empty = Holding(tmp_path / "data")
    empty.rows()
    assert warcpress("list").err == "no posts yet; `warcpress crawl` makes them\n"


SECRETS = """[crawl]
proxy = "env:NOT_SET"
[notify]
url = "env:NOT_SET"
[archive]
signing_key = "env:NOT_SET"
[[source]]
name = "herald"
headers = { Cookie = "env:NOT_SET" }
"""


@pytest.mark.parametrize(
    "words",
    [
        ["list"],
        ["list", "--json", "-"],
        ["show", BRIDGE],
        ["show", BRIDGE, "--part", "request"],
        ["history", BRIDGE],
        ["audit"],
        ["pack", "all.wacz"],
        ["pack", "one.wacz", BRIDGE],
        ["rebuild", "--dry-run"],
        ["status"],
        ["runs"],
        ["export", "--opml"],
    ],
)
def test_reading_needs_no_secrets(holding, warcpress, words: list[str]) -> None:
    without = warcpress(*words)
    Path("warcpress.toml").write_text(SECRETS)
    done = warcpress(*words)
    assert (done.code, done.err) == (without.code, without.err) == (0, done.err)
    if words not in (["audit"], ["status"]):  # they print times
        assert done.out == without.out


@pytest.mark.parametrize("words", [["crawl"], ["crawl", "--dry-run"], ["refetch", BRIDGE], ["preview", BRIDGE]])
def test_fetching_without_its_secrets_is_one_line(holding, warcpress, words: list[str]) -> None:
    Path("warcpress.toml").write_text(SECRETS)
    done = warcpress(*words)
    text = "warcpress.toml:9: [[source]] herald: headers Cookie: the environment has no NOT_SET; set it before"
    assert done.code == 2 and text in done.err and done.err.count("\n") == 1


def test_sealing_without_the_key_is_one_line(holding, warcpress) -> None:
    Path("warcpress.toml").write_text('[archive]\nsigning_key = "env:NOT_SET"\n[[source]]\nname = "herald"\n')
    for words in (["crawl"], ["rebuild"]):
        done = warcpress(*words)
        assert done.code == 2 and "signing_key: the environment has no NOT_SET" in done.err, done.err
        assert done.err.count("\n") == 1


def test_L3_a_title_that_a_spreadsheet_would_compute_is_marked(holding, warcpress) -> None:
    with closing(sqlite3.connect(holding.layout.catalogue, isolation_level=None)) as database:
        database.execute("UPDATE versions SET title = '=HYPERLINK(0)' WHERE number = 1")
    assert "\t'=HYPERLINK(0)\t" in warcpress("list").out


def test_show_and_history(holding, warcpress) -> None:
    assert warcpress("show", BRIDGE).out == holding.posts()[PATH]
    at = rfc3339(NOON + LAG / 2)
    assert "four million" not in warcpress("show", PATH, "--at", at).out
    assert warcpress("show", BRIDGE, "--part", "request").out.startswith("GET /a/bridge.html HTTP/1.1\r\n")
    assert warcpress("history", BRIDGE).out.count("version ") == 2
    assert [json.loads(line)["version"] for line in warcpress("history", BRIDGE, "--json").out.splitlines()] == [1, 2]
    done = warcpress("show", PICTURE, "--json", "-")
    assert json.loads(done.out)["sha256"] == hashlib.sha256(PNG).hexdigest()
    assert done.err == f"{PICTURE}: no post is made of it; this is its page\n"
    done = warcpress("show", "http://herald.test/never")
    assert (done.code, done.out) == (2, "")
    assert done.err == "warcpress show: http://herald.test/never: not in the archive; `warcpress list` shows what is\n"


def test_rebuild_and_pack(holding, warcpress) -> None:
    (holding.layout.posts / PATH).unlink()
    dry = warcpress("rebuild", "--dry-run")
    assert (
        dry.out.splitlines()[:2] == ["2 posts, 1 file would be written", f"  {PATH}"]
        and not (holding.layout.posts / PATH).exists()
    )
    assert warcpress("rebuild").out.splitlines()[0] == "2 posts, 1 file written"
    assert (holding.layout.posts / PATH).exists()
    assert warcpress("pack", "all.wacz").out == "all.wacz: 2 WARC files, 6 captures, 2 pages\n"
    packed = json.loads(warcpress("pack", "all.wacz", "--json").out)
    assert (packed["file"], len(packed["files"]), packed["captures"], packed["pages"]) == ("all.wacz", 2, 6, 2)


def test_R10_the_bad_ends_of_commands_that_a_timer_may_start_are_told(holding, warcpress) -> None:
    def told(command: str) -> list[tuple[int, str]]:
        before = len(hook.exchanges)
        code = warcpress(*command.split()).code
        found = [json.loads(exchange.request.partition(b"\r\n\r\n")[2]) for exchange in hook.exchanges[before:]]
        assert all((message["command"], message["exit_code"]) == (command, code) for message in found)
        return [(message["exit_code"], message["reason"]) for message in found]

    first = min(holding.layout.warc.iterdir())
    damaged = [(1, "something is damaged or missing; the output of the command names it")]
    with WireServer(lambda *_: body(b"")) as hook:
        with Path("warcpress.toml").open("a") as file:
            file.write(f'[notify]\nurl = "{hook.url("/")}"\n')
        assert told("audit") == told("rebuild") == [], "they end well"
        with holding.layout.lock():
            [(code, reason)] = told("rebuild")
            assert code == 3 and "another run holds this folder" in reason
        first.write_bytes(first.read_bytes()[:-40])
        assert told("rebuild --dry-run") == told(f"audit {first}") == [], "somebody reads their output"
        assert told("audit") == told("rebuild") == damaged
        holding.layout.media.rename("pictures")
        holding.layout.media.symlink_to(Path("pictures").absolute())
        [(code, reason)] = told("rebuild")
        assert code == 4 and "is a link to" in reason
        with Path("warcpress.toml").open("a") as file:
            file.write("xyzzy = 1\n")
        [(code, reason)] = told("audit")
        assert code == 2 and "unknown key 'xyzzy'" in reason


def test_preview_of_a_saved_page_prints_the_post_on_stdout_and_its_fields_on_stderr(holding, warcpress) -> None:
    Path("page.html").write_text(article("Bridge", LONG), "utf-8")
    done = warcpress("preview", "page.html", "--url", BRIDGE)
    assert "\ntitle: 'Bridge'\n" in done.out and "council voted" in done.out
    assert done.err.splitlines()[:3] == [
        "title: Bridge",
        "authors: Ada Lovett",
        "published: 2026-03-05 07:30:00+00:00 (page: 2026-03-05T08:30:00+01:00)",
    ]
    assert done.err.splitlines()[-1] == "source: herald"
    done = warcpress("preview", "none.html")
    assert (done.code, done.err) == (2, "warcpress preview: none.html: can't be read: No such file or directory\n")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["list", "--config", "none.toml"], 2, "none.toml"),
        (["list", "--data", "none"], 2, "no data folder of warcpress (no LAYOUT in it); `warcpress crawl` makes one"),
        (["refetch", "ftp://herald.test/"], 2, "'ftp://herald.test/': refetch takes http:// and https:// URLs"),
        (["crawl", "--limit", "0"], 2, "'0': write a whole number from 1"),
        (["crawl", "--dry-run", "tribune"], 2, "'tribune'"),
        (["show", BRIDGE, "--at", "yesterday"], 2, "'yesterday': write 2026-11-22 or 2026-11-22T10:00:00Z"),
        (["shout"], 2, "invalid choice: 'shout'"),
    ],
)
def test_wrong_usage_ends_with_code_2_and_names_the_right_form(holding, warcpress, words, code, message) -> None:
    done = warcpress(*words)
    assert (done.code, done.out) == (code, "") and message in done.err and "Traceback" not in done.err


def test_a_catalogue_that_is_missing_or_broken_is_one_line(holding, warcpress) -> None:
    holding.layout.catalogue.write_bytes(b"spoilt" * 1000)
    done = warcpress("list")
    assert done.code == 4 and done.err.count("\n") == 1 and "`warcpress rebuild` makes it again" in done.err
    holding.layout.catalogue.unlink()
    done = warcpress("list")
    assert done.code == 2 and done.err.endswith(": missing; `warcpress rebuild` makes it again from the WARC files\n")


def test_an_audit_goes_on_without_a_catalogue_that_it_cannot_read(holding, warcpress) -> None:
    with closing(sqlite3.connect(holding.layout.catalogue)) as database:
        database.execute("PRAGMA user_version = 7")
    done = warcpress("audit", "--json", "-")
    [finding, summary] = [json.loads(line) for line in done.out.splitlines()]
    assert (done.code, finding["check"], finding["severity"]) == (1, 33, "error")
    assert finding["message"].startswith("the catalogue can't be read: schema 7 of a newer warcpress, this one knows ")
    assert summary["summary"]["errors"] == 1


def test_version_and_help(warcpress) -> None:
    assert warcpress("--version").out.startswith("warcpress 0.")
    done = warcpress("--help")
    assert done.code == 0 and "fetch what is new from the sources" in done.out


def test_refetch_prints_the_outcome_of_each_url(holding: Holding) -> None:
    gone, unseen = "http://herald.test/a/gone.html", "http://herald.test/a/unseen.html"
    moved = "http://herald.test/a/moved.html"
    options = RunOptions(urls=(BRIDGE, DAM, gone, moved, unseen))
    job = Job(load("warcpress.toml"), options, "refetch")
    job.open()
    with job:
        job.report.posts.append(WrittenPost(PATH, BRIDGE, BRIDGE, Outcome.CHANGED))
        job.report.finished(gone, Outcome.GONE, Reason("http-404", f"{gone}: answered 404"))
        job.report.finished(
            moved, Outcome.REFUSED, Reason("fence", "http://other.test/: refused by fence: not allowed")
        )
        job.report.finished(BRIDGE, Outcome.CHANGED, None)
        job.report.finished(DAM, Outcome.UNCHANGED, None)
        told = list(refetch.changes(job))
    lines = [line for line, _ in told]
    assert lines[0] == f"{BRIDGE}: changed, version 2: {PATH}" and told[0][1] is not None
    assert told[0][1].body[-1].after == "The work will cost four million."
    assert [changed for _, changed in told[1:]] == [None] * 4
    assert lines[-4:] == [
        f"{DAM}: nothing changed since version 1 of 2026-03-06 12:00 UTC",
        f"{gone}: not fetched (gone): answered 404",
        f"{moved}: not fetched (refused): http://other.test/: refused by fence: not allowed",
        f"{unseen}: not fetched: the run ended before",
    ]


@pytest.mark.parametrize("module", ["crawler.cli", "archive"])
@pytest.mark.parametrize("words", [["--help"], ["audit", "."]])
def test_output_that_cannot_be_written_ends_with_code_4_and_one_line(
    module: str, words: list[str], tmp_path: Path
) -> None:
    (tmp_path / "warc").mkdir()
    command = [sys.executable, "-m", module, *words]
    environment = {**os.environ, "PYTHONPATH": str(Path(crawler.__file__).parent.parent)}
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        run = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment)
    closed = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", *command], stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment
    )
    for ended in (run, closed):
        assert "Traceback" not in ended.stderr
    assert closed.returncode == 4
    assert len(closed.stderr.splitlines()) == 1
    if words[0] != "--help":
        assert run.returncode == 4
        assert "No space left on device" in run.stderr


def test_an_unknown_option_is_told_with_the_usage_of_its_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["crawl", "--dyu"])
    told = capsys.readouterr().err
    assert ended.value.code == 2 and told.startswith("usage: warcpress crawl ") and "[--due]" in told
    assert told.endswith("warcpress crawl: error: unrecognized arguments: --dyu\n")


def test_a_package_that_finds_no_room_leaves_no_temporary_file(tmp_path: Path) -> None:
    holding = Holding(tmp_path / "data")
    holding.run({BRIDGE: LONG, DAM: LONG})
    pack = ["-m", "archive", "pack", str(holding.layout.root), str(tmp_path / "out.wacz")]
    limited = 'ulimit -f 2; exec "$@"'  # 1 or 2 KB, by shell
    run = subprocess.run(["sh", "-c", limited, "sh", sys.executable, *pack], stderr=subprocess.PIPE, text=True)
    assert run.returncode == 4
    assert "Traceback" not in run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize(
    "words",
    [
        ["search", "source:\udcff"],
        ["list", "--source", "\udcff"],
        ["history", "\udcff"],
        ["export", "-", "--after", "\udcff"],
    ],
)
def test_bytes_that_are_not_utf_8_are_one_line(holding, warcpress, words: list[str]) -> None:
    done = warcpress(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err == f"warcpress {words[0]}: {words[-1]!r} has bytes that are not UTF-8; write it in UTF-8\n"
