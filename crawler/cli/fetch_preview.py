"""A URL or a file → the Post that a run would make of it, with nothing stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from scrapy import signals

from crawler.cli.run import crawl, open_job
from crawler.clock import Clock
from crawler.config import Config, choose, named
from crawler.errors import ConfigError, WarcpressError
from crawler.extractors import extract
from crawler.items import Outcome, Page, Post, Source
from crawler.posts.frontmatter import Dialect, render
from crawler.run.article import Article
from crawler.run.job import RunOptions
from crawler.spiders.refetch import RefetchSpider

VALIDATE_ONLY = {"crawler.pipelines.validate.ValidatePipeline": 100}


class NoPost(WarcpressError):
    """The page was fetched, or not, but gave no article; the text says why."""


@dataclass(frozen=True)
class Preview:
    """What would be extracted."""

    page: Page
    source: Source
    post: Post
    dialect: Dialect

    @property
    def text(self) -> str:
        """The post file; dated as a run would date it when the page names no date."""
        dated = self.post.published or self.page.published_hint or self.page.fetched_at
        return render(replace(self.post, published=dated), dialect=self.dialect)


def of_url(url: str, config: Config, source: str) -> Preview:
    """Fetches the page as a run would, guard and robots.txt included, into a folder that is thrown away. NoPost, or
    what keeps a run from starting."""
    with TemporaryDirectory(prefix="warcpress-") as folder:
        found: list[Article] = []

        def keep(item: Article, spider: RefetchSpider) -> None:
            found.append(item)
            spider.job.finish(item.visit, Outcome.NEW)  # the pipeline that ends visits is off

        def listen(crawler: Any) -> None:
            crawler.signals.connect(keep, signals.item_scraped)

        with open_job(config.thrown_away(Path(folder)), RunOptions(urls=(url,), source=source), "preview") as job:
            crawl(job, RefetchSpider, {"ITEM_PIPELINES": VALIDATE_ONLY}, listen)
            if not found:
                raise NoPost("; ".join(failed.message for failed in job.report.failures) or f"{url}: was not fetched")
        return Preview(found[0].page, found[0].source, found[0].post, config.posts.dialect)


def of_file(path: Path, url: str, config: Config, source: str, clock: Clock) -> Preview:
    """Extracts a saved page; `url`: where it came from, for links, site profile and canonical URL. ConfigError when the
    file can't be read, ExtractionError when it is no article."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: can't be read: {error.strerror}") from error
    chosen = named(config, source) if source else choose(config, url)
    page = Page(url=url, body=body, headers=[("Content-Type", "text/html")], fetched_at=clock())
    return Preview(page, chosen, extract(page, chosen), config.posts.dialect)
