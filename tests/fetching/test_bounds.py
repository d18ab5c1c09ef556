"""Bombs, endless responses and traps end within their limits, and the bytes received are archived (D1 to D3, D10)."""

from __future__ import annotations

import gc
import gzip
import resource
import weakref
import zlib
from collections.abc import Callable
from typing import cast

import brotli
import pytest
import zstandard
from crawling import Crawled
from scrapy import Request
from scrapy.http import Response
from stored import exchanges
from wire_server import Answer, WireServer, body

from archive import TooLarge, decode_entity
from crawler.capture import Pressure
from crawler.fetching.failures import classify
from crawler.spiders.gathering import page_of

OK = b"HTTP/1.1 200 OK\r\n"
ZEROS = b"\0" * (64 << 20)


def bomb(coding: str) -> bytes:
    match coding:
        case "gzip":
            return gzip.compress(ZEROS, 9)
        case "deflate":
            return zlib.compress(ZEROS, 9)
        case "br":
            return bytes(brotli.compress(ZEROS, quality=5))
        case "zstd":
            return zstandard.compress(ZEROS)
        case _:
            return gzip.compress(gzip.compress(ZEROS, 9), 9)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
def test_D1_a_bomb_is_archived_whole_and_its_fetch_refused(ours: Callable[..., Crawled], coding: str) -> None:
    packed = bomb(coding)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with WireServer({"/": body(packed, OK + b"Content-Encoding: %s\r\n" % coding.encode())}) as server:
        crawled = ours([server.url("/")], [server], DECODED_MAXSIZE=4 << 20)
    found = classify(crawled.failures[server.url("/")])
    assert (found.cls, found.retryable) == ("too-large", False)
    assert server.url("/") in found.message
    [(_, response)] = exchanges(crawled.folder)
    assert response.block.endswith(packed)
    assert response["WARC-Truncated"] is None
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) < 60 << 10, "KiB more than before"


def test_a_page_with_a_bad_gzip_trailer_is_archived_and_read_and_its_host_told_once(
    ours: Callable[..., Crawled], caplog: pytest.LogCaptureFixture
) -> None:
    text = "<p>正文 text</p>".encode() * 500
    packed = gzip.compress(text)[:-8]
    with WireServer(lambda *_: body(packed, OK + b"Content-Encoding: gzip\r\n")) as server:
        crawled = ours([server.url("/1"), server.url("/2")], [server])
    assert {page_of(response).body for response in crawled.responses.values()} == {text}
    assert exchanges(crawled.folder)[0][1].block.endswith(b"\r\n\r\n" + packed)
    told = [record.getMessage() for record in caplog.records if "checksum" in record.getMessage()]
    assert (
        len([line for line in told if line.endswith("the gzip body ends without its checksum; read all the same")]) == 1
    )


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, br", "x-unknown"])
@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_D1_the_live_page_equals_the_archived_one(ours: Callable[..., Crawled], coding: str, framing: str) -> None:
    text = "<p>正文 text</p>".encode() * 500
    packed = text
    for name in coding.split(", "):
        packed = {
            "gzip": gzip.compress,
            "deflate": zlib.compress,
            "br": brotli.compress,
            "zstd": zstandard.compress,
        }.get(name, bytes)(packed)
    head = OK + b"content-ENCODING: %s\r\nX-a: 1\r\nX-A: 2\r\nContent-Type: text/html\r\n" % coding.encode()
    answer = {
        "length": body(packed, head),
        "chunked": Answer((head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed),)),
        "close": Answer((head + b"Connection: close\r\n\r\n" + packed,), "close"),
    }[framing]
    with WireServer({"/": answer}) as server:
        crawled = ours([server.url("/")], [server])
    response = crawled.responses[server.url("/")]
    page = page_of(response)
    capture = response.meta["capture"]
    [(_, stored)] = exchanges(crawled.folder)
    assert page.body == text
    assert page.body == decode_entity(capture.head, stored.block[len(capture.head) :], 1 << 20)
    assert page.headers[0] == ("content-ENCODING", coding)
    assert [value for name, value in page.headers if name.lower() == "x-a"] == ["1", "2"]
    assert (page.url, page.status, page.fetched_at) == (server.url("/"), 200, capture.date)


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
ENDLESS = {
    # name: answer, class of the failure, WARC-Truncated of the record, most bytes of body stored
    "D2-body": (Answer((OK + b"\r\n",), endless=b"x" * 65536), "too-large", "length", 1 << 18),
    "D2-chunks": (Answer((CHUNKED,), endless=b"400\r\n" + b"x" * 1024 + b"\r\n"), "too-large", "length", 1 << 18),
    "D2-small-chunks": (Answer((CHUNKED,), endless=b"1\r\nx\r\n" * 1000), "too-large", "length", 1 << 18),
    "D2-chunk-extension": (Answer((CHUNKED + b"1;a=",), endless=b"x" * 4096), "bad-response", "unspecified", 1 << 18),
    "D2-drip": (Answer((OK + b"\r\n",), endless=b".", pause=0.02), "timeout", "time", 1000),
    "D2-drip-of-chunks": (Answer((CHUNKED,), endless=b"1\r\n.\r\n", pause=0.02), "timeout", "time", 1000),
    "D3-headers": (Answer((OK,), endless=b"X-H: " + b"h" * 500 + b"\r\n"), "too-large", "length", 0),
    "D3-short-headers": (Answer((OK,), endless=b"a:b\r\n" * 1000), "too-large", "length", 0),
    "D3-one-header": (Answer((OK + b"X-H: ",), endless=b"h" * 4096), "too-large", "length", 0),
    "D3-status-line": (Answer((b"HTTP/1.1 200 ",), endless=b"O" * 4096), "too-large", "length", 0),
    "D3-interim": (Answer((b"",), endless=b"HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n"), "too-large", "length", 0),
    "D3-trailers": (Answer((CHUNKED + b"0\r\n",), endless=b"X-T: tttttttt\r\n"), "too-large", "length", 1 << 18),
    "D3-drip-of-headers": (Answer((OK,), endless=b"a:b\r\n", pause=0.02), "timeout", "time", 0),
}  # fmt: skip


