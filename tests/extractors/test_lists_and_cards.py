"""Lists of links and cards with lists that belong to the article are kept; those that lead elsewhere are removed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extractors import body
from crawler.extractors.document import parse
from crawler.items import Page

PROSE = {
    "en": "The harbour bridge reopened on Tuesday morning, eleven months after engineers found cracks in two piers.",
    "de": "Die Hafenbrücke ist seit Dienstag wieder offen, elf Monate nachdem Ingenieure Risse gefunden hatten.",
    "ru": "Портовый мост открыли во вторник, через одиннадцать месяцев после того, как нашли трещины в опорах.",
    "zh": "港口大桥在关闭十一个月后于周二上午重新开放，工程师此前在两座桥墩上发现了裂缝，市政府用贷款支付费用。",
    "ja": "港の橋は火曜日の朝、橋脚にひびが見つかってから十一か月ぶりに再び開通した、と市が発表した。",
}
POINTS = {
    "en": ("Pros", "Sways less", "Cheap toll"),
    "de": ("Vorteile", "Schwankt weniger", "Günstige Maut"),
    "ru": ("Плюсы", "Меньше качает", "Дешёвый проезд"),
    "zh": ("优点", "摇晃更少", "过桥费低"),
    "ja": ("長所", "揺れが少ない", "通行料が安い"),
}
TITLES = ["The ferry that would not sink", "Nine bridges of the northern river", "How the customs house was sold"]
languages = pytest.mark.parametrize("language", sorted(PROSE))


def lines(markup: str, language: str = "en", after: bool = True) -> list[str]:
    """Extract a page with this markup behind three paragraphs, and before one; return its other lines."""
    text = f"<p>{PROSE[language]}</p>"
    article = f"<h1>A title</h1><div class=article-body>{text * 8}{markup}{text if after else ''}</div>"
    page = f"<html><body>{article}</body></html>".encode()
    found = body.read(parse(Page("https://a.example/1", page, [], datetime(2026, 1, 2, tzinfo=UTC))), None, "A title")
    return [line for line in found.text.split("\n") if line not in PROSE.values()]


def linked(address: str) -> list[str]:
    return [f"<a href={address.format(number)}>{title}</a>" for number, title in enumerate(TITLES)]


def listed(items: list[str]) -> str:
    return "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"


@pytest.mark.parametrize("after", [True, False])
def test_titles_on_other_sites_are_kept_and_those_of_the_site_removed(after: bool) -> None:
    assert lines(listed(linked("https://b{}.example/")), after=after) == TITLES
    assert lines(listed(linked("/{}")), after=after) == []
    addresses = [f"<a href={url}>{url}</a>" for url in ("https://b.example/one/two/three", "https://c.example/one/two")]
    assert lines(listed(addresses), after=after) == []


def test_linked_headings_of_a_round_up_are_kept() -> None:
    def round_up(address: str) -> str:
        return "".join(f"<h3>{link}</h3><p>A few words.</p>" for link in linked(address))

    assert lines(round_up("https://b{}.example/"))[::2] == TITLES
    assert not set(lines(round_up("/{}"))) & set(TITLES)


def test_items_and_lists_within_a_list_are_kept_with_it() -> None:
    told = "Chapter {} of the long report, as told by the people who were there"
    parts = listed(["<a href=/a>Part one</a>", "<a href=/b>Part two</a>"])
    nested = listed([told.format(number) + parts for number in (1, 2)])
    assert lines(nested) == [told.format(1), "Part one", "Part two", told.format(2), "Part one", "Part two"]
    book = "Brekke, O. (2019). Sleeping bridges of the northern coast. Bergen: Fjord Press."
    references = listed([book, "<a href=/l>Lind, M. Bolts</a>, <a href=/t>Full text</a>", book])
    assert lines(references, after=False) == [book, "Lind, M. Bolts, Full text", book]


@languages
@pytest.mark.parametrize("name", ["card", "product-card", "summary-widget", "q7x"])
@pytest.mark.parametrize(
    "markup",
    [
        "<h3>{}</h3><ul><li>{}</li><li>{}</li></ul>",
        "<p><b>{}</b></p><div><ol><li>{}</li><li>{}</li></ol></div>",
        "<table><tr><th>{}</th></tr><tr><td>{}</td></tr><tr><td>{}</td></tr></table>",
        "<p>{}</p><dl><dt>{}</dt><dd>1</dd><dt>{}</dt><dd>2</dd></dl>",
    ],
)
def test_a_card_with_a_list_is_kept(language: str, name: str, markup: str) -> None:
    assert set(POINTS[language]) <= set(lines(f"<div class={name}>{markup.format(*POINTS[language])}</div>", language))


@languages
def test_a_card_without_a_list_is_removed(language: str) -> None:
    assert lines(f"<div class=card><h4>{POINTS[language][0]}</h4><p>{POINTS[language][1]}</p></div>", language) == []


@languages
def test_a_card_with_links_is_removed(language: str) -> None:
    card = listed([f"<a href=/{word}>{word}</a>" for word in POINTS[language]])
    assert lines(f"<div class=card><h4>{POINTS[language][0]}</h4>{card}</div>", language) == []


@languages
@pytest.mark.parametrize(
    "markup",
    [
        "<div class=card><h4>{}</h4><ul><li>{}</li></ul></div>",
        "<div class=pros-cons><h4>{}</h4><ul class=card-list><li>{}</li></ul></div>",
        "<div class=verdict><h4>{}</h4><ul><li><div class=meta-item>{}</div></li></ul></div>",
    ],
)
def test_a_list_of_one_item_below_a_heading_is_kept(language: str, markup: str) -> None:
    assert lines(markup.format(*POINTS[language]), language) == list(POINTS[language][:2])


@languages
def test_a_comparison_with_links_to_shops_is_kept(language: str) -> None:
    head, *names = POINTS[language]
    rows = "".join(f"<tr><td>{name}</td><td>{name}, 40 W</td><td><a href=/{name}>40 €</a></td></tr>" for name in names)
    table = f"<table><tr><th>{head}</th><th>W</th><th>€</th></tr>{rows}</table>"
    found = lines(f"<div class=product-table>{table}</div>", language)
    assert found == [head, "W", "€", *(line for name in names for line in (name, f"{name}, 40 W", "40 €"))]


def test_a_table_of_links_in_such_a_box_is_removed() -> None:
    rows = "".join(f"<tr><td>{link}</td></tr>" for link in linked("/{}"))
    assert lines(f"<div class=product-table><table><tr><th>More</th></tr>{rows}</table></div>") == []


def test_a_table_of_results_beside_next_to_no_text_is_removed() -> None:
    rows = "".join(f"<tr><td><a href=/{n}>Player {n}</a></td><td>{n}23 yards</td></tr>" for n in range(4))
    table = f"<div class=card><table><tr><th>Rushing leader</th><th>Yards</th></tr>{rows}</table></div>"
    page = f"<html><title>Scores</title><body><div><p>{PROSE['en']}</p>{table}</div></body></html>".encode()
    found = body.read(parse(Page("https://a.example/1", page, [], datetime(2026, 1, 2, tzinfo=UTC))), None, "Scores")
    assert found.text == PROSE["en"]
