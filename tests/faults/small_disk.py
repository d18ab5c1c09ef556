"""Real file systems of a few megabytes with little room left, where the machine allows loop mounts."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def ext4(folder: Path, size: int, room: int) -> Iterator[Path]:
    """Mount an ext4 of `size` bytes with blocks of 1 KiB, of which about `room` bytes are free; skip if not allowed."""
    image, place = folder / "image", folder / "mounted"
    place.mkdir(exist_ok=True)
    image.unlink(missing_ok=True)
    with image.open("wb") as file:
        file.truncate(size)
    try:
        _do("mkfs.ext4", "-q", "-F", "-b", "1024", "-m", "0", str(image))
        _do("mount", "-o", "loop", str(image), str(place))
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("file systems can't be made and mounted here")
    try:
        fill(place, room)
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


def fill(place: Path, room: int) -> None:
    """Fill a file system but for about `room` bytes."""
    with (place / "filling").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 1024)
        except OSError:
            file.truncate(max(0, file.tell() - room))
    subprocess.run(["sync", "-f", place], check=True)


def _do(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
