"""Pictures of a body: lazy ones made real, icons and pixels dropped, each with caption, credit and best resolution.

The cleaned copy of the container in; its `<img>` elements come out with one absolute `src`, and a list of `Image`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote, urlsplit

from lxml import etree
from lxml.html import HtmlElement

from crawler.extractors.document import Document
from crawler.extractors.dom import remove, unwrap
from crawler.extractors.sanitise import is_public, is_safe_url
from crawler.items import Image

# fmt: off
LAZY = (
    "data-src", "data-original", "data-lazy-src", "data-original-src", "data-actualsrc", "data-lazy",
    "data-url", "data-image", "data-img-src", "data-full-src", "data-large-file", "data-hi-res-src",
    "data-orig-file", "data-echo", "data-real-src", "data-lazyload", "data-flickity-lazyload",
)
# fmt: on
SETS = ("srcset", "data-srcset", "data-lazy-srcset")
MAX_SRCSET = 8_000
"""Characters of a `srcset` that are read; the longest of the recorded pages has 3,748."""
_CANDIDATE = re.compile(r"\s*([^\s,]\S*[^\s,])(?:\s+([\d.]+)([wx])(?:\s+\d+h)?)?\s*(?:,|$)")
_PLACEHOLDER = re.compile(
    r"/(?:[a-z]*[-_])?(?:blank|spacer|place-?holder|transparent|pixel|1x1|loading|lazy-?load|grey|gray|"
    r"default|fallback|no-?image)"
    r"(?:[-_.]?\w{0,12})?\.(?:gif|png|svg|jpe?g|webp)(?:$|\?)",
    re.IGNORECASE,
)
_JUNK = re.compile(
    r"avatar|gravatar|placeholder|transparent|spacer|werbung|/aut(?:h)?or/|/share\.|zoom-in|/icons?[/_-]|"
    r"[/_-]icon[._-]|logo|emoji|badge|sprite|pixel|tracking|/ads?/|doubleclick|feedburner",
    re.IGNORECASE,
)
_JUNK_NAME = re.compile(
    r"(?:^|[^a-z])(?:avatar|gravatar|icon|logo|emoji|author-?(?:image|photo|img)|tracking|pixel)(?![a-z])",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(r"undefined|%7B|\$\{|\[\[", re.IGNORECASE)
"""Addresses that a script was to fill in."""
SMALL = 100
"""Pixels of a side up to which a picture illustrates nothing: icons, avatars, thumbs of teasers."""
TEASER = 150
"""The same of both sides."""
_CREDIT = re.compile(
    r"(?:(?:photo(?:graph)?|image|picture|foto|bild|crédit|crédits photo|quelle|credit|fotograf|摄影|图源|"
    r"图片来源|来源)"
    r"\s*(?:by|:|：)|©|\(c\)|copyright)\s*"
    r"([^.;。；]{2,80})",
    re.IGNORECASE,
)


def reveal(container: HtmlElement) -> None:
    """Gives a lazy picture the address of its `<noscript>` twin, which is the real one. Before any cleaning."""
    for button in list(container.iter("button")):
        if button.find(".//img") is not None:
            button.tag = "div"  # opens the picture in large
    for noscript in list(container.iter("noscript")):
        twin = noscript.find(".//img")
        if twin is None and noscript.text and "<img" in noscript.text:
            parsed = etree.HTML(noscript.text)
            twin = parsed.find(".//img") if parsed is not None else None
        if twin is not None and twin.get("src"):
            before = noscript.getprevious()
            beside = list(before.iter("img")) if before is not None else []
            if len(beside) == 1:
                beside[0].set("data-src", twin.get("src") or "")
            else:
                noscript.addprevious(twin)
        remove(noscript)


def prune(container: HtmlElement, document: Document) -> None:
    """Gives every picture its one absolute `src`; what is no picture of an article goes. Before cleaning."""
    for element in list(container.iter("img")):
        url = best_url(element, document)
        if url and not is_junk(element, url):
            element.set("src", url)
        else:
            remove(element)
    for source in list(container.iter("source")):
        unwrap(source)  # libxml2 does not know that it is void, and puts the picture below it


def settle(container: HtmlElement, captions: Mapping[HtmlElement, HtmlElement | None]) -> tuple[Image, ...]:
    """The pictures that cleaning left, in reading order, without repetitions; none of them sends a referrer."""
    beside: dict[HtmlElement, list[HtmlElement]] = {}
    for caption, box in captions.items():
        if box is not None:
            beside.setdefault(box, []).append(caption)
    found: dict[str, Image] = {}
    for element in container.iter("img"):
        url = element.get("src") or ""
        if element.get("referrerpolicy") is not None:
            del element.attrib["referrerpolicy"]
        element.set("referrerpolicy", "no-referrer")
        texts = _captions_of(element, container, beside)
        caption = " ".join(dict.fromkeys(texts))[:1000]
        found.setdefault(
            file_of(url),
            Image(url, caption, _credit(caption, texts), _pixels(element, "width"), _pixels(element, "height")),
        )
    return tuple(found.values())


def file_of(url: str) -> str:
    """What two addresses of one picture in two sizes share: the file's name where it is telling, else the address."""
    path = unquote(urlsplit(url).path).rstrip("/")
    name = path.rsplit("/", 1)[-1]
    return (
        name
        if len(name) >= 12 and any(map(str.isdigit, name))
        else urlsplit(url).netloc + path + "?" + urlsplit(url).query
    )


