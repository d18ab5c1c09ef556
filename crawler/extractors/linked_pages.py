"""Find the further pages of an article by the links between them, where the site declares none.

A link leads to a further page when its URL is that of the article with a page number (`page_numbers`) and the page says
so: `rel=next`, a row of numbers, `page 1 of 3`. A link to the next article has another URL. Where no URL has a number,
`rel=next` is followed on a page that says `page 1 of 3`; the next one must have the headline. A further page must add
to the text: pages of comments repeat the article.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urldefrag

from lxml.etree import XPath
from lxml.html import HtmlElement

from crawler.errors import Elsewhere, ExtractionError, PartsNeeded
from crawler.extractors.body import Body
from crawler.extractors.container.survey import weigh
from crawler.extractors.document import Document, parse
from crawler.extractors.dom import HEADINGS, names_of, text_of, texts_in
from crawler.extractors.page_numbers import PAGE_OF, PageNumber, may_be_further, names_in, page_number
from crawler.extractors.text_key import key
from crawler.items import READ, Page
from crawler.urls.canonical import canonicalise, same_site

MAX_PAGES = 60
"""Most pages of one article."""
NEW_SHARE = 0.25
"""Share of a page's text that must be new; the rest may be a standfirst that each page repeats."""
AROUND = 80
"""Most characters of the text around a link that says `page 1 of 3`."""
WALLS = frozenset({"soft-404", "login-wall", "consent-wall", "needs-javascript", "blocked", "empty"})
"""Reasons of refusals by which a row of pages ends."""

_PAGER = re.compile(r"pag(?:er|in|es|e-?(?:nav|links|numbers))|next-?page|multi-?page", re.IGNORECASE)
_COMMENTS = re.compile(r"comment|repl(?:y|ies)", re.IGNORECASE)
_SHORT = ("title", "p", "div", "span", "nav", "li", "strong", "b", "em", "small", "h2", "h3", "h4", "td")
"""Elements that may say `page 1 of 3`."""
_MAY_LEAD_TO_FIRST: Any = XPath("/descendant::a[@rel or contains(., '1')] | /descendant::link[@rel]")
_NUMBER = re.compile(r"(?<!\d)\d{1,3}(?!\d)", re.ASCII)


@dataclass(frozen=True)
class _Link:
    url: str
    number: PageNumber

    @property
    def sure(self) -> bool:
        """Whether the URL alone tells a page from an article of a similar name (`/pier-2`)."""
        return self.number.named or self.number.alone


def bodies(
    document: Document,
    title: str,
    first: Body,
    read: Callable[[Document], Body],
    judge: Callable[[Document, Body], None],
    following: tuple[str, ...] = (),
) -> list[Body]:
    """Return the bodies of an article's pages, the first page's first. `judge` raises for what is no article.

    `following`: selectors of the link to the next page; without them, the pages themselves tell which links those are.

    Raises PartsNeeded for further pages that `Page.parts` lacks: at first the second page, then all that are known. The
    row ends before a page that is missing, empty or a wall, or repeats what came before.
    """
    page, found, seen = document.page, [first], _lines(first)
    row: _Row | _Chain = _Chain(page.url, following) if following else _Row(page.url)
    row.see(document)
    if not following and not row.urls(2):
        row = _Chain(page.url)
        row.see(document)
    for place, part in enumerate(page.parts, 2):
        further = _opened(part, page, row.links.get(place), title)
        body = read(further) if further else None
        if further is None or body is None or not _continues(further, body, judge, seen):
            return found
        found.append(body)
        seen |= _lines(body)
        row.see(further)
    wanted = row.urls(len(found) + 1)
    if wanted and not page.complete:
        raise PartsNeeded(wanted[:1] if len(found) == 1 else wanted, required=False)
    return found


def check_first(document: Document) -> None:
    """Raise Elsewhere with the URL of the article's first page when this is a further one, and its links say so."""
    own = document.page.url
    if not may_be_further(own):
        return
    for element in _MAY_LEAD_TO_FIRST(document.tree):
        previous, first = "prev" in _rel(element), element.tag == "a" and _numbers(_text(element)) == [1]
        if not previous and not first:
            continue
        url = _address(document, element)
        number = page_number(url, own) if url else None
        if number is not None and number.number > 1 and (first or number.named):
            raise Elsewhere(url)


