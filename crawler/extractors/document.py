"""Page → Document: decoded once, parsed once; every step of extraction reads this one tree.

Goes second in extraction, after `charset`. The tree is shared and never changed: who cuts from it works on a copy.
Raises `NotAnArticle("not-html")`, `NotAnArticle("empty")` and `TooComplex`, before anything costly starts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from urllib.parse import urljoin, urlsplit

from lxml import etree
from lxml.html import HtmlElement

from crawler.errors import NotAnArticle, TooComplex
from crawler.extractors import jsonld, streamed
from crawler.extractors.charset import Decoded, decode
from crawler.items import Page

MAX_CHARACTERS = 8 * 2**20
"""Longest page that is parsed; the longest recorded one has 3.2 million. A page twice that of text takes 2 s."""
MAX_ELEMENTS = 60_000
"""The richest of the recorded pages has 7,800. Every later step is linear in this."""
MAX_ATTRIBUTES = 5_000
"""Of one element: libxml2 takes 0.06 s for 5,000, 2.4 s for 20,000, minutes for 300,000."""

_CLASSES = etree.ElementDefaultClassLookup(element=HtmlElement)
"""One class for every element: lxml.html's own lookup by tag is a call into Python per element (4 % of a page)."""

_FIRST, _LAST = datetime(1990, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_TYPE = re.compile(r"text/html|application/xhtml\+xml|text/plain|application/xml|text/xml|application/octet-stream")
_XML_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_LONG_TAG = re.compile(r"<[a-zA-Z][^<]{30000}")
_ATTRIBUTE = re.compile(r"""\s*/*\s*[^\s=>/"'][^\s=>/]*(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+))?""")
_CONTROL = bytes([*range(9), 11, *range(14, 32), 127])


@dataclass(frozen=True, eq=False)
class Document:
    """A page as a tree, with the facts that several steps ask for, each computed once."""

    page: Page
    decoded: Decoded
    tree: HtmlElement
    """The `<html>` element, without comments. Read only."""

    @cached_property
    def base_url(self) -> str:
        """What relative URLs are resolved against: `<base href>` where it is http(s), else the page's URL."""
        for base in self.tree.iter("base"):
            href = (base.get("href") or "").strip()
            if href:
                try:
                    url: str = urljoin(self.page.url, href)
                    if urlsplit(url).scheme in ("http", "https"):
                        return url
                except ValueError:  # `http://[`: as if there were no base
                    break
        return self.page.url

    @property
    def captured(self) -> datetime:
        """When the page was captured, from which dates count; a broken record's year 1 or 9999 leaves them no room."""
        return min(max(self.page.fetched_at, _FIRST), _LAST)

    @cached_property
    def host(self) -> str:
        """Lower case, without port and `www.`."""
        return (urlsplit(self.page.url).hostname or "").removeprefix("www.")

    @cached_property
    def metas(self) -> Mapping[str, tuple[str, ...]]:
        """Contents of `<meta>` by lower-case property, name, itemprop, http-equiv; in order, trimmed, none empty."""
        found: dict[str, list[str]] = {}
        for meta in self.tree.iter("meta"):
            content = (meta.get("content") or "").strip()
            if content:
                for key in ("property", "name", "itemprop", "http-equiv"):
                    name = meta.get(key)
                    if name:
                        found.setdefault(name.strip().lower(), []).append(content)
        return {name: tuple(contents) for name, contents in found.items()}

    def meta(self, *names: str) -> str:
        """The first content of the first of these names that the page has; empty when it has none."""
        return next((self.metas[name][0] for name in names if name in self.metas), "")

    @cached_property
    def jsonld(self) -> tuple[dict[str, object], ...]:
        """Top-level objects of every JSON-LD script, `@graph` and lists unfolded, in document order."""
        return jsonld.read(self.tree)

    @cached_property
    def title_element(self) -> str:
        """Text of `<title>` in the head, spaces collapsed."""
        for title in self.tree.iter("title"):
            parent = title.getparent()
            if parent is not None and parent.tag != "svg":
                return " ".join(title.text_content().split())
        return ""

    def absolute(self, url: str) -> str:
        """`url` resolved against the base; empty when it is no http(s) URL."""
        if not url.strip():
            return ""  # no address, not the page's own
        try:
            resolved = urljoin(self.base_url, url.strip())
            parts = urlsplit(resolved)
        except ValueError:
            return ""
        return resolved if parts.scheme in ("http", "https") and parts.hostname else ""


def parse(page: Page) -> Document:
    """The page's document. Pure: the same page gives the same tree on any machine."""
    kind = next((value for name, value in page.headers if name.lower() == "content-type"), "")
    if kind.strip() and not _TYPE.match(kind.strip().lower()):
        raise NotAnArticle("not-html", kind.split(";")[0].strip()[:80])
    if len(page.body) > 4 * MAX_CHARACTERS:
        raise TooComplex("characters")
    decoded = decode(page.body, page.headers, page.url)
    return Document(page, decoded, parse_text(decoded.text))


def parse_text(text: str) -> HtmlElement:
    """The `<html>` element of a text, within the limits."""
    declaration = _XML_DECLARATION.match(text)
    if declaration:
        text = text[declaration.end() :]
    if not text.strip():
        raise NotAnArticle("empty", "the page has no bytes")
    if len(text) > MAX_CHARACTERS:
        raise TooComplex("characters")
    if text.count("<") > 2 * MAX_ELEMENTS + 1000:
        raise TooComplex("elements")
    _count_attributes(text)
    # huge_tree: without it libxml2 drops, without a word, what is nested deeper than 256 and texts above 10 MB.
    in_pieces = streamed.MARK in text
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=not in_pieces, remove_pis=True)
    parser.set_element_class_lookup(_CLASSES)
    tree = etree.fromstring(text.encode("utf-8", "ignore").translate(None, _CONTROL), parser)
    last = parser.error_log.last_error
    if last is not None and last.type_name == "ERR_RESOURCE_LIMIT":
        raise TooComplex("depth")
    if tree is None:
        raise NotAnArticle("empty", "the page has no elements")
    if in_pieces:
        streamed.settle(tree)
    return tree


def _count_attributes(text: str) -> None:
    """Refuses an element with more attributes than libxml2 takes in reasonable time."""
    for tag in _LONG_TAG.finditer(text):
        count, position = 0, tag.start() + 1
        while (match := _ATTRIBUTE.match(text, position)) is not None:
            position = match.end()
            count += 1
            if count > MAX_ATTRIBUTES:
                raise TooComplex("attributes")
