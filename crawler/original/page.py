"""HTML → a view without anything that runs, or that fetches from elsewhere: an allow-list of elements and attributes.

The markup is written anew: each text and value escaped, each attribute quoted, no element that a browser parses by
other rules than HTML's (`svg`, `math`, `template`, `noscript` …), and no raw text but CSS. So a browser that reads it
finds no other elements than were written, wherever it puts them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from urllib.parse import quote

from lxml.html import HtmlElement

from crawler.extractors.charset import decode
from crawler.extractors.document import Document, parse
from crawler.extractors.images.image_url import ranked, repaired
from crawler.extractors.style_sheets import is_sheet
from crawler.items import Page
from crawler.original.styles import parts, sheet_view
from crawler.original.view import Builder, Place, View
from crawler.urls.resolving import absolute

# fmt: off
KEPT = frozenset({
    "a", "abbr", "acronym", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote", "br",
    "caption", "center", "cite", "code", "col", "colgroup", "data", "dd", "del", "details", "dfn", "dir", "div", "dl",
    "dt", "em", "fieldset", "figcaption", "figure", "font", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header",
    "hgroup", "hr", "i", "ins", "kbd", "label", "legend", "li", "main", "mark", "menu", "nav", "nobr", "ol", "p",
    "picture", "pre", "q", "rp", "rt", "ruby", "s", "samp", "search", "section", "small", "span", "strike", "strong",
    "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "tt", "u", "ul", "var",
    "wbr",
})
"""Elements that stay. Of others only the contents stay, unless they are in DROPPED."""
RENAMED = {"form": "div", "button": "span", "xmp": "pre", "listing": "pre", "plaintext": "pre"}
DROPPED = frozenset({
    "script", "template", "iframe", "object", "embed", "applet", "frame", "frameset", "noframes", "noembed", "svg",
    "math", "audio", "canvas", "input", "select", "textarea", "option", "datalist", "output", "meter", "progress",
    "title", "meta", "base", "param", "map", "area", "dialog", "portal", "fencedframe", "isindex",
})
"""Elements that go with their contents."""
VOID = frozenset({"br", "col", "hr", "wbr"})
ATTRIBUTES = frozenset({
    "class", "id", "lang", "dir", "title", "align", "valign", "width", "height", "hidden", "role", "aria-label",
    "aria-hidden", "colspan", "rowspan", "scope", "span", "start", "reversed", "value", "type", "border", "frame",
    "rules", "cellpadding", "cellspacing", "bgcolor", "text", "color", "face", "size", "datetime", "nowrap", "clear",
    "hspace", "vspace", "noshade", "compact", "open", "alt",
})
"""Attributes that stay, on any element: none of them loads, runs or leads anywhere."""
# fmt: on
MAX_VALUE = 20_000
"""Characters of an attribute's value; a longer one is left out."""
MAX_VERSIONS = 12
"""Addresses of one picture that are looked up."""
MAX_PLACES = 3_000
"""Pictures and style sheets of a page; the rest is shown as missing."""

