"""`warcpress push`: puts sealed files, the manifest and the index into the store of [remote].

With `keep_local` it then removes the WARC files that the store has had for so long.
"""

from __future__ import annotations

import argparse
from datetime import timedelta
from functools import cache
from logging import ERROR, INFO

from archive import many, push
from crawler.cli.common import catalogue_of, layout_of, load_one
from crawler.fleet.stores import store_of
from crawler.terminal import say

CENTURY = 36525 * 86400
"""Seconds. Dates before the year 1, which a longer time could lead to, don't exist in Python."""


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command: none."""


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code: 1 when a file could not be put because it, or what is there, is wrong."""
    config = load_one(options)
    layout = layout_of(config)
    store = store_of(config)
    kept = config.remote.keep_local
    keep = timedelta(seconds=min(kept, CENTURY)) if kept else None

    @cache
    def read() -> set[str]:
        """The files whose rows the catalogue has; a run that was killed may have left others for the next one."""
        if not layout.catalogue.exists():
            return set()
        with catalogue_of(layout) as catalogue:
            return catalogue.files()

    pushed = push(
        layout.root,
        store,
        keep=keep,
        is_needed=lambda name: name not in read(),
        told=lambda name: say(f"putting {name}", INFO),
    )
    for problem in pushed.problems:
        say(problem, ERROR)
    files = f"{many(pushed.files, 'file')} put ({pushed.bytes:,} bytes), {pushed.before} before"
    say(f"{store.place.name}: {files}; {many(pushed.lines, 'line')} of the manifest, {pushed.index} of the index")
    if pushed.removed:
        what = f"{many(pushed.removed, 'WARC file')} removed ({pushed.freed:,} bytes)"
        say(f"{layout.root}: {what}, which the store has")
    if pushed.waiting:
        say(f"{layout.root}: {pushed.waiting}, so no file was removed; a later push removes them")
    if pushed.needed:
        what = f"{many(pushed.needed, 'WARC file')} not removed: the catalogue lacks rows of a run that was killed"
        say(f"{layout.root}: {what}; the next run adds them")
    return 1 if pushed.problems else 0
