"""The index of an archive made again from its WARC files alone; in: the data folder, out: how many captures it holds
and which files are damaged.

Damage hides no more than the records that it hit: what can be read behind it is indexed too.
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
    """What an index was made of."""

    captures: int = 0
    damaged: list[BadRecord] = field(default_factory=list)
    """The first record of each file that can't be read whole."""


def reindex(folder: Path) -> Reindexed:
    """Makes the index again; a run may go on meanwhile. Raises StorageError; the old index is then in use."""
    account = Reindexed()
    Index(folder).rebuild(_all(Reader(folder), account))
    return account


def mend_index(folder: Path) -> Reindexed | None:
    """Makes the index again when it was deleted or a file of it is missing, as `reindex`; None when it is sound."""
    if Index(folder).sound() or not Reader(folder).files():
        return None
    return reindex(folder)


def _all(reader: Reader, account: Reindexed) -> Iterator[Capture]:
    for file in reader.files():
        for capture in readable(reader, file, account.damaged):
            account.captures += 1
            yield capture


def readable(reader: Reader, file: str, damaged: list[BadRecord]) -> Iterator[Capture]:
    """Every capture of `file` that can be read whole; the first record that can't goes into `damaged`."""
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
