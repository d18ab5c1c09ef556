"""The WARC files of an archive: its path goes in; their names, and the files themselves, opened, come out.

An archive is a data folder (`warc/`), a collection of pywb or an unpacked WACZ (`archive/`), any other folder with WARC
files in it or below it, a single WARC file, or a WACZ.
"""

from __future__ import annotations

import os
import shutil
import weakref
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NamedTuple
from zipfile import BadZipFile

from archive.disk import open_regular
from archive.errors import ArchiveError, BadRecord
from archive.read.source import Source
from archive.read.streams import StoredFile
from archive.read.wacz_package import BROKEN, PIECE, Unpacking, WaczReading
from archive.warc.filenames import OPEN

ENDINGS = (".warc", ".warc.gz", ".warc.zst", ".arc", ".arc.gz")
"""Endings of the names of WARC and ARC files, in any case."""
_PACKAGE = ".wacz"
_DEEPEST = 4
"""Deepest level at which a package within a package is opened."""
_IN_PACKAGE = "archive/"
"""The folder of a WACZ that has the WARC files."""


def is_warc_name(name: str) -> bool:
    """Tell whether a file with this name should be a WARC or ARC file."""
    return name.lower().endswith(ENDINGS)


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


class StoredFiles:
    """The WARC files of one archive."""

    def __init__(self, archive: Path) -> None:
        self._archive = archive
        self.warc = archive / "warc" if (archive / "warc").is_dir() else None
        """The folder of our own archives; files come and go there, so it is read each time."""
        self._places: dict[str, Place] | None = None
        self._copies: list[_Copy] = []
        """Copies of compressed members: they are kept as long as this object."""
        self._unpacking: dict[Path, Unpacking] = {}
        """What the members of each package may still unpack to."""

    def names(self) -> list[str]:
        """The names of the sealed files, sorted; below a folder of others also with a path. Raises ArchiveError."""
        if self.warc is not None:
            return sorted(path.name for path in self.warc.iterdir() if is_warc_name(path.name))
        return sorted(self._found())

    def place(self, name: str) -> Place:
        """Where a file is, by its final name; it may still be `.open`. ArchiveError when it is no name of a file."""
        if self.warc is None and (place := self._found().get(name)):
            return place
        if "/" in name or "\\" in name or "\0" in name or name in ("", ".", ".."):
            raise ArchiveError(f"not the name of a WARC file: {name!r}")
        folder = self.warc or (self._archive.parent if self._archive.is_file() else self._archive)
        path, unsealed = folder / name, folder / (name + OPEN)
        return Place(unsealed if not path.exists() and unsealed.exists() else path)

    def open(self, name: str, offset: int = 0) -> StoredFile:
        """Open a file; BadRecord, with this offset, when that fails."""
        place = self._bytes(name, offset)
        try:
            return StoredFile(name, open_regular(place.path), place.start, place.size)
        except OSError as error:
            raise BadRecord(name, offset, f"can't be opened: {error.strerror}") from error

    def source(self, name: str) -> Source:
        """Open a file to scan it. BadRecord when that fails."""
        self.open(name).close()
        place = self._bytes(name, 0)
        return Source(place.path, name, start=place.start, size=place.size)

    def _bytes(self, name: str, offset: int) -> Place:
        """Where the bytes of a file are; those of a compressed member are unpacked first."""
        place = self.place(name)
        if place.packed:
            place = self._found()[name] = self._unpack(place)
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
            packed = self._archive.name.lower().endswith(_PACKAGE)
            return self._packed(self._archive) if packed else {self._archive.name: Place(self._archive)}
        found: dict[str, Place] = {}
        for folder, _, names in os.walk(self._archive):
            for path in sorted(Path(folder, name) for name in names):
                name = path.relative_to(self._archive).as_posix()
                if is_warc_name(name):
                    found[name] = Place(path)
                elif name.lower().endswith(_PACKAGE):
                    found |= self._packed_within(path, name)
        for name in sorted(found):  # as the indexes of pywb and of WACZ name them
            if name.startswith(_IN_PACKAGE) and (short := name.removeprefix(_IN_PACKAGE)) not in found:
                found[short] = found.pop(name)
        return found

    def _packed_within(self, path: Path, name: str) -> dict[str, Place]:
        """As `_packed`, with the package's name; one that can't be read does not hide the other files of its folder."""
        try:
            return {f"{name}!{member}": place for member, place in self._packed(path).items()}
        except ArchiveError as error:
            return {name: Place(path, unreadable=str(error))}

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
                elif member.lower().endswith(_PACKAGE) and depth < _DEEPEST:
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
