"""The page's headings and what looks like one, as texts: where `headline` finds it.

In: the document. Out: elements with their text, without the label that stands before a headline in the same heading.
"""

from __future__ import annotations

import re
from collections.abc import Container
from functools import lru_cache

from lxml.html import HtmlElement

from crawler.extractors.bylines.people import key
from crawler.extractors.document import Document
from crawler.extractors.dom import text_lines
from crawler.extractors.languages import alternatives, merged

LONGEST = 300
"""Characters of a headline."""
SHORTEST = 8
"""Letters from which a text can be a headline of its own rather than a label."""
_TITLE_CLASS = re.compile(
    rf"head(?:line|ing)|title|tit(?:$|[\s_-])|{alternatives(merged().title_names)}", re.IGNORECASE
)
_KICKER_NAMES = re.compile(
    r"(?:^|[\s_-])(?:kicker|over-?line|over-?title|roof-?line|top-?line|eyebrow|prefix|pre-?title|pre-?headline|"
    rf"vignette|label|hat|{alternatives(merged().kicker_names)})(?=$|[\s_-])",
    re.IGNORECASE,
)
"""Names of an element inside a heading that holds the label before the headline."""
_HEADINGS = ("h1", "h2", "h3")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))


def headings(document: Document, known: Container[str]) -> list[tuple[HtmlElement, str]]:
    """Headings and title-like elements with text, h1 first."""
    found: list[tuple[int, HtmlElement, str]] = []
    for element in document.tree.iter("h1", "h2", "h3", "h4", "div", "p", "span", "strong", "td"):
        rank = _HEADINGS.index(element.tag) if element.tag in _HEADINGS else len(_HEADINGS)
        if rank == len(_HEADINGS):
            names = f"{element.get('class', '')} {element.get('id', '')}"
            if len(names) == 1 or len(element) > 5 or not _names_title(names):
                continue
        text = text_of(element)
        if rank < len(_HEADINGS) and len(element) > 1 and key(text) not in known:
            text = _without_kicker(element) or text
        if text and len(text) <= LONGEST and "{{" not in text:  # a template that a script was to fill
            found.append((rank, element, text))
    found.sort(key=lambda row: row[0])
    return [(element, text) for _, element, text in found[:60]]


@lru_cache(maxsize=8192)
def _names_title(names: str) -> bool:
    """Whether class names and ids say: a title."""
    return _TITLE_CLASS.search(names) is not None


def _without_kicker(heading: HtmlElement) -> str:
    """The heading's text after a child that is named as the label before it; empty when it has none."""
    for place, child in enumerate(heading):
        names = " ".join(child.get(name, "") for name in ("class", "id", "data-qa", "data-testid"))
        if names.strip() and _KICKER_NAMES.search(names):
            rest = plain(
                " ".join([child.tail or "", *(text_of(other) + (other.tail or "") for other in heading[place + 1 :])])
            )
            rest = rest.lstrip(" :|·•–—-")
            return rest if len(key(rest)) > SHORTEST else ""
    return ""


def text_of(element: HtmlElement) -> str:
    """Its text without readings (furigana), cut where no headline is that long."""
    gathered, length = [], 0
    for piece in element.itertext():
        gathered.append(piece)
        length += len(piece)
        if length > 4 * LONGEST:
            break
    else:
        if len(element) and next(element.iter("rt"), None) is not None:
            return plain(" ".join(text_lines(element)))
    return plain("".join(gathered))


def plain(text: str) -> str:
    """Spaces collapsed, without soft hyphens and zero-width spaces."""
    return " ".join(text.translate(_INVISIBLE).split())
