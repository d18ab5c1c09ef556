"""Survey → the element that holds the article, by agreement between several cheap signals.

The signals: how much prose an element holds against how much its parent holds, what its names and `itemprop` say, the
density of links, and (for the start of the descent) `<article>` and `<main>`. Comments, navigation and boxes of teasers
do not count, unless most of the page's prose is in them.
"""

from __future__ import annotations

from lxml.html import HtmlElement

from . import hints
from .hints import Hint
from .survey import Measure, Survey

DESCEND = 0.86
"""A child that holds this part of its parent's prose is the better container …"""
DESCEND_IN_TEXT = 0.97
"""… and when the parent calls itself the article's text, only one with this part."""
BODY_SHARE = 0.2
"""What elements named as the article's text must hold of a container's prose, to be followed …"""
BODY_SHARE_IN_TEXT = 0.7
BODY_DESCEND = 0.8
"""… to a child that has this part of it."""
LINES = frozenset(("p", "blockquote", "h1", "h2", "h3", "h4", "pre", "figure"))
"""Elements that are one piece of a text, never its container."""
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
"""Prose of an article beside a demand for consent."""


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


def is_text_cut_up(together: Measure, total: Measure) -> bool:
    """Whether boxes named alike, at least PIECES, hold what calls itself the article's text; two must hold more."""
    if together.blocks >= PIECES:
        return together.prose > SPARED_BODY_SHARE * total.prose and together.body > 0.6 * together.prose
    return together.blocks > 1 and together.prose > SPARED_SHARE * total.prose and together.body > 0.5 * together.prose


def furniture(found: Survey) -> set[HtmlElement]:
    """The elements that are furniture by tag or names, those that hold too much to be it left out.

    Boxes with the same names count together: a text may be cut into many, each called `paywalled`, within an element
    that calls itself the text or with such elements in them.
    """
    alike: dict[str, Measure] = {}
    for element, measure in found.measures.items():
        names = element.get("class")
        if measure.doomed and names:
            together = alike.setdefault(names, Measure(hint=measure.hint))
            together.blocks += 1
            together.prose += measure.prose
            together.body += measure.prose if _is_right_in_text(found, element) else measure.body
    total = found.measures[found.root]
    article = max((measure.prose for element, measure in found.measures.items() if element.tag == "article"), default=0)
    return {
        element
        for element, measure in found.measures.items()
        if measure.doomed
        and element is not found.root
        and not is_picture_box(element, measure)
        and (
            not is_spared(measure, total, _elsewhere(found, element))
            or is_consent(element, measure, total)
            or (element.tag == "aside" and article > measure.prose)  # who wrote it, in the style of the text
        )
        and not is_text_cut_up(alike.get(element.get("class") or "", measure), total)
    }


def _elsewhere(found: Survey, element: HtmlElement) -> float:
    around = (found.measures.get(above) for above in element.iterancestors())
    if any(measure is not None and measure.hint >= Hint.BODY for measure in around):
        return 0.0
    return found.measures[found.root].body - found.measures[element].body


def _is_right_in_text(found: Survey, element: HtmlElement) -> bool:
    """Whether the nearest element around it whose names say anything calls itself the article's text."""
    hints = (measure.hint for above in element.iterancestors() if (measure := found.measures.get(above)) is not None)
    return next((hint for hint in hints if hint is not Hint.NONE), Hint.NONE) is Hint.TEXT


def counted(found: Survey, gone: set[HtmlElement]) -> dict[HtmlElement, float]:
    """Prose per element, that of furniture (`gone`) left out. Elements without any are absent."""
    sums: dict[HtmlElement, float] = {}
    excluded: dict[HtmlElement, bool] = {found.root: False}
    for element in found.measures:  # in document order: above before below
        if element is not found.root:
            above = element.getparent()
            while above not in excluded:
                above = above.getparent()
            excluded[element] = excluded[above] or element in gone
    for block in found.blocks:
        if block.prose and not excluded[block.element]:
            element = block.element
            while element is not None:
                sums[element] = sums.get(element, 0.0) + block.prose
                element = element.getparent() if element is not found.root else None
    return sums


def named(found: Survey, prose: dict[HtmlElement, float], least: Hint) -> dict[HtmlElement, float]:
    """Of `prose`, the part that stands in (or, for an element so named itself, below) elements with such a hint."""
    below: dict[HtmlElement, float] = {}
    for element in reversed(found.measures):
        part = prose.get(element, 0.0) if found.measures[element].hint >= least else below.get(element, 0.0)
        if part and element is not found.root:
            above = element.getparent()
            while above not in found.measures:
                above = above.getparent()
            below[above] = below.get(above, 0.0) + part
    return below


def choose(found: Survey, gone: set[HtmlElement], headline: HtmlElement | None) -> tuple[HtmlElement, float]:
    """The smallest element that holds the article, and how much prose of the article's kind is in it; `gone` is the
    page's furniture."""
    prose = counted(found, gone)
    levels = [(least, named(found, prose, least)) for least in (Hint.TEXT, Hint.BODY)]
    here = found.root
    inside = False
    while mass := prose.get(here, 0.0):
        heaviest = max(here, key=lambda child: prose.get(child, 0.0), default=None)
        if heaviest is None or heaviest.tag in LINES:
            return here, mass
        if here in found.measures and found.measures[here].hint is Hint.TEXT:
            inside = True
        if prose.get(heaviest, 0.0) >= (DESCEND_IN_TEXT if inside else DESCEND) * mass:
            here = heaviest
            continue
        for least, below in levels:
            if below.get(here, 0.0) >= (BODY_SHARE_IN_TEXT if inside else BODY_SHARE) * mass:
                called = {child: _called(found, prose, below, child, least) for child in here}
                heaviest = max(here, key=called.__getitem__)
                if called[heaviest] >= BODY_DESCEND * below[here]:
                    here = heaviest
                    break
        else:
            own = _own_article(here, headline, prose) if headline is not None else None
            if own is None:
                return here, mass
            here = own
    return here, 0.0


def _own_article(here: HtmlElement, headline: HtmlElement, prose: dict[HtmlElement, float]) -> HtmlElement | None:
    """The `<article>` with the headline, where most of what else `here` says is in others beside it: a stream of
    articles, each loaded behind the one before, or teasers that are called articles."""
    around = {here, *here.iterancestors()}
    outermost = [
        element
        for element in here.iter("article")
        if element is not here and next(element.iterancestors("article"), here) in around
    ]
    own = next((element for element in outermost if element in set(headline.iterancestors())), None)
    if own is None or prose.get(own, 0.0) < ENOUGH:
        return None
    others = sum(prose.get(element, 0.0) for element in outermost if element is not own)
    return own if others > 0.5 * (prose[here] - prose[own]) else None


def _called(
    found: Survey, prose: dict[HtmlElement, float], below: dict[HtmlElement, float], child: HtmlElement, least: Hint
) -> float:
    measure = found.measures.get(child)
    return prose.get(child, 0.0) if measure is not None and measure.hint >= least else below.get(child, 0.0)
