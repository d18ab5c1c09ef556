"""What was put into the folder of a site, and which posts it waits for: site.sqlite in the data folder.

If the file is lost, the next publication compares all posts with the files that are in the site.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

from crawler.store.database import Database, Schema

ADVICE = "remove it: the next run compares every post with the site and makes it again"

Kind = Literal["post", "media"]

_TABLES = """
CREATE TABLE target (
    folders TEXT NOT NULL PRIMARY KEY, -- where the files are; at most one row
    complete INTEGER NOT NULL       -- 0 = all posts must be compared with the files there first
) WITHOUT ROWID;
CREATE TABLE placed (
    kind TEXT NOT NULL,             -- post | media
    path TEXT NOT NULL,             -- below the site's folder of that kind
    digest TEXT NOT NULL,           -- of the file; two rows while it is being replaced
    PRIMARY KEY (kind, path, digest)
) WITHOUT ROWID;
CREATE TABLE uses (
    post TEXT NOT NULL,
    media TEXT NOT NULL,            -- a picture that the post shows
    PRIMARY KEY (post, media)
) WITHOUT ROWID;
CREATE INDEX uses_by_media ON uses (media);
CREATE TABLE waiting (
    path TEXT NOT NULL PRIMARY KEY, -- of a post file that was written or removed in the posts folder
    kept INTEGER NOT NULL           -- 1 = a file that is not ours was in its place at the last try
) WITHOUT ROWID;
CREATE INDEX waiting_new ON waiting (path) WHERE NOT kept -- every run asks for them when it starts
"""
_UNUSED = "SELECT media FROM uses WHERE post = ? EXCEPT SELECT media FROM uses WHERE post != ?"


def waits(path: Path, folders: str) -> bool:
    """Whether a site has to be brought up to date. `path`: of the list. `folders`: of the site."""
    if not path.exists():
        return True
    with closing(SiteList(path)) as known:
        return known.has_waiting(folders)


class SiteList:
    """site.sqlite. Each method that writes is one transaction."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the file, or make it; StorageFailed when it can't be read or written, Unsound when it is damaged."""
        self._database = Database(path, Schema("target", _TABLES, ()), ADVICE, durable=True, read_only=read_only)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    # -- posts that wait

    def wait(self, paths: Iterable[str]) -> None:
        """Note that these post files were written or removed."""
        with self._database.transaction():
            self._database.run_many("INSERT OR REPLACE INTO waiting VALUES (?, 0)", ((path,) for path in paths))

    def waiting(self, after: str, most: int) -> list[str]:
        """The next paths of post files that wait, in order."""
        statement = "SELECT path FROM waiting WHERE path > ? ORDER BY path LIMIT ?"
        return [str(path) for (path,) in self._database.rows(statement, (after, most))]

    def has_waiting(self, folders: str) -> bool:
        """Whether a post file waits that was not tried yet, or all do, since these folders are new."""
        statement = "SELECT 1 FROM waiting WHERE NOT kept LIMIT 1"
        return not self.is_of(folders) or self._database.value(statement) is not None

    def keep(self, path: str) -> bool:
        """Note that a file that is not ours is in the place of a post that waits; return whether that is news."""
        return self._database.run("UPDATE waiting SET kept = 1 WHERE path = ? AND NOT kept", (path,)) > 0

    # -- the whole

    def is_of(self, folders: str) -> bool:
        """Whether the list is complete for these folders of a site."""
        statement = "SELECT 1 FROM target WHERE folders = ? AND complete"
        return self._database.value(statement, (folders,)) is not None

    def begin(self, folders: str, posts: Iterable[tuple[str, str | None]]) -> None:
        """Let all posts wait. `posts`: paths, and the digest of the file in the site if it is one of ours."""
        with self._database.transaction():
            if self._database.run("DELETE FROM target WHERE folders != ?", (folders,)):
                for table in ("placed", "uses", "waiting"):  # what was put into another site stays there
                    self._database.run(f"DELETE FROM {table}")
            for path, digest in posts:
                self._database.run("INSERT OR REPLACE INTO waiting VALUES (?, 0)", (path,))
                if digest:
                    self._database.run("INSERT OR IGNORE INTO placed VALUES ('post', ?, ?)", (path, digest))
            self._database.run("INSERT OR REPLACE INTO waiting SELECT DISTINCT path, 0 FROM placed WHERE kind = 'post'")
            self._database.run("INSERT OR REPLACE INTO target VALUES (?, 1)", (folders,))

    def compare_all(self) -> None:
        """Let the next publication compare all posts."""
        self._database.run("UPDATE target SET complete = 0")

    # -- what was put there

    def has(self, kind: Kind, path: str, digest: str) -> bool:
        """Whether a file with this digest was put there, or was about to be."""
        statement = "SELECT 1 FROM placed WHERE kind = ? AND path = ? AND digest = ?"
        return self._database.value(statement, (kind, path, digest)) is not None

    def intend(self, kind: Kind, files: Iterable[tuple[str, str]]) -> None:
        """Note, before files are written, the paths and digests that they will have."""
        with self._database.transaction():
            rows = ((kind, path, digest) for path, digest in files)
            self._database.run_many("INSERT OR IGNORE INTO placed VALUES (?, ?, ?)", rows)

    def use(self, pictures: Iterable[tuple[str, str]]) -> None:
        """Note, before pictures that other posts used are removed, which post will show which picture."""
        with self._database.transaction():
            self._database.run_many("INSERT OR IGNORE INTO uses VALUES (?, ?)", pictures)

    def shows(self, media: str, besides: str) -> bool:
        """Whether a post other than `besides` shows a picture."""
        statement = "SELECT 1 FROM uses WHERE media = ? AND post != ? LIMIT 1"
        return self._database.value(statement, (media, besides)) is not None

    def unused(self, post: str, media: Collection[str]) -> Iterator[str]:
        """Pictures that only this post used, and that it uses no longer: now it uses `media`."""
        for (name,) in list(self._database.rows(_UNUSED, (post, post))):
            if name not in media:
                yield str(name)

    def settle(self, path: str, digest: str | None, media: Collection[str], gone: Collection[str]) -> None:
        """Note that the site has a post as it should be: with this digest and these pictures; None = not at all.

        `gone`: pictures that were removed.
        """
        with self._database.transaction():
            forget = "DELETE FROM placed WHERE kind = ? AND path = ? AND digest IS NOT ?"
            self._database.run(forget, ("post", path, digest))
            self._database.run_many(forget, (("media", name, None) for name in gone))
            self._database.run("DELETE FROM uses WHERE post = ?", (path,))
            self._database.run_many("INSERT INTO uses VALUES (?, ?)", ((path, name) for name in media))
            self._database.run("DELETE FROM waiting WHERE path = ?", (path,))
