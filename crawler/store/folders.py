"""Several data folders, read as one: their layouts and catalogues go in; the same questions get one answer.

A WARC file is named FOLDER/NAME in every row. An article with versions in two folders, because its source moved from
one to the other, has one history, in the order of time. A folder that can't be read is left out, and is reported once.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain, groupby, islice
from os.path import commonpath
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from archive import Capture
from crawler.clock import rfc3339
from crawler.errors import StorageFailed
from crawler.store.catalogue import Catalogue
from crawler.store.catalogue_arrivals import Arrival, Arrivals
from crawler.store.catalogue_captures import Captures
from crawler.store.catalogue_selection import PAGE, Selection
from crawler.store.catalogue_states import States
from crawler.store.data_folder import Layout
from crawler.store.stored_version import State, StateName, Version

if TYPE_CHECKING:
    from archive import Lookup, Reader

T = TypeVar("T")
Row = TypeVar("Row", Version, Capture, State)
Named = tuple[str, Arrival]
"""The name of a folder, and what came into it."""


@dataclass(frozen=True)
class Folders(Layout):
    """The layouts of several data folders; `root` is a folder that has them all."""

    several: Mapping[str, Layout] = field(kw_only=True)
    """By the folders' names."""
    told: Callable[[Exception], None] = field(kw_only=True, compare=False)
    """Takes what is said of a part that is left out."""

    @classmethod
    def of(cls, several: Mapping[str, Layout], told: Callable[[Exception], None]) -> Folders:
        """Take layouts by the folders' names, all of one configuration."""
        first, *_ = several.values()
        root = Path(commonpath([one.root for one in several.values()]))
        return cls(root, stores=first.stores, several=several, told=told)

    def leave(self, error: Exception) -> None:
        self.told(error)

    def each(self) -> Sequence[Layout]:
        return list(self.several.values())

    def reader(self) -> Reader:
        from archive import FolderReader

        return FolderReader({name: one.root for name, one in self.several.items()}, self.stores)

    def index(self) -> Lookup:
        from archive import FolderIndex

        roots = {name: one.root for name, one in self.several.items()}
        return FolderIndex(roots, lambda error: self.leave(StorageFailed(str(error))))


