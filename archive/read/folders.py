"""Several data folders, read as one archive: their names and paths go in; records and index lines of all come out.

A WARC file is named FOLDER/NAME.
"""

from __future__ import annotations

import heapq
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from archive.errors import ArchiveError
from archive.index.cdxj import Line
from archive.index.digests import Location
from archive.index.index import Index
from archive.index.lookup import Lookup
from archive.read.look_ups import LookUps
from archive.read.reader import Reader
from archive.read.source import Source
from archive.read.stored_files import Place, StoredFiles
from archive.read.streams import StoredFile

_NAMED = b'"filename": "'
"""What comes before the name of the file in a line of our index."""


class FolderReader(Reader):
    """Reads several data folders."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        """`folders`: by name."""
        self.folder = Path(os.path.commonpath([path.absolute() for path in folders.values()]))
        self._stored = _Files({name: StoredFiles(path, f"{name}/") for name, path in folders.items()})
        self.look_ups = _LookUps({f"{name}/": Reader(path).look_ups for name, path in folders.items()})


class _Files(StoredFiles):
    """The WARC files of several data folders."""

    def __init__(self, several: Mapping[str, StoredFiles]) -> None:
        self._several = several

    def names(self) -> list[str]:
        return [name for one in self._several.values() for name in one.names()]

    def place(self, name: str) -> Place:
        return self._of(name).place(name)

    def open(self, name: str, offset: int = 0) -> StoredFile:
        return self._of(name).open(name, offset)

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

    def by_id(self, record_id: str) -> Iterator[Location]:
        for prefix, one in self._several.items():
            yield from (place._replace(file=prefix + place.file) for place in one.by_id(record_id))

    def of_url(self, url: str, at: datetime | None = None) -> Iterator[Line]:
        found = (_named(prefix, one.of_url(url, at)) for prefix, one in self._several.items())
        return heapq.merge(*found, key=lambda line: line.date, reverse=True)

    def with_payload(self, label: str) -> Iterator[Location | Line]:
        for prefix, one in self._several.items():
            for place in one.with_payload(label):
                file = prefix + place.file
                yield replace(place, file=file) if isinstance(place, Line) else place._replace(file=file)

    def close(self) -> None:
        for one in self._several.values():
            one.close()


class FolderIndex(Lookup):
    """The CDXJ indexes of several data folders."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        """`folders`: by name."""
        self._several = {f"{name}/": Index(path) for name, path in folders.items()}

    @contextmanager
    def opened(self, *, unchanged: bool = True) -> Iterator[list[BinaryIO]]:
        with ExitStack() as stack:
            several = [stack.enter_context(one.opened(unchanged=unchanged)) for one in self._several.values()]
            yield list(chain.from_iterable(several))

    def containing(self, texts: Iterable[str]) -> Iterator[Line]:
        wanted = list(texts)
        return chain.from_iterable(_named(prefix, one.containing(wanted)) for prefix, one in self._several.items())

    def between(
        self, first: bytes, end: bytes, *, newest_first: bool = False, unchanged: bool = True
    ) -> Iterator[bytes]:
        each = {
            prefix: one.between(first, end, newest_first=newest_first, unchanged=unchanged)
            for prefix, one in self._several.items()
        }
        return heapq.merge(
            *(map(partial(_within, prefix), lines) for prefix, lines in each.items()), reverse=newest_first
        )


def _named(prefix: str, lines: Iterable[Line]) -> Iterator[Line]:
    return (replace(line, file=prefix + line.file) for line in lines)


def _within(prefix: str, line: bytes) -> bytes:
    """A line with its folder before the name of its file."""
    return line.replace(_NAMED, _NAMED + json.dumps(prefix)[1:-1].encode(), 1)
