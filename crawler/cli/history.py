"""`warcpress history URL [VERSIONS]`: prints the versions and states of an article, and what changed in between."""

from __future__ import annotations

import argparse

from archive import json_text
from crawler.cli.changes import add_word_diff, put_difference
from crawler.cli.common import add_json, reading, write_lines
from crawler.errors import ConfigError
from crawler.from_warc.history import compare, history
from crawler.from_warc.history_page import page
from crawler.terminal import put


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("url", metavar="URL|POST", help="a URL that was fetched, or the path of a post")
    parser.add_argument(
        "versions",
        metavar="VERSIONS",
        nargs="?",
        help="compare two: 2..4, 4..2, 2.. (with the newest), ..4 (with the oldest), 4 (with the one before)",
    )
    parser.add_argument("--all", action="store_true", help="also the looks that found nothing new, with their captures")
    add_word_diff(parser)
    add_json(parser, "an object for each version, state and look")
    parser.add_argument("--html", metavar="FILE", nargs="?", const="-", help="a page for a browser; to FILE, or stdout")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    if options.versions is not None and options.all:
        raise ConfigError("--all: looks have no text to compare; leave out the versions, or --all")
    if options.json == options.html == "-":
        raise ConfigError("--json and --html both go to stdout; name a FILE for one of them")
    with reading(options) as read:
        layout, catalogue = read.layout, read.catalogue
        if options.versions is not None:
            events = compare(options.url, options.versions, layout, catalogue)
        else:
            events = history(options.url, layout, catalogue, looks=options.all)
    if options.json:
        write_lines(options.json, (json_text(event.document()) for event in events))
    if options.html:
        write_lines(options.html, page(options.url, events))
    for event in () if options.json or options.html else events:
        for line in event.lines():
            put(line)
        if event.change is not None:
            put_difference(event.change.difference, options.word_diff)
    return max(read.code, int(any(event.missing for event in events)))
