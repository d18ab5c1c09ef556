"""What is kept of hosts between runs, in frontier.sqlite: pauses that they asked for, back-off, open breakers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from crawler.clock import Clock
from crawler.store.database import Database

_FREE_AT = """
SELECT max(paused_until, open_until) AS free FROM hosts WHERE host = :host AND noted <= :now AND free > :now
"""


@dataclass(frozen=True)
class KeptHost:
    """State of a host that failed or asked to be left alone."""

    pause: float = 0.0
    """Seconds before which nothing is sent."""
    rest: float = 0.0
    """Seconds for which the breaker is open; 0 when the next request is the trial, or when the breaker is closed."""
    backoffs: int = 0
    """Transient failures in a row."""
    broken: int = 0
    """Failed connections in a row."""


class HostStore:
    """The table `hosts` of an open frontier."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def all(self) -> Iterator[tuple[str, KeptHost]]:
        """Yield each host with its state now; without those that a clock noted which was ahead."""
        now = self._clock().timestamp()
        for row in self._database.rows("SELECT * FROM hosts WHERE noted <= ?", (now,)):
            pause, rest = max(0.0, row["paused_until"] - now), max(0.0, row["open_until"] - now)
            yield row["host"], KeptHost(pause, rest, row["backoffs"], row["broken"])

    def free_at(self, url: str) -> float:
        """POSIX seconds from which the host of a URL may be asked; 0 when it may be now."""
        now, host = self._clock().timestamp(), urlsplit(url).hostname or ""
        return self._database.value(_FREE_AT, {"host": host, "now": now}) or 0.0

    def keep(self, host: str, state: KeptHost) -> None:
        """Keep the state of a host; forget a host without failures and pause."""
        if state == KeptHost():
            self._database.run("DELETE FROM hosts WHERE host = ?", (host,))
            return
        now = self._clock().timestamp()
        row = (host, now, now + state.pause, now + state.rest, state.backoffs, state.broken)
        self._database.run("INSERT OR REPLACE INTO hosts VALUES (?, ?, ?, ?, ?, ?)", row)
