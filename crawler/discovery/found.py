"""Values of discovery, an EntryPoint (a document to read) and a Found (its result), and the gate for discovered URLs.

The gate lets http and https URLs through that the source's `allow` and `deny` permit, each article once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from html import unescape
from typing import Literal
from urllib.parse import urljoin, urlsplit

from w3lib.url import safe_url_string

from crawler.items import Candidate, Listing, Section, Source
from crawler.urls.allowed import allowed
from crawler.urls.canonical import canonicalise
from crawler.urls.host_names import with_ascii_host

Headers = Iterable[tuple[str, str]]
"""Headers of a response, as in `Page.headers`."""
Kind = Literal["feed", "sitemap", "section", "listing", "site"]
"""`site`: a document in which the feeds and sitemaps of a site are looked for (`warcpress add`)."""
NamedBy = Literal["", "link element", "robots.txt", "link", "usual place"]
"""What names a document; empty = the source, or the user."""
Form = Literal["", "RSS", "Atom", "JSON Feed", "sitemap", "news sitemap", "sitemap index", "list of URLs"]
"""What a document is; empty = neither feed nor sitemap."""
LONGEST_URL = 2083
"""Characters of a URL: longer ones are not fetched (URLLENGTH_LIMIT), and `allow` patterns are searched in them."""
DAY = timedelta(days=1)
NEWEST = 10
"""Children of a sitemap index that are read at each look, whatever their dates: those with the latest, or the first."""


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
    """Aware time of its last change, from the sitemap index that names it; a hint, and wrong on many sites."""

    named_by: NamedBy = ""

    @property
    def may_be_missing(self) -> bool:
        """Whether this is a further page of a section: the row ends before the first that is missing or empty."""
        return self.kind == "section" and self.step > 1

    def can_wait(self, look: datetime | None, now: datetime) -> bool:
        """Whether the index dates its last change more than a day before `look`, which was less than a day ago.

        The day before is slack, because many indexes give a date without a time. The day after bounds what a wrong date
        can do.
        """
        if look is None or self.modified is None:
            return False
        return look - self.modified > DAY and timedelta(0) <= now - look < DAY


@dataclass(frozen=True)
class Link:
    """One entry of a document before the gate."""

    url: str
    """As the document writes it; may be relative."""
    published: datetime | None = None
    title: str = ""
    changed: datetime | None = None
    """Aware time of its publication or last change; where a limit cuts, the newest entries are kept."""
    updated: datetime | None = None
    """Aware time of its last change, as in `Candidate.updated`."""


@dataclass(frozen=True)
class Found:
    """The result of reading one document."""

    candidates: tuple[Candidate, ...] = ()
    """Each article once, in the document's order; of a sitemap, the newest first."""
    next: tuple[EntryPoint, ...] = ()
    """Further documents to read: a section's next page, a sitemap index's children, newest first."""
    notes: tuple[str, ...] = ()
    """One line for each thing that was left out, with the reason."""
    form: Form = ""
    missing: str = ""
    """What could not be read, such as all behind a cut: one line that names the URL; empty = nothing."""
    faults: str = ""
    """Faults that cost no entry, each kind once: one line that names the URL; empty = none."""
    refused: int = 0
    """Links that `allow` and `deny` leave out."""
    example: str = ""
    """The first of those."""

    @property
    def conditional(self) -> bool:
        """Whether a later 304 for this document means that nothing is to be read; else its validators are not kept.

        It does not after a cut, nor for a sitemap index: children change without it.
        """
        return not self.missing and not any(entry.kind == "sitemap" for entry in self.next)

    def with_faults(self, url: str, *, left_out: str, missing: str, faults: str) -> Found:
        """Add what was wrong with the document at `url`; empty texts add nothing."""
        return replace(
            self,
            notes=(*self.notes, f"{url}: {left_out}") if left_out else self.notes,
            missing=missing and f"{url}: not in full: {missing}",
            faults=faults and f"{url}: {faults}",
        )


MOST_BYTES = 4 * 2**20
"""Bytes of a feed or listing, which are read whole: 16 MB of escaped text took 13 s, 16 MB of `{},` took 450 MB."""
MOST_LINKS = 50_000
"""Links read of one document, wanted or not, as in sitemaps.org: a million lines with the same URL took 17 s."""

_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
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
    example = ""
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
            example = example or identity
        elif len(taken) < most:
            taken[identity] = Candidate(url, source.name, link.published, section, link.title, via, link.updated)
        else:
            notes.append(f"{via}: links beyond the first {most} articles left out ([limits] discovered_urls)")
            break
    if unusable:
        notes.append(f"{via}: links that can't be fetched: {unusable}")
    if refused:
        notes.append(f"{via}: links left out by allow and deny of source {source.name}: {refused}")
    return Found(tuple(taken.values()), notes=tuple(notes), refused=refused, example=example)


def to_read(children: Iterable[EntryPoint], look: Callable[[str], datetime | None], now: datetime) -> list[EntryPoint]:
    """Choose which documents that another leads to are read now; `look(url)`: when one was last read."""
    return [child for place, child in enumerate(children) if place < NEWEST or not child.can_wait(look(child.url), now)]


def unescaped(address: str) -> str:
    """Replace HTML's references in an address that was escaped once too often: `?a=1&amp;b=2`.

    Only those with a semicolon: `&copy=1` is a parameter.
    """
    return _REFERENCE.sub(lambda found: unescape(found[0]), address) if "&" in address else address


_FEED_SCHEME = re.compile(r"feed:(?://)?(?=https?:)", re.IGNORECASE)


def without_feed_scheme(address: str) -> str:
    """Return the web address that `feed:https://…` or `feed://…` stands for; browsers gave these to feed readers."""
    address = _FEED_SCHEME.sub("", address)
    return f"https{address[4:]}" if address[:7].lower() == "feed://" else address


def one_line(text: str, longest: int = 300) -> str:
    """Collapse the white space of `text` and cut it at `longest` characters."""
    return " ".join(text[: 4 * longest].split())[:longest]
