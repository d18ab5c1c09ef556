"""Serve the embedded news site on a free port of loopback: `with DemoSite() as site:` … `site.url`.

Like real servers it does gzip, ETag and Last-Modified with 304, HEAD and keep-alive.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import UTC
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from crawler.demo.newspaper import Newspaper, Resource

HOST = "www.harbourpost.example"
"""The site's name in the demonstration (RFC 2606); the setting `resolve` leads it to loopback."""
COMPRESSED = ("text/", "application/xml", "application/rss+xml")


class DemoSite(AbstractContextManager["DemoSite"]):
    """The server; it runs from `__enter__` to `__exit__`, in its own thread."""

    def __init__(self) -> None:
        self.newspaper = Newspaper()
        self.requests: list[tuple[str, str, int]] = []
        """Method, path and status of every answer, in order."""
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.site = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def address(self) -> str:
        """`127.0.0.1:PORT`."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`, without a slash at its end."""
        return f"http://{self.address}"

    def publish_edit(self) -> str:
        """Correct the article about the ferry (headline, a number, a note); return its path."""
        self.newspaper.edited = True
        return next(story.path for story in self.newspaper.stories if story.text == "night-ferry-returns")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: DemoSite


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "HarbourPost/1.0", ""
    timeout = 30
    server: _Server

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        origin = f"http://{self.headers.get('Host', self.server.site.address)}"
        resource = self.server.site.newspaper.answer(path, origin)
        headers = _headers(resource)
        status = resource.status
        body = resource.body
        if status == 200 and _unchanged(
            self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since"), resource
        ):
            status, body = 304, b""
        elif body and resource.media_type.startswith(COMPRESSED) and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, mtime=0)
            headers.append(("Content-Encoding", "gzip"))
        self.server.site.requests.append((self.command, path, status))
        self._send(status, headers, body)

    do_HEAD = do_GET

    def _send(self, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: `DemoSite.requests` has every request."""


def _etag(resource: Resource) -> str:
    return f'"{hashlib.sha256(resource.body).hexdigest()[:16]}"'


def _headers(resource: Resource) -> list[tuple[str, str]]:
    headers = [("Content-Type", resource.media_type)]
    if resource.media_type.startswith(COMPRESSED):
        headers.append(("Vary", "Accept-Encoding"))
    if resource.etag:
        headers.append(("ETag", _etag(resource)))
    if resource.modified:
        headers.append(("Last-Modified", format_datetime(resource.modified.astimezone(UTC), usegmt=True)))
    if resource.location:
        headers.append(("Location", resource.location))
    return headers


def _unchanged(if_none_match: str | None, if_modified_since: str | None, resource: Resource) -> bool:
    """Whether to answer 304; an If-None-Match in the request overrides If-Modified-Since (RFC 9110, 13.2.2)."""
    if if_none_match is not None:
        known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
        return resource.etag and _etag(resource) in known
    if if_modified_since is None or resource.modified is None:
        return False
    try:
        since = parsedate_to_datetime(if_modified_since)
    except ValueError:
        return False
    return since.tzinfo is not None and resource.modified <= since
