"""Document and container → the article's large picture, where the page keeps it between headline and text.

It is what follows the headline, or what the page names as its picture for others (`og:image`) and shows somewhere above
the text. None when the container shows it already, or when it stands in the metadata alone.
"""

from __future__ import annotations

from lxml.html import HtmlElement

from crawler.extractors.container.survey import Survey
from crawler.extractors.document import Document
from crawler.extractors.images import pictures
from crawler.extractors.images.captions import MAX_SIZE, size


def find(document: Document, found: Survey, container: HtmlElement, headline: HtmlElement | None) -> HtmlElement | None:
    """The picture's `<figure>`, or the `<img>`; None when there is none outside the container."""
    named = inside = None  # asked for at the first picture above the text
    behind_headline = False
    tags = {"img", "h1", container.tag} | ({headline.tag} if headline is not None else set())
    for element in found.root.iter(*tags):
        if element is container:
            return None
        if element is headline or (headline is None and element.tag == "h1"):
            behind_headline = True
        if element.tag != "img":
            continue
        url = pictures.best_url(element, document)
        if not url or pictures.is_junk(element, url):
            continue
        if inside is None:
            named = pictures.file_of(document.absolute(document.meta("og:image", "twitter:image")))
            inside = {pictures.file_of(pictures.best_url(image, document)) for image in container.iter("img")}
            if named in inside:
                return None
        file = pictures.file_of(url)
        if file not in inside and (file == named or (behind_headline and not _is_furniture(found, element))):
            return _figure(element, set(container.iterancestors()))
    return None


def _figure(image: HtmlElement, above: set[HtmlElement]) -> HtmlElement:
    """The picture with its caption."""
    for element in image.iterancestors():
        if element in above:
            break
        if element.tag == "figure":
            return element if size(element) <= MAX_SIZE else image
    return image


def _is_furniture(found: Survey, image: HtmlElement) -> bool:
    total = found.measures[found.root].prose
    for element in image.iterancestors():
        measure = found.measures.get(element)
        if measure is None:
            continue
        if measure.doomed and measure.prose < 0.4 * total:
            return True
        if element.tag in ("li", "ul") or (measure.links > 3 and measure.prose < 0.1 * total):
            return True
    return False
