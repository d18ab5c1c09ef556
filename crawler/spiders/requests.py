"""Scrapy requests of a run: for entry points, articles, their parts, images and style sheets.

Their meta has what the middlewares need (source, fence, limits) and what the archive records (via, hops, date hint).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request

from crawler.clock import rfc3339
from crawler.config import Limits
from crawler.discovery import EntryPoint
from crawler.fetching.fence import ANYWHERE, Fence, article_fence, entry_fence, own_headers
from crawler.items import Source
from crawler.store.validators import Validators
from crawler.store.visits import Visit
from crawler.urls.host_names import askable

ENTRY, ARTICLE, PART, IMAGE, STYLE = 300, 200, 250, 100, 50
"""Scrapy priorities: entry points first, then parts of articles, then articles, then images, then style sheets."""
IMAGE_TYPES = "image/avif,image/webp,image/png,image/jpeg,image/gif,*/*;q=0.5"
"""Accept header of image requests."""


def entry_request(
    entry: EntryPoint,
    source: Source,
    validators: Validators,
    limits: Limits,
    callback: Callable[..., Any],
    errback: Callable[..., Any],
) -> Request:
    """Request for a feed, sitemap, section page or listing."""
    fence = entry_fence(source, named=entry.step == 1)
    request = _request(entry.url, source, fence, via="", hops="L" * (entry.step - 1), priority=ENTRY)
    if entry.kind == "sitemap":
        request.meta["download_maxsize"] = request.meta["decoded_maxsize"] = limits.sitemap_bytes
    request.meta["decode_queue"] = "pages"
    request.headers.update(validators.headers())
    request.callback, request.errback = callback, errback
    request.cb_kwargs.update(entry=entry, source=source)
    return request


def search_request(entry: EntryPoint, source: Source, via: str, limits: Limits) -> Request:
    """Request for a document in which the feeds of a site are looked for; they may be on any host."""
    request = _request(entry.url, source, ANYWHERE, via=via, hops="L" if via else "", priority=ENTRY)
    request.meta["download_maxsize"] = request.meta["decoded_maxsize"] = limits.sitemap_bytes
    request.meta["decode_queue"] = "pages"
    request.meta["robots_txt"] = urlsplit(entry.url).path == "/robots.txt"  # no robots.txt forbids itself
    return request


def article_request(visit: Visit, source: Source, callback: Callable[..., Any], errback: Callable[..., Any]) -> Request:
    """Request for an article's page; conditional when validators are known."""
    fence = article_fence(source, visit.url)
    request = _request(
        visit.url, source, fence, via=visit.via, hops="L" if visit.via else "", priority=ARTICLE, visit=visit
    )
    request.meta["decode_queue"] = "pages"  # not for its parts: the page is in memory while they are fetched
    request.headers.update(visit.validators.headers())
    request.callback, request.errback = callback, errback
    request.cb_kwargs.update(visit=visit, source=source)
    return request


def part_request(url: str, visit: Visit, source: Source, via: str) -> Request:
    """Request for a further page of an article, or for the page that it leads to."""
    # Fenced by the article's own URL: a page can't lead out of its source.
    return _request(url, source, article_fence(source, visit.url), via=via, hops="LL", priority=PART, visit=visit)


def image_request(url: str, source: Source, via: str, limits: Limits) -> Request:
    """Request for an image: from any public host, with the limits of images. `via`: the page that shows it."""
    request = _request(url, source, ANYWHERE, via=via, hops="LE", priority=IMAGE)
    request.headers["Accept"] = IMAGE_TYPES
    request.meta["download_maxsize"] = request.meta["decoded_maxsize"] = limits.image_bytes
    request.meta["decode_queue"] = "images"
    return request


def style_request(url: str, source: Source, via: str, limits: Limits, steps: int) -> Request:
    """Request for a style sheet, once: posts do without it. `steps`: documents that lead to it, its page the first."""
    request = _request(url, source, ANYWHERE, via=via, hops="L" + "E" * steps, priority=STYLE)
    request.headers["Accept"] = "text/css,*/*;q=0.1"
    request.meta["download_maxsize"] = request.meta["decoded_maxsize"] = limits.style_bytes
    request.meta["decode_queue"] = "images"
    request.meta["dont_retry"] = request.meta["optional"] = True
    return request


def _request(
    url: str, source: Source, fence: Fence, *, via: str, hops: str, priority: int, visit: Visit | None = None
) -> Request:
    meta: dict[str, Any] = {
        "source": source.name,
        "fence": fence,
        "verify_tls": source.verify_tls,
        "warc_metadata": _metadata(source, via, hops, visit),
    }
    wishes = {"obey_robots": source.obey_robots, "delay": source.delay, "concurrency": source.concurrency}
    meta |= {name: wish for name, wish in wishes.items() if wish is not None}
    if visit is not None:
        meta["visit"] = visit
    # Scrapy would encode the host by IDNA 2003.
    return Request(askable(url), headers=own_headers(source, url), meta=meta, priority=priority, dont_filter=True)


def _metadata(source: Source, via: str, hops: str, visit: Visit | None) -> list[tuple[str, str]]:
    """Fields of the metadata record, named as in WARC 1.1, 6.6 where it has them; hops: L = link, E = embedded."""
    hint: datetime | None = visit.published if visit else None
    pairs = [
        ("via", via),
        ("hopsFromSeed", hops),
        ("source", source.name),
        ("section", visit.section if visit else ""),
        ("published-hint", rfc3339(hint) if hint else ""),
    ]
    return [(name, value) for name, value in pairs if value]
