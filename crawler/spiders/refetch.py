"""Spider of a refetch: fetches given URLs at once, whether due or not, in the same way as a run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from scrapy import Request

from crawler.config import choose, named
from crawler.spiders.press import PressSpider
from crawler.store.validators import Validators


class RefetchSpider(PressSpider):
    """`warcpress refetch URL…`: fetches each page and its images again, and compares them with the stored post."""

    name = "refetch"
    command = "refetch"

    async def start(self) -> AsyncIterator[Request]:
        options, config = self.job.options, self.job.config
        for url in options.urls:
            if not self.job.has_room():
                return
            source = named(config, options.source) if options.source else choose(config, url)
            visit = self.job.frontier.visit(url, source.name)
            # Without validators: a 304 would bring no bytes to compare.
            yield self.visit(replace(visit, url=url, source=source.name, validators=Validators()))

    def feed(self) -> None:
        """Take nothing from the frontier."""
