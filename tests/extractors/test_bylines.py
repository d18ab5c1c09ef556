"""Authors are people, not the publication: from markup, and from bylines as papers of many countries print them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extractors.bylines.people import people
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
    (ld('["Jane Doe", "John Roe", "and Ann Poe"]'), ("Jane Doe", "John Roe", "Ann Poe")),
    ("<p class='byline'>By <a href='/author/j'>Jane Doe</a>, <a href='/author/a'>and Ann Poe</a></p>",
     ("Jane Doe", "Ann Poe")),
    ("<p class='byline'>BY Jane Doe, John Roe, AND Ann Poe</p>", ("Jane Doe", "John Roe", "Ann Poe")),
    ("<p class='byline'>By Jane Doe, John Roe, plus Ann Poe</p>", ("Jane Doe", "John Roe", "Ann Poe")),
    (ld('[{"@type":"Person","name":"Jane Doe"},{"@type":"Organization","name":"Reuters"}]'), ("Jane Doe",)),
    (ld('{"@type":"Organization","name":"Reuters"}'), ("Reuters",)),
    (ld('{"@type":"Person","givenName":"Jane","familyName":"Doe"}'), ("Jane Doe",)),
    (ld('{"@type":"Person","name":"<a href=\\"/a\\">Jane Doe</a>"}'), ("Jane Doe",)),
    (ld('{"@type":"Person","name":"Jane O&#039;Doe"}'), ("Jane O'Doe",)),
    (ld('{"@type":"Person","name":{"@value":"Jane Doe"}}'), ("Jane Doe",)),
    (ld('[null,[],{"name":null},7,true]'), ()),
    (ld('"[\\"Jane Doe\\"]"'), ()),
    ('<script type="application/ld+json">{"@type":"NewsArticle","publisher":{"name":"Mac & i"}}</script>'
     "<meta name='dc.creator' content='Mac &amp; i'>", ()),
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


@pytest.mark.parametrize("kind", ["WebPage", "ItemPage", "FAQPage", "MedicalWebPage"])
def test_an_object_of_a_pages_type_names_the_author(kind: str) -> None:
    described = f'{{"@type": "{kind}", "author": {{"@type": "Person", "name": "Jane Doe"}}}}'
    assert authors("", f'<script type="application/ld+json">{described}</script>') == ("Jane Doe",)


VISIBLE = [
    ("<a rel='author' href='/x'>Jane Doe</a>TEXT", ("Jane Doe",)),
    ("<span itemprop='author'><span itemprop='name'>Jane Doe</span>, editor</span>TEXT", ("Jane Doe",)),
    ("<p class='byline'>By Jane Doe and John Roe</p>TEXT", ("Jane Doe", "John Roe")),
    ("<p class='byline'>ByJane Doe</p>TEXT", ("Jane Doe",)),
    ("<p class='byline'>Byron Smith</p>TEXT", ("Byron Smith",)),
    ("<div class='article-author'>ByJane Doe</div>TEXT", ("Jane Doe",)),
    ("<div class='author'><a href='/authors/x'>View Full Profile</a></div><p>By Jane Doe</p>TEXT", ("Jane Doe",)),
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


SHOWN = [
    ("<p>By Jane Doe, John Roe and Ann Poe in London</p>TEXT", ("Jane Doe", "John Roe", "Ann Poe")),
    ("<p class='byline'>By Jane Doe, Senior Reporter</p>TEXT", ("Jane Doe",)),
    (
        "<div class='byline'><span>By</span> <a href='/staff/jane-doe'>Jane Doe</a>"
        "<span>Political Correspondent</span><time>May 1, 2024</time></div>TEXT",
        ("Jane Doe",),
    ),
    (
        "<div class='byline'>By <a href='/x'>Jane Doe</a> and <a href='/y'>John Roe</a></div>TEXT",
        ("Jane Doe", "John Roe"),
    ),
    (
        "<div class='byline'><a rel='author' href='/x'>Jane Doe</a><a rel='author' href='/y'>John Roe</a></div>TEXT",
        ("Jane Doe", "John Roe"),
    ),
    ("<span class='author vcard'><a class='url fn n' href='/author/jane/'>Jane Doe</a></span>TEXT", ("Jane Doe",)),
    ("<p>Von Jürgen Groß und Anna von der Heide</p>TEXT", ("Jürgen Groß", "Anna von der Heide")),
    ("<p>Ein Kommentar von Jan Sellner</p>TEXT", ("Jan Sellner",)),
    ("<p>Von der Leyen warnt vor Folgen</p>TEXT", ()),
    ("<p>Par Hélène Dupré, correspondante à Berlin</p>TEXT", ("Hélène Dupré",)),
    ("<p>Par ailleurs, la ville paiera</p>TEXT", ()),
    ("<p>Por María Núñez e José Díaz</p>TEXT", ("María Núñez", "José Díaz")),
    ("<p>di Mario Rossi</p>TEXT", ("Mario Rossi",)),
    ("<p>di più, sempre di più</p>TEXT", ()),
    ("<p>Door Jan de Vries</p>TEXT", ("Jan de Vries",)),
    ("<p>Door deze brug rijdt niemand</p>TEXT", ()),
    ("<p class='autor'>Autor: Jan Kowalski</p>TEXT", ("Jan Kowalski",)),
    ("<p class='author'>Автор: Иван Петров</p>TEXT", ("Иван Петров",)),
    ("<p class='yazar'>Yazan: Ayşe Yılmaz</p>TEXT", ("Ayşe Yılmaz",)),
    ("<p class='author-name'>كتب: أحمد علي</p>TEXT", ("أحمد علي",)),
    ("<p class='skribent'>Av Åsa Öberg</p>TEXT", ("Åsa Öberg",)),
    ("<p class='byline'>Af Søren Ø. Møller</p>TEXT", ("Søren Ø. Møller",)),
    ("<p class='byline'>Text: Åsa Öberg Foto: Bo Ek</p>TEXT", ("Åsa Öberg",)),
    ("<p class='byline'>dpa</p>TEXT", ("dpa",)),
    ("<p class='byline'>Reuters</p>TEXT", ("Reuters",)),
    ("<p class='byline'>By Jane Doe, Reuters</p>TEXT", ("Jane Doe",)),
    ("<p class='byline'>Example Times staff</p>TEXT", ()),
    ("<p class='byline'>jane.doe@example.com</p>TEXT", ()),
    ("<p class='byline'>https://example.com/jane</p>TEXT", ()),
    ("<p class='byline'>Follow @jane</p>TEXT", ()),
    ("<p class='byline'>JANE DOE</p>TEXT", ("JANE DOE",)),
    ("<p class='byline'>Published by Jane Doe at 10:24</p>TEXT", ("Jane Doe",)),
    (
        "<div class='author'><img alt='x'><span>Jane Doe</span><span>5 min read</span><span>Share</span></div>TEXT",
        ("Jane Doe",),
    ),
    ("<div><span>Jane Doe</span> <time datetime='2024-05-01'>1 May 2024</time></div>TEXT", ("Jane Doe",)),
    ("<div><span>World News</span> <span>Bridges</span></div>TEXT", ()),
    ("<p class='post-meta'>1 May 2024 · 30 min · Jane Doe</p>TEXT", ("Jane Doe",)),
    ("TEXT<div class='teaser'><h3>Other story about rivers</h3><p class='byline'>By Jane Doe</p></div>", ()),
    ("TEXT<div class='author-box'><h4>About the author</h4><p>Jane Doe writes about rivers.</p></div>", ()),
    ("<p class='byline'>By John Garcia Jr.</p>TEXT", ("John Garcia Jr.",)),
    ("<p class='byline'>By Jane Doe For Example.com</p>TEXT", ("Jane Doe",)),
    ("<p class='byline'>By Dr. Jane Doe, MD, PhD</p>TEXT", ("Dr. Jane Doe",)),
    ("<p class='byline'>Jane Doe &amp; John Roe</p>TEXT", ("Jane Doe", "John Roe")),
    ("<p class='byline'>Jane Doe / John Roe</p>TEXT", ("Jane Doe", "John Roe")),
    ("<p class='byline'>By Jane Doe and Jane Doe</p>TEXT", ("Jane Doe",)),
    ("<address>By <a rel='author' href='/a'>Jane Doe</a></address>TEXT<p>By John Roe</p>", ("Jane Doe",)),
    ("<span class='firstname'>Jane</span>TEXT", ()),
    ("<div class='author'><span>Jane</span> <span>Doe</span></div>TEXT", ("Jane Doe",)),
    ("<p>Szerző: Kovács János</p>TEXT", ("Kovács János",)),
    ("<p class='author'>Napsal Jan Novák</p>TEXT", ("Jan Novák",)),
    ("<p class='byline'>Words by Jane Doe, photographs by John Roe</p>TEXT", ("Jane Doe",)),
    ("<p class='byline'>O'Neil McDonald-Smith</p>TEXT", ("O'Neil McDonald-Smith",)),
    ("<p class='byline'>von Max Muster, Berlin</p>TEXT", ("Max Muster",)),
    # in elements of their own, in the text after an element, after the date
    ("<span>Written by:</span><picture><img src='/x.jpg'></picture><span>Jane Doe</span>TEXT", ("Jane Doe",)),
    ("<div>About us<p><time>2024-05-02</time> 23:30 EST by Jane Doe</p></div>TEXT", ("Jane Doe",)),
    ("<div><h4>More</h4></div><div><small>2024-05-02</small> by Jane Doe<p></p></div>TEXT", ("Jane Doe",)),
    ("<p>Thursday May 2, 2024 10:24 am PDT by Jane Doe</p>TEXT", ("Jane Doe",)),
    ("<p>Jane Doe, May 2, 2024</p>TEXT", ("Jane Doe",)),
    ("<p>The best bus lines of 2024 by number of riders</p>TEXT", ()),
    # people who did not write
    ("<p><span class='byline'>By <a href='/contributors/j'>Jane Doe</a></span> <span class='byline'>Illustration by "
     "<a href='/contributors/r'>John Roe</a></span></p>TEXT", ("Jane Doe",)),
    ("<p>By <a href='/authors/j'>Jane Doe</a></p><p>Contributions from <a href='/authors/r'>John Roe</a></p>TEXT",
     ("Jane Doe",)),
    ("<div class='author'>Reviewed by: John Roe</div>TEXT", ()),
    ("<p class='byline'>Von Jane Doe (Text) und John Roe (Fotos)</p>TEXT", ("Jane Doe",)),
    ("<p class='author'>By Jane Doe, Vice President, Example Division</p>TEXT", ("Jane Doe",)),
    ("<p>By <a href='/people/jane-doe'>Jane Doe</a></p><p><a href='/people/jane-doe'>Bio</a></p>TEXT", ("Jane Doe",)),
    ("<p><a href='/people/plan'>Plan</a> was shown to everybody.</p>TEXT", ()),
    # labels
    ("<p>Aus Kiew berichtet Jane Doe</p>TEXT", ("Jane Doe",)),
    ("<p>Propos recueillis par Jane Doe</p>TEXT", ("Jane Doe",)),
    ("<p>dal nostro inviato Jane Doe</p>TEXT", ("Jane Doe",)),
    ("<p>oprac. Jane Doe</p>TEXT", ("Jane Doe",)),
    ("<p>Haber: Jane Doe</p>TEXT", ("Jane Doe",)),
    ("<p>Текст: Иван Примеров</p>TEXT", ("Иван Примеров",)),
    ("<p>Por Jane Doe, Jornal — São Paulo</p>TEXT", ("Jane Doe",)),
    # a signature
    ("TEXT<p style='text-align: right'><strong>Jane Doe</strong></p>", ("Jane Doe",)),
    ("TEXT<p align='right'>Read the rules here</p>", ()),
    # the heading is repeated between the headline and the byline
    ("<header><h2>Plan for new bus lines</h2><span class='author-name'>Jane Doe</span></header>TEXT", ("Jane Doe",)),
]  # fmt: skip


@pytest.mark.parametrize(("body", "names"), SHOWN)
def test_N6_bylines_shown_to_readers(body: str, names: tuple[str, ...]) -> None:
    assert authors(body) == names


CHOICES = [
    # authors in metadata, authors shown, the choice
    (ld('{"@type":"Person","name":"Jane Doe"}'), "<p class='byline'>By John Roe</p>TEXT", ("Jane Doe",)),
    (ld('{"@type":"Organization","name":"Reuters"}'), "<p class='byline'>By John Roe</p>TEXT", ("John Roe",)),
    ("<meta name='author' content='Condé Nast'>", "<p class='byline'>By John Roe</p>TEXT", ("John Roe",)),
    ("<meta name='author' content='jroe'>", "<p class='byline'>By John Roe</p>TEXT", ("John Roe",)),
    ("<meta name='author' content='John Roe, Jane Doe'>", "<p class='byline'>By John Roe</p>TEXT",
     ("John Roe", "Jane Doe")),
    ("<meta name='author' content='Jane Doe'>", "<p>no byline</p>TEXT", ("Jane Doe",)),
    ("<meta name='author' content='Jane Doe'>", "<div class='author-box'>John Roe, CFP</div>TEXT", ("Jane Doe",)),
    ("<meta name='author' content='John Roe'>", "<p class='byline'>By John Roe and Jane Doe</p>TEXT",
     ("John Roe", "Jane Doe")),
    # of several fields the one that the byline repeats; an account that a content system adds is none of them
    ("<meta name='author' content='Conde Publishers'><meta name='article:author' content='John Roe'>",
     "<p class='byline'><a href='/contributors/john-roe'>John Roe</a></p>TEXT", ("John Roe",)),
    ("<meta name='twitter:label1' content='Written by'><meta name='twitter:data1' content='Jane Doe'>",
     "<a class='byline__name'>John Roe</a>TEXT", ("John Roe",)),
    (ld('{"@type":"Person","name":"Example Times"}'),
     "<p class='byline'>By Example Times</p>TEXT<div class='entry-author'>John Roe</div>", ("Example Times",)),
]  # fmt: skip


@pytest.mark.parametrize(("head", "body", "names"), CHOICES)
def test_N6_choice_between_authors_in_metadata_and_shown_ones(head: str, body: str, names: tuple[str, ...]) -> None:
    assert authors(body, head) == names


ACCOUNTS = [
    # an account in JSON-LD, and who the page says wrote it
    (ld('{"@type":"Person","name":"KatieS"}'), "<p>by Jane Doe</p>TEXT", ("Jane Doe",)),
    (ld('{"@type":"Person","name":"jana.muster"}'), "<p>Von Jana Muster</p>TEXT", ("Jana Muster",)),
    (ld('{"@type":"Person","name":"redac2"}'), "<p>Par Jeanne Dupont</p>TEXT", ("Jeanne Dupont",)),
    (ld('{"@type":"Person","name":"Plato"}'), "TEXT", ("Plato",)),
    (ld('{"@type":"Person","name":"Πλάτων"}'), "<p>by Jane Doe</p>TEXT", ("Πλάτων",)),
    (
        ld('{"@type":"Person","name":"Ana Rita de Sousa e Silva"}'),
        "<p>by Jane Doe</p>TEXT",
        ("Ana Rita de Sousa e Silva",),
    ),
    (ld('{"@type":"Person","name":"Jane Doe"}'), "<p>by John Roe</p>TEXT", ("Jane Doe",)),
    # a personal site is named after its author, a paper after nobody
    ("<meta property='og:site_name' content='Jane Doe'>", "<p class='author'>Jane Doe</p>TEXT", ("Jane Doe",)),
    ("<meta property='og:site_name' content='Jana Muster'>", "<p>Von Jana Muster</p>TEXT", ("Jana Muster",)),
    ("", "<p>By Example Times</p>TEXT", ()),
    # a staff or an account with a page of its own is named where nobody else is
    ("", "<p class='byline'>By <a href='/author/example-staff/'>Example Staff</a></p>TEXT", ("Example Staff",)),
    ("", "<span class='vcard'><a class='url fn' href='/author/nightowl/'>nightowl</a></span>TEXT", ("nightowl",)),
    (
        "",
        "<span class='vcard'><a class='url fn' href='/author/example-times'>Example Times</a></span>TEXT",
        ("Example Times",),
    ),
    ("", "<p class='byline'>By <a href='/author/admin/'>admin</a></p>TEXT", ()),
    ("", "<p class='byline'><a href='/author/jd/'>More articles</a></p>TEXT", ()),
    ("", "<ul><li><a href='/library/?_author=Jane%20Doe'>Jane Doe</a></li></ul>TEXT", ("Jane Doe",)),
    # labels, buttons, cities and headlines of other stories are no names
    ("", "<div class='author'>Auteur(s) :</div>TEXT", ()),
    ("", "<p class='author'>View Comments</p>TEXT", ()),
    ("", "<p>Autorin/Autor Jana Muster</p>TEXT", ("Jana Muster",)),
    ("", "<p>06.11.2023 13:30 von Olga</p>TEXT", ("Olga",)),
]


@pytest.mark.parametrize(("head", "body", "names"), ACCOUNTS)
def test_a_byline_outranks_an_account_and_a_label_is_none(head: str, body: str, names: tuple[str, ...]) -> None:
    assert authors(body, head) == names


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


BERG, DAHL, LUND = "Ann Berg", "Ole Dahl", "Eva Lund"
LISTS = [
    # the last of several, in every language; "and" that means "in" elsewhere, on pages in its language only
    ("By Ann Berg, Ole Dahl, and Eva Lund", "en", (BERG, DAHL, LUND)),
    ("By Ann Berg; Ole Dahl; and Eva Lund", "en", (BERG, DAHL, LUND)),
    ("By Ann Berg, Ole Dahl, & Eva Lund", "en", (BERG, DAHL, LUND)),
    ("BY ANN BERG, OLE DAHL, AND EVA LUND", "en", ("ANN BERG", "OLE DAHL", "EVA LUND")),
    ("By Ann Berg and Ole Dahl with Eva Lund", "en", (BERG, DAHL, LUND)),
    ("By Ann Berg / Ole Dahl | Eva Lund", "en", (BERG, DAHL, LUND)),
    ("Von Ann Berg, Ole Dahl, und Eva Lund", "de", (BERG, DAHL, LUND)),
    ("Par Ann Berg, Ole Dahl, et Eva Lund", "fr", (BERG, DAHL, LUND)),
    ("Por Ann Berg, Ole Dahl, y Eva Lund", "es", (BERG, DAHL, LUND)),
    ("Por Ann Berg, Ole Dahl e Eva Lund", "pt", (BERG, DAHL, LUND)),
    ("Ann Berg, Ole Dahl en Eva Lund", "nl", (BERG, DAHL, LUND)),
    ("Por Ann Berg en Buenos Aires", "es", (BERG,)),
    ("Av Ann Berg, Ole Dahl och Eva Lund", "sv", (BERG, DAHL, LUND)),
    ("Ann Berg, Ole Dahl i Eva Lund", "pl", (BERG, DAHL, LUND)),
    # … a name that looks like "and", and a family name with it
    ("By Ann Berg, Con Poe", "en", (BERG, "Con Poe")),
    ("Por José Ortega y Gasset y Ann Berg", "es", ("José Ortega y Gasset", BERG)),
    ("Por María José García López y Juan de la Cruz", "es", ("María José García López", "Juan de la Cruz")),
    # roles: reporters and writers count
    ("By Ann Berg. Additional reporting by Ole Dahl.", "en", (BERG,)),
    ("By Ann Berg, with additional reporting by Ole Dahl", "en", (BERG,)),
    ("Reporting by Ann Berg in Oslo and Ole Dahl in Paris; editing by Eva Lund", "en", (BERG, DAHL)),
    ("Reporting by Ann Berg; Writing by Ole Dahl; Editing by Eva Lund", "en", (BERG, DAHL)),
    ("Von Ann Berg, Mitarbeit: Ole Dahl", "de", (BERG,)),
    # what stands beside a name
    ("By Robert Roe, Jr., and Ann Berg", "en", ("Robert Roe Jr.", BERG)),
    ("By Robert Roe, III", "en", ("Robert Roe III",)),
    ("By Ann Berg MD", "en", (BERG,)),
    ("Par Jean Marie DUPONT", "fr", ("Jean Marie DUPONT",)),
    ("ann.berg@news.example (Ann Berg)", "en", (BERG,)),
    ("Ann Berg <ann@news.example>, Ole Dahl @oledahl", "en", (BERG, DAHL)),
    ("ann.berg@news.example", "en", ()),
    ("@annberg", "en", ()),
    ("https://www.facebook.com/ann.berg", "en", ()),
    ("Von Ann Berg/dpa", "de", (BERG,)),
    ("dpa/Ann Berg", "de", (BERG,)),
    ("记者 王\u3000明 李\u3000四", "zh", ("王明", "李四")),
]


@pytest.mark.parametrize(("text", "language", "names"), LISTS)
def test_all_authors_of_a_list_are_found_and_only_they(text: str, language: str, names: tuple[str, ...]) -> None:
    assert people([text], (), language) == names


def test_a_linked_contributor_is_no_author() -> None:
    links = [f"<a href='/author/{name[:3]}'>{name}</a>" for name in (BERG, DAHL, LUND)]
    byline = f"<p class=byline>By {links[0]} and {links[1]}. Additional reporting by {links[2]}</p>TEXT"
    assert authors(byline) == (BERG, DAHL)


def test_lists_in_json_ld_and_meta_are_read_like_bylines() -> None:
    listed = "Ann Berg, Ole Dahl, and Eva Lund"
    meta = f"<meta name=author content='{listed}'>"
    assert authors("TEXT", head=ld(f'"{listed}"')) == authors("TEXT", head=meta) == (BERG, DAHL, LUND)


def test_a_chinese_byline_follows_a_heading_in_two_lines() -> None:
    html = f"<h1>新公交线路<br>方案公布</h1><p>记者 王\u3000明 李\u3000四</p>{f'<p>{CHINESE}</p>' * 3}"
    page = Page("https://www.example.com/a/1.html", f"<meta charset=utf-8>{html}".encode(), [], NOW)
    assert read(parse(page)).authors == ("王明", "李四")
