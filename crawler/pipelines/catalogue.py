"""Last pipeline: once an article's records are on disk, write its row, then its post file, then mark it as shown.

A crash at any point loses nothing: the next run writes the post file of each row without the mark, and reads an article
without a row from the WARC file or fetches it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from scrapy.crawler import Crawler

from archive import Capture
from crawler.capture import captures_stored, recorder_of
from crawler.from_warc.publish import Publisher
from crawler.run.article import Article
from crawler.run.job import job_of


class CataloguePipeline:
    """Hold each Article until the group commit of the archive (`captures_stored`), then store it and end its visit."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler, self._job = crawler, job_of(crawler)
        self._waiting: list[Article] = []
        self._publisher = Publisher(self._job.layout, self._job.catalogue)
        crawler.signals.connect(self.stored, captures_stored)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: Article) -> Article:
        self._waiting.append(item)
        recorder_of(self._crawler).commit_soon()
        return item

    def stored(self, captures: Sequence[Capture]) -> None:
        """Store these captures and every waiting article: all their records are on disk now."""
        articles, self._waiting = self._waiting, []
        written = [
            (article.version, article.text)
            for article in articles
            if article.version is not None and article.outcome.written
        ]
        # Capture stops the run when one of these raises StorageFailed.
        self._job.catalogue.store(captures, [version for version, _text in written])
        self._publisher.publish(written)
        self._job.report.stored(captures)
        for article in articles:
            self._job.finish(article.visit, article.outcome, article=article)
