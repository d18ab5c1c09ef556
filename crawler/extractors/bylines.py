"""Who wrote an article: people, not the portal.

In: the document, the headline's element, the language, names of the publication. Out: names in the page's order. Markup
that states an author comes first in European languages; in Chinese the words of the text do: there it names the portal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml.html import HtmlElement

from . import bylines_cjk, statements, text
from .dates import around, own_text, text_of
from .document import Document
from .names import key, named, people
from .sites import Site

AUTHOR_META = (
    "author", "byl", "article:author", "article:author_name", "article:byline", "og:article:author",
    "og:author", "dc.creator",
    "dcterms.creator", "parsely-author", "sailthru.author", "cxenseparse:author", "citation_author", "authors",
    "article.author",
    "article_author", "author_name", "byline", "bytedance:author", "creator", "vr:author",
    "branch:deeplink:authorname1",
)  # fmt: skip
_CLASS = re.compile(
    r"(?:^|[\s_-]|(?<=[a-z]))(?:by-?line|author|authname|writer|reporter|zuozhe|autor|auteur|autore|kisha|journalist|"
    r"redakteur|"
    r"skribent|writtenby)s?(?=$|[\s_A-Z-]|name|link|info)",
    re.IGNORECASE,
)
_NOT_CLASS = re.compile(
    r"bio|avatar|photo|img|image|related|teaser|card|comment|follow|social|desc|title|promo", re.IGNORECASE
)
_PROFILE = re.compile(
    r"/(?:authors?|autor(?:en|es|i)?|auteurs?|bios?|profiles?|people|staff|contributors?|journalist[ae]?n?|by|"
    r"reporters?)/[^/?#]+/?$"
)
_BY = re.compile(r"^(?:by|von|par|por|di|av|af|door|text|autor|автор)\s*:?\s+\S", re.IGNORECASE)
_HEAD = 6
"""Lines from the headline on that can hold date, source and byline."""
_BEFORE_BODY = 90
"""Elements after the headline in which markup is a byline rather than a teaser's; `around` yields 400."""
_SOURCE = re.compile(r"(?:来\s*源|來\s*源|出处|转自|稿源)\s*[:：]\s*(?P<names>[^\s:：|｜()（）【】<>]{2,30})")
"""The source of a text is nobody's name, but a site may declare that it stands where others put the author."""
_COMMENTS = "ancestor::*[contains(@class,'comment') or contains(@id,'comment')]"


def find(
    document: Document, site: Site | None, headline: HtmlElement | None, language: str, portal: Iterable[str]
) -> tuple[str, ...]:
    """The authors. Empty when the page names none; an organisation only where the page itself states it as the author
    and names no person. `portal` are names of the publication."""
    portal = tuple(portal)
    if site is not None and (names := _declared(document, site, headline, portal)):
        return names
    east_asian = language in ("zh", "ja", "ko")
    signals = [_markup(document, headline, portal)]
    if east_asian:
        conventions = (bylines_cjk.find(_lines(document, headline), language),)
        signals.insert(0 if language == "zh" else 1, iter(conventions))
    for signal in signals:
        for names in signal:
            names = tuple(name for name in names if key(name) not in {key(other) for other in portal})
            if names:
                return names
    stated = tuple(_stated(document, statements.value(document, "author")))
    if len(stated) == 1 and 2 <= len(stated[0]) <= 50 and "//" not in stated[0]:
        return stated
    return named(stated) or _owner(document, language)


def _owner(document: Document, language: str) -> tuple[str, ...]:
    """The publication as its own author: only where the page states it, as personal sites do."""
    return () if language == "zh" else people(document.metas.get("author", ())[:1])


def _declared(document: Document, site: Site, headline: HtmlElement | None, portal: tuple[str, ...]) -> tuple[str, ...]:
    tree = document.tree
    for selector in site.authors:
        names = tuple(name for element in tree.cssselect(selector) if (name := text_of(element)))
        if names:
            return tuple(dict.fromkeys(names))
    declared = [text_of(element) for selector in site.byline for element in tree.cssselect(selector)]
    if site.byline and not declared:  # a twin of another layout: the lines below the headline
        declared = [line for line in _lines(document, headline)[:_HEAD] if len(line) <= 60]
    if names := bylines_cjk.find(declared, "zh") or people(filter(_BY.match, declared), portal):
        return names
    for line in declared:
        if found := _SOURCE.search(line):
            return people([found["names"]]) or (found["names"],)
    return ()


def _markup(document: Document, headline: HtmlElement | None, portal: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    tree = document.tree
    for name in ("author", "creator"):
        yield people(_stated(document, statements.value(document, name), persons=True), portal)
    for name in AUTHOR_META:
        yield people(document.metas.get(name, ()), portal)
    if document.meta("twitter:label1").casefold() in (
        "written by",
        "verfasst von",
        "écrit par",
        "escrito por",
        "scritto da",
    ):
        yield people([document.meta("twitter:data1")], portal)
    for path in (f"//*[@rel='author'][not({_COMMENTS})]", f"//*[@itemprop='author'][not({_COMMENTS})]"):
        elements = tree.xpath(path)
        if len(elements) <= 8:
            yield people((element.get("content") or _name_inside(element) for element in elements), portal)
    if headline is None:
        return
    near = [element for _, element in zip(range(_BEFORE_BODY), around(headline), strict=False)]
    for element in near:
        names = f"{element.get('class') or ''} {element.get('id') or ''}"
        if element.get("data-tb-author") is not None or (_CLASS.search(names) and not _NOT_CLASS.search(names)):
            yield _capitalised(people([own_text(element)], portal))
    for element in near:
        if element.tag == "a" and _PROFILE.search(element.get("href") or ""):
            yield _capitalised(people([own_text(element)], portal))
    for element in near:
        line = own_text(element)
        if len(line) <= 80 and _BY.match(line):
            yield _capitalised(people([line], portal))


def _capitalised(names: tuple[str, ...]) -> tuple[str, ...]:
    """Without words that begin small: labels near the headline are no names."""
    return tuple(name for name in names if not name[0].islower())


def _name_inside(element: HtmlElement) -> str:
    """Text of the element's `itemprop=name`, else its own."""
    named = element.xpath(".//*[@itemprop='name']")
    return (named[0].get("content") or text_of(named[0])) if named else text_of(element)


def _lines(document: Document, headline: HtmlElement | None) -> list[str]:
    """The page's lines from the headline on."""
    lines = text.lines(document.tree)
    if headline is not None:
        first = text_of(headline)
        for place, line in enumerate(lines):
            if line == first:
                return lines[place:]
    return lines


def _stated(document: Document, value: object, *, persons: bool = False) -> Iterator[str]:
    """Names of a JSON-LD property; with `persons` without those of organisations."""
    for author in statements.resolved(document, value):
        if isinstance(author, dict):
            if persons and any("Organization" in kind for kind in statements.kind_of(author)):
                continue
            name = author.get("name")
            for one in name if isinstance(name, list) else [name]:
                yield statements.text(one)
        elif isinstance(author, str):
            yield statements.text(author)
