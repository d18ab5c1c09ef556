"""Decide whether an extracted article is a new article, a new version of a stored one, or unchanged. Pure.

The article and look-ups of stored versions go in; the version to write, or the stored one, comes out. A version is made
by what a reader would see: not by other rules or settings of ours, nor by a page that lost nearly all its text.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from crawler.extractors.text_key import key
from crawler.items import Outcome, Post
from crawler.posts.arrival import Arrival, Earlier, Form, Making, Stored
from crawler.posts.blocks import blocks
from crawler.posts.conversion import Conversion, digest_of, text_of, with_facts
from crawler.posts.frontmatter import parse
from crawler.posts.identity import bare, before_it_moved, free_url, of_another_page, of_this_page
from crawler.posts.media import image_urls
from crawler.posts.names import post_path
from crawler.posts.sameness import same_content
from crawler.store.stored_version import StoredImage, Version

ROUGHLY = timedelta(days=2)
"""A date that a page writes out is the one that it gave as `yesterday` before, when they differ by less than this."""
SHRUNK = 0.3
"""A body with less than this share of the held text is suspect: a teaser or the rest of a wall.

Measured on recorded pages of 500 characters or more that were cut as walls cut them (2026-11). Of 243 cut after their
first paragraph 21 give no article and 217 are below 0.3; of 314 cut after the third, 4 and 252. Of 364 that lose half
of their paragraphs, as an edit may, 17 are below 0.3 and 58 below 0.4; of 382 that lose the last one, none."""
MEASURED = 500
"""Characters of the shortest held text whose shrinking is judged: 384 of 394 recorded pages have as many."""
SETTLED = timedelta(days=1)
"""A body that shrank is taken as a version when it is still the same after this time."""


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


@dataclass(frozen=True)
class Shrunk:
    """A body that lost nearly all its text: the stored version stays the latest, and the article is suspect."""

    version: Version
    text: str
    """`sha256:HEX` of the text that is left."""


@dataclass(frozen=True)
class ToExtract:
    """Undecided: our rules have changed since the stored version was made.

    Extract its pages again by today's rules and call `decide` with them.
    """

    version: Version


Decision = Unchanged | NewVersion | Shrunk | ToExtract


def decide(
    arrival: Arrival, stored: Stored, form: Form, followed: Collection[str] = (), earlier: Earlier | None = None
) -> Decision:
    """Compare an article with what is stored. `followed`: names of the sources of this run.

    An article belongs to the source that captured it first, as long as the run follows that source. It has a new
    version when a reader would see a difference between its post, images included, and the latest version.
    """
    given = stored.articles_from(arrival.page.url)
    last = of_this_page(arrival, stored, given)
    if last is None and (other := of_another_page(arrival, stored, given)) is not None:
        page = stored.page_of(other) or other.canonical_url
        if bare(arrival.own) != bare(other.canonical_url):
            return Unchanged(other, form_of=page if arrival.own != arrival.post.canonical_url else "")
        last = other  # the other page said that its article is at this one's URL
    last = last or before_it_moved(arrival, stored)
    if last is None:
        conversion = _conversion(arrival, None, free_url(arrival, stored), stored, form)
        return _first(arrival, conversion, text_of(arrival.post, conversion, arrival.digest))
    if last.source != arrival.source.name and last.source in followed:
        return Unchanged(last)
    return _again(arrival, last, stored, form, earlier)


def _first(arrival: Arrival, conversion: Conversion, text: str) -> NewVersion:
    claim = arrival.post.canonical_url
    refuted = claim if claim not in (conversion.canonical_url, arrival.own) else ""
    if arrival.post.published is not None:
        return NewVersion(conversion, text, unbelieved=refuted)
    return NewVersion(conversion, text, "hint" if arrival.page.published_hint else "capture", refuted)


def _again(arrival: Arrival, last: Version, stored: Stored, form: Form, earlier: Earlier | None) -> Decision:
    """Decide about an article that is stored already."""
    if _same_pages(arrival, last, stored) and not _pictures_came(last.images, arrival.images):
        return Unchanged(last)
    if _is_written_out(arrival.post, last, stored):
        arrival = replace(arrival, post=replace(arrival.post, relative_date=True))
    conversion = _conversion(arrival, last, last.canonical_url, stored, form)
    text = text_of(arrival.post, conversion, arrival.digest)
    if last.digest == digest_of(text.encode()) and _same_images(last.images, arrival.images):
        return Unchanged(last)
    before = stored.text(last)
    if before is None:
        return NewVersion(conversion, text)
    compared = _compared(arrival, last, before, conversion, stored, earlier)
    if not isinstance(compared, _Texts):
        return compared
    rest = "" if arrival.by_hand else _shrunk(compared)
    return Shrunk(last, rest) if rest and not _settled(rest, arrival, last, stored) else NewVersion(conversion, text)


@dataclass(frozen=True)
class _Texts:
    """Two posts that differ, with the same settings and, where that is known, by the same rules."""

    before: str
    now: str


def _compared(
    arrival: Arrival, last: Version, before: str, conversion: Conversion, stored: Stored, earlier: Earlier | None
) -> Unchanged | ToExtract | _Texts:
    """Compare the post with the stored version, whose text is `before`, as a reader would, by today's rules."""
    making = stored.making(last)
    like = _like(making, conversion)
    texts = _Texts(before, text_of(arrival.post, like, arrival.digest))
    if same_content(texts.before, texts.now, last.images, arrival.images):
        return Unchanged(last)
    if making is None or (making.same_settings and making.same_rules(conversion.extractor)):
        return texts
    if earlier is None or earlier.version != last.record_id:
        return ToExtract(last)
    if earlier.post is None:
        return texts
    images = _images_of(earlier.post, last.images, arrival.images)
    texts = replace(texts, before=_by_todays_rules(earlier, earlier.post, last, replace(like, images=images)))
    return Unchanged(last) if same_content(texts.before, texts.now, images, arrival.images) else texts


