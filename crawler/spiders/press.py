"""Spider of a run: reads entry points, visits the articles that are due, and sends them to the pipelines."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any, Self

import scrapy
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from crawler import config as configuration
from crawler.capture import commit, recorder_of, storing
from crawler.clock import utc_now
from crawler.discovery import direct
from crawler.errors import ExtractionBroken, ExtractionError, StorageFailed
from crawler.fetching.budget import budget_spent
from crawler.fetching.failures import classify
from crawler.fetching.kept import Kept, keep
from crawler.fleet.years import in_year
from crawler.items import Source
from crawler.run import outcomes
from crawler.run.article import Article, NoPost
from crawler.run.job import Job, RunOptions
from crawler.run.report import SpentBudget
from crawler.sandbox.pool import Workers
from crawler.settings import configured
from crawler.spiders.entries import Entries
from crawler.spiders.gathering import Answered, PartFailed, confirmed_by, gather, is_conditional
from crawler.spiders.pictures import MissingPictures
from crawler.spiders.requests import article_request, part_request
from crawler.store.visits import Visit
from crawler.terminal import log_to_stderr

BATCH = 128
"""Most visits under way at once: enough to keep every host busy, few enough to stay small in memory.

They are taken from the frontier when half of them are done, because each look at it takes 0.5 ms (100 sources, 100,000
due visits, 2026-11).
"""
EXAMPLE = (
    "%s: [crawl] user_agent or contact names example.org: no publisher can reach you, and some refuse such a visitor; "
    'write user_agent = "NAME (+https://YOUR-SITE/…)" and contact = "YOU@YOUR-SITE"'
)
"""Warning of a run whose configuration does not say who asks."""


class PressSpider(scrapy.Spider):
    """`scrapy crawl press [-a sources=a,b] [-a due=1] [-a limit=N]`, or with a Job that the command line opened."""

    name = "press"
    command = "crawl"

    def __init__(self, job: Job, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.job = job
        self.workers: Workers
        self.entries: Entries
        self.pictures: MissingPictures
        self._started = 0
        self._more = True  # the frontier may have visits that are due
        self._open = set(job.sources)  # sources whose budget is not spent
        self._stopping: asyncio.Future[None] | None = None

    # -- the life of the spider

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        super().update_settings(settings)
        path = settings.get("WARCPRESS_CONFIG", "warcpress.toml")
        if path:  # empty: the command line has configured everything itself
            settings.setdict(configured(in_year(configuration.load(path), utc_now())), priority="spider")

    @classmethod
    def from_crawler(
        cls, crawler: Crawler, *args: Any, job: Job | None = None, workers: Workers | None = None, **arguments: Any
    ) -> Self:
        owned = job is None
        if job is None:
            loaded = configuration.load(crawler.settings.get("WARCPRESS_CONFIG", "warcpress.toml"))
            job = Job(in_year(loaded, utc_now()), RunOptions.of_arguments(arguments), cls.command)
            job.open()
            log_to_stderr(job.redactor, logging.INFO)  # Scrapy's own log would show secrets
        job.attach(crawler)
        afresh = not job.options.due  # a person waits, and not a timer
        keep(crawler, Kept(job.frontier.hosts, job.frontier.robots, afresh=afresh))
        crawler.settings.set("WARC_WARCINFO", job.warcinfo(), priority="spider")
        spider = super().from_crawler(crawler, *args, job=job, **arguments)
        spider.workers = workers or Workers.of(job.config.limits)
        spider.entries = Entries(job, spider.workers, spider.discovered, spider.stop)
        spider.pictures = MissingPictures(job, crawler, spider.more)
        crawler.signals.connect(spider.feed, signals.scheduler_empty)
        crawler.signals.connect(spider.idle, signals.spider_idle)
        crawler.signals.connect(spider.broke, signals.spider_error)
        crawler.signals.connect(spider.broke, signals.item_error)
        crawler.signals.connect(spider.spent, budget_spent)
        if owned:
            crawler.signals.connect(spider.release, signals.engine_stopped)
        return spider

    def closed(self, reason: str) -> None:
        self.job.report.confinement = self.workers.confinement
        self.workers.close()
        if reason not in ("finished", "shutdown") and not self.job.report.stopped:
            self.job.report.stopped = reason

    def release(self) -> None:
        """End a job that this spider opened itself, once the last captures are stored."""
        recorder, report = recorder_of(self.crawler), self.job.report
        recorder.close()
        report.fatal, report.safe = recorder.failure or report.fatal, recorder.writer.stored
        self.job.merge_files()
        self.job.publish()
        self.job.write_report()
        self.job.__exit__(None, None, None)

    async def start(self) -> AsyncIterator[Request]:
        """Request the entry points that are due."""
        if self.job.config.crawl.is_example:
            self.logger.warning(EXAMPLE, self.job.config.path or "warcpress.toml")
        for source in self.job.sources.values():
            with storing(self.crawler):
                if not self.job.has_room():
                    return
                self.job.report.candidates["added"] += self.job.frontier.add(direct(source))
                due = self.entries.due(source)
            for request in due:
                yield request

    def discovered(self) -> None:
        """Feed again: a document may have added candidates to the frontier."""
        self._more = True
        self.feed()

    def more(self) -> None:
        """Note that the frontier has visits that are due."""
        self._more = True

    def feed(self) -> None:
        """Take the next visits from the frontier while there is room for them, then missing pictures."""
        room = BATCH - len(self.job.under_way) - len(self.pictures.under_way)
        if room < BATCH // 2:
            return
        if self.job.options.limit is not None:
            room = min(room, self.job.options.limit - self._started)
        if not self._more or room <= 0 or self.crawler.engine is None:
            return
        with storing(self.crawler):
            if not self.job.has_room():
                return
            visits = self.job.frontier.due(self._open, room, self.job.under_way)
        if visits and self.job.on_total is not None:
            self.job.on_total(self._total())
        if visits:
            self.workers.start()
        for visit in visits:
            self.crawler.engine.crawl(self.visit(visit))
        with storing(self.crawler):
            pictures = self.pictures.due(self._open, room - len(visits))
        for request in pictures:
            self.crawler.engine.crawl(request)
        self._more = len(visits) + len(pictures) == room

    def _total(self) -> int:
        """How many articles are finished, under way or due."""
        finished = self._started - len(self.job.under_way)
        total = finished + self.job.frontier.count_due(self.job.sources)
        return total if self.job.options.limit is None else min(total, self.job.options.limit)

    def idle(self) -> None:
        """Do the group commit now, fail visits that were lost, and continue while the frontier has more."""
        commit(self.crawler)
        with storing(self.crawler):
            for visit in list(self.job.under_way.values()):
                self._finish(visit, outcomes.of_fault(visit.url, "lost before its post was stored; see the log"))
            self.pictures.end()
        self.discovered()
        if self.job.under_way or self.pictures.under_way:
            raise DontCloseSpider

    def broke(self, failure: Failure, response: Response | Failure | None) -> None:
        """Fail the article or document whose callback or pipeline raised; stop the run when a store failed."""
        with storing(self.crawler):
            if isinstance(failure.value, StorageFailed):
                raise failure.value
            request = getattr(response, "request", None)  # an errback gets the Failure of its download
            if request is None:
                return
            message, visit = failure.getErrorMessage(), request.meta.get("visit")
            if visit is not None and visit.article in self.job.under_way:
                self._finish(visit, outcomes.of_fault(visit.url, message))
            if (entry := request.cb_kwargs.get("entry")) is not None:
                text = f"{entry.url}: internal error: {message}; please report it with this URL"
                self.entries.unreadable(request.cb_kwargs["source"], entry, text)

    def spent(self, source: str, message: str) -> None:
        """Take no more visits of a source (of any, without a name): the budget is spent. The frontier keeps them."""
        self._open -= {source} if source else self._open.copy()
        self.job.report.spent.append(SpentBudget(source, message))

    def stop(self, error: ExtractionBroken) -> None:
        """End the run because extraction does not start; visits under way stay due."""
        if self.job.report.fatal is None and self.crawler.engine is not None:
            self.job.report.fatal = error
            self.logger.critical("%s", error)
            self._stopping = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason="extraction"))

    # -- visits of articles

    def visit(self, visit: Visit) -> Request:
        """Begin a visit and return the request for its page."""
        with storing(self.crawler):
            self.job.begin(visit)
        self._started += 1
        return article_request(visit, self.job.source(visit.source), self.parse_article, self.article_failed)

    async def parse_article(self, response: Response, visit: Visit, source: Source) -> AsyncIterator[Article | NoPost]:
        """Send the article of a page to the pipelines, or the reason why the page has none."""
        capture = response.meta["capture"]
        if ending := outcomes.of_status(response.url, response.status, conditional=is_conditional(response)):
            yield NoPost(visit, capture, *ending, confirmed_by(response, visit.validators))
            return
        try:
            article = await gather(response, visit, source, self._part, self.workers.extract, self.job.config.limits)
        except PartFailed as error:
            self._finish(visit, outcomes.of_failure(classify(error.cause)))
        except Answered as error:
            if ending := outcomes.of_status(error.url, error.status, conditional=False):
                yield NoPost(visit, error.capture, *ending)
        except ExtractionBroken as error:
            self.stop(error)
        except ExtractionError as error:
            yield NoPost(visit, capture, *outcomes.of_extraction(response.url, error))
        else:
            yield article

    def article_failed(self, failure: Failure) -> Iterator[NoPost]:
        """End the visit of a page that could not be fetched; one that leads outside of the source was answered."""
        request: Request = failure.request  # type: ignore[attr-defined]  # set by Scrapy
        visit, ending = request.cb_kwargs["visit"], outcomes.of_failure(classify(failure))
        capture = request.meta.get("redirected_by")
        if ending and ending[1] and ending[1].error_class == "fence" and capture:
            yield NoPost(visit, capture, *ending, leads_to=request.url)
        else:
            self._finish(visit, ending)

    async def _part(self, url: str, visit: Visit, source: Source, via: str) -> Response:
        assert self.crawler.engine is not None
        return await self.crawler.engine.download_async(part_request(url, visit, source, via))

    def _finish(self, visit: Visit, ending: outcomes.Ending | None) -> None:
        """End a visit; without an ending (storage failed) it stays due."""
        if ending is not None:
            outcome, reason = ending
            self.job.finish(visit, outcome, reason=reason)
