"""Posts that are accepted, and those that are refused with a reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from archive import Redactor
from crawler.errors import NotAnArticle
from crawler.items import Image, Post, Source
from crawler.posts.acceptance import check

SOURCE = Source("herald", allow=(r"^https://news\.example/",))
POST = Post(
    url="https://news.example/1",
    canonical_url="https://news.example/1",
    title="Tide gates tested",
    authors=("Ada Lovett",),
    site="The Test Herald",
    section="",
    categories=("Harbour",),
    tags=("tide",),
    language="en",
    published=None,
    published_text="",
    updated=None,
    lead_image=None,
    images=(),
    body_html="<p>They held.</p>",
    text="They held.",
    extractor="",
)
NO_TEXT: dict[str, Any] = {"text": " \n", "body_html": ""}
ELSEWHERE = "https://other.example/1"
OUTSIDE: dict[str, Any] = {"url": ELSEWHERE, "canonical_url": ELSEWHERE}


def test_a_post_with_title_text_and_allowed_url_is_accepted() -> None:
    check(POST, SOURCE, Redactor([b"s3cret-token"]))
    check(replace(POST, **NO_TEXT, images=(Image("https://i.example/1.png"),)), SOURCE, Redactor())
    check(replace(POST, **OUTSIDE), SOURCE, Redactor(), configured=True)
    check(replace(POST, canonical_url=ELSEWHERE), SOURCE, Redactor())


def test_a_denied_canonical_link_is_believed() -> None:
    with pytest.raises(NotAnArticle, match="outside"):
        check(replace(POST, canonical_url=ELSEWHERE), replace(SOURCE, deny=("other",)), Redactor())


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"title": " "}, "not an article: untitled (no headline was found)"),
        (NO_TEXT, "not an article: empty (neither text nor image in the body)"),
        (OUTSIDE, "not an article: outside (https://other.example/1 is not allowed by source herald)"),
    ],
)
def test_a_post_without_title_body_or_allowed_url_is_refused(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(NotAnArticle) as refused:
        check(replace(POST, **fields), SOURCE, Redactor())
    assert str(refused.value) == told


SECRET = "s3cret-token"


@pytest.mark.parametrize(
    "fields",
    [
        {"title": f"Hello {SECRET}"},
        {"body_html": f"<p>{SECRET}</p>"},
        {"authors": (SECRET,)},
        {"tags": (SECRET,)},
        {"url": f"https://news.example/1?key={SECRET}"},
        {"lead_image": Image(f"https://news.example/1.png?key={SECRET}")},
        {"images": (Image("https://i.example/1.png", caption=SECRET),)},
    ],
)
def test_C3_a_post_that_shows_a_secret_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(NotAnArticle, match="secret"):
        check(replace(POST, **fields), SOURCE, Redactor([SECRET.encode()]))
