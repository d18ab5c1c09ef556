"""Stored pages that no post is made from go in; the articles among them that a run of today would store come out.

Release 0.2.0 took pages with one canonical link for one article: it made a post of one, and kept the captures of all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace

from archive import (
    EMPTY_PAYLOAD,
    ArchiveError,
    ArchiveWriter,
    Capture,
    Index,
    Line,
    StoredRecord,
    is_imported,
)
from crawler.config import SINGLE, Config, choose
from crawler.errors import ExtractionError, PartsNeeded
from crawler.fleet.moves import earlier_folders
from crawler.fleet.shards import foreign_sources
from crawler.from_warc.derive import MEMORY_BYTES, SECONDS, Derivation
from crawler.from_warc.rerender import Kept, Rerender, Settings
from crawler.from_warc.stored import StoredArticles
from crawler.items import Page, Post, Source
from crawler.posts import acceptance
from crawler.posts.arrival import Arrival, Earlier
from crawler.posts.conversion import CONTENT_TYPE, Conversion, version_of
from crawler.posts.media import image_urls
from crawler.posts.versions import Decision, NewVersion, ToExtract, Unchanged, decide
from crawler.sandbox.pool import Workers
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.stored_version import Version
from crawler.urls.allowed import allowed
from crawler.urls.canonical import canonicalise

_HTML = (b'"mime": "text/html"', b'"mime": "application/xhtml+xml"')
"""In lines of the index."""


@dataclass(frozen=True)
class Found:
    """A version to write, made from a capture that no version was made from."""

    capture: Capture
    conversion: Conversion
    text: str

    def written(self, writer: ArchiveWriter) -> tuple[Version, str]:
        """Write the version, not yet durable; return it with its text."""
        record = writer.write_conversion(self.capture, self.text.encode(), CONTENT_TYPE, self.conversion.fields())
        return version_of(self.conversion, record, self.text, self.capture.date), self.text


@dataclass(frozen=True)
class Import:
    """Which articles an import makes posts of."""

    files: frozenset[str]
    """WARC files with their captures."""
    source: Source | None
    """Only of what it allows, as its posts; None = all, each as a post of the source that allows it, else `single`."""


@dataclass(frozen=True)
class _Extracted:
    page: Page
    post: Post
    captures: tuple[Capture, ...]
    """Of the page and its parts."""
    digest: str


class LostArticles:
    """Find the articles that are in the archive and have no post."""

    def __init__(
        self, config: Config, layout: Layout, catalogue: Catalogue, settings: Settings, rerender: Rerender
    ) -> None:
        self._config, self._catalogue, self._settings, self._rerender = config, catalogue, settings, rerender
        self._import: Import | None = None
        self._index = Index(layout.root)
        self._reader = layout.reader()
        self._derivation = Derivation(self._reader)
        self._layout, self._stored = layout, StoredArticles(layout, catalogue, settings.sources)
        self._made: set[str] = set()
        """Canonical URLs of the articles that were found."""
        self._parts: set[str] = set()
        """Record ids of the further pages of these articles."""

    def find(self, names: set[str], imported: Import | None = None) -> Iterator[Found | Kept]:
        """Yield each article, in the order of capture, as a run would store it; Kept for a capture that is damaged.

        `names`: of sources; empty = all. A later capture of a stored article gives nothing: it could be older than the
        newest version. With `imported`, one that is newer gives a version. ExtractionBroken when extraction can't
        start.
        """
        self._import = imported
        with (
            Workers(1, SECONDS, MEMORY_BYTES) as workers,
            earlier_folders(self._config, self._settings.sources) as elsewhere,
        ):
            self._stored = StoredArticles(
                self._layout, self._catalogue, self._settings.sources, elsewhere, foreign_sources(self._config)
            )
            for capture in self._pages_without_post():
                if is_imported(capture.file) and self._is_by_other_method(capture):
                    continue
                source = self._source(capture.url)
                if source is None or (names and source.name not in names) or capture.record_id in self._parts:
                    continue
                try:
                    with suppress(ExtractionError):  # no article, by today's rules
                        if found := self._judge(capture, source, workers):
                            yield found
                except ArchiveError as error:
                    yield Kept(capture.url, str(error), damaged=True)
        self._reader.close()
        self.committed()

    def committed(self) -> None:
        """Forget what was found: the catalogue has it now."""
        self._stored.committed()

    def _pages_without_post(self) -> Iterator[Capture]:
        """Whole HTML pages with a body from which no version was made, the oldest first."""
        with closing(sqlite3.connect("")) as pages:  # SQLite sorts on disk what is too much for memory
            pages.execute("CREATE TABLE pages (date, file, offset, line)")
            pages.executemany("INSERT INTO pages VALUES (?, ?, ?, ?)", self._html_pages())
            for (raw,) in pages.execute("SELECT line FROM pages ORDER BY date, file, offset"):
                page = Line.parse(raw).capture
                if not self._catalogue.captures.gave_version(page.record_id, page.payload_digest):
                    yield page

    def _html_pages(self) -> Iterator[tuple[str, str, int, bytes]]:
        """Date, file, offset and line of each whole HTML page in the index, in those WARC files that are wanted."""
        files = self._import.files if self._import else None
        for raw in self._index.beginning(b"", unchanged=False):
            if not any(mime in raw for mime in _HTML):  # most lines are of others: parsing takes 20 µs (2026-11)
                continue
            page = Line.parse(raw)
            if (
                page.status in (200, 203)
                and page.mime in ("text/html", "application/xhtml+xml")
                and not page.truncated
                and (page.digest or is_imported(page.file))
                and page.digest != EMPTY_PAYLOAD
                and (files is None or page.file in files)
            ):
                yield page.date.isoformat(), page.file, page.offset, raw

    def _source(self, url: str) -> Source | None:
        """The configured source of an article's URL; None for one of its lists, and for what no source allows."""
        url = canonicalise(url)
        source = choose(self._config, url)
        if self._import is not None:
            source = self._import.source or (source if allowed(url, source) else SINGLE)
        is_wanted = source is not SINGLE or self._import is not None
        is_article = is_wanted and allowed(url, source) and url not in map(canonicalise, source.lists)
        return source if is_article else None

    def _is_by_other_method(self, capture: Capture) -> bool:
        """Whether a capture is the answer to a POST, for instance, and no page that others get under its URL."""
        place = (capture.file, capture.offset, capture.record_id)
        others = self._index.by_other_methods(capture.url, exact=True)
        return any((line.file, line.offset, line.record_id) == place for line in others)

    def _judge(self, capture: Capture, source: Source, workers: Workers) -> Found | None:
        found = self._extracted(capture, source, workers)
        acceptance.check(found.post, source, self._settings.redactor)
        known = [image for url in image_urls(found.post) if (image := self._catalogue.captures.image(url))]
        arrival = Arrival(
            asked=capture.url,
            source=source,
            page=replace(found.page, body=b"", parts=()),  # it is remembered
            post=found.post,
            images=self._rerender.images(found.post, known),
            captures=tuple(one.record_id for one in found.captures),
            digest=found.digest,
            further=tuple(one.payload_digest for one in found.captures[1:]),
        )
        decision = self._decision(arrival, workers)
        if isinstance(decision, Unchanged):
            self._stored.add_form(decision.version, arrival)
        if not isinstance(decision, NewVersion):
            return None
        conversion = decision.conversion
        if conversion.number > 1 and not self._may_follow(conversion.canonical_url, capture):
            return None
        self._made.add(conversion.canonical_url)
        self._parts.update(arrival.captures[1:])
        record = StoredRecord(f"of {capture.record_id}", "", 0, 0, capture.date)  # it gets another when it is written
        self._stored.add(version_of(conversion, record, decision.text, capture.date), arrival, decision.text)
        return Found(capture, conversion, decision.text)

    def _may_follow(self, canonical_url: str, capture: Capture) -> bool:
        """Whether a further version may be made of a capture."""
        latest = self._stored.latest(canonical_url) if self._import is not None else None
        return canonical_url in self._made or (latest is not None and latest.captured < capture.date)

    def _decision(self, arrival: Arrival, workers: Workers) -> Decision:
        followed = [source.name for source in self._config.sources]
        decision = decide(arrival, self._stored, self._settings.form, followed)
        while isinstance(decision, ToExtract):
            earlier = self._earlier(decision.version, arrival.source, workers)
            decision = decide(arrival, self._stored, self._settings.form, followed, earlier)
        return decision

    def _earlier(self, version: Version, source: Source, workers: Workers) -> Earlier:
        """Extract the stored pages of a version by today's rules."""
        try:
            page, digest = self._stored.pages(version)
            return Earlier(version.record_id, workers.extract_now(page, source), digest)
        except (ArchiveError, ExtractionError):
            return Earlier(version.record_id, None)

    def _extracted(self, capture: Capture, source: Source, workers: Workers) -> _Extracted:
        """Extract a page, with the further pages that the archive has."""
        page, digest = self._derivation.page(capture.record_id, None)
        page, captures = replace(page, complete=False), [capture]
        while True:
            try:
                return _Extracted(page, workers.extract_now(page, source), tuple(captures), digest)
            except PartsNeeded as needed:
                parts = [part for url in needed.urls if (part := self._part(url, capture)) and part not in captures]
                captures += parts
                read = tuple(self._derivation.page(part.record_id, None)[0] for part in parts)
                whole = len(parts) < len(needed.urls) or len(captures) > self._config.limits.article_parts
                page = replace(page, parts=(*page.parts, *read), complete=whole)

    def _part(self, url: str, first: Capture) -> Capture | None:
        """The capture of a further page that is nearest in time to that of the first one."""
        captures = [one for one in self._catalogue.captures.of([url]) if one.status == 200 and one.kind == "response"]
        return min(captures, key=lambda one: abs(one.date - first.date), default=None)
