"""The sources of one run: what each stage saw of them goes in, a look of each and its state come out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from statistics import median
from typing import Any

from archive import Redactor
from crawler.clock import rfc3339
from crawler.config import fingerprint
from crawler.discovery import EntryPoint, Found
from crawler.items import Outcome, Post, Reason, Source
from crawler.run.health import SILENT_DAYS, Health, State
from crawler.run.judgement import judge
from crawler.store.looks import LATENCIES, MOST_DATES, MOST_LENGTHS, Day, Listed, Look, Looks, Past, Unread

OFTEN_ABSENT = frozenset({"remove", "next"})
"""Selectors of a source that have nothing to find on many pages."""
REMIND = 86_400.0
"""Seconds after which a state that lasts is told again."""


@dataclass(frozen=True)
class Judged:
    """A source that a run has judged."""

    look: Look
    health: Health
    since: datetime
    """Start of the first look of those in a row that found it in this state."""
    news: bool
    """Whether the state is new, or has lasted another day."""
    unwell: datetime | None = None
    """When a source that is healthy again was first found in another state; None = it was healthy before, or is not."""

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to say: the source is well, and nothing was new or due."""
        look = self.look
        return self.health.state is State.HEALTHY and not (self.news or look.added or look.outcomes or look.unread)

    def row(self) -> dict[str, Any]:
        """The source in the run file."""
        look = self.look
        return {
            "state": self.health.state.value,
            "since": rfc3339(self.since),
            "reason": self.health.reason,
            "advice": self.health.advice,
            "lists": {"read": len(look.read), "not_modified": look.confirmed, "unread": len(look.unread)},
            "candidates": {"seen": _seen(look).articles, "refused": _seen(look).refused, "added": look.added},
            "articles": dict(look.outcomes),
            "errors": dict(look.errors),
            "not_articles": dict(look.not_articles),
            "without": {"date": look.undated, "author": look.unsigned, "picture": look.unpictured},
            "median_length": median(look.lengths) if look.lengths else None,
            "faulty_lists": look.faults,
            "moved": dict(look.moved),
        }


def _seen(look: Look) -> Listed:
    found = look.further
    for listed in look.read.values():
        found = found.with_more(listed)
    return found


class RunSources:
    """Gathers a Look of each source that the run looks at, and judges the sources at its end."""

    def __init__(self, sources: Mapping[str, Source], started: datetime, redactor: Redactor) -> None:
        self._sources, self._started, self._redactor = sources, started, redactor
        self._looks: dict[str, Look] = {}

    def look(self, source: str) -> Look:
        """The look at a source."""
        if source not in self._looks:
            settings = fingerprint(self._sources[source]) if source in self._sources else ""
            self._looks[source] = Look(source, self._started.timestamp(), settings)
        return self._looks[source]

    def read(self, entry: EntryPoint, source: str, found: Found, added: int) -> None:
        """Note a list that was read, and how many of its candidates were new."""
        look = self.look(source)
        dates = _dates(found) if entry.kind == "feed" else ()
        listed = Listed(len(found.candidates), found.refused, self._redactor.text(found.example), dates)
        if entry.step == 1:
            look.read[entry.url] = listed
        else:
            look.further = look.further.with_more(listed)
        look.faults += bool(found.faults)
        look.added += added

    def unread(self, entry: EntryPoint, source: str, message: str, *, fetched: bool) -> None:
        """Note a list that could not be read; those that other lists lead to come and go."""
        if entry.step == 1:
            self.look(source).unread[entry.url] = Unread(self._redactor.text(message), fetched)

    def moved(self, entry: EntryPoint, source: str, url: str) -> None:
        """Note where a list has moved for good."""
        if entry.step == 1:
            self.look(source).moved[entry.url] = self._redactor.text(url)

    def finished(self, source: str, outcome: Outcome, reason: Reason | None, *, first: bool) -> None:
        """Note the end of a visit; `first`: the article has had none before."""
        look = self.look(source)
        _count(look.outcomes, outcome.value)
        if reason is None:
            return
        _count(look.errors, reason.error_class)
        if first and outcome is Outcome.NOT_AN_ARTICLE:
            _count(look.not_articles, reason.error_class)
        elif first:
            _count(look.unfetched, reason.error_class)

    def new_post(self, source: str, post: Post, captured: datetime) -> None:
        """Note what a new post has and lacks."""
        look = self.look(source)
        look.undated += post.published is None
        look.unsigned += not post.authors
        look.unpictured += not (post.images or post.lead_image)
        for key in set(post.unmatched) - OFTEN_ABSENT:
            _count(look.unmatched, key)
        if len(look.lengths) < MOST_LENGTHS:
            look.lengths.append(len(post.text))
        if post.published is not None:
            late = (captured - post.published).total_seconds()
            _count(look.latencies, next(name for name, most in LATENCIES.items() if late <= most))

    def judge(self, stored: Looks, now: datetime) -> dict[str, Judged]:
        """Store the looks of this run; judge the sources that it looked at, and those without entry points."""
        judged = {}
        for name, source in self._sources.items():
            if (look := self._looks.get(name)) is not None:
                past = [known for known in stored.past(name) if known.look.at < look.at]
                judged[name] = judged_by(source, look, past, stored.days(name, SILENT_DAYS), now)
                stored.add(look, judged[name].health.state)
            elif not source.entries:
                judged[name] = judged_by(source, self.look(name), (), (), now)
                stored.add(self.look(name), judged[name].health.state)
        return judged


def _dates(found: Found) -> tuple[float, ...]:
    """When the last articles of a feed were published, oldest first; empty unless all say."""
    known = sorted(one.published.timestamp() for one in found.candidates if one.published is not None)
    return tuple(known[-MOST_DATES:]) if len(known) == len(found.candidates) else ()


def _count(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1


def judged_by(source: Source, look: Look, past: Iterable[Past], days: Iterable[Day], now: datetime) -> Judged:
    """Judge a source by its present look, its earlier ones, newest first, and its days."""
    earlier = list(past)
    health = judge(source, [Past(look, ""), *earlier], _with_today(list(days), look), now)
    before = earlier[0] if earlier else None
    in_a_row = [look.at]
    for known in earlier:
        if known.state != health.state:
            break
        in_a_row.append(known.look.at)
    lasted, lasted_before = look.at - in_a_row[-1], (before.look.at if before else look.at) - in_a_row[-1]
    if health.state is State.HEALTHY:
        news = before is not None and before.state != State.HEALTHY
    else:
        news = len(in_a_row) == 1 or lasted // REMIND > lasted_before // REMIND
    others = [known.look.at for known in takewhile(lambda known: known.state != State.HEALTHY, earlier)]
    unwell = datetime.fromtimestamp(others[-1], UTC) if others and health.state is State.HEALTHY else None
    return Judged(look, health, datetime.fromtimestamp(in_a_row[-1], UTC), news, unwell)


def _with_today(days: list[Day], look: Look) -> list[Day]:
    """The days with the news of the present look, which is not stored yet."""
    if not look.new:
        return days
    today = f"{datetime.fromtimestamp(look.at, UTC):%Y-%m-%d}"
    if days and days[-1].day == today:
        known = days.pop()
        return [*days, Day(look.source, today, known.bursts + 1, known.first or look.at, look.at, known.counts)]
    return [*days, Day(look.source, today, 1, look.at, look.at, {})]
