"""Pictures that no `<img>` with a URL shows → such `<img>`s, in the copy of a container.

That are the copies in `<noscript>`, custom elements such as `<amp-img>`, a `<picture>` without `<img>`, and the
background of a box in a figure. Called before any cleaning; image_url.py then reads the attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

from crawler.extractors.dom import names_of, remove, unwrap
from crawler.extractors.images.image_url import LAZY, TWIN, TWIN_SET, gives_way, is_address
from crawler.extractors.images.junk import SMALL, is_placeholder, pixels

TAGS = ("img", "amp-img", "amp-anim")
"""Elements that show a picture in pages as they are served."""
MAX_STYLE = 2_000
"""Characters of a `style` that are read."""
PIXEL = 3
"""Side of the largest picture that counts readers."""

_TEXT = etree.XPath("boolean(.//text()[normalize-space() and not(ancestor::noscript)])")
_CUSTOM_TAG = re.compile(r"image|(?:[a-z][\w.]*-)+(?:img|image|anim)")
_IS_LAZY = re.compile(r"lazy|lozad|defer|progressive|blur|placeholder", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BACKGROUND = re.compile(r"background(?:-image)?\s*:[^;]*?url\(\s*(?P<quote>[\"']?)(?P<url>.+?)(?P=quote)\s*\)", re.I)
_URL = re.compile(r"\s*url\(\s*[\"']?(.+?)[\"']?\s*\)\s*")
_BOXES = ("div", "span", "a", "p", "section", "i", "li")
_PLAYER = re.compile(r"video|player", re.IGNORECASE)
_NAMED_BACKGROUND = re.compile(r"bg|background|src|image")


def restore(container: HtmlElement) -> None:
    """Give each of these pictures an `<img>`, and each lazy `<img>` the URLs of its copy in `<noscript>`."""
    for button in list(container.iter("button")):
        if button.find(".//img") is not None:
            button.tag = "div"  # enlarges the picture
    # Not by XPath, which takes four times as long to look at the name of each element.
    custom = [one for one in container.iterdescendants("*") if "-" in (tag := one.tag) or tag == "image"]
    for element in custom:
        if _CUSTOM_TAG.fullmatch(element.tag) and not any(above.tag == "svg" for above in element.iterancestors()):
            _replace(element)
    for picture in list(container.iter("picture")):
        if next(picture.iter("img"), None) is None:
            etree.SubElement(picture, "img", dict(picture.attrib))
    for noscript in list(container.iter("noscript")):
        _restore_copies(noscript)
        remove(noscript)
    _restore_backgrounds(container)


def _replace(element: HtmlElement) -> None:
    """Put an `<img>` in the place of a custom element; pictures inside it show until it has loaded, or instead of it.

    `<image>` is `<img>` to browsers (HTML, 13.2.6.4.7). An element without an end tag holds what follows it.
    """
    if element.getparent() is None:
        return
    image = element.makeelement("img", dict(element.attrib))
    sides = [side for name in ("width", "height") if (side := pixels(image.get(name))) is not None]
    if image.get("layout") not in (None, "fixed", "nodisplay") and any(side <= SMALL for side in sides):  # a ratio
        for name in ("width", "height"):
            image.attrib.pop(name, None)
    element.addprevious(image)
    follows = element.tag == "image" or any(
        below.get("placeholder") is None and below.get("fallback") is None
        for below in element.iter(element.tag)
        if below is not element and not any(above.tag == "noscript" for above in below.iterancestors())
    )
    if follows or _TEXT(element):
        unwrap(element)
    else:
        remove(element)


def _restore_copies(noscript: HtmlElement) -> None:
    """Give the lazy pictures beside a `<noscript>` the URLs of their copies in it, or put the copies there."""
    copies = [copy for copy in _copies(noscript) if not _counts_readers(copy)]
    lazy = _beside(noscript, copies)
    for image, copy in zip(lazy, copies, strict=False):
        if source := copy.get("src") or copy.get("data-src"):
            image.set(TWIN, source)
        if versions := _sets(copy):
            image.set(TWIN_SET, versions)
    if not lazy:
        for copy in copies:
            if versions := _sets(copy):
                copy.set(TWIN_SET, versions)
            noscript.addprevious(copy)


def _copies(noscript: HtmlElement) -> list[HtmlElement]:
    copies = list(noscript.iter(*TAGS))
    if not copies and noscript.text and "<img" in noscript.text:
        parsed = etree.HTML(noscript.text)
        copies = list(parsed.iter("img")) if parsed is not None else []
    for copy in copies:
        copy.tag = "img"
    return [copy for copy in copies if any(copy.get(name) for name in ("src", "srcset", "data-src", "data-srcset"))]


def _counts_readers(image: HtmlElement) -> bool:
    sides = (pixels(image.get(name)) for name in ("width", "height"))
    return any(side is not None and side <= PIXEL for side in sides) or bool(_HIDDEN.search(image.get("style") or ""))


def _sets(image: HtmlElement) -> str:
    """Join the sets of a picture and of the `<source>` beside it."""
    holders = [image, *(source for above in image.iterancestors("picture") for source in above.iter("source"))]
    return ", ".join(value for holder in holders for name, value in holder.items() if "srcset" in name and value)


def _beside(noscript: HtmlElement, copies: list[HtmlElement]) -> list[HtmlElement]:
    """Find the pictures of which a `<noscript>` has the copies, in the element before or after it."""
    for sibling in (noscript.getprevious(), noscript.getnext()):
        images = list(islice(sibling.iter("img"), len(copies) + 1)) if sibling is not None and copies else []
        if len(images) == len(copies) and all(map(_is_same, images, copies)):
            return images
    return []


def _is_same(image: HtmlElement, copy: HtmlElement) -> bool:
    """Whether a picture waits for its URL, or has the copy's file name."""
    source = image.get("src") or ""
    return (
        gives_way(source)
        or is_placeholder(source)
        or any(image.get(name) for name in (*LAZY, "data-srcset"))
        or _IS_LAZY.search(names_of(image)) is not None
        or _file(source) == _file(copy.get("src") or "")
    )


def _file(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


def _restore_backgrounds(container: HtmlElement) -> None:
    """Put an `<img>` into boxes that show a picture as their background, in a figure or with the role of a picture."""
    boxes = [box for box in container.iterdescendants(*_BOXES) if box.get("role") == "img"]
    for figure in container.iter("figure"):
        if next(figure.iterdescendants("figure", "img", "video", "iframe", "audio"), None) is None:
            inside = [figure, *figure.iter(*_BOXES)]
            if not any(_PLAYER.search(names_of(box)) for box in inside):  # its background is a still of the film
                boxes.extend(inside)
    for box in boxes:
        if next(box.iter("img"), None) is None and (url := next(_backgrounds(box), "")):
            image = box.makeelement("img", {"src": url, "alt": box.get("aria-label") or ""})
            image.tail, box.text = box.text, None
            box.insert(0, image)


def _backgrounds(box: HtmlElement) -> Iterator[str]:
    if found := _BACKGROUND.search((box.get("style") or "")[:MAX_STYLE]):
        yield found["url"]
    for name, value in box.items():
        wrapped = _URL.fullmatch(value)
        if name != "style" and _NAMED_BACKGROUND.search(name) and is_address(name, wrapped[1] if wrapped else value):
            yield wrapped[1] if wrapped else value
