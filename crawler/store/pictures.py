"""Pictures that could not be fetched yet, and when each is tried again (a table of frontier.sqlite)."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from math import inf

from crawler.clock import Clock
from crawler.items import Reason
from crawler.store.database import Database
from crawler.store.hosts import HostStore
from crawler.store.plan import RETRY

_MISSED = (
    """
    INSERT OR IGNORE INTO pictures (url, article, next_look, tried, tries, failure, failure_text)
    VALUES (:url, :article, :next_look, :tried, :tries, :failure, :failure_text)
    """,
    """
    UPDATE pictures SET next_look = :next_look, tried = :tried, tries = :tries, failure = :failure,
        failure_text = :failure_text
    WHERE url = :url
    """,
)
"""Articles that show one picture share its tries."""
_LAST = "SELECT tries, tried FROM pictures WHERE url = ? ORDER BY tries DESC LIMIT 1"
_DUE = """
SELECT pictures.url, article, source FROM pictures CROSS JOIN articles ON articles.url = article
WHERE pictures.next_look <= :now AND source IN (SELECT value FROM json_each(:sources)) ORDER BY pictures.next_look
"""
"""CROSS JOIN, because SQLite would read all articles of the sources, 0.35 s for a million. The reader drops a
picture that several articles show: GROUP BY would read all that are due (2026-11)."""


@dataclass(frozen=True)
class Picture:
    """A picture to be fetched now."""

    url: str
    article: str
    """Canonical URL of an article that shows it."""
    source: str


class Pictures:
    """The missing pictures: tried by themselves after the waits of a failed article, and at looks at their articles."""

    def __init__(self, database: Database, clock: Clock, hosts: HostStore) -> None:
        """Take the open frontier.sqlite."""
        self._database, self._clock, self._hosts = database, clock, hosts

    def missed(self, picture: Picture, reason: Reason) -> bool:
        """Note that a picture could not be fetched; return whether it is given up by that.

        A given-up picture is still tried when its article is looked at.
        """
        now, last = self._now(), self._database.row(_LAST, (picture.url,))
        before, tried = (last["tries"], last["tried"]) if last else (0, -inf)
        several = now - tried < RETRY[0].total_seconds()  # one request may be for several articles
        tries = before + (reason.asked and not several)
        if reason.error_class == "http-410":  # final (RFC 9110, 15.5.11)
            tries = max(tries, len(RETRY) + 1)
        wait = RETRY[max(tries - 1, 0)].total_seconds() if tries <= len(RETRY) else None
        row = {
            "url": picture.url,
            "article": picture.article,
            "next_look": None if wait is None else max(now + wait, self._hosts.free_at(picture.url)),
            "tried": now,
            "tries": tries,
            "failure": reason.error_class,
            "failure_text": reason.message,
        }
        with self._database.transaction():
            for statement in _MISSED:
                self._database.run(statement, row)
        return before <= len(RETRY) < tries

    def found(self, url: str) -> list[str]:
        """Forget a picture that is stored now; return the articles that show it."""
        articles = [str(name) for (name,) in self._database.rows("SELECT article FROM pictures WHERE url = ?", (url,))]
        self._database.run("DELETE FROM pictures WHERE url = ?", (url,))
        return articles

    def shown(self, article: str, missing: Collection[str]) -> None:
        """Forget the pictures of an article that its page does not show any more, or that are stored now."""
        statement = "DELETE FROM pictures WHERE article = ? AND url NOT IN (SELECT value FROM json_each(?))"
        self._database.run(statement, (article, json.dumps(list(missing))))

    def looked(self, article: str) -> None:
        """Make the pictures of an article due, because a look found its page unchanged; not those tried just now."""
        now = self._now()
        statement = "UPDATE pictures SET next_look = ? WHERE article = ? AND tried <= ?"
        self._database.run(statement, (now, article, now - RETRY[0].total_seconds()))

    def mend(self, now: float) -> None:
        """Make due what was tried with a clock that was ahead."""
        self._database.run("UPDATE pictures SET next_look = :now, tried = :now WHERE tried > :now", {"now": now})

    def moved(self, article: str, to: str) -> None:
        """Give the pictures of an article to the URL at which it is looked for from now on."""
        self._database.run("UPDATE OR REPLACE pictures SET article = ? WHERE article = ?", (to, article))

    def due(self, sources: Collection[str], limit: int, without: Collection[str] = ()) -> list[Picture]:
        """Return at most `limit` pictures of these sources to fetch now, the longest due first.

        `without`: pictures, and articles whose visits fetch their pictures, that are under way.
        """
        found: dict[str, Picture] = {}
        values = {"sources": json.dumps(list(sources)), "now": self._now()}
        for url, article, source in self._database.rows(_DUE, values):
            if url not in found and url not in without and article not in without:
                found[url] = Picture(url, article, source)
                if len(found) == limit:
                    break
        return list(found.values())

    def _now(self) -> float:
        return self._clock().timestamp()
