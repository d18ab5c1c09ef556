"""Run a job's spider with Scrapy to its end: a configuration goes in, a report and an exit code come out."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import resource
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings

from archive import stop_calls
from crawler.capture import recorder_of
from crawler.config import Config
from crawler.errors import Locked, StorageFailed
from crawler.run.job import Job, RunOptions
from crawler.run.notification import notify
from crawler.run.report import Report
from crawler.run.summary import problems, summary
from crawler.sandbox.pool import Workers
from crawler.settings import configured
from crawler.spiders.press import PressSpider
from crawler.spiders.refetch import RefetchSpider
from crawler.store.data_folder import Layout
from crawler.store.frontier import copy_frontier
from crawler.store.visits import Visit
from crawler.terminal import Meter, log_to_stderr, say, voice

SPIDERS: dict[str, type[PressSpider]] = {"crawl": PressSpider, "refetch": RefetchSpider}
LEAST_FILES = 128
"""Open files that a run needs for 32 requests, kept connections and the stores; 4 requests needed 32 (2026-11)."""
MOST_FILES = 65_536
"""Open files to ask the system for: connections to many hosts are kept open for a while."""
LOCK_POLL = 0.2
"""Seconds between two tries to get the lock (`refetch --wait`)."""
MOST_LISTED = 100_000
"""Most articles that a dry run lists."""


def run_job(
    config: Config,
    options: RunOptions,
    command: str,
    workers: Workers,
    *,
    wait: float = 0.0,
    after: Callable[[Job], None] | None = None,
) -> int:
    """Run a command's spider, write and print the report; return the exit code.

    `wait`: seconds to wait while another run has locked the data folder. `after` is called while the stores are open.
    """
    with open_job(config, options, command, wait) as job:
        crawl(job, SPIDERS[command], workers=workers)
        if after is not None and job.report.fatal is None:
            after(job)
        try:
            job.merge_files()
            job.publish()
            job.write_report()
        except StorageFailed as error:
            job.report.fatal = job.report.fatal or error
        if config.metrics.textfile and command == "crawl":
            _tell_metrics(job)
    _sum_up(job)
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _exit_at_once)  # the run is over, its report is written
    notify(config.notify, job.report.content(job.clock()))
    return job.report.exit_code


def _tell_metrics(job: Job) -> None:
    from crawler.run.metrics import write_metrics  # 0.1 s, which only [metrics] should cost

    try:
        write_metrics(job)
    except StorageFailed as error:
        say(f"metrics not written: {error}", logging.WARNING)  # the run itself went as its report says


def _sum_up(job: Job) -> None:
    """Say what the run did; with -q only what is not well."""
    if voice().verbosity < 0:
        for line in problems(job.report):
            say(job.redactor.text(line), logging.WARNING)
        return
    listed = voice().watched and not voice().verbosity  # else the log has each failure already
    for line in summary(job.report, job.layout.runs, listed=listed):
        say(job.redactor.text(line))


def dry_run(config: Config, options: RunOptions, workers: Workers) -> tuple[list[Visit], Report]:
    """Read the sources but fetch no article; return the visits that a run would make, and the report.

    Everything is written to a temporary folder. The data folder is only read.
    """
    layout = Layout(config.crawl.data, config.posts.folder, config.posts.withdrawn)
    with TemporaryDirectory(prefix="warcpress-") as folder:
        temporary = config.thrown_away(Path(folder))
        copy_frontier(layout.frontier, Layout(temporary.crawl.data).frontier)
        with open_job(temporary, replace(options, limit=0), "crawl --dry-run") as job:
            crawl(job, PressSpider, workers=workers)
            return job.frontier.due(job.sources, options.limit or MOST_LISTED), job.report


def open_job(config: Config, options: RunOptions, command: str, wait: float = 0.0) -> Job:
    """Open a job; Locked when another run still has the data folder after `wait` seconds.

    The refused starts of `crawl`, which timers start, are counted.
    """
    allow_files()
    deadline = time.monotonic() + wait
    while True:
        job = Job(config, options, command)
        try:
            job.open()
            return job
        except Locked as error:
            if time.monotonic() >= deadline:
                if command != "crawl":
                    raise
                raise job.layout.lock().refused(error, config.limits.run_seconds) from None
            time.sleep(LOCK_POLL)


def allow_files() -> None:
    """Raise this process's limit of open files as far as allowed; StorageFailed when that is too low for a run.

    A limit that is too low would make connections and archive files fail one by one.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    if most < LEAST_FILES:
        raise StorageFailed(
            f"this process may open {most} files, a run needs {LEAST_FILES}; raise the limit with `ulimit -n`"
        )


def crawl(
    job: Job,
    spider: type[PressSpider],
    overrides: Mapping[str, Any] | None = None,
    listen: Callable[[Crawler], None] = lambda crawler: None,
    workers: Workers | None = None,
) -> None:
    """Run the spider to its end; only once per process, because Twisted's reactor can't restart.

    `listen` may connect to the crawler's signals before it starts. `workers`: that may have been started before; else
    the spider makes its own. ConfigError when the settings would let requests bypass address guard or capture.
    """
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    # No SPIDER_MODULES: Scrapy would import all spiders, and with `add` the extractors: 0.4 s.
    ours = {"WARCPRESS_CONFIG": "", "SPIDER_MODULES": []}
    settings.setdict({**configured(job.config), **(overrides or {}), **ours}, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    log_to_stderr(job.redactor)
    crawler = process.create_crawler(spider)
    listen(crawler)
    with Meter(len(job.options.urls) or None) as meter:
        job.on_outcome = meter.settled
        job.on_total = meter.expect if voice().watched else None
        crawler.signals.connect(_settle, signals.engine_started)
        running = process.crawl(crawler, job=job, workers=workers)
        _on_signals(job.report, process, crawler, running)
        process.start(install_signal_handlers=False)
    running.result()  # raises the error if the spider could not start
    job.report.fatal = recorder_of(crawler).failure or job.report.fatal
    job.report.safe = recorder_of(crawler).writer.stored


def _settle() -> None:
    """Let the garbage collector skip what is loaded now, and look for garbage less often.

    As Python sets it, it takes 0.9 ms a page; so, 0.1 ms, for 3 MB more (800 pages of 86 KB, 2026-11). What is large
    does not wait for it: `capture.Pressure` collects when bodies fill the memory that they may take.
    """
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


def _on_signals(report: Report, process: AsyncCrawlerProcess, crawler: Crawler, running: asyncio.Future[None]) -> None:
    """Handle SIGINT and SIGTERM: the first drains and seals, the second exits at once; the next run then recovers.

    The first also ends a call to a time-stamping authority, which blocks everything else; the next run then seals.
    """
    loop = asyncio.get_event_loop()

    async def stop() -> None:
        # Scrapy ignores a stop while it starts, and then never ends (2.19; 0.3 s, or many under load).
        while not running.done() and not (crawler.crawling and crawler.engine and crawler.engine.running):
            await asyncio.sleep(0.02)
        await process.stop()

    def drain() -> None:
        say(f"{report.stopped}: finishing what is under way; once more to stop at once", logging.WARNING)
        stopping.append(asyncio.ensure_future(stop()))

    def first(number: int, _frame: object) -> None:
        report.stopped = signal.Signals(number).name
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, _exit_at_once)
        stop_calls(report.stopped, number)
        loop.call_soon_threadsafe(drain)  # the signal may have interrupted a write to the same stream

    stopping: list[asyncio.Future[None]] = []
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, first)


def _exit_at_once(number: int, _frame: object) -> None:
    os._exit(128 + number)
