"""`warcpress status`: shows how each source and the archive are now."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from dataclasses import replace

from archive import json_text
from crawler.cli.common import Reading, reading, table, write_lines
from crawler.clock import utc_now
from crawler.config import Config
from crawler.errors import StorageFailed
from crawler.fleet.shards import own_sources
from crawler.run.status import HEADINGS, ArchiveStatus, archive_status, newest_status
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.frontier import Frontier
from crawler.terminal import put


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("--json", metavar="FILE", help="write a line per source and a summary to FILE; - = stdout")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    now = utc_now()
    with reading(options) as read, ExitStack() as opened:
        config, parts = read.config, read.parts()
        frontiers = [_frontier(layout, read, opened) for _, layout, _ in parts]
        sources = [newest_status(source, frontiers, now) for source in own_sources(config)]
        archives = [(name, layout, found) for name, layout, one in parts if (found := _archive(layout, one, read))]
    if options.json:
        summaries = ({**archive.content(), **({"folder": name} if name else {})} for name, _, archive in archives)
        contents = [*(source.content() for source in sources), *summaries]
        write_lines(options.json, map(json_text, contents))
        return read.code
    table(HEADINGS, [source.row(now) for source in sources])
    for source in sources:
        if source.reason:
            name = f"{source.source} ({source.site})" if source.site else source.source
            put(f"{name} is {source.state}: {source.reason}")
            put(f"  {source.advice}")
    for name, layout, archive in archives:
        if name:
            put(f"data folder {name}:")
        for line in archive.lines(_config(config, layout), now):
            put(f"  {line}" if name else line)
    return read.code


def _frontier(layout: Layout, read: Reading, opened: ExitStack) -> Frontier | None:
    if not layout.frontier.exists():
        return None
    try:
        frontier = Frontier(layout.frontier, utc_now, (), read_only=True)
    except StorageFailed as error:
        read.layout.leave(error)
        return None
    opened.callback(frontier.close)
    return frontier


def _archive(layout: Layout, catalogue: Catalogue, read: Reading) -> ArchiveStatus | None:
    try:
        return archive_status(layout, catalogue, running=layout.lock().held_elsewhere())
    except (StorageFailed, OSError) as error:
        read.layout.leave(error)
        return None


def _config(config: Config, layout: Layout) -> Config:
    """The configuration with this data folder."""
    return replace(config, crawl=replace(config.crawl, data=layout.root))