_OWN_ELEMENT = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+")
"""Names of custom elements, which browsers parse like `span`."""
_MEDIA = re.compile(r"[\w\s(),.:/<>=-]{1,200}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BLANKS = re.compile(r"[\t\n\r]")


def page_view(page: Page) -> View:
    """Make the view of a page. NotAnArticle for one without markup, TooComplex beyond the limits of a parser."""
    return _Writing(parse(page)).view()


def style_view(page: Page) -> View:
    """Make the view of a style sheet, given as `page`. TooComplex when it is too long."""
    text = decode(page.body, page.headers, page.url).text
    return sheet_view(text, lambda address: absolute(page.url, repaired(address)))


class _Writing:
    """Writes one page."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._base = document.base_url
        self._built = Builder()
        self._places = 0
        self._in_body = False
        self._waiting: set[str] = set()  # addresses of pictures that a script would have loaded

    def view(self) -> View:
        """Write the whole page."""
        put, tree = self._built.put, self._document.tree
        put("<!doctype html>\n<html")
        self._attributes(tree)
        put('>\n<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">')
        put(f"<title>{escape(self._document.title_element)}</title>")
        put(Place("defaults"))
        self._contents(tree)
        self._begin_body()
        put("</body></html>\n")
        return self._built.view()

    def _contents(self, tree: HtmlElement) -> None:
        """Write what is in the page. Without recursion: a page may be thousands of elements deep."""
        waiting: list[HtmlElement | str] = [*_inside(tree)]
        while waiting:
            part = waiting.pop()
            if isinstance(part, str):
                if self._in_body or part.strip():
                    self._begin_body()
                    self._built.put(part)
                continue
            if part.tail:
                waiting.append(_text(part.tail))
            if isinstance(part.tag, str):
                waiting += self._element(part, part.tag.lower())

    def _begin_body(self) -> None:
        """End the head before the first content: libxml2 puts some content into it."""
        if self._in_body:
            return
        self._in_body = True
        self._built.put("</head>\n<body")
        body = self._document.tree.find("body")
        if body is not None:
            self._attributes(body)
        self._built.put(">")
        self._built.put(Place("line"))

    def _element(self, element: HtmlElement, tag: str) -> list[HtmlElement | str]:
        """Write the start of an element; return what is still to be written of it, in reverse."""
        if tag in ("img", "amp-img", "video", "image"):
            self._picture(element, tag)
            return []
        if tag in ("style", "link"):
            self._sheet(element)
            return []
        if tag in DROPPED or (tag == "noscript" and self._is_copy(element)):
            return []
        name = RENAMED.get(tag, tag)
        if name not in KEPT and not _OWN_ELEMENT.fullmatch(name):
            return _inside(element)
        self._begin_body()
        self._built.put(f"<{name}")
        self._attributes(element)
        if tag == "a":
            self._link(element.get("href") or "")
        self._built.put(">")
        # libxml2 does not know that `wbr` has no contents, nor `source` above.
        return _inside(element) if name in VOID else [f"</{name}>", *_inside(element)]

    def _attributes(self, element: HtmlElement) -> None:
        put = self._built.put
        for name, value in element.items():
            kept = name in ATTRIBUTES or (name == "name" and element.tag == "a")  # a target of `#name`
            if kept and len(value) <= MAX_VALUE:
                put(f' {name}="{_text(value)}"')
        style = element.get("style") or ""
        if ground := element.get("background"):
            style = f"background-image: url('{quote(ground, safe=':/?&=#%;,+@!~*$')}'); {style}"
        if style and len(style) <= MAX_VALUE:
            put(' style="')
            for part in self._css(style):
                put(_text(part) if isinstance(part, str) else part)
            put('"')

    def _link(self, address: str) -> None:
        address = _BLANKS.sub("", address).strip()
        if address.startswith("#"):
            self._built.put(f' href="#{quote(address[1:], safe="%")}"')
        elif url := self._url(address):
            self._built.put(Place("page", (url,)))  # not counted: a link is there whatever else the page has

    def _picture(self, element: HtmlElement, tag: str) -> None:
        if tag == "video":
            values: Iterable[str] = filter(None, (element.get("poster"), element.get("data-poster")))
        else:
            values = (*ranked(element), element.get("src") or "")
        urls = tuple(dict.fromkeys(self._absolute(values)))[:MAX_VERSIONS]
        if tag == "video" and not urls:
            return
        if urls and urls[0] != self._url(element.get("src") or ""):
            self._waiting.update(urls)
        self._begin_body()
        self._built.put("<img")
        self._attributes(element)
        self._place(Place("src", urls))
        self._built.put(">")

    def _url(self, address: str) -> str:
        """Resolve an address of the page as browsers do; empty when it cannot be asked for."""
        return absolute(self._base, repaired(address))

    def _absolute(self, values: Iterable[str]) -> Iterator[str]:
        """Resolve addresses; `#` and the like lead to the page itself and are left out."""
        found = (self._url(value) for value in values)
        return (url for url in found if url and url.partition("#")[0] != self._document.page.url)

    def _is_copy(self, noscript: HtmlElement) -> bool:
        """Whether it only repeats a picture for readers without scripts."""
        found = [url for image in noscript.iter("img") for url in self._absolute([*ranked(image)])]
        return any(url in self._waiting for url in found)

    def _sheet(self, element: HtmlElement) -> None:
        """Write a style sheet of the page, or a link to one."""
        if not is_sheet(element):
            return
        media = element.get("media") or ""
        if "media" in (element.get("onload") or ""):
            media = ""  # a script would have changed it from `print`, once the sheet was loaded
        condition = f' media="{_text(media)}"' if _MEDIA.fullmatch(media) else ""
        put = self._built.put
        if element.tag == "style":
            put(f"<style{condition}>")
            for part in _without_end_tags(self._css(element.text or "")):
                put(part)
            put("</style>")
        elif urls := tuple(self._absolute([element.get("href") or ""])):
            put(f'<link rel="stylesheet"{condition}')
            self._place(Place("href", urls))
            put(">")

    def _css(self, text: str) -> Iterator[str | Place]:
        for part in parts(text, self._url):
            yield part if isinstance(part, str) else self._counted(part)

    def _place(self, place: Place) -> None:
        self._built.put(self._counted(place))

    def _counted(self, place: Place) -> Place:
        self._places += 1
        return place if self._places <= MAX_PLACES else Place(place.form)


def _inside(element: HtmlElement) -> list[HtmlElement | str]:
    """Text and children, in reverse."""
    return [*reversed(element), *([_text(element.text)] if element.text else [])]


def _without_end_tags(css: Iterable[str | Place]) -> Iterator[str | Place]:
    """Change CSS, whatever the seams of its parts, so that nothing in it ends the element `style`."""
    before = ""
    for part in css:
        if isinstance(part, str):
            yield (" " if before.endswith("<") and part.startswith("/") else "") + part.replace("</", "<\\/")
            before = part
        else:
            yield part
            before = ""


def _text(text: str) -> str:
    return escape(_CONTROL.sub("", text))
