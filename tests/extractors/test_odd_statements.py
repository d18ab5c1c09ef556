"""JSON-LD and `<meta>` with values of any type: `extract` gives a post or raises an error that it documents.

The values are generated with a fixed seed; the other tests are what longer runs found (26 November 2026, 14,000 pages).
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from typing import Any

from crawler.errors import ExtractionError
from crawler.extractors import extract
from crawler.items import Page, Post

TEXT = "".join(
    f"<p>The council decided on Tuesday, after a debate, that bridge {n} would be built.</p>" for n in range(8)
)
CAPTURED = datetime(2026, 11, 26, tzinfo=UTC)
PAGES = 300

ODD = (
    "", " ", "\x00", "\x0b\x1f", "a\ud800b", "2022-03-18T10:00:00+99:99", "2022-13-45", "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00", "1e309", "http://[", "//", "javascript:1", "https://example.com:99999/x",
    "By By ", "@",
    "</script>", "&#0;", "&#x110000;", "x" * 9000, "記者 甲 乙", "文/", "（", "\u202e\u2028", "9" * 400,
    "令和99999年13月40日",
    "99999999999999天前", "yesterday", "②⓪²²-①-²", "24:60:60", "-62135596801", "http://\u2100.com/x", "{{x}}",
    "Jane Doe",
    0, -1, 1e308, 10**30, True, None, float("nan"), float("inf"),
)  # fmt: skip
KEYS = (
    "@id", "@graph", "headline", "name", "author", "creator", "datePublished", "dateModified", "pubDate", "image",
    "thumbnailUrl", "publisher", "articleBody", "keywords", "articleSection", "inLanguage", "mainEntity", "url",
    "hasPart",
    "itemListElement", "item", "@value", "width", "height", "text", "about",
)  # fmt: skip
TYPES: tuple[Any, ...] = (
    "NewsArticle",
    "WebPage",
    "Person",
    "BreadcrumbList",
    "ImageObject",
    ["NewsArticle", 5],
    [],
    {},
    None,
    5,
)
METAS = (
    "og:title", "description", "author", "article:published_time", "article:modified_time", "last-modified", "og:image",
    "og:image:width", "og:url", "og:site_name", "og:locale", "keywords", "article:section", "refresh", "twitter:image",
)  # fmt: skip


def read(head: str, captured: datetime = CAPTURED) -> Post:
    page = f"<html><head><title>An old bridge - Herald</title>{head}</head><body><h1>An old bridge</h1><article>{TEXT}"
    return extract(Page("https://news.example/a", page.encode("utf-8", "surrogatepass"), [], captured))


def value(draw: random.Random, depth: int = 0) -> object:
    kind = draw.random()
    if depth > 4 or kind < 0.4:
        return draw.choice(ODD)
    if kind < 0.6:
        return [value(draw, depth + 1) for _ in range(draw.randrange(4))]
    return {
        "@type": draw.choice(TYPES),
        **{draw.choice(KEYS): value(draw, depth + 1) for _ in range(draw.randrange(1, 7))},
    }


def test_N6_values_of_any_type_give_a_post_or_a_documented_error() -> None:
    draw = random.Random(5)
    posts = 0
    for _ in range(PAGES):
        stated = json.dumps(value(draw), ensure_ascii=draw.random() < 0.5).replace("</", "<\\/")
        metas = "".join(
            f'<meta property="{draw.choice(METAS)}" content="{draw.choice(ODD)}">' for _ in range(draw.randrange(6))
        )
        try:
            post = read(f'{metas}<script type="application/ld+json">{stated}</script>')
        except ExtractionError:
            continue
        posts += 1
        told = (post.title, post.site, post.section, post.language, *post.authors, *post.tags, *post.categories)
        assert not [text for text in told if any(letter < " " or "\ud800" <= letter <= "\udfff" for letter in text)]
    assert posts > PAGES / 2


def test_N6_a_date_with_an_impossible_zone_is_ignored() -> None:
    post = read('<meta name="last-modified" content="2022-03-18T10:00:00+99:99">')
    assert (post.title, post.published) == ("An old bridge", None)


def test_N6_a_capture_in_the_year_9999_is_read() -> None:
    post = read('<meta name="date" content="2022-03-18">', datetime(9999, 12, 31, tzinfo=UTC))
    assert (post.title, post.published) == ("An old bridge", datetime(2022, 3, 18, tzinfo=UTC))


def test_N6_characters_that_only_json_can_hold_are_left_out() -> None:
    stated = '{"@type":"NewsArticle","articleSection":"Lo\\u0000cal","publisher":{"name":"The \\ud83d Herald"}}'
    post = read(f'<script type="application/ld+json">{stated}</script>')
    assert (post.section, post.site) == ("Local", "The Herald")
