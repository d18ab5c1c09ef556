"""What is stored of articles, for the decision about one that came (`crawler.posts.arrival.Stored`)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from archive import ArchiveError
from crawler.config import effective
from crawler.errors import WarcpressError
from crawler.from_warc.derive import Derivation
from crawler.from_warc.ingest import Made, made_of
from crawler.from_warc.publish import Publisher
from crawler.items import Page, Source
from crawler.posts.arrival import Arrival, Making
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.files import path_key
from crawler.store.stored_version import State, Version

logger = logging.getLogger(__name__)


class StoredArticles:
    """The stored versions: those in the catalogue, and those that are still to be written."""

    def __init__(
        self,
        layout: Layout,
        catalogue: Catalogue,
        sources: Mapping[str, Source],
        elsewhere: Iterable[tuple[Layout, Catalogue]] = (),
        foreign: Collection[str] = (),
    ) -> None:
        """`sources`: as they are configured now, by name. `elsewhere`: other folders with versions of theirs.

        `foreign`: names of sources that other shards have; what is elsewhere of these does not count here.
        """
        self._catalogue, self._archive = catalogue, Publisher(layout, catalogue)
        self._reader, self._sources = layout.reader(), sources
        self._derivation = Derivation(self._reader)
        self._versions: dict[str, Version] = {}  # by canonical URL
        self._arrivals: dict[str, Arrival] = {}  # by canonical URL
        self._forms: dict[str, str] = {}  # canonical URL, by URL of another page with the article
        self._texts: dict[str, str] = {}  # by canonical URL
        self._paths: dict[str, str] = {}  # canonical URL, by `path_key`
        self._elsewhere = [StoredArticles(other, its, sources) for other, its in elsewhere]
        self._foreign = foreign
        self._homes: dict[str, StoredArticles] = {}  # of the versions that are elsewhere, by record id

    def add(self, version: Version, arrival: Arrival, text: str) -> None:
        """Remember a version that is not in the catalogue yet, what it is made from, and its text."""
        url = version.canonical_url
        self._versions[url], self._arrivals[url], self._texts[url] = version, arrival, text
        self._paths[path_key(version.path)] = url

    def add_form(self, version: Version, arrival: Arrival) -> None:
        """Remember that a page has the article of a stored version."""
        self._forms[arrival.page.url] = version.canonical_url

    def committed(self) -> None:
        """Forget what was remembered: the catalogue has it now."""
        self._reader.close()  # the last commit comes just before the archive's writer closes
        for known in (self._versions, self._arrivals, self._forms, self._texts, self._paths, self._homes):
            known.clear()
        for other in self._elsewhere:
            other.committed()

    def latest(self, canonical_url: str) -> Version | None:
        latest = self._versions.get(canonical_url) or self._catalogue.latest(canonical_url)
        for other in self._elsewhere:
            found = other.latest(canonical_url)
            if found is None or found.source in self._foreign:
                continue
            if latest is None or (found.number, found.converted) > (latest.number, latest.converted):
                latest, self._homes[found.record_id] = found, other
        return latest

    def held(self, canonical_urls: Iterable[str]) -> Iterator[Version]:
        urls = dict.fromkeys(canonical_urls)
        known = self._known(urls) if urls else set()
        return (last for url in urls if url in self._versions or url in known if (last := self.latest(url)) is not None)

    def _known(self, urls: Iterable[str]) -> set[str]:
        return self._catalogue.known(urls).union(*(other._known(urls) for other in self._elsewhere))

    def page_of(self, version: Version) -> str | None:
        if version.record_id in self._homes:
            return self._homes[version.record_id].page_of(version)
        if arrival := self._arrivals.get(version.canonical_url):
            return arrival.page.url
        capture = self._catalogue.capture(version.pages[0])
        return capture.url if capture else None

    def text(self, version: Version) -> str | None:
        if version.record_id in self._homes:
            return self._homes[version.record_id].text(version)
        if version.canonical_url in self._texts:
            return self._texts[version.canonical_url]
        try:
            return self._archive.text(version)
        except (ArchiveError, ValueError) as error:
            logger.warning("%s: its text can't be compared: %s", version.path, error)
            return None

    def digests(self, version: Version) -> list[str]:
        if version.record_id in self._homes:
            return self._homes[version.record_id].digests(version)
        captures = map(self._catalogue.capture, version.pages)
        return [capture.payload_digest for capture in captures if capture]

    def making(self, version: Version) -> Making | None:
        if version.record_id in self._homes:
            return self._homes[version.record_id].making(version)
        if version.canonical_url in self._versions:
            return None
        try:
            made = made_of(self._reader, version)
        except (ArchiveError, ValueError):
            return None  # `text` has said why
        return Making(made.conversion, self._has_same_settings(made))

    def _has_same_settings(self, made: Made) -> bool:
        source = self._sources.get(made.conversion.source)
        try:
            return source is None or effective(self._derivation.source(made)) == effective(source)
        except (ArchiveError, WarcpressError):
            return False  # its WARC file does not describe the source

    def pages(self, version: Version) -> tuple[Page, str]:
        """The stored page of a version, with its parts, and its payload digest."""
        if version.record_id in self._homes:
            return self._homes[version.record_id].pages(version)
        return self._derivation.pages(made_of(self._reader, version).conversion)

    def state(self, canonical_url: str) -> State | None:
        catalogues = (self._catalogue, *(other._catalogue for other in self._elsewhere))
        found = [state for one in catalogues if (state := one.states.latest(canonical_url)) is not None]
        return max(found, key=lambda state: (state.number, state.date), default=None)

    def articles_from(self, page: str) -> list[str]:
        waiting = [url for url, arrival in self._arrivals.items() if arrival.page.url == page]
        forms = [self._forms[page]] if page in self._forms else []
        return (
            waiting
            + forms
            + self._catalogue.captures.articles_from(page)
            + self._of_others(lambda one: one.articles_from(page))
        )

    def articles_of(self, digest: str) -> list[str]:
        waiting = [url for url, arrival in self._arrivals.items() if arrival.digest == digest != ""]
        return (
            waiting
            + self._catalogue.captures.articles_of(digest)
            + self._of_others(lambda one: one.articles_of(digest))
        )

    def _of_others(self, urls: Callable[[StoredArticles], list[str]]) -> list[str]:
        return [url for other in self._elsewhere for url in urls(other)]

    def is_taken(self, path: str, canonical_url: str) -> bool:
        owner = self._paths.get(path_key(path))
        if owner:
            return owner != canonical_url
        owners = {other._catalogue.article_at(path) for other in self._elsewhere} - {None, canonical_url}
        return bool(owners) or self._archive.is_taken(path, canonical_url)
