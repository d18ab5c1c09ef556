"""Drop articles without a title, a body, or an allowed URL, and those that contain a configured secret."""

from __future__ import annotations

from typing import Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from crawler.errors import NotAnArticle
from crawler.posts import acceptance
from crawler.run.article import Article
from crawler.run.job import Job, job_of
from crawler.run.outcomes import of_extraction


class ValidatePipeline:
    """Pass an Article on, or end its visit as not an article and drop it."""

    def __init__(self, job: Job) -> None:
        self._job = job

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(job_of(crawler))

    def process_item(self, item: Article) -> Article:
        try:
            acceptance.check(item.post, item.source, self._job.redactor, configured=not item.visit.via)
        except NotAnArticle as error:
            outcome, reason = of_extraction(item.page.url, error)
            self._job.finish(item.visit, outcome, reason=reason)
            raise DropItem(f"{item.page.url}: {error.reason}", log_level="DEBUG") from error
        return item