# -- further pages


def _opened(part: Page, page: Page, link: _Link | None, title: str) -> Document | None:
    """Parse a further page; None when the row ends before it."""
    if part.status not in READ or canonicalise(part.url) == canonicalise(page.url):
        return None
    try:
        document = parse(part)
    except ExtractionError:
        return None
    return document if link is None or link.sure or _is_titled(document, title) else None


def _is_titled(document: Document, title: str) -> bool:
    """Tell whether the title or a heading of a page has the headline in it."""
    headings = (text_of(heading) for heading in document.tree.iter(*HEADINGS))
    return any(key(title) in key(text) for text in (document.title_element, *headings))


def _continues(document: Document, body: Body, judge: Callable[[Document, Body], None], seen: set[str]) -> bool:
    """Tell whether a page adds to the text."""
    try:
        judge(document, body)
    except ExtractionError as refusal:
        if refusal.reason in WALLS:
            return False
    new = "\n".join(_lines(body) - seen)
    return bool(new or body.images) and weigh(new) >= NEW_SHARE * weigh(body.text)


def _lines(body: Body) -> set[str]:
    return set(filter(None, body.text.split("\n")))


# -- links between pages


class _Row:
    """The links to further pages of the article at `first`, by their place, counted from 1."""

    def __init__(self, first: str) -> None:
        self._first = first
        self._from_zero = False
        self.links: dict[int, _Link] = {}

    def see(self, document: Document) -> None:
        """Add the links of one of the article's pages."""
        found: list[tuple[HtmlElement, _Link]] = []
        names = names_in(self._first)
        for element in document.tree.iter("a", "link") if names else ():
            href = element.get("href") or ""
            if ("/" in href and not any(map(href.__contains__, names))) or not _NUMBER.search(href):
                continue  # before the address is resolved, which takes ten times as long
            url = _address(document, element)
            number = page_number(self._first, url) if url else None
            if number is not None and _is_told(element, number):
                found.append((element, _Link(url, number)))
        # Some sites count from 0: `?page=1` is the second page, the next one after the first.
        on_first = document.page.url == self._first
        for element, link in found:
            next_to_first = on_first and "next" in _rel(element) and link.number.number == 1
            self._from_zero |= next_to_first or _numbers(_text(element)) == [link.number.number + 1]
        for _, link in found:
            place = link.number.number + self._from_zero
            if place > 1:
                self.links.setdefault(place, link)

    def urls(self, place: int) -> tuple[str, ...]:
        """Return the URLs of the pages from `place` on, to the end of the row."""
        last = min(max(self.links, default=0), MAX_PAGES)
        urls = [self.links[each].url if each in self.links else self._between(each) for each in range(place, last + 1)]
        return tuple(urls[: urls.index("")] if "" in urls else urls)

    def _between(self, place: int) -> str:
        """Make the URL of a page that a row leaves out (`1 2 … 9`) after that of another page; empty = not possible."""
        for link in self.links.values():
            number = place - self._from_zero
            for found in _NUMBER.finditer(link.url):
                url = f"{link.url[: found.start()]}{number}{link.url[found.end() :]}"
                made = page_number(self._first, url) if int(found[0]) == link.number.number else None
                if made is not None and made.number == number:
                    return url
        return ""


class _Chain:
    """The pages of an article of which each leads to the next: by declared selectors, else by `rel=next`."""

    def __init__(self, first: str, selectors: tuple[str, ...] = ()) -> None:
        self._selectors = selectors
        self._urls = [first]
        self._known = {canonicalise(first)}
        self.links: dict[int, _Link] = {}

    def see(self, document: Document) -> None:
        """Add the page that one of the article's pages leads to; none when it leads back or to another site."""
        place = len(self._urls)
        found = _declared_next(document, self._selectors) if self._selectors else _stated_next(document, place)
        url = next(filter(None, (_address(document, element) for element in found)), "")
        if url and canonicalise(url) not in self._known and same_site(self._urls[0], url):
            self._urls.append(url)
            self._known.add(canonicalise(url))
            if not self._selectors:
                self.links[place + 1] = _Link(url, PageNumber(place + 1, named=False, alone=False))

    def urls(self, place: int) -> tuple[str, ...]:
        """Return the URL of the page at `place`, if a page leads to it."""
        return tuple(self._urls[place - 1 : MAX_PAGES])