def _by_todays_rules(earlier: Earlier, post: Post, last: Version, like: Conversion) -> str:
    """The text that today's rules give of the pages of the stored version."""
    _published, dated = dates_of(post, last, last.captured)
    return text_of(post, replace(like, pages=last.pages, dated=dated), earlier.digest)


def _like(making: Making | None, conversion: Conversion) -> Conversion:
    """A conversion with the settings of the stored version, so that only the content differs."""
    if making is None:
        return conversion
    then = making.conversion
    return replace(
        conversion, local=then.local, extra=then.extra, dialect=then.dialect, markdown=then.markdown, source=then.source
    )


def _same_pages(arrival: Arrival, last: Version, stored: Stored) -> bool:
    """Whether the pages have the bytes of those that the stored version was made from."""
    came = (arrival.digest, *arrival.further)
    return "" not in came and came == tuple(stored.digests(last))


def _pictures_came(before: Sequence[StoredImage], now: Sequence[StoredImage]) -> bool:
    """Whether a picture of the stored version has other bytes, or has bytes at last."""
    held = {image.url: image.digest for image in before}
    return any(image.digest not in (None, held.get(image.url, image.digest)) for image in now)


def _images_of(post: Post, before: Sequence[StoredImage], now: Sequence[StoredImage]) -> tuple[StoredImage, ...]:
    """Pictures of a post that was extracted again; those that the stored version lacks are taken for today's."""
    known = {image.url: image for image in (*now, *before)}
    return tuple(known.get(url) or StoredImage(url, None) for url in image_urls(post))


def _shrunk(texts: _Texts) -> str:
    """`sha256:HEX` of the text that is left of a body that lost nearly all of it; empty when it did not."""
    held, rest = ("\n".join(blocks(parse(text).body)) for text in (texts.before, texts.now))
    if len(held) < MEASURED or len(rest) >= SHRUNK * len(held):
        return ""
    return digest_of(key(rest).encode())


def _settled(rest: str, arrival: Arrival, last: Version, stored: Stored) -> bool:
    """Whether an earlier look, long enough ago, found the same rest of the text."""
    state = stored.state(last.canonical_url)
    if state is None or state.state != "suspect" or state.text != rest:
        return False
    return arrival.page.fetched_at - state.date >= SETTLED


def _conversion(arrival: Arrival, last: Version | None, url: str, stored: Stored, form: Form) -> Conversion:
    """Conversion of the next version, which keeps the path, the canonical URL and the given date of the last one."""
    post, page = arrival.post, arrival.page
    published, dated = dates_of(post, last, page.published_hint or page.fetched_at)

    def taken(path: str) -> bool:
        return stored.is_taken(path, url)

    def named() -> str:
        here = replace(post, canonical_url=url)
        return post_path(here, arrival.source, hint=dated, pattern=form.pattern, extension=form.extension, taken=taken)

    conversion = Conversion(
        path=last.path if last else named(),
        number=last.number + 1 if last else 1,
        canonical_url=url,
        source=arrival.source.name,
        section=page.section or "",
        hint=page.published_hint,
        dated=dated,
        published=published,
        relative=post.relative_date,
        updated=post.updated,
        extractor=post.extractor,
        pages=arrival.captures,
        images=arrival.images,
        local=form.local,
        extra=form.extra,
        dialect=form.dialect,
        markdown=form.converter,
    )
    return with_facts(conversion, post)


def dates_of(post: Post, last: Version | None, otherwise: datetime) -> tuple[datetime | None, datetime | None]:
    """The date that the page names, and the one that is given to the post; None for an absent one.

    `last`: the version before, which keeps its date. `otherwise`: the date of a new article without one.
    """
    if last is not None and last.published is not None and post.relative_date:
        return last.published, last.published  # it was resolved at the first capture, which was the nearest
    if post.published is None:
        return None, (last and (last.dated or last.published)) or otherwise
    return post.published, None


def _is_written_out(post: Post, last: Version, stored: Stored) -> bool:
    """Whether a page now writes out the date that it gave as `3 hours ago` or `yesterday` before."""
    if None in (post.published, last.published) or post.relative_date or post.published == last.published:
        return False
    assert post.published is not None and last.published is not None
    making = stored.making(last) if abs(post.published - last.published) < ROUGHLY else None
    return making is not None and making.conversion.relative


def _same_images(before: Sequence[StoredImage], now: Sequence[StoredImage]) -> bool:
    return [(image.url, image.digest) for image in before] == [(image.url, image.digest) for image in now]
