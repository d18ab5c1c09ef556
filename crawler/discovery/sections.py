"""Read a section page's body into candidates, by CSS selector or link pattern, and its next page."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from itertools import islice

import cssselect
from lxml.html import HtmlElement

from crawler.config.rules import PAGE_MARK, PATTERN_MARK
from crawler.discovery.found import EntryPoint, Found, Headers, Link, absolute, gate, one_line
from crawler.errors import NotAnArticle, SourceUnreadable, TooComplex
from crawler.extractors.charset import decode
from crawler.extractors.document import parse_text
from crawler.items import Section, Source
from crawler.urls.canonical import canonicalise, same_site


def read(body: bytes, url: str, source: Source, entry: EntryPoint, headers: Headers = (), *, most: int) -> Found:
    """Return the articles that the page at `url` links to in the way that `entry.section` describes.

    SourceUnreadable when the first page has no such link: its layout has changed, or it is another page now. Further
    pages may have none.
    """
    section = entry.section
    if section is None:
        raise ValueError(f"{entry.url}: an entry point of kind section needs its Section")
    decoded = decode(body, headers, url)
    tree = _tree(decoded.text, url)
    if tree is None:
        return _without_links(entry, url, "a page without any link: it is empty, or JavaScript makes its links")
    base = absolute(url, next(iter(tree.xpath("//base/@href")), ""), decoded.encoding) or url
    links = list(_links(tree, section, base, decoded.encoding))
    if not links:
        return _without_links(entry, url, f"no link matches {section.links!r}: has the page's layout changed?")
    found = gate(links, source, via=url, most=most, section=section.section, base=base, encoding=decoded.encoding)
    return dataclasses.replace(found, next=_next(tree, entry, section, base, decoded.encoding))


def _without_links(entry: EntryPoint, url: str, why: str) -> Found:
    """Return nothing for a further page, as the row ends there; raise SourceUnreadable for the first."""
    if entry.may_be_missing:
        return Found(notes=(f"{url}: page {entry.step} has no article links",))
    raise SourceUnreadable(url, why)


def _tree(text: str, url: str) -> HtmlElement | None:
    """Parse a page; None when it has no link."""
    try:
        tree = parse_text(text)
    except TooComplex as error:
        raise SourceUnreadable(url, f"the page is {error}") from error
    except NotAnArticle:  # an empty page
        return None
    return tree if next(tree.iter("a"), None) is not None else None


def _select(tree: HtmlElement, selector: str) -> list[HtmlElement]:
    return list(tree.xpath(cssselect.HTMLTranslator().css_to_xpath(selector)))


def _links(tree: HtmlElement, section: Section, base: str, encoding: str) -> Iterator[Link]:
    if section.links.startswith(PATTERN_MARK):
        pattern = re.compile(section.links.removeprefix(PATTERN_MARK))
        for anchor in tree.iter("a", "area"):
            href = absolute(base, anchor.get("href") or "", encoding)
            if href and anchor.get("href") and pattern.search(href):
                yield Link(href, title=_title(anchor))
        return
    for element in _select(tree, section.links):
        anchor = element if element.tag in ("a", "area") else next(element.iter("a"), None)
        if anchor is not None and (href := anchor.get("href")):
            yield Link(href, title=_title(anchor))


def _title(anchor: HtmlElement) -> str:
    return one_line("".join(islice(anchor.itertext(), 50))) or one_line(anchor.get("title") or "")


def _next(tree: HtmlElement, entry: EntryPoint, section: Section, base: str, encoding: str) -> tuple[EntryPoint, ...]:
    if not section.next or entry.step >= section.max_pages:
        return ()
    if PAGE_MARK in section.next:
        following: str | None = section.next.replace(PAGE_MARK, str(entry.step + 1))
    else:
        elements = _select(tree, section.next)
        href = elements[0].get("href") if elements else None
        following = absolute(base, href, encoding) if href else None
    # The next page is on the section's own site; any other is a trap, or a way around the fence.
    if not following or not same_site(entry.url, following) or canonicalise(following) == canonicalise(entry.url):
        return ()
    return (EntryPoint("section", following, section=section, step=entry.step + 1),)
