"""A run in a process of its own that dies by SIGKILL when it calls a function for the Nth time.

Arguments: path of warcpress.toml, time, MODULE:NAME of the function, N.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/servers")]

import running  # noqa: E402 - the path comes first

import crawler.spiders.press  # noqa: E402
from crawler.run.job import RunOptions  # noqa: E402

path, at, (module, names), left = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), sys.argv[3].split(":"), [0]
*owners, name = names.split(".")
holder: Any = import_module(module)
for owner in owners:
    holder = getattr(holder, owner)
real = getattr(holder, name)
left = [int(sys.argv[4])]


def dying(*arguments: Any, **keywords: Any) -> Any:
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments, **keywords)


setattr(holder, name, dying)
setattr(crawler.spiders.press, "Workers", running.Inline)  # noqa: B010 - as monkeypatch does
running.run_file(path, RunOptions(), lambda: at, WARC_CLOCK=lambda: at)
