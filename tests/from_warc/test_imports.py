"""Other tools' archives are imported: their bytes stay, their captures are ours, posts follow from them."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import subprocess
import sys
import zipfile
from base64 import b32encode
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import randbytes
from signal import SIGKILL
from typing import Any
from uuid import uuid4

import pytest
from holding import BRIDGE, DAM, LONG, NOON, SHORT, Holding, assert_provable
from pages import PNG, article

from archive import (
    ArchiveError,
    Disk,
    Finding,
    Importer,
    Index,
    Manifest,
    Reader,
    StorageError,
    audit_paths,
    is_imported,
    recover,
)
from archive.write.set_aside import remove, repair_in_place
from crawler.clock import utc_now
from crawler.config import Config
from crawler.config.schema import Crawl, Posts
from crawler.from_warc.check_posts import PostsCheck
from crawler.from_warc.history import history
from crawler.from_warc.imports import import_archives
from crawler.from_warc.packet import pack_articles
from crawler.from_warc.rebuild import rebuild
from crawler.from_warc.render import open_to_write, render
from crawler.items import Source
from crawler.posts.states import Change
from crawler.store.data_folder import Layout
from crawler.store.stored_version import Version

MILL = "http://herald.test/b/mill.html"
FERRY = "http://elsewhere.test/ferry.html"
HTML = "text/html; charset=utf-8"


def day(number: int) -> datetime:
    return NOON + timedelta(days=number)


def page(title: str, paragraphs: Iterable[str]) -> bytes:
    return article(title, list(paragraphs), images=("/i/mill.png",)).encode()


PAGES: list[tuple[str, str, bytes, datetime]] = [
    (MILL, HTML, page("Mill", LONG), day(3)),
    ("http://herald.test/i/mill.png", "image/png", PNG + b"mill", day(3)),
    ("http://elsewhere.test/i/mill.png", "image/png", PNG + b"mill", day(3)),
    (FERRY, HTML, page("Ferry", [*SHORT, "A ferry is none of the herald's business."]), day(4)),
    (MILL, HTML, page("Mill", [*LONG, "And then the mill burned down, which nobody had expected at all."]), day(5)),
]


def record(kind: str, url: str, block: bytes, at: datetime, *more: str, payload: bytes | None = None) -> bytes:
    """A record as warcio writes it: sha1 in base32, dates in seconds."""
    head = [f"WARC-Type: {kind}", *([f"WARC-Target-URI: {url}"] if url else []), f"WARC-Date: {at:%Y-%m-%dT%H:%M:%SZ}"]
    head += [f"WARC-Block-Digest: {sha1(block)}", f"Content-Length: {len(block)}", *more]
    head += [] if payload is None else [f"WARC-Payload-Digest: {sha1(payload)}"]
    return "\r\n".join(["WARC/1.0", *head, "", ""]).encode() + block + b"\r\n\r\n"


def sha1(content: bytes) -> str:
    return "sha1:" + b32encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()


def foreign(
    pages: Iterable[tuple[str, str, bytes, datetime]] = PAGES, method: str = "GET", *, compressed: bool = True
) -> bytes:
    """A file of another tool."""
    records = [
        record("warcinfo", "", b"software: theirs\r\n", NOON, f"WARC-Record-ID: <urn:uuid:{uuid4()}>").replace(
            b"WARC/1.0\r\n", b"WARC/1.0\r\nContent-Type: application/warc-fields\r\n"
        )
    ]
    for url, kind, body, at in pages:
        http = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        asked = f"{method} / HTTP/1.1\r\nHost: herald.test\r\n\r\n".encode()
        one, other = (f"<urn:uuid:{uuid4()}>" for _ in range(2))
        ids = f"WARC-Record-ID: {one}", "Content-Type: application/http;msgtype=response"
        records.append(record("response", url, http, at, *ids, payload=body))
        ids = f"WARC-Record-ID: {other}", f"WARC-Concurrent-To: {one}"
        records.append(record("request", url, asked, at, *ids, "Content-Type: application/http;msgtype=request"))
    return b"".join(map(gzip.compress, records) if compressed else records)


def given(tmp_path: Path, content: bytes, name: str = "theirs.warc.gz") -> Path:
    path = tmp_path / "evidence" / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(content)
    return path


def imported(holding: Holding, *paths: Path, code: int = 0, **options: Any) -> list[str]:
    config = Config(crawl=Crawl(data=holding.layout.root), posts=Posts(images="local"), sources=(holding.source,))
    lines: list[str] = []
    assert import_archives(config, paths, tell=lines.append, **options) == code
    return lines


@pytest.fixture
def holding(holding: Holding) -> Holding:
    holding.source = Source(name="herald", timezone="Europe/Berlin", allow=(r"^http://herald\.test/[ab]/",))
    return holding


def errors(holding: Holding) -> list[str]:
    """What the audit of the WARC files calls an error."""
    found = [one for one in audit_paths([holding.layout.root]) if isinstance(one, Finding)]
    return [f"{one.file}: {one.check}: {one.message}" for one in found if one.severity == "error"]


def test_files_are_taken_as_they_are_and_posts_are_made(holding: Holding, tmp_path: Path) -> None:
    path, before = given(tmp_path, foreign()), holding.posts()
    lines = imported(holding, path.parent)
    assert lines[-1] == "1 of 1 file imported, 3 posts made"
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    name = f"imported-{sha256[:16]}.warc.gz"
    assert lines[0] == f"imported: {path}, 11 records, as {name}"
    assert (holding.layout.warc / name).read_bytes() == path.read_bytes()
    entry = Manifest(holding.layout.root).imported()[name]
    assert (entry.sha256, entry.records, entry.note) == (sha256, 11, {"given": str(path)})
    posts = holding.posts()
    assert {**posts, **before} == posts and sorted(posts.keys() - before.keys()) == [
        "herald/2026/03/05-mill.md",
        "single/2026/03/05-ferry.md",
    ]
    assert "/media/" in posts["herald/2026/03/05-mill.md"], "the picture is in the archive that was given"
    with holding.catalogue() as catalogue:
        assert [version.captured for version in catalogue.versions(MILL)] == [day(3), day(5)]
    assert_provable(holding)


def test_a_second_import_changes_nothing(holding: Holding, tmp_path: Path) -> None:
    path = given(tmp_path, foreign())
    imported(holding, path)
    before, rows = sorted(holding.layout.warc.iterdir()), holding.rows()
    copy = given(tmp_path, path.read_bytes(), "renamed.warc.gz")
    lines = imported(holding, path, copy)
    assert [line.partition(":")[0] for line in lines[:2]] == ["in the archive already"] * 2
    assert lines[-1] == "0 of 2 files imported, 0 posts made"
    assert sorted(holding.layout.warc.iterdir()) == before and holding.rows() == rows
    lines = imported(holding, holding.layout.root)
    assert lines[-1] == "0 of 4 files imported, 0 posts made", "our own files are here already"


def test_only_what_a_source_allows_becomes_a_post(holding: Holding, tmp_path: Path) -> None:
    before = holding.posts()
    assert imported(holding, given(tmp_path, foreign()), source="herald")[-1].endswith(" 2 posts made")
    assert sorted(holding.posts().keys() - before.keys()) == ["herald/2026/03/05-mill.md"]
    assert_provable(holding)


def test_answers_to_other_methods_and_older_pages_give_no_post(holding: Holding, tmp_path: Path) -> None:
    before = holding.posts()
    older = [(BRIDGE, HTML, page("Bridge", ["An older text.", *LONG]), NOON - timedelta(days=9))]
    lines = imported(holding, given(tmp_path, foreign(older)), given(tmp_path, foreign(method="POST"), "post.warc.gz"))
    assert lines[-1] == "2 of 2 files imported, 0 posts made" and holding.posts() == before
    assert_provable(holding)


def test_damage_is_named_and_the_rest_is_taken(holding: Holding, tmp_path: Path) -> None:
    content = bytearray(foreign(compressed=False))
    at = content.index(b"Content-Length:", content.index(b"elsewhere.test/ferry"))
    content[at : at + 4] = b"XXXX"
    path = given(tmp_path, bytes(content), "theirs.warc")
    lines = imported(holding, path, code=1)
    assert [line for line in lines if line.startswith(f"can't be read: {path}:")] != []
    assert lines[-1] == "1 of 1 file imported, 2 posts made"
    assert errors(holding) == []
    rows, posts = holding.rows(), holding.posts()
    holding.layout.catalogue.unlink()
    assert rebuild(holding.layout).exit_code == 0
    assert holding.rows() == rows and holding.posts() == posts
    altered = holding.layout.warc / next(iter(Manifest(holding.layout.root).imported()))
    altered.write_bytes(bytes(content[:-9]))
    assert [error.partition(": ")[2][:4] for error in errors(holding)] == ["31: "]


def test_a_link_that_leads_nowhere_and_an_open_file_hide_nothing(holding: Holding, tmp_path: Path) -> None:
    folder = given(tmp_path, foreign(), "theirs/THEIRS.WARC.GZ").parent
    (folder / "dead.warc.gz").symlink_to("nowhere")
    (folder / "more.warc.gz.open").write_bytes(foreign())
    lines = imported(holding, folder, code=1)
    assert [line for line in lines if line.startswith(f"can't be read: {folder}/dead.warc.gz:0: ")] != []
    assert [line for line in lines if line.startswith(f"can't be read: {folder}/more.warc.gz.open:0: ")] != []
    assert lines[-1].startswith("1 of 3 files imported, ")


def test_what_holds_no_record_is_not_taken(holding: Holding, tmp_path: Path) -> None:
    lines = imported(holding, given(tmp_path, b"no records here, " * 9, "notes.warc"), code=1)
    assert lines[0].startswith("not imported: ") and lines[1].startswith("can't be read: ")
    for path in (tmp_path / "nowhere", tmp_path / "data/posts"):
        with pytest.raises(ArchiveError, match=r"no such file|no WARC files"):
            imported(holding, path)
    assert_provable(holding)


def package(*members: tuple[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as packed:
        for name, content in members:
            packed.writestr(name, content)
    return file.getvalue()


def one_member(content: bytes) -> bytes:
    return gzip.compress(gzip.decompress(content))


def arc() -> list[bytes]:
    """The same pages in the records of an ARC file, which have neither ids nor digests."""
    version = b"1 0 Theirs\nURL IP-address Archive-date Content-type Archive-length\n\n"
    records = [b"filedesc://theirs.arc 0.0.0.0 20260306120000 text/plain %d\n%s\n" % (len(version), version)]
    for url, kind, body, at in PAGES:
        http = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        line = f"{url} 192.0.2.1 {at:%Y%m%d%H%M%S} {kind.partition(';')[0]} {len(http)}\n".encode()
        records.append(line + http + b"\n")
    return records


def in_blocks(content: bytes) -> bytes:
    """As bgzip writes a file."""
    plain = gzip.decompress(content)
    return b"".join(gzip.compress(plain[at : at + 700]) for at in range(0, len(plain), 700))


FORMS = {
    "wacz": ("their.wacz", package(("archive/data.warc.gz", foreign()), ("datapackage.json", b"{}"))),
    "multi-wacz": ("many.wacz", package(("one.wacz", package(("archive/data.warc.gz", foreign()))))),
    "deflated": ("deflated.wacz", package(("archive/data.warc.gz", foreign()), compression=zipfile.ZIP_DEFLATED)),
    "one member": ("whole.WARC.GZ", one_member(foreign())),
    "blocks": ("blocks.warc.gz", in_blocks(foreign())),
    "ARC": ("theirs.arc", b"".join(arc())),
    "ARC in members": ("theirs.arc.gz", b"".join(map(gzip.compress, arc()))),
    "ARC in one member": ("theirs.ARC.gz", gzip.compress(b"".join(arc()))),
    "ARC in blocks": ("theirs.arc.gz", in_blocks(gzip.compress(b"".join(arc())))),
    "none": ("plain.warc", foreign(compressed=False)),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_its_posts(holding: Holding, tmp_path: Path, form: str) -> None:
    name, content = FORMS[form]
    lines = imported(holding, given(tmp_path, content, name))
    assert lines[-1] == "1 of 1 file imported, 3 posts made"
    assert errors(holding) == []
    assert_provable(holding)


def test_a_link_shares_the_bytes(holding: Holding, tmp_path: Path) -> None:
    path = given(tmp_path, foreign())
    imported(holding, path, link=True)
    [name] = Manifest(holding.layout.root).imported()
    assert (holding.layout.warc / name).samefile(path)
    with pytest.raises(ArchiveError, match="import it without --link"):
        imported(holding, given(tmp_path, package(("archive/data.warc.gz", foreign())), "their.wacz"), link=True)


class Killed(BaseException):
    """The process ends here."""


class Dying(Disk):
    """Lets a number of operations through; the process is killed before the next."""

    def __init__(self, left: int) -> None:
        self.left = left

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed

    def __getattribute__(self, name: str) -> Any:
        found = object.__getattribute__(self, name)
        if name in ("create", "append", "write", "fsync", "rename", "remove", "fsync_folder"):
            self._count()
        return found


def test_an_import_that_is_killed_at_any_step_is_finished(holding: Holding, tmp_path: Path) -> None:
    path, root = given(tmp_path, foreign()), holding.layout.root
    outcomes = []
    for step in count():
        copied = shutil.copytree(root, tmp_path / f"killed-{step}")
        try:
            with Importer(copied, disk=Dying(step)) as importer:
                importer.take(Reader(path), path.name)
            break
        except Killed:
            recover(copied)
        names = list(Manifest(copied).imported())
        assert [found.name for found in (copied / "warc").iterdir() if "import" in found.name] == names
        held = sum(line.file in names for line in Index(copied).iterate())
        assert held == 5 * len(names)
        outcomes.append(len(names))
    assert outcomes == sorted(outcomes) and set(outcomes) == {0, 1}
    killed = Holding(tmp_path / f"killed-{len(outcomes) - 1}")
    killed.source = holding.source
    assert imported(killed, path)[-1] == "0 of 1 file imported, 3 posts made"
    assert_provable(killed)


def test_a_file_is_read_once_and_its_copy_once(holding: Holding, tmp_path: Path) -> None:
    pages = [(f"http://herald.test/i/{number}.png", "image/png", randbytes(1 << 21), day(3)) for number in range(4)]
    path = given(tmp_path, foreign(pages))
    with Importer(holding.layout.root) as importer:
        before = bytes_read()
        importer.take(Reader(path), path.name)
        assert 2 <= (bytes_read() - before) / path.stat().st_size < 2.5
        before = bytes_read()
        assert not importer.take(Reader(path), path.name).is_new
        assert 1 <= (bytes_read() - before) / path.stat().st_size < 1.5
    with Importer(holding.layout.root) as importer:
        before = bytes_read()
        assert not importer.take(Reader(path), path.name).is_new
        assert 2 <= (bytes_read() - before) / path.stat().st_size < 2.5, "it is compared with ours"


def bytes_read() -> int:
    """Bytes that this process has read so far."""
    return int(dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())["rchar"])


class Meddling(Disk):
    """Somebody writes to a file while it is imported."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fsync(self, file: int) -> None:
        with self.path.open("ab") as given:
            given.write(b"more")
        super().fsync(file)


