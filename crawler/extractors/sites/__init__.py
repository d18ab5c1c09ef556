"""What a site declares about its pages, and which site a page belongs to.

One file per site beside this one, each with a `SITE = Site(…)`; the file's name is what `use = "…"` says.
A site declares, the generic code does the work: selectors say where something is, never how it is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from urllib.parse import urlsplit

from crawler.errors import ConfigError
from crawler.items import Source

NAMES = tuple(sorted(module.name for module in iter_modules(__path__)))
"""The shipped profiles."""


@dataclass(frozen=True)
class Parts:
    """How a site splits long articles over several pages."""

    article: str
    """Regular expression of a first page's URL without query and fragment; its group `stem` is what all parts share."""
    part: str
    """URL of a further part: `{stem}` and `{n}`, counted from 2. A part exists when the page links to it."""
    whole: str = ""
    """URL of the article on one page: `{stem}`. Asked for first, and only when the page links to a further part."""


@dataclass(frozen=True)
class Site:
    """One publisher's pages. Selectors are CSS; of several the first that finds something counts."""

    name: str
    hosts: tuple[str, ...]
    """Host names without `www.`; subdomains belong to the site too."""
    source: Source
    """Defaults of a `[[source]]` that says `use = "NAME"`."""
    article: str = ""
    """Regular expression searched in an article's URL; empty = any page of the hosts may be one."""
    title: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    """The article's own container. None found although `article` knows the URL: NotAnArticle("layout")."""
    drop: tuple[str, ...] = ()
    """What goes from inside the container beyond what goes everywhere."""
    authors: tuple[str, ...] = ()
    """Elements whose texts are people's names, no prefix."""
    byline: tuple[str, ...] = ()
    """Elements whose text holds a byline, read by the conventions of `bylines`."""
    published: tuple[str, ...] = ()
    """Elements whose text (or `datetime`) is the date of publication."""
    tags: tuple[str, ...] = ()
    """Elements whose texts are tags."""
    jump: str = ""
    """Regular expression searched in the scripts of a page; its group 1 is the URL where the article is: Elsewhere."""
    parts: Parts | None = None
    canonical: tuple[tuple[str, str], ...] = field(default=())
    """Pairs for `re.sub` on a page's URL that lead from a twin (mobile, one-page form) to the article's own URL."""


@cache
def by_name(name: str) -> Site:
    """The profile that `use = "…"` names; ConfigError when there is none."""
    if name not in NAMES:
        raise ConfigError(f'use = "{name}": no such site profile; known: {", ".join(NAMES)}')
    site: Site = import_module(f"{__name__}.{name}").SITE
    return site


@cache
def _hosts() -> dict[str, Site]:
    return {host: site for site in map(by_name, NAMES) for host in site.hosts}


def by_url(url: str) -> Site | None:
    """The profile that knows the URL's host, or a domain above it."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return None
    known = _hosts()
    while host:
        if host in known:
            return known[host]
        host = host.partition(".")[2]
    return None


def of(url: str, source: Source | None) -> Site | None:
    """The profile for a page: the one whose host it is, else the one that the source uses."""
    return by_url(url) or (by_name(source.use) if source is not None and source.use else None)


def is_article(site: Site, url: str) -> bool:
    """Whether the URL has the form of the site's articles."""
    return re.search(site.article, url) is not None


def own_url(url: str) -> str:
    """The article's own URL for a twin that the site's profile knows (mobile, one-page form); else `url` itself."""
    site = by_url(url)
    for pattern, replacement in site.canonical if site else ():
        if re.match(pattern, url):
            return re.sub(pattern, replacement, url)
    return url
