"""Decide whether an extracted article is a new article, a new version of a stored one, or unchanged. Pure.

The article and look-ups of stored versions go in; the version to write, or the stored one, comes out.

The page that a post was made from is what identifies its article. A canonical link only says where else to look for it:
another page has the same article when it says the same. So the order of two pages with one canonical link does not
matter for how many posts they give.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Literal, Protocol

from crawler.items import Outcome, Page, Post, Source
from crawler.posts.conversion import Conversion, digest_of, text_of
from crawler.posts.differences import blocks, same_article, same_content
from crawler.posts.frontmatter import Dialect, parse
from crawler.posts.names import PATTERN, post_path
from crawler.store.stored_version import StoredImage, Version
from crawler.urls.allowed import allowed
from crawler.urls.canonical import canonicalise, is_further_page, may_be_variants, variants


class Stored(Protocol):
    """Looks up stored articles."""

    def latest(self, canonical_url: str) -> Version | None:
        """The latest version of an article."""

    def page_of(self, version: Version) -> str | None:
        """URL of the page that a version was made from; None when its capture is unknown."""

    def text(self, version: Version) -> str | None:
        """Text of a version's post file; None when the archive can't give it."""

    def articles_from(self, page: str) -> Sequence[str]:
        """Canonical URLs of the articles that an earlier capture of this URL gave, the newest first."""

    def articles_of(self, digest: str) -> Sequence[str]:
        """Canonical URLs of the articles with a version that was made from a page with this payload digest."""

    def article_at(self, key: str) -> str | None:
        """Canonical URL of the article whose post file has this `path_key`."""


@dataclass(frozen=True)
class Form:
    """Settings of post files, from [posts]."""

    pattern: str = PATTERN
    extension: str = "md"
    local: bool = False
    """Point images at their local copies."""
    extra: tuple[str, ...] = ()
    """Further front-matter keys."""
    dialect: Dialect = "hexo"


@dataclass(frozen=True)
class Arrival:
    """An article that this run has extracted."""

    asked: str
    """URL that was requested."""
    source: Source
    page: Page
    post: Post
    images: tuple[StoredImage, ...]
    captures: tuple[str, ...]
    """Record ids of the page and its parts."""
    digest: str
    """Payload digest of the page."""

    @property
    def own(self) -> str:
        """URL of its page, canonicalised."""
        return canonicalise(self.page.url)


@dataclass(frozen=True)
class Unchanged:
    """Nothing to write: the stored version stays the latest."""

    version: Version
    form_of: str = ""
    """URL of the page that the stored version is made from, when this page says that it is a form of that one."""


@dataclass(frozen=True)
class NewVersion:
    """A version to write: the first of an article, or one that follows a stored version."""

    conversion: Conversion
    text: str
    """Text of the post file."""
    date_from: Literal["", "hint", "capture"] = ""
    """Origin of a new article's date when its page names none."""
    unbelieved: str = ""
    """The canonical URL that the page of a new article claims, when another article has it or the source denies it."""

    @property
    def outcome(self) -> Outcome:
        """`new` for the first version of an article, else `changed`."""
        return Outcome.NEW if self.conversion.number == 1 else Outcome.CHANGED


def decide(arrival: Arrival, stored: Stored, form: Form, followed: Collection[str] = ()) -> Unchanged | NewVersion:
    """Compare an article with what is stored. `followed`: names of the sources of this run.

    An article belongs to the source that captured it first, as long as the run follows that source. It has a new
    version when a reader would see a difference between its post, images included, and the latest version.
    """
    last = _of_this_page(arrival, stored)
    if last is None and (other := _of_another_page(arrival, stored)) is not None:
        page = stored.page_of(other) or other.canonical_url
        if _bare(arrival.own) != _bare(other.canonical_url):
            return Unchanged(other, form_of=page if arrival.own != arrival.post.canonical_url else "")
        last = other  # the other page said that its article is at this one's URL
    last = last or _before_it_moved(arrival, stored)
    if last is not None and last.source != arrival.source.name and last.source in followed:
        return Unchanged(last)
    url = last.canonical_url if last else _free_url(arrival, stored)
    conversion = _conversion(arrival, last, url, stored, form)
    text = text_of(arrival.post, conversion, arrival.digest)
    if last is None:
        return _first(arrival, conversion, text)
    return Unchanged(last) if _says_the_same(arrival, last, text, stored) else NewVersion(conversion, text)


def _first(arrival: Arrival, conversion: Conversion, text: str) -> NewVersion:
    claim = arrival.post.canonical_url
    refuted = claim if claim not in (conversion.canonical_url, arrival.own) else ""
    if arrival.post.published is not None:
        return NewVersion(conversion, text, unbelieved=refuted)
    return NewVersion(conversion, text, "hint" if arrival.page.published_hint else "capture", refuted)


