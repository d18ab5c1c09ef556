"""Redirects: where they lead, which headers go along, and the fence that they do not leave (C1, C2, D4, S8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from certificates import Authority
from crawling import Crawled
from scrapy import Request
from wire_server import Answer, WireServer, body

from crawler.fetching.failures import classify
from crawler.fetching.fence import ANYWHERE, Fence, article_fence, entry_fence, own_headers
from crawler.fetching.redirects import target
from crawler.items import Section, Source


def hop(location: str, status: int = 302) -> Answer:
    return body(b"", b"HTTP/1.1 %d F\r\nLocation: %s\r\n" % (status, location.encode()))


@pytest.mark.parametrize("start", ["/loop", "/count"])
def test_D4_loops_and_chains_end_after_twenty_hops(ours: Callable[..., Crawled], start: str) -> None:
    def answer(path: str, request: bytes) -> Answer:
        return hop("/loop" if path == "/loop" else f"/count{'x' * len(path)}"[:60])

    with WireServer(answer) as server:
        crawled = ours([server.url(start)], [server])
        assert len(server.exchanges) == 21
    found = classify(crawled.failures[server.url(start)])
    assert found.cls == "redirects"
    assert "more than 20 hops" in found.message and server.url(start) in found.message


def test_D4_a_chain_of_twenty_hops_is_followed(ours: Callable[..., Crawled]) -> None:
    with WireServer(lambda path, request: body(b"end") if path == "/20" else hop(f"/{int(path[1:]) + 1}")) as server:
        crawled = ours([server.url("/0")], [server])
    response = crawled.responses[server.url("/0")]
    assert response.url == server.url("/20")
    assert response.meta["capture"].url == server.url("/20")
    assert len(response.meta["redirect_urls"]) == 20


def test_D3_a_redirect_to_an_endless_url_is_refused(ours: Callable[..., Crawled]) -> None:
    with WireServer({"/": hop("/" + "x" * 60_000)}) as server:
        crawled = ours([server.url("/")], [server])
        assert len(server.exchanges) == 1
    found = classify(crawled.failures[server.url("/")])
    assert found.cls == "url" and len(found.message) == 500
    assert found.message.startswith(server.url("/xxx")) and found.message.endswith(", more than 8192")


def test_C1_nothing_of_ours_crosses_hosts(ours: Callable[..., Crawled]) -> None:
    secrets = {
        "X-Api-Key": "canary",
        "Cookie": "s=canary",
        "Authorization": "Bearer canary",
        "Referer": "http://canary/",
        "If-None-Match": '"canary"',
    }
    with WireServer(lambda path, request: body(b"there"), host="127.0.0.2") as there:
        answers = {"/out": hop(there.url("/x")), "/in": hop("/same"), "/same": body(b"same")}
        with WireServer(answers) as here:
            asked = [Request(here.url(path), headers=secrets) for path in ("/out", "/in")]
            ours(asked, [here, there])
            [same] = [exchanged for exchanged in here.exchanges if exchanged.target == "/same"]
        [crossed] = there.exchanges
    assert b"canary" not in crossed.request
    assert b"User-Agent: warcpress" in crossed.request
    assert same.request.count(b"canary") == 5


def test_C2_no_referer_is_sent(ours: Callable[..., Crawled]) -> None:
    with WireServer({"/a?token=1": hop("/b"), "/b": body(b"b")}) as server:
        ours([server.url("/a?token=1")], [server])
        assert all(b"eferer" not in exchanged.request for exchanged in server.exchanges)


@pytest.mark.parametrize(
    ("status", "method"), [(301, b"GET"), (302, b"GET"), (303, b"GET"), (307, b"POST"), (308, b"POST")]
)
def test_a_redirect_keeps_or_changes_the_method_by_its_status(
    ours: Callable[..., Crawled], status: int, method: bytes
) -> None:
    with WireServer({"/a": hop("/b", status), "/b": body(b"b")}) as server:
        ours([Request(server.url("/a"), method="POST", body=b"x")], [server])
        assert server.exchanges[1].request.startswith(method + b" /b")
        assert server.exchanges[1].request.endswith(b"\r\n\r\nx" if method == b"POST" else b"\r\n\r\n")


def test_a_location_in_raw_utf8_is_followed_and_garbage_refused(ours: Callable[..., Crawled]) -> None:
    assert target("http://a.example/x/y", "/中文?q=é".encode()) == "http://a.example/%E4%B8%AD%E6%96%87?q=%C3%A9"
    assert target("http://a.example/x/y", b"//b.example/z") == "http://b.example/z"
    assert target("http://a.example/x/y", b" ../z ") == "http://a.example/z"
    with WireServer({"/": hop("http://[broken/")}) as server:
        crawled = ours([server.url("/")], [server])
    assert classify(crawled.failures[server.url("/")]).cls in ("url", "guard")


SOURCE = Source(
    "news",
    feeds=("https://www.news.example/feed",),
    sections=(Section("https://www.news.example/politics", "a"),),
    allow=(r"^https://www\.news\.example/\d{4}/",),
    deny=(r"/live/",),
)


@pytest.mark.parametrize(
    ("fence", "url", "inside"),
    [
        (entry_fence(SOURCE), "https://www.news.example/feed.xml", True),
        (entry_fence(SOURCE), "https://m.news.example/feed", True),
        (entry_fence(SOURCE), "https://evil.example/feed", False),
        (article_fence(SOURCE), "https://www.news.example/2026/a", True),
        (article_fence(SOURCE), "https://www.news.example/2026/a?utm_source=x#y", True),
        (article_fence(SOURCE), "https://www.news.example/2026/live/a", False),
        (article_fence(SOURCE), "https://www.news.example/login", False),
        (article_fence(Source("any")), "https://whatever.example/", True),
        (ANYWHERE, "https://cdn.example/x.png", True),
        (Fence("x", deny=("png$",)), "https://cdn.example/x.png", False),
    ],
)
def test_S8_the_fence_has_an_inside_and_an_outside(fence: Fence, url: str, inside: bool) -> None:
    assert (fence.refusal(url) == "") is inside


def test_S8_a_redirect_does_not_leave_the_fence(ours: Callable[..., Crawled]) -> None:
    with WireServer(lambda path, request: body(b"x"), host="127.0.0.2") as outside:
        with WireServer({"/feed": hop(outside.url("/feed"))}) as server:
            fence = entry_fence(Source("news", feeds=(server.url("/feed"),)))
            crawled = ours([Request(server.url("/feed"), meta={"fence": fence}, dont_filter=True)], [server, outside])
        assert outside.connections == 0
    found = classify(crawled.failures[server.url("/feed")])
    assert (found.cls, found.retryable) == ("fence", False)


def test_S8_a_request_without_a_fence_is_refused(ours: Callable[..., Crawled]) -> None:
    with WireServer({"/": body(b"x")}) as server:
        crawled = ours([server.url("/")], [server], FENCE_REQUIRED=True)
    assert server.connections == 0
    assert classify(crawled.failures[server.url("/")]).cls == "fence"


@pytest.mark.parametrize(
    ("allow", "url", "sent"),
    [
        ("", "https://www.news.example/feed", True),
        ("", "https://www.news.example:443/login", True),
        ("", "http://www.news.example/feed", False),
        ("", "https://www.news.example:8443/feed", False),
        ("", "https://www.news.example./feed", False),
        ("", "https://m.news.example/2026/a", False),
        (r"/2026/", "https://evil.example/2026/a", False),
        (r"news\.example/2026/", "https://evil.example/?news.example/2026/", False),
        (r"^https?://m\.news\.example/", "https://m.news.example/2026/a", False),
        (r"^https://m.news.example/", "https://mxnews.example/2026/a", False),
        (r"^https://m\.news\.example/2026/", "https://m.news.example/other", True),
        (r"^https://m\.news\.example/2026/", "http://m.news.example/2026/", False),
        (r"^https://m\.news\.example", "https://m.news.example.evil.example/", False),
        (r"^https://m\.news\.example:8443/", "https://m.news.example:8443/", True),
    ],
)
def test_C1_configured_headers_are_for_the_origins_that_the_source_names(allow: str, url: str, sent: bool) -> None:
    source = replace(SOURCE, allow=(allow,) if allow else (), headers={"Cookie": "secret"})
    assert bool(own_headers(source, url)) is sent


def test_C1_conditions_go_along_to_https_of_the_same_host(ours: Callable[..., Crawled], authority: Authority) -> None:
    with WireServer(lambda path, request: body(b"x"), authority.context("127.0.0.1")) as secure:
        with WireServer({"/": hop(secure.url("/"))}) as plain:
            asked = Request(
                plain.url("/"), headers={"If-None-Match": '"e"', "X-Api-Key": "canary", "Cookie": "s=canary"}
            )
            ours([asked], [plain, secure], DOWNLOAD_CA_FILE=str(authority.ca_file))
        [arrived] = secure.exchanges
    assert b'If-None-Match: "e"' in arrived.request
    assert b"canary" not in arrived.request


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("https://straße.example/ß".encode(), "https://xn--strae-oqa.example/%C3%9F"),
        ("//☃.example/".encode(), "http://xn--n3h.example/"),
        (b"https://%e2%98%83.example:8443/x", "https://xn--n3h.example:8443/x"),
        (b"/caf\xe9", "http://a.example/caf%E9"),
        ("/新闻?q=ß".encode(), "http://a.example/%E6%96%B0%E9%97%BB?q=%C3%9F"),
    ],
)
def test_a_redirect_leads_to_the_host_that_browsers_ask(location: bytes, expected: str) -> None:
    assert target("http://a.example/x", location) == expected


@pytest.mark.parametrize("location", [b"http://\xff\xfe.example/", "http://a\u200cb.example/".encode()])
def test_a_redirect_to_an_invalid_host_is_refused_with_one_line(ours: Callable[..., Crawled], location: bytes) -> None:
    answer = body(b"", b"HTTP/1.1 302 F\r\nLocation: %s\r\n" % location)
    with WireServer({"/": answer}) as server:
        crawled = ours([server.url("/")], [server])
    failure = classify(crawled.failures[server.url("/")])
    assert failure.cls == "url" and "is not a host name" in failure.message and server.url("/") in failure.message


NAMES = ["a_b.example", "_x.example", "r3---sn.example", "-a-.example", "xn--n3h.example", "xn--strae-oqa.example"]
"""Names that DNS has and browsers ask for, though IDNA 2008 registers only the last."""


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("verify", [True, False])
def test_every_name_that_dns_may_have_is_dialled(
    ours: Callable[..., Crawled], authority: Authority, scheme: str, verify: bool
) -> None:
    context = authority.context(*NAMES) if scheme == "https" else None
    with WireServer(lambda *_: body(b"x"), context) as server:
        asked = [Request(f"{scheme}://{name}/", meta={"verify_tls": verify}) for name in NAMES]
        resolve = {"*": f"127.0.0.1:{server.port}"}
        crawled = ours(asked, RESOLVE=resolve, DOWNLOAD_CA_FILE=str(authority.ca_file), RETRY_TIMES=0)
    assert crawled.failures == {}
    assert {response.body for response in crawled.responses.values()} == {b"x"}


def test_the_certificate_of_a_domain_is_good_for_such_a_name(
    ours: Callable[..., Crawled], authority: Authority
) -> None:
    with WireServer(lambda *_: body(b"x"), authority.context("*.example")) as server:
        good, deep = "https://a_b.example/", "https://c.a_b.example/"
        resolve = {"*": f"127.0.0.1:{server.port}"}
        crawled = ours([good, deep], RESOLVE=resolve, DOWNLOAD_CA_FILE=str(authority.ca_file), RETRY_TIMES=0)
    assert list(crawled.responses) == [good]
    assert "the certificate is not for c.a_b.example but for *.example" in classify(crawled.failures[deep]).message


def test_the_certificate_of_such_a_name_is_verified(ours: Callable[..., Crawled], authority: Authority) -> None:
    with WireServer(lambda *_: body(b"x"), authority.context("host.invalid", "ab.example")) as server:
        asked = ["https://a_b.example/", "https://xn--n3h.example/"]
        resolve = {"*": f"127.0.0.1:{server.port}"}
        crawled = ours(asked, RESOLVE=resolve, DOWNLOAD_CA_FILE=str(authority.ca_file), RETRY_TIMES=0)
    assert {classify(error).cls for error in crawled.failures.values()} == {"tls"}
    assert len(crawled.failures) == 2
