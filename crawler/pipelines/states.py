"""Write a metadata record for each change of a held article's state: withdrawn, suspect, present again."""

from __future__ import annotations

from dataclasses import replace
from typing import Self

from scrapy.crawler import Crawler

from archive import Capture, target_uri
from crawler.capture import captures_stored, writer_of
from crawler.from_warc.stored import StoredArticles
from crawler.items import Outcome
from crawler.posts.states import change, is_own_page, shown_by, state_of
from crawler.run.article import Article, NoPost
from crawler.run.job import job_of
from crawler.store.stored_version import State, StateName, Version
from crawler.store.visits import Visit
from crawler.urls.canonical import canonicalise


class StatesPipeline:
    """Article or NoPost in; the same out, with `state` when the state of the held article has changed."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler, self._job = crawler, job_of(crawler)
        job = self._job
        self._stored = StoredArticles(job.layout, job.catalogue, job.sources, job.elsewhere, job.foreign)
        self._waiting: dict[str, State] = {}  # new states that wait for the group commit, by canonical URL
        crawler.signals.connect(self.committed, captures_stored)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def committed(self) -> None:
        """Forget the states of this run: the catalogue has them now."""
        self._waiting.clear()
        self._stored.committed()

    def process_item(self, item: Article | NoPost) -> Article | NoPost:
        if isinstance(item, NoPost):
            return self._without_post(item)
        version, visit = item.version, item.visit
        if version is None or not self._is_of(version, visit.url, visit.article, item.page.url):
            return item
        return replace(item, state=self._state(version, item.captures[0], "present"))

    def _without_post(self, item: NoPost) -> NoPost:
        shown: tuple[StateName, str] | None = "present", ""
        if item.reason is not None:
            shown = shown_by(item.reason.error_class, item.visit.url, item.leads_to)
        held = self._held(item.visit) if shown else None
        if shown is None or held is None:
            return item
        if item.reason and self._is_page(item.capture, held):  # our rules have changed, not the page
            item, shown = replace(item, outcome=Outcome.UNCHANGED, reason=None), ("present", "")
        return replace(item, state=self._state(held, item.capture, *shown, item.text))

    def _state(
        self, held: Version, capture: Capture, shown: StateName, reason: str = "", text: str = ""
    ) -> State | None:
        """Write the record of a change of state; None when there is none."""
        url = held.canonical_url
        latest = self._waiting.get(url) or self._stored.state(url)
        changed = change(url, latest, shown, reason, text)
        if changed is None:
            return None
        if self._job.layout.withdrawn != "keep":
            self._job.publisher.note([held.path])  # its version, and so its post file, may be in another folder
        record = writer_of(self._crawler).write_metadata(capture, changed.fields())
        self._waiting[url] = state = state_of(changed, record, capture.record_id)
        return state

    def _held(self, visit: Visit) -> Version | None:
        """The latest version of the article whose own page a visit asked for."""
        known = self._stored.articles_from(target_uri(visit.url))
        for url in dict.fromkeys((visit.article, canonicalise(visit.url), *known)):
            last = self._stored.latest(url)
            if last is not None and self._is_of(last, visit.url, visit.article):
                return last
        return None

    def _is_of(self, version: Version, *asked: str) -> bool:
        page = self._stored.page_of(version)
        return page is None or is_own_page(page, *asked)  # None: it waits for the group commit

    def _is_page(self, capture: Capture, held: Version) -> bool:
        """Whether a capture has the bytes of the page that a version was made from."""
        return self._stored.digests(held)[:1] == [capture.payload_digest] != [""]
