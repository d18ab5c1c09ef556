"""The headline, without the site's name and section.

In: the document. Out: the text and, where it stands visibly, its element (dates and bylines are looked for beside it).
Agreement decides: the heading that the head of the page (og:title, JSON-LD, `<title>`) repeats is the headline.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher

from lxml.html import HtmlElement

from . import statements
from .document import Document
from .sites import Site

ALIKE = 0.75
"""Ratio of common letters from which two titles are versions of one."""
SECTION = 4
"""Letters of a section's name that stands between headline and site: `…-时政-人民网`."""
KICKER = 16
"""Letters by which a heading may be longer than the headline in the page's head: a label set before it."""

_SEPARATOR = re.compile(
    r"\s+[|｜•·»›–—−-]+\s+|\s*[|｜ㅣ_＿»›]+\s*|\s+[:：]{2,}\s+|"
    r"(?<=[\u2e80-\u9fff\uac00-\ud7a3\uff00-\uffef])[-–—]+|[-–—]+(?=[\u2e80-\u9fff])"
)
_TITLE_CLASS = re.compile(r"head(?:line|ing)|title|tit(?:$|[\s_-])|entry-title|post-title|biaoti", re.IGNORECASE)
_HEADINGS = ("h1", "h2", "h3")
_LONGEST = 300
LONG_ENOUGH = 8
"""Letters from which a text can be a headline of its own rather than a label."""


@dataclass(frozen=True)
class Headline:
    """What the article is called."""

    text: str
    element: HtmlElement | None
    """Where it stands; None when it is only in the head of the page."""


def find(document: Document, site: Site | None, names: tuple[str, ...]) -> Headline:
    """The headline; `names` are the site's names, cut from its ends. An empty text when the page has none."""
    for selector in site.title if site else ():
        for element in document.tree.cssselect(selector):
            if text := _text(element):
                return Headline(text, element)
    claims = _claims(document, names)
    headings = _headings(document)
    keys = [key(claim) for claim in claims]
    for element, text in headings:
        if key(text) in keys:
            return Headline(text, element)
    h1 = [(element, text) for element, text in headings if element.tag == "h1" and len(key(text)) > LONG_ENOUGH]
    h1 = [(element, text) for element, text in h1 if key(text) not in {key(name) for name in names}]
    agreed = _agreed(document, names)
    if agreed and (len(h1) != 1 or _alike(h1[0][1], agreed)):
        return Headline(
            agreed,
            next(
                (element for element, text in headings if len(key(text)) > LONG_ENOUGH and _alike(text, agreed)), None
            ),
        )
    for element, text in headings:
        heading = key(text)
        for claim, other in zip(claims, keys, strict=True):
            if len(other) > LONG_ENOUGH and other in heading and len(heading) - len(other) <= KICKER:
                return Headline(claim, element)
            if len(heading) > LONG_ENOUGH and heading in other:
                return Headline(text, element)
    if h1:
        return Headline(h1[0][1], h1[0][0])
    if claims:
        return Headline(claims[0], None)
    return Headline(document.title_element[:_LONGEST], None)


def key(text: str) -> str:
    """What is compared: letters and digits in one case and width."""
    return "".join(character for character in unicodedata.normalize("NFKC", text).casefold() if character.isalnum())


def without_site(title: str, names: tuple[str, ...]) -> str:
    """The title without parts at its ends that are the site's name, or that follow it."""
    pieces = _pieces(title)
    known = {key(name) for name in names if name}
    cut = False
    while len(pieces) > 1:
        last, first = key(pieces[-1][1]), key(pieces[0][1])
        if last in known or not last or (cut and len(pieces) > 1 and len(last) <= SECTION and "-" in pieces[-1][0]):
            pieces.pop()
            cut = True
        elif first in known or not first:
            pieces.pop(0)
            pieces[0] = ("", pieces[0][1])
        else:
            break
    return "".join(separator + piece for separator, piece in pieces).strip()


def pieces(text: str) -> list[str]:
    """The parts of a title between its separators."""
    return [piece.strip() for _, piece in _pieces(text)]


def _agreed(document: Document, names: tuple[str, ...]) -> str:
    """What two of JSON-LD, og:title and `<title>` say alike; empty when each says something else."""
    node = statements.article(document)
    stated = (statements.text(node.get("headline")), document.meta("og:title"), document.title_element)
    cleaned = [without_site(" ".join(text.split()), names) for text in stated]
    for place, text in enumerate(cleaned):
        if len(key(text)) > LONG_ENOUGH and any(key(text) == key(other) for other in cleaned[place + 1 :]):
            return text
    return ""


def _alike(one: str, other: str) -> bool:
    """Whether one is part of the other, or nearly the other."""
    first, second = key(one), key(other)
    return first in second or second in first or SequenceMatcher(None, first, second, autojunk=False).ratio() >= ALIKE


def _pieces(title: str) -> list[tuple[str, str]]:
    """(separator before it, piece) in order."""
    pieces, position, before = [], 0, ""
    for found in _SEPARATOR.finditer(title):
        pieces.append((before, title[position : found.start()]))
        before, position = found[0], found.end()
    pieces.append((before, title[position:]))
    return pieces


def _claims(document: Document, names: tuple[str, ...]) -> list[str]:
    node = statements.article(document)
    stated = (
        statements.text(node.get("headline") or node.get("title")),
        document.meta("og:title"),
        document.meta("twitter:title"),
        document.meta("dc.title", "title", "parsely-title", "sailthru.title", "citation_title", "articletitle"),
        document.title_element,
    )
    cleaned = [without_site(" ".join(text.split()), names) for text in stated if text]
    if document.title_element:
        pieces = [piece for _, piece in _pieces(document.title_element)]
        cleaned.extend(sorted(pieces, key=len, reverse=True)[:1])
    return [text for text in cleaned if text and len(text) <= _LONGEST]


def _headings(document: Document) -> list[tuple[HtmlElement, str]]:
    """Headings and title-like elements with text, h1 first."""
    found: list[tuple[int, HtmlElement, str]] = []
    for element in document.tree.iter("h1", "h2", "h3", "h4", "div", "p", "span", "strong", "td"):
        rank = _HEADINGS.index(element.tag) if element.tag in _HEADINGS else 3
        if rank == 3 and not _TITLE_CLASS.search(f"{element.get('class') or ''} {element.get('id') or ''}"):
            continue
        if rank == 3 and len(element) > 5:
            continue
        text = _text(element)
        if text and len(text) <= _LONGEST:
            found.append((rank, element, text))
    found.sort(key=lambda row: row[0])
    return [(element, text) for _, element, text in found[:60]]


def _text(element: HtmlElement) -> str:
    return " ".join("".join(element.itertext()).split())
