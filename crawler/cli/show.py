"""`warcpress show`: prints the stored bytes of an article, or of any other URL, on stdout.

On a terminal control characters are escaped, because a hostile page could otherwise send commands to the terminal.
"""

from __future__ import annotations

import argparse
import sys

from archive import instant, json_text, measured, pour
from crawler.cli.common import add_json, reading, write_lines
from crawler.from_warc.show import PARTS, stored
from crawler.terminal import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("article", metavar="URL|POST", help="a URL that was fetched, or the path of a post")
    parser.add_argument("--at", metavar="TIME", type=instant, help="the latest capture not later than TIME (RFC 3339)")
    parser.add_argument(
        "--part",
        choices=PARTS,
        help="post: the post file (default, where there is one) · page: the body with codings removed · "
        "response, request: the exact bytes on the wire",
    )
    add_json(parser, "in place of the bytes, which they are, and their length and sha256")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    with reading(options) as read:
        shown = stored(options.article, options.part, options.at, read.layout, read.catalogue)
        for note in shown.notes:
            say(note)
        if options.json:
            about = {**shown.about, "part": shown.part, **measured(shown.pieces)}
            write_lines(options.json, [json_text(about)])
        else:
            pour(shown.pieces, sys.stdout)
    return read.code
