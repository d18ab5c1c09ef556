"""Write posts, copies of images and run files, each whole or not at all, and never outside their folder.

The parts of the path are opened one by one without following links, so no planted link leads a write out of the
folder. A file gets its name only after its bytes are on disk: temporary file, fsync, rename, fsync of the folder.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from archive import Disk
from crawler.errors import StorageFailed
from crawler.store.lock import still_held

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write_file(root: Path, relative: str, body: bytes, *, mode: int = 0o644) -> Path:
    """Write `body` to `root/relative`, make missing folders, and return the path.

    StorageFailed when the file can't be written; the old file then stays.
    """
    write_files(root, [(relative, body)], mode=mode)
    return root / relative


def write_files(root: Path, files: Iterable[tuple[str, bytes]], *, mode: int = 0o644) -> None:
    """Write several files, each whole or not at all; open and fsync each folder once.

    StorageFailed at the first that can't be written; those before it may have been.
    """
    by_folder: dict[str, list[tuple[str, bytes]]] = {}
    for relative, body in files:
        folder, _, name = _checked(root, relative).rpartition("/")
        by_folder.setdefault(folder, []).append((name, body))
    for folder, several in by_folder.items():
        name = several[0][0]  # of the file that is being written, for the message
        try:
            with _opened(root, folder) as handle:
                for name, body in several:
                    _place(handle, name, body, mode)
                os.fsync(handle)
        except OSError as error:
            raise _failed(root, f"{folder}/{name}".lstrip("/"), error) from error


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open a new file for writing, which gets its name when the block ends well; else the old file stays.

    StorageFailed when it can't be written.
    """
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _failed(path.parent.parent, path.parent.name, error) from error
    temporary = f".{path.name}.part"
    try:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
        with os.fdopen(os.open(temporary, _NEW_FILE, 0o644, dir_fd=folder), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.rename(temporary, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        if isinstance(error, OSError):
            raise _failed(path.parent, path.name, error) from error
        raise
    finally:
        os.close(folder)


def remove_file(root: Path, relative: str) -> None:
    """Remove `root/relative` if it is there, and folders that become empty; StorageFailed when it can't be removed."""
    folder, _, name = _checked(root, relative).rpartition("/")
    if not os.path.lexists(root / relative):
        return
    try:
        with _opened(root, folder) as handle:
            still_held()
            os.unlink(name, dir_fd=handle)
            os.fsync(handle)
    except OSError as error:
        raise _failed(root, relative, error) from error
    with suppress(OSError):  # the first folder that is not empty
        for parent in Path(relative).parents[:-1]:
            (root / parent).rmdir()


def _checked(root: Path, relative: str) -> str:
    if any(part in ("", ".", "..") for part in relative.split("/")) or "\0" in relative or "\\" in relative:
        raise StorageFailed(f"{relative!r} is not the path of a file inside {root}; nothing was written")
    return relative


@contextmanager
def _opened(root: Path, folder: str) -> Iterator[int]:
    Disk().make_folder(root)
    # The root itself may be a link: the operator chose it.
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in filter(None, folder.split("/")):
            _make_folder(handle, part)
            deeper = os.open(part, _FOLDER, dir_fd=handle)
            os.close(handle)
            handle = deeper
        yield handle
    finally:
        os.close(handle)


def _make_folder(parent: int, name: str) -> None:
    try:
        os.mkdir(name, dir_fd=parent)
    except FileExistsError:
        return  # a link or a file is refused when it is opened
    os.fsync(parent)


def _place(folder: int, name: str, body: bytes, mode: int) -> None:
    still_held()
    # Only one run writes here at a time, so an older temporary file was left by a killed run.
    temporary = f".{name}.part"
    with suppress(FileNotFoundError):
        os.unlink(temporary, dir_fd=folder)
    handle = os.open(temporary, _NEW_FILE, mode, dir_fd=folder)
    try:
        try:
            rest = memoryview(body)
            while rest:
                rest = rest[os.write(handle, rest) :]
            os.fsync(handle)
        finally:
            os.close(handle)
        still_held()
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with suppress(OSError):  # report the first failure; the next write removes this file
            os.unlink(temporary, dir_fd=folder)
        raise


def remove_unfinished(root: Path) -> None:
    """Remove the temporary files below a folder that killed processes left; under the lock, so that none is in use."""
    for folder, _folders, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            if name.startswith(".") and name.endswith(".part") and not path.is_symlink():
                path.unlink(missing_ok=True)


def _failed(root: Path, relative: str, error: OSError) -> StorageFailed:
    return StorageFailed(f"{root / relative}: {error.strerror or error}; make room or give access, then run again")


def path_key(path: str) -> str:
    """Return a key that is equal for paths that a file system takes for one, ignoring case or Unicode form."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())
