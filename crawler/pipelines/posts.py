"""Write a conversion record for each article that is new or has changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Self

from scrapy.crawler import Crawler

from crawler.capture import captures_stored, writer_of
from crawler.items import Outcome
from crawler.posts.conversion import CONTENT_TYPE, version_of
from crawler.posts.versions import Arrival, Form, Unchanged, decide
from crawler.run.article import Article
from crawler.run.job import job_of
from crawler.run.report import UndatedPost
from crawler.store.catalogue import Catalogue
from crawler.store.files import path_key
from crawler.store.stored_version import Version


class PostsPipeline:
    """Article with images in, Article with `text`, `version` and `outcome` out."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler, self._job = crawler, job_of(crawler)
        self._stored = _Stored(self._job.catalogue)
        posts = self._job.config.posts
        self._form = Form(posts.pattern, posts.extension, posts.images == "local", posts.extra, posts.dialect)
        crawler.signals.connect(self._stored.committed, captures_stored)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: Article) -> Article:
        decision = decide(_arrival(item), self._stored, self._form, self._job.sources)
        if isinstance(decision, Unchanged):
            return replace(item, version=decision.version, outcome=Outcome.UNCHANGED)
        record = writer_of(self._crawler).write_conversion(
            of=item.captures[0],
            body=decision.text.encode(),
            content_type=CONTENT_TYPE,
            metadata=decision.conversion.fields(),
        )
        version = version_of(decision.conversion, record, decision.text, item.captures[0].date)
        self._stored.add(version, item.page.url)
        if decision.date_from and version.dated:
            self._job.report.undated.append(UndatedPost(item.visit.url, version.dated.isoformat(), decision.date_from))
        return replace(item, text=decision.text, version=version, outcome=decision.outcome)


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

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._versions: dict[str, Version] = {}  # by canonical URL
        self._pages: dict[str, str] = {}  # URL of the page, by canonical URL
        self._paths: dict[str, str] = {}  # canonical URL, by `path_key`

    def add(self, version: Version, page: str) -> None:
        """Remember a version of this run, and the URL of its page."""
        url = version.canonical_url
        self._versions[url], self._pages[url], self._paths[path_key(version.path)] = version, page, url

    def committed(self) -> None:
        """Forget the versions of this run: the catalogue has them now."""
        for known in (self._versions, self._pages, self._paths):
            known.clear()

    def latest(self, canonical_url: str) -> Version | None:
        return self._versions.get(canonical_url) or self._catalogue.latest(canonical_url)

    def page_of(self, version: Version) -> str | None:
        if page := self._pages.get(version.canonical_url):
            return page
        capture = self._catalogue.capture(version.pages[0])
        return capture.url if capture else None

    def article_at(self, key: str) -> str | None:
        return self._paths.get(key) or self._catalogue.article_at(key)
