"""`warcpress rebuild`: makes posts and catalogue again from the WARC files alone, without network."""

from __future__ import annotations

import argparse

from crawler.cli.common import layout_of, load_one
from crawler.config.signing import signer_of
from crawler.from_warc.rebuild import rebuild
from crawler.from_warc.site_posts import Others
from crawler.terminal import put


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("--dry-run", action="store_true", help="print what would change, change nothing")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    config = load_one(options)
    signer = None if options.dry_run else signer_of(config)  # a dry run seals nothing, so it needs no key
    others = Others.of(config)
    outcome = rebuild(layout_of(config), dry_run=options.dry_run, signer=signer, target=config.target, others=others)
    for line in outcome.lines():
        put(line)
    return outcome.exit_code
