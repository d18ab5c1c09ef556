"""Which posts `warcpress list` shows: filters and a place in their order go in, SQL comes out.

The posts are in the order of the date that a post shows, the latest first. A page of them is found by that order (an
index has it), so the thousandth page costs as much as the first one.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crawler.clock import rfc3339
from crawler.store.catalogue_tables import LATER_STATE
from crawler.store.stored_version import StateName, Version

PAGE = 500
"""Versions read at a time. No statement stays open between two pages: it would hold up the run's checkpoints."""
PAGE_OF_STATE = 20 * PAGE
"""Where a state is asked for, since each page sorts all articles in it.

20,000 of them take 3.7 s of CPU by pages of 500, 0.8 s by 10,000 (2026-11).
"""
_STATE_NOW = f"""
(SELECT canonical_url FROM states WHERE state = :state AND NOT EXISTS ({LATER_STATE})) AS now
CROSS JOIN versions ON versions.canonical_url = now.canonical_url
"""
"""A CROSS JOIN keeps its order: the few articles in that state first, then their versions."""


@dataclass(frozen=True)
class Selection:
    """Filters on the posts; every default lets all of them through."""

    source: str = ""
    since: datetime | None = None
    """Aware: the date that the post shows is not earlier."""
    until: datetime | None = None
    """Aware: the date that the post shows is earlier."""
    changed: bool = False
    """Whether there must be more than one version."""
    state: StateName | None = None
    """The state of the article now."""
    title: str = ""
    """Text in the title, whatever its case and the width of its letters."""
    after: Version | None = None
    """The post before the first one."""
    most: int | None = None
    """How many posts are wanted: no more versions are read at a time; None = all.

    With `title` it counts for nothing, since most versions do not have the text.
    """

    def page(self, after: tuple[str, str] | None) -> tuple[str, dict[str, Any]]:
        """SELECT of the next versions, newer and older ones of an article, with record_id, date and title.

        `after`: date and record id of the version before the first one; None = that of `self.after`.
        """
        if after is None and self.after is not None:
            after = rfc3339(self.after.date), self.after.record_id
        date, record_id = after or ("", "")
        since, until = (rfc3339(moment) if moment else "" for moment in (self.since, self.until))
        terms = {
            "(versions.date, versions.record_id) < (:date, :record_id)": date,
            "versions.source = :source": self.source,
            "versions.date >= :since": since,
            "versions.date < :until": until,
            "versions.number > 1": self.changed,
        }
        full = PAGE_OF_STATE if self.state else PAGE
        most = full if self.title else min(self.most or full, full)
        where = " AND ".join(("1", *(term for term, is_given in terms.items() if is_given)))
        statement = f"""
        SELECT versions.record_id, versions.date, title
        FROM {_STATE_NOW if self.state else "versions"} WHERE {where}
        ORDER BY versions.date DESC, versions.record_id DESC LIMIT {most}
        """
        values = {
            "date": date,
            "record_id": record_id,
            "source": self.source,
            "since": since,
            "until": until,
            "state": self.state,
        }
        return statement, values

    def lets(self, version: Version) -> bool:
        """Whether a newest version comes through, whatever the state of its article: as `page` and `has` select."""
        return all(
            (
                self.after is None or (version.date, version.record_id) < (self.after.date, self.after.record_id),
                not self.source or version.source == self.source,
                self.since is None or version.date >= self.since,
                self.until is None or version.date < self.until,
                not self.changed or version.number > 1,
                self.has(version.title),
            )
        )

    def has(self, title: str) -> bool:
        """Whether the title has the text that is looked for."""
        return not self.title or folded(self.title) in folded(title)


def folded(text: str) -> str:
    """Text for comparing: without case, full-width letters and accents in one form."""
    return unicodedata.normalize("NFKC", text).casefold()
