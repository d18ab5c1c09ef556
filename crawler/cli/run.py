"""One run from its first line to its last: open the stores, run the spider, write and summarise the report, notify."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import signal
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings

from crawler.capture import recorder_of
from crawler.config import Config, Notify
from crawler.errors import Locked, StorageFailed
from crawler.items import Outcome
from crawler.run.job import Job, RunOptions
from crawler.run.report import Report
from crawler.settings import configured
from crawler.spiders.press import PressSpider
from crawler.spiders.refetch import RefetchSpider
from crawler.store.data_folder import Layout
from crawler.store.frontier import Visit
from crawler.terminal import Meter, log_to_stderr, on_terminal, say

SPIDERS: dict[str, type[PressSpider]] = {"crawl": PressSpider, "refetch": RefetchSpider}
SHOWN = 20
"""Failures in the summary; the run file has all."""
LEAST_FILES = 128
"""Open at once: 32 requests, their kept connections, the stores; 32 were just enough for 4 at a time (2026-11)."""
MOST_FILES = 65_536
"""Asked for where the machine allows it: connections to many hosts are kept open for a while."""
LOCK_POLL = 0.2
"""Seconds between two tries to get the lock (`refetch --wait`)."""


def run_job(
    config: Config, options: RunOptions, command: str, *, wait: float = 0.0, after: Callable[[Job], None] | None = None
) -> int:
    """Runs and returns the exit code. `after` is called with the stores still open."""
    with open_job(config, options, command, wait) as job:
        crawl(job, SPIDERS[command])
        if after is not None and job.report.fatal is None:
            after(job)
        try:
            job.write_report()
        except StorageFailed as error:
            job.report.fatal = job.report.fatal or error
    for line in summary(job, listed=on_terminal()):
        say(job.redactor.text(line))
    notify(config.notify, job.report.content(job.clock()))
    return job.report.exit_code


def allow_files() -> None:
    """Raises the process's limit of open files as far as it may. StorageFailed when a run can't do with it (THREATS
    R2): its connections would fail one by one, and its files with them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    if most < LEAST_FILES:
        raise StorageFailed(f"this process may open {most} files, a run takes {LEAST_FILES}; raise it with `ulimit -n`")


def open_job(config: Config, options: RunOptions, command: str, wait: float = 0.0) -> Job:
    """The job, its lock taken; Locked after `wait` seconds of another run's holding it."""
    allow_files()
    deadline = time.monotonic() + wait
    while True:
        job = Job(config, options, command)
        try:
            job.open()
            return job
        except Locked:
            if time.monotonic() >= deadline:
                raise
            time.sleep(LOCK_POLL)


