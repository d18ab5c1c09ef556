"""The pages of sources, runs and the audit: what they show, and what they say when there is nothing yet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from holding import Holding
from serving import Served, serving

from archive.cli import main as acknowledge
from crawler.cli import main
from crawler.demo.site import DemoSite
from crawler.demo.tour import Tour

SOUND = {"v": 1, "finished": "2026-03-06T12:00:00Z", "exit_code": 0, "part": False, "summary": {}, "findings": []}
RUN = "20260306T120000Z-abcdef"


def test_pages_without_content_say_how_it_comes(served: Served) -> None:
    assert "frontier.sqlite: missing; the next run makes it" in served.get("/sources").text
    assert "stored: 2 posts, 3 versions" in served.get("/sources").text
    assert "<code>warcpress crawl</code> makes one" in served.get("/runs").text
    assert "<code>warcpress audit</code> checks" in served.get("/audit").text
    assert served.get(f"/runs/{RUN}").status == 404 and served.get("/runs/..%2f..%2fx").status == 404


def test_a_run_file_that_cannot_be_read_is_told(holding: Holding, tmp_path: Path) -> None:
    (holding.layout.runs / f"{RUN}.json").write_text("{", "utf-8")
    with serving(tmp_path) as running:
        assert "can&#39;t be read" in running.get("/runs").text
        assert "can&#39;t be read" in running.get(f"/runs/{RUN}").text


def test_the_last_audit_is_shown_with_what_was_acknowledged(holding: Holding, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (holding.layout.posts / "herald/2026/03/05-dam.md").write_text("another text", "utf-8")
    assert main(["audit", "--json", "found.jsonl"]) == 1
    with serving(tmp_path) as running:
        page = running.get("/audit").text
        assert "something is wrong" in page and "05-dam.md differs from the version in the archive" in page
        words = ["acknowledge", "data", "found.jsonl", "--reason", "an editor's note", "--who", "Ada"]
        assert acknowledge(words) == 0 and main(["audit"]) == 0
        page = running.get("/audit").text
        assert "Acknowledged findings" in page and "Ada, " in page and "an editor&#39;s note" in page


@pytest.mark.parametrize(
    "note",
    [
        "{",
        "[]",
        *(
            json.dumps(SOUND | part)
            for part in (
                {"finished": "yesterday"},
                {"finished": 5},
                {"summary": {"files": 1}},
                {"findings": 7},
                {"findings": [{"severity": "error"}]},
            )
        ),
    ],
)
def test_a_note_on_the_audit_that_is_broken_is_told(holding: Holding, tmp_path: Path, note: str) -> None:
    (holding.layout.runs / "audit.json").write_text(note, "utf-8")
    with serving(tmp_path) as running:
        answer = running.get("/audit")
        assert answer.status == 200 and "audit.json: can&#39;t be read (" in answer.text
        assert "the next <code>warcpress audit</code> writes it again" in answer.text
        assert running.get("/sources").status == 200


def test_sources_and_runs_of_the_demonstration(tmp_path: Path) -> None:
    with DemoSite() as site:
        Tour(tmp_path / "demo", site).run()
    with serving(tmp_path / "demo") as running:
        sources = running.get("/sources").text
        assert "The Harbour Post" in sources and 'class="badge healthy"' in sources and "last audit: " in sources
        runs = running.get("/runs").text
        assert runs.count('class="item" href="/runs/') == 3
        path = runs.rpartition('class="item" href="')[2].partition('"')[0]
        assert "articles: 8 new" in running.get(path).text
        report = running.get(f"{path}/report")
        assert report.headers["content-type"].startswith("text/html") and "<svg" in report.text
        assert "sandbox" in report.headers["content-security-policy"]