def best_url(element: HtmlElement, document: Document) -> str:
    """The absolute URL of the largest version that the page names; empty when none is fit to be shown."""
    ranked: list[tuple[float, int, str]] = []
    holders = [element]
    parent = element.getparent()
    while parent is not None and parent.tag == "source":
        parent = parent.getparent()
    if parent is not None and parent.tag == "picture":
        holders.extend(parent.iter("source"))
    for holder in holders:
        for name in SETS:
            for url, width in candidates(holder.get(name) or ""):
                ranked.append((width, -len(ranked), url))
    largest = [value for _, _, value in sorted(ranked, reverse=True)]
    sources = [value for name in (*LAZY, "src") if (value := element.get(name))]
    return next((url for value in (*largest, *sources) if (url := usable_url(value, document))), "")


def candidates(srcset: str) -> Iterator[tuple[str, float]]:
    """URL and width (density counts as thousands of pixels) of each candidate of a `srcset`."""
    for match in _CANDIDATE.finditer(" ".join(srcset[:MAX_SRCSET].split())):
        url, number, unit = match.groups()
        try:
            size = float(number) if number else 1.0
        except ValueError:
            continue
        yield url, size if unit == "w" else size * 1000.0


def usable_url(value: str, document: Document) -> str:
    """The absolute URL when it can be a picture of an article."""
    url = document.absolute(value.strip().replace(" ", "%20"))
    if not url or not is_safe_url(url) or _PLACEHOLDER.search(url):
        return ""
    return url if is_public(url) or urlsplit(url).hostname == urlsplit(document.page.url).hostname else ""


def is_junk(element: HtmlElement, url: str) -> bool:
    """Icons, pixels, avatars, small teasers, advertisements."""
    sides = [pixels for side in ("width", "height") if (pixels := _pixels(element, side)) is not None]
    if any(side <= SMALL for side in sides) or (len(sides) == 2 and max(sides) <= TEASER):
        return True
    if _JUNK.search(url) or _TEMPLATE.search(url):
        return True
    if urlsplit(url).path.lower().endswith(".svg") and not any(
        above.tag == "figure" for above in element.iterancestors()
    ):
        return True
    names = " ".join(filter(None, (element.get("class"), element.get("id"))))
    return bool(names) and _JUNK_NAME.search(names) is not None


def _captions_of(
    element: HtmlElement, container: HtmlElement, beside: Mapping[HtmlElement, list[HtmlElement]]
) -> list[str]:
    for above in element.iterancestors():
        if above in beside:
            return [text for caption in beside[above] if (text := " ".join("".join(caption.itertext()).split()))]
        if above is container or above.tag == "figure":
            break
    return []


def _credit(caption: str, texts: list[str]) -> str:
    """Whose the picture is, as the caption says."""
    found = _CREDIT.search(caption)
    if found:
        return found.group(1).strip(" )")
    in_brackets = re.search(r"[(（]([^()（）]{3,60})[)）]\s*$", caption)
    return in_brackets.group(1) if in_brackets and len(texts) == 1 else ""


def _pixels(element: HtmlElement, side: str) -> int | None:
    match = re.match(r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*$", element.get(side) or "")
    return int(match.group(1)) if match else None
