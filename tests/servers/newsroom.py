"""A small news site on raw sockets, http and https, whose responses vary on the wire as those of real sites do.

It has chunks, compression, trailers, interim responses, bodies that end with their connection, redirects, conditional
requests, errors and shared pictures. `with Newsroom(authority, count) as room:`; `room.exchanges` has every byte that
its sockets received and sent.
"""

from __future__ import annotations

import gzip
import threading
from typing import Self

from certificates import Authority
from pages import PNG, article, feed
from wire_server import Answer, Exchanged, WireServer, body

TEXT = "The orchard lost a third of its trees to frost, and the growers expect a poor harvest this autumn. " * 3
HTML = b"Content-Type: text/html; charset=utf-8\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
KINDS = ("plain", "chunked", "gzip", "moved", "closed", "early", "folded", "trailers")


class Newsroom:
    """`count` articles: those with even numbers at http://farm.test, the others at https://farm.test."""

    def __init__(self, authority: Authority, count: int, wait: float = 0.0) -> None:
        self.authority, self.count, self.wait = authority, count, wait
        self._plain = WireServer(self.answer)
        self._tls = WireServer(self.answer, authority.context("farm.test"))
        self._counting = threading.Lock()
        self._until_hold = 0
        self.holds = False

    def __enter__(self) -> Self:
        self._plain.__enter__()
        self._tls.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._plain.__exit__()
        self._tls.__exit__()

    @property
    def exchanges(self) -> list[Exchanged]:
        return self._plain.exchanges + self._tls.exchanges

    @property
    def asked(self) -> int:
        """Number of requests so far."""
        return len(self._plain.exchanges) + len(self._tls.exchanges)

    def hold(self, number: int) -> None:
        """Stop in the middle of the answer to the `number`th request from now; `holds` is then true."""
        with self._counting:
            self._until_hold, self.holds = number, False

    def configuration(self, crawl: str = "", archive: str = "") -> str:
        """Return a warcpress.toml that reads the whole site."""
        return f"""[crawl]
allow_private = ["127.0.0.0/8"]
delay = 0
concurrency = 4
resolve = {{ "*:80" = "127.0.0.1:{self._plain.port}", "*:443" = "127.0.0.1:{self._tls.port}" }}
ca_file = "{self.authority.ca_file}"
{crawl}
[posts]
images = "local"
[archive]
{archive}
[limits]
retries = 0
[[source]]
name = "farm"
feeds = ["http://farm.test/feed", "https://farm.test/feed"]
"""

    def answer(self, target: str, request: bytes) -> Answer:
        """Return the answer to a request, with `wait` seconds between its pieces."""
        answer = self._plain_answer(target, request)
        if self._is_held():
            return Answer((answer.pieces[0][: len(answer.pieces[0]) // 2],), "hang")
        return Answer(answer.pieces, answer.then, self.wait)

    def _is_held(self) -> bool:
        """Count a request; tell whether it is the one to stop at. Those of several connections come at once."""
        with self._counting:
            self._until_hold -= 1
            is_held = self._until_hold == 0
            self.holds = self.holds or is_held
            return is_held

    def _plain_answer(self, target: str, request: bytes) -> Answer:
        name = target.strip("/").partition("/")[2]
        if target == "/feed":
            return self._feed(request)
        if target == "/robots.txt":
            return body(b"User-agent: *\nDisallow: /private/\n", OK + b"content-type:text/plain\r\n")
        if target.startswith("/a/") and name.isdecimal():
            return self._article(int(name))
        if target.startswith("/new/"):
            return body(self._page(int(name)), OK + HTML)
        if target.startswith("/i/") and name != "none.png":
            return body(PNG + name.encode(), OK + b"Content-Type: image/png\r\nX-Odd:  two  spaces \r\n")
        return body(b"not here", b"HTTP/1.1 404 Nix da\r\nContent-Type: text/plain\r\n")

    def _feed(self, request: bytes) -> Answer:
        tag = b'ETag: "%d"\r\n' % self.count
        if b"If-None-" + tag.replace(b"ETag", b"Match") in request:
            return Answer((b"HTTP/1.1 304 Not Modified\r\n" + tag + b"\r\n",))
        links = [f"{'https' if n % 2 else 'http'}://farm.test/a/{n}" for n in range(self.count)]
        packed = gzip.compress(feed(*links, "http://farm.test/a/gone").encode(), mtime=0)
        head = OK + tag + b"Content-Type: application/rss+xml\r\nContent-Encoding: gzip\r\n"
        return Answer((head + b"Transfer-Encoding: chunked\r\n\r\n", *_chunks(packed, 400), b"0\r\n\r\n"))

    def _article(self, number: int) -> Answer:
        page, kind = self._page(number), KINDS[number % len(KINDS)]
        half = len(page) // 2
        if kind == "chunked":
            return Answer((OK + HTML + b"Transfer-Encoding: chunked\r\n\r\n", *_chunks(page, half), b"0\r\n\r\n"))
        if kind == "trailers":
            pieces = _chunks(page, half, b';ext="a b"')
            return Answer((OK + HTML + b"Transfer-Encoding: chunked\r\n\r\n", *pieces, b"0\r\nX-Sum: 1\r\n\r\n"))
        if kind == "gzip":
            return body(gzip.compress(page, mtime=0), OK + HTML + b"Content-Encoding: gzip\r\n")
        if kind == "moved":
            return body(b"", b"HTTP/1.1 301 \r\nLocation: /new/%d\r\n" % number)
        if kind == "closed":
            return Answer((OK + HTML + b"Connection: close\r\n\r\n" + page[:half], page[half:]), "close")
        if kind == "early":
            return body(page, b"HTTP/1.1 103 Early Hints\r\nLink: </i/0.png>\r\n\r\n" + OK + HTML)
        if kind == "folded":
            return body(page, OK + HTML + b"x-FOLD: one\r\n two\r\nX-Name: caf\xe9\r\nX-Name: caf\xe9\r\n")
        whole = OK + HTML + b"Content-Length: %d\r\n\r\n" % len(page)
        return Answer((whole + page[:half], page[half:]))

    def _page(self, number: int) -> bytes:
        pictures = (f"/i/{number}.png", f"/i/{number % 3}.png", "/i/none.png")
        texts = [f"Report {number}. {TEXT}", TEXT, TEXT]
        return article(f"Orchard report number {number}", texts, images=pictures).encode()


def _chunks(text: bytes, size: int, extension: bytes = b"") -> list[bytes]:
    pieces = [text[place : place + size] for place in range(0, len(text), size)]
    return [b"%x%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in pieces]
