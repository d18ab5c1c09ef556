"""The manifest in a store: its lines go in as objects that never change, `manifest/FIRST.jsonl`, and come out in order.

Each object has the lines from number FIRST on that were new at a push, so `cat manifest/*.jsonl` gives the manifest.
Since nothing is overwritten, two pushes at once, or two archives at one place, can't mix their lines.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from archive.disk import open_regular
from archive.errors import ArchiveError, StoreFailed
from archive.remote.journal import Journal
from archive.remote.store import LOOKS, PIECE, Store
from archive.seal.manifest import NAME as MANIFEST
from archive.seal.manifest import START, Entry, ManifestError, parse

FOLDER = "manifest"
logger = logging.getLogger(__name__)


class OtherManifest(ArchiveError):
    """The store has the manifest of another archive, or of a newer copy of this one."""


def local_lines(folder: Path) -> list[bytes]:
    """The whole lines of a data folder's manifest, without their LF; a run may be writing another one."""
    if not (path := folder / MANIFEST).exists():
        return []
    with open_regular(path) as file:
        return file.read().split(b"\n")[:-1]


def entries_of(lines: Sequence[bytes]) -> list[Entry]:
    """Read the entries of whole lines; ManifestError at the first malformed line or broken link."""
    entries, previous = [], START
    for number, line in enumerate(lines, 1):
        entry = parse(line, number)
        if entry.previous != previous:
            raise ManifestError(number, "does not follow from the line before: `audit` has the details")
        previous = hashlib.sha256(line).hexdigest()
        entries.append(entry)
    return entries


def stored_lines(store: Store) -> list[bytes]:
    """All lines that a store has, in order; they may be malformed at the end, which `entries_of` finds."""
    lines: list[bytes] = []
    while found := _read(store, len(lines) + 1, partial(_follows, lines[-1:])):
        lines += found
    return lines


def put_lines(store: Store, journal: Journal, lines: Sequence[bytes], now: datetime) -> int:
    """Put the lines that a store lacks; return how many. OtherManifest when it has others, or more."""
    done = agreed = check_lines(store, journal, lines, now)
    while (before := done) < len(lines):
        key, content = _key(done + 1), _joined(list(_some(lines[done:])))
        store.put(key, content)
        sha256 = hashlib.sha256(content).hexdigest()
        if difference := store.difference(key, len(content), sha256):
            done = check_lines(store, journal, lines, now)  # another push was there first, with fewer or more lines
            if done == before:
                raise StoreFailed(f"{store.place.name}: {key} does not have the bytes that were put: {difference}")
        else:
            journal.add(key, len(content), sha256, now)
            done += content.count(b"\n")
    return done - agreed


def check_lines(store: Store, journal: Journal, lines: Sequence[bytes], now: datetime) -> int:
    """How many of these lines a store has; OtherManifest when it has others, or more.

    Objects that remote.jsonl knows are not read again: over the years there is one for each push.
    """
    done, last = _known(journal, lines)
    if last and store.size(last) != journal.size(last):
        logger.warning("%s: has not what an earlier push has put; all is put or compared again", store.place.name)
        journal.distrust()
        done = 0
    while True:
        here = lines[done:]
        found = _read(store, done + 1, lambda found, here=here: here[: len(found)] == found[: len(here)])  # type: ignore[misc]
        if not found:
            return done
        if here[: len(found)] != found:
            raise _other(store, _key(done + 1), is_older=here == found[: len(here)])
        content = _joined(found)
        journal.add(_key(done + 1), len(content), hashlib.sha256(content).hexdigest(), now)
        done += len(found)


def _known(journal: Journal, lines: Sequence[bytes]) -> tuple[int, str]:
    """How many of these lines remote.jsonl says that the store has, and the key of the last object with them."""
    done, last = 0, ""
    while (size := journal.size(_key(done + 1))) is not None:
        some, room = [], size
        for line in lines[done:]:
            if room <= 0:
                break
            some.append(line)
            room -= len(line) + 1
        if not some or not journal.has(_key(done + 1), hashlib.sha256(_joined(some)).hexdigest()):
            break
        last = _key(done + 1)
        done += len(some)
    return done, last


def _other(store: Store, key: str, *, is_older: bool) -> OtherManifest:
    if is_older:
        return OtherManifest(
            f"{store.place.name}: has more lines, in {key}: this folder is an older copy of the archive, "
            "so nothing was put. `warcpress pull` brings it up to date"
        )
    return OtherManifest(
        f"{store.place.name}: has another manifest, in {key}: it belongs to another archive, or to a copy of this one "
        "that went on by itself; nothing was put. Give each archive a place of its own"
    )


def _key(first: int) -> str:
    return f"{FOLDER}/{first:08d}.jsonl"


def _joined(lines: Sequence[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def _read(store: Store, first: int, fits: Callable[[list[bytes]], bool]) -> list[bytes]:
    """The lines of an object, none without one; read again while they do not fit: an answer may be damaged."""
    for _ in range(LOOKS):
        if (content := store.get(_key(first))) is None:
            return []
        *found, rest = content.split(b"\n")
        if found and not rest and fits(found):
            return found
    if not found or rest:
        raise StoreFailed(f"{store.place.name}: {_key(first)} was altered: it does not hold whole lines of a manifest")
    return found


def _follows(before: Sequence[bytes], found: Sequence[bytes]) -> bool:
    """Whether lines follow from each other, and the first from the last one before."""
    previous = hashlib.sha256(before[-1]).hexdigest() if before else START
    try:
        for line in found:
            if parse(line).previous != previous:
                return False
            previous = hashlib.sha256(line).hexdigest()
    except ManifestError:
        return False
    return True


def _some(lines: Sequence[bytes]) -> Iterator[bytes]:
    """The first lines, as many as one request can take."""
    room = PIECE
    for line in lines:
        room -= len(line) + 1
        yield line
        if room <= 0:
            return
