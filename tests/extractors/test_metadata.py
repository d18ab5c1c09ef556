"""Title, dates, section, tags, language, canonical URL and lead image are read from the signals that pages give."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from crawler.extractors.document import parse
from crawler.extractors.metadata import Metadata, read
from crawler.items import Image, Page, Source

NOW = datetime(2024, 3, 15, 4, 30, tzinfo=UTC)
TEXT = "<p>The council voted on Tuesday to rebuild the bridge that a flood carried away last spring.</p>" * 3
SOURCE = Source("example", site="Example Times", section="News", timezone="Asia/Shanghai")


def metadata(
    head: str = "",
    body: str = f"<h1>Council votes to rebuild bridge</h1>{TEXT}",
    url: str = "https://www.example.com/news/bridge.html",
    source: Source | None = None,
    hint: datetime | None = None,
    section: str | None = None,
    html: str = "<html>",
) -> Metadata:
    text = f"<!DOCTYPE html>{html}<head>{head}</head><body>{body}</body></html>"
    page = Page(url, text.encode(), [("Content-Type", "text/html; charset=utf-8")], NOW, 200, hint, section)
    return read(parse(page), source)


def ld(properties: str) -> str:
    return f'<script type="application/ld+json">{{"@type": "NewsArticle", {properties}}}</script>'


AT = datetime(2024, 3, 11, 9, 30, tzinfo=UTC)
LOCAL = "2024-03-11 17:30"
PUBLISHED = [
    # head, body, instant, the date as the page writes it
    (ld('"datePublished": "2024-03-11T09:30:00Z"'), "", AT, "2024-03-11T09:30:00Z"),
    (ld('"datePublished": "2024-03-11T17:30:00"'), "", AT, "2024-03-11T17:30:00"),
    ('<script type="application/ld+json">{"@id": "x", "pubDate": "2024-03-11T17:30:00"}</script>', "", AT,
     "2024-03-11T17:30:00"),
    ("<meta property='article:published_time' content='2024-03-11T10:30+01:00'>", "", AT, "2024-03-11T10:30+01:00"),
    ("<meta name='pubdate' content='Mon, 11 Mar 2024 09:30:00 GMT'>", "", AT, "Mon, 11 Mar 2024 09:30:00 GMT"),
    ("", f"<p class='time'>{LOCAL}</p>", AT, LOCAL),
    ("", f"<div class='info'><span>来源：例城网</span> <span>{LOCAL}</span></div>", AT, f"来源：例城网 {LOCAL}"),
    ("", "<time datetime='2024-03-11T09:30:00Z'>vor vier Tagen</time>", AT, "2024-03-11T09:30:00Z"),
    ("<meta name='date' content='2024-03-11'>", f"<span class='date'>{LOCAL}</span>", AT, LOCAL),
    ("<meta name='date' content='2031-03-11'>", f"<span class='date'>{LOCAL}</span>", AT, LOCAL),
    ("", f"<p>Updated: 2024-03-12 09:00</p><p>{LOCAL}</p>", AT, LOCAL),
    # an attribute with another name
    ("<meta property='article:published_time' value='2024-03-11T10:30+01:00'>", "", AT, "2024-03-11T10:30+01:00"),
    # an element of an update stands before that of the publication
    ("", f"<time class=updated datetime='2024-03-10 08:00'>10</time><time class='entry-date published'>{LOCAL}</time>",
     AT, LOCAL),
    # beside the text, where no other date is
    ("", f"<aside class=data><dl><dt>Datum</dt><dd>{LOCAL}</dd></dl></aside>", AT, LOCAL),
    ("", f"<p class='text__caption'>{LOCAL} | Natur, Beispiel</p>", AT, f"{LOCAL} | Natur, Beispiel"),
]  # fmt: skip


@pytest.mark.parametrize(("head", "body", "instant", "written"), PUBLISHED)
def test_dates_of_publication(head: str, body: str, instant: datetime, written: str) -> None:
    found = metadata(head, f"<h1>Council votes to rebuild bridge</h1>{body}{TEXT}", source=SOURCE)
    assert (found.published, found.published_text) == (instant, written)


def test_the_feeds_instant_completes_the_day_in_the_url() -> None:
    url = "https://www.example.com/2024/03/11/bridge.html"
    midnight = datetime(2024, 3, 11, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert metadata(url=url, source=SOURCE).published == midnight
    assert metadata(url=url, source=SOURCE, hint=AT).published == AT


SIGNALS = [
    # head, body, URL path, the day expected; every page was captured in March 2024
    ("", "<p>发布时间：2024-03-11 17:30</p>", "", 11),
    ("", "<p>来源: | 发布时间: 2024-03-11 | 浏览次数: 2168</p>"
     "<p>2024年2月20日，会议表决通过了新的桥梁方案，市民表示欢迎和期待。</p>", "", 11),
    ("", "<figure><figcaption>The bridge on 2 March 2024. Photo: J. Roe</figcaption></figure>"
     "<p>11 March 2024</p>", "", 11),
    ("", "<div><h3>Another story about rivers</h3><span class='date'>2 March 2024, 10:24</span></div>",
     "2024/03/11/a", 11),
    ("", "<p class='date'>2 March 2024, 10:24</p>", "2024/03/11/a", 11),
    ("", "<p class='date'>11 March 2024, 10:24</p>", "2024/mar/11/a", 11),
    ("", "<p>no date</p>", "article/A2024031114320005196", 11),
    ("", "<p>no date</p>", "article/202413991432", 0),
    ("", "<p>Jane Doe, Founder and Lead Reviewer. Updated 12 March 2024</p><p class='date'>11 March 2024</p>", "", 11),
    ("", "<p>01:53</p><p class='date'>11 March 2024</p>", "", 11),
    ("", "<p>22.11.2023 7.57 Online seit heute, 7.57 Uhr</p>", "2023/11/22/a", 22),
    ("", "<div id='comments'><p>2 March 2024 10:24</p></div><time datetime='2024-03-11'>then</time>", "", 11),
    (ld('"datePublished": "Mar 14, 2024", "dateModified": "Mar 14, 2024"'),
     "<p class='date'>March 11, 2024</p>", "", 11),
    (ld('"datePublished": "2024-03-11", "dateModified": "2024-03-14"'), "<p class='date'>March 2, 2024</p>", "", 11),
    (ld('"datePublished": 1e999, "dateModified": NaN'), "<p class='date'>11 March 2024</p>", "", 11),
    ("<meta name='date' content='1970-01-01T00:00:00Z'>", "<p class='date'>11 March 2024</p>", "", 11),
]  # fmt: skip


@pytest.mark.parametrize(("head", "body", "path", "day"), SIGNALS)
def test_N6_the_date_of_the_article_is_chosen(head: str, body: str, path: str, day: int) -> None:
    found = metadata(head, f"<h1>Council votes to rebuild bridge</h1>{body}{TEXT}", f"https://www.example.com/{path}")
    assert (found.published.day if found.published else 0) == day


@pytest.mark.parametrize(
    "written", ["更新于2024年3月11日 10:24", "Stand: 11.03.2024 | 10:24 Uhr", "Updated 11 March 2024 10:24"]
)
def test_a_single_visible_date_is_the_date_of_publication(written: str) -> None:
    found = metadata(body=f"<h1>Council votes to rebuild bridge</h1><p>{written}</p>{TEXT}")
    assert (found.published, found.updated) == (datetime(2024, 3, 11, 10, 24, tzinfo=UTC), None)


def test_N6_a_visible_date_of_an_update_is_read() -> None:
    body = "<h1>Council votes to rebuild bridge</h1><p>{}</p>" + TEXT
    for written in (
        "Published 11 March 2024 09:30 | Updated 12 March 2024 10:24",
        "发布时间：2024-03-11 09:30</p><p>更新时间：2024-03-12 10:24",
        "11.03.2024 09:30 - Güncelleme : 12.03.2024 10:24",
        "11 March 2024, 09:30</p><p>Aktualisiert: 12. März 2024, 10.24 Uhr",
        "업데이트 2024-03-12 10:24</p><p>2024년 3월 11일 09시 30분",
    ):
        found = metadata(body=body.format(written))
        assert found.published == datetime(2024, 3, 11, 9, 30, tzinfo=UTC)
        assert found.updated == datetime(2024, 3, 12, 10, 24, tzinfo=UTC)


NO_DATES = [
    # language, what is shown below the headline; None of it tells the day
    ("en", "<span class='time'>10:24</span>"),
    ("de", "<time>10:24 Uhr</time>"),
    ("zh", "<span class='date'>上午10:24</span>"),
    ("ru", "<time datetime='10:24'>10:24</time>"),
    ("fr", "<p>10h24 | Jeanne Dupont</p>"),
    ("en", "<a href='/today'>Today</a>"),
    ("de", "<a href='/heute'>Heute</a>"),
    ("de", "<p>Den Antrag gibt es <a href='/antrag'>hier</a>.</p>"),
    ("zh", "<p>4月20日，市交通局公布新方案。</p>"),
    ("ja", "<h2>4月20日 新しいバス路線</h2>"),
]


@pytest.mark.parametrize(("language", "shown"), NO_DATES)
def test_a_time_or_a_day_in_a_sentence_is_no_date_of_publication(language: str, shown: str) -> None:
    body = f"<h1>Council votes to rebuild bridge</h1>{shown}{TEXT}"
    assert metadata(body=body, html=f"<html lang='{language}'>").published is None
    assert metadata(body=body, html=f"<html lang='{language}'>", hint=AT).published == AT


def test_a_full_date_is_preferred_to_one_without_its_year() -> None:
    body = f"<h1>公交线路调整方案公布</h1><p>3月2日 10:24 摄</p>{TEXT}<p>2021年3月1日，方案在例城网公布。</p>"
    found = metadata(body=body, html="<html lang='zh'>")
    assert found.published == datetime(2021, 3, 1, tzinfo=UTC) and not found.relative_date
    shown = metadata(body=f"<h1>公交线路调整方案公布</h1><p>来源：例城日报 03-11 10:24</p>{TEXT}")
    assert shown.published == datetime(2024, 3, 11, 10, 24, tzinfo=UTC) and shown.relative_date


FORMS = [
    # how a page writes 11 March 2024; head, body without a headline of its own unless it brings one
    ("<title>例城网</title>", "<td>作者： 来源： 发布日期： 3/11/2024 5:30:12 PM</td>", "zh"),
    ("<title>例城网</title>", "<td>発行日: 3/11/2024 5:30:12 PM</td>", "ja"),
    ("<title>例城网</title>", "<div class='Date'> http://www.example.com/ 2024-03-11 17:30:12</div>", "zh"),
    ("", "<h1>Council votes to rebuild bridge</h1><p>Posted March 11, 2024 by Jane Doe in News</p>", "en"),
    ("", "<h1>Council votes to rebuild bridge</h1><p>11.03.24 by Jane Doe</p>", "en-US"),
    ("", "<h1>Die Brücke wird gebaut</h1><p>Von Jana Muster, 11.3.24</p>", "de"),
    ("", "<h1>Le pont sera reconstruit</h1><p>11 mars 2024 par Jeanne Dupont</p>", "fr"),
    ("", "<h1>Мост восстановят</h1><p>11.03.2024, Анна Иванова</p>", "ru"),
    ("", "<h3>Die Brücke wird gebaut</h3><abbr class='published' itemprop='datePublished' "
     "title='2024-03-11T10:52:00+02:00'>10:52</abbr><p>Erscheinungsdatum: 14.02.2024</p>", "de"),
]  # fmt: skip


@pytest.mark.parametrize(("head", "body", "language"), FORMS)
def test_forms_of_the_date_of_publication(head: str, body: str, language: str) -> None:
    found = metadata(head, body + TEXT, html=f"<html lang='{language}'>").published
    assert found and (found.month, found.day) == (3, 11)


def test_the_date_above_the_headline_is_the_articles_not_that_of_a_teaser() -> None:
    teasers = "".join(f"<p><small>{day}.02.2024 · Männer</small> Eine andere Meldung</p>" for day in range(10, 20))
    head = "<p>11.03.2024 10:24 Uhr - Bundesliga, red</p><h1>Die Brücke wird im Mai gebaut</h1>"
    found = metadata(body=f"{head}{TEXT * 4}{teasers}", html="<html lang='de'>")
    assert found.published == datetime(2024, 3, 11, 10, 24, tzinfo=UTC)


ORDERS = [
    # language, host, other date on the page, month that 03/02/2024 is in
    ("en-US", "a.example.com", "", 3),
    ("en-GB", "a.example.com", "", 2),
    ("en", "a.example.com", "", 3),
    ("en", "a.example.co.uk", "", 2),
    ("en", "a.example.com", "28/01/2024", 2),
    ("en", "a.example.co.uk", "01/28/2024", 3),
    ("de", "a.example.com", "", 2),
    ("", "a.example.com", "", 2),
]


@pytest.mark.parametrize(("language", "host", "other", "month"), ORDERS)
def test_N6_language_or_country_tells_the_day_from_the_month(language: str, host: str, other: str, month: int) -> None:
    body = f"<h1>Council votes to rebuild bridge</h1><p class='date'>03/02/2024</p>{TEXT}<p>Elsewhere: {other}</p>"
    found = metadata(body=body, html=f"<html lang='{language}'>", url=f"https://{host}/a")
    assert found.published and found.published.month == month


def test_a_page_without_a_date_gets_that_of_the_feed_never_the_present() -> None:
    assert metadata(hint=AT).published == AT
    nothing = metadata()
    assert (nothing.published, nothing.published_text, nothing.updated) == (None, "", None)


def test_updates_count_only_when_they_are_later() -> None:
    stated = '"datePublished": "2024-03-11T09:30:00Z", "dateModified": "2024-03-1{}T09:30:00Z"'
    assert metadata(ld(stated.format(2))).updated == datetime(2024, 3, 12, 9, 30, tzinfo=UTC)
    assert metadata(ld(stated.format(0))).updated is None


def test_numeric_dates_are_read_in_the_order_of_the_pages_country() -> None:
    body = f"<h1>Council votes to rebuild bridge</h1><p class='date'>03/04/2024</p>{TEXT}"
    american, european = metadata(body=body, html="<html lang='en-US'>"), metadata(body=body, html="<html lang='de'>")
    assert american.published == datetime(2024, 3, 4, tzinfo=UTC)
    assert european.published is None  # 3 April lies ahead of the capture


def test_categories_are_topic_site_and_section_unless_the_source_has_its_own() -> None:
    topic = "<meta property='article:section' content='City'>"
    assert metadata(topic, source=SOURCE).categories == ("City", "Example Times", "News")
    assert metadata(topic, source=SOURCE, section="Front").categories == ("City", "Example Times", "Front")
    assert metadata(topic, source=SOURCE, section="City").categories == ("City", "Example Times")
    own = Source("example", site="Example Times", section="News", categories=("Press", "{site}", "{section}"))
    assert metadata(topic, source=own, section="Front").categories == ("Press", "Example Times", "Front")


@pytest.mark.parametrize(("named", "category"), [("Stock Car, " + "stock car, " * 30, ["Stock Car"]), ("x" * 300, [])])
def test_a_list_of_keywords_is_no_category(named: str, category: list[str]) -> None:
    """A site generator makes a folder of each category, whose name has at most 255 bytes."""
    topic = f"<meta property='article:section' content='{named}'>"
    assert list(metadata(topic, source=Source("example", site="Example Times")).categories) == [
        *category,
        "Example Times",
    ]
    fixed = Source("example", categories=("新媒体", "观察者网", "首页"))
    assert metadata(topic, source=fixed).categories == ("新媒体", "观察者网", "首页")


def test_site_section_and_tags_are_read_from_metadata() -> None:
    head = (
        "<meta property='og:site_name' content='Example Times'><meta property='article:section' content='City'>"
        "<meta property='article:tag' content='bridges'><meta property='article:tag' content='floods'>"
        "<meta name='keywords' content='Example Times, ignored where tags are stated'>"
    )
    found = metadata(head)
    assert (found.site, found.section, found.tags) == ("Example Times", "City", ("bridges", "floods"))
    assert metadata("<meta name='keywords' content='吉林,疫情，纪委'>").tags == ("吉林", "疫情", "纪委")
    assert metadata().site == "example.com"


def test_N6_the_section_is_read_from_breadcrumbs() -> None:
    crumbs = (
        '<script type="application/ld+json">{"@type": "BreadcrumbList", "itemListElement": ['
        '{"@type": "ListItem", "position": 1, "name": "Home"}, '
        '{"@type": "ListItem", "position": 2, "item": {"@id": "/city", "name": "City"}}, '
        '{"@type": "ListItem", "position": 3, "name": "Bridge to be rebuilt"}]}</script>'
    )
    assert metadata("<title>Bridge to be rebuilt - Example</title>" + crumbs).section == "City"
    assert metadata(crumbs + "<meta property='article:section' content='Rivers'>").section == "Rivers"


TAGS = [
    ("<meta property='article:tag' content='bridges, floods'>", "", ("bridges", "floods")),
    ("<meta name='parsely-tags' content='bridges,floods,bridges'>", "", ("bridges", "floods")),
    ("<meta name='keywords' content='桥梁 洪水'>", "", ("桥梁", "洪水")),
    ("", "<p><a rel='tag' href='/t/1'>bridges</a> <a rel='tag' href='/t/2'>floods</a></p>", ("bridges", "floods")),
    ("", "<p><a href='/t/1'>bridges</a></p>", ()),
]


@pytest.mark.parametrize(("head", "body", "tags"), TAGS)
def test_N6_tags_are_read_from_the_first_source_that_has_any(head: str, body: str, tags: tuple[str, ...]) -> None:
    assert metadata(head, f"<h1>Council votes to rebuild bridge</h1>{TEXT}{body}").tags == tags


LANGUAGES = [
    ("<html>", "<p>Уряд сьогодні оголосив про нові заходи підтримки економіки країни.</p>" * 5, "uk"),
    ("<html>", "<p>دولت امروز اقدامات تازه‌ای برای حمایت از اقتصاد کشور اعلام کرد.</p>" * 5, "fa"),
    ("<html>", "<p>सरकार ने आज अर्थव्यवस्था के लिए नए उपायों की घोषणा की।</p>" * 5, "hi"),
    ("<html lang='de-AT'>", TEXT, "de"),
    ("<html lang='en'>", "<p>市交通部门近日公布了新的公交线路方案，共调整线路十二条。</p>" * 5, "zh"),
    ("<html>", "<p>市は今日、新しいバス路線の計画を発表した。</p>" * 5, "ja"),
    ("<html lang='cn'>", TEXT, "zh"),
    ("<html>", "<p>Правительство сегодня объявило о новых мерах.</p>" * 5, "ru"),
    ("<html>", TEXT, ""),
]


@pytest.mark.parametrize(("html", "body", "language"), LANGUAGES)
def test_the_language_is_declared_or_recognised_by_its_script(html: str, body: str, language: str) -> None:
    assert metadata(body=body, html=html).language == language


def test_the_lead_image_is_read_from_metadata() -> None:
    sized = "<meta property='og:image' content='/a.jpg'><meta property='og:image:width' content='1200'>"
    assert metadata(sized).lead_image == Image("https://www.example.com/a.jpg", width=1200)
    stated = ld(
        '"image": {"@type": "ImageObject", "url": "https://i.example.com/b.jpg", "width": "800", "height": 450.0}'
    )
    assert metadata(stated).lead_image == Image("https://i.example.com/b.jpg", width=800, height=450)
    assert metadata("<meta property='og:image' content='javascript:alert(1)'>").lead_image is None
    assert metadata().lead_image is None


def test_the_canonical_url_is_followed_on_the_same_site_only() -> None:
    link = "<link rel='canonical' href='https://www.example.com/news/bridge.html?utm_source=x#top'>"
    assert metadata(link, url="https://m.example.com/b/1").canonical_url == "https://www.example.com/news/bridge.html"
    stolen = "<link rel='canonical' href='https://other.test/'>"
    assert metadata(stolen, url="https://m.example.com/b/1?fbclid=2").canonical_url == "https://m.example.com/b/1"


MANY = 20_000
HOSTILE = {
    "title": f"<title>{' - ' * MANY}</title><meta property='og:title' content='{'-' * MANY}'>",
    "spaces": f"<title>{' ' * MANY}x</title><meta name='author' content='{' ' * MANY}x'>",
    "names": f"<meta name='author' content='{'and ' * MANY}'><meta property='article:author' content='{'(' * MANY}'>",
    "dates": f"<meta name='date' content='{'2022-' * MANY}'><meta name='pubdate' content='{'1 ' * MANY}'>",
    "jsonld": ld(f'"headline": "{"[" * MANY}", "author": {"[" * 900}{"]" * 900}'),
}
HOSTILE_BODIES = {
    "signature": f"<h1>桥将重建了</h1><p>{'和' * MANY}</p><p>。（{'和' * MANY}</p><p>（记者 {'王' * MANY}</p>",
    "headings": "<h1 class='title'>x</h1>" * MANY,
    "times": "<span class='time'>yesterday</span><time>1</time>" * MANY,
    "nested": "<div class='title'>" * 240 + "x" + "</div>" * 240,
    "authors": "<a rel='author' class='byline'>By </a>" * MANY,
}


@pytest.mark.parametrize("name", [*HOSTILE, *HOSTILE_BODIES])
def test_hostile_pages_end_soon(name: str, cpu_limit: Callable[[float], AbstractContextManager[None]]) -> None:
    """The limit is that of a child process; backtracking or a quadratic walk takes minutes."""
    with cpu_limit(5):
        metadata(HOSTILE.get(name, ""), HOSTILE_BODIES.get(name, TEXT), html="<html lang='zh'>")
