"""`<img>` → the absolute URL of its best version, from `srcset`, the attributes of lazy loaders and `src`.

Placeholders, templates that a script would fill in, and hosts inside private networks are ignored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator
from functools import lru_cache
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.extractors.document import Document
from crawler.extractors.images.junk import is_placeholder
from crawler.extractors.sanitise import is_public, is_safe_url
from crawler.urls.resolving import absolute

# fmt: off
LAZY = (
    "data-src", "data-original", "data-lazy-src", "data-original-src", "data-actualsrc", "data-lazy",
    "data-url", "data-image", "data-img-src", "data-full-src", "data-large-file", "data-hi-res-src",
    "data-orig-file", "data-echo", "data-real-src", "data-lazyload", "data-flickity-lazyload",
)
# fmt: on
"""Attributes in which lazy loaders keep the URL until the picture scrolls into view; they come before `src`."""
TWIN, TWIN_SET = "data-noscript-src", "data-noscript-srcset"
"""Where lazy.py puts the URLs of the copy in `<noscript>`."""
MAX_SRCSET = 8_000
"""Characters of an attribute that are read; the longest `srcset` of the recorded pages has 3,748."""
TINY = 200.0
"""Pixels; the largest version in a `srcset` that is only shown until the picture has come."""
MAX_VALUES = 200
"""How many candidates of a set, or values of JSON in an attribute, are read."""
MAX_SPACED = 300
"""Characters after the first space of the longest URL with spaces."""

_UNTOLD = frozenset(("alt", "class", "id", "name", "sizes", "src", "style", "title", "type", "usemap", "longdesc"))
"""Attributes that hold no URL of another version."""
_OTHER_THING = re.compile(
    r"(?<![a-z])alt(?![a-z])|avatar|author|caption|desc|icon|logo|name|pixel|title|track|watermark|^on"
)
"""Words in the name of an attribute, or of a key in JSON, that holds no URL of this picture."""
_LAST = re.compile(r"default|error|fallback|place-?holder")
"""The same, of what is shown when the picture is missing."""
_LARGE = re.compile(r"big|desktop|enlarge|full|hi-?res|high|hq|large|max|orig|raw|retina|xl|zoom")
_LITTLE = re.compile(r"blur|href|link|lq|low|micro|mini|mobile|poster|preview|share|small|thumb|tiny|video")
_OF_PICTURE = re.compile(r"src|image|img|lazy|orig|photo|pic|bg|background")
_PICTURE = re.compile(r"\.(?:avif|bmp|gif|heic|jfif|jpe?g|pjpeg|png|tiff?|webp)(?![a-z0-9])", re.IGNORECASE)
_FORMAT = re.compile(r"[?&]\w{0,12}=(?:avif|gif|jpe?g|png|webp)(?:&|$)", re.IGNORECASE)
"""A parameter of a picture's URL that names its format: `?wx_fmt=jpeg`."""
_OTHER_FILE = re.compile(r"\.(?:aspx?|css|html?|js|json|m3u8|mp[34]|pdf|s?html?|svg|webm|xml)$", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?:)?//[^/]+\.|\.{0,2}/[^/]|[\w%~][\w%.~-]*[/?]", re.IGNORECASE)
_BRACKETS = re.compile(r"""[\s"'()<>\[\]{},|]+""")
_SET = re.compile(r"\s\d+(?:\.\d+)?[wx]\s*(?:,|$)")
_SPACED = re.compile(r"(.+\.(?:avif|gif|jpe?g|png|webp)(?:\?\S*)?)(?:\s+(\d{1,5})w)?", re.IGNORECASE)
"""A candidate whose URL has spaces that should have been encoded."""
_DESCRIPTOR = re.compile(r"(\d+(?:\.\d+)?)([wx])")
_STATED_WIDTH = re.compile(r"(?<!\d)(\d{2,4})x\d{2,4}(?!\d)|(?:[?&/,](?:w|width)[=_]|/w|[-_])(\d{3,4})(?:w|px)?(?!\d)")

