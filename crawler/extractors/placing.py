"""Tree of a page → the same with content where browsers show it: shadow roots, slots and streamed parts.

In: the tree as it was parsed. The contents of `<template>` that no browser shows are removed. Clauses are those of the
HTML and DOM standards.
"""

from __future__ import annotations

from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

from crawler.extractors.dom import HEADINGS, remove, unwrap


def place(tree: HtmlElement, *, streamed: bool) -> None:
    """Move content to where it is shown, in place; `streamed` tells whether the page contains STREAMED."""
    if streamed:
        _place_streamed(tree)
    templates = list(tree.iter("template"))
    _open_shadow_roots(templates)
    for template in templates:
        template.text = None
        del template[:]


# Declarative shadow roots
#
# `<template shadowrootmode="open">` is what its parent, the host, shows (HTML, 4.12.3 and 13.2.6.4.4), not a template.
# The host's other children are shown where a `<slot>` of the root takes them, by their attribute `slot`, or not at all.

_HOSTS = frozenset({"article", "aside", "blockquote", "body", "div", "footer", *HEADINGS, "header", "main", "nav", "p",
    "section", "span"})  # fmt: skip
"""Elements that can have a shadow root, besides those with a hyphen in their name (DOM, attachShadow)."""


def _open_shadow_roots(templates: list[HtmlElement]) -> None:
    """Replace the children of each host by what its shadow root shows."""
    roots: dict[HtmlElement, HtmlElement] = {}
    for template in templates:
        host = template.getparent()
        is_root = (template.get("shadowrootmode") or "").lower() in ("open", "closed")
        if is_root and host is not None and (host.tag in _HOSTS or "-" in host.tag):
            roots.setdefault(host, template)  # of several the first; the others stay templates
    for host, template in reversed(roots.items()):  # innermost first: a slot can be a child of another host
        _show(host, template)


def _show(host: HtmlElement, root: HtmlElement) -> None:
    """Replace a host's children by its shadow root, with those that a slot takes in their slots."""
    given = _children_by_slot(host, root)
    for slot in list(root.iter("slot")):
        taken = given.pop(slot.get("name") or "", None)
        if taken is not None:
            slot.text = None
            del slot[:]
            for piece in taken:
                _append(slot, piece)
        unwrap(slot)  # without children of the host its own contents are shown
    unwrap(root)


def _children_by_slot(host: HtmlElement, root: HtmlElement) -> dict[str, list[HtmlElement | str]]:
    """Take all but the shadow root out of a host; return it by the name of its slot, empty for the one without a name.

    In browsers even white space between the tags fills that slot; we keep what the slot shows without it.
    """
    given: dict[str, list[HtmlElement | str]] = {"": [host.text or ""]}
    host.text = None
    for child in list(host):
        tail, child.tail = child.tail or "", None
        if child is not root:
            host.remove(child)
            given.setdefault(child.get("slot") or "", []).append(child)
        given[""].append(tail)
    if all(isinstance(piece, str) and not piece.strip() for piece in given[""]):
        del given[""]
    return given


def _append(element: HtmlElement, piece: HtmlElement | str) -> None:
    if not isinstance(piece, str):
        element.append(piece)
    elif len(element):
        element[-1].tail = (element[-1].tail or "") + piece
    else:
        element.text = (element.text or "") + piece


# Content that React streams after the page's end
#
# Each part that was not ready when the page began has a placeholder: `<template id="P:…">`, or `<template id="B:…">`
# between the comments `$?` and `/$` with a fallback after it (`Loading …`). The content follows as
# `<div hidden id="S:…">` of the same number, which a script (`$RS` or `$RC`; react-dom, ReactFizzInstructionSet) moves
# into place. Unmoved, the fallback would be read instead.

STREAMED = 'id="S:'
"""Every page with streamed content contains this."""
_MOST_STREAMED = 300
"""How many streamed parts of a page are moved; the recorded page with the most has 50."""
_MOST_FALLBACK = 500
"""Most elements and comments of a fallback; a fallback without an end within this number is kept."""
_OPEN, _CLOSE = ("$", "$?", "$!"), "/$"


def _place_streamed(tree: HtmlElement) -> None:
    """Move streamed content to its placeholders, in place, then remove all comments, which mark the placeholders."""
    places = {name: template for template in tree.iter("template") if (name := template.get("id"))}
    contents = (element for element in tree.iter() if (element.get("id") or "").startswith("S:"))
    for content in list(islice(contents, _MOST_STREAMED)):
        number = (content.get("id") or "")[2:]
        for kind in ("P:", "B:"):
            place = places.pop(kind + number, None)
            # A placeholder inside a fallback that was removed has no parent any more.
            if place is not None and place.getparent() is not None and content not in place.iterancestors():
                if kind == "B:":
                    _drop_fallback(place)
                _replace(place, content)
                break
    etree.strip_tags(tree, etree.Comment)


def _drop_fallback(place: HtmlElement) -> None:
    """Remove the siblings between a placeholder and its closing comment; none when the comment is missing."""
    fallback: list[HtmlElement] = []
    depth = 1
    for element in islice(place.itersiblings(), _MOST_FALLBACK):
        if element.tag is etree.Comment:
            text = (element.text or "").strip()
            depth += (text in _OPEN) - (text == _CLOSE)
            if not depth:
                break
        fallback.append(element)
    else:
        return
    place.tail = None
    for element in fallback:
        element.tail = None
        remove(element)


def _replace(place: HtmlElement, content: HtmlElement) -> None:
    remove(content)
    place.addprevious(content)
    unwrap(content)
    remove(place)
