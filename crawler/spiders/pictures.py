"""Fetch missing pictures by themselves: what is due on the frontier in, captures and further tries out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from archive import Capture, many
from crawler.capture import captures_stored, recorder_of
from crawler.fetching.failures import STORAGE, UNASKED, classify
from crawler.items import READ, Reason
from crawler.posts.media import media_name
from crawler.run.job import Job
from crawler.spiders.requests import image_request
from crawler.store.pictures import Picture

logger = logging.getLogger(__name__)


class Missing(Exception):
    """A picture could not be fetched; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.message)
        self.reason = reason


def why_missing(problem: BaseException | Failure) -> Reason:
    """Why a picture could not be fetched, from the exception that its request ended with."""
    failure = classify(problem)
    return Reason(failure.cls, failure.message, asked=failure.cls not in UNASKED)


def media_of(response: Response, url: str) -> str:
    """Name that the local copy of a picture gets; Missing when the response to `url` has no picture."""
    if response.status not in READ:
        raise Missing(Reason(f"http-{response.status}", f"{url}: answered {response.status}"))
    media = media_name(response.meta["capture"].payload_digest, response.body)
    if media is None:
        raise Missing(Reason("not-an-image", f"{url}: not an image ({many(len(response.body), 'byte')})"))
    return media


class MissingPictures:
    """Requests the pictures that are due. One that arrives is known by its capture; no version is made for it alone.

    Where posts show local copies, its articles are visited in full, which makes the new versions.
    """

    def __init__(self, job: Job, crawler: Crawler, wanted: Callable[[], None]) -> None:
        """`wanted` is called when articles have become due."""
        self._job, self._crawler, self._wanted = job, crawler, wanted
        self.under_way: dict[str, Picture] = {}
        """Pictures that are being fetched, or whose captures are not on disk yet, by URL."""
        self._arrived: dict[str, str] = {}  # URL by record id of a capture
        crawler.signals.connect(self._stored, captures_stored)

    def due(self, sources: Collection[str], room: int) -> list[Request]:
        """Take pictures that are due from the frontier; return their requests."""
        under_way = {*self.under_way, *self._job.under_way}
        pictures = self._job.frontier.pictures.due(sources, room, under_way) if room > 0 else []
        self.under_way |= {picture.url: picture for picture in pictures}
        return [self._request(picture) for picture in pictures]

    def _request(self, picture: Picture) -> Request:
        source = self._job.source(picture.source)
        request = image_request(picture.url, source, picture.article, self._job.config.limits)
        request.callback, request.errback = self.parse, self.failed
        request.cb_kwargs["picture"] = picture
        return request

    def parse(self, response: Response, picture: Picture) -> None:
        """Take a picture, or note why the response has none."""
        try:
            media_of(response, picture.url)
        except Missing as missing:
            self._missed(picture, missing.reason)
            return
        self._arrived[response.meta["capture"].record_id] = picture.url
        recorder_of(self._crawler).commit_soon()

    def failed(self, failure: Failure) -> None:
        """Note why a picture could not be fetched."""
        reason = why_missing(failure)
        if reason.error_class != STORAGE:  # then the run ends, and the picture stays due
            self._missed(failure.request.cb_kwargs["picture"], reason)  # type: ignore[attr-defined]  # set by Scrapy

    def end(self) -> None:
        """Note as failed what is still under way when nothing is being fetched: its callback raised."""
        for picture in list(self.under_way.values()):
            self._missed(picture, Reason("internal", f"{picture.url}: lost before it was stored; see the log"))

    def _missed(self, picture: Picture, reason: Reason) -> None:
        self._job.missed(picture, reason)
        self.under_way.pop(picture.url, None)

    def _stored(self, captures: Sequence[Capture]) -> None:
        """Forget the pictures whose captures are on disk now."""
        for capture in captures:
            if (url := self._arrived.pop(capture.record_id, None)) is None:
                continue
            articles = self._job.frontier.pictures.found(url)
            logger.info("%s: a picture that was missing is stored", url)
            self._job.report.images["fetched"] += 1
            self.under_way.pop(url, None)
            if self._job.config.posts.images == "local":
                self._job.frontier.again(articles)
                self._wanted()
