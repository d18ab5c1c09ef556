"""A run in a process of its own that dies by SIGKILL when it begins its sixth visit.

Arguments: path of warcpress.toml, time.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/servers"), str(ROOT / "tests/year")]

import running  # noqa: E402 - the path comes first
from living import SimulatedClock  # noqa: E402

import crawler.spiders.press  # noqa: E402
from crawler.run.job import RunOptions  # noqa: E402

VISITS = 6


class Dying(crawler.spiders.press.PressSpider):
    """The spider of a run, which kills its process."""

    begun = 0

    def visit(self, visit: Any) -> Any:
        self.begun += 1
        if self.begun == VISITS:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().visit(visit)


path, at = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
setattr(crawler.spiders.press, "Workers", running.Inline)  # noqa: B010 - as monkeypatch does
clock = SimulatedClock(at)
running.run_file(path, RunOptions(due=True), clock, Dying, WARC_CLOCK=clock)
