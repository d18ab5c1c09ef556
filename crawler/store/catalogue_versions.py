"""Reads versions of posts out of catalogue.sqlite, and makes their rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from itertools import islice
from sqlite3 import Row
from typing import Any

from crawler.clock import from_rfc3339, rfc3339
from crawler.store.database import Database
from crawler.store.stored_version import StoredImage, Version

BATCH = 500
"""Versions read at a time; SQLite takes at most 32,766 variables."""

VERSION = tuple(field.name for field in fields(Version) if field.name not in ("pages", "images"))
"""Columns of `versions` that a Version has."""
IMAGE = tuple(field.name for field in fields(StoredImage))
"""Columns of `images` that a StoredImage has."""
VERSIONS = f"SELECT {', '.join('versions.' + name for name in VERSION)} FROM versions JOIN posts USING (canonical_url)"
PAGES = "SELECT version, capture FROM pages"
IMAGES = f"SELECT version, {', '.join(IMAGE)} FROM images"

_DATES = ("captured", "converted", "published", "updated", "dated")


class Versions:
    """Reads versions with their pages and images."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, query: str, *values: str) -> Iterator[Version]:
        """Versions of a query; pages and images are read a batch at a time: 0.03 ms a version, not 0.25 (2026-11)."""
        rows = self._database.rows(query, values)
        while batch := list(islice(rows, BATCH)):
            ids = [row["record_id"] for row in batch]
            pages, images = self._grouped(PAGES, ids), self._grouped(IMAGES, ids)
            for row in batch:
                name = row["record_id"]
                with as_written(self._database, name):
                    version = _version(
                        row,
                        tuple(capture for (capture,) in pages[name]),
                        tuple(StoredImage(*image) for image in images[name]),
                    )
                yield version

    def _grouped(self, query: str, versions: list[str]) -> dict[str, list[tuple[Any, ...]]]:
        """Rows that belong to these versions, in order, without the version's id."""
        found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        marks = ", ".join("?" * len(versions))
        for version, *columns in self._database.rows(
            f"{query} WHERE version IN ({marks}) ORDER BY version, position", versions
        ):
            found[version].append(tuple(columns))
        return found


@contextmanager
def as_written(database: Database, record_id: str) -> Iterator[None]:
    """Raise Unsound for a row that warcpress can't have written, for example with text that is no date."""
    try:
        yield
    except (ValueError, TypeError) as error:
        raise database.unsound(f"row of {record_id}: {error}") from error


def _version(row: Row, pages: tuple[str, ...], images: tuple[StoredImage, ...]) -> Version:
    columns = dict(row)
    for name in _DATES:
        columns[name] = from_rfc3339(columns[name]) if columns[name] else None
    columns["shown"] = bool(columns["shown"])
    return Version(**columns, pages=pages, images=images)


def version_row(version: Version) -> dict[str, Any]:
    """The row of a version."""
    row = {name: getattr(version, name) for name in (*VERSION, "date")}
    for name in (*_DATES, "date"):
        row[name] = rfc3339(row[name]) if row[name] else None
    return row
