"""Style sheets that a page names, and those that a style sheet imports."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extractors.document import parse
from crawler.extractors.style_sheets import imported, named
from crawler.items import Page

AT = datetime(2026, 1, 2, tzinfo=UTC)


def sheets(markup: str) -> tuple[str, ...]:
    return named(parse(Page("https://a.example/news/1.html", markup.encode(), [("Content-Type", "text/html")], AT)))


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<link rel=stylesheet href=a.css>", ["/news/a.css"]),
        ("<base href=/b/><link rel='StyleSheet' type='Text/CSS; x' href=' a.css?v=1 '>", ["/b/a.css?v=1"]),
        ("<link rel=stylesheet href=/a.css><link rel=stylesheet href=/a.css>", ["/a.css"]),
        ("<link rel=preload as=style href=/a.css><link rel=preload as=font href=/f.woff2>", ["/a.css"]),
        (
            "<noscript><link rel=stylesheet href=/a.css></noscript><body><link rel=stylesheet href=/b.css>",
            ["/a.css", "/b.css"],
        ),
        ("<link rel='alternate stylesheet' href=/a.css><link rel=stylesheet type=text/less href=/b.css>", []),
        ("<link rel=stylesheet href='data:text/css,p{}'><link rel=stylesheet href=javascript:1>", []),
        ("<link rel=stylesheet href=''><link rel=stylesheet><link href=/a.css>", []),
        (f"<link rel=stylesheet href=/{'a' * 9000}.css>", []),
        ("<link rel=stylesheet href=HTTPS://a.example/a.css><link rel=stylesheet href=http://a:b/c.css>", ["/a.css"]),
        ("<style>@import 'a.css'; p{}</style><style type=text/less>@import '/b.css';</style>", ["/news/a.css"]),
    ],
)
def test_style_sheets_of_a_page(markup: str, expected: list[str]) -> None:
    assert list(sheets(markup + "<p>x")) == ["https://a.example" + path for path in expected]


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        ("@import 'a.css';@import \"b.css\" screen and (x:y);@IMPORT url(c.css);p{}", ["a.css", "b.css", "c.css"]),
        ("@import url( 'a(1).css' ) layer(x) supports(y: z);", ["a(1).css"]),
        ("/* @import 'no.css'; */ <!-- @charset 'utf-8'; @layer a, b; /**/ @import 'a.css'", ["a.css"]),
        ("p{}@import 'a.css';", []),
        ("@layer x{}@import 'a.css';", []),
        ("@font-face{src:url(x)}@import 'a.css';", []),
        ("@import;@import url();@import 'a.css;\np{}", []),
        ("/*" * 30_000 + "@import 'a.css';", []),
        ("@import 'a" * 30_000, ["a@import "]),
        ("@import url(a:1;2);@import'b;c';@import url(d", ["a:1;2", "b;c", "d"]),
        ("@import a.css;@import 'b.css';", []),
    ],
)
def test_what_a_style_sheet_imports(css: str, expected: list[str]) -> None:
    assert list(imported(css)) == expected
