"""A body's tree → its visible text, one block per line.

Captions are left out: they belong to their picture (`Image.caption`), and none of the 352 captions on the recorded
pages is in the text that people or publishers' own parsers took down as the article's. So are readings (furigana):
between the characters that they explain they would double every word (`漢字かんじ`). The body keeps both.
"""

from __future__ import annotations

from collections.abc import Container

from lxml.html import HtmlElement

from crawler.extractors.container.survey import INLINE, SILENT

READINGS = frozenset({"rp", "rt", "rtc"})
"""What stands above the characters inside `<ruby>`, and the brackets around it (HTML, 4.5.10)."""


def lines(root: HtmlElement, skipped: Container[HtmlElement] = ()) -> list[str]:
    """Every block of text in reading order, spaces collapsed, none empty; without readings and `skipped` elements."""
    found: list[str] = []
    pieces: list[str] = []

    def flush() -> None:
        line = " ".join("".join(pieces).split())
        pieces.clear()
        if line:
            found.append(line)

    if root.text:
        pieces.append(root.text)
    stack = [(root, iter(root))]
    while stack:
        element, children = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            if pieces and element.tag not in INLINE:
                flush()
            if stack and (text := element.tail):
                pieces.append(text)
            continue
        tag = child.tag
        if tag in SILENT or tag in READINGS or not isinstance(tag, str) or child in skipped:
            if tag not in INLINE and tag not in READINGS and pieces:
                flush()
            if text := child.tail:
                pieces.append(text)
            continue
        if tag not in INLINE and pieces:
            flush()
        if text := child.text:
            pieces.append(text)
        stack.append((child, iter(child)))
    flush()
    return found
