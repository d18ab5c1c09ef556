"""Who wrote an article: people, not the publication.

In: the document, the headline's element, the language, names of the publication. Out: names in the page's order. Markup
is read first, except on Chinese pages: there it names the publication, so lines of text are read first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import tee

from lxml.html import HtmlElement

from crawler.extractors import statements
from crawler.extractors.bylines import shown
from crawler.extractors.bylines.east_asian import CONVENTIONS, chinese, editors
from crawler.extractors.bylines.people import named, people
from crawler.extractors.dates.written import parse
from crawler.extractors.document import Document
from crawler.extractors.dom import stated, text_lines, text_of
from crawler.extractors.languages import alternatives, merged
from crawler.extractors.sites import Site
from crawler.extractors.text_key import key

AUTHOR_META = (
    "author", "byl", "article:author", "article:author_name", "article:byline", "og:article:author",
    "og:author", "dc.creator",
    "dcterms.creator", "parsely-author", "sailthru.author", "cxenseparse:author", "citation_author", "authors",
    "article.author",
    "article_author", "byline", "creator", "vr:author",
    "branch:deeplink:authorname1",
)  # fmt: skip
_ALL = merged()
_WRITTEN_BY = frozenset(_ALL.written_by)
_MARKUP = re.compile(r"//|[\[\]{}<>]")
_HEAD = 6
"""How many lines from the headline on can hold date, source and byline."""
_SOURCE = re.compile(rf"{alternatives(_ALL.source_labels)}\s*[:：]\s*(?P<names>[^\s:：|｜()（）【】<>]{{2,30}})")
"""A label for `source` and a name; read only on sites whose profile declares where the byline is."""

_Byline = tuple[list[str], list[str]]
"""Where the names of a byline are read, and its texts."""


def find(
    document: Document, site: Site | None, headline: HtmlElement | None, language: str, publication: Iterable[str]
) -> tuple[str, ...]:
    """Find the authors; empty when the page names none.

    An organisation is returned only where the page states it as the author and names no person. `publication` holds the
    names of the publication, which are never authors.
    """
    publication = tuple(publication)
    if site is not None and (names := _declared(document, site, headline, publication, language)):
        return names
    lines = _lines(document, headline) if language in CONVENTIONS else []
    known = {key(name) for name in publication}
    conventional = tuple(name for name in CONVENTIONS[language](lines) if key(name) not in known) if lines else ()
    if language == "zh" and conventional:
        return conventional
    edited = editors(lines) if language == "zh" else frozenset()
    bylines, again, at_last = tee(_bylines(document, headline, language), 3)
    found = _people(document, bylines, publication, language)
    if names := tuple(name for name in found if name not in edited):
        return names
    return (
        conventional
        or _signed(headline, publication, language)
        or _organisations(document, again, publication, language)
        or _unmarked(document, headline, publication, language)
        or _owner(document, at_last, language)
        or (() if language == "zh" else tuple(shown.linked(headline)))
    )


def _people(
    document: Document, bylines: Iterator[_Byline], publication: tuple[str, ...], language: str
) -> tuple[str, ...]:
    """Find people in JSON-LD, else in visible bylines and `<meta>`.

    JSON-LD can name an account, a single word in ASCII, and `<meta>` an account or a publisher: a visible byline
    outranks them. A full name in `<meta>` outranks names that only a class or a link marks, unless another field has
    these: they are often of a reviewer or of people in the article.
    """
    accounts: tuple[str, ...] = ()
    for name in ("author", "creator"):
        if names := people(_stated(document, statements.value(document, name), persons=True), publication, language):
            if any(" " in name or not name.isascii() for name in names) or language in CONVENTIONS:
                return names
            accounts = accounts or names
    visible, texts = next(
        ((names, texts) for read, texts in bylines if (names := people(read, publication, language))), ((), [])
    )
    if accounts and not (visible and all(map(shown.is_full, visible))):
        return accounts
    shown_names = set(map(key, visible))
    in_metas = list(filter(None, _in_metas(document, publication, language)))
    if agreeing := next((names for names in in_metas if shown_names <= set(map(key, names))), ()):
        return agreeing
    first = in_metas[0] if in_metas else ()
    is_marked_only = shown_names.isdisjoint(map(key, first)) and not any(map(shown.STARTS_BYLINE.match, texts))
    if first and is_marked_only and all(map(shown.is_full, first)):
        return first
    return visible or _labelled(document, publication, language)


def _bylines(document: Document, headline: HtmlElement | None, language: str) -> Iterator[_Byline]:
    """Yield each visible byline: where its names are read, and its texts.

    Names that only a class or a position marks must be shaped like names. The first byline that has some ends the
    search: later ones belong to entries of a live blog, comments or other articles.
    """
    for texts in shown.stated(document, headline):
        yield texts, texts
    for texts in shown.shown(headline):
        if names := list(filter(shown.is_shaped, named(texts, (), language))):
            yield names, texts
            return


def _in_metas(document: Document, publication: tuple[str, ...], language: str) -> Iterator[tuple[str, ...]]:
    """Yield the people of each author's `<meta>`, the most trustworthy first."""
    for name in AUTHOR_META:
        yield people(document.metas.get(name, ()), publication, language)


