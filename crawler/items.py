"""The values that travel between the stages: Source and Candidate in, Page through, Post and Image out.

Frozen, plain, without Scrapy; every instant is aware and in UTC unless its field says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """How the visit of an article ends; the values are the words of the run file."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    NOT_MODIFIED = "not-modified"
    NOT_AN_ARTICLE = "not-an-article"
    GONE = "gone"
    REFUSED = "refused"
    FAILED = "failed"
    GIVEN_UP = "given-up"

    @property
    def stored(self) -> bool:
        """Whether the article's post is stored, now or since an earlier visit."""
        return self in (Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.NOT_MODIFIED)

    @property
    def written(self) -> bool:
        """Whether this visit wrote a version of the post."""
        return self in (Outcome.NEW, Outcome.CHANGED)


@dataclass(frozen=True)
class Reason:
    """Why a visit gave no post."""

    error_class: str
    """One word of the run file: http-404, timeout, robots, empty …"""
    message: str
    """One line that names the URL."""
    asked: bool = True
    """Whether a server was asked; if not, the failure does not count towards giving up."""


@dataclass(frozen=True)
class Section:
    """A page that lists articles as links."""

    url: str
    """Its first page."""
    links: str
    """CSS selector of the article links (`<a>` elements), or `re:PATTERN` searched in every link's absolute URL."""
    section: str = ""
    """Section name of the articles found here; empty = the source's."""
    next: str = ""
    """CSS selector of the link to the next page; `{page}` in it makes it a URL template counted from 2; empty = one
    page.
    """
    max_pages: int = 1
    """The first page included."""


@dataclass(frozen=True)
class Listing:
    """A JSON document that lists articles."""

    url: str
    """JSON, or a JSONP call around it."""
    items: str = "items"
    """Dotted path of the array; empty = the document itself."""
    link: str = "url"
    """Dotted path of the article's URL in an entry; empty = the entry itself; resolved against `url`."""
    title: str = "title"
    """Dotted path of the headline in an entry."""
    date: str = ""
    """Dotted path of the publication date in an entry; empty = none."""
    section: str = ""
    """Section name of the articles found here; empty = the source's."""


@dataclass(frozen=True)
class Source:
    """A publisher we follow: one `[[source]]` of warcpress.toml with its profile's defaults filled in."""

    name: str
    """Letters, digits, `-`, `_`; also the folder of its posts."""
    use: str = ""
    """Name of the shipped site profile; empty = the generic extractor, or a profile that knows the page's host."""
    site: str = ""
    """The publication's name; the author where a page names none. Empty = og:site_name, else the host."""
    categories: tuple[str, ...] | None = None
    """None = topic, site, section of each article (FORMAT)."""
    section: str = ""
    """Section of its articles, unless the entry that led to one names its own."""
    timezone: str = "UTC"
    """IANA name: zone of dates that name none, and of the folders of posts."""
    every: float = 1800.0
    """Seconds between two looks at the source's feeds, sitemaps, sections and listings (`crawl --due`)."""
    feeds: tuple[str, ...] = ()
    """URLs of RSS, Atom and JSON feeds."""
    sitemaps: tuple[str, ...] = ()
    """URLs of sitemaps, sitemap indexes and news sitemaps, `.gz` or not."""
    sections: tuple[Section, ...] = ()
    """Pages that list articles as links."""
    listings: tuple[Listing, ...] = ()
    """JSON documents that list articles."""
    urls: tuple[str, ...] = ()
    """Single articles; `allow` and `deny` do not apply to them."""
    allow: tuple[str, ...] = ()
    """Regular expressions searched in the canonical URL; empty = every http(s) URL that an entry point leads to."""
    deny: tuple[str, ...] = ()
    """As `allow`; deny wins."""
    headers: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)
    """Extra request headers, already resolved from `env:NAME`: their values are secrets. They are sent to the origins
    (scheme, host, port) of the source's entry points, and to those that an `allow` pattern names from its start, as
    `^https://www\\.example\\.org/` does; nowhere else."""
    verify_tls: bool = True
    """False takes certificates that cannot be verified; the records say so."""
    delay: float | None = None
    """Seconds between requests to one host; None = [crawl]'s."""
    concurrency: int | None = None
    """Requests in flight per host; None = [crawl]'s."""
    obey_robots: bool | None = None
    """None = [crawl]'s."""

    @property
    def entries(self) -> tuple[str, ...]:
        """Every URL that the configuration itself names."""
        sections = tuple(section.url for section in self.sections)
        listings = tuple(listing.url for listing in self.listings)
        return (*self.feeds, *self.sitemaps, *sections, *listings, *self.urls)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A discovered URL that may be an article."""

    url: str
    """Absolute http(s) URL as discovered."""
    source: str
    """Name of the source."""
    published: datetime | None = None
    """Aware: what the feed, sitemap or listing says."""
    section: str = ""
    title: str = ""
    via: str = ""
    """URL of the document that led here."""


@dataclass(frozen=True)
class Page:
    """One fetched document, as extractors see it."""

    url: str
    """The URL that answered, after redirects."""
    body: bytes
    """Entity body with transfer and content codings removed."""
    headers: list[tuple[str, str]]
    """Response headers in wire order and case, decoded as ISO-8859-1; names may repeat."""
    fetched_at: datetime
    """Aware: the WARC-Date of its capture. Relative dates are resolved against it."""
    status: int = 200
    published_hint: datetime | None = None
    """Aware: publication date from the feed, sitemap or listing."""
    section: str | None = None
    """Section of the entry that led here; None = the source's."""
    parts: tuple[Page, ...] = ()
    """Further pages of the same article that were asked for with PartsNeeded, whatever their status."""


@dataclass(frozen=True)
class Image:
    """One picture of an article."""

    url: str
    """Absolute http(s) URL of the best resolution that the page names."""
    caption: str = ""
    credit: str = ""
    width: int | None = None
    """Pixels, as the page declares them."""
    height: int | None = None


@dataclass(frozen=True)
class Post:
    """One article as extracted: everything that the post's text is made from."""

    url: str
    canonical_url: str
    """The article's identity: absolute, without fragment and tracking parameters; canonical link honoured on the same
    site.
    """
    title: str
    authors: tuple[str, ...]
    """People, in the page's order; empty when the page names none (front matter then takes `site`)."""
    site: str
    section: str
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    language: str
    """BCP 47 primary language, e.g. `zh`; empty when unknown."""
    published: datetime | None
    """Aware UTC."""
    published_text: str
    """The date as the page writes it; empty when none."""
    updated: datetime | None
    lead_image: Image | None
    images: tuple[Image, ...]
    """Images of the body in reading order."""
    body_html: str
    """Inner HTML of the article's container, allow-listed, trimmed."""
    text: str
    """Visible text of the body, one block per line; captions stand in `images`, embedded posts in `body_html`."""
    extractor: str
    """Our version with those of lxml, libxml2, trafilatura."""
