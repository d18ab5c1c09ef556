"""Read a sitemap's body into candidates, or an index into its child sitemaps.

It may be a sitemap of sitemaps.org 0.9, a news sitemap, a list of URLs as text, an RSS or Atom feed (sitemaps.org,
"Other Sitemap formats"), each compressed with gzip or not.
"""

from __future__ import annotations

import dataclasses
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO

from lxml import etree

from crawler.discovery import feeds
from crawler.discovery.dates import instant
from crawler.discovery.found import LONGEST_URL, EntryPoint, Found, Headers, Link, absolute, gate, one_line
from crawler.errors import SourceUnreadable
from crawler.items import Source
from crawler.urls.canonical import same_site

GZIP_MARK = b"\x1f\x8b"
STEP = 1 << 20
"""Bytes decompressed at once."""
MOST_ELEMENTS = 500_000
"""Elements of a sitemap, ten for each of 50,000 entries: 50 MB of `<x/>`, 250 KB as gzip, took 110 s and 1.7 GB."""
MOST_OF_ENTRY = 10_000
"""Elements of one entry, which are in memory at once."""
_LINE = re.compile(rb"([^\r\n]{1,%d})[^\r\n]*" % (4 * LONGEST_URL + 4))
"""A line of a text list, up to the length at which a URL is certainly too long."""
MOST_LEVELS = 3
"""An index, its children, and one level more: sitemaps.org has no index in an index, but some publishers do."""


