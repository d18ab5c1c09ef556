"""What the extraction of a page costs, in counts: parses, walks over the page, Python calls per element."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from types import FrameType

import pytest
from lxml import etree

from crawler.extractors import extract
from crawler.extractors.container import survey
from crawler.extractors.dates import signals
from crawler.items import Page, Post
from crawler.urls import resolving

PARAGRAPH = (
    "The lighthouse was sold on Thursday, ninety years after it was built, and its new owner will keep the lamp."
)
TEASER = (
    '<li class="teaser"><h3><a href="/{n}">The harbour gets its {n} new lamps this winter</a></h3><p>Soon.</p></li>'
)


def page(teasers: int = 20, paragraphs: int = 10, end: str = "</body></html>") -> Page:
    listed = "".join(TEASER.replace("{n}", str(n)) for n in range(teasers))
    text = "".join(f'<p>{PARAGRAPH} <a href="/lamp/{n}">Lamp {n}</a>.</p>' for n in range(paragraphs))
    markup = (
        '<html lang="en"><head><title>Lighthouse sold</title><meta property="article:published_time" '
        'content="2026-01-01T08:30:00Z"></head><body><article><h1>Lighthouse sold</h1>'
        f'<p class="byline">By Jane Doe</p>{text}</article><ul>{listed}</ul>{end}'
    )
    return Page(
        "https://a.example/1", markup.encode(), [("Content-Type", "text/html")], datetime(2026, 1, 2, tzinfo=UTC)
    )


def counted(monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> list[str]:
    """Count the calls of a function, by a list that gets an entry for each."""
    calls: list[str] = []
    original: Callable[..., object] = getattr(owner, name)

    def counting(*arguments: object, **named: object) -> object:
        calls.append(name)
        return original(*arguments, **named)

    monkeypatch.setattr(owner, name, counting)
    return calls


def python_calls(of: Page) -> int:
    """Count the calls of Python functions during the second extraction of a page, when all is imported and cached."""
    extract(of)
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    former = sys.getprofile()
    sys.setprofile(count)
    try:
        extract(of)
    finally:
        sys.setprofile(former)
    return calls


def test_a_page_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parses = [counted(monkeypatch, etree, name) for name in ("fromstring", "HTML")]
    assert isinstance(extract(page()), Post)
    assert sum(map(len, parses)) == 1


def test_a_page_that_libxml2_misreads_is_parsed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    parses = counted(monkeypatch, etree, "fromstring")
    extract(page(end="</body></html><p>Behind the end.</p>"))
    assert len(parses) == 2


def test_the_page_and_the_copy_of_its_container_are_surveyed_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    walks = counted(monkeypatch, survey, "_Walk")
    extract(page())
    assert len(walks) == 2


def test_short_texts_around_the_headline_are_collected_once_for_all_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    collected = counted(monkeypatch, signals, "_lines")
    undated = replace(page(), body=page().body.replace(b"article:published_time", b"article:unknown"))
    extract(undated)
    assert len(collected) == 1


def test_plain_absolute_urls_are_not_joined_with_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving.absolute.cache_clear()
    joins = counted(monkeypatch, resolving, "urljoin")
    links = "".join(f'<p>{PARAGRAPH} <a href="https://b.example/plain/{n}?q={n}">Lamp {n}</a>.</p>' for n in range(20))
    extract(replace(page(), body=page().body.replace(b"</article>", links.encode() + b"</article>")))
    assert len(joins) == 10  # the relative ones of the page's own paragraphs


def test_elements_beside_the_text_and_in_it_cost_few_calls() -> None:
    """A teaser of four elements takes 56, a paragraph with a link 102; it was 62 and 146 (2026-11)."""
    small, teasers, paragraphs = (python_calls(page(*size)) for size in ((40, 20), (140, 20), (40, 70)))
    assert (teasers - small) / 100 <= 58
    assert (paragraphs - small) / 50 <= 105
