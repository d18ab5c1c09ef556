"""States of held articles: withdrawn, suspect, present again. Pure.

A state is written as a metadata record of the capture that shows it; `rebuild` reads it back from there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from archive import StoredRecord
from crawler.store.stored_version import STATES, State, StateName

STATE = "post-state"
"""The field that every such metadata record has, and no other one."""


@dataclass(frozen=True)
class Change:
    """A change of an article's state, as the fields of its metadata record."""

    canonical_url: str
    number: int
    """1, 2, … of the article."""
    state: StateName
    reason: str
    """Error class of the run file; of `present`, the state that ended."""
    text: str = ""
    """`sha256:HEX` of the text of a body that shrank."""

    def fields(self) -> list[tuple[str, str]]:
        """Fields of the metadata record, in order."""
        text = [("text-digest", self.text)] if self.text else []
        return [
            (STATE, self.state),
            ("state-number", str(self.number)),
            ("canonical-url", self.canonical_url),
            ("reason", self.reason),
            *text,
        ]

    @classmethod
    def parse(cls, fields: Iterable[tuple[str, str]]) -> Self:
        """Read the fields of a metadata record, as `fields` gives them. ValueError for a missing or malformed one."""
        found = dict(fields)
        try:
            number, url, reason = int(found["state-number"]), found["canonical-url"], found["reason"]
        except KeyError as error:
            raise ValueError(f"no field {error}") from None
        if not 0 < number < 2**63:
            raise ValueError(f"no number of a state: {number}")
        return cls(url, number, _name(found[STATE]), reason, found.get("text-digest", ""))


def state_of(change: Change, record: StoredRecord, capture: str) -> State:
    """Make the catalogue's row of a state from its metadata record, written in a run or read in a rebuild."""
    return State(
        record_id=record.record_id,
        canonical_url=change.canonical_url,
        number=change.number,
        state=change.state,
        reason=change.reason,
        text=change.text,
        capture=capture,
        date=record.date,
        file=record.file,
        offset=record.offset,
        length=record.length,
    )


def _name(text: str) -> StateName:
    for known in STATES:
        if text == known:
            return known
    raise ValueError(f"unknown state {text}")
