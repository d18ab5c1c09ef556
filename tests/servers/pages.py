"""A web server on loopback with the pages that a test gives it, for any number of host names, http or https."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
"""A picture of one pixel."""


@dataclass
class Answer:
    """The response to requests for one path."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    """Seconds to wait before the response."""
    until: threading.Event | None = None
    """Event to wait for before the response."""


@dataclass
class Asked:
    """One request as received."""

    host: str
    path: str
    headers: dict[str, str]
    answer: Answer
    """The answer for its path."""
    status: int
    """Status that was sent: 304 where a condition held."""
    at: float = field(default_factory=time.time)
    """When it came, POSIX seconds."""
    ended: float = 0.0
    """When the answer had been sent, or the client was gone; 0 until then."""


class PageServer:
    """A server with `server["www.example.org/path"] = Answer(…)`; other paths are a 404.

    A conditional request that matches the answer's ETag gets a 304.
    """

    def __init__(self, context: ssl.SSLContext | None = None, address: str = "127.0.0.1") -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[Asked] = []
        self._server = ThreadingHTTPServer((address, 0), self._handler())
        self._server.daemon_threads = True
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]

    def __setitem__(self, url: str, answer: Answer | bytes | str) -> None:
        if isinstance(answer, str):
            answer = answer.encode()
        if isinstance(answer, bytes):
            kind = "image/png" if answer.startswith(b"\x89PNG") else "text/html; charset=utf-8"
            answer = Answer(answer, headers={"Content-Type": kind})
        self.answers[url] = answer

    def paths(self, host: str) -> list[str]:
        """List the paths requested of a host, in order."""
        return [asked.path for asked in self.asked if asked.host == host]

    def __enter__(self) -> PageServer:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answers, asked = self.answers, self.asked

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                host = self.headers.get("Host", "").partition(":")[0]
                answer = answers.get(host + self.path, Answer(b"not here", 404, {"Content-Type": "text/plain"}))
                request = Asked(host, self.path, dict(self.headers), answer, answer.status)
                asked.append(request)
                try:
                    self._answer(request, answer)
                finally:
                    request.ended = time.time()

            def _answer(self, request: Asked, answer: Answer) -> None:
                time.sleep(answer.wait)
                if answer.until is not None:
                    answer.until.wait(60)
                tag = answer.headers.get("ETag")
                if tag is not None and self.headers.get("If-None-Match") == tag:
                    request.status = 304
                    self._say(304, {"ETag": tag}, b"")
                else:
                    self._say(answer.status, answer.headers, answer.body)

            def _say(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 304:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            log_message: Callable[..., None] = lambda *_: None

        return Handler


def article(title: str, paragraphs: list[str], *, images: tuple[str, ...] = (), head: str = "") -> str:
    """A news page with navigation, an article of these paragraphs, and a sidebar."""
    body = "\n".join(f"<p>{text}</p>" for text in paragraphs)
    pictures = "\n".join(f'<p><img src="{url}" alt="picture"></p>' for url in images)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title} - The Test Herald</title>
<meta property="og:title" content="{title}"><meta property="og:site_name" content="The Test Herald">
<meta property="og:type" content="article"><meta name="author" content="Ada Lovett">
<meta property="article:published_time" content="2026-03-05T08:30:00+01:00">{head}</head>
<body><nav><a href="/">Home</a> <a href="/world">World</a> <a href="/sport">Sport</a></nav>
<main><article><h1>{title}</h1><div class="article-body">{body}
{pictures}</div></article></main>
<aside><h3>Most read</h3><ul><li><a href="/a/1">One</a></li><li><a href="/a/2">Two</a></li></ul></aside>
<footer><p>Copyright The Test Herald</p></footer></body></html>"""


def feed(*links: str, title: str = "The Test Herald") -> str:
    """An RSS feed with these articles."""
    items = "".join(
        f"<item><title>Item {n}</title><link>{link}</link><pubDate>Thu, 05 Mar 2026 07:30:00 GMT</pubDate></item>"
        for n, link in enumerate(links)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'
