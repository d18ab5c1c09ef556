"""JSON-LD of a page → the object that describes the article, and values of its properties.

In: a document. Out: the object, empty when there is none; references by `@id` are followed within the page.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from crawler.extractors.document import Document
from crawler.extractors.dom import INLINE

Node = Mapping[str, Any]
"""A JSON-LD object."""

_ARTICLE = re.compile(
    r"Article|BlogPosting|SocialMediaPosting|DiscussionForumPosting|Report$|LiveBlog|Review$|Recipe$|Interview"
)
_PAGE = re.compile(r"^(?:Web|Item|About|QA|FAQ|MedicalWeb)Page$|Video|Podcast|CreativeWork|Event$")
ARTICLE = 20
"""Points for an article's type: more than all others together."""
_DEPTH = 4
"""Levels of nesting that are searched; the deepest seen is WebPage → mainEntity → Article."""
_TAG = re.compile(r"</?([a-z][a-z0-9]*)[^<>]{0,200}>", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Characters that only JSON can hold: `\\u0000`, half of a surrogate pair."""


def article(document: Document) -> Node:
    """Return the object that describes the page's article; empty when there is none.

    An object of an article's type is preferred to one of a page's type, and that to an untyped one with a date of
    publication (Baidu's `pubDate`). Among equals the one with the most properties counts.
    """
    return next(iter(_ranked(document)), {})


def value(document: Document, name: str) -> Any:
    """Return a property of the article, from the best object that has it: some pages describe it in several."""
    return next((node[name] for node in _ranked(document) if node.get(name)), None)


_RANKED: WeakKeyDictionary[Document, tuple[Node, ...]] = WeakKeyDictionary()
"""Results of `_ranked` for documents in use: title, dates, bylines and images all call it."""


def _ranked(document: Document) -> tuple[Node, ...]:
    """Rank the objects that can describe the article, the best first."""
    if document in _RANKED:
        return _RANKED[document]
    title = document.title_element.casefold()
    rated = [(_points(node, title), node) for node in _nodes(document)]
    top = max((points for points, _ in rated), default=0)
    kept = [(points, node) for points, node in rated if points > 0 and (points >= ARTICLE or top < ARTICLE)]
    _RANKED[document] = tuple(node for _, node in sorted(kept, key=lambda row: -row[0]))
    return _RANKED[document]


def _points(node: Node, title: str) -> int:
    """Rate how well an object describes the article; 0 when it does not."""
    kinds = kind_of(node)
    headline = text(node.get("headline") or node.get("title") or node.get("name"))
    filled = sum(
        bool(node.get(key)) for key in ("datePublished", "author", "headline", "articleBody", "image", "pubDate")
    )
    points = filled
    if any(_ARTICLE.search(kind) for kind in kinds):
        points += ARTICLE
    elif any(_PAGE.search(kind) for kind in kinds):
        points += 3
    elif not node.get("pubDate") and not node.get("datePublished"):
        return 0
    if headline and headline.casefold()[:40] in title:
        points += 5
    return points


def _nodes(document: Document) -> Iterator[Node]:
    """Yield the page's objects and those nested in them that may describe the article."""
    pending: list[tuple[object, int]] = [(node, 0) for node in document.jsonld]
    seen = 0
    while pending and seen < 2000:
        value, depth = pending.pop(0)
        seen += 1
        if isinstance(value, list):
            pending.extend((item, depth) for item in value[:200])
        elif isinstance(value, dict):
            yield value
            if depth < _DEPTH:
                pending.extend(
                    (value[key], depth + 1)
                    for key in (
                        "mainEntity",
                        "mainEntityOfPage",
                        "about",
                        "itemListElement",
                        "hasPart",
                        "item",
                        "subjectOf",
                    )
                    if isinstance(value.get(key), dict | list)
                )


def kind_of(node: Node) -> tuple[str, ...]:
    """Return the `@type` of an object as a tuple."""
    kinds = node.get("@type")
    return tuple(map(str, kinds)) if isinstance(kinds, list) else (str(kinds or ""),)


def resolved(document: Document, value: object) -> list[object]:
    """Return a property's values as a list, with references by `@id` replaced by their objects."""
    values = [
        item
        for held in (value if isinstance(value, list) else [] if value is None else [value])
        for item in (held if isinstance(held, list) else [held])
    ]
    by_id = {str(node["@id"]): node for node in document.jsonld if "@id" in node and len(node) > 1}
    return [
        by_id.get(str(item["@id"]), item) if isinstance(item, dict) and "@id" in item and "name" not in item else item
        for item in values
    ]


def text(value: object) -> str:
    """Return a property as plain text: entities decoded, tags removed.

    A list is read as its first item, an object as its `@value` or `name`.
    """
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name") or ""
    if not isinstance(value, str):
        return ""
    return " ".join(_CONTROL.sub("", _TAG.sub(_gap, html.unescape(value))).split())


def _gap(tag: re.Match[str]) -> str:
    """Return what stands for a tag: nothing inside a line of text, a space where a line ends."""
    return "" if tag[1].lower() in INLINE else " "
