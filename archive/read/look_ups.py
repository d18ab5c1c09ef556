"""Finds captures by their record id, URL or payload digest: what is wanted goes in, locations come out, likely first.

The digests and the index answer. Where they are missing or damaged, or their answer is wrong, every WARC file is read
once, into an index in a temporary folder; damage in a file costs no more than the records that it hit.
"""

from __future__ import annotations

import logging
import shutil
import weakref
from base64 import b32encode
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import TypeVar

from archive.errors import ArchiveError, StorageError
from archive.index.cdxj import Line
from archive.index.digests import NAME as DIGESTS
from archive.index.digests import Digests, Location, is_open
from archive.index.index import Index
from archive.index.lookup import Lookup
from archive.read.digest import Digest, parse_label
from archive.remote.journal import OnlyStored
from archive.warc.exchange import Capture

_T = TypeVar("_T")
logger = logging.getLogger(__name__)


class LookUps:
    """The look-ups of one archive."""

    def __init__(self, folder: Path, given: Lookup | None, scan: Callable[[], Iterator[Capture]]) -> None:
        """`given`: an index in place of that in `folder`; `scan` reads every capture of the archive."""
        self._folder, self._given, self._scan = folder, given, scan
        self._index, self._only_stored = given or Index(folder), OnlyStored(folder)
        self._asked: Lookup | None = None  # the last index that was read for an id
        self._ids: tuple[Lookup, dict[str, Location]] | None = None
        self._digests: Digests | None = None
        self._close_digests: Callable[[], object] = lambda: None
        self._made: Index | None = None
        self._unused = False

    def digested(self, ask: Callable[[Digests], Location | None]) -> Location | None:
        """What the digests alone answer; None where they can't."""
        if digests := self._open_digests():
            try:
                return ask(digests)
            except StorageError as error:
                logger.warning("%s", error)
        return None

    def by_id(self, record_id: str, *, scan: bool = True) -> Iterator[Location]:
        """Where the capture with this WARC-Record-ID may be; only the first place when the digests are sound.

        Without `scan`, no WARC file is read for it.
        """
        if digests := self._open_digests():
            location = self.digested(lambda held: held.record(record_id) or held.record(bare(record_id)))
            if location is not None:
                yield location
            if digests.as_written and (location is not None or not self._only_stored.files()):
                return
            if not digests.as_written:
                logger.warning("%s: does not lead to %s", digests.path, record_id)
                self.close()
            # Sound digests that were made again lack the files that are only in the store; the index has them.
        yield from self._ask(lambda index: self._with_id(index, record_id), scan=scan)

    def _with_id(self, index: Lookup, record_id: str) -> list[Location]:
        """The places of an id in an index, of which all are kept from the second question on: each takes a pass."""
        if self._ids is None or self._ids[0] is not index:
            if self._asked is not index:
                self._asked = index
                lines = index.containing([bare(record_id)])
                return [_location(line) for line in lines if bare(line.record_id) == bare(record_id)]
            self._ids = index, {bare(line.record_id): _location(line) for line in index.iterate()}
        place = self._ids[1].get(bare(record_id))
        return [place] if place else []

    def of_url(self, url: str, at: datetime | None = None) -> Iterator[Line]:
        """The captures of a URL, and of others with its SURT, newest first, none later than `at`."""
        return self._ask(lambda index: index.captures(url, at))

    def with_payload(self, label: str, *, scan: bool = True) -> Iterator[Location | Line]:
        """Where originals with this payload digest may be, however it is encoded."""
        if (location := self.digested(lambda held: held.payload(label))) is not None:
            yield location
        yield from self._ask(lambda index: _with_digest(index, label), scan=scan)

    def _ask(self, question: Callable[[Lookup], Iterable[_T]], *, scan: bool = True) -> Iterator[_T]:
        """The answers of the archive's index, then those of one that is made by reading the archive."""
        if self._made is None:
            sound = False
            try:
                sound = self._given is not None or Index(self._folder).sound()
                if sound:
                    yield from question(self._index)
            except (ArchiveError, OSError) as error:
                logger.warning("%s", error)
            if self._given is not None or (sound and (digests := self._open_digests()) and digests.as_written):
                return
        if scan or self._made is not None:
            yield from question(self._read_all())

    def _read_all(self) -> Index:
        if self._made is None:
            logger.warning("%s: has no index that answers; every WARC file is read instead", self._folder)
            folder = mkdtemp(prefix="warc-index-")
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            index = Index(Path(folder))
            index.rebuild(self._scan())
            self._made = index
        return self._made

    def _open_digests(self) -> Digests | None:
        """The digests, opened once; None when there are none, or when they can't be used.

        While nobody else has them open, they are read as a file that does not change, which leaves nothing beside it.
        """
        path = self._folder / "index" / DIGESTS
        if self._digests is not None and self._unused and is_open(path):
            self.close()
        if self._made is None and self._digests is None and path.exists():
            self._unused = not is_open(path)
            try:
                self._digests = Digests(self._folder, read_only=True)
                self._close_digests = weakref.finalize(self, self._digests.close)  # most users do not close a reader
                if not self._digests.complete:
                    self.close()
            except StorageError as error:  # damaged, or with a log that this user can't read
                logger.warning("%s", error)
                self.close()
        return self._digests

    def close(self) -> None:
        """Close the digests until the next look-up: they keep a writer that closes earlier from removing its log."""
        self._close_digests()
        self._digests = None


def bare(record_id: str) -> str:
    """A record id without its angle brackets, which some tools leave out."""
    return record_id.strip("<> ")


def same_digest(one: str, other: str) -> bool | None:
    """Tell whether two digest labels name the same bytes; None when their algorithms differ, or can't be read."""
    first, second = parse_label(one), parse_label(other)
    if not isinstance(first, Digest) or not isinstance(second, Digest) or first.algorithm != second.algorithm:
        return None
    return first.value == second.value


def _location(line: Line) -> Location:
    return Location(line.file, line.offset)


def _with_digest(index: Lookup, label: str) -> Iterator[Line]:
    return (
        line for line in index.containing(_spellings(label)) if label == line.digest or same_digest(label, line.digest)
    )


def _spellings(label: str) -> set[str]:
    """The forms of a digest value in which tools write it: hex and base32, in either case."""
    digest = parse_label(label)
    if not isinstance(digest, Digest):
        return {label}
    forms = (digest.value.hex(), b32encode(digest.value).decode().rstrip("="))
    return {spelling for form in forms for spelling in (form.lower(), form.upper())}
