"""index/digests.sqlite: where stored responses are, by payload digest, target URI and record id.

Captures that are fsynced go in, locations come out. A row takes 40 to 60 bytes and only says where to look: the caller
reads the header of the record there first, so a damaged or outdated row costs a duplicate and never a false revisit.
When the file is missing or damaged, the next run makes it again from the WARC files.

While nobody has it open, `digests.sha256` holds its checksum, in the form of `sha256sum`. After a run that was killed
there is none; then the structure is checked.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

from archive.disk import Disk
from archive.errors import StorageError
from archive.index.read_only import open_read_only
from archive.index.write_ahead import of_the_disk, open_to_write
from archive.warc.exchange import Capture
from archive.warc.filenames import age, is_imported

NAME = "digests.sqlite"
CHECKSUM = "digests.sha256"
CHECKED = 64 << 20
"""Largest file, in bytes, whose checksum is kept: about a million captures. Hashing it takes 50 ms (2026-11)."""
EMPTY_PAYLOAD = "sha256:" + hashlib.sha256(b"").hexdigest()
"""Digest of the empty payload, which is never deduplicated: there is nothing to save."""

_READING: dict[str, Any] = {"isolation_level": None, "timeout": 10, "check_same_thread": False}
_LOCATIONS = ("payloads", "targets", "records")
_TABLES = [
    "CREATE TABLE files (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    *(
        f"CREATE TABLE {name} (key BLOB PRIMARY KEY, file INTEGER NOT NULL, offset INTEGER NOT NULL) WITHOUT ROWID"
        for name in _LOCATIONS
    ),
]
"""Today's tables; a change to them needs an entry in `_UPGRADES`."""
_UPGRADES: tuple[str, ...] = ()
"""SQL from schema 1 (release 0.1.0) to 2, from 2 to 3, and so on."""


def _schema() -> int:
    """Today's schema: the `user_version` of a complete file. A file that is still being filled has 0."""
    return 1 + len(_UPGRADES)


class Location(NamedTuple):
    """Where a record starts."""

    file: str
    offset: int


class DigestsUnusable(StorageError):
    """The file can't be used; readers can do without it."""


class DigestsDamaged(DigestsUnusable):
    """The file is not a sound database. A writer has removed it, so that it is made again."""

    def __init__(self, path: Path, reason: object) -> None:
        self.reason = str(reason)
        super().__init__(f"{path}: damaged: {reason}", "the next run makes it again from the WARC files")


class DigestsNewer(DigestsUnusable):
    """A newer release has written the file."""

    def __init__(self, path: Path, schema: int) -> None:
        super().__init__(
            f"{path}: schema {schema} of a newer release, this one knows {_schema()}; install that release again",
            "or delete the file: the next run makes it again from the WARC files",
        )


def is_open(path: Path) -> bool:
    """Tell whether a process has the file open, or had it open when it was killed."""
    return any(path.with_name(NAME + ending).exists() for ending in ("-wal", "-shm"))


class DigestsInUse(DigestsUnusable):
    """Another process has the file open."""


def discard(folder: Path) -> None:
    """Remove the file, so that it is made again; DigestsInUse while a run has it open."""
    path = folder / "index" / NAME
    try:
        if path.exists():
            with closing(sqlite3.connect(path, timeout=0)) as db:
                db.execute("PRAGMA journal_mode=DELETE")  # impossible while another connection exists
    except sqlite3.Error as error:
        if of_the_disk(error):
            raise DigestsInUse(f"{path}: {error}", "it was not made again; try it after the run") from error
    _remove(path)


def _remove(path: Path) -> None:
    for name in (*(NAME + ending for ending in ("", "-wal", "-shm", "-journal")), CHECKSUM):
        path.with_name(name).unlink(missing_ok=True)


