"""The states of held articles (`Catalogue.states`): present, withdrawn, suspect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from sqlite3 import Row

from crawler.clock import from_rfc3339, rfc3339
from crawler.store.catalogue_tables import LATER_STATE
from crawler.store.database import Database
from crawler.store.stored_version import STATES, State, StateName

_STATE = tuple(field.name for field in fields(State))
_ADD = f"INSERT OR IGNORE INTO states ({', '.join(_STATE)}) VALUES ({', '.join(':' + name for name in _STATE)})"
_SELECT = f"SELECT {', '.join(_STATE)} FROM states"
_OLDEST_FIRST = "number, date, record_id"
_LATEST = f"{_SELECT} WHERE canonical_url = ? ORDER BY number DESC, date DESC, record_id DESC LIMIT 1"
_ABSENT = f"{_SELECT} WHERE state != 'present' AND NOT EXISTS ({LATER_STATE})"

_WITHDRAWN = f"""
{_SELECT} WHERE canonical_url = ? AND state = 'withdrawn' AND NOT EXISTS ({LATER_STATE} AND later.state = 'present')
ORDER BY {_OLDEST_FIRST} LIMIT 1
"""


class States:
    """Reads the states; `Catalogue.store` writes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, canonical_url: str) -> list[State]:
        """All states of an article, oldest first; none while it has always been there."""
        return list(self._read(f"{_SELECT} WHERE canonical_url = ? ORDER BY {_OLDEST_FIRST}", canonical_url))

    def latest(self, canonical_url: str) -> State | None:
        """The state of an article now; None while it has always been there."""
        return next(self._read(_LATEST, canonical_url), None)

    def withdrawn(self, canonical_url: str) -> State | None:
        """The state that says that an article is not there any more; None when it is, or was never said to be gone.

        A suspect look after it changes nothing.
        """
        return next(self._read(_WITHDRAWN, canonical_url), None)

    def absent(self) -> dict[str, State]:
        """The articles that are withdrawn or suspect now, by canonical URL."""
        return {state.canonical_url: state for state in self._read(_ABSENT)}

    def articles(self) -> list[str]:
        """Canonical URLs of all articles that have a state."""
        return [str(url) for (url,) in self._database.rows("SELECT DISTINCT canonical_url FROM states")]

    def name(self, canonical_url: str) -> StateName:
        """The name of an article's state now."""
        state = self.latest(canonical_url)
        return state.state if state else "present"

    def state(self, record_id: str) -> State | None:
        """The state of one metadata record."""
        return next(self._read(f"{_SELECT} WHERE record_id = ?", record_id), None)

    def _read(self, query: str, *values: str) -> Iterator[State]:
        for row in self._database.rows(query, values):
            try:
                yield _state(row)
            except (ValueError, TypeError) as error:
                raise self._database.unsound(f"row of {row['record_id']}: {error}") from error


def insert_state(database: Database, state: State) -> bool:
    """Add the row of a state; return whether it is new."""
    return database.run(_ADD, {**vars(state), "date": rfc3339(state.date)}) > 0


def _state(row: Row) -> State:
    if row["state"] not in STATES:
        raise ValueError(f"unknown state {row['state']}")
    return State(**{**dict(row), "date": from_rfc3339(row["date"])})
