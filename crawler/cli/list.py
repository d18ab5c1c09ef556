"""`warcpress list`: prints the posts that are stored, the latest first."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from itertools import islice

from archive import instant, json_text, printable
from crawler.cli.common import catalogue_of, layout_of, load, number, tab_separated, write_lines
from crawler.store.catalogue import Catalogue
from crawler.store.catalogue_selection import Selection
from crawler.store.data_folder import Layout
from crawler.store.stored_version import StateName, Version, document
from crawler.terminal import say

INDENT = " " * len("2026-11-22  ")
NARROWEST = 20
"""Fewest columns of a title, on however narrow a terminal."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("--source", default="", metavar="NAME", help="only posts of this source")
    parser.add_argument("--since", type=instant, metavar="DATE", help="only posts dated then or later (RFC 3339)")
    parser.add_argument("--until", type=instant, metavar="DATE", help="only posts dated before then")
    parser.add_argument("--title", default="", metavar="TEXT", help="only posts with this text in the title")
    parser.add_argument("--changed", action="store_true", help="only posts with more than one version")
    state = parser.add_mutually_exclusive_group()
    state.add_argument("--withdrawn", action="store_const", dest="state", const="withdrawn", help="only these posts")
    state.add_argument("--suspect", action="store_const", dest="state", const="suspect", help="only these posts")
    parser.add_argument("--limit", type=number, metavar="N", help="at most N posts")
    parser.add_argument("--after", default="", metavar="POST|URL", help="go on after this post, the last one shown")
    parser.add_argument("--json", metavar="FILE", help="write JSON Lines to FILE; - = stdout")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    layout = layout_of(load(options))
    with catalogue_of(layout) as catalogue:
        posts = _Posts(catalogue, _selection(options, layout, catalogue), options.limit)
        if options.json:
            write_lines(options.json, (json_text(document(version, state)) for version, state in posts))
        elif sys.stdout.isatty():
            write_lines("-", _for_a_terminal(posts))
        else:
            write_lines("-", (tab_separated(_columns(version)) for version, _ in posts))
        if posts.last is None:
            say("no post fits" if catalogue.has_posts() else "no posts yet; `warcpress crawl` makes them")
        elif posts.count == options.limit:
            say(f"for further posts: --after {posts.last.path}")
    return 0


def _selection(options: argparse.Namespace, layout: Layout, catalogue: Catalogue) -> Selection:
    after = None
    if options.after:
        from crawler.from_warc.show import versions_of  # the extractors take 0.5 s to import

        after = versions_of(options.after, catalogue, layout)[-1]
    return Selection(
        source=options.source,
        since=options.since,
        until=options.until,
        changed=options.changed,
        state=options.state,
        title=options.title,
        after=after,
        most=options.limit,
    )


class _Posts:
    """At most `limit` posts of a selection, each with the state of its article."""

    def __init__(self, catalogue: Catalogue, selection: Selection, limit: int | None) -> None:
        self._catalogue, self._selection, self._limit = catalogue, selection, limit
        self.count = 0
        self.last: Version | None = None

    def __iter__(self) -> Iterator[tuple[Version, StateName]]:
        for version in islice(self._catalogue.selected(self._selection), self._limit):
            self.count, self.last = self.count + 1, version
            yield version, self._catalogue.states.name(version.canonical_url)


def _columns(version: Version) -> tuple[str, ...]:
    return f"{version.date:%Y-%m-%d}", version.source, version.title, version.path


def _for_a_terminal(posts: _Posts) -> Iterator[str]:
    """Lines of the terminal's width: date and title, then the post's path, which stays whole so that it can be copied.

    The titles of a million posts have no common width that could be known at the first one.
    """
    from rich.cells import chop_cells  # 0.07 s of CPU, which output to a file does not need

    width = max(shutil.get_terminal_size().columns - len(INDENT), NARROWEST)
    for version, state in posts:
        first, *others = chop_cells(printable(version.title), width) or [""]
        yield f"{version.date:%Y-%m-%d}  {first}"
        yield from (INDENT + line for line in others)
        facts = [f"version {version.number}"] if version.number > 1 else []
        facts += [state] if state != "present" else []
        yield "  ".join((INDENT + printable(version.path), *facts))
