"""The archive's writer: exchanges and conversions go in, durable captures come out.

Nothing refers to a missing record because of the order. A commit: records → fsync → digests → the caller's catalogue.
Sealing: manifest → final name → CDXJ index. One writer per data folder, under the caller's lock, one call at a time.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from archive.disk import Disk
from archive.errors import ArchiveError, StorageError
from archive.plurals import many
from archive.seal.manifest import Manifest, Signer
from archive.warc.dates import Clock, utc_now
from archive.warc.exchange import Capture, Exchange
from archive.warc.filenames import OPEN, WarcName, check_parts
from archive.warc.records import Draft, new_record_id, target_uri, warcinfo_draft
from archive.warc.redaction import Redactor
from archive.write.compose import Composer
from archive.write.dedupe import Originals, open_digests
from archive.write.examine import examine, is_whole
from archive.write.reindex import index_file
from archive.write.warcfile import WarcFile

_PACKED = 256
"""Captures that are packed together. A file of 1 GB has 17,000."""


@dataclass(frozen=True)
class StoredRecord:
    """The location of a record that is not a capture; durable with the next commit."""

    record_id: str
    """WARC-Record-ID."""
    file: str
    """Final name of the WARC file, without folder."""
    offset: int
    """First byte of the member in the file as stored."""
    length: int
    """Bytes of the member."""
    date: datetime
    """WARC-Date, aware UTC."""


class ArchiveWriter:
    """Writes one run into the archive at `folder`: into warc/, index/ and manifest.jsonl."""

    def __init__(
        self,
        folder: Path,
        *,
        prefix: str = "warcpress",
        host: str = "archive",
        warcinfo: Sequence[tuple[str, str]] = (),
        rollover_bytes: int = 1_000_000_000,
        secrets: Sequence[bytes] = (),
        clock: Clock = utc_now,
        new_id: Callable[[], str] = new_record_id,
        signer: Signer | None = None,
        disk: Disk | None = None,
    ) -> None:
        """Open the archive; only folders are created before the first exchange. Raises UsageError, StorageError.

        `host` is the last part of the files' names: the public name of the archivist, never the name of the machine.
        `warcinfo` has the fields of each file's warcinfo record; `format` and `conformsTo` are added. A file of
        `rollover_bytes` or more is sealed before the next exchange. `secrets` are cut from requests and URLs.
        """
        check_parts(prefix, host)
        self.folder = folder
        self._prefix, self._host = prefix, host
        self._warcinfo = warcinfo
        self._rollover = rollover_bytes
        self._redactor = Redactor(secrets)
        self._clock, self._new_id = clock, new_id
        self._disk = disk or Disk()
        self._manifest = Manifest(folder, self._disk, signer)
        self._warc = folder / "warc"
        self._file: WarcFile | None = None
        self._composer = Composer("", new_id, self._redactor)
        self._whole = True  # False while records are being written
        self._captures = _Held()
        self._unsynced: list[Capture] = []
        self._synced: list[Capture] = []
        self._stored = 0
        self._stopped: StorageError | None = None
        try:
            self._disk.make_folder(self._warc)
        except OSError as error:
            raise StorageError(f"{self._warc}: {error.strerror}") from error
        self._digests = open_digests(folder, self._disk)
        self._originals = Originals(folder, self._digests, self._sync)

    @property
    def pending(self) -> int:
        """Captures since the last commit."""
        return len(self._unsynced)

    @property
    def stored(self) -> int:
        """Captures that are durable."""
        return self._stored

    def write(self, exchange: Exchange) -> Capture:
        """Write an exchange: response or revisit, request, and a metadata record if there is metadata.

        The capture counts as stored when `commit` has returned it. After a failed write, which raises StorageError, the
        writer accepts nothing more.
        """
        with self._storing():
            if exchange.truncated is not None and is_whole(exchange.response):
                exchange = replace(exchange, truncated=None)
            facts = examine(exchange.response, exchange.truncated is not None, self._redactor)
            original = self._originals.of(exchange, facts, target_uri(self._redactor.text(exchange.url)))
            file = self._ready()
            drafts, capture = self._composer.exchange(exchange, facts, original)
            offset, length = self._append(file, drafts)
            capture = replace(capture, file=file.name, offset=offset, length=length)
            self._captures.add(capture)
            self._unsynced.append(capture)
            self._originals.wrote(capture)
            return capture

    def write_conversion(
        self, of: Capture, body: bytes, content_type: str, metadata: Sequence[tuple[str, str]] = ()
    ) -> StoredRecord:
        """Write a conversion of a capture (a post), and its metadata record if there is metadata.

        `of` is the capture that it was made from, response or revisit, in any file of the archive.
        """
        with self._storing():
            file = self._ready()
            now = self._clock()
            drafts, record_id = self._composer.conversion(of, body, content_type, metadata, now)
            offset, length = self._append(file, drafts)
            return StoredRecord(record_id, file.name, offset, length, now.astimezone(UTC))

    def write_metadata(self, of: Capture, fields: Sequence[tuple[str, str]]) -> StoredRecord:
        """Write a metadata record that describes a capture (what it shows), dated as the capture.

        `of` is a response or revisit, in any file of the archive.
        """
        with self._storing():
            file = self._ready()
            record, record_id = self._composer.metadata(of, fields)
            offset, length = self._append(file, [record])
            return StoredRecord(record_id, file.name, offset, length, of.date.astimezone(UTC))

    def commit(self) -> list[Capture]:
        """Make everything so far durable; return the captures since the last call, oldest first."""
        with self._storing():
            self._sync()
            stored, self._synced = self._synced, []
            return stored

    def close(self) -> list[Capture]:
        """Commit and seal the file; return what `commit` would.

        After a StorageError it only closes files: the next run seals the whole records.
        """
        if self._stopped is not None:
            return []
        with self._storing():
            self._seal()
            stored, self._synced = self._synced, []
        self._digests.close()
        self._stopped = StorageError("the archive's writer is closed")
        return stored

    def __enter__(self) -> ArchiveWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _storing(self) -> Iterator[None]:
        """Stop the writer after an error in the middle of a record: nothing may be written behind a torn one."""
        if self._stopped is not None:
            raise self._stopped
        try:
            yield
        except BaseException as error:
            if self._whole and not isinstance(error, OSError | ArchiveError):
                raise  # an unusable argument: nothing was written
            safe = (
                f"stored: {many(self._stored, 'capture')} of this run; "
                f"not stored: {len(self._unsynced)} written since the last commit"
            )
            where = self._file.path if self._file is not None else self._warc
            if isinstance(error, StorageError):
                self._stopped = error
            elif isinstance(error, OSError):
                self._stopped = StorageError(f"{where}: {error.strerror or error}", safe)
            elif isinstance(error, ArchiveError):
                self._stopped = StorageError(str(error), safe)
            else:
                self._stopped = StorageError(f"{where}: writing was interrupted: {error!r}", safe)
            self._let_go()
            if isinstance(error, OSError | ArchiveError):
                raise self._stopped from (None if self._stopped is error else error)
            raise

    def _let_go(self) -> None:
        if self._file is not None:
            try:
                self._file.close()
            except OSError:  # the first error is the one to report
                self._file = None
        self._digests.close()

    def _ready(self) -> WarcFile:
        """The file to write to; a full one is sealed first, a new one begins with its warcinfo."""
        if self._file is not None and self._file.size >= self._rollover:
            self._seal()
        if self._file is None:
            now = self._clock()
            taken = [path.name.removesuffix(OPEN) for path in self._warc.iterdir()]
            taken += self._manifest.names()
            name = str(WarcName.next(self._prefix, self._host, taken, now))
            self._file = WarcFile(self._warc, name, self._disk)
            self._composer = Composer(self._new_id(), self._new_id, self._redactor)
            pairs = [(key, self._redactor.text(value)) for key, value in self._warcinfo]
            self._append(self._file, [warcinfo_draft(name, pairs, now, self._composer.info_id)])
        return self._file

    def _append(self, file: WarcFile, drafts: Sequence[Draft]) -> tuple[int, int]:
        """Write records that belong together; return offset and length of the first."""
        self._whole = False
        first = file.append(*(draft.member() for draft in drafts))[0]
        self._whole = True
        return first

    def _sync(self) -> None:
        """Fsync, then add to the digests: they may only point to durable records."""
        if not self._unsynced and (self._file is None):
            return
        if self._file is not None:
            self._file.sync()
        stored, self._unsynced = self._unsynced, []
        self._synced += stored
        self._stored += len(stored)
        self._digests.add(stored)
        self._originals.synced()

    def _seal(self) -> None:
        file = self._file
        if file is None:
            return
        if file.records == 1:  # only the warcinfo: the first exchange could not be written
            self._file = None
            file.discard()
            return
        self._sync()
        self._digests.make_durable()
        self._manifest.append(
            "sealed", file.name, self._clock(), size=file.size, sha256=file.sha256, records=file.records
        )
        file.publish()
        self._file = None
        captures, self._captures = self._captures, _Held()
        index_file(self.folder, captures, file.name, self._disk)


class _Held:
    """The captures of the open file, for the index once it is sealed: packed, 90 bytes for each in place of 1,100."""

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        self._last: list[dict[str, Any]] = []

    def add(self, capture: Capture) -> None:
        """Keep a capture, without large parts."""
        self._last.append({**vars(capture), "date": capture.date.isoformat(), "head": None, "extra": {}})
        if len(self._last) == _PACKED:
            self._packed.append(zlib.compress(json.dumps(self._last).encode(), 1))
            self._last = []

    def __iter__(self) -> Iterator[Capture]:
        groups = (json.loads(zlib.decompress(packed)) for packed in self._packed)
        for row in chain(chain.from_iterable(groups), self._last):
            yield Capture(**{**row, "date": datetime.fromisoformat(row["date"]), "head": b""})
