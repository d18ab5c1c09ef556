"""Gather an article: the response to its page in, an Article out.

The page is extracted. An article at another URL is fetched there (Elsewhere), further pages are added (PartsNeeded).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from scrapy.http import Response

from archive import Capture, parse_head
from crawler.config import Limits
from crawler.errors import Elsewhere, NotAnArticle, PartsNeeded, StorageFailed, WarcpressError
from crawler.items import READ, Page, Post, Source
from crawler.run.article import Article
from crawler.store.frontier import Visit
from crawler.store.validators import Validators

JUMPS = 5
"""Most hops from page to page until one has the article."""

Fetch = Callable[[str, Visit, Source, str], Awaitable[Response]]
"""Fetch a URL for an article: URL, visit, source, URL of the page that led to it."""
Extract = Callable[[Page, Source], Awaitable[Post]]
"""Extract a page."""


class PartFailed(WarcpressError):
    """A further page of the article could not be fetched; `cause` says why."""

    def __init__(self, url: str, cause: Exception) -> None:
        super().__init__(f"{url}: {cause}")
        self.cause = cause


async def gather(
    response: Response, visit: Visit, source: Source, fetch: Fetch, extract: Extract, limits: Limits
) -> Article:
    """Gather the article of a response that was read; its pages have at most `limits.decoded_bytes` together.

    Raises ExtractionError when there is no article, PartFailed when a further page can't be fetched.
    """
    page, captures, validators = _first(response, visit), [response.meta["capture"]], validators_of(response)
    jumps = 0
    while True:
        try:
            post = await extract(page, source)
        except Elsewhere as elsewhere:
            jumps += 1
            if jumps > JUMPS:
                raise NotAnArticle("jumps", f"more than {JUMPS}") from None
            response = await _further(fetch, elsewhere.url, visit, source, page.url)
            if response.status not in READ:
                raise NotAnArticle("elsewhere", f"{elsewhere.url} answered {response.status}") from None
            page, captures, validators = _first(response, visit), [response.meta["capture"]], Validators()
        except PartsNeeded as needed:
            if len(page.parts) + len(needed.urls) > limits.article_parts:
                raise NotAnArticle("parts", f"more than {limits.article_parts} pages") from None
            for url in needed.urls:
                answer = await _further(fetch, url, visit, source, page.url)
                captures.append(answer.meta["capture"])
                page = replace(page, parts=(*page.parts, page_of(answer)))
                if sum(len(each.body) for each in (page, *page.parts)) > limits.decoded_bytes:
                    raise NotAnArticle("parts", f"more than {limits.decoded_bytes} bytes together") from None
            validators = Validators()  # a part may change while the first page does not
        else:
            return Article(visit, source, page, tuple(captures), validators, post)


async def _further(fetch: Fetch, url: str, visit: Visit, source: Source, via: str) -> Response:
    try:
        return await fetch(url, visit, source, via)
    except StorageFailed:
        raise
    except Exception as error:  # the caller classifies it
        raise PartFailed(url, error) from error


def _first(response: Response, visit: Visit) -> Page:
    return page_of(response, published_hint=visit.published, section=visit.section or None)


def page_of(response: Response, *, published_hint: datetime | None = None, section: str | None = None) -> Page:
    """The page of a captured response whose content codings `DecodeMiddleware` has removed.

    The headers come from the captured head and not from Scrapy, so that the audit makes the same page from the archive.
    """
    capture: Capture = response.meta["capture"]
    return Page(
        url=capture.url,
        body=response.body,
        headers=parse_head(capture.head).headers,
        fetched_at=capture.date,
        status=response.status,
        published_hint=published_hint,
        section=section,
    )


def validators_of(response: Response) -> Validators:
    """What a response says for the next conditional request."""

    def text(name: str) -> str:
        return (response.headers.get(name) or b"").decode("latin-1")

    return Validators(text("ETag"), text("Last-Modified"))


def is_conditional(response: Response) -> bool:
    """Whether the request that this response answers had conditions; a redirect to another origin drops them."""
    assert response.request is not None
    return any(name in response.request.headers for name in Validators("x", "x").headers())


def confirmed_by(response: Response, stored: Validators) -> Validators | None:
    """The validators after a 304 that answers conditions; None for other responses."""
    return stored.confirmed_by(validators_of(response)) if response.status == 304 and is_conditional(response) else None
