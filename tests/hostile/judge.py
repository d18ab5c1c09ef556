"""A body → the first active markup in it.

The serialiser's output has one spelling, so a strict grammar can judge it; no lenient parser is involved that could be
fooled.
"""

from __future__ import annotations

import re
from html import unescape

# fmt: off
ATTRIBUTES = frozenset({
    "align", "alt", "bgcolor", "border", "cellpadding", "cellspacing", "cite", "class", "color", "colspan",
    "datetime", "dir", "face", "height", "href", "hspace", "lang", "nowrap", "referrerpolicy", "reversed", "rowspan",
    "scope", "size", "span", "src", "start", "style", "summary", "title", "type", "valign", "value", "vspace", "width",
})
TAGS = frozenset({
    "a", "abbr", "address", "article", "b", "bdi", "bdo", "blockquote", "br", "caption", "center", "cite", "code",
    "col", "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font", "h1", "h2",
    "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "picture", "pre", "q", "rp",
    "rt", "ruby", "s", "samp", "section", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody",
    "td", "tfoot", "th", "thead", "time", "tr", "tt", "u", "ul", "var", "wbr",
})
# fmt: on
"""Both lists repeat those of `sanitise` on purpose: a name added there by mistake is missing here."""
_TAG = re.compile(r"<(/?)([a-z0-9]+)((?: [a-z]+=\"[^\"]*\")*)>")
_ATTRIBUTE = re.compile(r" ([a-z]+)=\"([^\"]*)\"")
_TEXT = re.compile(r"(?:[^<>&]|&(?:amp|lt|gt|#\d+);)*")
_VALUE = re.compile(r"(?:[^\"&]|&(?:amp|lt|gt|quot|#\d+);)*")
_URL = re.compile(r"https?://[A-Za-z0-9\u0080-\U0010ffff.:\[\]_-]+(?:[/?#][^\s<>\"\\^`{|}\x00-\x20\x7f-\xa0]*)?")
_STYLE = re.compile(r"(?:\s*[a-z-]+\s*:[\w\s#%.,+!-]*(?:rgba?\([\d\s.,%]+\))?[\w\s#%.,+!-]*(?:;|$))*", re.IGNORECASE)
_BAD_STYLE = re.compile(
    r"position|behavio|binding|expression|url|import|content|margin[a-z-]*\s*:[^;]*-|(?:padding|indent)[a-z-]*\s*:[^;.]*\d{3}",
    re.IGNORECASE,
)


def active(body: str) -> str:
    """The first thing in `body` that is active or not in the serialiser's spelling; empty when there is none."""
    position = 0
    for tag in _TAG.finditer(body):
        if not _TEXT.fullmatch(body, position, tag.start()):
            return f"text: {body[position : tag.start()]!r}"
        position = tag.end()
        if tag[2] not in TAGS:
            return f"element: {tag[0]!r}"
        for name, value in _ATTRIBUTE.findall(tag[3]):
            if flaw := _attribute(name, value):
                return f"{flaw}: {tag[0]!r}"
    return "" if _TEXT.fullmatch(body, position) else f"text: {body[position:]!r}"


def _attribute(name: str, value: str) -> str:
    if name not in ATTRIBUTES:
        return "attribute"
    if not _VALUE.fullmatch(value):
        return "value"
    text = unescape(value)
    if name in ("src", "href", "cite"):
        mail = name == "href" and re.fullmatch(r"mailto:[^\s<>\"\\^`{|}\x00-\x20\x7f-\xa0]*", text)
        return "" if mail or _URL.fullmatch(text) else "URL"
    if name == "style":
        return "" if _STYLE.fullmatch(text) and not _BAD_STYLE.search(text) else "style"
    return ""
