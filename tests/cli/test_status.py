"""`status` and `runs`: what they show of the sources, the archive and the past runs, in JSON and for a person."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.clock import rfc3339, utc_now
from crawler.items import Candidate, Outcome, Reason
from crawler.run.report import FailedVisit, Report
from crawler.store.frontier import Frontier
from crawler.store.looks import Listed, Look

SOURCES = """[[source]]
name = "herald"
site = "观察者网"
feeds = ["http://herald.test/feed"]
headers = { Cookie = "env:NOT_SET" }
[[source]]
name = "nothing"
[[source]]
name = "later"
feeds = ["http://later.test/feed"]
"""


@pytest.fixture
def watched(holding) -> Any:
    """A data folder whose source was looked at twice today, with two articles in trouble."""
    now = utc_now()
    Path("warcpress.toml").write_text(SOURCES, "utf-8")
    frontier = Frontier(holding.layout.frontier, utc_now, ["herald"])
    for ago, new in ((timedelta(days=3), 4), (timedelta(0), 2)):
        look = Look(
            "herald", (now - ago).timestamp(), read={"http://herald.test/feed": Listed(9)}, outcomes={"new": new}
        )
        frontier.looks.add(look, "healthy")
    frontier.looks.add(Look("later", now.timestamp()), "healthy")  # its list could not be read
    frontier.add([Candidate(f"http://herald.test/{name}", "herald") for name in "ab"])
    for visit, outcome in zip(frontier.due(["herald"], 2), (Outcome.FAILED, Outcome.NEW), strict=True):
        frontier.finish(visit, outcome, reason=Reason("timeout", "slow") if outcome is Outcome.FAILED else None)
    frontier.close()
    for number in range(3):
        started = now - timedelta(hours=number)
        report = Report(f"{started:%Y%m%dT%H%M%SZ}-00000{number}", "crawl", started)
        report.outcomes[Outcome.NEW] = number
        report.failures = [
            FailedVisit("u", Outcome.FAILED, "timeout", f"http://herald.test/{n}: slow") for n in range(22)
        ]
        text = report.text(started + timedelta(seconds=90))
        (holding.layout.runs / f"{report.id}.json").write_text(text, "utf-8")
    (holding.layout.runs / "20200101T000000Z-aaaaaa.json").write_text("{", "utf-8")
    (holding.layout.runs / "notes.json").write_text("{}", "utf-8")
    return holding


def test_status_in_json_has_a_line_per_source_and_a_summary_and_needs_no_secret(watched, warcpress) -> None:
    done = warcpress("status", "--json", "-")
    assert (done.code, done.err) == (0, "")
    herald, nothing, later, last = [json.loads(line) for line in done.out.splitlines()]
    assert (herald["source"], herald["state"], herald["reason"]) == ("herald", "healthy", "")
    assert (herald["new_today"], herald["new_7_days"], herald["failing"], herald["given_up"]) == (2, 6, 1, 0)
    assert herald["last_success"] > rfc3339(utc_now() - timedelta(minutes=5))
    assert nothing["state"] == "misconfigured" and "no feeds" in nothing["reason"]
    assert (later["state"], later["last_success"]) == ("new", None)
    summary = last["summary"]
    assert (summary["posts"], summary["versions"], summary["sealed_files"], summary["open_files"]) == (2, 3, 2, 0)
    assert summary["disk_free"] > 0 and summary["last_run"]["exit_code"] == 0 and not summary["running"]


def test_status_without_a_frontier_or_a_run(holding, warcpress) -> None:
    done = warcpress("status")
    assert done.code == 0 and done.out.startswith("herald\tmisconfigured\tnever\t0\t0\t0\t0\tnow\n")
    assert "last run: none yet" in done.out


def test_status_knows_the_last_audit_and_the_last_run_without_work(watched, warcpress) -> None:
    assert "last audit: not known" in warcpress("status").out
    assert warcpress("audit").code == 0
    (watched.layout.runs / "idle.jsonl").write_text(json.dumps({"last": rfc3339(utc_now())}) + "\n")
    done = warcpress("status").out
    assert "last audit: " in done and "ago, exit code 0" in done and "last run with nothing due: " in done
    warcpress("audit", "--since", "2026-01-01")
    assert "last audit of a part: " in warcpress("status").out
    [*_, last] = warcpress("status", "--json", "-").out.splitlines()
    assert set(json.loads(last)["summary"]["last_audit"]) == {"finished", "exit_code", "part"}
    (watched.layout.runs / "audit.json").write_text('{"finished": "2026', "utf-8")
    assert "audit.json: can't be read (" in warcpress("status").out
    (watched.layout.runs / "audit.json").write_text('{"finished": "2026-11-29T00:00:00Z"}', "utf-8")
    assert "audit.json: can't be read (it lacks 'exit_code')" in warcpress("status").out
    [*_, last] = warcpress("status", "--json", "-").out.splitlines()
    assert "writes it again" in json.loads(last)["summary"]["last_audit"]["fault"]


def on_a_terminal(*words: str) -> str:
    """Output of a command on a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "80", "TERM": "dumb"}
    running = subprocess.Popen([sys.executable, "-m", "crawler.cli", *words], stdout=theirs, env=environment)
    os.close(theirs)
    pieces = []
    try:
        while piece := os.read(ours, 65536):
            pieces.append(piece)
    except OSError:  # the other side is closed
        pass
    os.close(ours)
    assert running.wait() == 0
    return b"".join(pieces).decode()


def test_status_and_runs_fit_into_80_columns(watched) -> None:
    lines = on_a_terminal("status").splitlines()
    assert lines[0].split() == ["source", "state", "last", "ok", "today", "7", "d", "failing", "given", "up", "due"]
    assert lines[1].split()[:2] == ["herald", "healthy"] and max(map(len, lines[:4])) <= 80
    assert any(line.startswith("nothing is misconfigured: ") for line in lines)
    assert any(line.startswith("backup: copy LAYOUT, ") for line in lines)
    assert max(map(len, on_a_terminal("runs").splitlines())) <= 80


def test_runs_lists_the_newest_first_and_shows_one(watched, warcpress) -> None:
    done = warcpress("runs", "--limit", "2")
    rows = [line.split("\t") for line in done.out.splitlines()]
    assert [row[0][-6:] for row in rows] == ["000000", "000001"] and rows[1][2:5] == ["90 s", "0", "1"]
    assert "20200101T000000Z-aaaaaa\tcan't be read: JSONDecodeError" in warcpress("runs").out
    shown = warcpress("runs", rows[0][0]).out.splitlines()
    assert shown[0] == f"run {rows[0][0]}: crawl, exit code 0, 90 s"
    assert "visits without a post: 22" in shown and "  … and 2 more in the run file" in shown
    [content] = map(json.loads, warcpress("runs", rows[0][0], "--json", "-").out.splitlines())
    assert content["run"] == rows[0][0]
    for wanted, why in (("19", "no such run"), ("20", "4 runs start so")):
        done = warcpress("runs", wanted)
        assert done.code == 2 and why in done.err
