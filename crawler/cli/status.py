"""`warcpress status`: shows how each source and the archive are now."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime

from archive import json_text
from crawler.cli.common import reading, table, write_lines
from crawler.clock import utc_now
from crawler.config import Config
from crawler.fleet.shards import own_sources
from crawler.run.status import HEADINGS, SourceStatus, archive_status, source_status
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
        frontiers = [_frontier(layout, opened) for layout, _ in read.parts]
        sources = [
            max((source_status(source, one, now) for one in frontiers), key=_looked)
            for source in own_sources(read.config)
        ]
        archives = [
            (name, _config(read.config, layout), archive_status(layout, one, running=layout.lock().held_elsewhere()))
            for name, (layout, one) in zip(read.layout.names(), read.parts, strict=True)
        ]
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
    for name, config, archive in archives:
        if name:
            put(f"data folder {name}:")
        for line in archive.lines(config, now):
            put(f"  {line}" if name else line)
    return read.code


def _frontier(layout: Layout, opened: ExitStack) -> Frontier | None:
    if not layout.frontier.exists():
        return None
    frontier = Frontier(layout.frontier, utc_now, (), read_only=True)
    opened.callback(frontier.close)
    return frontier


def _looked(status: SourceStatus) -> tuple[bool, datetime]:
    """Sort key of what several folders know of a source: the folder that looked at it last has it now."""
    return status.state != "new", status.last_success or datetime.min.replace(tzinfo=UTC)


def _config(config: Config, layout: Layout) -> Config:
    """The configuration with this data folder."""
    return replace(config, crawl=replace(config.crawl, data=layout.root))
