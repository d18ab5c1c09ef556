"""Content that React streams after the page's end is read where the page's scripts would move it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extractors import extract
from crawler.items import Page

TITLE = "The lock gates are to be rebuilt"
PARAGRAPHS = [
    "The gates of the upper lock will be rebuilt in oak, as they were in 1797, the canal trust said on Thursday.",
    "Steel would last longer, engineers admit, but it would be heavier than two people can push, they said.",
    "Boats will go round by the river for eleven weeks; a man with a tractor will help those who cannot.",
    "The oak was felled in the trust's own wood, which had been planted for ships that nobody built.",
]
FIRST, SECOND, THIRD, LAST = (f"<p>{text}</p>" for text in PARAGRAPHS)
START, END = "<!--$?-->", "<!--/$-->"


def piece(number: str, inner: str) -> str:
    return f'<div hidden id="S:{number}">{inner}</div><script>$RC("B:{number}","S:{number}")</script>'


def lines(markup: str) -> list[str]:
    body = f"<body><main><h1>{TITLE}</h1><div class=article-body>{markup}</body>"
    page = f"<html><head><title>{TITLE}</title></head>{body}</html>"
    return extract(Page("https://a.example/1", page.encode(), [], datetime(2026, 1, 2, tzinfo=UTC))).text.split("\n")


DEEPER = '<template id="P:2a"></template>'
WAITING = f'{START}<template id="B:1"></template>Loading <b>paragraph</b> …<div>Please wait.</div>{END}'
PAGES = {
    "in place of a fallback": f"{FIRST}{WAITING}{THIRD}{LAST}</div></main>{piece('1', SECOND)}",
    "in streamed content": f"{FIRST}{WAITING}{LAST}</div></main>{piece('1', SECOND + DEEPER)}{piece('2a', THIRD)}",
    "with a placeholder inside a fallback": f'{FIRST}{START}<template id="B:0"></template><p>Loading.</p>'
    f"<!--$--><i>Soon.</i>{END}{START}<i>Now.</i>{END}Loading.{END}{LAST}</div></main>{piece('0', SECOND + THIRD)}",
    "text without an element around it": f'{FIRST}<template id="P:3"></template>{LAST}</div></main>'
    f"{piece('3', PARAGRAPHS[1] + '<br>' + PARAGRAPHS[2])}",
}


@pytest.mark.parametrize("name", PAGES)
def test_streamed_content_is_moved_to_its_placeholder(name: str) -> None:
    assert lines(PAGES[name]) == PARAGRAPHS


def test_without_the_comments_nothing_is_lost() -> None:
    page = PAGES["in place of a fallback"].replace(START, "").replace(END, "")
    assert [line for line in lines(page) if line in PARAGRAPHS] == PARAGRAPHS


@pytest.mark.parametrize(
    "odd",
    [
        piece("7", "<p>Nobody waits for this, and it is hidden.</p>"),
        '<div hidden id="S:8"><template id="B:8"></template></div>',
        '<template id="B:9"></template><template id="B:9"></template>',
        '<!--$?--><template id="B:a"></template><template id="B:b"></template><!--/$-->'
        + piece("a", "")
        + piece("b", "x"),
    ],
)
def test_content_without_a_placeholder_changes_nothing(odd: str) -> None:
    assert lines(f"{FIRST}{SECOND}{THIRD}{LAST}</div></main>{odd}") == PARAGRAPHS
