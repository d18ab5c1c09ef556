"""Who wrote an article: people, not the portal.

In: the document, its JSON-LD object, the headline's element. Out: names in the page's order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml.html import HtmlElement

from . import statements
from .dates import around, own_text, text_of
from .document import Document
from .names import people
from .sites import Site

AUTHOR_META = (
    "author", "byl", "article:author", "article:author_name", "og:article:author", "og:author", "dc.creator",
    "dcterms.creator", "parsely-author", "sailthru.author", "cxenseparse:author", "citation_author", "authors", "article.author",
    "article_author", "author_name", "byline", "bytedance:author", "creator", "mediaid_", "vr:author",
)  # fmt: skip
_CLASS = re.compile(
    r"(?:^|[\s_-])(?:by-?line|author|writer|reporter|zuozhe|autor|auteur|kisha|journalist)s?(?:$|[\s_-]|name|link|info)",
    re.IGNORECASE,
)
_CJK = re.compile(
    r"(?:作\s*者|撰\s*文|撰稿|文|特约记者|本报记者|本刊记者|实习记者|见习记者|记\s*者|采写|記者)\s*[:：/／|｜丨]\s*(?P<names>[^\n:：|｜()（）【】\[\]<>。；;，,]{2,40})"
)

_SOURCE = re.compile(r"(?:来\s*源|來\s*源|出处|转自|稿源)\s*[:：]\s*(?P<names>[^\s:：|｜()（）【】<>]{2,30})")
"""The source of a text is nobody's name, but a site may declare that it stands where others put the author."""


def find(document: Document, site: Site | None, headline: HtmlElement | None, portal: Iterable[str]) -> tuple[str, ...]:
    """The authors; empty when the page names no person. `portal` are names of the publication, never an author."""
    portal = tuple(portal)
    if site is not None:
        for selector in site.authors:
            names = tuple(name for element in document.tree.cssselect(selector) if (name := text_of(element)))
            if names:
                return tuple(dict.fromkeys(names))
        declared = [text_of(element) for selector in site.byline for element in document.tree.cssselect(selector)]
        for pattern, excluded in ((_CJK, portal), (_SOURCE, ())):
            for text in declared:
                if (found := pattern.search(text)) and (names := people([found["names"]], excluded)):
                    return names
    for text in _signals(document, headline):
        names = people(text, portal)
        if names:
            return names
    return ()


def _signals(document: Document, headline: HtmlElement | None) -> Iterator[tuple[str, ...]]:
    node = statements.article(document)
    yield tuple(_stated(document, node.get("author")))
    yield tuple(_stated(document, node.get("creator")))
    for name in AUTHOR_META:
        yield document.metas.get(name, ())
    tree = document.tree
    yield tuple(text_of(element) for element in tree.xpath("//*[@rel='author']")[:8])
    yield tuple(element.get("content") or text_of(element) for element in tree.xpath("//*[@itemprop='author']")[:8])
    if headline is not None:
        for element in around(headline):
            if _CLASS.search(f"{element.get('class') or ''} {element.get('id') or ''}"):
                yield (own_text(element),)
        for element in around(headline):
            text = own_text(element)
            if text and len(text) < 200 and (found := _CJK.search(text)):
                yield (found["names"],)


def _stated(document: Document, value: object) -> Iterator[str]:
    for author in statements.resolved(document, value):
        if isinstance(author, dict):
            if "Organization" in statements.kind_of(author):
                continue
            name = author.get("name")
            for one in name if isinstance(name, list) else [name]:
                yield statements.text(one)
        elif isinstance(author, str):
            yield statements.text(author)
