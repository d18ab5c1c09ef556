"""Requests of a run, and their meta for the middlewares and the archive."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from scrapy import Request

from crawler.config import Limits
from crawler.discovery import EntryPoint
from crawler.items import Source
from crawler.spiders.requests import article_request, entry_request, part_request
from crawler.store.validators import Validators
from crawler.store.visits import Visit

SOURCE = Source("herald", urls=("https://news.example/1",), headers={"Cookie": "s3cret"}, delay=2.0)
NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
TAGS = Validators('"1"', "Thu, 05 Mar 2026 12:00:00 GMT")
VISIT = Visit(
    "https://news.example/1", "https://news.example/1", "herald", "World", NOON, "https://news.example/", 1, TAGS
)


def nothing(*_: Any) -> None:
    """A callback."""


def test_an_article_is_requested_conditionally_with_its_source_and_origin() -> None:
    request = article_request(VISIT, SOURCE, nothing, nothing)
    assert request.url == VISIT.url and request.dont_filter
    assert request.headers["If-None-Match"] == b'"1"' and request.headers["Cookie"] == b"s3cret"
    assert request.cb_kwargs == {"visit": VISIT, "source": SOURCE}
    meta = request.meta
    assert (meta["source"], meta["visit"], meta["delay"], meta["verify_tls"]) == ("herald", VISIT, 2.0, True)
    assert "obey_robots" not in meta and "concurrency" not in meta, "unset: the value of [crawl] applies"
    assert meta["warc_metadata"] == [
        ("via", "https://news.example/"),
        ("hopsFromSeed", "L"),
        ("source", "herald"),
        ("section", "World"),
        ("published-hint", "2026-03-05T12:00:00.000000Z"),
    ]


def test_a_named_article_is_a_seed() -> None:
    named = replace(VISIT, via="", section="", published=None)
    assert article_request(named, SOURCE, nothing, nothing).meta["warc_metadata"] == [("source", "herald")]


def test_a_part_comes_before_other_articles_and_sends_no_secret_to_another_host() -> None:
    part = part_request("https://cdn.example/2", VISIT, SOURCE, via=VISIT.url)
    assert part.priority > article_request(VISIT, SOURCE, nothing, nothing).priority
    assert "Cookie" not in part.headers
    assert part.meta["warc_metadata"][:2] == [("via", VISIT.url), ("hopsFromSeed", "LL")]


@pytest.mark.parametrize(("kind", "limited"), [("feed", False), ("sitemap", True)])
def test_a_sitemap_has_a_limit_of_its_own(kind: Any, limited: bool) -> None:
    limits = Limits(sitemap_bytes=99)
    entry = EntryPoint(kind, "https://news.example/x")
    request: Request = entry_request(entry, SOURCE, TAGS, limits, nothing, nothing)
    assert (request.meta.get("download_maxsize") == 99) is limited
    assert (request.meta.get("decoded_maxsize") == 99) is limited
    assert request.cb_kwargs == {"entry": entry, "source": SOURCE}
