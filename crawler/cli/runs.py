"""`warcpress runs [RUN-ID]`: lists the past runs, newest first, or shows one."""

from __future__ import annotations

import argparse

from archive import json_text
from crawler.cli.common import Faults, folders_of, load_any, number, readable, table, write_lines
from crawler.run.past_runs import HEADINGS, HEADINGS_OF_SEVERAL, past_run, past_runs_of
from crawler.terminal import put, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("run_id", nargs="?", metavar="RUN-ID", help="show this run; the start of its id is enough")
    parser.add_argument("--limit", type=number, default=20, metavar="N", help="at most N runs (default: 20)")
    parser.add_argument("--json", metavar="FILE", help="write the run files as JSON Lines to FILE; - = stdout")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    faults = Faults(options.command)
    layouts = readable(folders_of(options, load_any(options)), faults)
    folders = {name: layout.runs for name, layout in layouts.items()}
    runs = [past_run(folders, options.run_id)] if options.run_id else list(past_runs_of(folders, options.limit))
    if options.json:
        write_lines(options.json, (json_text(one.document()) for one in runs if not one.fault))
    elif options.run_id:
        for one in runs:
            for line in one.lines():
                put(line)
    elif runs:
        several = "" not in folders
        table(HEADINGS_OF_SEVERAL if several else HEADINGS, [one.row() for one in runs], narrow=several)
    else:
        say("no runs yet; `warcpress crawl` makes one")
    return faults.code
