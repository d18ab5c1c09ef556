"""The headline, without the site's name and section.

In: the document. Out: the text and, where it is visible, its element (dates and bylines are looked for beside it).
The headline is the heading that the page's metadata (JSON-LD, og:title, `<title>`) repeats.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from operator import itemgetter

from lxml.etree import XPath
from lxml.html import HtmlElement

from crawler.extractors import statements
from crawler.extractors.document import Document
from crawler.extractors.dom import SUBHEADINGS, names_of, stated
from crawler.extractors.languages import alternatives, merged
from crawler.extractors.sites import Site
from crawler.extractors.text_key import key
from crawler.extractors.title.heading import LONGEST, SHORTEST, is_unspaced, plain, text_of, unmarked, without_kicker
from crawler.extractors.title.parts import host_labels, pieces, without_site

_TITLE_CLASS = re.compile(
    rf"head(?:line|ing)|title|tit(?:$|[\s_-])|{alternatives(merged().title_names)}", re.IGNORECASE
)
# WordPress names the site's own heading so.
_SITE_CLASS = re.compile(r"(?:^|[\s_-])(?:site|blog)[_-]?(?:title|name)(?![a-z])", re.IGNORECASE)
_HEADINGS = ("h1", "h2", "h3")
ALIKE = 0.75
"""Ratio of matching letters from which two texts are versions of one title."""
SHORTENED = 100
"""Length from which metadata may hold a shortened headline: search engines take 110 characters."""
KICKER = 16
"""Letters of the longest label before or after a headline."""

_ASIDE = XPath("boolean(ancestor::nav or ancestor::aside or ancestor::footer or ancestor::a)")
_BARS = re.compile(r"\s*[|｜ㅣ_＿]+\s*")
_WORDS = re.compile(r"[^\W_]+")
_CUT = ("...", "…")
WORDS = 4
"""Words of the shortest heading that is a sentence."""
PART = 0.6
"""Share of a title that a heading must repeat to be the headline and not a teaser."""
PLAIN = 8
"""Most child elements of an element that holds only a headline."""


@dataclass(frozen=True)
class Headline:
    """The article's title, and its element."""

    text: str
    element: HtmlElement | None
    """None when the title is only in metadata."""


def find(document: Document, site: Site | None, names: tuple[str, ...]) -> Headline:
    """Find the headline and cut the site's `names` from its ends; the text is empty when the page has none."""
    for selector in site.title if site else ():
        for element in document.tree.cssselect(selector):
            if element.tag == "meta" and (text := stated(element)):
                return Headline(text, None)
            if text := text_of(element):
                return Headline(text, element)
    evidence = _evidence(document, names)
    for rule in RULES:
        if found := rule(evidence):
            return found
    title = next((claim.text for claim in evidence.claims.values()), document.title_element[:LONGEST])
    return Headline(_before_bars(title), None)


@dataclass(frozen=True)
class _Evidence:
    """The texts of a page that can be its headline."""

    document: Document
    claims: dict[str, _Claim]
    """Titles in metadata by key, the most trustworthy first, without the site's name where no heading repeats it."""
    shown: list[tuple[HtmlElement, str]]
    """Visible headings and title-like elements with their texts, h1 first."""
    h1: list[tuple[HtmlElement, str]]
    """Those of `shown` that are `<h1>`, long enough, and not the site's name."""
    known: set[str]
    """Names of the site, by key."""


def _evidence(document: Document, names: tuple[str, ...]) -> _Evidence:
    known = {*map(key, names), *host_labels(document.host)}
    claims = _claims(document, names)
    shown = _headings(document, claims)
    headings = {key(text) for _, text in shown}
    claims = {title: claim for title, claim in claims.items() if title not in known or title in headings}
    h1 = [row for row in shown if row[0].tag == "h1" and len(key(row[1])) > SHORTEST and key(row[1]) not in known]
    return _Evidence(document, claims, shown, h1, known)


def _repeated(page: _Evidence) -> Headline | None:
    """Take the heading that metadata repeats."""
    repeated = [(element, text) for element, text in page.shown if key(text) in page.claims]
    if not repeated:
        return None
    element, text = max(repeated, key=lambda row: (page.claims[key(row[1])].votes, len(key(row[1])) > SHORTEST))
    claim = page.claims[key(text)]
    if _BARS.search(text) or (key(claim.text) == key(text) and not _is_spaced_better(claim.text, text, element)):
        return Headline(text, element)
    return Headline(claim.text, element)


