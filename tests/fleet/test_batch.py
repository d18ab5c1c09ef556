"""`--files`: a command for each WARC file, on this machine's cores or on the queue."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fleets import Fleet, wait
from pages import PageServer, article
from postgres import Postgres
from warctext import request, response, warcinfo

from archive import Reader
from crawler.cli import main
from crawler.config import Shard
from crawler.errors import ConfigError
from crawler.fleet.commands import Batch, Command

SILENT = "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '5 minutes'"
PACE = 10
"""How much shorter the waits of the workers are: the second one would look for dead ones after a minute."""
SOUND = b"".join(map(gzip.compress, (warcinfo(), request(), response())))
CUT = SOUND[:-5]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with Postgres() as running:
        yield running


@pytest.fixture
def server() -> Iterator[PageServer]:
    with PageServer() as running:
        yield running


@pytest.fixture
def fleet(tmp_path: Path, server: PageServer) -> Fleet:
    """A fleet without shards, and files of somebody else."""
    (tmp_path / "warcs/old").mkdir(parents=True)
    (tmp_path / "reports").mkdir()
    (tmp_path / "warcs/a.warc.gz").write_bytes(SOUND)
    (tmp_path / "warcs/b.warc.gz").write_bytes(SOUND)
    (tmp_path / "warcs/old/a.warc.gz").write_bytes(CUT)
    return Fleet(tmp_path, server, shards=0)


def audit(*paths: Path) -> list[dict[str, Any]]:
    """Audit files by themselves; return the lines of the report."""
    command = [sys.executable, "-m", "archive", "audit", *map(str, paths), "--json", "-"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return [json.loads(line) for line in done.stdout.splitlines()]


def names(folder: Path) -> dict[str, str]:
    return dict(Batch.below([folder]).files)


def test_each_file_is_audited_by_itself_and_has_one_line(fleet: Fleet) -> None:
    warcs = fleet.folder / "warcs"
    (warcs / "c.warc.gz.open").write_bytes(SOUND)
    code, lines = fleet.run(
        *("worker", "--local", "2", "--files", "warcs", "--", "audit", "{file}", "--json", "reports/{name}.jsonl")
    )
    found = names(warcs)
    sound, other, cut = (found[str(warcs / name)] for name in ("a.warc.gz", "b.warc.gz", "old/a.warc.gz"))
    assert code == 1
    assert lines[0].startswith(f"left out: {warcs}/c.warc.gz.open: a writer has it still open")
    assert lines[-1] == "3 files: 2 with code 0, 1 with code 1"
    assert sorted(re.sub(r"\d+\.\d s", "0.0 s", line) for line in lines[1:-1]) == sorted(
        [f"{sound}: audit; code 0, 0.0 s", f"{other}: audit; code 0, 0.0 s", f"{cut}: audit; code 1, 0.0 s"]
    )
    assert other == "b.warc.gz" and re.fullmatch(r"a\.warc\.gz-[0-9a-f]{8}", sound) and sound != cut
    for path, name in found.items():
        report = (fleet.folder / "reports" / f"{name}.jsonl").read_text("utf-8")
        assert [json.loads(line) for line in report.splitlines()] == audit(Path(path))


def test_json_of_all_files_on_stdout_is_one_stream_of_lines(fleet: Fleet) -> None:
    process = fleet.start("worker", "--local", "2", "--files", *_globbed(fleet), "--", "audit", "{file}", "--json", "-")
    out, _err = process.communicate(timeout=120)
    lines = [json.loads(line) for line in out.splitlines()]
    assert process.returncode == 1 and sum("summary" in line for line in lines) == 3
    assert [(line["file"], line["check"]) for line in lines if line.get("severity") == "error"] == [
        (str(fleet.folder / "warcs/old/a.warc.gz"), 2)
    ]


def _globbed(fleet: Fleet) -> list[str]:
    return sorted(str(path.relative_to(fleet.folder)) for path in fleet.folder.glob("warcs/**/*.warc.gz"))


def test_an_import_without_a_data_folder_goes_into_a_shard(fleet: Fleet, server: PageServer) -> None:
    page = article("The story of alder.test", ["A paragraph, long enough to be one, with a comma in it."] * 5).encode()
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(page)
    for number in range(2):
        (fleet.folder / f"warcs/{number}.warc.gz").write_bytes(
            gzip.compress(response(3 + number, block=http + page, payload=page))
        )
    given = [str(path) for path in fleet.folder.glob("warcs/?.warc.gz") if path.name[0].isdigit()]
    fleet = Fleet(fleet.folder, server, shards=2)
    code, lines = fleet.run("worker", "--local", "2", "--files", *given, "--", "import", "{file}")
    assert code == 0 and lines[-1] == "2 files: 2 with code 0", lines
    held = [file for shard in fleet.folder.glob("data/shard-*") for file in Reader(shard).files()]
    assert sum("imported" in file for file in held) == 2
    listed = fleet.start("list").communicate(timeout=60)[0]
    assert listed.count("The story of alder.test") == 1


def test_an_import_into_a_folder_for_each_file(fleet: Fleet) -> None:
    code, lines = fleet.run(
        *("worker", "--local", "2", "--files", "warcs/a.warc.gz", "warcs/b.warc.gz"),
        *("--", "import", "{file}", "--data", "out/{name}"),
    )
    assert code == 0, lines
    assert sorted(path.name for path in (fleet.folder / "out").iterdir()) == ["a.warc.gz", "b.warc.gz"]


def test_workers_that_are_killed_or_stopped_leave_no_file_unaudited(fleet: Fleet, postgres: Postgres) -> None:
    fleet = Fleet(fleet.folder, fleet.server, shards=0, database=postgres.url)
    cut = names(fleet.folder / "warcs")[str(fleet.folder / "warcs/old/a.warc.gz")]
    reports = fleet.folder / "reports"
    os.mkfifo(held := reports / f"{cut}.jsonl")  # its audit waits until somebody reads the report
    words = ("enqueue", "--files", "warcs", "--", "audit", "{file}", "--json", f"{reports}/{{name}}.jsonl")
    assert fleet.run(*words) == (0, ["3 jobs queued"])
    assert fleet.run(*words) == (0, ["0 jobs queued; waiting already: 3"])
    killed = fleet.start("worker", "--at-once", "2", pace=PACE)
    wait(lambda: _left(postgres) == ["doing"])
    killed.kill()
    killed.communicate()
    postgres.rows(SILENT)
    stopped = fleet.start("worker", "--at-once", "2", pace=PACE)
    wait(lambda: _left(postgres) == ["failed", "doing"])
    stopped.send_signal(signal.SIGTERM)
    told = stopped.communicate(timeout=60)[1]
    assert stopped.returncode == 143 and f"{cut}: audit: queued again: its worker has not answered for 6 s" in told
    assert f"{cut}: audit; code 143, " in told and f"{cut}: audit: tried again in 6 s" in told
    held.unlink()
    postgres.rows("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
    code, lines = fleet.run("worker", "--once")
    assert code == 1 and len(lines) == 1 and lines[0].startswith(f"{cut}: audit; code 1, ")
    assert _left(postgres) == ["failed", "failed"]
    for path, name in names(fleet.folder / "warcs").items():
        report = (reports / f"{name}.jsonl").read_text("utf-8")
        assert [json.loads(line) for line in report.splitlines()] == audit(Path(path))


def _left(postgres: Postgres) -> list[str]:
    """Status of the jobs that have not ended well."""
    return [status for (status,) in postgres.rows("SELECT status::text FROM procrastinate_jobs ORDER BY id")]


def test_names_tell_files_apart_and_stay_when_others_are_there(tmp_path: Path) -> None:
    for name in ("x/a.warc", "y/a.warc", "y/b.WARC.GZ", "y/c.wacz", "y/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "y/gone.warc").symlink_to("nowhere")
    os.close(os.open(os.fsencode(tmp_path) + b"/y/\xff.warc", os.O_CREAT))
    batch = Batch.below([tmp_path / "x", tmp_path / "y", tmp_path / "y/b.WARC.GZ", tmp_path / "y/notes.txt"])
    found = {str(Path(path).relative_to(tmp_path)): name for path, name in batch.files.items()}
    assert list(found) == ["x/a.warc", "y/a.warc", "y/b.WARC.GZ", "y/c.wacz", "y/notes.txt"]
    assert [name for name in found.values() if "-" not in name] == ["b.WARC.GZ", "c.wacz", "notes.txt"]
    assert len(set(found.values())) == 5
    assert [line.rpartition("/y/")[2] for line in batch.left_out] == [
        "gone.warc: a link that leads nowhere",
        "\udcff.warc: the name has bytes that are not UTF-8; rename it",
    ]


def test_a_command_for_a_file_survives_the_queue(tmp_path: Path) -> None:
    (path := tmp_path / "{name} {file}.warc").touch()
    [command] = Batch.below([path]).commands(("audit", "{file}", "--json=r/{name}.jsonl"), 4)
    assert command.words == ("audit", str(path), f"--json=r/{path.name}.jsonl") and command.shard is None
    [imported] = Batch.below([path]).commands(("import", "{file}"), 4)
    assert imported.shard is not None and imported.lock == imported.shard.name and imported.name == path.name
    crawl = Command.for_shard(Shard(2, 3), ("export", "{shard}.csv"))
    assert crawl.words == ("export", "shard-2.csv")
    for one in (command, imported, crawl):
        assert Command.from_json(json.loads(json.dumps(one.as_json()))) == one


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("audit", "the command lacks {file}"),
        ("audit {file} --json report.jsonl", "--json report.jsonl is the same for every file; write {name} into it"),
        ("import {file} --data=out", "--data out is the same for every file; write {name} into it"),
        ("import {file}", "an import needs a data folder for each file: add `--data FOLDER/{name}`"),
    ],
)
def test_words_that_do_not_fit_several_files_are_refused(tmp_path: Path, words: str, told: str) -> None:
    (tmp_path / "a.warc").touch()
    with pytest.raises(ConfigError, match=re.escape(told)):
        Batch.below([tmp_path]).commands(words.split(), 0)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("worker --local 1 --files warcs", "--files needs a command: write `--files PATH -- audit {file}`"),
        ("worker --local 1 --files warcs -- crawl", "'crawl' is no command that can run for each file; known: audit"),
        ("worker --local 1 --files none -- audit {file}", "none: there is no such file or folder"),
        ("worker --local 1 --files reports -- audit {file}", "reports: no WARC files in it"),
        ("worker --files warcs -- audit {file}", "write `warcpress enqueue COMMAND …` for the workers"),
        ("enqueue --files warcs", "write the command to queue"),
        ("enqueue --files warcs -- audit {file}", "[fleet] database is empty"),
    ],
)
def test_what_is_missing_is_said_in_one_line(
    fleet: Fleet, words: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(fleet.folder)
    assert main(words.split()) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert told in line
