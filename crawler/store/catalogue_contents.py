"""Queries that read whole tables of the catalogue (`Catalogue.contents`)."""

from __future__ import annotations

from collections.abc import Iterator

from crawler.store.catalogue_tables import COUNTED, IS_NEWEST
from crawler.store.database import Database
from crawler.store.files import path_key

ORPHANS = {
    "pages": "SELECT count(*) FROM pages WHERE version NOT IN (SELECT record_id FROM versions)",
    "images": "SELECT count(*) FROM images WHERE version NOT IN (SELECT record_id FROM versions)",
    "posts": "SELECT count(*) FROM posts WHERE canonical_url NOT IN (SELECT canonical_url FROM versions)",
}
"""Count of the rows that belong to no version, by table."""

_NUMBERS = " UNION ALL ".join(
    f"""
    SELECT '{table}' AS name, (SELECT total(number) FROM counts WHERE name = '{table}') AS noted,
    (SELECT count(*) FROM {table}) AS held
    """
    for table in COUNTED
)
"""One statement, so a run that writes meanwhile makes no difference."""


class Contents:
    """Read whole tables, row by row."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def orphans(self) -> dict[str, int]:
        """Count rows without a version, and posts whose path or key is wrong; leave out tables with none."""
        found = {table: int(self._database.value(statement)) for table, statement in ORPHANS.items()}
        posts = self._database.rows(
            f"SELECT posts.path, versions.path, key FROM versions JOIN posts USING (canonical_url) WHERE {IS_NEWEST}"
        )
        found["posts"] += sum(path != newest or path_key(path) != key for path, newest, key in posts)
        return {table: count for table, count in found.items() if count}

    def miscounted(self) -> dict[str, tuple[int, int]]:
        """The number in `counts` and that of the rows, by table; leave out tables for which they are equal."""
        if self._database.value("SELECT 1 FROM pragma_table_info('counts')") is None:
            return {}  # of an earlier release
        rows = self._database.rows(f"SELECT name, noted, held FROM ({_NUMBERS}) WHERE noted <> held")
        return {str(table): (int(noted), int(held)) for table, noted, held in rows}

    def post_files(self) -> Iterator[tuple[str, str]]:
        """Path and digest of the post file of every version and derivation, by path."""
        for path, digest in self._database.rows("SELECT path, digest FROM versions ORDER BY path"):
            yield str(path), str(digest)
