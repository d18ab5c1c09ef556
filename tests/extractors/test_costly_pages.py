"""Pages made to cost time or memory give a post or end at a named limit (SECURITY.md, D5 and D6).

They are read in a child process, as in a run; the article among the costly markup is still found.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from crawler.errors import TooComplex
from crawler.items import Page, Post
from crawler.sandbox.pool import Workers

PARAGRAPH = (
    "The lighthouse was sold on Thursday, ninety years after it was built, and its new owner will keep the lamp."
)
TEXT = f"<p>{PARAGRAPH}</p>" * 2 + "<p>Ships had not needed it since 1998, said the harbour master, but people did.</p>"


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(1) as running:
        yield running


def read(workers: Workers, inside: str = "", head: str = "", above: str = "") -> Post | str:
    """The post, or the limit that the page exceeds."""
    page = (
        f"<html><head><title>Lighthouse sold</title>{head}</head><body>{above}<article><h1>Lighthouse sold</h1>"
        f"{TEXT}{inside}</article></body></html>"
    )
    headers = [("Content-Type", "text/html; charset=utf-8")]
    try:
        return workers.extract_now(
            Page("https://a.example/1", page.encode(), headers, datetime(2026, 1, 2, tzinfo=UTC)), None
        )
    except TooComplex as error:
        return error.limit


READ = {
    "tables in tables": "<table><tr><td>" * 80 + "x",
    "lists in lists": "<ul><li>" * 120 + "x",
    "figures in figures": "<figure><img src=/a.jpg>" * 240 + "x",
    "formatting left open": "<p><b><i><u><a href=x>" * 10,
    "links in links": "<a href=/x>y" * 10_000,
    "formatting moved out of a table": "<table>" + "<b>x" * 120,
    "paragraphs": "<p>x, y." * 8_000,
    "boxes of every name": "".join(f"<div class='c{n} related-{n} x{n}y'>x</div>" for n in range(3_000)),
    "pictures": "<div>" * 100 + "<img src=/a1234567890.jpg>" * 2_000 + "</div>" * 100,
    "line breaks": "x<br>" * 8_000,
    "a word": "<p>" + "x" * 500_000,
    "spaces": "<p>" + " " * 2_000_000,
    "pieces for other places": "".join(f'<template id="B:{n:x}"></template><!--$?-->' for n in range(5_000))
    + "".join(f'<div hidden id="S:{n:x}">x</div>' for n in range(5_000)),
    "pieces in each other": "".join(
        f'<div hidden id="S:{n}"><template id="P:{n * 7 % 5_000}"></template></div>' for n in range(5_000)
    ),
    "an open comment": "<!--" + "-" * 4_000_000,
    "comments in comments": "<!--" * 50_000 + "-->",
    "CDATA": "<![CDATA[" + "x]]" * 500_000,
    "a class": "<p class='" + "a " * 200_000 + "'>x</p>",
    "an address": "<a href='http://a.example/" + "a" * 400_000 + "'>x</a>",
    "numbered characters": "<p>" + "&#x41;" * 150_000,
    "players": "<iframe src='https://www.youtube.com/embed/abcdefgh'></iframe>" * 2_000,
    "pages in noscript": "<noscript><img src=/a.jpg></noscript>" * 5_000,
    "fields of a poll": "<div><label><input type=radio></label></div>" * 20_000,
    "fields in boxes": "<div><input type=radio>" * 80,
    "comments without an end": "<div><i>3 May 2012, 10:32</i><p>The keeper wakes you for the sunrise.</p></div>" * 3_000
    + "<div><i>3 May 2012, 10:32</i></div>" * 6_000,
    "captions of one picture": "".join(
        f"<figure><img src=/a.jpg><figcaption>Lamp {n}</figcaption></figure>" for n in range(6_000)
    ),
    "a list of links": "<ul>" + "<li><a href=/x>The lamp</a> and <a href=/y>the keeper</a></li>" * 12_000 + "</ul>",
    "captions in a box of links": "<ul class=related>"
    + "<li><figure><img src=/a.jpg><figcaption>Lamp</figcaption></figure></li>" * 12_000
    + "</ul>",
    "items of a menu": "<nav>" + "<li><a href=/x>The lamp</a> and <a href=/y>the keeper</a></li>" * 16_000 + "</nav>",
    "options": "<select>" + "<option>x" * 20_000 + "</select>",
}
REFUSED = {
    "boxes in boxes": ("<div>" * 100_000, "depth"),
    "boxes in boxes of the body": ("<div>x" * 400, "depth"),
    "tables in tables without end": ("<table><tr><td>" * 600 + "x", "depth"),
    "elements": ("<p>x" * 200_000, "elements"),
    "line breaks without end": ("<br>" * 1_000_000, "elements"),
    "attributes": ("<p " + " ".join(f"a{n}=1" for n in range(300_000)) + ">x", "attributes"),
    "characters": ("word " * 4_000_000, "characters"),
    "ampersands": ("<p>" + "&amp;" * 1_000_000, "entities"),
}


@pytest.mark.parametrize("shape", READ)
def test_D5_an_article_among_costly_markup_is_read(workers: Workers, shape: str) -> None:
    post = read(workers, READ[shape])
    assert isinstance(post, Post), post
    assert post.text.startswith(PARAGRAPH)


@pytest.mark.parametrize("shape", REFUSED)
def test_D5_markup_beyond_a_limit_is_refused_by_name(workers: Workers, shape: str) -> None:
    markup, limit = REFUSED[shape]
    answer = read(workers, markup)
    assert isinstance(answer, str) and limit in answer


PUMPED = {
    "srcset": {"inside": "<img srcset='" + " " * 300_000 + "'>"},
    "srcset without comma": {"inside": "<img srcset='" + "a" * 300_000 + "'>"},
    "srcset of commas": {"inside": "<img srcset='" + "a," * 150_000 + "'>"},
    "style": {"inside": "<p style='color:" + " " * 300_000 + "x'>x</p>"},
    "style that hides": {"inside": "<p style='display" + " " * 300_000 + "'>x</p>"},
    "declarations": {"inside": "<p style='" + "color:red;" * 100_000 + "'>x</p>"},
    "templates": {"inside": "<p>" + "{{}}" * 30_000 + "x</p>"},
    "openings of templates": {"inside": "<p>" + "<% " * 50_000 + "${" * 50_000 + "x</p>"},
    "caption": {"inside": "<figure><img src=/a.jpg><figcaption>photo" + " " * 300_000 + "x</figcaption></figure>"},
    "credit": {"inside": "<p>photo" + " " * 300_000 + "x</p>"},
    "credits": {"inside": "<p>" + "photo by " * 30_000 + "</p>"},
    "date line": {"inside": "<p>published" + " " * 300_000 + "2024</p>"},
    "stream": {"inside": "<script>" + 'self.__next_f.push([1,"' * 50_000 + "</script>"},
    "state": {"inside": "<script>window.x=" + '{"a":' * 50_000 + "</script>"},
    "assignments": {"inside": "<script>" + 'x={"a":' * 100_000 + "</script>"},
    "JSON-LD": {"head": "<script type='application/ld+json'>" + "[" * 300_000 + "</script>"},
}


@pytest.mark.parametrize("field", PUMPED)
def test_D6_no_field_makes_a_regular_expression_backtrack(workers: Workers, field: str) -> None:
    post = read(workers, **PUMPED[field])
    assert isinstance(post, Post), post
    assert post.text.startswith(PARAGRAPH)
