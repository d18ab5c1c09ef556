"""Single lines are kept between paragraphs and removed before and after them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extractors import body
from crawler.extractors.document import parse
from crawler.items import Page

TITLE = "Night trains return to the coast"
PARAGRAPHS = [
    "The first night train to the coast left at eleven on Friday, with three sleeping cars and a restaurant.",
    "Tickets had been sold out since March, so the railway added a second departure, which leaves at midnight.",
    "“People want to arrive rested,” said the line's manager, Oda Brekke, who also runs the ferries.",
]
TEXT = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)


def lines_of(before: str = "", after: str = "", between: str = "", authors: tuple[str, ...] = ()) -> list[str]:
    """Extract an article with this markup around or between its paragraphs; return its other lines."""
    first, _, rest = TEXT.partition("</p>")
    page = (
        f"<html><head><title>{TITLE}</title></head><body><div class=article-body>{before}{first}</p>{between}{rest}"
        f"{after}</div></body></html>"
    )
    fetched = Page("https://a.example/1", page.encode(), [], datetime(2026, 1, 2, tzinfo=UTC))
    found = body.read(parse(fetched), None, TITLE, authors=authors)
    lines = found.text.split("\n")
    assert [line for line in lines if line in PARAGRAPHS] == PARAGRAPHS
    return [line for line in lines if line not in PARAGRAPHS]


@pytest.mark.parametrize(
    "line",
    [
        "It opens in May.", "Will it last", "So they wait", "No one knows, the railway says",
        "Fares: 40 euros", "列车每晚十一点发车", "Кто поедет первым", "https://timetable.example/night/2026",
    ],
)  # fmt: skip
def test_a_short_paragraph_at_either_end_is_kept(line: str) -> None:
    assert lines_of(before=f"<p>{line}</p>") == [line]
    assert lines_of(after=f"<p>{line}</p>") == [line]


@pytest.mark.parametrize(
    "line",
    [
        "By Oda Brekke and Jan Moe", "Von: Oda Brekke", "Stand: 22.04.2024, 06:00 Uhr", "Published on June 4, 2025",
        "2022.01.20 16:31 来源：河南日报客户端", "发表于 2004年12月27日 12:40 - (阅读:3727;评论:63)",
        "本报记者 王燕平 方云凤",
        "2025年1月13日 午後9時19分", "3 min read", "Lesedauer: 2 Min.", "oda.brekke@coast.example", "Video", "AFP/dpa",
        "Atualizado em 22/10/2010 20:13", "Just now", "Posted 1 hour ago", "2 days, 3 hours ago", "Yesterday at 23:01",
        "1小时10分钟前", "vor 2 Tagen",
    ],
)  # fmt: skip
def test_a_paragraph_that_is_a_byline_or_a_date_is_removed(line: str) -> None:
    assert lines_of(before=f"<p>{line}</p>") == []
    assert lines_of(after=f"<p>{line}</p>") == []


@pytest.mark.parametrize("line", ["Politics", "Keep Reading", "分享让更多人看到", "Text size"])
def test_a_label_beside_the_paragraphs_is_removed(line: str) -> None:
    assert lines_of(before=f"<div><span>{line}</span></div>") == []
    assert lines_of(after=f"<div><span>{line}</span></div>") == []


def test_a_sentence_that_begins_with_a_date_is_kept() -> None:
    line = "2022年3月18日，第一班夜车从首都开出。"
    assert lines_of(before=f"<p>{line}</p>") == [line]
    assert lines_of(after="<p>On 4 June 2025 it stopped.</p>") == ["On 4 June 2025 it stopped."]


def test_headings_between_paragraphs_are_kept_except_the_headline() -> None:
    headings = "<h1>Three cars</h1><h2><a href='#fares'>What it costs</a></h2><h3 id=fares>Fares</h3>"
    assert lines_of(between=headings) == ["Three cars", "What it costs", "Fares"]
    assert lines_of(before=f"<h1>A shorter headline</h1><h2>{TITLE}</h2>") == []
    assert lines_of(after="<h3>Recommended</h3>") == []
    assert lines_of(after="<h3>Fares</h3><p>From 40 euros.</p>") == ["Fares", "From 40 euros."]


def test_a_heading_that_leads_elsewhere_is_removed() -> None:
    assert lines_of(between="<h3><a href='/2'>Ferries will stop in June, says the railway</a></h3>") == []


def test_linked_headings_of_a_list_are_kept_and_those_of_teasers_removed() -> None:
    told = "Beds with a view of the fjord, a bar that never closes and a conductor who wakes you for the sunrise. " * 2
    trains = ("The Polar Night Express", "The Sleeping Herring Line", "The Midnight Mail to Bergen")
    things = "".join(f"<h3><a href='https://a.example/'>{name}</a></h3><p>{name}: {told}</p>" for name in trains)
    assert lines_of(between=things)[::2] == list(trains)
    teasers = things.replace(told, "A bar that never closes, and other stories of the week.")
    assert not set(lines_of(between=teasers)) & set(trains)


def test_a_list_of_links_announced_by_the_text_is_kept() -> None:
    listed = ["Tickets by post", "By tram"]
    links = "<ul>" + "".join(f"<li><a href=https://a.example/>{line}</a></li>" for line in listed) + "</ul>"
    assert lines_of(between=f"<p>Two ways to get there:</p>{links}") == ["Two ways to get there:", *listed]
    boxed = f"<div><p>Two ways to get there:</p></div><div>{links}</div><div><p>{PARAGRAPHS[0]} So it was.</p></div>"
    assert lines_of(between=boxed)[:3] == ["Two ways to get there:", *listed]
    for line in ("Read also:", "Related railway articles:", "You may also be interested in:", "Two ways to get there"):
        assert not set(lines_of(between=f"<p>{line}</p>{links}")) & set(listed)
    assert not set(lines_of(after=f"<p>References:</p>{links}")) & set(listed)


@pytest.mark.parametrize(
    "markup",
    [
        "<p>Ida Holm is a reporter who covers railways and ferries. She lives near the coast.</p>",
        "<p>• Ida Holm, who has never missed a train, is the author of two books about sleeping cars.</p>",
        "<div><h4>Ida Holm</h4><p>Railway editor. At the paper since 2009, on trains since 1981.</p></div>",
    ],
)
def test_lines_about_the_author_at_the_end_are_removed(markup: str) -> None:
    assert lines_of(after=markup, authors=("Ida Holm",)) == []
    assert lines_of(after=markup) != []


def test_sentences_about_the_author_within_the_text_are_kept() -> None:
    lines = [
        "Ida Holm took the second train and slept.",
        "Ida Holm can be reached at the paper, where she sleeps less.",
    ]
    assert lines_of(after="".join(f"<p>{line}</p>" for line in lines), authors=("Ida Holm",)) == lines


@pytest.mark.parametrize(
    "markup",
    [
        "<h3>About the Author</h3><img src=/ida.jpg><p>Ida Holm</p><p>She rides trains, and writes of them.</p>",
        "<div><p>About the reviewers</p><p>Ida Holm has never missed a train in her life, she says.</p></div>",
        "<h2>作者简介</h2><p>艾达，铁路记者，写过两本关于卧铺车厢的书。</p>",
        "<h2>Latest News</h2><div><h3><a href=/2>A museum of sleep</a></h3><p>It opens in May, in a shed.</p></div>",
        "<h3>You may also like these</h3><div><img src=/b.jpg><p>Ferries, and who still takes them.</p></div>",
        "<h3>Mehr zum Thema</h3><div><p>Fähren im Norden, und wer sie noch nimmt.</p></div>",
    ],
)
def test_a_section_after_the_text_is_removed_with_its_pictures(markup: str) -> None:
    assert lines_of(after=markup) == []
    page = f"<html><body><div class=article-body>{TEXT}<img src=/train.jpg>{markup}</div></body></html>"
    found = body.read(
        parse(Page("https://a.example/1", page.encode(), [], datetime(2026, 1, 2, tzinfo=UTC))), None, TITLE
    )
    assert [image.url for image in found.images] == ["https://a.example/train.jpg"]


def test_pictures_before_a_section_after_the_text_are_kept() -> None:
    lines = "<br>".join(
        [PARAGRAPHS[0], "<img src=/train.jpg>", *PARAGRAPHS[1:], "About the author", "Ida rides trains."]
    )
    page = f"<html><body><div class=article-body>{lines}<img src=/ida.jpg></div></body></html>"
    fetched = Page("https://a.example/1", page.encode(), [], datetime(2026, 1, 2, tzinfo=UTC))
    found = body.read(parse(fetched), None, TITLE)
    assert found.text.split("\n") == PARAGRAPHS
    assert [image.url for image in found.images] == ["https://a.example/train.jpg"]


def test_a_section_after_the_text_ends_where_the_text_goes_on() -> None:
    teaser = "<h3>Related stories</h3><div><p>Ferries of the north, and who still takes them.</p></div>"
    more = ["What it costs", "From 40 euros for a seat, from 90 for a bed, and children under six travel free."]
    after = f"{teaser}<h3>{more[0]}</h3><p>{more[1]}</p>"
    assert lines_of(after=after) == more
    about = "<h2>About the author</h2><p>Ida Holm rides trains, mostly at night, and mostly on time.</p>"
    assert lines_of(after=f"{about}<h2>{more[0]}</h2><p>{more[1]}</p>") == more
    assert lines_of(after=f"{about}<h3>Elsewhere</h3><p>{more[1]}</p>") == []


def test_a_heading_about_the_author_before_most_of_the_text_is_kept() -> None:
    between = "<h2>About the author</h2><p>She wrote it on a night train, as everybody who has read it knows.</p>"
    assert len(lines_of(between=between)) == 2


@pytest.mark.parametrize(
    "line",
    [
        "Contributing: Ida Holm, The Coast Wire", "Includes information from The Coast Wire.",
        "Contact reporter Ida Holm at 555-0100", "You may also like:", "People are also reading…",
        "Fares are given for informational purposes only and may change.", "Read our full sleeping car review",
        "Das Thema könnte dich auch interessieren:", "Join our mailing list",
        "This article is exclusive to Coast+ subscribers", "To view the full story, please join The Coast Wire.",
        "Do you have a story to tell? Write to Ida Holm.", "Enjoy the post? Tell us which line to ride next!",
        "Read our comment policy before posting.", "The views expressed by the authors of this blog are their own.",
        "Be sure to sign up below so that we can stay in touch!", "Going by train this year? Pin this guide for later.",
        "Hat Ihnen dieser Artikel gefallen? Dann werden Sie Mitglied.", "Gefällt dir unser Bahnmagazin? Wir sind frei.",
        "Ihre Meinung ist uns wichtig. Schreiben Sie uns.", "Möchten Sie den Artikel teilen?",
        "Die aktuelle Ausgabe des Bahnmagazins gibt es an jedem Kiosk.", "(Noch keine Bewertungen)",
    ],
)  # fmt: skip
def test_closing_lines_are_removed(line: str) -> None:
    assert lines_of(after=f"<p>{line}</p>") == []


@pytest.mark.parametrize(
    "lines",
    [
        ["This entry was posted on Saturday, March 3rd, 2012 at 4:12 pm and is filed under Trains.",
         "You can follow any responses to this entry through the RSS 2.0 feed.",
         "Both comments and pings are currently closed.", "Powered by WordPress"],
        ["Posted by Oda on March 3, 2012 in Trains | Permalink | Comments (4) | TrackBack (0)",
         "TrackBack URL for this entry: http://blog.example/tb/71234"],
        ["Dieser Beitrag wurde am Samstag, 3. März 2012 um 16:12 Uhr veröffentlicht und unter Züge abgelegt.",
         "Sie können alle Antworten zu diesem Eintrag durch den RSS 2.0 Feed verfolgen."],
        ["Cet article a été publié dans Trains.", "Vous pouvez suivre les réponses par le fil RSS 2.0."],
        ["Запись опубликована 3 марта 2012 в 16:12 в рубрике Поезда.", "Комментарии закрыты.",
         "Вы можете следить за ответами к этой записи через RSS 2.0, или оставить отзыв со своего сайта."],
        ["您可以通过 RSS 2.0 跟踪这篇文章的评论，也可以发表评论，或从您的网站引用。", "引用通告：http://blog.example/tb/71"],
        ["この記事のトラックバックURL：http://blog.example/tb/71234", "コメントは受け付けていません。"],
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["<p>{}</p>", "<div class=k3x>{}</div>", "<p><small>{}</small></p>"])
def test_closing_lines_of_blogs_are_removed(lines: list[str], form: str) -> None:
    assert lines_of(after="".join(map(form.format, lines))) == []


@pytest.mark.parametrize(
    "line",
    [
        "Please use Chrome browser for a more accessible video player", "after newsletter promotion",
        "Was this newsletter forwarded to you? Have it sent to your own address.", "REQUIRED READING: Sleeping cars",
        "Become a paid subscriber to Coast to unlock this piece and learn about:", "Explore further",
        "As an Amazon Associate I earn from what you order here.", "I can receive a (very) small commission.",
        "Comments on this piece are premoderated.", "Get alerts on the railway's latest plans.",
        "Follow AP’s full coverage of the railways at https://wire.example/rail", "Print This Page",
        "Other WRAL Top Stories", "Top reads on CoastWire this week", "Ein Klick für den Datenschutz",
        "Mehr zu Bahn und Fähren", "Zum Weiterlesen:", "Noch mehr Infos für dich", "Empfehlungen aus der Redaktion",
        "PUEDES VER: El tren nocturno", "Vea también: El tren nocturno",
    ],
)  # fmt: skip
def test_appeals_and_labels_of_boxes_between_paragraphs_are_removed(line: str) -> None:
    assert lines_of(between=f"<p>{line}</p>") == []


def test_a_closing_line_above_text_is_kept() -> None:
    line = "Comments are closed, says the sign at the railway's office, which nobody has opened since March."
    assert lines_of(between=f"<p>{line}</p>") == [line]


@pytest.mark.parametrize(
    "line",
    [
        "People are also sleeping in the aisles.", "You may also like the ferries, she said.",
        "Passengers can puede ver the sea from every car.", "They enjoy the trip, she said; do you have a story?",
        "Subscribers to the railway's newsletter get a promotion in May.", "The views expressed on board are loud.",
    ],
)  # fmt: skip
def test_sentences_that_begin_like_closing_lines_are_kept(line: str) -> None:
    assert lines_of(between=f"<p>{line}</p>") == [line]


def test_a_list_under_a_line_that_leads_elsewhere_is_removed_but_references_are_kept() -> None:
    links = "<ul><li>Ferries: <a href=/f>a new pier</a></li><li>Trams: <a href=/t>an old line</a></li></ul>"
    assert lines_of(after=f"<p>More railway stories</p>{links}") == []
    book = "Brekke, O.: Sleeping cars of the northern coast, their builders, their guests and their end. " * 2
    references = f"<h3>Read more</h3><ul><li>{book}<a href=/b>Library</a></li></ul>"
    assert lines_of(after=references) == [f"{book}Library"]


def test_a_line_between_a_picture_and_its_credit_is_the_caption() -> None:
    picture = "<p><img src=/a.jpg></p><h1>The night train at the coast, seen from the pier.</h1><p>Photo: AFP</p>"
    assert lines_of(between=picture) == []


def test_ids_made_of_a_headlines_words_are_ignored() -> None:
    section = "<section id='minister-promoted-after-vote-on-ads'><p>It is a slow line.</p></section>"
    assert lines_of(between=section) == ["It is a slow line."]


def test_class_names_that_are_hashes_are_ignored() -> None:
    line = "The ferry will leave at six, as it always has, even when nobody is on it."
    assert lines_of(between=f"<div class='element-7ad3f12'><p>{line}</p></div>") == [line]


def test_class_names_of_a_page_builder_are_ignored() -> None:
    piece = '<div class="elementor-element elementor-widget elementor-widget-{}">{}</div>'
    between = piece.format("heading", "<h2>What it costs</h2>") + piece.format("share-buttons", "<p>Share it now.</p>")
    assert lines_of(between=between) == ["What it costs"]


@pytest.mark.parametrize("caption", ["Costs", "Costs by year"])
def test_the_short_caption_of_a_table_at_the_end_is_kept(caption: str) -> None:
    table = f"<table><caption>{caption}</caption><tr><th>Year</th><td>2025</td></tr></table>"
    assert caption in lines_of(after=table)


@pytest.mark.parametrize(
    "line",
    [
        "Lue myös", "Čtěte také", "Čítajte aj", "Читайте також", "Прочетете още", "Pročitajte i", "Preberite še",
        "Citește și", "Olvassa el", "Διαβάστε επίσης", "קראו גם", "اقرأ أيضا", "بیشتر بخوانید", "यह भी पढ़ें",
        "Baca juga", "Xem thêm", "อ่านเพิ่มเติม", "관련 기사", "Loe ka", "Lasi arī", "Taip pat skaitykite", "Lexo edhe",
    ],
)  # fmt: skip
def test_a_line_that_leads_to_another_story_is_removed_in_every_language(line: str) -> None:
    assert lines_of(between=f"<p>{line}: <a href=/2>A story of the harbour</a></p>") == []


@pytest.mark.parametrize(
    "line",
    [
        "（原標題：港口大橋重新開放）", "原题：港口大桥重新开放", "本文转自：央广网", "打开APP，查看更多精彩内容",
        "举报/反馈", "欢迎关注官方微信公众号", "展开阅读全文", "3条回复", "回复 赞(2) 举报",
    ],
)  # fmt: skip
def test_lines_of_chinese_portals_are_removed(line: str) -> None:
    assert lines_of(between=f"<p>{line}</p>") == lines_of(after=f"<p>{line}</p>") == []


@pytest.mark.parametrize(
    "line",
    [
        "海量资讯、精准解读，尽在新浪财经APP",
        "更多精彩资讯请在应用市场下载“央广网”客户端。",
        "更多内容请关注中国新闻网客户端",
    ],
)
def test_the_promotion_of_a_chinese_portal_is_removed_at_the_end(line: str) -> None:
    more = "".join(f"<p>{paragraph} It did.</p>" for paragraph in PARAGRAPHS * 2)
    assert lines_of(after=f"{more}<p>{line}</p>") == lines_of(after=more)
