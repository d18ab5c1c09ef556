"""`warcpress history URL`: prints the versions and states of an article, and what changed from one to the next."""

from __future__ import annotations

import argparse

from crawler.cli.common import catalogue_of, layout_of, load
from crawler.from_warc.history import history
from crawler.terminal import put


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("url", metavar="URL", help="a URL that was fetched, or the path of a post")
    parser.add_argument("--all", action="store_true", help="also the looks that found nothing new, with their captures")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    layout = layout_of(load(options))
    with catalogue_of(layout) as catalogue:
        for line in history(options.url, layout, catalogue, looks=options.all):
            put(line)
    return 0
