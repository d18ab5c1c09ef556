"""`warcpress rebuild`: posts and catalogue again from the WARC files alone; no network."""

from __future__ import annotations

import argparse

from crawler.cli.common import layout_of, load
from crawler.config.signing import signer_of
from crawler.from_warc.rebuild import rebuild
from crawler.terminal import put


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="say what would change, change nothing")


def run(options: argparse.Namespace) -> int:
    config = load(options)
    layout, signer = layout_of(config), signer_of(config)
    with layout.lock():
        outcome = rebuild(layout, dry_run=options.dry_run, signer=signer)
    for line in outcome.lines():
        put(line)
    return outcome.exit_code
