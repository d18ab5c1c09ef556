"""A page is decoded and parsed once, within limits that are checked before anything slow starts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import pytest

from crawler.errors import NotAnArticle, TooComplex
from crawler.extractors.charset import content_type
from crawler.extractors.document import parse
from crawler.items import Page


def page(body: str | bytes, kind: str = "text/html; charset=utf-8", url: str = "https://www.a.example/x/y") -> Page:
    raw = body.encode() if isinstance(body, str) else body
    return Page(url, raw, [("Content-Type", kind)] if kind else [], datetime(2026, 1, 2, tzinfo=UTC))


def test_facts_are_read_from_the_tree() -> None:
    document = parse(
        page(
            '<?xml version="1.0" encoding="gbk"?><html><head><title> A\n title </title><base href="/base/">'
            '<meta property="OG:Title" content=" T "><meta name="keywords" content=""><meta name="k" '
            'content="1"><meta name="k" content="2">'
            '<script type=\'application/ld+json\'>// <![CDATA[\n{"@graph": [{"@type": "A"}, {"@type": '
            '"B", "x": "li\nne"},]};\n// ]]></script>'
            "</head><body><svg><title>no</title></svg><!-- c -->b</body></html>"
        )
    )
    assert document.title_element == "A title"
    assert document.base_url == "https://www.a.example/base/"
    assert document.host == "a.example"
    assert document.meta("missing", "og:title") == "T"
    assert "keywords" not in document.metas and document.metas["k"] == ("1", "2")
    assert document.jsonld == ({"@type": "A"}, {"@type": "B", "x": "li ne"})
    assert document.absolute("z?a=1") == "https://www.a.example/base/z?a=1"
    assert document.absolute("javascript:x") == document.absolute("http://[") == document.absolute("mailto:a@b") == ""


@pytest.mark.parametrize("base", ["javascript:x", "http://[", "", "data:text/html,x"])
def test_a_base_that_is_not_http_is_ignored(base: str) -> None:
    assert parse(page(f"<base href='{base}'><p>a</p>")).base_url == "https://www.a.example/x/y"


def test_text_nested_deeper_than_libxml2s_default_limit_is_kept() -> None:
    assert "deep" in "".join(parse(page("<div>" * 1500 + "deep")).tree.itertext())


@pytest.mark.parametrize(
    ("body", "limit"),
    [
        ("<div>" * 100_000, "depth"),
        ("<b>" * 100_000, "depth"),
        ("<div " + " ".join(f"a{n}=1" for n in range(300_000)) + ">x</div>", "attributes"),
        ("<p>x" * 200_000, "elements"),
        ("word " * 4_000_000, "characters"),
    ],
    ids=["nested", "nested formatting", "attributes", "paragraphs", "text"],
)
def test_D5_hostile_pages_are_refused_at_once(
    body: str, limit: str, cpu_limit: Callable[[float], AbstractContextManager[None]]
) -> None:
    with cpu_limit(3), pytest.raises(TooComplex, match=limit):
        parse(page(body))


def test_long_scripts_and_data_urls_do_not_count_as_attributes() -> None:
    script = "<script>" + " a=1" * 50_000 + "</script>"
    image = "<img src='data:image/png;base64," + "A" * 200_000 + "' alt=x>"
    assert parse(page(script + image + "<p>a</p>")).tree.find(".//p") is not None


UNKNOWN = [
    *("", " ", "unknown/unknown", "Unknown/Unknown; charset=utf-8", "application/unknown", "*/*", "*/*; q=0.5"),
    *("html", "text", "text/", "/html", "charset=utf-8", ";charset=utf-8", "; ", "content-type", "None", "null", "{}"),
    *("'text/html'", '"text/html"', '"text/html; charset=utf-8"', "text/html charset=utf-8", "text / html"),
    *("application/html", "text/x-html", "text/htm", "text/xhtml", "application/x-httpd-php", "text/unknown"),
    *("application/x-unknown-content-type", "application/force-download", "application/x-download"),
    *("Content-Type: text/html", "texte/html", "test/html", "content/unknown", "www/unknown", "text/\xe9", "内容"),
]
"""Absent, unparsable or unknown types: browsers look at the body (MIME Sniffing Standard, 7)."""
HTML = [
    *("text/html", "TEXT/HTML; CHARSET=UTF-8", "text/html;charset=utf-8;", "\ttext/html ", 'text/html; a="b;,c"'),
    *("text/html, text/html", "text/html; charset=utf-8, text/html", "application/json, text/html", "text/html, html"),
    *("application/xhtml+xml", "application/xhtml+xml; profile=x", "application/vnd.wap.xhtml+xml", "text/html, */*"),
    *("text/plain", "application/xml", "text/xml; charset=gbk", "application/octet-stream"),
]
OTHERS = [
    *("application/json", "application/json; charset=utf-8", "application/pdf", "image/png", "text/css", "video/mp4"),
    *("text/html, application/json", "application/json, html", "application/ld+json", 'x; a="text/html", image/gif'),
]


@pytest.mark.parametrize("kind", UNKNOWN + HTML)
def test_content_types_that_browsers_show_as_html_are_read(kind: str) -> None:
    assert parse(page("<p>a</p>", kind)).tree.find(".//p") is not None


@pytest.mark.parametrize("kind", OTHERS)
def test_other_content_types_are_refused(kind: str) -> None:
    with pytest.raises(NotAnArticle, match="not-html"):
        parse(page("<p>a</p>", kind))


@pytest.mark.parametrize(
    ("fields", "essence", "charset"),
    [
        (["application/json", "text/html; charset=gbk"], "text/html", "gbk"),
        (["text/html; charset=gbk", "text/html"], "text/html", "gbk"),
        (["text/html; charset=gbk", "TEXT/HTML; charset=big5"], "text/html", "big5"),
        (["text/plain; charset=gbk", "text/html"], "text/html", ""),
        (["text/html; charset=gbk", "*/*; charset=big5"], "text/html", "gbk"),
        (["text/html; charset=gbk", "nonsense"], "text/html", "gbk"),
        (["text/html", "application/json"], "application/json", ""),
        (["text/html;charset=gbk, text/html"], "text/html", "gbk"),
        (["charset=gbk"], "", "gbk"),
        (["text/html charset=gbk"], "", "gbk"),
        (["text/html; charset='gbk'"], "text/html", "gbk"),
        (['text/html; a=","; charset="gbk"'], "text/html", "gbk"),
        (["unknown/unknown; charset=gbk"], "", "gbk"),
        ([], "", ""),
    ],
)
def test_of_several_content_types_the_last_valid_one_counts(fields: list[str], essence: str, charset: str) -> None:
    """The examples of the Fetch Standard, "extract a MIME type", and more."""
    found = content_type([("CONTENT-type", field) for field in fields])
    assert (found.essence, found.charset) == (essence, charset)


def test_other_content_types_and_empty_pages_are_refused() -> None:
    with pytest.raises(NotAnArticle, match="not-html"):
        parse(page(b"%PDF-1.7", "application/pdf"))
    with pytest.raises(NotAnArticle, match="empty"):
        parse(page(" \n\t ", ""))
