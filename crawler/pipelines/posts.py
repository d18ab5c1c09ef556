"""Write a conversion record for each article that is new or has changed."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any, Self

from scrapy.crawler import Crawler

from archive import ArchiveError, Reader
from crawler.capture import captures_stored, writer_of
from crawler.config import effective
from crawler.errors import ExtractionError, WarcpressError
from crawler.from_warc.derive import Derivation
from crawler.from_warc.ingest import Made, made_of
from crawler.from_warc.publish import Publisher
from crawler.items import Outcome, Page, Reason
from crawler.posts.arrival import Arrival, Earlier, Making
from crawler.posts.conversion import CONTENT_TYPE, version_of
from crawler.posts.versions import Decision, NewVersion, Shrunk, ToExtract, Unchanged, decide
from crawler.run.article import Article, NoPost
from crawler.run.job import Job, job_of
from crawler.run.report import UndatedPost
from crawler.store.files import path_key
from crawler.store.stored_version import State, Version
from crawler.urls.canonical import canonicalise

logger = logging.getLogger(__name__)


class PostsPipeline:
    """Article with images in, Article with `text`, `version` and `outcome` out; a NoPost for a body that shrank."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler, self._job = crawler, job_of(crawler)
        self._stored = _Stored(self._job)
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


class _Stored:
    """The stored versions: those in the catalogue, and those of this run that wait for the group commit."""

    def __init__(self, job: Job) -> None:
        self._catalogue, self._archive = job.catalogue, Publisher(job.layout, job.catalogue)
        self._reader, self._sources = Reader(job.layout.root), job.sources
        self._derivation = Derivation(self._reader)
        self._versions: dict[str, Version] = {}  # by canonical URL
        self._arrivals: dict[str, Arrival] = {}  # by canonical URL
        self._forms: dict[str, str] = {}  # canonical URL, by URL of another page with the article
        self._texts: dict[str, str] = {}  # by canonical URL
        self._paths: dict[str, str] = {}  # canonical URL, by `path_key`

    def add(self, version: Version, arrival: Arrival, text: str) -> None:
        """Remember a version of this run, what it is made from, and its text."""
        url = version.canonical_url
        self._versions[url], self._arrivals[url], self._texts[url] = version, arrival, text
        self._paths[path_key(version.path)] = url

    def add_form(self, version: Version, arrival: Arrival) -> None:
        """Remember that a page of this run has the article of a stored version."""
        self._forms[arrival.page.url] = version.canonical_url

    def committed(self) -> None:
        """Forget the versions and pages of this run: the catalogue has them now."""
        self._reader.close()  # the last commit comes just before the archive's writer closes
        for known in (self._versions, self._arrivals, self._forms, self._texts, self._paths):
            known.clear()

    def latest(self, canonical_url: str) -> Version | None:
        return self._versions.get(canonical_url) or self._catalogue.latest(canonical_url)

    def page_of(self, version: Version) -> str | None:
        if arrival := self._arrivals.get(version.canonical_url):
            return arrival.page.url
        capture = self._catalogue.capture(version.pages[0])
        return capture.url if capture else None

    def text(self, version: Version) -> str | None:
        if version.canonical_url in self._texts:
            return self._texts[version.canonical_url]
        try:
            return self._archive.text(version)
        except (ArchiveError, ValueError) as error:
            logger.warning("%s: its text can't be compared: %s", version.path, error)
            return None

    def digests(self, version: Version) -> list[str]:
        captures = map(self._catalogue.capture, version.pages)
        return [capture.payload_digest for capture in captures if capture]

    def making(self, version: Version) -> Making | None:
        if version.canonical_url in self._versions:
            return None
        try:
            made = made_of(self._reader, version)
        except (ArchiveError, ValueError):
            return None  # `text` has said why
        return Making(made.conversion, self._has_same_settings(made))

    def _has_same_settings(self, made: Made) -> bool:
        source = self._sources.get(made.conversion.source)
        try:
            return source is None or effective(self._derivation.source(made)) == effective(source)
        except (ArchiveError, WarcpressError):
            return False  # its WARC file does not describe the source

    def pages(self, version: Version) -> tuple[Page, str]:
        """The stored page of a version, with its parts, and its payload digest."""
        return self._derivation.pages(made_of(self._reader, version).conversion)

    def state(self, canonical_url: str) -> State | None:
        return self._catalogue.states.latest(canonical_url)

    def articles_from(self, page: str) -> list[str]:
        waiting = [url for url, arrival in self._arrivals.items() if arrival.page.url == page]
        forms = [self._forms[page]] if page in self._forms else []
        return waiting + forms + self._catalogue.articles_from(page)

    def articles_of(self, digest: str) -> list[str]:
        waiting = [url for url, arrival in self._arrivals.items() if arrival.digest == digest != ""]
        return waiting + self._catalogue.articles_of(digest)

    def is_taken(self, path: str, canonical_url: str) -> bool:
        owner = self._paths.get(path_key(path))
        return owner != canonical_url if owner else self._archive.is_taken(path, canonical_url)
