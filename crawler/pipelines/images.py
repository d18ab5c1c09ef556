"""Fetch and capture every image of an article; a missing image never loses the article, and is tried again later."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import replace
from typing import Self, TypeVar

from scrapy.crawler import Crawler

from archive import Capture
from crawler.posts.media import copy_flaw, image_urls
from crawler.run.article import Article, NoPost
from crawler.run.job import job_of
from crawler.spiders.pictures import Missing, media_of, why_missing
from crawler.spiders.requests import image_request
from crawler.store.pictures import Picture
from crawler.store.stored_version import StoredImage

T = TypeVar("T")
Pictured = tuple[StoredImage, Capture | None]
"""An image of an article, and its capture if this run fetched it."""
logger = logging.getLogger(__name__)

REMEMBERED = 2000
"""Images of this run that are remembered and not fetched again; the catalogue has those of earlier runs."""


class ImagesPipeline:
    """Article in, Article with `images` out: capture and path of the local copy of each.

    The catalogue pipeline writes the copies, once the captures are on disk.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler, self._job = crawler, job_of(crawler)
        self._stored: OrderedDict[str, StoredImage] = OrderedDict()  # a query costs 2 µs for each post with the image
        self._fetched: OrderedDict[str, asyncio.Task[Pictured]] = OrderedDict()  # articles share images

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_item(self, item: Article | NoPost) -> Article | NoPost:
        if isinstance(item, NoPost):
            return item
        urls, most = image_urls(item.post), self._job.config.limits.article_images
        if len(urls) > most:
            logger.warning("%s: %d images, the first %d are fetched", item.page.url, len(urls), most)
        found = await asyncio.gather(*(self._image(url, item) for url in urls[:most]))
        images, captures = (tuple(image for image, _ in found), tuple(capture for _, capture in found if capture))
        return replace(item, images=images, pictures=captures)

    async def _image(self, url: str, article: Article) -> Pictured:
        known = self._known(url)
        if known is not None and not self._job.options.images_again:
            self._job.report.images["known"] += 1
            return known, None
        task = self._fetched.get(url)
        if task is None:
            task = asyncio.ensure_future(self._fetch(url, article))
            _remember(self._fetched, url, task)
        try:
            return await task
        except Missing as missing:
            if known is not None:  # the article keeps the image that is stored already
                return known, None
            self._job.missed(Picture(url, article.visit.article, article.source.name), missing.reason)
            return StoredImage(url=url, capture=None), None

    def _known(self, url: str) -> StoredImage | None:
        """The stored image of an earlier version, or one that arrived later and needs no local copy."""
        if (known := self._stored.get(url)) is not None:
            return known
        catalogue, local = self._job.catalogue, self._job.config.posts.images == "local"
        known = catalogue.image(url) or (None if local else catalogue.captures.image(url))
        if known is not None:
            _remember(self._stored, url, known)
        return known

    async def _fetch(self, url: str, article: Article) -> Pictured:
        assert self._crawler.engine is not None
        limits = self._job.config.limits
        request = image_request(url, article.source, article.page.url, limits)
        try:
            response = await self._crawler.engine.download_async(request)
        except Exception as error:  # no failed image ends an article
            raise Missing(why_missing(error)) from error
        media = media_of(response, url)
        capture: Capture = response.meta["capture"]
        self._job.report.images["fetched"] += 1
        fetched = StoredImage(url, capture.record_id, capture.payload_digest)
        if self._job.config.posts.images != "local":
            return fetched, capture
        if flaw := copy_flaw(response.body, limits.image_pixels):
            message = f"{url}: archived, not copied: {flaw}"
            logger.warning("%s", message)
            self._job.report.uncopied_image(article.visit.url, url, message)
            return fetched, capture
        return replace(fetched, media=media), capture


def _remember(images: OrderedDict[str, T], url: str, image: T) -> None:
    images[url] = image
    if len(images) > REMEMBERED:
        images.popitem(last=False)
