"""The body of a post file goes in; its text comes out, block by block, as a reader sees it. Pure."""

from __future__ import annotations

import re

from lxml import etree, html

_BLOCKS = frozenset(("p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "blockquote", "figcaption", "br"))
"""Elements that end a line of text."""
_CELLS = ("td", "th")
"""Elements that end a word."""
_END = "\u2029"
"""Begins and ends a block; line feeds are white space, as publishers wrap the lines of their markup."""
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
"""Soft hyphens and characters without width; not the joiners, which shape words and emoji."""
_HTML = "<div>"
"""Beginning of a body in HTML; another one is Markdown, where `<` in a text is an entity."""


def blocks(body: str) -> list[str]:
    """Visible text of a body, one block per line."""
    written: list[str] = []
    for event, element in etree.iterwalk(tree(body), ("start", "end", "comment", "pi")):
        around = _END if element.tag in _BLOCKS else " " if element.tag in _CELLS else ""
        written += [around, (element.text if event == "start" else element.tail) or ""]
    return [line for line in (" ".join(line.split()) for line in "".join(written).split(_END)) if line]


def tree(body: str) -> html.HtmlElement:
    """The elements of a body."""
    return html.fragment_fromstring(as_html(body), create_parent="div")


def visible(text: str) -> str:
    """A text without its invisible characters."""
    return _INVISIBLE.sub("", text)


def as_html(body: str) -> str:
    """A body as HTML, which a body in Markdown becomes."""
    if body.lstrip().startswith(_HTML):
        return body
    from crawler.posts.markdown import html_of  # 0.1 s, and most archives have bodies in HTML

    return html_of(body)