_AROUND = " \t\r\n\f\"'"
_SLASHES = re.compile(r"^(https?:)?/{3,}", re.IGNORECASE)
_ENCODED = re.compile('[ "<>^`|]')
_TEMPLATE = re.compile(
    r"[{}]|\[\[|\*\*|%7B(?![0-9a-f]{8}-)|(?<![a-z0-9-])(?:undefined|null)(?![a-z0-9-])"
    r"|^[^/?]*[(=](?:'|%22|%60|this\.)|(?:^|'|%22)(?:%20)?\+%20|%20\+(?:%20)?(?:$|'|%22)",
    re.IGNORECASE,
)
"""Parts of URLs that a script would have filled in, and code: a call or assignment before any slash, joined strings."""


def best_url(element: HtmlElement, document: Document, repeated: Container[str] = ()) -> str:
    """Return the absolute URL of the largest version that the page names; empty when none is usable.

    `repeated`: values of `src` that several pictures share; another attribute with a picture's URL comes before them.
    """
    for value in ranked(element, repeated):
        if url := usable_url(value, document):
            return url
    return ""


def ranked(element: HtmlElement, repeated: Container[str] = ()) -> Iterator[str]:
    """Yield the values that may be a picture's URL, the best first."""
    versions = sorted(_versions(element), key=lambda version: -version[1])
    yield from (url for url, width in versions if width > TINY)
    stated = dict(element.items())
    source = stated.get("src") or ""
    own = [(name, value) for name in LAZY if (value := stated.get(name)) and is_address(name, value)]
    if twin := stated.get(TWIN):
        larger = bool(own) and 0 < _stated_width(own[0][1]) < _stated_width(twin)
        own.insert(0 if larger else len(own), (TWIN, twin))
    # A loader's attribute without a file name (`data-url`: a share button's) gives way to a `src` with one.
    clear = not _PICTURE.search(source) or source in repeated
    yield from (value for name, value in own if clear or name in LAZY[:3] or name == TWIN or _PICTURE.search(value))
    others = list(_others(element)) if gives_way(source) or source in repeated else []
    yield from others
    yield source
    yield from _others(element) if not others else ()
    yield from (url for url, width in versions if width <= TINY)


def gives_way(source: str) -> bool:
    """Whether a `src` is missing or a drawing, in place of which another attribute may have the photograph."""
    path = source.partition("?")[0].strip().lower()
    return not path or path.startswith(("data:", "about:", "#")) or path.endswith((".gif", ".svg"))


def _versions(element: HtmlElement) -> Iterator[tuple[str, float]]:
    """Yield URL and width of all candidates in the sets of a picture and of the `<source>` beside it."""
    holders = [element]
    parent = element.getparent()
    while parent is not None and parent.tag == "source":
        parent = parent.getparent()
    if parent is not None and parent.tag == "picture":
        holders.extend(parent.iter("source"))
    for holder in holders:
        for name, value in holder.items():
            if "srcset" in name or (name not in _UNTOLD and "/" in value and _SET.search(value)):
                if not _OTHER_THING.search(name) and not _LAST.search(name):
                    yield from candidates(value)
            elif holder is not element and (name in ("src", "data-src") or _is_of_picture(name, value)):
                yield value, 1.0


def candidates(srcset: str) -> Iterator[tuple[str, float]]:
    """Yield URL and width of each candidate of a `srcset` (HTML, 4.8.4.3.10); a density of 2x counts as 2,000 pixels.

    A comma belongs to the URL unless it ends it.
    """
    rest = srcset
    if len(srcset) > MAX_SRCSET:  # without the last word, which is cut
        rest = "".join(srcset[:MAX_SRCSET].rsplit(None, 1)[:-1])
    for _ in range(MAX_VALUES):
        url, *after = rest.lstrip(" \t\r\n\f,").split(None, 1) or ("",)
        if not url:
            return
        rest = after[0] if after else ""
        if url.endswith(","):
            yield url.rstrip(","), 1000.0
            continue
        descriptors, _, rest = rest.partition(",")
        sizes = [_DESCRIPTOR.fullmatch(word) for word in descriptors.split() if not re.fullmatch(r"\d+h", word)]
        if all(sizes):
            size = next((size for size in sizes if size), None)
            yield url, (float(size[1]) * (1.0 if size[2] == "w" else 1000.0)) if size else 1000.0
        elif len(descriptors) < MAX_SPACED and (spaced := _SPACED.fullmatch(f"{url} {descriptors.strip()}")):
            yield spaced[1], float(spaced[2] or TINY + 1)
        else:
            yield url, 1.0


