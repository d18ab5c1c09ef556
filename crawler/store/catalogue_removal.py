"""Rows of a WARC file that was taken out of the archive, or that came back (`Catalogue.removal`)."""

from __future__ import annotations

import json
from collections import Counter

from crawler.store.catalogue_tables import COUNT, COUNTED, IS_NEWEST, IS_REFERRED, NEWEST_PATH, SET_PATH
from crawler.store.database import Database
from crawler.store.files import path_key

_ARTICLES = (
    "SELECT canonical_url FROM versions WHERE file = :file UNION SELECT canonical_url FROM states WHERE file = :file"
)
_HIDE = f"UPDATE versions SET shown = 0 WHERE canonical_url = ? AND {IS_NEWEST}"
_LOSE_DATES = """
UPDATE versions SET captured = converted, date = coalesce(published, dated, converted)
FROM pages JOIN captures ON captures.record_id = pages.capture
WHERE pages.version = versions.record_id AND pages.position = 0 AND captures.file = :file
"""
_TAKE_DATES = """
UPDATE versions SET captured = captures.date, date = coalesce(published, dated, captures.date)
FROM pages JOIN captures ON captures.record_id = pages.capture
WHERE pages.version = versions.record_id AND pages.position = 0 AND captures.file = :file
AND versions.captured != captures.date
"""
_OF_FILE = "version IN (SELECT record_id FROM versions WHERE file = :file)"
_REFERRED_TO = f"""
SELECT capture FROM pages WHERE {_OF_FILE}
UNION SELECT capture FROM images WHERE {_OF_FILE} AND capture IS NOT NULL
UNION SELECT capture FROM states WHERE file = :file
"""
_UNREFERRED = f"NOT {IS_REFERRED.format(capture='captures.record_id')}"


class Removal:
    """Read and remove the rows of one WARC file, and tell other rows that its captures are gone, or are there again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def captures(self, file: str) -> dict[str, str]:
        """URL of each capture in a file that has a row, by record id."""
        rows = self._database.rows('SELECT record_id, url FROM captures WHERE file = ? ORDER BY "offset"', (file,))
        return {str(record_id): str(url) for record_id, url in rows}

    def versions(self, file: str) -> dict[str, bool]:
        """Whether the post file was written, of each version in a file, by record id."""
        rows = self._database.rows("SELECT record_id, shown FROM versions WHERE file = ?", (file,))
        return {str(record_id): bool(shown) for record_id, shown in rows}

    def forget(self, file: str) -> None:
        """Remove all rows of a file; the newest version that each of its articles still has counts as not shown.

        A version of another file whose page was in this one counts as captured when it was made.
        """
        values = {"file": file}
        with self._database.transaction():
            articles = [str(url) for (url,) in list(self._database.rows(_ARTICLES, values))]
            referred = [str(name) for (name,) in self._database.rows(_REFERRED_TO, values)]
            self._database.run(_LOSE_DATES, values)
            less = Counter[str]()
            for table in ("pages", "images"):
                less[table] = self._database.run(f"DELETE FROM {table} WHERE {_OF_FILE}", values)
            for table in ("captures", "versions", "states"):
                less[table] = self._database.run(f"DELETE FROM {table} WHERE file = :file", values)
            self._database.run("DELETE FROM files WHERE name = :file", values)
            these = "record_id IN (SELECT value FROM json_each(?))"
            self._database.run(f"DELETE FROM captures WHERE {these} AND {_UNREFERRED}", (json.dumps(referred),))
            less["posts"] = sum(self._set_post(url) for url in articles)
            self._database.run(COUNT, {table: -less[table] for table in COUNTED})

    def drop_unreferred(self, file: str) -> None:
        """Remove the rows of the captures in a file that no version and no state refers to."""
        with self._database.transaction():
            self._database.run(f"DELETE FROM captures WHERE file = ? AND {_UNREFERRED}", (file,))

    def came_back(self, file: str) -> None:
        """Give the versions whose first page is in a file the dates of these captures: it was not there before."""
        with self._database.transaction():
            self._database.run(_TAKE_DATES, {"file": file})

    def _set_post(self, url: str) -> int:
        """Give the post of an article the path of its newest version; without one remove it, and return 1."""
        path = self._database.value(NEWEST_PATH, (url,))
        if path is None:
            return self._database.run("DELETE FROM posts WHERE canonical_url = ?", (url,))
        self._database.run(SET_PATH, (path, path_key(str(path)), url))
        self._database.run(_HIDE, (url,))
        return 0
