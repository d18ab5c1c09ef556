"""Spider of a refetch: fetch given URLs now, due or not, as a run does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from scrapy import Request

from crawler.config import choose, named
from crawler.spiders.press import PressSpider
from crawler.store.frontier import Validators


class RefetchSpider(PressSpider):
    """`warcpress refetch URL…`: fetches each page whole, with its images, and compares it with the stored post."""

    name = "refetch"
    command = "refetch"

    async def start(self) -> AsyncIterator[Request]:
        options, config = self.job.options, self.job.config
        for url in options.urls:
            source = named(config, options.source) if options.source else choose(config, url)
            visit = self.job.frontier.visit(url, source.name)
            # Unconditional: a 304 says that nothing changed, and shows no bytes.
            yield self.visit(replace(visit, url=url, source=source.name, validators=Validators()))

    def feed(self) -> None:
        """Take nothing from the frontier."""
