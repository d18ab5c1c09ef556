"""The page's `<script type="application/ld+json">` → objects that describe it for search engines.

Repairs comments, raw line feeds in strings, escaped markup, missing and superfluous commas, and quotation marks inside
strings. From a script that stays unreadable, it takes the article's simple properties.
"""

from __future__ import annotations

import html
import json
import re

from lxml.html import HtmlElement

MAX_CHARACTERS = 2_000_000
"""Longest script that is read; the longest recorded one has 180,000."""

REPAIRED = 300_000
"""Characters of the longest script that gets all repairs."""

_OPENING = re.compile(r"^(?:<!--|(?://|/\*)?\s{0,9}<!\[CDATA\[\s{0,9}(?:\*/)?)")
_CLOSING = re.compile(r"(?:-->|(?://|/\*)?\s{0,9}\]\]>\s{0,9}(?:\*/)?)\s{0,9};?$")
_LONGEST_CLOSING = 40
_CONTROL = re.compile(r"[\x00-\x1f]+")
_COMMENT = re.compile(r"""("(?:[^"\\\n]|\\.)*"?)|/\*.{0,500}?\*/|//[^\n]*""", re.DOTALL)
_TRAILING_COMMA = re.compile(r",\s*(?=[}\]])|,(?=\s*,)")
_MISSING_COMMA = re.compile(r"""(["}\]0-9el])([ ]*\n[ ]*)(?="[\w@$-]{1,40}"\s*:)""")
_QUOTATION = re.compile(r"""([^{\[,:\\\s]\s*)"(?=\s*[^\s}\],:])""")
"""A quotation mark inside a string, where it should have been escaped: it neither opens nor closes the string."""
_PROPERTY = re.compile(
    r'"(@type|headline|datePublished|dateModified|dateCreated|description|articleSection|pubDate|upDate)"\s*:\s*'
    r'"((?:[^"\\\n]|\\.){1,500})"\s*(?=[,}\n])'
)
_AUTHOR = re.compile(r'"author"\s*:[^"]{0,20}(?:"@type"\s*:\s*"(\w+)"[^"]{0,20})?"name"\s*:\s*"([^"\\\n]{1,100})"')


def read(tree: HtmlElement) -> tuple[dict[str, object], ...]:
    """Return the top-level objects of all scripts in document order, with lists and `@graph` flattened."""
    found: list[dict[str, object]] = []
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text and len(script.text) <= MAX_CHARACTERS:
            _unfold(parse(script.text), found)
    return tuple(found)


def parse(text: str) -> object:
    """Parse the JSON of a script, repaired if needed; None when nothing can be read."""
    text = text.strip()
    opening = _OPENING.match(text)
    text = text[opening.end() if opening else 0 :].strip()
    text = (text[:-_LONGEST_CLOSING] + _CLOSING.sub("", text[-_LONGEST_CLOSING:])).strip().rstrip(";")
    repairs = (_same, _decoded, _without_controls, _uncommented, _with_commas, _escaped)  # each after all before it
    for repair in repairs if len(text) <= REPAIRED else repairs[:3]:
        text = repair(text)
        try:
            value: object = json.loads(text, object_hook=_plain)
        except (ValueError, RecursionError):
            continue
        return value
    return _salvaged(text)


def _plain(node: dict[str, object]) -> object:
    """Read a list or set object as the array that it holds (JSON-LD 1.1, 9.7.1 and 9.7.2)."""
    for name in ("@list", "@set"):
        if name in node and node.keys() <= {name, "@index"}:
            return node[name]
    return node


def _same(text: str) -> str:
    return text


def _decoded(text: str) -> str:
    """Decode HTML entities, which have no meaning in scripts: `{&quot;@type&quot;: …`."""
    return html.unescape(text) if "&quot;" in text[:200] or "&#34;" in text[:200] else text


def _without_controls(text: str) -> str:
    return _CONTROL.sub(lambda found: "\n" if "\n" in found[0] else " ", text)


def _uncommented(text: str) -> str:
    return _TRAILING_COMMA.sub("", _COMMENT.sub(lambda found: found[1] or " ", text))


def _with_commas(text: str) -> str:
    return _CONTROL.sub(" ", _MISSING_COMMA.sub(r"\1,\2", text))


def _escaped(text: str) -> str:
    return _QUOTATION.sub(r'\1\\"', text)


def _salvaged(text: str) -> dict[str, object] | None:
    """Find an article's simple properties by regular expressions; None when no type is among them."""
    found: dict[str, object] = {}
    for name, value in _PROPERTY.findall(text):
        found.setdefault(name, value.replace('\\"', '"').replace("\\/", "/"))
    if author := _AUTHOR.search(text):
        found["author"] = {"@type": author[1] or "Person", "name": author[2]}
    return found if "@type" in found and len(found) > 1 else None


def _unfold(value: object, found: list[dict[str, object]]) -> None:
    """Append the objects in lists and `@graph` to `found`, except empty ones."""
    pending = [value]  # a stack: taking a million numbers from the head of a list takes hours
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending.extend(reversed(value))
        elif isinstance(value, dict):
            graph = value.get("@graph")
            if isinstance(graph, list | dict):
                pending.append(graph)
            if len(value) > ("@graph" in value) + ("@context" in value):
                found.append(value)
