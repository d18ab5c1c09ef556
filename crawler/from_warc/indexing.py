"""Stored versions go in, the words of their posts come out, in search.sqlite: what a kill left out, or all of them.

A run writes the index before it marks a version as published, so a kill in between forgets none. What else it may lack,
for instance the posts of an archive from before there was an index, the next search adds: it counts the versions.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import islice
from time import monotonic, sleep
from typing import TypeVar

from archive import ArchiveError, many
from crawler.errors import Locked, StorageFailed, Unsound
from crawler.from_warc.publish import Publisher
from crawler.search.index import SearchIndex, remove
from crawler.search.upkeep import Upkeep
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.lock import GAP
from crawler.store.stored_version import Version

logger = logging.getLogger(__name__)

T = TypeVar("T")
Progress = Callable[[str, str], None]
"""Takes what became of a version, and its record id."""
GROUP = 64
"""Versions of one transaction: 0.1 s."""
HELD = 2.0
"""Seconds for which the folder is locked at a time, so that no run is refused: 100,000 posts take minutes."""


def lacking(layout: Layout, catalogue: Catalogue) -> int:
    """How many versions the index lacks, or has too many; all when it is missing or damaged. Reads only."""
    return abs(catalogue.count_versions() - (_count(layout) or 0))


def prepare(layout: Layout, catalogue: Catalogue, progress: Progress = lambda outcome, path: None) -> str:
    """Give the index what it lacks before a search; return a sentence about what is not searched, else nothing.

    Locked or StorageFailed when there is no index and none can be made.
    """
    if not lacking(layout, catalogue):
        return ""
    try:
        missing = index_all(layout, catalogue, progress)
    except (Locked, StorageFailed) as error:
        if _count(layout) is None:
            raise type(error)(f"the posts can't be indexed, which a search needs: {error}") from error
        return f"not searched: {many(lacking(layout, catalogue), 'version')} of posts that the index lacks ({error})"
    return f"not searched: {many(missing, 'version')} of posts that can't be read" if missing else ""


def make_again(layout: Layout, catalogue: Catalogue, progress: Progress = lambda outcome, path: None) -> None:
    """Replace a damaged index."""
    with layout.lock(briefly=True):
        remove(layout.search)
    index_all(layout, catalogue, progress)


def _count(layout: Layout) -> int | None:
    """How many versions the index has; None when it is missing or damaged."""
    if not layout.search.exists():
        return None
    try:
        with closing(SearchIndex(layout.search, read_only=True)) as index:
            return index.count()
    except Unsound:
        return None


def index_all(layout: Layout, catalogue: Catalogue, progress: Progress = lambda outcome, path: None) -> int:
    """Give the index every version that the catalogue has; return how many can't be read.

    The folder is locked for a while at a time, so a run can start in between: then this ends with Locked, and what is
    done is kept.
    """
    for _ in range(2):
        try:
            unread = _add_missing(layout, catalogue, progress)
            with layout.lock(briefly=True):
                with closing(SearchIndex(layout.search)) as index:
                    surplus = index.count() + unread - catalogue.count_versions()
                if surplus > 0:  # versions that are stored no more
                    remove(layout.search)
            if not surplus:
                return unread
        except Unsound as error:
            if error.path != layout.search:
                raise
            with layout.lock(briefly=True):
                remove(layout.search)
    return _add_missing(layout, catalogue, progress)


def index_unmarked(layout: Layout, catalogue: Catalogue) -> None:
    """Add the versions that a killed run stored and may not have added."""
    with closing(Upkeep(layout.search)) as upkeep:
        texts = _Texts(layout, catalogue)
        for group in _groups(found for name in catalogue.unmarked() if (found := catalogue.version(name)) is not None):
            upkeep.add(texts.of(group))


def _add_missing(layout: Layout, catalogue: Catalogue, progress: Progress) -> int:
    texts, after = _Texts(layout, catalogue), ""
    while True:
        with layout.lock(briefly=True), closing(SearchIndex(layout.search)) as index:
            end = monotonic() + HELD
            while group := list(islice(catalogue.record_ids(after), GROUP)):
                after = group[-1]
                known = index.known(group)
                if len(known) < len(group):
                    index.add(texts.of(catalogue.those(record_id for record_id in group if record_id not in known)))
                for record_id in group:
                    progress("known" if record_id in known else "indexed", record_id)
                if monotonic() >= end:
                    break
            else:
                return texts.unread
        sleep(GAP)


class _Texts:
    """Reads post files from the archive."""

    def __init__(self, layout: Layout, catalogue: Catalogue) -> None:
        self._publisher = Publisher(layout, catalogue)
        self.unread = 0

    def of(self, versions: Iterable[Version]) -> list[tuple[Version, str]]:
        """Versions with their post files; those whose record is lost or damaged are left out."""
        found = []
        for version in versions:
            try:
                found.append((version, self._publisher.text(version)))
            except (ArchiveError, ValueError) as error:
                self.unread += 1
                logger.warning("%s: not searched: %s; `warcpress audit` tells more", version.path, error)
        self._publisher.close()
        return found


def _groups(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while group := list(islice(rest, GROUP)):
        yield group
