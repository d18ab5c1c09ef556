"""Reads a WACZ package: a zip file goes in; members, lines, digests and byte ranges come out."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

PIECE = 1 << 20
BUFFER = 1 << 16
MAX_LINE = 16 << 20
"""Maximum bytes of a line that are read at once."""
MAX_DOCUMENT = 8 << 20
"""Maximum bytes of a JSON document: about 50,000 members; parsed, it takes up to twenty times as much memory."""
MAX_DIRECTORY = 8 << 20
"""Maximum bytes of a zip's directory: about 80,000 members. Parsed, it takes fifteen times as much memory."""
UNPACKED, UNPACKED_EACH = 256 << 20, 32
"""Bytes to which compressed members may unpack: so many, and for each byte of the package so many.

WARC files are stored in a package, so only bombs reach this. Packages within a package share its bound.
"""
LINES, LINES_EACH = 4 << 20, 64
"""Bytes of lines that a member may hold: so many, and for each stored byte so many. Indexes shrink to a tenth."""
BROKEN = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError)
"""Errors of zipfile, gzip and json on damaged bytes."""
_ENCRYPTED = 1
_LOCAL = 30
"""Bytes of a local header without its name."""
_ENTRY = 46
"""Bytes of an entry in the directory, without its name, extra field and comment."""
_DESCRIBED, _DESCRIPTOR = 8, 24
"""A member whose sizes follow it, as writers that can't seek do it; most bytes of these."""
_UTF8 = 0x800
_TAIL = re.compile(rb"(?:PK\x06\x06.{8}.{44})?(?:PK\x06\x07.{16})?PK\x05\x06.{16}\0\0", re.DOTALL)
"""What ends a zip: the ends of its directory for large and for other zips, without a comment."""
_LONGEST_TAIL = 98
WARC_ENDINGS = (".warc", ".warc.gz")
"""Endings of WARC files in archive/."""


class Unpacking:
    """How many bytes the members of a package, and of the packages in it, may still unpack to."""

    def __init__(self, size: int) -> None:
        self._most = self._left = UNPACKED + UNPACKED_EACH * size

    def take(self, count: int) -> None:
        """Count bytes that will be unpacked; BadZipFile when they are too many."""
        if count > self._left:
            raise zipfile.BadZipFile(f"compressed members unpack to more than {self._most} bytes: not read")
        self._left -= count


