"""No request reaches an address that is not public, however it is written and wherever it comes from (S1 to S7).

A server on loopback counts the connections that get through.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Any

import pytest
from certificates import Authority
from crawling import Crawled, reactor
from scrapy import Request, signals
from scrapy.crawler import Crawler
from spellings import NOT_PUBLIC
from twisted.internet.address import IPv4Address
from wire_server import Answer, WireServer, body

from crawler.capture import CaptureRefused
from crawler.fetching.failures import classify
from crawler.fetching.resolver import GuardedResolver
from crawler.urls.addresses import Policy, embedded


def _request(url: str) -> list[Request]:
    """Return a request for `url`, or none where Scrapy refuses to make one."""
    try:
        return [Request(url)]
    except ValueError:
        return []


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("way", ["start", "redirect", "robots", "redirected-robots"])
def test_S2_private_addresses_are_refused_in_every_spelling(
    ours: Callable[..., Crawled], way: str, scheme: str
) -> None:
    with WireServer(lambda target, request: body(b"canary")) as canary:
        targets = [f"{scheme}://{host}:{canary.port}/secret" for host in NOT_PUBLIC]

        def answer(target: str, request: bytes) -> Answer:
            host = request.partition(b"Host: ")[2].partition(b"\r")[0]
            location = targets[int(host.removeprefix(b"front").removesuffix(b".example"))].encode()
            return Answer((b"HTTP/1.1 302 F\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n" % location,))

        with WireServer(answer, host="127.0.0.77") as front:
            if way in ("start", "robots"):
                asked = [request for url in targets for request in _request(url)]
            else:
                asked = [Request(f"http://front{place}.example/") for place in range(len(targets))]
            crawled = ours(
                asked,
                [canary],
                # Only the address of the front server is allowed; every other one is judged.
                RESOLVE={
                    request.url.split("/")[2]: f"127.0.0.77:{front.port}" for request in asked if "front" in request.url
                },
                ALLOW_PRIVATE=["127.0.0.77/32"],
                CONCURRENT_REQUESTS=64,
                OBEY_ROBOTS="robots" in way,
                RETRY_TIMES=0,
            )
    assert canary.connections == 0
    assert crawled.responses == {}
    assert set(crawled.failures) == {request.url for request in asked}
    classes = {url: classify(error).cls for url, error in crawled.failures.items()}
    allowed = {"guard", "userinfo", "url", "dns", *(["robots-unreachable"] if "robots" in way else [])}
    assert set(classes.values()) <= allowed, classes


def test_S1_a_refusal_names_url_rule_and_address(ours: Callable[..., Crawled]) -> None:
    crawled = ours(["http://localhost/x", "http://10.0.0.1/"], ALLOW_PRIVATE=[])
    messages = [classify(error).message for error in crawled.failures.values()]
    assert sorted(messages)[0] == "http://10.0.0.1/: refused by guard: 10.0.0.1 is not a public address"
    assert "http://localhost/x: refused by guard:" in sorted(messages)[1]


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("1.1.1.1", True), ("8.8.8.8", True), ("2606:4700::1111", True), ("64:ff9b::808:808", True),
        ("::ffff:8.8.8.8", True), ("2002:808:808::1", True),
        ("127.0.0.1", False), ("64:ff9b::7f00:1", False), ("::ffff:10.0.0.1", False), ("2002:a00:1::", False),
        ("2001:0:53aa:64c:0:0:f5ff:fffe", False), ("fe80::1", False), ("fec0::1", False), ("ff0e::1", False),
        ("2001:db8::1", False), ("100.64.1.1", False), ("192.0.2.1", False), ("0.0.0.0", False), ("::", False),
        ("::1", False), ("2a00::200:5efe:10.0.0.1", False), ("4000::1", False), ("168.63.129.16", False),
        ("192.0.0.9", False), ("2001:1::1", False), ("2001:20::1", False), ("3fff::1", False), ("5f00::1", False),
        ("64:ff9b:1::808:808", False), ("64:ff9b:1:7f00:0:100::", False), ("::ffff:0:808:808", False),
    ],
)  # fmt: skip
def test_S2_addresses_that_are_not_public_are_refused(address: str, allowed: bool) -> None:
    assert (Policy().refusal(ip_address(address)) == "") is allowed


def test_S2_a_permitted_network_passes_in_every_notation() -> None:
    policy = Policy.of(["127.0.0.0/8"], {})
    assert policy.refusal(ip_address("127.9.9.9")) == ""
    assert policy.refusal(ip_address("::ffff:127.0.0.1")) == ""
    assert policy.refusal(ip_address("10.0.0.1")) != ""
    assert embedded(IPv6Address("64:ff9b::102:304")) == ip_address("1.2.3.4")


def test_S1_an_address_in_a_url_is_refused_before_robots_txt_is_fetched(ours: Callable[..., Crawled]) -> None:
    with WireServer({"/robots.txt": body(b""), "/": body(b"x")}) as server:
        crawled = ours([server.url("/")], [server], ALLOW_PRIVATE=[], OBEY_ROBOTS=True)
    found = classify(crawled.failures[server.url("/")])
    assert (found.cls, found.retryable) == ("guard", False)


class _Flipping:
    """A system resolver whose answers change from public to private (rebinding), or have both at once (mixed)."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)

    def resolveHostName(self, receiver: Any, hostName: str, portNumber: int = 0, *_: object) -> None:
        receiver.resolutionBegan(None)
        for host in self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]:
            receiver.addressResolved(IPv4Address("TCP", host, portNumber))
        receiver.resolutionComplete()


