"""The text of a heading, without its label (kicker), readings and permalink marks.

In: an element that may be the headline. Out: its text on one line.
"""

from __future__ import annotations

import html
import re
from itertools import islice

from lxml.etree import iterwalk
from lxml.html import HtmlElement

from crawler.extractors.dom import INLINE, READINGS, SILENT, names_of, raw_text
from crawler.extractors.languages import alternatives, merged
from crawler.extractors.text_key import key

LONGEST = 300
"""Characters of the longest headline."""
SHORTEST = 8
"""A text with no more letters is a label, not a headline."""
_KICKER_NAMES = re.compile(
    r"(?:^|[\s_-])(?:kicker|over-?line|over-?title|roof-?line|top-?line|eyebrow|prefix|pre-?title|pre-?headline|"
    rf"vignette|label|hat|{alternatives(merged().kicker_names)})(?=$|[\s_-])",
    re.IGNORECASE,
)
"""Class names of the label before a headline (kicker), inside a heading."""
_PERMALINK_NAMES = re.compile(
    r"(?:^|[\s_-])(?:anchor(?:js)?(?:-?link)?|hash-?link|head(?:er|ing|line)-?(?:anchor|link)|perma-?link)(?=$|[\s_-])",
    re.IGNORECASE,
)
"""Class names of links from a heading to itself, as site generators add them."""
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
_BLOCK = re.compile(r"display\s*:\s*(?:block|flex|flow-root|grid|list-item|table)", re.IGNORECASE)
_BREAK, _SEAM = "\0", "\1"
"""Where a line ends, and where one inline element follows another without a space; no text in a tree can hold them."""
_SEAMS = frozenset({"a", "b", "em", "i", "label", "small", "span", "strong", "time"})
_UNSPACED = r"[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]"
"""Characters of scripts that put no space between words. Korean puts one."""
_MARK_FIRST = re.compile(r"[:,;.!?)\]](?:\s|$)")
"""A line that begins with a punctuation mark, such as the colon after a label."""
_MOST = 200
"""Elements in a heading whose lines are told apart."""
_TAG = re.compile(r"<|&lt;|&#60;|&#x3c;", re.IGNORECASE)
_LINE_TAG = re.compile(r"(?<=\S)</?(?:br|div|p)\b[^<>]{0,99}>|</?(?:br|div|p)\b[^<>]{0,99}>(?=\S)", re.IGNORECASE)
_INLINE = r"</?(?:b|em|font|i|mark|nobr|small|span|strong|su[bp]|u|wbr)\b[^<>]{0,99}>"
_INLINE_TAG = re.compile(rf"(?<=\S){_INLINE}|{_INLINE}(?=\S)", re.IGNORECASE)


def is_unspaced(text: str) -> bool:
    """Whether a text has characters of a script without spaces."""
    return re.search(_UNSPACED, text) is not None


def text_of(heading: HtmlElement, after: HtmlElement | None = None) -> str:
    """Return a heading's text, or what follows one of its children; cut where it is too long for a headline.

    A line break or a block ends a word, as on the screen (HTML, 3.2.7: innerText), but not in Chinese and Japanese.
    """
    if not len(heading):
        return plain(heading.text or "")
    whole = raw_text(heading)
    if len(whole) > 4 * LONGEST:
        return plain(whole[: 4 * LONGEST])
    if (after is None and _is_one_run(heading)) or next(islice(heading.iter(), _MOST, None), None) is not None:
        return plain(whole)
    return _on_one_line(_unseamed(plain("".join(_pieces(heading, after)))))


def _is_one_run(heading: HtmlElement) -> bool:
    """Whether a heading holds no more than inline elements inside each other, as in most: `<h2><a>`."""
    return not any(
        element.tag not in _SEAMS
        or element.getnext() is not None
        or element.get("style")
        or ("#" in href if (href := element.get("href")) is not None else _PERMALINK_NAMES.search(names_of(element)))
        for element in heading.iterdescendants()
    )


def _on_one_line(text: str) -> str:
    """Join lines with a space, but for those between which their script or a punctuation mark has none."""
    joined = ""
    for line in filter(None, map(str.strip, text.split(_BREAK))):
        close = not joined or is_unspaced(joined[-1]) or is_unspaced(line[0]) or _MARK_FIRST.match(line)
        joined += line if close else f" {line}"
    return joined


def unmarked(text: str) -> str:
    """Return a title in metadata without the line breaks and emphasis of its heading: `The pier&lt;br&gt;is back`.

    A tag with a space on either side is what the title is about: `Why <br> is bad`.
    """
    return _on_one_line(_INLINE_TAG.sub("", _LINE_TAG.sub(_BREAK, html.unescape(text)))) if _TAG.search(text) else text


def _pieces(heading: HtmlElement, after: HtmlElement | None) -> list[str]:
    """Collect the texts of a heading, with _BREAK where a line ends and _SEAM between adjoining elements."""
    texts: list[str] = []
    permalinks = [element for element in heading.iter("a", "button", "span") if _is_permalink(element, heading)]
    walker = iterwalk(heading, events=("start", "end", "comment", "pi"))
    for event, node in walker:
        if event in ("start", "end") and node is not heading:
            if _breaks(node):
                texts.append(_BREAK)
            elif event == "start" and _adjoins(node):
                texts.append(_SEAM)
        if node is after and event == "end":
            texts.clear()
        if event != "start":
            texts.append(node.tail or "" if node is not heading else "")
        elif node in permalinks or node.tag in SILENT or node.tag in READINGS:
            walker.skip_subtree()
        else:
            texts.append(node.text or "")
    return texts


def _breaks(node: HtmlElement) -> bool:
    return (node.tag not in INLINE and node.tag not in READINGS) or _BLOCK.search(node.get("style") or "") is not None


def _adjoins(node: HtmlElement) -> bool:
    """Whether an inline element follows another without any text between them."""
    before = node.getprevious()
    return node.tag in _SEAMS and before is not None and before.tag in _SEAMS and not before.tail


def _unseamed(text: str) -> str:
    """Put a space at a seam between words.

    A label and a headline in two `<span>` are two lines by CSS; `<span>H</span><span>arbour</span>` is one word.
    """
    whole, *others = text.split(_SEAM)
    for other in others:
        phrase = " " in whole.strip() or " " in other.strip()
        words = phrase and whole[-2:].isalnum() and other[:2].isalnum() and len(whole) > 1 < len(other)
        whole += f"{_BREAK if words else ''}{other}"
    return whole


def _is_permalink(element: HtmlElement, heading: HtmlElement) -> bool:
    """Whether a link leads from a heading to itself: `¶`, `#`, `§`, a picture, or a class that says so."""
    href = element.get("href")
    if element is heading or (href is not None and "#" not in href):
        return False
    text = key(raw_text(element))
    named = _PERMALINK_NAMES.search(names_of(element)) is not None
    if not text:
        return href is not None or named
    leads = href is not None or element.tag == "button"
    return named and leads and 2 * len(text) < len(key(raw_text(heading)))


def without_kicker(heading: HtmlElement) -> str:
    """Return a heading's text without the child that holds the kicker; empty when it has no such child."""
    for child in heading:
        names = names_of(child, "class", "id", "data-qa", "data-testid")
        if names and _KICKER_NAMES.search(names):
            rest = text_of(heading, child).lstrip(" :|·•–—-")
            return rest if len(key(rest)) > SHORTEST else ""
    return ""


def plain(text: str) -> str:
    """Collapse spaces, remove soft hyphens and zero-width spaces."""
    return " ".join(text.translate(_INVISIBLE).split())
