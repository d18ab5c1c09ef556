"""The data folder: its paths, its format version, its lock (one run at a time)."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from crawler.errors import ConfigError, Locked, StorageFailed

VERSION = 1


@dataclass(frozen=True)
class Layout:
    """Paths below one data folder (DESIGN, "data/")."""

    root: Path
    posts_folder: str = "posts"
    """[posts] folder: relative to the data folder, or absolute (a Hexo site's source/_posts)."""

    @property
    def posts(self) -> Path:
        return self.root / self.posts_folder

    @property
    def media(self) -> Path:
        return self.root / "media"

    @property
    def warc(self) -> Path:
        return self.root / "warc"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    @property
    def catalogue(self) -> Path:
        return self.root / "catalogue.sqlite"

    @property
    def frontier(self) -> Path:
        return self.root / "frontier.sqlite"

    def prepare(self) -> None:
        """Makes the folders, writes LAYOUT. ConfigError when another version of warcpress wrote the folder,
        StorageFailed when it can't be written."""
        marker = self.root / "LAYOUT"
        try:
            for folder in (self.root, self.posts, self.warc, self.root / "index", self.runs):
                folder.mkdir(parents=True, exist_ok=True)
                self._check_writable(folder)
            if not marker.exists():
                marker.write_text(json.dumps({"v": VERSION}) + "\n", encoding="utf-8")
        except OSError as error:
            raise StorageFailed(f"{error.filename or self.root}: can't be written: {error.strerror}") from error
        self.check()

    def check(self) -> None:
        """ConfigError unless this is a data folder of this version."""
        marker = self.root / "LAYOUT"
        try:
            version = json.loads(marker.read_text(encoding="utf-8"))["v"]
        except FileNotFoundError:
            raise ConfigError(
                f"{self.root}: no data folder of warcpress (no LAYOUT in it); `warcpress crawl` makes one"
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigError(f"{marker}: can't be read: {error}") from error
        if version != VERSION:
            raise ConfigError(f"{marker}: layout {version}, this warcpress knows {VERSION}")

    @staticmethod
    def _check_writable(folder: Path) -> None:
        """Tries it: permission bits say nothing to root, on read-only mounts, or over a full quota."""
        probe = folder / f".probe-{os.getpid()}"
        descriptor = os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
        os.close(descriptor)
        probe.unlink()

    def lock(self) -> Lock:
        return Lock(self.root / ".lock")


class Lock(AbstractContextManager["Lock"]):
    """An exclusive flock on one file: it dies with its owner, kill -9 included."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        """Locked when another process holds it; StorageFailed when the file can't be made."""
        try:
            descriptor = os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        except OSError as error:
            raise StorageFailed(f"{self.path}: can't be locked: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 64, 0).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise Locked(
                f"{self.path.parent}: another run holds this data folder (process {holder or 'unknown'}); "
                "wait for its end"
            ) from None
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def held_elsewhere(self) -> bool:
        """Whether a live run holds it now (an audit then leaves its `.open` file alone)."""
        try:
            with self:
                return False
        except Locked:
            return True


def run_id(now: datetime) -> str:
    """YYYYMMDDTHHMMSSZ-6hex: sorts by time, unique without trusting the clock."""
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
