"""Every image of an article is fetched and captured like a page, each once; a missing one never loses the article."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Self

from scrapy.crawler import Crawler

from archive import Capture
from crawler.fetching.failures import classify
from crawler.posts.media import media_name, picture_of
from crawler.run.article import Article
from crawler.run.job import worker_of
from crawler.spiders.requests import image_request
from crawler.store.stored_version import StoredImage

logger = logging.getLogger(__name__)

REMEMBERED = 2000
"""Images of this run, fetched or missing; of those before, the catalogue knows what was fetched."""


@dataclass(frozen=True)
class _Fetched:
    capture: Capture
    media: str | None


class _Missing(Exception):
    """The image can't be had; carries the class and the text for the run file."""

    def __init__(self, error_class: str, message: str) -> None:
        super().__init__(message)
        self.error_class, self.message = error_class, message


class ImagesPipeline:
    """Article in, Article with `images` out: for each URL its capture, and where its local copy is to be
    (the pipeline `catalogue` writes it once the capture is on disk)."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._fetched: OrderedDict[str, asyncio.Task[_Fetched]] = OrderedDict()  # articles share their images

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_item(self, item: Article) -> Article:
        lead = (item.post.lead_image,) if item.post.lead_image else ()
        urls = list(dict.fromkeys(image.url for image in (*lead, *item.post.images)))
        most = worker_of(self._crawler).job.config.limits.article_images
        if len(urls) > most:
            logger.warning("%s: %d images, the first %d are fetched", item.page.url, len(urls), most)
            del urls[most:]
        return replace(item, images=tuple(await asyncio.gather(*(self._image(url, item) for url in urls))))

    async def _image(self, url: str, article: Article) -> StoredImage:
        spider = worker_of(self._crawler)
        job = spider.job
        known = job.catalogue.image(url)
        if known is not None and not spider.images_again:
            job.run.images["known"] += 1
            return known
        task = self._fetched.get(url)
        if task is None:
            task = self._fetched[url] = asyncio.ensure_future(self._fetch(url, article))
            if len(self._fetched) > REMEMBERED:
                self._fetched.popitem(last=False)
        try:
            fetched = await task
        except _Missing as missing:
            if known is not None:  # it was there before: the article keeps what the archive has
                return known
            job.run.images["missing"] += 1
            job.run.missing_images.append(
                {"article": article.visit.url, "url": url, "class": missing.error_class, "message": missing.message}
            )
            return StoredImage(url=url, capture=None)
        return StoredImage(url, fetched.capture.record_id, fetched.capture.payload_digest, fetched.media)

    async def _fetch(self, url: str, article: Article) -> _Fetched:
        assert self._crawler.engine is not None
        job = worker_of(self._crawler).job
        try:
            response = await self._crawler.engine.download_async(image_request(url, article, job.config.limits))
        except Exception as error:  # whatever the fetch ran into is classified, never an article's end
            failure = classify(error)
            raise _Missing(failure.cls, failure.message) from error
        if response.status != 200:
            raise _Missing(f"http-{response.status}", f"{url}: answered {response.status}")
        capture: Capture = response.meta["capture"]
        name = media_name(capture.payload_digest, response.body)
        if name is None:
            raise _Missing("not-an-image", f"{url}: {len(response.body)} bytes that are no image")
        job.run.images["fetched"] += 1
        if job.config.posts.images != "local":
            return _Fetched(capture, None)
        if flaw := _flaw(response.body, job.config.limits.image_pixels):
            message = f"{url}: archived, not copied: {flaw}"
            logger.warning("%s", message)
            job.run.images["uncopied"] += 1
            job.run.uncopied_images.append({"article": article.visit.url, "url": url, "message": message})
            name = None
        return _Fetched(capture, name)


def _flaw(body: bytes, most: int) -> str:
    """Why the picture may not be copied, empty when it may: a small file can take gigabytes in whoever shows it
    (THREATS D7)."""
    picture = picture_of(body)
    if picture is None or picture.width is None or picture.height is None:
        return "its header tells no size"
    if picture.width * picture.height > most:
        return f"{picture.width} × {picture.height} pixels are more than [limits] image_pixels, {most}"
    return ""
