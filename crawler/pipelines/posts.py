"""Write a conversion record for each article that is new or has changed."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Self

from scrapy.crawler import Crawler

from archive import ArchiveError
from crawler.capture import captures_stored, writer_of
from crawler.from_warc.publish import Publisher
from crawler.items import Outcome
from crawler.posts.conversion import CONTENT_TYPE, version_of
from crawler.posts.versions import Arrival, Unchanged, decide
from crawler.run.article import Article, NoPost
from crawler.run.job import Job, job_of
from crawler.run.report import UndatedPost
from crawler.store.files import path_key
from crawler.store.stored_version import Version
from crawler.urls.canonical import canonicalise

logger = logging.getLogger(__name__)


class PostsPipeline:
    """Article with images in, Article with `text`, `version` and `outcome` out."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler, self._job = crawler, job_of(crawler)
        self._stored = _Stored(self._job)
        self._form = self._job.config.posts.form
        crawler.signals.connect(self._stored.committed, captures_stored)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: Article | NoPost) -> Article | NoPost:
        if isinstance(item, NoPost):
            return item
        arrival = _arrival(item)
        decision = decide(arrival, self._stored, self._form, self._job.sources)
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


def _arrival(item: Article) -> Arrival:
    return Arrival(
        asked=item.visit.url,
        source=item.source,
        page=item.page,
        post=item.post,
        images=item.images,
        captures=tuple(capture.record_id for capture in item.captures),
        digest=item.captures[0].payload_digest,
    )


class _Stored:
    """The stored versions: those in the catalogue, and those of this run that wait for the group commit."""

    def __init__(self, job: Job) -> None:
        self._catalogue, self._archive = job.catalogue, Publisher(job.layout, job.catalogue)
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

    def articles_from(self, page: str) -> list[str]:
        waiting = [url for url, arrival in self._arrivals.items() if arrival.page.url == page]
        forms = [self._forms[page]] if page in self._forms else []
        return waiting + forms + self._catalogue.articles_from(page)

    def articles_of(self, digest: str) -> list[str]:
        waiting = [url for url, arrival in self._arrivals.items() if arrival.digest == digest != ""]
        return waiting + self._catalogue.articles_of(digest)

    def article_at(self, key: str) -> str | None:
        return self._paths.get(key) or self._catalogue.article_at(key)
