"""robots.txt holds for every waiting request, and one that cannot be fetched forbids everything (N3, RFC 9309)."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from crawling import Crawled
from scrapy import Request
from stored import exchanges
from wire_server import Answer, WireServer, body

from crawler.fetching.failures import classify
from crawler.fetching.robots import product_token

OK = b"HTTP/1.1 200 OK\r\n"
DISALLOW = b"User-agent: *\nDisallow: /no\n"


def server_with(robots: Answer | Callable[[], Answer], **more: Answer) -> WireServer:
    def answer(target: str, request: bytes) -> Answer:
        if target == "/robots.txt":
            return robots() if callable(robots) else robots
        return more.get(target.strip("/"), body(target.encode()))

    return WireServer(answer)


def targets(server: WireServer) -> list[str]:
    return [exchanged.target for exchanged in server.exchanges]


@pytest.mark.parametrize("concurrency", [1, 16])
def test_N3_every_waiting_request_is_judged(ours: Callable[..., Crawled], concurrency: int) -> None:
    def slowly() -> Answer:
        time.sleep(0.3)
        return body(DISALLOW)

    with server_with(slowly) as server:
        asked = [server.url(f"/{kind}/{number}") for number in range(6) for kind in ("no", "yes")]
        crawled = ours(asked, [server], OBEY_ROBOTS=True, CONCURRENT_REQUESTS_PER_DOMAIN=concurrency)
        assert targets(server).count("/robots.txt") == 1
        assert [target for target in targets(server) if target.startswith("/no")] == []
    assert sorted(crawled.responses) == sorted(url for url in asked if "/yes" in url)
    assert {classify(error).cls for error in crawled.failures.values()} == {"robots"}
    assert any(request.url.endswith("/robots.txt") for request, _ in exchanges(crawled.folder))


UNREACHABLE = {
    "500": body(DISALLOW, b"HTTP/1.1 500 E\r\n"),
    "503": body(b"", b"HTTP/1.1 503 E\r\n"),
    "429": body(b"", b"HTTP/1.1 429 E\r\n"),
    "dropped": Answer((b"",), "close"),
    "cut": Answer((OK + b"Content-Length: 99\r\n\r\nUser-agent: *",), "close"),
    "timeout": Answer((OK,), "hang"),
    "to-a-private-address": body(b"", b"HTTP/1.1 302 F\r\nLocation: http://10.0.0.1/robots.txt\r\n"),
}


@pytest.mark.parametrize("mode", UNREACHABLE)
def test_N3_an_unreachable_robots_txt_forbids_everything(ours: Callable[..., Crawled], mode: str) -> None:
    with server_with(UNREACHABLE[mode]) as server:
        url = server.url("/page")
        crawled = ours([url], [server], OBEY_ROBOTS=True, RETRY_TIMES=0, DOWNLOAD_TIMEOUT=0.4)
        assert "/page" not in targets(server)
    found = classify(crawled.failures[url])
    assert (found.cls, found.retryable) == ("robots-unreachable", True)


def test_N3_an_unreachable_robots_txt_is_fetched_again_later(ours: Callable[..., Crawled]) -> None:
    answers = [body(b"", b"HTTP/1.1 500 E\r\n"), body(b"User-agent: *\nAllow: /\n")]

    with server_with(lambda: answers.pop(0)) as server:
        asked = [Request(server.url("/first"), priority=1), Request(server.url("/second"))]
        crawled = ours(asked, [server], OBEY_ROBOTS=True, RETRY_TIMES=0, ROBOTS_RETRY_SECONDS=0, CONCURRENT_REQUESTS=1)
    assert list(crawled.responses) == [server.url("/second")]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_N3_a_missing_robots_txt_allows_everything(ours: Callable[..., Crawled], status: int) -> None:
    with server_with(body(DISALLOW, b"HTTP/1.1 %d X\r\n" % status)) as server:
        crawled = ours([server.url("/no")], [server], OBEY_ROBOTS=True)
    assert list(crawled.responses) == [server.url("/no")]


@pytest.mark.parametrize(("hops", "disallowed"), [(5, True), (6, False)])
def test_D4_five_redirects_are_followed_for_robots(ours: Callable[..., Crawled], hops: int, disallowed: bool) -> None:
    def answer(target: str, request: bytes) -> Answer:
        if target == "/page":
            return body(b"page")
        place = 0 if target == "/robots.txt" else int(target.strip("/"))
        if place == hops:
            return body(b"User-agent: *\nDisallow: /\n")
        return body(b"", b"HTTP/1.1 301 M\r\nLocation: /%d\r\n" % (place + 1))

    with WireServer(answer) as server:
        crawled = ours([server.url("/page")], [server], OBEY_ROBOTS=True)
    assert bool(crawled.failures) is disallowed


LONG = DISALLOW + b"#" * (500 * 1024 - len(DISALLOW) - 20) + b"\nDisallow: /late/but-not-all\nDisallow: /never\n"
TOO_LONG = {
    "length": body(LONG),
    "chunked": Answer((OK + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(LONG), LONG),)),
    "endless": Answer((OK + b"\r\n" + LONG,), endless=b"#" * 65536),
    "of-a-gigabyte": Answer((OK + b"Content-Length: 1073741824\r\n\r\n" + LONG,), endless=b"#" * 65536),
}


@pytest.mark.parametrize("kind", TOO_LONG)
def test_N3_only_the_first_500_kib_are_read(ours: Callable[..., Crawled], kind: str) -> None:
    with server_with(TOO_LONG[kind]) as server:
        asked = [server.url(path) for path in ("/no", "/late/", "/late/but-not-all", "/never")]
        crawled = ours(asked, [server], OBEY_ROBOTS=True)
    # The rule at the cut is half a line: "/late" would be another rule.
    assert sorted(crawled.responses) == sorted(asked[1:])
    assert {classify(error).cls for error in crawled.failures.values()} == {"robots"}
    [robots] = [response for request, response in exchanges(crawled.folder) if request.url.endswith("/robots.txt")]
    # What fits into the last piece that is read is whole.
    assert robots["WARC-Truncated"] in ((None, "length") if kind in ("length", "chunked") else ("length",))


def test_N3_a_source_may_be_exempt_from_robots_txt(ours: Callable[..., Crawled]) -> None:
    with server_with(body(DISALLOW)) as server:
        crawled = ours([Request(server.url("/no"), meta={"obey_robots": False})], [server], OBEY_ROBOTS=True)
        assert targets(server) == ["/no"]
    assert list(crawled.responses) == [server.url("/no")]


def test_N3_rules_for_our_name_hold_after_a_byte_order_mark(ours: Callable[..., Crawled]) -> None:
    rules = b"\xef\xbb\xbfUser-agent: bot\nDisallow: /bot\n\nUser-agent: warcpress\nDisallow: /ours\n"
    with server_with(body(rules)) as server:
        crawled = ours([server.url("/bot"), server.url("/ours")], [server], OBEY_ROBOTS=True)
    assert list(crawled.responses) == [server.url("/bot")]


def test_N3_the_product_token_is_the_first_word_of_the_user_agent() -> None:
    assert product_token("warcpress (+https://example.org/bot)") == "warcpress"
    assert product_token("My-Bot_x/1.0") == "My-Bot_x"
