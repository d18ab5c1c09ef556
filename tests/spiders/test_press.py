"""Runs of the press spider: each visit ends with one outcome in the run file; an internal error costs one article."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pages import PNG, Answer, PageServer, article, feed
from running import HEAD, Inline, run

from crawler.errors import ConfigError, ExtractionBroken
from crawler.items import Outcome
from crawler.pipelines.validate import ValidatePipeline
from crawler.run.article import Article, NoPost
from crawler.run.job import RunOptions
from crawler.spiders.refetch import RefetchSpider

SITE = "http://herald.test"
TEXT = [f"Paragraph {number} of the story, long enough to be one, with a comma." for number in range(5)]
START = datetime(2026, 3, 6, 12, tzinfo=UTC)


def sources(*paths: str, more: str = "") -> str:
    """One source with these articles."""
    urls = ", ".join(f'"{SITE}{path}"' for path in paths)
    return f'[[source]]\nname = "herald"\nurls = [{urls}]\n{more}\n'


def page(title: str, tag: str = "", **more: Any) -> Answer:
    headers = {"Content-Type": "text/html; charset=utf-8"} | ({"ETag": tag} if tag else {})
    return Answer(article(title, TEXT, **more).encode(), headers=headers)


def by_path(outcomes: dict[str, str]) -> dict[str, str]:
    return {url.removeprefix(SITE): outcome for url, outcome in outcomes.items()}


def test_each_visit_ends_with_one_outcome(tmp_path: Path, server: PageServer) -> None:
    server["herald.test/robots.txt"] = Answer(
        b"User-agent: *\nDisallow: /closed", headers={"Content-Type": "text/plain"}
    )
    server["herald.test/good"] = page("Tide gates tested")
    server["herald.test/broken"] = Answer(b"", 500)
    server["herald.test/empty"] = "<html><body><p>Nothing here</p></body></html>"
    ran = run(tmp_path, server.port, sources("/good", "/missing", "/broken", "/empty", "/closed"))
    outcomes, report = by_path(ran.outcomes), ran.report
    assert outcomes == {
        "/good": "new",
        "/missing": "gone",
        "/broken": "failed",
        "/empty": "not-an-article",
        "/closed": "refused",
    }
    assert ran.job.under_way == {}
    assert report.outcomes == Counter(outcomes.values()) and report.candidates["added"] == 5
    assert [(post.url, post.outcome) for post in report.posts] == [(f"{SITE}/good", Outcome.NEW)]
    told = {failed.url.removeprefix(SITE): (failed.error_class, failed.message) for failed in report.failures}
    assert told["/missing"] == ("http-404", f"{SITE}/missing: answered 404")
    assert told["/broken"] == ("http-500", f"{SITE}/broken: answered 500")
    assert told["/closed"][0] == "robots" and told["/empty"][1].startswith(f"{SITE}/empty: not an article: ")
    assert report.exchanges == 5 and report.exit_code == 0  # robots.txt and four pages
    assert (tmp_path / "data/runs" / f"{report.id}.json").read_text("utf-8").startswith('{\n "v": 1,')
    [post] = (tmp_path / "data/posts").rglob("*.md")
    assert "title: 'Tide gates tested'" in post.read_text("utf-8")


def test_a_later_run_reports_unchanged_changed_and_not_modified(tmp_path: Path, server: PageServer) -> None:
    server["herald.test/tagged"] = page("One tagged story", '"1"')
    server["herald.test/same"] = page("A story that stays")
    server["herald.test/edited"] = page("A story before its edit")
    configured = sources("/tagged", "/same", "/edited")
    ran = run(tmp_path, server.port, configured, clock=lambda: START)
    assert set(ran.outcomes.values()) == {"new"} and len(ran.outcomes) == 3
    server["herald.test/edited"] = page("A story after its edit")
    ran = run(tmp_path, server.port, configured, clock=lambda: START + timedelta(hours=6))
    assert by_path(ran.outcomes) == {"/tagged": "not-modified", "/same": "unchanged", "/edited": "changed"}
    assert [post.outcome for post in ran.report.posts] == [Outcome.CHANGED]
    ran = run(tmp_path, server.port, configured, clock=lambda: START + timedelta(hours=7))
    assert ran.outcomes == {}, "nothing is due"


ENTRIES = {
    "feeds": 'feeds = ["{url}"]',
    "sitemaps": 'sitemaps = ["{url}"]',
    "sections": 'sections = [{{ url = "{url}", links = "a" }}]',
    "listings": 'listings = [{{ url = "{url}", link = "url" }}]',
}


@pytest.mark.parametrize("kind", ENTRIES)
def test_a_304_to_a_request_without_conditions_reads_no_document(tmp_path: Path, server: PageServer, kind: str) -> None:
    server["herald.test/list"] = Answer(b"", 304)
    configured = '[[source]]\nname = "herald"\n' + ENTRIES[kind].format(url=f"{SITE}/list")
    for _ in range(2):  # the second run asks again at once, though the source is not due by its interval
        ran = run(tmp_path, server.port, configured, options=RunOptions(due=True))
        [unread] = ran.report.unread_sources
        assert unread.message == f"{SITE}/list: answered 304 (not modified) to a request without conditions"
    assert server.paths("herald.test").count("/list") == 2


def test_a_304_to_a_request_without_conditions_is_no_article(tmp_path: Path, server: PageServer) -> None:
    server["herald.test/1"] = Answer(b"", 304, {"Last-Modified": "Thu, 05 Mar 2026 08:30:00 GMT"})
    ran = run(tmp_path, server.port, sources("/1"), clock=lambda: START)
    assert by_path(ran.outcomes) == {"/1": "failed"} and ran.report.errors == {"http-304": 1}
    server["herald.test/1"] = page("A story at last")
    ran = run(tmp_path, server.port, sources("/1"), clock=lambda: START + timedelta(minutes=15))
    assert by_path(ran.outcomes) == {"/1": "new"}
    assert not any(name.startswith("If-") for asked in server.asked for name in asked.headers)


@pytest.mark.parametrize(("path", "hours"), [("/feed", (6, 12)), ("/1", (6, 30))])
def test_the_validators_of_a_304_are_the_next_ones(
    tmp_path: Path, server: PageServer, path: str, hours: tuple[int, ...]
) -> None:
    configured, tags = sources("/1", more=f'feeds = ["{SITE}/feed"]'), iter(('"1"', 'W/"2"', "3", "4"))
    server["herald.test/feed"] = Answer(feed(f"{SITE}/1").encode(), headers={})
    server["herald.test/1"] = page("A story with tags")
    server.answers[f"herald.test{path}"].headers["ETag"] = next(tags)
    for hour in (0, *hours):
        at = START + timedelta(hours=hour)
        run(tmp_path, server.port, configured, clock=lambda at=at: at)  # type: ignore[misc]
        server[f"herald.test{path}"] = Answer(b"", 304, {"ETag": next(tags)})
    sent = [asked.headers["If-None-Match"] for asked in server.asked if "If-None-Match" in asked.headers]
    assert sent == ['"1"', 'W/"2"']


def test_a_203_is_read(tmp_path: Path, server: PageServer) -> None:
    """A proxy on the way marks what it has changed, for instance compressed, with 203."""
    for path in ("feed", "1"):
        answer = page("A story by way of a proxy") if path == "1" else Answer(feed(f"{SITE}/1").encode())
        server[f"herald.test/{path}"] = Answer(answer.body, 203, answer.headers)
    ran = run(tmp_path, server.port, f'[[source]]\nname = "herald"\nfeeds = ["{SITE}/feed"]\n')
    assert by_path(ran.outcomes) == {"/1": "new"} and not ran.report.unread_sources


def test_hosts_beyond_ascii_are_asked_for_as_browsers_do(tmp_path: Path, server: PageServer) -> None:
    """Python's own codec makes strasse.test of straße.test: another owner's host."""
    asked = {"straße.test": "xn--strae-oqa.test", "☃.test": "xn--n3h.test", "under_score.test": "under_score.test"}
    links = []
    for name, host in asked.items():
        server[f"{host}/1"] = page(f"A story of the host {host}", images=(f"http://{name}/1.png",))
        server[f"{host}/1.png"] = PNG
        links.append(f"http://{name}/1")
    server["xn--strae-oqa.test/feed"] = Answer(feed(*links, "http://a\u200cb.test/1").encode())
    server["xn--strae-oqa.test/2"] = page("A story that is configured")
    configured = '[[source]]\nname = "s"\nfeeds = ["http://Straße.test/feed"]\nurls = ["http://STRAßE.test/2"]\n'
    ran = run(tmp_path, server.port, configured)
    assert Counter(ran.outcomes.values()) == {"new": 4} and not ran.report.unread_sources
    assert ran.report.images["fetched"] == 3
    assert {request.host for request in server.asked} == set(asked.values())


def test_a_configured_host_that_is_none_is_refused_with_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"warcpress\.toml:\d+: .*'a\\u200cb\.test' is not a host name") as refused:
        run(tmp_path, 1, '[[source]]\nname = "s"\nfeeds = ["http://a\u200cb.test/feed"]\n')
    assert "\n" not in str(refused.value)


def test_a_run_ends_in_order_before_the_disk_is_full(
    tmp_path: Path, server: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [f"/{number}" for number in range(8)]
    for path in paths:
        server[f"herald.test{path}"] = page(f"Story number {path}")
    asked: list[str] = []

    def disk(path: str) -> os.statvfs_result:
        asked.append(path)
        free = 10 if len(asked) > 6 else 1000
        return os.statvfs_result((1 << 20, 1 << 20, 10_000, free, free, 0, 0, 0, 0, 255))

    monkeypatch.setattr("crawler.spiders.press.BATCH", 2)
    monkeypatch.setattr("os.statvfs", disk)
    ran = run(tmp_path, server.port, sources(*paths))
    written = len(ran.report.posts)
    assert 0 < written < 8 and ran.report.exit_code == 4
    content = json.loads((tmp_path / "data/runs" / f"{ran.report.id}.json").read_text("utf-8"))
    assert content["stopped"] == "disk_reserve" and content["left"] == 8 - written
    assert "10,485,760 bytes are free, and [limits] disk_reserve keeps 524,288,000" in content["reason"]
    assert [path.suffix for path in (tmp_path / "data/warc").iterdir()] == [".gz"]
    begun = len(server.asked)
    assert run(tmp_path, server.port, sources(*paths)).report.exit_code == 4
    assert len(server.asked) == begun
    monkeypatch.undo()
    ran = run(tmp_path, server.port, sources(*paths))
    assert len(ran.report.posts) == 8 - written and ran.report.exit_code == 0 and ran.report.left == 0


def test_a_limit_and_a_budget_leave_articles_for_the_next_run(tmp_path: Path, server: PageServer) -> None:
    paths = [f"/{number}" for number in range(4)]
    for path in paths:
        server[f"herald.test{path}"] = page(f"The story number {path[1:]}")
    ran = run(tmp_path, server.port, sources(*paths), options=RunOptions(limit=1))
    assert list(ran.outcomes.values()) == ["new"] and len(ran.due) == 3
    ran = run(tmp_path, server.port, sources(*paths), limits="source_urls = 2")
    assert [budget.source for budget in ran.report.spent] == ["herald"] and ran.report.exit_code == 1
    assert list(ran.outcomes.values()).count("new") < 3 and "given-up" not in ran.outcomes.values()


class Faulty(ValidatePipeline):
    """Raises an internal error for one article."""

    def process_item(self, item: Article | NoPost) -> Article | NoPost:
        if item.visit.url.endswith("/bad"):
            raise KeyError("no such key")
        return super().process_item(item)


def test_an_internal_error_in_a_pipeline_costs_one_article(tmp_path: Path, server: PageServer) -> None:
    server["herald.test/bad"], server["herald.test/good"] = page("A bad story today"), page("A good story today")
    pipelines: dict[Any, int] = {
        Faulty: 100,
        "crawler.pipelines.posts.PostsPipeline": 300,
        "crawler.pipelines.catalogue.CataloguePipeline": 400,
    }
    ran = run(tmp_path, server.port, sources("/bad", "/good"), ITEM_PIPELINES=pipelines)
    assert by_path(ran.outcomes) == {"/bad": "failed", "/good": "new"}
    [failed] = ran.report.failures
    assert (failed.error_class, failed.message) == ("internal", f"{SITE}/bad: 'no such key'")


def test_an_extractor_that_does_not_start_ends_the_run_and_keeps_the_visit_due(
    tmp_path: Path, server: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        await asyncio.sleep(0)
        raise ExtractionBroken("the extractor does not start")

    server["herald.test/1"] = page("Tide gates tested")
    monkeypatch.setattr(Inline, "extract", broken)
    ran = run(tmp_path, server.port, sources("/1"))
    assert isinstance(ran.report.fatal, ExtractionBroken) and ran.report.exit_code == 2
    assert ran.outcomes == {} and ran.due == [f"{SITE}/1"]


def test_entry_points_lead_to_articles_and_an_unread_one_is_reported(tmp_path: Path, server: PageServer) -> None:
    server["herald.test/feed"] = Answer(
        feed(f"{SITE}/1", f"{SITE}/2").encode(), headers={"Content-Type": "application/rss+xml", "ETag": '"1"'}
    )
    server["herald.test/1"], server["herald.test/2"] = page("The first story today"), page("The second story today")
    configured = sources(more=f'feeds = ["{SITE}/feed", "{SITE}/gone"]')
    ran = run(tmp_path, server.port, configured)
    assert ran.report.candidates == {"seen": 2, "added": 2} and list(ran.outcomes.values()) == ["new", "new"]
    [unread] = ran.report.unread_sources
    assert (unread.source, unread.message) == ("herald", f"{SITE}/gone: answered 404")
    assert ran.report.exit_code == 1
    ran = run(tmp_path, server.port, configured)
    assert ran.report.candidates["seen"] == 0, "the feed answered 304"
    assert ran.outcomes == {}


def test_a_document_with_faults_is_read_and_reported(tmp_path: Path, server: PageServer) -> None:
    cut = feed(f"{SITE}/1").replace("</channel></rss>", "<item><title>A</title></item>")
    server["herald.test/feed"] = Answer(cut.encode(), headers={"Content-Type": "application/rss+xml", "ETag": '"1"'})
    listed = "".join(f"<url><loc>{SITE}/{n}?a&b</loc></url>" for n in (2, 3))
    server["herald.test/map"] = Answer(f"<urlset>{listed}</urlset>".encode(), headers={"Content-Type": "text/xml"})
    for path, title in (("1", "The first story"), ("2?a&b", "The second story"), ("3?a&b", "The third story")):
        server[f"herald.test/{path}"] = page(title)
    configured = sources(more=f'feeds = ["{SITE}/feed"]\nsitemaps = ["{SITE}/map"]')
    ran = run(tmp_path, server.port, configured)
    assert list(ran.outcomes.values()) == ["new"] * 3
    [unread], [faulty] = ran.report.unread_sources, ran.report.faulty_sources
    reasons = "line 1: an entry without an address (1 in all); line 1: cut off, </rss> is missing"
    assert unread.message == f"{SITE}/feed: not in full: {reasons}"
    assert faulty.message == f"{SITE}/map: line 1: an & that is not escaped (2 times)"
    assert ran.report.exit_code == 1
    assert len(run(tmp_path, server.port, configured).report.unread_sources) == 1, "asked without conditions again"


def test_a_child_of_an_index_is_read_again_whatever_its_date_and_the_index_in_full(
    tmp_path: Path, server: PageServer
) -> None:
    index = f"<sitemapindex><sitemap><loc>{SITE}/s.xml</loc><lastmod>2015-01-01</lastmod></sitemap></sitemapindex>"
    server["herald.test/map"] = Answer(index.encode(), headers={"Content-Type": "text/xml", "ETag": '"1"'})
    server["herald.test/1"], server["herald.test/2"] = page("The first story today"), page("The second story today")
    configured = sources(more=f'sitemaps = ["{SITE}/map"]')
    for number in (1, 2):
        urls = "".join(f"<url><loc>{SITE}/{n}</loc></url>" for n in range(1, number + 1))
        server["herald.test/s.xml"] = Answer(f"<urlset>{urls}</urlset>".encode(), headers={"Content-Type": "text/xml"})
        assert run(tmp_path, server.port, configured).report.candidates["added"] == 1


def test_a_refetch_fetches_pages_and_images_that_are_not_due(tmp_path: Path, server: PageServer) -> None:
    server["herald.test/1"] = page("Tide gates tested", '"1"', images=("/1.png",))
    server["herald.test/1.png"] = PNG
    run(tmp_path, server.port, sources("/1"))
    ran = run(tmp_path, server.port, sources("/1"), options=RunOptions(urls=(f"{SITE}/1",)), spider=RefetchSpider)
    assert list(ran.outcomes.values()) == ["unchanged"] and ran.report.images["fetched"] == 1
    assert [path for path in server.paths("herald.test") if path != "/robots.txt"] == ["/1", "/1.png"] * 2


def test_scrapys_own_command_stores_all_posts_and_closes_the_stores_last(tmp_path: Path, server: PageServer) -> None:
    server["herald.test/good"] = page("Tide gates tested")
    text = HEAD.format(port=server.port, posts="", limits="", sources=sources("/good"))
    (tmp_path / "warcpress.toml").write_text(text, encoding="utf-8")
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = crawler.settings\n", encoding="utf-8")
    command = [sys.executable, "-m", "scrapy", "crawl", "press"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and "ERROR" not in done.stderr, done.stderr
    [report] = (tmp_path / "data" / "runs").glob("*.json")
    assert json.loads(report.read_text("utf-8"))["articles"]["new"] == 1
    assert list((tmp_path / "data" / "posts").rglob("*.md"))
