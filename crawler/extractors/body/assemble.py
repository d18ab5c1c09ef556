"""Document → Body: the article's markup, cleaned and allow-listed, its text and its pictures."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement

from crawler.extractors.body import embeds
from crawler.extractors.body.clean import clean
from crawler.extractors.container.locate import Located, locate
from crawler.extractors.document import Document
from crawler.extractors.dom import remove, remove_empty_boxes, text_lines
from crawler.extractors.images import captions, lazy, lead_image, pictures
from crawler.extractors.sanitise import sanitise
from crawler.extractors.sites import Site
from crawler.items import Image


@dataclass(frozen=True)
class Body:
    """The content of an article."""

    html: str
    """Inner HTML of the container, sanitised, without white space around it."""
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
    """Extract the body of an article; raise NotAnArticle("layout") when a site's own selector finds nothing."""
    located = locate(document, site, title, headline)
    container = _copied(located, _unwanted(located, site))
    # lxml walks a removed tree up to the first element that is referred to whenever one in it no longer is: linear only
    # when the last goes first, as those of a list do, and nothing else refers to them.
    held = list(container.iter())
    body = _of(container, document, located, headline, title, authors)
    del held
    return body


def _of(
    container: HtmlElement,
    document: Document,
    located: Located,
    headline: HtmlElement | None,
    title: str,
    authors: tuple[str, ...],
) -> Body:
    """Clean the copy of the container, add what is outside it, and take captions and pictures."""
    players = embeds.link(container, document)
    lazy.restore(container)
    pictures.resolve(container, document)
    marked = captions.find(container)
    apart = marked.keys() | players | embeds.posts(container)
    teasers = pictures.find_teasers(container, document)
    clean(container, title, apart, authors, document.page.url)
    pictures.drop_teasers(container, teasers)
    for element in _outside(document, located, headline):
        box = container.makeelement("div")
        box.append(deepcopy(element))
        lazy.restore(box)
        for piece in reversed(box):
            _put_first(piece, container)
        pictures.resolve(container, document)
    shown = captions.find(container)
    captions.drop_orphans(container, shown, marked | shown, players)
    apart |= shown.keys()
    remove_empty_boxes(container)
    images = pictures.collect(container, shown)
    _absolute_links(container, document)
    return Body(sanitise(_inner(container)).strip(), "\n".join(text_lines(container, apart)), images)


def _unwanted(located: Located, site: Site | None) -> set[HtmlElement]:
    """Find the elements of the page that the source or the site's profile wants removed."""
    page = located.container.getroottree().getroot()
    return {element for selector in (site.drop if site else ()) for element in page.cssselect(selector)}


def _copied(located: Located, unwanted: set[HtmlElement]) -> HtmlElement:
    """Copy the container, with the pieces of the text before and after it."""
    container = _copy(located.container, unwanted)
    container.tail = None
    for element in reversed(located.before):
        _put_first(_copy(element, unwanted), container)
    container.extend(_copy(element, unwanted) for element in located.after)
    return container


def _copy(element: HtmlElement, unwanted: set[HtmlElement]) -> HtmlElement:
    copy = deepcopy(element)
    if unwanted:
        for original, twin in zip(element.iterdescendants(), list(copy.iterdescendants()), strict=True):
            if original in unwanted:
                remove(twin)
    return copy


def _outside(document: Document, located: Located, headline: HtmlElement | None) -> Iterator[HtmlElement]:
    """Yield what belongs before the text, in reverse order: the lead paragraph, then the large picture above it."""
    if located.lead_paragraph is not None:
        yield located.lead_paragraph
    if located.survey is not None:
        picture = lead_image.above_text(document, located.survey, located.container, headline)
        if picture is not None and not located.is_before(picture):
            yield picture


def _put_first(element: HtmlElement, container: HtmlElement) -> None:
    element.tail = "\n" + (container.text or "")
    container.text = None
    container.insert(0, element)


def joined(bodies: list[Body]) -> Body:
    """Join the bodies of an article's pages, in order."""
    by_url = {image.url: image for body in reversed(bodies) for image in reversed(body.images)}
    return Body(
        "\n".join(body.html for body in bodies if body.html),
        "\n".join(body.text for body in bodies if body.text),
        tuple(reversed(by_url.values())),
    )


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
