"""Responses that servers frame or spell oddly are read as browsers read them, and archived as they came."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from crawling import Crawled
from stored import exchanges
from wire_server import Answer, WireServer

from crawler.fetching.failures import classify
from crawler.spiders.gathering import page_of, validators_of

OK = b"HTTP/1.1 200 OK\r\n"
TEXT = b"<p>the whole text</p>"
LENGTH = b"Content-Length: %d\r\n" % len(TEXT)
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(TEXT), TEXT)
HEADS: dict[str, tuple[bytes, bytes, str]] = {
    # name: head without its last empty line (and ETag, where it has none), body, what follows
    "space before the colon": (OK + b"ETag : \"x\"\r\nContent-Length : %d\r\n" % len(TEXT), TEXT, "keep"),
    "tab before the colon": (OK + b"ETag\t:\"x\"\r\nTransfer-Encoding\t: chunked\r\n", CHUNKED, "keep"),
    "names that are no names": (OK + b"Foo Bar: 1\r\n: 2\r\n\xe9t\xe9: 3\r\n(x): 4\r\n" + LENGTH, TEXT, "keep"),
    "a line without a colon": (OK + b"nonsense\r\n" + LENGTH, TEXT, "keep"),
    "a folded line": (OK + b"X: a\r\n  b\r\n\tc\r\nETag:\r\n \"x\"\r\n" + LENGTH, TEXT, "keep"),
    "a folded first line": (OK + b"  folded: of nothing\r\n" + LENGTH, TEXT, "keep"),
    "bytes above ASCII": (OK + b"X-Title: caf\xe9 \xe4\xb8\xad\r\n" + LENGTH, TEXT, "keep"),
    "lone line feeds": (b"HTTP/1.1 200 OK\nETag: \"x\"\nContent-Length: %d\n" % len(TEXT), TEXT, "keep"),
    "TE: identity": (OK + b"TE: identity\r\n" + LENGTH, TEXT, "keep"),
    "identity and a length": (OK + b"Transfer-Encoding: identity\r\n" + LENGTH, TEXT, "keep"),
    "Identity without a length": (OK + b"transfer-encoding: Identity\r\n", TEXT, "close"),
    "empty transfer coding": (OK + b"Transfer-Encoding:\r\n" + LENGTH, TEXT, "keep"),
    "identity, chunked": (OK + b"Transfer-Encoding: identity, chunked\r\n", CHUNKED, "keep"),
    "identity and chunked": (OK + b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", CHUNKED, "keep"),
    "chunked twice": (OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: Chunked\r\n", CHUNKED, "keep"),
    "chunked with a parameter": (OK + b"Transfer-Encoding: chunked;q=1\r\n", CHUNKED, "keep"),
    "chunked and a length": (OK + b"Content-Length: 7\r\nTransfer-Encoding: chunked\r\n", CHUNKED, "keep"),
    "chunked and two lengths": (
        OK + b"Content-Length: 7\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n", CHUNKED, "keep"
    ),
    "equal lengths": (OK + LENGTH + LENGTH, TEXT, "keep"),
    "equal lengths in one field": (OK + b"Content-Length: %d, %d\r\n" % (len(TEXT), len(TEXT)), TEXT, "keep"),
    "length with zeros": (OK + b"Content-Length: 00%d \r\n" % len(TEXT), TEXT, "keep"),
    "empty reason": (b"HTTP/1.1 200 \r\n" + LENGTH, TEXT, "keep"),
    "no reason": (b"HTTP/1.1 200\r\n" + LENGTH, TEXT, "keep"),
    "two spaces": (b"HTTP/1.1  200  OK\r\n" + LENGTH, TEXT, "keep"),
    "a tab": (b"HTTP/1.1\t200\tOK\r\n" + LENGTH, TEXT, "keep"),
    "lower case": (b"http/1.1 200 ok\r\n" + LENGTH, TEXT, "keep"),
    "no minor version": (b"HTTP/1 200 OK\r\n" + LENGTH, TEXT, "keep"),
    "HTTP/2 in clear": (b"HTTP/2 200\r\n" + LENGTH, TEXT, "keep"),
    "ICY": (b"ICY 200 OK\r\n" + LENGTH, TEXT, "keep"),
    "NCSA": (b"HTTP 200 Document follows\r\n" + LENGTH, TEXT, "keep"),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\n", TEXT, "close"),
    "HTTP/1.0 chunked": (b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n", CHUNKED, "close"),
    "interim responses": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink : </a>; rel=preload\r\n\r\nHTTP/1.1 102\r\n\r\n"
        + OK + LENGTH, TEXT, "keep"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HEADS)
def test_a_response_is_read_as_browsers_read_it(ours: Callable[..., Crawled], name: str) -> None:
    head, body, then = HEADS[name]
    if b"ETag" not in head:
        head += b'ETag: "x"\r\n'
    with WireServer({"/": Answer((head + b"\r\n" + body,), then)}) as server:
        url = server.url("/")
        crawled = ours([url], [server])
        sent = bytes(server.exchanges[0].response)
    assert crawled.failures == {}
    page = page_of(crawled.responses[url])
    assert (page.body, page.status) == (TEXT, 200)
    assert validators_of(crawled.responses[url]).etag == '"x"'
    [(_, response)] = exchanges(crawled.folder)
    assert response.block == sent and response["WARC-Truncated"] is None


REFUSED = {
    "different lengths": (OK + b"Content-Length: 3\r\nContent-Length: 21\r\n", "conflicting Content-Length"),
    "different lengths in one field": (OK + b"Content-Length: 3, 21\r\n", "conflicting Content-Length"),
    "a length that is no number": (OK + b"Content-Length: many\r\n", "many"),
    "a negative length": (OK + b"Content-Length: -1\r\n", "-1"),
    "an unknown transfer coding": (OK + b"Transfer-Encoding: gzip\r\n", "its Transfer-Encoding is not chunked"),
    "a status that is no number": (b"HTTP/1.1 2x0 OK\r\n", "2x0"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_response_whose_end_is_not_certain_is_refused_with_its_reason(
    ours: Callable[..., Crawled], name: str
) -> None:
    head, reason = REFUSED[name]
    with WireServer({"/": Answer((head + b"\r\n" + TEXT,), "close")}) as server:
        url = server.url("/")
        crawled = ours([url], [server])
        sent = bytes(server.exchanges[0].response)
    failure = classify(crawled.failures[url])
    assert failure.cls == "bad-response" and failure.message.startswith(f"{url}: ") and reason in failure.message
    [(_, response)] = exchanges(crawled.folder)
    assert response.block == sent
