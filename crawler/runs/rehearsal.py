"""`crawl --dry-run`: a real look at the sources, in a folder of its own that is thrown away; the archive learns
nothing.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from crawler.config import Config
from crawler.frontier import Visit
from crawler.job.account import Run
from crawler.job.job import Choices
from crawler.layout import Layout
from crawler.runs.run import crawl, open_job
from crawler.spiders.press import PressSpider

MOST = 100_000
"""Visits that are listed."""


def rehearse(config: Config, choices: Choices) -> tuple[list[Visit], Run]:
    """What a run would fetch now, and the account of reading the sources."""
    layout = Layout(config.crawl.data, config.posts.folder)
    with TemporaryDirectory(prefix="warcpress-") as folder:
        if layout.frontier.exists():
            _copy(layout.frontier, Path(folder) / layout.frontier.name)
        with open_job(config.thrown_away(Path(folder)), replace(choices, limit=0), "crawl --dry-run") as job:
            crawl(job, PressSpider)
            return job.frontier.due(job.sources, choices.limit or MOST), job.run


def _copy(database: Path, to: Path) -> None:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as old, closing(sqlite3.connect(to)) as new:
        old.backup(new)
