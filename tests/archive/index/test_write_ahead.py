"""R1: a database in WAL mode on a disk that fills up gives an error, never a signal."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from small_disk import ext4

from archive import open_read_only, open_to_write

WRITER = """
import os, sqlite3, sys
from pathlib import Path
from archive import open_to_write
try:
    db = open_to_write(Path(sys.argv[1]), durable=False)
    db.execute("CREATE TABLE IF NOT EXISTS t (k PRIMARY KEY, v)")
    while True:
        db.execute("INSERT INTO t VALUES (?, ?)", (os.urandom(16), b"x" * 300))
except sqlite3.Error as error:
    sys.exit(4 if "full" in str(error) else f"{error!r}")
"""
READER = """
import sqlite3, sys
from pathlib import Path
from archive import open_read_only
try:
    open_read_only(Path(sys.argv[1])).execute("SELECT count(*) FROM t").fetchone()
except sqlite3.Error:  # also for want of a database: the writer may have found no room for one
    sys.exit(4)
"""


def ended(program: str, path: Path) -> int:
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, check=False)
    assert done.returncode in (0, 4), (done.returncode, done.stderr)
    return done.returncode


def fill_up(folder: Path, rooms: range) -> None:
    for room in rooms:
        with ext4(folder, 2 << 20, room << 10) as place:
            assert ended(WRITER, place / "a.sqlite") == 4
            ended(READER, place / "a.sqlite")
            assert ended(WRITER, place / "a.sqlite") == 4


def test_R1_a_database_on_a_disk_that_fills_up_gives_an_error(tmp_path: Path) -> None:
    fill_up(tmp_path, range(20, 80, 10))


@pytest.mark.torture
def test_R1_a_database_on_a_disk_with_any_room_gives_an_error(tmp_path: Path) -> None:
    fill_up(tmp_path, range(4, 200, 2))


def test_readers_go_on_while_a_database_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with closing(open_to_write(path, durable=True)) as writer:
        writer.execute("CREATE TABLE t (k)")
        with closing(open_read_only(path)) as reader:
            for number in range(5):
                writer.execute("INSERT INTO t VALUES (?)", (number,))
                assert reader.execute("SELECT count(*) FROM t").fetchone() == (number + 1,)


def test_the_mapped_file_is_allocated_and_the_locks_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with closing(open_to_write(path, durable=True)) as writer:
        writer.execute("CREATE TABLE t (k)")
        shared = path.with_name("a.sqlite-shm").stat()
        assert shared.st_size >= 64 << 10 and shared.st_blocks * 512 >= 64 << 10
        writer.execute("BEGIN IMMEDIATE")
        other = f"import sqlite3; sqlite3.connect({str(path)!r}, timeout=0).execute('BEGIN IMMEDIATE')"
        done = subprocess.run([sys.executable, "-c", other], capture_output=True, text=True, check=False)
        assert "database is locked" in done.stderr
        with pytest.raises(sqlite3.OperationalError, match="locked"), closing(sqlite3.connect(path, timeout=0)) as db:
            db.execute("BEGIN IMMEDIATE")
