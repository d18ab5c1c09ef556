"""`warcpress export`: writes what is followed in a form that other programs read."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from crawler.cli.common import load
from crawler.discovery import opml
from crawler.errors import StorageFailed
from crawler.terminal import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    forms = parser.add_mutually_exclusive_group(required=True)
    forms.add_argument(
        "--opml", metavar="FILE", nargs="?", const="-", help="the feeds of all sources, for feed readers; - = stdout"
    )


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    sources = load(options).sources
    text = opml.written(sources)
    if options.opml == "-":
        sys.stdout.write(text)
    else:
        try:
            Path(options.opml).write_text(text, encoding="utf-8")
        except OSError as error:
            raise StorageFailed(f"{options.opml}: can't be written: {error.strerror}") from error
    if left_out := [source.name for source in sources if not source.feeds]:
        say(f"without a feed, so not in OPML: {', '.join(left_out)}")
    return 0
