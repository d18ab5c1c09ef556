"""Find in the copy of a container what the page hides from readers, or shows only when they point at a word."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from crawler.extractors.container import hints
from crawler.extractors.container.boilerplate import PIECES
from crawler.extractors.container.survey import weigh
from crawler.extractors.dom import count_letters, one_line

CARD = 10.0
"""Weighted characters that a card has beyond the name of its link, at least."""
EXPLANATION = 40.0
"""Weighted characters of the shortest explanation over a word; a word in an element named so has fewer."""

_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|clip\s*:\s*rect\(\s*[01][\s,p]|(?<![\w-])(?:left|top|text-indent)\s*:\s*-\d{3}",
    re.IGNORECASE,
)
_AROUND = frozenset(("a", "li", "p", "span", "sup"))
"""Elements in which an explanation stands beside its word."""


def find(container: HtmlElement) -> list[HtmlElement]:
    """Find the elements that readers of the page do not see, or only over a word."""
    return [*_hidden(container), *_hover_cards(container), *_explanations(container)]


def is_hidden(element: HtmlElement) -> bool:
    """Tell whether the page hides an element from readers."""
    names = element.get("class")
    if element.get("hidden") is not None or (names and hints.is_hidden(names[:200])):
        return True
    declared = element.get("style")
    return declared is not None and _HIDDEN.search(declared) is not None


def _hidden(container: HtmlElement) -> list[HtmlElement]:
    """Find the hidden elements.

    Hidden pieces that together are most of the text are left out: a paywall hides them, or they unfold at a click.
    """
    hidden = [element for element in container.iter() if element is not container and is_hidden(element)]
    alike: dict[str, list[HtmlElement]] = {}
    for element in hidden:
        alike.setdefault(_names(element), []).append(element)
    shown: set[HtmlElement] = set()
    for names, pieces in alike.items():
        if names and len(pieces) >= PIECES and sum(map(count_letters, pieces)) > 0.5 * count_letters(container):
            shown.update(pieces)
    return [element for element in hidden if element not in shown]


def _hover_cards(container: HtmlElement) -> list[HtmlElement]:
    """Find the cards that open over a link in a sentence: in it or right behind it, with its words or address again."""
    return [
        card
        for link in container.iterdescendants("a")
        if (len(link) or not (link.tail or "").strip()) and _is_in_sentence(link)
        for card in (*link, link.getnext())
        if card is not None and card.tag in ("span", "div") and _is_card_of(card, link)
    ]


def _is_in_sentence(link: HtmlElement) -> bool:
    """Whether there is text right before a link, or before the element that begins with it."""
    for element in (link, link.getparent()):
        before, above = element.getprevious(), element.getparent()
        text = before.tail if before is not None else above.text if above is not None else ""
        if text and not text.isspace():
            return True
    return False


def _is_card_of(card: HtmlElement, link: HtmlElement) -> bool:
    name, href = (link.text or "").strip(), link.get("href")
    words = one_line(card)
    again = any(href and other.get("href") == href for other in card.iter("a")) or words.startswith(name)
    return bool(name) and again and weigh(words) > weigh(name) + CARD


def _explanations(container: HtmlElement) -> list[HtmlElement]:
    """Find the explanations that open over a word of a sentence, by their role or class.

    Some pages give the class to the word with its explanation as well: only the innermost elements are explanations.
    """
    marked = [element for element in container.iterdescendants("span", "div") if _is_tooltip(element)]
    around = {above for element in marked for above in element.iterancestors()}
    return [
        element
        for element in marked
        if element not in around
        and (above := element.getparent()) is not None
        and above.tag in _AROUND
        and weigh(one_line(element)) > EXPLANATION
    ]


def _is_tooltip(element: HtmlElement) -> bool:
    return element.get("role") == "tooltip" or "tooltip" in (element.get("class") or "").lower()


def _names(element: HtmlElement) -> str:
    """Return an element's classes, or those of its parent."""
    above = element.getparent()
    return element.get("class") or (above is not None and above.get("class")) or ""
