"""The pictures of a body: each gets its URL; icons, pixels and teasers of other articles are removed.

In: the copy of the container. Its `<img>` elements get one absolute `src` each; after cleaning, `collect` returns them
as `Image`s with caption and credit.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.extractors.container.survey import weigh
from crawler.extractors.document import Document
from crawler.extractors.dom import one_line, remove, text_of, unwrap
from crawler.extractors.images.captions import MAX_SIZE, size
from crawler.extractors.images.image_url import best_url
from crawler.extractors.images.junk import is_junk, is_likely_placeholder, pixels, stated_size
from crawler.extractors.images.same_picture import key
from crawler.extractors.languages import alternatives, merged
from crawler.items import Image

LEVELS = 6
"""How many ancestors of a title may be the box of its teaser."""
TITLE = 25.0
"""Weighted characters from which a link is the title of an article; `next page` and `gallery` have fewer."""
MOST_COPIES = 100
"""How many copies of a picture are searched for captions."""

_CREDIT = re.compile(
    rf"(?:{alternatives(merged().credit_labels, merged().credit_labels_in_caption)}\s*(?:by|:|：)|©|\(c\)|copyright)\s*"
    r"([^.;。；]{2,80})",
    re.IGNORECASE,
)
# fmt: off
_KEPT = frozenset((
    "src", "alt", "title", "width", "height", "class", "id", "style", "align", "border", "hspace", "vspace", "lang",
    "dir", "hidden", "data-width", "data-w",
))
# fmt: on
"""Attributes of a picture that later steps read."""
_TEASER = re.compile(r"(?:^|[^a-z])teaser(?![a-z])")
_FILE = re.compile(r"\.(?:avif|gif|jpe?g|png|webp)$", re.IGNORECASE)
"""The end of a link to the picture itself, in a larger size."""


def resolve(container: HtmlElement, document: Document) -> None:
    """Give each picture one absolute `src`, and remove junk; call before cleaning."""
    elements = list(container.iter("img"))
    sources = Counter(element.get("src") for element in elements)
    repeated = {source for source, count in sources.items() if source and count > 1}
    urls = [best_url(element, document, repeated) for element in elements]
    shared = Counter(urls)
    for element, url in zip(elements, urls, strict=True):
        if not url or is_junk(element, url) or (shared[url] > 1 and is_likely_placeholder(url)):
            remove(element)
            continue
        element.set("src", url)
        unsized = stated_size(element) == (None, None)  # a ratio is no size
        for name in list(element.attrib):
            if name not in _KEPT or (unsized and name in ("width", "height") and pixels(element.get(name))):
                del element.attrib[name]
    for source in list(container.iter("source")):
        unwrap(source)  # libxml2 does not know that it is void, and nests the picture in it


@dataclass(frozen=True)
class Teaser:
    """A picture and the titles that link to the same other page of the site."""

    picture: HtmlElement
    """The picture, or the link around it."""
    titles: tuple[HtmlElement, ...]
    box: HtmlElement
    """The smallest element that holds the picture and one of the titles."""


def find_teasers(container: HtmlElement, document: Document) -> list[Teaser]:
    """Find teasers of other pages of the site; call before cleaning.

    A picture that links to another site, such as a shop, may be the article's.
    """
    own = _place(document.page.url)
    pictures, titles = defaultdict(list), defaultdict(list)
    for link in container.iter("a"):
        href = link.get("href")
        if href and link.find(".//img") is not None:
            pictures[href].append(link)
        if href and _is_title(link):
            titles[href].append(link)
            if (picture := _picture_beside(link)) is not None:
                pictures[href].append(picture)
    return [
        Teaser(picture, tuple(titles[href]), _common_ancestor(picture, titles[href]))
        for href, found in pictures.items()
        if titles[href] and _is_other_page(_place(document.absolute(href)), own)
        for picture in found
    ]


def _picture_beside(title: HtmlElement) -> HtmlElement | None:
    """Find the picture that shares a box named as a teaser with a title."""
    named = [above for above in islice(title.iterancestors(), LEVELS) if _TEASER.search(above.get("class") or "")]
    box = named[-1] if named else None
    images = list(islice(box.iter("img"), 2)) if box is not None and size(box) <= MAX_SIZE else []
    return images[0] if len(images) == 1 and images[0] not in title.iter("img") else None


def drop_teasers(container: HtmlElement, teasers: list[Teaser]) -> None:
    """Remove the pictures of teasers whose titles cleaning has removed, in place.

    The whole box is removed when it holds little text and no other picture.
    """
    orphans = [teaser for teaser in teasers if not any(_is_kept(title, container) for title in teaser.titles)]
    pictures = {image for teaser in orphans for image in teaser.picture.iter("img")}
    for teaser in orphans:
        box = teaser.box
        little = box is not container and size(box) <= MAX_SIZE and pictures.issuperset(box.iter("img"))
        for element in (box, teaser.picture) if little else (teaser.picture,):
            if element.getparent() is not None:
                remove(element)


def _is_title(link: HtmlElement) -> bool:
    return weigh(one_line(link)) >= TITLE


def _is_kept(title: HtmlElement, container: HtmlElement) -> bool:
    return container in title.iterancestors() and _is_title(title)


def _common_ancestor(link: HtmlElement, titles: list[HtmlElement]) -> HtmlElement:
    around = [link, *link.iterancestors()]
    places = {element: place for place, element in enumerate(around)}
    return around[
        min(next(places[above] for above in [title, *title.iterancestors()] if above in places) for title in titles)
    ]


def _place(url: str) -> tuple[str, str]:
    """Split a URL into host and path."""
    parts = urlsplit(url)
    return (parts.hostname or "").removeprefix("www."), parts.path.rstrip("/")


def _is_other_page(place: tuple[str, str], own: tuple[str, str]) -> bool:
    """Whether a link leads to another page of the same site."""
    return place[0] == own[0] and place[1] != own[1] and not _FILE.search(place[1])


def collect(container: HtmlElement, captions: Mapping[HtmlElement, HtmlElement | None]) -> tuple[Image, ...]:
    """Return the pictures left after cleaning, in reading order, each once; set each to send no referrer."""
    by_box: dict[HtmlElement, list[HtmlElement]] = {}
    for caption, box in captions.items():
        if box is not None and captions.keys().isdisjoint(caption.iterancestors()):
            by_box.setdefault(box, []).append(caption)
    copies: dict[str, list[HtmlElement]] = {}
    for element in container.iter("img"):
        if element.get("referrerpolicy") is not None:
            del element.attrib["referrerpolicy"]
        element.set("referrerpolicy", "no-referrer")
        copies.setdefault(key(element.get("src") or ""), []).append(element)
    return tuple(_image(elements, container, by_box) for elements in copies.values())


def _image(copies: list[HtmlElement], container: HtmlElement, by_box: Mapping[HtmlElement, list[HtmlElement]]) -> Image:
    texts: list[str] = []
    for text in (text for element in copies[:MOST_COPIES] for text in _captions_of(element, container, by_box)):
        if not any(text in other for other in texts):
            texts.append(text)
    caption = " ".join(texts)[:1000]
    first = copies[0]
    width, height = pixels(first.get("width")), pixels(first.get("height"))
    return Image(first.get("src") or "", caption, _credit(caption, texts), width, height)


def _captions_of(
    element: HtmlElement, container: HtmlElement, by_box: Mapping[HtmlElement, list[HtmlElement]]
) -> list[str]:
    """Return the captions in the smallest box of a picture, and in further boxes that hold no other picture."""
    texts: list[str] = []
    for above in (element, *element.iterancestors()):
        if texts and len(list(islice(above.iter("img"), 2))) > 1:
            break
        texts += [text for caption in by_box.get(above, ()) if (text := text_of(caption))]
        if above is container:
            break
    return texts


def _credit(caption: str, texts: list[str]) -> str:
    """Find the photographer or agency in a caption."""
    found = _CREDIT.search(caption)
    if found:
        return found.group(1).strip(" )")
    in_brackets = re.search(r"[(（]([^()（）]{3,60})[)）]\s*$", caption)
    return in_brackets.group(1) if in_brackets and len(texts) == 1 else ""
