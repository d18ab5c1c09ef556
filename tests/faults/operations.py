"""Read the log of disk.c: the disk operations of a process, in order, with their bytes."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

KINDS = ("create", "write", "sync", "truncate", "rename", "remove", "mkdir", "rmdir")
_HEAD = struct.Struct("=4I2Q")


@dataclass(frozen=True)
class Operation:
    """One operation that succeeded; failed ones are not logged."""

    kind: str
    """One of KINDS."""
    path: str
    """Absolute."""
    other: str
    """The new path of a rename."""
    offset: int
    """Of a write; the new size of a truncation."""
    content: bytes
    """Of a write."""


def read_operations(log: Path) -> Iterator[Operation]:
    """Read all operations but a last one that a kill cut short."""
    content = log.read_bytes()
    place = 0
    while place + _HEAD.size <= len(content):
        kind, path, other, _, offset, length = _HEAD.unpack_from(content, place)
        place += _HEAD.size
        body = length if KINDS[kind] == "write" else 0
        if place + path + other + body > len(content):
            return
        names = content[place : place + path + other].decode()
        place += path + other
        yield Operation(KINDS[kind], names[:path], names[path:], offset, content[place : place + body])
        place += body
