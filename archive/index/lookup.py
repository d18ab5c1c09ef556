"""Look-ups in sorted CDXJ lines: a URL and a time, or the beginning of keys, go in; lines come out, in flat memory."""

from __future__ import annotations

import heapq
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from itertools import groupby, islice, takewhile
from pathlib import Path
from typing import BinaryIO

from archive.disk import open_regular
from archive.index.cdxj import REVISIT, Line
from archive.index.sorted_lines import backwards, first_at_or_after, lines_of, merged
from archive.index.surt import Match, key_beginnings, surt
from archive.warc.exchange import Capture
from archive.warc.records import target_uri

_METHOD = b'"method": '
"""In our lines, of captures by other methods than GET."""
_NO_CAPTURE = b"!"
"""Begins lines that are no captures, such as `!meta`."""
_PARTIAL, _NOT_MODIFIED = 206, 304
_PAGES = (200, None)
"""Statuses of answers that give a page; None = a resource, or HTTP/0.9."""


class Lookup(ABC):
    """Finds captures in files of sorted lines."""

    @abstractmethod
    def opened(self, *, unchanged: bool = True) -> AbstractContextManager[list[BinaryIO]]:
        """Open all files; without `unchanged`, those without 304s, if these are apart."""

    def lookup(
        self, url: str, at: datetime | None = None, *, exact: bool = False, limit: int | None = None
    ) -> list[Line]:
        """Find at most `limit` captures of `url`, as `captures` gives them."""
        return list(islice(self.captures(url, at, exact=exact), limit))

    def captures(self, url: str, at: datetime | None = None, *, exact: bool = False) -> Iterator[Line]:
        """Find captures of `url`, newest first, none later than `at` (aware).

        `exact`: only of this URL, else of every URL with the same SURT (http and https, with and without `www.` …).
        Captures by other methods than GET have other keys (`by_other_methods`). Reads about twenty blocks of 16 KiB per
        file, then the captures. Raises IndexDamaged, BadLine.
        """
        key = surt(url).encode() + b" "
        for raw in self.between(key, key + (_stamp(at) + b"!" if at else b"~"), newest_first=True):
            line = Line.parse(raw)
            if (at is None or line.date <= at) and (not exact or same_url(line.url, url)):
                yield line

    def nearest(self, url: str, at: datetime) -> Iterator[Line]:
        """Find the captures of `url` that replay tools see, those nearest in time to `at` (aware) first.

        Of two equally near ones the earlier comes first; of those of one second, those of this very URL before others
        with its SURT. Raises IndexDamaged, BadLine.
        """
        key, second = surt(url).encode() + b" ", at.replace(microsecond=0)
        later = self.between(key + _stamp(at), key + b"~", unchanged=False)
        earlier = self.between(key, key + _stamp(at), newest_first=True, unchanged=False)

        def second_of(line: Line) -> datetime:
            return line.date.replace(microsecond=0)

        lines = (map(Line.parse, some) for some in (earlier, later))
        for _, together in groupby(heapq.merge(*lines, key=lambda line: abs(second_of(line) - second)), second_of):
            yield from sorted(together, key=lambda line: not same_url(line.url, url))

    def by_other_methods(self, url: str, at: datetime | None = None, *, exact: bool = False) -> Iterator[Line]:
        """Find captures of `url` by POST, HEAD and so on, in the order of their keys; `at` and `exact` as above.

        Reads the lines of all queries of its path. Raises IndexDamaged, BadLine.
        """
        key = surt(url)
        queries = key.partition("?")[0] + "?"
        for raw in self.beginning(queries.encode()):
            if _METHOD in raw:
                line = Line.parse(raw)
                if (
                    line.method != "GET"
                    and surt(line.url) == key
                    and (at is None or line.date <= at)
                    and (not exact or same_url(line.url, url))
                ):
                    yield line

    def matching(self, url: str, match: Match) -> Iterator[Line]:
        """Find all captures of URLs that begin with `url`, or are of its host or domain, in order of key and date.

        Raises UsageError for a URL without a host, IndexDamaged, BadLine.
        """
        for beginning in key_beginnings(url, match):
            yield from map(Line.parse, self.beginning(beginning.encode()))

    def latest(self, url: str, at: datetime | None = None) -> Line | None:
        """Find the capture, not later than `at`, that shows best what `url` gave to a GET; None when there is none.

        A whole answer comes before a part (206, or a download that was cut), then this very URL before others with its
        SURT, a page (200, or a revisit with 304, which confirms one) before an error or a redirect, and the latest
        before earlier ones.
        """
        best = _best(self.captures(url, at), url)
        return best[1] if best else None

    def best_near(self, url: str, at: datetime) -> Line | None:
        """Find the capture that shows best what `url` gave, as `latest` judges, nearest in time to `at` (aware)."""
        earlier, later = _best(self.captures(url, at), url), _best(self._after(url, at), url)
        found = [one for one in (earlier, later) if one]
        best = max(found, key=lambda one: (one[0], -abs(one[1].date - at)), default=None)
        return best[1] if best else None

    def _after(self, url: str, at: datetime) -> Iterator[Line]:
        """Find the captures of `url` later than `at`, oldest first."""
        key = surt(url).encode() + b" "
        yield from (line for line in map(Line.parse, self.between(key + _stamp(at), key + b"~")) if line.date > at)

    def holds(self, capture: Capture) -> bool:
        """Tell whether there is a line of this capture. Raises IndexDamaged, BadLine."""
        line = Line.of(capture)
        same = map(Line.parse, self.beginning(f"{line.key} {line.timestamp} ".encode()))
        return any((other.file, other.offset) == (line.file, line.offset) for other in same)

    def containing(self, texts: Iterable[str]) -> Iterator[Line]:
        """Give the lines that contain one of these texts, such as a record id. Reads all lines."""
        marks = [json.dumps(text)[1:-1].encode() for text in texts]
        with self.opened() as handles:
            for raw in (raw for handle in handles for raw in lines_of(handle)):
                if any(mark in raw for mark in marks) and raw[:1] != _NO_CAPTURE:
                    yield Line.parse(raw)

    def iterate(self, *, unchanged: bool = True) -> Iterator[Line]:
        """Give all lines in order of key and date; without `unchanged`, only those that replay tools see."""
        lines = self.beginning(b"", unchanged=unchanged)
        yield from (Line.parse(raw) for raw in lines if raw[:1] != _NO_CAPTURE)

    def beginning(self, prefix: bytes, *, unchanged: bool = True) -> Iterator[bytes]:
        """Give the lines that begin with `prefix`, in order, as bytes. Raises IndexDamaged, BadLine."""
        return self.between(prefix, prefix + b"\xff", unchanged=unchanged)  # no UTF-8 has such a byte

    def between(
        self, first: bytes, end: bytes, *, newest_first: bool = False, unchanged: bool = True
    ) -> Iterator[bytes]:
        """Give the lines from `first` on that are below `end`, as bytes, in order or the other way round.

        Raises IndexDamaged, BadLine.
        """
        with self.opened(unchanged=unchanged) as handles:
            if newest_first:
                backward = (backwards(handle, first_at_or_after(handle, end)) for handle in handles)
                found = (line for line, _ in groupby(heapq.merge(*backward, reverse=True)))
                yield from takewhile(lambda line: line >= first, found)
                return
            for handle in handles:
                handle.seek(first_at_or_after(handle, first))
            yield from takewhile(lambda line: line < end, merged(map(lines_of, handles)))


