"""Reads an archive: a data folder and a location, capture or record id go in, records and entities come out.

Reads our files and those of others (WARC 1.0 and 1.1, one record per gzip member or uncompressed), in bounded memory.
A record that can't be read to its end raises BadRecord; no function returns a part of it.
"""

from __future__ import annotations

import logging
import re
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from archive.disk import open_regular
from archive.errors import ArchiveError, BadRecord, StorageError
from archive.index.digests import NAME as DIGESTS
from archive.index.digests import Digests, Location
from archive.warc.codings import entity_pieces
from archive.warc.dates import parse_date
from archive.warc.exchange import Capture
from archive.warc.filenames import OPEN
from archive.warc.heads import MAX_FIELDS, read_head, unfolded
from archive.warc.members import GZIP_MAGIC, SHORT, Block, Joined, MemberStream, PlainStream, Work, buffered
from archive.warc.records import REVISIT_NOT_MODIFIED

MAX_RECORD_HEAD = 1 << 20
"""Maximum bytes of a record's header."""
_MAX_LENGTH_DIGITS = 18

logger = logging.getLogger(__name__)
_VERSION = re.compile(rb"WARC/\d\.\d{1,2}\r?\n")


class Record:
    """One WARC record with its block as a stream; a context manager, because it keeps its file open."""

    def __init__(
        self, file: BinaryIO, name: str, offset: int, compressed: bool, *, owned: bool = True, work: Work | None = None
    ) -> None:
        """Read the header. `work` counts what is read of the record."""
        self._file, self._owned = file, owned
        self.file, self.offset = name, offset
        work = work or Work()
        self._raw = MemberStream(file, name, offset, work) if compressed else PlainStream(file, offset, work)
        self._source = buffered(self._raw) if compressed else buffered(self._raw, SHORT)
        self._head_length = 0
        self._length: int | None = None
        self.version = ""
        self.fields: list[tuple[str, str]] = []
        self._read_head()
        stated = self.get("Content-Length") or ""
        if not (stated.isascii() and stated.isdigit() and len(stated) <= _MAX_LENGTH_DIGITS):
            raise BadRecord(name, offset, f"Content-Length is {self.get('Content-Length')!r:.60}")
        self.content_length = int(stated)
        if not compressed:
            self._check_length()
        self._block = Block(self._source, self.content_length, name, offset)
        self.block: BinaryIO = buffered(self._block)
        """The exact block, as a stream that only goes forward."""

    def _read_head(self) -> None:
        line = self._line()
        if not _VERSION.fullmatch(line):
            raise BadRecord(self.file, self.offset, f"no WARC record starts here: {line[:40]!r}")
        self.version = line.strip().decode("ascii")
        found: list[tuple[bytes, list[bytes]]] = []
        while (line := self._line().rstrip(b"\r\n")) != b"":
            if line[:1] in (b" ", b"\t") and found:
                found[-1][1].append(line.strip())
                continue
            key, colon, content = line.partition(b":")
            if not colon:
                raise BadRecord(self.file, self.offset, f"not a header field: {line[:60]!r}")
            found.append((key.strip(), [content.strip()]))
            if len(found) > MAX_FIELDS:
                raise BadRecord(self.file, self.offset, f"the record's header has more than {MAX_FIELDS} fields")
        text = partial(str, encoding="utf-8", errors="replace")
        self.fields = [(text(key), text(unfolded(lines))) for key, lines in found]

    def _check_length(self) -> None:
        """Look at the record's end before its block is read: lengths that lie must not cost a block each."""
        end = self.offset + self._head_length + self.content_length
        missing = end - self._file.seek(0, 2)
        if missing > 0:
            raise BadRecord(self.file, self.offset, f"the record ends {missing} bytes before its Content-Length")
        self._file.seek(end)
        self._check_end(self._file.read(4))

    def _check_end(self, found: bytes) -> None:
        if found != b"\r\n\r\n":
            reason = "the block is not followed by two empty lines: its Content-Length is wrong"
            raise BadRecord(self.file, self.offset, reason)

    def _line(self) -> bytes:
        line = self._source.readline(MAX_RECORD_HEAD)
        self._head_length += len(line)
        if self._head_length > MAX_RECORD_HEAD:
            raise BadRecord(self.file, self.offset, f"the record's header is longer than {MAX_RECORD_HEAD} bytes")
        if not line.endswith(b"\n"):
            raise BadRecord(
                self.file, self.offset, "the record's header does not end" if self._head_length else "empty member"
            )
        return line

    def get(self, name: str) -> str | None:
        """The first value of a field, or None."""
        return next(iter(self.all(name)), None)

    def all(self, name: str) -> list[str]:
        """All values of a field."""
        wanted = name.lower()
        return [value for key, value in self.fields if key.lower() == wanted]

    @property
    def type(self) -> str:
        """WARC-Type, lower case; empty when there is none."""
        return (self.get("WARC-Type") or "").lower()

    @property
    def record_id(self) -> str:
        """WARC-Record-ID with its angle brackets; empty when there is none."""
        return self.get("WARC-Record-ID") or ""

    @property
    def target_uri(self) -> str:
        """WARC-Target-URI without the angle brackets that WARC 1.0 writers put around it."""
        uri = self.get("WARC-Target-URI") or ""
        return uri[1:-1] if uri.startswith("<") and uri.endswith(">") else uri

    @property
    def date(self) -> datetime:
        """WARC-Date, aware UTC; BadRecord when it is missing or malformed."""
        try:
            return parse_date(self.get("WARC-Date") or "")
        except ValueError as error:
            raise BadRecord(self.file, self.offset, str(error)) from error

    def finish(self) -> int:
        """Read the rest and check that the record ends correctly; return its length in the file as stored."""
        if self._length is None:
            while self.block.read(1 << 16):
                pass
            self._check_end(self._source.read(4))
            if isinstance(self._raw, MemberStream):
                if self._source.read(1):
                    raise BadRecord(self.file, self.offset, "more than one record in one gzip member")
                assert self._raw.end is not None  # an empty read of a MemberStream is its end
                self._length = self._raw.end - self.offset
            else:
                self._length = self._head_length + self.content_length + 4
        return self._length

    def close(self) -> None:
        """Close the file, unless it belongs to the caller."""
        if self._owned:
            self._file.close()

    def __enter__(self) -> Record:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass
