"""Walls of any length give no post, in many languages; articles about the same things do."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.errors import NotAnArticle
from crawler.extractors import extract
from crawler.items import Page

NOW = datetime(2026, 11, 28, tzinfo=UTC)
TEXTS: dict[str, dict[str, list[str]]] = json.loads(Path(__file__).with_name("walls.json").read_text("utf-8"))
"""Language → a wall and an article about such walls, each a headline and sentences."""
STATED = (
    '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Pier to be rebuilt", '
    '"datePublished": "2026-11-20T08:30:00Z", "author": {"name": "Ann Berg"}}</script>'
)
URL = "https://news.example/2026/11/20/pier.html"


def page(title: str, paragraphs: list[str], lang: str = "en", head: str = "", url: str = URL, before: str = "") -> Page:
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    html = (
        f"<html lang='{lang}'><head><title>{title}</title>{head}</head><body>{before}<main><h1>{title}</h1>{body}"
        "<form><button>OK</button></form></main></body></html>"
    )
    return Page(url, html.encode(), [("Content-Type", "text/html; charset=utf-8")], NOW)


def repeated(sentences: list[str], times: int) -> list[str]:
    """Paragraphs of the sentences, each time with another number, as repeated paragraphs are no text."""
    return [" ".join(f"{each[:-1]} {n}{each[-1]}" for each in sentences) for n in range(times)]


def refused(wrong: Page) -> str:
    with pytest.raises(NotAnArticle) as refusal:
        extract(wrong)
    return refusal.value.reason


@pytest.mark.parametrize("times", [1, 3, 12])
@pytest.mark.parametrize("code", TEXTS)
def test_a_consent_wall_of_any_length_is_refused(code: str, times: int) -> None:
    title, *sentences = TEXTS[code]["wall"]
    for declared in (code, "en"):
        assert refused(page(title, repeated(sentences, times), declared)) == "consent-wall"


@pytest.mark.parametrize("code", TEXTS)
def test_an_article_about_consent_is_kept(code: str) -> None:
    title, *sentences = TEXTS[code]["article"]
    for times in (1, 6):
        assert extract(page(title, repeated(sentences, times), code)).text


def test_a_wall_with_the_metadata_of_the_article_behind_it_is_refused() -> None:
    title, *sentences = TEXTS["en"]["wall"]
    for head in (STATED, '<meta property="og:type" content="article">'):
        assert refused(page(title, repeated(sentences, 4), head=head)) == "consent-wall"


def test_a_wall_above_a_list_of_vendors_is_refused() -> None:
    vendors = [
        f"Vendor number {n} Ltd</p><p>Cookie duration: {n + 30} days. Data collected: IP addresses, identifiers and "
        "browsing data. View details | Privacy policy"
        for n in range(60)
    ]
    title, *sentences = TEXTS["en"]["wall"]
    assert refused(page(title, repeated(sentences, 1) + vendors)) == "consent-wall"


@pytest.mark.parametrize(
    "url",
    [
        "https://consent.news.example/m?continue=https://news.example/a1",
        "https://myprivacy.news.example/consent?siteKey=x&callbackUrl=https%3a%2f%2fnews.example%2fa1",
        "https://guce.news.example/consent?brandType=x&done=https%3A%2F%2Fnews.example%2Fa1",
        "https://news.example/cookiewall?return=/2026/a1.html",
        "https://news.example/privacy-gate?redirectUri=/a1",
    ],
)
def test_a_page_where_a_site_asks_for_consent_is_refused_in_any_language(url: str) -> None:
    text = ["Fnarp wuppel gorbel, nertz plomf and grintz; zwok lerpel fnord wuppel gorbel trel zott."] * 2
    assert refused(page("Fnarp", [f"{each} {n} {each}" for n in range(9) for each in text], url=url)) == "consent-wall"


PIER = [
    f"The council of the harbour town decided on day {n} to rebuild the northern pier, which a storm had damaged."
    for n in range(4)
]


@pytest.mark.parametrize("box", ["<div>", "<div role='dialog'>", "<div id='sp_message_container_1'>", "<dialog open>"])
@pytest.mark.parametrize("head", ["", STATED])
def test_an_article_behind_a_long_banner_is_kept(box: str, head: str) -> None:
    banner = "".join(f"<p>{text}</p>" for text in repeated(TEXTS["en"]["wall"][1:], 3))
    end = "</dialog>" if "<dialog" in box else "</div>"
    text = extract(page("Pier to be rebuilt", PIER, head=head, before=box + banner + end)).text
    assert PIER[0] in text
    assert box == "<div>" or "cookies" not in text


WALLS = {
    "subscription": (
        "login-wall",
        "Subscribe to go on reading",
        [
            "Subscribe today and get unlimited access to all our articles and to the app.",
            "Your first month costs one euro; after that you pay twelve euros a month. You can cancel any time.",
            "Already a subscriber? Log in with your e-mail address and your password.",
            "Our newsletters bring you the news of the day every evening.",
            "Students register with the address of their university, and we give them half off.",
        ],
    ),
    "Abo": (
        "login-wall",
        "Weiterlesen mit dem Digitalabo",
        [
            "Testen Sie unser Digitalabo einen Monat lang für einen Euro und kündigen Sie jederzeit.",
            "Sie erhalten Zugang zu allen Artikeln, zum E-Paper und zu unserem Archiv.",
            "Sie haben schon ein Abo? Melden Sie sich bitte mit Ihrer E-Mail-Adresse und Ihrem Passwort an.",
            "Mit unserem Newsletter lesen Sie jeden Morgen das Wichtigste.",
        ],
    ),
    "会員": (
        "login-wall",
        "この記事は会員限定です",
        [
            "続きをお読みいただくには会員登録が必要です。",
            "無料会員にご登録いただくと、月に五本までお読みいただけます。",
            "有料プランはいつでも解約いただけます。",
            "会員の方はログインしてください。",
        ],
    ),
    "age": (
        "blocked",
        "Age check",
        [
            "You must be at least 18 years old to see this page.",
            "Please enter your date of birth to show that you are of legal age in your country.",
        ],
    ),
    "country": (
        "blocked",
        "Unavailable",
        [
            "Unfortunately our website is currently not available in your region.",
            "We are working on it and hope to offer all our readers our journalism again.",
        ],
    ),
    "ad blocker": (
        "blocked",
        "Please disable your ad blocker",
        [
            "We see that you are using an ad blocker. Our work is paid for by advertising.",
            "In most browsers you find the ad blocker at the right of the address; switch it off for our site.",
            "If you use two ad blockers, disable your ad blockers one after the other, then load the page again.",
        ],
    ),
    "maintenance": (
        "blocked",
        "系统维护中",
        ["本站正在进行系统维护，请您稍后再访问。给您带来的不便，我们深表歉意。"],
    ),
    "check": (
        "needs-javascript",
        "Attention Required! | Example",
        [
            "Please complete the security check to go on.",
            "If you are in an office, you can ask the administrator to look for infected devices.",
        ],
    ),
}


@pytest.mark.parametrize("name", WALLS)
def test_other_walls_are_refused(name: str) -> None:
    reason, title, sentences = WALLS[name]
    lang = {"Abo": "de", "会員": "ja", "maintenance": "zh"}.get(name, "en")
    assert refused(page(title, sentences, lang)) == reason
    if reason != "needs-javascript":
        assert refused(page(title, repeated(sentences, 10), lang)) == reason


ARTICLES = {
    "advice": [
        "Every visit begins with the same window: cookies, please. Here is how to be rid of it for good.",
        "Open the settings of the browser and choose privacy. There you can block cookies of third parties.",
        "On most sites you can reject all with one click. An add-on, made at the university of Aarhus, clicks for you.",
        "Experts advise to delete what is stored once a month. A private window forgets everything at once.",
    ],
    "opinion": [
        "We have all done it. The banner comes up, we sigh and accept all, because we want to read about football.",
        "The law that was meant to give us control has trained us to give our consent without a thought.",
        "My daughter, who is nine, does it faster than I can read the first word.",
        "In Brussels, officials now talk of one switch in the browser. It would cost publishers dearly.",
    ],
    "subscriptions": [
        "Of the ten largest newspapers of the country, eight now ask readers to subscribe.",
        "Subscriptions grew by 12 percent last year, the association said; a month costs between 9 and 35 euros.",
        "Unlimited access is the promise, but the average subscriber reads eleven articles a month.",
        "Consumer groups want a button that ends a membership with one click.",
    ],
    "captchas": [
        "Researchers showed that software solves captchas faster than people do.",
        "In the study bots got 99 percent of the captchas right; humans managed 71 to 85 percent.",
        "A firm that protects millions of sites has replaced its captcha by a check that runs in the browser.",
    ],
    "maintenance": [
        "The bank's app will be down for maintenance on Sunday. Customers cannot pay by phone until the evening.",
        "Cards work as usual, the bank said.",
    ],
    "blocked films": [
        "The service has blocked its films in Russia. Users read that they are not available in their region.",
        "The company said that it had to comply with sanctions.",
    ],
}


@pytest.mark.parametrize("name", ARTICLES)
def test_articles_about_walls_are_kept(name: str) -> None:
    assert extract(page(f"A story about {name}", ARTICLES[name])).text
