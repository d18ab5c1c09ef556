"""Decide whether an extracted article is a new article, a new version of a stored one, or unchanged. Pure.

The article and look-ups of stored versions go in; the version to write, or the stored one, comes out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from crawler.items import Outcome, Page, Post, Source
from crawler.posts.conversion import Conversion, digest_of, text_of
from crawler.posts.frontmatter import Dialect
from crawler.posts.names import PATTERN, post_path
from crawler.store.stored_version import StoredImage, Version
from crawler.urls.canonical import canonicalise


class Stored(Protocol):
    """Looks up stored articles."""

    def latest(self, canonical_url: str) -> Version | None:
        """The latest version of an article."""

    def page_of(self, version: Version) -> str | None:
        """URL of the page that a version was made from; None when its capture is unknown."""

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


@dataclass(frozen=True)
class Unchanged:
    """Nothing to write: the stored version stays the latest."""

    version: Version


@dataclass(frozen=True)
class NewVersion:
    """A version to write: the first of an article, or one that follows a stored version."""

    conversion: Conversion
    text: str
    """Text of the post file."""
    date_from: Literal["", "hint", "capture"] = ""
    """Origin of a new article's date when its page names none."""

    @property
    def outcome(self) -> Outcome:
        """`new` for the first version of an article, else `changed`."""
        return Outcome.NEW if self.conversion.number == 1 else Outcome.CHANGED


def decide(arrival: Arrival, stored: Stored, form: Form, followed: Collection[str] = ()) -> Unchanged | NewVersion:
    """Compare an article with what is stored. `followed`: names of the sources of this run.

    An article belongs to the source that captured it first, as long as the run follows that source. It has a new
    version when the text of its post or the bytes of an image differ from those of the latest version.
    """
    last = stored.latest(arrival.post.canonical_url) or _before_it_moved(arrival, stored)
    if last is not None and last.source != arrival.source.name and last.source in followed:
        return Unchanged(last)
    if last is not None and _is_another_form(arrival, last, stored):
        return Unchanged(last)
    conversion = _conversion(arrival, last, stored, form)
    text = text_of(arrival.post, conversion, arrival.digest)
    if last is not None and last.digest == digest_of(text.encode()) and _same_images(last.images, arrival.images):
        return Unchanged(last)
    if last is not None or arrival.post.published is not None:
        return NewVersion(conversion, text)
    return NewVersion(conversion, text, "hint" if arrival.page.published_hint else "capture")


def _before_it_moved(arrival: Arrival, stored: Stored) -> Version | None:
    """The latest version under the article's earlier URL, when its title, date and source are the same.

    The earlier URL is the one that was requested, if that leads elsewhere now (redirect, canonical link), or the
    canonical URL with http instead of https.
    """
    post = arrival.post
    for url in (canonicalise(arrival.asked), f"http://{_without_scheme(post.canonical_url)}"):
        last = stored.latest(url)
        identity = (post.title, post.published, arrival.source.name)
        if last is not None and (last.title, last.published, last.source) == identity:
            return last
    return None


def _is_another_form(arrival: Arrival, last: Version, stored: Stored) -> bool:
    """Whether the page is another form (mobile, AMP) of an article whose post was made from a page elsewhere.

    Otherwise two forms that are fetched in turn would give a new version each time.
    """
    own = arrival.post.canonical_url
    if _without_scheme(canonicalise(arrival.page.url)) == _without_scheme(own):
        return False
    return (stored.page_of(last) or own) != arrival.page.url


def _conversion(arrival: Arrival, last: Version | None, stored: Stored, form: Form) -> Conversion:
    """Conversion of the next version, which keeps the path, the canonical URL and the given date of the last one."""
    post, page = arrival.post, arrival.page
    dated = None
    if post.published is None:
        dated = (last and last.dated) or page.published_hint or page.fetched_at

    def taken(key: str) -> bool:
        return stored.article_at(key) not in (None, post.canonical_url)

    return Conversion(
        path=last.path
        if last
        else post_path(post, arrival.source, hint=dated, pattern=form.pattern, extension=form.extension, taken=taken),
        number=last.number + 1 if last else 1,
        canonical_url=last.canonical_url if last else post.canonical_url,
        source=arrival.source.name,
        section=page.section or "",
        hint=page.published_hint,
        dated=dated,
        published=post.published,
        updated=post.updated,
        extractor=post.extractor,
        pages=arrival.captures,
        images=arrival.images,
        local=form.local,
        extra=form.extra,
        dialect=form.dialect,
    )


def _without_scheme(url: str) -> str:
    return url.partition("://")[2]


def _same_images(before: Sequence[StoredImage], now: Sequence[StoredImage]) -> bool:
    return [(image.url, image.digest) for image in before] == [(image.url, image.digest) for image in now]
