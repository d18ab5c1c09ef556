"""`warcpress push`: puts sealed files, the manifest and the index into the store of [remote]."""

from __future__ import annotations

import argparse
from logging import ERROR, INFO

from archive import many, push
from crawler.cli.common import layout_of, load_one, store_of
from crawler.terminal import say


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command: none."""


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code: 1 when a file could not be put because it, or what is there, is wrong."""
    config = load_one(options)
    layout = layout_of(config)
    store = store_of(config)
    pushed = push(layout.root, store, told=lambda name: say(f"putting {name}", INFO))
    for problem in pushed.problems:
        say(problem, ERROR)
    files = f"{many(pushed.files, 'file')} put ({pushed.bytes:,} bytes), {pushed.before} before"
    say(f"{store.place.name}: {files}; {many(pushed.lines, 'line')} of the manifest, {pushed.index} of the index")
    return 1 if pushed.problems else 0
