"""Packets of evidence as a forger changes them: members of the zip, records of the WARC files, digests that fit."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.seal.manifest import PACKED

DESCRIPTION, DIGEST, PAGES = "datapackage.json", "datapackage-digest.json", "pages/pages.jsonl"
PAGE, PICTURE = (b"response", b"bridge.html"), (b"response", b"bridge.png")
"""Type of a record, and a part of its header."""


@dataclass
class Packet:
    """The members of a packet; a forger changes them."""

    members: list[tuple[str, bytes, int]]
    """Name, content, compression."""
    before: bytes = b""
    after: bytes = b""

    def names(self, pattern: str) -> list[str]:
        return [name for name, *_ in self.members if re.fullmatch(pattern, name)]

    def content(self, pattern: str) -> bytes:
        return next(content for name, content, _ in self.members if re.fullmatch(pattern, name))

    def change(self, pattern: str, change: Callable[[bytes], bytes]) -> Packet:
        """Change the first member with such a name."""
        name = self.names(pattern)[0]
        self.members = [(one, change(old) if one == name else old, how) for one, old, how in self.members]
        return self

    def describe(self) -> Packet:
        """Describe the members as they are now, as a forger does who knows the format."""
        document = json.loads(self.content(DESCRIPTION))
        self.drop("datapackage.*")
        document["resources"] = [
            {"name": f"file-{number}", "path": name, "hash": f"sha256:{sha256(content)}", "bytes": len(content)}
            for number, (name, content, _) in enumerate(self.members)
        ]
        return self.add_description(json.dumps(document).encode())

    def add_description(self, description: bytes) -> Packet:
        digest = {"path": DESCRIPTION, "hash": f"sha256:{sha256(description)}"}
        return self.add(DESCRIPTION, description).add(DIGEST, json.dumps(digest).encode())

    def drop(self, pattern: str) -> Packet:
        self.members = [member for member in self.members if not re.fullmatch(pattern, member[0])]
        return self

    def add(self, name: str, content: bytes, *, first: bool = False) -> Packet:
        how = zipfile.ZIP_STORED if name.endswith(".gz") else zipfile.ZIP_DEFLATED
        self.members.insert(0 if first else len(self.members), (name, content, how))
        return self

    def rename(self, pattern: str, name: str) -> Packet:
        old = self.names(pattern)[0]
        self.members = [(name if one == old else one, content, how) for one, content, how in self.members]
        return self

    def lines(self, change: Callable[[list[bytes]], list[bytes]]) -> Packet:
        """Change the lines of the manifest."""
        return self.change(PACKED, lambda content: b"".join(change(content.splitlines(keepends=True))))

    def write(self, path: Path) -> None:
        out = io.BytesIO()
        with warnings.catch_warnings(), zipfile.ZipFile(out, "w") as wacz:
            warnings.simplefilter("ignore")  # of names that are there twice
            for name, content, how in self.members:
                wacz.writestr(zipfile.ZipInfo(name), content, how)
        path.write_bytes(self.before + out.getvalue() + self.after)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


FIRST = "archive/.*-00000-.*"
"""The WARC file of the older version."""


def records(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each member of a WARC file, and the record in it."""
    while content:
        inflating = zlib.decompressobj(31)
        record = inflating.decompress(content)
        yield content[: len(content) - len(inflating.unused_data)], record
        content = inflating.unused_data


def in_record(kind: bytes, name: bytes, change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Change the records of one kind with a name in their header."""

    def alter(content: bytes) -> bytes:
        parts = []
        for member, record in records(content):
            header = record.partition(b"\r\n\r\n")[0]
            is_meant = b"WARC-Type: " + kind in header and name in header
            parts.append(gzip.compress(change(record)) if is_meant else member)
        return b"".join(parts)

    return alter


def reworded(record: bytes) -> bytes:
    """The record with another word in its text, and with digests that fit."""
    header, _, block = record.replace(b"Tuesday", b"Friday_").partition(b"\r\n\r\n")
    block = block.removesuffix(b"\r\n\r\n")
    payload = block.partition(b"\r\n\r\n")[2] if b"WARC-Type: response" in header else block
    header = re.sub(rb"(Block-Digest: sha256:)\S+", rb"\g<1>" + sha256(block).encode(), header)
    header = re.sub(rb"(Payload-Digest: sha256:)\S+", rb"\g<1>" + sha256(payload).encode(), header)
    return header + b"\r\n\r\n" + block + b"\r\n\r\n"


def page_of(packet: Packet) -> bytes:
    """The record of the older version's page."""
    return next(
        record
        for _, record in records(packet.content(FIRST))
        if b"Type: response" in record and PAGE[1] in record[:600]
    )
