"""What runs see of a source makes its state: in the run file, in the exit code and in the next run's judgement."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pages import Answer, PageServer, article, feed
from running import Ran, run

from crawler.run.job import RunOptions
from crawler.spiders.refetch import RefetchSpider

START = datetime(2026, 3, 5, 12, tzinfo=UTC)
TEXT = ["The council voted on Tuesday to rebuild the old bridge, which has been closed for a year. " * 4] * 3
SCRIPT = (
    "<html><head><title>News</title><script src='/app.js'></script></head><body><div id='root'></div></body></html>"
)
FEED = 'feeds = ["http://herald.test/feed"]'


def source(settings: str = FEED) -> str:
    return f'[[source]]\nname = "herald"\n{settings}\n'


class Runs:
    """Runs over one data folder, one each hour."""

    def __init__(self, folder: Path, server: PageServer) -> None:
        self._folder, self._server, self._now = folder, server, START

    def __call__(self, sources: str = "", **keywords: Any) -> Ran:
        self._now += timedelta(hours=1)
        at = self._now
        return run(self._folder, self._server.port, sources or source(), clock=lambda: at, **keywords)


@pytest.fixture
def runs(tmp_path: Path, server: PageServer) -> Runs:
    return Runs(tmp_path, server)


def publish(server: PageServer, *names: str, host: str = "herald.test") -> None:
    server[f"{host}/feed"] = feed(*(f"http://herald.test/{name}" for name in names))
    for name in names:
        server[f"herald.test/{name}"] = article(f"Title {name}", TEXT)


def state(ran: Ran) -> tuple[str, int]:
    content = ran.report.content(START)
    assert json.loads(ran.report.text(START)) == content
    return content["sources"].get("herald", {"state": "healthy"})["state"], content["exit_code"]


def test_a_source_without_entry_points_is_named_at_once(runs: Runs) -> None:
    ran = runs(source("every = '1h'"))
    assert state(ran) == ("misconfigured", 6) and ran.report.content(START)["news"] == ["herald"]


def test_a_source_whose_allow_matches_nothing_is_named_at_the_second_look(runs: Runs, server: PageServer) -> None:
    publish(server, "a", "b")
    wrong = source(FEED + '\nallow = ["/news/"]')
    assert [state(runs(wrong)) for _ in range(2)] == [("healthy", 0), ("misconfigured", 6)]
    assert state(runs()) == ("healthy", 0)  # corrected


def test_a_source_whose_pages_need_javascript_is_named(runs: Runs, server: PageServer) -> None:
    publish(server, "a", "b")
    for name in "ab":
        server[f"herald.test/{name}"] = SCRIPT
    ran = runs()
    assert ran.report.errors == {"needs-javascript": 2} and state(ran) == ("misconfigured", 6)


def test_a_feed_that_becomes_empty_is_named_at_the_second_look(runs: Runs, server: PageServer) -> None:
    publish(server, "a", "b")
    assert state(runs()) == ("healthy", 0)
    server["herald.test/feed"] = feed()
    assert [state(runs()) for _ in range(2)] == [("healthy", 1), ("failing", 1)]


@pytest.mark.parametrize("status", [301, 308, 302])
def test_a_feed_that_has_moved_for_good_is_followed_to_another_site(
    runs: Runs, server: PageServer, status: int
) -> None:
    publish(server, "a", host="new.test")
    server["herald.test/feed"] = Answer(status=status, headers={"Location": "http://new.test/feed"})
    ran = runs()
    if status == 302:
        assert state(ran) == ("healthy", 1) and ran.outcomes == {}
        return
    assert state(ran) == ("moved", 6) and ran.outcomes == {"http://herald.test/a": "new"}
    row = ran.report.content(START)["sources"]["herald"]
    assert row["advice"] == '[[source]] herald: write feeds = ["http://new.test/feed"]'
    assert row["moved"] == {"http://herald.test/feed": "http://new.test/feed"}


def test_a_temporary_hop_is_no_move(runs: Runs, server: PageServer) -> None:
    publish(server, "a", host="www.herald.test")
    server["herald.test/feed"] = Answer(status=302, headers={"Location": "http://m.herald.test/feed"})
    server["m.herald.test/feed"] = Answer(status=301, headers={"Location": "http://www.herald.test/feed"})
    assert state(runs()) == ("healthy", 0)


def test_counts_of_a_source_are_in_the_run_file_and_a_refetch_is_no_look(runs: Runs, server: PageServer) -> None:
    publish(server, "a", "b")
    server["herald.test/b"] = SCRIPT
    row = runs().report.content(START)["sources"]["herald"]
    assert row["lists"] == {"read": 1, "not_modified": 0, "unread": 0}
    assert row["candidates"] == {"seen": 2, "refused": 0, "added": 2}
    assert row["articles"] == {"new": 1, "not-an-article": 1} and row["not_articles"] == {"needs-javascript": 1}
    assert row["without"] == {"date": 0, "author": 0, "picture": 1} and row["median_length"] > 100
    options = RunOptions(urls=("http://herald.test/b",))
    assert runs(options=options, spider=RefetchSpider).report.content(START)["sources"] == {}
    assert state(runs(options=RunOptions(limit=1))) == ("healthy", 0)


DUE = RunOptions(due=True)


@pytest.mark.parametrize("robots", [Answer(b"User-agent: *\nDisallow: /\n"), Answer(status=503)])
def test_a_list_that_robots_txt_refuses_is_due_after_its_interval(
    runs: Runs, server: PageServer, robots: Answer
) -> None:
    publish(server, "a")
    server["herald.test/robots.txt"] = robots
    looks = [runs(source(f"every = '3h'\n{FEED}"), options=DUE) for _ in range(5)]
    assert [len(ran.report.unread_sources) for ran in looks] == [1, 0, 0, 1, 0]
    assert state(looks[3])[0] == "failing"


def test_a_host_that_did_not_answer_is_asked_at_once_without_due(tmp_path: Path, server: PageServer) -> None:
    publish(server, "a")
    server["herald.test/robots.txt"] = Answer(status=503)
    times = iter([START, START + timedelta(minutes=1), START + timedelta(minutes=2)])

    def is_read(options: RunOptions) -> bool:
        at = next(times)
        ran = run(tmp_path, server.port, source(f"every = '1s'\n{FEED}"), options=options, clock=lambda: at)
        return ran.report.unread_sources == []

    assert not is_read(DUE)
    server["herald.test/robots.txt"] = Answer(status=404)
    assert not is_read(DUE)
    assert is_read(RunOptions())
