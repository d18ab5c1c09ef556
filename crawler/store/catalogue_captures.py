"""The captures of an archive by URL (`Catalogue.captures`): rows of the catalogue, and lines of the CDXJ index.

The catalogue has rows only for captures that a version or a state refers to. The index has all captures of sealed
files, most of which are polls, robots.txt, style sheets, and looks that found nothing new.
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import datetime
from functools import cached_property
from itertools import islice
from pathlib import Path
from sqlite3 import Row
from typing import TYPE_CHECKING, Any

from archive import EMPTY_PAYLOAD, ArchiveError, Capture, same_url, surt
from crawler.clock import from_rfc3339, rfc3339
from crawler.errors import StorageFailed
from crawler.store.catalogue_tables import IS_REFERRED, OF_PAGES
from crawler.store.catalogue_versions import as_written
from crawler.store.database import Database
from crawler.store.stored_version import StoredImage

if TYPE_CHECKING:
    from archive import Line, Lookup

logger = logging.getLogger(__name__)

MOST = 8
"""Most versions that are looked at to find the articles of a URL or of a payload."""
MOST_LOOKS = 100
"""Captures of a URL that are looked at for the articles that it gave: a front page may have been polled hourly."""
CAPTURE = tuple(field.name for field in fields(Capture) if field.compare)
"""Columns of `captures`."""

_CAPTURES = f"SELECT {', '.join('captures.' + name for name in CAPTURE)} FROM captures"
_MADE_FROM = """
JOIN pages ON pages.capture = captures.record_id AND pages.position = 0
JOIN versions ON versions.record_id = pages.version
"""
_SAME_PAYLOAD = f"JOIN captures ON captures.payload_digest = {{}} AND {OF_PAGES} {_MADE_FROM}"
_ARTICLES_FROM = f"""
SELECT versions.canonical_url, versions.converted FROM captures {_MADE_FROM} WHERE captures.url = :url
UNION
SELECT versions.canonical_url, versions.converted
FROM captures AS asked {_SAME_PAYLOAD.format("asked.payload_digest")}
WHERE asked.url = :url AND asked.payload_digest NOT IN ('', '{EMPTY_PAYLOAD}')
UNION
SELECT versions.canonical_url, versions.converted
FROM json_each(:digests) AS asked {_SAME_PAYLOAD.format("asked.value")}
WHERE asked.value NOT IN ('', '{EMPTY_PAYLOAD}')
ORDER BY 2 DESC LIMIT {MOST}
"""
_ARTICLES_OF = f"""
SELECT DISTINCT versions.canonical_url FROM captures {_MADE_FROM}
WHERE captures.payload_digest = ? AND captures.payload_digest NOT IN ('', '{EMPTY_PAYLOAD}') AND {OF_PAGES}
ORDER BY versions.converted DESC LIMIT {MOST}
"""
_GAVE_VERSION = f"""
SELECT 1 FROM pages WHERE capture = :record_id
UNION ALL
SELECT 1 FROM captures JOIN pages ON pages.capture = captures.record_id
WHERE captures.payload_digest = :digest AND :digest <> '' AND {OF_PAGES}
LIMIT 1
"""
_WITHOUT_ROW = """
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?) WHERE NOT EXISTS (
    SELECT 1 FROM captures WHERE url = json_extract(value, '$[0]') AND payload_digest = json_extract(value, '$[1]')
)
"""
_LACKING = """
SELECT value FROM json_each(?) WHERE NOT EXISTS (SELECT 1 FROM captures WHERE captures.record_id = value)
"""


class Captures:
    """Finds captures. StorageFailed when the catalogue or the index can't be read."""

    def __init__(self, database: Database, folder: Path, index: Lookup | None = None) -> None:
        """`folder`: the data folder, whose index is asked; it may have none. `index`: if it is open already."""
        self._database, self._folder, self._given = database, folder, index
        self._looks = defaultdict[str, set[str]](set)

    @cached_property
    def _index(self) -> Lookup:
        from archive import Index  # a run with nothing due needs none

        return self._given or Index(self._folder)

    def with_id(self, record_id: str) -> Capture | None:
        """The capture with this record id, if a version or a state refers to it."""
        row = self._database.row(f"{_CAPTURES} WHERE record_id = ?", (record_id,))
        return self._capture(row) if row else None

    def of(self, urls: Iterable[str]) -> list[Capture]:
        """All captures of these URLs, oldest first; of files that are not sealed, those that have rows.

        Without an index that can be read, which is logged, also those that have rows.
        """
        asked = list(urls)
        found = {line.record_id: line.capture for url in asked for line in self._readable(self._lines(url))}
        rows = {row.record_id: row for row in self.with_rows(asked)}
        return sorted((found | rows).values(), key=lambda one: one.date)

    def with_rows(self, urls: Iterable[str]) -> list[Capture]:
        """The captures of these URLs that have rows; the index is not asked."""
        rows = self._database.rows(
            f"{_CAPTURES} WHERE url IN (SELECT value FROM json_each(?))", (json.dumps(list(urls)),)
        )
        return [self._capture(row) for row in rows]

    def answered(self, urls: Iterable[str], statuses: Iterable[int | None]) -> set[str]:
        """Those of these URLs of which there is a capture with one of these statuses; None = a resource record.

        Of URLs with one SURT (`http` and `https`, with and without `www.`), one that is found is enough.
        """
        wanted = set(statuses)
        statement = """
        SELECT value FROM json_each(?) WHERE EXISTS (
            SELECT 1 FROM captures WHERE url = value AND ifnull(status, 0) IN (SELECT value FROM json_each(?))
        )
        """
        asked = list(dict.fromkeys(urls))
        values = json.dumps(asked), json.dumps([status or 0 for status in wanted])
        found = {str(url) for (url,) in self._database.rows(statement, values)}
        alike: dict[str, list[str]] = defaultdict(list)
        for url in asked:
            alike[surt(url)].append(url)
        for several in alike.values():
            if found.isdisjoint(several):
                lines = islice(self._readable(self._lines(several[0], exact=False)), MOST_LOOKS)
                shown = (line.url for line in lines if line.status in wanted)
                found.update(next(([url for url in several if same_url(held, url)] for held in shown), ()))
        return found

    def last_answer(self, url: str) -> tuple[datetime, int | None] | None:
        """Date and status of the newest capture of a URL."""
        line = next(self._lines(url), None)
        return (line.date, line.status) if line else None

    def image(self, url: str) -> StoredImage | None:
        """The newest capture of a URL that is an image, whether or not a version shows it."""
        whole = [line for line in islice(self._lines(url), MOST_LOOKS) if line.status in (200, 203)]
        pictures = {line.digest for line in whole if line.mime.startswith("image/")}
        found = next((line for line in whole if line.digest in pictures and not line.truncated), None)
        if found is None:
            return None
        # A conversion could not name a digest of another tool that has a space.
        return StoredImage(url, found.record_id, found.digest if found.digest and " " not in found.digest else None)

    def looked(self, pages: Iterable[Capture]) -> None:
        """Remember the payloads of pages of this run until it ends: the index has them once their file is sealed.

        Not those of a URL whose row has the same one: 100,000 payloads take 47 MB (2026-11).
        """
        seen = [(page.url, page.payload_digest) for page in pages if page.payload_digest not in ("", EMPTY_PAYLOAD)]
        for url, digest in self._database.rows(_WITHOUT_ROW, (json.dumps(seen),)) if seen else ():
            self._looks[url].add(digest)

    def articles_from(self, url: str) -> list[str]:
        """Canonical URLs of the articles that captures of a URL gave, the newest version first.

        A capture gave an article when a version was made from it, or from another one with the same payload.
        """
        digests = {line.digest for line in islice(self._lines(url), MOST_LOOKS)} | self._looks.get(url, set())
        rows = self._database.rows(_ARTICLES_FROM, {"url": url, "digests": json.dumps(sorted(digests))})
        return list(dict.fromkeys(str(row[0]) for row in rows))

    def articles_of(self, digest: str) -> list[str]:
        """Canonical URLs of the articles made from a page with this payload digest, the newest version first."""
        return [str(url) for (url,) in self._database.rows(_ARTICLES_OF, (digest,))]

    def gave_version(self, record_id: str, digest: str) -> bool:
        """Whether a version was made from a capture, or from a page with this payload digest (empty = not known)."""
        return self._database.value(_GAVE_VERSION, {"record_id": record_id, "digest": digest}) is not None

    def lacking(self, record_ids: Iterable[str]) -> list[str]:
        """Those of these record ids that have no row."""
        return [str(name) for (name,) in self._database.rows(_LACKING, (json.dumps(list(record_ids)),))]

    def referred(self, captures: Iterable[Capture]) -> Iterator[Capture]:
        """Those of these captures that a stored version or state refers to."""
        statement = f"SELECT {IS_REFERRED.format(capture='?1')}"
        return (one for one in captures if self._database.value(statement, (one.record_id,)))

    def _capture(self, row: Row) -> Capture:
        with as_written(self._database, row["record_id"]):
            return Capture(**{**dict(row), "date": from_rfc3339(row["date"])})

    def _readable(self, lines: Iterator[Line]) -> Iterator[Line]:
        try:
            yield from lines
        except StorageFailed as error:
            logger.warning("%s", error)

    def _lines(self, url: str, *, exact: bool = True) -> Iterator[Line]:
        """The captures of a URL in the index, newest first."""
        try:
            yield from self._index.captures(url, exact=exact)
        except (ArchiveError, OSError) as error:
            raise StorageFailed(f"{self._folder / 'index'}: {error}") from error


def capture_row(capture: Capture) -> dict[str, Any]:
    """The row of a capture."""
    return {name: getattr(capture, name) for name in CAPTURE} | {"date": rfc3339(capture.date)}