def _says_the_same(arrival: Arrival, last: Version, text: str, stored: Stored) -> bool:
    if last.digest == digest_of(text.encode()) and _same_images(last.images, arrival.images):
        return True
    before = stored.text(last)
    return before is not None and same_content(before, text, last.images, arrival.images)


def _of_this_page(arrival: Arrival, stored: Stored) -> Version | None:
    """The latest version of the article that was made from this page, in whichever scheme, whatever it says now."""
    urls = (arrival.post.canonical_url, *stored.articles_from(arrival.page.url), arrival.own)
    for url in dict.fromkeys((*urls, *map(_plain, urls))):
        last = stored.latest(url)
        if last is not None and _bare(_page_url(last, stored)) == _bare(arrival.own):
            return last
    return None


def _of_another_page(arrival: Arrival, stored: Stored) -> Version | None:
    """The latest version of an article that was made from another page, and is the article of this page too.

    That is the article at the claimed URL, at this page's own or at a usual spelling of one, when it says the same or
    one page is a further page of the other; or the article of a page with the same bytes at a variant of this URL.
    """
    claim, own = arrival.post.canonical_url, arrival.own
    known = (*stored.articles_from(claim), *stored.articles_from(arrival.page.url))
    for url in dict.fromkeys((claim, own, *known, *variants(claim), *variants(own))):
        last = stored.latest(url)
        if last is not None and (_is_same(arrival, last, stored) or _is_part(arrival, last, stored)):
            return last
    for url in stored.articles_of(arrival.digest):
        last = stored.latest(url)
        if last is not None and may_be_variants(_page_url(last, stored), own):
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


def _before_it_moved(arrival: Arrival, stored: Stored) -> Version | None:
    """The latest version under the URL that was requested and now leads elsewhere, when it says the same.

    Source and title must be the same, and the date or most of the text.
    """
    asked, post = canonicalise(arrival.asked), arrival.post
    if asked == arrival.own:
        return None
    for url in dict.fromkeys((asked, *stored.articles_from(arrival.asked))):
        last = stored.latest(url)
        if last is None or (last.title, last.source) != (post.title, arrival.source.name):
            continue
        if last.published == post.published or (post.relative_date and _is_same(arrival, last, stored)):
            return last
    return None


def _free_url(arrival: Arrival, stored: Stored) -> str:
    """The URL of a new article: the one that its page claims, else the page's own.

    No claim counts that another article has been stored under, that the source's `allow` and `deny` leave out, or that
    is one of its entry points. When even the page's own URL has been claimed by another article, a fragment is added.
    """
    source, claim = arrival.source, arrival.post.canonical_url
    credible = claim == arrival.own or (allowed(claim, source) and claim not in map(canonicalise, source.entries))
    for url in (claim, arrival.own) if credible else (arrival.own,):
        if stored.latest(url) is None:
            return url
    return next(url for number in count(2) if stored.latest(url := f"{arrival.own}#{number}") is None)


def _conversion(arrival: Arrival, last: Version | None, url: str, stored: Stored, form: Form) -> Conversion:
    """Conversion of the next version, which keeps the path, the canonical URL and the given date of the last one."""
    post, page = arrival.post, arrival.page
    published, dated = dates_of(post, last, page.published_hint or page.fetched_at)

    def taken(key: str) -> bool:
        return stored.article_at(key) not in (None, url)

    def named() -> str:
        here = replace(post, canonical_url=url)
        return post_path(here, arrival.source, hint=dated, pattern=form.pattern, extension=form.extension, taken=taken)

    return Conversion(
        path=last.path if last else named(),
        number=last.number + 1 if last else 1,
        canonical_url=url,
        source=arrival.source.name,
        section=page.section or "",
        hint=page.published_hint,
        dated=dated,
        published=published,
        updated=post.updated,
        extractor=post.extractor,
        pages=arrival.captures,
        images=arrival.images,
        local=form.local,
        extra=form.extra,
        dialect=form.dialect,
    )


def dates_of(post: Post, last: Version | None, otherwise: datetime) -> tuple[datetime | None, datetime | None]:
    """The date that the page names, and the one that is given to the post; None for an absent one.

    `last`: the version before, which keeps its date. `otherwise`: the date of a new article without one.
    """
    if last is not None and last.published is not None and post.relative_date:
        return last.published, last.published  # it was resolved at the first capture, which was the nearest
    if post.published is None:
        return None, (last and (last.dated or last.published)) or otherwise
    return post.published, None


def _page_url(last: Version, stored: Stored) -> str:
    """URL of the page that a version was made from, or of its article when that is unknown."""
    return stored.page_of(last) or last.canonical_url


def _plain(url: str) -> str:
    return "http://" + url.partition("://")[2]


def _bare(url: str) -> str:
    return canonicalise(url).partition("://")[2]


def _same_images(before: Sequence[StoredImage], now: Sequence[StoredImage]) -> bool:
    return [(image.url, image.digest) for image in before] == [(image.url, image.digest) for image in now]
