"""`warcpress history URL`: prints the versions and states of an article, and what changed from one to the next."""

from __future__ import annotations

import argparse
from itertools import chain

from archive import json_text
from crawler.cli.common import add_json, catalogue_of, layout_of, load, write_lines
from crawler.from_warc.history import history
from crawler.terminal import put


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("url", metavar="URL", help="a URL that was fetched, or the path of a post")
    parser.add_argument("--all", action="store_true", help="also the looks that found nothing new, with their captures")
    add_json(parser, "an object for each version, state and look")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    layout = layout_of(load(options))
    with catalogue_of(layout) as catalogue:
        events = history(options.url, layout, catalogue, looks=options.all)
        if options.json:
            write_lines(options.json, (json_text(event.document()) for event in events))
        else:
            for line in chain.from_iterable(event.lines() for event in events):
                put(line)
    return 0
