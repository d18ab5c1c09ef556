"""A stored version goes in; what today's settings and extractor make of the same captures comes out, if it differs.

Only posts for which something changed are extracted again: of the others a look at the record is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from archive import ArchiveError, Reader, Redactor, is_imported
from crawler.errors import ExtractionError, WarcpressError
from crawler.extractors.version import VERSION
from crawler.from_warc.derive import Derivation, Extracted, Failure
from crawler.from_warc.ingest import Made, made_of
from crawler.from_warc.publish import LARGEST_IMAGE, Publisher
from crawler.items import Post, Source
from crawler.posts import acceptance
from crawler.posts.arrival import Form
from crawler.posts.conversion import Conversion, digest_of, text_of, with_facts
from crawler.posts.media import copy_flaw, image_urls, media_name
from crawler.posts.names import Named, path_of
from crawler.posts.versions import dates_of
from crawler.store.catalogue import Catalogue
from crawler.store.catalogue_selection import Selection
from crawler.store.stored_version import StoredImage, Version

REMEMBERED = 2_000
"""Pictures whose names are remembered: articles share them."""


@dataclass(frozen=True)
class Settings:
    """What posts are made with today."""

    form: Form
    sources: dict[str, Source]
    """By name; those that only the archive describes are added when a post needs them."""
    redactor: Redactor
    image_pixels: int
    article_images: int


@dataclass(frozen=True)
class Change:
    """A version to write: the newest one of an article, made again."""

    made: Made
    """As it is stored."""
    conversion: Conversion
    text: str
    title: str
    """Of the new text."""
    kinds: tuple[str, ...]
    """What made the difference: dialect, body, images, extra, source, extractor, path."""


@dataclass(frozen=True)
class Kept:
    """A version that stays as it is although today's settings are others."""

    path: str
    reason: str
    damaged: bool = False
    """Whether the archive could not be read."""


Verdict = Change | Kept | None
"""None: nothing changes."""


