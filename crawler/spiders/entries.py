"""Read the entry points of the sources: feeds, sitemaps, section pages and listings in, candidates on the frontier out.

Further documents that they lead to are requested too.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import datetime

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler import config as configuration
from crawler.discovery import EntryPoint, Found, entry_points, to_read
from crawler.errors import ExtractionBroken, SourceUnreadable
from crawler.extractors.sites import own_url
from crawler.fetching.failures import STORAGE, classify
from crawler.items import READ, Source
from crawler.run.job import Job
from crawler.run.outcomes import UNASKED_304
from crawler.run.report import FaultySource, UnreadSource
from crawler.sandbox.pool import Workers
from crawler.spiders.gathering import GONE, confirmed_by, page_of, validators_of
from crawler.spiders.requests import entry_request
from crawler.store.validators import Validators
from crawler.terminal import ACCOUNTED, fields

logger = logging.getLogger(__name__)

_BY_ROBOTS = ("robots", "robots-unreachable")
"""Classes of refusals that last: a list is asked for again after its interval, not in the next run."""


class Entries:
    """Requests the entry points of one run, and puts the candidates that they list on the frontier."""

    def __init__(
        self, job: Job, workers: Workers, found: Callable[[], None], broken: Callable[[ExtractionBroken], None]
    ) -> None:
        """`found`: called after each document that was read. `broken`: called when no extraction child can start."""
        self._job, self._workers, self._found, self._broken = job, workers, found, broken
        self._documents: Counter[str] = Counter()  # requests of this run, by source
        self._fingerprints = {source.name: configuration.fingerprint(source) for source in job.sources.values()}

    def due(self, source: Source) -> list[Request]:
        """Requests for the entry points of a source that are due."""
        every = source.every if self._job.options.due else 0
        entries = self._job.frontier.entries
        return [
            self._request(entry, source)
            for entry in entry_points(source)
            if entries.is_due(source.name, entry.url, every)
        ]

    def _request(self, entry: EntryPoint, source: Source) -> Request:
        self._documents[source.name] += 1
        logger.debug("read %s", entry.url, extra=fields(url=entry.url, source=source.name))
        return entry_request(
            entry, source, self._validators(entry, source), self._job.config.limits, self.parse, self.failed
        )

    async def parse(self, response: Response, entry: EntryPoint, source: Source) -> AsyncIterator[Request]:
        """Put the candidates of a document on the frontier, and request the documents that it leads to."""
        if (moved_to := response.meta.get("moved_to")) == response.url and (response.status in (304, *READ)):
            self._job.looks.moved(entry, source.name, moved_to)
        if (confirmed := confirmed_by(response, self._validators(entry, source))) is not None:
            self._mark_read(entry, source, confirmed)
            self._job.looks.look(source.name).confirmed += 1
            return
        if entry.may_be_missing and response.status in GONE:
            logger.info("%s: answered %s; the section ends before this page", entry.url, response.status)
            return
        try:
            if response.status == 304:
                raise SourceUnreadable(entry.url, UNASKED_304)
            if response.status not in READ:
                raise SourceUnreadable(entry.url, f"answered {response.status}")
            found = await self._workers.discover(page_of(response), source, entry, self._job.config.limits)
        except ExtractionBroken as error:
            self._broken(error)
            return
        except SourceUnreadable as error:
            self.unreadable(source, entry, str(error), fetched=response.status in READ)
            return
        added = self._add(found, entry)
        self._job.looks.read(entry, source.name, found, added)
        self._tell(found, entry, source)
        self._mark_read(entry, source, validators_of(response) if found.conditional else Validators())
        for request in self._following(found, entry, source):
            yield request
        self._found()

    def failed(self, failure: Failure) -> None:
        """Report a document that could not be fetched."""
        asked = failure.request.cb_kwargs  # type: ignore[attr-defined]  # set by Scrapy
        reason = classify(failure)
        if reason.cls == STORAGE:
            return
        source, entry = asked["source"], asked["entry"]
        self.unreadable(source, entry, reason.message)
        if reason.cls in _BY_ROBOTS and entry.step == 1:
            self._job.frontier.entries.refused(source.name, entry.url, self._job.report.started)

    def unreadable(self, source: Source, entry: EntryPoint, message: str, *, fetched: bool = False) -> None:
        """Report a document that could not be read. `message` names its URL. `fetched`: another document came."""
        logger.error("source %s could not be read: %s", source.name, message, extra=ACCOUNTED)
        self._job.report.unread_sources.append(UnreadSource(source.name, entry.url, message))
        self._job.looks.unread(entry, source.name, message, fetched=fetched)

    def _tell(self, found: Found, entry: EntryPoint, source: Source) -> None:
        """Report what was wrong with a document that was read."""
        if found.missing:
            self.unreadable(source, entry, found.missing, fetched=True)
        if found.faults:
            logger.warning("source %s: %s", source.name, found.faults)
            self._job.report.faulty_sources.append(FaultySource(source.name, entry.url, found.faults))

    def _add(self, found: Found, entry: EntryPoint) -> int:
        report = self._job.report
        for note in found.notes:
            logger.info("%s: %s", entry.url, note)
        report.candidates["seen"] += len(found.candidates)
        added = self._job.frontier.add(
            replace(candidate, url=own_url(candidate.url))
            for candidate in found.candidates
            if not self._job.redactor.found_in(candidate.url.encode())  # the frontier is a file too
        )
        report.candidates["added"] += added
        return added

    def _following(self, found: Found, entry: EntryPoint, source: Source) -> Iterator[Request]:
        for following in self._to_read(found, source):
            if self._documents[source.name] >= self._job.config.limits.discovered_documents:
                logger.warning("%s: further documents left out ([limits] discovered_documents)", entry.url)
                return
            yield self._request(following, source)

    def _to_read(self, found: Found, source: Source) -> list[EntryPoint]:
        def look(url: str) -> datetime | None:
            return self._job.frontier.entries.looked(source.name, url)

        return to_read(found.next, look, self._job.report.started)

    def _validators(self, entry: EntryPoint, source: Source) -> Validators:
        return self._job.frontier.entries.validators(
            source.name, entry.url, self._fingerprints[source.name], deeper=entry.step > 1
        )

    def _mark_read(self, entry: EntryPoint, source: Source, validators: Validators) -> None:
        fingerprint = self._fingerprints[source.name]
        self._job.frontier.entries.read(source.name, entry.url, fingerprint, validators, self._job.report.started)
