"""What to fetch next and when to look again, in frontier.sqlite: candidates in, visits out, outcomes back in.

It survives kill -9 because a visit is only crossed off once its outcome was stored; losing the whole file costs
fetching again, never anything that is held."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Float, Index, Integer, MetaData, String, Table, bindparam, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from crawler.clock import Clock, from_rfc3339, rfc3339
from crawler.items import Candidate, Outcome, Reason
from crawler.store.database import open_database
from crawler.urls.canonical import canonicalise

LOOK_AGAIN = (timedelta(hours=6), timedelta(days=1), timedelta(days=7), timedelta(days=30))
"""When an article is looked at again, counted from each look: most edits of news come within the first day."""
RETRY = tuple(timedelta(minutes=minutes) for minutes in (15, 60, 240, 1440, 4320))
"""When a failed fetch is tried again in a later run; after the last one the article is given up."""
FURTHEST = LOOK_AGAIN[-1] + timedelta(days=1)
AFTER_REFUSAL = timedelta(days=1)
"""robots.txt, budgets, pages that are no article and pages that are not there yet may change their mind."""
MOST_LOOKS = 3
"""At a page that gives no article, those included at which it gave one."""
EARLY = 60.0
"""Seconds by which an entry point may come before its time, a tenth of its interval at most: a timer that fires every
30 minutes does so a little sooner or later (systemd: within a minute), and half of its runs would find nothing due."""

schema = MetaData()
articles = Table(
    "articles",
    schema,
    Column("url", String, primary_key=True),  # canonical
    Column("fetch_url", String, nullable=False),  # as discovered
    Column("source", String, nullable=False),
    Column("section", String, nullable=False),
    Column("published", String),  # the hint of the feed, sitemap, listing
    Column("via", String, nullable=False),
    Column("discovered", Float, nullable=False),  # POSIX seconds
    Column("next_look", Float),  # None = never
    Column("looks", Integer, nullable=False),
    Column("etag", String, nullable=False),
    Column("last_modified", String, nullable=False),
    Column("failures", Integer, nullable=False),  # in a row
    Column("failure", String, nullable=False),  # class of the last one; empty after a success
    Column("failure_text", String, nullable=False),
    Column("state", String, nullable=False),  # waiting, or the last outcome, or given-up
    Index("articles_by_time", "next_look"),
)
aliases = Table("aliases", schema, Column("url", String, primary_key=True), Column("article", String, nullable=False))
entries = Table(
    "entries",
    schema,
    Column("source", String, primary_key=True),
    Column("url", String, primary_key=True),
    Column("fingerprint", String, nullable=False),  # of the source's configuration: a change makes validators void
    Column("last_look", Float, nullable=False),
    Column("etag", String, nullable=False),
    Column("last_modified", String, nullable=False),
)


@dataclass(frozen=True)
class Validators:
    """What a conditional request carries (RFC 9110, 13.1); empty = none known."""

    etag: str = ""
    last_modified: str = ""

    def headers(self) -> dict[str, str]:
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True)
class Visit:
    """One article to be fetched now."""

    article: str
    """Canonical URL: the key that outcomes are reported under."""
    url: str
    """What to request."""
    source: str
    section: str
    published: datetime | None
    via: str
    looks: int
    """How often it was held already; 0 = never."""
    validators: Validators


class Frontier:
    """frontier.sqlite. Every method that writes is one transaction."""

    def __init__(self, path: Path, clock: Clock, followed: Collection[str]) -> None:
        """`followed`: names of all sources that there are now; what belongs to another (renamed, deleted) goes to the
        next that names it. StorageFailed when the file is corrupt: it may be deleted, its loss costs fetching again."""
        advice = "delete it: nothing that is held is lost, some pages are fetched again"
        self._engine = open_database(path, advice, durable=False)
        self._clock, self._followed = clock, tuple(followed)
        schema.create_all(self._engine)

    def close(self) -> None:
        self._engine.dispose()

    # -- candidates

    def add(self, candidates: Iterable[Candidate]) -> int:
        """Puts what is not known yet on the list, due at once, and takes over what belongs to a source that is followed
        no more; returns how many."""
        now, added = self._now(), 0
        with self._engine.begin() as connection:
            for candidate in candidates:
                url = canonicalise(candidate.url)
                alias, fetched = connection.execute(_KNOWN, {"url": url}).one()
                if alias is None and fetched is not None and canonicalise(fetched) != url:
                    # Known by another page's word only (`held`), which may be wrong or a lie: its own page is asked.
                    own = {"fetch_url": candidate.url, "next_look": now, "etag": "", "last_modified": ""}
                    connection.execute(_UPDATE, {**own, "article": url})
                url = alias or url
                row = {
                    "url": url,
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
                    "followed": self._followed,
                }
                added += connection.execute(_ADD_OR_ADOPT, row).rowcount
        return added

    def due(self, sources: Collection[str], limit: int, without: Collection[str] = ()) -> list[Visit]:
        """At most `limit` visits of these sources that are due, new articles first, the latest published first;
        `without`: articles that are under way."""
        now = self._now()
        # A look further away than any we plan was planned by a clock that was ahead (THREATS R6).
        due = (articles.c.next_look <= now) | (articles.c.next_look > now + FURTHEST.total_seconds())
        query = (
            select(articles)
            .where(due, articles.c.source.in_(sources))
            .order_by(articles.c.looks, articles.c.published.desc(), articles.c.discovered, articles.c.url)
            .limit(limit + len(without))
        )
        with self._engine.connect() as connection:
            visits = [_visit(row) for row in connection.execute(query)]
        return [visit for visit in visits if visit.article not in without][:limit]

    def visit(self, url: str, source: str) -> Visit:
        """A visit of this URL now, known or not, due or not."""
        self.add([Candidate(url=url, source=source)])
        return self.known(url) or Visit(canonicalise(url), url, source, "", None, "", 0, Validators())

    def known(self, url: str) -> Visit | None:
        """What the list says of a URL; through its alias where it has one."""
        key = canonicalise(url)
        with self._engine.connect() as connection:
            article = connection.execute(_ALIAS, {"url": key}).scalar() or key
            row = connection.execute(select(articles).where(articles.c.url == article)).one_or_none()
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

        `failed` becomes `given-up` after the last retry. `reason`: why there is no post. `canonical_url`: the URL that
        the page names as its own; empty = the one that was visited. `validators`: for the next request; None = keep
        those of the last one.
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
            values |= {"etag": validators.etag, "last_modified": validators.last_modified}
        self._update(visit.article, values, _wait(outcome, reason, looks, failures))
        if canonical_url not in ("", visit.article):
            self._alias(visit, canonical_url)
        return outcome

    def _failures(self, visit: Visit) -> int:
        with self._engine.connect() as connection:
            query = select(articles.c.failures).where(articles.c.url == visit.article)
            return connection.execute(query).scalar() or 0

    def again(self, urls: Iterable[str]) -> None:
        """These were fetched, but their bytes were lost with a dying run: due at once, without validators."""
        for url in urls:
            self._update(canonicalise(url), {"etag": "", "last_modified": ""}, timedelta(0))
            with self._engine.begin() as connection:
                cleared = {"etag": "", "last_modified": "", "last_look": 0.0}
                connection.execute(update(entries).where(entries.c.url == url).values(cleared))

    def _update(self, article: str, values: dict[str, Any], wait: timedelta | None) -> None:
        values["next_look"] = None if wait is None else self._now() + wait.total_seconds()
        with self._engine.begin() as connection:
            connection.execute(_UPDATE, {**values, "article": article})

    def _alias(self, visit: Visit, canonical_url: str) -> None:
        """The page says that it is another URL's article: one entry stays, the others lead to it."""
        with self._engine.begin() as connection:
            row = connection.execute(select(articles).where(articles.c.url == visit.article)).one_or_none()
            if row is not None:
                moved = {**row._mapping, "url": canonical_url}
                connection.execute(_ADD, moved)
                connection.execute(articles.delete().where(articles.c.url == visit.article))
            alias = {"url": visit.article, "article": canonical_url}
            connection.execute(insert(aliases).prefix_with("OR REPLACE"), alias)

    # -- entry points of the sources

    def entry_is_due(self, source: str, url: str, every: float) -> bool:
        """Whether `every` seconds, or nearly (EARLY), have passed since the last look, or the clock has jumped back."""
        row = self._entry(source, url)
        return row is None or not 0 <= self._now() - row.last_look < every - min(EARLY, every / 10)

    def entry_looked(self, source: str, url: str) -> datetime | None:
        """When the run that last read an entry point began; aware."""
        row = self._entry(source, url)
        return datetime.fromtimestamp(row.last_look, UTC) if row else None

    def entry_validators(self, source: str, url: str, fingerprint: str) -> Validators:
        """Validators of the last look, void when the source's configuration has changed since."""
        row = self._entry(source, url)
        if row is None or row.fingerprint != fingerprint:
            return Validators()
        return Validators(row.etag, row.last_modified)

    def entry_read(self, source: str, url: str, fingerprint: str, validators: Validators, at: datetime) -> None:
        """The entry point was read and its candidates were added, by a run that began `at`: counted from there, a slow
        run does not put its next look off."""
        named = {"source": source, "url": url, "fingerprint": fingerprint}
        row = {**named, "last_look": at.timestamp(), **vars(validators)}
        with self._engine.begin() as connection:
            connection.execute(insert(entries).prefix_with("OR REPLACE"), row)

    def _entry(self, source: str, url: str) -> Any:
        query = select(entries).where(entries.c.source == source, entries.c.url == url)
        with self._engine.connect() as connection:
            return connection.execute(query).one_or_none()

    def _now(self) -> float:
        return self._clock().timestamp()


# Made once: building a statement takes three times as long as running it (2026-11).
_ADD = insert(articles).prefix_with("OR IGNORE")
_NEW = upsert(articles)
_ADD_OR_ADOPT = _NEW.on_conflict_do_update(
    set_={"source": _NEW.excluded.source, "section": _NEW.excluded.section},
    where=articles.c.source.not_in(bindparam("followed", expanding=True)),
)
_UPDATE = update(articles).where(articles.c.url == bindparam("article"))
_ALIAS = select(aliases.c.article).where(aliases.c.url == bindparam("url"))
_KNOWN = select(
    _ALIAS.scalar_subquery(), select(articles.c.fetch_url).where(articles.c.url == bindparam("url")).scalar_subquery()
)


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


def _visit(row: Any) -> Visit:
    return Visit(
        article=row.url,
        url=row.fetch_url,
        source=row.source,
        section=row.section,
        published=from_rfc3339(row.published) if row.published else None,
        via=row.via,
        looks=row.looks,
        validators=Validators(row.etag, row.last_modified),
    )
