"""A data folder with articles in it, made in the test process without a server: records, rows and post files."""

from __future__ import annotations

import io
import sqlite3
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from pages import PNG, article

from archive import ArchiveWriter, Exchange, Ledger, Reader, Signer
from crawler.extractors import extract
from crawler.from_warc.check_posts import PostsCheck
from crawler.from_warc.publish import Publisher
from crawler.from_warc.rebuild import rebuild
from crawler.from_warc.warcinfo import source_fields
from crawler.items import Page, Source
from crawler.posts.conversion import Conversion, text_of, version_of
from crawler.posts.states import Change, state_of
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.stored_version import State, StoredImage, Version

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
LAG = timedelta(seconds=30)
"""Time between the capture of a page and its conversion."""
BRIDGE = "http://herald.test/a/bridge.html"
DAM = "http://herald.test/a/dam.html"
PICTURE = "http://herald.test/i/bridge.png"
WORDS = "The council voted on Tuesday to repair the old bridge over the river before the winter floods arrive again. "
LONG = [WORDS * 3, "Engineers had warned for years that its piers were cracked. " * 4, WORDS * 2]
SHORT = [*LONG[:2], "The work will cost four million."]


def opened(layout: Layout) -> AbstractContextManager[Catalogue]:
    """The catalogue of a data folder, until the end of the block."""
    return closing(Catalogue(layout.catalogue))


def of_schema(path: Path, version: int) -> None:
    """Make a catalogue one of an earlier schema, 2 or 3: they lack the indexes for feeds, and all counts."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        feeds = ("versions_arrived", "versions_arrived_of", "states_told")
        for name in (*feeds, "images_by_capture", "states_by_capture", "versions_by_file", "states_by_file"):
            database.execute(f"DROP INDEX {name}")
        database.execute("DROP TABLE counts")
        database.execute("ALTER TABLE files DROP COLUMN captures")
        database.execute(f"PRAGMA user_version = {version}")


class Holding:
    """One data folder of one source."""

    def __init__(self, root: Path, signer: Signer | None = None) -> None:
        self.layout, self._signer = Layout(root), signer
        self.layout.prepare()
        self.source = Source(name="herald", timezone="Europe/Berlin")
        self._numbers: dict[str, int] = {}
        self._ids = count(1)

    def catalogue(self) -> AbstractContextManager[Catalogue]:
        return opened(self.layout)

    def rows(self) -> list[tuple[str, tuple[object, ...]]]:
        with self.catalogue() as catalogue:
            return list(catalogue.rows())

    def run(
        self, articles: dict[str, list[str]], at: datetime = NOON, *, publish: bool = True, rows: bool = True
    ) -> list[Version]:
        """Write one sealed WARC file: each article's page, captured `at`, with a picture, and its version.

        `publish`: write the post files. `rows`: fill the catalogue; if false, nothing is published either.
        """
        writer = ArchiveWriter(
            self.layout.root,
            warcinfo=source_fields([self.source]),
            clock=lambda: at + LAG,
            new_id=lambda: f"<urn:uuid:00000000-0000-4000-8000-{next(self._ids):012d}>",
            signer=self._signer,
        )
        written = [self._write(writer, url, paragraphs, at) for url, paragraphs in articles.items()]
        captures = writer.commit()
        if rows:
            with self.catalogue() as catalogue:
                catalogue.store(captures, [version for version, _ in written])
                if publish:
                    with closing(Publisher(self.layout, catalogue)) as publisher:
                        publisher.publish(written)
        writer.close()
        if rows:
            with self.catalogue() as catalogue:
                catalogue.counted.update(one.file for one in captures)
                catalogue.knows(Reader(self.layout.root).files())
        return [version for version, _ in written]

    def _write(self, writer: ArchiveWriter, url: str, paragraphs: list[str], at: datetime) -> tuple[Version, str]:
        title = url.rpartition("/")[2].removesuffix(".html").capitalize()
        body = article(title, paragraphs, images=("/i/bridge.png",)).encode()
        page = writer.write(exchange(url, body, "text/html; charset=utf-8", at))
        picture = writer.write(exchange(PICTURE, PNG, "image/png", at))
        post = extract(Page(url, body, [("Content-Type", "text/html; charset=utf-8")], page.date), self.source)
        number = self._numbers[url] = self._numbers.get(url, 0) + 1
        conversion = Conversion(
            path=f"herald/2026/03/05-{title.lower()}.md",
            number=number,
            canonical_url=url,
            source=self.source.name,
            section="",
            hint=None,
            dated=None,
            published=post.published,
            updated=post.updated,
            extractor=post.extractor,
            pages=(page.record_id,),
            images=(StoredImage(PICTURE, picture.record_id, picture.payload_digest, "aa/bb/bridge.png"),),
            local=True,
            extra=(),
        )
        text = text_of(post, conversion, page.payload_digest)
        record = writer.write_conversion(page, text.encode(), "text/markdown; charset=utf-8", conversion.fields())
        return version_of(conversion, record, text, page.date), text

    def look(self, change: Change, at: datetime, *, rows: bool = True) -> State:
        """Write one sealed WARC file: a look at an article that found it in another state, and its row.

        `rows`: fill the catalogue; if false, the run died before it.
        """
        body = b"nothing here"
        writer = ArchiveWriter(self.layout.root, clock=lambda: at + LAG)
        capture = writer.write(exchange(change.canonical_url, body, "text/html", at, "404 Not Found"))
        state = state_of(change, writer.write_metadata(capture, change.fields()), capture.record_id)
        captures = writer.commit()
        writer.close()
        if not rows:
            return state
        with self.catalogue() as catalogue:
            catalogue.store(captures, [], [state])
            catalogue.counted.update(one.file for one in captures)
            catalogue.knows(Reader(self.layout.root).files())
        return state

    def posts(self) -> dict[str, str]:
        """Path below the posts folder → text."""
        found = sorted(self.layout.posts.rglob("*.md"))
        return {path.relative_to(self.layout.posts).as_posix(): path.read_text("utf-8") for path in found}


def exchange(url: str, body: bytes, content_type: str, at: datetime, status: str = "200 OK") -> Exchange:
    """Make a GET request with its response."""
    path = url.partition("herald.test")[2]
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return Exchange(
        method="GET",
        url=url,
        request=f"GET {path} HTTP/1.1\r\nHost: herald.test\r\n\r\n".encode(),
        response=io.BytesIO(head.encode() + body),
        started_at=at,
    )


def as_read(version: Version) -> Version:
    """Return the version as read from the archive alone."""
    return replace(version, shown=False)


def findings(holding: Holding) -> list[str]:
    with holding.catalogue() as catalogue:
        return [found.message for found in PostsCheck(holding.layout, catalogue)(holding.layout.root, Ledger())]


def assert_provable(holding: Holding) -> None:
    """Everything follows from the WARC files: the audit finds nothing, a rebuild gives the same."""
    assert findings(holding) == []
    rows, posts = holding.rows(), holding.posts()
    holding.layout.catalogue.unlink()
    assert rebuild(holding.layout).changed == []
    assert holding.rows() == rows and holding.posts() == posts
