"""`warcpress list`: prints the posts that are stored, the latest first."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterable, Iterator

from archive import json_text, printable
from crawler.cli.common import Chosen, add_selection, reading, tab_separated, write_lines
from crawler.store.stored_version import StateName, Version, document
from crawler.terminal import say

INDENT = " " * len("2026-11-22  ")
NARROWEST = 20
"""Fewest columns of a title, on however narrow a terminal."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_selection(parser)
    parser.add_argument("--json", metavar="FILE", help="write JSON Lines to FILE; - = stdout")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    with reading(options) as read:
        catalogue = read.catalogue
        posts = Chosen(options, read.layout, catalogue)
        stated = ((version, catalogue.states.name(version.canonical_url)) for version in posts)
        if options.json:
            write_lines(options.json, (json_text(document(version, state)) for version, state in stated))
        elif sys.stdout.isatty():
            write_lines("-", _for_a_terminal(stated))
        else:
            write_lines("-", (tab_separated(_columns(version)) for version in posts))
        if posts.last is None:
            say("no post fits" if catalogue.has_posts() else "no posts yet; `warcpress crawl` makes them")
        posts.say_how_to_go_on()
    return read.code


def _columns(version: Version) -> tuple[str, ...]:
    return f"{version.date:%Y-%m-%d}", version.source, version.title, version.path


def _for_a_terminal(posts: Iterable[tuple[Version, StateName]]) -> Iterator[str]:
    """Lines of the terminal's width: date and title, then the post's path, which stays whole so that it can be copied.

    The titles of a million posts have no common width that could be known at the first one.
    """
    from rich.console import Console  # 0.07 s of CPU, which output to a file does not need
    from rich.text import Text

    console = Console()
    width = max(shutil.get_terminal_size().columns - len(INDENT), NARROWEST)
    for version, state in posts:
        first, *others = [line.plain.rstrip() for line in Text(printable(version.title)).wrap(console, width)] or [""]
        yield f"{version.date:%Y-%m-%d}  {first}"
        yield from (INDENT + line for line in others)
        facts = [f"version {version.number}"] if version.number > 1 else []
        facts += [state] if state != "present" else []
        yield "  ".join((INDENT + printable(version.path), *facts))
