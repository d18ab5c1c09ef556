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
SHORTENED = 100
"""Characters from which a headline may have been cut: search engines take 110."""
KICKER = 16
"""Letters by which a heading may be longer than the headline in the page's head: a label set before it."""

_SEPARATOR = re.compile(
    r"\s+[|｜•·»›–—−-]+\s+|\s*[|｜ㅣ_＿»›]+\s*|\s+[:：]{2,}\s+|"
    r"(?<=[\u2e80-\u9fff\uac00-\ud7a3\uff00-\uffef])[-–—]+|[-–—]+(?=[\u2e80-\u9fff])"
)
_TITLE_CLASS = re.compile(r"head(?:line|ing)|title|tit(?:$|[\s_-])|entry-title|post-title|biaoti", re.IGNORECASE)
_HEADINGS = ("h1", "h2", "h3")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
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
    repeated = [(element, text) for element, text in headings if key(text) in claims]
    if repeated:
        element, text = max(repeated, key=lambda row: claims[key(row[1])].votes)
        return Headline(text, element)
    h1 = [(element, text) for element, text in headings if element.tag == "h1" and len(key(text)) > LONG_ENOUGH]
    h1 = [(element, text) for element, text in h1 if key(text) not in {key(name) for name in names}]
    agreed = next((claim.text for claim in claims.values() if claim.votes > 1), "")
    if agreed and (len(h1) != 1 or _alike(h1[0][1], agreed)):
        return Headline(agreed, next((element for element, text in headings if _alike(text, agreed)), None))
    for element, text in headings:
        heading = key(text)
        for other, claim in claims.items():
            if len(other) > LONG_ENOUGH and other in heading and len(heading) - len(other) <= KICKER:
                return Headline(claim.text, element)
            if len(heading) > LONG_ENOUGH and heading in other:
                return Headline(text, element)
    if h1:
        return Headline(h1[0][1], h1[0][0])
    return Headline(next((claim.text for claim in claims.values()), document.title_element[:_LONGEST]), None)


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


def _alike(one: str, other: str) -> bool:
    """Whether one is part of the other, or nearly the other."""
    first, second = key(one), key(other)
    if min(len(first), len(second)) <= LONG_ENOUGH:
        return False
    return first in second or second in first or SequenceMatcher(None, first, second, autojunk=False).ratio() >= ALIKE


def _pieces(title: str) -> list[tuple[str, str]]:
    """(separator before it, piece) in order."""
    pieces, position, before = [], 0, ""
    for found in _SEPARATOR.finditer(title):
        pieces.append((before, title[position : found.start()]))
        before, position = found[0], found.end()
    pieces.append((before, title[position:]))
    return pieces


@dataclass
class _Claim:
    """A title in the head of the page, and how many of JSON-LD, og:title and `<title>` say it."""

    text: str
    votes: int = 0


def _claims(document: Document, names: tuple[str, ...]) -> dict[str, _Claim]:
    """By key, the most trustworthy first. The longest part of `<title>` counts as said by nobody."""
    node = statements.article(document)
    voting = (
        statements.text(node.get("headline") or node.get("title")),
        document.meta("og:title"),
        document.title_element,
    )
    silent = (
        document.meta("twitter:title"),
        document.meta("dc.title", "title", "parsely-title", "sailthru.title", "citation_title", "articletitle"),
        max(pieces(document.title_element[: 2 * _LONGEST]), key=len),
    )
    claims: dict[str, _Claim] = {}
    for vote, texts in ((1, voting), (0, silent)):
        for text in texts:
            cleaned = without_site(_plain(text[: 2 * _LONGEST]), names)
            if key(cleaned) and len(cleaned) <= _LONGEST:
                claims.setdefault(key(cleaned), _Claim(cleaned)).votes += vote
    for longer, claim in claims.items():
        for shorter, other in claims.items():
            if _labelled(longer, shorter) and len(other.text) < SHORTENED:
                other.votes += claim.votes
                claim.votes = 0
    return claims


def _labelled(longer: str, shorter: str) -> bool:
    """Whether one key is the other with a label after it: a section, a site that nothing else names."""
    return len(shorter) > KICKER and longer.startswith(shorter) and 0 < len(longer) - len(shorter) <= KICKER


def _headings(document: Document) -> list[tuple[HtmlElement, str]]:
    """Headings and title-like elements with text, h1 first."""
    found: list[tuple[int, HtmlElement, str]] = []
    for element in document.tree.iter("h1", "h2", "h3", "h4", "div", "p", "span", "strong", "td"):
        rank = _HEADINGS.index(element.tag) if element.tag in _HEADINGS else len(_HEADINGS)
        if rank == len(_HEADINGS):
            names = f"{element.get('class', '')} {element.get('id', '')}"
            if len(names) == 1 or len(element) > 5 or not _TITLE_CLASS.search(names):
                continue
        text = _text(element)
        if text and len(text) <= _LONGEST:
            found.append((rank, element, text))
    found.sort(key=lambda row: row[0])
    return [(element, text) for _, element, text in found[:60]]


def _text(element: HtmlElement) -> str:
    """Its text, cut where no headline is that long."""
    gathered, length = [], 0
    for piece in element.itertext():
        gathered.append(piece)
        length += len(piece)
        if length > 4 * _LONGEST:
            break
    return _plain("".join(gathered))


def _plain(text: str) -> str:
    """Spaces collapsed, without soft hyphens and zero-width spaces."""
    return " ".join(text.translate(_INVISIBLE).split())
