"""The profile of guancha.cn reads pages in parts, jumps, twins, lists and other layouts, beside the recorded ones."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from lxml.html import document_fromstring

from crawler.errors import Elsewhere, NotAnArticle, PartsNeeded
from crawler.extractors import extract
from crawler.extractors.sites import by_name
from crawler.items import Page

SITE = by_name("guancha")
NOW = datetime(2024, 3, 2, 4, 0, tzinfo=UTC)
URL = "https://www.guancha.cn/internation/2024_03_02_727001.shtml"
LONG = "消息人士说，双方在会谈中就航线、班次和票价交换了意见，并同意在月底之前再次会面。"


def article(body: str, *, url: str = URL, status: int = 200, about: str = "来源：观察者网", more: str = "") -> Page:
    html = f"""<html><head><title>两国商定增加航班</title></head><body>
<ul class="two-coloum fix"><li class="left left-main"><h3>两国商定增加航班</h3>
<div class="time fix"><span>2024-03-02 10:24:05</span><span>{about}</span></div>{more}
<div class="content all-txt">{body}</div>
<div class="editor-intro"><p>责任编辑：<a href="/e">周远</a></p></div></li></ul></body></html>"""
    return Page(url, html.encode(), [("Content-Type", "text/html; charset=utf-8")], NOW, status)


def part(number: int | str, text: str, status: int = 200) -> Page:
    return article(f"<p>{text}</p>", url=URL.replace(".shtml", f"_{number}.shtml"), status=status)


FIRST = article(f"<p>一。{LONG}</p><div class='page'><a href='/internation/2024_03_02_727001_2.shtml'>2</a></div>")


def test_the_one_page_form_is_requested_when_the_page_links_to_its_second_part() -> None:
    with pytest.raises(PartsNeeded) as needed:
        extract(FIRST)
    assert needed.value.urls == ("https://www.guancha.cn/internation/2024_03_02_727001_s.shtml",)
    post = extract(replace(FIRST, parts=(part("s", f"全文。{LONG}"),)))
    assert post.text == f"全文。{LONG}"
    assert post.canonical_url == URL


def test_without_a_one_page_form_the_parts_are_requested_and_joined_in_order() -> None:
    missing = part("s", "没有", status=404)
    with pytest.raises(PartsNeeded) as needed:
        extract(replace(FIRST, parts=(missing,)))
    assert needed.value.urls == (URL.replace(".shtml", "_2.shtml"),)
    linked = article(
        f"<p>二。{LONG}</p><a href='2024_03_02_727001_3.shtml'>3</a>", url=URL.replace(".shtml", "_2.shtml")
    )
    with pytest.raises(PartsNeeded) as needed:
        extract(replace(FIRST, parts=(missing, linked)))
    assert needed.value.urls == (URL.replace(".shtml", "_3.shtml"),)
    post = extract(replace(FIRST, parts=(missing, linked, part(3, f"三。{LONG}"))))
    assert [line[0] for line in post.text.split("\n") if line[1:2] == "。"] == ["一", "二", "三"]
    assert post.published == datetime(2024, 3, 2, 2, 24, 5, tzinfo=UTC)


def test_a_page_that_links_to_no_second_part_requests_nothing() -> None:
    assert extract(article(f"<p>{LONG}</p><p><a href='/internation/2024_03_01_726900_2.shtml'>另一篇</a></p>")).text


POST = "http://user.guancha.cn/main/content?id=1187766"


def readers_post(body: str, url: str = POST, status: int = 200) -> Page:
    html = f"""<html><head><title>书店三年</title></head><body><div class="article-content"><h1>书店三年</h1>
