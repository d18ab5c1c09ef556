"""What each run saw of each source, and what each day brought (tables of frontier.sqlite).

A run adds one Look for each source that it looked at; `run/health.py` judges the source by them. The days feed the
plots of the run report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from sqlite3 import Row

import msgspec

from crawler.store.database import Database

KEPT = 100
"""Looks kept of each source."""
KEPT_WELL = 40
"""Looks kept of each source in which it was well, however old: they say what is usual."""
KEPT_DAYS = 400
"""Days kept of each source."""
MOST_DATES = 20
"""Dates kept of a feed at one look."""
MOST_LENGTHS = 50
"""Lengths of bodies kept of one look."""
WELL = ("healthy", "silent", "moved")
"""States of a source whose looks say what is usual for it."""
ARCHIVE = ""
"""Name under which the days of the whole archive are kept."""


@dataclass(frozen=True)
class Listed:
    """What one list named when it was read in full."""

    articles: int
    """Articles that the source takes."""
    refused: int = 0
    """Links that `allow` and `deny` leave out."""
    example: str = ""
    """The first of those."""
    dates: tuple[float, ...] = ()
    """When the last MOST_DATES articles of a feed were published, oldest first, POSIX seconds; empty unless all say."""

    def with_more(self, other: Listed) -> Listed:
        """Both together."""
        example = self.example or other.example
        return Listed(self.articles + other.articles, self.refused + other.refused, example)


@dataclass(frozen=True)
class Unread:
    """Why a list could not be read."""

    message: str
    """One line that names the URL."""
    fetched: bool
    """Whether a document came that is not what the source says."""


@dataclass
class Look:
    """What one run saw of one source. Mutable: every stage of the run adds to it."""

    source: str
    at: float
    """Start of the run, POSIX seconds."""
    settings: str = ""
    """Fingerprint of the source's configuration: after a change nothing is usual."""
    read: dict[str, Listed] = field(default_factory=dict)
    """The feeds, sitemaps, sections and listings of the source that were read in full, by URL."""
    further: Listed = Listed(0)
    """All documents together that those lead to."""
    confirmed: int = 0
    """Documents that answered 304."""
    unread: dict[str, Unread] = field(default_factory=dict)
    """Those lists of the source that could not be read, or only in part, by URL."""
    moved: dict[str, str] = field(default_factory=dict)
    """New URL of each list that answered 301 or 308, by its old one."""
    faults: int = 0
    """Lists with faults that cost no entry."""
    added: int = 0
    """Candidates that were new."""
    outcomes: dict[str, int] = field(default_factory=Counter)
    """Finished visits by outcome."""
    errors: dict[str, int] = field(default_factory=Counter)
    """Visits without a post by error class."""
    not_articles: dict[str, int] = field(default_factory=Counter)
    """First visits whose page had no article, by reason."""
    unfetched: dict[str, int] = field(default_factory=Counter)
    """First visits whose page could not be fetched, by error class."""
    undated: int = 0
    """New posts whose page names no date."""
    unsigned: int = 0
    """New posts whose page names no author."""
    unpictured: int = 0
    """New posts without a picture."""
    unmatched: dict[str, int] = field(default_factory=Counter)
    """New posts by the key of the source's `article` whose selectors found nothing."""
    lengths: list[int] = field(default_factory=list)
    """Characters of the bodies of the first new posts."""
    latencies: dict[str, int] = field(default_factory=Counter)
    """New posts by the time from their publication to their capture: keys of `LATENCIES`."""

    @property
    def new(self) -> int:
        """New posts."""
        return self.outcomes.get("new", 0)

    @property
    def asked(self) -> bool:
        """Whether the run asked for a list of the source."""
        return bool(self.read or self.confirmed or self.unread)


LATENCIES = {"15 min": 900, "1 h": 3600, "6 h": 21_600, "1 day": 86_400, "1 week": 604_800, "more": float("inf")}
"""Classes of latency: the longest seconds of each."""


@dataclass(frozen=True)
class Past:
    """A look of an earlier run, with the state in which it found the source."""

    look: Look
    state: str


@dataclass(frozen=True)
class Day:
    """What one day brought of a source, or to the whole archive."""

    source: str
    day: str
    """Date in UTC, ISO 8601."""
    bursts: int
    """Looks that brought a new post."""
    first: float
    """Time of the first of them, POSIX seconds; 0 without one."""
    last: float
    counts: Mapping[str, int]
    """Counts by name: `new`, `changed`, `error:CLASS`, `latency:CLASS`; of the archive `bytes`, `saved`."""


