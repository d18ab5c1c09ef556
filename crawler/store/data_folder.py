"""The data folder: its paths, its layout version, its lock."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from archive import Disk, close_to_others
from crawler.errors import ConfigError, StorageFailed
from crawler.store.files import remove_unfinished, write_file
from crawler.store.lock import Lock

if TYPE_CHECKING:
    from archive import Lookup, Reader, Stores

VERSION = 1
"""Version of the layout, in the file LAYOUT."""
PROBE = ".probe-"
"""Start of the name of a file that tries whether a folder can be written."""
REBUILDING = ".rebuild-"
"""Start of the name of the folder in which `rebuild` makes the catalogue."""


@dataclass(frozen=True)
class Layout:
    """Paths below one data folder."""

    root: Path
    posts_folder: str = "posts"
    """[posts] folder: relative to the data folder, or absolute (a Hexo site's source/_posts)."""
    withdrawn: Literal["keep", "mark", "unpublish"] = "keep"
    """[posts] withdrawn: what becomes of the post file of a withdrawn article."""
    stores: Stores | None = field(default=None, compare=False, repr=False)
    """Opens the store for the WARC files that are only there. None for a run, which never asks it."""

    def each(self) -> Sequence[Layout]:
        """Give the data folders that are read: this one."""
        return [self]

    def leave(self, error: Exception) -> None:
        """Take a fault of one of the data folders: of one alone, it is raised; of several, that part is left out."""
        raise error

    def reader(self) -> Reader:
        """Read the WARC files."""
        from archive import Reader

        return Reader(self.root, stores=self.stores)

    def only_stored(self) -> str:
        """Say how many WARC files are only in the store; empty without any."""
        from archive import OnlyStored, many

        files = OnlyStored(self.root).files().values()
        if not files:
            return ""
        size = sum(one.size for one in files)
        return f"{many(len(files), 'WARC file is', 'WARC files are')} only in the store ({size:,} bytes)"

    @property
    def no_catalogue(self) -> str:
        """What to say when the catalogue is missing."""
        if apart := self.only_stored():
            return f"missing, and {apart}: `warcpress pull`, then `warcpress rebuild`, make it again"
        return "missing; `warcpress rebuild` makes it again from the WARC files"

    def check_catalogue(self) -> None:
        """Raise ConfigError when the catalogue is missing."""
        if not self.catalogue.exists():
            raise ConfigError(f"{self.catalogue}: {self.no_catalogue}")

    def lost(self) -> list[str]:
        """The names of sealed WARC files that are neither here nor in the store, as far as manifest.jsonl tells."""
        from archive import UNFINISHED, ArchiveError, Manifest

        try:
            sealed = Manifest(self.root).sealed()
        except ArchiveError:
            return []  # the audit tells what is wrong with the manifest
        # the next start gives these their names
        left = {path.name for path in self.warc.glob("*") if path.name.endswith(UNFINISHED)}
        found = sealed.keys() - set(self.reader().files())
        return sorted(name for name in found if left.isdisjoint(name + ending for ending in UNFINISHED))

    def index(self) -> Lookup:
        """Look captures up."""
        from archive import Index

        return Index(self.root)

    @property
    def posts(self) -> Path:
        """Folder of the post files."""
        return self.root / self.posts_folder

    @property
    def media(self) -> Path:
        """Folder of the local copies of images."""
        return self.root / "media"

    @property
    def warc(self) -> Path:
        """Folder of the WARC files."""
        return self.root / "warc"

    @property
    def runs(self) -> Path:
        """Folder of the run files."""
        return self.root / "runs"

    @property
    def catalogue(self) -> Path:
        """The catalogue's file."""
        return self.root / "catalogue.sqlite"

    @property
    def frontier(self) -> Path:
        """The frontier's file."""
        return self.root / "frontier.sqlite"

    @property
    def search(self) -> Path:
        """The full-text index; missing until the first post is published or looked for."""
        return self.root / "search.sqlite"

    @property
    def site(self) -> Path:
        """The list of what was put into a site ([publish]); missing until the first time."""
        return self.root / "site.sqlite"

    def prepare(self) -> None:
        """Make the folders and write LAYOUT.

        ConfigError when another version of warcpress wrote the folder, StorageFailed when it can't be written.
        """
        marker = self.root / "LAYOUT"
        try:
            self._refuse_links()
            for folder in (self.root, self.posts, self.warc, self.root / "index", self.runs):
                Disk().make_folder(folder)
                self._check_writable(folder)
            if not marker.exists():
                write_file(self.root, marker.name, b'{"v": %d}\n' % VERSION)
        except OSError as error:
            raise StorageFailed(f"{error.filename or self.root}: can't be written: {error.strerror}") from error
        self.check()

    def check(self) -> None:
        """Raise ConfigError unless this is a data folder of this version."""
        marker = self.root / "LAYOUT"
        try:
            self._refuse_links()
            version = json.loads(marker.read_text(encoding="utf-8"))["v"]
        except FileNotFoundError:
            raise ConfigError(
                f"{self.root}: no data folder of warcpress (no LAYOUT in it); `warcpress crawl` makes one"
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigError(f"{marker}: can't be read: {getattr(error, 'strerror', None) or error}") from error
        if version != VERSION:
            raise ConfigError(
                f"{marker}: layout {version}, this warcpress knows {VERSION}; install the version that wrote it"
            )

    @property
    def closed(self) -> str:
        """When the folder was closed, because its year was over (RFC 3339); empty while runs write to it."""
        try:
            content = json.loads((self.root / "LAYOUT").read_text(encoding="utf-8"))
            return str(content.get("closed", ""))
        except (OSError, ValueError, AttributeError):
            return ""  # `check` says what is wrong

    def close(self, when: str) -> None:
        """Note that the folder is closed; empty = a run writes to it again. StorageFailed when that fails."""
        if when != self.closed:
            content = {"v": VERSION, **({"closed": when} if when else {})}
            write_file(self.root, "LAYOUT", f"{json.dumps(content)}\n".encode())

    def _refuse_links(self) -> None:
        """Raise StorageFailed when a file or folder that warcpress writes is a symbolic link.

        The data folder itself, and a posts folder with an absolute path, may be links: the operator chose them.
        """
        for path in (
            *(self.root / name for name in ("LAYOUT", "manifest.jsonl", "index", "index/digests.sqlite")),
            *(self.warc, self.runs, self.media, self.catalogue, self.frontier, self.search, self.site),
            *(() if Path(self.posts_folder).is_absolute() else (self.posts,)),
        ):
            if path.is_symlink():
                raise StorageFailed(
                    f"{path}: is a link to {path.readlink()}, and nothing is written through a link; put what it leads "
                    "to in its place ([crawl] data and [posts] folder can name folders elsewhere)"
                )

    @staticmethod
    def _check_writable(folder: Path) -> None:
        """Make a file and remove it; permission bits would not show a read-only mount or a full quota."""
        probe = folder / f"{PROBE}{os.getpid()}"
        descriptor = os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
        os.close(descriptor)
        probe.unlink()

    def remove_unfinished(self) -> None:
        """Remove what killed processes left half-written; call it under the lock. StorageFailed when that fails.

        A run writes the same posts again; only a rebuild, which leaves its folder, can leave others.
        """
        try:
            left = sorted(self.root.glob(f"{REBUILDING}*"))
            for folder in (self.runs, *((self.posts, self.media) if left else ())):
                remove_unfinished(folder)
            for folder in (self.root, self.posts, self.warc, self.root / "index", self.runs):
                for probe in folder.glob(f"{PROBE}*"):
                    probe.unlink(missing_ok=True)
            for path in left:  # last: until then the next start sees that there is something to remove
                path.unlink() if path.is_symlink() or path.is_file() else shutil.rmtree(path)
        except OSError as error:
            raise StorageFailed(f"{error.filename or self.root}: can't be removed: {error.strerror}") from error

    def close_to_others(self) -> None:
        """Close the databases and run files of earlier releases to other users; call it under the lock.

        A command closes the databases that it opens for writing, but `rebuild` does not open the frontier.
        """
        try:
            for file in (
                self.catalogue,
                self.frontier,
                self.search,
                self.root / "index/digests.sqlite",
                *self.runs.glob("*.json"),
            ):
                close_to_others(file)
        except OSError as error:
            raise StorageFailed(f"{error.filename or self.root}: can't be changed: {error.strerror}") from error

    def ended_badly(self) -> bool:
        """Whether the last run, or a rebuild, did not come to its end; ask under the lock."""
        logs = (self.root / f"{name}-wal" for name in ("catalogue.sqlite", "frontier.sqlite", "index/digests.sqlite"))
        return any(log.exists() and log.stat().st_size for log in logs) or any(self.root.glob(f"{REBUILDING}*"))

    def lacks_room(self, reserve: int) -> str:
        """Say why a run should end: a disk has fewer free bytes than `reserve`, or a twentieth of it; else empty.

        StorageFailed when a folder can't be read.
        """
        for folder in (self.root, self.posts):
            try:
                disk = os.statvfs(folder)
            except OSError as error:
                raise StorageFailed(f"{folder}: can't be read: {error.strerror}") from error
            least = min(reserve, disk.f_blocks * disk.f_frsize // 20)
            if (free := disk.f_bavail * disk.f_frsize) < least:
                kept = f"{free:,} bytes are free, and [limits] disk_reserve keeps {least:,}"
                return f"{folder}: the disk is full up to its reserve: {kept}; make room, then run again"
        return ""

    def lock(self, *, briefly: bool = False) -> Lock:
        """The lock of the folder, not taken yet. `briefly`: not for a run, so that a start waits for it."""
        return Lock(self.root, briefly=briefly)


def run_id(now: datetime) -> str:
    """Make a new id, YYYYMMDDTHHMMSSZ-6hex, which sorts by time and is unique even if the clock is wrong."""
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
