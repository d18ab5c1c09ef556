"""Pages without an article are refused with a reason; articles that resemble them are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler.errors import NotAnArticle
from crawler.extractors import extract
from crawler.items import Page

NOW = datetime(2024, 5, 2, 12, 0, tzinfo=UTC)
PARAGRAPH = (
    "The council voted on Tuesday to rebuild the bridge that a flood carried away in March. Work is to begin in June, "
    "officials said, and traffic will use a temporary crossing until the end of next year. "
)
MENU = "".join(f'<li><a href="/s{n}">Section {n}</a></li>' for n in range(8))


def page(body: str, head: str = "", url: str = "https://news.example/2024/05/02/bridge.html") -> Page:
    html = f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"
    return Page(url, html.encode(), [("Content-Type", "text/html; charset=utf-8")], NOW)


def article(text: str, title: str = "Council votes to rebuild bridge", extra: str = "", head: str = "") -> Page:
    paragraphs = "".join(f"<p>{part}</p>" for part in text.split("\n"))
    return page(
        f"<nav><ul>{MENU}</ul></nav><article><h1>{title}</h1><div class='content'>{paragraphs}</div></article>{extra}",
        f"<title>{title} - Example News</title>{head}",
    )


FAULT = "<title>Fault</title>"
LOGIN = "<form><input name=u><input type=password></form>"
LISTING = "".join(
    f'<div class="item"><h2><a href="/2024/a{n}.html">Headline number {n} of the day is here</a></h2></div>'
    for n in range(25)
)
REFUSED = [
    ("soft-404", page("<p>This article is no longer available.</p>", "<title>Gone</title>")),
    ("soft-404", page("<h3>该内容已被发布者删除</h3>", "<title>提示信息</title>")),
    ("soft-404", page("<h1>הדף לא נמצא</h1><p>הדף שחיפשת אינו קיים.</p>", "<title>שגיאה</title>")),
    ("soft-404", page("<h1>पृष्ठ नहीं मिला</h1>", "<title>त्रुटि</title>")),
    ("soft-404", page("<h1>Access Denied</h1><p>You have no right.</p>", "<title>Access Denied</title>")),
    (
        "needs-javascript",
        page("<h2>环境异常</h2><p>当前环境异常，完成验证后即可继续访问。</p>", "<title>环境异常</title>"),
    ),
    ("soft-404", page("<h1>404 Not Found</h1><p>nginx</p>", "<title>404 Not Found</title>")),
    ("listing", article("\n".join([PARAGRAPH] * 9), "Desks", head="<meta property='og:type' content='product.group'>")),
    (
        "soft-404",
        page(
            f"<ul>{MENU}</ul><h1>Seite nicht gefunden</h1><p>Die Seite gibt es nicht mehr.</p>", "<title>Fehler</title>"
        ),
    ),
    (
        "soft-404",
        page("<h1>提示</h1><p>您访问的页面不存在或已被删除，请返回首页。</p>", "<title>页面不存在_例新闻</title>"),
    ),
    (
        "soft-404",
        page("<h1>ページが見つかりません</h1><p>お探しのページは公開を終了しました。</p>", "<title>エラー</title>"),
    ),
    ("soft-404", page("<h1>Страница не найдена</h1><p>Проверьте адрес.</p>", "<title>Ошибка 404</title>")),
    (
        "login-wall",
        page(
            "<h1>Log in</h1><p>Log in to continue reading.</p><form><input name=u><input type=password></form>",
            "<title>Log in</title>",
        ),
    ),
    (
        "login-wall",
        page(f"<h1>会员登录</h1><p>请登录后阅读全文。</p>{LOGIN}", "<title>登录</title>"),
    ),
    (
        "consent-wall",
        page(
            "<h1>Before you continue</h1><p>We and our partners use cookies and data. If you choose to accept all, we "
            "will also use cookies for advertising. See our privacy policy.</p><button>Accept all</button>",
            "<title>Before you continue</title>",
            "https://consent.news.example/m?continue=x",
        ),
    ),
    (
        "consent-wall",
        page(
            "<h1>Ihre Privatsphäre</h1><p>Wir brauchen Ihre Einwilligung: Wir und unsere Partner setzen Cookies. "
            "Mehr im Datenschutz. Sie können alle akzeptieren oder ablehnen.</p>",
            "<title>Einwilligung</title>",
        ),
    ),
    ("needs-javascript", page("<div id='root'></div><script src='/a.js'></script>", "<title>Example News</title>")),
    (
        "needs-javascript",
        page(
            "<noscript>You need to enable JavaScript to run this app.</noscript><div id='x'></div>",
            "<title>Example News</title>",
        ),
    ),
    (
        "needs-javascript",
        page(
            "<h1>Just a moment...</h1><p>Enable JavaScript and cookies to continue</p>",
            "<title>Just a moment...</title>",
        ),
    ),
    (
        "listing",
        page(
            f"<ul>{MENU}</ul><main>{LISTING}</main>",
            "<title>Politics - Example News</title>",
            "https://news.example/politics",
        ),
    ),
    ("empty", page("<div></div>", "<title>Example</title>")),
]


@pytest.mark.parametrize(("reason", "wrong"), REFUSED, ids=[f"{row[0]}-{place}" for place, row in enumerate(REFUSED)])
def test_N4_pages_without_an_article_are_refused(reason: str, wrong: Page) -> None:
    with pytest.raises(NotAnArticle) as refusal:
        extract(wrong)
    assert refusal.value.reason == reason


COOKIE_BANNER = "<div class='cookie-banner'><p>We use cookies. Accept all or read our privacy policy.</p></div>"
LOGIN_BOX = "<form class='login'><input name=u><input type=password>Log in or subscribe to comment</form>"
ARTICLE = '<meta property="og:type" content="article">'
KEPT = [
    article(PARAGRAPH * 6),
    article(PARAGRAPH, extra=COOKIE_BANNER + LOGIN_BOX),
    article(PARAGRAPH * 4, title="Why 404 is the web's best known number"),
    article(PARAGRAPH * 4, title="Missing climber not found after second day of search"),
    article((PARAGRAPH + "Sites must ask for consent before they set cookies, the privacy policy rules say. ") * 6),
    article(PARAGRAPH * 3, extra="<noscript>Please enable JavaScript to see comments.</noscript>"),
    article(PARAGRAPH * 5, extra=f"<section class='more'>{LISTING}</section>"),
    article("快讯：中国人民银行今日宣布下调存款准备金率零点五个百分点，释放长期资金约一万亿元。", title="央行宣布降准"),
    article(
        "(Reuters) - Shares fell 3% on Thursday.",
        title="Shares fall",
        head='<meta property="og:type" content="article">',
    ),
]


@pytest.mark.parametrize("right", KEPT, ids=range(len(KEPT)))
def test_N4_articles_that_resemble_refused_pages_are_kept(right: Page) -> None:
    assert extract(right).text


FILES = [
    b"%PDF-1.7 ...",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff\xe0",
    b'{"items": []}',
    b"<?xml version='1.0'?><rss></rss>",
]


@pytest.mark.parametrize("body", FILES)
def test_files_sent_as_html_are_refused_before_they_are_parsed(body: bytes) -> None:
    with pytest.raises(NotAnArticle) as refusal:
        extract(Page("https://news.example/a.html", body, [("Content-Type", "text/html")], NOW))
    assert refusal.value.reason == "not-html"
    with pytest.raises(NotAnArticle) as refusal:
        extract(Page("https://news.example/a.html", b"", [], NOW))
    assert refusal.value.reason == "empty"


@pytest.mark.parametrize("space", [b" ", b"\n", b"\r\n\t"])
@pytest.mark.parametrize("start", [b"", b"<!-- cached -->", b"<?xml version='1.0' encoding='utf-8'?>"])
def test_white_space_before_the_markup_is_no_empty_page(space: bytes, start: bytes) -> None:
    right = article(PARAGRAPH * 3)
    assert extract(replace(right, body=space * 600 + start + right.body)).text == extract(right).text
    with pytest.raises(NotAnArticle, match="empty"):
        extract(replace(right, body=space * 600))
    with pytest.raises(NotAnArticle, match="a feed"):
        extract(replace(right, body=space * 600 + b"<rss version='2.0'></rss>"))


TEASERS = "".join(
    f'<div class="teaser"><h3><a href="/2024/a{n}.html">The minister says talks number {n} will go on</a></h3>'
    f"<p>Delegation {n} left the table on Monday evening and is to come back before the week is over.</p></div>"
    for n in range(15)
)


@pytest.mark.parametrize("kind", ["", '<meta property="og:type" content="article">'])
@pytest.mark.parametrize("length", [1, 3])
def test_a_section_page_of_teasers_is_a_listing(kind: str, length: int) -> None:
    teasers = TEASERS.replace("Delegation", "In the evening, as before, the delegation " * (length - 1) + "Delegation")
    with pytest.raises(NotAnArticle, match="listing"):
        extract(page(f"<h1>World</h1>{teasers}", f"<title>World</title>{kind}"))


def test_an_article_above_teasers_is_kept() -> None:
    text = "\n".join([PARAGRAPH] * 4)
    assert PARAGRAPH.strip() in extract(article(text, extra=f"<section>{TEASERS}</section>")).text


def test_a_heading_with_a_link_in_a_sentence_is_no_teaser() -> None:
    lines = ["A poster for the bridge", "Pupils aged six to twelve may take part, the council says."]
    text = "".join(f"<h3>{line}</h3>" for line in lines)
    call = "<h4>Think of what a bridge is for, draw it and <a href=/p>send it in</a> before the third of April.</h4>"
    post = extract(
        page(
            f"<h1>Pupils draw what a bridge is</h1><article>{text}{call}</article><section>{LISTING}</section>",
            "<title>Pupils draw what a bridge is</title>",
        )
    )
    assert post.text.startswith("\n".join(lines))


def test_a_page_with_its_only_sentence_in_the_footer_is_empty() -> None:
    links = "".join(f'<li><a href="/p/{n}">Puzzle {n}</a></li>' for n in range(12))
    footer = "<footer><p>Example News: written for a demonstration; nothing in it happened.</p></footer>"
    with pytest.raises(NotAnArticle, match="empty"):
        extract(page(f"<main><h1>Puzzles</h1><ul>{links}</ul></main>{footer}", "<title>Puzzles</title>"))
