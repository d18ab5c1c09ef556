"""Pictures of other articles: they lead where a title leads that turns out to be no part of this one.

`find` before the container is cleaned, `drop` afterwards: what is left of a teaser goes with its picture.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.extractors.container.survey import weigh
from crawler.extractors.document import Document
from crawler.extractors.dom import remove
from crawler.extractors.images.captions import MAX_SIZE, size

_FILE = re.compile(r"\.(?:avif|gif|jpe?g|png|webp)$", re.IGNORECASE)
"""The picture itself, larger."""
TITLE = 25.0
"""Weighted characters of a title; `next page` and `gallery` have fewer."""


@dataclass(frozen=True)
class Teaser:
    """A picture and the titles that lead to the same page."""

    picture: HtmlElement
    """The link around it."""
    titles: tuple[HtmlElement, ...]
    box: HtmlElement
    """The smallest element that holds the picture and one of the titles."""


def find(container: HtmlElement, document: Document) -> list[Teaser]:
    """The teasers in a container, of other pages of the site: what leads to a shop may well be the article's."""
    own = _place(document.page.url)
    pictures, titles = defaultdict(list), defaultdict(list)
    for link in container.iter("a"):
        href = link.get("href")
        if href and link.find(".//img") is not None:
            pictures[href].append(link)
        if href and _says(link):
            titles[href].append(link)
    return [
        Teaser(link, tuple(titles[href]), _common(link, titles[href]))
        for href, links in pictures.items()
        if titles[href] and _is_beside(_place(document.absolute(href)), own)
        for link in links
    ]


def drop(container: HtmlElement, teasers: list[Teaser]) -> None:
    """Drops those whose titles are gone, in place: the whole box when it holds little else and no other picture."""
    gone = [teaser for teaser in teasers if not any(_stands(title, container) for title in teaser.titles)]
    pictures = {image for teaser in gone for image in teaser.picture.iter("img")}
    for teaser in gone:
        box = teaser.box
        little = box is not container and size(box) <= MAX_SIZE and pictures.issuperset(box.iter("img"))
        for element in (box, teaser.picture) if little else (teaser.picture,):
            if element.getparent() is not None:
                remove(element)


def _says(link: HtmlElement) -> bool:
    return weigh(" ".join(link.text_content().split())) >= TITLE


def _stands(title: HtmlElement, container: HtmlElement) -> bool:
    return container in title.iterancestors() and _says(title)


def _common(link: HtmlElement, titles: list[HtmlElement]) -> HtmlElement:
    around = [link, *link.iterancestors()]
    places = {element: place for place, element in enumerate(around)}
    return around[
        min(next(places[above] for above in [title, *title.iterancestors()] if above in places) for title in titles)
    ]


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return (parts.hostname or "").removeprefix("www."), parts.path.rstrip("/")


def _is_beside(place: tuple[str, str], own: tuple[str, str]) -> bool:
    return place[0] == own[0] and place[1] != own[1] and not _FILE.search(place[1])
