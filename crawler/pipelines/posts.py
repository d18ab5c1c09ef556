"""Write a conversion record for each article that is new or has changed."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any, Self

from scrapy.crawler import Crawler

from archive import ArchiveError
from crawler.capture import captures_stored, writer_of
from crawler.errors import ExtractionError
from crawler.from_warc.stored import StoredArticles
from crawler.items import Outcome, Reason
from crawler.posts.arrival import Arrival, Earlier
from crawler.posts.conversion import CONTENT_TYPE, version_of
from crawler.posts.versions import Decision, NewVersion, Shrunk, ToExtract, Unchanged, decide
from crawler.run.article import Article, NoPost
from crawler.run.job import job_of
from crawler.run.report import UndatedPost
from crawler.store.stored_version import Version
from crawler.urls.canonical import canonicalise

logger = logging.getLogger(__name__)


class PostsPipeline:
    """Article with images in, Article with `text`, `version` and `outcome` out; a NoPost for a body that shrank."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler, self._job = crawler, job_of(crawler)
        job = self._job
        self._stored = StoredArticles(job.layout, job.catalogue, job.sources, job.elsewhere, job.foreign)
        self._form = self._job.config.posts.form
        crawler.signals.connect(self._stored.committed, captures_stored)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_item(self, item: Article | NoPost) -> Article | NoPost:
        if isinstance(item, NoPost):
            return item
        arrival = _arrival(item, by_hand=bool(self._job.options.urls))
        decision = await self._decision(arrival)
        if isinstance(decision, Shrunk):
            message = f"{item.page.url}: its text has shrunk to a fraction; the stored post stays"
            reason = Reason("shrunk", message)
            return NoPost(item.visit, item.captures[0], Outcome.NOT_AN_ARTICLE, reason, text=decision.text)
        if isinstance(decision, Unchanged):
            self._stored.add_form(decision.version, arrival)
            at = canonicalise(decision.form_of) or arrival.own
            return replace(item, at=at, version=decision.version, outcome=Outcome.UNCHANGED)
        record = writer_of(self._crawler).write_conversion(
            of=item.captures[0],
            body=decision.text.encode(),
            content_type=CONTENT_TYPE,
            metadata=decision.conversion.fields(),
        )
        version = version_of(decision.conversion, record, decision.text, item.captures[0].date)
        self._stored.add(version, arrival, decision.text)
        if decision.unbelieved:
            self._job.report.unbelieved_link(item.source.name, decision.unbelieved, item.page.url)
        if decision.date_from and version.dated:
            self._job.report.undated.append(UndatedPost(item.visit.url, version.dated.isoformat(), decision.date_from))
        return replace(item, at=arrival.own, text=decision.text, version=version, outcome=decision.outcome)

    async def _decision(self, arrival: Arrival) -> Unchanged | NewVersion | Shrunk:
        """Decide; nothing is awaited between the last look-ups and the write."""
        decision: Decision = decide(arrival, self._stored, self._form, self._job.sources)
        while isinstance(decision, ToExtract):
            earlier = await self._extracted(decision.version, arrival)
            decision = decide(arrival, self._stored, self._form, self._job.sources, earlier)
        return decision

    async def _extracted(self, version: Version, arrival: Arrival) -> Earlier:
        """Extract the stored pages of a version by today's rules."""
        try:
            page, digest = self._stored.pages(version)
            page = replace(page, section=arrival.page.section)
            spider: Any = self._crawler.spider
            return Earlier(version.record_id, await spider.workers.extract(page, arrival.source), digest)
        except (ArchiveError, ExtractionError) as error:
            logger.debug("%s: its stored page gives no post: %s", version.path, error)
            return Earlier(version.record_id, None)


def _arrival(item: Article, *, by_hand: bool) -> Arrival:
    return Arrival(
        asked=item.visit.url,
        source=item.source,
        page=item.page,
        post=item.post,
        images=item.images,
        captures=tuple(capture.record_id for capture in item.captures),
        digest=item.captures[0].payload_digest,
        further=tuple(capture.payload_digest for capture in item.captures[1:]),
        by_hand=by_hand,
    )
