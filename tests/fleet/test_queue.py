"""`warcpress worker` with jobs from PostgreSQL: workers that die, freeze or lose it; commands for each shard."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fleets import HOSTS, Fleet, said, wait
from pages import PageServer
from postgres import PASSWORD, Postgres

from crawler.fleet import postgres as connection
from crawler.store.data_folder import Layout

SILENT = "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '5 minutes'"
"""Makes all workers look as if they had not answered for longer than their lease."""
PACE = 10
"""How much shorter the waits of a worker are that a test waits for."""


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with Postgres() as running:
        yield running


@pytest.fixture
def fleet(tmp_path: Path, postgres: Postgres) -> Iterator[Fleet]:
    postgres.rows("DROP SCHEMA public CASCADE")
    postgres.rows("CREATE SCHEMA public")
    with PageServer() as server:
        fleet = Fleet(tmp_path, server, database=postgres.url)
        yield fleet
        fleet.end()


def jobs(postgres: Postgres) -> list[tuple[Any, ...]]:
    """Status, lock and tries of all jobs that have not ended well."""
    return postgres.rows("SELECT status::text, lock, (args->>'tries')::int FROM procrastinate_jobs ORDER BY id")


def test_two_workers_share_the_shards_and_run_none_twice_at_once(fleet: Fleet, postgres: Postgres) -> None:
    workers = [fleet.start("worker", "--once", "--at-once", "2") for _ in range(2)]
    told = [worker.communicate(timeout=120)[1] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], told
    assert fleet.asked() == dict.fromkeys(HOSTS, 1) and jobs(postgres) == []
    assert sum(" new; code 0, " in line for line in "".join(told).splitlines()) == len(set(fleet.shard.values()))
    assert not any(PASSWORD in one for one in told)


def test_a_worker_waits_for_postgresql_and_its_children_go_on(fleet: Fleet, postgres: Postgres) -> None:
    released = fleet.hold("cedar.test")
    worker = fleet.start("worker", "--at-once", "3", pace=PACE)
    wait(lambda: "/1" in fleet.server.paths("cedar.test"))
    postgres.stop()
    released.set()
    told = said(worker, "can't be reached")
    wait(lambda: len(fleet.posts()) == len(HOSTS))
    postgres.start()
    wait(lambda: not any(status == "doing" for status, *_ in jobs(postgres)))
    worker.send_signal(signal.SIGTERM)
    err = told + worker.communicate(timeout=60)[1]
    assert worker.returncode == 143, err
    # Once for each time that it was away; on a busy machine a query may time out once more after its return.
    away = err.count("PostgreSQL of [fleet] database can't be reached: ")
    assert 1 <= away == err.count("PostgreSQL answers again\n"), err
    assert PASSWORD not in err and "Traceback" not in err
    assert fleet.asked() == dict.fromkeys(HOSTS, 1)


def test_the_job_of_a_worker_that_was_killed_is_queued_again(fleet: Fleet, postgres: Postgres) -> None:
    released = fleet.hold("cedar.test")
    worker = fleet.start("worker", "--at-once", "3", pace=PACE)
    wait(lambda: "/1" in fleet.server.paths("cedar.test"))
    child = fleet.child("cedar.test")
    worker.kill()
    worker.communicate()
    wait(lambda: not Path(f"/proc/{child}").exists())
    released.set()
    code, lines = fleet.run("worker", "--once", "--at-once", "3")
    assert code == 0 and not any("queued again" in line for line in lines), "its lease has not ended"
    postgres.rows(SILENT)
    code, lines = fleet.run("worker", "--once", "--at-once", "3")
    shard = fleet.name("cedar.test")
    assert f"{shard}: crawl --due: queued again: its worker has not answered for 60 s" in lines
    assert code == 0 and len(fleet.posts()) == len(HOSTS)
    assert {status for status, *_ in jobs(postgres)} <= {"failed"}


def test_a_worker_that_was_frozen_past_its_lease_harms_nothing(fleet: Fleet, postgres: Postgres) -> None:
    released = fleet.hold("cedar.test")
    worker = fleet.start("worker", "--at-once", "3", pace=PACE)
    wait(lambda: "/1" in fleet.server.paths("cedar.test"))
    shard = fleet.name("cedar.test")
    worker.send_signal(signal.SIGSTOP)
    postgres.rows(SILENT)
    code, lines = fleet.run("worker", "--once", "--at-once", "3")
    assert code == 3, lines  # its child lives on, and has the lock
    assert any(line.startswith(f"{shard}: ") and "another run holds this folder" in line for line in lines)
    released.set()
    wait(lambda: len(fleet.posts()) == len(HOSTS))
    worker.send_signal(signal.SIGCONT)
    said(worker, "the other workers have given up this one; it begins anew")
    assert fleet.run("enqueue", "status")[0] == 0
    said(worker, f"{shard}: status; code 0")
    worker.send_signal(signal.SIGTERM)
    err = worker.communicate(timeout=60)[1]
    assert worker.returncode == 143 and "Traceback" not in err, err
    code, lines = fleet.run("worker", "--once", "--at-once", "3")
    assert code == 0 and fleet.asked() == dict.fromkeys(HOSTS, 1), lines
    assert fleet.run("worker", "--local", "1", "audit")[0] == 0


def test_a_run_that_is_frozen_with_its_worker_is_killed(fleet: Fleet, postgres: Postgres) -> None:
    released = fleet.hold("cedar.test")
    worker = fleet.start("worker", "--at-once", "3", pace=PACE)
    wait(lambda: "/1" in fleet.server.paths("cedar.test"))
    child, shard = fleet.child("cedar.test"), fleet.name("cedar.test")
    for process in (worker.pid, child):
        os.kill(process, signal.SIGSTOP)
    postgres.rows(SILENT)
    released.set()
    code, lines = fleet.run("worker", "--once", "--at-once", "3")
    assert f"{shard}: killed process {child}, which was stopped and had the folder of a job that was given up" in lines
    assert code == 3 and len(fleet.posts()) == len(HOSTS)
    worker.send_signal(signal.SIGCONT)
    worker.send_signal(signal.SIGTERM)
    err = worker.communicate(timeout=60)[1]
    assert worker.returncode == 143 and f"{shard}: " in err and "code 137" in err and "Traceback" not in err
    assert fleet.run("worker", "--local", "2", "audit")[0] == 0


def test_a_run_that_is_frozen_when_a_year_begins_is_killed(fleet: Fleet, postgres: Postgres) -> None:
    toml = fleet.folder / "warcpress.toml"
    toml.write_text(toml.read_text().replace("[limits]", "yearly = true\n[limits]"))
    released, shard = fleet.hold("cedar.test"), fleet.name("cedar.test")
    worker = fleet.start("worker", "--at-once", "3", pace=PACE)
    wait(lambda: "/1" in fleet.server.paths("cedar.test"))
    [lock] = fleet.folder.glob(f"data/*/{shard}/.lock")
    child, present = int(lock.read_text().split()[0]), lock.parent.parent
    for process in (worker.pid, child):
        os.kill(process, signal.SIGSTOP)
    present.rename(present.with_name("2025"))  # it has been frozen since then
    postgres.rows(SILENT)
    released.set()
    code, lines = fleet.run("worker", "--once", "--at-once", "3")
    assert f"{shard}: killed process {child}, which was stopped and had the folder of a job that was given up" in lines
    assert code == 3 and (fleet.folder / f"data/2025/{shard}/LAYOUT").exists() and (present / shard / "LAYOUT").exists()
    assert len(list(fleet.folder.glob("data/*/shard-*/posts/*/**/*.md"))) == len(HOSTS)
    assert '"closed"' in (fleet.folder / f"data/2025/{shard}/LAYOUT").read_text()
    assert fleet.run("worker", "--local", "2", "audit")[0] == 0


def test_a_worker_whose_last_run_takes_longer_than_the_lease_is_not_given_up(fleet: Fleet, postgres: Postgres) -> None:
    released = fleet.hold("cedar.test")
    worker = fleet.start("worker", pace=PACE)
    wait(lambda: "/1" in fleet.server.paths("cedar.test"))
    worker.send_signal(signal.SIGTERM)
    said(worker, "waiting for 1 command to finish")
    beats: set[object] = set()

    def beaten() -> bool:
        beats.update(postgres.rows("SELECT last_heartbeat FROM procrastinate_workers"))
        return len(beats) > 3  # the last ones from before the signal may be among them

    wait(beaten)
    released.set()
    err = worker.communicate(timeout=60)[1]
    assert worker.returncode == 143, err


def test_a_job_whose_start_was_lost_is_queued_again(fleet: Fleet, postgres: Postgres) -> None:
    """PostgreSQL has given it to a worker, and went away before the worker got the answer."""
    released = fleet.hold("cedar.test")
    worker = fleet.start("worker", pace=PACE)
    wait(lambda: "/1" in fleet.server.paths("cedar.test"))
    shard = next(name for name in map(fleet.name, HOSTS) if name != fleet.name("cedar.test"))
    lost = (
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = w.id FROM procrastinate_workers w WHERE lock = %s"
    )
    wait(lambda: postgres.rows(f"{lost} RETURNING lock", shard))
    told = said(worker, f"{shard}: crawl --due: queued again: PostgreSQL was away when it was to begin\n")
    assert told.count("queued again") == 1, "the job that runs is not given up"
    released.set()
    wait(lambda: len(fleet.posts()) == len(HOSTS))
    worker.send_signal(signal.SIGTERM)
    assert (worker.communicate(timeout=60)[1], worker.returncode)[1] == 143


def test_a_worker_that_freezes_in_a_transaction_keeps_the_others_waiting_only_for_a_while(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(connection, "IDLE", 1)
    monkeypatch.setattr(connection, "SECONDS", 1)
    postgres.rows("CREATE TABLE rows AS SELECT 1 AS number")
    waited: list[float] = []

    class Freezing(connection.Postgres):
        """A connector that freezes once, between a statement and its commit."""

        @asynccontextmanager
        async def _get_cursor(self, connection: Any = None) -> AsyncIterator[Any]:
            async with super()._get_cursor(connection) as cursor:
                yield cursor
                if not waited:
                    before = time.monotonic()
                    postgres.rows("UPDATE rows SET number = number + 1")
                    waited.append(time.monotonic() - before)

    async def work() -> None:
        connector = Freezing(postgres.url, asyncio.Event(), patient=True)
        async with connector.connected():
            await connector.execute_query_async("UPDATE rows SET number = number + 10")

    asyncio.run(work())
    assert 0.5 < waited[0] < 30
    assert postgres.rows("SELECT number FROM rows") == [(12,)], "the statement was rolled back, and done again"
    assert "terminating connection due to idle-in-transaction timeout" in capsys.readouterr().err


def put(postgres: Postgres, status: str, arguments: dict[str, Any]) -> None:
    """Add a job as another release, or a worker with another configuration, has left it."""
    columns = "(queue_name, task_name, lock, args, status)"
    values = f"('warcpress', 'warcpress', 'shard-1', '{json.dumps(arguments)}', '{status}')"
    postgres.rows(f"INSERT INTO procrastinate_jobs {columns} VALUES {values}")


def test_jobs_of_another_release_or_of_another_number_of_shards_are_dropped(fleet: Fleet, postgres: Postgres) -> None:
    assert fleet.run("enqueue", "crawl", "--limit", "0")[0] == 0  # makes the tables
    postgres.rows("DELETE FROM procrastinate_jobs")
    put(postgres, "doing", {"number": 1, "of": 3, "words": ["crawl", "--due"]})
    crawl = {"words": ["crawl", "--due"], "name": "shard-1", "lock": "shard-1", "file": False, "shard": "1/7"}
    put(postgres, "todo", {"command": crawl})
    code, lines = fleet.run("worker", "--once")
    assert code == 0 and fleet.asked() == dict.fromkeys(HOSTS, 1)
    assert any(line.endswith(" is dropped: another release of warcpress wrote it") for line in lines), lines
    assert "shard-1: a crawl of shard 1/7 is dropped: [fleet] shards is 3 now" in lines
    assert [status for status, *_ in jobs(postgres)] == ["failed"]


def test_commands_are_queued_once_for_each_shard(fleet: Fleet, postgres: Postgres) -> None:
    assert fleet.run("worker", "--local", "2", "--once")[0] == 0
    count = len(set(fleet.shard.values()))
    target = str(fleet.folder / "{shard}.json")
    assert fleet.run("enqueue", "audit", "--json", target) == (0, [f"{count} jobs queued"])
    assert fleet.run("enqueue", "audit", "--json", target) == (0, [f"0 jobs queued; waiting already: {count}"])
    code, lines = fleet.run("worker", "--once", "--at-once", "2")
    assert code == 0 and jobs(postgres) == [], lines
    summaries = [json.loads(path.read_text().splitlines()[-1]) for path in fleet.folder.glob("shard-*.json")]
    assert len(summaries) == count and all("summary" in one for one in summaries)


def test_a_command_that_finds_the_folder_locked_is_tried_again(fleet: Fleet, postgres: Postgres) -> None:
    assert fleet.run("worker", "--local", "2", "--once")[0] == 0
    shard = fleet.name("cedar.test")
    with Layout(fleet.folder / "data" / shard).lock():
        fleet.run("enqueue", "render")
        code, lines = fleet.run("worker", "--once", "--at-once", "3")
    assert code == 3 and f"{shard}: render: tried again in 60 s" in lines
    assert ("todo", shard, 1) in jobs(postgres) and ("failed", shard, 0) in jobs(postgres)


def test_faults_are_one_line_without_the_password(fleet: Fleet, postgres: Postgres, tmp_path: Path) -> None:
    fleet.environment = {**fleet.environment, "FLEET_DATABASE": postgres.url.replace(str(postgres.port), "9")}
    code, lines = fleet.run("worker", "--once")
    assert code == 4 and len(lines) == 1 and "PostgreSQL of [fleet] database can't be reached: " in lines[0]
    fleet.environment = {**fleet.environment, "FLEET_DATABASE": f"postgresql://{PASSWORD}@h:port:1/x?what=1"}
    code, more = fleet.run("worker", "--once")
    assert code == 2 and len(more) == 1 and "[fleet] database is no address of a PostgreSQL database" in more[0]
    assert PASSWORD not in lines[0] + more[0]
    code, lines = fleet.run("worker", "audit")
    assert code == 2 and "`warcpress enqueue COMMAND …`" in lines[0]
    (tmp_path / "warcpress.toml").write_text("[fleet]\nshards = 2\n")
    code, lines = fleet.run("worker")
    assert code == 2 and "[fleet] database is empty" in lines[0]
