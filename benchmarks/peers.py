"""Crawl the URLs of the file `urls` with Scrapy, in one of several ways; benchmarks/crawl.py starts it in a process.

    python benchmarks/peers.py scrapy|addon|trimmed|naive|webarchive

    scrapy      Scrapy with its own defaults; it stores nothing
    addon       the same with the add-on crawler.capture.Capture: fetch, capture, WARC, fsync
    trimmed     the add-on in a crawler without the middlewares, extensions and tasks that this crawl does not use
    naive       what one writes in an afternoon: trafilatura makes a Markdown file of each page, warcio writes the WARC
    webarchive  scrapy-webarchive, which extracts nothing; in an environment of its own, since it needs Scrapy < 2.12

It must run without warcpress: the last one has it not.
"""

from __future__ import annotations

import gc
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import scrapy
from scrapy import signals
from scrapy.crawler import CrawlerProcess

SETTINGS: dict[str, Any] = {
    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
    "DOWNLOAD_DELAY": 0,
    "LOG_LEVEL": "WARNING",
    "TELNETCONSOLE_ENABLED": False,
}
ADDON = {"ADDONS": {"crawler.capture.Capture": 100}, "WARC_FOLDER": "archive"}
TRIMMED = {
    **ADDON,
    "DOWNLOADER_MIDDLEWARES_BASE": {"scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": 590},
    "SPIDER_MIDDLEWARES_BASE": {},
    "EXTENSIONS_BASE": {},
    "CONCURRENT_ITEMS": 4,
    "STATS_CLASS": "scrapy.statscollectors.DummyStatsCollector",
}
WEBARCHIVE = {
    "EXTENSIONS": {"scrapy_webarchive.extensions.WaczExporter": 543},
    "SW_EXPORT_URI": f"{Path.cwd()}/",
    "SW_WACZ_TITLE": "benchmark",
}


class List(scrapy.Spider):
    """Fetches every URL of the list."""

    name = "list"

    def start_requests(self) -> Any:  # Scrapy before 2.13
        for url in Path("urls").read_text().split():
            yield scrapy.Request(url, dont_filter=True)

    async def start(self) -> Any:
        for request in self.start_requests():
            yield request

    def parse(self, response: Any) -> None:
        assert response.status == 200


class Trimmed(List):
    """Looks for garbage less often, as warcpress does."""

    @classmethod
    def from_crawler(cls, crawler: Any, *arguments: Any, **more: Any) -> Any:
        spider = super().from_crawler(crawler, *arguments, **more)
        crawler.signals.connect(spider.settle, signals.engine_started)
        return spider

    def settle(self) -> None:
        gc.freeze()
        gc.set_threshold(20_000, 10, 10)


class Naive(List):
    """Writes each response with warcio, and a Markdown file for each page."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        from warcio.warcwriter import WARCWriter

        self.file = Path("naive.warc.gz").open("wb")  # noqa: SIM115  `closed` closes it
        self.writer = WARCWriter(self.file, gzip=True)

    def parse(self, response: Any) -> None:
        import trafilatura
        from warcio.statusandheaders import StatusAndHeaders

        fields = [(name.decode(), value.decode()) for name, values in response.headers.items() for value in values]
        head = StatusAndHeaders(f"{response.status} OK", fields, protocol="HTTP/1.1")
        record = self.writer.create_warc_record(
            response.url, "response", payload=BytesIO(response.body), http_headers=head
        )
        self.writer.write_record(record)
        if isinstance(response, scrapy.http.HtmlResponse):
            text = trafilatura.extract(
                response.text, url=response.url, output_format="markdown", with_metadata=True, include_images=True
            )
            assert text
            Path(response.url.rpartition("/")[2] + ".md").write_text(text)

    def closed(self, _reason: str) -> None:
        self.file.close()


PEERS: dict[str, tuple[type[List], dict[str, Any]]] = {
    "scrapy": (List, {}),
    "addon": (List, ADDON),
    "trimmed": (Trimmed, TRIMMED),
    "naive": (Naive, {}),
    "webarchive": (List, WEBARCHIVE),
}


def main() -> None:
    spider, settings = PEERS[sys.argv[1]]
    process = CrawlerProcess({**SETTINGS, **settings})
    process.crawl(spider)
    process.start()


if __name__ == "__main__":
    main()
