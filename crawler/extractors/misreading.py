"""Bytes and tree of a page → whether libxml2 misread it, by its tree and its errors: 1 of 10 recorded pages.

Only such pages are written anew (`tags.py`) and parsed a second time, which takes 7 ms more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from lxml import etree
from lxml.html import HtmlElement

from crawler.extractors.dom import INLINE
from crawler.extractors.elements import IN_ROWS, ITEMS, NOT_IN_SVG

# Case is ignored in names only: `[^<]` would take four times as long.
_PAGE_END = re.compile(rb"</(?i:body|html)(?=[\s/>])")
_SCRIPT = rb"<(?i:script)(?:\s[^<>]*+)?>[^<]*+(?:<(?!/(?i:script))[^<]*+)*+</(?i:script)\s*+>"
_NOTHING_BEHIND = re.compile(rb"(?:\s++|</(?i:body|html)\s*+>|<!--.*?-->|" + _SCRIPT + rb")*+\Z", re.DOTALL)
_IGNORED_END = re.compile(
    r"Opening and ending tag mismatch: (?!(?:a|b|big|code|em|font|form|i|p|s|small|span|strong|strike|tt|u) )"
    r"|Unexpected end tag : (?:br|h[1-6])$"
)
"""Errors after which text is in another element; formatting elements and forms change none."""
_SURPLUS_END = re.compile(r"Unexpected end tag : (?!p$)")
_STRAY_P = "Unexpected end tag : p"
_TEXT_AFTER_P = re.compile(rb"</[pP]\s*+>\s*+[^<\s\"'\\]")  # a quote follows in scripts
_SELF_CLOSED = re.compile(
    rb"<(?:a|article|aside|div|footer|h[1-6]|header|li|main|nav|section|span|td|ul)(?:\s[^<>]*)?/>"
)
"""libxml2 closes these, the standard does not: the end tag that follows closes another element."""
_NOSCRIPT = re.compile(rb"<(/?)(?i:noscript)(?=[\s/>])")
_OPENS_TEXT = re.compile(rb"<(?:!--|(?:iframe|style|script|textarea|title|xmp|noembed|noframes)\b)", re.IGNORECASE)
_CLOSES_TEXT = re.compile(rb"-->|</(?:iframe|style|script|textarea|title|xmp|noembed|noframes)\b", re.IGNORECASE)


def misread(page: bytes, tree: HtmlElement, errors: Iterable[etree._LogEntry]) -> bool:
    """Tell whether libxml2's tree of a page differs from the HTML standard's in what is shown, or in which element."""
    return _goes_on(page) or _has_ignored_ends(page, errors) or _has_open_noscript(page) or _holds_strangers(tree)


def _goes_on(page: bytes) -> bool:
    """Tell whether more than scripts and comments comes after `</body>` or `</html>`."""
    end = _PAGE_END.search(page)
    return end is not None and _NOTHING_BEHIND.match(page, end.start()) is None


def _has_ignored_ends(page: bytes, errors: Iterable[etree._LogEntry]) -> bool:
    """Tell whether libxml2 ignored an end tag that closes an element or begins a line."""
    messages = {error.message for error in errors}
    return (
        any(map(_IGNORED_END.match, messages))
        or (_STRAY_P in messages and _TEXT_AFTER_P.search(page) is not None)
        or (any(map(_SURPLUS_END.match, messages)) and _SELF_CLOSED.search(page) is not None)
    )


def _has_open_noscript(page: bytes) -> bool:
    """Tell whether a `<noscript>` holds the beginning of a comment or script without its end."""
    start = -1
    for tag in _NOSCRIPT.finditer(page):
        if not tag[1]:
            start = tag.end() if start < 0 else start
        elif start >= 0:
            inside = page[start : tag.start()]
            if len(_OPENS_TEXT.findall(inside)) != len(_CLOSES_TEXT.findall(inside)):
                return True
            start = -1
    return False


def _holds_strangers(tree: HtmlElement) -> bool:
    """Tell whether an element holds what it cannot."""
    return any(_CHECKS[element.tag](element) for element in tree.iter(*_CHECKS)) or any(
        _item(element, above)
        for element in tree.iter("p", *ITEMS)  # a hundred times as many as all others
        if (above := element.getparent()) is not None and above.tag in _INLINE_OR_ITEM
    )


def _is_text(text: str | None) -> bool:
    return text is not None and text != "" and not text.isspace()


def _void(element: HtmlElement) -> bool:
    return len(element) > 0 or _is_text(element.text)


def _source(element: HtmlElement) -> bool:
    """Tell whether a `<source>` holds more than the next one and their picture, with which no text moves."""
    return _is_text(element.text) or any(
        child.tag not in ("source", "img", "track") or _is_text(child.tail) for child in element
    )


_INLINE_OR_ITEM = INLINE.union("p", *ITEMS.values())


def _item(element: HtmlElement, parent: HtmlElement | None) -> bool:
    """Tell whether a paragraph or item is inside another one, which it ends in spite of open inline elements."""
    while parent is not None and parent.tag in INLINE:
        parent = parent.getparent()
    return parent is not None and parent.tag in ITEMS.get(element.tag, ("p",))


def _svg(root: HtmlElement) -> bool:
    """Tell whether HTML begins inside SVG or MathML, which ends it there."""
    return next(root.iterancestors("svg", "math"), None) is None and any(
        element.tag in NOT_IN_SVG or (element.tag in ("title", "style") and "</svg" in (element.text or ""))
        for element in root.iterdescendants()
    )


def _select(select: HtmlElement) -> bool:
    return next(select.iterdescendants("select", "input"), None) is not None


def _rows(rows: HtmlElement) -> bool:
    """Tell whether a table or a row has text or elements outside the cells."""
    return _is_text(rows.text) or any(child.tag not in IN_ROWS or _is_text(child.tail) for child in rows)


def _frameset(frames: HtmlElement) -> bool:
    return next(frames.iterancestors("body"), None) is not None


def _image(image: HtmlElement) -> bool:
    return next(image.iterancestors("svg"), None) is None


_CHECKS: dict[str, Callable[[HtmlElement], bool]] = {
    **dict.fromkeys(("embed", "wbr", "keygen", "bgsound"), _void),
    **dict.fromkeys(("source", "track"), _source),
    **dict.fromkeys(("svg", "math"), _svg),
    **dict.fromkeys(("table", "tr", "tbody", "thead", "tfoot"), _rows),
    "frameset": _frameset,
    "image": _image,
    "select": _select,
}