class Response:
    """A stored response or revisit: its record, its head, and its body as a stream; a context manager."""

    record: Record
    """The record, read up to the body."""
    head: bytes
    """Status line and headers of the final response as received, up to and with the empty line."""
    body: BinaryIO
    """The bytes behind the head in this record's block; empty in a revisit."""

    def __enter__(self) -> Response:
        return self

    def __exit__(self, *_: object) -> None:
        self.record.close()


class Reader:
    """Reads one archive: a data folder (with `warc/` in it) or a folder of WARC files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.warc = folder / "warc" if (folder / "warc").is_dir() else folder
        self._digests: Digests | None = None
        self._close_digests: Callable[[], object] = lambda: None
        self._scanned: dict[str, Location] | None = None

    def path(self, file: str) -> Path:
        """The path of a WARC file, by its final name; it may still be `.open`."""
        if "/" in file or "\\" in file or "\0" in file or file in ("", ".", ".."):
            raise ArchiveError(f"not the name of a WARC file: {file!r}")
        path, unsealed = self.warc / file, self.warc / (file + OPEN)
        return unsealed if not path.exists() and unsealed.exists() else path

    def files(self) -> list[str]:
        """The names of the sealed WARC files, sorted."""
        if not self.warc.is_dir():
            return []
        return sorted(path.name for path in self.warc.iterdir() if path.name.endswith((".warc.gz", ".warc")))

    def record(self, file: str, offset: int) -> Record:
        """Open the record that starts at `offset`. BadRecord when no record starts there."""
        handle = self._open(file, offset)
        try:
            handle.seek(offset)
            return Record(handle, file, offset, handle.read(2) == GZIP_MAGIC)
        except (OSError, OverflowError) as error:  # an offset from a damaged index may be any number
            handle.close()
            raise BadRecord(file, offset, f"can't be read: {error}") from error
        except BaseException:
            handle.close()
            raise

    def _open(self, file: str, offset: int) -> BinaryIO:
        try:
            return open_regular(self.path(file))
        except OSError as error:
            raise BadRecord(file, offset, f"can't be opened: {error.strerror}") from error

    def records(self, file: str, offset: int = 0) -> Iterator[Record]:
        """Give every record from `offset` on, in order; BadRecord at the first that can't be read to its end.

        Read the block of a record before you ask for the next, which finishes it. `finish()` gives its length.
        """
        with self._open(file, offset) as handle:
            size = handle.seek(0, 2)
            while offset < size:
                handle.seek(offset)
                record = Record(handle, file, offset, handle.read(2) == GZIP_MAGIC, owned=False)
                yield record
                offset += record.finish()

    def response(self, of: Capture | str) -> Response:
        """Open a stored response or revisit, by its capture or its WARC-Record-ID."""
        location = Location(of.file, of.offset) if isinstance(of, Capture) else self.locate(of)
        record = self._held(of, location)
        try:
            return open_response(record)
        except BaseException:
            record.close()
            raise

    def entity(self, of: Capture | str, limit: int) -> bytes:
        """The entity body with its codings removed, a revisit's from its original.

        TooLarge when it has more than `limit` bytes.
        """
        return b"".join(self.entity_pieces(of, limit))

    def entity_pieces(self, of: Capture | str, limit: int) -> Iterator[bytes]:
        """As `entity`, piece by piece; an error comes with the piece that it concerns."""
        with self.response(of) as response:
            original = response.record.get("WARC-Refers-To") if response.record.type == "revisit" else None
            if original is None:
                yield from entity_pieces(response.head, response.body, limit)
                return
            not_modified = response.record.get("WARC-Profile") == REVISIT_NOT_MODIFIED
            with self.response(original) as source:
                if source.record.type == "revisit":
                    raise BadRecord(
                        source.record.file, source.record.offset, "refers to a revisit, which has no payload"
                    )
                head = source.head if not_modified else response.head
                yield from entity_pieces(head, source.body, limit, framing=source.head)

    def locate(self, record_id: str) -> Location:
        """The location of a response or revisit; ArchiveError when the archive does not have it.

        Unless the digests are known to be sound, a location counts only when the record there has this id; else every
        WARC file is read, once, and the digests are not asked again.
        """
        location = None
        if digests := self._open_digests():
            try:
                location = digests.record(record_id)
            except StorageError as error:
                logger.warning("%s", error)
            if digests.as_written or (location and self._holds(record_id, location)):
                return self._known(record_id, location)
            logger.warning("%s: does not lead to %s; every WARC file is read instead", digests.path, record_id)
            self.close()
        return self._known(record_id, self._scan().get(record_id) or location)

    def _known(self, record_id: str, location: Location | None) -> Location:
        if location is None:
            raise ArchiveError(f"no response or revisit {record_id} in {self.folder}")
        return location

    def _holds(self, record_id: str, location: Location) -> bool:
        with suppress(ArchiveError):
            self._held(record_id, location).close()
            return True
        return False

    def _held(self, of: Capture | str, at: Location) -> Record:
        """Open the record at a location; BadRecord when it has another id."""
        wanted = of if isinstance(of, str) else of.record_id
        record = self.record(*at)
        if record.record_id != wanted:
            record.close()
            raise BadRecord(*at, f"holds {record.record_id}, not {wanted}")
        return record

    def _open_digests(self) -> Digests | None:
        """The digests, opened once; None when there are none, or when they can't be used."""
        if self._scanned is None and self._digests is None and (self.folder / "index" / DIGESTS).exists():
            try:
                self._digests = Digests(self.folder, read_only=True)
                self._close_digests = weakref.finalize(self, self._digests.close)  # most users do not close a reader
                if not self._digests.complete:
                    self.close()
            except StorageError as error:  # damaged, or with a log that this user can't read
                logger.warning("%s; every WARC file is read instead", error)
                self.close()
        return self._digests

    def close(self) -> None:
        """Close the digests until the next look-up: they keep a writer that closes earlier from removing its log."""
        self._close_digests()
        self._digests = None

    def _scan(self) -> dict[str, Location]:
        if self._scanned is None:
            self._scanned = {}
            for file in self.files():
                with suppress(BadRecord):  # what lies before the damage is found
                    for record in self.records(file):
                        if record.type in ("response", "revisit"):
                            self._scanned[record.record_id] = Location(file, record.offset)
        return self._scanned


def open_response(record: Record) -> Response:
    """Read the heads of the response in a record; its body stays a stream. BadRecord for other types of records."""
    if record.type not in ("response", "revisit"):
        raise BadRecord(record.file, record.offset, f"a {record.type} record, not a response")
    data, span = read_head(record.block)
    body = buffered(Joined(data[span.end :], record.block))
    return Response(record, data[span.start : span.end], body)
