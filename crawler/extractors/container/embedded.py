"""Document → the article that only a script or `<noscript>` holds.

Scripts hold it in JSON-LD, in a framework's hydration state, or in streamed JSON. They are read only when the page's
markup holds little prose. The result is parsed HTML that is cleaned like a container of the page.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator

from lxml.etree import tostring
from lxml.html import HtmlElement

from crawler.extractors.container.survey import survey, weigh
from crawler.extractors.document import Document, parse_text
from crawler.extractors.dom import raw_text
from crawler.extractors.jsonld import parse as parse_json

LITTLE = 200.0
"""Weighted characters of prose in the markup below which scripts are read."""
TIMES = 1.8
"""How many times the markup's prose a script must hold."""
SHORTEST = 400.0
"""Weighted characters of the shortest article in a script."""
MAX_NODES = 200_000
"""How many JSON values are read per page."""
MAX_SCRIPT = 4_000_000
"""Characters of the longest script that is read."""
MAX_FAILURES = 50
"""How many places of one script may look like the beginning of JSON and fail to parse."""

_JSON_BEGINS = re.compile(r"""(?:=|\(|return|:)\s*(?=[{\[]["{\[])|JSON\.parse\(\s*(?=["'])""")
_STREAMED = re.compile(r"__next_f\.push\(\s*(?=\[)")
"""Next.js streams its state in such calls."""
_TEXT_KEYS = ("content", "text", "html", "value", "body", "paragraph", "articleBody", "children", "data")
_WORDS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]{3,}")
_DECODER = json.JSONDecoder(strict=False)


def find(document: Document, title: str, prose: float) -> HtmlElement | None:
    """Find an article in scripts that fits the page's title, and return it as a `<div>`; `prose` is the markup's."""
    if prose >= LITTLE:
        return None
    topic = _words(f"{title} {document.meta('og:description', 'description')}")
    best: HtmlElement | None = None
    most = max(SHORTEST, TIMES * prose)
    for markup in dict.fromkeys(_markups(document)):
        tree = parse_text(f"<div>{markup}</div>").find(".//div") if weigh(markup) >= SHORTEST else None
        if tree is None:
            continue
        held = survey(tree).measures[tree].prose
        if held > most and _is_about(raw_text(tree), topic):
            best, most = tree, held
    return best


def _words(text: str) -> set[str]:
    return set(_WORDS.findall(text.casefold()))


def _is_about(text: str, topic: set[str]) -> bool:
    """Whether a text has enough words of the page's title and description."""
    return not topic or len(topic & _words(text)) >= 0.4 * len(topic)


def _markups(document: Document) -> Iterator[str]:
    """Yield every piece of HTML in `<noscript>`, JSON-LD and scripts that could be an article."""
    yield from map(_inside, document.tree.iter("noscript"))
    budget = [MAX_NODES]
    for stated in document.jsonld:
        yield from _in_value(stated, budget)
    streamed: list[str] = []
    for script in document.tree.iter("script"):
        source = script.text or ""
        if not 400 <= len(source) <= MAX_SCRIPT or "ld+json" in (script.get("type") or ""):
            continue
        if _STREAMED.search(source):
            streamed.extend(_pushed(source))
        else:
            for value in _values(source, "json" in (script.get("type") or "")):
                yield from _in_value(value, budget)
    for piece in streamed:
        if "<p" in piece or "<br" in piece:
            yield piece[piece.index("<") :]
    for line in "".join(streamed).split("\n"):
        start = line.find(":")
        if 0 <= start < 8 and line[start + 1 : start + 2] in ("{", "["):
            value = parse_json(line[start + 1 :])
            yield from _in_value(value, budget)


def _inside(noscript: HtmlElement) -> str:
    return (noscript.text or "") + "".join(tostring(child, encoding="unicode") for child in noscript)


def _pushed(source: str) -> Iterator[str]:
    """Yield the strings that a script of Next.js adds to its streamed state."""
    failures = 0  # for each, the decoder counts the lines of the whole script
    for match in _STREAMED.finditer(source):
        try:
            value, _ = _DECODER.raw_decode(source, match.end())
        except (ValueError, RecursionError):
            failures += 1
            if failures > MAX_FAILURES:
                return
            continue
        if isinstance(value, list) and len(value) > 1 and isinstance(value[1], str):
            yield value[1]


def _values(source: str, whole: bool) -> Iterator[object]:
    """Yield the JSON values in a script: the `whole` script, or those that it assigns, passes or returns."""
    if whole:
        yield parse_json(html.unescape(source) if "&quot;" in source else source)
        return
    end = tries = 0
    for match in _JSON_BEGINS.finditer(source):
        if match.end() < end or tries > MAX_FAILURES:
            continue
        tries += 1
        try:
            value, end = _DECODER.raw_decode(source, match.end())
        except (ValueError, RecursionError):
            continue
        yield parse_json(value) if isinstance(value, str) else value


def _in_value(value: object, budget: list[int]) -> Iterator[str]:
    """Yield HTML from the strings and lists of blocks in a JSON value; at most `budget[0]` more values are read."""
    pending = [value]
    while pending and budget[0] > 0:
        value = pending.pop()
        budget[0] -= 1
        if isinstance(value, dict):
            for key, child in value.items():
                if isinstance(child, str):
                    if len(child) > 150 and ("<p" in child or "<br" in child or "\n" in child or key in _TEXT_KEYS):
                        yield _paragraphs(child)
                elif isinstance(child, dict | list):
                    pending.append(child)
        elif isinstance(value, list):
            joined = [piece for item in value if (piece := _piece(item))]
            if len(joined) > 2:
                yield "\n".join(joined)
            pending.extend(item for item in value if isinstance(item, dict | list))


def _piece(item: object) -> str:
    """Turn one item of a list of blocks (paragraphs, headings …) into HTML; empty when it is no text."""
    if isinstance(item, str):
        return _paragraphs(item) if len(item) > 40 else ""
    if not isinstance(item, dict):
        return ""
    kind = str(item.get("type") or item.get("__typename") or item.get("kind") or "").lower()
    for key in _TEXT_KEYS:
        value = item.get(key)
        if isinstance(value, str) and value.strip() and not value.startswith(("http://", "https://")):
            if "head" in kind or kind in ("h2", "h3"):
                return f"<h2>{value}</h2>"
            return _paragraphs(value) if not kind or re.search("par|text|html|p$|quote|list|body", kind) else ""
    return ""


def _paragraphs(text: str) -> str:
    """Return HTML unchanged, and the lines of plain text as paragraphs."""
    if "&lt;p" in text:
        text = html.unescape(text)
    if re.search(r"<(?:p|br|div|h[1-6]|li)\b", text):
        return text
    return "".join(f"<p>{line.strip()}</p>\n" for line in re.split(r"\n+|\r+", text) if line.strip())
