"""`warcpress search`: finds posts by their words, in old versions too, the newest first."""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path
from typing import Any

from archive import json_text, printable
from crawler.cli.common import Reading, number, reading, tab_separated, write_lines
from crawler.errors import Locked, StorageFailed, Unsound
from crawler.from_warc.indexing import lacking, make_again, prepare
from crawler.from_warc.publish import Publisher
from crawler.search.finding import Found, find, hints
from crawler.search.folders import SearchIndexes
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
    with reading(options) as read, closing(Publisher(read.layout, read.catalogue)) as archive:
        catalogue = read.catalogue
        if not catalogue.has_posts():
            say("no posts yet; `warcpress crawl` makes them")
            return read.code
        found = _found(query, read, options.limit + 1)
        shown = found[: options.limit]
        if options.json:
            write_lines(options.json, (json_text(_row(one, query, archive, catalogue)) for one in shown))
        elif sys.stdout.isatty():
            _write_to_terminal(shown, query, archive, catalogue)
        else:
            write_lines("-", (tab_separated(_columns(one, query, archive)) for one in shown))
        if not found:
            say("no post fits")
            for hint in hints(query, [source.name for source in read.config.sources], catalogue):
                say(hint)
        elif len(found) > len(shown):
            say(f"there are more than {options.limit}: --limit {options.limit * 10}")
    return read.code


def _found(query: Query, read: Reading, most: int) -> list[Found]:
    """The first articles that a query finds; each index is made, completed or made again before."""
    parts = {layout.search: (layout, one) for _, layout, one in read.parts() if _prepared(read, layout, one)}
    for _ in range(len(parts)):
        try:
            return _looked_up(query, parts, read.catalogue, most)
        except Unsound as error:
            if error.path not in parts:
                raise
            damaged = error.path
        try:
            make_again(*parts[damaged])
        except (Locked, StorageFailed) as error:
            read.layout.leave(error)
            del parts[damaged]
    return _looked_up(query, parts, read.catalogue, most)


def _prepared(read: Reading, layout: Layout, catalogue: Catalogue) -> bool:
    """Give an index what it lacks; return whether there is one."""
    try:
        if not lacking(layout, catalogue):
            return True
        with Meter(catalogue.count_versions()) as meter:
            untold = prepare(layout, catalogue, meter.settled)
    except (Locked, StorageFailed) as error:
        read.layout.leave(error)
        return False
    if untold:
        say(untold, logging.WARNING)
    return True


def _looked_up(query: Query, paths: Iterable[Path], catalogue: Catalogue, most: int) -> list[Found]:
    with ExitStack() as opened:
        indexes = [opened.enter_context(closing(SearchIndex(path, read_only=True))) for path in paths]
        index = indexes[0] if len(indexes) == 1 else SearchIndexes(indexes)
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
