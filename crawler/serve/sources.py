"""The pages of sources and of the archive: what `warcpress status` tells."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from archive import ArchiveError
from crawler.clock import utc_now
from crawler.errors import WarcpressError
from crawler.run.status import HEADINGS, archive_status, newest_status
from crawler.serve.cdx import check_index
from crawler.serve.held import Held
from crawler.serve.rendering import page
from crawler.store.frontier import Frontier


def sources(request: Request) -> Response:
    """Show how each source and the archive are now."""
    held, faults = request.app.state.held, list[str]()
    now = utc_now()
    with ExitStack() as stack:
        there = [part for name, part in held.parts.items() if not name or (part.layout.root / "LAYOUT").exists()]
        frontiers = [_frontier(part, stack, faults) for part in there]
        states = [newest_status(source, frontiers or [None], now) for source in held.config.sources]
    rows = [(status, status.row(now)) for status in states]
    several = {name: _archive(part, faults) for name, part in held.parts.items()}
    for name, part in held.parts.items():
        if name and several[name]:
            faults += _indexes(part)
    archives = [(name, lines) for name, lines in several.items() if lines]
    return page(request, "sources.html", headings=HEADINGS, rows=rows, archives=archives, faults=faults)


def _frontier(held: Held, stack: ExitStack, faults: list[str]) -> Frontier | None:
    """The schedule of visits; None when it is missing or can't be read, which `faults` then says."""
    path = held.layout.frontier
    if not path.exists():
        faults.append(f"{path}: missing; the next run makes it, and until then no source has a state")
        return None
    try:
        frontier = Frontier(path, utc_now, (), read_only=True)
    except WarcpressError as error:
        faults.append(str(error))
        return None
    stack.callback(frontier.close)
    return frontier


def _archive(held: Held, faults: list[str]) -> list[str]:
    """The archive in lines; empty when the catalogue can't be read, which `faults` then says."""
    config = replace(held.config, crawl=replace(held.config.crawl, data=held.layout.root))
    try:
        with held.opened() as opened:
            running = held.layout.lock().held_elsewhere()
            return list(archive_status(held.layout, opened.catalogue, running=running).lines(config, utc_now()))
    except (ArchiveError, WarcpressError, OSError) as error:
        faults.append(str(error))
        return []


def _indexes(held: Held) -> Iterator[str]:
    """What is wrong with the indexes of one of several data folders: no other page shows it."""
    try:
        check_index(held.layout)
        with held.index.opened():
            pass
        with held.opened() as opened, opened.words():
            pass
    except (ArchiveError, WarcpressError, OSError) as error:
        yield str(error)


routes = [Route("/sources", sources)]