class _Receiver:
    def __init__(self) -> None:
        self.hosts: list[str] = []

    def resolutionBegan(self, resolution: object) -> None:
        self.hosts.clear()

    def addressResolved(self, address: IPv4Address) -> None:
        self.hosts.append(f"{address.host}:{address.port}")

    def resolutionComplete(self) -> None:
        self.hosts.append("end")


def guarded(system: Any) -> GuardedResolver:
    """Make a GuardedResolver over a system resolver with given answers."""
    return GuardedResolver(Policy(), reactor(), system)


def _ask(resolver: GuardedResolver, name: str, port: int = 80) -> list[str]:
    receiver = _Receiver()
    resolver.resolveHostName(receiver, name, port)
    return receiver.hosts


def test_S6_all_addresses_of_a_name_that_a_proxy_will_dial_must_be_public() -> None:
    def refusal(*answers: str) -> str:
        resolver = guarded(_Flipping(list(answers)))
        return asyncio.run(resolver.refusal("a.example", 80))

    assert refusal("8.8.8.8", "1.1.1.1") == ""
    assert refusal("8.8.8.8", "10.0.0.1") == "10.0.0.1 is not a public address"
    assert refusal() == "its name has no address here, so it can't be judged"


class _OtherResolver:
    """An extension that replaces the guarded resolver once the run is under way."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> _OtherResolver:
        other = cls()
        crawler.signals.connect(other.replace, signals.request_scheduled)
        return other

    def replace(self) -> None:
        GuardedResolver(Policy.of(["0.0.0.0/0"], {}), reactor()).install_on_reactor()


def test_S6_without_the_guarded_resolver_every_request_is_refused(ours: Callable[..., Crawled]) -> None:
    with WireServer({"/": body(b"x")}) as server:
        crawled = ours([server.url("/")], [server], EXTENSIONS={_OtherResolver: 0})
    assert "the reactor's resolver was replaced" in classify(crawled.failures[server.url("/")]).message
    assert server.connections == 0


def test_S3_only_the_public_addresses_of_a_mixed_answer_are_dialled() -> None:
    resolver = guarded(_Flipping(["10.0.0.1", "8.8.8.8", "127.0.0.1"]))
    assert _ask(resolver, "mixed.example") == ["8.8.8.8:80", "end"]


def test_S3_with_changing_answers_the_judged_address_is_dialled() -> None:
    resolver = guarded(_Flipping(["8.8.8.8"], ["127.0.0.1"]))
    assert _ask(resolver, "rebind.example") == ["8.8.8.8:80", "end"]
    assert _ask(resolver, "rebind.example") == ["8.8.8.8:80", "end"]  # kept, not asked again
    resolver = guarded(_Flipping(["127.0.0.1"], ["8.8.8.8"]))
    assert _ask(resolver, "rebind.example") == ["end"]
    assert "127.0.0.1" in resolver.refusals["rebind.example"]


def test_resolve_sends_a_name_to_another_address_and_the_exact_key_wins() -> None:
    table = {
        "a.example": "8.8.8.8", "a.example:443": "8.8.4.4:8443", "*:443": "1.1.1.1:444", "*": "[2606:4700::1111]:81",
        "p.example": "127.0.0.1",
    }  # fmt: skip
    resolver = GuardedResolver(Policy.of([], table), reactor())
    assert _ask(resolver, "a.example", 80) == ["8.8.8.8:80", "end"]
    assert _ask(resolver, "A.example.", 443) == ["8.8.4.4:8443", "end"]
    assert _ask(resolver, "b.example", 443) == ["1.1.1.1:444", "end"]
    assert _ask(resolver, "b.example", 80) == ["2606:4700::1111:81", "end"]
    assert _ask(resolver, "p.example", 80) == ["end"], "the dialled address is judged"


def test_resolve_keeps_url_host_sni_and_target_uri(ours: Callable[..., Crawled], authority: Authority) -> None:
    with WireServer({"/a": body(b"mapped")}, authority.context("www.example.org")) as server:
        crawled = ours(
            ["https://www.example.org/a"],
            RESOLVE={"*:443": f"127.0.0.1:{server.port}"},
            DOWNLOAD_CA_FILE=str(authority.ca_file),
        )
        assert crawled.failures == {}
        assert b"\r\nHost: www.example.org\r\n" in server.exchanges[0].request
    capture = crawled.metas["https://www.example.org/a"]["capture"]
    assert capture.url == "https://www.example.org/a"


def test_C4_certificates_are_verified_unless_a_source_opts_out(
    ours: Callable[..., Crawled], authority: Authority
) -> None:
    with WireServer({"/a": body(b"a"), "/b": body(b"b")}, authority.context("other.example")) as server:
        # The unverified request goes first: the other must not share its connection, which is still open.
        asked = [Request(server.url("/b"), meta={"verify_tls": False}), server.url("/a")]
        crawled = ours(asked, [server], DOWNLOAD_CA_FILE=str(authority.ca_file), RETRY_TIMES=0)
        unknown = ours([server.url("/a")], [server], RETRY_TIMES=0)
    assert list(crawled.responses) == [server.url("/b")]
    assert classify(crawled.failures[server.url("/a")]).cls == "tls"
    assert classify(unknown.failures[server.url("/a")]).cls == "tls"


@pytest.mark.parametrize(
    ("made", "trusted", "words"),
    [
        ({"days": (-30, -1)}, True, "the certificate has expired, on 20"),
        ({"days": (1, 30)}, True, "the certificate is not yet valid, only from 20"),
        ({"self_signed": True}, True, "the certificate is self-signed and not trusted"),
        ({}, False, "the certificate comes from an unknown authority: CN=Test authority"),
        (
            {"names": ("a.example", "b.example")},
            True,
            "the certificate is not for www.example.org but for a.example, b",
        ),
    ],
)
def test_C4_what_is_wrong_with_a_certificate_is_said(
    ours: Callable[..., Crawled], authority: Authority, made: dict[str, Any], trusted: bool, words: str
) -> None:
    context = authority.context(*made.pop("names", ("www.example.org",)), **made)
    url = "https://www.example.org/a"
    with WireServer({"/a": body(b"a")}, context) as server:
        more = {"DOWNLOAD_CA_FILE": str(authority.ca_file)} if trusted else {}
        crawled = ours([url], RESOLVE={"*:443": f"127.0.0.1:{server.port}"}, RETRY_TIMES=0, **more)
    failure = classify(crawled.failures[url])
    assert failure.cls == "tls" and failure.message.startswith(f"{url}: TLS failed: {words}"), failure.message


@pytest.mark.parametrize("url", ["file:///etc/passwd", "data:text/html,x", "ftp://127.0.0.1/x", "s3://bucket/key"])
def test_S4_other_schemes_are_refused(ours: Callable[..., Crawled], url: str) -> None:
    crawled = ours([url])
    assert classify(crawled.failures[url]).cls == "scheme"


@pytest.mark.parametrize(
    "there", ["file:///etc/passwd", "javascript:alert(1)", "data:text/html,x", "unix:/x", "ftp://a/"]
)
def test_S4_a_redirect_to_another_scheme_is_refused(ours: Callable[..., Crawled], there: str) -> None:
    with WireServer({"/": body(b"", b"HTTP/1.1 302 F\r\nLocation: %s\r\n" % there.encode())}) as server:
        crawled = ours([server.url("/")], [server])
    assert classify(crawled.failures[server.url("/")]).cls == "scheme"


def test_S7_other_ports_are_refused(ours: Callable[..., Crawled]) -> None:
    with WireServer({"/": body(b"x")}) as server:
        crawled = ours([server.url("/")])
    assert classify(crawled.failures[server.url("/")]).cls == "port"
    assert server.connections == 0


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("HTTPPROXY_ENABLED", True, "HTTPPROXY_ENABLED"),
        ("JOBDIR", "jobs", "JOBDIR"),
        ("HTTPCACHE_ENABLED", True, "HTTPCACHE_ENABLED"),
        ("DOWNLOAD_HANDLERS", {"data": "scrapy.core.downloader.handlers.datauri.DataURIDownloadHandler"}, "data"),
        ("DOWNLOAD_HANDLERS", {"https": "scrapy.core.downloader.handlers.http2.H2DownloadHandler"}, "HTTP/1.1 only"),
        ("TWISTED_REACTOR_ENABLED", False, "TWISTED_REACTOR_ENABLED"),
        ("CRAWL_PROXY", "http://proxy.example:3128", "proxy_guards = true"),
        ("FENCE_REQUIRED", None, "FENCE_REQUIRED is not set"),
        ("OBEY_ROBOTS", None, "OBEY_ROBOTS is not set"),
    ],
)
def test_S6_U3_settings_that_bypass_the_guard_stop_the_start(
    ours: Callable[..., Crawled], setting: str, value: object, words: str
) -> None:
    with pytest.raises(CaptureRefused, match=words):
        ours(["http://example.org/"], **{setting: value})
