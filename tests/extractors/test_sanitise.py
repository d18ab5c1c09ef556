"""The last gate of a body: an allow-list, URLs without two readings, harmless styles, the same again a second time."""

from __future__ import annotations

import re
import time

import pytest
from lxml import html

from crawler.errors import TooComplex
from crawler.extractors.sanitise import TAGS, is_public, is_safe_url, sanitise, style

PAYLOADS = (
    "<script>alert(1)</script>",
    "<p onclick=alert(1) onmouseover='x'>a</p>",
    "<img src=x onerror=alert(1)>",
    "<img src='javascript:alert(1)'>",
    "<img src='data:image/svg+xml,<svg onload=alert(1)>'>",
    "<img src='file:///etc/passwd'>",
    "<img srcset='http://a.example/x 1x, javascript:alert(1) 2x'>",
    "<a href='javascript:alert(1)'>a</a>",
    "<a href='java\tscript:alert(1)'>a</a>",
    "<a href='&#106;avascript:alert(1)'>a</a>",
    "<a href=' https://a.example/'>a</a>",
    "<a href='https://a.example/\x01'>a</a>",
    "<a href='https://user:word@a.example/'>a</a>",
    "<a href='vbscript:x'>a</a>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>a</text></a></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<style>@import 'https://a.example/x.css';</style><p>a</p>",
    "<p style='background:url(https://a.example/x);color:red'>a</p>",
    "<p style='width:expression(alert(1))'>a</p>",
    "<p style='position:fixed;top:0'>a</p>",
    "<iframe src='https://a.example/'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='x.swf'></object><embed src='x.swf'>",
    "<form action='https://a.example/'><input name=a><button formaction='javascript:x'>b</button></form>",
    "<base href='https://a.example/'><a href='/x'>a</a>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<link rel=stylesheet href='https://a.example/x.css'>",
    "<textarea><img src=x onerror=alert(1)></textarea>",
    "<xmp><img src=x onerror=alert(1)></xmp>",
    "<template><script>alert(1)</script></template>",
    "<title><img src=x onerror=alert(1)></title>",
    "<plaintext><b>a",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<table background='javascript:alert(1)'><tr><td background=x>a</td></tr></table>",
    "<video src=x onerror=alert(1)><source src='javascript:x'></video>",
    "<a href='https://a.example/' ping='https://b.example/' target=_top>a</a>",
    "<a id='x\" onclick=1' name='<b>'>a</a>",
    "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>",
    "<details open ontoggle=alert(1)><summary>a</summary></details>",
    "<select><option><style></option></select><img src=x onerror=alert(1)></style></select>",
    "<b><p><a href='https://a.example/'><table><td><a href='https://a.example/'>a",
)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_comes_out_holds_nothing_active(payload: str) -> None:
    clean = sanitise(payload)
    assert sanitise(clean) == clean
    assert "<script" not in clean.lower()
    for element in html.fragment_fromstring(clean, create_parent="div").iterdescendants():
        assert element.tag in TAGS
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert name not in {"srcset", "action", "formaction", "background", "ping", "target", "srcdoc"}
            if name in ("href", "src"):
                assert re.fullmatch(r"https?://[^\s<>\"]+", value)
            if name == "style":
                assert "(" not in value and "position" not in value


def test_escaped_markup_stays_escaped() -> None:
    assert (
        sanitise("<p>&lt;script&gt;x&lt;/script&gt; &amp;lt;</p>") == "<p>&lt;script&gt;x&lt;/script&gt; &amp;lt;</p>"
    )


def test_what_is_allowed_stays_as_it_is_written() -> None:
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
        (";;", ""),
        ("font-family:x;color:expression(1)", ""),
    ],
)
def test_harmless_declarations_stay(written: str, kept: str) -> None:
    assert style(written) == kept


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://localhost/", "http://[::1]/",
        "http://10.1.2.3/", "http://192.168.0.1/", "http://169.254.169.254/", "http://router/", "http://a.internal/",
    ],
)  # fmt: skip
def test_private_hosts_are_known_by_name(url: str) -> None:
    assert not is_public(url)


def test_public_hosts_are_public() -> None:
    assert (
        is_public("https://i.guancha.cn/x.png") and is_public("http://93.184.216.34/") and is_public("http://例え.jp/")
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/\u2028",
        "https://a.example/\\x",
        "https:/a.example",
        "ftp://a.example/",
        "https://a.example:0x/",
    ],
)
def test_urls_with_two_readings_are_unsafe(url: str) -> None:
    assert not is_safe_url(url)


def test_deep_markup_is_refused_before_it_costs() -> None:
    started = time.process_time()
    with pytest.raises(TooComplex, match="depth"):
        sanitise("<div>" * 100_000)
    assert time.process_time() - started < 2
