"""The queue of a fleet in PostgreSQL, by procrastinate: on all machines together, one job at a time for each shard.

A job is a command for a shard or a file. A worker that is alive says so every `BEAT` seconds; the jobs of one that
has not for `LEASE` seconds are queued again. It may live on all the same: the lock of the data folder keeps two runs
apart, and two audits of one file write the same report.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from logging import INFO, WARNING
from pathlib import Path
from typing import Any

from procrastinate import App, JobContext, exceptions
from procrastinate.jobs import Job, Status
from procrastinate.worker import Worker as Engine

from crawler.config import Shard
from crawler.errors import StorageFailed
from crawler.fleet.children import kill_stopped
from crawler.fleet.commands import CRAWL, Command
from crawler.fleet.postgres import SECONDS, Postgres
from crawler.fleet.worker import PAUSE, Worker
from crawler.terminal import say

NAME = "warcpress"
"""Name of the queue, and of the only task in it."""
BEAT = 10.0
LEASE = 60.0
POLL = 5.0
"""Seconds after which a worker that is free looks for a job again."""
MOST_TRIES = 5
"""Tries of a command that is no crawl of what is due, which the next tick queues anyway."""
KEPT_HOURS = 7 * 24
"""Hours for which the rows of failed jobs are kept."""
LOCKED = 3
AGAIN = (LOCKED, 4)
"""Exit codes of a command that is tried again, like one that was killed: the folder was locked, or storage failed."""


class Unfinished(Exception):
    """A command did not come to its end."""


class Queue:
    """The jobs of a fleet: queues them, and runs them with a worker of this process."""

    def __init__(self, connector: Postgres, worker: Worker, folders: Callable[[Shard], Iterable[Path]]) -> None:
        """`folders` returns the data folders of a shard: each year may have one."""
        for name in ("procrastinate", "asyncio"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # our own lines say what matters
        self._connector, self._worker, self._folders = connector, worker, folders
        self._app = App(connector=connector)
        self._manager = self._app.job_manager
        self._task: Any = self._app.task(name=NAME, queue=NAME, pass_context=True)(self._run)
        self._running: set[int] = set()
        self._suspects: set[int] = set()
        self._count = self._shards = 0

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Have the queue open while inside; its tables are made if they are missing."""
        async with self._connector.connected():
            if not await self._app.check_connection_async():
                with suppress(exceptions.ConnectorException):  # another worker was faster
                    await self._app.schema_manager.apply_schema_async()
                if not await self._app.check_connection_async():
                    raise StorageFailed(
                        "the tables of the queue can't be made; give the user of [fleet] database CREATE"
                    )
            yield

    async def put(self, command: Command, *, tries: int = 0) -> bool:
        """Queue a command; return False when it is waiting already. Further `tries` wait a little."""
        later = {"schedule_in": {"seconds": int(PAUSE)}} if tries else {}
        with suppress(exceptions.AlreadyEnqueued):
            await self._deferrer(command, **later).defer_async(tries=tries)
            return True
        return False

    def _deferrer(self, command: Command, **more: Any) -> Any:
        """Make what queues a job: of those with one lock one runs at any time, and of the same command one waits."""
        return self._task.configure(
            lock=command.lock, queueing_lock=command.digest, task_kwargs={"command": command.as_json()}, **more
        )

    async def _run(self, context: JobContext, /, command: dict[str, Any], tries: int = 0, **_: Any) -> None:
        """Run a job; its failure raises Unfinished."""
        one, job = Command.from_json(command), context.job.id or 0
        if one.words == CRAWL and one.shard and self._shards not in (0, one.shard.of):
            say(f"{one.name}: a crawl of shard {one.shard} is dropped: [fleet] shards is {self._shards} now", WARNING)
            return
        self._running.add(job)
        try:
            code = await self._worker.run(one)
            if code == LOCKED and one.shard and (process := kill_stopped(self._folders(one.shard), one.shard)):
                told = f"killed process {process}, which was stopped and had the folder of a job that was given up"
                say(f"{one.name}: {told}", WARNING)
                code = await self._worker.run(one)
        finally:
            self._running.discard(job)
        self._count += 1
        if code not in AGAIN and code < 128:
            return
        if one.words != CRAWL and tries + 1 < MOST_TRIES:
            say(f"{one.name}: {one.title}: tried again in {PAUSE:.0f} s", WARNING)
            await self.put(one, tries=tries + 1)
        raise Unfinished(code)

    async def work(self, shards: Sequence[Shard], at_once: int, *, once: bool) -> None:
        """Run jobs, `at_once` at a time, until a signal comes; with `once`, until none is left that can run now."""
        engine: Any = Engine(  # its methods are not typed
            self._app,
            queues=[NAME],
            concurrency=at_once,
            wait=not once,
            fetch_job_polling_interval=POLL,
            listen_notify=False,  # one connection less
            delete_jobs="successful",
            install_signal_handlers=False,
            update_heartbeat_interval=BEAT,
            stalled_worker_timeout=LEASE,
        )
        stop = asyncio.create_task(self._worker.stopping.wait())
        stop.add_done_callback(lambda _: engine.stop())
        self._shards = len(shards)
        beating = asyncio.create_task(self._beat(engine))
        keeper = asyncio.create_task(self._keep(engine, shards, once=once))
        if once:
            await keeper
        else:
            keeper.add_done_callback(lambda _: engine.stop())  # only an error ends it
        count = -1
        while not self._worker.stopping.is_set() and not (count == self._count if once else keeper.done()):
            count = self._count  # with `once`, what has become free meanwhile is for another turn
            try:
                await engine.run()
            except exceptions.ConnectorException:
                say("the other workers have given up this one; it begins anew", WARNING)
                await self._worker.sleep(SECONDS)
        stop.cancel()
        beating.cancel()
        if not keeper.cancel() and not self._worker.stopping.is_set():
            keeper.result()

    async def _beat(self, engine: Any) -> None:
        """Say that this worker lives while its last runs finish, when procrastinate no longer does."""
        await self._worker.stopping.wait()
        while True:
            with suppress(StorageFailed):  # PostgreSQL is away; the end of the runs will say so
                if engine.worker_id is not None:
                    await self._manager.update_heartbeat(engine.worker_id)
            await asyncio.sleep(BEAT)

    async def _keep(self, engine: Any, shards: Sequence[Shard], *, once: bool) -> None:
        """Queue the crawls of all shards, once in `PAUSE` seconds whoever does it; rescue the jobs of dead workers."""
        while True:
            with suppress(exceptions.ConnectorException):
                if (
                    once or time.monotonic() - self._connector.since > 2 * BEAT
                ):  # else others have had no chance to beat
                    await self._rescue(engine)
                for shard in shards:
                    await self._tick(shard, once=once)
                await self._manager.delete_old_jobs(KEPT_HOURS, include_failed=True, include_aborted=True)
            if once:
                return
            await asyncio.sleep(PAUSE - time.time() % PAUSE)

    async def _tick(self, shard: Shard, *, once: bool) -> None:
        crawl = Command.for_shard(shard, CRAWL)
        if once:
            await self.put(crawl)
            return
        slot = int(time.time() // PAUSE * PAUSE)
        job = self._deferrer(crawl).make_new_job(timestamp=slot)
        with suppress(exceptions.AlreadyEnqueued):
            await self._manager.defer_periodic_job(job, periodic_id=shard.name, defer_timestamp=slot)

    async def _rescue(self, engine: Any) -> None:
        """Queue again the jobs of workers that are silent, and those whose start was lost on the way to this one."""
        for job in await self._manager.get_stalled_jobs(queue=NAME, seconds_since_heartbeat=LEASE):
            await self._give_up(job, f"its worker has not answered for {LEASE:.0f} s")
        if engine.worker_id is not None:
            mine = await self._manager.list_jobs_async(
                queue=NAME, status=Status.DOING.value, worker_id=engine.worker_id
            )
            idle = {job.id: job for job in mine if job.id is not None and job.id not in self._running}
            for number in self._suspects & set(idle):
                await self._give_up(idle[number], "PostgreSQL was away when it was to begin")
            self._suspects = set(idle)

    async def _give_up(self, job: Job, why: str) -> None:
        try:
            command = Command.from_json(job.task_kwargs["command"])  # type: ignore[arg-type]
        except (KeyError, TypeError, ValueError):
            await self._manager.finish_job(job, Status.FAILED, delete_job=False)
            say(f"job {job.id} of the queue is dropped: another release of warcpress wrote it", WARNING)
            return
        with suppress(exceptions.ConnectorException):  # it has ended, or another worker was faster
            await self._manager.finish_job(job, Status.FAILED, delete_job=False)
            await self.put(command)
            say(f"{command.name}: {command.title}: queued again: {why}", INFO)
