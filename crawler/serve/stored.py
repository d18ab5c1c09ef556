"""A URL and a time go in; the capture that shows it best comes out, with its head and its body without codings."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urljoin

from w3lib.url import safe_url_string

from archive import ArchiveError, Capture, Line, parse_head, target_uri
from crawler.errors import UnknownUrl
from crawler.items import Page
from crawler.serve.held import Opened
from crawler.urls.host_names import askable

SHOWN = (200, 203, 304, None)
"""Statuses of captures that show something: a 304 confirms what was captured before, None is a resource."""
REDIRECTS = (301, 302, 303, 307, 308)
MOST_STEPS = 5
"""Redirects that a picture or style sheet may take."""


class Missing(UnknownUrl):
    """The archive has no capture of a URL that can be shown."""


@dataclass(frozen=True)
class Found:
    """A capture that was read."""

    url: str
    date: datetime
    status: int | None
    headers: tuple[tuple[str, str], ...]
    body: bytes
    location: str
    """Where its head leads, absolute; empty = nowhere, or not to http."""

    @property
    def page(self) -> Page:
        """As the extractors and views take it."""
        return Page(self.url, self.body, list(self.headers), self.date)


class Stored:
    """Captures of one archive."""

    def __init__(self, opened: Opened) -> None:
        self._opened, self._index = opened, opened.index

    def shows(self, url: str, at: datetime) -> bool:
        """Whether something can be shown for a URL; its body is not read."""
        near = self._near(url, at)
        return near is not None and near.status in (*SHOWN, *REDIRECTS)

    def pages_held(self, urls: Iterable[str]) -> dict[str, bool]:
        """Which of these URLs lead to something that was captured, with either scheme and with or without `www.`."""
        forms = {url: _forms(url) for url in urls}
        asked = dict.fromkeys(form for several in forms.values() for form in several)
        held = self._opened.catalogue.captures.answered(asked, (*SHOWN, *REDIRECTS))
        return {url: any(form in held for form in several) for url, several in forms.items()}

    def read(self, url: str, at: datetime, limit: int) -> Found:
        """Read the capture of a URL nearest to `at`. Missing without one; ArchiveError for one that is damaged.

        TooLarge, an ArchiveError, for a body of more than `limit` bytes.
        """
        near = self._near(url, at)
        if near is None:
            raise Missing(f"{url}: not in the archive")
        with self._opened.reader.response(near) as response:
            head = parse_head(response.head)
        if head.status in (None, 304):
            with suppress(ArchiveError):  # what it repeats is missing: reading the body says so
                if original := self._opened.reader.original(near):
                    with self._opened.reader.response(original) as response:
                        head = parse_head(response.head)
        body = self._opened.reader.entity(near, limit)
        location = _location(near.url, head.get("Location"))
        return Found(near.url, near.date, head.status, tuple(head.headers), body, location)

    def followed(self, url: str, at: datetime, limit: int) -> Found:
        """As `read`, where redirects lead within the archive; Missing for anything but a whole answer with 200."""
        for _ in range(MOST_STEPS):
            found = self.read(url, at, limit)
            if found.status in SHOWN:
                return found
            if found.status not in REDIRECTS or not found.location:
                break
            url = found.location
        raise Missing(f"{url}: the archive has no answer that can be shown")

    def _near(self, url: str, at: datetime) -> Capture | Line | None:
        """The index does not know the captures of a run that goes on; the catalogue knows them once they are stored."""
        asked = next(self._index.captures(url, at, exact=True), None)
        line = asked if asked is not None and asked.date == at else self._index.best_near(url, at)
        if line is not None and line.date == at:
            return line
        rows = self._opened.catalogue.captures.of(dict.fromkeys((url, target_uri(url))))
        whole: Iterable[Capture | Line] = [row for row in rows if row.status in SHOWN and not row.truncated]
        near = [*([line] if line else []), *whole]
        return min(near, key=lambda one: (one.status not in SHOWN, abs(one.date - at)), default=None)


def _forms(url: str) -> list[str]:
    """The URLs that count as one with a URL, as records write them: as it is, and as a crawl asks for it."""
    url = url.partition("#")[0]
    spelled = [url]
    with suppress(ValueError):
        spelled.append(safe_url_string(askable(url)))
    bare = [target_uri(one).partition("://")[2].removeprefix("www.") for one in spelled]
    homes = [host for one in bare if "/" not in (host := one.removesuffix("/"))]
    rests = dict.fromkeys((*bare, *homes, *(host + "/" for host in homes)))
    return [scheme + host + rest for rest in rests for scheme in ("https://", "http://") for host in ("", "www.")]


def _location(url: str, target: str | None) -> str:
    try:
        found = urljoin(url, (target or "").strip()) if target else ""
    except ValueError:
        return ""
    return found if found.lower().startswith(("http://", "https://")) else ""


def moment(stamp: str) -> datetime:
    """The time of a stamp of 4 to 20 digits: year to microseconds. UnknownUrl when there is no such time."""
    if stamp.isascii() and stamp.isdecimal() and 4 <= len(stamp) <= 20:
        with suppress(ValueError):
            return datetime.strptime(stamp + "00000101000000000000"[len(stamp) :], "%Y%m%d%H%M%S%f").replace(tzinfo=UTC)
    raise UnknownUrl(f"{stamp[:40]}: there is no such time; write one as 20260317182005")
