"""The article's lead image: named by metadata (`named`), shown above the text (`above_text`), chosen (`choose`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lxml.html import HtmlElement

from crawler.extractors import statements
from crawler.extractors.container.boilerplate import is_in_boilerplate
from crawler.extractors.container.survey import Survey
from crawler.extractors.document import Document
from crawler.extractors.images.captions import MAX_SIZE, size
from crawler.extractors.images.image_url import best_url, repaired, usable_url
from crawler.extractors.images.junk import is_junk, pixels
from crawler.extractors.images.lazy import TAGS
from crawler.extractors.images.same_picture import key, name_of
from crawler.items import Image


def named(document: Document) -> Image | None:
    """Return the image that the page's metadata names for the article."""
    for url, width, height in _named(document):
        absolute = document.absolute(repaired(url))
        if absolute:
            return Image(absolute, width=pixels(width), height=pixels(height))
    return None


def _named(document: Document) -> Iterator[tuple[str, object, object]]:
    """Yield URL, width and height: of og:image, then of JSON-LD, then of twitter:image."""
    node = statements.article(document)
    url = document.meta("og:image", "og:image:url", "og:image:secure_url")
    if url:
        yield url, document.meta("og:image:width"), document.meta("og:image:height")
    for name in ("image", "images", "thumbnailUrl"):
        for value in statements.resolved(document, node.get(name))[:1]:
            if isinstance(value, dict):
                yield str(value.get("url") or value.get("contentUrl") or ""), value.get("width"), value.get("height")
            elif isinstance(value, str):
                yield value, None, None
    yield document.meta("twitter:image", "twitter:image:src", "image"), None, None


def above_text(
    document: Document, found: Survey, container: HtmlElement, headline: HtmlElement | None
) -> HtmlElement | None:
    """Find the `<figure>` or `<img>` of the large picture between headline and text, outside the container.

    That is the first picture after the headline that is not in boilerplate, or the one that metadata names. None when
    the container already shows the named picture, or when there is no such picture.
    """
    named_url = document.absolute(repaired(document.meta("og:image", "twitter:image")))
    shown = None  # computed at the first picture above the text
    after_headline = False
    tags = {*TAGS, "h1", container.tag} | ({headline.tag} if headline is not None else set())
    for element in found.root.iter(*tags):
        if element is container:
            return None
        if element is headline or (headline is None and element.tag == "h1"):
            after_headline = True
        if element.tag not in TAGS:
            continue
        url = best_url(element, document)
        if not url or is_junk(element, url):
            continue
        if shown is None:
            shown = {key(best_url(image, document)) for image in container.iter(*TAGS)}
            if key(named_url) in shown:
                return None
        is_named = name_of(url) == name_of(named_url) or key(url) == key(named_url)
        if key(url) not in shown and (is_named or (after_headline and not _is_elsewhere(found, element))):
            return _with_caption(element, set(container.iterancestors()))
    return None


def _with_caption(image: HtmlElement, above: set[HtmlElement]) -> HtmlElement:
    """Return the `<figure>` around a picture when it holds no more than a caption; else the picture."""
    for element in image.iterancestors():
        if element in above:
            break
        if element.tag == "figure":
            return element if size(element) <= MAX_SIZE else image
    return image


def _is_elsewhere(found: Survey, image: HtmlElement) -> bool:
    """Whether a picture is in boilerplate, in a list, or among links with little text, like those of teasers."""
    few = 0.1 * found.measures[found.root].prose
    around = [element for element in image.iterancestors() if element in found.measures]
    return is_in_boilerplate(found, image) or any(
        element.tag in ("li", "ul") or (found.measures[element].links > 3 and found.measures[element].prose < few)
        for element in around
    )


def choose(document: Document, stated: Image | None, images: tuple[Image, ...]) -> Image | None:
    """Choose the image that metadata names, with the body's caption if the body shows it; else the body's first."""
    url = usable_url(stated.url, document) if stated is not None else ""
    if stated is None or not url:
        return images[0] if images else None
    return next((image for image in images if image.url == url), replace(stated, url=url))
