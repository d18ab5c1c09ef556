"""R12: rot in `index/`: the audit names the index and not the archive, a run that meets it makes the index again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from archive import ArchiveError, ArchiveWriter, Capture, Exchange, Finding, Index, Reader, audit_paths, recover
from archive.cli import main
from archive.index import merged_files
from archive.index.digests import Digests

PAGE = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{}"
RUNS = 3
EACH = 120
"""Captures of a run: enough for several pages of each table of the digests."""


def response(number: int) -> bytes:
    text = f"number {number}"
    return PAGE.format(len(text), text).encode()


@pytest.fixture
def captures(open_writer: Callable[..., ArchiveWriter], exchange: Callable[..., Exchange]) -> list[Capture]:
    """An archive of three runs."""
    found = []
    for run in range(RUNS):
        writer = open_writer()
        numbers = range(run * EACH, (run + 1) * EACH)
        found += [writer.write(exchange(response(n), url=f"http://news.example/{n}")) for n in numbers]
        writer.close()
    return found


def swap_pages(path: Path) -> None:
    """Swap two leaves of the table of records; SQLite's own checks find nothing wrong with that."""
    with closing(sqlite3.connect(path)) as db:
        size = db.execute("PRAGMA page_size").fetchone()[0]
        root = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'records'").fetchone()[0]
    content = bytearray(path.read_bytes())
    start = (root - 1) * size
    assert content[start] == 2, "the root is no inner page: more captures are needed"
    cells = [int.from_bytes(content[start + 12 + 2 * n : start + 14 + 2 * n], "big") for n in range(2)]
    one, two = (int.from_bytes(content[start + cell : start + cell + 4], "big") for cell in cells)
    first, second = (slice((number - 1) * size, number * size) for number in (one, two))
    content[first], content[second] = content[second], content[first]
    path.write_bytes(content)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA quick_check").fetchall() == [("ok",)]


def errors(folder: Path) -> list[tuple[str | None, int, str]]:
    return [
        (found.file, found.check, found.message)
        for found in audit_paths([folder])
        if isinstance(found, Finding) and found.severity == "error"
    ]


def cdxj(folder: Path) -> list[Path]:
    return sorted((folder / "index").rglob("*.cdxj"))


def spoil(path: Path) -> None:
    """Change a digit of an offset; the line stays CDXJ."""
    content = path.read_bytes()
    at = content.index(b'"offset": "', len(content) // 2) + 11
    path.write_bytes(content[:at] + (b"7" if content[at : at + 1] != b"7" else b"3") + content[at + 1 :])


@pytest.mark.parametrize("closed", [True, False])
def test_R12_swapped_pages_of_the_digests_are_one_error_and_made_again(
    tmp_path: Path, captures: list[Capture], closed: bool
) -> None:
    path = tmp_path / "index" / "digests.sqlite"
    swap_pages(path)
    if not closed:  # as after a kill
        path.with_name("digests.sha256").unlink()
    [(file, number, text)] = errors(tmp_path)
    assert (file, number) == ("index/digests.sqlite", 29)
    assert "damaged" in text and "`python -m archive index FOLDER` makes the index again" in text
    reader = Reader(tmp_path)
    for capture in captures:
        with reader.response(capture.record_id) as response:
            assert (response.record.file, response.record.offset) == (capture.file, capture.offset)
    recover(tmp_path)
    assert errors(tmp_path) == []
    with closing(Digests(tmp_path, read_only=True)) as digests:
        assert [digests.record(one.record_id) for one in captures] == [(one.file, one.offset) for one in captures]


def test_R12_a_record_that_the_archive_does_not_have_is_not_invented(tmp_path: Path, captures: list[Capture]) -> None:
    swap_pages(tmp_path / "index" / "digests.sqlite")
    with pytest.raises(ArchiveError, match="no response or revisit <urn:none>"):
        Reader(tmp_path).response("<urn:none>")


def test_R12_a_damaged_line_is_one_error_and_never_merged(
    tmp_path: Path,
    captures: list[Capture],
    open_writer: Callable[..., ArchiveWriter],
    exchange: Callable[..., Exchange],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(merged_files, "_LEAST", 1 << 20)  # the next addition is merged with it
    monkeypatch.setattr(merged_files, "_CHECKED", 0)  # as large files, whose checksum is compared when they are merged
    lines = [bytes(line) for line in Index(tmp_path).iterate()]
    [path] = cdxj(tmp_path)
    spoil(path)
    [(file, number, text)] = errors(tmp_path)
    assert (file, number) == (f"index/{path.name}", 29) and "does not have the checksum in its name" in text
    with open_writer() as writer:
        added = writer.write(exchange(url="http://news.example/new"))
    assert errors(tmp_path) == []
    held = [bytes(line) for line in Index(tmp_path).iterate()]
    assert [line for line in held if added.record_id.encode() not in line] == lines


def test_R12_the_next_start_makes_a_damaged_index_again(tmp_path: Path, captures: list[Capture]) -> None:
    lines = [bytes(line) for line in Index(tmp_path).iterate()]
    spoil(cdxj(tmp_path)[0])
    with pytest.raises(merged_files.IndexDamaged, match="the file is damaged"):
        Index(tmp_path).lookup(captures[0].url)
    recover(tmp_path)
    assert [bytes(line) for line in Index(tmp_path).iterate()] == lines


def test_R12_a_file_without_a_checksum_is_merged_only_if_its_lines_are_sound(
    tmp_path: Path,
    captures: list[Capture],
    open_writer: Callable[..., ArchiveWriter],
    exchange: Callable[..., Exchange],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(merged_files, "_LEAST", 1 << 20)  # the next addition is merged with it
    [path] = cdxj(tmp_path)
    old = path.rename(path.with_name("00000001-00000003.cdxj"))  # as release 0.2 named it
    content = old.read_bytes()
    recover(tmp_path)
    assert old.read_bytes() == content
    old.write_bytes(content.replace(b'{"date"', b'{"dame"', 1).replace(b'"url"', b'"uxl"', 1))
    with open_writer() as writer:
        writer.write(exchange(url="http://news.example/new"))
    assert errors(tmp_path) == [] and not old.exists()


@pytest.mark.parametrize("running", [False, True])
def test_R12_the_index_command_makes_all_of_the_index_again(
    tmp_path: Path, captures: list[Capture], running: bool, open_writer: Callable[..., ArchiveWriter]
) -> None:
    lines = [bytes(line) for line in Index(tmp_path).iterate()]
    spoil(cdxj(tmp_path)[0])
    if running:  # a run keeps its digests
        open_writer()
        before = (tmp_path / "index" / "digests.sqlite").stat().st_ino
    else:
        swap_pages(tmp_path / "index" / "digests.sqlite")
    assert main(["index", str(tmp_path)]) == 0
    assert [bytes(line) for line in Index(tmp_path).iterate()] == lines
    if running:
        assert (tmp_path / "index" / "digests.sqlite").stat().st_ino == before
    assert errors(tmp_path) == []
