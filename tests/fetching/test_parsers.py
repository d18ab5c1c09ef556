"""Where parsers of URLs differ, the judged host is the requested one, or the URL is refused (S5).

Each URL is listed with its host by the URL Standard (WHATWG, 2026); None where that fails or names another scheme.
"""

from __future__ import annotations

from collections.abc import Callable

from crawling import Crawled
from scrapy import Request
from wire_server import WireServer, body

from crawler.fetching.failures import classify
from crawler.urls.host_names import askable

URLS = {
    "http://plain.example/": "plain.example",
    "http://CAPITAL.Example/": "capital.example",
    "http://dot.example./": "dot.example.",
    "http:\\\\back.example\\x": "back.example",
    "http://slash.example\\@evil.example/": "slash.example",
    "http://user@userinfo.example/": "userinfo.example",
    "http://good.example:80@evil.example/": "evil.example",
    "http://question.example?@evil.example/": "question.example",
    "http://hash.example#@evil.example/": "hash.example",
    "http://semi.example;@evil.example/": "evil.example",
    "http://ta\tb.example/": "tab.example",
    "http://li\nne.example/": "line.example",
    "  http://space.example/  ": "space.example",
    "http://in ner.example/": None,
    "http://per%63ent.example/": "percent.example",
    "http://pathin%2fhost.example/": None,
    "http://null%00.example/": None,
    "http://wide.ｅｘａｍｐｌｅ/": "wide.example",
    "http://idéa.example/": "xn--ida-cma.example",
    "http://ideographic。example/": "ideographic.example",
    "http://straße.example/": "xn--strae-oqa.example",
    "http://soft\u00adhyphen.example/": "softhyphen.example",
    "http://[broken/": None,
    "http://a]b.example/": None,
    "http://port.example:080/": "port.example",
    "http://port.example:/": "port.example",
    "http://port.example:99999/": None,
    "http://port.example:8x/": None,
    "http://port.example:٨٠/": None,
    "http://under_score.example/": "under_score.example",
    "http://semicolon.example;/": None,
    "http://ti~lde.example/": None,
    "http://caret^.example/": None,
    "http://pipe|.example/": None,
    "http://<angle>.example/": None,
    "http:/one-slash.example/": "one-slash.example",
    "http:///three.example/": "three.example",
    "http:////four.example/": "four.example",
    "http:none.example/": "none.example",
    "//no-scheme.example/": None,
}


def _host(exchanged_request: bytes) -> str:
    return exchanged_request.partition(b"\r\nHost: ")[2].partition(b"\r")[0].decode()


def test_S5_the_judged_host_is_the_requested_one(ours: Callable[..., Crawled]) -> None:
    asked: dict[str, str] = {}
    for url in URLS:
        try:
            asked[Request(askable(url)).url] = url
        except ValueError:
            continue  # no request can be made of it at all
    with WireServer(lambda target, request: body(b"x")) as server:
        # Every name leads to the server, whose log shows the Host of each request.
        crawled = ours(
            list(asked),
            RESOLVE={"*:80": f"127.0.0.1:{server.port}"},
            CONCURRENT_REQUESTS=64,
            RETRY_TIMES=0,
        )
        hosts = {crawled.metas[url]["download_slot"] for url in crawled.responses}
        assert {_host(exchanged.request) for exchanged in server.exchanges} == hosts
    for url, response in crawled.responses.items():
        host = crawled.metas[url]["download_slot"]
        assert host == URLS[asked[url]], asked[url]
        assert response.body == b"x"
    classes = {classify(error).cls for error in crawled.failures.values()}
    assert classes <= {"url", "userinfo", "port", "scheme", "dns"}, classes
    assert len(crawled.responses) >= 12
    assert classify(crawled.failures["http://user@userinfo.example/"]).cls == "userinfo"
