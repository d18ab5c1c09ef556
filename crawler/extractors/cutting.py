"""Elements taken out of a tree so that the text around them stays."""

from __future__ import annotations

from lxml.html import HtmlElement

_BOXES = ("a", "article", "aside", "div", "figure", "footer", "header", "li", "ol", "section", "span", "ul")


def remove(element: HtmlElement) -> None:
    """Takes an element out of its tree and leaves the text behind it where it was."""
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
    """Takes an element out and leaves its text and children where it was."""
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


def remove_husks(container: HtmlElement) -> None:
    """Removes boxes that hold nothing, and those that then hold nothing: what is left of what was cut."""
    for element in reversed(list(container.iter(*_BOXES))):
        if element is not container and not len(element) and not (element.text or "").strip():
            remove(element)
