"""Single lines of a cleaned container that are not the article's: what leads elsewhere, notices, bylines, lone headings.

What stands before the first and behind the last paragraph is judged harder than what stands between.
"""

from __future__ import annotations

import re
from collections.abc import Container

from lxml.html import HtmlElement

from . import captions as credits
from .cutting import remove
from .survey import Block, survey

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_STANDING = frozenset(("td", "th", "li", "dd", "dt", "pre", "blockquote", "figcaption", "code"))
"""Short text in these is content."""
SHORT = 60.0
"""Weighted characters of a line that may be a date, a name, a label."""

_LEADS_ELSEWHERE = re.compile(
    r"^\W*(?:read (?:more|also|next|the full)|see also|see more|also read|also see|related(?: content| stories| articles)?\s*:|"
    r"related (?:content|stories|articles|links)$|more (?:from|on|stories)\b|click here|follow (?:us|me)|subscribe|sign up|"
    r"don.t miss|get the latest|watch(?: now| live)?\s*[:|]|listen\s*[:|]|recommended\s*:|advertisement$|advert$|anzeige$|werbung|"
    r"share this|tags?\s*:|topics?\s*:|filed under|posted in|categor(?:y|ies)\s*:|view comments|comments?$|leave a (?:comment|reply)|"
    r"this (?:article|story) (?:first|originally) appeared|our standards:|purchase licensing|all rights reserved|copyright\b|"
    r"lesen sie|lies auch|mehr (?:zum thema|dazu|lesen)|weiterlesen|auch interessant|das könnte sie|"
    r"lire aussi|à lire|lea también|lee también|leia (?:também|mais)|leggi anche|lees ook|les også|läs (?:också|mer)|czytaj|"
    r"zobacz|ler mais|leer más|te puede interesar|ver también|ayrıca|"
    r"читайте|阅读更多|延伸阅读|推荐阅读|相关阅读|相关新闻|相关链接|更多精彩|点击进入|責任編輯|责任编辑|责编|编辑[:：]|原标题|版权|"
    r"本文来源|扫一扫|返回|特别声明|声明[:：]|关键词|关键字|标签[:：]|関連記事|あわせて読みたい|続きを読む|관련기사|무단전재|저작권자)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile("[。！？…，；」”?!]$|[a-zß-öø-ÿ]{3}[.,;:]$")
_MARKUP = re.compile(r"^<[a-z]+\s[^>]*>|^\[[A-Z_]+\]$|^\[/?[a-z]+ [^\]]*\]")


def clean(container: HtmlElement, title: str, captions: Container[HtmlElement]) -> None:
    """Drops such lines in place."""
    blocks = [block for block in survey(container).blocks if not _inside(block.element, captions)]
    said = [block.order for block in blocks if block.prose >= 40]
    first, last = (said[0], said[-1]) if said else (0, len(blocks))
    wanted = key(title)
    for block in blocks:
        if block.element is container or not _is_whole(block):
            continue
        if (
            block.element.tag == "h1"
            or (wanted and key(block.text) == wanted)
            or _leads_elsewhere(block)
            or _MARKUP.match(block.text)
            or credits.is_credit(block.text)
            or (block.order < first and _is_label(block))
            or (block.order > last and (_is_label(block) or block.element.tag in HEADINGS))
        ):
            remove(block.element)


def key(text: str) -> str:
    """What is left of a headline when spaces, marks and case do not count."""
    return re.sub(r"[\W_]+", "", text).casefold()


def _is_whole(block: Block) -> bool:
    """Whether the block is all that its element holds: pictures and further blocks stay."""
    element = block.element
    if next(element.iter("img", "br", "table", "ul", "ol"), None) is not None:
        return False
    return " ".join("".join(element.itertext()).split()) == block.text


def _leads_elsewhere(block: Block) -> bool:
    if block.element.tag in ("td", "th"):
        return False
    if block.linked >= 0.9 * block.size and block.size >= 20 and block.element.tag != "li":
        return True
    return block.size < 250 and _LEADS_ELSEWHERE.match(block.text) is not None


def _is_label(block: Block) -> bool:
    if block.size >= SHORT or block.prose >= 20 or _SENTENCE_END.search(block.text) or block.element.tag in HEADINGS:
        return False
    return not any(above.tag in _STANDING for above in (block.element, *block.element.iterancestors()))


def _inside(element: HtmlElement, marked: Container[HtmlElement]) -> bool:
    return element in marked or any(above in marked for above in element.iterancestors())
