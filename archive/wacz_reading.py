"""A WACZ package as the audit reads it: a zip goes in; its WARC files as ranges of it, its index, pages and hashes
come out."""

from __future__ import annotations

import gzip
import hashlib
import json
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PIECE = 1 << 20
MAX_LINE = 16 << 20
MAX_DOCUMENT = 64 << 20
"""Bytes of a JSON document that are read."""


class WaczReading:
    """One package, open. OSError and zipfile.BadZipFile as they come."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.zip = zipfile.ZipFile(path)
        self.members = {member.filename: member for member in self.zip.infolist() if not member.is_dir()}

    def close(self) -> None:
        """Closes the file."""
        self.zip.close()

    def names(self, folder: str) -> list[str]:
        """Members below a folder."""
        return sorted(name for name in self.members if name.startswith(folder + "/"))

    def start(self, name: str) -> int:
        """Where a stored member's bytes begin in the file."""
        with self.path.open("rb") as file:
            file.seek(self.members[name].header_offset)
            header = file.read(30)
        if header[:4] != b"PK\x03\x04" or len(header) < 30:
            raise zipfile.BadZipFile(f"no local header for {name}")
        length, extra = struct.unpack_from("<HH", header, 26)
        return self.members[name].header_offset + 30 + int(length) + int(extra)

    def document(self, name: str) -> Any:
        """A JSON member. ValueError when it is none."""
        if self.members[name].file_size > MAX_DOCUMENT:
            raise ValueError(f"{name} has {self.members[name].file_size} bytes, at most {MAX_DOCUMENT} are read")
        return json.loads(self.zip.read(name))

    def sha256(self, name: str) -> str:
        """Of a member, in hex; its CRC32 is checked on the way (BadZipFile)."""
        digest = hashlib.sha256()
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
