"""Who wrote an article: people, not the publication.

In: the document, the headline's element, the language, names of the publication. Out: names in the page's order. Markup
that states an author is read first, but for Chinese: there markup names the publication, so the text is read first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml.html import HtmlElement

from crawler.extractors import statements
from crawler.extractors.bylines import shown
from crawler.extractors.bylines.east_asian import CONVENTIONS, chinese, editors
from crawler.extractors.bylines.people import named, people
from crawler.extractors.dates.written import parse
from crawler.extractors.document import Document
from crawler.extractors.dom import text_lines, text_of
from crawler.extractors.languages import alternatives, merged
from crawler.extractors.sites import Site
from crawler.extractors.text_key import key

AUTHOR_META = (
    "author", "byl", "article:author", "article:author_name", "article:byline", "og:article:author",
    "og:author", "dc.creator",
    "dcterms.creator", "parsely-author", "sailthru.author", "cxenseparse:author", "citation_author", "authors",
    "article.author",
    "article_author", "author_name", "byline", "bytedance:author", "creator", "vr:author",
    "branch:deeplink:authorname1",
)  # fmt: skip
_ALL = merged()
_WRITTEN_BY = frozenset(_ALL.written_by)
_NO_TEXT = re.compile(r"//|[\[\]{}<>]")
_HEAD = 6
"""Lines from the headline on that can hold date, source and byline."""
_SOURCE = re.compile(rf"{alternatives(_ALL.source_labels)}\s*[:：]\s*(?P<names>[^\s:：|｜()（）【】<>]{{2,30}})")
"""The source of a text names no person, but a site may declare that it is in the place of the author."""


def find(
    document: Document, site: Site | None, headline: HtmlElement | None, language: str, portal: Iterable[str]
) -> tuple[str, ...]:
    """Find the authors; empty when the page names none.

    An organisation is returned only where the page states it as the author and names no person. `portal` are names of
    the publication, which never count.
    """
    portal = tuple(portal)
    if site is not None and (names := _declared(document, site, headline, portal)):
        return names
    lines = _lines(document, headline) if language in CONVENTIONS else []
    known = {key(name) for name in portal}
    conventional = tuple(name for name in CONVENTIONS[language](lines) if key(name) not in known) if lines else ()
    if language == "zh" and conventional:
        return conventional
    edited = editors(lines) if language == "zh" else frozenset()
    if names := tuple(name for name in _people(document, headline, portal) if name not in edited):
        return names
    return (
        conventional
        or _signed(headline, portal)
        or _organisations(document, headline, portal)
        or _unmarked(document, headline, portal)
        or _owner(document, language)
    )


def _people(document: Document, headline: HtmlElement | None, portal: tuple[str, ...]) -> tuple[str, ...]:
    """The people whom the page states for machines, or shows.

    In `<meta>` the name of an account or of a publisher is common, so a byline that is shown wins against it. A full
    name in `<meta>` wins against names that only a class or a link marks: those are often of a reviewer, or of people
    whom the article is about.
    """
    for name in ("author", "creator"):
        if names := people(_stated(document, statements.value(document, name), persons=True), portal):
            return names
    metas = next(filter(None, _in_metas(document, portal)), ())
    visible, texts = next((byline for byline in _shown(document, headline, portal) if byline[0]), ((), []))
    said, seen = set(map(key, metas)), set(map(key, visible))
    marked_only = seen.isdisjoint(said) and not any(map(shown.STARTS_BYLINE.match, texts))
    if metas and (seen <= said or (marked_only and all(map(shown.is_full, metas)))):
        return metas
    return visible


def _shown(
    document: Document, headline: HtmlElement | None, portal: tuple[str, ...], *, organisations: bool = False
) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Names of each byline that the page shows, and its texts.

    What only a class or a place marks must be shaped like a name. The first byline that has a name ends the search:
    those behind it are of entries of a live blog, of comments, of other articles.
    """
    read = named if organisations else people
    for texts in shown.stated(document, headline):
        yield read(texts, portal), texts
    for texts in shown.shown(headline):
        if names := tuple(filter(shown.is_shaped, named(texts))):
            yield read(names, portal), texts
            return


def _in_metas(document: Document, portal: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name in AUTHOR_META:
        yield people(document.metas.get(name, ()), portal)
    if document.meta("twitter:label1").casefold() in _WRITTEN_BY:
        yield people([document.meta("twitter:data1")], portal)


def _organisations(document: Document, headline: HtmlElement | None, portal: tuple[str, ...]) -> tuple[str, ...]:
    """The agency or the publisher that the page states or shows as the author; for pages that name no person."""
    stated = tuple(_stated(document, statements.value(document, "author")))
    if len(stated) == 1 and 2 <= len(stated[0]) <= 50 and not _NO_TEXT.search(stated[0]):
        return stated
    visible = _shown(document, headline, portal, organisations=True)
    return named(stated) or next((names for names, _ in visible if names), ())


def _unmarked(document: Document, headline: HtmlElement | None, portal: tuple[str, ...]) -> tuple[str, ...]:
    """A name beside the date below the headline."""
    alone = shown.alone(headline, lambda line: parse(line, document.captured) is not None)
    return next(filter(None, (people([name], portal) for name in alone)), ())


def _signed(headline: HtmlElement | None, portal: tuple[str, ...]) -> tuple[str, ...]:
    """A name at the right edge below the text."""
    lines = (people([line], portal) for line in shown.signed(headline))
    return next((names for names in lines if names and all(map(shown.is_full, names))), ())


def _owner(document: Document, language: str) -> tuple[str, ...]:
    """The name in `<meta name="author">`, even when it is the publication's: personal sites have no other."""
    return () if language == "zh" else people(document.metas.get("author", ())[:1])


def _declared(document: Document, site: Site, headline: HtmlElement | None, portal: tuple[str, ...]) -> tuple[str, ...]:
    tree = document.tree
    for selector in site.authors:
        names = tuple(name for element in tree.cssselect(selector) if (name := text_of(element)))
        if names:
            return tuple(dict.fromkeys(names))
    declared = [text_of(element) for selector in site.byline for element in tree.cssselect(selector)]
    if site.byline and not declared:  # another layout of the site: read the lines below the headline
        declared = [line for line in _lines(document, headline)[:_HEAD] if len(line) <= 60]
    if names := chinese(declared) or people(filter(shown.STARTS_BYLINE.match, declared), portal):
        return names
    for line in declared:
        if found := _SOURCE.search(line):
            return people([found["names"]]) or (found["names"],)
    return ()


def _lines(document: Document, headline: HtmlElement | None) -> list[str]:
    """The page's lines from the headline on; the line above it comes second: in China it can be a byline."""
    lines = text_lines(document.tree)
    if headline is not None:
        first = text_of(headline)
        for place, line in enumerate(lines):
            if line == first:
                return [first, *lines[max(0, place - 1) : place], *lines[place + 1 :]]
    return lines


def _stated(document: Document, value: object, *, persons: bool = False) -> Iterator[str]:
    """Names in a JSON-LD property; with `persons`, organisations are left out."""
    for author in statements.resolved(document, value):
        if isinstance(author, dict):
            if persons and any("Organization" in kind for kind in statements.kind_of(author)):
                continue
            name = author.get("name") or [f"{author.get('givenName') or ''} {author.get('familyName') or ''}"]
            for one in name if isinstance(name, list) else [name]:
                yield statements.text(one)
        elif isinstance(author, str):
            yield statements.text(author)
