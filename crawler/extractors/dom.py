"""Read, search and edit lxml trees: kinds of elements, visible text, the elements near another one, removal.

In: elements of a page's tree, or of a copy of it. Only the functions under "Editing" change the tree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from itertools import islice
from typing import cast
from urllib.parse import urljoin, urlsplit

from lxml.etree import XPath, tostring
from lxml.html import HtmlElement

# Kinds of elements

# fmt: off
INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
    "ins", "kbd", "label", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong",
    "sub", "sup", "time", "tt", "u", "var", "wbr", "nobr", "img", "picture", "source",
})
# fmt: on
"""Elements that do not break a line of text; every other element is block-level."""

# fmt: off
SILENT = frozenset({
    "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "embed", "canvas", "video",
    "audio", "title", "meta", "link", "select", "option", "textarea", "input", "datalist",
    "map", "area", "applet", "frame", "frameset", "noframes", "dialog",
})
# fmt: on
"""Elements whose text is not part of the page's text."""

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
SUBHEADINGS = ("h2", "h3", "h4", "h5")

IN_COMMENTS = "ancestor::*[contains(@class,'comment') or contains(@id,'comment')]"
"""XPath condition: the element is among readers' comments."""
is_in_comments = XPath(f"boolean({IN_COMMENTS})")

READINGS = frozenset({"rp", "rt", "rtc"})
"""Pronunciation above the characters inside `<ruby>`, and the brackets around it (HTML, 4.5.10)."""

_BOXES = ("a", "article", "aside", "div", "figure", "footer", "header", "li", "ol", "section", "span", "ul")


def names_of(element: HtmlElement, *attributes: str) -> str:
    """Join the class names and the id of an element, or the values of other attributes, with spaces."""
    if attributes:
        return " ".join(filter(None, map(element.get, attributes)))
    classes, name = element.get("class"), element.get("id")
    return f"{classes} {name}" if classes and name else classes or name or ""


# Links

_ON_PAGE = re.compile(
    r"\s*(?:#|(?:about|blob|data|javascript|mailto|sms|tel|vbscript):|void\(|(?:\?|https?:/*)?\s*$)",
    re.IGNORECASE,
)
"""What leads to no other page: a place on this one, a script, a letter, no address."""
_SENTENCE = re.compile(r"""(?<!\.\.)[.。।۔]["'”’»」』)）】\]]*$""")
_EXCLAMATION = re.compile(r"""[!?！？؟]["'”’»」』)）】\]]*$""")
_STOP = re.compile(r"[.。।۔](?:\s|$)|。")
SENTENCE = 30
"""Bytes in UTF-8 of the shortest sentence; Chinese says as much with a third of the characters."""
EXCLAMATION = 100
"""Bytes of the shortest text that a question or exclamation mark ends; buttons and titles have fewer."""
PARAGRAPHS = 600
"""Bytes from which a text with a full stop is one, whatever it ends with."""
_PIECES = 100
"""How many texts of a link on the page are read."""


def has_address(anchor: HtmlElement, page: str = "") -> bool:
    """Tell whether an `<a>` leads to another page than that with the URL `page`.

    Without `href` it is a placeholder (HTML, 4.5.1): tooltips, glossaries and the targets of old links are marked so.
    """
    href = anchor.get("href")
    if href is None:
        return False
    if "#" not in href and href.startswith(("http", "/")) and href[8:]:
        return True  # most links; the rest of this function takes four times as long
    if _ON_PAGE.match(href):
        return False
    before, mark, _ = href.partition("#")
    return not (mark and page and is_same_page(before.strip(), page))


def is_link(anchor: HtmlElement, page: str = "") -> bool:
    """Tell whether the text of an `<a>` is that of a link, and not of the article.

    What leads to the page or a place on it, or runs a script, is text when it reads like a sentence; tables of contents
    and buttons do not.
    """
    href = anchor.get("href")
    if href is None:
        return False
    if has_address(anchor, page) and not (page.endswith(href) and is_same_page(href, page)):
        return True
    return not is_sentence(" ".join("".join(islice(anchor.itertext(), _PIECES)).split()))


