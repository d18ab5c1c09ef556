"""Gather an article: the response to its page in, an Article out.

The page is extracted. An article at another URL is fetched there (Elsewhere), further pages are added (PartsNeeded).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from scrapy.http import Response

from archive import Capture, many, parse_head
from crawler.config import Limits
from crawler.errors import Elsewhere, NotAnArticle, PartsNeeded, StorageFailed, WarcpressError
from crawler.fetching.failures import RETRYABLE_STATUSES, classify
from crawler.items import READ, Page, Post, Source, is_plausible
from crawler.run.article import Article
from crawler.store.validators import Validators
from crawler.store.visits import Visit

logger = logging.getLogger(__name__)

JUMPS = 5
"""Most hops from page to page until one has the article, if [limits] redirects is not lower."""
GONE = frozenset({404, 410})
"""Statuses by which a row of pages ends."""

Fetch = Callable[[str, Visit, Source, str], Awaitable[Response]]
"""Fetch a URL for an article: URL, visit, source, URL of the page that led to it."""
Extract = Callable[[Page, Source], Awaitable[Post]]
"""Extract a page."""


class PartFailed(WarcpressError):
    """A further page of the article could not be fetched; `cause` says why."""

    def __init__(self, url: str, cause: Exception) -> None:
        super().__init__(f"{url}: {cause}")
        self.cause = cause


class Answered(WarcpressError):
    """A page to which the article's page leads was answered with a status that gives no page."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"{response.url}: answered {response.status}")
        self.url, self.status = response.url, response.status
        self.capture: Capture = response.meta["capture"]


async def gather(
    response: Response, visit: Visit, source: Source, fetch: Fetch, extract: Extract, limits: Limits
) -> Article:
    """Gather the article of a response that was read; its pages have at most `limits.decoded_bytes` together.

    Raises ExtractionError when there is no article; PartFailed or Answered when a further page, or the page that the
    first leads to, can't be had.
    """
    page, captures, validators = _first(response, visit), [response.meta["capture"]], validators_of(response)
    passed = [visit.url, page.url]
    while True:
        try:
            post = await extract(page, source)
        except Elsewhere as elsewhere:
            _check_hop(elsewhere.url, passed, limits)
            response = await _further(fetch, elsewhere.url, visit, source, page.url)
            if response.status not in READ:
                raise Answered(response) from None
            page, captures, validators = _first(response, visit), [response.meta["capture"]], Validators()
        except PartsNeeded as needed:
            if page.complete:  # a page that took the child over could ask for ever
                raise NotAnArticle("parts", "further pages are asked for after the last") from None
            page, added = await _with_parts(page, needed, partial(_further, fetch, visit=visit, source=source), limits)
            captures += added
            validators = Validators()  # a part may change while the first page does not
        else:
            return Article(visit, source, page, tuple(captures), validators, post)


def _check_hop(url: str, passed: list[str], limits: Limits) -> None:
    """Add the URL to those that led to it; raise NotAnArticle when it is one of them, or one too many."""
    most = min(JUMPS, limits.redirects)
    if url in passed:
        raise NotAnArticle("redirects", f"a loop of pages that lead on, back to {url}")
    if len(passed) >= 2 + most:  # the first two are the URL of the visit and that of its page
        raise NotAnArticle("redirects", f"more than {many(most, 'page')} that lead on")
    passed.append(url)


async def _with_parts(
    page: Page, needed: PartsNeeded, further: Callable[..., Awaitable[Response]], limits: Limits
) -> tuple[Page, list[Capture]]:
    """Fetch further pages; return the page with them as parts, and their captures.

    Pages that are only linked (`needed.required` is false) end before one that is refused or not there, unless that may
    change soon: a post without them would replace one with them.
    """
    captures: list[Capture] = []
    if needed.required and len(page.parts) + len(needed.urls) > limits.article_parts:
        raise NotAnArticle("parts", f"more than {many(limits.article_parts, 'page')}")
    for url in needed.urls:
        try:
            if len(page.parts) >= limits.article_parts:
                raise NotAnArticle("parts", f"more than {many(limits.article_parts, 'page')}")
            answer = await further(url, via=page.url)
            if not needed.required and answer.status not in READ | GONE:
                raise Answered(answer)
            larger = replace(page, parts=(*page.parts, page_of(answer)))
            if sum(len(each.body) for each in (larger, *larger.parts)) > limits.decoded_bytes:
                raise NotAnArticle("parts", f"more than {limits.decoded_bytes} bytes together")
        except (NotAnArticle, PartFailed, Answered) as error:
            if needed.required or _may_change(error):
                raise
            logger.warning("%s: its further pages from %s on are left out: %s", page.url, url, error)
            return replace(page, complete=True), captures
        page = larger
        captures.append(answer.meta["capture"])
    return page, captures


def _may_change(error: WarcpressError) -> bool:
    """Whether another try may succeed."""
    if isinstance(error, Answered):
        return error.status in RETRYABLE_STATUSES
    return isinstance(error, PartFailed) and classify(error.cause).retryable


async def _further(fetch: Fetch, url: str, visit: Visit, source: Source, via: str) -> Response:
    try:
        return await fetch(url, visit, source, via)
    except StorageFailed:
        raise
    except Exception as error:  # the caller classifies it
        raise PartFailed(url, error) from error


def _first(response: Response, visit: Visit) -> Page:
    page = page_of(response, published_hint=visit.published, section=visit.section or None)
    return replace(page, asked=visit.url)


def page_of(response: Response, *, published_hint: datetime | None = None, section: str | None = None) -> Page:
    """The page of a captured response whose content codings `DecodeMiddleware` has removed.

    The headers come from the captured head and not from Scrapy, so that the audit makes the same page from the archive.
    A feed's date in the future of the capture is a mistake and left out.
    """
    capture: Capture = response.meta["capture"]
    if published_hint is not None and not is_plausible(published_hint, capture.date):
        published_hint = None
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
