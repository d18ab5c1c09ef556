"""Remove from the copy of a container, in place, what is not the article's own text.

In this order: small boxes around fields, elements without text of their own, hidden elements, repeated texts,
boilerplate and boxes of links, single lines (lines.py).
"""

from __future__ import annotations

from collections.abc import Container
from itertools import islice

from lxml.html import HtmlElement

from crawler.extractors.body import hidden, lines, notices
from crawler.extractors.container.boilerplate import ENOUGH, boilerplate
from crawler.extractors.container.hints import Hint
from crawler.extractors.container.survey import Measure, Survey, survey, weigh
from crawler.extractors.dom import HEADINGS, count_letters, is_on_host, is_sentence, one_line, raw_text, remove

KEPT_SHARE = 0.35
"""A box with a larger share of the container's prose is kept, whatever its name."""

# fmt: off
REPEATED = 200.0
"""Prose of the shortest text whose copies are removed."""
ANNOUNCES = 400
"""Characters of the longest paragraph that announces a list."""
PARAGRAPH = 80
"""Characters of a paragraph after such a list, at least."""
TITLE = 25.0
"""Weighted characters of the shortest title."""
ALL_OF_IT = 0.7
"""Share of the letters of a box that a table in it must have to be what the box is for."""
MOST_ITEMS = 100
"""How many items of a list, and paragraphs below it, are read."""
SERVICE = 300
"""Letters of the largest box around a field that is removed with it."""
SERVICE_LEVELS = 8
"""How many ancestors of a field are searched for that box; bounds the cost on deep pages."""
MAX_REPEATED_BLOCKS = 400
"""Most blocks of an element that is compared with others; bounds the cost on deep pages."""

_GONE = frozenset({
    "script", "style", "noscript", "template", "svg", "math", "object", "embed", "canvas", "head", "title",
    "meta", "link", "select", "option", "textarea", "input", "datalist", "map", "area", "applet",
    "frame", "frameset", "noframes", "dialog", "iframe", "video", "audio", "progress", "meter",
})
# fmt: on

_FIELDS = frozenset({"email", "radio"})
"""Kinds of `<input>` of newsletters and polls; check boxes, and text fields outside forms, also stand in articles."""
_TYPED = frozenset({"text", "search", "tel"})


def clean(
    container: HtmlElement, title: str, captions: Container[HtmlElement], authors: tuple[str, ...], page: str
) -> None:
    """Clean the container in place; `page` is the page's URL."""
    for element in [*_services(container), *container.iter(*_GONE)]:
        remove(element)
    for element in hidden.find(container):
        remove(element)
    found = survey(container, places=True, page=page)
    _drop_repeated(found)
    _drop_boxes(found, captions)
    lines.clean(found, title, captions, authors)


def _services(container: HtmlElement) -> list[HtmlElement]:
    """Find the small boxes around fields for readers to fill in: polls, newsletters, appeals."""
    letters: dict[HtmlElement, int] = {}
    boxes: set[HtmlElement] = set()
    for field in container.iter("input"):
        if field.get("type") in _FIELDS or _is_of_small_form(field, letters):
            box = None
            for above in islice(field.iterancestors(), SERVICE_LEVELS):
                if above not in letters:
                    letters[above] = count_letters(above)
                if above is container or letters[above] > SERVICE:
                    break
                box = above
            if box is not None:
                boxes.add(box)
    return [box for box in boxes if box.find(".//img") is None]


def _is_of_small_form(field: HtmlElement, letters: dict[HtmlElement, int]) -> bool:
    """Whether a field for text is in a form with little else: a newsletter, a search, an appeal."""
    form = next(field.iterancestors("form"), None) if field.get("type", "text") in _TYPED else None
    if form is not None and form not in letters:
        letters[form] = count_letters(form)
    return form is not None and letters[form] <= SERVICE


