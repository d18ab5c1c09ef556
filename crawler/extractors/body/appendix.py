"""Sections at the end of a container that are not the article's, told by their headings: who wrote it, what else there
is to read.
"""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from ..alternatives import grouped
from ..container.survey import HEADINGS, Block
from ..cutting import remove

BEFORE = 0.6
"""Part of the container's prose that stands before such a section."""
HEADING = 60.0
"""Weighted characters of its heading."""

# fmt: off
_ABOUT = (
    # en
    r"about (?:the )?(?:authors?|contributors?|editors?|experts?|reviewers?|writers?)",
    r"(?:authors?|writer) bio(?:graphy)?s?", r"meet the (?:authors?|contributors?|experts?|writers?)",
    # de, fr, es, pt
    r"über (?:den autor|die autorin|die autoren)", r"à propos de l.auteure?",
    r"sobre (?:el autor|la autora|o autor|a autora)",
    # zh, ja
    r"作者简介", r"作者介绍", r"关于作者", r"この記事を書いた人", r"著者(?:紹介|プロフィール)",
)
_MORE = (
    # en
    r"(?:the )?(?:featured|latest|more|other|popular|recent|related|similar|top|trending)"
    r"(?: [\w’'-]+)? (?:articles?|blogs?|coverage|guides|news|posts?|reads?|stories|topics)",
    r"(?:our|the) (?:latest|popular|recent|related) [\w’'-]+",
    r"related", r"recommended(?: (?:articles|for you|reading|stories))?", r"(?:read|up|what to read) next",
    r"you (?:might|may) also (?:like|enjoy|be interested in)(?: these)?.{0,20}", r"keep reading",
    r"more (?:from|in|like this|on)\b.{0,40}", r"continue reading", r"most (?:popular|read)",
    # de, fr, es, pt, it
    r"auch interessant", r"das könnte sie auch interessieren", r"mehr zum thema",
    r"weitere (?:artikel|beiträge|meldungen|themen)",
    r"à lire aussi", r"articles? (?:liés|récents|similaires)", r"sur le même sujet",
    r"artículos relacionados", r"noticias relacionadas", r"te puede interesar",
    r"leia (?:mais|também)", r"notícias relacionadas", r"leggi anche",
    # zh, ja, ko
    r"相关(?:新闻|阅读|文章|推荐|链接)", r"推荐阅读", r"延伸阅读", r"猜你喜欢", r"热门(?:推荐|文章|新闻)",
    r"関連(?:記事|ニュース)", r"관련\s?기사",
)
# fmt: on
_IS_ABOUT = re.compile(rf"\W*{grouped(_ABOUT)}\W*")
_IS_MORE = re.compile(rf"\W*{grouped(_MORE)}\W*")


def cut(blocks: list[Block], container: HtmlElement) -> set[int]:
    """Orders of the blocks of such sections, headings included; their pictures are taken out of the container."""
    whole = sum(block.prose for block in blocks)
    before = 0.0
    text: set[tuple[HtmlElement | None, str]] = set()
    found: set[int] = set()
    for place, block in enumerate(blocks):
        if before >= BEFORE * whole and block.size < HEADING and block.order not in found:
            said = block.text.lower()
            end = place
            if _IS_ABOUT.fullmatch(said):
                end = _next_heading(blocks, place)
            elif _IS_MORE.fullmatch(said) and block.element.tag in HEADINGS:
                end = _text_again(blocks, place, text)
            if end > place:
                found.update(below.order for below in blocks[place:end])
                _drop_pictures(container, block.element, blocks[end].element if end < len(blocks) else None)
        before += block.prose
        if block.prose and block.order not in found:
            text.add(block.kind)
    return found


def _drop_pictures(container: HtmlElement, first: HtmlElement, end: HtmlElement | None) -> None:
    inside = False
    for element in list(container.iter("figure", "picture", "img", first.tag, *(() if end is None else (end.tag,)))):
        if element is end:
            return
        if element is first:
            inside = True
        elif inside and element.tag in ("figure", "picture", "img"):
            remove(element)


def _next_heading(blocks: list[Block], place: int) -> int:
    """Where the next heading that is no deeper stands; the end where there is none."""
    tag = blocks[place].element.tag
    deepest = tag if tag in HEADINGS else HEADINGS[-1]
    for after in range(place + 1, len(blocks)):
        if blocks[after].element.tag in HEADINGS and blocks[after].element.tag <= deepest:
            return after
    return len(blocks)


def _text_again(blocks: list[Block], place: int, text: set[tuple[HtmlElement | None, str]]) -> int:
    """Where the text goes on, a heading right before it included; teasers stand elsewhere than paragraphs."""
    for after in range(place + 1, len(blocks)):
        if blocks[after].kind in text:
            while after > place + 1 and blocks[after - 1].element.tag in HEADINGS:
                after -= 1
            return after
    return len(blocks)
