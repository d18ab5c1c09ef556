"""A run: the sources' entry points → candidates → the frontier → articles → the pipelines."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any, Self

import scrapy
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from crawler import config as configuration
from crawler.capture import commit, storing
from crawler.discovery import direct
from crawler.errors import ExtractionBroken, ExtractionError, StorageFailed
from crawler.fetching.budget import budget_spent
from crawler.fetching.failures import STORAGE, UNASKED, classify
from crawler.fetching.failures import Failure as FetchFailure
from crawler.items import Source
from crawler.run.article import Article
from crawler.run.job import Choices, Job
from crawler.sandbox.pool import Workers
from crawler.settings import configured
from crawler.spiders.entries import Entries
from crawler.spiders.gathering import PartFailed, gather
from crawler.spiders.requests import article_request, part_request
from crawler.store.frontier import Visit
from crawler.terminal import ACCOUNTED, log_to_stderr

BATCH = 128
"""Visits under way: enough to keep every host busy, few enough to stay small in memory. The frontier gives them out
half of it at a time, since it sorts all that are due (6 ms for 20,000, 2026-11)."""


class PressSpider(scrapy.Spider):
    """`scrapy crawl press [-a sources=a,b] [-a due=1] [-a limit=N]`, or with a Job that the command line opened."""

    name = "press"
    command = "crawl"
    images_again = False
    """Whether images that we hold are fetched all the same."""

    def __init__(self, job: Job, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.job = job
        self.workers: Workers
        self.entries: Entries
        self._under_way: dict[str, Visit] = {}
        self._started = 0
        self._more = True
        self._open = set(job.sources)  # sources with something left of their budget
        self._stopping: asyncio.Future[None] | None = None

    # -- the life of the spider

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        super().update_settings(settings)
        path = settings.get("WARCPRESS_CONFIG", "warcpress.toml")
        if path:  # the command line has configured everything itself and says so with an empty path
            settings.setdict(configured(configuration.load(path)), priority="spider")

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, job: Job | None = None, **arguments: Any) -> Self:
        owned = job is None
        if job is None:
            loaded = configuration.load(crawler.settings.get("WARCPRESS_CONFIG", "warcpress.toml"))
            job = Job(loaded, Choices.of_arguments(arguments), cls.command)
            job.open()
            log_to_stderr(logging.WARNING, job.redactor)  # under `scrapy crawl` the log is Scrapy's, and raw
        crawler.settings.set("WARC_WARCINFO", job.warcinfo(), priority="spider")
        spider = super().from_crawler(crawler, *args, job=job, **arguments)
        limits = job.config.limits
        spider.workers = Workers(2, seconds=limits.extract_seconds, memory_bytes=limits.extract_bytes)
        spider.entries = Entries(job, spider.workers, spider.discovered, spider.stop)
        crawler.signals.connect(spider.feed, signals.scheduler_empty)
        crawler.signals.connect(spider.idle, signals.spider_idle)
        crawler.signals.connect(spider.broke, signals.spider_error)
        crawler.signals.connect(spider.broke, signals.item_error)
        crawler.signals.connect(spider.spent, budget_spent)
        if owned:
            crawler.signals.connect(spider.release, signals.engine_stopped)
        return spider

    def closed(self, reason: str) -> None:
        self.workers.close()
        if reason not in ("finished", "shutdown") and not self.job.run.stopped:
            self.job.run.stopped = reason

    def release(self) -> None:
        """Ends a job that this spider opened itself."""
        self.job.finish()
        self.job.__exit__(None, None, None)

    # -- what there is to visit

    async def start(self) -> AsyncIterator[Request]:
        for source in self.job.sources.values():
            with storing(self.crawler):
                self.job.run.candidates["added"] += self.job.frontier.add(direct(source))
                due = self.entries.due(source)
            for request in due:
                yield request

    def discovered(self) -> None:
        """There may be more to visit."""
        self._more = True
        self.feed()

    # -- articles

    def feed(self) -> None:
        """Takes the next visits from the frontier while there is room for them."""
        room = BATCH - len(self._under_way)
        if room < BATCH // 2:
            return
        if self.job.choices.limit is not None:
            room = min(room, self.job.choices.limit - self._started)
        if not self._more or room <= 0 or self.crawler.engine is None:
            return
        with storing(self.crawler):
            visits = self.job.frontier.due(self._open, room, self._under_way)
        self._more = len(visits) == room
        if visits:
            self.workers.start()
        for visit in visits:
            self.crawler.engine.crawl(self.article(visit))

    def idle(self) -> None:
        """Nothing moves any more: stores what waits for the group commit, then goes on when the frontier has more."""
        commit(self.crawler)
        with storing(self.crawler):
            for visit in list(self._under_way.values()):
                self.fail(visit, "internal", f"{visit.url}: lost on its way; see the log")
        self.discovered()
        if self._under_way:
            raise DontCloseSpider

    def broke(self, failure: Failure, response: Response | Failure | None) -> None:
        """A fault of ours in a callback or pipeline costs one article or document; a store that fails ends the run."""
        with storing(self.crawler):
            if isinstance(failure.value, StorageFailed):
                raise failure.value
            request = getattr(response, "request", None)  # of an errback's fault it is the failed download's Failure
            visit = request.meta.get("visit") if request is not None else None
            if visit is not None and visit.article in self._under_way:
                self.fail(visit, "internal", f"{visit.url}: {failure.getErrorMessage()}")
            if request is not None and (entry := request.cb_kwargs.get("entry")) is not None:
                message = f"{entry.url}: a fault of ours: {failure.getErrorMessage()}; please report it with this URL"
                self.entries.unreadable(request.cb_kwargs["source"], entry.url, message)

    def spent(self, source: str, message: str) -> None:
        """A budget is used up: what has not begun stays on the frontier as it is."""
        self._open -= {source} if source else self._open.copy()
        self.job.run.spent.append({"source": source, "message": message})

    def article(self, visit: Visit) -> Request:
        self._under_way[visit.article] = visit
        self._started += 1
        source = self.job.source(visit.source)
        return article_request(visit, source, self.parse_article, self.article_failed)

    async def parse_article(self, response: Response, visit: Visit, source: Source) -> AsyncIterator[Article]:
        """A page that may be an article → an Article for the pipelines, or a named reason why not."""
        if response.status == 304:
            self.job.frontier.held(visit, visit.article, "not-modified", visit.validators)
            self.leave(visit, "not-modified")
        elif response.status in (404, 410):
            self.settle(visit, "gone", f"http-{response.status}", f"{response.url}: answered {response.status}")
        elif response.status != 200:
            self.fail(visit, f"http-{response.status}", f"{response.url}: answered {response.status}")
        else:
            limits = self.job.config.limits
            try:
                article = await gather(response, visit, source, self._part, self.workers.extract, limits)
            except PartFailed as error:
                self._failed(visit, classify(error.cause))
            except ExtractionBroken as error:
                self.stop(error)
            except ExtractionError as error:
                self.settle(visit, "not-an-article", error.reason, f"{response.url}: {error}")
            else:
                yield article

    def stop(self, error: ExtractionBroken) -> None:
        """Ends the run; what is under way stays on the frontier, due at once."""
        if self.job.run.fatal is None and self.crawler.engine is not None:
            self.job.run.fatal = error
            self.logger.critical("%s", error)
            self._stopping = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason="extraction"))

    async def _part(self, url: str, visit: Visit, source: Source, via: str) -> Response:
        assert self.crawler.engine is not None
        return await self.crawler.engine.download_async(part_request(url, visit, source, via))

    def article_failed(self, failure: Failure) -> None:
        visit = failure.request.cb_kwargs["visit"]  # type: ignore[attr-defined]  # set by Scrapy
        self._failed(visit, classify(failure))

    def _failed(self, visit: Visit, failure: FetchFailure) -> None:
        if failure.cls == STORAGE:
            return  # says nothing about the article: it stays due, and the run ends
        if failure.retryable:
            self.fail(visit, failure.cls, failure.message)
        else:
            self.settle(visit, "refused", failure.cls, failure.message)

    # -- outcomes

    def settle(self, visit: Visit, outcome: Any, error_class: str, message: str) -> None:
        self.job.frontier.settled(visit, outcome, error_class, message)
        self._account(visit, outcome, error_class, message)

    def fail(self, visit: Visit, error_class: str, message: str) -> None:
        given_up = self.job.frontier.failed(visit, error_class, message, asked=error_class not in UNASKED)
        self._account(visit, "given-up" if given_up else "failed", error_class, message)

    def _account(self, visit: Visit, outcome: str, error_class: str, message: str) -> None:
        self.logger.warning("%s", message, extra=ACCOUNTED)
        self.job.run.failed(visit.url, outcome, error_class, message)
        self.leave(visit, outcome)

    def held(self, article: Article) -> None:
        """Its post is stored, new or not."""
        if article.version is not None and article.outcome in ("new", "changed"):
            self.job.run.posts.append(
                {
                    "path": article.version.path,
                    "url": article.version.canonical_url,
                    "asked": article.visit.url,
                    "outcome": article.outcome,
                }
            )
        self.leave(article.visit, article.outcome)

    def leave(self, visit: Visit, outcome: str) -> None:
        """This article's way has ended in this run."""
        self._under_way.pop(visit.article, None)
        self.job.settled(visit.url, outcome)
