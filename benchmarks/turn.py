"""Measure the turn of a year beside a million known articles: CPU, memory and disk of the take-over come out.

python benchmarks/turn.py FOLDER [--articles 1000000] [--sources 100]      1 GB
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from million import ARTICLES, insert

from crawler.config import Config, Crawl
from crawler.fleet.moves import take_over
from crawler.fleet.years import in_year
from crawler.items import Source
from crawler.store.data_folder import Layout
from crawler.store.frontier import Frontier

OLD, NEW = datetime(2026, 12, 31, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def opened(config: Config, now: datetime) -> Frontier:
    layout = Layout(in_year(config, now).crawl.data)
    layout.prepare()
    return Frontier(layout.frontier, lambda: now, {source.name for source in config.sources})


def turn(config: Config) -> None:
    """Take everything over; print what that took, in a process of its own."""
    with closing(opened(config, NEW)) as frontier:
        before, began = resource.getrusage(resource.RUSAGE_SELF), time.process_time()
        take_over(in_year(config, NEW), frontier, lambda: NEW)
        seconds, after = time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF)
    sizes = [Layout(in_year(config, now).crawl.data).frontier.stat().st_size / 1e6 for now in (OLD, NEW)]
    sys.stdout.write(
        f"take-over: {seconds:.1f} s CPU, peak {after.ru_maxrss // 1024} MB ({before.ru_maxrss // 1024} before); "
        f"frontier {sizes[0]:.0f} MB, then {sizes[1]:.0f} MB\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--sources", type=int, default=100)
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    sources = tuple(Source(name=f"s{n}", feeds=(f"http://127.0.0.1:9/{n}",)) for n in range(options.sources))
    config = Config(crawl=Crawl(data=options.folder, yearly=True), sources=sources)
    with closing(opened(config, OLD)) as frontier:
        take_over(in_year(config, OLD), frontier, lambda: OLD)
    values = {"first": 0, "articles": options.articles, "sources": options.sources, "now": OLD.timestamp()}
    insert(Layout(in_year(config, OLD).crawl.data).frontier, {"articles": ARTICLES}, values, [])
    if child := os.fork():
        os.waitpid(child, 0)
    else:
        turn(config)


if __name__ == "__main__":
    main()
