"""Read a sitemap's body into candidates, or an index into its child sitemaps.

It may be a sitemap of sitemaps.org 0.9, a news sitemap, a list of URLs as text, an RSS or Atom feed (sitemaps.org,
"Other Sitemap formats"), each compressed with gzip or not, well-formed or not.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO

from crawler.config.schema import Limits
from crawler.discovery import feeds
from crawler.discovery.dates import at_its_end, instant
from crawler.discovery.found import (
    LONGEST_URL,
    MOST_LINKS,
    EntryPoint,
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
from crawler.urls.allowed import document_allowed
from crawler.urls.canonical import same_site

GZIP_MARK = b"\x1f\x8b"
STEP = 1 << 20
"""Bytes decompressed at once."""
HOLDS = {"urlset": "url", "sitemapindex": "sitemap"}
"""Root → name of its entries, in lower case."""
ROOTS = frozenset(HOLDS)
LEAVES = frozenset(("loc", "lastmod", "changefreq", "priority", "publication_date"))
_LINE = re.compile(rb"([^\r\n]{1,%d})[^\r\n]*" % (4 * LONGEST_URL + 4))
"""A line of a text list, up to the length at which a URL is certainly too long."""
TEXT_LIST = re.compile(rb"[^<]*?^\s*https?://", re.IGNORECASE | re.MULTILINE)
MOST_LEVELS = 3
"""An index, its children, and one level more: sitemaps.org has no index in an index, but some publishers do."""
_DEFAULTS = Limits()


def read(
    body: bytes,
    url: str,
    source: Source,
    entry: EntryPoint,
    headers: Headers = (),
    *,
    most: int = MOST_LINKS,
    most_bytes: int = _DEFAULTS.sitemap_bytes,
) -> Found:
    """Return the articles and child sitemaps that the document at `url` names, newest first where it gives dates.

    SourceUnreadable when it is not a sitemap, declares entities (a bomb, or a way to read files), is larger than
    `most_bytes` once decompressed, or is cut off before its first entry.
    """
    body, torn = _inflated(body, url, most_bytes)
    start = body[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise SourceUnreadable(url, f"the sitemap is empty{torn and f': {torn}'}")
    markup = Markup(body, headers, url)
    if TEXT_LIST.match(markup.body, 0, 4096):
        found = _text_list(markup.body, url, source, most)
    else:
        document = _Document(markup, url, source, most)
        document.read(torn)
        found = document.found(entry) if not document.is_feed else feeds.read(body, url, source, headers, most=most)
    return dataclasses.replace(found, missing=found.missing or f"{url}: not in full: {torn}") if torn else found


_NEVER = datetime(1, 1, 1, tzinfo=UTC)


def _inflated(body: bytes, url: str, most: int) -> tuple[bytes, str]:
    """Return a body that is not compressed, and what was wrong with its compression."""
    torn = ""
    try:
        if body.startswith(GZIP_MARK):
            body, torn = gunzip(body, most)
        if len(body) > most:
            raise TooLarge(f"more than {most} bytes")
    except TooLarge as error:
        raise SourceUnreadable(url, f"the sitemap is too large: {error} ([limits] sitemap_bytes)") from error
    return body, torn


def _text_list(body: bytes, url: str, source: Source, most: int) -> Found:
    """Read one URL a line; other lines count as missing, but for empty ones and comments."""
    others = [0, 0]  # how many, and where the first is

    def links() -> Iterator[Link]:
        # Line by line: 50 MB of line feeds would make a list of 400 MB.
        for line in _LINE.finditer(body):
            text = line[1].decode("utf-8", "replace").strip()
            if re.match("https?://", text, re.IGNORECASE):
                yield Link(unescaped(text))
            elif text and not text.startswith("#"):
                others[:] = others[0] + 1, others[1] if others[0] else line.start()

    found = gate(links(), source, via=url, most=most)
    count, first = others
    missing = f"line {body.count(10, 0, first) + 1}: not a URL ({count} in all)" if count else ""
    found = dataclasses.replace(found, form="list of URLs")
    return found.with_faults(url, left_out="", missing=missing, faults="")


class _Document:
    """One pass over a sitemap or index, which keeps no entry once it is read, so that memory stays flat."""

    def __init__(self, markup: Markup, url: str, source: Source, most: int) -> None:
        self._markup, self._url, self._source, self._most = markup, url, source, most
        self._links: list[Link] = []
        self._children: list[Link] = []
        self._entries = 0
        self._full = self._is_news = False
        self._without = [0, -1]  # how many entries have no address, and where the first is
        self._unknown = ""  # name of the first element below the root that is no entry

    @property
    def is_feed(self) -> bool:
        """Whether it is an RSS or Atom feed instead."""
        return self._markup.root in feeds.ROOTS

    def read(self, torn: str) -> None:
        """Read all entries; `torn`: what was wrong with the document's compression."""
        markup, roots = self._markup, ROOTS | feeds.ROOTS
        for entry in entries(markup, roots, ("url", "sitemap"), LEAVES, self._outside):
            if self.is_feed or (markup.opened == "html" and not markup.root):
                break
            self._refuse_entities()
            self._take(entry)
            if self._full:
                break
        self._refuse_entities()
        if not self._links and not self._children and not self.is_feed and (reason := self._why_nothing()):
            raise SourceUnreadable(self._url, "; ".join(filter(None, (reason, torn))))

    def found(self, entry: EntryPoint) -> Found:
        """Return what was read."""
        # Sorted before the cut, so that a long list keeps its newest; sorted() keeps the order of equal ones.
        links = sorted(self._links, key=lambda link: link.changed or _NEVER, reverse=True)
        children, left_out = self._below(entry)
        found = gate(links, self._source, via=self._url, most=self._most)
        form: Form = "sitemap index" if self._children else "news sitemap" if self._is_news else "sitemap"
        found = dataclasses.replace(found, next=children, notes=(*found.notes, *left_out), form=form)
        limit = f"entries beyond the first {self._most} left out ([limits] discovered_urls)" if self._full else ""
        count, first = self._without
        without = f"line {self._markup.line(first)}: an entry without an address ({count} in all)" if count else ""
        missing = "; ".join(filter(None, (without, self._markup.cut)))
        return found.with_faults(
            self._url, left_out=limit or self._markup.limit, missing=missing, faults=self._markup.faults()
        )

    def _refuse_entities(self) -> None:
        if self._markup.entities:
            raise SourceUnreadable(
                self._url, "the sitemap declares entities; refused (they can be a bomb or read files)"
            )

    def _why_nothing(self) -> str:
        """Say why there is no entry; empty for a sitemap that has none: those of news often have none."""
        markup, count = self._markup, self._without[0]
        if markup.root not in ROOTS and not self._entries:
            seen = f"its root is <{one_line(markup.opened, 40)}>" if markup.opened else "no element in it"
            return f"{_what(markup.body)}, not a sitemap: {seen}"
        if markup.limit:
            return f"a sitemap without an entry: {markup.limit}"
        if count:
            line = markup.line(self._without[1])
            return f"none of its entries has an address, {count} in all; the first is at line {line}"
        if self._unknown:
            return f"a sitemap without an entry: <{one_line(self._unknown, 40)}> is in <{markup.root}>"
        return markup.cut and f"a sitemap without an entry; {markup.cut}"

    def _below(self, entry: EntryPoint) -> tuple[tuple[EntryPoint, ...], list[str]]:
        """Return the child sitemaps, each once, newest first, and notes on those that are left out."""
        if self._children and entry.step >= MOST_LEVELS:
            return (), [f"{self._url}: sitemaps below level {MOST_LEVELS} left out: {len(self._children)}"]
        taken: dict[str, EntryPoint] = {}
        astray = 0
        for link in sorted(self._children, key=lambda link: link.changed or _NEVER, reverse=True):
            child = absolute(self._url, link.url)
            if not child or not (same_site(entry.url, child) or document_allowed(child, self._source)):
                astray += 1
            elif child not in (self._url, entry.url):
                taken.setdefault(child, EntryPoint("sitemap", child, step=entry.step + 1, modified=link.changed))
        notes = [f"{self._url}: sitemaps of other sites left out: {astray}; allow may name them"] if astray else []
        return tuple(taken.values()), notes

    def _take(self, entry: Entry) -> None:
        self._entries += 1
        if entry.element.name != HOLDS.get(self._markup.root):
            self._markup.fault(f"<{entry.element.name}> in <{self._markup.root}>", entry.element.at)
        # The address of a picture or video is in another namespace, or in an element of its own.
        addresses = [one for one in entry.fields("loc") if one.prefix == entry.element.prefix]
        texts = [text for one in addresses if (text := self._markup.address(one))]
        if not texts and not entry.whole:
            return
        if not texts:
            self._without = [self._without[0] + 1, entry.element.at if self._without[1] < 0 else self._without[1]]
            return
        published, title = self._news(entry)
        self._is_news = self._is_news or bool(title)
        lastmod = next(map(self._markup.text, entry.fields("lastmod")), "")
        changed = instant(lastmod, self._source.timezone)
        updated = at_its_end(changed, lastmod)
        for text in texts:  # more than one where the tags between two entries are lost
            self._add(entry.element.name, Link(unescaped(text), published, title, published or changed, updated))

    def _add(self, name: str, link: Link) -> None:
        """Sort an address by the name of its entry, whatever the root; publishers mix them up."""
        listed = name == "sitemap" or (self._markup.root == "sitemapindex" and _names_sitemap(link.url))
        (self._children if listed else self._links).append(link)
        self._full = len(self._links) + len(self._children) >= self._most

    def _outside(self, element: Element) -> None:
        """Take an address whose entry has lost its start tag, or has another name."""
        above = element.parent
        if above and above.name in ROOTS and element.name not in LEAVES | ROOTS:
            self._unknown = self._unknown or element.name
        in_root = above is not None and (
            above.name in ROOTS or (_parent(above) in ROOTS and above.prefix == element.prefix)
        )
        stray = element.name == "loc" and in_root and not self._full
        if stray and (text := self._markup.address(element)):
            self._markup.fault("an address outside of an entry", element.at)
            self._entries += 1
            self._add(HOLDS.get(self._markup.root, "url"), Link(unescaped(text)))

    def _news(self, entry: Entry) -> tuple[datetime | None, str]:
        """Return the date and title that a news sitemap gives an entry."""
        date, title = None, ""
        for element in entry.inside:
            if element.name == "publication_date" and "video" not in (element.prefix, _parent(element)):
                date = date or self._date(element)
            elif element.name == "title" and _parent(element) == "news":
                title = title or one_line(self._markup.text(element))
        return date, title

    def _date(self, element: Element) -> datetime | None:
        return instant(self._markup.text(element), self._source.timezone)


