"""The stored posts, their versions, images and the captures that these refer to, in catalogue.sqlite.

Rows are added after the records that they point at are on disk. `warcpress rebuild` makes all of them again from the
WARC files.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive import Capture
from crawler.store.catalogue_arrivals import Arrivals
from crawler.store.catalogue_captures import CAPTURE, Captures, capture_row
from crawler.store.catalogue_contents import Contents
from crawler.store.catalogue_removal import Removal
from crawler.store.catalogue_selection import PAGE, Selection
from crawler.store.catalogue_states import States, insert_state
from crawler.store.catalogue_tables import (
    COUNT,
    COUNTED,
    IS_NEWEST,
    KEYS,
    MOVE,
    NEWEST_PATH,
    OLDEST_FIRST,
    SCHEMA,
    SET_PATH,
)
from crawler.store.catalogue_versions import IMAGE, VERSION, VERSIONS, Versions, version_row
from crawler.store.database import Database, Values
from crawler.store.files import path_key
from crawler.store.stored_version import State, StoredImage, Version

if TYPE_CHECKING:
    from archive import Lookup


ADVICE = "`warcpress rebuild` makes it again from the WARC files (add --data for the folder of another year or shard)"


def _insert(table: str, *columns: str) -> str:
    return f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({', '.join(':' + name for name in columns)})"


ADD = {
    "captures": _insert("captures", *CAPTURE),
    "posts": "INSERT OR IGNORE INTO posts (path, key, canonical_url) VALUES (?, ?, ?)",
    "versions": _insert("versions", *VERSION, "date"),
    "pages": _insert("pages", "version", "position", "capture"),
    "images": _insert("images", "version", "position", *IMAGE),
    "files": _insert("files", "name", "captures"),
}
"""INSERT statement of each table."""
NEWEST = f"{VERSIONS} WHERE {IS_NEWEST}"
HIDE = f"UPDATE versions SET shown = 0 WHERE canonical_url = ? AND {IS_NEWEST}"
LATEST_IMAGE = f"""
SELECT {", ".join("images." + name for name in IMAGE)} FROM images JOIN captures ON captures.record_id = images.capture
WHERE images.url = ? ORDER BY captures.date DESC, images.media IS NULL LIMIT 1
"""


class Catalogue:
    """catalogue.sqlite. Each method that writes is one transaction."""

    def __init__(self, path: Path, *, read_only: bool = False, index: Lookup | None = None) -> None:
        """Open the file and make it if it is missing; with `read_only` it must exist and need not be writable.

        `index`: that of its data folder, where the caller has it open: it reads its files whole, once.

        StorageFailed when it can't be read or written; Unsound when it is damaged.
        """
        self._database = Database(path, SCHEMA, ADVICE, durable=True, read_only=read_only)
        self._versions = Versions(self._database)
        self.states = States(self._database)
        self.arrivals = Arrivals(self._database)
        self.captures = Captures(self._database, path.parent, index)
        self.contents = Contents(self._database)
        self.removal = Removal(self._database)
        self.counted = Counter[str]()
        """Captures of each WARC file that were written or read since this was opened, for `knows`."""

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

        Captures are those that these versions and states, or stored ones, refer to (from_warc/ingest.py finds them).
        The newest version of an article with a new state counts as not shown: its post file may have to change.
        """
        added, states = tuple(new_versions), tuple(new_states)
        rows: dict[str, list[Values]] = {
            "captures": [capture_row(capture) for capture in new_captures],
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
            more = Counter({table: self._database.run_many(ADD[table], several) for table, several in rows.items()})
            for url in dict.fromkeys(version.canonical_url for version in added):
                path = self._database.value(NEWEST_PATH, (url,))
                post = path, path_key(path), url
                if self._database.run(ADD["posts"], post):
                    more["posts"] += 1
                else:
                    self._database.run(SET_PATH, post)
            if added:
                self._database.run(COUNT, {table: more[table] for table in COUNTED})
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
        """Note that every row of these sealed WARC files is here, and how many captures were `counted` in them."""
        with self._database.transaction():
            rows = ({"name": name, "captures": self.counted.pop(name, 0)} for name in names)
            self._database.run_many(ADD["files"], rows)

    def move(self, file: str, starts: Mapping[str, int]) -> None:
        """Let rows of some WARC files lead into `file`, where the bytes of each begin at its start."""
        values = {"file": file, "starts": json.dumps(dict(starts))}
        with self._database.transaction():
            for table in ("captures", "versions", "states"):
                self._database.run(MOVE.format(table=table), values)
            moved = "SELECT total(captures) FROM files WHERE name IN (SELECT key FROM json_each(:starts))"
            self.counted[file] = int(self._database.value(moved, values))
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
        """How many versions there are."""
        return self.totals()["versions"]

    def totals(self) -> dict[str, int]:
        """How many posts, versions and images there are; no row is read for that, but where `counts` is missing."""
        if self._database.value("SELECT 1 FROM pragma_table_info('counts')") is None:
            return self.count(COUNTED)
        numbers = {
            table: self._database.value("SELECT number FROM counts WHERE name = ?", (table,)) for table in COUNTED
        }
        return {table: int(number or 0) for table, number in numbers.items()}

    def newest(self) -> Iterator[Version]:
        """The newest version of every post, by path; rows may be marked while they are read."""
        yield from self._versions.read(f"{NEWEST} ORDER BY versions.path")

    def selected(self, selection: Selection) -> Iterator[Version]:
        """The newest version of each post that a selection lets through, the latest first; a run may go on writing."""
        after = None
        while rows := list(self._database.rows(*selection.page(after))):
            chosen = iter([row["record_id"] for row in rows if selection.has(row["title"])])
            while ids := list(islice(chosen, PAGE)):
                marks = ", ".join("?" * len(ids))
                these = self._versions.read(f"{NEWEST} AND record_id IN ({marks})", *ids)
                found = {version.record_id: version for version in these}
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

    def article_of(self, url: str) -> str | None:
        """Canonical URL of the article at a URL, now or at an earlier capture."""
        made = next(iter(self.captures.articles_from(url)), None)
        found = made or self._database.value("SELECT canonical_url FROM posts WHERE canonical_url = ?", (url,))
        return str(found) if found else None

    def article_at(self, path: str) -> str | None:
        """Canonical URL of the post at a path below the posts folder; case is ignored."""
        found = self._database.value("SELECT canonical_url FROM posts WHERE key = ?", (path_key(path),))
        return str(found) if found else None

    def capture(self, record_id: str) -> Capture | None:
        """One capture that a version or a state refers to."""
        return self.captures.with_id(record_id)

    def image(self, url: str) -> StoredImage | None:
        """The newest stored capture of an image."""
        row = self._database.row(LATEST_IMAGE, (url,))
        return StoredImage(*row) if row else None

    def captures_in(self, file: str) -> int | None:
        """How many captures a sealed WARC file has; None when that is not noted."""
        if self._has_all_captures():
            return None
        found = self._database.value("SELECT captures FROM files WHERE name = ?", (file,))
        return None if found is None else int(found)

    def count_captures(self) -> int:
        """How many captures the sealed WARC files have, with or without a row."""
        every = "count(*) FROM captures" if self._has_all_captures() else "total(captures) FROM files"
        return int(self._database.value(f"SELECT {every}"))

    def _has_all_captures(self) -> bool:
        """Whether every capture has a row: in a catalogue of release 0.3.0 that is only read."""
        noted = "SELECT 1 FROM pragma_table_info('files') WHERE name = 'captures'"
        return self._database.value(noted) is None

    def rows_of(self, file: str) -> int:
        """How many captures, versions and states of a WARC file have rows."""
        statement = "SELECT count(*) FROM {} WHERE file = ?"
        tables = ("captures", "versions", "states")
        return sum(int(self._database.value(statement.format(table), (file,))) for table in tables)

    def count(self, tables: Iterable[str] = tuple(KEYS)) -> dict[str, int]:
        """Rows per table; an index of each table is read whole."""
        return {table: int(self._database.value(f"SELECT count(*) FROM {table}")) for table in tables}

    def rows(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Every row of every table in key order, for comparing two catalogues."""
        for table, key in KEYS.items():
            for row in self._database.rows(f"SELECT * FROM {table} ORDER BY {key}"):
                yield table, tuple(row)
