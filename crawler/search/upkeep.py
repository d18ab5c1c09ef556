"""Keeps the index up with what a command publishes."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from crawler.errors import Unsound, Unusable
from crawler.search.index import ADVICE, SearchIndex, remove
from crawler.store.stored_version import Version

logger = logging.getLogger(__name__)


class Upkeep:
    """Adds versions to the index, which it opens at the first of them.

    It stops at a damaged index, which it removes, and at one that it can't use: a run goes on, and the next search adds
    what is missing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._index: SearchIndex | None = None
        self._is_off = False

    def add(self, posts: Iterable[tuple[Version, str]]) -> None:
        """Add versions with their post files; StorageFailed when the disk is full or fails."""
        if self._is_off:
            return
        try:
            if self._index is None:
                self._index = SearchIndex(self._path)
            self._index.add(posts)
        except Unsound as error:
            self._end()
            remove(self._path)
            fault = str(error).removesuffix(f"; {ADVICE}")
            logger.warning("%s; it is removed, and the next `warcpress search` makes it again", fault)
        except Unusable as error:
            self._end()
            logger.warning("the run goes on, but its posts are not searched until this is mended: %s", error)

    def _end(self) -> None:
        self.close()
        self._is_off = True

    def close(self) -> None:
        """Close the file."""
        if self._index is not None:
            self._index.close()
            self._index = None
