"""Check 29 on a compressed index: index.idx names each block of index.cdx.gz by its first line, its place and its
digest; readers look a URL up there first (WACZ 1.1.1; pywb's ZipNum)."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Container, Iterator
from typing import Any

from archive.audit.across.description import Resource
from archive.audit.checks import CLAUSES
from archive.audit.findings import Finding
from archive.wacz.read import BROKEN, MAX_LINE, WaczReading

MAX_BLOCK = 64 << 20
"""Bytes of a block that are read."""
_DEFAULT = "index.cdx.gz"


def check_29_blocks(package: WaczReading, name: str, member: str, missing: Container[str]) -> Iterator[Finding]:
    """`member` = an `.idx`: each of its lines is true, and together they name every byte of the index. `missing` =
    listed members that are not there, which is said already."""
    file = f"{name}!{member}"
    source = f"indexes/{_DEFAULT}"
    end = 0
    try:
        for number, raw in enumerate(package.lines(member), 1):
            if not raw.strip():
                continue
            if raw.startswith(b"!meta"):
                source = f"indexes/{_block(raw).get('filename', _DEFAULT)}"
                continue
            if source in missing:
                return
            if source not in package.members:
                yield _finding(file, f"names the index {source[:200]}, which is not in the package")
                return
            if text := _check_block(package, source, raw, end):
                yield _finding(file, f"line {number} {text}")
                return
            place = _block(raw)
            end = place["offset"] + place["length"]
    except BROKEN as error:
        yield _finding(file, f"can't be read: {error}")
        return
    if source in package.members and end < (size := package.members[source].file_size):
        yield _finding(
            file, f"names no block for the last {size - end} of the {size} bytes of {source}: readers miss them"
        )


def _check_block(package: WaczReading, source: str, raw: bytes, end: int) -> str | None:
    """What is wrong with one line; `end` = where the block before it ended."""
    place = _block(raw)
    offset, length = place.get("offset"), place.get("length")
    if not isinstance(offset, int) or not isinstance(length, int) or length <= 0:
        return f"does not say where its block is: {raw[:80]!r}"
    size = package.members[source].file_size
    if offset != end or offset + length > size:
        return f"names the bytes {offset} to {offset + length} of {source}; the next block begins at {end} of {size}"
    if length > MAX_BLOCK:
        return f"names a block of {length} bytes: too large to be looked up"
    with package.zip.open(source) as content:
        content.seek(offset)
        block = content.read(length)
        label = place.get("digest")
        wanted = Resource(source, label, None).hash() if isinstance(label, str) else None
        if wanted is not None and hashlib.new(wanted[0], block).hexdigest() != wanted[1]:
            return f"gives another digest for its block in {source}"
        try:
            packed = source.endswith(".gz")
            first = (gzip.GzipFile(fileobj=io.BytesIO(block)) if packed else io.BytesIO(block)).readline(MAX_LINE)
        except BROKEN:
            return f"names the bytes {offset} to {offset + length} of {source}, which are no whole block"
    if not first.startswith(raw.partition(b"{")[0].rstrip()):
        return f"gives another first line than its block in {source} has: {first[:80]!r}"
    return None


def _block(raw: bytes) -> dict[str, Any]:
    """The JSON of a line; empty when there is none."""
    start = raw.find(b"{")
    try:
        found = json.loads(raw[start:]) if start >= 0 else None
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}


def _finding(file: str, text: str) -> Finding:
    return Finding(29, "error", text, CLAUSES[29], file)