def _declared_next(document: Document, selectors: tuple[str, ...]) -> list[HtmlElement]:
    return [element for selector in selectors for element in document.tree.cssselect(selector)]


def _stated_next(document: Document, place: int) -> list[HtmlElement]:
    """Return the elements with `rel=next` of a page that says that it is page `place` of several."""
    links = [link for link in document.with_rel if "next" in _rel(link) and not _is_of_comments(link)]
    if not links:
        return []
    around = (parent for link in links if link.tag == "a" for parent in islice(link.iterancestors(), 2))
    told = any(_numbers_around(parent)[:1] == [place] for parent in around)
    return links if told or any(_says_place(element, place) for element in document.tree.iter(*_SHORT)) else []


def _says_place(element: HtmlElement, place: int) -> bool:
    """Tell whether an element says `page 1 of 3`, or is a pager with `1 / 3`."""
    if len(element.text or "") > 10 * AROUND:
        return False
    text = " ".join("".join(islice(element.itertext(), 10)).split())
    if len(text) > 2 * AROUND or not _NUMBER.search(text) or _is_of_comments(element):
        return False
    if found := PAGE_OF.search(text):
        return int(found[1]) == place < int(found[2]) <= MAX_PAGES
    return bool(_PAGER.search(names_of(element))) and _numbers_around(element)[:1] == [place]


def _is_of_comments(element: HtmlElement) -> bool:
    names = " ".join(map(names_of, (element, *islice(element.iterancestors(), 3))))
    return _COMMENTS.search(element.get("href") or "") is not None or _COMMENTS.search(names) is not None


def _address(document: Document, element: HtmlElement) -> str:
    return urldefrag(document.absolute(element.get("href") or "")).url


def _rel(element: HtmlElement) -> list[str]:
    rel = element.get("rel")
    return rel.lower().split() if rel else []


def _text(element: HtmlElement) -> str:
    """Return the text of a link, up to 20 characters; a longer one is empty, as it is no page number."""
    if element.tag != "a":
        return ""
    text = ("".join(texts_in(element)[:10]) if len(element) else element.text or "").strip()
    return text if len(text) <= 20 else ""


def _numbers(text: str) -> list[int]:
    return [int(number) for number in _NUMBER.findall(text)] if text else []


def _is_told(element: HtmlElement, number: PageNumber) -> bool:
    """Tell whether a page says that a link leads to a further page of the article."""
    if _is_of_comments(element):
        return False
    above = list(islice(element.iterancestors(), 3))
    names = " ".join(map(names_of, (element, *above)))
    texts = _numbers(_text(element))
    if len(texts) == 1:
        return texts[0] in (number.number, number.number + 1)
    if any(_says_page_of(parent, number.number) for parent in above[:2]):
        return True
    in_pager = element.tag == "a" and _PAGER.search(names)
    return (number.named or number.alone) and bool("next" in _rel(element) or in_pager)


def _says_page_of(parent: HtmlElement, number: int) -> bool:
    """Tell whether the text around a link says `page 1 of 3`."""
    numbers = _numbers_around(parent)
    return bool(numbers) and number <= numbers[1]


def _numbers_around(parent: HtmlElement) -> list[int]:
    """Return the place and the number of pages in a text such as `page 1 of 3`; empty when it is another text."""
    text = " ".join("".join(islice(parent.itertext(), 40)).split())
    numbers = _numbers(text) if len(text) <= AROUND else []
    return numbers if len(numbers) == 2 and numbers[0] < numbers[1] <= MAX_PAGES else []
