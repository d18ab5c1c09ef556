"""Values of discovery, an EntryPoint (a document to read) and a Found (its result), and the gate for discovered URLs.

The gate lets http and https URLs through that the source's `allow` and `deny` permit, each article once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal
from urllib.parse import urljoin, urlsplit

from w3lib.url import safe_url_string

from crawler.items import Candidate, Listing, Section, Source
from crawler.urls.allowed import allowed
from crawler.urls.canonical import canonicalise
from crawler.urls.host_names import with_ascii_host

Headers = Iterable[tuple[str, str]]
"""Headers of a response, as in `Page.headers`."""
Kind = Literal["feed", "sitemap", "section", "listing"]
LONGEST_URL = 2083
"""Characters of a URL: longer ones are not fetched (URLLENGTH_LIMIT), and `allow` patterns are searched in them."""


@dataclass(frozen=True)
class EntryPoint:
    """A document of a source that leads to articles."""

    kind: Kind
    url: str
    section: Section | None = None
    """The configured section, for kind `section`."""
    listing: Listing | None = None
    """The configured listing, for kind `listing`."""
    step: int = 1
    """1 for a document that the source names; else the number of a section's page, or the level of a sitemap."""
    modified: datetime | None = None
    """Aware time of its last change, from the sitemap index that names it."""

    def unchanged_since(self, look: datetime | None) -> bool:
        """Whether the index dates its last change more than a day before `look`, so that it need not be fetched.

        The day is slack: many indexes give a date without a time.
        """
        return look is not None and self.modified is not None and (look - self.modified).total_seconds() > 86_400


@dataclass(frozen=True)
class Link:
    """One entry of a document before the gate."""

    url: str
    """As the document writes it; may be relative."""
    published: datetime | None = None
    title: str = ""
    changed: datetime | None = None
    """Aware time of its last change; where a limit cuts, the newest entries are kept."""


@dataclass(frozen=True)
class Found:
    """The result of reading one document."""

    candidates: tuple[Candidate, ...] = ()
    """Each article once, in the document's order; of a sitemap, the newest first."""
    next: tuple[EntryPoint, ...] = ()
    """Further documents to read: a section's next page, a sitemap index's children, newest first."""
    notes: tuple[str, ...] = ()
    """One line for each thing that was left out, with the reason."""
    conditional: bool = True
    """Whether a 304 for this document means that nothing below it has changed either.

    False for a sitemap index without dates: its validators must not be kept."""


MOST_BYTES = 4 * 2**20
"""Bytes of a feed or listing, which are read whole: 16 MB of escaped text took 13 s, 16 MB of `{},` took 450 MB."""
MOST_LINKS = 50_000
"""Links read of one document, wanted or not, as in sitemaps.org: a million lines with the same URL took 17 s."""

_PLAIN_PATH = re.compile(r"(?!//|[^?]*/\.)/[\w/.~%?&=+,-]*", re.ASCII)
_PLAIN = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?![^?]*/\.)/[\w/.~%?&=+,-]{,2000}", re.ASCII)
"""What most links look like: they need no joining and no escaping, which take 56 µs each instead of 4."""


@lru_cache(maxsize=16)
def _origin(base: str) -> str:
    """Return `https://host` of a base URL that has a plain host and no port."""
    found = re.match(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?=/|$)", base)
    return found[0] if found else ""


def absolute(base: str, href: str, encoding: str = "utf-8") -> str | None:
    """Make `href` an absolute http or https URL without fragment; None when it is not one that can be fetched.

    It is escaped as browsers do; they write the query in the document's encoding.
    """
    href = href.strip(" \t\r\n\f")
    if len(href) > LONGEST_URL:
        return None  # before it is escaped: 50 MB of it took gigabytes
    if _PLAIN_PATH.fullmatch(href) and (origin := _origin(base)):
        href = origin + href
    if _PLAIN.fullmatch(href):
        return href
    try:
        joined = with_ascii_host(urljoin(base, href))
        if urlsplit(joined).scheme not in ("http", "https"):
            return None
        url = safe_url_string(joined, encoding).partition("#")[0]
        parts = urlsplit(url)
        parts.port  # noqa: B018  raises ValueError for a bad port
    except (ValueError, LookupError):
        return None
    if not parts.hostname or "@" in parts.netloc or len(url) > LONGEST_URL:
        return None
    return url


def gate(
    links: Iterable[Link],
    source: Source,
    *,
    via: str,
    most: int,
    section: str = "",
    base: str = "",
    encoding: str = "utf-8",
) -> Found:
    """Return the candidates among `links`: absolute URLs that `source` allows, each once, at most `most`.

    `via` is the document's URL; relative links are resolved against `base`, or against `via` without one.
    """
    taken: dict[str, Candidate] = {}
    unusable = refused = 0
    notes = []
    for place, link in enumerate(links):
        if place >= max(most, MOST_LINKS):
            notes.append(f"{via}: links beyond the first {place} left out")
            break
        url = absolute(base or via, link.url, encoding)
        if url is None:
            unusable += 1
            continue
        identity = canonicalise(url)
        if identity in taken:
            continue
        if not allowed(identity, source):
            refused += 1
        elif len(taken) < most:
            taken[identity] = Candidate(url, source.name, link.published, section, link.title, via)
        else:
            notes.append(f"{via}: links beyond the first {most} articles left out ([limits] discovered_urls)")
            break
    if unusable:
        notes.append(f"{via}: {unusable} links cannot be fetched")
    if refused:
        notes.append(f"{via}: {refused} links left out by allow and deny of source {source.name}")
    return Found(tuple(taken.values()), (), tuple(notes))


def one_line(text: str, longest: int = 300) -> str:
    """Collapse the white space of `text` and cut it at `longest` characters."""
    return " ".join(text[: 4 * longest].split())[:longest]
