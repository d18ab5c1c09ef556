"""`warcpress pull`: brings back from the store of [remote] what is missing of sealed files and manifest."""

from __future__ import annotations

import argparse
from logging import ERROR, INFO
from pathlib import Path

from archive import many, pull
from crawler.cli.common import load_one
from crawler.fleet.stores import store_of
from crawler.store.data_folder import Layout
from crawler.terminal import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "files", metavar="FILE", nargs="*", help="only these WARC files; one that is not as it was sealed is replaced"
    )


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code: 1 when a file could not be brought because the store's is wrong."""
    config = load_one(options)
    layout = Layout(config.crawl.data, config.posts.folder, config.posts.withdrawn)
    store = store_of(config)
    layout.prepare()
    names = [Path(file).name for file in options.files]
    pulled = pull(layout.root, store, names, told=lambda name: say(f"bringing {name}", INFO))
    for problem in pulled.problems:
        say(problem, ERROR)
    lines = f"{many(pulled.lines, 'line')} of the manifest"
    say(f"{layout.root}: {many(pulled.files, 'file')} brought ({pulled.bytes:,} bytes), {lines}")
    if not layout.catalogue.exists():
        say("`warcpress rebuild` makes posts and catalogue from these files", INFO)
    return 1 if pulled.problems else 0
