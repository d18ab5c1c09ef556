"""The WARC files of an archive: its path goes in; their names, and the files themselves, opened, come out.

A file of a data folder may be only in the store: then it is read there, by who was given a way to open the store. An
archive is a data folder (`warc/` and a manifest), any other folder with WARC files and packages in it or below it, a
single WARC file, or a WACZ.
"""

from __future__ import annotations

import os
import shutil
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, NamedTuple
from zipfile import BadZipFile

from archive.disk import open_regular
from archive.errors import ArchiveError, BadRecord, OnlyInStore
from archive.escaping import as_text
from archive.read.source import Source
from archive.read.streams import BLOCK, FileInStore, StoredFile
from archive.read.wacz_package import BROKEN, PIECE, Unpacking, WaczReading
from archive.remote.journal import OnlyStored, Stored
from archive.seal.manifest import NAME as MANIFEST
from archive.warc.filenames import OPEN, SET_ASIDE

if TYPE_CHECKING:
    from archive.remote.store import Store

ENDINGS = (".warc", ".warc.gz", ".warc.zst", ".arc", ".arc.gz")
"""Endings of the names of WARC and ARC files, in any case."""
BLOCKS = 32
"""Blocks of files in the store that are kept in memory: 8 MiB."""
LAYOUT = "LAYOUT"
"""Name of the file by which warcpress marks a data folder."""
DEEPEST = 4
"""Deepest level at which a package within a package is opened."""
_IN_PACKAGE = "archive/"
"""The folder of a WACZ that has the WARC files."""
_IN_FOLDERS = ("warc/", _IN_PACKAGE)
"""Folders that indexes leave out of the names of WARC files: those of ours, and of pywb and WACZ."""


def is_warc_name(name: str) -> bool:
    """Tell whether a file with this name should be a WARC or ARC file."""
    return name.lower().endswith(ENDINGS)


def is_package_name(name: str) -> bool:
    """Tell whether a file with this name should be a WACZ."""
    return name.lower().endswith(".wacz")


def folder_names(folders: Sequence[Path]) -> list[str]:
    """Name different folders by the last parts of their paths: by as many as no other one of them ends with."""
    paths = [folder.resolve().parts for folder in folders]

    def name(path: tuple[str, ...]) -> str:
        sizes = range(1, len(path))
        alone = (size for size in sizes if sum(other[-size:] == path[-size:] for other in paths) == 1)
        return as_text("/".join(path[-next(alone, len(path)) :]))

    return [name(path) for path in paths]


def is_data_folder(folder: Path) -> bool:
    """Tell whether the WARC files of a folder are those in its `warc/`, and no others.

    One of ours has a manifest, or a file that its first run has not sealed yet, or the mark of warcpress: before its
    first capture too, the files of shards and years below it are not its own.
    """
    warc = folder / "warc"
    return warc.is_dir() and (
        any((folder / name).exists() for name in (MANIFEST, LAYOUT)) or any(warc.glob("*" + OPEN))
    )


class Below(NamedTuple):
    """A WARC file, a package, or a folder that can't be read, below a folder."""

    name: str
    """Its path relative to that folder."""
    path: Path
    unreadable: str
    """Why it can't be read; else empty."""


def files_below(folder: Path) -> Iterator[Below]:
    """Give the WARC files and packages in a folder and below it, also behind links; each folder once.

    What can't be read is given too: a folder that is closed to this user, or a file that a writer has still open.
    """
    closed: list[OSError] = []
    seen = set[tuple[int, int]]()
    for place, folders, names in os.walk(folder, onerror=closed.append, followlinks=True):
        here = Path(place).stat()
        if (here.st_dev, here.st_ino) in seen:
            folders.clear()
            continue
        seen.add((here.st_dev, here.st_ino))
        if Path(place) == folder and "warc" in folders:  # ours, without its manifest: nothing else reads this folder
            folders[:] = [one for one in folders if one != SET_ASIDE]
        folders.sort()
        for path in sorted(Path(place, name) for name in names):
            if is_warc_name(path.name.removesuffix(OPEN)) or is_package_name(path.name):
                yield Below(path.relative_to(folder).as_posix(), path, _why_unreadable(path))
    for error in closed if folder.exists() else ():
        path = Path(error.filename)
        yield Below(path.relative_to(folder).as_posix(), path, f"this folder can't be read: {error.strerror}")


def _why_unreadable(path: Path) -> str:
    if path.name.endswith(OPEN):
        return "a writer has it still open, or died; give this file itself to read what is in it"
    if not path.exists():
        return "a link that leads nowhere"
    return "" if path.is_file() else "not a regular file"


