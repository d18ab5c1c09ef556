"""Retry-After in both forms, pauses that hold one host only, delays between any two requests to a host (N2)."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from crawling import Crawled, Listed
from scrapy import Request
from scrapy.http import Response
from wire_server import Answer, WireServer, body

from crawler.fetching.failures import classify
from crawler.fetching.retry import retry_after

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0), ("0", 0.0), (" 7 ", 7.0), ("99999999999999999999", 999999999999.0),
        ("Sun, 22 Nov 2026 12:01:30 GMT", 90.0), ("Sunday, 22-Nov-26 12:00:05 GMT", 5.0),
        ("Sun Nov 22 12:00:10 2026", 10.0), ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("-5", None), ("1.5", None), ("soon", None), ("", None), ("٣", None),
        ("Sun, 22 Nov 99999999999999999999 12:00:00 GMT", None),
        ("Sun, 22 Nov 2026 12:00:00 -99999999999999999999", None),
    ],
)  # fmt: skip
def test_N2_retry_after_is_read_in_both_forms(value: str, seconds: float | None) -> None:
    assert retry_after(Response("http://x/", headers={"Retry-After": value}), NOW) == seconds


def spread(seen: list[float]) -> float:
    """Return the mean seconds between two arrivals; single ones vary with the time that a connection takes."""
    return (seen[-1] - seen[0]) / (len(seen) - 1)


def busy(status: int, value: str, times: int) -> tuple[Callable[[str, bytes], Answer], list[float]]:
    seen: list[float] = []

    def answer(target: str, request: bytes) -> Answer:
        seen.append(time.monotonic())
        if len(seen) <= times:
            return body(b"later", b"HTTP/1.1 %d X\r\nRetry-After: %s\r\n" % (status, value.encode()))
        return body(target.encode())

    return answer, seen


@pytest.mark.parametrize("status", [429, 503])
def test_N2_a_busy_host_is_asked_again_at_the_time_it_named(ours: Callable[..., Crawled], status: int) -> None:
    answer, seen = busy(status, "1", 1)
    with WireServer(answer) as server:
        crawled = ours([server.url(f"/{n}") for n in range(3)], [server], CONCURRENT_REQUESTS_PER_DOMAIN=1)
    assert len(crawled.responses) == 3
    assert {response.status for response in crawled.responses.values()} == {200}
    assert seen[1] - seen[0] >= 0.99


def test_N2_after_a_distant_retry_after_the_host_is_left_alone_for_the_run(ours: Callable[..., Crawled]) -> None:
    answer, seen = busy(503, format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True), 99)
    with WireServer(answer) as server:
        asked = [Request(server.url(f"/{n}"), priority=-n) for n in range(5)]
        begun = time.monotonic()
        crawled = ours(asked, [server], CONCURRENT_REQUESTS_PER_DOMAIN=1)
    assert time.monotonic() - begun < 10
    assert len(seen) <= 2
    assert next(iter(crawled.responses.values())).status == 503
    assert {classify(error).cls for error in crawled.failures.values()} == {"paused"}
    assert all(classify(error).retryable for error in crawled.failures.values())


def test_N2_a_retry_after_of_years_counts_as_the_longest_that_is_heeded(ours: Callable[..., Crawled]) -> None:
    answer, _ = busy(503, "999999999", 99)
    with WireServer(answer) as server:
        asked = [Request(server.url(f"/{n}"), priority=-n) for n in range(3)]
        crawled = ours(asked, [server], CONCURRENT_REQUESTS_PER_DOMAIN=1, RETRY_AFTER_MAX=500)
    left = [re.search(r"left alone for (\d+) s more", classify(error).message) for error in crawled.failures.values()]
    assert left and all(found and 400 < int(found[1]) <= 500 for found in left)


def test_N2_a_pause_holds_the_host_and_not_the_run(ours: Callable[..., Crawled]) -> None:
    answer, _ = busy(429, "2", 1)
    done: list[float] = []

    def other(target: str, request: bytes) -> Answer:
        done.append(time.monotonic())
        return body(target.encode())

    with WireServer(answer) as slow, WireServer(other, host="127.0.0.2") as quick:
        asked = [*(slow.url(f"/{n}") for n in range(40)), *(quick.url(f"/{n}") for n in range(40))]
        begun = time.monotonic()
        crawled = ours(asked, [slow, quick], CONCURRENT_REQUESTS=8, CONCURRENT_REQUESTS_PER_DOMAIN=2)
    assert len(crawled.responses) == 80
    assert max(done) - begun < 1.5


def test_the_delay_holds_whatever_the_concurrency(ours: Callable[..., Crawled]) -> None:
    seen: list[float] = []

    def answer(target: str, request: bytes) -> Answer:
        seen.append(time.monotonic())
        if target.startswith("/from"):
            return body(b"", b"HTTP/1.1 302 F\r\nLocation: /to\r\n")
        return body(target.encode())

    with WireServer(answer) as server:
        asked = [server.url(f"/{n}") for n in range(4)] + [server.url("/from")]
        ours(asked, [server], DOWNLOAD_DELAY=0.1, CONCURRENT_REQUESTS_PER_DOMAIN=16, OBEY_ROBOTS=True)
    assert len(seen) == 7
    assert spread(seen) > 0.07


def test_a_redirect_waits_for_the_host_that_it_leads_to(ours: Callable[..., Crawled]) -> None:
    seen: list[float] = []

    def answer(target: str, request: bytes) -> Answer:
        seen.append(time.monotonic())
        return body(target.encode())

    with WireServer(answer, host="127.0.0.2") as there:

        def jump(target: str, request: bytes) -> Answer:
            return body(b"", b"HTTP/1.1 302 F\r\nLocation: %s\r\n" % there.url(target).encode())

        with WireServer(jump) as here:
            names = {f"here{n}.example": f"127.0.0.1:{here.port}" for n in range(4)}
            ours([f"http://{name}/{name}" for name in names], [there], DOWNLOAD_DELAY=0.1, RESOLVE=names)
    assert len(seen) == 4
    assert spread(seen) > 0.07


def test_a_source_may_be_slower_than_the_rest(ours: Callable[..., Crawled]) -> None:
    seen: list[float] = []

    def answer(target: str, request: bytes) -> Answer:
        seen.append(time.monotonic())
        return body(target.encode())

    with WireServer(answer) as server:
        asked = [Request(server.url(f"/{n}"), meta={"delay": 0.15, "concurrency": 1}) for n in range(4)]
        ours(asked, [server], CONCURRENT_REQUESTS_PER_DOMAIN=8)
    assert spread(seen) > 0.11


def test_requests_that_wait_for_one_host_keep_to_its_concurrency(ours: Callable[..., Crawled]) -> None:
    """An article's pictures are requested like this: all at once, past the scheduler."""
    lock, open_now, most = threading.Lock(), 0, 0

    def answer(target: str, request: bytes) -> Answer:
        nonlocal open_now, most
        with lock:
            open_now += 1
            most = max(most, open_now)
        time.sleep(0.01)  # long enough for simultaneous requests to overlap
        with lock:
            open_now -= 1
        return body(target.encode())

    class Pictures(Listed):
        async def parse(self, response: Response, asked: str) -> None:
            fetched = (self.crawler.engine.download_async(Request(f"{asked}{n}")) for n in range(12))
            for picture in await asyncio.gather(*fetched):
                super().parse(picture, picture.url)

    with WireServer(answer) as server:
        crawled = ours([server.url("/")], [server], Pictures, CONCURRENT_REQUESTS_PER_DOMAIN=2)
    assert len(crawled.responses) == 12
    assert most == 2


def test_a_crawl_delay_of_robots_txt_is_kept(ours: Callable[..., Crawled]) -> None:
    seen: list[float] = []

    def answer(target: str, request: bytes) -> Answer:
        seen.append(time.monotonic())
        return body(b"User-agent: *\nCrawl-delay: 0.2\n" if target == "/robots.txt" else target.encode())

    with WireServer(answer) as server:
        ours([server.url(f"/{n}") for n in range(3)], [server], OBEY_ROBOTS=True, CONCURRENT_REQUESTS_PER_DOMAIN=8)
    assert spread(seen) > 0.15