def _drop_repeated(found: Survey) -> None:
    """Remove further copies of a text (for narrow screens, in another tab); remove all when there are four or more."""
    copies: dict[str, list[HtmlElement]] = {}
    for element, measure in found.measures.items():
        if measure.prose >= REPEATED and measure.blocks <= MAX_REPEATED_BLOCKS and element is not found.root:
            copies.setdefault("".join(raw_text(element).casefold().split()), []).append(element)
    for alike in copies.values():
        apart = [element for element in alike if not any(above in alike for above in element.iterancestors())]
        if len(apart) > 1:
            apart.sort(key=lambda element: raw_text(element).isupper())  # transcripts of films are in capitals
        for element in apart if len(apart) > 3 else apart[1:]:
            remove(element)
            for inner in element.iter():
                found.measures.pop(inner, None)


def _drop_boxes(found: Survey, captions: Container[HtmlElement]) -> None:
    """Remove boilerplate, boxes of links, and small boxes with doubtful names."""
    prose_by_class: dict[str, float] = {}  # of elements with doubtful names
    for element, measure in found.measures.items():
        names = element.get("class")
        if measure.hint is Hint.DOUBTFUL and names:
            prose_by_class[names] = prose_by_class.get(names, 0.0) + measure.prose
    gone = boilerplate(found)
    reviews: dict[HtmlElement, bool] = {}
    for element, measure in list(found.measures.items()):
        if element is found.root or element in captions:
            continue
        if element in gone or _is_box(element, measure, found, prose_by_class, reviews):
            remove(element)


def _is_box(
    element: HtmlElement,
    measure: Measure,
    found: Survey,
    prose_by_class: dict[str, float],
    reviews: dict[HtmlElement, bool],
) -> bool:
    """Whether an element is a box of links, or a small box with a doubtful name; `reviews` holds answers on lists."""
    total = found.measures[found.root]
    if total.prose and measure.prose > KEPT_SHARE * total.prose:
        return False
    if element.tag in ("p", "h1", "h2", "h3", "h4", "h5", "h6", "figcaption", "td", "tr", "figure"):
        return False
    if prose_by_class.get(element.get("class") or "", 0.0) > KEPT_SHARE * total.prose:
        # Together the boxes with this class are the text.
        return False
    if measure.hint is Hint.DOUBTFUL and element.find(".//img") is None:
        small = measure.prose < 0.1 * total.prose and (measure.prose < 150 or measure.linked > 0.25 * measure.size)
        return small and not _is_card(element, measure) and not (total.prose >= ENOUGH and _is_data(element, measure))
    if element.tag == "table":  # only links, and no header cells: layout, not data
        return measure.links > 2 and measure.linked > 0.8 * measure.size and element.find(".//th") is None
    return (
        measure.links > 1
        and measure.linked > 0.5 * measure.size
        and element.tag != "blockquote"
        and not _is_in_list(element, found)
        and not _is_announced(element)
        and not _leads_away(element, found.page)
        and not _is_in_review(element, found.page, reviews)
    )


def _is_card(element: HtmlElement, measure: Measure) -> bool:
    """Whether a box holds a table or a list, and no link, or is all of an item: pros and cons, specifications.

    A list of one item is told by the heading above it.
    """
    if measure.links or not measure.blocks:
        return False
    if measure.blocks > 2 and len(list(islice(element.iter("li", "tr", "dt"), 2))) > 1:
        return True
    above = element.getparent()
    whole = above is not None and above.tag == "li" and len(above) == 1 and not (above.text or "").strip()
    return whole or any(map(_is_below_heading, element.iter("ul", "ol")))


def _is_below_heading(element: HtmlElement) -> bool:
    before = element.getprevious()
    return before is not None and before.tag in HEADINGS and not (before.tail or "").strip()


def _is_data(element: HtmlElement, measure: Measure) -> bool:
    """Whether an element is a table with header cells and few links, or a box around one: a comparison beside text."""
    table = element if element.tag == "table" else element.find(".//table")
    if table is None or measure.linked > 0.5 * measure.size or table.find(".//th") is None:
        return False
    return len(list(islice(table.iter("tr"), 3))) > 2 and count_letters(table) >= ALL_OF_IT * count_letters(element)


