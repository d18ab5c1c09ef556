"""`<script type="application/ld+json">` → objects: what publishers state about a page for search engines.

A tree in, the top-level objects out. Lenient about comments, raw line feeds inside strings, trailing commas and
semicolons; what can't be read even so is left out.
"""

from __future__ import annotations

import json
import re

from lxml.html import HtmlElement

MAX_CHARACTERS = 2_000_000
"""Per script; the longest recorded one has 180,000."""

_OPENING = re.compile(r"^\s*(?:<!--|(?://|/\*)?\s*<!\[CDATA\[\s*(?:\*/)?)")
_CLOSING = re.compile(r"(?:-->|(?://|/\*)?\s*\]\]>\s*(?:\*/)?)\s*;?\s*$")
_CONTROL = re.compile(r"[\x00-\x1f]+")
_TRAILING_COMMA = re.compile(r",\s*([}\]])")


def read(tree: HtmlElement) -> tuple[dict[str, object], ...]:
    """Every object at the top level of a script, with lists and `@graph` unfolded, in document order."""
    found: list[dict[str, object]] = []
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text and len(script.text) <= MAX_CHARACTERS:
            _unfold(parse(script.text), found)
    return tuple(found)


def parse(text: str) -> object:
    """The JSON value of a script's text; None when it is none."""
    text = _CLOSING.sub("", _OPENING.sub("", text)).strip().rstrip(";")
    for attempt in range(3):
        if attempt == 1:
            text = _CONTROL.sub(" ", text)
        elif attempt == 2:
            text = _TRAILING_COMMA.sub(r"\1", text)
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            continue
    return None


def _unfold(value: object, found: list[dict[str, object]]) -> None:
    pending = [value]
    while pending:
        value = pending.pop(0)
        if isinstance(value, list):
            pending[:0] = value
        elif isinstance(value, dict):
            graph = value.get("@graph")
            if isinstance(graph, list | dict):
                pending.insert(0, graph)
            if len(value) > ("@graph" in value) + ("@context" in value):
                found.append(value)