class Rerender:
    """Make the newest versions of posts again."""

    def __init__(self, reader: Reader, catalogue: Catalogue, publisher: Publisher, settings: Settings) -> None:
        self._reader, self._catalogue, self._publisher, self._settings = reader, catalogue, publisher, settings
        self._derivation = Derivation(reader, settings.sources)
        self._copy_name = lru_cache(maxsize=REMEMBERED)(self._read_copy_name)

    def judge(self, versions: Iterable[Version], take: Callable[[Verdict], None]) -> None:
        """Give `take` one verdict for each version; the order is not that of the versions.

        Raises ExtractionBroken when extraction can't start.
        """
        kinds: dict[str, tuple[str, ...]] = {}

        def to_extract() -> Iterator[Made]:
            for version in versions:
                try:
                    made = made_of(self._reader, version)
                    if found := self._kinds(made):
                        kinds[version.record_id] = found
                        yield made
                    else:
                        take(self._moved(made))
                except (ArchiveError, WarcpressError) as error:
                    take(Kept(version.path, str(error), damaged=True))

        for made, answer in self._derivation.extracted(to_extract()):
            take(self._verdict(made, answer, kinds.pop(made.version.record_id)))

    def _kinds(self, made: Made) -> tuple[str, ...]:
        """Name the settings that have changed since a version was made, in which its text may differ."""
        then, form = made.conversion, self._settings.form
        today = self._source(made)
        changed = {
            "dialect": then.dialect != form.dialect,
            "body": then.markdown != form.converter,
            "images": then.local != form.local or (form.local and self._lacks_copies(then.images)),
            "extra": then.extra != form.extra,
            "source": _rules(today) != _rules(self._derivation.source(made)),
            "extractor": then.extractor != VERSION,
        }
        return tuple(kind for kind, has_changed in changed.items() if has_changed)

    def _source(self, made: Made) -> Source:
        """The configured source of a version; of one that is not configured any more, the latest in the archive."""
        name = made.conversion.source
        if name not in self._settings.sources:
            latest = latest_of(name, self._catalogue)
            self._settings.sources[name] = self._derivation.source(made_of(self._reader, latest) if latest else made)
        return self._settings.sources[name]

    def _moved(self, made: Made) -> Verdict:
        """The verdict on a version whose text stays: perhaps it gets another path."""
        version, then = made.version, made.conversion
        path = self.path(version, then, version.title, self._is_taken(version))
        if path == version.path:
            return None
        return Change(
            made, replace(then, path=path, derivation=version.derivation + 1), made.text, version.title, ("path",)
        )

    def _verdict(self, made: Made, answer: Extracted | Failure, kinds: tuple[str, ...]) -> Verdict:
        version, then, form = made.version, made.conversion, self._settings.form
        if not isinstance(answer, Extracted):
            return Kept(version.path, str(answer), damaged=not isinstance(answer, ExtractionError))
        post = answer.post
        try:
            acceptance.check(post, self._source(made), self._settings.redactor, configured=True)
        except ExtractionError as error:
            return Kept(version.path, str(error))
        published, dated = dates_of(post, version, version.captured)
        conversion = replace(
            then,
            derivation=version.derivation + 1,
            published=published,
            dated=dated,
            updated=post.updated,
            extractor=post.extractor,
            images=self.images(post, then.images),
            local=form.local,
            extra=form.extra,
            dialect=form.dialect,
            markdown=form.converter,
        )
        conversion = with_facts(conversion, post)
        text = text_of(post, conversion, answer.digest)
        path = self.path(version, conversion, post.title, self._is_taken(version))
        found = (*(kinds if text != made.text else ()), *(("path",) if path != version.path else ()))
        return Change(made, replace(conversion, path=path), text, post.title, found) if found else None

    def path(self, version: Version, conversion: Conversion, title: str, taken: Callable[[str], bool]) -> str:
        """Name a post after its first version, as a run does. `taken` as in `path_of`."""
        source, when = version.source, conversion.published or conversion.dated
        if version.number > 1:
            first = min(
                self._catalogue.versions(version.canonical_url), key=lambda made: (made.number, -made.derivation)
            )
            source, title, when = first.source, first.title, first.published or first.dated
        if when is None:
            return version.path
        form, zone = self._settings.form, self._settings.sources[version.source].timezone
        named = Named(version.canonical_url, source, zone, title, when)
        return path_of(named, pattern=form.pattern, extension=form.extension, taken=taken, held=version.path)

    def _is_taken(self, version: Version) -> Callable[[str], bool]:
        return lambda path: self._publisher.is_taken(path, version.canonical_url)

    def images(self, post: Post, stored: Iterable[StoredImage]) -> tuple[StoredImage, ...]:
        """The images of a post, each with its capture, if it has one: that of `stored`, else that of another post."""
        known = {image.url: image for image in stored if image.capture}
        found = []
        for url in image_urls(post)[: self._settings.article_images]:
            image = known.get(url) or self._catalogue.image(url) or StoredImage(url, None)
            if self._settings.form.local:
                found.append(image if image.media else replace(image, media=self._copy(image)))
            else:
                found.append(replace(image, media=None))
        return tuple(found)

    def _lacks_copies(self, images: Iterable[StoredImage]) -> bool:
        return any(image.media is None and self._copy(image) for image in images)

    def _copy(self, image: StoredImage) -> str | None:
        """Name of the local copy of an image; None = it stays remote."""
        return self._copy_name(image.capture, image.digest or "") if image.capture else None

    def _read_copy_name(self, capture: str, digest: str) -> str | None:
        try:
            body = self._reader.entity(capture, LARGEST_IMAGE)
        except ArchiveError:
            return None  # the audit reports the missing capture
        row = self._catalogue.capture(capture) or self._reader.capture(capture)
        if row is not None and is_imported(row.file):  # its digest may be base32, missing, or wrong
            digest = digest_of(body)
        return None if not digest or copy_flaw(body, self._settings.image_pixels) else media_name(digest, body)


def latest_of(source: str, catalogue: Catalogue) -> Version | None:
    """The post of a source that was captured last."""
    return next(catalogue.selected(Selection(source=source)), None)


def _rules(source: Source) -> tuple[object, ...]:
    """What of a source's configuration an extractor uses."""
    return source.use, source.site, source.categories, source.section, source.timezone, source.article
