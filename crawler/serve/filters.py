"""Which posts a request asks for: the query of its URL goes in, the posts come out, newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from itertools import islice
from urllib.parse import urlencode

from crawler.serve.held import Opened
from crawler.store.catalogue_selection import Selection
from crawler.store.stored_version import StateName, Version

STATES = ("changed", "withdrawn", "suspect")


class BadFilter(ValueError):
    """A filter that can't be read; the text says why."""


@dataclass(frozen=True)
class Posts:
    """A page of posts."""

    versions: list[Version]
    """The newest version of each."""
    more: str = ""
    """`start` of the next page; empty when this is the last one."""


@dataclass(frozen=True)
class Filters:
    """What the query of a URL asks for, as it is written there; empty = everything."""

    q: str = ""
    """Words to search for."""
    source: str = ""
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

    def query(self, **changed: str) -> str:
        """The query of a URL that asks for the same, but from the start."""
        known = {one.name: getattr(self, one.name) for one in fields(self)} | {"start": ""} | changed
        return urlencode({name: value for name, value in known.items() if value})

    def posts(self, opened: Opened, most: int) -> Posts:
        """The next `most` posts; BadFilter when a filter can't be read."""
        found = list(islice(opened.catalogue.selected(self._selection(opened, most + 1)), most + 1))
        shown = found[:most]
        return Posts(shown, shown[-1].record_id if len(found) > most else "")

    def _selection(self, opened: Opened, most: int) -> Selection:
        last = _day(self.before)
        after = opened.catalogue.version(self.start) if self.start else None
        return Selection(
            source=self.source,
            since=_day(self.after),
            until=last + timedelta(days=1) if last else None,
            changed=self.state == "changed",
            state=self._state(),
            title=self.q,
            after=after,
            most=most,
        )

    def _state(self) -> StateName | None:
        if self.state in ("", "changed"):
            return None
        if self.state == "withdrawn":
            return "withdrawn"
        if self.state == "suspect":
            return "suspect"
        raise BadFilter(f"{self.state}: no state; one of {', '.join(STATES)}")


def _day(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise BadFilter(f"{text}: no day; write it as 2026-03-17") from None
