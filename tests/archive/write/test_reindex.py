"""The index made again from the WARC files: on request, and by the next run when it is missing."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from archive import ArchiveWriter, Capture, Exchange, Index, recover
from archive.write.reindex import mend_index, reindex

NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\n\r\n"
CONDITIONAL = b'GET /a HTTP/1.1\r\nHost: news.example\r\nIf-None-Match: "1"\r\n\r\n'


@pytest.fixture
def captures(open_writer: Callable[..., ArchiveWriter], exchange: Callable[..., Exchange]) -> list[Capture]:
    """Two runs with a response, a revisit and a 304 each."""
    found = []
    for _ in range(2):
        writer = open_writer()
        found += [
            writer.write(exchange()),
            writer.write(exchange()),
            writer.write(exchange(NOT_MODIFIED, request=CONDITIONAL)),
        ]
        writer.close()
    return found


def test_an_index_made_again_is_the_same(tmp_path: Path, captures: list[Capture]) -> None:
    lines = [bytes(line) for line in Index(tmp_path).iterate()]
    shutil.rmtree(tmp_path / "index")
    made = reindex(tmp_path)
    assert (made.captures, made.damaged) == (len(captures), [])
    assert [bytes(line) for line in Index(tmp_path).iterate()] == lines


def test_a_sound_index_is_left_alone(tmp_path: Path, captures: list[Capture]) -> None:
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "index").rglob("*.cdxj")}
    assert mend_index(tmp_path) is None
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "index").rglob("*.cdxj")} == before
    assert mend_index(tmp_path / "nothing") is None


@pytest.mark.parametrize("lost", ["*.cdxj", "unchanged/*.cdxj"])
def test_W8_the_next_run_makes_a_lost_index_again(tmp_path: Path, captures: list[Capture], lost: str) -> None:
    lines = [bytes(line) for line in Index(tmp_path).iterate()]
    for path in (tmp_path / "index").glob(lost):
        path.unlink()
    assert recover(tmp_path) == []
    assert [bytes(line) for line in Index(tmp_path).iterate()] == lines


def test_an_index_with_a_missing_file_is_made_again(tmp_path: Path, captures: list[Capture]) -> None:
    lines = [bytes(line) for line in Index(tmp_path).iterate()]
    [path] = (tmp_path / "index").glob("*.cdxj")
    path.rename(path.with_name("00000003-00000004.cdxj"))
    assert not Index(tmp_path).sound()
    made = mend_index(tmp_path)
    assert made is not None and made.captures == len(captures)
    assert [bytes(line) for line in Index(tmp_path).iterate()] == lines
    assert mend_index(tmp_path) is None
