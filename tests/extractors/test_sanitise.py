"""The allow-list of bodies: elements, attributes, unambiguous URLs, harmless styles; a second pass changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from crawler.errors import TooComplex
from crawler.extractors.sanitise import is_safe_url, is_sanitised, sanitise, style


def test_escaped_markup_stays_escaped() -> None:
    assert (
        sanitise("<p>&lt;script&gt;x&lt;/script&gt; &amp;lt;</p>") == "<p>&lt;script&gt;x&lt;/script&gt; &amp;lt;</p>"
    )


def test_allowed_markup_is_unchanged() -> None:
    kept = (
        '<p align="left">\na <span style="color:#666666;">b</span>\u00a0c\n</p>\n'
        '<img src="https://a.example/x.png?a=1&amp;b=2" title="t" class="big" width="530" '
        'referrerpolicy="no-referrer"> \n'
        '<table border="1"><tbody><tr><td colspan="2">d</td></tr></tbody></table>'
        '<blockquote cite="https://a.example/"><p>e<br>f</p></blockquote><pre>  g\n  h</pre>'
        '<a href="https://a.example/x">i</a><a href="mailto:a@a.example">j</a>'
    )
    assert sanitise(kept) == kept


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("color:#666666;", "color:#666666;"),
        ("color : red ;  text-align:center", "color : red ;  text-align:center"),
        ("color:red;position:absolute", "color:red"),
        ("background-image:url(x);text-align:right;", "text-align:right"),
        ("COLOR:RED", "COLOR:RED"),
        ("color:rgb(1, 2, 3)", "color:rgb(1, 2, 3)"),
        ("color:re\\64", ""),
        ("color:/**/red", ""),
        ("margin:0 -500px;margin-left:2em;text-indent:-2em", "margin-left:2em; text-indent:-2em"),
        ("padding:9999px;padding:8px 20.255px;text-indent:-999px;padding:60em 1em", "padding:8px 20.255px"),
        (";;", ""),
        ("font-family:x;color:expression(1)", ""),
    ],
)
def test_harmless_declarations_stay(written: str, kept: str) -> None:
    assert style(written) == kept


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/\u2028",
        "https://a.example/\\x",
        "https:/a.example",
        "ftp://a.example/",
        "https://a.example:0x/",
        "https://%61.example/",
        "https://user@a.example/",
    ],
)
def test_urls_that_parsers_read_differently_are_unsafe(url: str) -> None:
    assert not is_safe_url(url)


def test_deep_markup_is_refused_at_once(cpu_limit: Callable[[float], AbstractContextManager[None]]) -> None:
    with cpu_limit(2), pytest.raises(TooComplex, match="depth"):
        sanitise("<div>" * 100_000)


@pytest.mark.parametrize(
    "fragment",
    [
        "",
        "a &amp; b",
        '<p class="a" title="b &quot; <i>">x</p>\n',
        '<table border="1"><tbody><tr><td colspan="2">d</td></tr></tbody></table>',
        '<img src="https://a.example/x.png" alt="" referrerpolicy="no-referrer">',
        "<table><tr><td>" * 80 + "x",  # becomes deeper than what the sanitiser takes
        "<" + " > < " * 60_000,
    ],
)
def test_what_the_sanitiser_writes_counts_as_sanitised(fragment: str) -> None:
    assert is_sanitised(sanitise(fragment))


@pytest.mark.parametrize(
    "fragment",
    [
        "<script>x</script>",
        '<p onclick="x()">x</p>',
        "<p class=a>x</p>",
        "<P>x</P>",
        "<p>x",
        "</div><p>x</p>",
        "<!-- x --><p>x</p>",
        "<p>a > b</p>",
        "a < b",
        '<a href="javascript:x()">x</a>',
        '<a href="https://a.example/" href="javascript:x()">x</a>',
        '<p class="a"class="b">x</p>',
        "<svg><p>x</p></svg>",
        "<p>x</p\n>",
        "<div>" * 600 + "x" + "</div>" * 600,
        '<p title="x>y</p>',
    ],
)
def test_what_the_sanitiser_would_change_is_not_sanitised(fragment: str) -> None:
    assert not is_sanitised(fragment)


def test_D5_a_tag_with_a_million_attributes_is_judged_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nh3.clean", None)  # its time grows with the square of the attributes
    assert not is_sanitised("<p" + "".join(f' a{n}=""' for n in range(1_000_000)) + ">x</p>")
    assert not is_sanitised("<p" + ' class=""' * 1_000_000 + ">x</p>")
    assert not is_sanitised('<p class="' + "<" * 1_000_000)
