"""A run's job: its sources, its stores, and visits that end once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import ProgrammingError
from typing import Any

import pytest
from scrapy import Spider
from scrapy.crawler import Crawler

from crawler.config import load
from crawler.errors import ConfigError, Locked, StorageFailed
from crawler.items import Candidate, Outcome, Reason
from crawler.run.job import MOST_VISITS, Job, RunOptions, job_of

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
TWO = """[[source]]
name = "herald"
urls = ["http://herald.test/1"]
[[source]]
name = "tribune"
urls = ["http://tribune.test/1"]
"""


def job(folder: Path, text: str = TWO, **options: Any) -> Job:
    (folder / "warcpress.toml").write_text(text, encoding="utf-8")
    return Job(load(folder / "warcpress.toml"), RunOptions(**options), "crawl", lambda: START)


def fails(*_: object) -> None:
    raise StorageFailed("the disk is full")


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, ["herald", "tribune"]),
        ({"sources": ("tribune",)}, ["tribune"]),
        ({"urls": ("http://herald.test/9",)}, ["herald"]),
        ({"urls": ("http://herald.test/9",), "source": "tribune"}, ["tribune"]),
    ],
)
def test_the_sources_of_a_run(tmp_path: Path, options: dict[str, Any], names: list[str]) -> None:
    assert list(job(tmp_path, **options).sources) == names


def test_a_run_without_sources_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing to crawl"):
        job(tmp_path, "")


def test_options_are_read_from_scrapys_arguments() -> None:
    arguments = {
        "sources": "a,b",
        "due": "1",
        "limit": "3",
        "urls": "http://x/1 http://x/2",
        "source": "a",
        "other": "x",
    }
    options = RunOptions.of_arguments(arguments)
    assert options == RunOptions(("a", "b"), True, 3, ("http://x/1", "http://x/2"), "a")
    assert arguments == {"other": "x"} and options.images_again
    assert RunOptions.of_arguments({}) == RunOptions() and not RunOptions().images_again


def test_a_visit_is_under_way_until_its_end_and_is_reported_once(tmp_path: Path) -> None:
    opened = job(tmp_path)
    told: list[tuple[str, str]] = []
    opened.on_outcome = lambda outcome, url: told.append((outcome, url))
    opened.open()
    with opened:
        opened.frontier.add([Candidate("http://herald.test/1", "herald")])
        [visit] = opened.frontier.due({"herald"}, 10)
        opened.begin(visit)
        assert list(opened.under_way) == ["http://herald.test/1"]
        reason = Reason("timeout", "http://herald.test/1: too slow")
        opened.finish(visit, Outcome.FAILED, reason=reason)
        assert opened.under_way == {} and told == [("failed", "http://herald.test/1")]
        assert opened.report.outcomes == {"failed": 1} and opened.report.errors == {"timeout": 1}
        assert opened.frontier.due({"herald"}, 10) == []
        opened.write_report()
    [run_file] = (tmp_path / "data/runs").glob("*.json")
    content = json.loads(run_file.read_text("utf-8"))
    assert content["articles"]["failed"] == 1 and content["failures"]["first"][0]["message"] == reason.message


def test_articles_of_a_renamed_source_go_to_the_source_that_takes_their_url(tmp_path: Path) -> None:
    opened = job(tmp_path)
    opened.open()
    with opened:
        names = ("herald", "herald", "tribune")
        paths = ("herald.test/2026/a", "herald.test/video/b", "tribune.test/c")
        for name, path in zip(names, paths, strict=True):
            visit = opened.frontier.visit(f"http://{path}", name)
            opened.begin(visit)
            opened.finish(visit, Outcome.NEW)
    renamed = """[[source]]
name = "post"
feeds = ["http://herald.test/feed"]
allow = ['/2026/']
[[source]]
name = "clips"
feeds = ["http://feeds.test/feed"]
allow = ['/video/']
look_again = ["12h"]
"""
    opened = job(tmp_path, renamed)
    opened.clock = lambda: START + timedelta(days=1)
    opened.open()
    with opened:
        due = {visit.article: visit.source for visit in opened.frontier.due({"post", "clips", "tribune"}, 10)}
    assert due == {
        "http://herald.test/2026/a": "post",
        "http://herald.test/video/b": "clips",
        "http://tribune.test/c": "tribune",
    }, "the last one rests, because no source takes it"


def test_a_failed_visit_is_given_up_after_the_last_retry(tmp_path: Path) -> None:
    opened = job(tmp_path)
    told: list[str] = []
    opened.on_outcome = lambda outcome, _url: told.append(outcome)
    opened.open()
    with opened:
        visit = opened.frontier.visit("http://herald.test/1", "herald")
        for _ in range(5):
            opened.finish(visit, Outcome.FAILED, reason=Reason("timeout", "too slow"))
        opened.finish(visit, Outcome.FAILED, reason=Reason("paused", "nobody was asked", asked=False))
        opened.finish(visit, Outcome.FAILED, reason=Reason("timeout", "too slow"))
    assert told == ["failed"] * 6 + ["given-up"]
    assert opened.report.outcomes[Outcome.GIVEN_UP] == 1 and opened.report.exit_code == 1


def test_pipelines_without_a_job_say_for_whom_they_are() -> None:
    with pytest.raises(ConfigError, match="for another spider, set ITEM_PIPELINES"):
        job_of(Crawler(Spider))


def test_two_jobs_never_share_a_data_folder(tmp_path: Path) -> None:
    first = job(tmp_path)
    first.open()
    with first, pytest.raises(Locked):
        job(tmp_path).open()
    again = job(tmp_path)
    again.open()
    again.__exit__(None, None, None)


def test_C5_a_run_closes_the_files_of_earlier_releases_to_other_users(tmp_path: Path) -> None:
    root = tmp_path / "data"
    for opened in (job(tmp_path), job(tmp_path)):
        opened.open()
        with opened:
            opened.write_report()
            files = [root / ".lock", *root.glob("*.sqlite*"), *root.glob("runs/*")]
            assert {path.stat().st_mode & 0o777 for path in files} == {0o600}, files
        for path in files:
            path.touch()
            path.chmod(0o644)


def test_a_job_that_cannot_open_closes_its_stores_and_frees_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = job(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("crawler.run.job.Frontier", fails)
        with pytest.raises(StorageFailed):
            failed.open()
    with pytest.raises(ProgrammingError, match="closed"):
        failed.catalogue.files()
    again = job(tmp_path)
    again.open()
    again.__exit__(None, None, None)


def test_the_warcinfo_names_run_contact_and_sources(tmp_path: Path) -> None:
    fields = job(tmp_path, '[crawl]\ncontact = "archive@example.org"\n' + TWO, sources=("herald",)).warcinfo()
    assert fields[0] == ("http-header-from", "archive@example.org")
    assert fields[1][0] == "run" and fields[1][1].startswith("20260301T120000Z-")
    assert "herald" in fields[2][1] and not any("tribune" in value for _name, value in fields)


def test_R4_an_article_that_is_due_again_and_again_stops_the_run(tmp_path: Path) -> None:
    opened = job(tmp_path)
    opened.open()
    with opened:
        opened.frontier.add([Candidate("http://herald.test/1", "herald")])
        [visit] = opened.frontier.due({"herald"}, 10)
        for _ in range(MOST_VISITS):
            opened.begin(visit)
        with pytest.raises(StorageFailed, match=r"frontier.sqlite: http://herald.test/1 is due again after \d+ visits"):
            opened.begin(visit)
