"""Last pipeline: once an item's records are on disk, write its rows, then its post file, then mark it as shown.

A crash at any point loses nothing: the next run writes the post file of each row without the mark, and reads an article
without a row from the WARC file or fetches it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from scrapy.crawler import Crawler

from archive import Capture, Reader
from crawler.capture import captures_stored, recorder_of
from crawler.from_warc.ingest import elsewhere, referred_to
from crawler.run.article import Article, NoPost
from crawler.run.job import job_of
from crawler.store.stored_version import State, Version


class CataloguePipeline:
    """Hold each item until the group commit of the archive (`captures_stored`), then store it and end its visit."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler, self._job = crawler, job_of(crawler)
        self._waiting: list[Article | NoPost] = []
        self._publisher = self._job.publisher
        self._reader = Reader(self._job.layout.root)
        crawler.signals.connect(self.stored, captures_stored)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: Article | NoPost) -> Article | NoPost:
        self._waiting.append(item)
        recorder_of(self._crawler).commit_soon()
        return item

    def stored(self, captures: Sequence[Capture]) -> None:
        """Store these captures and every waiting item: all their records are on disk now."""
        items, self._waiting = self._waiting, []
        written = [
            (item.version, item.text)
            for item in items
            if isinstance(item, Article) and item.version is not None and item.outcome.written
        ]
        states = [item.state for item in items if item.state is not None]
        # Capture stops the run when one of these raises StorageFailed.
        self._store(captures, items, [version for version, _text in written], states)
        self._publisher.publish(written)
        self._publisher.follow(state.canonical_url for state in states)
        self._job.report.kept_posts += self._publisher.take_kept()
        self._job.report.stored(captures)
        self._job.report.bytes_saved += sum(map(self._saved, captures))
        self._reader.close()  # the last commit comes just before the archive's writer closes
        for state in states:
            self._job.report.changed_state(state)
        with self._job.frontier.together():
            for item in items:
                self._end(item)

    def _store(
        self,
        captures: Sequence[Capture],
        items: Sequence[Article | NoPost],
        versions: Sequence[Version],
        states: Sequence[State],
    ) -> None:
        """Store versions and states, and the captures that they refer to; all others are only counted."""
        catalogue = self._job.catalogue
        catalogue.counted.update(capture.file for capture in captures)
        wanted = {record_id for version in versions for record_id in referred_to(version)}
        wanted.update(state.capture for state in states)
        fetched = {one.record_id: one for item in items for one in _captures_of(item) if one.record_id in wanted}
        found = elsewhere(self._reader, catalogue, versions, states, fetched.values())
        catalogue.store([*fetched.values(), *found], versions, states)
        catalogue.captures.looked(page for item in items for page in _pages_of(item))

    def _end(self, item: Article | NoPost) -> None:
        if isinstance(item, Article):
            missing = [image.url for image in item.images if image.capture is None]
            self._job.frontier.pictures.shown(item.visit.article, missing)
            self._job.finish(item.visit, item.outcome, article=item)
        else:
            self._job.finish(item.visit, item.outcome, reason=item.reason, validators=item.validators)

    def _saved(self, capture: Capture) -> int:
        """Bytes that a revisit saves; none for a 304, whose body was not sent."""
        if capture.kind != "revisit" or capture.status == 304 or capture.refers_to is None:
            return 0
        original = self._job.catalogue.capture(capture.refers_to) or self._reader.capture(capture.refers_to)
        return max(original.length - capture.length, 0) if original else 0


def _pages_of(item: Article | NoPost) -> tuple[Capture, ...]:
    return item.captures if isinstance(item, Article) else (item.capture,)


def _captures_of(item: Article | NoPost) -> tuple[Capture, ...]:
    return (*_pages_of(item), *item.pictures) if isinstance(item, Article) else _pages_of(item)