def _is_spaced_better(stated: str, shown: str, element: HtmlElement) -> bool:
    """Whether metadata has a space where two elements of a heading meet, which are two lines by a style sheet."""
    if not len(element) or len(stated) <= len(shown) or is_unspaced(shown):
        return False
    return stated.replace(" ", "") == shown.replace(" ", "")


def _agreed(page: _Evidence) -> Headline | None:
    """Take the title on which fields of metadata agree, unless an `<h1>` differs and they are not unanimous."""
    agreed = max(page.claims.values(), key=lambda claim: claim.votes, default=_Claim(""))
    votes = agreed.votes
    heading = page.h1[0] if page.h1 else None
    is_one_field = plain(page.document.meta("og:title")) == page.document.title_element == agreed.text
    if heading and is_one_field and _says_the_same(heading[1], agreed.text):
        votes -= 1  # one field for search engines filled both; the heading says the same in other words
    if votes <= 1:
        return None
    if heading and not _alike(heading[1], agreed.text):
        return Headline(agreed.text, heading[0]) if _is_unanimous(agreed, page.claims) else None
    for element, text in page.shown:
        if _alike(text, agreed.text):
            # The heading without its label; metadata has another label.
            part = text != text_of(element) and key(text) in key(agreed.text)
            return Headline(text if part else agreed.text, element)
    return Headline(agreed.text, None)


def _contained(page: _Evidence) -> Headline | None:
    """Take a heading that is a title in metadata with a label added, or most of such a title."""
    for element, text in page.shown:
        heading = key(text)
        for other, claim in page.claims.items():
            if len(other) > SHORTEST and other in heading and len(heading) - len(other) <= KICKER:
                return Headline(text if claim.text.endswith(_CUT) else claim.text, element)
            if len(heading) > SHORTEST and heading in other and len(heading) >= PART * len(other):
                return Headline(text, element)
    return None


def _first_h1(page: _Evidence) -> Headline | None:
    """Take the first `<h1>` that is a sentence, else the first `<h1>`."""
    if not page.h1:
        return None
    element, text = next((row for row in page.h1 if _is_sentence(row[1])), page.h1[0])
    return Headline(text, element)


