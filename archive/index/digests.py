"""Where stored responses are, by payload digest, target URI and record id: index/digests.sqlite; in: durable
captures, out: locations.

Only what is fsynced enters. A row is 40 to 60 bytes and says where to look, not what is there: whoever uses a
location reads the record's header first, so a damaged or outdated row costs a duplicate and never a false revisit.
Losing the file costs nothing: `rebuild`.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from archive.errors import StorageError
from archive.index.read_only import open_read_only
from archive.warc.exchange import Capture

NAME = "digests.sqlite"
_COMPLETE = 1
_TABLES = ("payloads", "targets", "records")
_FILES = "CREATE TABLE IF NOT EXISTS files (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)"
_TABLE = (
    "CREATE TABLE IF NOT EXISTS {} (key BLOB PRIMARY KEY, file INTEGER NOT NULL, offset INTEGER NOT NULL) WITHOUT ROWID"
)


class Location(NamedTuple):
    """Where a record starts."""

    file: str
    offset: int


class DigestsDamaged(StorageError):
    """The file is no sound database. A writer has removed it, so that it is made again."""

    def __init__(self, path: Path, reason: object) -> None:
        super().__init__(f"{path}: damaged: {reason}", "the next run makes it again from the WARC files")


def ended_badly(folder: Path) -> bool:
    """Whether the last writer did not close them."""
    return (folder / "index" / (NAME + "-wal")).exists()


class Digests:
    """The lookup table of one data folder; open it under the folder's lock when writing."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        """`read_only` never touches the folder, not even on a disk that can't be written. Raises StorageError."""
        self.path = folder / "index" / NAME
        self._files: dict[str, int] = {}
        self._read_only = read_only
        self._db: sqlite3.Connection | None = None
        try:
            self._db = self._open_to_read() if read_only else self._open_to_write()
        except (OSError, sqlite3.Error) as error:
            raise self._failed(error) from error

    def _open_to_write(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self.path, isolation_level=None, timeout=10, check_same_thread=False)
        # WAL with NORMAL: no fsync per transaction; a power loss forgets the last ones and corrupts nothing.
        db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;")
        db.executescript(";".join([_FILES, *map(_TABLE.format, _TABLES)]))
        return db

    def _open_to_read(self) -> sqlite3.Connection:
        return open_read_only(self.path, isolation_level=None, timeout=10, check_same_thread=False)

    def _failed(self, error: Exception) -> StorageError:
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            return self._damaged(error)  # "file is not a database", "disk image is malformed"
        return StorageError(f"{self.path}: {error}")

    def _damaged(self, reason: object) -> DigestsDamaged:
        if not self._read_only:
            if self._db is not None:
                self._db.close()
            for ending in ("", "-wal", "-shm", "-journal"):
                self.path.with_name(NAME + ending).unlink(missing_ok=True)
        return DigestsDamaged(self.path, reason)

    def check(self) -> None:
        """Raises DigestsDamaged when SQLite finds its file malformed: 0.4 s for a million captures."""
        answer = self._execute("PRAGMA quick_check(1)")[0][0]
        if answer != "ok":
            raise self._damaged(answer)

    @property
    def complete(self) -> bool:
        """Whether everything that was stored before they were made has been filled in."""
        return bool(self._execute("PRAGMA user_version")[0][0] == _COMPLETE)

    def set_complete(self) -> None:
        """Says that they are filled."""
        self._execute(f"PRAGMA user_version = {_COMPLETE}")

    def _execute(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        assert self._db is not None
        try:
            return self._db.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def payload(self, digest: str) -> Location | None:
        """The first stored response with this payload digest."""
        return self._find("payloads", _key(digest))

    def newest(self, uri: str) -> Location | None:
        """The newest whole 200 answer of a target URI: a response, or a revisit of a payload that is here."""
        return self._find("targets", _key(uri))

    def record(self, record_id: str) -> Location | None:
        """Where the response or revisit with this WARC-Record-ID is."""
        return self._find("records", _key(record_id))

    def _find(self, table: str, key: bytes) -> Location | None:
        where = f"SELECT name, offset FROM {table} JOIN files ON files.id = {table}.file WHERE key = ?"
        rows = self._execute(where, key)
        return Location(*rows[0]) if rows else None

    def add(self, captures: Iterable[Capture]) -> None:
        """Adds stored captures, oldest first, in one transaction; a payload keeps its first location, a target takes
        its last.
        """
        self._execute("BEGIN IMMEDIATE")
        try:
            for capture in captures:
                self._add(capture)
            self._execute("COMMIT")
        except BaseException:
            self._files.clear()
            if self._db is not None:
                with suppress(sqlite3.Error):  # what failed before is what matters, and nothing was committed
                    self._db.execute("ROLLBACK")
            raise

    def _add(self, capture: Capture) -> None:
        here = (self._file_id(capture.file), capture.offset)
        self._execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?)", _key(capture.record_id), *here)
        if capture.truncated is not None or not capture.payload_digest:
            return
        payload = _key(capture.payload_digest)
        if is_original(capture):
            self._execute("INSERT OR IGNORE INTO payloads VALUES (?, ?, ?)", payload, *here)
        if capture.status == 200:
            if capture.kind == "revisit" and not self._find("payloads", payload):
                return
            self._execute("INSERT OR REPLACE INTO targets VALUES (?, ?, ?)", _key(capture.url), *here)

    def _file_id(self, name: str) -> int:
        if name not in self._files:
            self._execute("INSERT OR IGNORE INTO files (name) VALUES (?)", name)
            self._files[name] = self._execute("SELECT id FROM files WHERE name = ?", name)[0][0]
        return self._files[name]

    def make_durable(self) -> None:
        """Syncs what was added: a loss of power can't forget it from now on. Called before a file is sealed: afterwards
        nobody looks whether its captures are here."""
        self._execute("PRAGMA wal_checkpoint(PASSIVE)")

    def forget(self, digest: str) -> None:
        """Drops a payload whose original is not where it should be; the next response with it becomes the original."""
        self._execute("DELETE FROM payloads WHERE key = ?", _key(digest))

    def close(self) -> None:
        if self._db is not None:
            self._db.close()


EMPTY_PAYLOAD = "sha256:" + hashlib.sha256(b"").hexdigest()


def is_original(capture: Capture) -> bool:
    """Whether revisits may point at it: a whole response with a payload. An empty payload is never deduplicated:
    nothing to save.
    """
    return (
        capture.kind == "response" and capture.truncated is None and capture.payload_digest not in ("", EMPTY_PAYLOAD)
    )


def _key(text: str) -> bytes:
    """16 bytes; a collision shows when the record is read (and has odds of 1 in 10^24 at 10 million rows)."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
