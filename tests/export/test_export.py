"""Posts exported through the command: whole texts, what is read back, books that EPUBCheck accepts, faults."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from holding import BRIDGE, DAM, LONG, NOON, PICTURE, SHORT, Holding

from archive import Reader
from crawler.cli import main
from crawler.errors import StorageFailed
from crawler.export.epub import write_epub
from crawler.export.forms import markdown_file, write_csv, write_text
from crawler.export.rows import CAPTURE, COLUMNS, Exported, Rows, described, plain
from crawler.store.catalogue import Catalogue

DOCUMENT = Path(__file__).parents[2] / "docs/export.md"
BRIDGE_POST, DAM_POST = "herald/2026/03/05-bridge.md", "herald/2026/03/05-dam.md"
JAR = Path("/usr/share/java/epubcheck.jar")
HOSTILE = [
    '=HYPERLINK("http://evil.test")',
    *("+1", "-1", "@x", "\t=1"),
    "<script>alert(1)</script>",
    "a\x00\x1b[31m&\ufffe]]>",
    "\u202eabc",
]


@pytest.fixture
def holding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Holding:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "warcpress.toml").write_text('[[source]]\nname = "herald"\nallow = ["^http://herald\\\\.test/a/"]\n')
    made = Holding(tmp_path / "data")
    made.run({BRIDGE: LONG, DAM: LONG})
    made.run({BRIDGE: SHORT}, NOON + timedelta(days=1))
    return made


@pytest.fixture
def rows(holding: Holding) -> list[Exported]:
    with holding.catalogue() as catalogue:
        reading = Rows(Reader(holding.layout.root), catalogue)
        found = [reading.of(version) for version in catalogue.newest()]
    return [one for one in found if isinstance(one, Exported)]


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def with_values(exported: Exported, **values: Any) -> Exported:
    return replace(exported, row=exported.row | values)


def test_json_lines_have_every_column_and_the_place_of_every_record(holding: Holding, capfd) -> None:
    assert main(["export", "a.jsonl"]) == 0
    assert capfd.readouterr().err == "2 posts written to a.jsonl\n"
    bridge, dam = objects(Path("a.jsonl").read_text("utf-8"))
    assert list(bridge) == ["v", *(name for name in COLUMNS if name != "markdown")]
    assert (bridge["url"], bridge["version"], bridge["state"], bridge["post"]) == (BRIDGE, 2, "present", BRIDGE_POST)
    assert (dam["url"], dam["version"]) == (DAM, 1)
    assert bridge["text"].split("\n") == [line.strip() for line in SHORT]
    assert f'src="{PICTURE}"' in bridge["html"] and "/media/" not in bridge["html"]
    reader = Reader(holding.layout.root)
    for place in (bridge, *bridge["pages"], *bridge["images"]):
        with reader.record(place["file"], place["offset"]) as record:
            assert record.record_id == place["record_id"]
    assert [image["url"] for image in bridge["images"]] == [PICTURE]


def test_all_versions_the_oldest_first_and_pieces_of_a_selection(holding: Holding, capfd) -> None:
    assert main(["export", "-", "--versions", "--markdown"]) == 0
    done = capfd.readouterr()
    found = objects(done.out)
    assert [(one["url"], one["version"]) for one in found] == [(BRIDGE, 1), (BRIDGE, 2), (DAM, 1)]
    assert found[1]["markdown"].endswith(f"four million.\n\n![picture]({PICTURE})") and "html" not in found[1]
    assert done.err == "3 versions written\n"
    assert main(["export", "a.jsonl", "--limit", "1"]) == 0
    assert capfd.readouterr().err == f"1 post written to a.jsonl\nfor further posts: --after {BRIDGE_POST}\n"
    assert main(["export", "a.jsonl", "--after", BRIDGE_POST]) == 0
    assert [one["url"] for one in objects(Path("a.jsonl").read_text("utf-8"))] == [DAM]
    assert main(["export", "b.jsonl", "--source", "nobody"]) == 0
    assert not Path("b.jsonl").exists() and "no post fits; nothing was written" in capfd.readouterr().err


def test_a_csv_is_harmless_in_a_spreadsheet(rows: list[Exported]) -> None:
    columns = ["title", "authors", "version", "updated", "images", "text"]
    out = io.BytesIO()
    values: dict[str, Any] = {"authors": ["=A", "B"], "images": [], "text": 'a\n=b,"c"'}
    titles = [with_values(rows[0], title=title, **values) for title in HOSTILE]
    write_csv(titles, columns, out)
    lines = list(csv.reader(io.StringIO(out.getvalue().decode(), newline="")))
    assert lines[0] == columns and out.getvalue().count(b"\r\n") == 1 + len(HOSTILE)
    assert lines[1] == ["'" + HOSTILE[0], "'=A; B", "2", "", "", 'a\n=b,"c"']
    assert all(cell[:1] not in ("=", "+", "-", "@", "\t") for line in lines for cell in line)


def test_text_and_markdown_are_these_texts(rows: list[Exported]) -> None:
    row = {
        "record_id": "<urn:uuid:1>",
        "file": "a.warc.gz",
        "offset": 7,
        "digest": "sha256:00",
        "authors": ["Ada", "B: c"],
        "text": "One.\nTwo.",
        "markdown": "One.\n\n*Two.*",
        "title": "It's",
    }
    bridge = with_values(rows[0], **row)
    out = io.BytesIO()
    write_text([bridge, bridge], (), out)
    one = (
        "It's\n\nAda, B: c\n2026-03-05T07:30:00.000000Z\nhttp://herald.test/a/bridge.html\n"
        "version 2, present: record <urn:uuid:1> in a.warc.gz at 7\n\nOne.\nTwo.\n"
    )
    assert out.getvalue().decode() == f"{one}\n{'=' * 72}\n\n{one}"
    assert (
        markdown_file(bridge.row)
        == """---
