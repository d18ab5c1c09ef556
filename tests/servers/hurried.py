"""`python hurried.py PACE worker …`: runs warcpress with the waits of a fleet's queue divided by PACE."""

from __future__ import annotations

import sys

from crawler.cli import entry
from crawler.fleet import queue, worker

if __name__ == "__main__":
    pace = float(sys.argv.pop(1))
    for module in (worker, queue):
        waits = ("PAUSE", "BEAT", "LEASE", "POLL")
        vars(module).update({name: vars(module)[name] / pace for name in waits if name in vars(module)})
    entry()
