"""`warcpress render`: makes the posts again that other settings, or a newer extractor, change; without network."""

from __future__ import annotations

import argparse

from crawler.cli.common import load_one
from crawler.config.signing import signer_of
from crawler.from_warc.render import render
from crawler.terminal import Meter, put


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help="only posts of these sources")
    parser.add_argument(
        "--captures", action="store_true", help="also make posts of stored pages that have an article and no post"
    )
    parser.add_argument("--dry-run", action="store_true", help="print what would change, change nothing")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    config = load_one(options)
    signer = None if options.dry_run else signer_of(config)  # a dry run seals nothing, so it needs no key
    with Meter(None) as meter:
        return render(
            config,
            sources=options.sources,
            dry_run=options.dry_run,
            captures=options.captures,
            signer=signer,
            tell=put,
            progress=meter.settled,
        )
