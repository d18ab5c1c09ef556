"""Which versions of posts have which words: search.sqlite in the data folder.

It is made from the archive alone, so it can be lost. FTS5 keeps only words and their places ("contentless"), and no
version is ever deleted from it, which contentless tables can't before SQLite 3.43: when one leaves the archive, the
whole index goes, and with it the words.

The rows are numbered by date, so that the newest are found first without sorting, and dates are ranges of rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.errors import StorageFailed, Unusable
from crawler.search.query import Query, source_word
from crawler.search.texts import texts_of
from crawler.search.words import words
from crawler.store.database import Database, Schema
from crawler.store.stored_version import Version

ADVICE = "remove it: `warcpress search` makes it again"
SLOTS = 1 << 20
"""Numbers of each second of the calendar."""
_BEGIN = datetime(1, 1, 1, tzinfo=UTC)
_TABLES = """
CREATE TABLE versions (
    id INTEGER PRIMARY KEY,         -- seconds from the year 1 to the post's date, times 1,048,576, plus 0, 1, 2 …
    record_id TEXT NOT NULL UNIQUE  -- of the conversion record
);
CREATE VIRTUAL TABLE texts USING fts5 (
    title, body, author, section, source,  -- words as `search/words.py` makes them, with spaces between them
    content = '', columnsize = 0, tokenize = 'ascii'
)
"""
_NUMBER = "SELECT coalesce(max(id) + 1, :first) FROM versions WHERE id >= :first AND id < :end"
_KNOWN = "SELECT record_id FROM versions WHERE record_id IN (SELECT value FROM json_each(?))"
_IN_TEXTS = "texts CROSS JOIN versions ON versions.id = texts.rowid", "texts.rowid"
_IN_VERSIONS = "versions", "versions.id"
_BY_VERSION = "versions CROSS JOIN texts ON texts.rowid = versions.id", "versions.id"
"""Tables in the order in which they are read, and the number of a row there."""


class SearchIndex:
    """search.sqlite. Each method that writes is one transaction, which a kill can't undo but a power loss may."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the file and make it if it is missing; with `read_only` it must exist and need not be writable.

        Unsound when it is damaged, Unusable when this process can't open it, StorageFailed when the disk fails.
        """
        schema = Schema("versions", _TABLES, ())
        try:
            self._database = Database(path, schema, ADVICE, durable=False, read_only=read_only)
        except Unusable as error:
            raise Unusable(f"{error}; or {ADVICE}") from error

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def add(self, posts: Iterable[tuple[Version, str]]) -> None:
        """Add versions with their post files; those that are here already stay as they are."""
        given = {version.record_id: (version, file) for version, file in posts}
        known = self.known(given)
        new = [post for record_id, post in given.items() if record_id not in known]
        with self._database.transaction():
            for version, file in sorted(new, key=lambda post: post[0].date):  # FTS5 writes a part at each step back
                self._insert(version, file)

    def _insert(self, version: Version, file: str) -> None:
        first = _number(version.date)
        number = self._database.value(_NUMBER, {"first": first, "end": first + SLOTS})
        found = texts_of(version, file)
        texts = (*(" ".join(words(text)) for text in (found.title, found.body, found.author, found.sections)),)
        self._database.run("INSERT INTO versions VALUES (?, ?)", (number, version.record_id))
        row = (number, *texts, source_word(version.source))
        self._database.run(
            "INSERT INTO texts (rowid, title, body, author, section, source) VALUES (?, ?, ?, ?, ?, ?)", row
        )

    def count(self) -> int:
        """How many versions are here."""
        return int(self._database.value("SELECT count(*) FROM versions"))

    def known(self, record_ids: Iterable[str]) -> set[str]:
        """Those of these versions that are here."""
        return {str(record_id) for (record_id,) in self._database.rows(_KNOWN, (json.dumps(list(record_ids)),))}

    def newest(self, query: Query, most: int, after: str = "") -> list[str]:
        """Record ids of the versions that a query finds, the one with the newest date first.

        Those of one second come in the order in which they were added, the last one first. `after`: go on after this
        version.
        """
        table, row = _IN_TEXTS if query.expression else _IN_VERSIONS
        return self._select(table, row, query, {"most": most, "after": after})

    def newest_below(self, query: Query, most: int, below: int | None) -> list[tuple[int, str]]:
        """Numbers and record ids of the versions that a query finds, the newest first; `below`: with lesser numbers."""
        table, row = _IN_TEXTS if query.expression else _IN_VERSIONS
        return self._selected(table, row, query, {"most": most, "below": below})

    def number_of(self, record_id: str) -> int | None:
        """The number of a version; None for one that is not here."""
        found = self._database.value("SELECT id FROM versions WHERE record_id = ?", (record_id,))
        return None if found is None else int(found)

    def those_found(self, query: Query, record_ids: Iterable[str]) -> list[str]:
        """Those of these versions that a query finds."""
        table, row = _BY_VERSION if query.expression else _IN_VERSIONS
        return self._select(table, row, query, {"most": -1, "record_ids": json.dumps(list(record_ids))})

    def _select(self, table: str, row: str, query: Query, given: dict[str, Any]) -> list[str]:
        return [record_id for _, record_id in self._selected(table, row, query, given)]

    def _selected(self, table: str, row: str, query: Query, given: dict[str, Any]) -> list[tuple[int, str]]:
        first, end = (_number(date) if date else None for date in (query.after, query.before))
        given = {"after": "", "below": None, "record_ids": "", **given}
        values = {**given, "expression": query.expression, "first": first, "end": end}
        terms = {
            "texts MATCH :expression": query.expression,
            f"{row} >= :first": query.after,
            f"{row} < :end": query.before,
            f"{row} < (SELECT id FROM versions WHERE record_id = :after)": values["after"],
            f"{row} < :below": values["below"] is not None,
            "versions.record_id IN (SELECT value FROM json_each(:record_ids))": values["record_ids"],
        }
        where = " AND ".join(("1", *(term for term, is_given in terms.items() if is_given)))
        statement = f"SELECT {row}, versions.record_id FROM {table} WHERE {where} ORDER BY {row} DESC LIMIT :most"
        return [(int(number), str(record_id)) for number, record_id in self._database.rows(statement, values)]


def remove(path: Path) -> None:
    """Remove the file and what SQLite keeps beside it: the next search makes it again. StorageFailed if it stays.

    A folder in its place stays: it has no words.
    """
    if path.is_dir():
        return
    try:
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    except OSError as error:
        raise StorageFailed(f"{path}: can't be removed: {error.strerror}; {ADVICE}") from error


def _number(date: datetime) -> int:
    """The first number of a second."""
    since = date.astimezone(UTC) - _BEGIN
    return (since.days * 86_400 + since.seconds) * SLOTS
