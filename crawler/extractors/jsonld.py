"""`<script type="application/ld+json">` → objects: what publishers state about a page for search engines.

A tree in, the top-level objects out. Lenient about comments, raw line feeds in strings, escaped markup, commas missing
or too many, quotation marks inside strings; of what can't be read even so the article's plain properties are kept.
"""

from __future__ import annotations

import html
import json
import re

from lxml.html import HtmlElement

MAX_CHARACTERS = 2_000_000
"""Per script; the longest recorded one has 180,000."""

MENDED = 300_000
"""Characters up to which a script is mended that is no JSON."""

_OPENING = re.compile(r"^(?:<!--|(?://|/\*)?\s{0,9}<!\[CDATA\[\s{0,9}(?:\*/)?)")
_CLOSING = re.compile(r"(?:-->|(?://|/\*)?\s{0,9}\]\]>\s{0,9}(?:\*/)?)\s{0,9};?$")
_CONTROL = re.compile(r"[\x00-\x1f]+")
_COMMENT = re.compile(r"""("(?:[^"\\\n]|\\.)*"?)|/\*.{0,500}?\*/|//[^\n]*""", re.DOTALL)
_TRAILING_COMMA = re.compile(r",\s*(?=[}\]])|,(?=\s*,)")
_MISSING_COMMA = re.compile(r"""(["}\]0-9el])([ ]*\n[ ]*)(?="[\w@$-]{1,40}"\s*:)""")
_QUOTATION = re.compile(r"""([^{\[,:\\\s]\s*)"(?=\s*[^\s}\],:])""")
"""A quotation mark that opens or closes nothing: inside a string, where it should have been escaped."""
_PROPERTY = re.compile(
    r'"(@type|headline|datePublished|dateModified|dateCreated|description|articleSection|pubDate|upDate)"\s*:\s*'
    r'"((?:[^"\\\n]|\\.){1,500})"\s*(?=[,}\n])'
)
_AUTHOR = re.compile(r'"author"\s*:[^"]{0,20}(?:"@type"\s*:\s*"(\w+)"[^"]{0,20})?"name"\s*:\s*"([^"\\\n]{1,100})"')


def read(tree: HtmlElement) -> tuple[dict[str, object], ...]:
    """Every object at the top level of a script, with lists and `@graph` unfolded, in document order."""
    found: list[dict[str, object]] = []
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text and len(script.text) <= MAX_CHARACTERS:
            _unfold(parse(script.text), found)
    return tuple(found)


def parse(text: str) -> object:
    """The JSON value of a script's text; None when it is none."""
    text = _CLOSING.sub("", _OPENING.sub("", text.strip()).strip()).strip().rstrip(";")
    mends = (_same, _decoded, _without_controls, _uncommented, _with_commas, _escaped)
    for mend in mends if len(text) <= MENDED else mends[:3]:
        text = mend(text)
        try:
            value: object = json.loads(text)
        except (ValueError, RecursionError):
            continue
        return value
    return _salvaged(text)


def _same(text: str) -> str:
    return text


def _decoded(text: str) -> str:
    """Markup escaped as in HTML, which scripts do not know: `{&quot;@type&quot;: …`."""
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
    """The plain properties of the first object; None when it has no type."""
    found: dict[str, object] = {}
    for name, value in _PROPERTY.findall(text):
        found.setdefault(name, value.replace('\\"', '"').replace("\\/", "/"))
    if author := _AUTHOR.search(text):
        found["author"] = {"@type": author[1] or "Person", "name": author[2]}
    return found if "@type" in found and len(found) > 1 else None


def _unfold(value: object, found: list[dict[str, object]]) -> None:
    pending = [value]  # the next one last: a list of a million numbers shifted at its head takes hours
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
