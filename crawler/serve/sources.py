"""The pages of sources and of the archive: what `warcpress status` tells."""

from __future__ import annotations

from contextlib import ExitStack

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from archive import ArchiveError
from crawler.clock import utc_now
from crawler.errors import WarcpressError
from crawler.run.status import HEADINGS, archive_status, source_status
from crawler.serve.held import Held
from crawler.serve.rendering import page
from crawler.store.frontier import Frontier


def sources(request: Request) -> Response:
    """Show how each source and the archive are now."""
    held, faults = request.app.state.held, list[str]()
    now = utc_now()
    with ExitStack() as stack:
        frontier = _frontier(held, stack, faults)
        states = [source_status(source, frontier, now) for source in held.config.sources]
    rows = [(status, status.row(now)) for status in states]
    return page(request, "sources.html", headings=HEADINGS, rows=rows, lines=_archive(held, faults), faults=faults)


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
    try:
        with held.opened() as opened:
            running = held.layout.lock().held_elsewhere()
            return list(archive_status(held.layout, opened.catalogue, running=running).lines(held.config, utc_now()))
    except (ArchiveError, WarcpressError, OSError) as error:
        faults.append(str(error))
        return []


routes = [Route("/sources", sources)]
