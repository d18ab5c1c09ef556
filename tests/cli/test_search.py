"""`warcpress search`: its output on a terminal, in a pipe and as JSON; its faults; what it does to the data folder."""

from __future__ import annotations

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
from holding import BRIDGE, DAM, NOON, Holding
from rich.cells import cell_len

import crawler
from archive import Reader

HERE = "herald/2026/03/05-"


def test_hits_are_tab_separated_lines_without_a_terminal(holding, warcpress) -> None:
    done = warcpress("search", "four", "million")
    assert (done.code, done.err) == (0, "")
    date, source, title, path, number, snippet = done.out.rstrip("\n").split("\t")
    assert (date, source, title, path, number) == ("2026-03-05", "herald", "Bridge", f"{HERE}bridge.md", "2")
    assert snippet.endswith("The work will cost four million.") and len(snippet) <= 160
    done = warcpress("search", "bridge", "--limit", "1")
    assert done.out.count("\n") == 1 and done.err == "there are more than 1: --limit 10\n"
    assert warcpress("search", "unheard").err == "no post fits\n"


def test_what_may_be_wrong_is_said_when_no_post_fits(holding, warcpress) -> None:
    assert warcpress("search", "unheard or bridge and source:Herald source:herald").err == (
        "no post fits\n"
        "source:Herald: no source has this name; write one of herald\n"
        "`and` was looked for as a word; as an operator write AND\n"
        "`or` was looked for as a word; as an operator write OR\n"
    )
    Path("warcpress.toml").write_text("")
    assert warcpress("search", "unheard source:herald").err == "no post fits\n", "its posts are there"
    assert warcpress("search", "source:x").err.endswith("no source has this name; the configuration has none\n")


def test_hits_as_json_name_the_version(holding, warcpress) -> None:
    done = warcpress("search", "council -x", "NOT", "million", "--json", "-")
    assert (done.code, done.out, done.err) == (0, "", "no post fits\n")
    warcpress("search", "council", "NOT", "million", "--json", "rows.jsonl")
    rows = [json.loads(line) for line in Path("rows.jsonl").read_text("utf-8").splitlines()]
    assert [(row["url"], row["version"], row["found_version"], row["only_in_old"]) for row in rows] == [
        (DAM, 1, 1, False),
        (BRIDGE, 2, 1, True),
    ]
    for row in rows:
        assert {row["snippet"][start:end] for start, end in row["hits"]} == {"council"}
        assert row["record_id"] != row["found_record_id"] or not row["only_in_old"]


def test_hits_on_a_terminal_of_80_columns(holding) -> None:
    holding.run({BRIDGE: ["吉林省纪委通报三起典型问题，中国人民的桥。" * 20]}, NOON + timedelta(days=2))
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(crawler.__file__).parent.parent),
        "COLUMNS": "",
        "TERM": "xterm",
    }
    command = [sys.executable, "-m", "crawler.cli", "search", "人民 OR floods"]
    subprocess.run(command, stdout=theirs, env=environment, check=True)
    os.close(theirs)
    shown = os.read(ours, 20_000).decode().replace("\r\n", "\n").splitlines()
    os.close(ours)
    marks = "\x1b[1;7m", "\x1b[0m"
    plain = [line.replace(marks[0], "").replace(marks[1], "") for line in shown]
    assert all(cell_len(line) <= 80 for line in plain)
    assert plain[:2] == ["2026-03-05  Bridge", f"            {HERE}bridge.md  version 3"]
    assert f"{marks[0]}人民{marks[1]}" in shown[2] and len(shown) <= 8
    assert f"            {HERE}dam.md" in plain and any(f"{marks[0]}floods{marks[1]}" in line for line in shown)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["a", "OR"], 'OR needs words on both sides; in quotes, "OR" is a word itself'),
        (
            ["titel:x"],
            'titel: is no field; there are source:, section:, author:, after: and before:; as text write "titel:x"',
        ),
        (['"a'], 'a " is not closed; write " behind the phrase'),
    ],
)
def test_a_fault_in_a_query_is_one_line(holding, warcpress, words: list[str], line: str) -> None:
    done = warcpress("search", *words)
    assert (done.code, done.out, done.err) == (2, "", f"warcpress search: {line}\n")


def test_an_archive_without_an_index_gets_one(holding, warcpress) -> None:
    holding.layout.search.unlink()
    assert warcpress("search", "million").out.count("\n") == 1
    assert holding.layout.search.stat().st_mode & 0o077 == 0
    holding.layout.search.unlink()
    with holding.layout.lock():
        done = warcpress("search", "million")
    assert done.code == 3 and "another run holds this folder" in done.err


def test_a_damaged_index_is_made_again_also_where_only_a_query_meets_the_damage(holding, warcpress) -> None:
    holding.layout.search.write_bytes(b"spoilt" * 1000)
    assert warcpress("search", "million").out.count("\n") == 1
    with closing(sqlite3.connect(holding.layout.search, isolation_level=None)) as database:
        database.execute("UPDATE texts_data SET block = x'0123456789' WHERE id > 10")
    done = warcpress("search", "million")
    assert (done.code, done.out.count("\n")) == (0, 1)


def test_a_record_that_cannot_be_read_is_said_in_place_of_its_snippet(holding, warcpress) -> None:
    path = holding.layout.warc / Reader(holding.layout.root).files()[1]
    path.chmod(0o600)
    path.write_bytes(b"\0" * path.stat().st_size)
    done = warcpress("search", "million")
    assert done.code == 0 and "`warcpress audit` tells more" in done.out


def test_no_posts_suggest_a_crawl(tmp_path, monkeypatch, warcpress) -> None:
    monkeypatch.chdir(tmp_path)
    Path("warcpress.toml").write_text("")
    Holding(tmp_path / "data").rows()
    assert warcpress("search", "a").err == "no posts yet; `warcpress crawl` makes them\n"
