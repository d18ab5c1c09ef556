"""WACZ packages, built from members, for the audit's tests: every value is fixed, and each can be made wrong."""

from __future__ import annotations

import gzip
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

from warctext import BODY, DATE, URI, gz, members, pair, request, response

Parts = dict[str, bytes]
WARC, INDEX, IDX, PAGES = "archive/a.warc.gz", "indexes/index.cdx.gz", "indexes/index.idx", "pages/pages.jsonl"
DESCRIPTION, DIGEST = "datapackage.json", "datapackage-digest.json"
OTHER = "http://example.org/second"
HEADER = b'{"format": "json-pages-1.0", "id": "pages"}\n'


def records() -> list[bytes]:
    """Two captures, `URI` and `OTHER`, each with its request."""
    second = [record.replace(URI.encode(), OTHER.encode()) for record in (request(4, 5), response(5, 4))]
    return [*pair(), *second]


def line(number: int = 0, **changes: object) -> bytes:
    """The index line of a capture; `None` leaves a field out."""
    at = 2 + 2 * number
    start = sum(len(gz(record)) for record in records()[:at])
    url = (URI, OTHER)[number]
    fields: dict[str, object] = {"url": url, "mime": "text/html", "status": "200"}
    fields |= {"digest": f"sha1:{hashlib.sha1(BODY).hexdigest()}", "length": str(len(gz(records()[at])))}
    fields |= {"offset": str(start), "filename": "a.warc.gz"}
    key = str(changes.pop("key", "org,example)" + url.removeprefix("http://example.org")))
    stamp = str(changes.pop("stamp", "20261120100000"))
    kept = {name: value for name, value in {**fields, **changes}.items() if value is not None}
    return f"{key} {stamp} ".encode() + json.dumps(kept).encode() + b"\n"


def page(url: object = URI, ts: object = DATE, **more: object) -> bytes:
    """One line of a list of pages; `None` leaves a field out."""
    fields = {"url": url, "ts": ts, "title": "Page", **more}
    return json.dumps({name: value for name, value in fields.items() if value is not None}).encode() + b"\n"


def parts(index: bytes | None = None, pages: bytes | None = None, warc: bytes | None = None) -> Parts:
    """The members of a package except those that describe it."""
    return {
        WARC: members(records()) if warc is None else warc,
        INDEX: gzip.compress(line(0) + line(1) if index is None else index, mtime=0),
        PAGES: HEADER + page() if pages is None else pages,
    }


def zipnum(*blocks: bytes, prefix: bytes | None = None, **changes: object) -> Parts:
    """The index in blocks, and the file that names them; `changes` in the entry of the first block."""
    content, entries = b"", [b'!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}\n']
    for block in blocks:
        packed = gzip.compress(block, mtime=0)
        place: dict[str, object] = {"offset": len(content), "length": len(packed)}
        place["digest"] = f"sha256:{hashlib.sha256(packed).hexdigest()}"
        start = block.partition(b" {")[0]
        if not content:
            place |= changes
            start = start if prefix is None else prefix
        entries.append(start + b" " + json.dumps(place).encode() + b"\n")
        content += packed
    return {INDEX: content, IDX: b"".join(entries)}


def resources(some: Parts, algorithm: str = "sha256") -> list[dict[str, Any]]:
    """The members as datapackage.json lists them."""
    return [
        {
            "name": path.rpartition("/")[2],
            "path": path,
            "hash": f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}",
            "bytes": len(data),
        }
        for path, data in some.items()
    ]


def described(some: Parts, document: object, **digest: object) -> Parts:
    """The members with this description and its digest."""
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    label = {"path": DESCRIPTION, "hash": f"sha256:{hashlib.sha256(text).hexdigest()}", **digest}
    return {**some, DESCRIPTION: text, DIGEST: json.dumps(label).encode()}


def document(some: Parts, **changes: object) -> dict[str, Any]:
    """datapackage.json; `None` leaves a field out."""
    usual = {"profile": "data-package", "wacz_version": "1.1.1", "resources": resources(some), **changes}
    return {name: value for name, value in usual.items() if value is not None}


def describe(some: Parts, **changes: object) -> Parts:
    """A whole package."""
    return described(some, document(some, **changes))


def draft(some: Parts) -> Parts:
    """A package as described before WACZ 1.0: hashes and sizes in `stats`, no digest of the description."""
    old = [
        {"path": path, "stats": {"hash": hashlib.sha256(data).hexdigest(), "bytes": len(data)}, "hashing": "sha256"}
        for path, data in some.items()
    ]
    return {**some, DESCRIPTION: json.dumps({"profile": "data-package", "resources": old}).encode()}


def build(path: Path, some: Parts, deflated: tuple[str, ...] = ()) -> Path:
    with zipfile.ZipFile(path, "w") as package:
        for name, data in some.items():
            package.writestr(name, data, zipfile.ZIP_DEFLATED if name in deflated else zipfile.ZIP_STORED)
    return path


def without(some: Parts, name: str) -> Parts:
    return {key: value for key, value in some.items() if key != name}
