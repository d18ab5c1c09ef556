"""Find the stored article that a page has, and the URL of a new one. Pure.

The page that a post was made from is what identifies its article. A canonical link only says where else to look for it:
another page has the same article when it says the same. So the order of two pages with one canonical link does not
matter for how many posts they give.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from crawler.posts.arrival import Arrival, Stored
from crawler.posts.blocks import blocks
from crawler.posts.frontmatter import parse
from crawler.posts.sameness import same_article
from crawler.store.stored_version import Version
from crawler.urls.allowed import allowed
from crawler.urls.canonical import canonicalise, is_further_page, may_be_variants, variants


def of_this_page(arrival: Arrival, stored: Stored, given: Sequence[str]) -> Version | None:
    """The latest version of the article that was made from this page, in whichever scheme, whatever it says now.

    `given`: canonical URLs of the articles that earlier captures of the page gave.
    """
    urls = (arrival.post.canonical_url, *given, arrival.own)
    for last in stored.held((*urls, *map(_plain, urls))):
        if bare(_page_url(last, stored)) == bare(arrival.own):
            return last
    return None


def of_another_page(arrival: Arrival, stored: Stored, given: Sequence[str]) -> Version | None:
    """The latest version of an article that was made from another page, and is the article of this page too.

    That is the article at the claimed URL, at this page's own or at a usual spelling of one, when it says the same or
    one page is a further page of the other; or the article of a page with the same bytes at a variant of this URL.
    """
    claim, own = arrival.post.canonical_url, arrival.own
    claimed = () if claim == arrival.page.url else stored.articles_from(claim)
    for last in stored.held((claim, own, *claimed, *given, *variants(claim), *variants(own))):
        if _is_same(arrival, last, stored) or _is_part(arrival, last, stored):
            return last
    for last in stored.held(stored.articles_of(arrival.digest)):
        if may_be_variants(_page_url(last, stored), own):
            return last
    return None


def _is_same(arrival: Arrival, last: Version, stored: Stored) -> bool:
    body = parse(stored.text(last) or "").body  # without its text, the title decides
    held = "\n".join(blocks(body)) if body else ""
    return same_article(arrival.post.title, arrival.post.text, last.title, held)


def _is_part(arrival: Arrival, last: Version, stored: Stored) -> bool:
    """Whether one of two pages with one title is a further page of the other."""
    page = canonicalise(_page_url(last, stored))
    further = is_further_page(arrival.own, page) or is_further_page(page, arrival.own)
    return further and same_article(arrival.post.title, "", last.title, "")


def before_it_moved(arrival: Arrival, stored: Stored) -> Version | None:
    """The latest version under the URL that was requested and now leads elsewhere, when it says the same.

    Source and title must be the same, and the date or most of the text.
    """
    asked, post = canonicalise(arrival.asked), arrival.post
    if asked == arrival.own:
        return None
    for last in stored.held((asked, *stored.articles_from(arrival.asked))):
        if (last.title, last.source) != (post.title, arrival.source.name):
            continue
        if last.published == post.published or (post.relative_date and _is_same(arrival, last, stored)):
            return last
    return None


def free_url(arrival: Arrival, stored: Stored) -> str:
    """The URL of a new article: the one that its page claims, else the page's own.

    No claim counts that another article has been stored under, that the source's `allow` and `deny` leave out, or that
    is one of its lists. When even the page's own URL has been claimed by another article, a fragment is added.
    """
    source, claim = arrival.source, arrival.post.canonical_url
    credible = claim == arrival.own or (allowed(claim, source) and claim not in map(canonicalise, source.lists))
    for url in (claim, arrival.own) if credible else (arrival.own,):
        if stored.latest(url) is None:
            return url
    return next(url for number in count(2) if stored.latest(url := f"{arrival.own}#{number}") is None)


def _page_url(last: Version, stored: Stored) -> str:
    """URL of the page that a version was made from, or of its article when that is unknown."""
    return stored.page_of(last) or last.canonical_url


def _plain(url: str) -> str:
    return "http://" + url.partition("://")[2]


def bare(url: str) -> str:
    """A URL in its canonical form, without its scheme."""
    return canonicalise(url).partition("://")[2]
