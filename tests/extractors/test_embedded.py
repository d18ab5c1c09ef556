"""Articles that only a script or `<noscript>` holds: JSON-LD, a framework's state, streamed JSON, the markup itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from crawler.extractors import body
from crawler.extractors.document import parse
from crawler.items import Page

TITLE = "Harbour bridge reopens after repairs"
LINES = [
    f"Sentence {n} about the harbour bridge, which reopens after long repairs, has commas. And an end."
    for n in range(8)
]
HTML = "".join(f"<p>{line}</p>" for line in LINES)
BLOCKS = [{"type": "paragraph", "content": line} for line in LINES]
TEASERS = [
    {"type": "paragraph", "content": f"Teaser {n} about quite another thing, at much greater length. " * 9}
    for n in range(20)
]
FLIGHT = json.dumps([1, "5:T3f0," + HTML])


@pytest.mark.parametrize(
    "script",
    [
        '<script type="application/ld+json">'
        + json.dumps({"@type": "NewsArticle", "articleBody": "\n".join(LINES)})
        + "</script>",
        '<script type="application/ld+json">'
        + json.dumps({"@type": "NewsArticle", "articleBody": HTML}).replace("</", "<\\/")
        + "</script>",
        '<script id="__NEXT_DATA__" type="application/json">'
        + json.dumps({"props": {"page": {"title": TITLE, "blocks": BLOCKS}}})
        + "</script>",
        "<script>window.State="
        + json.dumps({"teasers": TEASERS, "article": {"elements": BLOCKS}})
        + ";window.x=1;</script>",
        "<script>self.__next_f=[];self.__next_f.push(" + FLIGHT.replace("</", "<\\/") + ")</script>",
        "<script>window.S = JSON.parse("
        + json.dumps(json.dumps({"body": {"html": HTML}})).replace("</", "<\\/")
        + ")</script>",
    ],
    ids=["ld text", "ld html", "next data", "state", "flight", "parsed string"],
)
def test_the_article_is_read_from_the_script(script: str) -> None:
    assert read(f"<div id=root><p>Loading, please wait.</p></div>{script}").split("\n") == LINES


@pytest.mark.parametrize(
    "markup",
    [
        f"<noscript>{HTML}</noscript>",
        f"<div class=app><noscript><div class=article>{HTML}</div></noscript></div>",
        f"<noscript><nav><a href=/1>News</a></nav><main><h1>{TITLE}</h1><div>{HTML}</div></main>"
        "<footer>Made by the harbour.</footer></noscript>",
        f"<noscript><p>Enable JavaScript.</p></noscript><noscript><article>{HTML}</article></noscript>",
    ],
)
def test_the_article_is_read_from_noscript(markup: str) -> None:
    assert read(f"<div id=root><p>Loading, please wait.</p></div>{markup}").split("\n") == LINES


def test_noscript_beside_a_text_is_not_the_article() -> None:
    shown = "".join(f"<p>Shown {line}</p>" for line in LINES)
    assert read(f"<article>{shown}</article><noscript>{HTML}</noscript>").split("\n")[0] == f"Shown {LINES[0]}"


def test_the_markup_is_preferred() -> None:
    shown = "".join(f"<p>Shown {line}</p>" for line in LINES)
    script = "<script>window.State=" + json.dumps({"article": {"elements": BLOCKS * 3}}) + "</script>"
    assert read(f"<article>{shown}</article>{script}").split("\n") == [f"Shown {line}" for line in LINES]


def test_a_script_about_something_else_is_not_the_article() -> None:
    script = "<script>window.State=" + json.dumps({"teasers": TEASERS}) + "</script>"
    assert read(f"<article><p>{LINES[0]}</p></article>{script}") == LINES[0]


def test_broken_and_enormous_scripts_are_skipped() -> None:
    deep = "<script>window.a=" + "[" * 100_000 + "</script>"
    broken = '<script>window.b={"a": </script><script type="application/ld+json">{"@type": </script>'
    assert read(f"<article><p>{LINES[0]}</p></article>{deep}{broken}") == LINES[0]


def read(markup: str) -> str:
    page = f"<html><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1>{markup}</body></html>"
    return body.read(
        parse(Page("https://a.example/1", page.encode(), [], datetime(2026, 1, 2, tzinfo=UTC))), None, TITLE
    ).text