class Looks:
    """The looks and days of the sources."""

    def __init__(self, database: Database) -> None:
        """Take the open frontier.sqlite."""
        self._database = database

    def add(self, look: Look, state: str) -> None:
        """Store a look and the state in which it found the source; forget what is too old, or of a clock ahead."""
        values = {"source": look.source, "at": look.at, "kept": KEPT, "well": KEPT_WELL}
        counts = {name: look.outcomes[name] for name in ("new", "changed") if look.outcomes.get(name)}
        counts |= {f"error:{name}": count for name, count in look.errors.items()}
        counts |= {f"latency:{name}": count for name, count in look.latencies.items()}
        with self._database.transaction():
            self._database.run("DELETE FROM looks WHERE source = :source AND at >= :at", values)
            self._database.run(
                "INSERT INTO looks VALUES (:source, :at, :state, :facts)",
                {**values, "state": state, "facts": msgspec.json.encode(look).decode()},
            )
            self._database.run(_FORGET, values)
            self._add_day(look.source, look.at, counts)

    def add_to_archive(self, at: float, counts: Mapping[str, int]) -> None:
        """Add what a run that began `at` stored."""
        with self._database.transaction():
            self._add_day(ARCHIVE, at, counts)

    def _add_day(self, source: str, at: float, counts: Mapping[str, int]) -> None:
        if not counts:
            return
        moment = datetime.fromtimestamp(at, UTC)
        day, oldest = f"{moment:%Y-%m-%d}", f"{moment - timedelta(days=KEPT_DAYS):%Y-%m-%d}"
        row = self._database.row("SELECT * FROM days WHERE source = ? AND day = ?", (source, day))
        known = _day(row) if row else Day(source, day, 0, 0.0, 0.0, {})
        burst = "new" in counts
        self._database.run(
            "INSERT OR REPLACE INTO days VALUES (?, ?, ?, ?, ?, ?)",
            (
                source,
                day,
                known.bursts + burst,
                (known.first or at) if burst else known.first,
                at if burst else known.last,
                msgspec.json.encode(Counter(known.counts) + Counter(counts)).decode(),
            ),
        )
        self._database.run("DELETE FROM days WHERE source = ? AND (day < ? OR day > ?)", (source, oldest, day))

    def past(self, source: str) -> list[Past]:
        """Return the looks of a source, newest first."""
        rows = self._database.rows("SELECT * FROM looks WHERE source = ? ORDER BY at DESC", (source,))
        return [Past(_look(row), row["state"]) for row in rows]

    def last(self, source: str) -> Past | None:
        """Return the newest look of a source."""
        row = self._database.row("SELECT * FROM looks WHERE source = ? ORDER BY at DESC LIMIT 1", (source,))
        return Past(_look(row), row["state"]) if row else None

    def days(self, source: str, most: int) -> list[Day]:
        """Return the newest days of a source that brought something, oldest first."""
        rows = self._database.rows("SELECT * FROM days WHERE source = ? ORDER BY day DESC LIMIT ?", (source, most))
        return [_day(row) for row in rows][::-1]

    def days_since(self, day: str) -> list[Day]:
        """Return the days of all sources from a date on, oldest first."""
        return [_day(row) for row in self._database.rows("SELECT * FROM days WHERE day >= ? ORDER BY day", (day,))]


_FORGET = """
DELETE FROM looks WHERE source = :source
AND at < (SELECT at FROM looks WHERE source = :source ORDER BY at DESC LIMIT 1 OFFSET :kept - 1)
AND (state NOT IN ('healthy', 'silent', 'moved') OR at < (
    SELECT at FROM looks WHERE source = :source AND state IN ('healthy', 'silent', 'moved')
    ORDER BY at DESC LIMIT 1 OFFSET :well - 1
))
"""
_looks = msgspec.json.Decoder(Look)
_counts = msgspec.json.Decoder(dict[str, int])


def _look(row: Row) -> Look:
    return _looks.decode(row["facts"])


def _day(row: Row) -> Day:
    return Day(row["source"], row["day"], row["bursts"], row["first"], row["last"], _counts.decode(row["counts"]))
