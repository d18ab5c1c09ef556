"""Page → Document: the page decoded and parsed once, as the lxml tree that every later step reads.

`parse` raises `NotAnArticle("not-html")`, `NotAnArticle("empty")` and `TooComplex` before anything costly starts. The
tree is shared and never changed after parsing: steps that remove elements work on a copy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

from crawler.errors import NotAnArticle, TooComplex
from crawler.extractors import jsonld
from crawler.extractors.charset import Decoded, content_type, decode
from crawler.extractors.dom import one_line
from crawler.extractors.misreading import misread
from crawler.extractors.placing import STREAMED, place
from crawler.extractors.tags import conforming
from crawler.items import Page
from crawler.urls.resolving import absolute

MAX_CHARACTERS = 8 * 2**20
"""Longest page that is parsed; the longest recorded one has 3.2 million. A page twice that of text takes 2 s."""
MAX_ELEMENTS = 60_000
"""The recorded page with the most has 7,800. Every later step is linear in this number."""
MAX_ATTRIBUTES = 5_000
"""Most attributes of one element: libxml2 takes 0.06 s for 5,000, 2.4 s for 20,000, minutes for 300,000."""

_CLASSES = etree.ElementDefaultClassLookup(element=HtmlElement)
"""One class for all elements; lxml.html's lookup by tag calls Python for each element (4 % of a page's time)."""
_ANNOTATED: Any = etree.XPath("/descendant::*/@itemprop/.. | /descendant::*/@rel[. = 'author']/..")
"""Takes half as long as `//*[@itemprop]`."""


_FIRST, _LAST = datetime(1990, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_TYPE = re.compile(
    r"text/html|application/(?:vnd\.wap\.)?xhtml\+xml|text/plain|application/xml|text/xml|application/octet-stream"
)
_XML_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_LONG_TAG = 30_000
"""Fewest characters of a tag with more attributes than that."""
_ATTRIBUTE = re.compile(r"""\s*/*\s*[^\s=>/"'][^\s=>/]*(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+))?""")
_CONTROL = bytes([*range(9), 11, *range(14, 32), 127])
_FORM_FEED_AS_SPACE = bytes.maketrans(b"\f", b" ")
_CONTROL_REFERENCE = re.compile(
    rb"&#(?:0*(?:[1-8]|1[124-9]|2\d|3[01]|6553[45])(?!\d)|[xX]0*(?:[1-8bceBCEfF]|1[\da-fA-F]|[fF]{3}[efEF])(?![\da-fA-F]));?"
)


@dataclass(frozen=True, eq=False)
class Document:
    """A parsed page, with the values that several steps need, each computed once."""

    page: Page
    decoded: Decoded
    tree: HtmlElement
    """The `<html>` element, without comments. Read-only."""

    @cached_property
    def base_url(self) -> str:
        """The base of relative URLs: `<base href>` where it is http(s), else the page's URL."""
        stated = (absolute(self.page.url, base.get("href") or "") for base in self.tree.iter("base"))
        return next(filter(None, stated), self.page.url)

    @property
    def captured(self) -> datetime:
        """The time of capture, from which relative dates count; limited, as broken records have the years 1 or 9999."""
        return min(max(self.page.fetched_at, _FIRST), _LAST)

    @cached_property
    def host(self) -> str:
        """The host of the page's URL in lower case, without port and `www.`."""
        return (urlsplit(self.page.url).hostname or "").removeprefix("www.")

    @cached_property
    def metas(self) -> Mapping[str, tuple[str, ...]]:
        """Non-empty contents of `<meta>` by lower-case property, name, itemprop or http-equiv, in document order.

        Some pages write `value` for `content`.
        """
        found: dict[str, list[str]] = {}
        for meta in self.tree.iter("meta"):
            content = (meta.get("content") or meta.get("value") or "").strip()
            if content:
                for key in ("property", "name", "itemprop", "http-equiv"):
                    name = meta.get(key)
                    if name:
                        found.setdefault(name.strip().lower(), []).append(content)
        return {name: tuple(contents) for name, contents in found.items()}

    def meta(self, *names: str) -> str:
        """Return the first content of the first of these names that the page has; empty when it has none."""
        return next((self.metas[name][0] for name in names if name in self.metas), "")

    @cached_property
    def annotated(self) -> list[HtmlElement]:
        """The elements with microdata (`itemprop`) or `rel=author`, in document order."""
        found: list[HtmlElement] = _ANNOTATED(self.tree)
        return found

    @cached_property
    def with_rel(self) -> list[HtmlElement]:
        """The elements `<a>` and `<link>` with a `rel`, and `<style>`, in document order, from one walk of the tree."""
        return [one for one in self.tree.iter("a", "link", "style") if one.tag == "style" or one.get("rel")]

    @cached_property
    def jsonld(self) -> tuple[dict[str, object], ...]:
        """The top-level JSON-LD objects of the page in document order, with lists and `@graph` flattened."""
        return jsonld.read(self.tree)

    @cached_property
    def title_element(self) -> str:
        """The text of the head's `<title>`, spaces collapsed."""
        for title in self.tree.iter("title"):
            parent = title.getparent()
            if parent is not None and parent.tag != "svg":
                return one_line(title)
        return ""

    def absolute(self, url: str) -> str:
        """Resolve `url` against the page's base; empty when it cannot be asked for."""
        return absolute(self.base_url, url)


def parse(page: Page) -> Document:
    """Decode and parse a page; the same page gives the same tree on any machine."""
    kind = content_type(page.headers).essence
    if kind and not _TYPE.match(kind):
        raise NotAnArticle("not-html", kind[:80])
    if len(page.body) > 4 * MAX_CHARACTERS:
        raise TooComplex("characters")
    decoded = decode(page.body, page.headers, page.url)
    return Document(page, decoded, parse_text(decoded.text))


def parse_text(text: str) -> HtmlElement:
    """Parse a text within the limits; return its `<html>` element."""
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
    page, comments = _encoded(text), STREAMED in text
    tree, errors = _read(page, comments)
    if misread(page, tree, errors):
        tree, _ = _read(_encoded(conforming(text)), comments)
    place(tree, streamed=comments)
    return tree


def _encoded(text: str) -> bytes:
    """Encode a text without the characters that XML lacks: lxml refuses a text with one when a step moves it."""
    page = text.encode("utf-8", "ignore").translate(_FORM_FEED_AS_SPACE, _CONTROL)
    page = _CONTROL_REFERENCE.sub(b"", page)
    return page.replace(b"\xef\xbf\xbe", b"").replace(b"\xef\xbf\xbf", b"")


def _read(page: bytes, comments: bool) -> tuple[HtmlElement, etree._ListErrorLog]:
    """Parse a page in UTF-8 with libxml2; return its `<html>` element and the errors."""
    # Without huge_tree libxml2 silently drops elements nested deeper than 256 and texts above 10 MB.
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=not comments, remove_pis=True)
    parser.set_element_class_lookup(_CLASSES)
    tree = etree.fromstring(page, parser)
    last = parser.error_log.last_error
    if last is not None and last.type_name == "ERR_RESOURCE_LIMIT":
        raise TooComplex("depth")
    if tree is None:
        raise NotAnArticle("empty", "the page has no elements")
    return tree, parser.error_log


def _count_attributes(text: str) -> None:
    """Raise TooComplex for an element with more attributes than libxml2 parses in reasonable time."""
    position, half = 0, _LONG_TAG // 2
    while position < len(text):
        if text.find("<", position, position + half) >= 0:
            position += half
            continue
        # Every long tag holds such a piece without another `<`: look at all between the two around it.
        start, end = text.rfind("<", 0, position), text.find("<", position)
        position = end if end >= 0 else len(text)
        if position - start > _LONG_TAG and text[start + 1 : start + 2].isalpha():
            _count_from(text, start + 1)


def _count_from(text: str, position: int) -> None:
    count = 0
    while (match := _ATTRIBUTE.match(text, position)) is not None:
        position = match.end()
        count += 1
        if count > MAX_ATTRIBUTES:
            raise TooComplex("attributes")
