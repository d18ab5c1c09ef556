"""The front page: the newest posts by day, or those that filters let through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from archive import ArchiveError
from crawler.config import Config
from crawler.errors import WarcpressError
from crawler.search.finding import hints
from crawler.search.query import parse
from crawler.search.snippets import Pieces, marked, snippet_of
from crawler.search.words import Phrase
from crawler.serve.cards import Card, Cards
from crawler.serve.filters import STATES, BadFilter, Filters, Hit, Posts
from crawler.serve.held import Opened, short
from crawler.serve.rendering import day, page

SNIPPET = 220
"""Columns of the part of a text that shows the words."""
MOST = 20
"""Posts on a page: 20 snippets take 29 ms of CPU (docs/benchmarks.md)."""


@dataclass(frozen=True)
class Shown:
    """A post of the list."""

    card: Card
    title: Pieces
    """With the words that were looked for marked."""
    words: Pieces
    """The part of the text that has them; empty without a search."""
    earlier: str
    """Record id of the earlier version that has them; empty when the newest one does."""


def _shown(opened: Opened, cards: Cards, hit: Hit, phrases: Sequence[Phrase]) -> Shown:
    card, title = cards.of(opened, hit.newest), hit.found.title
    words = snippet_of(hit.found, opened.text, phrases, SNIPPET) if phrases else ()
    is_old = hit.found.record_id != hit.newest.record_id
    return Shown(card, marked(title, phrases), words, short(hit.found.record_id) if is_old else "")


def front(request: Request) -> Response:
    """Show the newest posts."""
    held, cards = request.app.state.held, request.app.state.cards
    filters, fault = Filters.of(request.query_params), ""
    found, shown, names, advice = Posts([]), list[Shown](), list[str](), list[str]()
    try:
        with held.opened() as opened:
            names = opened.catalogue.sources()
            found = filters.posts(opened, MOST)
            shown = [_shown(opened, cards, hit, found.phrases) for hit in found.hits]
            if filters.q and not shown:
                advice = list(
                    hints(parse(filters.q), [source.name for source in held.config.sources], opened.catalogue)
                )
    except (ArchiveError, WarcpressError, BadFilter) as error:
        fault = str(error)
    return page(
        request,
        "front.html",
        days=[(name, list(several)) for name, several in groupby(shown, lambda one: day(one.card.version.date))],
        heading=_heading(filters),
        filters=filters,
        fault=fault,
        more=filters.query(start=found.more) if found.more else "",
        advice=advice,
        sources=_sources(held.config, [*names, filters.source]),
        states=STATES,
    )


def _sources(config: Config, names: Sequence[str]) -> list[tuple[str, str]]:
    """The sources to choose from, each with the name of its publication: the configured ones, then those of `names`."""
    known = {source.name: source.site or source.name for source in config.sources}
    return list((known | {name: name for name in names if name and name not in known}).items())


def _heading(filters: Filters) -> str:
    if filters.q:
        return f"Posts with {filters.q}"
    return "Posts" if filters.is_empty else f"{filters.state.capitalize() or 'Selected'} posts"


routes = [Route("/", front)]
