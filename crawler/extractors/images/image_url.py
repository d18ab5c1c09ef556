"""`<img>` → the absolute URL of its best version, from `srcset`, the attributes of lazy loaders and `src`.

Placeholders, templates that a script would fill in, and hosts inside private networks are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from crawler.extractors.document import Document
from crawler.extractors.dom import names_of
from crawler.extractors.languages import alternatives, merged
from crawler.extractors.sanitise import is_public, is_safe_url

# fmt: off
LAZY = (
    "data-src", "data-original", "data-lazy-src", "data-original-src", "data-actualsrc", "data-lazy",
    "data-url", "data-image", "data-img-src", "data-full-src", "data-large-file", "data-hi-res-src",
    "data-orig-file", "data-echo", "data-real-src", "data-lazyload", "data-flickity-lazyload",
)
# fmt: on
"""Attributes in which lazy loaders keep the URL until the picture scrolls into view."""
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
    r"avatar|gravatar|placeholder|transparent|spacer|/author/|/share\.|zoom-in|/icons?[/_-]|"
    r"[/_-]icon[._-]|logo|emoji|badge|sprite|pixel|tracking|/ads?/|doubleclick|feedburner|"
    rf"{alternatives(merged().advert_paths)}|/{alternatives(merged().author_names)}/",
    re.IGNORECASE,
)
_JUNK_NAME = re.compile(
    r"(?:^|[^a-z])(?:avatar|gravatar|icon|logo|emoji|author-?(?:image|photo|img)|tracking|pixel)(?![a-z])",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(r"undefined|%7B|\$\{|\[\[", re.IGNORECASE)
"""Parts of URLs that a script would have filled in."""
SMALL = 100
"""Pixels; a picture with one side no longer is an icon, an avatar or a thumbnail of a teaser."""
TEASER = 150
"""Pixels; a picture with both sides no longer is the same."""


def best_url(element: HtmlElement, document: Document) -> str:
    """Return the absolute URL of the largest version that the page names; empty when none is usable."""
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
    """Yield URL and width of each candidate of a `srcset`; a density of 2x counts as 2,000 pixels."""
    for match in _CANDIDATE.finditer(" ".join(srcset[:MAX_SRCSET].split())):
        url, number, unit = match.groups()
        try:
            size = float(number) if number else 1.0
        except ValueError:
            continue
        yield url, size if unit == "w" else size * 1000.0


def usable_url(value: str, document: Document) -> str:
    """Return the absolute URL if it can be that of an article's picture; else empty."""
    url = document.absolute(value.strip().replace(" ", "%20"))
    if not url or not is_safe_url(url) or _PLACEHOLDER.search(url):
        return ""
    return url if is_public(url) or urlsplit(url).hostname == urlsplit(document.page.url).hostname else ""


def file_of(url: str) -> str:
    """Return a key shared by URLs of one picture in several sizes: a distinctive file name, else the URL."""
    path = unquote(urlsplit(url).path).rstrip("/")
    name = path.rsplit("/", 1)[-1]
    return (
        name
        if len(name) >= 12 and any(map(str.isdigit, name))
        else urlsplit(url).netloc + path + "?" + urlsplit(url).query
    )


def is_junk(element: HtmlElement, url: str) -> bool:
    """Tell whether a picture is an icon, a tracking pixel, an avatar, a small teaser or an advertisement."""
    sides = [length for side in ("width", "height") if (length := pixels(element.get(side))) is not None]
    if any(side <= SMALL for side in sides) or (len(sides) == 2 and max(sides) <= TEASER):
        return True
    if _JUNK.search(url) or _TEMPLATE.search(url):
        return True
    if urlsplit(url).path.lower().endswith(".svg") and not any(
        above.tag == "figure" for above in element.iterancestors()
    ):
        return True
    names = names_of(element)
    return bool(names) and _JUNK_NAME.search(names) is not None


def pixels(value: object) -> int | None:
    """Parse a `width` or `height` in pixels; None when it holds something else."""
    match = re.match(r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*$", str(value or ""))
    return int(match.group(1)) if match else None
