"""One URL again, now: the same way as in a run, without asking the frontier whether its time has come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from scrapy import Request

from crawler.config import choose, named
from crawler.spiders.press import PressSpider
from crawler.store.frontier import Validators


class RefetchSpider(PressSpider):
    """`warcpress refetch URL…`: fetched whole, images too, and compared with what is held."""

    name = "refetch"
    command = "refetch"

    async def start(self) -> AsyncIterator[Request]:
        options, config = self.job.options, self.job.config
        for url in options.urls:
            source = named(config, options.source) if options.source else choose(config, url)
            visit = self.job.frontier.visit(url, source.name)
            # Unconditional: a 304 would prove what the server says, not what it serves.
            yield self.visit(replace(visit, url=url, source=source.name, validators=Validators()))

    def feed(self) -> None:
        """Nothing but what was asked for."""
