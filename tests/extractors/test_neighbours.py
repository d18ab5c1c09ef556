"""Articles in several pieces: text of the article beside its container is read with it, other text is not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extractors import extract
from crawler.items import Page

TITLE = "Town buys back its waterworks"
FIRST = "The town bought back its waterworks on Monday, nineteen years after it had sold them to a company abroad."
MIDDLE = [
    "The price was eleven million euros, which is four million more than the town had been paid, the mayor said.",
    "Engineers will look at the pipes first, since a third of the water is lost before it reaches a tap, they wrote.",
    "A vote in spring had decided it: seven of ten people were for the purchase, and the council had to follow.",
]
LAST = "Prices will stay as they are until January, and nobody who works there will lose their place, the town says."
BODY = "".join(f"<p>{paragraph}</p>" for paragraph in MIDDLE)
HEAD = f"<h1>{TITLE}</h1>"
OTHER = "Another story, which is about a museum in the hills, has nothing to do with water and is told elsewhere."


def lines(markup: str) -> list[str]:
    page = f"<html><head><title>{TITLE}</title></head><body>{markup}</body></html>"
    return extract(Page("https://a.example/1", page.encode(), [], datetime(2026, 1, 2, tzinfo=UTC))).text.split("\n")


def wrapped(inner: str, times: int = 3) -> str:
    return "<div>" * times + inner + "</div>" * times


@pytest.mark.parametrize(
    "page",
    [
        f"{HEAD}<p>{FIRST}</p><div>{BODY}</div>",
        f"{HEAD}<div><p>{FIRST}</p></div><div class=article-body>{BODY}</div>",
        f"<article>{HEAD}<div class='field field--name-x field--type-text'><p>{FIRST}</p></div>"
        f"<div class='field field--name-y field--type-text field--label-hidden'>{BODY}</div></article>",
        f"{HEAD}<section>{wrapped(f'<p>{FIRST}</p>')}{wrapped(BODY)}</section>",
        f"<main><div><div class=green>{HEAD}<div><p>{FIRST}</p><p>{MIDDLE[0]}</p></div></div></div>"
        f"<div class=article-body>{''.join(f'<p>{paragraph}</p>' for paragraph in MIDDLE[1:])}</div></main>",
        f"<header>{HEAD}</header><div class=intro-box-9><h2>{FIRST}</h2></div><div class=story-content>{BODY}</div>",
    ],
)  # fmt: skip
def test_a_beginning_outside_the_container_comes_first(page: str) -> None:
    assert lines(page) == [FIRST, *MIDDLE]


@pytest.mark.parametrize(
    "head",
    [
        f"{HEAD}<h2>{FIRST}</h2>",
        f"<header><hgroup>{HEAD}<h2>{FIRST}</h2></hgroup><p>Monday, by Ida Holm</p></header>",
        f"<div class=a1>{HEAD}</div><h2 class=a2>{FIRST}</h2><img src=/1.jpg>",
    ],
)
def test_a_long_second_heading_right_below_the_headline_is_the_lead(head: str) -> None:
    assert lines(f"<article>{head}<div class=article-body>{BODY}</div></article>") == [FIRST, *MIDDLE]


@pytest.mark.parametrize(
    "head",
    [
        f"{HEAD}<h2>Water in the town</h2>",
        f"{HEAD}<h2><a href=/2>{OTHER}</a></h2>",
        f"<h2>{OTHER}</h2>{HEAD}",
    ],
)
def test_another_second_heading_above_the_text_is_left_out(head: str) -> None:
    assert lines(f"<article>{head}<div class=article-body>{BODY}</div></article>") == MIDDLE


@pytest.mark.parametrize(
    "page",
    [
        f"{HEAD}<div class=article-body>{BODY}</div><p>{LAST}</p>",
        f"{HEAD}<div class='text part'>{BODY}</div><div class='text part'><p>{LAST}</p></div>",
        f"{HEAD}<div class=article-content>{BODY}</div><div class=x><i></i></div><p>{LAST}</p>",
    ],
)
def test_an_end_outside_the_container_comes_last(page: str) -> None:
    assert lines(page) == [*MIDDLE, LAST]


LONGER = [
    *MIDDLE,
    *(f"Pipe number {n} was laid in {1890 + n}, and has been mended {n} times, says the list." for n in range(4, 24)),
]
LONG_BODY = "".join(f"<p>{paragraph}</p>" for paragraph in LONGER)
END = [LAST, FIRST]
LONG_END = "".join(f"<p>{paragraph}</p>" for paragraph in END)


@pytest.mark.parametrize(
    "page",
    [
        f"<div class='text text-1'>{LONG_BODY}</div><div class='text text-2'>{LONG_END}</div>",
        f"<div id=a class=part1>{LONG_BODY}</div><div id=b class=part2>{LONG_END}</div>",
        f"<div class=row><div class=col>{LONG_BODY}</div></div><div class=row><div class=col>{LONG_END}</div></div>",
        f"<div class=q><div class=article-text>{LONG_BODY}</div></div><div class=q><div class=x>{LONG_END}</div></div>",
    ],
)
def test_a_sister_of_a_long_text_goes_on(page: str) -> None:
    assert lines(f"{HEAD}<div>{page}</div>") == [*LONGER, *END]


@pytest.mark.parametrize(
    "page",
    [
        f"<div class='a main new rte x-top'>{LONG_BODY}</div><section class=tips>{{}}</section>"
        f"<div class='a main rte x-top'>{LONG_END}</div>",
        f"<div class=text>{LONG_BODY}</div>{{}}<div class=text>{LONG_END}</div>",
    ],
)
def test_what_is_between_two_pieces_of_a_text_belongs_to_it(page: str) -> None:
    table = "<table><tr><th>Year</th><td>1998</td></tr><tr><th>Price</th><td>7 million</td></tr></table>"
    cells = ["Year", "1998", "Price", "7 million"]
    assert lines(f"{HEAD}<div>{page.format(table)}</div>") == [*LONGER, *cells, *END]
    menu = "<ul>" + "".join(f"<li><a href=/{n}>Waterworks of town number {n}</a></li>" for n in range(3)) + "</ul>"
    assert lines(f"{HEAD}<div>{page.format(menu)}</div>") == [*LONGER, *END]


def test_a_sister_with_a_chapter_of_a_text_of_chapters_goes_on() -> None:
    chapter = f"<div class='gm gn'><h1>A second chapter</h1>{LONG_END}</div>"
    first = f"<div class='gm gn'>{HEAD}{LONG_BODY}{{}}</div>"
    assert lines(first.format("<h1>Pumps</h1><p>They hum.</p>") + chapter)[-3:] == ["A second chapter", *END]
    assert lines(first.format("") + chapter)[-1] == LONGER[-1]


def test_what_follows_a_text_in_an_inline_element_is_left_out() -> None:
    assert lines(f"{HEAD}<div><span>{LONG_BODY}</span><div><p>{OTHER}</p></div></div>") == LONGER


def test_a_first_part_in_a_box_like_the_second_may_hold_links() -> None:
    others = "".join(f"<li><a href=/{n}>Waterworks of town number {n}</a></li>" for n in range(3))
    first = f"<div class='body body-1'>{LONG_END}</div><ul>{others}</ul>"
    page = (
        f"<article><header>{HEAD}</header><div class=q>{first}</div><div class=q><div class='body body-2'>{LONG_BODY}"
    )
    assert lines(f"{page}</div></div></article>") == [*END, *LONGER]


@pytest.mark.parametrize(
    "page",
    [
        f"<p>{OTHER}</p>{HEAD}<div class=article-body>{BODY}</div>",
        f"{HEAD}<div class=article-body>{BODY}</div><div><p>{OTHER}</p></div>",
        f"{HEAD}<ul><li>{OTHER}</li></ul><div class=article-body>{BODY}</div>",
        f"{HEAD}<aside><p>{OTHER}</p></aside><div class=article-body>{BODY}</div>",
        f"{HEAD}<div><a href=/2><p>{OTHER}</p></a></div><div class=article-body>{BODY}</div>",
        f"{HEAD}<div class=article-body>{BODY}</div><div class=author-bio><p>{OTHER}</p></div>",
        f"<main><div><div>{HEAD}<div><p>{OTHER}</p></div></div></div><div class=article-body>{BODY}</div></main>",
        f"<main><div>{HEAD}<ul><li>{OTHER}</li><li>{FIRST}</li></ul></div><div class=article-body>{BODY}</div></main>",
        f"{HEAD}<article><div class=article-body>{BODY}</div></article><article><p>{OTHER}</p></article>",
    ],
)
def test_other_text_beside_the_container_is_left_out(page: str) -> None:
    assert lines(page) == MIDDLE


def test_a_sibling_like_the_container_may_hold_a_list_of_links() -> None:
    names = [f"Waterworks of town number {n}" for n in range(4)]
    sister = f"<p>{FIRST}</p><ul>{''.join(f'<li><a href=/{n}>{name}</a>: sold' for n, name in enumerate(names))}</ul>"
    page = f"<h1>{TITLE}</h1><div class='rich-text'>{sister}</div><hr><div class='rich-text'>{BODY}{BODY.upper()}</div>"
    assert lines(f"<div class=content>{page}</div>")[0] == FIRST


def test_a_consent_dialog_is_never_the_article_however_long() -> None:
    popup = (
        "<div class=x-privacy-popup><div class=content>" + f"<p>We and our partners, {OTHER}</p>" * 30 + "</div></div>"
    )
    assert lines(f"{popup}<div>{HEAD}<div>{BODY}</div></div>") == MIDDLE
