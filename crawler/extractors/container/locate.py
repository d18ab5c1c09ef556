"""Document → Located: the element that holds the article, and the pieces of the article outside it.

The site's own selector comes first; without one, a survey of the page, then scripts, then trafilatura.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml.html import HtmlElement

from crawler.errors import NotAnArticle
from crawler.extractors.container import candidates, embedded, neighbours
from crawler.extractors.container.boilerplate import boilerplate
from crawler.extractors.container.survey import Survey, survey
from crawler.extractors.document import Document
from crawler.extractors.dom import has_content
from crawler.extractors.sites import Site, is_article


@dataclass(frozen=True)
class Located:
    """Elements of the page's tree (or of a tree parsed from a script), which are read-only."""

    container: HtmlElement
    before: list[HtmlElement] = field(default_factory=list)
    """Pieces of the text before the container, in document order."""
    after: list[HtmlElement] = field(default_factory=list)
    """Pieces of the text after the container, in document order."""
    lead_paragraph: HtmlElement | None = None
    """The standfirst, when it is outside the container and not in `before`."""
    survey: Survey | None = None
    """The page's survey; None when a site's selector or a script gave the container."""

    def is_before(self, element: HtmlElement) -> bool:
        """Whether an element is one of the pieces before the container, or inside one."""
        return any(element in piece.iter() for piece in self.before)


def locate(document: Document, site: Site | None, title: str, headline: HtmlElement | None) -> Located:
    """Find the article on a page; raise NotAnArticle("layout") when the site's own selectors find nothing."""
    own = _by_selector(document, site)
    if own is not None:
        return Located(own)
    # Not `find`: an unknown element in the head makes libxml2 put the body below it.
    found = survey(next(document.tree.iter("body"), document.tree), page=document.page.url)
    unwanted = boilerplate(found)
    container, prose = candidates.choose(found, unwanted, headline)
    scripted = embedded.find(document, title, prose)
    if scripted is not None:
        found = survey(scripted, page=document.page.url)
        return Located(candidates.choose(found, boilerplate(found), None)[0])
    pointed = candidates.from_trafilatura(document, found, prose)
    container = pointed if pointed is not None else container
    before, after = neighbours.siblings(found, container, headline, unwanted)
    lead = neighbours.lead_paragraph(document, found, container, headline)
    located = Located(container, before, after, survey=found)
    return located if lead is None or located.is_before(lead) else Located(container, before, after, lead, found)


def _by_selector(document: Document, site: Site | None) -> HtmlElement | None:
    """Find the container by the source's selectors, or by the site's profile if the URL is one of its articles.

    None when they have no selectors, or only the source has and they find nothing.
    """
    if site is None:
        return None
    for selector in site.own.body:
        for element in document.tree.cssselect(selector):
            if has_content(element):
                return element
    if not site.body or not is_article(site, document.page.url):
        return None
    for selector in site.body:
        found = document.tree.cssselect(selector)
        if found:
            return found[0]
    raise NotAnArticle("layout", f"{site.name}: none of {', '.join(site.body)} on the page")
