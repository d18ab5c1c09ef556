"""Fetch and capture the style sheets of articles, for the view of their originals; no post waits for them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Self
from urllib.parse import urldefrag

from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from archive import target_uri
from crawler.extractors.style_sheets import imported
from crawler.fetching.failures import STORAGE, classify
from crawler.items import READ, Source
from crawler.run.article import Article, NoPost
from crawler.run.job import job_of
from crawler.spiders.requests import style_request
from crawler.urls.resolving import absolute

logger = logging.getLogger(__name__)

AGAIN = timedelta(days=7)
"""A style sheet that was captured is not asked for again before that."""
REFUSED_AGAIN = timedelta(days=1)
"""The same for one that was answered with an error."""
MOST_STEPS = 4
"""Documents that lead to a style sheet: a page, and three style sheets that import the next one."""
HEAD = 64 * 2**10
"""Bytes of a style sheet in which `@import` is looked for; it comes before all else."""
REMEMBERED = 2_000
"""Style sheets of this run that are not looked up again; the catalogue has those of earlier runs."""
MOST_WAITING = 2_000
"""Style sheets that wait at a time, 2 KB of memory each (2026-11): a hostile site names other ones in each article."""


@dataclass
class _Asking:
    """What is asked for one article."""

    source: Source
    left: int
    """How many style sheets may still be asked for."""


class StylesPipeline:
    """Article in, the same Article out: requests for its style sheets wait behind all others of their hosts."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler, self._job = crawler, job_of(crawler)
        self._asked: dict[str, None] = {}
        self._waiting = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: Article | NoPost) -> Article | NoPost:
        by_hand = bool(self._job.options.urls)
        if self._job.config.archive.styles and isinstance(item, Article) and (item.outcome.written or by_hand):
            asking = _Asking(item.source, self._job.config.limits.article_styles)
            self._ask(item.post.style_sheets, asking, item.page.url, steps=1)
        return item

    def _ask(self, urls: Iterable[str], asking: _Asking, via: str, steps: int) -> None:
        """Request the style sheets that are not held."""
        assert self._crawler.engine is not None
        for url in urls:
            if asking.left <= 0 or self._waiting >= MOST_WAITING:
                why = "[limits] article_styles" if asking.left <= 0 else f"{MOST_WAITING} wait already"
                logger.info("%s: further style sheets are left out (%s)", via, why)
                return
            asking.left -= 1
            if url in self._asked:
                continue
            self._remember(url)
            request = style_request(url, asking.source, via, self._job.config.limits, steps)
            if self._is_held(request.url):
                continue
            request.callback, request.errback = self._parse, self._failed
            request.cb_kwargs.update(asking=asking, steps=steps)
            self._crawler.engine.crawl(request)
            self._waiting += 1

    def _remember(self, url: str) -> None:
        self._asked[url] = None
        if len(self._asked) > REMEMBERED:
            del self._asked[next(iter(self._asked))]

    def _is_held(self, url: str) -> bool:
        """Whether an answer for a URL is stored that is young enough; a refetch asks again, as it does for images."""
        last = (
            None if self._job.options.urls else self._job.catalogue.captures.last_answer(target_uri(urldefrag(url)[0]))
        )
        if last is None:
            return False
        date, status = last
        age = self._job.clock() - date
        return timedelta(0) <= age < (REFUSED_AGAIN if status is None or status >= 400 else AGAIN)

    def _parse(self, response: Response, asking: _Asking, steps: int) -> None:
        """Ask for what a style sheet imports; it is stored itself already."""
        self._waiting -= 1
        if response.status not in READ:
            logger.info("%s: a style sheet is missing: answered %s", response.url, response.status)
        elif steps < MOST_STEPS:
            css = response.body[:HEAD].decode("utf-8-sig", "replace")
            urls = filter(None, (absolute(response.url, address) for address in imported(css)))
            self._ask(urls, asking, response.url, steps + 1)

    def _failed(self, failure: Failure) -> None:
        self._waiting -= 1
        reason = classify(failure)
        if reason.cls != STORAGE:  # then the run ends
            logger.info("a style sheet is missing: %s", reason.message)
