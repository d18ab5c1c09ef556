"""What a page sends behind its end → where its scripts would put it: pages that React renders on the server in pieces.

A piece that was not ready has a placeholder, `<template id="P:…">`, or one between the comments `$?` and `/$` with a
fallback behind it (`Loading …`), `<template id="B:…">`. What becomes ready comes as `<div hidden id="S:…">` of the same
number, whose script calls `$RS` or `$RC` (react-dom, ReactFizzInstructionSet). Who does not move it finds the fallback.
"""

from __future__ import annotations

from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

from crawler.extractors.dom import remove, unwrap

MARK = 'id="S:'
"""In the text of every page that has such pieces."""
MOST = 300
"""Pieces of one page; the recorded one with the most has 50."""
FALLBACK = 500
"""Elements and comments of a fallback; without its end among so many none is dropped."""
_OPEN, _CLOSE = ("$", "$?", "$!"), "/$"


def settle(tree: HtmlElement) -> None:
    """Puts the pieces in their places, in place; comments, which the tree must still have, go."""
    places = {name: template for template in tree.iter("template") if (name := template.get("id"))}
    pieces = (element for element in tree.iter() if (element.get("id") or "").startswith("S:"))
    for piece in list(islice(pieces, MOST)):
        number = (piece.get("id") or "")[2:]
        for kind in ("P:", "B:"):
            place = places.pop(kind + number, None)
            # A place that went with a fallback has no parent any more.
            if place is not None and place.getparent() is not None and piece not in place.iterancestors():
                if kind == "B:":
                    _drop_fallback(place)
                _move(piece, place)
                break
    etree.strip_tags(tree, etree.Comment)


def _drop_fallback(place: HtmlElement) -> None:
    """What stands between the place and the comment that ends it; nothing where whoever saved the page took those."""
    fallback: list[HtmlElement] = []
    depth = 1
    for element in islice(place.itersiblings(), FALLBACK):
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


def _move(piece: HtmlElement, place: HtmlElement) -> None:
    remove(piece)
    place.addprevious(piece)
    unwrap(piece)
    remove(place)
