"""People, not the portal: from markup, and from the words that newspapers of many countries set."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extractors.document import parse
from crawler.extractors.metadata import read
from crawler.items import Page

NOW = datetime(2024, 5, 2, tzinfo=UTC)
CHINESE = "市交通部门近日公布了新的公交线路方案，共调整线路十二条，新增车辆八十台，预计下月起分批实施。"
JAPANESE = "市は今日、新しいバス路線の計画を発表し、来月から順次運行を始めると説明した。"
KOREAN = "시는 오늘 새 버스 노선 계획을 발표하고 다음 달부터 차례로 운행을 시작한다고 밝혔다."
ENGLISH = "The city published a plan for new bus lines on Tuesday and said service would begin next month."


def authors(body: str, head: str = "", title: str = "Plan for new bus lines", text: str = ENGLISH) -> tuple[str, ...]:
    paragraphs = f"<p>{text}</p>" * 3
    html = (
        f"<html><head><title>{title} - Example Times</title><meta property='og:site_name' content='Example Times'>"
        f"{head}</head><body><h1>{title}</h1>{body.replace('TEXT', paragraphs)}</body></html>"
    )
    return read(parse(Page("https://www.example-times.com/a/1.html", html.encode(), [], NOW))).authors


def ld(author: str) -> str:
    return f'<script type="application/ld+json">{{"@type":"NewsArticle","headline":"x","author":{author}}}</script>'


MARKUP = [
    (ld('{"@type":"Person","name":"Jane Doe"}'), ("Jane Doe",)),
    (ld('[{"@type":"Person","name":"Jane Doe"},{"@type":"Person","name":"John Q. Roe"}]'), ("Jane Doe", "John Q. Roe")),
    (ld('"By Jane Doe and John Roe"'), ("Jane Doe", "John Roe")),
    (ld('{"@type":"Person","name":["Jane Doe","John Roe"]}'), ("Jane Doe", "John Roe")),
    (ld('[{"@type":"Person","name":"Jane Doe"},{"@type":"Organization","name":"Reuters"}]'), ("Jane Doe",)),
    (ld('{"@type":"Organization","name":"Reuters"}'), ("Reuters",)),
    ("<meta name='author' content='Jane Doe, Staff Writer'>", ("Jane Doe",)),
    ("<meta name='author' content='Jane Doe | jane@example.com'>", ("Jane Doe",)),
    ("<meta property='article:author' content='https://a.example/x'><meta name='byl' content='By Jane Doe'>",
     ("Jane Doe",)),
    ("<meta name='twitter:label1' content='Written by'><meta name='twitter:data1' content='Jane Doe'>", ("Jane Doe",)),
    ("<meta name='author' content='admin'>", ()),
    ("<meta name='author' content='Jane Doe (jd)'>", ("Jane Doe",)),
]  # fmt: skip


@pytest.mark.parametrize(("head", "names"), MARKUP)
def test_markup_of_the_head(head: str, names: tuple[str, ...]) -> None:
    assert authors("TEXT", head) == names


VISIBLE = [
    ("<a rel='author' href='/x'>Jane Doe</a>TEXT", ("Jane Doe",)),
    ("<span itemprop='author'><span itemprop='name'>Jane Doe</span>, editor</span>TEXT", ("Jane Doe",)),
    ("<p class='byline'>By Jane Doe and John Roe</p>TEXT", ("Jane Doe", "John Roe")),
    ("<div class='article-author'>ByJane Doe</div>TEXT", ("Jane Doe",)),
    ("<p>Von Jürgen Groß, Köln</p>TEXT", ("Jürgen Groß",)),
    ("<p>Par Hélène Dupré et Luc Ange</p>TEXT", ("Hélène Dupré", "Luc Ange")),
    ("<p>Por María Núñez y José Díaz</p>TEXT", ("María Núñez", "José Díaz")),
    ("<div><a href='/authors/jane-doe'>Jane Doe</a></div>TEXT", ("Jane Doe",)),
    ("<p class='byline'>By Jane Doe, Example Times</p>TEXT", ("Jane Doe",)),
    ("TEXT<div id='comments'><a rel='author'>Troll One</a></div>", ()),
    ("TEXT<div class='author-bio'>Follow us</div>", ()),
    ("<p>By the end of May</p>TEXT", ()),
]


@pytest.mark.parametrize(("body", "names"), VISIBLE)
def test_visible_bylines(body: str, names: tuple[str, ...]) -> None:
    assert authors(body) == names


CONVENTIONS = [
    ("<p>作者：王小明</p>TEXT", ("王小明",)),
    ("<p>2024-05-02 来源：例城日报 作者：王小明 李丽</p>TEXT", ("王小明", "李丽")),
    ("<p>文/王小明</p>TEXT", ("王小明",)),
    ("<p>文丨王小明 编辑丨李丽</p>TEXT", ("王小明",)),
    ("<p>本报记者 王小明 李丽</p>TEXT", ("王小明", "李丽")),
    ("<p>例城晚报见习记者 王小明</p>TEXT", ("王小明",)),
    ("<p>例城讯（记者 王小明 通讯员 李丽）" + CHINESE + "</p>TEXT", ("王小明", "李丽")),
    ("TEXT<p>" + CHINESE + "（王小明）</p>", ("王小明",)),
    ("TEXT<p>" + CHINESE + "（记者 欧阳文 李丽）</p>", ("欧阳文", "李丽")),
    ("TEXT<p>撰文：王小明</p>", ("王小明",)),
    ("TEXT<p>采写：南都见习记者 王小明</p>", ("王小明",)),
    ("TEXT<p>新例报记者 王小明</p><p>编辑 李丽 校对 赵强</p>", ("王小明",)),
    ("<p>来源：例城日报</p>TEXT<p>责任编辑：李丽</p>", ()),
    ("<p>作者：李丽</p>TEXT<p>责任编辑：李丽</p>", ()),
    ("TEXT<p>" + CHINESE + "（完）</p>", ()),
    ("<p>记者从市交通部门获悉，" + CHINESE + "</p>TEXT", ()),
    ("<p>图为新线路。（李丽摄）</p>TEXT", ()),
    ("<p>作者：阿卜杜拉·买买提</p>TEXT", ("阿卜杜拉·买买提",)),
]


@pytest.mark.parametrize(("body", "names"), CONVENTIONS)
def test_chinese_conventions(body: str, names: tuple[str, ...]) -> None:
    assert authors(body, "<meta name='author' content='例城网'>", "公交线路调整方案公布", CHINESE) == names


OTHERS = [
    (JAPANESE, "TEXT<p>" + JAPANESE + "【山田太郎】</p>", ("山田太郎",)),
    (JAPANESE, "<p>取材・文／山田 花子</p>TEXT", ("山田 花子",)),
    (KOREAN, "<p>홍길동 기자</p>TEXT", ("홍길동",)),
    (KOREAN, "<p>[서울=예시뉴스] 홍길동 기자 = 2024.05.02</p>TEXT", ("홍길동",)),
]


@pytest.mark.parametrize(("text", "body", "names"), OTHERS)
def test_japanese_and_korean_conventions(text: str, body: str, names: tuple[str, ...]) -> None:
    assert authors(body, title=text[:12], text=text) == names
