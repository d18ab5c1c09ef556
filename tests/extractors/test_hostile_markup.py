"""Nothing active gets into a post, whatever the page holds (SECURITY.md, H1 to H4); `make torture` adds a browser."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from html import unescape
from itertools import islice

import browser
import markup
import pytest
import trafilatura
from judge import active

from crawler.errors import ExtractionError, TooComplex
from crawler.extractors import extract
from crawler.extractors.sanitise import is_public, is_safe_url, sanitise
from crawler.items import Page, Post
from crawler.posts.escaping import escape

PROSE = "".join(
    f"<p>The council met on day {number} and spoke, at some length, about the bridge over the river, its cost, its "
    "piers and the many boats that pass below it in summer.</p>"
    for number in range(8)
)
NOW = datetime(2024, 5, 6, tzinfo=UTC)


def article(inside: str, head: str = "", url: str = "https://news.example/2024/05/bridge.html") -> Post:
    page = (
        f"<!doctype html><html><head><meta charset=utf-8><title>The bridge</title>{head}</head>"
        f"<body><article><h1>The bridge</h1>{PROSE}{inside}{PROSE.replace('council', 'mayor')}</article></body></html>"
    )
    return extract(Page(url, page.encode("utf-8", "replace"), [("Content-Type", "text/html")], NOW))


def cleaned(payloads: Iterable[str]) -> set[str]:
    """Return the distinct bodies made of the payloads; fail with the payload of one that is active or unstable."""
    seen: set[str] = set()
    for payload in payloads:
        try:
            clean = sanitise(payload)
        except TooComplex:
            continue  # the page is refused
        if clean not in seen:
            seen.add(clean)
            assert not (flaw := active(clean) or active(escape(clean))), (payload, flaw)
            assert sanitise(clean) == clean, payload
    return seen


MADE = {
    "events": (markup.event_matrix, 7, 25_000),
    "urls": (markup.url_matrix, 29, 90_000),
    "styles": (markup.styles, 1, 100),
    "whole": (lambda: iter(markup.WHOLE), 1, 110),
    "nested": (lambda: markup.nested(2), 13, 28_000),
    "mixtures": (lambda: markup.mixtures(2_000, 1), 1, 2_000),
}
"""Generator of payloads; every how many are tried in a normal run (coprime to its loops); fewest expected."""


@pytest.mark.parametrize("kind", MADE)
def test_H1_nothing_active_is_left_and_a_second_pass_changes_nothing(kind) -> None:
    made, step, _count = MADE[kind]
    assert len(cleaned(islice(made(), 0, None, step))) >= 5


@pytest.mark.torture
def test_H1_nothing_active_is_left_of_two_million(tmp_path) -> None:
    for made, _step, count in MADE.values():
        payloads = list(made())
        assert len(payloads) >= count
        assert cleaned(payloads)
    assert len(cleaned(markup.nested(3))) > 40_000
    assert len(cleaned(markup.mixtures(200_000, 2))) > 40_000


@pytest.mark.torture
@pytest.mark.skipif(not browser.CHROMIUM, reason="Chromium is not installed")
def test_H1_a_real_browser_finds_nothing_active(tmp_path) -> None:
    raw = [*markup.WHOLE, *markup.styles()]
    assert len(browser.judged(raw, tmp_path / "raw")) > 100, "the browser no longer tells what is active"
    bodies = sorted(
        cleaned(markup.mixtures(10_000, 3)).union(*(cleaned(made()) for made, _step, _count in MADE.values()))
    )
    assert len(bodies) > 5_000
    assert browser.judged([escape(body) for body in bodies], tmp_path / "clean") == {}


@pytest.mark.parametrize("name", ["script", "style", "textarea", "title", "xmp", "noscript", "select", "template"])
def test_H1_text_of_scripts_and_the_like_is_removed(name: str) -> None:
    assert sanitise(f"<p>a</p><{name}>var x = 1;</{name}><p>b</p>") == "<p>a</p><p>b</p>"


def test_H1_a_url_with_escapes_in_its_host_is_removed() -> None:
    assert sanitise('<a href="http://%31%32%37.0.0.1/">x</a><a href="http://a.example/%31">y</a>') == (
        '<a>x</a><a href="http://a.example/%31">y</a>'
    )


def test_H1_the_judge_recognises_active_markup() -> None:
    for payload in (
        "<script>x</script>",
        "<p onclick='x'>",
        '<p onclick="x">',
        '<a href="javascript:x">',
        "<p",
        "<!--",
    ):
        assert active(payload), payload
    for harmless in ('<p style="color:red;">x &lt;b&gt;</p>', '<a href="https://a.example/?a=1&amp;b=2">x</a>'):
        assert not active(harmless), harmless


def test_H1_an_article_with_each_of_the_payloads_in_it_is_still_an_article() -> None:
    refused = []
    for payload in markup.WHOLE:
        try:
            post = article(payload)
        except ExtractionError:
            refused.append(payload)
            continue
        assert not (flaw := active(post.body_html)), (payload, flaw)
        assert sanitise(post.body_html) == post.body_html
        assert "about the bridge" in post.text, payload
        pictures = re.findall(r"<img[^>]*>", post.body_html)
        assert all(re.fullmatch(r'<img src="https?://.*" referrerpolicy="no-referrer">', one) for one in pictures), (
            payload
        )
    assert refused == []


@pytest.mark.parametrize("name", ["id", "name", "headers", "for", "form", "data-x", "is", "slot", "part"])
def test_H1_attributes_that_scripts_find_elements_by_are_removed(name) -> None:
    assert sanitise(f'<p {name}="cookie">x <a {name}="config" href="https://a.example/">y</a></p>') == (
        '<p>x <a href="https://a.example/">y</a></p>'
    )


def test_H2_what_trafilatura_writes_is_never_the_body() -> None:
    """Its output keeps `javascript:` and `data:` links; it only tells where an article is."""
    links = (
        "<p>Read the <a href='javascript:alert(1)'>report</a> and the <a href='data:text/html,x'>plan</a> of it.</p>"
    )
    theirs = trafilatura.extract(
        f"<html><body><article>{PROSE}{links}{PROSE}</article></body></html>",
        output_format="html", include_links=True, include_formatting=True,
    )  # fmt: skip
    assert theirs and "javascript:alert(1)" in theirs
    post = article(links)
    assert "Read the" in post.text and "report" in post.text
    assert "javascript" not in post.body_html and "data:" not in post.body_html and not active(post.body_html)


def test_H2_a_container_found_by_trafilatura_keeps_the_pages_markup_sanitised() -> None:
    """Lines too short for prose: only on such pages does trafilatura choose the container."""
    link = "<a href='javascript:alert(1)' onclick='alert(1)'>the bridge</a>"
    lines = "".join(f"<p class=own onclick='alert(1)'>Day {number}, {link}.</p>" for number in range(80))
    page = (
        "<html><head><title>The bridge</title></head><body><nav><a href=/>Home</a></nav>"
        f"<article><h1>The bridge</h1><div class=b>{lines}</div></article></body></html>"
    )
    theirs = trafilatura.extract(page, output_format="html", include_links=True)
    assert theirs and "javascript:alert(1)" in theirs and "class" not in theirs
    post = extract(Page("https://news.example/a.html", page.encode(), [("Content-Type", "text/html")], NOW))
    assert post.body_html.count('<p class="own">Day ') == 80
    assert "alert" not in post.body_html and not active(post.body_html)


@pytest.mark.parametrize("url", markup.PRIVATE_PICTURES)
def test_S1_H3_a_picture_that_is_not_on_the_public_internet_is_removed(url) -> None:
    kept = "https://i.news.example/large/bridge-2024.jpg"
    forms = (
        f'<img src="{url}" width="640">',
        f'<img src="{url}" data-src="{url}" srcset="{url} 800w" width="640">',
        f'<picture><source srcset="{url} 2x"><img src="{url}"></picture>',
        f'<noscript><img src="{url}"></noscript>',
    )
    inside = "".join(f"<figure>{form}</figure>{PROSE}" for form in forms).replace("council", "harbour")
    post = article(f'{inside}<img src="{kept}">', head=f'<meta property="og:image" content="{url}">')
    assert [image.url for image in post.images] == [kept]
    assert post.lead_image is None or post.lead_image.url == kept
    assert post.body_html.count("<img") == 1 and not active(post.body_html)


def test_H3_public_addresses_are_public() -> None:
    for url in (
        "http://93.184.216.34/",
        "http://例え.jp/",
        "https://[2606:4700::1111]/",
        "http://a_b.example/",
        "http://1.1/",
    ):
        assert is_safe_url(url) and is_public(url), url


def test_H3_a_page_on_a_private_address_that_was_allowed_keeps_its_own_pictures() -> None:
    post = article(
        "<img src='/large/bridge-2024.jpg'><img src='http://127.0.0.2/bridge-2023.jpg'>",
        url="http://127.0.0.1/2024/05/a.html",
    )
    assert [image.url for image in post.images] == ["http://127.0.0.1/large/bridge-2024.jpg"]


@pytest.mark.parametrize("times", [1, 2, 3])
def test_H4_escaped_markup_stays_text(times) -> None:
    escaped = "<script>alert(1)</script> <img src=x onerror=alert(1)> &lt; {{ 7*7 }}"
    for _ in range(times):
        escaped = escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    post = article(f"<p>They wrote: {escaped} on the board.</p>")
    assert f"<p>They wrote: {escaped} on the board.</p>" in post.body_html
    assert sanitise(post.body_html) == post.body_html and not active(post.body_html)
    assert f"They wrote: {unescape(escaped)} on the board." in post.text


def test_H4_an_escaped_title_is_decoded_once() -> None:
    post = article(
        "", head="<meta property='og:title' content='The bridge &amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;'>"
    )
    assert "<script" not in post.title
