"""Anchors that lead nowhere hold text; links elsewhere do not, unless they are sentences among paragraphs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.errors import NotAnArticle
from crawler.extractors import extract
from crawler.items import Page

URL = "https://a.example/n/1"
ENGLISH = [
    "The lighthouse keeper counted eleven ships on Sunday, more than in any week since the canal was closed.",
    "Two of them waited for a pilot, who had to be fetched from the island because his own boat had no engine.",
    "Nobody was hurt, said the harbour office, which had asked for a second pilot in each of the last three years.",
    "The county will decide in May, when the new budget is drawn up and the fees for larger ships are set again.",
]
CHINESE = [
    "灯塔看守人周日数到十一艘船，比运河关闭以来的任何一周都要多。",
    "其中两艘在等待领航员，他的船没有发动机，只能从岛上接过来。",
    "港务办公室表示没有人受伤，过去三年每年都要求增加一名领航员。",
    "县里将在五月作出决定，届时将制定新的预算并重新确定费用。",
]
NOWHERE = [
    "<a>", "<a name=p>", "<a id=p>", "<a class=gloss data-term=1 tabindex=0>", "<a href>", '<a href=" ">',
    '<a href="#">', '<a href="?">', '<a href="tel:1">', '<a href="#p3">',
    '<a href="https://">', '<a href="javascript:void(0)">',
    '<a href=" JavaScript:;" onclick="say()">', '<a href="/n/1#p3">',
    '<a href="https://a.example/n/1#p3">', '<a href="http://a.example/n/1#">', '<a href="?#p3">',
]  # fmt: skip


def text_of(markup: str, url: str = URL) -> str:
    """Extract an article with this markup; return its text, or the reason why it is none."""
    page = (
        "<html><head><title>Eleven ships</title></head><body><nav><a href=/>Home</a></nav><main><article>"
        f"<h1>Eleven ships</h1>{markup}</article></main></body></html>"
    )
    try:
        return extract(Page(url, page.encode(), [], datetime(2026, 1, 2, tzinfo=UTC))).text
    except NotAnArticle as refusal:
        return str(refusal)


def between(markup: str) -> str:
    """Put markup between paragraphs."""
    return "".join(f"<p>{line}</p>{markup if number == 1 else ''}" for number, line in enumerate(ENGLISH))


PARAGRAPHS = between("")


def test_sentences_in_links_to_the_page_itself_are_text() -> None:
    for own in ("/n/1", URL):
        text = text_of("".join(f"<p><a href='{own}'>{line}</a></p>" for line in ENGLISH))
        assert text.split("\n") == ENGLISH


@pytest.mark.parametrize("lines", [ENGLISH, CHINESE])
@pytest.mark.parametrize("anchor", NOWHERE)
@pytest.mark.parametrize(
    "form",
    [
        "<p>{a}{line}</a></p>", "{a}<p>{line}</p></a>", "<p>{a}{line}</p>", "<div>{a}{line}</a></div>",
        "<p><span>{a}<strong>{line}</strong></a></span></p>", "<p>{a}{line}</a> {a}{line}</a></p>",
        "{a}{line}</a><br><br>",
    ],
)  # fmt: skip
def test_text_in_anchors_that_lead_nowhere_is_text(lines: list[str], anchor: str, form: str) -> None:
    whole = text_of("".join(form.format(a=anchor, line=line) for line in lines))
    assert [line for line in lines if line not in whole] == []
    for place in range(len(lines)):
        mixed = [form.format(a=anchor, line=line) if n == place else f"<p>{line}</p>" for n, line in enumerate(lines)]
        assert lines[place] in text_of("".join(mixed))


@pytest.mark.parametrize("anchor", NOWHERE)
def test_one_anchor_around_all_or_around_headings(anchor: str) -> None:
    assert ENGLISH[0] in text_of(f"{anchor}{PARAGRAPHS}</a>")
    parts = [f"<h2>{anchor}Part {n} of the report on ships</a></h2><p>{line}</p>" for n, line in enumerate(ENGLISH)]
    assert "Part 2 of the report on ships" in text_of("".join(parts))


def test_headings_with_anchors_do_not_make_a_list_of_teasers() -> None:
    parts = [f"<h3><a id=s{n}>Part {n} of the long report on ships</a></h3><p>It has {n} ships.</p>" for n in range(8)]
    assert "It has 7 ships." in text_of("".join(parts))


@pytest.mark.parametrize(
    "markup",
    [
        "<ul><li><a href='#a'>NOT why the ships came back to us</a><li><a href='#b'>NOT what the pilots cost</a></ul>",
        "<ul><li><a href='javascript:s(1)'>NOT by mail to you</a><li><a href='javascript:s(2)'>NOT by post</a></ul>",
        "<div><a href='#'>NOT on this network, please!</a> <a href='#'>NOT on that network, please!</a></div>",
        "<ul><li><a href='#'>NOT all of a headline that is cut ...</a><li><a href='#'>NOT all of another ...</a></ul>",
        "<p><a href='#top'>NOT back to the top of the page</a></p>",
    ],
)
def test_tables_of_contents_and_buttons_are_links(markup: str) -> None:
    for text in (text_of(markup + PARAGRAPHS), text_of(between(markup)), text_of(PARAGRAPHS + markup)):
        assert ENGLISH[3] in text and "NOT" not in text


def test_footnotes_stay() -> None:
    marked = PARAGRAPHS.replace("Sunday,", "Sunday,<sup><a href='#n1' id=r1>1</a></sup>")
    text = text_of(f"{marked}<ol><li id=n1>By the keeper's own book. <a href='#r1'>↩</a></li></ol>")
    assert "Sunday,1" in text and "By the keeper's own book." in text


@pytest.mark.parametrize(
    "sentence",
    [
        "The keeper's book was shown to this paper.",
        "The keeper has kept a book since 1987, in which “every ship is named.”",
        "看守人自一九八七年起一直在记录每一艘船。",
        "Der Wärter führt seit 1987 ein Buch, in dem jedes Schiff steht.",
    ],
)
@pytest.mark.parametrize("href", ["/n/2", "https://b.example/book"])
def test_a_sentence_that_is_a_link_as_a_whole_is_text_among_paragraphs(sentence: str, href: str) -> None:
    linked = f"<p><a href='{href}'>{sentence}</a></p>"
    assert sentence in text_of(between(linked))
    assert sentence in text_of(
        between(linked + "<p><a href='/n/3'>It has eleven pages, and no ship is missing.</a></p>")
    )
    assert sentence not in text_of(PARAGRAPHS + linked)


@pytest.mark.parametrize(
    "markup",
    [
        "<p><a href='/n/2'>NOT a headline of another report on ships</a></p>",
        "<p><a href='/n/2'>NOT a question about the ships of tomorrow?</a></p>",
        "<p><a href='/n/2'>Read also: NOT the report on ships of last week.</a></p>",
        "<p>Read also:</p><p><a href='/n/2'>NOT the report on ships of last week.</a></p>",
        "<h3><a href='/n/2'>NOT a headline that ends with a full stop.</a></h3>",
        "<ul><li><a href='/n/2'>NOT a headline of a report</a><li><a href='/n/3'>NOT a headline of a report</a></ul>",
        "<section><h3>Read more</h3><ul><li><a href='/n/2'>NOT a report on ships</a>: a story.<li><a href='/n/3'>NOT a "
        "report on pilots</a>: a story.</ul></section>",
    ],
)
def test_links_to_other_stories_are_left_out(markup: str) -> None:
    text = text_of(between(markup))
    assert ENGLISH[3] in text and "NOT" not in text


@pytest.mark.parametrize(
    "item",
    [
        "<a href='{url}'>{title}</a>: {says}",
        "<a href='{url}'>{title}</a><br>{says}",
        "<p><a href='{url}'>{title}</a></p><p>{says}</p>",
    ],
)
def test_the_list_of_a_press_review_is_text(item: str) -> None:
    says = ["The paper doubts the count.", "Its editor praises the pilot.", "It asks who pays for it."]
    titles = [f"Paper {n} on the ships, the pilots and the fees of the harbour" for n in range(3)]
    for hosts, forms in ((["b", "c", "d"], (between, PARAGRAPHS.__add__)), (["a", "a", "a"], (between,))):
        items = [
            item.format(url=f"https://{host}.example/{n}", title=titles[n], says=says[n])
            for n, host in enumerate(hosts)
        ]
        for form in forms:
            text = text_of(form("<ul>" + "".join(f"<li>{one}</li>" for one in items) + "</ul>"))
            assert [line for line in titles + says if line not in text] == []
