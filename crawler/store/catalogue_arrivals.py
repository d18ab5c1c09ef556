"""What came into the archive, newest first (`Catalogue.arrivals`): new articles, and what became of held ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from sqlite3 import Row
from typing import Literal

from crawler.clock import from_rfc3339
from crawler.store.catalogue_tables import TOLD
from crawler.store.catalogue_versions import as_written
from crawler.store.database import Database

_VERSIONS = """
SELECT converted AS at, record_id, 'version' AS kind, canonical_url FROM versions
WHERE derivation = 0 AND (number > 1) = {later} {source} AND (converted, record_id) < (:at, :record_id)
"""
_STATES = f"""
SELECT date AS at, record_id, 'state' AS kind, canonical_url FROM states
WHERE {TOLD} {{source}} AND (date, record_id) < (:at, :record_id)
"""
_OF_SOURCE = "AND source = :source"
_STATE_OF_SOURCE = """AND (
    EXISTS (SELECT 1 FROM versions WHERE versions.canonical_url = states.canonical_url AND +source = :source)
    OR NOT EXISTS (SELECT 1 FROM versions WHERE versions.canonical_url = states.canonical_url)
)"""
"""`+` keeps SQLite from reading all versions of the source for each state: 9.7 s with 1,000 states (2026-11).

The versions of an article whose source moved may be in another data folder.
"""
_NEWEST_FIRST = "ORDER BY at DESC, record_id DESC LIMIT :limit"
_NEWEST = "~", ""
"""Behind every date."""


@dataclass(frozen=True)
class Arrival:
    """A version or a state that came into the archive."""

    at: datetime
    """When it was made; of a state, when its capture was."""
    record_id: str
    kind: Literal["version", "state"]
    canonical_url: str = field(repr=False)


class Arrivals:
    """Reads the newest rows; `Catalogue.store` writes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def new(self, source: str, after: tuple[str, str] | None, limit: int) -> list[Arrival]:
        """First versions of articles, of one source if it is given, older than `after` (RFC 3339 time, record id)."""
        query = _VERSIONS.format(later=0, source=_OF_SOURCE if source else "")
        return self._read(query, source, after, limit)

    def changes(self, source: str, after: tuple[str, str] | None, limit: int) -> list[Arrival]:
        """Later versions, withdrawals and returns; a version made again from the same captures does not count."""
        versions = _VERSIONS.format(later=1, source=_OF_SOURCE if source else "")
        states = _STATES.format(source=_STATE_OF_SOURCE if source else "")
        return self._read(f"{versions} UNION ALL {states}", source, after, limit)

    def _read(self, query: str, source: str, after: tuple[str, str] | None, limit: int) -> list[Arrival]:
        at, record_id = after or _NEWEST
        values = {"source": source, "at": at, "record_id": record_id, "limit": limit}
        rows = self._database.rows(f"{query} {_NEWEST_FIRST}", values)
        return list(map(self._arrival, rows))

    def _arrival(self, row: Row) -> Arrival:
        with as_written(self._database, row["record_id"]):
            return Arrival(from_rfc3339(row["at"]), row["record_id"], row["kind"], row["canonical_url"])
