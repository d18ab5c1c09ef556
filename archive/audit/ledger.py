"""A temporary database of every record, for the checks across files: rows go in, answers to SQL queries come out.

SQLite keeps it in memory and spills to disk beyond `CACHE`. A million records take 90 MB there instead of 600 MB of
Python objects (2026-11). In the queries, `row >> 40` is the number of the row's file (`ROW_BITS`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from archive.audit.scanning.batch import DAMAGED, Batch, FileCounts
from archive.audit.scanning.filelog import ROW_BITS
from archive.escaping import as_text
from archive.index.cdxj import Line

CACHE = 48 << 10
"""KiB of the database held in memory."""
GROUP = 2000
"""Wrong index lines that are written at once."""

_SCHEMA = """
-- The files of the audit. base: name without folder; package: the archive or WACZ package; damaged: how often it could
-- not be read, with place and check of the first time; pairs, one_sided: pairs that were found while it was read.
CREATE TABLE files (number INTEGER PRIMARY KEY, name TEXT, base TEXT, package TEXT, loose INTEGER, damaged INTEGER,
damage_offset INTEGER, damage_check INTEGER, pairs INTEGER, one_sided INTEGER);
-- The records of the files: `RecordRow`.
CREATE TABLE records (row INTEGER PRIMARY KEY, offset INTEGER, length INTEGER, id, kind, uri, date, digest, state,
"check", http, warcinfo, paired INTEGER);
-- WARC-Concurrent-To of records whose partner is not the record before or after.
CREATE TABLE links (row INTEGER, target);
-- What revisits refer to: `RevisitRow`.
CREATE TABLE revisits (row INTEGER, target, uri, date, profile);
-- Segments of records: `SegmentRow`.
CREATE TABLE segments (row INTEGER PRIMARY KEY, origin, number, total, length);
-- Lines of indexes, with their number in the file `source`.
CREATE TABLE lines (package TEXT, source TEXT, line INTEGER, file TEXT, offset INTEGER, length INTEGER, url, stamp, id,
digest, mime, status, refers);
-- SURTs of the captures of packages.
CREATE TABLE keys (package TEXT, key TEXT, PRIMARY KEY (package, key)) WITHOUT ROWID;
-- Lines of indexes that do not lead to the record that they describe.
CREATE TABLE wrong (package TEXT, source TEXT, line INTEGER, url, stamp, id);
-- Captures by the SURT of their URI, and their date as digits, to the second.
CREATE TABLE spellings (key TEXT, second TEXT, row INTEGER);
-- Faults of records that are dropped if the request was a HEAD.
CREATE TABLE doubts (row INTEGER, "check", message);
"""


class Ledger:
    """Tables of records, their references and index lines.

    The rows are those of `archive.audit.scanning.batch`. `row >> ROW_BITS` is the number of the file.
    """

    def __init__(self) -> None:
        self._base = sqlite3.connect("", isolation_level=None)
        self._base.executescript(
            f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-{CACHE};" + _SCHEMA
        )
        self._copies: dict[tuple[str, str], Path] = {}
        self._indexed = False
        self._wrong: list[tuple[str, str, int]] = []
        self._base.execute("BEGIN")

    def add_file(self, number: int, name: str, package: str, *, loose: bool) -> None:
        """Add a file of an archive or package (empty for none).

        `loose`: its records may refer to records in files that were not given.
        """
        base = name.rpartition("!")[2].rpartition("/")[2]
        values = (number, name, base, package, loose)
        self._base.execute("INSERT INTO files VALUES (?, ?, ?, ?, ?, 0, NULL, NULL, 0, 0)", values)

    def add_copy(self, package: str, base: str, copy: Path) -> None:
        """Note where the copy is of an archive's file that is only in the store."""
        self._copies[package, base] = copy

    def copies(self, folder: Path) -> dict[str, Path]:
        """The copies of those files of an archive that are only in the store, and were read; by name."""
        return {base: path for (package, base), path in self._copies.items() if package == as_text(folder)}

    def count_lines(self, folder: Path) -> dict[str, int]:
        """How many lines an archive's index has of each WARC file, by name."""
        statement = "SELECT file, count(*) FROM lines WHERE package = ? GROUP BY 1"
        return dict(self.all(statement, (as_text(folder),)))

    def set_counts(self, number: int, counts: FileCounts) -> None:
        """Store the counts of a file that was read to its end."""
        first = counts.first_damage or (None, None)
        values = (counts.damaged, *first, counts.pairs, counts.one_sided, number)
        self._base.execute(
            "UPDATE files SET damaged = ?, damage_offset = ?, damage_check = ?, pairs = ?, one_sided = ?"
            " WHERE number = ?",
            values,
        )

    def mark_damaged(self, row: int, check: int) -> None:
        """Mark a record as damaged by a check that ran after the file was read."""
        self._base.execute('UPDATE records SET state = ?, "check" = ? WHERE row = ?', (DAMAGED, check, row))

    def add(self, batch: Batch) -> None:
        """Add the rows of one batch."""
        insert = self._base.executemany
        insert("INSERT INTO records VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", batch.records)
        if batch.links:
            insert("INSERT INTO links VALUES (?,?)", batch.links)
        if batch.revisits:
            insert("INSERT INTO revisits VALUES (?,?,?,?,?)", batch.revisits)
        if batch.doubts:
            insert(
                "INSERT INTO doubts VALUES (?,?,?)", [(row, fault.check, fault.message) for row, fault in batch.doubts]
            )
        if batch.segments:
            insert("INSERT INTO segments VALUES (?,?,?,?,?)", batch.segments)

    def add_lines(self, package: str, source: str, lines: Sequence[tuple[int, Line]]) -> None:
        """Add lines of a package's index with their numbers in the file `source`; offset and length are below 2**63."""
        rows = []
        for number, line in lines:
            place = (as_text(line.file.rpartition("/")[2]), line.offset, line.length)
            stamp = f"{line.timestamp}{line.date.microsecond:06d}"
            what = (line.url, stamp, line.record_id, line.digest, line.mime, line.status, line.refers_to)
            rows.append((package, source, number, *place, *what))
        self._base.executemany("INSERT INTO lines VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", rows)

    def add_keys(self, keys: Iterator[tuple[str, str]]) -> None:
        """Add the SURTs of captures, each with its package."""
        self._base.executemany("INSERT OR IGNORE INTO keys VALUES (?,?)", keys)

    def add_wrong(self, package: str, source: str, line: int) -> None:
        """Mark an index line that does not lead to the record that it describes; that record may have no other line.

        The table has it after `index_wrong`.
        """
        self._wrong.append((package, source, line))
        if len(self._wrong) >= GROUP:
            self._write_wrong()

    def _write_wrong(self) -> None:
        self._base.executemany(
            "INSERT INTO wrong SELECT package, source, line, url, stamp, id FROM lines"
            " WHERE package = ? AND source = ? AND line = ?",
            self._wrong,
        )
        self._wrong.clear()

    def index_lines(self) -> None:
        """Create the SQL indexes of the index lines, after the last line was added."""
        self._base.execute("CREATE INDEX IF NOT EXISTS by_place ON lines (package, file, offset)")
        self._base.execute("CREATE INDEX IF NOT EXISTS by_line ON lines (package, source, line)")
        # Without it SQLite reads all records of a file for each line: 5 minutes of CPU for 34,000 captures in one file
        # (2026-11).
        self._base.execute("CREATE INDEX IF NOT EXISTS by_offset ON records (offset)")

    def index_wrong(self) -> None:
        """Create the SQL indexes of wrong lines: after they were added, since each then costs three entries."""
        self._write_wrong()
        self._base.execute("CREATE INDEX IF NOT EXISTS wrong_line ON wrong (package, source, line)")
        self._base.execute("CREATE INDEX IF NOT EXISTS wrong_url ON wrong (package, url, stamp)")
        self._base.execute("CREATE INDEX IF NOT EXISTS wrong_id ON wrong (package, id)")

    def index(self) -> None:
        """Create the SQL indexes of records and links, after the last record was added."""
        if not self._indexed:
            self._base.executescript(
                "CREATE INDEX by_id ON records (id); CREATE INDEX by_target ON links (target);"
                "CREATE INDEX by_row ON links (row, target); ANALYZE;"
            )
            self._base.execute("BEGIN")  # the script ended it: outside, an insert takes 80 µs instead of 7 (2026-11)
            self._indexed = True

    def index_uris(self) -> None:
        """Create the SQL index of records by URI, before the first look-up by URI.

        Most audits need no such look-up, and the index of 35,000 records takes 17 ms (2026-11). Never call it while
        the rows of `all` are still being read.
        """
        self._base.execute("CREATE INDEX IF NOT EXISTS by_uri ON records (uri, kind, date)")

    def forget_copies(self, most: int) -> None:
        """Forget the ids of records whose id `most` records before them have.

        The statistics of `index` count them too, and would make SQLite read all records for each link.
        """
        forgotten = self._base.execute(
            "UPDATE records SET id = NULL WHERE row IN (SELECT row FROM (SELECT row, row_number() OVER"
            " (PARTITION BY id ORDER BY row) AS nth FROM records WHERE id IN (SELECT id FROM records"
            " WHERE id IS NOT NULL GROUP BY id HAVING count(*) > ?1)) WHERE nth > ?1)",
            (most,),
        )
        if forgotten.rowcount > 0:
            self._base.execute("DELETE FROM sqlite_stat1")
            self._base.execute("ANALYZE sqlite_master")

    def index_originals(self) -> None:
        """Create the SQL indexes of originals by payload digest, before the first look-up of a revisit's original.

        Never call it while the rows of `all` are still being read.
        """
        for column in ("uri", "date"):
            self._base.execute(
                f"CREATE INDEX IF NOT EXISTS originals_by_{column} ON records (digest, {column})"
                " WHERE kind IN ('response', 'resource')"
            )

    def add_spellings(self, rows: Iterator[tuple[str, str, int]]) -> None:
        """Add the captures by SURT and second: 15 µs each, so only for revisits that need it (2026-11)."""
        self._base.executemany("INSERT INTO spellings VALUES (?,?,?)", rows)
        self._base.execute("CREATE INDEX by_spelling ON spellings (key, second)")

    def same_payloads(self, folder: Path) -> Iterator[tuple[str, str, int, str]]:
        """Digest, file, offset and date of the responses of an archive that have one payload, in the order written.

        Imported files are left out, because their digests are somebody's word.
        """
        own = "JOIN files ON files.number = row >> :bits WHERE package = :folder AND base NOT GLOB 'imported-*'"
        select = f"FROM records {own} AND kind = 'response' AND digest IS NOT NULL"
        several = f"SELECT digest {select} GROUP BY digest HAVING count(*) > 1"
        found = f"SELECT digest, base, offset, date {select} AND digest IN ({several}) ORDER BY digest, base, offset"
        yield from self.all(found, {"bits": ROW_BITS, "folder": as_text(folder)})

    def all(self, query: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a SELECT one by one."""
        yield from self._base.execute(query, values)

    def one(self, query: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> tuple[Any, ...] | None:
        """First row of a SELECT, or None."""
        row: tuple[Any, ...] | None = self._base.execute(query, values).fetchone()
        return row

    def close(self) -> None:
        """Delete the database."""
        self._base.close()


def file_of(row: int) -> int:
    """Number of the file to which a row belongs."""
    return row >> ROW_BITS


def rows_of(number: int) -> tuple[int, int]:
    """First and last possible row of a file."""
    return number << ROW_BITS, (number + 1 << ROW_BITS) - 1
