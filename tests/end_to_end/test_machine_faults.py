"""Faults of the machine that an unattended run survives or reports, other than a full disk.

Too few open files, no write access, a quota, missing or broken databases, clocks and zones, a second signal.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from pages import Answer, article

TEXT = ["The tram to the harbour runs every ten minutes again, the city's transport office said on Tuesday. " * 3] * 3
SOURCE = '[[source]]\nname = "tram"\nurls = ["http://tram.test/a", "http://tram.test/b"]\n'


@pytest.fixture
def tram(place, server):
    """Two articles, not fetched yet."""
    for name in "ab":
        server[f"tram.test/{name}"] = article(f"Tram runs again {name}", [f"{name}. {TEXT[0]}", *TEXT])
    place.configure(SOURCE)
    return place


def limited(which: int, most: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(which, (most, most))


def test_R2_too_few_open_files_stop_the_start(tram, server) -> None:
    done = tram.run("crawl", code=4, preexec_fn=limited(resource.RLIMIT_NOFILE, 40))
    assert done.err.count("\n") == 1 and "`ulimit -n`" in done.err, done.err
    assert server.asked == []


def test_R2_a_file_that_may_not_grow_stops_the_run(tram) -> None:
    def quota() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so the write fails, as with a quota
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    done = tram.run("crawl", code=4, preexec_fn=quota)
    assert "Traceback" not in done.err
    tram.run("crawl")
    assert len(tram.posts()) == 2


AS_NOBODY = """
import importlib.metadata, os, sys
import encodings.utf_8_sig, encodings.idna, crawler.cli.process, crawler.store.catalogue, rich.progress
from crawler.cli import main, parser
parser()  # imports every command: the interpreter's folders may be closed to others
importlib.metadata.metadata("scrapy")  # imports more of itself when it is first used
os.setegid(65534), os.seteuid(65534)
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="takes root to become somebody else")
def test_R2_C5_a_folder_of_somebody_else_stops_the_start_and_its_databases_are_closed(
    memory_path: Path, server, workplace
) -> None:
    memory_path.chmod(0o755)  # and it is outside pytest's folder, which other sessions of pytest close
    server["tram.test/a"] = article("Tram runs again", TEXT)
    tram = workplace(memory_path, server.port)
    tram.configure(SOURCE)
    tram.run("crawl")
    before = len(server.asked)

    def as_nobody(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", AS_NOBODY, *arguments]
        return subprocess.run(command, cwd=tram.folder, capture_output=True, text=True, timeout=60, check=False)

    done = as_nobody("crawl")
    assert done.returncode == 4 and done.stderr.count("\n") == 1 and "Permission denied" in done.stderr, done.stderr
    assert len(server.asked) == before
    for command in (["list"], ["rebuild", "--dry-run"], ["crawl", "--dry-run"]):
        done = as_nobody(*command)
        assert done.returncode == 4 and done.stderr.count("\n") == 1, done.stderr


def test_a_dry_run_reads_the_frontier_of_a_folder_with_uri_characters_in_its_name(tmp_path, server, workplace) -> None:
    folder = tmp_path / "100% #1?mode=rwc"
    folder.mkdir()
    tram = workplace(folder, server.port)
    server["tram.test/a"] = article("Tram runs again", TEXT)
    tram.configure(SOURCE.replace(', "http://tram.test/b"', ""))
    assert tram.run("crawl", "--dry-run").out == "tram  http://tram.test/a\n"
    tram.run("crawl")
    assert tram.run("crawl", "--dry-run").out == ""
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


@pytest.mark.parametrize("damage", ["deleted", "overwritten", "cut"])
def test_R4_a_catalogue_that_is_gone_or_broken_is_made_again_equal(tram, damage: str) -> None:
    tram.run("crawl")
    rows, posts, path = tram.catalogue(), tram.posts(), tram.data / "catalogue.sqlite"
    if damage == "deleted":
        path.unlink()
        tram.run("crawl")
        assert {name for name, _row in tram.catalogue()} == {name for name, _row in rows}
    else:
        content = bytearray(path.read_bytes())
        if damage == "overwritten":
            content[40:4096] = random.Random(4).randbytes(4056)
        path.write_bytes(content if damage == "overwritten" else content[: len(content) // 2 + 100])
        done = tram.run("crawl", code=4)
        assert "catalogue.sqlite: not a sound database" in done.err and "`warcpress rebuild`" in done.err
        assert done.err.count("\n") == 1, done.err
    tram.run("rebuild")
    kept = [row for row in tram.catalogue() if row in rows]
    assert kept == rows and tram.posts() == posts
    tram.run("audit")


def test_R4_a_lost_frontier_costs_fetching_again_but_no_second_copy(tram, server) -> None:
    tram.run("crawl")
    posts, asked = tram.posts(), len(server.asked)
    (tram.data / "frontier.sqlite").unlink()
    tram.run("crawl")
    assert len(server.asked) > asked and tram.posts() == posts
    captures = tram.last_run()["captures"]
    assert captures["revisits"] >= 2
    tram.run("audit")


WRITER = """
import sqlite3, sys
from pathlib import Path
from archive import Capture
from datetime import UTC, datetime
from crawler.store.catalogue import Catalogue
catalogue = Catalogue(Path(sys.argv[1]))
for number in range(10_000):
    name = f"<urn:uuid:{number:08d}>"
    catalogue.store([Capture(name, "response", "http://a/", datetime.now(UTC), "f", number, 1, 200, "", "")])
    print(name, flush=True)
"""


def test_R5_no_committed_row_is_lost_by_kill_9(memory_path: Path) -> None:
    said: list[str] = []
    path = memory_path / "catalogue.sqlite"
    for seed in range(3):
        program = WRITER.replace("range(10_000)", f"range({seed * 10_000}, {seed * 10_000 + 10_000})")
        process = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        said += [process.stdout.readline() for _ in range(random.Random(seed).randint(5, 60))]
        process.kill()
        said += [line for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
        process.wait()
        process.stdout.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        held = {row[0] for row in database.execute("SELECT record_id FROM captures")}
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert {line.strip() for line in said} <= held and len(said) > 15


IN_ONE_TRANSACTION = """
import sys, time
from pathlib import Path
from crawler.clock import utc_now
from crawler.store.frontier import Frontier
from crawler.items import Candidate
def renamed(source):
    for number in range(1500):  # 4.5 MB, more than SQLite holds in memory
        yield Candidate(f"http://a/{number}", source, section=source * 3000)
    if source == "s":
        print("under way", flush=True)
        time.sleep(60)
for source in "rs":
    Frontier(Path(sys.argv[1]), utc_now, {source}).add(renamed(source))
"""


def test_R5_a_kill_in_a_large_transaction_undoes_all_of_it(memory_path: Path) -> None:
    path = memory_path / "frontier.sqlite"
    process = subprocess.Popen([sys.executable, "-c", IN_ONE_TRANSACTION, str(path)], stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"under way\n"
    process.kill()
    process.wait()
    process.stdout.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT source, count(*) FROM articles GROUP BY source").fetchall() == [("r", 1500)]


def test_R6_the_machines_zone_is_in_no_post_name_or_record(tram) -> None:
    tram.run("crawl", env={**os.environ, "TZ": "Pacific/Chatham"})
    posts = tram.posts()
    tram.run("rebuild", env={**os.environ, "TZ": "America/St_Johns"})
    tram.run("audit", env={**os.environ, "TZ": "Australia/Lord_Howe"})
    assert tram.posts() == posts
    assert list(posts) == ["tram/2026/03/05-a.md", "tram/2026/03/05-b.md"]
    account = tram.last_run()
    assert account["started"].endswith("Z") and account["run"].startswith(account["started"][:4])


def test_R7_a_second_signal_ends_it_at_once_and_the_next_run_recovers(tram, server, until) -> None:
    slow = article("Tram runs again a", [f"a. {TEXT[0]}", *TEXT]).encode()
    server["tram.test/a"] = Answer(slow, headers={"Content-Type": "text/html"}, wait=20)
    run = tram.start("crawl")
    until(lambda: "/a" in server.paths("tram.test"))
    run.send_signal(signal.SIGTERM)
    until(lambda: b"once more to stop at once" in run.stderr.readline())
    run.send_signal(signal.SIGTERM)
    run.communicate(timeout=10)
    assert run.returncode == 143
    server["tram.test/a"] = slow.decode()
    done = tram.run("crawl")
    assert len(tram.posts()) == 2
    assert "left open by a run that died" in done.err or not list((tram.data / "warc").glob("*.torn"))
    tram.run("audit")
