"""Operations on a disk go in, in order; a folder comes out as it may be after a power loss at that moment.

SQLite's own tests do the same. Contents are certain up to the last fsync of the file, names up to the last fsync of the
folder. Of later operations a disk may have any part: nothing, all names without contents, or what a seed chooses. A
rename may leave the old name, the new one or both, but never neither: file systems add the new name first, or replace
the old one in one step.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from operations import Operation

LOSSES = ("everything", "contents", "some")
"""Which operations without fsync are lost: all; contents but not names; some, by the seed."""


@dataclass
class _File:
    """A regular file."""

    content: bytearray = field(default_factory=bytearray)
    certain: bytes = b""


@dataclass
class _Folder:
    """The names in a folder, with their files and folders."""

    names: dict[str, _File | _Folder] = field(default_factory=dict)
    certain: dict[str, _File | _Folder] = field(default_factory=dict)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    """Old and new name, since the last fsync."""


class Disk:
    """The disk below one folder; feed it operations, then see what a loss of power leaves."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._top = _Folder()
        self._top.names[""] = self._top.certain[""] = _Folder()  # the data folder itself is taken as certain

    def apply(self, operation: Operation) -> None:
        folder, name = self._at(operation.path)
        here = folder.names.get(name)
        if operation.kind == "mkdir":
            folder.names.setdefault(name, _Folder())
        elif operation.kind == "create":
            folder.names[name] = _File()
        elif operation.kind in ("remove", "rmdir"):
            del folder.names[name]
        elif operation.kind == "rename":
            to, new = self._at(operation.other)
            assert to is folder, "all our renames stay within a folder"
            folder.names[new] = folder.names.pop(name)
            folder.renamed.append((name, new))
        elif operation.kind == "sync" and isinstance(here, _Folder):
            here.certain, here.renamed = dict(here.names), []
        elif isinstance(here, _File):
            _change(here, operation)

    def leave(self, target: Path, loss: str, seed: int = 0) -> None:
        """Write what a power loss leaves into the new folder `target`."""
        chance = random.Random(seed)
        top = self._top.names[""]
        assert isinstance(top, _Folder)
        _write(top, target, loss, chance)

    def _at(self, path: str) -> tuple[_Folder, str]:
        relative = path.removeprefix(self._root).strip("/")
        if not relative:
            return self._top, ""
        *above, name = relative.split("/")
        folder = self._top.names[""]
        for part in above:
            assert isinstance(folder, _Folder)
            folder = folder.names[part]
        assert isinstance(folder, _Folder)
        return folder, name


def _change(file: _File, operation: Operation) -> None:
    if operation.kind == "sync":
        file.certain = bytes(file.content)
    elif operation.kind == "truncate":
        file.content[operation.offset :] = bytes(max(0, operation.offset - len(file.content)))
    elif operation.kind == "write":
        end = operation.offset + len(operation.content)
        file.content.extend(bytes(max(0, end - len(file.content))))
        file.content[operation.offset : end] = operation.content


def _write(folder: _Folder, target: Path, loss: str, chance: random.Random) -> None:
    target.mkdir()
    names = dict(folder.certain if loss == "everything" else folder.names)
    if loss == "some":
        for name in sorted(folder.certain.keys() | folder.names.keys()):
            kept = (folder.names if chance.random() < 0.5 else folder.certain).get(name)
            names.pop(name, None)
            if kept is not None:
                names[name] = kept
        for old, new in folder.renamed:
            if old in folder.certain and not {old, new} & names.keys():
                names[old] = folder.certain[old]
    for name, thing in names.items():
        if isinstance(thing, _Folder):
            _write(thing, target / name, loss, chance)
        elif not name.endswith("-shm"):  # SQLite's shared memory: it makes it anew
            whole = loss == "some" and chance.random() < 0.5
            (target / name).write_bytes(thing.content if whole else thing.certain)


def moments(operations: Sequence[Operation], count: int) -> list[int]:
    """Choose about `count` moments, half of them at fsyncs and renames of WARC file, manifest, posts and index."""
    telling = [
        place
        for place, operation in enumerate(operations)
        if operation.kind in ("sync", "rename") and re.search("/warc|manifest|/posts|/index", operation.path)
    ]
    near = sorted({moment for place in telling for moment in (place, place + 1)})
    spread = [round(step * len(operations) / count) for step in range(count + 1)]
    chosen = near[:: max(1, len(near) * 2 // count)] + spread[:: max(1, 2 * len(spread) // count)]
    return sorted({*chosen, len(operations)})
