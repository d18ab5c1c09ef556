"""Each failure has its class and one line that names the URL; a dead host is left alone (N1)."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
from crawling import Crawled
from scrapy import Request
from wire_server import Answer, WireServer, body

from archive import StorageError
from crawler.errors import Refused, StorageFailed
from crawler.fetching.failures import classify

OK = b"HTTP/1.1 200 OK\r\n"
MODES = {
    "no-answer": Answer((b"",), "close"),
    "no-answer-reset": Answer((b"",), "reset"),
    "truncated": Answer((OK + b"Content-Length: 9\r\n\r\nabc",), "close"),
    "timeout": Answer((OK,), "hang"),
    "bad-response": Answer((b"220 mail.example ESMTP\r\n\r\n",), "close"),
    "bad-response-bytes": Answer((b"HTT\x80/1.1 200 OK\r\n\r\n",), "close"),
    "too-large": Answer((OK + b"Content-Length: 99999999\r\n\r\n",), "hang"),
    "coding": body(b"\x1f\x8b\x08 cut", OK + b"Content-Encoding: gzip\r\n"),
}


@pytest.mark.parametrize("mode", MODES)
def test_N1_each_way_a_server_fails_has_its_class(ours: Callable[..., Crawled], mode: str) -> None:
    with WireServer({"/page": MODES[mode]}) as server:
        url = server.url("/page")
        crawled = ours([url], [server], DOWNLOAD_TIMEOUT=0.4, RETRY_TIMES=1)
    found = classify(crawled.failures[url])
    assert found.cls == mode.removesuffix("-reset").removesuffix("-bytes")
    assert url in found.message and "\n" not in found.message
    assert found.retryable is (found.cls in ("no-answer", "truncated", "timeout"))
    assert len(server.exchanges) == (2 if found.retryable else 1)


def test_N1_a_closed_port_and_an_unknown_name_have_their_classes(ours: Callable[..., Crawled]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    refused, unknown = f"http://127.0.0.1:{port}/", "http://no-such-name.invalid/"
    impossible = "http://two..dots.invalid/"  # the system's resolver raises UnicodeError for it
    crawled = ours([refused, unknown, impossible], ALLOW_PORTS=[80, port], RETRY_TIMES=0)
    assert classify(crawled.failures[refused]).cls == "refused-connection"
    assert [classify(crawled.failures[url]).cls for url in (unknown, impossible)] == ["dns", "dns"]
    assert unknown in classify(crawled.failures[unknown]).message


def test_N1_a_transient_failure_is_tried_again(ours: Callable[..., Crawled]) -> None:
    seen: list[str] = []

    def answer(target: str, request: bytes) -> Answer:
        seen.append(target)
        return (
            Answer((b"",), "close")
            if len(seen) == 1
            else body(b"x", b"HTTP/1.1 500 E\r\n")
            if len(seen) == 2
            else body(b"ok")
        )

    with WireServer(answer) as server:
        crawled = ours([server.url("/")], [server])
    assert crawled.responses[server.url("/")].body == b"ok"
    assert len(seen) == 3


def test_N1_the_circuit_breaker_leaves_a_dead_host_alone(ours: Callable[..., Crawled]) -> None:
    with WireServer(lambda target, request: Answer((b"",), "close")) as server:
        asked = [server.url(f"/{number}") for number in range(12)]
        crawled = ours(asked, [server], RETRY_TIMES=0, BREAKER_FAILURES=3)
        assert len(server.exchanges) <= 5
    classes = [classify(crawled.failures[url]).cls for url in asked]
    assert classes.count("breaker") >= 7
    assert all(classify(crawled.failures[url]).retryable for url in asked)


def test_N1_the_breaker_closes_when_the_trial_succeeds(ours: Callable[..., Crawled]) -> None:
    seen: list[str] = []

    def answer(target: str, request: bytes) -> Answer:
        seen.append(target)
        return Answer((b"",), "close") if len(seen) == 1 else body(target.encode())

    with WireServer(answer) as server:
        asked = [Request(server.url(f"/{n}"), priority=-n) for n in range(6)]
        crawled = ours(asked, [server], RETRY_BACKOFF=0.1, BREAKER_FAILURES=1, BREAKER_SECONDS=0.05)
    # One was in the host's queue when the breaker opened; the trial and all after it were answered.
    assert len(crawled.responses) >= 5
    assert {classify(error).cls for error in crawled.failures.values()} <= {"breaker"}


def test_N1_a_trial_that_the_guard_refuses_does_not_hold_its_host_for_ever(
    ours: Callable[..., Crawled], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[str] = []

    def look_up(host: str, *_: object) -> list[tuple[object, ...]]:
        looked_up.append(host)
        if len(looked_up) <= 2:  # two requests may be in flight before the first one fails
            raise socket.gaierror(socket.EAI_NONAME, "no address yet")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 80))]

    monkeypatch.setattr("crawler.fetching.resolver.getaddrinfo", look_up)
    asked = [Request(f"http://moved.example/{n}", priority=-n) for n in range(6)]
    crawled = ours(
        asked,
        RETRY_TIMES=0,
        RETRY_BACKOFF=0.1,
        BREAKER_FAILURES=1,
        BREAKER_SECONDS=0.05,
        CONCURRENT_REQUESTS_PER_DOMAIN=1,
    )
    classes = [classify(crawled.failures[request.url]).cls for request in asked]
    assert "dns" in classes and classes.count("guard") >= 2, classes


@pytest.mark.parametrize(
    ("error", "cls", "retryable"),
    [
        (StorageError("disk full"), "storage", False),
        (StorageFailed("disk full"), "storage", False),
        (Refused("http://x/", "port", "port 25"), "port", False),
        (Refused("http://x/", "paused", "later"), "paused", True),
        (ValueError("a\nforged\x1b[31m line"), "internal", False),
    ],
)
def test_each_exception_has_its_class(error: Exception, cls: str, retryable: bool) -> None:
    found = classify(error)
    assert (found.cls, found.retryable) == (cls, retryable)
    assert found.message.isprintable()
