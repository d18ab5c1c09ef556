"""`warcpress refetch URL…`: the same way as a run, now; says in words what changed."""

from __future__ import annotations

import argparse

from crawler.cli.common import load
from crawler.errors import ConfigError
from crawler.job.job import Choices, Job
from crawler.terminal import put


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("urls", nargs="+", metavar="URL", help="articles, held or new")
    parser.add_argument("--source", default="", metavar="NAME", help="read it as this source's, not by its URL")
    parser.add_argument(
        "--wait", type=float, default=0.0, metavar="SECONDS", help="so long for another run to end (default: 0)"
    )


def run(options: argparse.Namespace) -> int:
    # Scrapy takes 0.4 s to import: only what runs it pays for it.
    from crawler.runs.run import run_job

    for url in options.urls:
        if not url.startswith(("http://", "https://")):
            raise ConfigError(f"{url!r}: refetch takes http:// and https:// URLs")
    choices = Choices(urls=tuple(dict.fromkeys(options.urls)), source=options.source)
    return run_job(load(options), choices, "refetch", wait=options.wait, after=_say)


def _say(job: Job) -> None:
    from crawler.runs.changes import changes

    for line in changes(job):
        put(line)
