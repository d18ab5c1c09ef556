"""The article's container → the same without what is not the article's own text.

Works on a copy, in place. What goes, in this order: elements without text of their own, furniture by tag and name, boxes
of links, lines that lead elsewhere, the headline repeated, notices and headings at the end that head nothing.
"""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from .candidates import is_spared
from .hints import Hint
from .survey import Measure, Survey, survey

KEPT_SHARE = 0.35
"""A box that holds more than this part of the container's prose stays, whatever it is called."""

# fmt: off
_GONE = frozenset({
    "script", "style", "noscript", "template", "svg", "math", "object", "embed", "canvas", "head", "title",
    "meta", "link", "select", "option", "textarea", "input", "datalist", "map", "area", "applet",
    "frame", "frameset", "noframes", "dialog", "iframe", "video", "audio", "progress", "meter",
})
# fmt: on

_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)

_LEADS_ELSEWHERE = re.compile(
    r"^\W*(?:read (?:more|also|next)|see also|also read|related|more (?:from|on|stories)|click here|follow us|subscribe|sign up|"
    r"lesen sie|lies auch|mehr (?:zum thema|dazu|lesen)|weiterlesen|auch interessant|"
    r"lire aussi|à lire|lea también|lee también|leia (?:também|mais)|leggi anche|lees ook|les også|läs (?:också|mer)|czytaj|"
    r"читайте|阅读更多|延伸阅读|推荐阅读|相关阅读|相关新闻|更多精彩|点击进入|責任編輯|责任编辑|编辑[:：]|原标题|版权|"
    r"関連記事|あわせて読みたい|관련기사)",
    re.IGNORECASE,
)


def remove(element: HtmlElement) -> None:
    """Takes an element out of its tree and leaves the text behind it where it was."""
    parent = element.getparent()
    if parent is None:
        return
    tail = element.tail
    if tail:
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
        element.tail = None
    parent.remove(element)


def is_hidden(element: HtmlElement) -> bool:
    """Whether the page hides the element from readers."""
    if element.get("hidden") is not None:
        return True
    declared = element.get("style")
    return declared is not None and _HIDDEN.search(declared) is not None


def clean(container: HtmlElement, title: str) -> None:
    """Cleans the container in place."""
    for element in list(container.iter(*_GONE)):
        remove(element)
    for element in [e for e in container.iter() if e is not container and is_hidden(e)]:
        remove(element)
    found = survey(container)
    _drop_boxes(found)
    _drop_lines(survey(container), title)


def _drop_boxes(found: Survey) -> None:
    total = found.measures[found.root]
    for element, measure in list(found.measures.items()):
        if element is not found.root and _is_box(element, measure, total):
            remove(element)


def _is_box(element: HtmlElement, measure: Measure, total: Measure) -> bool:
    if measure.doomed and not is_spared(measure, total):
        return True
    if total.prose and measure.prose > KEPT_SHARE * total.prose:
        return False
    if element.tag in ("p", "h1", "h2", "h3", "h4", "h5", "h6", "figcaption", "td", "tr", "figure"):
        return False
    if measure.hint is Hint.DOUBTFUL and measure.prose < 0.1 * total.prose and element.find(".//img") is None:
        return measure.prose < 150 or measure.linked > 0.25 * measure.size
    return measure.links > 1 and measure.linked > 0.5 * measure.size and element.tag not in ("table", "blockquote")


def _drop_lines(found: Survey, title: str) -> None:
    wanted = re.sub(r"\W+", "", title).casefold()
    for block in found.blocks:
        element = block.element
        if element is found.root or len(element):
            if element.tag == "h1":
                remove(element)
            continue
        if element.tag == "h1" or (wanted and re.sub(r"\W+", "", block.text).casefold() == wanted):
            remove(element)
        elif block.size < 200 and _LEADS_ELSEWHERE.match(block.text):
            remove(element)
