"""Makes the index of an archive again: WARC files go in, the number of captures and the damaged files come out.

Readable records behind damage are indexed too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from archive.errors import BadRecord
from archive.index.index import Index
from archive.read.captures import capture_of, captures
from archive.read.reader import Reader
from archive.warc.exchange import Capture
from archive.write.salvage import Whole, salvage


@dataclass
class Reindexed:
    """The result of making an index."""

    captures: int = 0
    """Captures in the index."""
    damaged: list[BadRecord] = field(default_factory=list)
    """The first damaged record of each damaged file."""


def reindex(folder: Path) -> Reindexed:
    """Make the index again; a run may go on meanwhile. After a StorageError the old index is still in use."""
    account = Reindexed()
    Index(folder).rebuild(_all(Reader(folder), account))
    return account


def mend_index(folder: Path) -> Reindexed | None:
    """Make the index again when it or one of its files is missing, as `reindex`; None when it is sound."""
    if Index(folder).sound() or not Reader(folder).files():
        return None
    return reindex(folder)


def _all(reader: Reader, account: Reindexed) -> Iterator[Capture]:
    for file in reader.files():
        for capture in readable(reader, file, account.damaged):
            account.captures += 1
            yield capture


def readable(reader: Reader, file: str, damaged: list[BadRecord]) -> Iterator[Capture]:
    """Give every readable capture of `file`; the error of the first damaged record is added to `damaged`."""
    try:
        yield from captures(reader, file)
    except BadRecord as error:
        damaged.append(error)
        yield from _behind(reader, file, error.offset)


def _behind(reader: Reader, file: str, offset: int) -> Iterator[Capture]:
    with reader.path(file).open("rb") as handle:
        for span in salvage(handle, file):
            if isinstance(span, Whole) and span.offset > offset and span.type in ("response", "revisit"):
                with reader.record(file, span.offset) as record:
                    yield capture_of(record)