def _others(element: HtmlElement) -> list[str]:
    """Find pictures' URLs in attributes of any name, also in JSON: full sizes first, thumbnails last."""
    found: list[tuple[int, float, str]] = []
    for name, value in element.items():
        name = name.lower()
        if name in _UNTOLD or name in LAZY or "srcset" in name or len(value) > MAX_SRCSET:
            continue
        for key, url in _in_json(name, value) if value.lstrip()[:1] in ("{", "[") else ((name, value),):
            if not _OTHER_THING.search(key) and is_address(key, url):
                found.append((_rank(key), -_stated_width(url), url))
    found.sort(key=lambda one: one[:2])
    return [url for _, _, url in found]


def _rank(name: str) -> int:
    if _LAST.search(name):
        return 3
    return 2 if _LITTLE.search(name) else 0 if _LARGE.search(name) else 1


def _stated_width(url: str) -> float:
    match = _STATED_WIDTH.search(url)
    return float(match[1] or match[2]) if match else 0.0


def _in_json(name: str, value: str) -> Iterator[tuple[str, str]]:
    """Yield key and string of each string in JSON; of other text in brackets, each URL with a picture's extension."""
    try:
        pending = [(name, json.loads(value))]
    except (ValueError, RecursionError):
        yield from ((name, piece) for piece in _BRACKETS.split(value) if _PICTURE.search(piece))
        return
    for _ in range(MAX_VALUES):
        if not pending:
            return
        key, here = pending.pop(0)
        if isinstance(here, str):
            yield key, here
        elif isinstance(here, dict):
            pending.extend((str(inner).lower(), below) for inner, below in here.items())
        elif isinstance(here, list):
            pending.extend((key, below) for below in here)


def is_address(name: str, value: str) -> bool:
    """Whether an attribute's value looks like the URL of a picture; `name` may say that it is one."""
    if re.search(r"\s(?:https?:|//)|,\s|\s[\d.]+[wx]$", value.strip()):
        return False  # several
    value = repaired(value)
    path = re.split(r"[?#]", value, maxsplit=1)[0]
    if _OTHER_FILE.search(path):
        return False
    if _PICTURE.search(path):
        return "/" in path or _OF_PICTURE.search(name) is not None or "file" in name
    named = _OF_PICTURE.search(name) or _FORMAT.search(value)
    return named is not None and _ADDRESS.match(value) is not None


def _is_of_picture(name: str, value: str) -> bool:
    """Whether an attribute of any name holds the URL of a picture."""
    return name not in _UNTOLD and not _OTHER_THING.search(name) and not _LAST.search(name) and is_address(name, value)


def repaired(value: str) -> str:
    """Read a URL as browsers do: without line breaks and quotes, `\\` as `/`, spaces encoded (URL standard, 4.4).

    Escapes that were applied twice are undone: `\\/`, `&amp;`.
    """
    value = value.replace('\\"', '"').replace("\\'", "'").strip(_AROUND)
    if "\n" in value or "\r" in value or "\t" in value:
        value = "".join(line.strip(" \f") for line in re.split(r"[\r\n]+", value.replace("\t", "")))
    while "&amp;" in value:
        value = value.replace("&amp;", "&")
    if "\\" in value:
        path, mark, rest = value.partition("?")
        value = path.replace("\\/", "/").replace("\\", "/") + mark + rest.replace("\\/", "/")
    value = _SLASHES.sub(lambda match: (match[1] or "") + "//", value)
    return _ENCODED.sub(lambda match: f"%{ord(match[0]):02X}", value)


def usable_url(value: str, document: Document) -> str:
    """Return the absolute URL if it can be that of an article's picture; else empty."""
    return _usable(value, document.base_url, document.page.url)


@lru_cache(maxsize=1024)
def _usable(value: str, base: str, page: str) -> str:
    """Resolve and judge a picture's URL; cached, as most are asked for four times."""
    value = repaired(value)
    url = "" if not value or _TEMPLATE.search(value) else absolute(base, value)
    if not url or not is_safe_url(url) or is_placeholder(url):
        return ""
    return url if is_public(url) or urlsplit(url).hostname == urlsplit(page).hostname else ""
