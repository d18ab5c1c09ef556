"""A URL or the path of a post goes in; what happened to its article comes out: versions, derivations, states, looks.

A version has its difference from the one before. The command writes lines or JSON, `history_page` HTML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from archive import ArchiveError, Capture
from crawler.clock import rfc3339
from crawler.errors import ConfigError, UnknownUrl
from crawler.from_warc.publish import Publisher
from crawler.from_warc.show import versions_of
from crawler.posts.differences import Difference, difference
from crawler.posts.frontmatter import FrontMatterError
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.stored_version import State, Version

STATE, VERSION, LOOK = range(3)
"""Order of what one capture shows."""
_RANGE = re.compile(r"([0-9]{0,9})(\.\.)?([0-9]{0,9})")


@dataclass(frozen=True)
class Change:
    """What a version changed."""

    since: Version
    """The version that it is compared with."""
    difference: Difference


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
    change: Change | None = None
    """None = a version that is not compared, or no version."""
    missing: str = ""
    """Why a version has no change where a reader expects one: its text, or that of the one before, can't be read."""
    versions: tuple[Version, ...] = ()
    """The version that it tells of, after the one before it; empty for a state or a look."""

    def lines(self) -> Iterator[str]:
        """Give the event in lines for a person, without its change."""
        yield f"{self.mark}  {self.at:%Y-%m-%d %H:%M:%S} UTC  {self.told}"
        yield f"  {self.place[0]}:{self.place[1]}  {self.record_id}" if self.place else f"  {self.record_id}"
        if self.missing:
            yield f"  {self.missing}"

    def document(self) -> dict[str, Any]:
        """Give the event as a JSON object."""
        place = {"filename": self.place[0], "offset": self.place[1]} if self.place else {}
        changed = {}
        if self.change is not None:
            since = self.change.since
            changed = {
                "since": {"version": since.number, "derivation": since.derivation, "id": since.record_id},
                "difference": self.change.difference.document(),
            }
        missing = {"missing": self.missing} if self.missing else {}
        return {"v": 1, **self.fields, "date": rfc3339(self.at), "id": self.record_id, **place, **changed, **missing}


def history(name: str, layout: Layout, catalogue: Catalogue, *, looks: bool = False) -> list[Event]:
    """Give each version of an article, oldest first, with what changed since the one before, and each state.

    `looks`: also each look that found nothing new, with its capture. `name`: as in `versions_of`.
    """
    return compared(events_of(name, layout, catalogue, looks=looks), layout, catalogue)


def events_of(name: str, layout: Layout, catalogue: Catalogue, *, looks: bool = False) -> list[Event]:
    """Give the events of `history` from the catalogue alone: no text is read, no version is compared."""
    versions = versions_of(name, catalogue, layout)
    states = catalogue.states.of(versions[0].canonical_url)
    events = [*_versions(versions), *_states(states, catalogue)]
    if looks:
        events += _looks(versions, states, catalogue)
    return sorted(events, key=lambda event: (event.at, event.rank))


def compared(events: Sequence[Event], layout: Layout, catalogue: Catalogue) -> list[Event]:
    """Add to each version of some events what changed since the one before, or why that can't be told."""
    with closing(Publisher(layout, catalogue)) as publisher:

        @lru_cache(maxsize=2)  # a version is read once, though it is also the one before the next
        def read(version: Version) -> tuple[str | None, str]:
            return _text(version, publisher)

        return [_compared(event, read) for event in events]


def compare(name: str, numbers: str, layout: Layout, catalogue: Catalogue) -> list[Event]:
    """Give two versions of an article, the second with what is different from the first.

    `numbers`: `2..4`, `4..2`, `2..` (to the newest), `..4` (from the oldest), `4` (from the one before). A version is
    taken as it was made last. ConfigError for anything else, UnknownUrl for numbers that the article does not have.
    """
    newest = {version.number: version for version in versions_of(name, catalogue, layout)}
    chosen = [newest.get(number) for number in _chosen(numbers, sorted(newest))]
    found = [version for version in chosen if version is not None]
    if len(found) < len(chosen):
        raise UnknownUrl(f"{name}: {numbers}: it has the versions {', '.join(map(str, sorted(newest)))}")
    return compared(list(_versions(found)), layout, catalogue)


def _chosen(numbers: str, known: Sequence[int]) -> list[int]:
    """The numbers of the versions to compare; one number alone when it is the oldest version."""
    match = _RANGE.fullmatch(numbers)
    if match is None or not numbers:
        raise ConfigError(f"{numbers!r}: write 2..4, 2.., ..4 or 4 for the versions to compare")
    first, between, last = match.groups()
    if not between:
        number = int(first)
        return [*[older for older in known if older < number][-1:], number]
    pair = [int(first) if first else known[0], int(last) if last else known[-1]]
    if pair[0] == pair[1]:
        raise ConfigError(f"{numbers!r}: that is one version, and two are compared")
    return pair


def _versions(versions: Sequence[Version]) -> Iterator[Event]:
    """Each version with the one before it in the list."""
    for number, version in enumerate(versions):
        at, title = version.captured, version.title
        mark = f"version {version.number}"
        if version.derivation:
            at, title = version.converted, f"by {version.extractor.partition(' ')[0]}"
            mark = f"made again: version {version.number}, derivation {version.derivation}"
        fields = {
            "event": "version",
            "version": version.number,
            "derivation": version.derivation,
            "title": version.title,
            "path": version.path,
            "extractor": version.extractor,
        }
        place, pair = (version.file, version.offset), tuple(versions[max(0, number - 1) : number + 1])
        yield Event(at, VERSION, mark, title, version.record_id, place, fields, versions=pair)


def _compared(event: Event, read: Callable[[Version], tuple[str | None, str]]) -> Event:
    """`read` gives the text of a version, or why it can't be read."""
    if not event.versions:
        return event
    texts = [read(version) for version in event.versions]
    (text, missing), change = texts[-1], None
    if len(texts) > 1:
        (before, version), last_text = event.versions, texts[0][0]
        if text is not None and last_text is not None:
            try:
                change = Change(before, difference(last_text, text, before.images, version.images))
            except FrontMatterError as error:
                missing = f"not compared: {error}; `warcpress audit` tells more"
        missing = missing or ("" if change else f"not compared: version {before.number} can't be read")
    return replace(event, change=change, missing=missing)


def _text(version: Version, publisher: Publisher) -> tuple[str | None, str]:
    """The text of a version's post; without it, why it can't be read."""
    try:
        return publisher.text(version), ""
    except (ArchiveError, ValueError) as error:
        return None, f"can't be read: {error}; `warcpress audit` tells more"


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
    for capture in catalogue.captures.of({page.url for page in pages if page}):
        if capture.record_id not in told:
            fields = {"event": "look", "status": capture.status}
            place = (capture.file, capture.offset)
            yield Event(capture.date, LOOK, "look", found(capture), capture.record_id, place, fields)


def found(capture: Capture) -> str:
    """What a look found that gave no version and no state, in words."""
    if capture.status == 304:
        return "not modified (304)"
    return "nothing new" if capture.status in (200, 203) else f"answered {capture.status}"