def crawl(
    job: Job,
    spider: type[PressSpider],
    overrides: Mapping[str, Any] | None = None,
    listen: Callable[[Crawler], None] = lambda crawler: None,
) -> None:
    """Runs the spider to its end. Once per process: Twisted's reactor does not start again. `listen`: may connect to
    the crawler's signals before it starts. ConfigError when something would be fetched without guard or capture."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    settings.setdict({**configured(job.config), **(overrides or {}), "WARCPRESS_CONFIG": ""}, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    log_to_stderr(logging.WARNING if on_terminal() else logging.INFO, job.redactor)
    crawler = process.create_crawler(spider)
    listen(crawler)
    with Meter(job.options.limit or len(job.options.urls) or None) as meter:
        job.on_outcome = meter.settled
        running = process.crawl(crawler, job=job)
        _on_signals(job.report, process)
        process.start(install_signal_handlers=False)
    running.result()  # what kept the spider from starting
    job.report.fatal = recorder_of(crawler).failure or job.report.fatal
    job.report.safe = recorder_of(crawler).writer.stored


def _on_signals(report: Report, process: AsyncCrawlerProcess) -> None:
    """The first SIGINT or SIGTERM drains and seals; the second ends at once and leaves the rest to the next start."""
    loop = asyncio.get_event_loop()

    def drain() -> None:
        say(f"{report.stopped}: finishing what is under way; once more to stop at once")
        stopping.append(asyncio.ensure_future(process.stop()))

    def first(number: int, _frame: object) -> None:
        report.stopped = signal.Signals(number).name
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, second)
        loop.call_soon_threadsafe(drain)  # a handler may stand in the middle of a write to the same stream

    def second(number: int, _frame: object) -> None:
        os._exit(128 + number)

    stopping: list[asyncio.Future[None]] = []
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, first)


def summary(job: Job, *, listed: bool) -> list[str]:
    """What the run did, for a person. `listed`: with each failure; a log has had them as they came."""
    report = job.report
    counts = ", ".join(f"{report.outcomes[name]} {name}" for name in Outcome if report.outcomes[name]) or "none"
    lines = [
        f"articles: {counts}",
        f"candidates: {report.candidates['seen']} seen, {report.candidates['added']} not known before",
        f"images: {report.images['fetched']} fetched, {report.images['known']} known, {report.images['missing']} missing",
        f"captures: {report.exchanges} exchanges, {report.revisits} of them revisits, {report.bytes_stored:,} bytes",
    ]
    lines += [f"recovered: {row.file}: {row.message}" for row in report.recovered]
    if listed:
        lines += [f"source {row.source} could not be read: {row.message}" for row in report.unread_sources]
        lines += [row.message for row in report.spent]
        lines += [f"{row.outcome}: {row.message}" for row in report.failures[:SHOWN]]
        if len(report.failures) > SHOWN:
            lines.append(f"… and {len(report.failures) - SHOWN} more in the run file")
    elif report.unread_sources:
        names = ", ".join(sorted({row.source for row in report.unread_sources}))
        lines.append(f"could not be read: {len(report.unread_sources)} entry points of {names}")
    if report.fatal is not None:
        lines.append(f"stopped: {report.fatal}")
        lines.append(f"safe: {report.safe} exchanges of this run, each post that is there, everything of earlier runs")
    elif report.stopped:
        lines.append(f"stopped: {report.stopped}")
    file = job.layout.runs / f"{report.id}.json"
    lines.append(f"run file: {file if file.exists() else 'could not be written'}")
    return lines


TIMEOUT = 10
"""Seconds to connect, and between two bytes."""


def notify(settings: Notify, report: dict[str, Any]) -> None:
    """Sends the run's counts as JSON where [notify] asks for it. A failed call is said and changes nothing else: the
    run file has the same account."""
    if not settings.url or (settings.on == "problems" and report["exit_code"] == 0):
        return
    import requests  # 0.1 s, which runs without [notify] need not wait for

    message = {
        name: value if not isinstance(value, dict) or "first" not in value else value["count"]
        for name, value in report.items()
    }
    try:
        with requests.Session() as session:
            session.trust_env = False  # no proxies or .netrc passwords from the environment
            answer = session.post(settings.url, json=message, timeout=TIMEOUT, allow_redirects=False)
            answer.raise_for_status()
    except requests.RequestException as error:
        # The URL may hold a token: the class of the error says enough.
        say(f"notification not delivered: {type(error).__name__}; the run file has the account")


MOST = 100_000
"""Visits that are listed."""


def rehearse(config: Config, options: RunOptions) -> tuple[list[Visit], Report]:
    """What a run would fetch now, and the account of reading the sources."""
    layout = Layout(config.crawl.data, config.posts.folder)
    with TemporaryDirectory(prefix="warcpress-") as folder:
        if layout.frontier.exists():
            _copy(layout.frontier, Path(folder) / layout.frontier.name)
        with open_job(config.thrown_away(Path(folder)), replace(options, limit=0), "crawl --dry-run") as job:
            crawl(job, PressSpider)
            return job.frontier.due(job.sources, options.limit or MOST), job.report


def _copy(database: Path, to: Path) -> None:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as old, closing(sqlite3.connect(to)) as new:
        old.backup(new)
