"""Crawl inside the test process: one reactor in a thread for the whole session, a new crawler for each call."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.http import Response
from scrapy.settings import Settings
from scrapy.utils.reactor import install_reactor
from twisted.python.failure import Failure

from crawler.capture import CaptureRefused, recorder_of

_loop: asyncio.AbstractEventLoop | None = None
DEADLINE = 60.0


@dataclass
class Crawled:
    """The results of a crawl's requests."""

    folder: Path
    """Folder of the archive."""
    responses: dict[str, Response] = field(default_factory=dict)
    """Requested URL → its response."""
    failures: dict[str, BaseException] = field(default_factory=dict)
    metas: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Requested URL → `meta` of its last request."""
    reason: str = ""
    """Why the spider closed."""
    stats: dict[str, Any] = field(default_factory=dict)


class Listed(Spider):
    """A spider that sends a list of requests and keeps the results."""

    name = "tested"

    def __init__(self, requests: Iterable[Request], crawled: Crawled, **more: Any) -> None:
        super().__init__(**more)
        self._requests, self._crawled = list(requests), crawled

    async def start(self) -> AsyncIterator[Request]:
        for request in self._requests:
            yield request.replace(
                callback=self.parse, errback=self.failed, cb_kwargs={"asked": request.url}, dont_filter=True
            )

    def parse(self, response: Response, asked: str) -> Any:
        self._crawled.responses[asked] = response
        self._crawled.metas[asked] = response.meta

    def failed(self, failure: Failure) -> None:
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        asked = request.cb_kwargs["asked"]
        assert failure.value is not None
        self._crawled.failures[asked] = failure.value
        self._crawled.metas[asked] = request.meta

    def closed(self, reason: str) -> None:
        self._crawled.reason = reason


def loop() -> asyncio.AbstractEventLoop:
    """Return the loop of the reactor, which runs in its thread."""
    global _loop
    if _loop is None:
        install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
        from twisted.internet import reactor

        installed: Any = reactor  # its type is an interface without the arguments of `run`
        _loop = installed._asyncioEventloop
        threading.Thread(target=lambda: installed.run(installSignalHandlers=False), daemon=True).start()
    return _loop


def reactor() -> Any:
    """Return the reactor of the session."""
    loop()
    from twisted.internet import reactor as installed

    return installed


def crawl(requests: Iterable[str | Request], settings: dict[str, Any], spider: type[Listed] = Listed) -> Crawled:
    """Run one crawl to its end; raise the exception that stopped its start."""
    asked = [Request(item) if isinstance(item, str) else item for item in requests]
    crawled = Crawled(Path(settings["WARC_FOLDER"]))

    async def run() -> None:
        runner = AsyncCrawlerRunner(Settings(settings, priority="cmdline"))
        crawler = runner.create_crawler(spider)
        try:
            await crawler.crawl_async(asked, crawled)
        except BaseException:
            with suppress(CaptureRefused):  # there is no recorder yet
                recorder_of(crawler).close()  # a start that is refused holds the folder's lock until the process ends
            raise
        crawled.stats = dict(crawler.stats.get_stats())

    asyncio.run_coroutine_threadsafe(run(), loop()).result(DEADLINE)
    return crawled
