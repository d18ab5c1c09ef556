"""The search indexes of several data folders, read as one: the same questions get one answer.

Versions of one second come in the order of the folders. A version that two folders have counts in the first one.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TypeVar

from crawler.errors import StorageFailed
from crawler.search.index import SLOTS, SearchIndex
from crawler.search.query import Query

T = TypeVar("T")
Row = tuple[int, int, str]
"""Number of a version in its index, the place of that index among all, and the record id."""


class SearchIndexes(SearchIndex):
    """The indexes of several data folders, for reading; only what a search asks is here."""

    def __init__(self, several: Sequence[SearchIndex], leave: Callable[[StorageFailed], None] | None = None) -> None:
        """`leave` is told why an index is left out; without it, its fault is raised."""
        self._several, self._leave = dict(enumerate(several)), leave
        self._opened = several

    def close(self) -> None:
        for one in self._opened:
            one.close()

    def known(self, record_ids: Iterable[str]) -> set[str]:
        asked = list(record_ids)
        return set(chain.from_iterable(known for _, known in self._each(lambda _, one: one.known(asked))))

    def those_found(self, query: Query, record_ids: Iterable[str]) -> list[str]:
        asked = list(record_ids)
        return list(chain.from_iterable(some for _, some in self._each(lambda _, one: one.those_found(query, asked))))

    def newest(self, query: Query, most: int, after: str = "") -> list[str]:
        last = self._place(after) if after else None
        if after and last is None:
            return []
        while found := self._merged(query, most, last):
            if kept := self._in_none_before(found):
                return kept
            last = found[-1][:2]
        return []

    def _place(self, record_id: str) -> tuple[int, int] | None:
        """Number of a version, and the place of its index among all."""
        numbers = self._each(lambda _, one: one.number_of(record_id))
        return next(((number, place) for place, number in numbers if number is not None), None)

    def _merged(self, query: Query, most: int, last: tuple[int, int] | None) -> list[Row]:
        """The versions behind the last one, in the order of all."""

        def rows(place: int, one: SearchIndex) -> list[Row]:
            below = None if last is None else _below(place, *last)
            return [(number, place, record_id) for number, record_id in one.newest_below(query, most, below)]

        streams = [found for _, found in self._each(rows)]
        return list(islice(heapq.merge(*streams, key=lambda row: -(row[0] // SLOTS)), most))

    def _in_none_before(self, found: Sequence[Row]) -> list[str]:
        """Those that no index before their own has."""

        def known(place: int, one: SearchIndex) -> set[str]:
            behind = [record_id for _, of, record_id in found if of > place]
            return one.known(behind) if behind else set()

        before = list(self._each(known))
        return [
            record_id
            for _, place, record_id in found
            if not any(record_id in ids for earlier, ids in before if earlier < place)
        ]

    def _each(self, ask: Callable[[int, SearchIndex], T]) -> Iterator[tuple[int, T]]:
        """Yield the place of each index with what it answers."""
        for place, one in list(self._several.items()):
            try:
                answer = ask(place, one)
            except StorageFailed as error:
                if self._leave is None:
                    raise
                del self._several[place]
                self._leave(error)
            else:
                yield place, answer


def _below(place: int, number: int, of: int) -> int:
    """Below which number the versions of the index at `place` come behind that with `number` in the index at `of`."""
    second = number // SLOTS * SLOTS
    return number if place == of else second if place < of else second + SLOTS
