"""WARC files go in, rows of the catalogue come out: for recovery, rebuild, and checks 32 and 33."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from archive import (
    ArchiveError,
    BadRecord,
    Capture,
    OnlyInStore,
    Reader,
    Record,
    StoredRecord,
    capture_of,
    captures,
    is_imported,
    parse_fields,
)
from crawler.from_warc.publish import LARGEST_POST
from crawler.posts.conversion import CONTENT_TYPE, PATH, Conversion, version_of
from crawler.posts.states import STATE, Change, state_of
from crawler.store.catalogue import Catalogue
from crawler.store.stored_version import State, Version

GROUP = 512
"""Rows of one transaction."""
_ID = re.compile("[!-~]+")
"""An id without spaces."""
REMEMBERED = 10_000
"""Captures whose dates are kept in memory; at most a few hundred captures come between a page and its version."""


class BadConversion(BadRecord):
    """A conversion record, or a metadata record of ours, that warcpress can't have written."""


@dataclass(frozen=True)
class Made:
    """A version with its text, as read from the archive."""

    version: Version
    conversion: Conversion
    text: str
    """The post file."""
    warcinfo: str
    """Id of the warcinfo record with the source's configuration."""


@dataclass(frozen=True)
class Foreign:
    """A conversion record of another program: no post of ours."""

    file: str
    offset: int
    record_id: str

    def __str__(self) -> str:
        return f"{self.file}:{self.offset}: a conversion record of another program, no post"


def ingest(reader: Reader, file: str, catalogue: Catalogue) -> list[Foreign]:
    """Store the versions and states of one WARC file in the catalogue, with the captures that any refer to.

    Returns the foreign conversions.
    """
    rows: list[Capture] = []
    versions: list[Version] = []
    states: list[State] = []
    others: list[Foreign] = []

    def store() -> None:
        catalogue.counted[file] += len(rows)
        kept = list(catalogue.captures.referred(rows) if is_imported(file) else rows)
        catalogue.store([*kept, *elsewhere(reader, catalogue, versions, states, kept)], versions, states)
        for several in (rows, versions, states):
            several.clear()

    catalogue.counted[file] = 0
    try:
        for found in read(reader, file, dates=lambda page: date_in(catalogue, page)):
            if isinstance(found, Capture):
                rows.append(found)
            elif isinstance(found, Foreign):
                others.append(found)
            elif isinstance(found, State):
                states.append(found)
            else:
                versions.append(found.version)
            if len(rows) + len(versions) + len(states) >= GROUP:
                store()
        store()
    finally:
        catalogue.removal.drop_unreferred(file)  # a version comes after its captures: now all are known
    return others


def store_imported(catalogue: Catalogue, found: Iterable[Capture]) -> None:
    """Store the captures of an imported file that the catalogue's versions and states refer to."""
    several = list(nameable(found))
    catalogue.counted.update(one.file for one in several)
    catalogue.store(catalogue.captures.referred(several))


def elsewhere(
    reader: Reader,
    catalogue: Catalogue,
    versions: Iterable[Version],
    states: Iterable[State] = (),
    given: Iterable[Capture] = (),
) -> list[Capture]:
    """Read the captures that new versions and states refer to, and that are neither given nor in the catalogue.

    They are in other WARC files: pages of an import, or pictures that came after their article.
    """
    wanted = dict.fromkeys(record_id for version in versions for record_id in referred_to(version))
    wanted |= dict.fromkeys(state.capture for state in states)
    for one in given:
        wanted.pop(one.record_id, None)
    lacking = catalogue.captures.lacking(wanted) if wanted else []
    return [found for record_id in lacking if (found := reader.capture(record_id)) is not None]


def referred_to(version: Version) -> Iterator[str]:
    """Record ids of the captures of a version's pages and images."""
    yield from version.pages
    yield from (image.capture for image in version.images if image.capture)


def date_in(catalogue: Catalogue, record_id: str) -> datetime | None:
    """The date of a capture that the catalogue knows."""
    capture = catalogue.capture(record_id)
    return capture.date if capture else None