title: 'It''s'
date: '2026-03-05T07:30:00.000000Z'
authors:
 - Ada
 - 'B: c'
categories:
 - The Test Herald
tags: []
url: 'http://herald.test/a/bridge.html'
source: 'herald'
section: null
language: null
published: '2026-03-05T07:30:00.000000Z'
updated: null
captured: '2026-03-07T12:00:00.000000Z'
version: 2
derivation: 0
state: 'present'
record_id: '<urn:uuid:1>'
digest: 'sha256:00'
file: 'a.warc.gz'
offset: 7
---

One.

*Two.*
"""
    )


def test_a_folder_gets_a_file_for_each_post_or_version(holding: Holding) -> None:
    assert main(["export", "notes/"]) == 0
    assert main(["export", "notes", "--versions"]) == 0, "it is there, so it needs no slash"
    found = sorted(path.relative_to("notes").as_posix() for path in Path("notes").rglob("*") if path.is_file())
    stem = BRIDGE_POST.removesuffix(".md")
    assert found == [f"{stem}.md", f"{stem}.v1.md", f"{stem}.v2.md", DAM_POST, DAM_POST.replace(".md", ".v1.md")]


def test_parquet_reads_back_as_json_lines(holding: Holding, monkeypatch, capfd) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    assert main(["export", "a.jsonl"]) == main(["export", "a.parquet"]) == 0
    table = parquet.read_table("a.parquet")
    kinds = {field.name: str(field.type) for field in table.schema}
    assert (kinds["date"], kinds["offset"], kinds["tags"]) == (
        "timestamp[us, tz=UTC]",
        "int64",
        "list<element: string>",
    )

    assert [{"v": 1} | plain(row) for row in table.to_pylist()] == objects(Path("a.jsonl").read_text("utf-8"))
    assert table.schema.metadata[b"warcpress"] == b"1"
    capfd.readouterr()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert main(["export", "b.parquet"]) == 2 and not Path("b.parquet").exists()
    assert capfd.readouterr().err == "warcpress export: Parquet needs pyarrow: pip install 'warcpress[parquet]'\n"


def checked(book: Path) -> None:
    """Let EPUBCheck judge a book."""
    if shutil.which("java") is None or not JAR.is_file():
        if os.environ.get("CI"):
            pytest.fail("EPUBCheck is not installed; CI must prove the books")
        pytest.skip("EPUBCheck is not installed: apt-get install epubcheck")
    done = subprocess.run(["java", "-jar", JAR, book], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "0 errors / 0 warnings" in done.stdout, done.stdout + done.stderr


BODY = (
    '<p>a &amp; b<br><b>c<i>d</i></b> <a href="http://[bad">e</a> <a href="https://a.test/ä?x=[1]&amp;y#z">f</a></p>'
    "<table><tr><td>g</td><td><img src=\"https://a.test/none.png\" alt='h'></td></tr></table><rt>i</rt>"
    f'<figure><img src="{PICTURE}"><figcaption>j</figcaption></figure><ol start="3"><li>k<ul><li>l</li></ul></li></ol>'
    "<pre>{{ m }}</pre><font color=red>n</font><center>o</center><ruby>漢<rt>か</rt></ruby>"
)


def test_a_book_has_chapters_pictures_directions_and_provenance(holding: Holding, rows: list[Exported]) -> None:
    hostile = [with_values(rows[0], title=title, html=BODY, language="en") for title in HOSTILE]
    hebrew = with_values(rows[1], title="שלום", language="he", text="שלום")
    unknown = with_values(rows[1], title="سلام", language=None, text="سلام")
    reader = Reader(holding.layout.root)
    with Path("b.epub").open("wb") as out:
        write_epub([*hostile, hebrew, unknown], (), out, lambda record_id, _url: reader.entity(record_id, 2**20))
    with zipfile.ZipFile("b.epub") as book:
        names = book.namelist()
        first, chapter, last = (book.read(f"EPUB/{number:06d}.xhtml").decode() for number in (6, 9, 10))
        package, contents = (book.read(f"EPUB/{name}").decode() for name in ("package.opf", "nav.xhtml"))
        assert book.infolist()[0].filename == "mimetype" and book.infolist()[0].compress_type == zipfile.ZIP_STORED
    assert len([name for name in names if name.startswith("EPUB/images/")]) == 1, "the same bytes once"
    assert "<h1>&lt;script&gt;alert(1)&lt;/script&gt;</h1>" in first and "<script" not in first
    assert (
        "<thead" not in first and '<a href="https://a.test/none.png">[h]</a>' in first and '<img src="images/' in first
    )
    assert rows[0].row["record_id"].strip("<>") in first and rows[0].row["file"] in first
    assert 'xml:lang="he" lang="he" dir="rtl"' in chapter and 'xml:lang="und" lang="und" dir="rtl"' in last
    assert "<dc:language>en</dc:language>" in package and "2026-03-07T12:00:00Z" in package
    assert contents.count("<li>") == len(HOSTILE) + 2
    checked(Path("b.epub"))


def test_a_book_of_the_command_is_the_same_each_time(holding: Holding) -> None:
    assert main(["export", "a.epub"]) == main(["export", "b.epub", "--markdown"]) == 0
    assert Path("a.epub").read_bytes() == Path("b.epub").read_bytes()
    checked(Path("a.epub"))


@pytest.mark.parametrize("damage", ["lost", "torn", "other text"])
def test_a_post_that_cannot_be_read_is_named_and_the_others_are_written(holding, capfd, execute, damage: str) -> None:
    [file] = [path for path in holding.layout.warc.iterdir() if "-00001-" in path.name]
    if damage == "lost":
        file.unlink()
    elif damage == "torn":
        with file.open("r+b") as stored:
            stored.truncate(2_700)
    else:
        execute("UPDATE versions SET digest = 'sha256:00' WHERE number = 2")
    assert main(["export", "a.jsonl"]) == 1
    assert [one["url"] for one in objects(Path("a.jsonl").read_text("utf-8"))] == [DAM]
    first, second = capfd.readouterr().err.splitlines()
    assert first.startswith(f"{BRIDGE_POST}, version 2: not exported: ") and file.name in first
    assert first.endswith("`warcpress audit` tells what the archive lacks") and second == "1 post written to a.jsonl"


def test_a_picture_that_cannot_be_read_is_named_and_becomes_a_link(holding: Holding, capfd, execute) -> None:
    execute("UPDATE images SET capture = '<urn:uuid:none>'")
    assert main(["export", "a.epub"]) == 1
    assert capfd.readouterr().err.count(f"picture {PICTURE}: not exported: ") == 2
    with zipfile.ZipFile("a.epub") as book:
        assert f'<a href="{PICTURE}">[picture]</a>' in book.read("EPUB/000001.xhtml").decode()
    checked(Path("a.epub"))


@pytest.fixture
def execute(holding: Holding) -> Any:
    def run(statement: str) -> None:
        with closing(sqlite3.connect(holding.layout.catalogue, isolation_level=None)) as database:
            database.execute(statement)

    return run


def test_a_failure_leaves_the_old_file_and_nothing_else(holding: Holding, monkeypatch, capfd) -> None:
    Path("a.csv").write_text("old")
    Path(".a.csv.part").write_text("of a killed export")
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", lambda _handle: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        assert main(["export", "a.csv"]) == 4
    assert "a.csv: No space left on device; make room" in capfd.readouterr().err
    assert Path("a.csv").read_text() == "old" and not Path(".a.csv.part").exists()
    assert main(["export", "a.csv"]) == 0 and Path("a.csv").read_text() != "old"
    assert main(["export", "nowhere/a.csv"]) == 4 and "nowhere: No such file" in capfd.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        [],
        [""],
        ["--opml", ""],
        ["a.csv", "--opml"],
        ["--opml", "-", "--source", "x"],
        ["--opml", "--markdown"],
        ["a.docx"],
        ["posts"],
    ],
)
def test_what_is_no_export_is_one_line(holding: Holding, capfd, words: list[str]) -> None:
    assert main(["export", *words]) == 2
    assert len(capfd.readouterr().err.splitlines()) == 1 and not Path("a.csv").exists()


@pytest.mark.parametrize("target", ["data/posts/", "data/posts", "data/warc/a.jsonl", "data/posts/herald/../x/"])
def test_an_export_into_the_archive_is_refused(holding: Holding, capfd, target: str) -> None:
    before = [sorted(Path(folder).rglob("*")) for folder in ("data/posts", "data/warc")]
    assert main(["export", target]) == 2
    assert "which an export does not change; name another place" in capfd.readouterr().err
    assert [sorted(Path(folder).rglob("*")) for folder in ("data/posts", "data/warc")] == before


def test_a_catalogue_that_fails_ends_the_export(holding: Holding, monkeypatch, capfd) -> None:
    def failed(self: Catalogue, record_id: str) -> None:
        raise StorageFailed("catalogue.sqlite: disk I/O error")

    monkeypatch.setattr(Catalogue, "capture", failed)
    assert main(["export", "a.jsonl"]) == 4 and not Path("a.jsonl").exists()
    assert capfd.readouterr().err == "warcpress export: catalogue.sqlite: disk I/O error\n"


def test_the_document_lists_the_columns() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert "\n".join(described(COLUMNS)) in text
    assert "\n".join(described(CAPTURE)).replace("| column |", "| key |") in text
    endings = set(re.findall(r"warcpress export \w+(\.\w+)", text))
    assert endings == {".jsonl", ".csv", ".parquet", ".txt", ".epub"}
