"""robots.txt files and the state of hosts are kept between runs (RFC 9309, 2.4; RFC 9110, 10.2.3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from crawling import Crawled, Listed, loop
from scrapy.crawler import Crawler
from scrapy.http import Response
from stored import exchanges
from wire_server import Answer, WireServer, body

from archive import Reader, parse_fields
from crawler.fetching.failures import classify
from crawler.fetching.kept import Kept, keep
from crawler.fetching.robots import freshness
from crawler.store.frontier import Frontier
from crawler.store.hosts import KeptHost

DAY = 86_400.0
OK = b"HTTP/1.1 200 OK\r\n"
RULES = b"User-agent: *\nDisallow: /no\n"


class Machine:
    """A frontier, a clock that tests turn, and runs that share both."""

    def __init__(self, folder: Path, ours: Callable[..., Crawled]) -> None:
        self.now = datetime(2026, 11, 29, 12, tzinfo=UTC)
        self._folder, self._ours = folder, ours

    def frontier(self) -> Frontier:
        return Frontier(self._folder / "frontier.sqlite", lambda: self.now, ())

    def run(self, server: WireServer, *paths: str, afresh: bool = False, **settings: Any) -> Crawled:
        opened: list[Frontier] = []
        machine = self

        class Keeping(Listed):
            @classmethod
            def from_crawler(cls, crawler: Crawler, *arguments: Any, **more: Any) -> Keeping:
                frontier = machine.frontier()
                opened.append(frontier)
                keep(crawler, Kept(frontier.hosts, frontier.robots, afresh=afresh))
                return super().from_crawler(crawler, *arguments, **more)

        asked = [server.url(path) for path in paths]
        own = {"OBEY_ROBOTS": True, "RETRY_TIMES": 0, "WARC_CLOCK": lambda: self.now}
        try:
            return self._ours(asked, [server], spider=Keeping, **{**own, **settings})
        finally:
            loop().call_soon_threadsafe(opened[0].close)  # SQLite wants the thread that opened it

    def hosts(self) -> dict[str, KeptHost]:
        frontier = self.frontier()
        try:
            return dict(frontier.hosts.all())
        finally:
            frontier.close()

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def machine(tmp_path: Path, ours: Callable[..., Crawled]) -> Machine:
    return Machine(tmp_path, ours)


def site(robots: Callable[[], Answer]) -> WireServer:
    return WireServer(lambda target, _: robots() if target == "/robots.txt" else body(target.encode()))


def asked_robots(server: WireServer) -> int:
    return sum(exchanged.target == "/robots.txt" for exchanged in server.exchanges)


def test_robots_txt_is_kept_for_a_day_and_no_longer(machine: Machine) -> None:
    with site(lambda: body(RULES)) as server:
        first = machine.run(server, "/no", "/yes")
        machine.later(hours=23)
        second = machine.run(server, "/no", "/yes")
        assert asked_robots(server) == 1
        machine.later(hours=2)
        machine.run(server, "/no", "/yes")
        assert asked_robots(server) == 2
    assert [classify(error).cls for error in (*first.failures.values(), *second.failures.values())] == ["robots"] * 2


def test_the_capture_of_a_kept_robots_txt_is_named_by_what_it_decided(machine: Machine) -> None:
    with site(lambda: body(RULES)) as server:
        first = machine.run(server, "/yes")
        machine.later(hours=1)
        second = machine.run(server, "/no", "/again")
    [robots] = [response for request, response in exchanges(first.folder) if request.url.endswith("/robots.txt")]
    name = str(robots["WARC-Record-ID"])
    [refused] = second.failures.values()
    assert name in str(refused)
    reader, named = Reader(first.folder), []
    for file in reader.files():
        for record in reader.records(file):
            if record.type == "metadata":
                named += [value for key, value in parse_fields(record.block.read()) if key == "robots-txt"]
    assert named == [name, name]
    assert reader.entity(name, 1000) == RULES


@pytest.mark.parametrize("status", [404, 410])
def test_that_there_is_no_robots_txt_is_kept_too(machine: Machine, status: int) -> None:
    with site(lambda: body(b"", b"HTTP/1.1 %d X\r\n" % status)) as server:
        machine.run(server, "/a")
        machine.later(hours=23)
        assert len(machine.run(server, "/b").responses) == 1
        assert asked_robots(server) == 1


def test_an_unreachable_robots_txt_is_kept_for_ten_minutes(machine: Machine) -> None:
    answers = [body(b"", b"HTTP/1.1 503 E\r\n"), body(RULES)]
    with site(lambda: answers.pop(0)) as server:
        for minutes in (0, 9):
            machine.later(minutes=minutes)
            [error] = machine.run(server, "/yes").failures.values()
            assert classify(error).cls == "robots-unreachable"
        machine.later(minutes=2)
        assert len(machine.run(server, "/yes").responses) == 1
        assert asked_robots(server) == 2


def test_a_refetch_asks_an_unreachable_robots_txt_again(machine: Machine) -> None:
    answers = [body(b"", b"HTTP/1.1 500 E\r\n"), body(RULES)]
    with site(lambda: answers.pop(0)) as server:
        machine.run(server, "/yes")
        machine.later(minutes=1)
        assert len(machine.run(server, "/yes", afresh=True).responses) == 1


def test_the_rules_that_a_clock_noted_which_was_ahead_are_not_used(machine: Machine) -> None:
    with site(lambda: body(RULES)) as server:
        machine.later(days=3)
        machine.run(server, "/yes")
        machine.later(days=-3)
        machine.run(server, "/yes")
        assert asked_robots(server) == 2


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, DAY), ({"Cache-Control": "max-age=3600"}, 3600), ({"Cache-Control": "public, max-age=600"}, 600),
        ({"Cache-Control": "max-age=999999999999999999999"}, DAY), ({"Cache-Control": 'max-age="60"'}, 60),
        ({"Cache-Control": "no-store"}, 0), ({"Cache-Control": "no-cache, max-age=600"}, 0),
        ({"Cache-Control": "max-age=600", "Age": "500"}, 100), ({"Cache-Control": "max-age=600", "Age": "700"}, 0),
        ({"Cache-Control": "max-age=600", "Expires": "Sun, 29 Nov 2026 13:00:00 GMT"}, 600),
        ({"Cache-Control": "public", "Expires": "Sun, 29 Nov 2026 13:00:00 GMT"}, 3600),
        ({"Expires": "Sun, 29 Nov 2026 13:00:00 GMT", "Date": "Sun, 29 Nov 2026 12:30:00 GMT"}, 1800),
        ({"Expires": "0"}, 0), ({"Expires": "Sun, 29 Nov 2020 13:00:00 GMT"}, 0),
        ({"Cache-Control": "s-maxage=5"}, DAY),
        ({"Cache-Control": "MAX-AGE = 60"}, 60), ({"Cache-Control": "max-age=soon"}, DAY),
    ],
)  # fmt: skip
def test_how_long_robots_txt_is_kept(headers: dict[str, str], seconds: float) -> None:
    response = Response("http://x/robots.txt", headers=headers)
    assert freshness(response, DAY, datetime(2026, 11, 29, 12, tzinfo=UTC)) == seconds


def test_retry_after_holds_in_the_next_run_even_for_a_refetch(machine: Machine) -> None:
    busy = body(b"", b"HTTP/1.1 503 E\r\nRetry-After: 7200\r\n")
    with WireServer(lambda *_: busy) as server:
        machine.run(server, "/a", OBEY_ROBOTS=False)
        for afresh in (False, True):
            machine.later(minutes=50)
            [error] = machine.run(server, "/b", OBEY_ROBOTS=False, afresh=afresh).failures.values()
            assert classify(error).cls == "paused"
        assert len(server.exchanges) == 1
        machine.later(minutes=30)
        machine.run(server, "/b", OBEY_ROBOTS=False)
        assert len(server.exchanges) == 2


def test_an_open_breaker_lets_the_next_run_try_once(machine: Machine) -> None:
    with WireServer(lambda *_: Answer((b"",), "reset")) as server:
        paths = [f"/{number}" for number in range(8)]
        settings: dict[str, Any] = {"OBEY_ROBOTS": False, "CONCURRENT_REQUESTS": 1, "RETRY_BACKOFF": 0.001}
        machine.run(server, *paths, **settings)
        assert len(server.exchanges) == 5
        machine.later(minutes=4)
        refused = machine.run(server, *paths, **settings).failures.values()
        assert {classify(error).cls for error in refused} == {"breaker"} and len(server.exchanges) == 5
        machine.later(minutes=2)
        machine.run(server, *paths, **settings)
        assert len(server.exchanges) == 6
        assert machine.hosts()["127.0.0.1"].broken == 6
        machine.run(server, *paths, afresh=True, **settings)
        assert len(server.exchanges) == 11


def test_a_host_that_answers_again_is_forgotten(machine: Machine) -> None:
    frontier = machine.frontier()
    frontier.hosts.keep("127.0.0.1", KeptHost(backoffs=3, broken=4))
    frontier.close()
    with WireServer(lambda *_: body(b"well")) as server:
        machine.run(server, "/a", OBEY_ROBOTS=False)
    assert not machine.hosts()


def test_the_middlewares_work_where_nothing_is_kept(ours: Callable[..., Crawled]) -> None:
    with site(lambda: body(RULES)) as server:
        crawled = ours([server.url("/no"), server.url("/yes")], [server], OBEY_ROBOTS=True)
    assert len(crawled.responses) == len(crawled.failures) == 1