def test_D2_endless_bodies_are_cut_at_the_limits(ours: Callable[..., Crawled]) -> None:
    cut_at_the_limits(ours, "D2")


def test_D2_the_deadline_is_a_setting(ours: Callable[..., Crawled]) -> None:
    with WireServer({"/": Answer((OK + b"\r\n",), endless=b".", pause=0.02)}) as server:
        crawled = ours([server.url("/")], [server], DOWNLOAD_TIMEOUT=0.3, RETRY_TIMES=0)
    assert classify(crawled.failures[server.url("/")]).cls == "timeout"
    [(_, response)] = exchanges(crawled.folder)
    assert response.block.count(b".") < 150, "at 50 a second"


def test_D1_the_bytes_between_two_codings_are_bounded() -> None:
    nothing = gzip.compress(gzip.compress(b"", mtime=0) * 200_000)
    with pytest.raises(TooLarge):
        decode_entity(OK + b"Content-Encoding: gzip, gzip\r\n\r\n", nothing, 1 << 16)


def test_D3_endless_heads_are_cut_at_the_limits(ours: Callable[..., Crawled]) -> None:
    cut_at_the_limits(ours, "D3")


def cut_at_the_limits(ours: Callable[..., Crawled], row: str) -> None:
    rows = {name: values for name, values in ENDLESS.items() if name.startswith(row)}
    answers = {f"/{name}": values[0] for name, values in rows.items()}
    asked = [*answers, "/good"]
    with WireServer({**answers, "/good": body(b"good")}) as server:
        crawled = ours(
            [Request(server.url(path), meta={"download_timeout": 3 if "drip" in path else 60}) for path in asked],
            [server],
            DOWNLOAD_MAXSIZE=1 << 18,
            RETRY_TIMES=0,
            BREAKER_FAILURES=99,
            CONCURRENT_REQUESTS_PER_DOMAIN=len(rows) + 1,
        )
    assert list(crawled.responses) == [server.url("/good")], "the rest of the run is unharmed"
    found = {url.rpartition("/")[2]: classify(error) for url, error in crawled.failures.items()}
    assert {name: failure.cls for name, failure in found.items()} == {
        name: cls for name, (_, cls, _, _) in rows.items()
    }
    for name, failure in found.items():
        assert server.url(f"/{name}") in failure.message and failure.message.isprintable()
        if failure.cls == "too-large":
            assert "raise the limit to fetch it" in failure.message
    stored = {response.url.rpartition("/")[2]: response for _, response in exchanges(crawled.folder)}
    assert {name: stored[name]["WARC-Truncated"] for name in rows} == {
        name: cut for name, (_, _, cut, _) in rows.items()
    }
    for name, (_, _, _, most) in rows.items():
        assert len(stored[name].block) <= 65536 + most, name


