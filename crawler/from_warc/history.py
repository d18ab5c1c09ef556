"""A URL or the path of a post goes in; what happened to its article comes out, in lines for a person.

That is its versions, those that were made again (derivations), and the states that looks at it have shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from archive import Capture
from crawler.from_warc.publish import Publisher
from crawler.from_warc.show import versions_of
from crawler.posts.differences import differences
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
    lines: tuple[str, ...]


def history(name: str, layout: Layout, catalogue: Catalogue, *, looks: bool = False) -> Iterator[str]:
    """Describe each version of an article, oldest first, with what changed since the one before, and each state.

    `looks`: also each look that found nothing new, with its capture. `name`: as in `versions_of`.
    """
    versions = versions_of(name, catalogue, layout)
    states = catalogue.states.of(versions[0].canonical_url)
    events = [*_versions(versions, Publisher(layout, catalogue)), *_states(states, catalogue)]
    if looks:
        events += _looks(versions, states, catalogue)
    for event in sorted(events, key=lambda event: (event.at, event.rank)):
        yield from event.lines


def _versions(versions: list[Version], publisher: Publisher) -> Iterator[Event]:
    before: tuple[Version, str] | None = None
    for version in versions:
        text, at, title = publisher.text(version), version.captured, version.title
        mark = f"version {version.number}"
        if version.derivation:
            at, title = version.converted, f"by {version.extractor.partition(' ')[0]}"
            mark = f"made again: version {version.number}, derivation {version.derivation}"
        lines = [_line(mark, at, title), _place(version.file, version.offset, version.record_id)]
        if before is not None:
            last, last_text = before
            changes = differences(last_text, text, last.images, version.images) or ["nothing a reader sees"]
            lines += [f"  {line}" for line in changes]
        before = version, text
        yield Event(at, VERSION, tuple(lines))


def _states(states: list[State], catalogue: Catalogue) -> Iterator[Event]:
    for state in states:
        reason = f"was {state.reason}" if state.state == "present" else state.reason
        capture = catalogue.capture(state.capture)
        place = _place(capture.file, capture.offset, capture.record_id) if capture else f"  {state.capture}"
        yield Event(state.date, STATE, (_line(state.state, state.date, reason), place))


def _looks(versions: list[Version], states: list[State], catalogue: Catalogue) -> Iterator[Event]:
    told = {version.pages[0] for version in versions} | {state.capture for state in states}
    pages = [catalogue.capture(version.pages[0]) for version in versions]
    for capture in catalogue.captures_of({page.url for page in pages if page}):
        if capture.record_id not in told:
            place = _place(capture.file, capture.offset, capture.record_id)
            yield Event(capture.date, LOOK, (_line("look", capture.date, _found(capture)), place))


def _found(capture: Capture) -> str:
    if capture.status == 304:
        return "not modified (304)"
    return "nothing new" if capture.status in (200, 203) else f"answered {capture.status}"


def _line(mark: str, at: datetime, told: str) -> str:
    return f"{mark}  {at:%Y-%m-%d %H:%M:%S} UTC  {told}"


def _place(file: str, offset: int, record_id: str) -> str:
    return f"  {file}:{offset}  {record_id}"
