"""What to fetch next and when to visit again (frontier.sqlite): candidates and outcomes go in, due visits come out.

A visit is due until its outcome is stored, so a kill loses none. If the whole file is lost, pages are fetched again;
nothing that is stored is lost.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from sqlite3 import Row
from typing import Any

from crawler.clock import Clock, from_rfc3339, rfc3339
from crawler.errors import StorageFailed
from crawler.items import Candidate, Outcome, Reason
from crawler.store.database import Database
from crawler.store.entries import Entries
from crawler.store.frontier_tables import SCHEMA
from crawler.store.hosts import HostStore
from crawler.store.robots import RobotsStore
from crawler.store.validators import Validators
from crawler.urls.canonical import canonicalise

LOOK_AGAIN = (timedelta(hours=6), timedelta(days=1), timedelta(days=7), timedelta(days=30))
"""Waits between visits of a stored article: the second visit comes after 6 hours, the last after 30 more days.

Most edits of news come within the first day.
"""
RETRY = tuple(timedelta(minutes=minutes) for minutes in (15, 60, 240, 1440, 4320))
"""Waits before a failed fetch is tried again in a later run; after the last one the article is given up."""
FURTHEST = LOOK_AGAIN[-1] + timedelta(days=1)
"""A visit planned further ahead than this was planned by a clock that was ahead, and is due."""
AFTER_REFUSAL = timedelta(days=1)
"""Wait after a refusal by robots.txt or budget, a page without an article, or a 404: each may change."""
MOST_LOOKS = 3
"""A page that gives no article is not visited again after this many visits in all."""
ADVICE = "delete it: nothing that is stored is lost, some pages are fetched again"

_ARTICLE = (
    *("url", "fetch_url", "source", "section", "published", "via", "discovered", "next_look", "looks"),
    *("etag", "last_modified", "failures", "failure", "failure_text", "state", "confirmed"),
)
_ADD = f"INSERT INTO articles ({', '.join(_ARTICLE)}) VALUES ({', '.join(':' + name for name in _ARTICLE)})"
_ADD_OR_ADOPT = f"""
{_ADD} ON CONFLICT (url) DO UPDATE SET source = excluded.source, section = excluded.section
WHERE source NOT IN (SELECT value FROM json_each(:followed))
"""
_DUE = """
SELECT * FROM articles
WHERE (next_look <= :now OR next_look > :furthest) -- planned by a clock that was ahead
AND source IN (SELECT value FROM json_each(:sources))
ORDER BY looks, published DESC, discovered, url LIMIT :limit
"""
_FIND = "SELECT * FROM articles WHERE url = ?"
_ALIAS = "SELECT article FROM aliases WHERE url = ?"


@dataclass(frozen=True)
class Visit:
    """One article to be fetched now."""

    article: str
    """Canonical URL, the key of the article."""
    url: str
    """The URL to request."""
    source: str
    section: str
    published: datetime | None
    via: str
    looks: int
    """How many visits it has had."""
    validators: Validators


def copy_frontier(path: Path, copy: Path) -> None:
    """Copy a frontier, without write access to its folder; do nothing when there is none.

    StorageFailed when it can't be read.
    """
    try:
        if not path.exists():
            return
    except OSError as error:
        raise StorageFailed(f"{path}: can't be read: {error.strerror}") from error
    original = Database(path, SCHEMA, ADVICE, durable=False, read_only=True)
    try:
        original.copy_to(copy)
    finally:
        original.close()


class Frontier:
    """The open frontier.sqlite; every method that writes is one transaction.

    It keeps the articles; `entries` keeps the documents that list them.
    """

    def __init__(self, path: Path, clock: Clock, followed: Collection[str]) -> None:
        """Open the file and make it if missing; StorageFailed when it can't be read or written, Unsound when damaged.

        `followed`: names of all sources of the configuration. An article of another source (renamed, deleted) goes to
        the next source that lists it.
        """
        self._database = Database(path, SCHEMA, ADVICE, durable=False)
        self._clock, self._followed = clock, json.dumps(list(followed))
        self.entries = Entries(self._database, clock)
        self.hosts = HostStore(self._database, clock)
        self.robots = RobotsStore(self._database, clock)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    # -- candidates

    def add(self, candidates: Iterable[Candidate]) -> int:
        """Add unknown candidates, due at once; return how many were added or went to another source.

        A known article whose source is no longer configured goes to the source that lists it now.
        """
        now, added = self._now(), 0
        with self._database.transaction():
            for candidate in candidates:
                url = canonicalise(candidate.url)
                alias = self._database.value(_ALIAS, (url,))
                fetched = self._database.value("SELECT fetch_url FROM articles WHERE url = ?", (url,))
                if alias is None and fetched is not None and canonicalise(fetched) != url:
                    # Known only from another page's canonical link, which may be wrong: fetch the article's own page.
                    own = {"fetch_url": candidate.url, "next_look": now, "etag": "", "last_modified": ""}
                    self._change(url, own)
                row = {
                    "url": alias or url,
                    "fetch_url": candidate.url,
                    "source": candidate.source,
                    "section": candidate.section,
                    "published": rfc3339(candidate.published) if candidate.published else None,
                    "via": candidate.via,
                    "discovered": now,
                    "next_look": now,
                    "looks": 0,
                    "etag": "",
                    "last_modified": "",
                    "failures": 0,
                    "failure": "",
                    "failure_text": "",
                    "state": "waiting",
                    "confirmed": 0,
                }
                added += self._database.run(_ADD_OR_ADOPT, {**row, "followed": self._followed})
        return added

    def due(self, sources: Collection[str], limit: int, without: Collection[str] = ()) -> list[Visit]:
        """Return at most `limit` due visits of these sources: fewest visits first, then the latest published first.

        `without`: articles whose visits are under way.
        """
        now = self._now()
        values = {
            "now": now,
            "furthest": now + FURTHEST.total_seconds(),
            "sources": json.dumps(list(sources)),
            "limit": limit + len(without),
        }
        visits = map(_visit, self._database.rows(_DUE, values))
        return [visit for visit in visits if visit.article not in without][:limit]

    def visit(self, url: str, source: str) -> Visit:
        """Return a visit of a URL for now, even if it is unknown or not due."""
        self.add([Candidate(url=url, source=source)])
        return self.known(url) or Visit(canonicalise(url), url, source, "", None, "", 0, Validators())

    def known(self, url: str) -> Visit | None:
        """Return the visit of a known URL, or of the article that it is an alias of."""
        key = canonicalise(url)
        row = self._database.row(_FIND, (self._database.value(_ALIAS, (key,)) or key,))
        return _visit(row) if row else None

    # -- outcomes

    def finish(
        self,
        visit: Visit,
        outcome: Outcome,
        *,
        reason: Reason | None = None,
        canonical_url: str = "",
        validators: Validators | None = None,
    ) -> Outcome:
        """Store how a visit ended and plan the next one; return the outcome as stored.

        `failed` becomes `given-up` after the last retry. `reason`: why there is no post. `canonical_url`: the URL at
        which the article is looked for from now on; empty = the one that was visited. `validators`: for the next
        request; None = keep the present ones.
        """
        looks, failures = visit.looks + 1, 0
        if outcome is Outcome.FAILED:
            looks, failures = visit.looks, self._failures(visit) + (reason is None or reason.asked)
            outcome = Outcome.GIVEN_UP if failures > len(RETRY) else outcome
        values = {
            "looks": looks,
            "state": outcome.value,
            "failures": failures,
            "failure": reason.error_class if reason else "",
            "failure_text": reason.message if reason else "",
        }
        if validators is not None:
            values |= asdict(validators)
        if not self._update(visit.article, values, _wait(outcome, reason, looks, failures)):
            self._database.repair_indexes()
            if not self._update(visit.article, values, _wait(outcome, reason, looks, failures)):
                raise self._database.unsound(f"no row for {visit.article}, whose visit ends")
        if canonical_url not in ("", visit.article):
            self._alias(visit, canonical_url)
        return outcome

    def _failures(self, visit: Visit) -> int:
        return int(self._database.value("SELECT failures FROM articles WHERE url = ?", (visit.article,)) or 0)

    def again(self, urls: Iterable[str]) -> None:
        """Make these due at once, without validators: a killed run fetched them but lost their bytes."""
        for url in urls:
            self._update(canonicalise(url), {"etag": "", "last_modified": ""}, timedelta(0))
            self.entries.again(url)

    def _update(self, article: str, values: dict[str, Any], wait: timedelta | None) -> int:
        """Change an article's row, due after `wait`; None = never. Return how many rows there were."""
        next_look = None if wait is None else self._now() + wait.total_seconds()
        return self._change(article, {**values, "next_look": next_look})

    def _change(self, article: str, values: dict[str, Any]) -> int:
        columns = ", ".join(f"{name} = :{name}" for name in values)
        return self._database.run(f"UPDATE articles SET {columns} WHERE url = :article", {**values, "article": article})

    def _alias(self, visit: Visit, canonical_url: str) -> None:
        """Move the article's row to the URL at which it is looked for; the visited URL becomes an alias."""
        with self._database.transaction():
            row = self._database.row(_FIND, (visit.article,))
            if row is not None:
                self._database.run(f"{_ADD} ON CONFLICT DO NOTHING", {**dict(row), "url": canonical_url})
                self._database.run("DELETE FROM articles WHERE url = ?", (visit.article,))
            self._database.run("INSERT OR REPLACE INTO aliases VALUES (?, ?)", (visit.article, canonical_url))

    def _now(self) -> float:
        return self._clock().timestamp()


def _wait(outcome: Outcome, reason: Reason | None, looks: int, failures: int) -> timedelta | None:
    """Time until the next visit; None = never."""
    if outcome.stored:
        return LOOK_AGAIN[looks - 1] if looks <= len(LOOK_AGAIN) else None
    if outcome is Outcome.FAILED:
        return RETRY[max(failures - 1, 0)]
    if outcome is Outcome.REFUSED:
        return AFTER_REFUSAL
    # 410 is final (RFC 9110, 15.5.11); a 404 may come from a feed that is ahead of its site.
    final = outcome is Outcome.GIVEN_UP or (reason is not None and reason.error_class == "http-410")
    return None if final or looks >= MOST_LOOKS else AFTER_REFUSAL


def _visit(row: Row) -> Visit:
    return Visit(
        article=row["url"],
        url=row["fetch_url"],
        source=row["source"],
        section=row["section"],
        published=from_rfc3339(row["published"]) if row["published"] else None,
        via=row["via"],
        looks=row["looks"],
        validators=Validators.of(row).for_article(),
    )
