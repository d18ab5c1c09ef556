"""Readers' comments and other stories below the text are told by their form, as their boxes often have no names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from crawler.extractors import extract
from crawler.items import Page


@dataclass(frozen=True)
class Words:
    """What a page of one language says."""

    text: list[str]
    posted: str
    comments: list[tuple[str, str, str]]
    """Name, moment, text."""
    stories: list[tuple[str, str]]
    """Headline, summary."""


# fmt: off
LANGUAGES = {
    "en": Words(
        ["The first night train to the coast left at eleven on Friday, with three sleeping cars and a restaurant.",
         "Tickets had been sold out since March, so the railway added a second departure, which leaves at midnight.",
         "“People want to arrive rested,” said the line's manager, Oda Brekke, who also runs the ferries."],
        "Posted by {} at {}",
        [("Anna K.", "March 3, 2012 at 4:12 pm", "I took this train last week, and the beds are better than before."),
         ("trainman", "March 3, 2012 at 6:40 pm", "Nice, but who pays for it? Not the people who sleep in it."),
         ("Lena", "March 7, 2012 at 11:59 am", "Does anybody know whether dogs are allowed? I did not ask.")],
        [("A museum of sleep opens in a shed", "It has forty beds, all of them occupied."),
         ("Ferries will stop in June", "The last of the three boats is sold."),
         ("Why the bridge is closed", "Engineers look for cracks once a week.")],
    ),
    "de": Words(
        ["Der erste Nachtzug an die Küste fuhr am Freitag um elf Uhr ab, mit drei Schlafwagen und einem Speisewagen.",
         "Die Karten waren seit März ausverkauft, weshalb die Bahn einen zweiten Zug um Mitternacht fahren lässt.",
         "„Die Leute wollen ausgeruht ankommen“, sagte die Leiterin, Oda Brekke, die auch die Fähren betreibt."],
        "Geschrieben von {} am {}",
        [("Anna K.", "03.03.2012, 16:12 Uhr", "Ich bin letzte Woche mitgefahren, und die Betten sind besser."),
         ("bahnfreund", "03.03.2012, 18:40 Uhr", "Schön, aber wer bezahlt das? Nicht die, die darin schlafen."),
         ("Lena", "vor 3 Tagen", "Weiß jemand, ob Hunde mitdürfen? Auf der Seite steht nichts davon.")],
        [("Ein Museum des Schlafs öffnet am Meer", "Es hat vierzig Betten, die alle belegt sind."),
         ("Die Fähren fahren ab Juni nicht mehr", "Das letzte der drei Boote wird verkauft."),
         ("Warum die Brücke gesperrt ist", "Ingenieure suchen jede Woche nach Rissen.")],
    ),
    "ru": Words(
        ["Первый ночной поезд на побережье отправился в пятницу в одиннадцать часов, с тремя спальными вагонами.",
         "Билеты были распроданы ещё в марте, поэтому железная дорога добавила второй поезд, он уходит в полночь.",
         "«Люди хотят приехать отдохнувшими», — сказала начальница линии Ода Брекке, она управляет и паромами."],
        "Автор: {}, {}",
        [("Анна К.", "3 марта 2012, 16:12", "Ездила на этом поезде на прошлой неделе, и постели лучше."),
         ("путеец", "3 марта 2012, 18:40", "Красиво, но кто за это платит? Не те, кто в нём спит, как всегда."),
         ("Лена", "7 марта 2012, 11:59", "Кто-нибудь знает, можно ли с собакой? На сайте ничего нет.")],
        [("У моря открылся музей сна", "В нём сорок кроватей, и все они заняты."),
         ("Паромы прекратят ходить в июне", "Последний из трёх кораблей продадут."),
         ("Почему мост закрыт по вторникам", "Инженеры раз в неделю ищут трещины.")],
    ),
    "zh": Words(
        ["开往海岸的第一班夜行列车于周五晚十一点发车，共有三节卧铺车厢和一节餐车，车上几乎座无虚席。",
         "车票自三月起就已售罄，因此铁路公司增加了第二班列车，于午夜发车，每周五和周日各开行一次。",
         "“人们希望到达时已经休息好了，”线路经理奥达·布雷克说，她同时也负责管理开往各岛的渡轮。"],
        "{} 发表于 {}",
        [("安娜", "2012-03-03 16:12:20", "上周我坐了这趟车，床铺比老的那趟好多了。"),
         ("铁道迷", "2012-03-03 18:40:09", "不错，但是谁来买单呢？反正不是睡在里面的人。"),
         ("丽娜", "3天前", "有人知道可以带狗吗？铁路公司的网站上没有说明。")],
        [("海边开了一家睡眠博物馆", "馆里有四十张床，全都有人睡着。"),
         ("渡轮六月起停航", "三艘船中的最后一艘将卖给博物馆。"),
         ("大桥为何每周二封闭", "工程师每周检查一次裂缝。")],
    ),
    "ja": Words(
        ["海岸行きの最初の夜行列車が金曜日の午後十一時に出発した。寝台車三両と食堂車一両の編成で、ほぼ満席だった。",
         "切符は三月から売り切れており、鉄道会社は二本目の列車を追加した。こちらは真夜中に出発する。",
         "「人々は休んでから到着したいのです」と路線の責任者オダ・ブレッケ氏は話す。渡し船も運営している。"],
        "投稿者：{} {}",
        [("アンナ", "2012年3月3日 16:12", "先週この列車に乗りました。寝台は古い列車より良いです。"),
         ("鉄道好き", "2012年3月3日 18:40", "いいですね。でも誰が払うのでしょうか。"),
         ("レナ", "2012年3月7日 11:59", "犬を連れて行けるか、知っている人はいますか。")],
        [("海辺に眠りの博物館が開館", "四十台のベッドがあり、すべて誰かが眠っている。"),
         ("渡し船は六月に終わる", "最後の一隻は売られる。"),
         ("橋が火曜日に閉まる理由", "技術者が週に一度ひび割れを探す。")],
    ),
}
# fmt: on

COMMENTS = {
    "rows": "<tr><td{c}>{name}<br>{moment}</td><td>{text}</td></tr>",
    "rows by turns": "<tr><td{c}>{posted}</td></tr><tr><td>{text}</td></tr>",
    "tables": "<table><tr><td><b>{name}</b></td><td>{moment}</td></tr><tr><td colspan=2>{text}</td></tr></table>",
    "ids": "<div id=c7123{n}><div>{name}</div><div{c}>{moment}</div><div><p>{text}</p></div></div>",
    "text first": "<div{c}><p>{text}</p><p><small>{posted}</small></p></div>",
    "items": "<li{c}><cite>{name}</cite><br><small><a href='#c{n}'>{moment}</a></small><p>{text}</p></li>",
    "lines": "<b>{name}</b> {moment}<br>{text}<br><br>",
    "forum": "<div{c}><div>#{n} {moment}</div><div><a href=/u/{n}>{name}</a></div><div>{text}<br>{text}</div></div>",
}
STORIES = {
    "boxes": "<div{c}><h3><a href=/n/{n}.html>{head}</a></h3><p>{text}</p></div>",
    "cells": "<tr><td{c}><a href=/n/{n}.html><img src=/t{n}.jpg><br><b>{head}</b></a><br>{text}</td></tr>",
    "rows": "<tr><td{c}><a href=/n/{n}.html>{head}</a></td></tr><tr><td>{text} <a href=/n/{n}.html>»</a></td></tr>",
    "items": "<li{c}><a href=/n/{n}.html>{head}</a><p>{text}</p></li>",
    "terms": "<dt{c}><a href=/n/{n}.html>{head}</a></dt><dd>{text}</dd>",
}
AROUND = {"<tr>": "<table>{}</table>", "<li{": "<ol>{}</ol>", "<dt{": "<dl>{}</dl>"}


def text_of(markup: str) -> list[str]:
    """Extract a page with this markup in its body."""
    html = f"<title>Night trains return</title><body>{markup}</body>"
    fetched = datetime(2026, 1, 2, tzinfo=UTC)
    return extract(Page("https://a.example/1.html", html.encode(), [], fetched, complete=True)).text.split("\n")


def assert_cut(words: Words, units: str, form: str) -> None:
    text = "".join(f"<p>{line}</p>" for line in words.text)
    below = AROUND.get(form[:4], "<div>{}</div>").format(units)
    for page in (
        f"<div class=article-body><h1>Night trains return</h1>{text}{below}</div>",
        f"<div><div>{text}</div><div>{below}</div></div>",
        f"<table><tr><td>{text}</td></tr><tr><td>{below}</td></tr></table>",
    ):
        assert text_of(page) == words.text


@pytest.mark.parametrize("words", LANGUAGES.values(), ids=LANGUAGES)
@pytest.mark.parametrize("form", COMMENTS.values(), ids=COMMENTS)
@pytest.mark.parametrize("names", ["", " class=k3x"], ids=["unnamed", "renamed"])
def test_comments_below_the_text_are_removed(words: Words, form: str, names: str) -> None:
    units = [
        form.format(c=names, n=n, name=name, moment=moment, text=text, posted=words.posted.format(name, moment))
        for n, (name, moment, text) in enumerate(words.comments)
    ]
    assert_cut(words, "".join(units), form)


@pytest.mark.parametrize("words", LANGUAGES.values(), ids=LANGUAGES)
@pytest.mark.parametrize("form", STORIES.values(), ids=STORIES)
@pytest.mark.parametrize("names", ["", " class=k3x"], ids=["unnamed", "renamed"])
def test_stories_below_the_text_are_removed(words: Words, form: str, names: str) -> None:
    units = [form.format(c=names, n=n, head=head, text=text) for n, (head, text) in enumerate(words.stories)]
    assert_cut(words, "".join(units), form)


REPLIES = {
    "reply": "<div><b>Anonymous</b> <i>{moment}</i><p>{text}</p><a href='/a?replytocom={n}#respond'>+</a></div>",
    "script": "<div><i>{moment}</i><p>{text}</p><p><a href='javascript:reply({n})'>+</a></p></div>",
    "quote": "<tr><td>Guest<br>{moment}</td><td>{text}<br><a href='newreply.php?do=newreply&p={n}'>+</a></td></tr>",
}


@pytest.mark.parametrize("words", LANGUAGES.values(), ids=LANGUAGES)
@pytest.mark.parametrize("form", REPLIES.values(), ids=REPLIES)
def test_comments_of_one_name_with_links_to_reply_are_removed(words: Words, form: str) -> None:
    units = [form.format(n=n, moment=moment, text=text) for n, (_, moment, text) in enumerate(words.comments)]
    assert_cut(words, "".join(units), form)


TEXT = LANGUAGES["en"].text
SAID = "The conductor wakes you for the sunrise, and the bar never closes, which those in the beds above it regret. "


@pytest.mark.parametrize(
    "unit",
    [
        "<div><h3><a href=/n/{n}.html>The Sleeping Herring, line {n}</a></h3><p>{said}</p></div>",
        "<div><h3><a href=/n/{n}.html>The Sleeping Herring, line {n}</a></h3><p>No. {n}. {said}{said}{said}</p></div>",
        "<div><h3>Stop {n}</h3><p>May {n}, 2026, 4:1{n} pm</p><p>{said}</p></div>",
        "<div><div>1{n}:32</div><p>{said}</p></div>",
        "<div><div>{n} May 2012</div><p>{said}</p></div>",
    ],
    ids=["round-up", "long round-up", "events", "ticker", "chronicle"],
)
def test_units_that_are_the_text_are_kept(unit: str) -> None:
    units = [unit.format(n=n, said=SAID) for n in range(1, 7)]
    page = f"<div class=article-body>{''.join(f'<p>{line}</p>' for line in TEXT)}{''.join(units)}</div>"
    assert sum(SAID.strip() in line for line in text_of(page)) == 6


def test_the_text_goes_on_below_comments() -> None:
    comments = "".join(
        f"<div><i>{name}, {moment}</i><p>{said}</p></div>" for name, moment, said in LANGUAGES["en"].comments
    )
    page = f"<div class=article-body><p>{TEXT[0]}</p><p>{TEXT[1]}</p><p>{SAID}</p>{comments}<p>{TEXT[2]}</p></div>"
    assert text_of(page) == [TEXT[0], TEXT[1], SAID.strip(), TEXT[2]]


MOMENTS = {
    "en": ["November 29, 2026 at {}:32 pm", "29 November 2026, {}:32", "{} minutes ago"],
    "de": ["29.11.2026, {}:32 Uhr", "29. November 2026, {}:32 Uhr", "vor {} Minuten"],
    "zh": ["2026-11-29 {}:32", "2026年11月29日 {}:32", "{}分钟前"],
}
ENTRIES = {
    "boxes": "<div><div>{moment}</div><p>{text}</p></div>",
    "reporters": "<div><time>{moment}</time><div>{name}</div><p>{text}</p><p>{text}</p></div>",
    "reporter's line": "<div><p><small>{name}, {moment}</small></p><p>{text}</p></div>",
    "bold lines": "<div><div>{moment}</div><p><b>{head}</b></p><p>{text}</p></div>",
    "lines": "<b>{moment}</b><br>{text}<br><br>",
    "items": "<li><span>{moment}</span><p>{text}</p></li>",
    "shared": "<div><div>{moment}</div><p>{text}</p><a href='/share?at={moment}'>Share</a></div>",
    "quoted posts": "<div><div>{moment}</div><p>{text}</p><a href='https://x.example/intent?reply_to=7'>↩</a></div>",
}


@pytest.mark.parametrize(
    ("language", "moment"), [(language, moment) for language, forms in MOMENTS.items() for moment in forms]
)
@pytest.mark.parametrize("form", ENTRIES.values(), ids=ENTRIES)
def test_a_live_ticker_below_its_introduction_is_kept(language: str, moment: str, form: str) -> None:
    words = LANGUAGES[language]
    names, heads = [name for name, *_ in words.comments[:2]], [head for head, _ in words.stories]
    texts = [words.comments[n % 3][2] + " " + words.stories[n // 3][1] for n in range(8)]
    entries = "".join(
        form.format(moment=moment.format(23 - n), text=text, name=names[n % 2], head=heads[n % 3])
        for n, text in enumerate(texts)
    )
    introduction = "".join(f"<p>{line}</p>" for line in words.text)
    found = "\n".join(text_of(f"<div class=article-body><h1>Night trains return</h1>{introduction}{entries}</div>"))
    assert [text for text in texts if text not in found] == []


def test_a_chronicle_with_times_is_kept() -> None:
    days = ["3 March 2026, 4:10", "12 April 2026, 9:32", "30 May 2026, 23:01", "1 June 2026, 7:15"]
    entries = "".join(f"<div><div>{day}</div><p>{n}. {SAID}</p></div>" for n, day in enumerate(days))
    page = f"<div class=article-body>{''.join(f'<p>{line}</p>' for line in TEXT)}{entries}</div>"
    assert sum(SAID.strip() in line for line in text_of(page)) == 4
