"""The stored posts, their versions, images and captures, in catalogue.sqlite.

Rows are added after the records that they point at are on disk. `warcpress rebuild` makes all of them again from the
WARC files.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from sqlite3 import Row
from typing import Any

from archive import EMPTY_PAYLOAD, Capture
from crawler.clock import from_rfc3339, rfc3339
from crawler.store.catalogue_arrivals import Arrivals
from crawler.store.catalogue_contents import Contents
from crawler.store.catalogue_removal import Removal
from crawler.store.catalogue_selection import Selection
from crawler.store.catalogue_states import States, insert_state
from crawler.store.catalogue_tables import IS_NEWEST, KEYS, MOVE, NEWEST_PATH, OLDEST_FIRST, SCHEMA
from crawler.store.catalogue_versions import IMAGE, VERSION, VERSIONS, Versions, as_written, version_row
from crawler.store.database import Database, Values
from crawler.store.files import path_key
from crawler.store.stored_version import State, StoredImage, Version

ADVICE = "`warcpress rebuild` makes it again from the WARC files"
MOST = 8
"""Most versions that are looked at to find the articles of a URL or of a payload."""

_CAPTURE = tuple(field.name for field in fields(Capture) if field.compare)


def _insert(table: str, *columns: str) -> str:
    return f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({', '.join(':' + name for name in columns)})"


ADD = {
    "captures": _insert("captures", *_CAPTURE),
    "posts": "INSERT OR REPLACE INTO posts (canonical_url, path, key) VALUES (?, ?, ?)",
    "versions": _insert("versions", *VERSION, "date"),
    "pages": _insert("pages", "version", "position", "capture"),
    "images": _insert("images", "version", "position", *IMAGE),
    "files": _insert("files", "name"),
}
"""INSERT statement of each table."""
NEWEST = f"{VERSIONS} WHERE {IS_NEWEST}"
HIDE = f"UPDATE versions SET shown = 0 WHERE canonical_url = ? AND {IS_NEWEST}"
LATEST_IMAGE = f"""
SELECT {", ".join("images." + name for name in IMAGE)} FROM images JOIN captures ON captures.record_id = images.capture
WHERE images.url = ? ORDER BY captures.date DESC, images.media IS NULL LIMIT 1
"""
CAPTURED_IMAGE = """
SELECT url, record_id, nullif(payload_digest, '') FROM captures
WHERE url = ? AND status IN (200, 203) AND mime LIKE 'image/%' AND truncated IS NULL ORDER BY date DESC LIMIT 1
"""
_MADE_FROM = """
JOIN pages ON pages.capture = captures.record_id AND pages.position = 0
JOIN versions ON versions.record_id = pages.version
"""
ARTICLES_FROM = f"""
SELECT versions.canonical_url, versions.converted FROM captures {_MADE_FROM} WHERE captures.url = :url
UNION
SELECT versions.canonical_url, versions.converted FROM captures AS asked
JOIN captures USING (payload_digest) {_MADE_FROM}
WHERE asked.url = :url AND asked.payload_digest NOT IN ('', '{EMPTY_PAYLOAD}')
ORDER BY 2 DESC LIMIT {{most}}
"""
ARTICLES_OF = f"""
SELECT DISTINCT versions.canonical_url FROM captures {_MADE_FROM}
WHERE captures.payload_digest = ? AND captures.payload_digest NOT IN ('', '{EMPTY_PAYLOAD}')
ORDER BY versions.converted DESC LIMIT {{most}}
"""
CAPTURES = f"SELECT {', '.join('captures.' + name for name in _CAPTURE)} FROM captures"
STORED_TWICE = f"""
SELECT DISTINCT {CAPTURES.removeprefix("SELECT ")} JOIN captures AS earlier USING (payload_digest)
WHERE captures.kind = 'response' AND captures.truncated IS NULL AND payload_digest NOT IN ('', '{EMPTY_PAYLOAD}')
AND earlier.kind = 'response' AND earlier.truncated IS NULL AND earlier.date <= captures.date
AND captures.file NOT GLOB 'imported-*' AND earlier.file NOT GLOB 'imported-*'
AND (earlier.file < captures.file OR earlier.file = captures.file AND earlier.offset < captures.offset)
AND earlier.file NOT IN (SELECT value FROM json_each(?))
"""


class Catalogue:
    """catalogue.sqlite. Each method that writes is one transaction."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the file and make it if it is missing; with `read_only` it must exist and need not be writable.

        StorageFailed when it can't be read or written; Unsound when it is damaged.
        """
        self._database = Database(path, SCHEMA, ADVICE, durable=True, read_only=read_only)
        self._versions = Versions(self._database)
        self.states = States(self._database)
        self.arrivals = Arrivals(self._database)
        self.contents = Contents(self._database, self.capture)
        self.removal = Removal(self._database)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def check(self) -> None:
        """Read all of the file; Unsound when its structure is damaged."""
        self._database.check()

    # -- writing

    def store(
        self,
        new_captures: Iterable[Capture],
        new_versions: Iterable[Version] = (),
        new_states: Iterable[State] = (),
    ) -> None:
        """Add rows for captures, versions and states that are on disk; rows that exist already stay unchanged.

        The newest version of an article with a new state counts as not shown: its post file may have to change.
        """
        added, states = tuple(new_versions), tuple(new_states)
        rows: dict[str, list[Values]] = {
            "captures": [_capture_row(capture) for capture in new_captures],
            "versions": [version_row(version) for version in added],
            "pages": [
                {"version": version.record_id, "position": position, "capture": capture}
                for version in added
                for position, capture in enumerate(version.pages)
            ],
            "images": [
                {"version": version.record_id, "position": position, **vars(image)}
                for version in added
                for position, image in enumerate(version.images)
            ],
        }
        with self._database.transaction():
            for table, several in rows.items():
                self._database.run_many(ADD[table], several)
            for url in dict.fromkeys(version.canonical_url for version in added):
                path = self._database.value(NEWEST_PATH, (url,))
                self._database.run(ADD["posts"], (url, path, path_key(path)))
            for state in states:
                if insert_state(self._database, state):
                    self._database.run(HIDE, (state.canonical_url,))

    def mark_shown(self, record_ids: Iterable[str]) -> None:
        """Note that the post files of these versions are on disk; after a power loss they may be written again."""
        with self._database.unsynced():
            self._database.run_many(
                "UPDATE versions SET shown = 1 WHERE record_id = ?", ((name,) for name in record_ids)
            )

    def knows(self, names: Iterable[str]) -> None:
        """Note that every row of these sealed WARC files is here."""
        with self._database.transaction():
            self._database.run_many(ADD["files"], ({"name": name} for name in names))

    def move(self, file: str, starts: Mapping[str, int]) -> None:
        """Let rows of some WARC files lead into `file`, where the bytes of each begin at its start."""
        values = {"file": file, "starts": json.dumps(dict(starts))}
        with self._database.transaction():
            for table in ("captures", "versions", "states"):
                self._database.run(MOVE.format(table=table), values)
            self._database.run("DELETE FROM files WHERE name IN (SELECT key FROM json_each(:starts))", values)

    # -- reading

    def latest(self, canonical_url: str) -> Version | None:
        """The newest version of an article."""
        found = self.versions(canonical_url)
        return found[-1] if found else None

    def versions(self, canonical_url: str) -> list[Version]:
        """All versions of an article, oldest first, each with its derivations behind it."""
        return list(self._versions.read(f"{VERSIONS} WHERE canonical_url = ? ORDER BY {OLDEST_FIRST}", canonical_url))

    def version(self, record_id: str) -> Version | None:
        """One version as it follows from the archive, that is with `shown` false."""
        found = next(self._versions.read(f"{VERSIONS} WHERE record_id = ?", record_id), None)
        return replace(found, shown=False) if found else None

    def versions_beside(self, record_id: str) -> list[Version]:
        """All versions of the article that a version is of, oldest first; none for one that is not here."""
        article = "(SELECT canonical_url FROM versions WHERE record_id = ?)"
        return list(
            self._versions.read(f"{VERSIONS} WHERE canonical_url = {article} ORDER BY {OLDEST_FIRST}", record_id)
        )

    def record_ids(self, after: str = "") -> Iterator[str]:
        """Record ids of all versions of all articles, or those behind a version; those with the oldest date first."""
        behind = "WHERE (date, record_id) > (SELECT date, record_id FROM versions WHERE record_id = :after)"
        statement = f"SELECT record_id FROM versions {behind if after else ''} ORDER BY date, record_id"
        rows = self._database.rows(statement, {"after": after})
        return (record_id for (record_id,) in rows)

    def those(self, record_ids: Iterable[str]) -> Iterator[Version]:
        """These versions, those with the oldest date first."""
        these = "record_id IN (SELECT value FROM json_each(?))"
        ids = json.dumps(list(record_ids))
        return self._versions.read(f"{VERSIONS} WHERE {these} ORDER BY versions.date, versions.record_id", ids)

    def count_versions(self) -> int:
        """How many versions there are: 5 ms for 100,000."""
        return int(self._database.value("SELECT count(*) FROM versions"))

    def newest(self) -> Iterator[Version]:
        """The newest version of every post, by path; rows may be marked while they are read."""
        yield from self._versions.read(f"{NEWEST} ORDER BY versions.path")

    def selected(self, selection: Selection) -> Iterator[Version]:
        """The newest version of each post that a selection lets through, the latest first; a run may go on writing."""
        after = None
        while rows := list(self._database.rows(*selection.page(after))):
            ids = [row["record_id"] for row in rows if selection.has(row["title"])]
            marks = ", ".join("?" * len(ids))
            found = {
                found.record_id: found for found in self._versions.read(f"{NEWEST} AND record_id IN ({marks})", *ids)
            }
            yield from (found[record_id] for record_id in ids if record_id in found)
            after = rows[-1]["date"], rows[-1]["record_id"]

    def has_posts(self) -> bool:
        """Whether there is any post."""
        return self._database.value("SELECT 1 FROM posts LIMIT 1") is not None

    def not_shown(self) -> list[Version]:
        """Newest versions whose post file may not be on disk: a run died between commit and publication."""
        return list(self._versions.read(f"{NEWEST} AND NOT shown ORDER BY versions.path"))

    def unmarked(self) -> list[str]:
        """Record ids of the versions that are not marked as shown."""
        return [record_id for (record_id,) in self._database.rows("SELECT record_id FROM versions WHERE NOT shown")]

    def files(self) -> set[str]:
        """WARC files whose rows are all here."""
        return {name for (name,) in self._database.rows("SELECT name FROM files")}

    def known(self, canonical_urls: Iterable[str]) -> set[str]:
        """Those of these canonical URLs that have a post."""
        statement = "SELECT canonical_url FROM posts WHERE canonical_url IN (SELECT value FROM json_each(?))"
        return {str(url) for (url,) in self._database.rows(statement, (json.dumps(list(canonical_urls)),))}

    def sources(self) -> list[str]:
        """Names of the sources that have a version; each costs one step in the index, however many posts it has."""
        statement = """
        WITH RECURSIVE found (name) AS (
            SELECT min(source) FROM versions
            UNION ALL SELECT (SELECT min(source) FROM versions WHERE source > name) FROM found WHERE name IS NOT NULL
        ) SELECT name FROM found WHERE name IS NOT NULL
        """
        return [str(name) for (name,) in self._database.rows(statement)]

    def captured(self, urls: Iterable[str], statuses: Iterable[int | None]) -> set[str]:
        """Those of these URLs of which there is a capture with one of these statuses; None = a resource record."""
        statement = """
        SELECT value FROM json_each(?) WHERE EXISTS (
            SELECT 1 FROM captures WHERE url = value AND ifnull(status, 0) IN (SELECT value FROM json_each(?))
        )
        """
        values = json.dumps(list(urls)), json.dumps([status or 0 for status in statuses])
        return {str(url) for (url,) in self._database.rows(statement, values)}

    def article_of(self, url: str) -> str | None:
        """Canonical URL of the article at a URL, now or at an earlier capture."""
        made = next(iter(self.articles_from(url)), None)
        found = made or self._database.value("SELECT canonical_url FROM posts WHERE canonical_url = ?", (url,))
        return str(found) if found else None

    def articles_from(self, url: str) -> list[str]:
        """Canonical URLs of the articles that captures of a URL gave, the newest version first.

        A capture gave an article when a version was made from it, or from another one with the same payload.
        """
        rows = self._database.rows(ARTICLES_FROM.format(most=MOST), {"url": url})
        return list(dict.fromkeys(str(row[0]) for row in rows))

    def articles_of(self, digest: str) -> list[str]:
        """Canonical URLs of the articles made from a page with this payload digest, the newest version first."""
        return [str(url) for (url,) in self._database.rows(ARTICLES_OF.format(most=MOST), (digest,))]

    def article_at(self, path: str) -> str | None:
        """Canonical URL of the post at a path below the posts folder; case is ignored."""
        found = self._database.value("SELECT canonical_url FROM posts WHERE key = ?", (path_key(path),))
        return str(found) if found else None

    def capture(self, record_id: str) -> Capture | None:
        """One capture."""
        row = self._database.row(f"{CAPTURES} WHERE record_id = ?", (record_id,))
        return self._capture(row) if row else None

    def captures_of(self, urls: Iterable[str]) -> list[Capture]:
        """All captures of these URLs, oldest first."""
        statement = f"{CAPTURES} WHERE url IN (SELECT value FROM json_each(?)) ORDER BY date"
        return [self._capture(row) for row in self._database.rows(statement, (json.dumps(list(urls)),))]

    def last_answer(self, url: str) -> tuple[datetime, int | None] | None:
        """Date and status of the newest capture of a URL."""
        row = self._database.row("SELECT date, status FROM captures WHERE url = ? ORDER BY date DESC LIMIT 1", (url,))
        return (from_rfc3339(row["date"]), row["status"]) if row else None

    def image(self, url: str) -> StoredImage | None:
        """The newest stored capture of an image."""
        row = self._database.row(LATEST_IMAGE, (url,))
        return StoredImage(*row) if row else None

    def captured_image(self, url: str) -> StoredImage | None:
        """The newest capture of a URL that is an image, whether or not a version shows it."""
        row = self._database.row(CAPTURED_IMAGE, (url,))
        if row and " " in str(row[2]):
            return StoredImage(row[0], row[1])  # a digest of another tool that a conversion could not name
        return StoredImage(*row) if row else None

    def rows_of(self, file: str) -> int:
        """How many captures, versions and states of a WARC file have rows."""
        statement = "SELECT count(*) FROM {} WHERE file = ?"
        tables = ("captures", "versions", "states")
        return sum(int(self._database.value(statement.format(table), (file,))) for table in tables)

    def stored_twice(self, besides: Collection[str] = ()) -> Iterator[Capture]:
        """Whole responses that could have been revisits: one written before them has the same payload.

        The earlier one must also be dated earlier, since a revisit refers to the past (WARC 1.1, 6.7). `besides`: WARC
        files whose responses could not be referred to.
        """
        for row in self._database.rows(STORED_TWICE, (json.dumps(list(besides)),)):
            yield self._capture(row)

    def count(self) -> dict[str, int]:
        """Rows per table."""
        return {table: int(self._database.value(f"SELECT count(*) FROM {table}")) for table in KEYS}

    def rows(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Every row of every table in key order, for comparing two catalogues."""
        for table, key in KEYS.items():
            for row in self._database.rows(f"SELECT * FROM {table} ORDER BY {key}"):
                yield table, tuple(row)

    def _capture(self, row: Row) -> Capture:
        with as_written(self._database, row["record_id"]):
            return Capture(**{**dict(row), "date": from_rfc3339(row["date"])})


def _capture_row(capture: Capture) -> dict[str, Any]:
    return {name: getattr(capture, name) for name in _CAPTURE} | {"date": rfc3339(capture.date)}
