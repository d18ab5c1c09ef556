"""Site profiles: what a site declares about its pages, and which profile reads a page.

Each file in this folder declares one site, `SITE = Site(…)`; `use = "…"` in warcpress.toml names the file. A profile
says where something is on a page; generic code reads it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from urllib.parse import urlsplit

from crawler.errors import ConfigError
from crawler.items import Selectors, Source

NAMES = tuple(sorted(module.name for module in iter_modules(__path__)))
"""Names of the profiles."""


@dataclass(frozen=True)
class Parts:
    """How a site splits long articles over several pages."""

    article: str
    """Regular expression of a first page's URL; group `stem` is what all pages share."""
    part: str
    """URL of a further page, with `{stem}` and `{n}`, counted from 2; a page exists when another one links to it.

    Where it begins with `//`, it has the scheme of the page.
    """
    whole: str = ""
    """URL of the article on one page, with `{stem}`; requested first when a page links to it or to a further one."""
    unfold: str = ""
    """Regular expression of the whole text of an element that offers the rest: then `whole` is requested too."""


@dataclass(frozen=True)
class Site:
    """One publisher's pages. Selectors are CSS; of several, the first that finds something counts."""

    name: str
    hosts: tuple[str, ...]
    """Host names without `www.`; subdomains belong to the site too."""
    source: Source
    """Defaults of a `[[source]]` that says `use = "NAME"`."""
    article: str = ""
    """Regular expression searched in an article's URL; empty = any page of the hosts may be one."""
    title: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    """The article's container. When nothing is found though `article` matches the URL: NotAnArticle("layout")."""
    drop: tuple[str, ...] = ()
    """Elements to remove from the container, beside those that generic rules remove."""
    authors: tuple[str, ...] = ()
    """Elements whose texts are names of authors, without a prefix such as `by`."""
    byline: tuple[str, ...] = ()
    """Elements whose text holds a byline."""
    published: tuple[str, ...] = ()
    """Elements whose text (or `datetime`) is the date of publication."""
    tags: tuple[str, ...] = ()
    """Elements whose texts are tags."""
    jump: str = ""
    """Regular expression searched in the scripts of a page; group 1 is the article's real URL, raised as Elsewhere."""
    parts: tuple[Parts, ...] = ()
    """How articles are split over pages; the first whose `article` matches counts."""
    canonical: tuple[tuple[str, str], ...] = field(default=())
    """Pairs for `re.sub` that turn the URL of a twin (mobile, one-page form) into that of the article."""
    own: Selectors = field(default_factory=Selectors)
    """Selectors of the source; where they find nothing, the page is read as without them."""


@cache
def by_name(name: str) -> Site:
    """Return the profile that `use = "…"` names; raise ConfigError when there is no such profile."""
    if name not in NAMES:
        raise ConfigError(f'use = "{name}": no such site profile; known: {", ".join(NAMES)}')
    site: Site = import_module(f"{__name__}.{name}").SITE
    return site


@cache
def _hosts() -> dict[str, Site]:
    return {host: site for site in map(by_name, NAMES) for host in site.hosts}


def by_url(url: str) -> Site | None:
    """Find the profile for a URL's host, or for a domain above it."""
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
    """Find the profile for a page: by its host, else the one that the source uses.

    The source's own selectors are added to it; without a profile they make one.
    """
    site = by_url(url) or (by_name(source.use) if source is not None and source.use else None)
    if source is None or source.article == Selectors():
        return site
    own, site = source.article, site or Site(source.name, (), source)
    return replace(
        site,
        own=own,
        title=own.title + site.title,
        drop=own.remove + site.drop,
        published=own.date + site.published,
        parts=() if own.next else site.parts,
    )


def is_article(site: Site, url: str) -> bool:
    """Tell whether a URL has the form of the site's articles."""
    return re.search(site.article, url) is not None


def own_url(url: str) -> str:
    """Map the URL of a twin (mobile, one-page form) to that of the article, as the site's profile says."""
    site = by_url(url)
    for pattern, replacement in site.canonical if site else ():
        if re.match(pattern, url):
            return re.sub(pattern, replacement, url)
    return url
