"""`python stopped_early.py SIGNAL crawl`: runs warcpress, with a SIGTERM at a signal of Scrapy, or `before` all."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from pydispatch import dispatcher
from scrapy import signals
from scrapy.crawler import Crawler

from crawler.cli import main

when = sys.argv[1]
crawl = Crawler.crawl_async


def stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


async def stopped(crawler: Crawler, *arguments: Any, **more: Any) -> None:
    stop()
    await crawl(crawler, *arguments, **more)


if when == "before":
    Crawler.crawl_async = stopped  # type: ignore[method-assign, assignment]
else:
    dispatcher.connect(stop, signal=getattr(signals, when), sender=dispatcher.Any)
sys.exit(main(sys.argv[2:]))
