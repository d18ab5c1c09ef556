"""`warcpress audit` of an archive with posts (checks 32 and 33): each kind of tampering has its finding."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pages import PNG, PageServer, article
from running import Inline

from archive import Manifest
from archive.write.reindex import reindex
from crawler.cli import main
from crawler.from_warc import derive

PROSE = "The council voted on Tuesday to repair the old bridge over the river before the winter floods arrive again. "
SOURCE = '[[source]]\nname = "herald"\nurls = ["http://herald.test/a/bridge.html", "http://herald.test/a/dam.html"]\n'
BRIDGE, DAM = "herald/2026/03/05-bridge.md", "herald/2026/03/05-dam.md"
Change = Callable[[bytes], bytes | None]
Line = dict[str, Any]


@pytest.fixture(scope="module")
def crawled(workplace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two posts, one of them with an image that is kept in media/ too."""
    with PageServer() as server:
        place = workplace(tmp_path_factory.mktemp("crawled"), server.port)
        server["herald.test/a/bridge.html"] = article("Bridge to be repaired", [PROSE * 3] * 3, images=("/i/b.png",))
        server["herald.test/a/dam.html"] = article("Dam holds", [PROSE.replace("bridge", "dam") * 3] * 3)
        server["herald.test/i/b.png"] = PNG
        place.configure(SOURCE, posts='images = "local"')
        place.run("crawl")
        assert list(place.posts()) == [BRIDGE, DAM]
    return Path(place.folder)


