"""Queries that read whole tables of the catalogue (`Catalogue.contents`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator

from archive import EMPTY_PAYLOAD, Capture
from crawler.store.catalogue_tables import IS_NEWEST
from crawler.store.database import Database
from crawler.store.files import path_key

ORPHANS = {
    "pages": "SELECT count(*) FROM pages WHERE version NOT IN (SELECT record_id FROM versions)",
    "images": "SELECT count(*) FROM images WHERE version NOT IN (SELECT record_id FROM versions)",
    "posts": "SELECT count(*) FROM posts WHERE canonical_url NOT IN (SELECT canonical_url FROM versions)",
}
"""Count of the rows that belong to no version, by table."""

PAGES_WITHOUT_POST = f"""
SELECT record_id FROM captures
WHERE kind = 'response' AND status IN (200, 203) AND truncated IS NULL
AND mime IN ('text/html', 'application/xhtml+xml') AND payload_digest <> '{EMPTY_PAYLOAD}'
AND (payload_digest <> '' OR file GLOB 'imported-*')
AND (:files IS NULL OR file IN (SELECT value FROM json_each(:files)))
AND record_id NOT IN (SELECT capture FROM pages)
AND (payload_digest = '' OR NOT EXISTS (
    SELECT 1 FROM captures AS same JOIN pages ON pages.capture = same.record_id
    WHERE same.payload_digest = captures.payload_digest
))
ORDER BY date, file, "offset"
"""


class Contents:
    """Read whole tables, row by row."""

    def __init__(self, database: Database, capture: Callable[[str], Capture | None]) -> None:
        """`capture` reads one capture."""
        self._database, self._capture = database, capture

    def orphans(self) -> dict[str, int]:
        """Count rows without a version, and posts whose path or key is wrong; leave out tables with none."""
        found = {table: int(self._database.value(statement)) for table, statement in ORPHANS.items()}
        posts = self._database.rows(
            f"SELECT posts.path, versions.path, key FROM versions JOIN posts USING (canonical_url) WHERE {IS_NEWEST}"
        )
        found["posts"] += sum(path != newest or path_key(path) != key for path, newest, key in posts)
        return {table: count for table, count in found.items() if count}

    def post_files(self) -> Iterator[tuple[str, str]]:
        """Path and digest of the post file of every version and derivation, by path."""
        for path, digest in self._database.rows("SELECT path, digest FROM versions ORDER BY path"):
            yield str(path), str(digest)

    def pages_without_post(self, files: Collection[str] | None = None) -> Iterator[Capture]:
        """Whole HTML pages with a body from which no version was made, the oldest first; of these WARC files only."""
        names = None if files is None else json.dumps(list(files))
        for (record_id,) in self._database.rows(PAGES_WITHOUT_POST, {"files": names}):
            capture = self._capture(record_id)
            assert capture is not None
            yield capture
