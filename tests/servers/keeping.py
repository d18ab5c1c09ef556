"""A data folder that holds given captures, in a sealed WARC file, the index and the catalogue, without any post."""

from __future__ import annotations

import io
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from archive import ArchiveWriter, Capture, Exchange
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout

AT = datetime(2026, 3, 6, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Kept:
    """A capture to be made."""

    url: str
    body: bytes
    content_type: str = "text/html; charset=utf-8"
    at: datetime = AT
    status: str = "200 OK"
    fields: str = ""
    """Further fields of the head, each with its CRLF."""

    @property
    def exchange(self) -> Exchange:
        parts = urlsplit(self.url)
        path = parts.path + ("?" + parts.query if parts.query else "")
        kind = f"Content-Type: {self.content_type}\r\n" if self.content_type else ""
        head = f"HTTP/1.1 {self.status}\r\n{kind}{self.fields}Content-Length: {len(self.body)}\r\n\r\n"
        return Exchange(
            method="GET",
            url=self.url,
            request=f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode(),
            response=io.BytesIO(head.encode("latin-1") + self.body),
            started_at=self.at,
        )


def keep(folder: Path, captures: Iterable[Kept], *, seal: bool = True) -> list[Capture]:
    """Write captures, and a configuration beside them. Without `seal` their run seems to go on."""
    (folder / "warcpress.toml").write_text(
        '[[source]]\nname = "herald"\nfeeds = ["http://herald.test/feed"]\n', "utf-8"
    )
    layout = Layout(folder / "data")
    layout.prepare()
    writer = ArchiveWriter(layout.root)
    for capture in captures:
        writer.write(capture.exchange)
    written = list(writer.commit())
    with closing(Catalogue(layout.catalogue)) as catalogue:
        catalogue.store(written)
    if seal:
        writer.close()
    return written
