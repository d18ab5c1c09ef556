"""Survey → the elements of a page that are furniture: comments, navigation, boxes of teasers, sidebars.

Names and tags say so; how much of the page's prose they hold, and where, says when they are wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lxml.html import HtmlElement

from crawler.extractors.container import hints
from crawler.extractors.container.hints import Hint
from crawler.extractors.container.survey import Measure, Survey

SPARED_SHARE = 0.45
"""Furniture by name with more than this part of the page's prose is no furniture …"""
SPARED_BODY_SHARE = 0.2
"""… and with this part, when most of it stands in an element that calls itself the article's text."""
SPARED_COMMENTS_SHARE = 0.9
"""Readers may write more than the author."""
PIECES = 3
"""Boxes with the same names from which a text is cut up."""
ELSEWHERE = 500.0
"""Prose that is called the article's text, beside which a sidebar may say as much as it likes."""
ENOUGH = 250.0
"""Prose of an article, beside a demand for consent or other articles."""


def is_spared(measure: Measure, total: Measure, elsewhere: float) -> bool:
    """Whether furniture by tag or names holds too much of the prose to be furniture. `elsewhere`: prose outside of it
    that stands, by name, in the article's text."""
    share = measure.prose / total.prose if total.prose else 0.0
    if measure.hint is Hint.COMMENTS and not measure.headline:
        return share > SPARED_COMMENTS_SHARE
    # A list of other articles calls each of its teasers an article: most of what is called so must be in the box.
    named = measure.body > 0.6 * measure.prose and measure.body > 0.5 * total.body
    if share > SPARED_BODY_SHARE and (measure.headline or named):
        return True
    return share > SPARED_SHARE and (measure.body > 0 or elsewhere < ELSEWHERE)


def is_consent(element: HtmlElement, measure: Measure, total: Measure) -> bool:
    """Whether it asks for consent, on a page that has something else to say."""
    names = " ".join(filter(None, (element.get("class"), element.get("id"))))
    return bool(names) and total.prose - measure.prose >= ENOUGH and hints.is_consent(names[:200])


def is_picture_box(element: HtmlElement, measure: Measure) -> bool:
    """Whether an `<aside>` only sets a picture apart."""
    return (
        element.tag == "aside"
        and measure.hint > Hint.FURNITURE
        and not measure.links
        and measure.blocks <= 2
        and element.find(".//img") is not None
    )


@dataclass(slots=True)
class Alike:
    """Boxes with the same names that say furniture."""

    count: int = 0
    prose: float = 0.0
    body: float = 0.0
    """The part of `prose` in elements that call themselves the article's text, within the boxes or around them …"""
    around: float = 0.0
    """… and that where they stand right in one."""


def is_text_cut_up(alike: Alike, total: Measure) -> bool:
    """Whether such boxes, at least PIECES, hold what calls itself the article's text; two must hold more. Boxes that
    each hold such an element are other articles when there is a text outside of them."""
    if alike.around < 0.5 * alike.prose and total.body - alike.body >= ELSEWHERE:
        return False
    if alike.count >= PIECES:
        return alike.prose > SPARED_BODY_SHARE * total.prose and alike.body > 0.6 * alike.prose
    return alike.count > 1 and alike.prose > SPARED_SHARE * total.prose and alike.body > 0.5 * alike.prose


def furniture(found: Survey) -> set[HtmlElement]:
    """The elements that are furniture by tag or names, those that hold too much to be it left out.

    Boxes with the same names count together: a text may be cut into many, each called `paywalled`, within an element
    that calls itself the text or with such elements in them.
    """
    kinds: dict[str, Alike] = {}
    around = _around(found)
    for element, measure in found.measures.items():
        names = element.get("class")
        if measure.doomed and names:
            kind = kinds.setdefault(names, Alike())
            _, inside = around(element)
            kind.count += 1
            kind.prose += measure.prose
            kind.body += measure.prose if inside else measure.body
            kind.around += measure.prose if inside else 0.0
    total = found.measures[found.root]
    cut_up = {names for names, kind in kinds.items() if is_text_cut_up(kind, total)}
    article = max((measure.prose for element, measure in found.measures.items() if element.tag == "article"), default=0)
    return {
        element
        for element, measure in found.measures.items()
        if measure.doomed
        and element is not found.root
        and not is_picture_box(element, measure)
        and (
            not is_spared(measure, total, 0.0 if around(element)[0] else total.body - measure.body)
            or is_consent(element, measure, total)
            or (element.tag == "aside" and article > measure.prose)  # who wrote it, in the style of the text
        )
        and element.get("class") not in cut_up
    }


def _around(found: Survey) -> Callable[[HtmlElement], tuple[bool, bool]]:
    """Asks what stands around an element: whether anything that calls itself the article or its text, and whether the
    nearest element whose names say anything is such a text. Each element is asked once, however many lie in it."""
    known: dict[HtmlElement, tuple[bool, bool]] = {found.root: (False, False)}

    def ask(element: HtmlElement) -> tuple[bool, bool]:
        way: list[HtmlElement] = []
        above: HtmlElement | None = element
        while above is not None and above not in known:
            way.append(above)
            above = above.getparent()
        if above is None:  # it has been taken out of the tree
            above = way.pop()
            known[above] = (False, False)
        for inner in reversed(way):
            measure = found.measures.get(above)
            in_article, in_text = known[above]
            if measure is not None and measure.hint is not Hint.NONE:
                in_article, in_text = in_article or measure.hint >= Hint.BODY, measure.hint is Hint.TEXT
            known[inner] = in_article, in_text
            above = inner
        return known[element]

    return ask
