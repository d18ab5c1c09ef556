"""Several data folders, read as one archive: their names and paths go in; records and index lines of all come out.

A WARC file is named FOLDER/NAME.
"""

from __future__ import annotations

import heapq
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from archive.errors import ArchiveError
from archive.index.cdxj import BadLine, Line
from archive.index.digests import Digests, Location
from archive.index.index import Index
from archive.index.lookup import Lookup
from archive.read.look_ups import LookUps
from archive.read.reader import Reader
from archive.read.source import Source
from archive.read.stored_files import Place, StoredFiles, Stores
from archive.read.streams import StoredFile
from archive.remote.journal import Stored

_NAMED = b'"filename": "'
"""What comes before the name of the file in a line of our index."""


class FolderReader(Reader):
    """Reads several data folders."""

    def __init__(self, folders: Mapping[str, Path], stores: Stores | None = None) -> None:
        """`folders`: by name. `stores`: as of `Reader`."""
        self.folder = Path(os.path.commonpath([path.absolute() for path in folders.values()]))
        self._stored = _Files({name: StoredFiles(path, f"{name}/", stores) for name, path in folders.items()})
        self.look_ups = _LookUps({f"{name}/": Reader(path).look_ups for name, path in folders.items()})


class _Files(StoredFiles):
    """The WARC files of several data folders."""

    def __init__(self, several: Mapping[str, StoredFiles]) -> None:
        self._several = several

    def names(self, *, here: bool = False) -> list[str]:
        return [name for one in self._several.values() for name in one.names(here=here)]

    def place(self, name: str) -> Place:
        return self._of(name).place(name)

    def open(self, name: str, offset: int = 0) -> StoredFile:
        return self._of(name).open(name, offset)

    def only_stored(self, name: str) -> Stored | None:
        return self._of(name).only_stored(name)

    def source(self, name: str) -> Source:
        return self._of(name).source(name)

    def _of(self, name: str) -> StoredFiles:
        folder = name.rpartition("/")[0]
        if folder not in self._several:
            raise ArchiveError(f"{name!r}: no data folder has this name; write one of {', '.join(self._several)}")
        return self._several[folder]


class _LookUps(LookUps):
    """The look-ups of several data folders, each of which is asked."""

    def __init__(self, several: Mapping[str, LookUps]) -> None:
        """`several`: by what the names of the files begin with."""
        self._several = several

    def digested(self, ask: Callable[[Digests], Location | None]) -> Location | None:
        found = ((prefix, one.digested(ask)) for prefix, one in self._several.items())
        return next((place._replace(file=prefix + place.file) for prefix, place in found if place), None)

    def by_id(self, record_id: str, *, scan: bool = True) -> Iterator[Location]:
        """As of one folder; no folder is read whole before the digests and indexes of all were asked."""
        if place := self.digested(lambda held: held.record(record_id)):
            yield place
        for thoroughly in (False, True) if scan else (False,):
            for prefix, one in self._several.items():
                places = one.by_id(record_id, scan=thoroughly)
                yield from (place._replace(file=prefix + place.file) for place in places)

    def of_url(self, url: str, at: datetime | None = None) -> Iterator[Line]:
        found = (_named(prefix, one.of_url(url, at)) for prefix, one in self._several.items())
        return heapq.merge(*found, key=lambda line: line.date, reverse=True)

    def with_payload(self, label: str, *, scan: bool = True) -> Iterator[Location | Line]:
        if found := self.digested(lambda held: held.payload(label)):
            yield found
        for thoroughly in (False, True) if scan else (False,):
            for prefix, one in self._several.items():
                for place in one.with_payload(label, scan=thoroughly):
                    file = prefix + place.file
                    yield replace(place, file=file) if isinstance(place, Line) else place._replace(file=file)

    def close(self) -> None:
        for one in self._several.values():
            one.close()


class FolderIndex(Lookup):
    """The CDXJ indexes of several data folders."""

    def __init__(self, folders: Mapping[str, Path], leave: Callable[[ArchiveError], None] | None = None) -> None:
        """`folders`: by name. `leave` is told why an index is left out of an answer; without it, that is raised."""
        self._several = {f"{name}/": Index(path) for name, path in folders.items()}
        self._leave = leave

    @contextmanager
    def opened(self, *, unchanged: bool = True) -> Iterator[list[BinaryIO]]:
        with ExitStack() as stack:
            several = list[BinaryIO]()
            for one in self._several.values():
                with self._left_out():
                    several += stack.enter_context(one.opened(unchanged=unchanged))
            yield several

    def containing(self, texts: Iterable[str]) -> Iterator[Line]:
        wanted = list(texts)
        for prefix, one in self._several.items():
            with self._left_out():
                yield from _named(prefix, one.containing(wanted))

    def between(
        self, first: bytes, end: bytes, *, newest_first: bool = False, unchanged: bool = True
    ) -> Iterator[bytes]:
        each = {
            prefix: one.between(first, end, newest_first=newest_first, unchanged=unchanged)
            for prefix, one in self._several.items()
        }
        return heapq.merge(*(self._lines(prefix, lines) for prefix, lines in each.items()), reverse=newest_first)

    def _lines(self, prefix: str, lines: Iterator[bytes]) -> Iterator[bytes]:
        with self._left_out():
            yield from map(partial(_within, prefix), lines)

    @contextmanager
    def _left_out(self) -> Iterator[None]:
        """End one folder's part of an answer where its index can't be read."""
        try:
            yield
        except (ArchiveError, OSError) as error:
            if self._leave is None:
                raise
            self._leave(error if isinstance(error, ArchiveError) else ArchiveError(f"{error.filename}: {error}"))


def _named(prefix: str, lines: Iterable[Line]) -> Iterator[Line]:
    return (replace(line, file=prefix + line.file) for line in lines)


def _within(prefix: str, line: bytes) -> bytes:
    """A line with its folder before the name of its file; BadLine for one that does not name its file as ours do."""
    if _NAMED not in line:
        Line.parse(line)
        raise BadLine(f"names no file: {line[:200]!r}; make the index again")
    return line.replace(_NAMED, _NAMED + json.dumps(prefix)[1:-1].encode(), 1)
