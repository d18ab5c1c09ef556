"""`warcpress crawl`: one run over the sources."""

from __future__ import annotations

import argparse
import logging
from typing import TYPE_CHECKING

from archive import many
from crawler.cli.common import importing, load, number
from crawler.config import Config
from crawler.run.options import RunOptions
from crawler.run.options import chosen as chosen_sources
from crawler.terminal import put, say

if TYPE_CHECKING:
    from crawler.sandbox.pool import Workers


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help="only these sources")
    parser.add_argument("--due", action="store_true", help="only what is due: for cron and systemd timers")
    parser.add_argument("--limit", type=number, metavar="N", help="at most N articles fetched")
    parser.add_argument(
        "--dry-run", action="store_true", help="read the sources, list what would be fetched, keep nothing"
    )


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    from crawler.run.idle import is_idle  # imports the stores, which `--help` does not need

    chosen, config = RunOptions(sources=tuple(options.sources), due=options.due, limit=options.limit), load(options)
    _warn_of_other_number(config)
    if not chosen_sources(config, chosen):
        say(f"shard {config.shard} has no source")
        return 0
    if options.due and not options.dry_run and is_idle(config, chosen):
        say("nothing is due")
        return 0
    from crawler.sandbox.pool import Workers

    with Workers.of(config.limits) as workers:
        if not options.due:  # a timer's run often has no page to extract, and nobody waits for it
            workers.start()
        return _crawl(config, chosen, workers, dry=options.dry_run)


def _warn_of_other_number(config: Config) -> None:
    if config.shard is not None and config.fleet.shards not in (0, config.shard.of):
        say(
            f"--shard {config.shard}: [fleet] has {many(config.fleet.shards, 'shard')}; "
            "two shards of different numbers may follow one source",
            logging.WARNING,
        )


def _crawl(config: Config, chosen: RunOptions, workers: Workers, *, dry: bool) -> int:
    # Scrapy takes 0.4 s to import; neither `--help` nor a run with nothing to do needs it.
    with importing():
        from crawler.cli.process import dry_run, run_job

    if not dry:
        return run_job(config, chosen, "crawl", workers)
    visits, report = dry_run(config, chosen, workers)
    for visit in visits:
        put(f"{visit.source}  {visit.url}")
    say(f"{many(len(visits), 'article')} would be fetched")
    return report.exit_code
