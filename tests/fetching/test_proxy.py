"""A proxy is used only if the configuration names it and says that it guards (S6).

Host names are judged here all the same, and the proxy's password reaches nobody else.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from certificates import Authority
from crawling import Crawled
from scrapy import Request
from wire_server import WireServer, body

from crawler.fetching.failures import classify

PASSWORD = "pass%21"
BASIC = b"Proxy-Authorization: Basic dXNlcjpwYXNzIQ==\r\n"


def with_password(url: str) -> str:
    return url.replace("//", f"//user:{PASSWORD}@")


def test_S6_a_proxy_that_the_configuration_does_not_name_is_refused(ours: Callable[..., Crawled]) -> None:
    with WireServer({}) as proxy:
        asked = Request("http://example.org/", meta={"proxy": proxy.url("")})
        crawled = ours([asked], [proxy])
    assert classify(crawled.failures[asked.url]).cls == "proxy"
    assert proxy.connections == 0


def test_S6_a_proxy_from_the_environment_is_not_used(ours: Callable[..., Crawled], monkeypatch) -> None:
    with WireServer({}) as proxy, WireServer({"/": body(b"direct")}) as server:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url(""))
        crawled = ours([server.url("/")], [server, proxy])
    assert crawled.responses[server.url("/")].body == b"direct"
    assert proxy.connections == 0


def test_S6_host_names_are_judged_before_the_operators_proxy_gets_them(ours: Callable[..., Crawled]) -> None:
    with WireServer(lambda target, request: body(b"from the proxy")) as proxy:
        good, bad = "http://public.example/a", "http://private.example/a"
        # The proxy itself may have a private address; a URL of a page that names this address is refused all the same.
        own = [f"http://127.0.0.1:{proxy.port}/a", f"http://localhost:{proxy.port}/a"]
        crawled = ours(
            [good, bad, *own],
            [proxy],
            CRAWL_PROXY=with_password(f"http://localhost:{proxy.port}"),
            CRAWL_PROXY_GUARDS=True,
            ALLOW_PRIVATE=[],
            RESOLVE={"public.example": "8.8.8.8", "private.example": "10.0.0.1"},
        )
        [exchanged] = proxy.exchanges
    assert exchanged.request.startswith(b"GET http://public.example/a HTTP/1.1\r\n")
    assert BASIC in exchanged.request
    assert crawled.responses[good].body == b"from the proxy"
    assert crawled.metas[good]["capture"].url == good
    assert {url: classify(crawled.failures[url]).cls for url in (bad, *own)} == dict.fromkeys((bad, *own), "guard")


@contextmanager
def tunnels(to: int) -> Iterator[tuple[int, list[bytes]]]:
    """A proxy that knows only CONNECT, to one port; yields its own port and the heads that it received."""
    heads: list[bytes] = []

    def pipe(one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):  # the other side may be gone
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)

    def serve(client: socket.socket) -> None:
        with client, client.makefile("rb") as lines:
            head = b"".join(iter(lines.readline, b"\r\n")) + b"\r\n"
            heads.append(head)
            client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            with socket.create_connection(("127.0.0.1", to)) as server:
                back = threading.Thread(target=pipe, args=(server, client), daemon=True)
                back.start()
                pipe(client, server)
                back.join(timeout=30)

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1], heads


def test_S6_https_goes_through_a_tunnel_of_the_operators_proxy(
    ours: Callable[..., Crawled], authority: Authority
) -> None:
    with WireServer({"/a": body(b"inside")}, authority.context("www.example.org")) as server:
        with tunnels(server.port) as (port, heads):
            crawled = ours(
                ["https://www.example.org/a", "https://private.example/a"],
                CRAWL_PROXY=with_password(f"http://127.0.0.1:{port}"),
                CRAWL_PROXY_GUARDS=True,
                ALLOW_PRIVATE=[],
                RESOLVE={"www.example.org": "8.8.8.8", "private.example": "10.0.0.1"},
                DOWNLOAD_CA_FILE=str(authority.ca_file),
            )
        [exchanged] = server.exchanges
    assert crawled.responses["https://www.example.org/a"].body == b"inside"
    assert classify(crawled.failures["https://private.example/a"]).cls == "guard"
    assert [head.split(b"\r\n")[0] for head in heads] == [b"CONNECT www.example.org:443 HTTP/1.1"]
    assert b"dXNlcjpwYXNzIQ" in heads[0]
    assert b"dXNlcjpwYXNzIQ" not in exchanged.request and b"roxy" not in exchanged.request
