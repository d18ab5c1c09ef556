"""Fixtures of the archive's tests: a ticking clock, counted record ids, exchanges from bytes, disks that fail."""

from __future__ import annotations

import errno
import io
import itertools
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive import ArchiveWriter, Exchange
from archive.disk import Disk

NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
GET = b"GET /a HTTP/1.1\r\nHost: news.example\r\nuser-AGENT: warcpress\r\n\r\n"
PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 12\r\n\r\n<p>hello</p>"


@pytest.fixture
def page() -> bytes:
    return PAGE


@pytest.fixture
def clock() -> Callable[[], datetime]:
    ticks = itertools.count()
    return lambda: NOON + timedelta(seconds=next(ticks))


@pytest.fixture
def new_id() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"<urn:uuid:00000000-0000-4000-8000-{next(numbers):012d}>"


@pytest.fixture
def exchange() -> Callable[..., Exchange]:
    """Give exchange(response bytes, url, **fields of Exchange); each starts a second later."""
    ticks = itertools.count()

    def make(response: bytes = PAGE, url: str = "http://news.example/a", **fields: Any) -> Exchange:
        given: dict[str, Any] = {
            "method": "GET",
            "request": GET,
            "started_at": NOON + timedelta(seconds=next(ticks)),
            **fields,
        }
        return Exchange(url=url, response=io.BytesIO(response), **given)

    return make


@pytest.fixture
def open_writer(
    tmp_path: Path, clock: Callable[[], datetime], new_id: Callable[[], str]
) -> Iterator[Callable[..., ArchiveWriter]]:
    """Give open_writer(**arguments of ArchiveWriter) on tmp_path; the writers are closed after the test."""
    writers = []

    def make(**arguments: Any) -> ArchiveWriter:
        arguments = {"folder": tmp_path, "clock": clock, "new_id": new_id, **arguments}
        writer = ArchiveWriter(**arguments)
        writers.append(writer)
        return writer

    yield make
    for writer in writers:
        writer.close()


class FailingDisk(Disk):
    """Fails operation number `at`, counted from 0, like a full disk: half of a write succeeds."""

    def __init__(self, at: int) -> None:
        self.at, self.count, self.failed = at, 0, ""

    def _step(self, name: str) -> None:
        self.count += 1
        if self.count - 1 == self.at:
            self.failed = name
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def create(self, path: Path) -> int:
        self._step("create")
        return super().create(path)

    def append(self, path: Path) -> int:
        self._step("append")
        return super().append(path)

    def write(self, file: int, content: bytes) -> None:
        try:
            self._step("write")
        except OSError:
            super().write(file, content[: len(content) // 2])
            raise
        super().write(file, content)

    def fsync(self, file: int) -> None:
        self._step("fsync")
        super().fsync(file)

    def truncate(self, path: Path, size: int) -> None:
        self._step("truncate")
        super().truncate(path, size)

    def rename(self, old: Path, new: Path) -> None:
        self._step("rename")
        super().rename(old, new)

    def remove(self, path: Path) -> None:
        self._step("remove")
        super().remove(path)

    def fsync_folder(self, folder: Path) -> None:
        self._step("fsync_folder")
        super().fsync_folder(folder)


class PowerLoss(RuntimeError):
    """The power was lost."""


class ForgetfulDisk(Disk):
    """Loses power before operation number `at`; `lose` then keeps only what was fsynced.

    Other contents are cut off and other names undone, the worst that POSIX allows.
    """

    def __init__(self, at: int) -> None:
        self.at, self.count = at, 0
        self._paths: dict[int, Path] = {}
        self._durable: dict[Path, int] = {}
        self._names: list[Callable[[], object]] = []

    def _step(self) -> None:
        self.count += 1
        if self.gone:
            raise PowerLoss

    @property
    def gone(self) -> bool:
        return self.count > self.at

    def create(self, path: Path) -> int:
        self._step()
        handle = super().create(path)
        self._paths[handle] = path
        self._durable[path] = 0
        self._names.append(lambda: path.unlink(missing_ok=True))
        return handle

    def append(self, path: Path) -> int:
        self._step()
        new = not path.exists()
        handle = super().append(path)
        self._paths[handle] = path
        if new:
            self._names.append(lambda: path.unlink(missing_ok=True))
        self._durable.setdefault(path, path.stat().st_size)
        return handle

    def write(self, file: int, content: bytes) -> None:
        self._step()
        super().write(file, content)

    def fsync(self, file: int) -> None:
        self._step()
        super().fsync(file)
        self._durable[self._paths[file]] = self._paths[file].stat().st_size

    def truncate(self, path: Path, size: int) -> None:
        self._step()
        super().truncate(path, size)
        self._durable[path] = size

    def rename(self, old: Path, new: Path) -> None:
        self._step()
        super().rename(old, new)
        self._durable[new] = self._durable.pop(old, new.stat().st_size)

        def undo() -> None:
            new.rename(old)
            self._durable[old] = self._durable.pop(new)

        self._names.append(undo)

    def remove(self, path: Path) -> None:
        self._step()
        super().remove(path)

    def fsync_folder(self, folder: Path) -> None:
        self._step()
        super().fsync_folder(folder)
        self._names.clear()

    def lose(self) -> None:
        """Set the folder to its state after the power loss."""
        for undo in reversed(self._names):
            undo()
        for path, size in self._durable.items():
            if path.exists():
                os.truncate(path, size)


@pytest.fixture
def failing_disk() -> type[FailingDisk]:
    return FailingDisk


@pytest.fixture
def forgetful_disk() -> type[ForgetfulDisk]:
    return ForgetfulDisk