def _is_sentence(text: str) -> bool:
    """Whether a heading is long enough to be a sentence: logos and names of sections are not."""
    return len(text.split()) >= WORDS or (len(key(text)) > KICKER // 2 and text[-1:] > "\u2e80")


def _is_unanimous(agreed: _Claim, claims: Mapping[str, _Claim]) -> bool:
    """Whether all titles with votes are alike: then a heading that differs is of a section or a ticker, or a slogan."""
    return all(_alike(claim.text, agreed.text) for claim in claims.values() if claim.votes)


def _before_bars(title: str) -> str:
    """Cut bars and short labels after a title: `Title_Section_Site` on a page that does not name its site."""
    first, *labels = _BARS.split(title)
    short = all(len(key(label)) <= KICKER for label in labels)
    return first if short and len(key(first)) > SHORTEST else title


def _alone(page: _Evidence) -> Headline | None:
    """Take a part of `<title>` that is the whole text of a plain element, as in the table layouts of old pages."""
    document = page.document
    parts = {key(part) for part in pieces(document.title_element[: 2 * LONGEST])} | set(page.claims)
    parts = {part for part in parts if part and len(part) * (2 if part[-1] > "\u2e80" else 1) > SHORTEST} - page.known
    for element in document.tree.iter("td", "span", "font", "b", "strong", "center", "p", "div") if parts else ():
        if len(element) <= PLAIN and (text := text_of(element)) and key(text) in parts:
            return Headline(text, element)
    return None


def _first_subheading(page: _Evidence) -> Headline | None:
    """Take the first `<h2>` or `<h3>` that is a sentence, where metadata names only the site."""
    for element, text in page.shown if not page.claims else ():
        if element.tag in SUBHEADINGS and _is_sentence(text) and text[-1] not in ".:。：" and not _ASIDE(element):
            return Headline(text, element)
    return None


RULES: tuple[Callable[[_Evidence], Headline | None], ...] = (
    _repeated,
    _agreed,
    _contained,
    _first_h1,
    _alone,
    _first_subheading,
)
"""Rules that find a headline, the most trustworthy first; the first result counts."""


def _alike(one: str, other: str) -> bool:
    """Whether one is part of the other, or nearly the other."""
    first, second = key(one), key(other)
    if min(len(first), len(second)) <= SHORTEST:
        return False
    return first in second or second in first or SequenceMatcher(None, first, second, autojunk=False).ratio() >= ALIKE


@dataclass
class _Claim:
    """A title in metadata, with a vote from each of JSON-LD, og:title and `<title>` that has it."""

    text: str
    votes: int = 0


def _claims(document: Document, names: tuple[str, ...]) -> dict[str, _Claim]:
    """Collect the titles in metadata by key, the most trustworthy first.

    The longest part of `<title>` has no vote. Neither has an `og:title` that equals `<title>` with the site's name: one
    field for search engines filled both.
    """
    node = statements.article(document)
    stated = node.get("headline") or node.get("title")
    shared = document.meta("og:title")
    is_one_field = plain(shared) == document.title_element and without_site(shared, names) != shared
    voting = (
        statements.text(unmarked(stated) if isinstance(stated, str) else stated),
        "" if is_one_field else shared,
        document.title_element,
    )
    silent = (
        document.meta("twitter:title"),
        document.meta("dc.title", "title", "parsely-title", "sailthru.title", "citation_title", "articletitle"),
        max(pieces(document.title_element[: 2 * LONGEST]), key=len),
    )
    claims: dict[str, _Claim] = {}
    for vote, texts in ((1, voting), (0, silent)):
        for text in texts:
            cleaned = without_site(plain(unmarked(text[: 2 * LONGEST])), names)
            if key(cleaned) and len(cleaned) <= LONGEST:
                claims.setdefault(key(cleaned), _Claim(cleaned)).votes += vote
    for longer, claim in list(claims.items()):
        for shorter, other in list(claims.items()):
            if shorter == longer or not claim.text or other.text == claim.text:
                continue
            if longer.startswith(shorter) and other.text.endswith(_CUT) and not claim.text.startswith(other.text):
                claim.votes += other.votes
                claims[shorter] = claim
            elif _has_label_after(longer, shorter) and len(other.text) < SHORTENED:
                other.votes += claim.votes
                claim.votes = 0
            elif other.votes and longer.endswith(shorter) and _has_kicker(claim.text, other.text):
                other.votes += claim.votes
                claims[longer] = other
    return claims


def _has_label_after(longer: str, shorter: str) -> bool:
    """Whether one key is the other with a label after it: a section, or a site that is named nowhere else."""
    return len(shorter) > KICKER and longer.startswith(shorter) and 0 < len(longer) - len(shorter) <= KICKER


def _says_the_same(heading: str, title: str) -> bool:
    """Whether at least half of a heading's words are in the title."""
    words = {word for word in _WORDS.findall(heading.casefold()) if len(word) > 2}
    return 2 * len(words & set(_WORDS.findall(title.casefold()))) >= len(words) > 1


def _has_kicker(longer: str, shorter: str) -> bool:
    """Whether one title is the other after a label and a bar: `Opinion | The bridge that never was`."""
    label, bar, rest = longer.partition("|")
    return bool(bar) and key(rest) == key(shorter) and len(key(label)) <= KICKER


def _headings(document: Document, in_metadata: Container[str]) -> list[tuple[HtmlElement, str]]:
    """Collect headings and title-like elements with text, h1 first."""
    found: list[tuple[int, HtmlElement, str]] = []
    for element in document.tree.iter("h1", "h2", "h3", "h4", "div", "p", "span", "strong", "td"):
        rank = _HEADINGS.index(element.tag) if element.tag in _HEADINGS else len(_HEADINGS)
        named = rank < len(_HEADINGS) or _names_title(element.get("class", ""), element.get("id", ""))
        if not named or (rank == len(_HEADINGS) and len(element) > 5) or _SITE_CLASS.search(names_of(element)):
            continue
        text = text_of(element)
        if rank < len(_HEADINGS) and (len(element) > 1 or (len(element) and element[0].tail)):
            bare = without_kicker(element)
            if bare and (key(bare) in in_metadata or key(text) not in in_metadata):
                text = bare
        if text and len(text) <= LONGEST and "{{" not in text:  # not a template that a script fills
            found.append((rank, element, text))
    found.sort(key=itemgetter(0))
    return [(element, text) for _, element, text in found[:60]]


@lru_cache(maxsize=8192)
def _names_title(classes: str, name: str) -> bool:
    """Whether class names and an id mark a title; cached, as pages of a site share a few hundred of them."""
    return _TITLE_CLASS.search(f"{classes} {name}") is not None
