"""Pages of articles that are gone, sent with status 200 (soft 404).

Such a page says so in its title, its headline, or the first lines below it. Lists of other articles, teasers and a
search form do not make it an article; sentences of its own do: articles are written about missing pages too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import chain, islice

from lxml.html import HtmlElement

from crawler.errors import NotAnArticle
from crawler.extractors.container.survey import weigh
from crawler.extractors.dom import texts_in
from crawler.extractors.languages import alternatives, merged
from crawler.extractors.refusals.candidate import (
    SHORT,
    Candidate,
    collapsed,
    says_little_else,
    sentences,
    titled,
    words_of,
)
from crawler.extractors.refusals.listings import teaser_boxes
from crawler.extractors.regex import Rare

FIRST = 300
"""Characters of a text in which it says that the article is gone."""
EXCUSES = 700.0
"""Size of sentences that a page about a missing article may have: excuses, and what to do instead."""
HEADINGS = 3
"""Headings that are read, with what follows them."""

_ALL = merged()
_GONE = (*_ALL.not_found, *_ALL.withdrawn)
_STATUS = tuple(rf"(?<![\w.,$€£]){status}(?![\w,.]*\d)" for status in (404, 410))
_WORDS = Rare(_GONE, re.IGNORECASE)
_MISSING = Rare((*_GONE, *_STATUS), re.IGNORECASE)


@cache
def _withdrawn(*codes: str) -> Rare:
    """Return the sentences of some languages that say of this very page that it is gone."""
    sentences = [words_of(code).withdrawn for code in codes]
    return Rare(tuple(chain(*sentences)), re.IGNORECASE, alternatives(*sentences))


def is_missing(page: Candidate) -> NotAnArticle | None:
    """The page says that the article is not there, and has no other text than lists of articles."""
    told = titled(page, _MISSING) or _in_text(page) or _at_headings(page)
    if not told or _has_sentences(page, told):
        return None
    return NotAnArticle("soft-404", collapsed(told)[:80])


def _in_text(page: Candidate) -> str:
    """Return the words by which the text says at its beginning that the article is gone."""
    if told := _withdrawn(page.language, page.spoken).search(page.text[:FIRST]):
        return told[0]
    if page.weight >= SHORT / 2 or page.calls_itself_article:
        return ""
    return next((each for each in sentences(page.text[:FIRST]) if says_little_else(each, _WORDS.pattern)), "")


def _at_headings(page: Candidate) -> str:
    """Return the words by which a heading, or what follows the first one, says that the article is gone."""
    headings = list(islice(page.document.tree.iter("h1", "h2"), HEADINGS))
    if headings and (told := _withdrawn(page.language, page.spoken).search(_below(headings[0]))):
        return told[0]
    if page.calls_itself_article:
        return ""
    said = (collapsed(" ".join(texts_in(heading))) for heading in headings)
    return next((each for each in said if says_little_else(each, _MISSING.pattern)), "")


def _below(heading: HtmlElement) -> str:
    """Return the beginning of what follows a heading, in its parent or behind that."""
    for element in (heading, heading.getparent()):
        if element is not None and element.getnext() is not None:
            return collapsed(" ".join(text for each in islice(element.itersiblings(), 2) for text in _texts(each)))[
                :FIRST
            ]
    return ""


def _texts(element: HtmlElement) -> Iterator[str]:
    return islice(element.itertext(), 10)


def _has_sentences(page: Candidate, told: str) -> bool:
    """Tell whether the page has a text of its own, beside the message and teasers of other articles."""
    stated = page.states_an_article and not _withdrawn(page.language, page.spoken).search(told)
    if page.weight < (SHORT / 2 if stated else SHORT):
        return False
    boxes = "\n".join(map(collapsed, teaser_boxes(page.document)))
    own = sum(weigh(line) for line in page.lines if told not in line and collapsed(line) not in boxes)
    return own >= (SHORT / 2 if stated else EXCUSES)
