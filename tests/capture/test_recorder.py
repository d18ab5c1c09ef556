"""Group commits and their signal, metadata, secrets, and a disk that is full."""

from __future__ import annotations

import gc
import os
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from crawling import Crawled, Listed, crawl
from scrapy import Request
from scrapy.crawler import Crawler
from stored import exchanges, records
from wire_server import WireServer, body

from archive import Capture
from crawler import capture
from crawler.errors import StorageFailed
from crawler.fetching.failures import classify


class _Listening(Listed):
    """A spider that records the signals of capture."""

    written: list[Capture]
    stored: list[list[Capture]]
    breaks = False

    @classmethod
    def from_crawler(cls, crawler: Crawler, *arguments: Any, **more: Any) -> _Listening:
        spider = super().from_crawler(crawler, *arguments, **more)
        cls.written, cls.stored = [], []
        crawler.signals.connect(spider.heard, capture.captured)
        crawler.signals.connect(spider.safe, capture.captures_stored)
        return spider

    def heard(self, capture: Capture, received: int) -> None:
        assert received > 0
        self.written.append(capture)

    def safe(self, captures: list[Capture]) -> None:
        if self.breaks:
            raise StorageFailed("the catalogue's disk is full")
        self.stored.append(captures)


class _Breaking(_Listening):
    breaks = True


class _Refusing(_Listening):
    def heard(self, capture: Capture, received: int) -> None:
        raise StorageFailed("the catalogue's disk is full")


def settings_for(folder: Path, **more: Any) -> dict[str, Any]:
    own = {"ADDONS": {"crawler.capture.Capture": 100}, "WARC_FOLDER": str(folder), "LOG_ENABLED": False}
    return {"TELNETCONSOLE_ENABLED": False, "REMOTE_CONTROL_ENABLED": False, **own, **more}


def test_every_capture_is_reported_written_and_then_stored(tmp_path: Path) -> None:
    with WireServer(lambda target, request: body(target.encode())) as server:
        crawl([server.url(f"/{n}") for n in range(150)], settings_for(tmp_path), _Listening)
    assert len(_Listening.written) == 150
    assert [one for group in _Listening.stored for one in group] == _Listening.written
    assert len([group for group in _Listening.stored if group]) < 20


def test_a_small_group_does_not_wait_for_more(tmp_path: Path) -> None:
    answers = {"/a": body(b"a"), "/b": body(b"b", pause=0)}
    with WireServer(answers) as server:
        crawl([server.url("/a"), server.url("/b")], settings_for(tmp_path, DOWNLOAD_DELAY=1.0), _Listening)
    assert [len(group) for group in _Listening.stored if group] == [1, 1]


def test_the_spiders_metadata_goes_into_a_metadata_record(foreign: Callable[..., Crawled]) -> None:
    with WireServer({"/": body(b"x")}) as server:
        asked = Request(server.url("/"), meta={"warc_metadata": [("via", "http://a/"), ("hopsFromSeed", "L")]})
        crawled = foreign([asked])
    [metadata] = [record for record in records(crawled.folder) if record.type == "metadata"]
    assert metadata.block.startswith(b"via: http://a/\r\nhopsFromSeed: L\r\nfetchTimeMs: ")


def test_C3_secrets_are_cut_from_requests_and_urls(foreign: Callable[..., Crawled]) -> None:
    with WireServer(lambda target, request: body(b"answer")) as server:
        asked = Request(server.url("/?key=s3cr3t"), headers={"X-Key": "s3cr3t"})
        crawled = foreign([asked], WARC_SECRETS=["s3cr3t"])
        assert server.exchanges[0].request.count(b"s3cr3t") == 2
    for record in records(crawled.folder):
        assert b"s3cr3t" not in record.block and "s3cr3t" not in repr(record.fields)


def test_without_captures_no_file_is_left(foreign: Callable[..., Crawled]) -> None:
    crawled = foreign(["http://no-such-name.invalid/"], RETRY_ENABLED=False)
    assert list((crawled.folder / "warc").iterdir()) == []


@pytest.mark.parametrize("spider", [_Listening, _Breaking])
def test_R1_when_storage_fails_the_run_stops_and_nothing_more_is_fetched(
    tmp_path: Path, spider: type[_Listening], monkeypatch: pytest.MonkeyPatch
) -> None:
    if spider is _Listening:
        real, calls = os.fsync, []

        def full(descriptor: int) -> None:
            calls.append(descriptor)
            if len(calls) > 2:
                raise OSError(28, "No space left on device")
            real(descriptor)

        monkeypatch.setattr(os, "fsync", full)
    with WireServer(lambda target, request: body(target.encode())) as server:
        asked = [server.url(f"/{n}") for n in range(1000)]
        crawled = crawl(asked, settings_for(tmp_path, DOWNLOAD_DELAY=0.02, DOWNLOAD_DELAY_JITTER=0), spider)
        fetched = len(server.exchanges)
    monkeypatch.undo()
    assert crawled.reason == "storage"
    assert fetched < 200
    assert {classify(error).cls for error in crawled.failures.values()} <= {"storage"}
    assert crawled.stats["capture/failure"]


def test_R1_waiting_requests_are_not_sent_once_storage_has_failed(tmp_path: Path) -> None:
    with WireServer(lambda target, request: body(target.encode())) as server:
        asked = [server.url(f"/{n}") for n in range(12)]
        settings = settings_for(tmp_path, CONCURRENT_REQUESTS=16, CONCURRENT_REQUESTS_PER_DOMAIN=1)
        crawled = crawl(asked, settings, _Refusing)
        assert len(server.exchanges) < 4
    assert crawled.reason == "storage"


def test_a_folder_that_cannot_be_written_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with WireServer({"/": body(b"x")}) as server:
        with pytest.raises(StorageFailed, match="the archive can't be opened"):
            crawl([server.url("/")], settings_for(tmp_path / "file" / "below"))
        assert server.connections == 0


def test_conversions_are_written_by_the_same_writer(tmp_path: Path) -> None:
    class Converting(_Listening):
        def parse(self, response: Any, asked: str) -> None:
            writer = capture.writer_of(self.crawler)
            writer.write_conversion(response.meta["capture"], b"# post", "text/markdown", [("path", "a.md")])
            writer.commit()

    with WireServer({"/": body(b"page")}) as server:
        crawl([server.url("/")], settings_for(tmp_path), Converting)
    conversion = next(record for record in records(tmp_path) if record.type == "conversion")
    [(_, response)] = exchanges(tmp_path)
    assert conversion["WARC-Refers-To"] == response["WARC-Record-ID"]
    assert [len(group) for group in Converting.stored][:1] == [1]


def test_without_the_add_on_the_error_says_how_to_turn_it_on() -> None:
    with pytest.raises(capture.CaptureRefused, match="ADDONS"):
        capture.recorder_of(Crawler(Listed))


def test_a_crawl_is_freed_when_it_has_ended(tmp_path: Path) -> None:
    crawlers: list[weakref.ref[Crawler]] = []

    class Noted(Listed):
        def closed(self, reason: str) -> None:
            crawlers.append(weakref.ref(self.crawler))

    with WireServer({"/": body(b"text")}) as server:
        crawl([f"http://127.0.0.1:{server.port}/"], settings_for(tmp_path), Noted)
    gc.collect()
    assert crawlers[0]() is None
