"""Connections: kept and closed, both families, proxies, how they end, and what Scrapy sees of them."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from certificates import Authority
from crawling import Crawled, Listed, loop
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadConnectionRefusedError, DownloadFailedError, ResponseDataLossError, StopDownload
from stored import exchanges
from wire_server import Answer, WireServer, body

from crawler.capture.message import Message
from crawler.capture.pool import NEXT_ATTEMPT, dial, in_turn

OK = b"HTTP/1.1 200 OK\r\n"


def sockets() -> int:
    """Count the sockets that this process has open."""
    return sum(
        str(place.readlink()).startswith("socket:") for place in Path("/proc/self/fd").iterdir() if place.exists()
    )


@contextmanager
def tasks_counted() -> Iterator[Counter[str]]:
    """Count the tasks that the loop starts, by the module of their coroutine."""
    started: Counter[str] = Counter()

    def make(running: asyncio.AbstractEventLoop, coroutine: Any, **more: Any) -> asyncio.Task[Any]:
        started[coroutine.cr_code.co_filename if hasattr(coroutine, "cr_code") else "other"] += 1
        return asyncio.Task(coroutine, loop=running, **more)

    loop().call_soon_threadsafe(loop().set_task_factory, make)
    try:
        yield started
    finally:
        loop().call_soon_threadsafe(loop().set_task_factory, None)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("at_once", [1, 4])
def test_connections_are_reused(ours: Callable[..., Crawled], authority: Authority, scheme: str, at_once: int) -> None:
    tls = authority.context("127.0.0.1") if scheme == "https" else None
    with WireServer(lambda target, request: body(target.encode()), tls) as server:
        asked = [server.url(f"/{n}") for n in range(40)]
        more = {"DOWNLOAD_CA_FILE": str(authority.ca_file), "CONCURRENT_REQUESTS_PER_DOMAIN": at_once}
        crawled = ours(asked, [server], **more)
        assert server.connections <= at_once
    assert len(crawled.responses) == 40


def test_a_download_starts_no_task_of_its_own(foreign: Callable[..., Crawled]) -> None:
    with tasks_counted() as started, WireServer(lambda target, request: body(target.encode())) as server:
        foreign([server.url(f"/{n}") for n in range(40)])
    assert sum(started.values()) > 40
    assert sum(count for name, count in started.items() if "crawler/capture" in name) == 0


def test_nothing_is_left_open_and_no_response_in_memory(foreign: Callable[..., Crawled], authority: Authority) -> None:
    gc.collect()
    before = sockets()
    with WireServer({"/": body(b"x"), "/hang": Answer((OK,), "hang")}, authority.context("127.0.0.1")) as server:
        asked = [server.url("/"), Request(server.url("/hang"), meta={"download_timeout": 0.3})]
        crawled = foreign(asked, RETRY_ENABLED=False)
        assert set(crawled.responses) == {server.url("/")} and set(crawled.failures) == {server.url("/hang")}
    crawled.responses.clear()
    crawled.failures.clear()
    gc.collect()
    assert sockets() == before
    assert not [one for one in gc.get_objects() if isinstance(one, Message)]


def test_a_connection_on_which_more_came_than_was_asked_for_is_not_used_again(foreign: Callable[..., Crawled]) -> None:
    late = Answer((OK + b"Content-Length: 2\r\n\r\nok", b"HTTP/1.1 408 Too slow\r\n\r\n"), pause=0.05)
    with WireServer(
        {"/early": Answer((OK + b"Content-Length: 2\r\n\r\nok" + OK,)), "/late": late, "/": body(b"x")}
    ) as server:
        asked = [server.url(path) for path in ("/early", "/late", "/")]
        crawled = foreign(asked, CONCURRENT_REQUESTS_PER_DOMAIN=1, DOWNLOAD_DELAY=0.2, DOWNLOAD_DELAY_JITTER=0)
        assert server.connections == 3
    assert {response.body for response in crawled.responses.values()} == {b"ok", b"x"}
    assert exchanges(crawled.folder)[0][1].block == OK + b"Content-Length: 2\r\n\r\nok"


def test_a_request_that_may_change_something_is_not_sent_twice(foreign: Callable[..., Crawled]) -> None:
    seen: list[str] = []

    def answer(target: str, request: bytes) -> Answer:
        seen.append(target)
        return Answer((b"",), "close") if target == "/post" else body(b"x")

    with WireServer(answer) as server:
        asked = [Request(server.url("/")), Request(server.url("/post"), method="POST", body=b"a")]
        crawled = foreign(asked, CONCURRENT_REQUESTS_PER_DOMAIN=1, RETRY_ENABLED=False)
    assert seen == ["/", "/post"]
    assert list(crawled.failures) == [server.url("/post")]


@pytest.mark.parametrize(("then", "whole"), [("close", True), ("drop", False)])
def test_W6_without_a_length_only_tls_itself_can_end_a_body(
    foreign: Callable[..., Crawled], authority: Authority, then: str, whole: bool
) -> None:
    with WireServer({"/": Answer((OK + b"\r\ntext",), then)}, authority.context("127.0.0.1")) as server:
        crawled = foreign([server.url("/")], RETRY_ENABLED=False)
    [(_, response)] = exchanges(crawled.folder)
    assert response["WARC-Truncated"] == (None if whole else "disconnect")
    assert (list(crawled.responses) == [server.url("/")]) is whole


def test_the_last_chunk_ends_a_body_also_without_an_empty_line(foreign: Callable[..., Crawled]) -> None:
    chunks = OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
    with WireServer({"/": Answer((chunks,), "close")}) as server:
        crawled = foreign([server.url("/")], RETRY_ENABLED=False)
    assert crawled.responses[server.url("/")].body == b"abc"
    [(_, response)] = exchanges(crawled.folder)
    assert response["WARC-Truncated"] is None


class _Stopping(Listed):
    """A spider that stops downloads from the signals that Scrapy has for that."""

    heard: list[tuple[str, Any]]

    @classmethod
    def from_crawler(cls, crawler: Crawler, *arguments: Any, **more: Any) -> _Stopping:
        spider = super().from_crawler(crawler, *arguments, **more)
        cls.heard = []
        crawler.signals.connect(spider.headers, signals.headers_received)
        crawler.signals.connect(spider.more, signals.bytes_received)
        return spider

    def headers(self, headers: Any, body_length: int | None, request: Request) -> None:
        self.heard.append((request.url.rpartition("/")[2], (headers["X-A"], body_length)))
        if request.url.endswith("head"):
            raise StopDownload(fail=False)

    def more(self, data: bytes, request: Request) -> None:
        self.heard.append((request.url.rpartition("/")[2], data))
        if request.url.endswith("first"):
            raise StopDownload(fail=False)
        if request.url.endswith("fail"):
            raise StopDownload(fail=True)


def test_signals_and_stop_download_work_as_in_scrapy(tmp_path: Any) -> None:
    from crawling import crawl

    head = OK + b"X-a: 1\r\nContent-Length: 6\r\n\r\n"
    in_two = Answer((head + b"abc", b"def"), pause=0.2)
    chunks = Answer((OK + b"x-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n",))
    answers = {"/whole": in_two, "/chunks": chunks, "/head": in_two, "/first": in_two, "/fail": in_two}
    with WireServer(answers) as server:
        settings = {
            "ADDONS": {"crawler.capture.Capture": 100},
            "WARC_FOLDER": str(tmp_path),
            "TELNETCONSOLE_ENABLED": False,
            "LOG_ENABLED": False,
        }
        crawled = crawl([server.url(path) for path in answers], settings, _Stopping)
    found = {url.rpartition("/")[2]: response for url, response in crawled.responses.items()}
    assert {name: (one.body, one.flags) for name, one in found.items()} == {
        "whole": (b"abcdef", []),
        "chunks": (b"abcdef", []),
        "head": (b"", ["download_stopped"]),
        "first": (b"abc", ["download_stopped"]),
    }
    [failed] = crawled.failures.values()
    assert isinstance(failed, StopDownload) and failed.response is not None and failed.response.body == b"abc"
    heard = {name: [what for whose, what in _Stopping.heard if whose == name] for name in ("whole", "chunks", "head")}
    assert heard == {
        "whole": [(b"1", 6), b"abc", b"def"],
        "chunks": [(b"1", None), b"abcdef"],
        "head": [(b"1", 6)],
    }
    stored = {response.url.rpartition("/")[2]: response for _, response in exchanges(tmp_path)}
    assert {name: one["WARC-Truncated"] for name, one in stored.items()} == {
        "whole": None, "chunks": None, "head": "unspecified", "first": "unspecified", "fail": "unspecified"
    }  # fmt: skip


def test_scrapy_sees_the_facts_of_a_response(foreign: Callable[..., Crawled], authority: Authority) -> None:
    head = b"http/1.0 200 OK\r\nx-Odd: a\r\nX-Odd: b\r\nConnection: close\r\nKeep-Alive: 1\r\n\r\n"
    with WireServer({"/": Answer((head + b"text",), "close")}, authority.context("127.0.0.1")) as server:
        url = server.url("/")
        crawled = foreign([f"{url}#fragment"])
    response = crawled.responses[f"{url}#fragment"]
    assert (response.url, response.protocol, response.flags) == (url, "HTTP/1.0", ["partial"])
    assert response.ip_address == ip_address("127.0.0.1")
    assert response.certificate.dumpPEM().startswith(b"-----BEGIN CERTIFICATE-----")
    assert response.headers.getlist("X-Odd") == [b"a", b"b"]
    assert set(response.headers) == {b"X-Odd"}
    assert response.meta["download_latency"] > 0


def test_what_is_lost_of_a_body_is_told(foreign: Callable[..., Crawled]) -> None:
    with WireServer(lambda target, request: Answer((OK + b"Content-Length: 9\r\n\r\nabc",), "close")) as server:
        lost, taken = server.url("/lost"), server.url("/taken")
        asked = [Request(lost), Request(taken, meta={"download_fail_on_dataloss": False})]
        crawled = foreign(asked, RETRY_ENABLED=False)
    assert isinstance(crawled.failures[lost], ResponseDataLossError)
    assert (crawled.responses[taken].body, crawled.responses[taken].flags) == (b"abc", ["dataloss"])


def test_a_line_break_in_a_header_begins_no_other_header(foreign: Callable[..., Crawled]) -> None:
    with WireServer(lambda target, request: body(b"x")) as server:
        asked = Request(server.url("/"), headers={"X-A": "a\r\nX-Evil: b", "X-B\nX-Evil": "c"})
        bad = Request(server.url("/bad"), method="GET / HTTP/1.1\r\nX-Evil: 1\r\n\r\nGET")
        crawled = foreign([asked, bad], RETRY_ENABLED=False)
        [exchanged] = server.exchanges
    assert b"\nX-Evil" not in exchanged.request.title()
    assert set(crawled.failures) == {bad.url}


@pytest.mark.parametrize("given", ["127.0.0.9", ["127.0.0.9", 0]])
def test_the_address_of_this_machine_can_be_chosen(foreign: Callable[..., Crawled], given: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(30)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        asked = Request(url, meta={"bindaddress": given, "download_timeout": 0.5})
        foreign([asked], RETRY_ENABLED=False)
        connection, address = listening.accept()
        connection.close()
    assert address[0] == "127.0.0.9"


def test_C3_the_password_of_a_proxy_is_in_no_record(foreign: Callable[..., Crawled]) -> None:
    with WireServer(lambda target, request: body(b"x")) as proxy:
        asked = Request("http://a.example/b?c", meta={"proxy": proxy.url("").replace("//", "//user:pass@")})
        crawled = foreign([asked])
        [exchanged] = proxy.exchanges
    assert exchanged.target == "http://a.example/b?c"
    assert b"\r\nHost: a.example\r\n" in exchanged.request
    assert b"\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\n" in exchanged.request
    [(request, response)] = exchanges(crawled.folder)
    assert request.block == exchanged.request.replace(b"Basic dXNlcjpwYXNz", b"[redacted]")
    assert response["WARC-IP-Address"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "opens no tunnel to a.example: 407 Proxy Auth"),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "opens no tunnel to a.example: 502 Bad Gateway"),
        (b"nonsense\n\n", "opens no tunnel to a.example: b'nonsense"),
        (b"", "opens no tunnel to a.example: b''"),
    ],
)
def test_a_proxy_that_opens_no_tunnel_is_named(foreign: Callable[..., Crawled], answer: bytes, words: str) -> None:
    with WireServer(lambda target, request: Answer((answer,), "close")) as proxy:
        asked = Request("https://a.example/", meta={"proxy": proxy.url("")})
        crawled = foreign([asked], RETRY_ENABLED=False)
        assert [exchanged.target for exchanged in proxy.exchanges] == ["a.example:443"]
    failure = crawled.failures["https://a.example/"]
    assert isinstance(failure, DownloadConnectionRefusedError) and words in str(failure)


@pytest.mark.parametrize(
    ("answer", "scheme"),
    [
        (b"no TLS here\r\n\r\n", "https"),
        (b"\x15\x03\x01\x00\x02\x02\x28", "https"),
        (b"\x15\x03\x01\x00\x02\x02\x28", "http"),
    ],
)
def test_a_server_of_another_protocol_is_a_failed_download(
    foreign: Callable[..., Crawled], answer: bytes, scheme: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            connection.recv(1)
            connection.sendall(answer)
            connection.recv(65536)
            connection.close()

        import threading

        threading.Thread(target=serve, daemon=True).start()
        url = f"{scheme}://127.0.0.1:{listening.getsockname()[1]}/"
        crawled = foreign([url], RETRY_ENABLED=False, DOWNLOAD_TIMEOUT=10)
    assert isinstance(crawled.failures[url], DownloadFailedError)


def test_addresses_of_both_families_come_in_turn() -> None:
    four, six = [(f"10.0.0.{n}", 80) for n in range(3)], [("2001:db8::1", 80)]
    assert in_turn([*six, *four]) == [six[0], *four]
    assert in_turn([*four, *six]) == [four[0], six[0], *four[1:]]
    assert in_turn([*four, *four]) == four


@contextmanager
def silent() -> Iterator[tuple[str, int]]:
    """An address that neither accepts nor refuses: its queue of connections is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening:
        address = listening.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        yield address
        for one in waiting:
            one.close()


def dialled(addresses: list[tuple[str, int]]) -> str:
    async def run() -> str:
        reached, ip = await dial(addresses, None)
        with reached:
            assert reached.getpeername()[0] == ip
        assert len(asyncio.all_tasks()) <= len(addresses)
        await asyncio.sleep(0.01)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return ip

    return asyncio.run(run())


def test_an_address_that_does_not_answer_is_passed_over() -> None:
    with (
        silent() as first,
        socket.create_server(("127.0.0.3", 0)) as other,
        socket.create_server(("127.0.0.1", 0)) as gone,
    ):
        refused = gone.getsockname()
        gone.close()
        before = sockets()
        assert dialled([first, other.getsockname()]) == "127.0.0.3"
        assert dialled([refused, other.getsockname()]) == "127.0.0.3"
        assert dialled([refused, first, other.getsockname()]) == "127.0.0.3"
        with pytest.raises(ConnectionRefusedError):
            dialled([refused, ("127.0.0.2", refused[1])])
        gc.collect()
        assert sockets() == before
    assert NEXT_ATTEMPT < 1
