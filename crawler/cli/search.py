"""`warcpress search`: finds posts by their words, in old versions too, the newest first."""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
from collections.abc import Sequence
from contextlib import closing
from itertools import islice
from typing import Any

from archive import json_text, printable
from crawler.cli.common import catalogue_of, layout_of, load, number, tab_separated, write_lines
from crawler.errors import Unsound
from crawler.from_warc.indexing import lacking, make_again, prepare
from crawler.from_warc.publish import Publisher
from crawler.search.finding import Found, find, hints
from crawler.search.index import SearchIndex
from crawler.search.query import Query, parse
from crawler.search.snippets import Pieces, marked, snippet_of
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.stored_version import StateName
from crawler.terminal import Meter, say

LIMIT = 20
INDENT = " " * len("2026-11-22  ")
NARROWEST = 20
"""Fewest columns of a line, on however narrow a terminal."""
LINES = 2
"""Most lines of a snippet on a terminal; a fifth of one is lost where lines break between words."""
HIT = "bold reverse"
"""How a hit is drawn; without colour, for terminals are light or dark."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = """a query: words, "phrases", AND, OR, NOT, parentheses, and
  source:NAME  section:NAME  author:NAME  after:2026-11-01 (then or later)  before:2026-12
example: warcpress search '"trade war" (tariff OR 关税) source:guancha after:2026'"""
    parser.add_argument("words", nargs="+", metavar="WORDS", help="what to look for in titles and bodies")
    parser.add_argument("--limit", type=number, default=LIMIT, metavar="N", help=f"at most N posts (default: {LIMIT})")
    parser.add_argument("--json", metavar="FILE", help="write JSON Lines to FILE; - = stdout")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    query = parse(" ".join(options.words))
    config = load(options)
    layout = layout_of(config)
    with catalogue_of(layout) as catalogue, closing(Publisher(layout, catalogue)) as archive:
        if not catalogue.has_posts():
            say("no posts yet; `warcpress crawl` makes them")
            return 0
        found = _found(query, layout, catalogue, options.limit + 1)
        shown = found[: options.limit]
        if options.json:
            write_lines(options.json, (json_text(_row(one, query, archive, catalogue)) for one in shown))
        elif sys.stdout.isatty():
            _write_to_terminal(shown, query, archive, catalogue)
        else:
            write_lines("-", (tab_separated(_columns(one, query, archive)) for one in shown))
        if not found:
            say("no post fits")
            for hint in hints(query, [source.name for source in config.sources], catalogue):
                say(hint)
        elif len(found) > len(shown):
            say(f"there are more than {options.limit}: --limit {options.limit * 10}")
    return 0


def _found(query: Query, layout: Layout, catalogue: Catalogue, most: int) -> list[Found]:
    """The first articles that a query finds; the index is made, completed or made again before."""
    if lacking(layout, catalogue):
        with Meter(catalogue.count_versions()) as meter:
            untold = prepare(layout, catalogue, meter.settled)
        if untold:
            say(untold, logging.WARNING)
    try:
        return _looked_up(query, layout, catalogue, most)
    except Unsound as error:
        if error.path != layout.search:
            raise
    make_again(layout, catalogue)
    return _looked_up(query, layout, catalogue, most)


def _looked_up(query: Query, layout: Layout, catalogue: Catalogue, most: int) -> list[Found]:
    with closing(SearchIndex(layout.search, read_only=True)) as index:
        return list(islice(find(query, index, catalogue), most))


def _facts(one: Found, state: StateName) -> list[str]:
    """What is said behind the path."""
    number = f"version {one.newest.number}" if one.newest.number > 1 else ""
    old = f"only in its version {one.version.number}" if one.is_old else ""
    return [fact for fact in (number, state if state != "present" else "", old) if fact]


def _write_to_terminal(found: Sequence[Found], query: Query, archive: Publisher, catalogue: Catalogue) -> None:
    """For each post its date and title, its path, whole so that it can be copied, and where its words are."""
    from rich.console import Console  # 0.07 s of CPU, which output to a file does not need
    from rich.text import Text

    columns = shutil.get_terminal_size().columns
    console = Console(width=columns, highlight=False, soft_wrap=True)
    width = max(columns - len(INDENT), NARROWEST)

    def put(first: str, pieces: Pieces) -> None:
        text = Text.assemble(*((printable(piece), HIT if is_hit else "") for piece, is_hit in pieces))
        for place, line in enumerate(text.wrap(console, width)):
            line.rstrip()
            console.print(Text(INDENT if place else first) + line)

    for one in found:
        put(f"{one.version.date:%Y-%m-%d}  ", marked(one.version.title, query.phrases) or (("", False),))
        facts = _facts(one, catalogue.states.name(one.newest.canonical_url))
        console.print("  ".join((INDENT + printable(one.newest.path), *facts)), markup=False)
        put(INDENT, snippet_of(one.version, archive.text, query.phrases, LINES * width - width // 5))


def _columns(one: Found, query: Query, archive: Publisher) -> tuple[str, ...]:
    text = "".join(piece for piece, _ in snippet_of(one.version, archive.text, query.phrases))
    version = one.version
    return f"{version.date:%Y-%m-%d}", version.source, version.title, one.newest.path, str(version.number), text


def _row(one: Found, query: Query, archive: Publisher, catalogue: Catalogue) -> dict[str, Any]:
    pieces = snippet_of(one.version, archive.text, query.phrases)
    return one.document(catalogue.states.name(one.newest.canonical_url), pieces)
