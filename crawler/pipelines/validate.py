"""Refuse articles without a title, a body, or an allowed URL, and those that contain a configured secret."""

from __future__ import annotations

from typing import Self

from scrapy.crawler import Crawler

from crawler.errors import NotAnArticle
from crawler.posts import acceptance
from crawler.run.article import Article, NoPost
from crawler.run.job import Job, job_of
from crawler.run.outcomes import of_extraction


class ValidatePipeline:
    """Pass an Article on, or make a NoPost of it."""

    def __init__(self, job: Job) -> None:
        self._job = job

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(job_of(crawler))

    def process_item(self, item: Article | NoPost) -> Article | NoPost:
        if isinstance(item, NoPost):
            return item
        try:
            acceptance.check(item.post, item.source, self._job.redactor, configured=not item.visit.via)
        except NotAnArticle as error:
            outcome, reason = of_extraction(item.page.url, error)
            return NoPost(item.visit, item.captures[0], outcome, reason)
        return item
