"""Bodies as Markdown: sanitised HTML in, CommonMark with GitHub's tables and ~~strikethrough~~ out, and back. Pure.

markdownify walks the tree. Written anew here is what generators act on (braces, fences), what CommonMark reads
differently beside Chinese, Japanese or Korean letters, tables, and whatever takes more than linear time.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString
from markdownify import MarkdownConverter

from crawler.extractors.sanitise import MAX_ENTITIES, sanitise
from crawler.posts.escaping import escape, scrub
from crawler.posts.markdown_text import MARKS, address, escaped, lines, marked, split, with_signs

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

MOST_TAGS = 10_000
"""Tags (`<`) of the largest body that is converted: 0.1 to 0.7 s of CPU for seventeen kinds of bodies with so many. The
largest of 394 recorded articles has 6,263 (2026-11)."""
MOST_CHARACTERS = 500_000
DEEPEST = 60
"""Nested elements: each takes three calls of the 1,000 that Python allows."""
MOST_SPANNED = 20
"""Columns of a table over which one cell goes at most."""

# fmt: off
_HOLDERS = (
    "address", "article", "blockquote", "body", "center", "dd", "div", "figcaption", "figure", "li", "section",
)
"""Blocks that may have text beside other blocks."""
_BLOCKS = (
    *_HOLDERS, "caption", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ol", "p", "pre", "table", "tbody",
    "td", "tfoot", "th", "thead", "tr", "ul",
)
# fmt: on
_ONE_LINE = ("h1", "h2", "h3", "h4", "h5", "h6", "dt", "caption")
_CODE = ("pre", "code", "kbd", "samp", "tt")
_NOT_IN_CELLS = ("table", "ul", "ol", "dl", "pre", "blockquote", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr")
_ROW, _CELL, _CAPTION = "\uf8f8", "\uf8f9", "\uf8fa"
"""Stand for the ends of parts of a table."""
_OURS = re.compile("[\uf8f0-\uf8fa]|&#(?:x0*f8f[0-9a]|0*637(?:2[89]|3[0-8]));?", re.IGNORECASE)
_LINE = "warcpress-line"
"""Element around what is inline in a block beside other blocks."""
_PLAIN_CODE = re.compile("[^`{}|\ufffc]*")


@lru_cache(maxsize=1)
def converter() -> str:
    """What turns HTML into Markdown: libraries with their versions, and 8 hex digits of our own rules.

    A conversion record has it, so that the audit can tell a changed post from another version of the converter.
    """
    files = (Path(__file__).with_name(name) for name in ("markdown.py", "markdown_text.py"))
    rules = hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:8]
    return f"markdownify/{version('markdownify')}+{rules} beautifulsoup4/{version('beautifulsoup4')}"


def markdown_of(body: str, images: Mapping[str, str] | None = None) -> str | None:
    """Markdown of a sanitised body; None for one that is too large or too deep, which stays HTML.

    `images`: `src` of an `<img>` → the address to write instead.
    """
    body = scrub(_OURS.sub("", body)).replace("\r\n", "\n").replace("\r", "\n")
    if len(body) > MOST_CHARACTERS or body.count("<") > MOST_TAGS:
        return None
    soup = BeautifulSoup(f"<html><body>{body}</body></html>", "lxml")
    if soup.body is None or any(depth > DEEPEST for _element, depth in _elements(soup.body)):
        return None
    _prepare(soup.body)
    text = with_signs(_Converter(images or {}).convert_soup(soup.body)).strip("\n")
    # Read back, each of these signs may be an entity, and the sanitiser refuses more.
    return None if sum(map(text.count, '&"<>')) > MAX_ENTITIES else text


def html_of(markdown: str) -> str:
    """HTML of Markdown, sanitised as bodies are."""
    return sanitise(_reader().render(markdown))


@lru_cache(maxsize=1)
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"maxNesting": 4 * DEEPEST}).enable(["table", "strikethrough"])
    reader.normalizeLink = lambda url: url  # type: ignore[method-assign]  # addresses stay as the post has them
    return reader


def _elements(top: Tag) -> Iterator[tuple[Tag, int]]:
    """Yield each element below `top` with its depth."""
    waiting = [(top, 0)]
    while waiting:
        element, depth = waiting.pop()
        for child in element.children:
            if isinstance(child, Tag):
                yield child, depth + 1
                waiting.append((child, depth + 1))


def _prepare(body: Tag) -> None:
    """Bring a tree into the forms that Markdown has: nothing inline around blocks, tables of plain cells."""
    around_blocks: set[int] = set()
    for element, _depth in reversed(list(_elements(body))):
        if element.parent is not None and (element.name in _BLOCKS or id(element) in around_blocks):
            around_blocks.add(id(element.parent))
        if id(element) in around_blocks and element.name not in _BLOCKS:
            _make_inline(element) if _is_one_link(element) else element.unwrap()
        elif id(element) in around_blocks and element.name in _ONE_LINE:
            _make_inline(element)
        elif element.name in _CODE and element.find(("img", *_BLOCKS)):
            element.name = "div" if element.name == "pre" else "span"
        elif element.name == "table":
            _prepare_table(element)
    for holder in [body, *body.find_all(_HOLDERS)]:
        _wrap(holder)


def _wrap(holder: Tag) -> None:
    """Put what is inline in a block into elements of its own, which begin and end a line."""
    line: Tag | None = None
    for child in [child.extract() for child in list(holder.contents)]:  # from the front: each is found at once
        if isinstance(child, Tag) and child.name in _BLOCKS:
            line = None
            holder.append(child)
            continue
        if line is None:
            line = Tag(name=_LINE)
            holder.append(line)
        line.append(child)


def _make_inline(element: Tag) -> None:
    """Let a link, heading or cell around blocks have only their texts and pictures, with a space between them."""
    for block in element.find_all(_BLOCKS):
        block.insert_before(" ")
        block.insert_after(" ")
        block.unwrap()


def _is_one_link(element: Tag) -> bool:
    return element.name == "a" and bool(element.get("href")) and not element.find("a")


def _prepare_table(table: Tag) -> None:
    """Bring the cells of a table into one line each; of one that only places things on a page make blocks."""
    if _is_plain_table(table):
        for cell in table.find_all(("td", "th")):
            _make_inline(cell)
        return
    for part in table.find_all(("caption", "colgroup", "thead", "tbody", "tfoot", "tr", "td", "th")):
        if part.find_parent("table") is table:
            part.name = "div"
    table.name = "div"


def _is_plain_table(table: Tag) -> bool:
    """Whether a table has more than one column and cells of one line each; others only place things on a page."""
    cells = table.find_all(("td", "th"))
    if any(cell.find(_NOT_IN_CELLS) or len(cell.find_all(("p", "div"), limit=3)) > 2 for cell in cells):
        return False
    return any(len(row.find_all(("td", "th"), limit=2)) > 1 for row in table.find_all("tr"))


class _Converter(MarkdownConverter):
    """Writes elements; each method gets an element, the Markdown of its content and the names of its parents."""

    def __init__(self, images: Mapping[str, str]) -> None:
        super().__init__(heading_style="atx", bullets="-", autolinks=False, sub_symbol="<sub>", sup_symbol="<sup>")
        self._images = images
        self._numbers: dict[int, int] = {}
        """Number of the next item, by the identity of the list."""

    def process_text(self, el: NavigableString, parent_tags: set[str] | None = None) -> str:
        inside = parent_tags or set()
        text = str(el) if "pre" in inside else re.sub("[ \t\n]+", " ", str(el))
        return text if "_noformat" in inside else escaped(text)

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        before, inner, after = split(re.sub("[ \n]+", " ", text))
        href = el.get("href")
        if "_noformat" in parent_tags or not inner or not href:
            return text
        if inner.startswith("^"):  # Jekyll's kramdown takes `[^` for a footnote
            inner = "&#94;" + inner[1:]
        return f"{before}[{inner}]({address(str(href))}{_title(el)}){after}"

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        src, alt = str(el.get("src") or ""), " ".join(str(el.get("alt") or "").split())
        return f"![{escaped(alt)}]({address(self._images.get(src, src))}{_title(el)})" if src else escaped(alt)

    def convert_br(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        if "_noformat" in parent_tags:
            return "\n" if "pre" in parent_tags else " "
        return " " if "_inline" in parent_tags else "  \n"

    def convert_strong(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        return marked("strong", text, parent_tags)

    def convert_em(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        return marked("em", text, parent_tags)

    def convert_del(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        return marked("del", text, parent_tags)

    convert_b, convert_i, convert_s, convert_strike = convert_strong, convert_em, convert_del, convert_del

    def convert_code(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        if "_noformat" in parent_tags:
            return text
        before, inner, after = split(" ".join(text.split()))
        if not _PLAIN_CODE.fullmatch(inner):  # entities mean themselves between backticks
            return f"{before}<code>{escaped(inner)}</code>{after}"
        begin, end = MARKS["code"]
        return f"{before}{begin}{inner}{end}{after}" if inner else text

    convert_kbd = convert_samp = convert_tt = convert_code

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        text = re.sub(r"^[ \t]*\n|\s+$", "", text)
        if not text:
            return ""
        if not _PLAIN_CODE.fullmatch(text):
            return f"\n\n{escape('<pre>' + _as_text(text) + '</pre>')}\n\n"
        code = el.find(class_=re.compile(r"^lang(?:uage)?-[\w+#-]+$")) if el.name else None
        classes = [*(el.get("class") or ()), *((code.get("class") if code else None) or ())]
        language = next((found[1] for name in classes if (found := _CODE_LANGUAGE.fullmatch(str(name)))), "")
        return f"\n\n```{language}\n{text}\n```\n\n"

    def convert_div(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        inner = text.strip(" \t\n")
        return f"\n\n{inner}\n\n" if inner else ""

    convert_address = convert_article = convert_center = convert_section = convert_div
    convert_figure = convert_figcaption = convert_dl = convert_dd = convert_div

    def convert_p(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        inner = lines(text)
        return f"\n\n{inner}\n\n" if inner else ""

    def convert_warcpress_line(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        inner = lines(text)
        return f"\n{inner}\n" if inner else ""

    def convert_dt(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return self.convert_div(el, marked("strong", text.strip(), parent_tags), parent_tags)

    def convert_hN(self, n: int, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        inner = re.sub(r"(?<!\\)(#+)$", r"\\\1", " ".join(text.split()))
        return f"\n\n{'#' * n} {inner}\n\n" if inner else ""

    def convert_hr(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        return "\n\n* * *\n\n"  # three hyphens also end a front matter

    def convert_blockquote(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        lines = text.strip(" \t\n").split("\n")
        return "\n\n" + "\n".join(f"> {line}" if line.strip() else ">" for line in lines) + "\n\n" if any(lines) else ""

    def convert_list(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        self._numbers.pop(id(el), None)
        if "li" in parent_tags and (el.name == "ul" or _number(el.get("start")) == 1):
            return "\n" + text.rstrip()
        return f"\n\n{text}\n\n"  # in a paragraph, only 1 begins a list

    convert_ul = convert_ol = convert_list

    def convert_li(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        bullet = "- "
        if el.parent is not None and el.parent.name == "ol":
            number = self._numbers.get(id(el.parent)) or _number(el.parent.get("start"))
            self._numbers[id(el.parent)] = number + 1
            bullet = f"{number}. "
        inner = text.strip(" \t\n")
        lines = inner.split("\n")
        indented = (" " * len(bullet) + line if line.strip() else "" for line in lines[1:])
        return bullet + "\n".join((lines[0], *indented)) + "\n" if inner.strip() else "\n"

    def convert_q(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        return f"\u201c{text}\u201d"

    def convert_ruby(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        return text if "_noformat" in parent_tags else f"<ruby>{text}</ruby>"

    def convert_rt(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        return text if "_noformat" in parent_tags else f"<rt>{text}</rt>"

    def convert_rp(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        return text if "_noformat" in parent_tags else f"<rp>{text}</rp>"

    def convert_table(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        caption, _, cells = text.rpartition(_CAPTION)
        rows = [row.split(_CELL)[:-1] for row in cells.split(_ROW)[:-1]]
        width = max(map(len, rows), default=0)
        first = rows.pop(0) if el.find("th") is not None or el.find("thead") is not None else [""] * width
        lines = [first, ["---"] * width, *rows]
        table = "\n".join("| " + " | ".join((*row, *[""] * (width - len(row)))) + " |" for row in lines)
        return f"\n\n{caption.strip()}\n\n{table}\n\n"

    def convert_caption(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        return " ".join(text.split()) + _CAPTION

    def convert_tr(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        return text + _ROW

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002
        span = str(el.get("colspan") or "1")
        further = min(int(span), MOST_SPANNED) - 1 if span.isascii() and span.isdigit() else 0
        return " ".join(text.split()) + _CELL * (1 + max(0, further))

    convert_th = convert_td


_CODE_LANGUAGE = re.compile(r"lang(?:uage)?-([\w+#-]+)")


def _number(start: object) -> int:
    text = str(start)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1


def _as_text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _title(element: Tag) -> str:
    title = " ".join(str(element.get("title") or "").split())
    return ' "{}"'.format(escaped(title).replace('"', '\\"')) if title else ""
