"""Read a feed's body into candidates: RSS 0.9 to 2.0 and Atom, well-formed or not, and JSON Feed.

An entry's categories do not become its section: feeds use them for tags as often.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from crawler.discovery.dates import changed, instant
from crawler.discovery.found import (
    MOST_BYTES,
    MOST_LINKS,
    Form,
    Found,
    Headers,
    Link,
    absolute,
    gate,
    one_line,
    unescaped,
)
from crawler.discovery.markup import Element, Markup
from crawler.discovery.nesting import Entry, entries
from crawler.errors import SourceUnreadable
from crawler.items import Source

ROOTS = frozenset(("rss", "feed", "rdf", "channel"))
DATES = (
    ("pubdate", "published", "issued"),
    ("date", "updated", "modified"),
    ("created",),
)
"""Elements with an entry's date, in lower case; `date` is Dublin Core's. The first group that has one counts."""
CHANGES = ("updated", "modified")
"""Elements with the time of an entry's last change: Atom's, also in RSS, and that of Dublin Core's terms."""
LEAVES = frozenset(("link", "guid", "id", "origlink", *(name for group in DATES for name in group)))
RELATIONS = re.compile(r"https?://www\.iana\.org/assignments/(?:link-)?relations?(?:\.html)?[/#]", re.IGNORECASE)
"""A link relation may be written as an IRI (RFC 4287, 4.2.7.2)."""
PAGES = ("", "text/html", "application/xhtml+xml")
"""Media types of links that lead to an article's page; without one, it is taken for a page."""
_BOMB = re.compile(rb"<!ENTITY\s+(?:%\s+)?\S+\s+(?:SYSTEM|PUBLIC|\"[^\"]{0,4096}&(?!#)|'[^']{0,4096}&(?!#))")
"""An entity that names a file or another entity; plain ones (`<!ENTITY nbsp "&#160;">`) are harmless and in use."""
_JSON_DATES = ("date_published", "date_modified")
_WEB = re.compile(r"\s*https?://", re.IGNORECASE)


