"""Each kind of write to a data folder: a process whose lock another one has taken ends before it, with code 4."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
from pathlib import Path

from archive.index.digests import Digests
from crawler.store.data_folder import Layout
from crawler.store.database import Database, Schema
from crawler.store.files import remove_file, write_file
from crawler.store.lock import FencedDisk, Lock

WORDS = Schema("words", "CREATE TABLE words (word TEXT)", ())
folder, site = Path("data"), Path("site")
Layout(folder).prepare()
Lock(folder).__enter__()
write_file(site, "old.md", b"old")
database = Database(folder / "search.sqlite", WORDS, "", durable=False)
database.run("INSERT INTO words VALUES ('held')")
disk = FencedDisk()
digests = Digests(folder, disk)
(folder / ".lock").unlink()
print("ready", flush=True)
sys.stdin.readline()
exec(sys.argv[1])
"""
INSERT = "database.run(\"INSERT INTO words VALUES ('lost')\")"
WRITES = [
    'write_file(site, "new.md", b"new")',
    'remove_file(site, "old.md")',
    INSERT,
    'database.run_many("INSERT INTO words VALUES (?)", [("lost",)])',
    f"with database.transaction(): {INSERT}",
    "database.close()",
    'digests.forget("sha256:0")',
    "digests.close()",
    'disk.create(folder / "warc/new.warc.gz.open")',
    'disk.rename(site / "old.md", site / "new.md")',
]


def everything(folder: Path) -> dict[str, bytes]:
    """Path of each file → its bytes, without what SQLite shares between processes."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith("-shm"))
    return {str(path): path.read_bytes() for path in files}


@pytest.mark.parametrize("write", WRITES)
def test_a_process_that_has_lost_its_folder_writes_nothing(tmp_path: Path, write: str) -> None:
    arguments = (sys.executable, "-c", PROGRAM, write)
    pipe = subprocess.PIPE
    with subprocess.Popen(arguments, cwd=tmp_path, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        before = everything(tmp_path)
        _out, err = process.communicate("go on\n", timeout=30)
    assert everything(tmp_path) == before
    assert process.returncode == 4
    assert err.startswith("warcpress: data/.lock: somebody removed this file while a run went on;")