def _is_in_list(element: HtmlElement, found: Survey) -> bool:
    """Whether an element is one of several items of a list, or a list in an item: it is kept or removed with the list.

    A list that holds most of the text is the page's layout.
    """
    above = element.getparent()
    if above is None or above not in found.measures:
        return False
    if found.measures[above].prose > KEPT_SHARE * found.measures[found.root].prose:
        return False
    if element.tag == "li":
        return above.tag in ("ul", "ol") and len(list(islice(above, 3))) > 2
    return element.tag in ("ul", "ol") and above.tag == "li"


def _leads_away(element: HtmlElement, page: str) -> bool:
    """Whether an element is a list of titles on other sites."""
    if element.tag not in ("ul", "ol"):
        return False
    links = list(islice(element.iter("a"), MOST_ITEMS))
    away = [link for link in links if not is_on_host(link.get("href") or "", page)]
    titles = [text for text in map(one_line, away) if weigh(text) >= TITLE and " " in text]
    return len(titles) > 0.8 * len(links)


def _is_in_review(element: HtmlElement, page: str, reviews: dict[HtmlElement, bool]) -> bool:
    """Whether an element is a press review, or an item of one."""
    above = element.getparent()
    if element.tag == "li" and above is not None:
        element = above
    if element not in reviews:
        reviews[element] = _is_review(element, page)
    return reviews[element]


def _is_review(element: HtmlElement, page: str) -> bool:
    """Whether each item of a list with links says something in sentences, about other sites or between paragraphs."""
    lists = element.findall("ul") + element.findall("ol")
    items = [
        item for item in islice(lists[0] if len(lists) == 1 else element, MOST_ITEMS) if item.find(".//a") is not None
    ]
    texts = list(map(one_line, items))
    if len(items) < 2 or not all(map(is_sentence, texts)) or any(map(notices.leads_elsewhere, texts)):
        return False
    before = element.getprevious()
    announced = [line for line in (before, *element.iterchildren(*HEADINGS)) if line is not None]
    if any(_opens_other(one_line(line)[:ANNOUNCES]) for line in announced):
        return False
    links = [link.get("href") or "" for item in items for link in item.iter("a")]
    outside = sum(not is_on_host(href, page) for href in links)
    return outside * 2 > len(links) or (_is_paragraph(before) and _is_paragraph(element.getnext()))


def _opens_other(line: str) -> bool:
    """Whether a line begins a list of other stories."""
    return notices.leads_elsewhere(line) or notices.opens_stories(line)


def _is_paragraph(element: HtmlElement | None) -> bool:
    """Whether an element is a paragraph of the text and no link."""
    return (
        element is not None
        and element.tag in ("p", "div")
        and len(raw_text(element)) >= PARAGRAPH
        and sum(len(raw_text(link)) for link in element.iter("a")) * 2 < len(raw_text(element))
    )


def _is_announced(element: HtmlElement) -> bool:
    """Whether an element is a list between paragraphs, after one that ends in a colon and is not `Read also:`."""
    above = element.getparent()
    if element.tag == "li" and above is not None:
        element, above = above, above.getparent()
    elif element.tag == "div" and len(element) == 1:
        element, above = element[0], element
    if element.tag not in ("ol", "ul") or above is None:
        return False
    # AsciiDoc puts each paragraph and each list into a box.
    if above.tag == "div" and element.getprevious() is element.getnext() is None:
        element = above
    before = element.getprevious()
    if before is None or before.tag not in ("p", "div") or (before.tail or "").strip():
        return False
    line = one_line(before)
    return (
        len(line) < ANNOUNCES
        and line.endswith((":", "："))
        and not notices.leads_elsewhere(line)
        and any(len(raw_text(below)) >= PARAGRAPH for below in islice(element.itersiblings(before.tag), MOST_ITEMS))
    )
