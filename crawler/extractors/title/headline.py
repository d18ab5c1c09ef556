"""The headline, without the site's name and section.

In: the document. Out: the text and, where it stands visibly, its element (dates and bylines are looked for beside it).
Agreement decides: the heading that the head of the page (og:title, JSON-LD, `<title>`) repeats is the headline.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from lxml.html import HtmlElement

from crawler.extractors import statements
from crawler.extractors.bylines.people import key
from crawler.extractors.document import Document
from crawler.extractors.sites import Site
from crawler.extractors.title.headings import LONGEST, SHORTEST, headings, plain, text_of
from crawler.extractors.title.parts import host_labels, pieces, without_site

ALIKE = 0.75
"""Ratio of common letters from which two titles are versions of one."""
SHORTENED = 100
"""Characters from which a headline may have been cut: search engines take 110."""
KICKER = 16
"""Letters by which a heading may be longer than the headline in the page's head: a label set before it."""

_BARS = re.compile(r"\s*[|｜ㅣ_＿]+\s*")
_WORDS = re.compile(r"[^\W_]+")
_CUT = ("...", "…")
WORDS = 4
"""Words from which a heading says something."""
PART = 0.6
"""Share of a headline from which a heading that repeats a part of it is the headline and no teaser."""
PLAIN = 8
"""Child elements of one that holds a headline and nothing else."""


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
            if text := text_of(element):
                return Headline(text, element)
    claims = _claims(document, names)
    shown = headings(document, claims)
    repeated = [(element, text) for element, text in shown if key(text) in claims]
    if repeated:
        element, text = max(repeated, key=lambda row: claims[key(row[1])].votes)
        claim = claims[key(text)]
        return Headline(text if key(claim.text) == key(text) or _BARS.search(text) else claim.text, element)
    known = {*map(key, names), *host_labels(document.host)}
    h1 = [
        (element, text)
        for element, text in shown
        if element.tag == "h1" and len(key(text)) > SHORTEST and key(text) not in known
    ]
    agreed = max(claims.values(), key=lambda claim: claim.votes, default=_Claim(""))
    votes = agreed.votes
    one_field = plain(document.meta("og:title")) == document.title_element == agreed.text
    if h1 and one_field and _says_the_same(h1[0][1], agreed.text):
        votes -= 1  # it was filled for search engines; the heading says it in other words
    if votes > 1 and (not h1 or _alike(h1[0][1], agreed.text) or _unanimous(agreed, claims)):
        if h1 and not _alike(h1[0][1], agreed.text):
            return Headline(agreed.text, h1[0][0])
        for element, text in shown:
            if _alike(text, agreed.text):
                # Behind a label in the same heading, which the head of the page replaces by another one.
                part = text != text_of(element) and key(text) in key(agreed.text)
                return Headline(text if part else agreed.text, element)
        return Headline(agreed.text, None)
    for element, text in shown:
        heading = key(text)
        for other, claim in claims.items():
            if len(other) > SHORTEST and other in heading and len(heading) - len(other) <= KICKER:
                return Headline(text if claim.text.endswith(_CUT) else claim.text, element)
            if len(heading) > SHORTEST and heading in other and len(heading) >= PART * len(other):
                return Headline(text, element)
    if h1:
        element, text = next((row for row in h1 if _sentence(row[1])), h1[0])
        return Headline(text, element)
    if alone := _alone(document, claims):
        return alone
    title = next((claim.text for claim in claims.values()), document.title_element[:LONGEST])
    return Headline(_before_bars(title), None)


def _sentence(text: str) -> bool:
    """Whether a heading is long enough to say something: logos and sections are not."""
    return len(text.split()) >= WORDS or (len(key(text)) > KICKER // 2 and text[-1:] > "\u2e80")


def _unanimous(agreed: _Claim, claims: Mapping[str, _Claim]) -> bool:
    """Whether everything in the head that has a vote says about the same: then a heading that says something else is
    a section's, a ticker's, a slogan."""
    return all(_alike(claim.text, agreed.text) for claim in claims.values() if claim.votes)


def _before_bars(title: str) -> str:
    """What stands before bars and short labels: `Title_新闻频道_央视网` where nothing else says what the site is."""
    first, *labels = _BARS.split(title)
    short = all(len(key(label)) <= KICKER for label in labels)
    return first if short and len(key(first)) > SHORTEST else title


def _alone(document: Document, claims: Mapping[str, _Claim]) -> Headline | None:
    """A part of `<title>` that stands alone on the page, in markup that marks nothing: tables of the old web."""
    parts = {key(part) for part in pieces(document.title_element[: 2 * LONGEST])} | set(claims)
    parts = {part for part in parts if part and len(part) * (2 if part[-1] > "\u2e80" else 1) > SHORTEST}
    for element in document.tree.iter("td", "span", "font", "b", "strong", "center", "p", "div") if parts else ():
        if len(element) <= PLAIN and (text := text_of(element)) and key(text) in parts:
            return Headline(text, element)
    return None


def _alike(one: str, other: str) -> bool:
    """Whether one is part of the other, or nearly the other."""
    first, second = key(one), key(other)
    if min(len(first), len(second)) <= SHORTEST:
        return False
    return first in second or second in first or SequenceMatcher(None, first, second, autojunk=False).ratio() >= ALIKE


@dataclass
class _Claim:
    """A title in the head of the page, and how many of JSON-LD, og:title and `<title>` say it."""

    text: str
    votes: int = 0


def _claims(document: Document, names: tuple[str, ...]) -> dict[str, _Claim]:
    """By key, the most trustworthy first. The longest part of `<title>` counts as said by nobody, and `og:title` that
    has the site's name too: one field for search engines filled both."""
    node = statements.article(document)
    shared = document.meta("og:title")
    one_field = plain(shared) == document.title_element and without_site(shared, names) != shared
    voting = (
        statements.text(node.get("headline") or node.get("title")),
        "" if one_field else shared,
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
            cleaned = without_site(plain(text[: 2 * LONGEST]), names)
            if key(cleaned) and len(cleaned) <= LONGEST:
                claims.setdefault(key(cleaned), _Claim(cleaned)).votes += vote
    for longer, claim in list(claims.items()):
        for shorter, other in list(claims.items()):
            if shorter == longer or not claim.text or other.text == claim.text:
                continue
            if longer.startswith(shorter) and other.text.endswith(_CUT) and not claim.text.startswith(other.text):
                claim.votes += other.votes
                claims[shorter] = claim
            elif _labelled(longer, shorter) and len(other.text) < SHORTENED:
                other.votes += claim.votes
                claim.votes = 0
            elif other.votes and longer.endswith(shorter) and _kicker(claim.text, other.text):
                other.votes += claim.votes
                claims[longer] = other
    return claims


def _labelled(longer: str, shorter: str) -> bool:
    """Whether one key is the other with a label after it: a section, a site that nothing else names."""
    return len(shorter) > KICKER and longer.startswith(shorter) and 0 < len(longer) - len(shorter) <= KICKER


def _says_the_same(heading: str, title: str) -> bool:
    """Whether at least half of a heading's words are in the title."""
    words = {word for word in _WORDS.findall(heading.casefold()) if len(word) > 2}
    return 2 * len(words & set(_WORDS.findall(title.casefold()))) >= len(words) > 1


def _kicker(longer: str, shorter: str) -> bool:
    """Whether one title is the other behind a label and a bar: `Opinion | The bridge that never was`."""
    label, bar, rest = longer.partition("|")
    return bool(bar) and key(rest) == key(shorter) and len(key(label)) <= KICKER
