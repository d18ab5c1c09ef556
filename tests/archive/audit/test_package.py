"""WACZ packages: members, hashes, index and pages, each made wrong once."""

from __future__ import annotations

import gzip
import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from warctext import BODY, DATE, URI, errors, findings, gz, members, pair, summary, warcinfo

Parts = dict[str, bytes]
WARC = "archive/a.warc.gz"


def line(**changes: object) -> bytes:
    start = len(gz(pair()[0])) + len(gz(pair()[1]))
    digest = hashlib.sha1(BODY).hexdigest()
    fields = {"url": URI, "mime": "text/html", "status": "200", "digest": f"sha1:{digest}"}
    place = {"length": str(len(gz(pair()[2]))), "offset": str(start), "filename": "a.warc.gz"}
    return b"org,example)/page 20261120100000 " + json.dumps({**fields, **place, **changes}).encode() + b"\n"


def parts(index: bytes | None = None, pages: bytes | None = None, warc: bytes | None = None) -> Parts:
    page = json.dumps({"url": URI, "ts": DATE, "title": "Page"}).encode()
    return {
        WARC: members(pair()) if warc is None else warc,
        "indexes/index.cdx.gz": gzip.compress(line() if index is None else index, mtime=0),
        "pages/pages.jsonl": (b'{"format": "json-pages-1.0", "id": "pages"}\n' + page + b"\n")
        if pages is None
        else pages,
    }


def describe(some: Parts) -> Parts:
    resources = [
        {
            "name": path.rpartition("/")[2],
            "path": path,
            "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
            "bytes": len(data),
        }
        for path, data in some.items()
    ]
    package = json.dumps({"profile": "data-package", "wacz_version": "1.1.1", "resources": resources}).encode()
    digest = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(package).hexdigest()}"}
    return {**some, "datapackage.json": package, "datapackage-digest.json": json.dumps(digest).encode()}


def draft(some: Parts) -> Parts:
    """As described before WACZ 1.0: hashes and sizes in `stats`, no digest of the description."""
    old = [
        {"path": path, "stats": {"hash": hashlib.sha256(data).hexdigest(), "bytes": len(data)}, "hashing": "sha256"}
        for path, data in some.items()
    ]
    return {**some, "datapackage.json": json.dumps({"profile": "data-package", "resources": old}).encode()}


def build(path: Path, some: Parts, deflated: tuple[str, ...] = ()) -> Path:
    with zipfile.ZipFile(path, "w") as package:
        for name, data in some.items():
            package.writestr(name, data, zipfile.ZIP_DEFLATED if name in deflated else zipfile.ZIP_STORED)
    return path


def without(some: Parts, name: str) -> Parts:
    return {key: value for key, value in some.items() if key != name}


def signed() -> Parts:
    some = describe(parts())
    digest = json.loads(some["datapackage-digest.json"]) | {"signedData": {"software": "signer 1", "hash": "x"}}
    return {**some, "datapackage-digest.json": json.dumps(digest).encode()}


BROKEN: dict[str, tuple[int, Callable[[Path], Path]]] = {
    "the WARC file is deflated": (30, lambda path: build(path, describe(parts()), (WARC,))),
    "no WARC file": (
        30,
        lambda path: build(path, describe(without(parts(b"", b'{"format": "json-pages-1.0"}\n'), WARC))),
    ),
    "no index": (30, lambda path: build(path, describe(without(parts(), "indexes/index.cdx.gz")))),
    "no pages": (30, lambda path: build(path, describe(without(parts(), "pages/pages.jsonl")))),
    "no description": (
        30,
        lambda path: build(path, without(describe(parts()), "datapackage.json") | {"datapackage-digest.json": b"{}"}),
    ),
    "a resource is missing": (30, lambda path: build(path, without(describe({**parts(), "extra": b"x"}), "extra"))),
    "a wrong hash": (
        30,
        lambda path: build(path, {**describe(parts()), "pages/pages.jsonl": parts()["pages/pages.jsonl"] + b"\n"}),
    ),
    "the description was altered": (
        30,
        lambda path: build(
            path, {**describe(parts()), "datapackage.json": describe(parts())["datapackage.json"] + b" "}
        ),
    ),
    "a page that is not there": (
        30,
        lambda path: build(path, describe(parts(pages=b'{"format": "x"}\n{"url": "http://example.org/none"}\n'))),
    ),
    "pages that are no JSON": (30, lambda path: build(path, describe(parts(pages=b"<html>\n")))),
    "no zip file": (30, lambda path: (path.write_bytes(b"not a zip"), path)[1]),
    "an index line without a record": (29, lambda path: build(path, describe(parts(line(offset="3"))))),
    "an index of another file": (29, lambda path: build(path, describe(parts(line(filename="b.warc.gz"))))),
    "an index with another digest": (29, lambda path: build(path, describe(parts(line(digest="sha1:" + "0" * 40))))),
    "a record in no line": (29, lambda path: build(path, describe(parts(b'!meta 0 {"format": "cdxj"}\n')))),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_in_a_package_is_noticed(name: str, tmp_path: Path) -> None:
    check, make = BROKEN[name]
    found = errors(findings(make(tmp_path / "a.wacz")))
    assert found
    # where an index line is wrong its record is in no line: two sides of one thing, both of check 29
    assert {finding.check for finding in found} == {check}, [finding.as_json() for finding in found]


def test_a_good_package_has_no_error(tmp_path: Path) -> None:
    path = build(tmp_path / "a.wacz", describe(parts()), ("pages/pages.jsonl",))
    assert errors(findings(path)) == []
    assert summary(path).records == 3


def test_a_package_from_before_the_first_version_is_read_too(tmp_path: Path) -> None:
    good = draft(parts())
    assert errors(findings(build(tmp_path / "a.wacz", good))) == []
    bad = {**good, "pages/pages.jsonl": good["pages/pages.jsonl"] + b"\n"}
    assert [found.message.split()[0] for found in errors(findings(build(tmp_path / "b.wacz", bad)))] == ["sha256"]


def test_findings_name_the_file_within_the_package(tmp_path: Path) -> None:
    warc = bytearray(members(pair()))
    warc[-6] ^= 1
    path = build(tmp_path / "a.wacz", describe(parts(warc=bytes(warc))))
    found = errors(findings(path))
    assert [(finding.check, finding.file) for finding in found] == [(1, f"{path}!{WARC}")]
    assert found[0].offset == len(gz(pair()[0])) + len(gz(pair()[1]))


def test_a_signature_is_reported(tmp_path: Path) -> None:
    found = findings(build(tmp_path / "a.wacz", signed()))
    assert [(finding.check, finding.severity) for finding in found if "signed by signer 1" in finding.message] == [
        (30, "note")
    ]


def test_a_deflated_warc_is_audited_all_the_same(tmp_path: Path) -> None:
    assert summary(build(tmp_path / "a.wacz", describe(parts()), (WARC,))).records == 3


def test_a_loose_index_is_held_against_loose_files(tmp_path: Path) -> None:
    (tmp_path / "a.warc.gz").write_bytes(members(pair()))
    (tmp_path / "a.cdxj").write_bytes(line())
    paths = (tmp_path / "a.warc.gz", tmp_path / "a.cdxj")
    assert errors(findings(*paths)) == []
    (tmp_path / "a.cdxj").write_bytes(line(url="http://example.org/other"))
    assert [finding.check for finding in errors(findings(*paths))] == [29]


def test_the_builder_makes_the_records_it_says(tmp_path: Path) -> None:
    assert gzip.decompress(members([warcinfo()])) == warcinfo()