def test_a_file_that_changes_meanwhile_is_not_taken(holding: Holding, tmp_path: Path) -> None:
    path = given(tmp_path, foreign())
    changed = pytest.raises(StorageError, match="it changed while it was read")
    with Importer(holding.layout.root, disk=Meddling(path)) as importer, changed:
        importer.take(Reader(path), path.name)
    assert [found.name for found in holding.layout.warc.iterdir() if found.name.endswith(".importing")] == []
    assert_provable(holding)


DYING = """
import os, signal, sys
from importlib import import_module
from crawler.cli import main
module, owner, method = sys.argv[1].rsplit(".", 2)
owner = getattr(import_module(module), owner)
whole, left = getattr(owner, method), int(sys.argv[2])
def dying(*args, **options):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(*args, **options)
setattr(owner, method, dying)
main(["import", sys.argv[3]])
"""


@pytest.mark.parametrize(
    ("step", "before"),
    [
        ("crawler.store.catalogue.Catalogue.store", 0),  # the rows of the captures
        ("archive.write.writer.ArchiveWriter.commit", 0),
        ("crawler.store.catalogue.Catalogue.store", 1),  # the rows of the versions
        ("crawler.from_warc.publish.Publisher.publish", 0),
    ],
)
def test_an_import_that_is_killed_loses_nothing_and_does_nothing_twice(tmp_path: Path, step: str, before: int) -> None:
    path = given(tmp_path, foreign())
    whole, killed = Holding(tmp_path / "whole"), Holding(tmp_path / "killed")
    assert imported(whole, path)[-1] == "1 of 1 file imported, 3 posts made"
    configuration = '[crawl]\ndata = "killed"\n[posts]\nimages = "local"\n'
    (tmp_path / "warcpress.toml").write_text(configuration, encoding="utf-8")
    command = [sys.executable, "-c", DYING, step, str(before), str(path)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    assert subprocess.run(command, cwd=tmp_path, env=environment, timeout=120, check=False).returncode == -SIGKILL
    imported(killed, path)
    assert killed.posts() == whole.posts()
    with killed.catalogue() as catalogue, whole.catalogue() as other:
        assert catalogue.count() == other.count()
    assert errors(killed) == []
    assert_provable(killed)


def test_without_a_crawl_before(tmp_path: Path) -> None:
    fresh = Holding(tmp_path / "fresh")
    assert imported(fresh, given(tmp_path, foreign()))[-1] == "1 of 1 file imported, 3 posts made"
    assert Layout(fresh.layout.root).catalogue.exists()
    assert_provable(fresh)


@pytest.mark.parametrize("between", ["import", "rebuild, import", "import, remove the first copy"])
def test_a_file_that_was_removed_and_is_given_back(holding: Holding, tmp_path: Path, between: str) -> None:
    """Versions that another file has were made of its pages."""
    config = Config(
        crawl=Crawl(data=holding.layout.root), posts=Posts(images="local", extra=("source",)), sources=(holding.source,)
    )
    first = holding.layout.warc / Reader(holding.layout.root).files()[0]
    copy = given(tmp_path, first.read_bytes(), first.name)
    render(config, tell=lambda line: None)
    made = {version.record_id: version.captured for version in versions_outside(holding, first.name)}
    assert made, "made again in a later file, of the pages in the first one"
    if between.endswith("copy"):
        imported(holding, given(tmp_path, copy.read_bytes() + foreign(), "more.warc.gz"))
    remove(first, "lost")
    if between.startswith("rebuild"):
        rebuild(holding.layout)
    else:
        open_for_next_run(holding)
    assert_rebuilds(holding)
    if not between.endswith("copy"):
        assert {one.record_id: one.captured for one in versions_outside(holding, first.name)} != made
        imported(holding, copy)
    for version in versions_outside(holding, first.name):
        assert made.get(version.record_id, version.captured) == version.captured
    assert_rebuilds(holding)


def open_for_next_run(holding: Holding) -> None:
    config = Config(crawl=Crawl(data=holding.layout.root), sources=(holding.source,))
    with ExitStack() as opened:
        open_to_write(holding.layout, config, None, utc_now, opened, lambda line: None)


def versions_outside(holding: Holding, file: str) -> list[Version]:
    with holding.catalogue() as catalogue:
        return [version for version in catalogue.newest() if version.file != file]


def assert_rebuilds(holding: Holding) -> None:
    """The audit has no error, and a rebuild gives the same rows."""
    with holding.catalogue() as catalogue:
        found = list(audit_paths([holding.layout.root], further_checks=[PostsCheck(holding.layout, catalogue)]))
    wrong = [one.message for one in found if isinstance(one, Finding) and one.severity == "error"]
    assert wrong == []
    rows = holding.rows()
    holding.layout.catalogue.unlink()
    rebuild(holding.layout)
    assert holding.rows() == rows


@pytest.mark.parametrize("lost", ["a page", "a request", "the picture"])
def test_an_imported_file_that_rots_is_repaired(holding: Holding, tmp_path: Path, lost: str) -> None:
    imported(holding, given(tmp_path, foreign()))
    [name] = Manifest(holding.layout.root).imported()
    path, reader = holding.layout.warc / name, Reader(holding.layout.root)
    kinds = [(record.type, record.target_uri, record.offset) for record in reader.records(name)]
    kind = "request" if lost == "a request" else "response"
    ending = ".png" if lost == "the picture" else "ferry.html"
    [at] = [place for one, url, place in kinds if one == kind and url.endswith(ending)][-1:]
    content = bytearray(path.read_bytes())
    content[at + 200] ^= 0xFF
    path.write_bytes(content)
    assert any(": 31: " in error for error in errors(holding))
    repaired = repair_in_place(path)
    assert repaired.target is not None and is_imported(repaired.target.name) and repaired.records == 10
    open_for_next_run(holding)
    assert_rebuilds(holding)
    assert (holding.layout.root / "set-aside" / name).read_bytes() == content
    assert "single/2026/03/05-ferry.md" in holding.posts(), "its text is in a file of ours"


@pytest.mark.parametrize("then", ["nothing", "rebuild", "a run", "the end is cut off", "a byte rots"])
def test_a_lost_file_of_ours_is_put_back(holding: Holding, tmp_path: Path, then: str) -> None:
    """Its line is still in force, so it gets no other one, and its posts come back."""
    config = Config(crawl=Crawl(data=holding.layout.root), posts=Posts(images="local"), sources=(holding.source,))
    first = holding.layout.warc / Reader(holding.layout.root).files()[0]
    copy = given(tmp_path, first.read_bytes(), "backup.gz")
    before, rows, lines = holding.posts(), holding.rows(), Manifest(holding.layout.root).path.read_bytes()
    first.unlink()
    if then == "the end is cut off":
        first.write_bytes(copy.read_bytes()[:-99])
    elif then == "a byte rots":
        first.write_bytes(copy.read_bytes()[:-99] + bytes(99))
    elif then != "nothing":
        rebuild(holding.layout)
    if then == "a run":
        (holding.layout.posts / "herald/2026/03/05-dam.md").unlink()
        import_archives(config, [given(tmp_path, foreign())], tell=lambda line: None)
        before |= holding.posts()
        lines = Manifest(holding.layout.root).path.read_bytes()
    told = imported(holding, copy)
    assert told[0] == f"put back: {copy}, {sealed_records(holding, first.name)} records, as {first.name}"
    assert told[-1] == "0 of 1 file imported, 1 put back, 0 posts made"
    assert first.read_bytes() == copy.read_bytes() and Manifest(holding.layout.root).path.read_bytes() == lines
    assert holding.posts() == before and (then == "a run" or holding.rows() == rows)
    assert first.name in {line.file for line in Index(holding.layout.root).iterate()}
    assert imported(holding, copy)[0] == f"in the archive already: {copy}, as {first.name}"
    assert_rebuilds(holding)
    assert errors(holding) == []


def sealed_records(holding: Holding, name: str) -> int:
    return Manifest(holding.layout.root).sealed()[name].records


@pytest.mark.parametrize("left", [b"", b"a damaged file"])
def test_a_file_is_put_back_whenever_the_command_is_killed(holding: Holding, tmp_path: Path, left: bytes) -> None:
    root, name = holding.layout.root, Reader(holding.layout.root).files()[0]
    path = given(tmp_path, (root / "warc" / name).read_bytes())
    captures = list(Index(root).iterate())
    (root / "warc" / name).unlink()
    rebuild(holding.layout)
    if left:
        (root / "warc" / name).write_bytes(left)
    for step in count():
        killed = Holding(shutil.copytree(root, tmp_path / f"killed-{step}"))
        try:
            with Importer(killed.layout.root, disk=Dying(step)) as importer:
                assert importer.take(Reader(path), path.name).is_back
            break
        except Killed:
            recover(killed.layout.root)
        assert [one for one in killed.layout.warc.iterdir() if "import" in one.name] == []
        if (killed.layout.warc / name).exists() and (killed.layout.warc / name).read_bytes() != left:
            assert list(Index(killed.layout.root).iterate()) == captures
            open_for_next_run(killed)
            assert_rebuilds(killed)
        imported(killed, path)
        assert list(Index(killed.layout.root).iterate()) == captures
        assert_rebuilds(killed)
    assert step > 5


@pytest.mark.parametrize("by", ["import", "hand, then a run", "hand, then rebuild"])
def test_versions_with_one_number_are_both_kept(holding: Holding, tmp_path: Path, by: str) -> None:
    """Files with version 2 and a state are lost, a rebuild forgets them, and later runs make others in their place."""
    gone = Change(DAM, 1, "withdrawn", "http-404", "")
    holding.look(gone, day(2))
    lost = [holding.layout.warc / file for file in Reader(holding.layout.root).files()[1:]]
    copies = [given(tmp_path, path.read_bytes(), path.name) for path in lost]
    for path in lost:
        path.unlink()
    rebuild(holding.layout)
    holding._numbers[BRIDGE] = 1
    holding.run({BRIDGE: [*SHORT, "Now it will cost five million, and take a year."]}, day(4))
    newest = holding.posts()["herald/2026/03/05-bridge.md"]
    holding.look(gone, day(5))
    if by == "import":
        imported(holding, *copies)
    else:
        for copy, path in zip(copies, lost, strict=True):
            path.write_bytes(copy.read_bytes())
        open_for_next_run(holding) if by.endswith("run") else rebuild(holding.layout)
    with holding.catalogue() as catalogue:
        versions = [(one.number, one.captured) for one in catalogue.versions(BRIDGE)]
        assert [(one.number, one.date) for one in catalogue.states.of(DAM)] == [(1, day(2)), (1, day(5))]
        told = [event.mark for event in history(BRIDGE, holding.layout, catalogue)]
        packed = pack_articles(holding.layout, catalogue, tmp_path / "a.wacz", [BRIDGE])
    assert versions == [(1, NOON), (2, day(1)), (2, day(4))]
    assert told == ["version 1", "version 2", "version 2"] and packed.pages == 3
    assert holding.posts()["herald/2026/03/05-bridge.md"] == newest
    assert_rebuilds(holding)
