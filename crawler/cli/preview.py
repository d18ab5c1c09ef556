"""`warcpress preview URL|FILE`: prints the post on stdout and its fields on stderr; stores nothing."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from archive import pour
from crawler import config as configuration
from crawler.clock import Clock, utc_now
from crawler.config import Config, choose, named
from crawler.errors import ConfigError, WarcpressError
from crawler.extractors import extract
from crawler.items import Outcome, Page, Post, Source
from crawler.posts.frontmatter import Dialect, render
from crawler.run.article import Article
from crawler.run.job import RunOptions
from crawler.terminal import say

VALIDATE_ONLY = {"crawler.pipelines.validate.ValidatePipeline": 100}
"""Pipelines of a run that stores nothing."""


HTML = [("Content-Type", "text/html")]
"""Headers of a saved page."""


class NoPost(WarcpressError):
    """The page gave no post; the text says why."""


@dataclass(frozen=True)
class Preview:
    """The post that a run would make of a page."""

    page: Page
    source: Source
    post: Post
    dialect: Dialect
    markdown: bool

    @property
    def text(self) -> str:
        """The post file, with the date that a run would use if the page names none."""
        dated = self.post.published or self.page.published_hint or self.page.fetched_at
        return render(replace(self.post, published=dated), dialect=self.dialect, markdown=self.markdown)

    def lines(self) -> Iterator[str]:
        """The fields of the post, for a person."""
        post = self.post
        yield f"title: {post.title}"
        yield f"authors: {', '.join(post.authors) or f'none; {post.site}'}"
        yield f"published: {f'{post.published} (page: {post.published_text})' if post.published else 'none'}"
        yield f"updated: {post.updated or 'none'}"
        yield f"language: {post.language or 'unknown'}"
        yield f"canonical URL: {post.canonical_url}"
        yield f"images: {len(post.images)}"
        yield f"characters: {len(post.text)}"
        yield f"source: {self.source.name}"
        for key, selectors in asdict(self.source.article).items():
            if selectors:
                yield f"article.{key}: {'finds nothing on this page' if key in post.unmatched else 'found'}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("page", metavar="URL|FILE", help="a page on the web, or a saved one")
    parser.add_argument("--url", default="", help="where FILE came from (default: https://localhost/FILE)")
    parser.add_argument("--source", default="", metavar="NAME", help="use this source, not the one that fits the URL")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    path = Path(options.config)
    config = configuration.load(path) if path.exists() else Config()
    if "://" in options.page:
        preview = of_url(options.page, config, options.source)
    else:
        file = Path(options.page)
        url = options.url or f"https://localhost/{file.name}"
        preview = of_file(file, url, config, options.source, utc_now)
    for line in preview.lines():
        say(line)
    pour([preview.text.encode()], sys.stdout)
    return 0


def of_url(url: str, config: Config, source: str) -> Preview:
    """Fetch a page in the same way as a run, address guard and robots.txt included, into a temporary folder.

    NoPost when it gives no post; other errors when a run can't start.
    """
    # Scrapy takes 0.4 s to import, and a saved page does not need it.
    from scrapy import signals

    from crawler.cli.process import crawl, open_job
    from crawler.spiders.refetch import RefetchSpider

    with TemporaryDirectory(prefix="warcpress-") as folder:
        found: list[Article] = []

        def keep(item: Article, spider: RefetchSpider) -> None:
            found.append(item)
            spider.job.finish(item.visit, Outcome.NEW)  # a pipeline would do this, but it is off

        def listen(crawler: Any) -> None:
            crawler.signals.connect(keep, signals.item_scraped)

        with open_job(config.thrown_away(Path(folder)), RunOptions(urls=(url,), source=source), "preview") as job:
            crawl(job, RefetchSpider, {"ITEM_PIPELINES": VALIDATE_ONLY}, listen)
            if not found:
                raise NoPost("; ".join(failed.message for failed in job.report.failures) or f"{url}: was not fetched")
        return Preview(found[0].page, found[0].source, found[0].post, *_form(config))


def of_file(path: Path, url: str, config: Config, source: str, clock: Clock) -> Preview:
    """Extract a saved page; `url`, where it came from, decides links, site profile and canonical URL.

    ConfigError when the file can't be read, ExtractionError when it has no article.
    """
    try:
        body = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: can't be read: {error.strerror}") from error
    chosen = named(config, source) if source else choose(config, url)
    page = Page(url=url, body=body, headers=HTML, fetched_at=clock(), complete=True)
    return Preview(page, chosen, extract(page, chosen), *_form(config))


def _form(config: Config) -> tuple[Dialect, bool]:
    return config.posts.dialect, config.posts.body == "markdown"
