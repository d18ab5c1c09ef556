"""When the documents that list articles were read, and with which validators (a table of frontier.sqlite)."""

from __future__ import annotations

from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from sqlite3 import Row

from crawler.clock import Clock
from crawler.store.database import Database
from crawler.store.hosts import HostStore
from crawler.store.validators import Validators

EARLY = 60.0
"""An entry point is due this many seconds before its time, at most a tenth of its interval.

A timer that fires every 30 minutes is up to a minute off (systemd); without this, half of its runs find nothing due.
"""


class Entries:
    """The entry points of the sources, and the documents that they lead to."""

    def __init__(self, database: Database, clock: Clock, hosts: HostStore) -> None:
        """Take the open frontier.sqlite."""
        self._database, self._clock, self._hosts = database, clock, hosts

    def is_due(self, source: str, url: str, every: float) -> bool:
        """Whether `every` seconds (less EARLY) have passed since its last look, or the clock has jumped back.

        Not while its host has asked for a pause or its breaker is open, except with `every` = 0: a person waits then.
        """
        row = self._row(source, url)
        if row is not None and 0 <= self._now() - row["last_look"] < every - min(EARLY, every / 10):
            return False
        return not every or not self._hosts.free_at(url)

    def looked(self, source: str, url: str) -> datetime | None:
        """Start of the run that last read an entry point; aware."""
        row = self._row(source, url)
        return datetime.fromtimestamp(row["last_look"], UTC) if row else None

    def validators(self, source: str, url: str, fingerprint: str, *, deeper: bool = False) -> Validators:
        """Validators of the last read; empty after too many 304s, or when the source's configuration has changed.

        `deeper`: another document leads to this one.
        """
        row = self._row(source, url)
        if row is None or row["fingerprint"] != fingerprint:
            return Validators()
        return Validators.of(row).for_entry(timedelta(seconds=self._now() - row["full_look"]), deeper=deeper)

    def read(self, source: str, url: str, fingerprint: str, validators: Validators, at: datetime) -> None:
        """Note that a run which began `at` read an entry point and added its candidates.

        The interval counts from `at`, so a slow run does not delay the next read.
        """
        known = self._row(source, url) if validators.confirmed else None
        full_look = known["full_look"] if known else at.timestamp()
        row = (source, url, fingerprint, at.timestamp(), *astuple(validators), full_look)
        self._database.run("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def refused(self, source: str, url: str, at: datetime) -> None:
        """Note that robots.txt refused an entry point to a run which began `at`: it is due after its interval."""
        self._database.run(
            "INSERT INTO entries VALUES (?1, ?2, '', ?3, '', '', 0, 0) "
            "ON CONFLICT (source, url) DO UPDATE SET last_look = ?3",
            (source, url, at.timestamp()),
        )

    def again(self, url: str) -> None:
        """Make it due at once, without validators."""
        self._database.run("UPDATE entries SET etag = '', last_modified = '', last_look = 0 WHERE url = ?", (url,))

    def _row(self, source: str, url: str) -> Row | None:
        return self._database.row("SELECT * FROM entries WHERE source = ? AND url = ?", (source, url))

    def _now(self) -> float:
        return self._clock().timestamp()