class Catalogues(Catalogue):
    """The catalogues of several data folders, for reading; only what commands that read several ask is here."""

    def __init__(self, several: Mapping[str, Catalogue], leave: Callable[[StorageFailed], None]) -> None:
        """`several`: by the folders' names. `leave` is told why a folder is left out."""
        self._several, self._leave = dict(several), leave
        self._opened = list(several.values())
        self.states = _StatesOfAll(self)
        self.arrivals = _ArrivalsOfAll(self)
        self.captures = _CapturesOfAll(self)

    def close(self) -> None:
        for one in self._opened:
            one.close()

    def each(self, ask: Callable[[Catalogue], T]) -> Iterator[tuple[str, T]]:
        """Yield the name of each folder with what its catalogue answers."""
        for name, one in list(self._several.items()):
            try:
                answer = ask(one)
            except StorageFailed as error:
                self._leave_out(name, error)
            else:
                yield name, answer

    def _leave_out(self, name: str, error: StorageFailed) -> None:
        if self._several.pop(name, None) is not None:  # it stays open: a list that is under way may be reading it
            self._leave(error)

    def latest(self, canonical_url: str) -> Version | None:
        found = self.versions(canonical_url)
        return found[-1] if found else None

    def versions(self, canonical_url: str) -> list[Version]:
        several = [(name, found) for name, found in self.each(lambda one: one.versions(canonical_url)) if found]
        versions = _distinct((name, one) for name, found in several for one in found)
        return sorted(versions, key=lambda one: (one.captured, one.converted)) if len(several) > 1 else versions

    def version(self, record_id: str) -> Version | None:
        return self.first(lambda one: one.version(record_id))

    def versions_beside(self, record_id: str) -> list[Version]:
        found = self.version(record_id)
        return self.versions(found.canonical_url) if found else []

    def in_several(self, canonical_urls: Iterable[str]) -> set[str]:
        """Those of these articles that more than one folder has."""
        urls = set(canonical_urls)
        return _repeated(chain.from_iterable(known for _, known in self.each(lambda one: one.known(urls))))

    def selected(self, selection: Selection) -> Iterator[Version]:
        """As of one catalogue: the posts of all are merged as they are read, each article with its newest version."""
        streams = [self._selected(name, selection) for name in self._several]
        if selection.state and selection.state != "present":
            streams.append(self._in_state(selection, selection.state))
        every = heapq.merge(*streams, key=lambda one: (one.date, one.record_id), reverse=True)
        merged = (next(same) for _, same in groupby(every, lambda one: (one.record_id, one.file)))
        while group := list(islice(merged, min(selection.most or PAGE, PAGE))):
            doubtful = self.in_several(version.canonical_url for version in group)
            yield from self._newest_of(group, doubtful, selection.state)

    def _selected(self, name: str, selection: Selection) -> Iterator[Version]:
        try:
            for version in self._several[name].selected(selection):
                yield _named(name, version)
                if name not in self._several:
                    return
        except StorageFailed as error:
            self._leave_out(name, error)

    def _in_state(self, selection: Selection, state: StateName) -> Iterator[Version]:
        """Posts of articles of which the folder that knows their state has no version: their source has moved."""
        urls = set[str]()
        for _, (one, absent) in self.each(lambda one: (one, one.states.absent())):
            here = {url for url, found in absent.items() if found.state == state}
            urls |= here - one.known(here)
        newest = [version for url in urls if self.states.name(url) == state and (version := self.latest(url))]
        yield from sorted(filter(selection.lets, newest), key=lambda one: (one.date, one.record_id), reverse=True)

    def _newest_of(self, versions: Iterable[Version], doubtful: set[str], state: StateName | None) -> Iterator[Version]:
        """Those that are the newest of their article, which must be in `state` if that is given.

        The articles in `doubtful` are in several folders.
        """
        for version in versions:
            if state and self.states.name(version.canonical_url) != state:
                continue  # another folder has seen it since
            newest = self.latest(version.canonical_url) if version.canonical_url in doubtful else None
            if newest is None or (newest.record_id, newest.file) == (version.record_id, version.file):
                yield version

    def has_posts(self) -> bool:
        return any(answer for _, answer in self.each(Catalogue.has_posts))

    def count_versions(self) -> int:
        return sum(answer for _, answer in self.each(Catalogue.count_versions))

    def known(self, canonical_urls: Iterable[str]) -> set[str]:
        urls = list(canonical_urls)
        return set(chain.from_iterable(answer for _, answer in self.each(lambda one: one.known(urls))))

    def sources(self) -> list[str]:
        return sorted(set(chain.from_iterable(answer for _, answer in self.each(Catalogue.sources))))

    def article_of(self, url: str) -> str | None:
        return next((answer for _, answer in self.each(lambda one: one.article_of(url)) if answer), None)

    def article_at(self, path: str) -> str | None:
        return next((answer for _, answer in self.each(lambda one: one.article_at(path)) if answer), None)

    def capture(self, record_id: str) -> Capture | None:
        return self.first(lambda one: one.capture(record_id))

    def first(self, ask: Callable[[Catalogue], Row | None]) -> Row | None:
        """What the first folder that has it answers; it is asked first the next time, for rows of one are together."""
        for name, row in self.each(ask):
            if row is not None:
                self._several = {name: self._several[name], **self._several}
                return _named(name, row)
        return None


class _StatesOfAll(States):
    """The states of articles in several catalogues."""

    def __init__(self, catalogues: Catalogues) -> None:
        self._catalogues = catalogues

    def of(self, canonical_url: str) -> list[State]:
        several = self._catalogues.each(lambda one: one.states.of(canonical_url))
        found = ((name, one) for name, states in several for one in states)
        return sorted(_distinct(found), key=_date)

    def latest(self, canonical_url: str) -> State | None:
        """As of one catalogue; a version of a later capture in another folder ends an absence."""
        found = [
            (name, state)
            for name, state in self._catalogues.each(lambda one: one.states.latest(canonical_url))
            if state
        ]
        if not found:
            return None
        name, state = max(found, key=lambda one: one[1].date)
        if state.state != "present":
            newest = self._catalogues.latest(canonical_url)
            if newest and newest.captured > state.date and not newest.file.startswith(f"{name}/"):
                return None
        return _named(name, state)

    def state(self, record_id: str) -> State | None:
        return self._catalogues.first(lambda one: one.states.state(record_id))


