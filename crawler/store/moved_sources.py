"""Take over from another frontier what it knows of sources: a fleet gave them to this folder (`Frontier.moved`).

The other file is only read. Of two rows, the one that was written last counts, so taking over twice changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from itertools import chain
from pathlib import Path
from sqlite3 import Row

from crawler.clock import Clock
from crawler.store.database import Database
from crawler.store.frontier_tables import SCHEMA

_OF = "IN (SELECT value FROM json_each(:sources))"
_ARTICLES = f"(SELECT url FROM articles WHERE source {_OF})"
_ANY = "SELECT 1 FROM articles WHERE source = ? LIMIT 1"
_TABLES = {
    # table → the rows to take, the columns of its key, the column that tells which of two rows is the later one
    "articles": (f"source {_OF}", ("url",), "tried"),
    "aliases": (f"article IN {_ARTICLES}", ("url",), ""),
    "pictures": (f"article IN {_ARTICLES}", ("url", "article"), "tried"),
    "entries": (f"source {_OF}", ("source", "url"), "last_look"),
    "looks": (f"source {_OF}", ("source", "at"), ""),
    "days": (f"source {_OF}", ("source", "day"), "last"),
    "hosts": ("paused_until > :now", ("host",), "paused_until"),
}
"""Hosts are those of all sources: whoever wants to be left alone wants that of every shard."""


class MovedSources:
    """The rows of sources in an open frontier."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def take_over(self, path: Path, advice: str, sources: Collection[str]) -> set[str]:
        """Copy what the frontier at `path` knows of sources; return those of which it knows an article."""
        other = Database(path, SCHEMA, advice, durable=False, read_only=True)
        values = {"sources": json.dumps(list(sources)), "now": self._clock().timestamp()}
        try:
            with self._database.transaction():
                for table, (condition, key, later) in _TABLES.items():
                    rows = other.rows(f"SELECT * FROM {table} WHERE {condition}", values)
                    self._add(table, rows, key, later)
            return {name for name in sources if other.value(_ANY, (name,))}
        finally:
            other.close()

    def _add(self, table: str, rows: Iterator[Row], key: tuple[str, ...], later: str) -> None:
        first = next(rows, None)
        if first is None:
            return
        columns = first.keys()
        change = ", ".join(f"{name} = excluded.{name}" for name in columns)
        wins = f"ifnull(excluded.{later}, 0) > ifnull({table}.{later}, 0)"
        otherwise = f"UPDATE SET {change} WHERE {wins}" if later else "NOTHING"
        statement = (
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' for _ in columns)}) "
            f"ON CONFLICT ({', '.join(key)}) DO {otherwise}"
        )
        self._database.run_many(statement, map(tuple, chain([first], rows)))
