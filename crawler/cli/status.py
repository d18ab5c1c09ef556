"""`warcpress status`: shows how each source and the archive are now."""

from __future__ import annotations

import argparse
from contextlib import ExitStack

from archive import json_text
from crawler.cli.common import catalogue_of, layout_of, load, table, write_lines
from crawler.clock import utc_now
from crawler.fleet.shards import own_sources
from crawler.run.status import HEADINGS, archive_status, source_status
from crawler.store.frontier import Frontier
from crawler.terminal import put


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("--json", metavar="FILE", help="write a line per source and a summary to FILE; - = stdout")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    config, now = load(options), utc_now()
    layout = layout_of(config)
    with ExitStack() as opened:
        catalogue = opened.enter_context(catalogue_of(layout))
        frontier = None
        if layout.frontier.exists():
            frontier = Frontier(layout.frontier, utc_now, (), read_only=True)
            opened.callback(frontier.close)
        sources = [source_status(source, frontier, now) for source in own_sources(config)]
        archive = archive_status(layout, catalogue, running=layout.lock().held_elsewhere())
    if options.json:
        contents = [*(source.content() for source in sources), archive.content()]
        write_lines(options.json, map(json_text, contents))
        return 0
    table(HEADINGS, [source.row(now) for source in sources])
    for source in sources:
        if source.reason:
            name = f"{source.source} ({source.site})" if source.site else source.source
            put(f"{name} is {source.state}: {source.reason}")
            put(f"  {source.advice}")
    for line in archive.lines(config, now):
        put(line)
    return 0