class _ArrivalsOfAll(Arrivals):
    """What came into several data folders, newest first."""

    def __init__(self, catalogues: Catalogues) -> None:
        self._catalogues = catalogues

    def new(self, source: str, after: tuple[str, str] | None, limit: int) -> list[Arrival]:
        """As of one catalogue; an article that several folders have is new in the one that had it first."""
        return self._wanted(lambda one, at: one.arrivals.new(source, at, limit), after, limit, self._had_first)

    def changes(self, source: str, after: tuple[str, str] | None, limit: int) -> list[Arrival]:
        """As of one catalogue; a state may be of an article whose versions are in another folder."""

        def of_source(found: list[Named]) -> list[Named]:
            return [row for row in found if not source or row[1].kind == "version" or self._has(row[1], source)]

        return self._wanted(lambda one, at: one.arrivals.changes(source, at, limit), after, limit, of_source)

    def _has(self, arrival: Arrival, source: str) -> bool:
        return any(version.source == source for version in self._catalogues.versions(arrival.canonical_url))

    def _wanted(
        self,
        ask: Callable[[Catalogue, tuple[str, str] | None], list[Arrival]],
        after: tuple[str, str] | None,
        limit: int,
        choose: Callable[[list[Named]], list[Named]],
    ) -> list[Arrival]:
        wanted: list[Arrival] = []
        while len(wanted) < limit:
            found = self._merged(lambda one: ask(one, after), limit)  # noqa: B023 - it is called at once
            wanted += [arrival for _, arrival in choose(found)]
            if len(found) < limit:
                break
            last = found[-1][1]
            after = rfc3339(last.at), last.record_id
        return wanted[:limit]

    def _merged(self, ask: Callable[[Catalogue], list[Arrival]], limit: int) -> list[Named]:
        """The first `limit` arrivals of all, each with its folder; one of a copied folder once."""
        streams = [[(name, one) for one in arrivals] for name, arrivals in self._catalogues.each(ask)]
        merged = heapq.merge(*streams, key=lambda row: (row[1].at, row[1].record_id), reverse=True)
        return list(islice((next(same) for _, same in groupby(merged, lambda row: row[1].record_id)), limit))

    def _had_first(self, found: list[Named]) -> list[Named]:
        """Those of articles of which no other folder has an earlier version."""
        doubtful = self._catalogues.in_several(arrival.canonical_url for _, arrival in found)
        return [
            (name, arrival)
            for name, arrival in found
            if arrival.canonical_url not in doubtful
            or self._catalogues.versions(arrival.canonical_url)[0].file.startswith(f"{name}/")
        ]


class _CapturesOfAll(Captures):
    """The captures in several data folders."""

    def __init__(self, catalogues: Catalogues) -> None:
        self._catalogues = catalogues

    def of(self, urls: Iterable[str]) -> list[Capture]:
        asked = list(urls)
        several = self._catalogues.each(lambda one: one.captures.of(asked))
        return sorted(_distinct((name, one) for name, found in several for one in found), key=lambda one: one.date)

    def with_rows(self, urls: Iterable[str]) -> list[Capture]:
        asked = list(urls)
        several = self._catalogues.each(lambda one: one.captures.with_rows(asked))
        return _distinct((name, one) for name, found in several for one in found)

    def answered(self, urls: Iterable[str], statuses: Iterable[int | None]) -> set[str]:
        asked, wanted = list(urls), list(statuses)
        several = self._catalogues.each(lambda one: one.captures.answered(asked, wanted))
        return set(chain.from_iterable(answer for _, answer in several))


def _date(one: State) -> datetime:
    return one.date


def _named(folder: str, row: Row) -> Row:
    """The row with its folder before the name of its file."""
    return replace(row, file=f"{folder}/{row.file}")


def _distinct(rows: Iterable[tuple[str, Row]]) -> list[Row]:
    """The rows of folders, each record once: a folder may be a copy of another one."""
    found: dict[str, Row] = {}
    for folder, row in rows:
        if row.record_id not in found:
            found[row.record_id] = _named(folder, row)
    return list(found.values())


def _repeated(values: Iterable[str]) -> set[str]:
    seen, again = set[str](), set[str]()
    for value in values:
        (again if value in seen else seen).add(value)
    return again
