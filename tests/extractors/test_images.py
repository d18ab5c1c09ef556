"""Pictures of an article: real URLs of lazy ones, the largest version, junk, captions and credits, the lead image."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extractors import body
from crawler.extractors.document import parse
from crawler.items import Image, Page

PROSE = "".join(
    f"<p>Paragraph {n} of a story about a harbour, told with commas, and with more than one sentence. Here.</p>"
    for n in range(6)
)
A, B = "https://i.example/2026/large-0001.jpg", "https://i.example/2026/small-0001.jpg"


def images(markup: str, before: str = "", head: str = "", host: str = "a.example") -> tuple[tuple[Image, ...], str]:
    article = f"<div class=article-body>{PROSE}{markup}</div>"
    page = f"<html><head>{head}</head><body><h1>A story</h1>{before}{article}</body></html>"
    found = body.read(
        parse(Page(f"https://{host}/n/1", page.encode(), [], datetime(2026, 1, 2, tzinfo=UTC))), None, "A story"
    )
    return found.images, found.html


@pytest.mark.parametrize("head", ["", f"<meta property='og:image' content='{A}?{'x' * 9_000}'>"])
def test_a_picture_whose_address_is_too_long_costs_no_post(head: str) -> None:
    """The run refuses an answer with such a URL, and with it the whole article."""
    long = f"{A}?{'x' * 9_000}"
    found, _ = images(f"<img src='{long}'><img src='{long}' srcset='{B} 1x, {long} 2x'>", head=head)
    assert [image.url for image in found] == [B]


@pytest.mark.parametrize(
    "markup",
    [
        f"<img src='{A}'>",
        f"<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw=' data-src='{A}'>",
        f"<img src='/img/blank.gif' data-original='{A}'>",
        f"<img src='/img/loading.gif' data-lazy-src='{A}' loading=lazy>",
        f"<img src='{B}' srcset='{B} 320w, {A} 1200w'>",
        f"<img src='{B}' data-srcset='{B} 1x, {A} 2x'>",
        f"<picture><source srcset='{B} 300w, {A} 900w' type=image/webp><img src='data:,'></picture>",
        f"<img class=lazy src='data:,'><noscript><img src='{A}'></noscript>",
        f"<div><span></span><noscript><img src='{A}'></noscript></div>",
        f"<button class=viewer><img src='{A}'></button>",
        "<img src='//i.example/2026/large-0001.jpg'>",
        f"<a href='{A}'><img src='{A}'></a>",
    ],
)  # fmt: skip
def test_every_way_to_write_an_image_gives_its_one_url(markup: str) -> None:
    found, html = images(markup)
    assert [image.url for image in found] == [A]
    assert html.count("<img") == 1
    assert f'src="{A}"' in html and 'referrerpolicy="no-referrer">' in html
    assert "srcset" not in html and "data-" not in html and "noscript" not in html


@pytest.mark.parametrize(
    "markup",
    [
        "<img src='https://i.example/t.gif' width=1 height=1>",
        "<img src='https://i.example/a.png' width=32>",
        "<img src='https://i.example/users/avatar/17.jpg'>",
        "<img class=author-image src='https://i.example/17.jpg'>",
        "<img src='https://i.example/site-logo.png'>",
        "<img src='https://i.example/arrow.svg'>",
        "<img src='https://i.example/spacer.gif'>",
        "<img src='https://i.example/photo/undefined'>",
        "<img src='data:image/png;base64,AAAA'>",
        "<img src='file:///etc/passwd'>",
        "<img src='http://127.0.0.1/a.jpg'>",
        "<img src='http://169.254.169.254/latest/a.jpg'>",
        "<img src='https://i.example/a\u2028b.jpg'>",
        "<img alt='no address'>",
    ],
)
def test_junk_is_removed(markup: str) -> None:
    found, html = images(markup)
    assert found == () and "<img" not in html


@pytest.mark.parametrize(
    "markup",
    [
        "<img src='{}'>",
        "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw=' data-src='{}'>",
        "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw=' data-anything='{}'>",
        "<img srcset='{} 1200w'>",
        "<img class=lazy src='data:,'><noscript><img src='{}'></noscript>",
    ],
)
def test_a_scheme_in_capitals_is_that_scheme(markup: str) -> None:
    found, html = images(f"<p>See <a href='HTTP://b.example/Map'>the map</a>.</p>{markup.format('HTTP' + A[5:])}")
    assert [image.url for image in found] == ["http" + A[5:]]
    assert 'href="http://b.example/Map"' in html


def test_a_page_on_a_private_host_keeps_its_own_pictures() -> None:
    assert [image.url for image in images("<img src='/p/1.jpg'>", host="127.0.0.1:8000")[0]] == [
        "https://127.0.0.1:8000/p/1.jpg"
    ]
    assert images("<img src='https://127.0.0.2:8000/p/1.jpg'>", host="127.0.0.1:8000")[0] == ()


@pytest.mark.parametrize(
    ("markup", "caption", "credit"),
    [
        ("<figure>{}<figcaption>Quay. Photo: Ann Lens</figcaption></figure>", "Quay. Photo: Ann Lens", "Ann Lens"),
        ("<figure>{}<figcaption>Quay (Ann Lens/AP)</figcaption></figure>", "Quay (Ann Lens/AP)", "Ann Lens/AP"),
        ("<div class=pic>{}<div class=image-caption>The quay at dawn</div></div>", "The quay at dawn", ""),
        ("<div>{}<p>港口的清晨 摄影：王一</p></div>", "港口的清晨 摄影：王一", "王一"),
        ("<p>{}</p><p>A paragraph that is no caption, since it stands on its own, behind.</p>", "", ""),
    ],
)  # fmt: skip
def test_captions_and_credits(markup: str, caption: str, credit: str) -> None:
    assert images(markup.format(f"<img src='{A}'>"))[0] == (Image(A, caption, credit),)


def test_pictures_are_in_reading_order_and_listed_once() -> None:
    found, _ = images(
        f"<img src='{A}' width=800 height=600><p>And between.</p><img src='https://i.example/b.jpg'><img "
        f"src='{A}?w=300'>"
    )
    assert found == (Image(A, width=800, height=600), Image("https://i.example/b.jpg"))


def test_the_large_picture_above_the_text_is_added() -> None:
    figure = f"<figure class=lead-image><img src='{A}'><figcaption>The quay.</figcaption></figure>"
    found, html = images("", before=figure)
    assert found == (Image(A, "The quay."),) and html.startswith("<figure")
    teaser = "<ul><li><a href=/x><img src='https://i.example/teaser.jpg'></a></ul>"
    assert images("", before=teaser)[0] == ()
    named = images(
        "", before=f"<div class=share><img src='{B}'></div>", head=f"<meta property=og:image content='{B}?w=1200'>"
    )[0]
    assert [image.url for image in named] == [B]


@pytest.mark.parametrize(
    "markup",
    [
        "<div class=cell><a href=/n/2>IMAGE</a><h4><a href=/n/2>A second story of the harbour</a></h4></div>",
        "<div><figure><a href=/n/2>IMAGE</a></figure><div><h2><a href=/n/2>A second story of the harbour</a></h2>"
        "<div><p>What it is about, in a few words.</p></div></div></div>",
        "<a href=/n/2>IMAGE<span>A second story of the harbour</span></a>",
    ],
)
def test_a_teaser_of_another_article_is_removed(markup: str) -> None:
    found, html = images(markup.replace("IMAGE", f"<img src='{A}'>"))
    assert found == () and "second story" not in html and "in a few words" not in html


@pytest.mark.parametrize(
    "markup",
    [
        "<p><a href=/n/1_2>IMAGE</a></p><p><a href=/n/1_2>next page</a></p>",
        "<p><a href=//shop.example/b>IMAGE</a></p><p><a href=//shop.example/b>Buy it in the harbour shop</a></p>",
        f"<p><a href='{A}'>IMAGE</a></p><p><a href='{A}'>The same picture, but larger than here</a></p>",
        "<p><a href=/n/2>IMAGE</a></p><p>Of this <a href=/n/2>the second story of the harbour</a> says more.</p>",
    ],
)
def test_other_pictures_with_links_stay(markup: str) -> None:
    found, _ = images(markup.replace("IMAGE", f"<img src='{A}'>"))
    assert [image.url for image in found] == [A]


@pytest.mark.parametrize("picture", ["{}", "<div>{}</div>", "<figure>{}<figcaption>The quay</figcaption></figure>"])
def test_an_aside_that_only_frames_a_picture_is_part_of_the_article(picture: str) -> None:
    image = f"<img src='{A}' width=900 height=600>"
    framed = picture.format(image)
    assert [found.url for found in images(f"<aside>{framed}</aside>{PROSE}")[0]] == [A]
    assert [found.url for found in images(f"<aside class=picture>{framed}</aside>{PROSE}")[0]] == [A]
    teasers = "<h2>More</h2><p>Of the quay</p><p>Of the fleet</p>"
    for other in (f"<a href=/n/2>{framed}</a>", framed + teasers):
        assert images(f"<aside>{other}</aside>{PROSE}")[0] == ()
    assert images(f"<aside class=related>{framed}</aside>{PROSE}")[0] == ()
