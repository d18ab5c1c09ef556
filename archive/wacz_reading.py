"""A WACZ package as the audit reads it: a zip goes in; its WARC files as ranges of it, its index, pages and hashes
come out."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

PIECE = 1 << 20
MAX_LINE = 16 << 20
MAX_DOCUMENT = 64 << 20
"""Bytes of a JSON document that are read."""
BROKEN = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError)
"""What zipfile, gzip and json raise on bytes that are not what they should be."""
_ENCRYPTED = 1
WARC_ENDINGS = (".warc", ".warc.gz")
"""What files in archive/ end in."""


class WaczReading:
    """One package, open. OSError and zipfile.BadZipFile as they come."""

    def __init__(self, path: Path, start: int = 0, size: int | None = None) -> None:
        """`start` and `size`: where in the file a package within a package stands."""
        self.path, self._base = path, start
        self._file = path.open("rb")
        try:
            whole = size is None and not start
            source: IO[bytes] = self._file if whole else io.BufferedReader(_Range(self._file, start, size or 0))
            self.zip = zipfile.ZipFile(source)
        except BaseException:
            self._file.close()
            raise
        there = [member for member in self.zip.infolist() if not member.is_dir()]
        self.members = {member.filename: member for member in there}
        self.twice = sorted(name for name, count in Counter(member.filename for member in there).items() if count > 1)

    def close(self) -> None:
        """Closes the file."""
        self.zip.close()
        self._file.close()

    def names(self, folder: str) -> list[str]:
        """Members below a folder."""
        return sorted(name for name in self.members if name.startswith(folder + "/"))

    def stored(self, name: str) -> bool:
        """The member's bytes stand in the file as they are."""
        return self.members[name].compress_type == zipfile.ZIP_STORED and not self.encrypted(name)

    def encrypted(self, name: str) -> bool:
        """The member can't be read without a password."""
        return bool(self.members[name].flag_bits & _ENCRYPTED)

    def start(self, name: str) -> int:
        """Where a stored member's bytes begin in the file."""
        place = self._base + self.members[name].header_offset
        with self.path.open("rb") as file:
            file.seek(place)
            header = file.read(30)
        if header[:4] != b"PK\x03\x04" or len(header) < 30:
            raise zipfile.BadZipFile(f"no local header for {name}")
        length, extra = struct.unpack_from("<HH", header, 26)
        return place + 30 + int(length) + int(extra)

    def document(self, name: str) -> dict[str, Any]:
        """A JSON member. ValueError, which says what is wrong, when it is no JSON object."""
        if self.members[name].file_size > MAX_DOCUMENT:
            raise ValueError(f"has {self.members[name].file_size} bytes, at most {MAX_DOCUMENT} are read")
        try:
            found = json.loads(self.zip.read(name))
        except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ValueError(f"is no JSON ({error})") from error
        except BROKEN as error:
            raise ValueError(f"can't be read from the zip: {error}") from error
        if not isinstance(found, dict):
            raise ValueError(f"is no JSON object, but a {type(found).__name__}")
        return found

    def digest(self, name: str, algorithm: str) -> str:
        """Of a member, in hex; its CRC32 is checked on the way (BadZipFile)."""
        digest = hashlib.new(algorithm)
        with self.zip.open(name) as file:
            while piece := file.read(PIECE):
                digest.update(piece)
        return digest.hexdigest()

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a member, unzipped when its name ends in .gz."""
        with self.zip.open(name) as file, gzip.GzipFile(fileobj=file) as unzipped:
            source = unzipped if name.endswith(".gz") else file
            while line := source.readline(MAX_LINE):
                yield line


class _Range(io.RawIOBase):
    """A part of a file as a file of its own."""

    def __init__(self, file: IO[bytes], start: int, size: int) -> None:
        self._file, self._start, self._size = file, start, size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise OSError("before the start")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        self._file.seek(self._start + self._at)
        piece = self._file.read(max(0, min(len(buffer), self._size - self._at)))
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)
