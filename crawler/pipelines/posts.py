"""The article's text; when it differs from what is held, a conversion record of a new version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Self

from scrapy.crawler import Crawler

from crawler.capture import captures_stored, writer_of
from crawler.posts.conversion import Conversion, digest_of, text_of, version_of
from crawler.posts.names import post_path
from crawler.run.article import Article
from crawler.run.job import worker_of
from crawler.store.files import path_key
from crawler.store.stored_version import StoredImage, Version
from crawler.urls.canonical import canonicalise

CONTENT_TYPE = "text/markdown; charset=utf-8"


class PostsPipeline:
    """Article with images in; with `text`, `version`, `outcome` out. It is a new version when the post's text or the
    bytes of an image differ from the last one's."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        # By canonical URL: the catalogue learns of them only with the next group commit.
        self._written: dict[str, Version] = {}
        self._pages: dict[str, str] = {}
        self._paths: dict[str, str] = {}
        crawler.signals.connect(self.stored, captures_stored)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def stored(self) -> None:
        """From now on the catalogue knows them: in a long run they would be many."""
        for known in (self._written, self._pages, self._paths):
            known.clear()

    def process_item(self, item: Article) -> Article:
        catalogue = worker_of(self._crawler).job.catalogue
        url = item.post.canonical_url
        last = self._written.get(url) or catalogue.latest(url)
        if last is None and (last := self._moved(item)) is not None:
            url = last.canonical_url
        if last is not None and last.source != item.source.name and last.source in worker_of(self._crawler).job.sources:
            return replace(item, version=last, outcome="unchanged")  # the post is of the source that captured it first
        if last is not None and self._is_twin(item, last):
            return replace(item, version=last, outcome="unchanged")
        conversion = self._conversion(item, last)
        text = text_of(item.post, conversion, item.captures[0].payload_digest)
        if last is not None and last.digest == digest_of(text.encode()) and _same_images(last.images, item.images):
            return replace(item, text=text, version=last, outcome="unchanged")
        record = writer_of(self._crawler).write_conversion(
            of=item.captures[0], body=text.encode(), content_type=CONTENT_TYPE, metadata=conversion.fields()
        )
        version = version_of(conversion, record, text)
        self._written[url], self._pages[url] = version, item.page.url
        self._paths[path_key(version.path)] = url
        if item.post.published is None and last is None:
            self._undated(item, conversion)
        return replace(item, text=text, version=version, outcome="new" if last is None else "changed")

    def _moved(self, item: Article) -> Version | None:
        """What is held under the URL that was asked, when that leads elsewhere now (redirect, canonical link),
        or under its name before https, if title and date are still the same: one article, not two (THREATS N7)."""
        post = item.post
        for url in (canonicalise(item.visit.url), f"http://{_without_scheme(post.canonical_url)}"):
            last = self._written.get(url) or worker_of(self._crawler).job.catalogue.latest(url)
            told = (post.title, post.published, item.source.name)
            if last is not None and (last.title, last.published, last.source) == told:
                return last
        return None

    def _is_twin(self, item: Article, last: Version) -> bool:
        """Whether this page is another form (mobile, AMP) of an article whose post is made from a page elsewhere: two
        forms that take turns would be an endless row of versions."""
        own = item.post.canonical_url
        if _without_scheme(canonicalise(item.page.url)) == _without_scheme(own):
            return False
        if own not in self._pages:
            first = worker_of(self._crawler).job.catalogue.capture(last.pages[0])
            self._pages[own] = first.url if first else own
        return self._pages[own] != item.page.url

    def _conversion(self, item: Article, last: Version | None) -> Conversion:
        """A post keeps its source, its path and the date it was first given."""
        post, posts = item.post, worker_of(self._crawler).job.config.posts
        dated = None
        if post.published is None:
            dated = (last and last.dated) or item.page.published_hint or item.page.fetched_at
        path = (
            last.path
            if last
            else post_path(
                post,
                item.source,
                hint=dated,
                pattern=posts.pattern,
                extension=posts.extension,
                taken=lambda key: self._taken(key, post.canonical_url),
            )
        )
        return Conversion(
            path=path,
            number=last.number + 1 if last else 1,
            canonical_url=last.canonical_url if last else post.canonical_url,
            source=item.source.name,
            section=item.page.section or "",
            hint=item.page.published_hint,
            dated=dated,
            published=post.published,
            updated=post.updated,
            extractor=post.extractor,
            pages=tuple(capture.record_id for capture in item.captures),
            images=item.images,
            local=posts.images == "local",
            extra=posts.extra,
            dialect=posts.dialect,
        )

    def _taken(self, key: str, url: str) -> bool:
        holder = self._paths.get(key) or worker_of(self._crawler).job.catalogue.article_at(key)
        return holder is not None and holder != url

    def _undated(self, item: Article, conversion: Conversion) -> None:
        assert conversion.dated is not None
        worker_of(self._crawler).job.run.undated.append(
            {
                "article": item.visit.url,
                "date": conversion.dated.isoformat(),
                "from": "hint" if conversion.hint == conversion.dated else "capture",
            }
        )


def _without_scheme(url: str) -> str:
    return url.partition("://")[2]


def _same_images(before: Sequence[StoredImage], now: Sequence[StoredImage]) -> bool:
    return [(image.url, image.digest) for image in before] == [(image.url, image.digest) for image in now]
