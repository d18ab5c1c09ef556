"""Versions of posts in real runs: one post per article, a date for each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from pages import PageServer, article
from running import run

from crawler.items import Outcome
from crawler.run.report import UndatedPost

SITE = "http://herald.test"
START = datetime(2026, 3, 6, 12, tzinfo=UTC)
TEXT = [f"Paragraph {number} of the story, long enough to be one, with a comma." for number in range(5)]
DATE = '<meta property="article:published_time" content="2026-03-05T08:30:00+01:00">'


def posts(folder: Path) -> list[str]:
    root = folder / "data/posts"
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*.md"))


def source(name: str, *paths: str, more: str = "") -> str:
    urls = ", ".join(f'"{SITE}{path}"' for path in paths)
    return f'[[source]]\nname = "{name}"\nurls = [{urls}]\n{more}\n'


def test_two_pages_of_one_article_in_one_run_are_one_post(tmp_path: Path, server: PageServer) -> None:
    """The second page comes before the group commit brings the first into the catalogue."""
    one = '<link rel="canonical" href="http://herald.test/1">'
    server["herald.test/1"] = article("The first story today", TEXT, head=one)
    server["herald.test/m/1"] = article("The first story today", TEXT[:4], head=one)
    ran = run(tmp_path, server.port, source("herald", "/1", "/m/1"))
    assert sorted(ran.outcomes.values()) in (["new", "unchanged"], ["changed", "new"])
    assert posts(tmp_path) == ["herald/2026/03/05-1.md"]


def test_a_file_of_somebody_else_is_not_written_over(tmp_path: Path, server: PageServer) -> None:
    mine = tmp_path / "data/posts/herald/2026/03/05-1.md"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    server["herald.test/1"] = article("The first story today", TEXT)
    run(tmp_path, server.port, source("herald", "/1"))
    assert mine.read_text() == "mine" and len(list(mine.parent.iterdir())) == 2


def test_an_article_without_a_date_is_reported_and_keeps_the_date_it_was_given(
    tmp_path: Path, server: PageServer
) -> None:
    server["herald.test/1"] = article("The first story today", TEXT).replace(DATE, "")
    ran = run(tmp_path, server.port, source("herald", "/1"), WARC_CLOCK=lambda: START, clock=lambda: START)
    assert ran.report.undated == [UndatedPost(f"{SITE}/1", START.isoformat(), "capture")]
    assert posts(tmp_path) == ["herald/2026/03/06-1.md"]
    server["herald.test/1"] = article("The first story today", TEXT[1:]).replace(DATE, "")
    later = START + timedelta(days=1)
    ran = run(tmp_path, server.port, source("herald", "/1"), WARC_CLOCK=lambda: later, clock=lambda: later)
    assert [post.outcome for post in ran.report.posts] == [Outcome.CHANGED] and ran.report.undated == []
    assert posts(tmp_path) == ["herald/2026/03/06-1.md"]
    [post] = (tmp_path / "data/posts").rglob("*.md")
    assert "date: Fri, 06 Mar 2026 12:00:00 GMT\n" in post.read_text("utf-8")
