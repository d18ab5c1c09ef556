"""Values that pass between the stages: Source, Candidate, Page, Post, Image, Outcome.

Frozen, without Scrapy; every datetime is aware and in UTC unless its field says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

READ = frozenset({200, 203})
"""Statuses of a document that is read: 203 is a 200 that a proxy has changed on its way (RFC 9110, 15.3.4)."""
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""An earlier date of publication is implausible: there was no web."""
SLACK = timedelta(hours=26)
"""How far such a date may be ahead of the capture, for the zone farthest east and for wrong clocks."""


def is_plausible(published: datetime, captured: datetime) -> bool:
    """Tell whether a date of publication is neither before the web nor after the capture."""
    return EARLIEST <= published <= captured + SLACK


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
    """Error class in the run file: http-404, timeout, robots, empty …"""
    message: str
    """One line that names the URL."""
    asked: bool = True
    """Whether a server was asked; if not, the failure does not count towards giving up."""


@dataclass(frozen=True)
class Section:
    """A page that lists articles as links."""

    url: str
    """URL of its first page."""
    links: str
    """CSS selector of the article links (`<a>` elements), or `re:PATTERN` searched in every link's absolute URL."""
    section: str = ""
    """Section of the listed articles; empty = the source's."""
    next: str = ""
    """Link to the next page: a CSS selector, or a URL template with `{page}`, counted from 2; empty = one page."""
    max_pages: int = 1
    """Most pages to read, the first included."""


@dataclass(frozen=True)
class Listing:
    """A JSON document that lists articles."""

    url: str
    """URL of the document: JSON, or a JSONP call around it."""
    items: str = "items"
    """Dotted path of the array; empty = the document itself."""
    link: str = "url"
    """Dotted path of the article's URL in an entry; empty = the entry itself; resolved against `url`."""
    title: str = "title"
    """Dotted path of the headline in an entry."""
    date: str = ""
    """Dotted path of the publication date in an entry; empty = none."""
    updated: str = ""
    """Dotted path of the time of the last change in an entry; a newer one makes the article due. Empty = none."""
    section: str = ""
    """Section of the listed articles; empty = the source's."""


@dataclass(frozen=True)
class Selectors:
    """Where the pages of a source keep an article: CSS selectors; of several, the first that finds something counts."""

    title: tuple[str, ...] = ()
    """The headline: an element with its text, or a `<meta>` with its `content`."""
    body: tuple[str, ...] = ()
    """The element that holds the whole article."""
    author: tuple[str, ...] = ()
    """Elements with the authors' names, or with a byline (`By Jane Doe and John Roe`)."""
    date: tuple[str, ...] = ()
    """The date of publication: an element's `datetime`, `content` or text."""
    remove: tuple[str, ...] = ()
    """Elements inside the article that do not belong to it; all that are found."""
    next: tuple[str, ...] = ()
    """The link to the next page of an article that is split over several."""


