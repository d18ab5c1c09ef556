"""Every word of a body is in its text, or is the caption of one of its pictures."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml.html import fragment_fromstring

from crawler.extractors import body
from crawler.extractors.body import Body
from crawler.extractors.document import parse
from crawler.extractors.dom import text_lines
from crawler.items import Page

PROSE = {
    "en": "The harbour bridge reopened on Tuesday morning, eleven months after engineers found cracks in two piers.",
    "de": "Die Hafenbrücke ist seit Dienstag wieder offen, elf Monate nachdem Ingenieure Risse gefunden hatten.",
    "ru": "Портовый мост открыли во вторник, через одиннадцать месяцев после того, как нашли трещины в опорах.",
    "zh": "港口大桥在关闭十一个月后于周二上午重新开放，工程师此前在两座桥墩上发现了裂缝，市政府用贷款支付费用。",
    "ja": "港の橋は火曜日の朝、橋脚にひびが見つかってから十一か月ぶりに再び開通した、と市が発表した。",
}
SHORT = {
    "en": "Loosen the four bolts.",
    "de": "Lösen Sie die Schrauben.",
    "ru": "Ослабьте болты.",
    "zh": "用手拧松四个螺栓。",
    "ja": "四本のボルトを手で緩める。",
}
A, B = "https://i.example/2026/large-0001.jpg", "https://i.example/2026/other-0002.jpg"
languages = pytest.mark.parametrize("language", sorted(PROSE))


def read(markup: str, language: str = "en") -> Body:
    text = f"<p>{PROSE[language]}</p>" * 3
    article = f"<div class=article-body>{text}{markup}<p>{PROSE[language]}</p></div>"
    page = f"<html><body><h1>A title</h1>{article}</body></html>"
    found = body.read(
        parse(Page("https://a.example/1", page.encode(), [], datetime(2026, 1, 2, tzinfo=UTC))), None, "A title"
    )
    told = "\n".join([found.text, *(image.caption for image in found.images)])
    assert [line for line in text_lines(fragment_fromstring(f"<div>{found.html}</div>")) if line not in told] == []
    return found


def lines(found: Body) -> list[str]:
    return [line for line in found.text.split("\n") if line not in PROSE.values()]


@languages
@pytest.mark.parametrize(
    "markup",
    [
        f"<p><img src={A}><b>{{}}</b> 2026</p>",
        f"<div class=q7><img src={A}> 2026 <a href=https://b.example/>{{}}</a></div>",
        f"<p><a href=/large><img src={A}></a><em>{{}}</em> 2026</p>",
    ],
)
def test_a_paragraph_with_an_icon_is_text(language: str, markup: str) -> None:
    found = read(markup.format(SHORT[language]), language)
    assert SHORT[language] in "".join(lines(found))
    assert [image.caption for image in found.images] == [""]


@languages
def test_items_with_a_cover_are_text(language: str) -> None:
    items = "".join(f"<li><div><img src=/{n}.jpg><span>{SHORT[language]} {n}</span></div></li>" for n in range(3))
    assert lines(read(f"<ul>{items}</ul>", language)) == [f"{SHORT[language]} {n}" for n in range(3)]


@languages
@pytest.mark.parametrize(
    "markup",
    [
        "<figure><div class=zoom><img src={a}><span>Zoom</span></div><figcaption>{c}</figcaption></figure>",
        "<div class=w1><figure><img src={a}></figure><figcaption>{c}</figcaption></div>",
        "<div class=w1><div><img src={a}></div><div class=media-caption><b class=credit>{c}</b></div></div>",
        "<img src={a}><p class=photo-caption>{c}</p>",
        "<p><img src={a}></p><p class=caption>{c}</p><p><img src={b}></p>",
    ],
)
def test_a_picture_has_its_caption_once(language: str, markup: str) -> None:
    found = read(markup.format(a=A, b=B, c=SHORT[language]), language)
    assert found.images[0].caption == SHORT[language] and lines(found) == []


def test_a_picture_that_is_shown_twice_has_both_captions() -> None:
    figure = f"<figure><img src={A}><figcaption>{{}}</figcaption></figure>"
    found = read(figure.format("The quay.") + figure.format("The quay at dawn.") + figure.format("The quay."))
    assert [image.caption for image in found.images] == ["The quay. The quay at dawn."]


@languages
@pytest.mark.parametrize("name", ["image", "photo", "content-img", "pictureBox"])
def test_a_long_text_in_a_box_named_for_a_picture_is_its_caption(language: str, name: str) -> None:
    caption = " ".join([PROSE[language].replace("1", "2") + "!"] * 2)
    found = read(f"<div class={name}><a href=/large.jpg><img src={A}></a><span>{caption}</span></div>", language)
    assert lines(found) == [] and found.images[0].caption == caption


@languages
@pytest.mark.parametrize(
    "markup",
    [
        "<figure><figcaption>{}</figcaption></figure>",
        "<figure><picture></picture><figcaption>{}</figcaption></figure>",
        "<div class=image-caption>{}</div>",
    ],
)
def test_a_caption_without_a_picture_is_removed(language: str, markup: str) -> None:
    found = read(markup.format(SHORT[language]), language)
    assert SHORT[language] not in found.html and found.images == ()


def test_the_caption_of_a_player_stays_in_the_body() -> None:
    player = "<iframe src=https://www.youtube.com/embed/abcdef12345></iframe>"
    page = f"<figure>{player}<figcaption>A film.</figcaption></figure>"
    text = f"<p>{PROSE['en']}</p>" * 3
    document = parse(
        Page("https://a.example/1", f"<div>{text}{page}</div>".encode(), [], datetime(2026, 1, 2, tzinfo=UTC))
    )
    found = body.read(document, None, "A title")
    assert "A film." in found.html and "A film." not in found.text
