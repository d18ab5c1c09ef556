"""Spider of `warcpress add`: looks for the feeds and sitemaps of sites, and reads each once; nothing is kept."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urljoin

from scrapy import Request
from scrapy.http import Response

from crawler.config import SINGLE
from crawler.discovery import EntryPoint, Found
from crawler.discovery.offers import NEWS, Offer
from crawler.discovery.site import usual_places
from crawler.errors import ExtractionBroken, SourceUnreadable, StorageFailed
from crawler.fetching.failures import STORAGE, classify
from crawler.items import READ
from crawler.spiders.gathering import page_of
from crawler.spiders.press import PressSpider
from crawler.spiders.requests import search_request
from crawler.urls.canonical import canonicalise

MOST_DOCUMENTS = 100
"""Documents that are read of one site."""
MOST_CHILDREN = 3
"""Sitemaps that are read of an index: those that are named after news, then the newest."""
_RECORD = re.compile(r" \(record <[^<>]*>\)")
"""Where an error's text names a record, which is thrown away here."""


class AddSpider(PressSpider):
    """`warcpress add URL…`: `searches` has what was found of each URL."""

    name = "add"
    command = "add"

    async def start(self) -> AsyncIterator[Request]:
        self.searches = [Search(self, url) for url in self.job.options.urls]
        await asyncio.gather(*(search.run() for search in self.searches))
        return
        yield  # makes this an iterator

    def feed(self) -> None:
        """Take nothing from the frontier."""


@dataclass
class Search:
    """The search for the feeds and sitemaps of one site."""

    spider: AddSpider
    url: str
    """As the user gave it; then where it has moved to."""
    offers: list[Offer] = field(default_factory=list)
    """In the order in which the site names them."""
    tried: list[str] = field(default_factory=list)
    """URLs of all documents that were asked for."""
    failure: str = ""
    """Why the URL itself could not be read: one line."""
    reached: bool = True
    """Whether the host of the URL answers."""
    _offers: list[tuple[int, Offer]] = field(default_factory=list)  # and the place of its document in `tried`
    left_out: int = 0
    """Documents that were not read because there are too many."""

    async def run(self) -> None:
        """Read what the URL leads to; if it is a page, look in all other places too."""
        first = await self._read(EntryPoint("site", self.url))
        if not self._offers and self.reached:
            await self._look_around(first)
        self.offers = [offer for _, offer in sorted(self._offers, key=lambda row: row[0])]

    async def _look_around(self, first: list[EntryPoint]) -> None:
        robots = await self._read(EntryPoint("site", urljoin(self.url, "/robots.txt"), named_by="robots.txt"))
        await self._follow([*first, *robots])
        await self._follow(usual_places(self.url))

    async def _follow(self, entries: list[EntryPoint]) -> None:
        for further in await asyncio.gather(*map(self._read, entries)):
            if further:
                await self._follow(further)

    async def _read(self, entry: EntryPoint) -> list[EntryPoint]:
        """Read a document once; return those that a page leads to."""
        if canonicalise(entry.url) in map(canonicalise, self.tried):
            return []
        if len(self.tried) >= MOST_DOCUMENTS:
            self.left_out += 1
            return []
        place = len(self.tried)
        self.tried.append(entry.url)
        try:
            found, url = await self._found(entry)
        except SourceUnreadable as error:
            self._failed(entry, str(error), place)
            return []
        if not entry.named_by:
            self.url = url
        if found.form:
            self._add(await self._offer(entry, found, url, place), place)
            return []
        if not found.next and entry.named_by:
            self._failed(entry, f"{entry.url}: an HTML page, neither feed nor sitemap", place)
        return [further for further in found.next if further.named_by]

    async def _offer(self, entry: EntryPoint, found: Found, url: str, place: int) -> Offer:
        children = sorted(found.next, key=lambda child: "news" not in child.url.lower())[:MOST_CHILDREN]
        articles = list(found.candidates)
        read = 0
        for child in children:
            try:
                below, _ = await self._found(child)
            except SourceUnreadable:
                continue
            read += 1
            articles += below.candidates
            if below.form == NEWS:
                self._add(Offer(child.url, entry.named_by, NEWS, below.candidates), place)
        return Offer(url, entry.named_by, found.form, tuple(articles), len(found.next), read)

    def _add(self, offer: Offer, place: int) -> None:
        if canonicalise(offer.url) not in {canonicalise(other.url) for _, other in self._offers}:
            self._offers.append((place, offer))

    def _failed(self, entry: EntryPoint, message: str, place: int) -> None:
        if not entry.named_by:
            self.failure = self.failure or message
        elif entry.named_by == "link element" or (entry.named_by == "robots.txt" and entry.step > 1):
            self._add(Offer(entry.url, entry.named_by, failure=message), place)

    async def _found(self, entry: EntryPoint) -> tuple[Found, str]:
        """Fetch and read a document; return its content, and its URL after permanent redirects.

        SourceUnreadable when it can't be fetched or read.
        """
        response = await self._response(entry)
        if response.status not in READ:
            raise SourceUnreadable(entry.url, f"answered {response.status}")
        assert response.request is not None
        moved = response.request.meta.get("moved_to", entry.url)
        limits = self.spider.job.config.limits
        try:
            return await self.spider.workers.discover(page_of(response), SINGLE, entry, limits), moved
        except ExtractionBroken as error:
            self.spider.stop(error)
            raise SourceUnreadable(entry.url, str(error)) from error

    async def _response(self, entry: EntryPoint) -> Response:
        engine = self.spider.crawler.engine
        assert engine is not None
        via = "" if entry.url == self.url else self.url
        request = search_request(entry, SINGLE, via, self.spider.job.config.limits)
        try:
            return await engine.download_async(request)
        except StorageFailed:
            raise
        except Exception as error:  # classified like the failures of a run
            reason = classify(error)
            if reason.cls == STORAGE:
                raise
            self.reached = self.reached and (bool(entry.named_by) or reason.cls.startswith("robots"))
            why = _RECORD.sub("", reason.message.removeprefix(f"{entry.url}: "))
            raise SourceUnreadable(entry.url, why) from error
