"""What goes into discovery (EntryPoint: a document to read) and what comes out of it (Found), with the gate that every
discovered URL passes: http(s), the source's `allow` and `deny`, each article once."""

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

Headers = Iterable[tuple[str, str]]
"""A response's, as in `Page.headers`."""
Kind = Literal["feed", "sitemap", "section", "listing"]
LONGEST_URL = 2083
"""Characters; longer ones are not fetched (URLLENGTH_LIMIT), and `allow` patterns are searched in it."""


@dataclass(frozen=True)
class EntryPoint:
    """A document of a source that leads to articles."""

    kind: Kind
    url: str
    section: Section | None = None
    """For kind `section`."""
    listing: Listing | None = None
    """For kind `listing`."""
    step: int = 1
    """1 for what the source names; a section's page, or a sitemap's level below the first."""
    modified: datetime | None = None
    """Aware: when it last changed, as the sitemap index above it says."""

    def unchanged_since(self, look: datetime | None) -> bool:
        """Whether the index above says that nothing has changed since `look`: it need not be fetched. A day of slack,
        because many indexes give a date without a time."""
        return look is not None and self.modified is not None and (look - self.modified).total_seconds() > 86_400


@dataclass(frozen=True)
class Link:
    """One entry of a document before the gate."""

    url: str
    """As the document writes it; may be relative."""
    published: datetime | None = None
    title: str = ""
    changed: datetime | None = None
    """For the order only: the newest go first where a limit cuts."""


@dataclass(frozen=True)
class Found:
    """What one document led to."""

    candidates: tuple[Candidate, ...] = ()
    """In the document's order (of a sitemap: the newest first); each article once."""
    next: tuple[EntryPoint, ...] = ()
    """Documents to read as well: a section's next page, a sitemap index's children (newest first)."""
    notes: tuple[str, ...] = ()
    """What was left out and why; one line each."""
    conditional: bool = True
    """Whether a 304 for this document means that nothing below it has changed either; false for a sitemap index that
    gives no dates: its validators must not be kept."""


MOST_BYTES = 4 * 2**20
"""Of a feed or listing, which are read whole: 16 MB of escaped text in a feed took 13 s, 16 MB of `{},` 450 MB."""
MOST_LINKS = 50_000
"""Of one document, wanted or not, as sitemaps.org has it: a million lines with one and the same URL took 17 s."""

_PLAIN_PATH = re.compile(r"(?!//|[^?]*/\.)/[\w/.~%?&=+,-]*", re.ASCII)
_PLAIN = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?![^?]*/\.)/[\w/.~%?&=+,-]{,2000}", re.ASCII)
"""Most links; they need no joining and no escaping, which cost 56 µs each, against 4."""


@lru_cache(maxsize=16)
def _origin(base: str) -> str:
    """`https://host`, when that is all there is to it."""
    found = re.match(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?=/|$)", base)
    return found[0] if found else ""


def absolute(base: str, href: str, encoding: str = "utf-8") -> str | None:
    """`href` as an absolute http(s) URL without fragment, escaped as browsers do (the query in the document's
    encoding); None when it leads nowhere that we fetch."""
    href = href.strip(" \t\r\n\f")
    if len(href) > LONGEST_URL:
        return None  # before it is escaped: 50 MB of it took gigabytes
    if _PLAIN_PATH.fullmatch(href) and (origin := _origin(base)):
        href = origin + href
    if _PLAIN.fullmatch(href):
        return href
    try:
        joined = urljoin(base, href)
        if urlsplit(joined).scheme not in ("http", "https"):
            return None
        url = safe_url_string(joined, encoding).partition("#")[0]
        parts = urlsplit(url)
        parts.port  # noqa: B018  raises ValueError for a port that is none
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
    """The candidates among `links`: absolute http(s) URLs that `source` allows, each once, at most `most`.

    `via` is the document's URL and, without `base`, what relative links are resolved against.
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
        notes.append(f"{via}: {unusable} links lead nowhere that can be fetched")
    if refused:
        notes.append(f"{via}: {refused} links left out by allow and deny of source {source.name}")
    return Found(tuple(taken.values()), (), tuple(notes))


def one_line(text: str, longest: int = 300) -> str:
    """`text` with its white space collapsed, cut."""
    return " ".join(text[: 4 * longest].split())[:longest]
