"""The robots.txt files that are kept between runs, in frontier.sqlite; each with the record id of its capture."""

from __future__ import annotations

import time
from dataclasses import dataclass

from crawler.clock import Clock
from crawler.store.database import Database


@dataclass(frozen=True)
class KeptRobots:
    """The robots.txt of one origin, and how long it is used."""

    until: float
    """Monotonic seconds after which it is fetched again."""
    body: bytes | None = None
    """Its text as far as it is read; None when there is none, or when it is unreachable."""
    unreachable: str = ""
    """Why it could not be fetched; empty otherwise."""
    capture: str = ""
    """Record id of the response that says so; empty when nothing answered."""


class RobotsStore:
    """The table `robots` of an open frontier."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def find(self, origin: str) -> KeptRobots | None:
        """Return what is kept of an origin (scheme, host and port) and may still be used.

        What a clock noted that was ahead is not used.
        """
        now = self._clock().timestamp()
        row = self._database.row(
            "SELECT * FROM robots WHERE origin = ? AND noted <= ? AND until > ?", (origin, now, now)
        )
        if row is None:
            return None
        return KeptRobots(time.monotonic() + row["until"] - now, row["body"], row["unreachable"], row["capture"])

    def keep(self, origin: str, robots: KeptRobots) -> None:
        """Keep what was read, as long as it is used; drop what is no longer used of any origin."""
        now = self._clock().timestamp()
        row = (origin, now, now + robots.until - time.monotonic(), robots.body, robots.unreachable, robots.capture)
        with self._database.transaction():
            self._database.run("DELETE FROM robots WHERE until <= ? OR noted > ?", (now, now))
            self._database.run("INSERT OR REPLACE INTO robots VALUES (?, ?, ?, ?, ?, ?)", row)
