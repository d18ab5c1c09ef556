"""Document → Body: the article's own markup, cleaned and allow-listed, its text, its pictures."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement

from crawler.errors import NotAnArticle
from crawler.extractors.body import embeds
from crawler.extractors.body.clean import clean
from crawler.extractors.container import candidates, embedded, neighbours
from crawler.extractors.container.boilerplate import boilerplate
from crawler.extractors.container.survey import survey
from crawler.extractors.document import Document
from crawler.extractors.dom import remove, remove_empty_boxes, text_lines
from crawler.extractors.images import captions, lead_image, pictures
from crawler.extractors.sanitise import sanitise
from crawler.extractors.sites import Site, is_article
from crawler.items import Image


@dataclass(frozen=True)
class Body:
    """What the readers of the post see."""

    html: str
    """Inner HTML of the container, trimmed."""
    text: str
    """Visible text, one block per line."""
    images: tuple[Image, ...]


def read(
    document: Document,
    site: Site | None,
    title: str,
    headline: HtmlElement | None = None,
    authors: tuple[str, ...] = (),
) -> Body:
    """The article's body. Raises NotAnArticle("layout") when a site's own selector finds nothing."""
    original = _own(document, site)
    before: list[HtmlElement] = []
    beside: tuple[list[HtmlElement], list[HtmlElement]] = ([], [])
    if original is None:
        original, before, beside = _find(document, title, headline)
    container = deepcopy(original)
    container.tail = None
    for element in reversed(beside[0]):
        _put_first(deepcopy(element), container)
    container.extend(map(deepcopy, beside[1]))
    for selector in site.drop if site is not None else ():
        for element in container.cssselect(selector):
            remove(element)
    players = embeds.link(container, document)
    pictures.restore_lazy(container)
    pictures.resolve(container, document)
    marked = captions.find(container)
    apart = marked.keys() | players | embeds.posts(container)
    others = pictures.find_teasers(container, document)
    clean(container, title, apart, authors)
    pictures.drop_teasers(container, others)
    for element in map(deepcopy, before):
        _put_first(element, container)
        pictures.resolve(container, document)
    marked.update(captions.find(container))
    apart |= marked.keys()
    remove_empty_boxes(container)
    settled = pictures.collect(container, marked)
    _absolute_links(container, document)
    return Body(sanitise(_inner(container)).strip(), "\n".join(text_lines(container, apart)), settled)


def _find(
    document: Document, title: str, headline: HtmlElement | None
) -> tuple[HtmlElement, list[HtmlElement], tuple[list[HtmlElement], list[HtmlElement]]]:
    """The container; what belongs before its content (the large picture and the lead, last first); its neighbours."""
    # Not `find`: an unknown element in the head makes libxml2 put the body below it.
    found = survey(next(document.tree.iter("body"), document.tree))
    gone = boilerplate(found)
    container, prose = candidates.choose(found, gone, headline)
    inside = set(container.iter())
    longest = max(
        (block for block in found.blocks if block.element in inside),
        key=lambda block: block.prose,
        default=None,
    )
    hidden = embedded.find(document, title, prose, longest.text if longest is not None else "")
    if hidden is not None:
        return hidden, [], ([], [])
    pointed = candidates.from_trafilatura(document, found, prose)
    container = pointed if pointed is not None else container
    beside = neighbours.siblings(found, container, headline, gone)
    taken = {*beside[0], *(below for element in beside[0] for below in element.iter())}
    outside = (
        neighbours.lead_paragraph(document, found, container, headline),
        lead_image.above_text(document, found, container, headline),
    )
    return container, [element for element in outside if element is not None and element not in taken], beside


def _put_first(element: HtmlElement, container: HtmlElement) -> None:
    element.tail = "\n" + (container.text or "")
    container.text = None
    container.insert(0, element)


def joined(bodies: list[Body]) -> Body:
    """The body of an article whose parts these are, in order."""
    by_url = {image.url: image for body in reversed(bodies) for image in reversed(body.images)}
    return Body(
        "\n".join(body.html for body in bodies if body.html),
        "\n".join(body.text for body in bodies if body.text),
        tuple(reversed(by_url.values())),
    )


def _own(document: Document, site: Site | None) -> HtmlElement | None:
    """The container that the site's profile names; None when it names none, or the URL is not one of its articles."""
    if site is None or not site.body or not is_article(site, document.page.url):
        return None
    for selector in site.body:
        found = document.tree.cssselect(selector)
        if found:
            return found[0]
    raise NotAnArticle("layout", f"{site.name}: none of {', '.join(site.body)} on the page")


def _absolute_links(container: HtmlElement, document: Document) -> None:
    for link in container.iter("a"):
        href = link.get("href")
        if href is not None and not href.startswith("mailto:"):
            url = document.absolute(href)
            if url:
                link.set("href", url)
            else:
                del link.attrib["href"]


def _inner(container: HtmlElement) -> str:
    whole = etree.tostring(container, method="html", encoding="unicode", with_tail=False)
    return whole[whole.index(">") + 1 : whole.rindex("<")]
