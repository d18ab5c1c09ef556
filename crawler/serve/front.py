"""The front page: the newest posts by day, or those that filters let through."""

from __future__ import annotations

from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from archive import ArchiveError
from crawler.errors import WarcpressError
from crawler.serve.filters import STATES, BadFilter, Filters, Posts
from crawler.serve.rendering import day, page

MOST = 30
"""Posts on a page."""


def front(request: Request) -> Response:
    """Show the newest posts."""
    held, cards = request.app.state.held, request.app.state.cards
    filters, fault = Filters.of(request.query_params), ""
    found, shown = Posts([]), []
    try:
        with held.opened() as opened:
            found = filters.posts(opened, MOST)
            shown = [cards.of(opened, version) for version in found.versions]
    except (ArchiveError, WarcpressError, BadFilter) as error:
        fault = str(error)
    return page(
        request,
        "front.html",
        days=[(name, list(several)) for name, several in groupby(shown, lambda card: day(card.version.date))],
        heading=_heading(filters),
        filters=filters,
        fault=fault,
        more=filters.query(start=found.more) if found.more else "",
        sources=[(source.name, source.site or source.name) for source in held.config.sources],
        states=STATES,
    )


def _heading(filters: Filters) -> str:
    if filters.q:
        return f"Posts with {filters.q}"
    return "Posts" if filters.is_empty else f"{filters.state.capitalize() or 'Selected'} posts"


routes = [Route("/", front)]
