"""Feeds and sitemaps of one site, each read once, go in; which of them to follow, and why, comes out. Pure."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import get_args

from crawler.discovery.found import Form, NamedBy
from crawler.items import Candidate, Source
from crawler.urls.allowed import allowed
from crawler.urls.canonical import canonicalise, site_of

FEEDS = frozenset({"RSS", "Atom", "JSON Feed"})
NEWS: Form = "news sitemap"
STALE = timedelta(days=365)
"""A feed whose newest article is so much older than that of another one is out of use."""
SAME = 0.9
"""Share of a feed's articles that another has too, from which it brings nothing of its own."""
OWN = 0.8
"""Share of the articles on the site itself from which `allow` is made of its host."""
_COMMENTS = re.compile(r"comment", re.IGNORECASE)
_NAMED_BY: tuple[NamedBy, ...] = get_args(NamedBy)
"""The most trustworthy first."""


@dataclass(frozen=True)
class Offer:
    """A feed or sitemap that was found, and what it would bring."""

    url: str
    """Where it is read from now on: after permanent redirects."""
    named_by: NamedBy = ""
    form: Form = ""
    """Empty = it could not be read."""
    articles: tuple[Candidate, ...] = ()
    """Of a sitemap index, those of the children that were read."""
    children: int = 0
    """Sitemaps that an index names."""
    children_read: int = 0
    failure: str = ""
    """Why it could not be read: one line."""
    taken: bool = False
    """Whether to follow it."""
    why: str = ""
    """Why it is followed, or not."""

    @property
    def is_feed(self) -> bool:
        """Whether it is a feed and not a sitemap."""
        return self.form in FEEDS

    @property
    def newest(self) -> datetime | None:
        """Date of the newest article; None without dates."""
        return max((date for article in self.articles if (date := article.published or article.updated)), default=None)

    @property
    def addresses(self) -> frozenset[str]:
        """Canonical URLs of the articles."""
        return frozenset(canonicalise(article.url) for article in self.articles)


def chosen(offers: Iterable[Offer], *, everything: bool = False) -> list[Offer]:
    """Return the offers of a site in the order of their worth, each marked as followed or not.

    A news sitemap and the main feed are followed; other feeds repeat them or are of one category, other sitemaps name
    all pages of the site. `everything` follows all that bring something of their own.
    """
    ranked = _ranked(list(offers))
    done: list[Offer] = []
    for offer in ranked:
        taken, why = _judged(offer, done, everything=everything)
        done.append(replace(offer, taken=taken, why=why))
    return done


def _ranked(offers: list[Offer]) -> list[Offer]:
    latest = max((newest for offer in offers if (newest := offer.newest)), default=None)

    def worth(offer: Offer) -> tuple[object, ...]:
        newest = offer.newest
        stale = latest is not None and newest is not None and latest - newest > STALE
        kind = 0 if offer.form == NEWS else 1 if offer.form in FEEDS else 2
        return (
            bool(offer.failure),
            bool(_COMMENTS.search(offer.url)),
            not offer.articles,
            stale,
            kind,
            _NAMED_BY.index(offer.named_by),
        )

    return sorted(offers, key=worth)  # equal ones stay in the order in which they were found


def _judged(offer: Offer, better: list[Offer], *, everything: bool) -> tuple[bool, str]:
    taken = [one for one in better if one.taken]
    if offer.failure:
        return False, offer.failure
    if not offer.named_by:
        return True, "given"
    if not offer.articles:
        return False, "names no article"
    if _COMMENTS.search(offer.url):
        return False, "comments of readers"
    own = offer.addresses
    for one in taken:
        if len(own & one.addresses) >= SAME * len(own):
            return False, f"the same articles as {one.url}"
    if not taken or everything or (offer.form == NEWS and all(one.form != NEWS for one in taken)):
        return True, _WHY.get(offer.form, "all pages of the site; it has no feed")
    if offer.form in FEEDS and all(one.form not in FEEDS for one in taken):
        return True, _WHY[offer.form]
    if offer.form in FEEDS or offer.form == NEWS:
        known = frozenset().union(*(one.addresses for one in taken))
        return False, f"a further feed; {len(own - known)} of its articles are only here"
    return False, "all pages of the site, also old ones; the feed has what is new"


_WHY = {
    NEWS: "the news of the last days",
    "RSS": "the main feed",
    "Atom": "the main feed",
    "JSON Feed": "the main feed",
}


def allow_of(url: str, offers: Iterable[Offer]) -> tuple[str, ...]:
    """Return the `allow` patterns of a new source for the site at `url`: its host, if its articles are there."""
    site, articles = site_of(url), [article for offer in offers if offer.taken for article in offer.articles]
    pattern = rf"^https?://([^/]+\.)?{re.escape(site)}[:/]"
    own = sum(allowed(canonicalise(article.url), Source("", allow=(pattern,))) for article in articles)
    return (pattern,) if site and own >= OWN * len(articles) else ()


def name_of(url: str, taken: Container[str]) -> str:
    """Make a source's name of a URL's host, none of `taken` (in lower case)."""
    site = site_of(url)
    label = site if site.replace(".", "").isdigit() or ":" in site else site.partition(".")[0]
    return free_name(label, taken)


def free_name(text: str, taken: Container[str]) -> str:
    """Make a source's name of a text, none of `taken` (in lower case); empty without an ASCII letter or digit."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-").lower()[:50].rstrip("-")
    if not name or name not in taken:
        return name
    return next(f"{name}-{n}" for n in count(2) if f"{name}-{n}" not in taken)
