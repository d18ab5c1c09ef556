"""A data folder with captures of any responses, for tests of what leads to them by URL and time."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

from archive import ArchiveWriter, Exchange
from crawler.store.data_folder import Layout


def ok(body: bytes = b"<p>page</p>", content_type: str = "text/html", status: str = "200 OK", *fields: str) -> bytes:
    """A response."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {len(body)}", *fields, "", ""]
    return "\r\n".join(lines).encode() + body


def moved(target: str, status: str = "301 Moved Permanently") -> bytes:
    """A redirect."""
    return ok(b"", "text/html", status, f"Location: {target}")


def capture(folder: Path, *several: tuple[str, datetime, bytes]) -> None:
    """Write one sealed WARC file with captures: URL, time, response."""
    (folder / "warcpress.toml").touch()
    layout = Layout(folder / "data")
    layout.prepare()
    writer = ArchiveWriter(layout.root, clock=lambda: several[0][1])
    for url, at, response in several:
        request = b"GET / HTTP/1.1\r\nHost: news.example\r\n\r\n"
        writer.write(Exchange(url=url, method="GET", started_at=at, request=request, response=io.BytesIO(response)))
    writer.close()
