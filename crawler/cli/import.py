"""`warcpress import`: takes other tools' archives into ours, and makes posts of the articles in them."""

from __future__ import annotations

import argparse
from pathlib import Path

from crawler.cli.common import load_one
from crawler.config.signing import signer_of
from crawler.from_warc.imports import import_archives
from crawler.terminal import put


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "paths", nargs="+", metavar="FILE|FOLDER|WACZ", type=Path, help="WARC or ARC files, folders of them, packages"
    )
    parser.add_argument(
        "--source", metavar="NAME", default="", help="make posts only of what this source allows, as its posts"
    )
    parser.add_argument(
        "--link", action="store_true", help="hard links in place of copies; nobody may write to the files any more"
    )


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    config = load_one(options)
    return import_archives(
        config, options.paths, source=options.source, link=options.link, signer=signer_of(config), tell=put
    )