class SortedFile(Lookup):
    """The lines of one file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def opened(self, *, unchanged: bool = True) -> Iterator[list[BinaryIO]]:  # noqa: ARG002 - nothing is apart
        """Open the file."""
        with open_regular(self.path) as handle:
            yield [handle]


def _best(lines: Iterable[Line], url: str) -> tuple[tuple[bool, bool, bool], Line] | None:
    """The first of the lines that rank highest as captures of `url`, with its rank."""
    best = None
    for line in lines:
        rank = (line.status != _PARTIAL and not line.truncated, same_url(line.url, url), _is_page(line))
        if best is None or rank > best[0]:
            best = rank, line
        if all(best[0]):
            break
    return best


def _stamp(moment: datetime) -> bytes:
    """A time (aware) as lines have it: 14 digits."""
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%S").rjust(14, "0").encode()


def _is_page(line: Line) -> bool:
    return line.status in _PAGES or (line.status == _NOT_MODIFIED and line.mime == REVISIT)


def same_url(held: str, asked: str) -> bool:
    """Tell whether two URLs are the same; a fragment counts only when both have one, since no server sees it."""
    held, asked = target_uri(held), target_uri(asked)
    return held == asked or (held.partition("#")[0] == asked.partition("#")[0] and not ("#" in held and "#" in asked))