def read(body: bytes, url: str, source: Source, headers: Headers = (), *, most: int = MOST_LINKS) -> Found:
    """Return the articles that the feed at `url` names.

    SourceUnreadable when the body is not a feed, has no entry, or has none with an address.
    """
    start = body[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise SourceUnreadable(url, "the feed is empty")
    feed = _JsonFeed(body, url, source) if start[:1] == b"{" else _XmlFeed(body, url, source, headers)
    found = gate(feed.links(), source, via=url, most=most)
    if not feed.entries or feed.without_address == feed.entries:
        raise SourceUnreadable(url, feed.why_nothing())
    found = replace(found, form=feed.form)
    return found.with_faults(url, left_out=feed.left_out(), missing=feed.missing(), faults=feed.faults())


class _Feed:
    """Counts of the entries read so far."""

    form: Form = "RSS"
    entries = without_address = 0
    first_without = ""
    """Place of the first entry without an address."""

    def _count(self, place: str, address: str) -> None:
        self.entries += 1
        if not address:
            self.first_without = self.first_without or place
            self.without_address += 1

    def left_out(self) -> str:
        """Describe what a limit of ours left out."""
        return ""

    def faults(self) -> str:
        """Describe faults that cost no entry."""
        return ""

    def missing(self) -> str:
        """Describe what could not be read of it."""
        without = self.without_address
        return f"{self.first_without}: an entry without an address ({without} in all)" if without else ""

    def _why_no_address(self) -> str:
        return f"none of its entries has an address, {self.entries} in all; the first is at {self.first_without}"


class _JsonFeed(_Feed):
    """A JSON Feed (jsonfeed.org, version 1 or 1.1)."""

    def __init__(self, body: bytes, url: str, source: Source) -> None:
        self._url, self._source = url, source
        self.form = "JSON Feed"
        self._items, self._language = _json_items(body, url)

    def links(self) -> Iterator[Link]:
        for place, item in enumerate(self._items, 1):
            if not isinstance(item, dict):
                continue
            address = self._address(item)
            self._count(f"item {place}", address)
            if address:
                zone, language = self._source.timezone, self._language
                dates = [instant(item.get(key), zone, language) for key in _JSON_DATES]
                updated = changed(item.get("date_modified"), zone, language)
                title = one_line(_text(item.get("title")))
                yield Link(address, next(filter(None, dates), None), title, updated=updated)

    def _address(self, item: dict[str, Any]) -> str:
        """Return `url`, else `external_url`, else an id that is a URL: others are numbers or names of its own."""
        url, external, name = (unescaped(_text(item.get(key))).strip() for key in ("url", "external_url", "id"))
        named = [text for text in (url, external, name if _WEB.match(name) else "") if text]
        return next((text for text in named if absolute(self._url, text)), "")

    def why_nothing(self) -> str:
        return self._why_no_address() if self.entries else "a JSON Feed without any item"


class _XmlFeed(_Feed):
    """An RSS or Atom feed."""

    def __init__(self, body: bytes, url: str, source: Source, headers: Headers) -> None:
        self._url, self._source = url, source
        self._markup = Markup(body, headers, url)
        if _BOMB.search(self._markup.body, 0, 65536):
            raise SourceUnreadable(url, "the feed declares entities made of others or of files; refused")
        self._language = ""

    def links(self) -> Iterator[Link]:
        markup = self._markup
        for entry in entries(markup, ROOTS, ("item", "entry"), LEAVES, self._outside):
            if not markup.root:
                return
            self.form = "Atom" if markup.root == "feed" else "RSS"
            address = self._address(entry)
            if not address and not entry.whole:
                continue  # cut off in it
            first = not address and not self.first_without
            self._count(f"line {markup.line(entry.element.at)}" if first else "", address)
            if address:
                yield Link(address, self._date(entry), one_line(self._title(entry)), updated=self._updated(entry))

    def _outside(self, element: Element) -> None:
        if element.name == "language" and not self._language:
            self._language = self._markup.text(element).strip()

    def _address(self, entry: Entry) -> str:
        """Return the address of an entry's page, absolute where the entry has its own base; empty when it has none."""
        markup = self._markup
        for origin in entry.fields("origlink"):  # of FeedBurner and Pheedo, whose link is a redirect
            if _WEB.match(address := markup.address(origin)):
                return unescaped(address)
        links = [link for link in entry.fields("link") if self._relation(link) == "alternate"]
        text = self._in_text(links, entry)
        if text and entry.element.name == "item":
            return text  # the link of RSS itself
        if alternate := self._alternate([link for link in links if markup.attribute(link, "href")], entry):
            return self._resolved(alternate, markup.attribute(alternate, "href"))
        return text or self._identifier(entry)

    def _in_text(self, links: list[Element], entry: Entry) -> str:
        """Return the first address that is a link's text, in the entry's own namespace."""
        own = (link for link in links if link.prefix == entry.element.prefix)
        texts = ((link, self._markup.address(link)) for link in own if not self._markup.attribute(link, "href"))
        return next((self._resolved(link, text) for link, text in texts if text), "")

    def _alternate(self, links: list[Element], entry: Entry) -> Element | None:
        """Choose among the addresses of one entry: a page before other media types, and in the feed's language."""
        language = self._spoken(entry).lower().partition("-")[0]

        def rank(link: Element) -> tuple[bool, bool]:
            kind = self._markup.attribute(link, "type").partition(";")[0].strip().lower()
            spoken = self._markup.attribute(link, "hreflang").lower().partition("-")[0]
            return kind not in PAGES, bool(language) and spoken not in ("", language)

        return min(links, key=rank, default=None)

    def _relation(self, link: Element) -> str:
        """Return `alternate` for a link to the entry's page: with that relation, also as an IRI, or without any.

        Links with another one (enclosure, related, self, via, replies …) lead elsewhere (RFC 4287, 4.2.7.2).
        """
        relations = RELATIONS.sub("", self._markup.attribute(link, "rel")).lower().split() or ["alternate"]
        return "alternate" if "alternate" in relations else relations[0]

    def _spoken(self, entry: Entry) -> str:
        """Return the language tag of the entry or feed; empty when neither names one."""
        above: Element | None = entry.element
        while above is not None:
            if language := self._markup.attribute(above, "xml:lang"):
                return language
            above = above.parent
        return self._language

    def _identifier(self, entry: Entry) -> str:
        """Return an identifier that is the page's address: RSS says so by isPermaLink, whose default is true."""
        for element in entry.fields("guid", "id"):
            permanent = self._markup.attribute(element, "ispermalink").strip().lower() not in ("false", "no", "0")
            if permanent and _WEB.match(text := self._markup.address(element)):
                return unescaped(text)
        about = self._markup.attribute(entry.element, "rdf:about")
        return unescaped(about) if _WEB.match(about) else ""

    def _resolved(self, element: Element, address: str) -> str:
        """Resolve an address against the bases of the elements around it (XML Base)."""
        bases: list[str] = []
        above: Element | None = element
        while above is not None and len(bases) < 10:
            bases.append(self._markup.attribute(above, "xml:base"))
            above = above.parent
        address = unescaped(address)
        try:
            for base in filter(None, bases):
                address = urljoin(base, address)
        except ValueError:
            pass  # an unusable base
        return address

    def _date(self, entry: Entry) -> datetime | None:
        for names in DATES:
            for element in entry.fields(*names):
                if date := instant(self._markup.text(element), self._source.timezone, self._spoken(entry)):
                    return date
        return None

    def _updated(self, entry: Entry) -> datetime | None:
        zone, language = self._source.timezone, self._spoken(entry)
        times = (changed(self._markup.text(element), zone, language) for element in entry.fields(*CHANGES))
        return max(filter(None, times), default=None)

    def _title(self, entry: Entry) -> str:
        titles = (one for one in entry.fields("title") if one.prefix == entry.element.prefix)
        return next(filter(None, map(self._markup.text, titles)), "")

    def left_out(self) -> str:
        return self._markup.limit

    def faults(self) -> str:
        return self._markup.faults()

    def missing(self) -> str:
        return "; ".join(filter(None, (super().missing(), self._markup.cut)))

    def why_nothing(self) -> str:
        if self.entries:
            return self._why_no_address()
        if self._markup.root not in ROOTS:
            return _why_not(self._markup.body)
        reasons = [self._markup.limit, self._markup.cut, self._markup.faults()]
        return "; ".join(["a feed without any entry", *filter(None, reasons)])


def _json_items(body: bytes, url: str) -> tuple[list[Any], str]:
    if len(body) > MOST_BYTES:
        raise SourceUnreadable(url, f"a JSON Feed of more than {MOST_BYTES} bytes")
    try:
        feed = json.loads(body.decode("utf-8-sig"), strict=False)
    except (ValueError, RecursionError) as error:
        raise SourceUnreadable(url, f"starts like a JSON Feed but is not JSON: {one_line(str(error), 120)}") from error
    if "jsonfeed.org" not in str(feed.get("version", "")) or not isinstance(feed.get("items"), list):
        raise SourceUnreadable(url, "JSON, but not a JSON Feed; is it a listing? ([[source]] listings)")
    return feed["items"], _text(feed.get("language"))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _why_not(body: bytes) -> str:
    start = body[:4096].lower()
    if b"<!doctype html" in start or b"<html" in start:
        return "an HTML page, not a feed; is it a section? ([[source]] sections)"
    if b"<urlset" in start or b"<sitemapindex" in start:
        return "a sitemap, not a feed; put it into sitemaps of [[source]]"
    if not re.search(rb"<\w", start):
        return "not a feed: no XML in it"
    return "not a feed: no RSS or Atom elements in it"