class Place(NamedTuple):
    """Where the bytes of a WARC file are."""

    path: Path
    start: int = 0
    size: int | None = None
    """None: up to the end of the file."""
    unreadable: str = ""
    """Why the bytes can't be read; else empty."""
    packed: str = ""
    """The member of a zip that has the bytes compressed; the other fields then are the place of this zip."""
    within: Path | None = None
    """The file of the archive that has the bytes, where `path` is a copy."""


Stores = Callable[[str], "Store"]
"""Opens the store of an archive by its URL. Raises StoreFailed."""


class StoredFiles:
    """The WARC files of one archive."""

    def __init__(self, archive: Path, prefix: str = "", stores: Stores | None = None) -> None:
        """`prefix`: what the names of its files begin with, beside those of other archives."""
        self._archive, self._prefix, self._stores = archive, prefix, stores
        self._only_stored = OnlyStored(archive)
        self._block = lru_cache(BLOCKS)(_block)
        self.warc = archive / "warc" if (archive / "warc").is_dir() else None
        """The folder of our own archives."""
        self._ours = is_data_folder(archive)
        """Whether only the files in `warc` count; they come and go, so it is read each time."""
        self._places: dict[str, Place] | None = None
        self._from_store: dict[str, Path] = {}
        self._copies: list[_Copy] = []
        """Copies of compressed members: they are kept as long as this object."""
        self._unpacking: dict[Path, Unpacking] = {}
        """What the members of each package may still unpack to."""

    def names(self, *, here: bool = False) -> list[str]:
        """The names of the sealed files, sorted; below a folder of others also with a path. Raises ArchiveError.

        `here`: without those that are only in the store.
        """
        if self.warc is not None and self._ours:
            found = {path.name for path in self.warc.iterdir() if is_warc_name(path.name)} | self._from_store.keys()
            return sorted(self._prefix + name for name in (found if here else found | self._only_stored.files().keys()))
        return sorted(self._prefix + name for name in self._found())

    def place(self, name: str) -> Place:
        """Where a file is, by its final name; it may still be `.open`. ArchiveError when it is no name of a file."""
        name = name.removeprefix(self._prefix)
        if not self._ours and (place := self._found().get(name)):
            return place
        if "/" in name or "\\" in name or "\0" in name or name in ("", ".", ".."):
            raise ArchiveError(f"not the name of a WARC file: {name!r}")
        folder = self.warc or (self._archive.parent if self._archive.is_file() else self._archive)
        if (copy := self._from_store.get(name)) is not None:
            return Place(copy)
        path, unsealed = folder / name, folder / (name + OPEN)
        return Place(unsealed if not path.exists() and unsealed.exists() else path)

    def only_stored(self, name: str) -> Stored | None:
        """Where a file is that is only in the store; None for one that is here, or nowhere."""
        name = name.removeprefix(self._prefix)
        return self._only_stored.of(name) if self._ours and name not in self._from_store else None

    def use_copies(self, copies: Mapping[str, Path]) -> None:
        """Take these copies for the files of those names, which are only in the store: they count as here."""
        self._from_store |= copies

    def open(self, name: str, offset: int = 0) -> StoredFile:
        """Open a file; BadRecord, with this offset, when that fails, and StoreFailed when the store does."""
        place = self._bytes(name, offset)
        try:
            return StoredFile(name, open_regular(place.path), place.start, place.size)
        except OSError as error:
            if (stored := self.only_stored(name)) is not None:
                return self._in_store(name, offset, stored)
            raise BadRecord(name, offset, f"can't be opened: {error.strerror}") from error

    def _in_store(self, name: str, offset: int, stored: Stored) -> StoredFile:
        if self._stores is None:
            raise OnlyInStore(name, offset, stored.url)
        store = self._stores(stored.url)
        return FileInStore(
            name, stored.size, partial(self._block, store, stored.key, stored.size), partial(store.read, stored.key)
        )

    def source(self, name: str) -> Source:
        """Open a file to scan it, which must be here. BadRecord when that fails."""
        if (stored := self.only_stored(name)) is not None:
            raise OnlyInStore(name, 0, stored.url)
        self.open(name).close()
        place = self._bytes(name, 0)
        return Source(place.path, name, start=place.start, size=place.size)

    def _bytes(self, name: str, offset: int) -> Place:
        """Where the bytes of a file are; those of a compressed member are unpacked first."""
        place = self.place(name)
        if place.packed:
            place = self._found()[name.removeprefix(self._prefix)] = self._unpack(place)
        if place.unreadable:
            raise BadRecord(name, offset, place.unreadable)
        return place

    def _unpack(self, place: Place) -> Place:
        """The place of a copy of a compressed member; it is removed when nobody needs it any more."""
        given = place.within or place.path
        key = (place.path, place.start, place.packed, place.path.stat().st_mtime_ns)
        copy = _COPIES.get(key)
        if copy is None:
            try:
                unpacking = self._unpacking.setdefault(given, Unpacking(given.stat().st_size))
                copy = _COPIES[key] = _Copy(WaczReading(place.path, place.start, place.size, unpacking), place.packed)
            except (*BROKEN, OSError) as error:
                return Place(given, unreadable=f"can't be read from its package: {error}")
        self._copies.append(copy)
        return Place(copy.path, within=given)

    def _found(self) -> dict[str, Place]:
        if self._places is None:
            self._places = self._find()
        return self._places

    def _find(self) -> dict[str, Place]:
        if self._archive.is_file():
            packed = is_package_name(self._archive.name)
            return self._packed(self._archive) if packed else {self._archive.name: Place(self._archive)}
        found: dict[str, Place] = {}
        for name, path, unreadable in files_below(self._archive):
            if is_package_name(name) and not unreadable:
                found |= self._packed_within(path, name)
            else:
                found[name] = Place(path, unreadable=unreadable)
        for folder in _IN_FOLDERS:
            for name in sorted(found):
                if name.startswith(folder) and (short := name.removeprefix(folder)) not in found:
                    found[short] = found.pop(name)
        return found

    def _packed_within(self, path: Path, name: str) -> dict[str, Place]:
        """As `_packed`, with the package's name; one that can't be read does not hide the other files of its folder."""
        try:
            return {f"{name}!{member}": place for member, place in self._packed(path).items()}
        except ArchiveError as error:
            return {name: Place(path, unreadable=str(error).removeprefix(f"{path}: "))}

    def _packed(self, path: Path, within: Place | None = None, depth: int = 0) -> dict[str, Place]:
        """The WARC files of a WACZ: their names without `archive/`, as in its index, and where their bytes are.

        `within`: its place in another package, a multi-WACZ; then its name comes first.
        """
        found, place = dict[str, Place](), within or Place(path)
        try:
            package = WaczReading(place.path, place.start, place.size)
        except BROKEN as error:
            raise ArchiveError(f"{path}: not a zip file that can be read: {error}") from error
        try:
            for member in package.members:
                if member.startswith(_IN_PACKAGE) and is_warc_name(member):
                    found[member.removeprefix(_IN_PACKAGE)] = _member(place, package, member)
                elif is_package_name(member) and depth < DEEPEST:
                    found |= self._packed_inside(path, member, _member(place, package, member), depth + 1)
        finally:
            package.close()
        return found

    def _packed_inside(self, path: Path, name: str, place: Place, depth: int) -> dict[str, Place]:
        """As `_packed`, of a package in a package; one that can't be read does not hide the others."""
        try:
            place = self._unpack(place) if place.packed else place
            inner = {} if place.unreadable else self._packed(path, place, depth)
        except ArchiveError as error:
            place = place._replace(unreadable=str(error))
        return {name: place} if place.unreadable else {f"{name}!{member}": found for member, found in inner.items()}


def _block(store: Store, key: str, size: int, number: int) -> bytes:
    return store.read(key, number * BLOCK, min(BLOCK, size - number * BLOCK))


class _Copy:
    """A member of a zip, unpacked into a temporary file, which goes when the object does."""

    def __init__(self, package: WaczReading, member: str) -> None:
        with NamedTemporaryFile(prefix="warcpress-", delete=False) as file:
            self.path = Path(file.name)
            weakref.finalize(self, self.path.unlink, missing_ok=True)
            try:
                with package.open(member) as packed:
                    shutil.copyfileobj(packed, file, PIECE)
            finally:
                package.close()


_COPIES: weakref.WeakValueDictionary[tuple[Path, int, str, int], _Copy] = weakref.WeakValueDictionary()
"""The copies that are in use: several readers may have opened one package."""


def _member(place: Place, package: WaczReading, member: str) -> Place:
    """Where a member of the package at `place` is."""
    if package.encrypted(member):
        return place._replace(unreadable="it is encrypted within its package")
    try:
        start = package.start(member)
    except BadZipFile as error:
        return place._replace(unreadable=f"can't be read from its package: {error}")
    if not package.stored(member):
        return place._replace(packed=member)
    return place._replace(start=start, size=package.members[member].file_size)