def read(
    body: bytes,
    url: str,
    source: Source,
    entry: EntryPoint,
    headers: Headers = (),
    *,
    most: int,
    most_bytes: int,
) -> Found:
    """Return the articles and child sitemaps that the document at `url` names, newest first where it gives dates.

    SourceUnreadable when it is not a sitemap, declares entities (a bomb, or a way to read files), is larger than
    `most_bytes` once decompressed, or breaks before its first entry. If it breaks later, the entries before count, and
    a note says where.
    """
    body = _inflated(body, url, most_bytes)
    start = body[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise SourceUnreadable(url, "the sitemap is empty")
    if start.startswith((b"http://", b"https://")):
        # Line by line: 50 MB of line feeds would make a list of 400 MB.
        lines = (found[1].decode("utf-8", "replace") for found in _LINE.finditer(body.removeprefix(b"\xef\xbb\xbf")))
        return gate((Link(line) for line in lines if line.strip()), source, via=url, most=most)
    document = _Document(url, source, most)
    notes = document.read(body)
    if document.root in ("rss", "feed", "RDF"):
        return feeds.read(body, url, source, headers, most=most)
    # Sorted before the cut, so that a long list keeps its newest; sorted() keeps the order of equal ones.
    links = sorted(document.links, key=lambda link: link.changed or _NEVER, reverse=True)
    found = gate(links, source, via=url, most=most)
    children, left_out = _children(document.children, url, entry)
    dated = all(child.modified for child in children)
    return dataclasses.replace(found, next=children, notes=(*found.notes, *notes, *left_out), conditional=dated)


_NEVER = datetime(1, 1, 1, tzinfo=UTC)


def _inflated(body: bytes, url: str, most: int) -> bytes:
    try:
        if body.startswith(GZIP_MARK):
            body = gunzip(body, most)
        if len(body) > most:
            raise TooLarge(f"more than {most} bytes")
    except TooLarge as error:
        raise SourceUnreadable(url, f"the sitemap is too large: {error} ([limits] sitemap_bytes)") from error
    except ValueError as error:
        raise SourceUnreadable(url, f"the sitemap cannot be read: {error}") from error
    return body


def _children(links: list[Link], url: str, entry: EntryPoint) -> tuple[tuple[EntryPoint, ...], list[str]]:
    if links and entry.step >= MOST_LEVELS:
        return (), [f"{url}: {len(links)} sitemaps below level {MOST_LEVELS} left out"]
    taken: dict[str, EntryPoint] = {}
    astray = 0
    for link in sorted(links, key=lambda link: link.changed or _NEVER, reverse=True):
        child = absolute(url, link.url)
        if not child or not same_site(entry.url, child):
            astray += 1
        elif child != url:
            taken.setdefault(child, EntryPoint("sitemap", child, step=entry.step + 1, modified=link.changed))
    notes = [f"{url}: {astray} sitemaps of other sites left out"] if astray else []
    return tuple(taken.values()), notes


class _Document:
    """One pass over a sitemap, which drops each entry once it is read, so that memory stays flat."""

    def __init__(self, url: str, source: Source, most: int) -> None:
        self.url, self.source, self.most = url, source, most
        self.root = ""
        self.links: list[Link] = []
        self.children: list[Link] = []
        self.cut = ""

    def read(self, body: bytes) -> list[str]:
        """Read the sitemap; return notes on its faults."""
        # Without huge_tree: libxml2's own bounds on depth, names and entity expansion stay in force.
        events = etree.iterparse(
            BytesIO(body),
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            self._walk(events)
            if self.cut:
                return [f"{self.url}: {self.cut}"]
        except etree.XMLSyntaxError as error:
            reason = one_line(str(error), 120)
            if not self.links and not self.children and self.root not in ("rss", "feed", "RDF"):
                raise SourceUnreadable(self.url, f"{_what(body)}, not a sitemap: {reason}") from error
            return [f"{self.url}: broken after {len(self.links) + len(self.children)} entries: {reason}"]
        if self.root not in ("urlset", "sitemapindex", "rss", "feed", "RDF"):
            raise SourceUnreadable(self.url, f"{_what(body)}, not a sitemap: its root is <{one_line(self.root, 40)}>")
        return []

    def _walk(self, events: Iterator[tuple[str, etree._Element]]) -> None:
        depth = elements = held = 0
        for event, element in events:
            name = _local(element)
            depth += 1 if event == "start" else -1
            if event == "start":
                elements, held = elements + 1, held + 1
                if elements > MOST_ELEMENTS or held > MOST_OF_ENTRY:
                    self._give_up(elements)
                    return
                if not self.root:
                    self._open(element, name)
                    if name not in ("urlset", "sitemapindex"):
                        return
            elif name == "url" and self.root == "urlset":
                self._take(element, self.links)
            elif name == "sitemap" and self.root == "sitemapindex":
                self._take(element, self.children)
            if depth == 1 and event == "end":
                held = 0
                _drop(element)
            if len(self.links) + len(self.children) >= self.most:
                self.cut = f"entries beyond the first {self.most} left out ([limits] discovered_urls)"
                return

    def _give_up(self, elements: int) -> None:
        if not self.links and not self.children:
            raise SourceUnreadable(self.url, f"a sitemap without an entry in its first {elements} elements")
        self.cut = f"entries after the first {elements} elements left out"

    def _open(self, root: etree._Element, name: str) -> None:
        self.root = name
        dtd = root.getroottree().docinfo.internalDTD
        if dtd is not None and any(True for _ in dtd.iterentities()):  # type: ignore[attr-defined]
            raise SourceUnreadable(
                self.url, "the sitemap declares entities; refused (they can be a bomb or read files)"
            )

    def _take(self, element: etree._Element, into: list[Link]) -> None:
        location = published = title = changed = ""
        for child in element.iter():
            name = _local(child)
            if child.getparent() is element and name == "loc":
                location = child.text or ""
            elif child.getparent() is element and name == "lastmod":
                changed = child.text or ""
            elif name == "publication_date":
                published = child.text or ""
            elif name == "title" and _local(child.getparent()) == "news":
                title = child.text or ""
        if location.strip():
            date = instant(published, self.source.timezone) if published else None
            newest = date or (instant(changed, self.source.timezone) if changed else None)
            into.append(Link(location, date, one_line(title), newest))


def _drop(element: etree._Element) -> None:
    """Drop an element's content, and its siblings before it: they have been read."""
    element.clear()
    while (before := element.getprevious()) is not None:
        before.getparent().remove(before)  # type: ignore[union-attr]


def _local(element: etree._Element | None) -> str:
    """Return the name without namespace: publishers write wrong namespaces more often than wrong names."""
    return etree.QName(element).localname if element is not None and isinstance(element.tag, str) else ""


def _what(body: bytes) -> str:
    start = body[:2048].lower()
    return "an HTML page" if b"<html" in start or b"<!doctype html" in start else "XML" if b"<" in start else "not XML"


class TooLarge(ValueError):
    """More bytes come out of a gzip document than the bound."""


def gunzip(body: bytes, most: int) -> bytes:
    """Decompress all members of `body`; TooLarge beyond `most` bytes, ValueError when it is damaged or cut off."""
    result = BytesIO()  # returns its bytes without a copy
    while body.startswith(GZIP_MARK):
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            try:
                piece = member.decompress(body, STEP)
            except zlib.error as error:
                raise ValueError(f"damaged gzip data: {error}") from error
            body = member.unused_data if member.eof else member.unconsumed_tail
            if result.tell() + len(piece) > most:
                raise TooLarge(f"more than {most} bytes once decompressed")
            if not piece and not body and not member.eof:
                raise ValueError("gzip data cut off")
            result.write(piece)
    return result.getvalue()