class Digests:
    """The lookup table of one data folder; hold the folder's lock to write."""

    def __init__(self, folder: Path, disk: Disk | None = None, *, read_only: bool = False, checked: int = CHECKED):
        """Open, make or upgrade the file. Raises StorageError, DigestsDamaged, DigestsNewer.

        `read_only` changes no file. `checked`: bytes of the largest file whose checksum is compared.
        """
        self.path = folder / "index" / NAME
        self._disk, self._files = disk or Disk(), dict[str, int]()
        self._read_only = read_only
        self.as_written = self._agrees(checked)
        """Whether the file has its checksum; None when that is not known: it was not closed, or it is large."""
        self._db: sqlite3.Connection | None = None
        try:
            if read_only:
                if self.as_written is False:
                    raise self._damaged(f"{CHECKSUM} has another checksum")
                self._db = open_read_only(self.path, unused=not is_open(self.path), **_READING)
            else:
                self._open_to_write()
            self._connection.text_factory = os.fsdecode  # the name of a file need not be UTF-8
            self._bring_up_to_date()
        except (OSError, sqlite3.Error) as error:
            failed = self._failed(error)
            self.close()
            raise failed from error
        except DigestsNewer:
            self.close()
            raise

    def _open_to_write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.as_written is False:
            raise self._damaged(f"{CHECKSUM} has another checksum")
        if (checksum := self.path.with_name(CHECKSUM)).exists():
            checksum.unlink()
            Disk().fsync_folder(self.path.parent)  # else a power loss could bring it back beside a changed file
        # Not durable, so no fsync per transaction; a power loss forgets the last ones and corrupts nothing.
        self._db = open_to_write(self.path, durable=False, timeout=10, check_same_thread=False)
        self._db.execute("PRAGMA cache_size=-16000")

    def _agrees(self, largest: int) -> bool | None:
        """Compare the file, which this process must not have open: a second descriptor would end SQLite's locks."""
        try:
            said = self.path.with_name(CHECKSUM).read_bytes().split()
            if len(said) != 2 or is_open(self.path) or self.path.stat().st_size > largest:
                return None
            with self.path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            still = self.path.with_name(CHECKSUM).read_bytes().split() == said  # no run has begun meanwhile
        except OSError:
            return None
        return found.encode() == said[0] if still else None

    def _note_checksum(self) -> None:
        try:
            if is_open(self.path) or self.path.stat().st_size > CHECKED:
                return
            with self.path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            self.path.with_name(CHECKSUM).write_text(f"{found}  {NAME}\n")
        except OSError:  # a full disk, for instance
            self.path.with_name(CHECKSUM).unlink(missing_ok=True)

    def _bring_up_to_date(self) -> None:
        found = self._version()
        if found > _schema():
            raise DigestsNewer(self.path, found)
        if found == _schema():
            self._check_tables()
        if self._read_only or found == _schema():
            return
        if found == 0:  # new, or never filled completely: its tables are made again
            steps = [*(f"DROP TABLE IF EXISTS {name}" for name in ("files", *_LOCATIONS)), *_TABLES]
        else:
            steps = [*_UPGRADES[found - 1 :], f"PRAGMA user_version = {_schema()}"]
        self._connection.executescript(";".join(["BEGIN IMMEDIATE", *steps, "COMMIT"]))

    def _check_tables(self) -> None:
        """Raise DigestsDamaged when the file has other tables than ours, or anything beside them.

        A view, trigger or computed column of a stranger may run for ever; a table without its key is read whole.
        """
        found = self._execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL LIMIT ?", len(_TABLES) + 1)
        if sorted(str(sql) for (sql,) in found) != sorted(_TABLES):
            raise self._damaged("its tables are not those of an index")

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._db is None:
            raise StorageError(f"{self.path}: used after it was closed")
        return self._db

    def _failed(self, error: Exception) -> StorageError:
        if isinstance(error, sqlite3.Error) and not of_the_disk(error):
            return self._damaged(error)  # for instance "file is not a database"
        return StorageError(f"{self.path}: {error}")

    def _damaged(self, reason: object) -> DigestsDamaged:
        if not self._read_only:
            self.close()
            _remove(self.path)
        return DigestsDamaged(self.path, reason)

    def check(self) -> None:
        """Raise DigestsDamaged when the file is malformed; takes 0.5 s for a million captures.

        SQLite's own check does not see that two pages have been swapped; then keys are out of order.
        """
        answer = self._execute("PRAGMA quick_check(1)")[0][0]
        if answer != "ok":
            raise self._damaged(" ".join(answer.split()))  # it has a heading with a line of its own
        for table in _LOCATIONS:
            before = b""
            try:
                for (key,) in self._connection.execute(f"SELECT key FROM {table}"):
                    if not isinstance(key, bytes) or key <= before:
                        raise self._damaged(f"the keys of {table} are out of order")
                    before = key
            except sqlite3.Error as error:
                raise self._failed(error) from error

    @property
    def complete(self) -> bool:
        """Whether it holds every capture that was stored before it was made."""
        return self._version() == _schema()

    def set_complete(self) -> None:
        """Note that it has been filled."""
        self._change(f"PRAGMA user_version = {_schema()}")

    def _version(self) -> int:
        return int(self._execute("PRAGMA user_version")[0][0])

    def _execute(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def _change(self, statement: str, *values: object) -> None:
        self._disk.confirm()
        self._execute(statement, *values)

    def payload(self, digest: str) -> Location | None:
        """Find the first stored response with this payload digest."""
        return self._find("payloads", digest)

    def newest(self, uri: str) -> Location | None:
        """Find the newest whole 200 answer of a target URI: a response, or a revisit of a payload that is held."""
        return self._find("targets", uri)

    def record(self, record_id: str) -> Location | None:
        """Find the response or revisit with this WARC-Record-ID."""
        return self._find("records", record_id)

    def _find(self, table: str, name: str) -> Location | None:
        where = f"SELECT name, offset FROM {table} JOIN files ON files.id = {table}.file WHERE key = ? LIMIT 1"
        rows = self._execute(where, _key(name))
        return Location(*rows[0]) if rows and _is_location(*rows[0]) else None

    def files(self) -> list[str]:
        """Names of the WARC files that it knows."""
        return [name for (name,) in self._execute("SELECT name FROM files") if isinstance(name, str)]

    def add(self, captures: Iterable[Capture], *, late: bool = False) -> None:
        """Add captures, oldest first: a payload keeps its first location, a target its last; `late`: its newest."""
        self._execute("BEGIN IMMEDIATE")
        try:
            for capture in captures:
                self._add(capture, late)
            self._change("COMMIT")
        except BaseException:
            self._files.clear()
            with suppress(sqlite3.Error, StorageError):  # the first error is the one to report
                self._connection.execute("ROLLBACK")
            raise

    def _add(self, capture: Capture, late: bool) -> None:
        here = (self._file_id(capture.file), capture.offset)
        how = "IGNORE" if is_imported(capture.file) else "REPLACE"  # its digest is somebody's word: no original
        self._execute(f"INSERT OR {how} INTO records VALUES (?, ?, ?)", _key(capture.record_id), *here)
        if capture.truncated is not None or not capture.payload_digest or how == "IGNORE":
            return
        if is_original(capture):
            self._execute("INSERT OR IGNORE INTO payloads VALUES (?, ?, ?)", _key(capture.payload_digest), *here)
        if late and (held := self.newest(capture.url)) and age(held.file) > age(capture.file):
            return
        if capture.status == 200 and (capture.kind == "response" or self.payload(capture.payload_digest)):
            self._execute("INSERT OR REPLACE INTO targets VALUES (?, ?, ?)", _key(capture.url), *here)

    def _file_id(self, name: str) -> int:
        if name not in self._files:
            text = os.fsencode(name)
            self._execute("INSERT OR IGNORE INTO files (name) VALUES (CAST(? AS TEXT))", text)
            self._files[name] = self._execute("SELECT id FROM files WHERE name = CAST(? AS TEXT)", text)[0][0]
        return self._files[name]

    def relocate(self, file: str, starts: Mapping[str, int]) -> None:
        """Let the locations in some files lead into `file`, where the bytes of each begin at its start."""
        new, places = self._file_id(file), [(self._file_id(name), at) for name, at in starts.items()]
        moved = f"WITH moved (id, at) AS (VALUES {', '.join(map(str, places))})"
        for table in _LOCATIONS:
            to = f"file = {new}, offset = offset + (SELECT at FROM moved WHERE id = file)"
            self._change(f"{moved} UPDATE {table} SET {to} WHERE file IN (SELECT id FROM moved)")
        self._change(f"{moved} DELETE FROM files WHERE id IN (SELECT id FROM moved)")
        self._files.clear()

    def make_durable(self) -> None:
        """Sync all additions before a file is sealed: later runs do not check that its captures are here."""
        self._change("PRAGMA wal_checkpoint(PASSIVE)")

    def forget(self, digest: str) -> None:
        """Drop a payload whose original is not where it should be; the next response with it becomes the original."""
        self._change("DELETE FROM payloads WHERE key = ?", _key(digest))

    def close(self) -> None:
        """Close the file, once."""
        if self._db is not None:
            self._disk.confirm()  # SQLite takes its log back into the file
            self._db.close()
            self._db = None
            if not self._read_only:
                self._note_checksum()


def _is_location(file: object, offset: object) -> bool:
    """Tell whether the columns of a row can be a location; those of a damaged file may hold anything."""
    return isinstance(file, str) and not {"/", "\0"} & set(file) and isinstance(offset, int) and offset >= 0


def is_original(capture: Capture) -> bool:
    """Tell whether revisits may refer to a capture: a whole response with a payload."""
    is_whole = capture.kind == "response" and capture.truncated is None
    return is_whole and capture.payload_digest not in ("", EMPTY_PAYLOAD)


def _key(text: str) -> bytes:
    """16 bytes; a collision shows when the record is read (and has odds of 1 in 10^24 at 10 million rows)."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
