"""Articles gathered from several pages: followed elsewhere, completed with parts, within their limits."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import HtmlResponse, Response

from archive import Capture
from crawler.config import Limits
from crawler.errors import Elsewhere, NotAnArticle, PartsNeeded, StorageFailed
from crawler.items import Page, Post, Source
from crawler.run.article import Article
from crawler.spiders.gathering import JUMPS, Answered, PartFailed, gather
from crawler.store.validators import Validators
from crawler.store.visits import Visit

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
SOURCE = Source("herald")
VISIT = Visit("https://news.example/1", "https://news.example/1", "herald", "World", NOON, "", 0, Validators())


def response(url: str, status: int = 200, body: bytes = b"<p>Text</p>", tag: str = "") -> Response:
    """A captured response whose record id is its URL."""
    head = f"HTTP/1.1 {status} OK\r\nContent-Type: text/html\r\n\r\n".encode()
    capture = Capture(url, "response", url, NOON, "a.warc.gz", 0, 1, status, "text/html", "", None, None, head, {})
    request = Request(url, meta={"capture": capture})
    return HtmlResponse(url, status=status, body=body, headers={"ETag": tag} if tag else None, request=request)


def post(page: Page) -> Post:
    """An empty post with a URL."""
    names: dict[str, Any] = dict.fromkeys(("title", "site", "section", "language", "published_text", "body_html"), "")
    lists: dict[str, Any] = dict.fromkeys(("authors", "categories", "tags", "images"), ())
    dates: dict[str, Any] = dict.fromkeys(("published", "updated", "lead_image"))
    return Post(page.url, page.url, **names, **lists, **dates, text="", extractor="")


def gathered(
    first: Response,
    answers: dict[str, Response],
    *steps: Exception,
    limits: Limits = Limits(),  # noqa: B008
    visit: Visit = VISIT,
) -> Article:
    """Gather with an extractor that raises `steps` one after the other, then gives a post."""
    raised = iter(steps)

    async def fetch(url: str, _visit: Visit, _source: Source, _via: str) -> Response:
        if url not in answers:
            raise DownloadTimeoutError(url)
        return answers[url]

    async def extract(page: Page, _source: Source) -> Post:
        for step in raised:
            raise step
        return post(page)

    return asyncio.run(gather(first, visit, SOURCE, fetch, extract, limits))


ONE, TWO, THREE = (f"https://news.example/{number}" for number in (1, 2, 3))


def test_one_page_is_one_article_with_its_hints_and_validators() -> None:
    article = gathered(response(ONE, tag='"1"'), {})
    assert [capture.record_id for capture in article.captures] == [ONE]
    assert (article.page.published_hint, article.page.section) == (NOON, "World")
    assert article.validators == Validators('"1"', "") and article.visit is VISIT


def test_a_feeds_date_after_the_capture_is_left_out() -> None:
    wrong = replace(VISIT, published=datetime(2041, 1, 1, tzinfo=UTC))
    article = gathered(response(ONE), {}, visit=wrong)
    assert article.page.published_hint is None


def test_an_article_elsewhere_is_followed_and_gets_no_validators() -> None:
    article = gathered(response(ONE, tag='"1"'), {TWO: response(TWO, tag='"2"')}, Elsewhere(TWO))
    assert [capture.record_id for capture in article.captures] == [TWO]
    assert article.page.url == TWO and article.validators == Validators()


def test_parts_follow_the_first_page_in_order() -> None:
    answers = {TWO: response(TWO), THREE: response(THREE, 404)}
    article = gathered(response(ONE, tag='"1"'), answers, PartsNeeded((TWO, THREE)))
    assert [capture.record_id for capture in article.captures] == [ONE, TWO, THREE]
    assert [(part.url, part.status) for part in article.page.parts] == [(TWO, 200), (THREE, 404)]
    assert article.validators == Validators(), "a part may change while the first page does not"


@pytest.mark.parametrize(
    ("steps", "limits", "told"),
    [
        ([Elsewhere(TWO)] * 2, Limits(), f"redirects (a loop of pages that lead on, back to {TWO})"),
        ([Elsewhere(ONE)], Limits(), f"redirects (a loop of pages that lead on, back to {ONE})"),
        (
            [Elsewhere(f"{TWO}/{n}") for n in range(JUMPS + 1)],
            Limits(),
            f"redirects (more than {JUMPS} pages that lead on)",
        ),
        ([Elsewhere(TWO)], Limits(redirects=0), "redirects (more than 0 pages that lead on)"),
        ([PartsNeeded((TWO, TWO))], Limits(article_parts=1), "parts (more than 1 page)"),
        ([PartsNeeded((TWO,))], Limits(decoded_bytes=20), "parts (more than 20 bytes together)"),
    ],
)
def test_a_page_beyond_a_limit_is_not_an_article(steps: list[Exception], limits: Limits, told: str) -> None:
    with pytest.raises(NotAnArticle) as refused:
        answers = {url: response(url) for url in (TWO, *(f"{TWO}/{number}" for number in range(JUMPS)))}
        gathered(response(ONE), answers, *steps, limits=limits)
    assert str(refused.value) == f"not an article: {told}"


def test_a_jump_to_a_page_that_is_gone_ends_like_a_request_of_that_page() -> None:
    with pytest.raises(Answered) as answered:
        gathered(response(ONE), {THREE: response(THREE, 404)}, Elsewhere(THREE))
    assert (answered.value.url, answered.value.status) == (THREE, 404)


LINKED = PartsNeeded((TWO, THREE), required=False)


@pytest.mark.parametrize(
    ("answers", "limits", "parts"),
    [
        ({TWO: response(TWO), THREE: response(THREE, 404)}, Limits(), [TWO, THREE]),
        ({TWO: response(TWO), THREE: response(THREE, 403)}, Limits(), [TWO]),
        ({TWO: response(TWO, 401), THREE: response(THREE)}, Limits(), []),
        ({TWO: response(TWO), THREE: response(THREE)}, Limits(article_parts=1), [TWO]),
        ({TWO: response(TWO), THREE: response(THREE)}, Limits(article_parts=0), []),
        ({TWO: response(TWO), THREE: response(THREE)}, Limits(decoded_bytes=20), []),
    ],
)
def test_pages_that_are_only_linked_end_where_one_cannot_be_had(
    answers: dict[str, Response], limits: Limits, parts: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    article = gathered(response(ONE), answers, LINKED, limits=limits)
    assert [part.url for part in article.page.parts] == parts
    assert [capture.record_id for capture in article.captures] == [ONE, *parts]
    assert article.page.complete is (len(parts) < 2)
    assert ("further pages" in caplog.text) is (len(parts) < 2)


@pytest.mark.parametrize(("status", "raised"), [(503, Answered), (None, PartFailed)])
def test_a_linked_page_that_may_come_later_ends_the_visit(status: int | None, raised: type[Exception]) -> None:
    with pytest.raises(raised):
        gathered(response(ONE), {TWO: response(TWO, status)} if status else {}, LINKED)


def test_a_part_that_cannot_be_fetched_is_named_with_its_cause() -> None:
    with pytest.raises(PartFailed, match=TWO) as failed:
        gathered(response(ONE), {}, PartsNeeded((TWO,)))
    assert isinstance(failed.value.cause, DownloadTimeoutError)


def test_a_storage_failure_is_not_a_failure_of_the_part() -> None:
    async def fetch(*_: object) -> Response:
        raise StorageFailed("the disk is full")

    async def extract(page: Page, source: Source) -> Post:
        raise Elsewhere(TWO)

    with pytest.raises(StorageFailed):
        asyncio.run(gather(response(ONE), VISIT, SOURCE, fetch, extract, Limits()))
