"""Which posts a request asks for: the query of its URL goes in, the posts come out, newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from urllib.parse import urlencode

from crawler.search.finding import find
from crawler.search.query import parse
from crawler.search.words import Phrase
from crawler.serve.held import Opened
from crawler.store.catalogue_selection import Selection
from crawler.store.stored_version import StateName, Version

LOOKED = 2_000
"""Most posts with the words that are looked at for those in a state; the next page goes on behind them."""
STATES = ("changed", "withdrawn", "suspect")


class BadFilter(ValueError):
    """A filter that can't be read; the text says why."""


@dataclass(frozen=True)
class Hit:
    """A post of a list."""

    newest: Version
    found: Version
    """The version that has the words; the newest one where none were looked for."""


@dataclass(frozen=True)
class Posts:
    """A page of posts."""

    hits: list[Hit]
    phrases: tuple[Phrase, ...] = ()
    """Words that were looked for."""
    more: str = ""
    """`start` of the next page; empty when this is the last one."""


@dataclass(frozen=True)
class Filters:
    """What the query of a URL asks for, as it is written there; empty = everything."""

    q: str = ""
    """Words to search for."""
    source: str = ""
    author: str = ""
    """Words in the name of an author."""
    section: str = ""
    """Words in the name of a section: one of the post's categories."""
    state: str = ""
    """One of STATES."""
    after: str = ""
    """First day, YYYY-MM-DD."""
    before: str = ""
    """Last day, YYYY-MM-DD."""
    start: str = ""
    """Where the page begins: after the version with this record id."""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Filters:
        """Read the query of a URL; keys that are not known are ignored."""
        return cls(**{one.name: query.get(one.name, "").strip() for one in fields(cls)})

    @property
    def is_empty(self) -> bool:
        """Whether every post is asked for."""
        return not self.query()

    @property
    def chooses(self) -> bool:
        """Whether there is any filter besides the words."""
        return bool(self.query(q=""))

    def query(self, **changed: str) -> str:
        """The query of a URL that asks for the same, but from the start."""
        known = {one.name: getattr(self, one.name) for one in fields(self)} | {"start": ""} | changed
        return urlencode({name: value for name, value in known.items() if value})

    def posts(self, opened: Opened, most: int) -> Posts:
        """The next `most` posts; BadFilter or BadQuery when a filter can't be read."""
        if self.q or self.author or self.section:
            return self._searched(opened, most)
        found = list(islice(opened.catalogue.selected(self._selection(opened, most + 1)), most + 1))
        shown = found[:most]
        return Posts([Hit(one, one) for one in shown], more=shown[-1].record_id if len(found) > most else "")

    def _searched(self, opened: Opened, most: int) -> Posts:
        """Posts that have the words."""
        query, state = parse(self._words()), self._state()
        with opened.words() as index:
            if self.start and not index.known([self.start]):
                raise self._bad_start()
            shown: list[Hit] = []
            last, looked = "", 0
            for one in islice(find(query, index, opened.catalogue, self.start), LOOKED):
                if len(shown) == most:
                    return Posts(shown, query.phrases, last)
                last, looked = one.version.record_id, looked + 1
                is_changed = self.state != "changed" or one.newest.number > 1
                if is_changed and state in (None, opened.catalogue.states.name(one.newest.canonical_url)):
                    shown.append(Hit(one.newest, one.version))
        return Posts(shown, query.phrases, last if looked == LOOKED else "")

    def _words(self) -> str:
        """The filters as a query."""
        since, until = _day(self.after), _day_after(self.before)
        fields = {
            "author": self.author,
            "section": self.section,
            "source": self.source,
            "after": since.date().isoformat() if since else "",
            "before": until.date().isoformat() if until else "",
        }
        given = [f'{name}:"{value.replace(chr(34), " ")}"' for name, value in fields.items() if value]
        return " ".join([f"({self.q})" if self.q and given else self.q, *given])

    def _selection(self, opened: Opened, most: int) -> Selection:
        after = opened.catalogue.version(self.start) if self.start else None
        if self.start and after is None:
            raise self._bad_start()
        return Selection(
            source=self.source,
            since=_day(self.after),
            until=_day_after(self.before),
            changed=self.state == "changed",
            state=self._state(),
            after=after,
            most=most,
        )

    def _bad_start(self) -> BadFilter:
        return BadFilter(f"start={self.start[:60]}: not in the archive; begin again with the newest posts")

    def _state(self) -> StateName | None:
        if self.state in ("", "changed"):
            return None
        if self.state == "withdrawn":
            return "withdrawn"
        if self.state == "suspect":
            return "suspect"
        raise BadFilter(f"state={self.state[:60]}: not known; write one of {', '.join(STATES)}")


def _day(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise BadFilter(f"{text[:60]}: not a day; write it as 2026-03-17") from None


def _day_after(text: str) -> datetime | None:
    """The end of a day; None for the last day of the calendar, too, which ends nothing."""
    day = _day(text)
    return day + timedelta(days=1) if day and day.date() < date.max else None
