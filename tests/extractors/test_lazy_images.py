"""Pictures that scripts load: every place in which pages keep the URL until then."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extractors import body
from crawler.extractors.document import parse
from crawler.items import Page

FIRST, SECOND = (
    "".join(f"<p>{word} {n} of a report on night trains, told with commas, in a sentence or two.</p>" for n in range(5))
    for word in ("Part", "Section")
)  # fmt: skip
DATA = "data:image/gif;base64,R0lGODlhAQABAAAAACw="
P = "/media/night-train.jpg"


def found(markup: str) -> list[str]:
    """Extract an article with this markup between its paragraphs; return its pictures, those of its host as paths."""
    page = f"<html><body><h1>A report</h1><div class=article-body>{FIRST}{markup}{SECOND}</div></body></html>"
    fetched = Page("https://a.example/n/1", page.encode(), [], datetime(2026, 1, 2, tzinfo=UTC))
    extracted = body.read(parse(fetched), None, "A report")
    assert "Part 4" in extracted.text and "Section 4" in extracted.text
    assert extracted.html.count("<img") == len(extracted.images)
    return [image.url.removeprefix("https://a.example") for image in extracted.images]


@pytest.mark.parametrize(
    "attribute",
    [
        "data-later", "data-src-xl", "data-large-image", "data-retina", "picture", "original-src", "data-hq-url",
        "data-fullsize", "deferred", "data-thumb", "data-link", "data-placeholder-src", "DATA-Source", ":data-real",
    ],
)  # fmt: skip
@pytest.mark.parametrize("src", ["", f'src="{DATA}"', 'src="/img/blank.gif"', 'src="#"', 'src="/img/wait.svg"'])
def test_any_attribute_may_hold_the_url_where_src_does_not(attribute: str, src: str) -> None:
    assert found(f'<p><img {src} {attribute}="{P}"></p>') == [P]


@pytest.mark.parametrize(
    "attributes",
    [
        'data-versions=\'{"thumb": "/t/1.jpg", "full": "URL", "page": "/n/2.html"}\'',
        'data-attrs=\'{"image": {"src": "URL", "width": 1200}, "link": "/n/2", "logo": "/logo.jpg"}\'',
        "data-versions='[\"URL\"]'",
        'data-interchange="[URL, (default)]"',
        'data-sources="/t/1.jpg 200w, URL 1200w"',
        'data-any-srcset="/t/1.jpg 1x, URL 2x"',
        'data-thumbnail="/t/1.jpg" data-zoom="URL"',
        'data-preview="/t/1-1200x800.jpg" data-other="URL"',
        'data-page="/n/2.html" data-film="/f/1.mp4" data-pixel="/t/p.gif" data-author-photo="/a.jpg" data-x="URL"',
        'alt="train.jpg" title="/media/other.jpg" data-caption="/media/other.jpg" onerror="/e.jpg" data-x="URL"',
        'data-x="  URL\n "',
        "data-x=\"'URL'\"",
        'srcset="URL 800w, /t/1.jpg 200w"',
        'srcset="/media/tiny.jpg 20w" data-src="URL"',
    ],
)
def test_of_several_urls_the_largest_version_of_the_picture_is_taken(attributes: str) -> None:
    assert found(f'<p><img src="{DATA}" {attributes.replace("URL", P)}></p>') == [P]


@pytest.mark.parametrize(
    "attributes",
    [
        'data-url="https://a.example/n/2"', 'data-lazy="true"', 'data-image="17"', 'data-thumb="/t/1.jpg"',
        'data-old="/old/night-train.jpg"', 'data-share-image="/og/1.jpg"', "data-src", 'data-src=""',
    ],
)  # fmt: skip
def test_a_good_src_is_kept_beside_other_attributes(attributes: str) -> None:
    assert found(f'<p><img src="{P}" {attributes}></p>') == [P]


def test_a_src_that_pictures_share_gives_way_to_their_own_urls() -> None:
    two = [f'<p><img src="/wait.png" data-x="/media/{n}.jpg"></p>' for n in (1, 2)]
    assert found("".join(two)) == ["/media/1.jpg", "/media/2.jpg"]


def test_urls_without_a_file_name_are_read_from_known_attributes() -> None:
    url = "https://cdn.example/mm_jpg/AbC/640?fmt=jpeg"
    assert found(f'<p><img data-src="{url}" data-w="1080"></p>') == [url]
    assert found(f'<p><img src="{DATA}" data-later="{url}"></p>') == [url]
    picture = f'<picture><source srcset="{DATA}" data-later="{P}"><img src="{DATA}"></picture>'
    assert found(f"<p>{picture}</p>") == [P]


@pytest.mark.parametrize(
    "markup",
    [
        "<amp-img src=URL width=16 height=9 layout=responsive></amp-img>",
        "<amp-img src=URL width=1.5 height=1 layout=responsive></amp-img>",
        "<amp-img src=URL width=900 height=600><noscript><img src=URL></noscript></amp-img>",
        "<amp-img src=URL width=900 height=600><amp-img placeholder src=/media/grey.jpg></amp-img></amp-img>",
        "<amp-img srcset='URL 900w, /t/1.jpg 300w' width=900 height=600></amp-img>",
        "<amp-anim src=URL width=900 height=600></amp-anim>",
        "<amp-img src=URL width=900 height=600 />",
        "<a-img src=URL><img class=sizer src=/t/1.jpg></a-img>",
        "<p><image src=URL></p>",
        "<p><image src=URL />and words</p>",
        "<figure><picture class=lozad data-iesrc=URL></picture></figure>",
        "<figure><picture><source srcset=URL></picture></figure>",
        "<figure><picture><source data-srcset='URL 900w'><img src=/img/blank.gif data-src=/t/1.jpg></picture></figure>",
        "<figure><div style=\"background-image: url('URL')\"></div><figcaption>The train</figcaption></figure>",
        "<figure style='color: red; background: #eee url(URL) no-repeat'></figure>",
        "<figure><span class=lazy data-bg=URL></span></figure>",
        "<figure><div data-background-image='url(URL)'></div></figure>",
        "<div role=img aria-label='The train' style='background:url(&quot;URL&quot;)'></div>",
    ],
)
def test_elements_that_are_no_img_show_pictures_too(markup: str) -> None:
    assert found(markup.replace("URL", P)) == [P]


def test_an_element_without_an_end_tag_does_not_swallow_what_follows() -> None:
    two = "<p><amp-img src=/media/1.jpg width=900 height=600 /><amp-img src=/media/2.jpg width=900 height=600 /></p>"
    assert found(two) == ["/media/1.jpg", "/media/2.jpg"]


def test_the_still_of_a_player_is_no_picture() -> None:
    assert found(f"<figure><div style='background:url({P})'><div class=video-player></div></div></figure>") == []


@pytest.mark.parametrize(
    "markup",
    [
        "<img class=lazy src=DATA><noscript><img srcset='URL 900w, /t/1.jpg 300w'></noscript>",
        "<img class=lazy src=DATA data-src=URL><noscript><img src=/media/night-train-300x200.jpg></noscript>",
        "<img class=lazy src=DATA data-src=/t/1-300x200.jpg><noscript><img src=URL-1200x800.jpg></noscript>",
        "<noscript><img src=URL></noscript><img class=lazy src=DATA>",
        "<img class=lazy src=DATA><noscript>&lt;img src='URL'&gt;</noscript>",
        "<img src=/small/night-train.jpg><noscript><img src=URL></noscript>",
        "<img src=URL><noscript><img height=1 width=1 src='https://t.example/tr?id=1'></noscript>",
        "<img src=URL><noscript><img style='display:none' src='https://t.example/tr?id=1'></noscript>",
        "<picture><source data-srcset='URL 900w'><img src=DATA></picture><noscript><img src=URL></noscript>",
    ],
)
def test_the_copy_in_noscript_belongs_to_the_lazy_picture(markup: str) -> None:
    urls = found(f"<p>{markup.replace('URL', P).replace('DATA', DATA)}</p>")
    assert urls in ([P], [P + "-1200x800.jpg"]) and (urls == [P]) == ("1200x800" not in markup)


def test_several_copies_belong_to_as_many_pictures() -> None:
    lazy = "".join(f"<img class=lazy src='{DATA}'>" for _ in range(2))
    copies = "<img src=/media/1.jpg><img src=/media/2.jpg>"
    assert found(f"<div>{lazy}</div><noscript>{copies}</noscript>") == ["/media/1.jpg", "/media/2.jpg"]
    assert found(f"<div></div><noscript>{copies}</noscript>") == ["/media/1.jpg", "/media/2.jpg"]


@pytest.mark.parametrize(
    ("src", "url"),
    [
        ("\n   /media/train.jpg\t\n", "/media/train.jpg"),
        ("/media/\n   train.jpg", "/media/train.jpg"),
        ("\\media\\train.jpg", "/media/train.jpg"),
        ("https:\\\\a.example\\media\\train.jpg", "/media/train.jpg"),
        ("\\\\a.example\\media\\train.jpg", "/media/train.jpg"),
        ("https:\\/\\/a.example\\/media\\/train.jpg", "/media/train.jpg"),
        ("https:///a.example/media/train.jpg", "/media/train.jpg"),
        ("//a.example/media/train.jpg", "/media/train.jpg"),
        ("/media/night train.jpg", "/media/night%20train.jpg"),
        ("/media/<train>|^`.jpg", "/media/%3Ctrain%3E%7C%5E%60.jpg"),
        ("/p?id=1&amp;amp;size=2", "/p?id=1&size=2"),
        ("&quot;/media/train.jpg&quot;", "/media/train.jpg"),
        ("\\&quot;/media/train.jpg\\&quot;", "/media/train.jpg"),
    ],
)
def test_a_url_is_read_as_browsers_read_it(src: str, url: str) -> None:
    assert found(f'<p><img src="{src}"></p>') == [url]
    assert found(f'<p><img data-src="{src}"></p>') == [url]


@pytest.mark.parametrize(
    "template", ["/p/${id}.jpg", "/p/{width}/a.jpg", "/p/**width**.jpg", "/p/undefined", "/p/%7Bw%7D.jpg"]
)
def test_a_template_gives_way_to_the_next_url(template: str) -> None:
    assert found(f'<p><img data-src="{template}" src="{P}"></p>') == [P]
    assert found(f'<p><img data-src="{template}"></p>') == []
    assert found('<p><img src="/p/undefined-behaviour.jpg"></p>') == ["/p/undefined-behaviour.jpg"]


@pytest.mark.parametrize(
    "code",
    [
        "if(this.src!='https://a.example/p/1.jpg') this.src='https://a.example/p/1.jpg';", "this.src='/p/1.jpg'",
        "require('@/assets/1.jpg')", "photo(this.dataset.id, '/p/1.jpg')", "' + item.photo + '", "/p/' + id + '.jpg",
        "https://a.example/p/'+ id +'.jpg",
    ],
)  # fmt: skip
@pytest.mark.parametrize("attribute", ["src", "data-src", "data-full-image"])
def test_code_in_an_attribute_is_no_url(code: str, attribute: str) -> None:
    assert found(f'<p><img {attribute}="{code}" onerror="{code}" onload="this.src=\'{P}\'"></p>') == []
    assert found(f'<p><img {attribute}="{code}" data-original="{P}"></p>') == [P]


@pytest.mark.parametrize("name", ["/p/train (night).jpg", "/p/driver's-cab.jpg", "/p/a + b.jpg", "/p/1.jpg?t='x'&w=2"])
def test_a_url_may_hold_brackets_quotes_and_signs(name: str) -> None:
    assert found(f'<p><img src="{name}"></p>') == [name.replace(" ", "%20")]


@pytest.mark.parametrize(
    ("srcset", "url"),
    [
        ("/w_300,h_100/a.jpg 300w, /w_700,h_300/a.jpg 700w", "/w_700,h_300/a.jpg"),
        ("/w_300,h_100/a.jpg 300w,/w_700,h_300/a.jpg 700w", "/w_700,h_300/a.jpg"),
        ("/a.jpg, /b.jpg 2x", "/b.jpg"),
        ("/a.jpg 400w 300h,\n\t/b.jpg 800w 600h,", "/b.jpg"),
        ("data:image/gif;base64,R0lGOD,lh 1w, /a.jpg 800w", "/a.jpg"),
        ("/night train.jpg 800w, /t/1.jpg 300w", "/night%20train.jpg"),
        ("/a.jpg  1.5x,/b.jpg 1x", "/a.jpg"),
        (" , ,/a.jpg", "/a.jpg"),
    ],
)
def test_srcset_is_read_by_the_standard(srcset: str, url: str) -> None:
    assert found(f'<p><img srcset="{srcset}"></p>') == [url]
