"""Size and place, not names, tell photographs from icons, avatars, pixels and placeholders."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extractors import body
from crawler.extractors.document import parse
from crawler.items import Page

TEXT = "".join(
    f"<p>Part {n} of a report on the harbour's clubs, with commas, in more than a sentence.</p>" for n in range(8)
)
NAMES = [
    "/2026/logo.jpg", "/2026/club-logo.png", "/2026/a-badge-of-honour.jpg", "/2026/avatar.webp", "/2026/pixel-9.jpg",
    "/2026/pixel.jpg", "/2026/spacer.jpg", "/2026/tracking-storms.jpg", "/2026/emoji.png", "/2026/icon.jpg",
    "/2026/share.jpg", "/2026/banner.jpg", "/2026/button.jpg", "/2026/sprite.jpg", "/2026/default.jpg",
    "/icons/2026/madonna.jpg", "/badges/12.jpg", "/author/2026/house.jpg", "/logos/3.jpg",
    "/iiif/3/x/full/1200,/0/default.jpg", "/2026/transparent-frog.jpg", "/2026/blank-cheque.jpg",
    "/2026/loading-dock.jpg",
]  # fmt: skip


def found(markup: str) -> list[str]:
    article = f"<div class=article-body>{TEXT}{markup}<p>The end, as they say.</p></div>"
    page = f"<html><body><h1>A report</h1>{article}</body></html>"
    fetched = Page("https://a.example/n/1", page.encode(), [], datetime(2026, 1, 2, tzinfo=UTC))
    extracted = body.read(parse(fetched), None, "A report")
    return [image.url.removeprefix("https://a.example") for image in extracted.images]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "markup",
    [
        "<figure><img src='{}' width=1200 height=800><figcaption>Seen from the quay</figcaption></figure>",
        "<figure><img src='{}'><figcaption>Seen from the quay</figcaption></figure>",
        "<figure><img src='{}'></figure>",
        "<p><img src='{}' width=1200 height=800></p>",
        "<p><img src='{}' width=640></p>",
        "<div class=wp-caption><img src='{}'><p class=wp-caption-text>Seen from the quay</p></div>",
        "<figure><img class=logo src='{}' width=1200 height=800><figcaption>Seen from the quay</figcaption></figure>",
    ],
)
def test_a_large_picture_or_one_with_a_caption_is_a_photograph(name: str, markup: str) -> None:
    assert found(markup.format(name)) == [name]


@pytest.mark.parametrize(
    "name",
    ["/2026/police-badge-found.jpg", "/2026/the-new-logo-of-the-harbour-club.png", "/2026/pixel-phone-review.webp"],
)
def test_a_file_named_like_a_headline_is_a_photograph(name: str) -> None:
    assert found(f"<p><img src='{name}'></p>") == [name]


@pytest.mark.parametrize(
    "markup",
    [
        "<p>A word <img class=emoji src='/emoji/72x72/1f600.png'> and more.</p>",
        "<div class=byline><img src='/p/avatar-ann.jpg'> By Ann</div>",
        "<div class=author><figure><img class=avatar src='/avatars/ann.jpg'></figure></div>",
        "<figure><img src='/2026/quay.jpg' width=20 height=20></figure>",
        "<p><img src='/static/logo.png'></p>",
        "<p><img src='/share/facebook.png' width=32 height=32></p>",
        "<p><img src='/img/share.png'></p>",
        "<p><img src='/img/default.png'></p>",
        "<p><img src='/img/default.png' width=900 height=600></p>",
        "<p><img src='/assets/2.1/default.jpg' width=900 height=600></p>",
        "<p><img src='/2026/default.jpg'></p><p><img src='/2026/default.jpg'></p>",
        "<figure><img src='/img/placeholder.jpg' width=900 height=600><figcaption>The quay</figcaption></figure>",
        "<figure><img src='/2026/blank.gif' width=900 height=600><figcaption>The quay</figcaption></figure>",
        "<p><img src='/img/lazy-image.gif' width=900 height=600></p>",
        "<p><img src='/spacer/16.png' width=900></p>",
        "<p><img src='/p/1.jpg' width=1 height=1></p>",
        "<p><img src='https://pixel.t.example/p?x=1'></p>",
        "<p><img src='https://i.example/1.jpg?x' class=tracking></p>",
    ],
)
def test_icons_avatars_pixels_and_placeholders_are_left_out(markup: str) -> None:
    assert found(markup) == []


def test_the_icon_beside_a_photograph_in_a_figure_is_left_out() -> None:
    icon = "<img src='/icons/zoom.png'><img src='/2026/zoom-in.svg'>"
    figure = f"<figure><img src='/2026/quay.jpg'>{icon}<figcaption>Seen from the quay</figcaption></figure>"
    assert found(figure) == ["/2026/quay.jpg"]


def test_a_teaser_between_paragraphs_takes_its_picture_along() -> None:
    picture = "<div class=teaser__media><img src='/2026/other.jpg'></div>"
    assert found(f"<div class=teaser>{picture}<a href=/n/2>Another report on ferries</a></div>") == []


@pytest.mark.parametrize(
    "markup",
    [
        "<div class=byline><figure class='image author-image'><div><img src='/p/ann.jpg'></div></figure>By Ann</div>",
        "<p class=article-byline><span><img src='/p/ann.jpg?w=100'></span> By Ann</p>",
        "<div class=m-author__img><a href=/staff/ann><img src='/p/ann.jpg'></a></div>",
        "<section class=autor><div><img src='/p/ann.jpg'></div><p>Ann writes about harbours.</p></section>",
        "<p><img class='rounded author-profile' src='/p/ann.jpg' width=192 height=192></p>",
    ],
)
def test_the_author_s_portrait_is_left_out(markup: str) -> None:
    assert found(markup) == []


@pytest.mark.parametrize(
    "markup",
    [
        "<article class='post author-ann'><div><img src='URL'></div></article>",
        "<div class='post author-ann'><div><img src='URL'></div>" + TEXT + "</div>",
        "<figure class=has-byline><img src='URL'><figcaption>Seen from the quay</figcaption></figure>",
        "<div class=picture-byline><img src='URL' width=900 height=600><span>Photo: Ann</span></div>",
        "<div class=authority><img src='URL'></div>",
    ],
)
def test_a_photograph_in_a_box_named_for_its_author_is_kept(markup: str) -> None:
    assert found(markup.replace("URL", "/2026/quay.jpg")) == ["/2026/quay.jpg"]
