"""HTML → view: what stays, what goes, where pictures, style sheets and links lead."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from markup import WHOLE, event_matrix, mixtures, nested, styles, url_matrix

from crawler.errors import ExtractionError, NotAnArticle, TooComplex
from crawler.items import Page
from crawler.original.page import ATTRIBUTES, KEPT, page_view, style_view
from crawler.original.view import Place, View, written

AT = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)


def view_of(markup: str | bytes, url: str = "https://a.example/news/1.html") -> View:
    body = markup if isinstance(markup, bytes) else markup.encode()
    return page_view(Page(url, body, [("Content-Type", "text/html; charset=utf-8")], AT))


def places(view: View) -> list[tuple[str, tuple[str, ...]]]:
    return [(place.form, place.urls) for place in view.places if place.form not in ("line", "defaults")]


def body(markup: str, address: str = "/held") -> str:
    """What is in the body, with every picture and sheet held."""
    whole = view_of(markup).filled(lambda place: "" if place.form in ("line", "defaults") else written(place, address))
    return whole.partition("<body")[2].partition(">")[2].removesuffix("</body></html>\n")


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p class=x id=y lang=zh onclick=alert(1)>a &amp; b</p>", '<p class="x" id="y" lang="zh">a &amp; b</p>'),
        ("<link rel=x><header>a</header><p>b", "<header>a</header><p>b</p>"),
        ("a<script>alert(1)</script>b", "ab"),
        ("<p>a<iframe src=/x></iframe><object data=x></object><embed src=x>b</p>", "<p>ab</p>"),
        ("<p>a<svg onload=alert(1)><p>x</svg>b</p>", "<p>a</p><p>xb</p>"),
        ("<p>a<svg><style>x</style><a href=javascript:1>y</a></svg>b</p>", "<p>ab</p>"),
        ("<p>a<wbr>b<keygen>c</p><xmp><b>x</b></xmp>", "<p>a<wbr>bc</p><pre>&lt;b&gt;x&lt;/b&gt;</pre>"),
        ("<form action=/x><input name=q><button>Go</button></form>", "<div><span>Go</span></div>"),
        ("<p><a href='javascript:alert(1)'>x</a></p>", "<p><a>x</a></p>"),
        ("<p><a href=' java\tscript:alert(1)'>x</a></p>", "<p><a>x</a></p>"),
        ("<p><a href='data:text/html,x' ping=/x target=_top download>x</a></p>", "<p><a>x</a></p>"),
        ("<p><a href='mailto:a@a.example'>x</a></p>", "<p><a>x</a></p>"),
        ("<p><a href='#top' name=t>x</a></p>", '<p><a name="t" href="#top">x</a></p>'),
        (
            "<p><a href='../2.html?a=1&b=/../x#p'>x</a></p>",
            '<p><a href="/held" rel="noreferrer">x</a></p>',
        ),
        ("<p><unknown>a</unknown><x-card class=c>b</x-card></p>", '<p>a<x-card class="c">b</x-card></p>'),
        ("<table background=/g.png><tr><td>x</table>", None),
        ("<p style='color:red;background:url(/g.png)'>x</p>", '<p style="color:red;background:url(/held)">x</p>'),
        ('<p style="content:&quot;a&quot;">x</p>', '<p style="content:&quot;a&quot;">x</p>'),
        ("<div><img src=a.png alt='A&quot;' width=9 onerror=alert(1)></div>",
         '<div><img alt="A&quot;" width="9" src="/held"></div>'),
        ("<div><video poster=a.png src=b.mp4 autoplay></video></div>", '<div><img src="/held"></div>'),
        ("<div><video src=b.mp4></video><audio src=c></audio></div>", "<div></div>"),
        ("<div><img name=body alt=x></div>", '<div><img alt="x" src="/held"></div>'),
        ("<div>a<!-- <img src=x onerror=alert(1)> -->b</div>", "<div>ab</div>"),
        ("<div><style>p{color:red}</style></div>", "<div><style>p{color:red}</style></div>"),
        ("<div><style>a</**/style><img src=x>{}</style></div>", None),
        ("<details><summary>a</summary>b</details>", "<details><summary>a</summary>b</details>"),
    ],
)  # fmt: skip
def test_an_allow_list_of_elements_and_attributes(markup: str, expected: str | None) -> None:
    found = body(markup)
    assert expected is None or found == expected
    Checked().feed(found)


@pytest.mark.parametrize(
    ("markup", "urls"),
    [
        ("<img src=a.png>", ["https://a.example/news/a.png"]),
        (
            "<img src=blank.gif data-src=/big.jpg>",
            ["https://a.example/big.jpg", "https://a.example/news/blank.gif"],
        ),
        (
            "<picture><source srcset='/1.webp 300w, /2.webp 900w'><img src=/3.jpg></picture>",
            ["https://a.example/2.webp", "https://a.example/1.webp", "https://a.example/3.jpg"],
        ),
        ("<img srcset='javascript:alert(1) 2x, //b.example/x.png 1x'>", ["https://b.example/x.png"]),
        ("<base href=https://cdn.example/a/><img src=b.png>", ["https://cdn.example/a/b.png"]),
        ("<base href=javascript:alert(1)><img src=b.png>", ["https://a.example/news/b.png"]),
        ("<img src=data:image/png;base64,xx>", []),
        ("<img src='http://[::1'>", []),
        ("<img src='#' srcset='1.html#x 1x'>", []),
        ("<amp-img src=/a.png></amp-img>", ["https://a.example/a.png"]),
        ("<img src=//127.0.0.1:9/x.png>", ["https://127.0.0.1:9/x.png"]),
    ],
)
def test_a_picture_has_every_address_that_the_page_gives_it(markup: str, urls: list[str]) -> None:
    assert places(view_of(markup)) == [("src", tuple(urls))]


def test_a_copy_for_readers_without_scripts_is_no_second_picture() -> None:
    lazy = "<img src=blank.gif data-src=/a.jpg><noscript><img src=/a.jpg></noscript>"
    assert len(places(view_of(f"<div>{lazy}</div>"))) == 1
    assert len(places(view_of("<div><noscript><img src=/a.jpg></noscript></div>"))) == 1


def test_style_sheets_of_the_head_and_the_body() -> None:
    view = view_of(
        "<head><link rel=stylesheet href=/a.css media=screen><link rel='alternate stylesheet' href=/b.css>"
        "<link rel=preload as=style href=/c.css><link rel=icon href=/d.ico><link rel=prefetch href=/e>"
        "<style media='(width<9px)'>@import '/f.css';</style><style type=text/less>x</style>"
        "<link rel=stylesheet media=print onload=\"this.media='all'\" href=/g.css></head>"
        "<body><link rel=stylesheet href=javascript:alert(1)><link rel=stylesheet href=/h.css>x"
    )
    base = "https://a.example"
    sheets = [("href", "/a.css"), ("href", "/c.css"), ("import", "/f.css"), ("href", "/g.css"), ("href", "/h.css")]
    assert places(view) == [(form, (base + path,)) for form, path in sheets]
    text = view.filled(lambda place: written(place, "/s") if place.urls else "")
    assert '<link rel="stylesheet" media="screen" href="/s">' in text and "less" not in text
    assert '<style media="(width&lt;9px)">@import url(/s);</style>' in text and 'media="print"' not in text


def test_the_head_has_only_what_was_written_for_it() -> None:
    text = view_of(
        "<html lang=ja dir=rtl onload=x><head><title>A</title><meta http-equiv=refresh content='0;url=//b.example'>"
        "<meta http-equiv=set-cookie content=a=b><meta http-equiv=content-security-policy content=x>"
        "<base href=//b.example target=_top><link rel=manifest href=x><script>1</script><title>B</title></head>"
        "<body class=c onload=x background=/g.png>x"
    ).filled(lambda place: f"<{place.form}>")
    assert text.startswith(
        '<!doctype html>\n<html lang="ja" dir="rtl">\n<head><meta charset="utf-8"><meta name="viewport"'
    )
    assert text.count("<meta") == 2 and "<title>A</title><defaults></head>" in text
    assert '<body class="c" style="background-image: <url>; "><line>' in text


@pytest.mark.parametrize(
    ("markup", "error"),
    [("", NotAnArticle), ("<a>" * 200_000, TooComplex), ("<p " + "a=1 " * 30_000 + ">", TooComplex)],
)
def test_pages_beyond_the_limits_are_refused(markup: str, error: type[ExtractionError]) -> None:
    with pytest.raises(error):
        view_of(markup)


def test_a_deep_page_and_one_with_many_pictures() -> None:
    assert "deep" in view_of("<div>" * 2000 + "deep").filled(lambda _: "")
    view = view_of("<img src=a.png>" * 4000)
    assert sum(bool(urls) for _, urls in places(view)) == 3000 and len(places(view)) == 4000


def test_links_take_no_place_from_pictures_and_too_long_addresses_are_none() -> None:
    view = view_of("<a href=/next.html>x</a>" * 4000 + "<img src=a.png>")
    assert [form for form, urls in places(view) if urls] == ["page"] * 4000 + ["src"]
    assert places(view_of(f"<a href=/{'x' * 9000}>x</a><p style='background:url(/{'y' * 9000})'>")) == [("url", ())]


def test_other_charsets() -> None:
    page = Page(
        "https://a.example/", "<p>新闻标题</p>".encode("gb18030"), [("Content-Type", "text/html; charset=gbk")], AT
    )
    assert "新闻标题" in page_view(page).filled(lambda _: "")
    sheet = Page("https://a.example/s/a.css", b'@charset "utf-8";p{background:url(x.png)}', [], AT)
    assert style_view(sheet).places == (Place("url", ("https://a.example/s/x.png",)),)


class Checked(HTMLParser):
    """Fails for any element or attribute that is not of the allow-list."""

    ELEMENTS = KEPT | {"html", "head", "body", "title", "meta", "img", "style", "link", "line", "defaults"}
    LINK = re.compile(r"#[^\s<>\"]*|/page/\d{20}/http[\w%~-]+(#[\w.%~-]*)?|/held")
    OWN = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.ELEMENTS or self.OWN.fullmatch(tag), tag
        for name, value in attrs:
            if name == "href":
                assert self.LINK.fullmatch(value or "")
            elif name == "src":
                assert value == "/held"
            else:
                assert name in ATTRIBUTES | {"style", "name", "charset", "content", "rel", "media"}, name

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        assert decl == "doctype html"

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


def test_U5_hostile_markup_leaves_nothing_that_runs_or_loads() -> None:
    payloads = [
        *WHOLE,
        *styles(),
        *[*event_matrix()][::4],
        *[*url_matrix()][::20],
        *[*nested(2)][::4],
        *mixtures(1000, seed=21),
    ]
    seen = 0
    for number in range(0, len(payloads), 20):  # several in a page: what one leaves open changes how the next is read
        together = payloads[number : number + 20]
        for markup in ("<div>" + "</div><div>".join(together), *together[:4]):
            try:
                whole = view_of(markup).filled(lambda place: written(place, "/held") if place.urls else "")
            except NotAnArticle:
                continue
            Checked().feed(whole)
            seen += 1
    assert seen > 1000
