"""Runs of the project inside the test process: a real job, spider and pipelines on the session's reactor."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from crawling import DEADLINE, loop
from pages import PageServer
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings

from crawler.capture import recorder_of
from crawler.clock import Clock, utc_now
from crawler.config import Limits, Shard, load
from crawler.discovery import EntryPoint, Found
from crawler.discovery.reading import read
from crawler.errors import ExtractionError
from crawler.extractors import extract
from crawler.fleet.shards import of_shard
from crawler.fleet.years import in_year
from crawler.from_warc import captures, derive
from crawler.items import Page, Post, Source
from crawler.run.job import Job, RunOptions, job_of
from crawler.run.report import Report
from crawler.sandbox.pool import Workers
from crawler.settings import configured
from crawler.spiders.press import PressSpider

HEAD = """[crawl]
allow_private = ["127.0.0.0/8"]
delay = 0
concurrency = 4
resolve = {{ "*:80" = "127.0.0.1:{port}" }}
[posts]
{posts}
[limits]
retries = 0
{limits}
{sources}
"""


class Inline(Workers):
    """Reads pages in this process, because children take a second to start; tests/sandbox tests those."""

    def start(self) -> Any:
        """Start nothing."""

    async def extract(self, page: Page, source: Source | None) -> Post:
        return extract(page, source)

    async def discover(self, page: Page, source: Source, entry: EntryPoint, limits: Limits) -> Found:
        return read(page, source, entry, limits)

    def extract_now(self, page: Page, source: Source | None) -> Post:
        return extract(page, source)

    def extract_many(self, jobs: Iterable[tuple[Page, Source | None]]) -> Iterator[Post | ExtractionError]:
        for page, source in jobs:
            yield extract(page, source)


@pytest.fixture
def server() -> Iterator[PageServer]:
    """A news site on loopback."""
    with PageServer() as running:
        yield running


@pytest.fixture(autouse=True)
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs, audits, imports and rebuilds read pages in this process, in every test whose conftest imports this."""
    monkeypatch.setattr("crawler.spiders.press.Workers", Inline)
    monkeypatch.setattr(captures, "Workers", Inline)
    monkeypatch.setattr(derive, "Workers", Inline)


@dataclass
class Ran:
    """A run that has ended: its job is closed."""

    job: Job
    outcomes: dict[str, str]
    """URL → outcome of its visit, the last one if there were several."""
    ended: list[tuple[str, str]]
    """URL and outcome of each finished visit, in order."""
    due: list[str]
    """URLs that were due at the end."""

    @property
    def report(self) -> Report:
        return self.job.report


def run(
    folder: Path,
    port: int,
    sources: str,
    *,
    posts: str = "",
    limits: str = "",
    options: RunOptions = RunOptions(),  # noqa: B008 - frozen
    clock: Clock = utc_now,
    spider: type[PressSpider] = PressSpider,
    **overrides: Any,
) -> Ran:
    """Run a spider over `folder` to its end; every host is the server at `port`. `overrides`: Scrapy's settings."""
    path = folder / "warcpress.toml"
    path.write_text(HEAD.format(port=port, posts=posts, limits=limits, sources=sources), encoding="utf-8")
    ran = run_file(path, options, clock, spider, **overrides)
    assert len(ran.ended) == len(ran.outcomes), f"an article was visited twice: {ran.ended}"
    return ran


def run_file(
    path: Path,
    options: RunOptions,
    clock: Clock,
    spider: type[PressSpider] = PressSpider,
    shard: Shard | None = None,
    **overrides: Any,
) -> Ran:
    """Run a spider with the configuration at `path`, or that of a shard of it, to its end.

    All of it happens in the reactor's thread, since a store belongs to the thread that opened it.
    """
    ended: list[tuple[str, str]] = []

    async def crawl() -> Ran:
        config = in_year(load(path), clock())
        job = Job(of_shard(config, shard) if shard else config, options, "crawl", clock)
        job.on_outcome = lambda outcome, url: ended.append((url, outcome))
        job.open()
        with job:
            settings = Settings()
            settings.setmodule("crawler.settings", priority="project")
            settings.setdict({**configured(job.config), **overrides, "WARCPRESS_CONFIG": ""}, priority="cmdline")
            crawler = AsyncCrawlerRunner(settings).create_crawler(spider)
            await crawler.crawl_async(job=job)
            assert job_of(crawler) is job
            job.report.fatal = recorder_of(crawler).failure or job.report.fatal
            job.merge_files()
            job.publish()
            job.write_report()
            return Ran(job, dict(ended), ended, [visit.url for visit in job.frontier.due(job.sources, 100)])

    return asyncio.run_coroutine_threadsafe(crawl(), loop()).result(DEADLINE)