@pytest.fixture
def data(crawled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the archive, in which the commands run."""
    shutil.copytree(crawled, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    return tmp_path / "copy" / "data"


@pytest.fixture
def audit(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[], tuple[int, list[Line]]]:
    monkeypatch.setattr(derive, "Workers", Inline)  # children take a second to start

    def run() -> tuple[int, list[Line]]:
        capsys.readouterr()
        code = main(["audit", "--processes", "1", "--json", "-"])
        *found, last = map(json.loads, capsys.readouterr().out.splitlines())
        assert "summary" in last
        return code, found

    return run


def post(data: Path, path: str = BRIDGE) -> Path:
    return data / "posts" / path


def edit_a_post(data: Path) -> None:
    post(data).write_text(post(data).read_text("utf-8").replace("Tuesday", "Monday"), "utf-8")


def delete_a_post(data: Path) -> None:
    post(data, DAM).unlink()


def add_a_post(data: Path) -> None:
    shutil.copyfile(post(data, DAM), post(data).with_name("05-invented.md"))


def swap_an_image(data: Path) -> None:
    (copy,) = (data / "media").rglob("*.png")
    copy.write_bytes(PNG + b"more")


def delete_an_image(data: Path) -> None:
    (copy,) = (data / "media").rglob("*.png")
    copy.unlink()


def sql(statement: str) -> Callable[[Path], None]:
    def change(data: Path) -> None:
        with closing(sqlite3.connect(data / "catalogue.sqlite", isolation_level=None)) as base:
            assert base.execute(statement).rowcount > 0
        base.close()

    return change


def delete_the_catalogue(data: Path) -> None:
    (data / "catalogue.sqlite").unlink()


def empty_the_catalogue(data: Path) -> None:
    (data / "catalogue.sqlite").write_bytes(b"")


def spoil_the_catalogue(data: Path) -> None:
    (data / "catalogue.sqlite").write_bytes(b"spoilt" * 1000)


def rename_a_post(data: Path) -> None:
    post(data, DAM).rename(post(data, DAM).with_name("05-other.md"))


def delete_all_posts(data: Path) -> None:
    shutil.rmtree(data / "posts")


def empty_a_file(data: Path) -> None:
    next((data / "warc").iterdir()).write_bytes(b"")


def records(path: Path) -> Iterator[bytes]:
    rest = path.read_bytes()
    while rest:
        inflater = zlib.decompressobj(31)
        yield inflater.decompress(rest)
        rest = inflater.unused_data


def rewritten(data: Path, change: Change) -> None:
    """Change records and make digests, manifest, index, catalogue and posts fit the change."""
    (data / "manifest.jsonl").unlink()
    changed = 0
    for path in sorted((data / "warc").iterdir()):
        before = list(records(path))
        after = [record for record in map(change, before) if record is not None]
        changed += before != after
        path.write_bytes(b"".join(gzip.compress(record, mtime=0) for record in after))
        content = path.read_bytes()
        seal: dict[str, Any] = {
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "records": len(after),
        }
        Manifest(data).append("sealed", path.name, datetime(2026, 11, 25, tzinfo=UTC), **seal)
    assert changed
    shutil.rmtree(data / "index")
    shutil.rmtree(data / "posts")
    reindex(data)
    assert main(["rebuild"]) == 0


def with_block(record: bytes, block: bytes) -> bytes:
    """Return the record with another block and matching digests."""
    head, _, _ = record.partition(b"\r\n\r\n")
    body = block.partition(b"\r\n\r\n")[2] if b"application/http" in head else block
    head = re.sub(rb"Block-Digest: \S+", b"Block-Digest: sha256:" + hashlib.sha256(block).hexdigest().encode(), head)
    head = re.sub(rb"Payload-Digest: \S+", b"Payload-Digest: sha256:" + hashlib.sha256(body).hexdigest().encode(), head)
    head = re.sub(rb"Content-Length: \d+", b"Content-Length: %d" % len(block), head)
    return head + b"\r\n\r\n" + block + b"\r\n\r\n"


def replacing(kind: bytes, old: bytes, new: bytes) -> Change:
    """Replace bytes in the blocks of a record type."""

    def change(record: bytes) -> bytes:
        head, _, rest = record.partition(b"\r\n\r\n")
        block = rest[:-4]
        if b"WARC-Type: " + kind not in head or old not in block:
            return record
        return with_block(record, block.replace(old, new))

    return change


def forge_a_post(data: Path) -> None:
    rewritten(data, replacing(b"conversion", b"repair the old bridge", b"remove the old bridge"))


def forge_a_page(data: Path) -> None:
    rewritten(data, replacing(b"response", b"repair the old dam", b"remove the old dam"))


def lose_an_image(data: Path) -> None:
    rewritten(data, lambda record: None if b"/i/b.png" in record.partition(b"\r\n\r\n")[0] else record)


def lose_a_conversion(data: Path) -> None:
    """Remove the conversion record of a post and seal its WARC file again; keep post file and catalogue."""
    posts, catalogue = data / "posts", (data / "catalogue.sqlite").read_bytes()
    kept = shutil.copytree(posts, data.parent / "kept")
    gone = re.compile(rb"WARC-Type: conversion\r\n(?:.+\r\n)*?WARC-Target-URI: http://herald.test/a/dam.html")
    made_of = re.compile(rb"WARC-Type: metadata\r\n(?:.+\r\n)*\r\n(?:.+\r\n)*?path: " + DAM.encode())

    def change(record: bytes) -> bytes | None:
        return None if gone.search(record) or made_of.search(record) else record

    rewritten(data, change)
    shutil.rmtree(posts)
    shutil.copytree(kept, posts)
    (data / "catalogue.sqlite").write_bytes(catalogue)


TAMPERED: dict[str, tuple[Callable[[Path], None], list[tuple[int, str]]]] = {
    "a post edited by hand": (edit_a_post, [(32, f"post {BRIDGE} differs from the version in the archive")]),
    "a post deleted": (delete_a_post, [(32, f"post {DAM} can't be read: No such file")]),
    "a post added": (add_a_post, [(32, "05-invented.md is not in the archive")]),
    "a local image swapped": (swap_an_image, [(32, "is not the image that was captured")]),
    "a local image deleted": (delete_an_image, [(32, "can't be read: No such file")]),
    "a row of a capture altered": (
        sql("UPDATE captures SET status = 404 WHERE url LIKE '%dam%'"),
        [(33, "row of this capture differs")],
    ),
    "a row of a capture deleted": (
        sql("DELETE FROM captures WHERE url LIKE '%dam%'"),
        [(33, "the catalogue has no row of this capture")],
    ),
    "a row of a capture with a date that is none": (
        sql("UPDATE captures SET date = 'yesterday' WHERE url LIKE '%dam%'"),
        [(33, "row of this capture differs")],
    ),
    "a row of a capture that never was": (
        sql(
            "INSERT INTO captures SELECT 'x', kind, url, date, file, offset, length, status, mime, payload_digest,"
            " refers_to, truncated FROM captures LIMIT 1"
        ),
        [(33, "rows of this file")],
    ),
    "a row of a capture moved to another file": (
        sql("UPDATE captures SET file = 'x' WHERE url LIKE '%dam%'"),
        [(33, "row of this capture differs")],
    ),
    "all captures deleted": (sql("DELETE FROM captures"), [(33, "the catalogue has no captures")]),
    "all versions deleted": (sql("DELETE FROM versions"), [(33, "the catalogue has no versions")]),
    "all posts' rows deleted": (sql("DELETE FROM posts"), [(33, "the catalogue has no posts")]),
    "a row of a version deleted": (
        sql("DELETE FROM versions WHERE title = 'Dam holds'"),
        [(33, "the catalogue's row of this version differs or is missing")],
    ),
    "a row of a version with a date that is none": (
        sql("UPDATE versions SET published = 'x' WHERE title = 'Dam holds'"),
        [(33, "the catalogue's row of this version differs or is missing")],
    ),
    "the digest of a version altered": (
        sql("UPDATE versions SET digest = 'sha256:0' WHERE title = 'Dam holds'"),
        [(33, "the catalogue's row of this version differs or is missing")],
    ),
    "the path of a post altered": (
        sql("UPDATE posts SET path = 'elsewhere.md' WHERE path LIKE '%dam%'"),
        [(33, "1 row in `posts` that belongs to no version")],
    ),
    "the key of a post altered": (
        sql("UPDATE posts SET key = 'x' WHERE path LIKE '%dam%'"),
        [(33, "1 row in `posts` that belongs to no version")],
    ),
    "a page of no version": (
        sql("INSERT INTO pages VALUES ('x', 0, 'y')"),
        [(33, "1 row in `pages` that belongs to no version")],
    ),
    "the catalogue emptied": (empty_the_catalogue, [(33, "the catalogue can't be read: not a sound database")]),
    "the catalogue overwritten": (spoil_the_catalogue, [(33, "the catalogue can't be read: not a sound database")]),
    "a post renamed": (rename_a_post, [(32, f"post {DAM} was renamed to herald/2026/03/05-other.md")]),
    "all posts deleted": (delete_all_posts, [(32, "the folder of the 2 posts is missing")]),
    "a WARC file emptied": (empty_a_file, [(6, "no record in this file")]),
    "a row of a version altered": (
        sql("UPDATE versions SET title = 'Dam fails' WHERE title = 'Dam holds'"),
        [(33, "the catalogue's row of this version differs")],
    ),
    "the catalogue deleted": (delete_the_catalogue, [(33, "the catalogue is missing")]),
    "a forged post": (forge_a_post, [(32, "the stored bytes give another text: line 14: ")]),
    "a forged page": (forge_a_page, [(32, "the stored bytes give another text: line 14: ")]),
    "an image without its capture": (lose_an_image, [(32, "no capture of image http://herald.test/i/b.png")]),
}


def test_what_a_crawl_made_has_no_error(audit) -> None:
    code, found = audit()
    assert (code, [line for line in found if line["severity"] != "note"]) == (0, [])


@pytest.mark.parametrize("name", TAMPERED)
def test_T3_tampering_is_an_error_of_the_right_check(name: str, data: Path, audit) -> None:
    tamper, wanted = TAMPERED[name]
    tamper(data)
    code, found = audit()
    errors = [line for line in found if line["severity"] == "error"]
    assert code == 1
    assert len(errors) == len(wanted), errors
    for line, (check, message) in zip(errors, wanted, strict=True):
        assert line["check"] == check and message in line["message"], errors
        assert line["clause"] and line["file"]


def test_a_missing_conversion_is_noticed_by_the_catalogue_and_the_post(data: Path, audit) -> None:
    lose_a_conversion(data)
    code, found = audit()
    assert code == 1
    assert {line["check"] for line in found if line["severity"] == "error"} == {33}


def test_an_extractor_that_has_changed_since_is_a_note_with_the_difference(data: Path, audit) -> None:
    older = replacing(b"metadata", b"extractor: ", b"extractor: older ")

    def change(record: bytes) -> bytes | None:
        return older(replacing(b"conversion", b"repair the old bridge", b"remove the old bridge")(record) or record)

    rewritten(data, change)
    code, found = audit()
    assert code == 0, [line for line in found if line["severity"] == "error"]
    (note,) = [line for line in found if line["check"] == 32 and "gives another text" in line["message"]]
    assert note["severity"] == "note"
    said = r"derived by older .*; today's .* gives another text: line 14: .*remove the old.* → .*repair the old"
    assert re.search(said, note["message"])
    assert note["url"] == "http://herald.test/a/bridge.html"
