"""The body holds the article and nothing else, on pages built like those of publishers."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from crawler.extractors import body
from crawler.extractors.body import Body
from crawler.extractors.document import parse
from crawler.extractors.sites import Site
from crawler.items import Page, Source

TITLE = "Harbour bridge reopens after repairs"
PARAGRAPHS = [
    "The harbour bridge reopened on Tuesday morning, eleven months after engineers found cracks in two of its piers.",
    "Traffic was light at first, but by eight o'clock the queue on the northern side reached the old customs house.",
    "“We have replaced forty bearings and every bolt that we could not test,” said the chief engineer, Mara Lindqvist.",
    "The city paid for the work with a loan, which it will repay from tolls until 2041, according to the council.",
    "Ferries will run for another month, since many commuters have bought season tickets that are still valid.",
]
TEXT = "".join(f"<p>{paragraph}</p>\n" for paragraph in PARAGRAPHS)
OTHER = (
    "A second story, which is told here at some length, with commas and full stops. It has nothing to do with bridges."
)


def read(markup: str, title: str = TITLE, site: Site | None = None, head: str = "") -> Body:
    page = f"<html><head><title>{title}</title>{head}</head><body>{markup}</body></html>"
    fetched = datetime(2026, 1, 2, tzinfo=UTC)
    return body.read(parse(Page("https://a.example/news/1", page.encode(), [], fetched)), site, title)


def assert_article(found: Body, *further: str) -> None:
    assert found.text.split("\n") == [*further, *PARAGRAPHS]


@pytest.mark.parametrize(
    "page",
    [
        f"<h1>{TITLE}</h1>{TEXT}",
        f"<nav><ul><li><a href=/a>News</a></ul></nav><main><h1>{TITLE}</h1><div class=entry-content>"
        f"{TEXT}</div></main>",
        f"<div id=wrap class=has-sidebar><div class=article-body>{TEXT}</div><div class=sidebar><p>"
        f"{OTHER}</p></div></div>",
        f"<div class=post>{TEXT}</div><div id=comments><p>{OTHER}</p><p>{OTHER} Again.</p><p>{OTHER} And "
        f"again.</p></div>",
        f"<table><tr><td class=left>{OTHER[:50]}<td>{TEXT}</tr></table>",
        f"<div class=paywall><div itemprop=articleBody>{TEXT}</div></div><div class=newsletter>{OTHER}</div>",
        "<div>" + "<br><br>".join(PARAGRAPHS) + "</div><div class=footer>" + OTHER + "</div>",
        f"<section><article><p>{OTHER}</p></article><article class=article-content><div>{TEXT}</div><div "
        f"class=narrow>{TEXT}</div></article></section>",
        f"<div class=sidebar-grid><div class=content>{TEXT}</div></div>",
        "".join(f"<div class=paywalled><div class=article-text><p>{text}</p></div></div>" for text in PARAGRAPHS),
        "<div class=post-body>" + "".join(f"<p>{text}</p>" for text in PARAGRAPHS[:-1])
        + f"<div class=x-not-a-paywall><p>{PARAGRAPHS[-1]}</p></div></div>",
        f"<form action=/><div class=story-body>{TEXT}</div></form>",
        f"<button><main><h1>{TITLE}</h1>{TEXT}</main></button>",
    ],
)  # fmt: skip
def test_the_article_is_found(page: str) -> None:
    assert_article(read(page))


@pytest.mark.parametrize(
    "box",
    [
        "<div class='share-bar'><a href=/s>Share this on everything</a></div>",
        f"<aside><p>{OTHER}</p></aside>",
        f"<div class=related-articles><p>{OTHER}</p></div>",
        f"<div class='author-bio'><a href=/m>More</a><p>{OTHER[:80]}</p></div>",
        "<ul><li><a href=/1>Ten things about bridges</a><li><a href=/2>Old bridges, new bridges</a></ul>",
        f"<p style='display: none'>{OTHER}</p>",
        f"<p hidden>{OTHER}</p><h2 class='visually-hidden'>Article content</h2>",
        "<p><a href=/x>READ NOW: the bridge in forty pictures</a></p>",
        "<p>Read more: <a href=/x>the bridge in pictures</a></p>",
        "<p>Lesen Sie auch: <a href=/x>Brücken in Bildern</a></p>",
        "<p>相关阅读：<a href=/x>大桥</a></p>",
        "<p>If you buy through these links, we may earn a small commission from the shop.</p>",
        "<p>Please enable JavaScript to see the map.</p>",
        "<script>var a = 'text, with commas.'</script><style>p { color: red }</style><noscript>No script.</noscript>",
        "<figure><img src=/a.jpg width=800 height=600><figcaption>The bridge at dawn, seen from the "
        "quay.</figcaption></figure>",
        "<div class=image><img src=/a.jpg><p class=caption>The bridge at dawn. Photo: A. Lens</p></div>",
        "<p><img src=/a.jpg><br><span>The bridge at dawn.</span></p>",
        f"<h1>{TITLE}</h1>",
        f"<h2>{TITLE.upper()}</h2>",
    ],
)
def test_boxes_inside_the_article_are_removed(box: str) -> None:
    middle = TEXT.replace("</p>\n<p>“We", f"</p>\n{box}\n<p>“We")
    assert middle != TEXT
    assert_article(read(f"<div class=article-body>{middle}</div>"))


POLL = "<div><p>{}</p></div><label><input type=radio name=a>{}</label><label><input type=radio name=a>{}</label>"


@pytest.mark.parametrize("names", ["", " class=k3x"])
@pytest.mark.parametrize(
    "box",
    [
        POLL.format("Which bridge do you like best?", "The old one, of course.", "I swim, as ever."),
        POLL.format("您最喜欢哪座桥？", "当然是老桥。", "我游泳过去。"),
        POLL.format("どの橋が好きですか。", "もちろん古い橋です。", "泳ぎます。"),
        "<h3>Verpassen Sie nichts</h3><p>Unser Brief kommt freitags, ganz umsonst.</p><div><input type=email></div>",
        "<p>Не пропустите ничего: наше письмо приходит по пятницам.</p><form><input type=email name=e></form>",
        "<p>Our letter comes on Fridays, at no charge.</p><form><input type=text name=e><button>Go</button></form>",
        "<p>Our letter comes on Fridays, at no charge.</p><form><input name=e><button>Go</button></form>",
    ],
)
def test_boxes_with_fields_for_readers_are_removed(box: str, names: str) -> None:
    middle = TEXT.replace("</p>\n<p>“We", f"</p>\n<div{names}>{box}</div>\n<p>“We")
    assert_article(read(f"<div class=article-body>{middle}<div{names}>{box}</div></div>"))


@pytest.mark.parametrize("field", ["<input type=text name=u>", "<input name=q>"])
def test_an_article_in_a_form_with_a_text_field_is_kept(field: str) -> None:
    assert_article(read(f"<form><div>{field}</div><div class=article-body>{TEXT}{field}</div></form>"))


def test_text_that_a_check_box_unfolds_is_kept() -> None:
    folded = "<div><input type=checkbox id=u><label for=u></label><p>No toll for buses, at first.</p></div>"
    assert_article(read(f"<div class=article-body>{folded}{TEXT}</div>"), "No toll for buses, at first.")


def test_trafilatura_points_to_a_text_that_is_not_prose() -> None:
    verses = [f"Over the bridge number {n} we go" for n in range(30)]
    poem = "".join(f"<p>{verse}</p>" for verse in verses)
    hours = "<div>Open daily from ten to six except on public holidays in winter and on market days</div>"
    found = read(f"<ul><li><a href=/a>News</a></ul><div><div class=text>{poem}</div>{hours}</div>")
    assert found.text.split("\n") == verses


def test_lines_around_the_text_are_removed() -> None:
    before = f"<h1>{TITLE}</h1><div class=meta>By Ann Writer</div><p>3 May 2026, 10:24</p><p>4 min read</p>"
    after = "<p>Source: City Press</p><p>Have a tip? Write to us.</p><h3>More</h3><p>责任编辑：王一</p><p>© 2026</p>"
    assert_article(read(f"<div class=article-body>{before}{TEXT}{after}</div>"))


def test_a_lead_outside_the_container_comes_first() -> None:
    lead = "Eleven months after cracks were found, cars are back on the city's oldest bridge."
    named = f"<h1>{TITLE}</h1><p class=standfirst>{lead}</p><div class=article-body>{TEXT}</div>"
    assert_article(read(named), lead)
    described = f"<h1>{TITLE}</h1><div><div>{lead}</div></div><div class=article-body>{TEXT}</div>"
    assert_article(read(described, head=f'<meta name="description" content="{lead}">'), lead)


def test_structure_is_kept() -> None:
    kept = (
        "<h2>What changes</h2>\n<ul>\n<li>No toll for buses, at first.</li>\n<li>A toll for lorries.</li>\n</ul>\n"
        "<blockquote><p>“It sways less.”</p></blockquote>\n"
        '<table><tbody><tr><th colspan="2">Tolls</th></tr><tr><td>Car</td><td>2</td></tr></tbody></table>\n'
        '<pre>a\n  b</pre>\n<p style="text-align:center"><em>More</em> is <a href="https://b.example/x">'
        "here, in the report</a>, said <b>Lindqvist</b>.</p>\n"
    )
    found = read(f"<div class=article-body>{TEXT}{kept}{TEXT[:130]}</div>")
    assert kept in found.html
    assert found.text.split("\n")[5:10] == [
        "What changes",
        "No toll for buses, at first.",
        "A toll for lorries.",
        "“It sways less.”",
        "Tolls",
    ]


def test_emptied_boxes_are_removed() -> None:
    husks = (
        "<div class=wrap><div><span></span><aside class=newsletter>Sign up now</aside></div></div>\n<figure></figure>"
    )
    found = read(f"<div class=article-body>{TEXT}{husks}<p></p><ul><li><a href=/x></a></li></ul></div>")
    assert found.html == f"{TEXT}\n<p></p>"
    assert_article(found)


def test_links_and_pictures_are_absolute_and_send_no_referrer() -> None:
    found = read(
        f"<div class=article-body>{TEXT}<p>See the <a href='/map?a=1&b=2'>map of the city</a>, or the <a "
        f"href='javascript:x'>list</a>.<img src='p.jpg'></p></div>"
    )
    assert '<a href="https://a.example/map?a=1&amp;b=2">map of the city</a>' in found.html
    assert "<a>list</a>" in found.html
    assert '<img src="https://a.example/news/p.jpg" referrerpolicy="no-referrer">' in found.html


def test_a_profile_names_container_and_elements_to_remove() -> None:
    site = Site("a", ("a.example",), Source("a"), body=("#none", "#text"), drop=(".x",))
    found = read(f"<div>{OTHER}</div><div id=text><p>One.</p><p class=x>{OTHER}</p>\n</div>", site=site)
    assert found.html == "<p>One.</p>"


def test_the_same_page_gives_the_same_body() -> None:
    page = f"<div class=article-body>{TEXT}<img src=/a.jpg class='b a'></div>"
    assert read(page) == read(page)


def test_players_become_links_and_posts_are_not_in_the_text() -> None:
    middle = (
        "<iframe src='https://www.youtube.com/embed/abcdef12345?rel=0'></iframe><iframe src='https://ads.example/x'></iframe>"
        "<video><source src='/clip.mp4'></video><iframe data-src='//player.vimeo.com/video/7'></iframe>"
        "<blockquote class='twitter-tweet'><p>Cars are back, says the city on another site.</p></blockquote>"
    )
    found = read(f"<div class=article-body>{TEXT.replace('<p>The city', middle + '<p>The city')}</div>")
    assert_article(found)
    assert re.findall(r'<p class="embedded-media"><a href="([^"]+)">', found.html) == [
        "https://www.youtube.com/watch?v=abcdef12345",
        "https://a.example/clip.mp4",
        "https://player.vimeo.com/video/7",
    ]
    assert '<blockquote class="twitter-tweet"><p>Cars are back' in found.html
    assert "ads.example" not in found.html and "iframe" not in found.html


def test_furigana_are_in_the_body_and_not_in_the_text() -> None:
    """Furigana as NHK's easy news writes it; with the brackets that browsers without ruby show."""
    bracketed = "<ruby>橋<rp>（</rp><rt>はし</rt><rp>）</rp></ruby>"
    line = f"<p>{bracketed}は<ruby>火曜日<rt>かようび</rt></ruby>に開きました。</p>"
    found = read(f"<h1>{TITLE}</h1><div class=article-body>{TEXT}{line}</div>")
    assert found.text.split("\n") == [*PARAGRAPHS, "橋は火曜日に開きました。"]
    assert "<rt>かようび</rt>" in found.html
