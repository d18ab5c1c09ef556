"""Redirect stubs lead on, articles with a refresh stay; front pages do not answer for withdrawn articles."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.errors import Elsewhere, ExtractionError, NotAnArticle
from crawler.extractors import extract
from crawler.items import Page, Section, Source

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HERE, THERE = "https://herald.example/go/17", "https://herald.example/world/2026/tide-gates"
PROSE = "The lock keepers tested the new tide gates on Monday, and both of them closed within four minutes. "
PARAGRAPHS = "".join(f"<p>Gate {number}. {PROSE * 2}</p>" for number in range(9))
STORY = f"<article><h1>Tide gates tested</h1>{PARAGRAPHS}</article>"
ARTICLE_META = '<meta property="og:type" content="article">'


def page(html: str, url: str = HERE, headers: dict[str, str] | None = None, asked: str = "") -> Page:
    named = {"Content-Type": "text/html; charset=utf-8"} | (headers or {})
    return Page(url, html.encode(), list(named.items()), NOW, asked=asked)


def result(page: Page, source: Source | None = None) -> str:
    """Where the page leads, why it is refused, or the title of its post."""
    try:
        return extract(page, source).title
    except Elsewhere as elsewhere:
        return elsewhere.url
    except ExtractionError as error:
        return str(error)


REFRESHES = {
    "plain": f"0; url={THERE}",
    "without spaces": f"0;url={THERE}",
    "capitals": f"0;URL={THERE}",
    "single quotes": f"0;url='{THERE}'",
    "double quotes": f'0; URL = "{THERE}"',
    "a quote that is not closed": f"0; url='{THERE}",
    "text behind the quotes": f"0; url='{THERE}' please",
    "a comma": f"0, url={THERE}",
    "only a space": f"0 url={THERE}",
    "no url=": f"0; {THERE}",
    "a fraction": f"0.5; url={THERE}",
    "no whole seconds": f".5; url={THERE}",
    "five seconds": f"5; url={THERE}",
    "white space": f"\n 1 ;\n  url = {THERE} \n",
    "relative to the host": "0; url=/world/2026/tide-gates",
    "relative to the folder": "0; url=../world/2026/tide-gates",
    "relative to the scheme": "0; url=//herald.example/world/2026/tide-gates",
    "a fragment": f"0; url={THERE}#top",
}


@pytest.mark.parametrize("value", REFRESHES.values(), ids=REFRESHES)
def test_a_refresh_is_read_as_browsers_do(value: str) -> None:
    escaped = value.replace("&", "&amp;").replace('"', "&quot;")
    stub = f'<html><head><meta http-equiv="refresh" content="{escaped}"><title>Moved</title></head><body></body></html>'
    assert result(page(stub)) == THERE
    assert result(page("<p>One moment.</p>", headers={"Refresh": value.strip().replace("\n", " ")})) == THERE


UNUSABLE = ["url=/x", "x; url=/x", "0", "0; url=", "5; url=javascript:go()", "0; url=data:,x", "0; url=http://[", ""]


@pytest.mark.parametrize("value", [*UNUSABLE, f"0; url={HERE}", f"300; url={HERE}#top", "900; url=/", "0url=/x"])
def test_a_refresh_that_leads_nowhere_changes_nothing(value: str) -> None:
    html = f'<html><head><meta http-equiv="refresh" content="{value}"></head><body>{STORY}</body></html>'
    assert result(page(html)) == "Tide gates tested"


META = f'<meta http-equiv="refresh" content="0; url={THERE}">'
PLACES = {
    "head": f"<html><head>{META}</head><body><p>Please wait while we take you there.</p></body></html>",
    "body": f"<html><body>{META}<p>Please wait while we take you there.</p></body></html>",
    "noscript in the head": f"<html><head><noscript>{META}</noscript></head><body></body></html>",
    "noscript in the body": f"<html><body><noscript>{META}</noscript><p>Please wait.</p></body></html>",
    "no head, no body": META,
    "capitals": f"<HTML><HEAD><META HTTP-EQUIV=REFRESH CONTENT='0;URL={THERE}'></HEAD></HTML>",
    "content first": f'<meta content="0; url={THERE}" http-equiv=" Refresh "/>',
    "base": '<base href="https://herald.example/world/"><meta http-equiv="refresh" content="0;url=2026/tide-gates">',
    "behind one that is malformed": f'<meta http-equiv="refresh" content="url=/x">{META}',
    "with the furniture of the site": f"{META}<header><nav><a href='/a'>World</a><a href='/b'>Sport</a></nav></header>"
    "<main><h1>One moment</h1><p>The page is on its way to you.</p></main><footer><p>The Herald, Example</p></footer>",
}


@pytest.mark.parametrize("html", PLACES.values(), ids=PLACES)
def test_a_refresh_counts_wherever_a_browser_heeds_it(html: str) -> None:
    assert result(page(html)) == THERE


@pytest.mark.parametrize(
    "html",
    [
        f"<template>{META}</template>",
        f"<textarea>{META}</textarea>",
        f"<!-- {META} -->",
        f"<!--[if lte IE 8]>{META}<![endif]-->",
        f"<script>var stub = '{META}';</script>",
    ],
)
def test_a_refresh_that_no_browser_heeds_does_not_count(html: str) -> None:
    assert result(page(html + STORY)) == "Tide gates tested"


ARTICLES = {
    "reloads itself": '<meta http-equiv="refresh" content="300">',
    "reloads itself at once": '<meta http-equiv="refresh" content="0">',
    "goes home after minutes": '<meta http-equiv="refresh" content="600; url=/">',
    "asks for scripts": f"<noscript>{META}</noscript>",
    "sets a cookie": f'<meta http-equiv="refresh" content="0; url={HERE}?cookie=1">',
    "goes on in some seconds": f'<meta http-equiv="refresh" content="20; url={THERE}">',
    "calls itself an article": META + ARTICLE_META,
}


@pytest.mark.parametrize("head", ARTICLES.values(), ids=ARTICLES)
def test_an_article_with_a_refresh_stays_an_article(head: str) -> None:
    assert result(page(f"<html><head>{head}</head><body>{STORY}</body></html>")) == "Tide gates tested"


def test_a_short_report_with_a_refresh_stays_an_article() -> None:
    head = f'{ARTICLE_META}<meta http-equiv="refresh" content="15; url={THERE}">'
    html = (
        f"<html><head>{head}</head><body><article><h1>Tide gates tested</h1><p>{PROSE * 2}</p></article></body></html>"
    )
    assert result(page(html)) == "Tide gates tested"


def test_a_refresh_header_needs_no_page() -> None:
    assert result(page("", headers={"refresh": f"0;url={THERE}"})) == THERE
    assert result(page("", headers={"refresh": "0"})) == "not an article: empty (the page has no bytes)"


LINK = f'<a href="{THERE}">here</a>'
SENTENCES = {
    "IIS": f"<head><title>Object moved</title></head><body><h2>Object moved to {LINK}.</h2></body>",
    "IIS 5": f"<head><title>Document Moved</title></head><body><h1>Object Moved</h1>This document may be found {LINK}",
    "Apache": f"<title>301 Moved Permanently</title><h1>Moved Permanently</h1><p>The document has moved {LINK}.</p>",
    "Go": f'<a href="{THERE}">Moved Permanently</a>.',
    "Werkzeug": f"<title>Redirecting...</title><h1>Redirecting...</h1><p>You should be redirected to {LINK}.",
    "Express": f'<title>Redirecting</title><body><pre>Redirecting to <a href="{THERE}">{THERE}</a></pre></body>',
    "leaving": f'<h1>You are leaving The Herald</h1><p>Go on at your own risk.</p><a href="{THERE}">Continue</a>'
    '<a href="javascript:history.back()">Back</a> <a href="/">Home</a>',
    "frame": f"<header><a href='/a'>World</a></header><h1>Redirecting…</h1>{LINK}<footer><a href='/b'>Us</a></footer>",
    "de": f"<title>Weiterleitung</title><p>Sie werden weitergeleitet. {LINK}</p>",
    "fr": f"<h1>Vous quittez notre site</h1><p>La page s'ouvre dans un instant : {LINK}</p>",
    "es": f"<h1>Redirigiendo…</h1><p>Espere un momento. {LINK}</p>",
    "ru": f"<h1>Вы покидаете сайт</h1><p>Перейти по ссылке: {LINK}</p>",
    "zh": f"<title>页面跳转中</title><p>正在跳转，请稍候。{LINK}</p>",
    "zh, leaving": f"<h1>您即将离开本站</h1><p>请注意账号安全。{LINK}</p>",
    "ja": f"<h1>リダイレクト中</h1><p>お探しのページは移転しました。{LINK}</p>",
    "ko": f"<p>잠시 후 자동으로 이동합니다. {LINK}</p>",
}


@pytest.mark.parametrize("html", SENTENCES.values(), ids=SENTENCES)
def test_a_sentence_with_one_link_leads_on(html: str) -> None:
    assert result(page(f"<html>{html}</html>")) == THERE


def test_of_several_links_the_one_in_the_own_url_leads_on() -> None:
    html = f"<h1>You are leaving The Herald</h1><p><a href='/terms'>Terms</a> <a href='{THERE}'>Continue</a></p>"
    own = "https://herald.example/leave?to=https%3A%2F%2Fherald.example%2Fworld%2F2026%2Ftide-gates"
    assert result(page(html, own)) == THERE
    abroad = "https://gazette.example/tide"
    assert result(page(html.replace(THERE, abroad), own)) == abroad
    assert result(page(html)).startswith("not an article: redirect (")


@pytest.mark.parametrize(
    "html",
    [
        f"<h1>Object moved to new museum</h1><p>{PROSE}</p>{LINK}",
        f"<h1>Redirecting funds takes years</h1><p>{PROSE}</p>{LINK}",
        f"<h1>Tide gates tested</h1><p>{PROSE}You are leaving nothing to chance, the mayor said.</p>{LINK}",
    ],
)
def test_a_short_report_with_such_words_stays_an_article(html: str) -> None:
    head = f"<head>{ARTICLE_META}</head>"
    assert not result(page(f"<html>{head}<body><article>{html}</article></body></html>")).startswith(("http", "not"))


SCRIPTS = [
    f'location.replace("{THERE}")',
    f"window.location.href = '{THERE}';",
    f"window.location='{THERE}'",
    f"top.location.assign(`{THERE}`)",
    f'document.location.href="{THERE.replace("/", chr(92) + "/")}"',
    f"setTimeout(\"location.href='{THERE}'\", 3000)",
    f'var to = "{THERE}"; window.location.replace(to);',
    f"location.href = '{THERE.replace('-', chr(92) + 'x2d')}'",
    "location.href='../world/2026/tide-gates'",
    f"// location.href = 'https://other.example/'\nlocation.href='{THERE}'",
]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_page_that_is_only_a_script_leads_on(script: str) -> None:
    stub = f"<html><head><title>Herald</title><script>{script}</script></head><body><p>One moment.</p></body></html>"
    assert result(page(stub)) == THERE
    assert (
        result(page(f"<html><head><script>{script}</script></head><body>{STORY}</body></html>")) == "Tide gates tested"
    )


def test_an_onload_handler_leads_on() -> None:
    assert result(page(f"<body onload=\"location.href='{THERE}'\"></body>")) == THERE


@pytest.mark.parametrize(
    "script",
    [
        "if (location.href == '/x/y') go()",
        "location.reload()",
        f"location.href = '{HERE}'",
        "var location_name = 'a/b'",
        "location.href='/one'; location.href='/two'",
        "location.href = next",
        "x();" * 2000 + f"location.href='{THERE}'",
    ],
)
def test_other_scripts_lead_nowhere(script: str) -> None:
    assert result(page(f"<html><head><script>{script}</script></head><body></body></html>")).startswith(
        "not an article"
    )


# -- withdrawn articles

ASKED = "https://herald.example/world/2026/11/20/lock-keepers-test-the-gates.html"
LIST = "".join(
    f"<li><a href='/world/2026/{n}/another-story-{n}.html'>The council voted on report number {n}</a></li>"
    for n in range(6)
)
LEAD = f"<html><head>{ARTICLE_META}</head><body><main>{STORY}</main><ul>{LIST}</ul></body></html>"
PLAIN = LEAD.replace(ARTICLE_META, "")
LISTS = {
    "home page": (LEAD, "https://herald.example/"),
    "home page of www": (LEAD, "https://www.herald.example"),
    "index file": (LEAD, "https://herald.example/index.html"),
    "home page of a language": (LEAD, "https://herald.example/en/"),
    "home page with a tracker": (LEAD, "https://herald.example/?utm_source=gone"),
    "home page of another host": (PLAIN, "https://world.herald.example/"),
    "section above": (LEAD, "https://herald.example/world/"),
    "year above": (LEAD, "https://herald.example/world/2026"),
    "section elsewhere": (PLAIN, "https://herald.example/sport"),
    "entry point": (LEAD, "https://herald.example/news/latest-2026-stories.html"),
    "headline that leads on": (
        LEAD.replace("<h1>Tide gates tested</h1>", "<h1><a href='/world/2026/9/tide.html'>Tide gates tested</a></h1>"),
        "https://herald.example/sport/today.html",
    ),
}
HERALD = Source("herald", sections=(Section("https://herald.example/news/latest-2026-stories.html", "a"),))


@pytest.mark.parametrize(("html", "url"), LISTS.values(), ids=LISTS)
def test_a_list_that_answers_for_an_article_is_refused_by_name(html: str, url: str) -> None:
    with pytest.raises(NotAnArticle, match="withdrawn") as refused:
        extract(page(html, url, asked=ASKED), HERALD)
    assert ASKED in str(refused.value) and url in str(refused.value)


MOVED = {
    "itself": (ASKED, LEAD),
    "https and www": ("https://www.herald.example/world/2026/11/20/lock-keepers-test-the-gates.html", LEAD),
    "slash": (f"{ASKED}/", LEAD),
    "another slug": ("https://herald.example/world/gates-tested-18830.html", PLAIN),
    "the same slug elsewhere": ("https://herald.example/lock-keepers-test-the-gates.html", PLAIN),
    "a story at the root of a host": ("https://gates.example/", LEAD),
    "a number": ("https://herald.example/?p=1883", LEAD),
    "one word without a list": ("https://herald.example/gates", f"<html><body>{STORY}</body></html>"),
}


@pytest.mark.parametrize(("url", "html"), MOVED.values(), ids=MOVED)
def test_an_article_that_has_moved_is_taken(url: str, html: str) -> None:
    assert extract(page(html, url, asked=ASKED), HERALD).title == "Tide gates tested"


def test_a_form_of_an_article_leads_to_it() -> None:
    for form in ("amp", "print", "comments", "2"):
        url = "https://herald.example/world/gates"
        assert extract(page(LEAD, url, asked=f"{url}/{form}"), HERALD).title == "Tide gates tested"


def test_a_page_that_was_asked_for_itself_is_not_withdrawn() -> None:
    assert extract(page(LEAD, "https://herald.example/", asked="https://herald.example/")).title == "Tide gates tested"
    assert (
        extract(page(LEAD, "https://herald.example/en", asked="https://herald.example/")).title == "Tide gates tested"
    )
