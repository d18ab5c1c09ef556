"""The end of an article's way: once its records are on disk, its row, then its file, then the mark that it is shown.

A crash at any point loses nothing and shows nothing half-made (THREATS, order of writing): what has a row but no mark
is published again by the next run; what has no row is read from the WARC file, or fetched again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from scrapy.crawler import Crawler

from archive import Capture
from crawler.capture import captures_stored, recorder_of
from crawler.from_warc.publish import Publisher
from crawler.run.article import Article
from crawler.run.job import worker_of


class CataloguePipeline:
    """Waits with each Article for the group commit of the archive (the signal `captures_stored`)."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._waiting: list[Article] = []
        self._publisher = Publisher(worker_of(crawler).job.layout, worker_of(crawler).job.catalogue)
        crawler.signals.connect(self.stored, captures_stored)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: Article) -> Article:
        self._waiting.append(item)
        recorder_of(self._crawler).commit_soon()
        return item

    def stored(self, captures: Sequence[Capture]) -> None:
        """The archive has fsynced everything written so far: these captures, and the conversions of who waits."""
        articles, self._waiting = self._waiting, []
        spider = worker_of(self._crawler)
        job = spider.job
        fresh = [
            (article.version, article.text)
            for article in articles
            if article.version is not None and article.outcome in ("new", "changed")
        ]
        # What fails here is StorageFailed, and capture stops the run for it.
        job.catalogue.store(captures, [version for version, _text in fresh])
        self._publisher.publish(fresh)
        job.run.stored(captures)
        for article in articles:
            job.frontier.held(article.visit, article.post.canonical_url, article.outcome, article.validators)
            spider.held(article)
