"""Every block in the WARC files equals, byte for byte, what the server's socket received and sent."""

from __future__ import annotations

import gzip
import ssl
import zlib
from collections import Counter
from collections.abc import Callable
from typing import Any

import brotli
import pytest
import zstandard
from certificates import Authority
from crawling import Crawled
from scrapy import Request
from stored import exchanges
from wire_server import Answer, WireServer, body

OK = b"HTTP/1.1 200 OK\r\n"


def chunked(text: bytes, extra: bytes = b"") -> bytes:
    """Write `text` in chunks of seven bytes."""
    pieces = [text[place : place + 7] for place in range(0, len(text), 7)]
    return b"".join(b"%x%s\r\n%s\r\n" % (len(piece), extra, piece) for piece in pieces) + b"0\r\n"


def coded(name: bytes, text: bytes) -> Answer:
    return body(text, OK + b"Content-Encoding: " + name + b"\r\n")


def text_of(name: str) -> bytes:
    """Make a payload that no other case has, so that it is stored in full and not as a revisit."""
    return f"<p>{name}</p>".encode() * 40


def cases() -> dict[str, Answer]:
    """Return all cases: request target → answer."""
    text = {
        name: text_of(name) for name in ("case", "order", "gz", "br", "zst", "defl", "chunk", "ext", "trail", "close")
    }
    length = {name: b"Content-Length: %d\r\n" % len(value) for name, value in text.items()}
    found: dict[str, Answer] = {
        "/plain": body(text_of("plain")),
        "/case": Answer(
            (OK + b"cONTENT-lENGTH: %d\r\nX-oDD: a\r\nx-odd: B\r\n\r\n" % len(text["case"]) + text["case"],)
        ),
        "/order": Answer((OK + b"Z: 1\r\nA: 2\r\nZ: 1\r\n" + length["order"] + b"A: 2\r\n\r\n" + text["order"],)),
        "/spaces": body(text_of("spaces"), OK + b"A:no space\r\nB:   many   \r\nC:\t tab\t\r\nD:\r\n"),
        "/fold": body(text_of("fold"), OK + b"X-Fold: one\r\n two\r\n\tthree\r\n"),
        "/bytes": body(text_of("bytes"), OK + b"X-Name: caf\xe9 \xe4\xb8\xad\xff\r\n"),
        "/no-colon": body(text_of("no-colon"), OK + b"this is no header\r\n"),
        "/reason-empty": body(text_of("reason-empty"), b"HTTP/1.1 200 \r\n"),
        "/reason-none": body(text_of("reason-none"), b"HTTP/1.1 200\r\n"),
        "/reason-long": body(text_of("reason-long"), b"HTTP/1.1 200 All is   \xc3\xa9 well\r\n"),
        "/lf-only": Answer((b"HTTP/1.1 200 OK\nX: y\nContent-Length: 30\n\n" + b"l" * 30,)),
        "/version-1.0": Answer((b"HTTP/1.0 200 OK\r\nServer: old\r\n\r\n" + text_of("version-1.0"),), "close"),
        "/chunked": Answer((OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(text["chunk"]) + b"\r\n",)),
        "/chunk-extensions": Answer(
            (OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(text["ext"], b';a=b;c="d"') + b"\r\n",)
        ),
        "/trailers": Answer(
            (
                OK
                + b"Transfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n"
                + chunked(text["trail"])
                + b"X-T: v\r\nY: z\r\n\r\n",
            )
        ),
        "/chunk-case": Answer((OK + b"Transfer-Encoding: Chunked\r\n\r\n0000A\r\n0123456789\r\n0\r\n\r\n",)),
        "/gzip": coded(b"gzip", gzip.compress(text["gz"], mtime=0)),
        "/br": coded(b"br", brotli.compress(text["br"])),
        "/zstd": coded(b"zstd", zstandard.compress(text["zst"])),
        "/deflate": coded(b"deflate", zlib.compress(text["defl"])),
        "/gzip-chunked": Answer(
            (
                OK
                + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
                + chunked(gzip.compress(text_of("gzip-chunked"), mtime=0))
                + b"\r\n",
            )
        ),
        "/close-delimited": Answer((OK + b"Connection: close\r\n\r\n" + text["close"],), "close"),
        "/empty": body(b""),
        "/204": Answer((b"HTTP/1.1 204 No Content\r\nX: y\r\n\r\n",)),
        "/304": Answer((b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n',)),
        "/404": body(text_of("404"), b"HTTP/1.1 404 Nix\r\n"),
        "/410": body(text_of("410"), b"HTTP/1.1 410 Gone\r\n"),
        "/100-continue": body(text_of("100-continue"), b"HTTP/1.1 100 Continue\r\nX: 1\r\n\r\n" + OK),
        "/103-hints": body(
            text_of("103-hints"), b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + OK
        ),
        "/pieces": Answer(tuple(bytes([byte]) for byte in OK + b"Content-Length: 3\r\n\r\n1\r\n"), pause=0.001),
        "/slow-body": Answer((OK + b"Content-Length: 20\r\n\r\n", b"0123456789", b"9876543210"), pause=0.02),
        "/binary": body(bytes(range(256)) * 512),
        "/large": body(b"0123456789abcdef" * (3 << 16)),
        "/query?a=b&c=%20d": body(text_of("query")),
        "/extra-after-end": Answer((OK + b"Content-Length: 2\r\n\r\nokSURPLUS",), "close"),
        "/no-length-reset": Answer((OK + b"\r\n" + text_of("no-length-reset"),), "close"),
    }
    return found


SURPLUS = {"/extra-after-end": len(b"SURPLUS")}
"""Bytes sent after the end of the response, which belong to no exchange."""


def requests_for(server: WireServer) -> list[Request]:
    found = [Request(server.url(target)) for target in cases()]
    found.append(Request(server.url("/plain?head"), method="HEAD"))
    found.append(Request(server.url("/post"), method="POST", body=b"a=b&c=\xff", headers={"X-Odd-CASE": "v w"}))
    return found


def differences(crawled: Crawled, server: WireServer) -> list[str]:
    """Return the exchanges that only the archive or only the server's log has."""
    logged: Counter[Any] = Counter()
    for exchanged in server.exchanges:
        sent = bytes(exchanged.response)
        surplus = SURPLUS.get(exchanged.target, 0)
        logged[(exchanged.request, sent[: len(sent) - surplus])] += 1
    archived = Counter((request.block, response.block) for request, response in exchanges(crawled.folder))
    return [f"archive {pair!r}" for pair in archived - logged] + [f"server {pair!r}" for pair in logged - archived]


@pytest.mark.parametrize("concurrency", [1, 16])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_records_have_the_bytes_of_the_wire(
    foreign: Callable[..., Crawled], authority: Authority, scheme: str, concurrency: int
) -> None:
    answers = {**cases(), "/plain?head": Answer((OK + b"Content-Length: 500\r\n\r\n",)), "/post": body(text_of("post"))}
    tls: ssl.SSLContext | None = authority.context("127.0.0.1") if scheme == "https" else None
    with WireServer(answers, tls) as server:
        crawled = foreign(
            requests_for(server),
            CONCURRENT_REQUESTS=concurrency,
            CONCURRENT_REQUESTS_PER_DOMAIN=concurrency,
            HTTPERROR_ALLOW_ALL=True,
            RETRY_ENABLED=False,
            DOWNLOAD_CA_FILE=str(authority.ca_file),
            DOWNLOAD_VERIFY_CERTIFICATES=True,
        )
    assert crawled.failures == {}
    assert len(crawled.responses) == len(answers)
    assert differences(crawled, server) == []
    assert {record["WARC-Truncated"] for pair in exchanges(crawled.folder) for record in pair} == {None}
    for asked, meta in crawled.metas.items():
        assert meta["capture"].url == asked
        assert meta["capture"].status == crawled.responses[asked].status


def test_records_have_the_facts_of_tls(foreign: Callable[..., Crawled], authority: Authority) -> None:
    with WireServer({"/a": body(b"aa"), "/b": body(b"bb")}, authority.context("127.0.0.1")) as server:
        crawled = foreign([server.url("/a"), server.url("/b")], DOWNLOAD_CA_FILE=str(authority.ca_file))
    for pair in exchanges(crawled.folder):
        for record in pair:
            assert record["WARC-IP-Address"] == "127.0.0.1"
            assert [value for name, value in record.fields if name == "WARC-Protocol"] == ["http/1.1", "tls/1.3"]
            assert record["WARC-Cipher-Suite"] in ("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256")


CUT: dict[str, tuple[Answer, str, dict[str, Any]]] = {
    "short-body": (Answer((OK + b"Content-Length: 10\r\n\r\nabc",), "close"), "disconnect", {}),
    "short-chunk": (Answer((OK + b"Transfer-Encoding: chunked\r\n\r\n9\r\nabc",), "close"), "disconnect", {}),
    "no-last-chunk": (Answer((OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",), "close"), "disconnect", {}),
    "head-only-half": (Answer((b"HTTP/1.1 200 OK\r\nConte",), "close"), "disconnect", {}),
    "interim-only": (Answer((b"HTTP/1.1 100 Continue\r\n\r\n",), "close"), "disconnect", {}),
    "reset": (Answer((OK + b"Content-Length: 10\r\n\r\nabc", b""), "reset", pause=0.1), "disconnect", {}),
    "reset-without-length": (Answer((OK + b"\r\nabcdef", b""), "reset", pause=0.1), "disconnect", {}),
    "drip": (Answer((OK + b"Content-Length: 10\r\n\r\nabc",), "hang"), "time", {"DOWNLOAD_TIMEOUT": 0.3}),
    "slow-head": (Answer((b"HTTP/1.1 200 OK\r\nA: b",), "hang"), "time", {"DOWNLOAD_TIMEOUT": 0.3}),
    "endless": (Answer((OK + b"\r\n",), endless=b"x" * 4096), "length", {"DOWNLOAD_MAXSIZE": 20000}),
    "endless-chunk-extension": (
        Answer((OK + b"Transfer-Encoding: chunked\r\n\r\n",), endless=b"1;" + b"e" * 900 + b"\r\nx\r\n"),
        "length",
        {"DOWNLOAD_MAXSIZE": 20000},
    ),
    "announced-too-large": (
        Answer((OK + b"Content-Length: 30000\r\n\r\n" + b"y" * 100,), "hang"), "length", {"DOWNLOAD_MAXSIZE": 20000}
    ),
    "endless-headers": (Answer((OK,), endless=b"X-Header: " + b"h" * 200 + b"\r\n"), "length", {}),
    "endless-header-line": (Answer((OK + b"X: ",), endless=b"h" * 1000), "length", {}),
    "endless-interim": (Answer((b"",), endless=b"HTTP/1.1 102 Processing\r\n\r\n"), "length", {}),
}  # fmt: skip


@pytest.mark.parametrize("name", CUT)
def test_W6_a_cut_response_is_archived_with_the_reason(foreign: Callable[..., Crawled], name: str) -> None:
    answer, reason, settings = CUT[name]
    with WireServer({"/": answer}) as server:
        crawled = foreign([server.url("/")], RETRY_ENABLED=False, **settings)
        sent = bytes(server.exchanges[0].response)
    assert list(crawled.failures) == [server.url("/")]
    [(request, response)] = exchanges(crawled.folder)
    assert request.block == server.exchanges[0].request
    assert response["WARC-Truncated"] == reason
    assert sent.startswith(response.block)
    assert len(response.block) <= 20000 + 65536
    if reason == "disconnect":
        assert response.block == sent
    assert crawled.metas[server.url("/")]["capture"].truncated == reason


def test_W6_a_cut_body_that_the_spider_accepts_is_marked(foreign: Callable[..., Crawled]) -> None:
    with WireServer({"/": CUT["short-body"][0]}) as server:
        crawled = foreign([server.url("/")], RETRY_ENABLED=False, DOWNLOAD_FAIL_ON_DATALOSS=False)
    assert crawled.responses[server.url("/")].body == b"abc"
    [(_, response)] = exchanges(crawled.folder)
    assert response["WARC-Truncated"] == "disconnect"


UNREADABLE = {
    # target: a head that does not say where the response ends
    "/length": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n",
    "/status": b"HTTP/1.1 2x0 OK\r\n",
    "/coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n",
}


@pytest.mark.parametrize("target", UNREADABLE)
def test_W6_a_response_that_is_not_http_is_archived_whole(foreign: Callable[..., Crawled], target: str) -> None:
    with WireServer({target: body(b"all of it", UNREADABLE[target])}) as server:
        crawled = foreign([server.url(target)], RETRY_ENABLED=False)
    assert list(crawled.failures) == [server.url(target)]
    [(_, response)] = exchanges(crawled.folder)
    assert response.block == bytes(server.exchanges[0].response) and response["WARC-Truncated"] == "unspecified"


def test_a_retry_on_a_stale_connection_is_an_exchange_of_its_own(foreign: Callable[..., Crawled]) -> None:
    seen: list[str] = []

    def answer(target: str, request: bytes) -> Answer:
        seen.append(target)
        if seen.count("/second") == 1 and target == "/second":
            return Answer((b"",), "close")  # the server closes the kept connection
        return body(target.encode())

    with WireServer(answer) as server:
        crawled = foreign(
            [server.url("/first"), server.url("/second")], CONCURRENT_REQUESTS_PER_DOMAIN=1, RETRY_ENABLED=False
        )
    assert crawled.failures == {}
    assert seen == ["/first", "/second", "/second"]
    assert [request.url for request, _ in exchanges(crawled.folder)] == [server.url("/first"), server.url("/second")]
    assert crawled.stats["capture/unanswered"] == 1


def test_hundred_megabytes_stream_to_the_disk(foreign: Callable[..., Crawled]) -> None:
    piece = bytes(range(256)) * 256
    pieces = (OK + b"Content-Length: %d\r\n\r\n" % (len(piece) * 1600), *[piece] * 1600)
    with WireServer({"/": Answer(pieces)}) as server:
        crawled = foreign([server.url("/")], DOWNLOAD_MAXSIZE=200 << 20, DOWNLOAD_WARNSIZE=0)
        [(_, response)] = exchanges(crawled.folder)
        assert response.block == bytes(server.exchanges[0].response)