<span class="time1">2024-03-01 10:24</span><div class="article-txt-content">{body}</div></div></body></html>"""
    return Page(url, html.encode(), [("Content-Type", "text/html; charset=utf-8")], NOW, status)


FOLDED = [
    "<a href='/main/content?id=1187766&amp;page=0'>全文</a>",
    "<a href='https://user.guancha.cn/main/content?id=1187766&page=2'>2</a>",
    "<a href='?id=1187766&page=2&s=fwzwy'>2</a>",
    "<a href='javascript:;'>展开全文</a>",
    "<button>阅读全文 ›</button>",
]


@pytest.mark.parametrize("more", FOLDED)
def test_a_folded_readers_post_is_unfolded(more: str) -> None:
    folded = readers_post(f"<p>一。{LONG}</p>{more}")
    with pytest.raises(PartsNeeded) as needed:
        extract(folded)
    assert needed.value.urls == (f"{POST}&page=0",)
    whole = readers_post(f"<p>一。{LONG}</p><p>二。{LONG}</p>", f"{POST}&page=0")
    post = extract(replace(folded, parts=(whole,)))
    assert post.text == f"一。{LONG}\n二。{LONG}"
    assert post.canonical_url == "https://user.guancha.cn/main/content?id=1187766"
    assert extract(whole).text == post.text


def test_a_folded_readers_post_without_its_whole_form_is_read_in_parts() -> None:
    folded = readers_post(f"<p>一。{LONG}</p><a href='?id=1187766&page=2'>2</a>")
    missing = readers_post("", f"{POST}&page=0", 404)
    with pytest.raises(PartsNeeded) as needed:
        extract(replace(folded, parts=(missing,)))
    assert needed.value.urls == (f"{POST}&page=2",)
    assert extract(replace(folded, complete=True)).text == f"一。{LONG}", "the audit has only the first page"


def test_a_readers_post_that_is_whole_requests_nothing() -> None:
    links = "<a href='/main/content?id=99&page=2'>另一篇</a><a href='/list'>更多</a><p>这篇文章的全文刊登在别处。</p>"
    assert extract(readers_post(f"<p>{LONG}</p>{links}")).text.startswith(LONG)


JUMPS = [
    'window.location.href = "https://user.guancha.cn/main/content?id=1187766";',
    "location.replace('https://user.guancha.cn/main/content?id=1187766')",
    "top.location='//user.guancha.cn/main/content?id=1187766';",
]


@pytest.mark.parametrize("script", JUMPS)
def test_a_jump_to_a_readers_post_raises_elsewhere(script: str) -> None:
    body = f"<html><head><script>{script}</script></head><body></body></html>"
    with pytest.raises(Elsewhere) as jump:
        extract(Page(URL, body.encode(), [], NOW))
    assert jump.value.url == "https://user.guancha.cn/main/content?id=1187766"


AUTHORS = [
    ("来源：观察者网", "", ("观察者网",)),
    ("来源：例城日报", "", ("例城日报",)),
    ("字号", "", ()),
    ("来源：例城日报", "<div class='author-intro'><p><a href='/a'>林一川</a></p></div>", ("林一川",)),
    ("责任编辑：周远", "", ()),
]


@pytest.mark.parametrize(("about", "more", "authors"), AUTHORS)
def test_the_author_is_the_columnist_else_the_source_and_never_the_editor(
    about: str, more: str, authors: tuple[str, ...]
) -> None:
    assert extract(article(f"<p>{LONG}</p>", about=about, more=more)).authors == authors


TIMES = [
    ("3小时前", datetime(2024, 3, 2, 1, 0, tzinfo=UTC)),
    ("25分钟前", datetime(2024, 3, 2, 3, 35, tzinfo=UTC)),
    ("昨天 10:24", datetime(2024, 3, 1, 2, 24, tzinfo=UTC)),
    ("2天前", datetime(2024, 2, 29, 4, 0, tzinfo=UTC)),
    ("02-27 08:05", datetime(2024, 2, 27, 0, 5, tzinfo=UTC)),
    ("2023-12-31 23:59:59", datetime(2023, 12, 31, 15, 59, 59, tzinfo=UTC)),
]


@pytest.mark.parametrize(("written", "instant"), TIMES)
def test_times_of_readers_posts_count_from_the_capture_in_shanghai(written: str, instant: datetime) -> None:
    html = f"""<html><head><title>书店三年</title></head><body><div class="article-content"><h1>书店三年</h1><div><div>
<h4><a href="/u">河边的猫</a></h4></div></div><span class="time1">{written}</span>
<div class="article-txt-content"><p>{LONG}</p></div></div></body></html>"""
    post = extract(Page("https://user.guancha.cn/main/content?id=1&s=fwzxfbbt", html.encode(), [], NOW))
    assert (post.published, post.published_text, post.authors) == (instant, written, ("河边的猫",))
    assert post.canonical_url == "https://user.guancha.cn/main/content?id=1"
    assert post.categories == ("新媒体", "观察者网", "首页")


TWINS = [
    "https://m.guancha.cn/internation/2024_03_02_727001.shtml",
    "http://www.guancha.cn/internation/2024_03_02_727001.shtml?s=wapzwyyqh#comment",
    "https://www.guancha.cn/internation/2024_03_02_727001_s.shtml",
]


@pytest.mark.parametrize("url", TWINS)
def test_twins_are_one_article(url: str) -> None:
    assert extract(article(f"<p>{LONG}</p>", url=url)).canonical_url == URL


def test_an_unknown_layout_is_refused_not_guessed() -> None:
    page = Page(
        URL, f"<html><body><h3>标题</h3><div class='new-body'><p>{LONG}</p></div></body></html>".encode(), [], NOW
    )
    with pytest.raises(NotAnArticle, match=r"layout.*guancha.*div\.content\.all-txt"):
        extract(page)


HOME = """<div class="module-news-main">
<h4 class="module-title"><a href="/a/2024_03_02_727001.shtml">评论</a></h4></div>
<ul class="img-List"><li><h4 class="module-title"><a href="/b/2024_03_02_727002.shtml">要闻</a></h4></li></ul>
<ul class="fengwen-list"><li><h4 class="module-title"><a href="https://user.guancha.cn">风闻</a></h4></li>
<li><h4 class="module-title"><a href="https://user.guancha.cn/main/content?id=7">风闻</a></h4></li></ul>
<div class="ad"><h4><a href="/c/2024_03_02_727003.shtml">广告</a></h4></div>"""


def test_the_home_page_leads_to_articles_of_its_three_columns() -> None:
    home = SITE.source.sections[0]
    tree: Any = document_fromstring(HOME, base_url=home.url)
    tree.make_links_absolute()
    links = [link.get("href") or "" for link in tree.cssselect(home.links)]
    allowed = [link for link in links if any(re.search(pattern, link) for pattern in SITE.source.allow)]
    assert (home.section, allowed) == (
        "首页",
        [
            "https://www.guancha.cn/a/2024_03_02_727001.shtml",
            "https://www.guancha.cn/b/2024_03_02_727002.shtml",
            "https://user.guancha.cn/main/content?id=7",
        ],
    )
