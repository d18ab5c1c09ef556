"""Survey → the elements of a page that are boilerplate: comments, navigation, boxes of teasers, sidebars.

Tag or names make an element a candidate (`Measure.boilerplate`); one that holds too much of the page's prose is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

from lxml.html import HtmlElement

from crawler.extractors.container import hints
from crawler.extractors.container.hints import Hint
from crawler.extractors.container.survey import Measure, Survey
from crawler.extractors.dom import names_of

SPARED_SHARE = 0.45
"""An element named as boilerplate that holds more than this share of the page's prose is the article."""
SPARED_BODY_SHARE = 0.2
"""The same share, for an element whose prose is mostly in descendants named as the article's text."""
SPARED_COMMENTS_SHARE = 0.9
"""The same share, for comments: readers may write more than the author."""
SPARED_AROUND = 0.4
"""The same share, for an element around a lead paragraph or a lead image, which are outside the text."""
TEASERS_LINKED = 0.2
"""Share of its text in links from which an element named as boilerplate is never the article beside a headline."""
PIECES = 3
"""Fewest elements with the same class that can be the pieces of one text."""
ELSEWHERE = 500.0
"""With this much prose in the named text outside a sidebar, the sidebar is boilerplate however long it is."""
ENOUGH = 250.0
"""Prose that is enough for an article, beside a consent dialog or beside other articles."""


def boilerplate(found: Survey) -> set[HtmlElement]:
    """Find the elements with a boilerplate tag or name, except those with so much prose that they are the article.

    Elements with the same class are counted together: a text may be cut into many pieces, each called `paywalled`,
    inside an element named as the text or around such elements.
    """
    total = found.measures[found.root]
    marked = [(element, measure) for element, measure in found.measures.items() if measure.boilerplate]
    pieces = {names for names, group in _groups(marked).items() if _is_text_in_pieces(group, total)}
    article = max((measure.prose for element, measure in found.measures.items() if element.tag == "article"), default=0)

    def is_article(element: HtmlElement, measure: Measure) -> bool:
        if element.tag == "aside" and article > measure.prose:  # about the author, marked up like the text
            return False
        elsewhere = 0.0 if measure.in_article else total.body - measure.body
        if _is_menu(measure, total) or _is_consent(element, measure, total):
            return False
        return _is_spared(measure, total, elsewhere)

    return {
        element
        for element, measure in marked
        if not (measure.prose and is_article(element, measure))
        and element is not found.root
        and not (element.tag == "aside" and _is_picture_box(element, measure))
        and not (pieces and element.get("class") in pieces)
    }


def is_in_boilerplate(found: Survey, element: HtmlElement) -> bool:
    """Whether an element outside the text, or one around it, is marked as boilerplate and has little of the prose.

    That is stricter than `boilerplate`, which must not lose the article itself.
    """
    most = SPARED_AROUND * found.measures[found.root].prose
    measures = map(found.measures.get, (element, *element.iterancestors()))
    return any(measure.boilerplate and measure.prose < most for measure in measures if measure is not None)


def _is_spared(measure: Measure, total: Measure, elsewhere: float) -> bool:
    """Whether an element holds too much of the prose to be boilerplate.

    `elsewhere`: prose outside the element that is in elements named as the article's text.
    """
    share = measure.prose / total.prose if total.prose else 0.0
    if measure.hint is Hint.COMMENTS and not measure.headline:
        return share > SPARED_COMMENTS_SHARE
    if share > SPARED_BODY_SHARE and (measure.headline or _is_named(measure, total)):
        return True
    return share > SPARED_SHARE and (measure.body > 0 or elsewhere < ELSEWHERE)


def _is_named(measure: Measure, total: Measure) -> bool:
    """Whether the prose of an element is named as the article's text.

    A list of other articles names each of its teasers an article: most of all prose so named must be in this element.
    """
    return measure.body > 0.6 * measure.prose and measure.body > 0.5 * total.body


def _is_menu(measure: Measure, total: Measure) -> bool:
    """Whether an element is a list of links with teasers, beside a headline and enough prose for an article."""
    linked = measure.linked > TEASERS_LINKED * measure.size and not _is_named(measure, total)
    return linked and total.headline and not measure.headline and total.prose - measure.prose >= ENOUGH


def _is_consent(element: HtmlElement, measure: Measure, total: Measure) -> bool:
    """Whether an element is named as a consent dialog, on a page with enough other prose, and holds no article."""
    names = names_of(element, "class", "id", "role")
    if not names or total.prose - measure.prose < ENOUGH or measure.body > 0.5 * measure.prose:
        return False
    return hints.is_consent(names[:200])


def _is_picture_box(element: HtmlElement, measure: Measure) -> bool:
    """Whether an `<aside>` only frames a picture of the article."""
    return (
        measure.hint > Hint.BOILERPLATE
        and not measure.links
        and measure.blocks <= 2
        and element.find(".//img") is not None
    )


@dataclass(slots=True)
class _Group:
    """Elements with the same class attribute that are boilerplate by tag or names, counted together."""

    count: int = 0
    prose: float = 0.0
    body: float = 0.0
    """The part of `prose` in elements named as the article's text, whether descendants or ancestors."""
    in_text: float = 0.0
    """The part of `prose` whose nearest named ancestor is the article's text."""


def _groups(marked: list[tuple[HtmlElement, Measure]]) -> dict[str, _Group]:
    """Group elements by their class; classes without prose are left out."""
    groups = {names: _Group() for element, measure in marked if measure.prose and (names := element.get("class"))}
    for element, measure in marked if groups else ():
        if (group := groups.get(element.get("class") or "")) is not None:
            group.count += 1
            group.prose += measure.prose
            group.body += measure.prose if measure.in_text else measure.body
            group.in_text += measure.prose if measure.in_text else 0.0
    return groups


def _is_text_in_pieces(group: _Group, total: Measure) -> bool:
    """Whether elements with the same class are the pieces of the article's text; two pieces must hold more than three.

    Elements that each contain a named text are other articles when there is enough named text outside of them.
    """
    if group.in_text < 0.5 * group.prose and total.body - group.body >= ELSEWHERE:
        return False
    if group.count >= PIECES:
        return group.prose > SPARED_BODY_SHARE * total.prose and group.body > 0.6 * group.prose
    return group.count > 1 and group.prose > SPARED_SHARE * total.prose and group.body > 0.5 * group.prose