def is_sentence(text: str) -> bool:
    """Tell whether a text, spaces collapsed, is a sentence or more: long enough, with a full stop at its end."""
    size = len(text.encode("utf-8", "ignore"))
    if size >= PARAGRAPHS and _STOP.search(text):
        return True
    ends = _EXCLAMATION if size >= EXCLAMATION else _SENTENCE
    return size >= SENTENCE and (ends.search(text[-8:]) or _SENTENCE.search(text[-8:])) is not None


def is_on_host(href: str, page: str) -> bool:
    """Tell whether an address on a page leads to the page's own host, with or without `www.`."""
    try:
        return urlsplit(urljoin(page, href)).netloc.removeprefix("www.") == urlsplit(page).netloc.removeprefix("www.")
    except ValueError:
        return True


def is_same_page(href: str, page: str) -> bool:
    """Tell whether an address on a page leads to the page itself, whatever scheme and fragment."""
    return _bare(href, page) == _bare("", page)


def _bare(href: str, page: str) -> str:
    """Resolve an address on a page, without scheme, fragment and final slash."""
    try:
        url = href if "://" in href[:8] else urljoin(page, href)
    except ValueError:
        return href
    return url.partition("#")[0].partition(":")[2].rstrip("/")


# Visible text

LONGEST = 400
"""Characters of the longest text that can be a byline or a date line."""


def text_of(element: HtmlElement) -> str:
    """Return the visible text of an element on one line: a space is where a line or a block ends."""
    if not len(element):
        return " ".join((element.text or "").split())
    inside = list(islice(element.iterdescendants(), _MANY + 1))
    if len(inside) <= _MANY:
        lines = not _LINE_ENDS.isdisjoint(child.tag for child in inside)
        return " ".join(text_lines(element)) if lines else one_line(element)
    if next(element.iterdescendants(*_LINE_ENDS), None) is None:
        return one_line(element)
    pieces = element.xpath(".//text()[not(parent::script or parent::style or parent::noscript)]")
    return " ".join(" ".join(pieces).split())


def raw_text(element: HtmlElement) -> str:
    """Return all text inside an element, with the markup's spaces; `itertext` takes ten to a hundred times as long."""
    return tostring(element, method="text", encoding="unicode", with_tail=False)


def one_line(element: HtmlElement) -> str:
    """Return all text inside an element, spaces collapsed."""
    return " ".join(raw_text(element).split())


def count_letters(element: HtmlElement) -> int:
    """Count the characters of the text inside an element, without spaces."""
    return len("".join(raw_text(element).split()))


texts_in = cast("Callable[[HtmlElement], list[str]]", XPath("descendant::text()", smart_strings=False))
"""The texts inside an element, one for each place where its markup has one."""


def has_content(element: HtmlElement) -> bool:
    """Tell whether an element holds a text or a picture."""
    return bool(text_of(element)) or next(element.iter("img", "picture", "video"), None) is not None


def stated(element: HtmlElement) -> str:
    """Return what a selected element says: a `<meta>` has it in an attribute."""
    return " ".join((element.get("content") or "").split()) if element.tag == "meta" else text_of(element)


_MANY = 100
"""Elements in a longer text than a byline's or a date line's: the walk of 600 nested tables took 20 s."""
_LINE_ENDS = frozenset((
    "br", "div", "p", "li", "tr", "td", "dd", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "section", "header", "article",
    "ul", "script", "style", "noscript", "svg", "rt", "select", "figcaption", "hr",
))  # fmt: skip
"""Elements that end a line or are not shown; a text without any of them needs no walk of its tree."""


def own_text(element: HtmlElement) -> str:
    """Return the text of an element with at most LONGEST characters and few children; else empty."""
    if len(element) > 8 or any(len(child) > 4 for child in element):
        return ""
    text = text_of(element)
    return text if len(text) <= LONGEST else ""