@dataclass(frozen=True)
class Source:
    """A publisher to follow: one `[[source]]` of warcpress.toml with the defaults of its profile."""

    name: str
    """Name, also the folder of its posts: letters, digits, `-`, `_`."""
    use: str = ""
    """Name of a shipped site profile; empty = the profile of the page's host, else the generic extractor."""
    site: str = ""
    """Name of the publication, and author of pages that name none; empty = og:site_name, else the host."""
    categories: tuple[str, ...] | None = None
    """Categories of every post; unset = topic, site and section of each article."""
    section: str = ""
    """Section of its articles, unless their entry point names another."""
    timezone: str = "UTC"
    """IANA time zone of dates that name no zone, and of the dates in the paths of posts."""
    every: float = 1800.0
    """Seconds between two reads of its feeds, sitemaps, sections and listings (`crawl --due`)."""
    look_again: tuple[str, ...] = ("6h", "1d", "7d", "30d")
    """Waits between the looks at a stored article, which it climbs by its age (docs/running.md); the last one is made
    once, with `*` for ever: `"30d*"`. `[]` looks once."""
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
    """Regular expressions searched in the canonical URL; empty = every http(s) URL that an entry point lists."""
    deny: tuple[str, ...] = ()
    """Regular expressions as in `allow`; a match of `deny` wins."""
    article: Selectors = field(default_factory=Selectors)
    """Where its pages keep an article, if generic rules or the profile read them wrong: `[source.article]`."""
    headers: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)
    """Extra request headers, resolved from `env:NAME`: their values are secrets.

    They are sent only to the origins (scheme, host, port) of the source's entry points, and to those that an `allow`
    pattern names from its start, as `^https://www\\.example\\.org/` does.
    """
    verify_tls: bool = True
    """False accepts certificates that can't be verified; the records then say so."""
    delay: float | None = None
    """Seconds between requests to one host; unset = the value of [crawl]."""
    concurrency: int | None = None
    """Requests at once per host; unset = the value of [crawl]."""
    obey_robots: bool | None = None
    """Whether robots.txt is obeyed; unset = the value of [crawl]."""

    @property
    def lists(self) -> tuple[str, ...]:
        """URLs of its feeds, sitemaps, sections and listings: none of them is an article."""
        sections = tuple(section.url for section in self.sections)
        listings = tuple(listing.url for listing in self.listings)
        return (*self.feeds, *self.sitemaps, *sections, *listings)

    @property
    def entries(self) -> tuple[str, ...]:
        """URLs of all entry points: lists and single articles."""
        return (*self.lists, *self.urls)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A discovered URL that may be an article."""

    url: str
    """Absolute http(s) URL as discovered."""
    source: str
    """Name of its source."""
    published: datetime | None = None
    """Publication date of the feed, sitemap or listing; aware."""
    section: str = ""
    title: str = ""
    via: str = ""
    """URL of the document that lists it."""
    updated: datetime | None = None
    """When it was changed last, by the feed, sitemap or listing; aware. A date without a time is the end of its day."""


@dataclass(frozen=True)
class Page:
    """One fetched document, as extractors get it."""

    url: str
    """URL that answered, after redirects."""
    body: bytes
    """Entity body with transfer and content codings removed."""
    headers: list[tuple[str, str]]
    """Response headers in their order and case on the wire, decoded as ISO-8859-1; names may repeat."""
    fetched_at: datetime
    """WARC-Date of its capture, aware; relative dates count from it."""
    status: int = 200
    published_hint: datetime | None = None
    """Publication date of the feed, sitemap or listing; aware."""
    section: str | None = None
    """Section of the entry point that led to the page; None = the source's."""
    parts: tuple[Page, ...] = ()
    """Further pages of the article, requested with PartsNeeded, whatever their status."""
    complete: bool = False
    """Whether no further page can be had: the post is made from this page and `parts`."""
    asked: str = ""
    """URL that was requested and led to this page; empty = this page's own."""


@dataclass(frozen=True)
class Image:
    """One picture of an article."""

    url: str
    """Absolute http(s) URL of the highest resolution that the page offers."""
    caption: str = ""
    credit: str = ""
    width: int | None = None
    """Pixels that the page declares."""
    height: int | None = None


@dataclass(frozen=True)
class Post:
    """An extracted article: the content of its post file."""

    url: str
    canonical_url: str
    """URL that the page claims for its article: absolute, without fragment and tracking parameters.

    It is the page's canonical link when that stays on the site. The post is stored under it unless another article
    has it (posts/versions.py).
    """
    title: str
    authors: tuple[str, ...]
    """People in the page's order; empty when it names none (the front matter then has `site`)."""
    site: str
    section: str
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    language: str
    """Primary language of BCP 47, such as `zh`; empty when unknown."""
    published: datetime | None
    """Publication date, aware UTC; None when the page names none."""
    published_text: str
    """The date as the page writes it; empty without one."""
    updated: datetime | None
    lead_image: Image | None
    images: tuple[Image, ...]
    """Images of the body in reading order."""
    body_html: str
    """Inner HTML of the article's container, allow-listed, trimmed."""
    text: str
    """Visible text of the body, one block per line, without captions (see `images`) and embedded posts."""
    extractor: str
    """Version of this package, with those of lxml, libxml2 and trafilatura."""
    unmatched: tuple[str, ...] = ()
    """Keys of the source's `article` whose selectors find nothing on the page; generic rules read title, body, author
    and date instead."""
    relative_date: bool = False
    """Whether `published` counts from the capture (`3 hours ago`): a later capture gives another instant."""
    style_sheets: tuple[str, ...] = ()
    """Absolute URLs of the style sheets that the page names: a run captures them, no post file has them."""
