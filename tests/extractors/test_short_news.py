"""Short news among many links to other articles is an article; a page of links without a text of its own is not.

The pages have no metadata that calls them articles.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.errors import NotAnArticle
from crawler.extractors import extract
from crawler.items import Page

OTHERS = {
    "en": "The minister says that round {} of the talks will go on",
    "de": "Minister kündigt die Runde {} der Gespräche für Montag an",
    "zh": "外交部发言人就第{}轮会谈的进展情况答记者问",
    "ja": "外務省の報道官は第{}回協議の日程について説明した",
    "ru": "Министр сообщил о начале раунда номер {} переговоров",
}
NEWS = {
    "en": (
        "Ferry runs aground off the northern mole",
        "A ferry with forty people on board ran aground off the northern mole on Friday. Nobody was hurt, police said.",
    ),
    "de": (
        "Fähre läuft vor der Nordmole auf Grund",
        "Eine Fähre mit vierzig Menschen ist am Freitag vor der Nordmole auf Grund gelaufen. Verletzt wurde niemand.",
    ),
    "zh": (
        "渡轮在北防波堤外搁浅",
        "一艘载有四十人的渡轮周五在北防波堤外搁浅。警方表示，没有人员受伤，船只已被拖离现场。",
    ),
    "ja": (
        "フェリー、北防波堤沖で座礁",
        "四十人を乗せたフェリーが金曜日、北防波堤沖で座礁した。警察によると、けが人はいない。",
    ),
    "ru": (
        "Паром сел на мель у северного мола",
        "Паром с сорока людьми на борту в пятницу сел на мель у северного мола. По данным полиции, никто не пострадал.",
    ),
}
SITES = {
    "a list beside the text": (
        "<div id=top><a href=/>{site}</a></div><div class=main><h1>{title}</h1><div class=date>2009-05-08</div>"
        "<div class=body><p>{text}</p></div></div><div class=right><h3>Latest</h3><ul>{items}</ul></div>"
    ),
    "a table": (
        "<table><tr><td>{items}</td><td><h1>{title}</h1><p>{text}</p></td><td><a href=/>{site}</a></td></tr></table>"
    ),
    "teasers below": (
        "<article><h1>{title}</h1><p>{text}</p></article><section>{teasers}</section><footer>© {site}</footer>"
    ),
    "hashed names": (
        "<div class=x1><ul>{items}</ul></div><div class=x2><h2>{title}</h2><div class=x3>{text}</div></div>"
        "<div class=x4>{teasers}</div>"
    ),
    "lines behind the headline": "<div><h1>{title}</h1>{text}<br><br></div><div>{items}</div>",
}


def shown(site: str, language: str, title: str, text: str, path: str = "2009/05/08/ferry-runs-aground.html") -> Page:
    headlines = [OTHERS[language].format(n) for n in range(30, 52)]
    links = [f"<a href='/2009/05/07/{n}.html'>{headline}</a>" for n, headline in enumerate(headlines)]
    body = SITES[site].format(
        site="The Daily Harbour",
        title=title,
        text=text,
        items="".join(f"<li>{link}</li>" for link in links),
        teasers="".join(f"<div class=y><h3>{link}</h3></div>" for link in links),
    )
    head = f"<meta charset=utf-8><title>{title} - The Daily Harbour</title>"
    html = f"<html lang={language}><head>{head}</head><body>{body}</body></html>"
    return Page(f"https://harbour.example/{path}", html.encode(), [], datetime(2009, 5, 9, tzinfo=UTC))


@pytest.mark.parametrize("language", NEWS)
@pytest.mark.parametrize("site", SITES)
def test_short_news_among_many_headlines_is_kept(site: str, language: str) -> None:
    title, text = NEWS[language]
    assert extract(shown(site, language, title, text)).text == text


NO_TEXT = {
    "nothing": "",
    "a label": "All the news of the day",
    "what the section is": "News from the harbour and the islands",
    "a request": "Subscribe to our newsletter.",
    "a hint": "Choose a story from the list.",
}


@pytest.mark.parametrize("text", NO_TEXT.values(), ids=NO_TEXT)
@pytest.mark.parametrize("site", SITES)
def test_a_section_with_as_many_headlines_is_a_listing(site: str, text: str) -> None:
    with pytest.raises(NotAnArticle):
        extract(shown(site, "en", "Harbour", text, "harbour/"))
