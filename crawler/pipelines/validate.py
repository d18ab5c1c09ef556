"""A post that nobody could read or find is none: it needs a headline, a text, and a URL that the source allows."""

from __future__ import annotations

from typing import Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from crawler.allowed import allowed
from crawler.runs.article import Article
from crawler.runs.job import worker_of


class ValidatePipeline:
    """Article in, the same Article out, or dropped with its reason told to the frontier and the run."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: Article) -> Article:
        flaw = _flaw(item)
        if flaw is None:
            return item
        reason, detail = flaw
        spider = worker_of(self._crawler)
        spider.settle(item.visit, "not-an-article", reason, f"{item.page.url}: not an article: {reason} ({detail})")
        raise DropItem(f"{item.page.url}: {reason}", log_level="DEBUG")


def _flaw(article: Article) -> tuple[str, str] | None:
    post, source = article.post, article.source
    if not post.title.strip():
        return "untitled", "no headline was found"
    if not post.text.strip() and not post.images:
        return "empty", "neither text nor image in the body"
    if article.visit.via and not allowed(post.canonical_url, source):  # what the operator named needs no leave
        return "outside", f"{post.canonical_url} is not allowed by source {source.name}"
    return None
