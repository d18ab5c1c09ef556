"""Writes a WACZ 1.1.1 file: members go in piece by piece, a zip file with its description comes out.

Only the list of members is kept in memory. The file gets its name when it is complete and on disk.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile

from archive.seal.wacz_auth import PackageSigner

VERSION = "1.1.1"
_PIECE = 1 << 20
_UNNAMED = re.compile(r"[^-a-z0-9._]")
"""Characters that the name of a resource may not have (Frictionless Data Resource)."""


@dataclass(frozen=True)
class Resource:
    """One member of a package, or one package of several, as datapackage.json lists it."""

    path: str
    hash: str
    size: int

    def document(self, taken: set[str]) -> dict[str, object]:
        """Its entry; the name gets other letters only where Frictionless has no place for them, or it is taken."""
        name = _UNNAMED.sub("-", self.path.rpartition("/")[2].lower())
        if name in taken:
            name = f"{hashlib.sha256(self.path.encode()).hexdigest()[:16]}-{name}"
        taken.add(name)
        return {"name": name, "path": self.path, "hash": self.hash, "bytes": self.size}


class Container:
    """The package at `target`. A context manager: without an error it completes the file, else it leaves nothing."""

    def __init__(
        self, target: Path, created: datetime, *, title: str, software: str, sign: PackageSigner | None = None
    ) -> None:
        self._target, self._created = target, created.astimezone(UTC)
        self._title, self._software, self._sign = title, software, sign
        self._unfinished = target.with_name(target.name + ".tmp")
        self._resources: list[Resource] = []
        self.size = 0
        """Bytes of the complete file."""

    def __enter__(self) -> Container:
        self._file = self._unfinished.open("w+b")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_STORED)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._describe()
                self._zip.close()
                self._file.flush()
                os.fsync(self._file.fileno())
                self.size = self._file.tell()
                self._unfinished.replace(self._target)
        finally:
            with suppress(OSError, ValueError):  # of a package that failed; a complete one is closed already
                self._zip.close()
            try:
                self._file.close()  # writes what is buffered, and fails again on a full disk
            finally:
                self._unfinished.unlink(missing_ok=True)

    def add(self, path: str, pieces: Iterable[bytes], *, size: int | None = None, deflate: bool = False) -> None:
        """Add a member; without a `size` it goes through a temporary file first.

        WARC files and compressed members are stored, not deflated: readers fetch ranges of them.
        """
        if size is None:
            with TemporaryFile(dir=self._target.parent) as spool:
                for piece in pieces:
                    spool.write(piece)
                size = spool.tell()
                spool.seek(0)
                self._add(path, iter(lambda: spool.read(_PIECE), b""), size, deflate)
        else:
            self._add(path, pieces, size, deflate)

    def _add(self, path: str, pieces: Iterable[bytes], size: int, deflate: bool) -> None:
        member = zipfile.ZipInfo(path, self._created.timetuple()[:6])
        member.compress_type = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
        member.external_attr = 0o644 << 16
        digest = hashlib.sha256()
        # The member's header must have a zip64 field exactly when the directory has one: ReplayWeb.page (wabac 2.27)
        # takes the header's length from the directory. So zip64 is not forced, and `member` has no size, which zipfile
        # would round up by 5 %.
        with self._zip.open(member, "w", force_zip64=size > zipfile.ZIP64_LIMIT) as out:
            for piece in pieces:
                digest.update(piece)
                out.write(piece)
        self._resources.append(Resource(path, f"sha256:{digest.hexdigest()}", size))

    def _describe(self) -> None:
        """Add datapackage.json, and its digest, signed if there is a signer."""
        names: set[str] = set()
        package = {
            "profile": "data-package",
            "wacz_version": VERSION,
            "title": self._title,
            "created": self._created.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "software": self._software,
            "resources": [resource.document(names) for resource in self._resources],
        }
        content = json.dumps(package, indent=2).encode()
        label = f"sha256:{hashlib.sha256(content).hexdigest()}"
        digest: dict[str, object] = {"path": "datapackage.json", "hash": label}
        if self._sign is not None:
            digest["signedData"] = self._sign(label, self._created, self._software)
        self.add("datapackage.json", [content], size=len(content), deflate=True)
        signable = json.dumps(digest, indent=2).encode()
        self.add("datapackage-digest.json", [signable], size=len(signable), deflate=True)