def _parent(element: Element) -> str:
    return element.parent.name if element.parent else ""


def _names_sitemap(address: str) -> bool:
    return address.partition("?")[0].lower().endswith((".xml", ".xml.gz"))


def _what(body: bytes) -> str:
    start = body[:2048].lower()
    return "an HTML page" if b"<html" in start or b"<!doctype html" in start else "XML" if b"<" in start else "not XML"


class TooLarge(ValueError):
    """More bytes come out of a gzip document than the bound."""


def gunzip(body: bytes, most: int) -> tuple[bytes, str]:
    """Decompress all members of `body`; return all that comes out before it is damaged or cut off, and what is wrong.

    TooLarge beyond `most` bytes.
    """
    result = BytesIO()  # returns its bytes without a copy
    while body.startswith(GZIP_MARK):
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            before = member.copy()
            try:
                piece = member.decompress(body, STEP)
            except zlib.error as error:
                result.write(_before_damage(before, body))
                return result.getvalue(), f"damaged gzip data: {error}"
            body = member.unused_data if member.eof else member.unconsumed_tail
            if result.tell() + len(piece) > most:
                raise TooLarge(f"more than {most} bytes once decompressed")
            if not piece and not body and not member.eof:
                return result.getvalue(), "gzip data cut off"
            result.write(piece)
    return result.getvalue(), ""


def _before_damage(member: zlib._Decompress, body: bytes) -> bytes:
    """Decompress byte by byte: zlib keeps back what a call has made before it finds the damage."""
    found = BytesIO()
    with contextlib.suppress(zlib.error):
        for at in range(len(body)):
            found.write(member.decompress(body[at : at + 1]))
    return found.getvalue()
