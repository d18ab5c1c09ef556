"""A URL or the path of a post goes in; what happened to its article comes out, as lines for a person or as JSON.

That is its versions, those that were made again (derivations), and the states that looks at it have shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from archive import Capture
from crawler.clock import rfc3339
from crawler.from_warc.publish import Publisher
from crawler.from_warc.show import versions_of
from crawler.posts.difference_lines import whole_lines
from crawler.posts.differences import difference
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.stored_version import State, Version

STATE, VERSION, LOOK = range(3)
"""Order of what one capture shows."""


@dataclass(frozen=True)
class Event:
    """Something that happened to an article."""

    at: datetime
    rank: int
    mark: str
    """The kind of event, as a person reads it: `version 2`, `withdrawn`, `look`."""
    told: str
    record_id: str
    """Of the conversion, or of the capture."""
    place: tuple[str, int] | None
    """File and offset of that record; None when the capture is not known."""
    fields: dict[str, Any]
    """What JSON tells besides: `event` (version, state or look) and more of its kind."""
    changes: tuple[str, ...] = field(default=())
    """What a reader sees that differs from the version before, a line each."""

    def lines(self) -> Iterator[str]:
        """Give the event in lines for a person."""
        yield f"{self.mark}  {self.at:%Y-%m-%d %H:%M:%S} UTC  {self.told}"
        yield f"  {self.place[0]}:{self.place[1]}  {self.record_id}" if self.place else f"  {self.record_id}"
        yield from (f"  {line}" for line in self.changes)

    def document(self) -> dict[str, Any]:
        """Give the event as a JSON object."""
        place = {"filename": self.place[0], "offset": self.place[1]} if self.place else {}
        changes = {"changes": list(self.changes)} if self.changes else {}
        return {"v": 1, **self.fields, "date": rfc3339(self.at), "id": self.record_id, **place, **changes}


def history(name: str, layout: Layout, catalogue: Catalogue, *, looks: bool = False) -> list[Event]:
    """Give each version of an article, oldest first, with what changed since the one before, and each state.

    `looks`: also each look that found nothing new, with its capture. `name`: as in `versions_of`.
    """
    versions = versions_of(name, catalogue, layout)
    states = catalogue.states.of(versions[0].canonical_url)
    events = [*_versions(versions, Publisher(layout, catalogue)), *_states(states, catalogue)]
    if looks:
        events += _looks(versions, states, catalogue)
    return sorted(events, key=lambda event: (event.at, event.rank))


def _versions(versions: list[Version], publisher: Publisher) -> Iterator[Event]:
    before: tuple[Version, str] | None = None
    for version in versions:
        text, at, title = publisher.text(version), version.captured, version.title
        mark = f"version {version.number}"
        if version.derivation:
            at, title = version.converted, f"by {version.extractor.partition(' ')[0]}"
            mark = f"made again: version {version.number}, derivation {version.derivation}"
        changes: list[str] = []
        if before is not None:
            last, last_text = before
            changes = list(whole_lines(difference(last_text, text, last.images, version.images))) or [
                "nothing a reader sees"
            ]
        before = version, text
        fields = {
            "event": "version",
            "version": version.number,
            "derivation": version.derivation,
            "title": version.title,
            "path": version.path,
            "extractor": version.extractor,
        }
        yield Event(at, VERSION, mark, title, version.record_id, (version.file, version.offset), fields, tuple(changes))


def _states(states: list[State], catalogue: Catalogue) -> Iterator[Event]:
    for state in states:
        reason = f"was {state.reason}" if state.state == "present" else state.reason
        capture = catalogue.capture(state.capture)
        place = (capture.file, capture.offset) if capture else None
        fields = {"event": "state", "state": state.state, "reason": state.reason}
        yield Event(state.date, STATE, state.state, reason, state.capture, place, fields)


def _looks(versions: list[Version], states: list[State], catalogue: Catalogue) -> Iterator[Event]:
    told = {version.pages[0] for version in versions} | {state.capture for state in states}
    pages = [catalogue.capture(version.pages[0]) for version in versions]
    for capture in catalogue.captures_of({page.url for page in pages if page}):
        if capture.record_id not in told:
            fields = {"event": "look", "status": capture.status}
            place = (capture.file, capture.offset)
            yield Event(capture.date, LOOK, "look", found(capture), capture.record_id, place, fields)


def found(capture: Capture) -> str:
    """What a look found that gave no version and no state, in words."""
    if capture.status == 304:
        return "not modified (304)"
    return "nothing new" if capture.status in (200, 203) else f"answered {capture.status}"