class WaczReading:
    """One package; lets OSError and zipfile.BadZipFile through."""

    def __init__(self, path: Path, start: int = 0, size: int | None = None, unpacking: Unpacking | None = None) -> None:
        """`start` and `size` are the byte range of a package inside another file, which shares its `unpacking`."""
        self.path, self._base = path, start
        size = self._size = path.stat().st_size - start if size is None else size
        self.unpacking = unpacking or Unpacking(size)
        content = _Opening(_Range(path, start, size), BUFFER)
        self.zip = zipfile.ZipFile(content)
        content.opening = False
        there = [member for member in self.zip.infolist() if not member.filename.endswith("/")]  # it may be empty
        self.members = {member.filename: member for member in there}
        if there and not any(map(self._begins, self.members)):
            raise zipfile.BadZipFile("no entry of its directory leads to a member")
        self.twice = sorted(name for name, count in Counter(member.filename for member in there).items() if count > 1)
        """Names that several members have."""
        self.overlapping = _overlapping(self.zip.infolist())
        """Names of members whose bytes are those of other members too: a small zip could be read for ever."""

    def close(self) -> None:
        """Close the zip."""
        self.zip.close()

    def loose(self) -> tuple[int, int]:
        """How many bytes belong to no member and not to the directory, and where the first of them is."""
        count = first = at = 0
        pieces = sorted(self._pieces())
        for start, end in (*pieces, (self._size, self._size)):
            if start > at:
                count, first = count + start - at, first if count else at
            at = max(at, end)
        return count, first

    def _pieces(self) -> Iterator[tuple[int, int]]:
        """Where the members, with their headers, and the directory begin and end."""
        for member in self.zip.infolist():
            with suppress(zipfile.BadZipFile):  # else its bytes are loose
                end = self._start_of(member) - self._base + member.compress_size
                yield member.header_offset, end + (_DESCRIPTOR if member.flag_bits & _DESCRIBED else 0)
        start = end = self.zip.start_dir
        for member in self.zip.infolist():
            name = member.orig_filename.encode("utf-8" if member.flag_bits & _UTF8 else "cp437", "replace")
            end += _ENTRY + len(name) + len(member.extra) + len(member.comment)
        with self.path.open("rb") as file:
            file.seek(self._base + end)
            tail = file.read(_LONGEST_TAIL)
        found = _TAIL.match(tail)
        yield start, end + (found.end() if found else 0)

    def names(self, folder: str) -> list[str]:
        """The members below a folder."""
        return sorted(name for name in self.members if name.startswith(folder + "/"))

    def stored(self, name: str) -> bool:
        """Tell whether a member is stored without compression and without encryption."""
        return self.members[name].compress_type == zipfile.ZIP_STORED and not self.encrypted(name)

    def encrypted(self, name: str) -> bool:
        """Tell whether a member needs a password."""
        return bool(self.members[name].flag_bits & _ENCRYPTED)

    def open(self, name: str) -> IO[bytes]:
        """Open a member to read what it unpacks to."""
        self._check_place(name)
        if self.members[name].compress_type != zipfile.ZIP_STORED:
            self.unpacking.take(self.members[name].file_size)
        return self.zip.open(self.members[name])

    def _check_place(self, name: str) -> None:
        if name in self.overlapping:
            raise zipfile.BadZipFile("its bytes are those of other members too")

    def _begins(self, name: str) -> bool:
        try:
            return self._start(name) >= 0
        except zipfile.BadZipFile:
            return False

    def start(self, name: str) -> int:
        """The offset of a stored member's bytes in the file."""
        self._check_place(name)
        return self._start(name)

    def _start(self, name: str) -> int:
        return self._start_of(self.members[name])

    def _start_of(self, member: zipfile.ZipInfo) -> int:
        place, name = self._base + member.header_offset, member.filename
        if not self._base <= place <= self.path.stat().st_size:
            raise zipfile.BadZipFile(f"no local header for {name}")
        with self.path.open("rb") as file:
            file.seek(place)
            header = file.read(30)
        if header[:4] != b"PK\x03\x04" or len(header) < 30:
            raise zipfile.BadZipFile(f"no local header for {name}")
        length, extra = struct.unpack_from("<HH", header, 26)
        return place + 30 + int(length) + int(extra)

    def document(self, name: str) -> dict[str, Any]:
        """Parse a member that must be a JSON object; the message of the ValueError says what is wrong."""
        if self.members[name].file_size > MAX_DOCUMENT:
            raise ValueError(f"has {self.members[name].file_size} bytes, at most {MAX_DOCUMENT} are read")
        try:
            with self.open(name) as file:
                found = json.loads(file.read())
        except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ValueError(f"is not JSON ({error})") from error
        except BROKEN as error:
            raise ValueError(f"can't be read from the zip: {error}") from error
        if not isinstance(found, dict):
            raise ValueError(f"is not a JSON object, but a {type(found).__name__}")
        return found

    def digest(self, name: str, algorithm: str) -> str:
        """The digest of a member, in hex. BadZipFile when its CRC32 is wrong."""
        digest = hashlib.new(algorithm)
        with self.open(name) as file:
            while piece := file.read(PIECE):
                digest.update(piece)
        return digest.hexdigest()

    def lines(self, name: str, limit: int = MAX_LINE) -> Iterator[bytes]:
        """Give the lines of a member, unzipped when its name ends in .gz; lines above `limit` bytes come in pieces.

        ValueError when they unpack to more than the lines of any index.
        """
        most = left = LINES + LINES_EACH * self.members[name].compress_size
        with self.open(name) as file, gzip.GzipFile(fileobj=file) as unzipped:
            source = unzipped if name.endswith(".gz") else file
            while line := source.readline(limit):
                left -= len(line)
                if left < 0:
                    raise ValueError(f"its lines unpack to more than {most} bytes")
                yield line


def _overlapping(members: list[zipfile.ZipInfo]) -> frozenset[str]:
    """The names of members that begin before another one ends, or end behind its beginning."""
    found: set[str] = set()
    before, end = "", 0
    for member in sorted(members, key=lambda member: (member.header_offset, -member.compress_size)):
        if member.header_offset < end:
            found |= {before, member.filename}
        here = member.header_offset + _LOCAL + member.compress_size
        if here > end:
            before, end = member.filename, here
    return frozenset(found)


class _Opening(io.BufferedReader):
    """The content of a zip; while it is opened, no read may be larger than a directory may be."""

    opening = True

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as BufferedReader does. BadZipFile for too large a directory."""
        if self.opening and size is not None and size > MAX_DIRECTORY:
            raise zipfile.BadZipFile(f"its directory has {size} bytes, at most {MAX_DIRECTORY} are read")
        return super().read(size)


class _Range(io.RawIOBase):
    """A part of a file as a file of its own.

    It opens the file for each read: a folder may have more packages than a process may have open files. A damaged zip
    may seek before the start, so that error must not be a plain OSError, which means a failure of the disk.
    """

    def __init__(self, path: Path, start: int, size: int) -> None:
        self._path, self._start, self._size = path, start, size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise io.UnsupportedOperation("a place before the start of the file")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        count = min(len(buffer), self._size - self._at)
        if count <= 0:
            return 0
        with self._path.open("rb", buffering=0) as file:
            file.seek(self._start + self._at)
            piece = file.read(count)
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)