def read(
    reader: Reader, file: str, offset: int = 0, *, dates: Callable[[str], datetime | None] = lambda _: None
) -> Iterator[Capture | Made | State | Foreign]:
    """Yield captures, versions and states of a WARC file, in order, from the record at `offset` on.

    BadRecord at the first record that can't be read whole. A conversion without the metadata record after it is
    ignored: the run was killed before the version was complete. One that is no Markdown, or whose metadata names no
    post, is another program's. Of an imported file only captures count, whatever else is in it, and past any damage.
    `dates`: of captures that are only in the store, by record id.
    """
    if is_imported(file):
        yield from _imported(reader, file)
        return
    known = _Dates(reader, dates)
    pending: tuple[StoredRecord, Record, bytes] | None = None
    for record in reader.records(file, offset):
        if record.type in ("response", "revisit"):
            capture = capture_of(record)
            known.add(capture)
            yield capture
        elif record.type == "conversion":
            pending = None
            if record.get("Content-Type") != CONTENT_TYPE:
                yield Foreign(file, record.offset, record.record_id)
                continue
            body = record.block.read(LARGEST_POST)
            pending = _stored(record), record, body
        elif record.type == "metadata" and (subject := record.get("WARC-Refers-To")):
            if pending and subject == pending[0].record_id:
                yield _version(pending, record, known)
                pending = None
            elif state := _state(record, subject):
                yield state


def _imported(reader: Reader, file: str) -> Iterator[Capture]:
    """The captures of an imported file; `import` and the audit tell what can't be read."""
    return nameable(replace(capture, head=b"") for capture in captures(reader, file, []))  # a head may have 1 MB


def nameable(found: Iterable[Capture]) -> Iterator[Capture]:
    """Those captures of an imported file whose ids a post can name."""
    return (capture for capture in found if _ID.fullmatch(capture.record_id))


def made_of(reader: Reader, version: Version) -> Made:
    """Read the record of one version; BadRecord when it can't be read."""
    records = reader.records(version.file, version.offset)
    converted = next(records)
    body = converted.block.read(LARGEST_POST)
    try:
        conversion = Conversion.parse(parse_fields(next(records).block.read(LARGEST_POST)))
    except (ValueError, StopIteration) as error:
        raise BadConversion(version.file, version.offset, f"no version of a post: {error}") from error
    return Made(version, conversion, body.decode(), converted.get("WARC-Warcinfo-ID") or "")


def _stored(record: Record) -> StoredRecord:
    return StoredRecord(record.record_id, record.file, record.offset, record.finish(), record.date)


def _state(metadata: Record, subject: str) -> State | None:
    """The state that a metadata record describes; None when it describes something else."""
    fields = parse_fields(metadata.block.read(LARGEST_POST))
    if all(name != STATE for name, _ in fields):
        return None
    try:
        return state_of(Change.parse(fields), _stored(metadata), subject)
    except ValueError as error:
        raise BadConversion(metadata.file, metadata.offset, f"no state of an article: {error}") from error


def _version(pending: tuple[StoredRecord, Record, bytes], metadata: Record, dates: _Dates) -> Made | Foreign:
    """Make a version of a conversion record, its body and the metadata record after it."""
    stored, converted, body = pending
    try:
        fields = parse_fields(metadata.block.read(LARGEST_POST))
        if all(name != PATH for name, _ in fields):
            return Foreign(stored.file, stored.offset, stored.record_id)
        text, conversion = body.decode(), Conversion.parse(fields)
        version = version_of(conversion, stored, text, dates.of(conversion.pages[0], stored.date))
    except (ValueError, LookupError) as error:
        raise BadConversion(stored.file, stored.offset, f"no version of a post: {error}") from error
    return Made(version, conversion, text, converted.get("WARC-Warcinfo-ID") or "")


class _Dates:
    """Dates of captures by record id; the latest are remembered, others are looked up in the archive."""

    def __init__(self, reader: Reader, in_store: Callable[[str], datetime | None]) -> None:
        self._reader, self._in_store = reader, in_store
        self._latest: dict[str, datetime] = {}

    def add(self, capture: Capture) -> None:
        self._latest[capture.record_id] = capture.date
        if len(self._latest) > REMEMBERED:
            del self._latest[next(iter(self._latest))]

    def of(self, record_id: str, otherwise: datetime) -> datetime:
        """Return the date of a capture, or `otherwise` when it can't be read."""
        if record_id in self._latest:
            return self._latest[record_id]
        try:
            with self._reader.response(record_id) as page:
                return page.record.date
        except OnlyInStore:
            return self._in_store(record_id) or otherwise
        except ArchiveError:
            return otherwise
