"""The article is found on pages with misleading names and boxes.

Texts are cut into pieces, pages hold several articles, sidebars hold more text than the article.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extractors import extract
from crawler.items import Page

TITLE = "Harbour bridge reopens after repairs"
PARAGRAPHS = [
    "The harbour bridge reopened on Tuesday morning, eleven months after engineers found cracks in two of its piers.",
    "Traffic was light at first, but by eight o'clock the queue on the northern side reached the old customs house.",
    "“We have replaced forty bearings and every bolt that we could not test,” said the chief engineer, Mara Lindqvist.",
    "The city paid for the work with a loan, which it will repay from tolls until 2041, according to the council.",
    "Ferries will run for another month, since many commuters have bought season tickets that are still valid.",
]
OTHERS = [
    "A cat that had lived on the roof of the theatre for two years came down on Sunday, by itself, and was not hungry.",
    "Nobody has bought the lighthouse, which has been for sale since March, although two families have looked at it.",
    "The orchestra will play without its conductor, who is in Vienna, and says that it prefers to, at least in winter.",
    "Three boats collided in the fog near the outer mole; their owners say that it should have been lit better.",
    "Potatoes are dearer than last year, and better, the growers say, whose fields were under water until the summer.",
    "The new tram line will be late, the council says, and dearer, but quieter than the one that it replaces.",
    "An old map, found behind a wardrobe, shows a street that nobody remembers and a well in the middle of the market.",
]
TEXT = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
H1 = f"<h1>{TITLE}</h1>"


def stream(texts: list[str]) -> str:
    return "".join(
        f"<article class=post><h2>Another story, number {n}</h2><div class=article-text><p>{text}</p>"
        f"<p>{text} So it was said on day {n}.</p></div></article>"
        for n, text in enumerate(texts)
    )


TEASERS = "".join(f"<article class='post entry-content'><p>{text}</p></article>" for text in OTHERS[:3])
LINKS = [f"<a href=/{n}>{text[:40]}</a>" for n, text in enumerate(OTHERS)]
ITEMS = "".join(f"<li>{text[40:80]} {link}</li>" for text, link in zip(OTHERS, LINKS, strict=True))
MENU = "".join(f"<li>{link}<p>{text}</p></li>" for text, link in zip(OTHERS, LINKS, strict=True))
LONG = [f"{text} {other}" for text, other in zip(PARAGRAPHS, OTHERS, strict=False)]


def boxes(texts: list[str], before: str, after: str) -> str:
    return "".join(f"{before}<p>{text}</p>{after}" for text in texts)


PAGES = {
    "a text in boxes shown to subscribers": f"<article>{H1}<div class=article-body>"
    + boxes(PARAGRAPHS, '<div class=subscriber-only style="display:none">', "</div>")
    + "</div></article>",
    "a text in boxes named as boilerplate": f"<article class=entry>{H1}<section class=entry__body-text>"
    + boxes(PARAGRAPHS, '<div class="primary-cli cli cli-text">', "</div>")
    + f"</section><div class=newsletter><p>{' '.join(OTHERS)}</p></div></article>",
    "a text in two boxes named as boilerplate": f"<main class=body-content><div>{H1}</div>"
    + boxes(
        ["</p><p>".join(PARAGRAPHS[:2]), "</p><p>".join(PARAGRAPHS[2:])], "<div class=content-nav-section>", "</div>"
    )
    + f"</main><div class=x><p>{OTHERS[0]}</p></div>",
    "a text folded up under its headings": f"<article>{H1}<div class=article-body>"
    + boxes(PARAGRAPHS, '<div class=fold><div style="display: none">', "</div></div>")
    + "</div></article>",
    "a note on the author in the style of the text": f"<main>{H1}<article class=editor-content>{TEXT}</article>"
    f"<aside><div class='editor-content prose'><p>{OTHERS[0]} {OTHERS[1]}</p></div></aside></main>",
    "teasers named as posts": f"<main>{H1}<div class=entry-content>{TEXT}</div>"
    f"<div class=related-posts>{TEASERS}</div></main>",
    "other articles at full length in boxes of a slider": f"<main><section>{H1}<div class=w-richtext>{TEXT}</div>"
    + "</section><section class=related>"
    + boxes(
        [" ".join(OTHERS[n:] + OTHERS[:n]) for n in range(6)],
        "<div class=related-card><div class=w-richtext>",
        "</div></div>",
    )
    + "</section></main>",
    "two copies of a text, with a box in each": f"<article>{H1}"
    + boxes(["</p><p>".join(PARAGRAPHS)] * 2, "<div><div class=newsletter><p>Subscribe to us.</p></div>", "</div>")
    + "</article>",
    "a transcript in capitals under the same in small letters": f"<div class=story>{H1}<div class=x1>{TEXT}</div>"
    f"<div class=x2>{TEXT.upper()}</div></div>",
    "a transcript in capitals before the same in small letters": f"<div class=story>{H1}"
    f"<div class=x1>{TEXT.upper()}</div><div class=x2>{TEXT}</div></div>",
    "a menu with teasers": f"<ul class=menu>{MENU}</ul><div class=x>{H1}{TEXT}</div>",
    "a menu with teasers, of the HTML standard": f"<nav><ul>{MENU}</ul></nav><div>{H1}{TEXT}</div>",
    "a sidebar of teasers that is never closed": f"<div><div>{H1}{TEXT}</div><div id=sidebar><ul>{MENU}</ul></div>",
    "a page whose frame is named like a dialog": f"<div class=dialog-off-canvas-main-canvas><main class=main-content>"
    f"{H1}{TEXT}</main></div><div class=x><p>{OTHERS[0]} {OTHERS[1]} {OTHERS[2]}</p></div>",
    "further articles after the first": f"<main class=feed><article class=post>{H1}"
    f"<div class=article-text>{TEXT}</div></article>{stream(OTHERS)}</main>",
    "a sidebar with more text": f"<div id=main class=article><div class=meat>{H1}{TEXT}</div></div><div id=sidebar>"
    + boxes([" ".join(OTHERS[n:] + OTHERS[:n]) for n in range(4)], "<div class=item>", "</div>")
    + "</div>",
    "a column named after the sidebar beside it": f"<div class=layout>{H1}<div class=st-sidebar__main>"
    f"<div class=story-contents>{TEXT}</div><ul>{''.join(LINKS)}{''.join(LINKS)}</ul></div></div>"
    f"<div class=x><p>{OTHERS[0]} {OTHERS[1]} {OTHERS[2]}</p></div>",
    "a table of links": f"<div>{H1}<table><tr><td><b>Today</b></td>"
    f"<td>{'<br>'.join(LINKS)}</td></tr></table>{TEXT}</div>",
    "a list under a line that leads elsewhere": f"<div class=article-body>{H1}{TEXT}"
    f"<div>More great Harbour stories</div><ul>{ITEMS}</ul></div>",
}


def read(markup: str) -> list[str]:
    page = f"<html><head><title>{TITLE} | The Post</title></head><body>{markup}</body></html>"
    post = extract(Page("https://a.example/news/harbour-bridge", page.encode(), [], datetime(2026, 1, 2, tzinfo=UTC)))
    return post.text.split("\n")


@pytest.mark.parametrize("name", PAGES)
def test_only_the_article_is_read(name: str) -> None:
    assert read(PAGES[name]) == PARAGRAPHS


def test_a_part_that_is_named_as_strongly_as_the_whole_is_only_a_part() -> None:
    part = f"<section class=article__section><div><p>{OTHERS[0]}</p><p>{OTHERS[1]}</p></div></section>"
    rest = f"<section class=typo><p>{OTHERS[2]}</p></section>"
    text = f"<section class=typo>{TEXT}</section>"
    assert read(f"<article class=article>{H1}{text}{part}{rest}</article>") == PARAGRAPHS + OTHERS[:3]


def test_a_text_is_not_a_second_copy_of_itself() -> None:
    """Nested boxes around one paragraph have the same text, also with an inline element between them."""
    markup = boxes(LONG, "<div class=photo><div class=photo_text><span class=whole>", "</span></div></div>")
    assert read(f"<div class=story>{H1}{markup}</div>") == LONG