def test_D1_repeated_codings_are_refused_or_decoded_within_the_limit(ours: Callable[..., Crawled]) -> None:
    members = gzip.compress(b"\0" * 70_000, 9) * 400  # 28 MB in many members of 100 bytes
    answers = {
        "/chain": body(b"x", OK + b"Content-Encoding: " + b", ".join([b"gzip"] * 2000) + b"\r\n"),
        "/lines": body(b"x", OK + b"Content-Encoding: gzip\r\n" * 1000),
        "/members": body(members, OK + b"Content-Encoding: gzip\r\n"),
        "/empty": body(gzip.compress(b"") * 20_000, OK + b"Content-Encoding: gzip\r\n"),
        "/transfer": Answer((OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",)),
    }
    with WireServer(answers) as server:
        crawled = ours([server.url(path) for path in answers], [server], DECODED_MAXSIZE=4 << 20, RETRY_TIMES=0)
    found = {url.rpartition("/")[2]: classify(error).cls for url, error in crawled.failures.items()}
    assert found == {"chain": "coding", "lines": "coding", "members": "too-large", "transfer": "bad-response"}
    url = server.url("/transfer")
    told = classify(crawled.failures[url]).message
    assert told == f"{url}: its Transfer-Encoding is not chunked but 'gzip, chunked'"
    assert crawled.responses[server.url("/empty")].body == b""
    assert len(exchanges(crawled.folder)) == len(answers)


def test_D1_chunks_that_the_audit_cannot_read_make_no_page(ours: Callable[..., Crawled]) -> None:
    chunks = b"%s3\r\nabc\r\n0\r\n\r\n"
    answers = {
        f"/{zeros}": Answer((OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunks % (b"0" * zeros),))
        for zeros in (0, 15, 40)
    }
    with WireServer(answers) as server:
        crawled = ours([server.url(path) for path in answers], [server])
        assert [crawled.responses[server.url(f"/{zeros}")].body for zeros in (0, 15)] == [b"abc", b"abc"]
    failure = classify(crawled.failures[server.url("/40")])
    assert failure.cls == "bad-response" and "its chunked coding can't be read" in failure.message


def test_an_image_may_have_its_own_limit(ours: Callable[..., Crawled]) -> None:
    with WireServer({"/image": body(b"i" * 3000)}) as server:
        own = {"download_maxsize": 4000, "decoded_maxsize": 4000}
        crawled = ours([Request(server.url("/image"), meta=own)], [server], DOWNLOAD_MAXSIZE=1000)
    assert len(crawled.responses[server.url("/image")].body) == 3000


@pytest.mark.parametrize(
    ("limit", "most"),
    [({"SOURCE_URLS": 4}, 4), ({"RUN_URLS": 5}, 5), ({"SOURCE_BYTES": 5000}, 6), ({"RUN_BYTES": 5000}, 6)],
)
def test_D10_a_trap_ends_at_its_budget(ours: Callable[..., Crawled], limit: dict[str, int], most: int) -> None:
    with WireServer(lambda target, request: body(target.encode() * 500)) as server:
        asked = [Request(server.url(f"/{n}"), meta={"source": "trap"}) for n in range(20)]
        crawled = ours(asked, [server], **limit)
        assert 1 <= len(server.exchanges) <= most
    assert {classify(error).cls for error in crawled.failures.values()} == {"budget"}


def test_D10_each_source_has_its_own_budget(ours: Callable[..., Crawled]) -> None:
    with WireServer(lambda target, request: body(target.encode())) as server:
        asked = [Request(server.url(f"/{name}{n}"), meta={"source": name}) for name in "ab" for n in range(5)]
        crawled = ours(asked, [server], SOURCE_URLS=3)
    assert sorted(url.rpartition("/")[2][0] for url in crawled.responses) == ["a", "a", "a", "b", "b", "b"]


def test_D10_a_budget_of_seconds_ends_a_run(ours: Callable[..., Crawled]) -> None:
    with WireServer(lambda target, request: body(target.encode())) as server:
        asked = [Request(server.url(f"/{n}"), meta={"source": "slow"}) for n in range(10)]
        crawled = ours(asked, [server], DOWNLOAD_DELAY=0.1, SOURCE_SECONDS=0.35)
    assert 2 <= len(crawled.responses) <= 6


def test_D1_responses_in_garbage_are_collected_before_they_fill_the_memory() -> None:
    """The collector counts objects, and not the bytes of their bodies."""
    pressure, responses = Pressure(1 << 20), []
    gc.disable()
    try:
        for number in range(4):
            response = Response("http://a.example/", body=bytes(200_000))
            response.flags = cast("list[str]", [response])  # a cycle
            responses.append(weakref.ref(response))
            pressure.ended(number, response)
    finally:
        gc.enable()
    assert [found() is not None for found in responses] == [False, False, False, True]