def _labelled(document: Document, publication: tuple[str, ...], language: str) -> tuple[str, ...]:
    """Read the account that content systems state as `Written by`; the byline can name another person."""
    is_labelled = document.meta("twitter:label1").casefold() in _WRITTEN_BY
    return people([document.meta("twitter:data1")], publication, language) if is_labelled else ()


def _organisations(
    document: Document, bylines: Iterator[_Byline], publication: tuple[str, ...], language: str
) -> tuple[str, ...]:
    """Find the agency or publisher that is named as the author of a page without a person's name."""
    stated = tuple(_stated(document, statements.value(document, "author")))
    if len(stated) == 1 and 2 <= len(stated[0]) <= 50 and not _MARKUP.search(stated[0]):
        return stated
    visible = (named(read, publication, language) for read, _ in bylines)
    return named(stated) or next(filter(None, visible), ())


def _unmarked(
    document: Document, headline: HtmlElement | None, publication: tuple[str, ...], language: str
) -> tuple[str, ...]:
    """Find a name beside the date below the headline."""
    alone = shown.alone(headline, lambda line: parse(line, document.captured) is not None)
    return next(filter(None, (people([name], publication, language) for name in alone)), ())


def _signed(headline: HtmlElement | None, publication: tuple[str, ...], language: str) -> tuple[str, ...]:
    """Find a name at the right edge below the text."""
    lines = (people([line], publication, language) for line in shown.signed(headline))
    return next((names for names in lines if names and all(map(shown.is_full, names))), ())


def _owner(document: Document, bylines: Iterator[_Byline], language: str) -> tuple[str, ...]:
    """Read `<meta name="author">` or a byline even when it names the publication, as personal sites are named."""
    if language == "zh":
        return ()
    if names := people(document.metas.get("author", ())[:1]):
        return names
    names = next(filter(None, (people(read, (), language) for read, _ in bylines)), ())
    return names if all(map(shown.is_full, names)) else ()


def _declared(
    document: Document, site: Site, headline: HtmlElement | None, publication: tuple[str, ...], language: str
) -> tuple[str, ...]:
    """Find the authors where the site's profile says."""
    tree = document.tree
    for selector in site.own.author:
        if texts := [text for element in tree.cssselect(selector) if (text := stated(element))]:
            return chinese(texts) or people(texts, (), language) or tuple(dict.fromkeys(texts))
    for selector in site.authors:
        names = tuple(name for element in tree.cssselect(selector) if (name := text_of(element)))
        if names:
            return tuple(dict.fromkeys(names))
    declared = [text_of(element) for selector in site.byline for element in tree.cssselect(selector)]
    if site.byline and not declared:  # another layout of the site: read the lines below the headline
        declared = [line for line in _lines(document, headline)[:_HEAD] if len(line) <= 60]
    if names := chinese(declared) or people(filter(shown.STARTS_BYLINE.match, declared), publication, language):
        return names
    for line in declared:
        if found := _SOURCE.search(line):
            return people([found["names"]]) or (found["names"],)
    return ()


def _lines(document: Document, headline: HtmlElement | None) -> list[str]:
    """Return the page's lines from the headline on, and the line above it as the second: it can be a Chinese byline."""
    lines = text_lines(document.tree)
    if headline is not None:
        title = text_lines(headline)  # in one line or more
        for place in range(len(lines)):
            if title and lines[place : place + len(title)] == title:
                first = " ".join(title)
                return [first, *lines[max(0, place - 1) : place], *lines[place + len(title) :]]
    return lines


def _stated(document: Document, value: object, *, persons: bool = False) -> Iterator[str]:
    """Yield the names in a JSON-LD property; with `persons`, organisations are left out."""
    for author in statements.resolved(document, value):
        if isinstance(author, dict):
            if persons and any("Organization" in kind for kind in statements.kind_of(author)):
                continue
            name = author.get("name") or [f"{author.get('givenName') or ''} {author.get('familyName') or ''}"]
            for one in name if isinstance(name, list) else [name]:
                yield statements.text(one)
        elif isinstance(author, str):
            yield statements.text(author)