def text_lines(root: HtmlElement, skipped: Container[HtmlElement] = ()) -> list[str]:
    """Return the text of each block in reading order, spaces collapsed, without empty lines.

    `skipped` elements are left out (a body's captions, which belong to their picture), and so are readings (furigana),
    which repeat every word: `漢字かんじ`.
    """
    text = _APART.sub(" ", "".join(_texts(root, skipped))).replace(_JOIN, "")
    return [line for line in (" ".join(line.split()) for line in text.split(_BREAK)) if line]


_BREAK, _JOIN = "\0", "\1"
"""Separate blocks, and two inline elements without anything between them; no text in a tree can hold them."""
_APART = re.compile(f"(?<=[a-zß-ÿ0-9!?)]){_JOIN}+(?=[A-ZÀ-Þ])")
"""Between two words that style sheets put apart."""


def _texts(root: HtmlElement, skipped: Container[HtmlElement]) -> list[str]:
    """Collect the visible texts of a tree in document order, with _BREAK where a block begins or ends."""
    texts = [root.text or ""]
    stack, closed = [(root, iter(root))], False  # closed: an inline element has just ended
    while True:
        element, children = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            if not stack:
                return texts
            child = element
        else:
            tag = child.tag
            if not (tag in SILENT or tag in READINGS or not isinstance(tag, str) or child in skipped):
                texts.append(_BREAK if tag not in INLINE else _JOIN if closed else "")
                closed = False
                if text := child.text:
                    texts.append(text)
                if len(child):
                    stack.append((child, iter(child)))
                    continue
        if child.tag not in INLINE and child.tag not in READINGS:
            texts.append(_BREAK)
        texts.append(child.tail or "")
        closed = not child.tail


# Elements near another one

_LONG = 1500
"""Characters from which an element with headings is the article itself and not a teaser."""


def following(start: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the XPath axis following::* lazily; libxml2 would build and sort it first, 0.35 s for 24,000 elements."""
    element: HtmlElement | None = start
    while element is not None:
        for sibling in element.itersiblings():
            yield from sibling.iter()
        element = element.getparent()


def preceding(start: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the XPath axis preceding::* lazily, the nearest element first."""
    element: HtmlElement | None = start
    while element is not None:
        sibling = element.getprevious()
        if sibling is None:
            element = element.getparent()
        else:
            yield from _backwards(sibling)
            element = sibling


def _backwards(root: HtmlElement) -> Iterator[HtmlElement]:
    """Yield an element and all its descendants, the last one first."""
    node = root
    while len(node):
        node = node[-1]
    while True:
        yield node
        if node is root:
            return
        sibling = node.getprevious()
        if sibling is None:
            node = node.getparent()
            continue
        node = sibling
        while len(node):
            node = node[-1]


def belongs(element: HtmlElement, headline: HtmlElement | None) -> bool:
    """Tell whether an element belongs to the headline's article, not to a teaser with a heading of its own."""
    if headline is None:
        return True
    common, title = set(headline.iterancestors()), text_of(headline)
    node = element
    while node is not None and node not in common:
        for heading in node.iter("h1", *SUBHEADINGS):
            if element not in heading.iterancestors() and heading is not element and text_of(heading) != title:
                return heading in element.iterancestors() or len(text_of(node)) > _LONG
        node = node.getparent()
    return True


# Editing


def remove(element: HtmlElement) -> None:
    """Remove an element from its tree; the text after it stays in its place."""
    parent = element.getparent()
    if parent is None:
        return
    tail = element.tail
    if tail:
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
        element.tail = None
    parent.remove(element)


def unwrap(element: HtmlElement) -> None:
    """Replace an element by its text and children."""
    parent = element.getparent()
    if parent is None:
        return
    before = element.getprevious()
    if element.text:
        if before is not None:
            before.tail = (before.tail or "") + element.text
        else:
            parent.text = (parent.text or "") + element.text
    element.text = None
    for child in list(element):
        element.addprevious(child)
    remove(element)


def remove_empty_boxes(container: HtmlElement) -> None:
    """Remove boxes without text and children, innermost first, so that boxes of empty boxes go too."""
    for element in reversed(list(container.iter(*_BOXES))):
        if element is not container and not len(element) and not (element.text or "").strip():
            remove(element)
