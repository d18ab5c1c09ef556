"""Selectors of a source come before the generic rules, which read each field that the selectors do not find."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler.errors import PartsNeeded
from crawler.extractors import extract
from crawler.items import Page, Post, Selectors, Source

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
URL = "https://herald.example/a/lock-gates"
PROSE = "The lock keepers tested gate number {n} on Monday, and it closed within four minutes in spite of the wind. "
HTML = """<html lang="en"><head><title>Herald</title><meta name="headline" content="From the meta">
<meta name="when" content="2026-03-04T08:00:00Z"></head><body>
<h1>Gates tested</h1><p class="kicker">What the Herald calls it</p>
<div class="who">By Jane Doe and John Roe</div><div class="desk">Night desk</div>
<span class="day">5 March 2026, 10:15</span>
<div class="empty"></div>
<div class="story">{story}<div class="share">Tell all of your friends about these gates, closed today.</div></div>
<div class="more">{more}</div></body></html>"""


def page(url: str = URL, story: int = 1, extra: str = "") -> Page:
    body = HTML.format(story=text(story) + extra, more=text(90))
    return Page(url, body.encode(), [("Content-Type", "text/html; charset=utf-8")], NOW)


def text(number: int) -> str:
    return "".join(f"<p>{PROSE.format(n=10 * number + line) * 2}</p>" for line in range(4))


def post(page: Page, **selectors: tuple[str, ...]) -> Post:
    return extract(page, Source("herald", article=Selectors(**selectors)))


@pytest.mark.parametrize(
    ("selectors", "title"),
    [
        ((".kicker",), "What the Herald calls it"),
        ((".gone", "h1"), "Gates tested"),
        (("meta[name=headline]",), "From the meta"),
    ],
)
def test_a_title_is_the_text_or_content_of_the_first_that_finds_something(
    selectors: tuple[str, ...], title: str
) -> None:
    assert post(page(), title=selectors).title == title


@pytest.mark.parametrize(("selector", "authors"), [(".who", ("Jane Doe", "John Roe")), (".desk", ("Night desk",))])
def test_an_author_is_a_byline_or_a_name(selector: str, authors: tuple[str, ...]) -> None:
    assert post(page(), author=(selector,)).authors == authors


@pytest.mark.parametrize(("selector", "day"), [(".day", 5), ("meta[name=when]", 4)])
def test_a_date_is_a_text_or_an_attribute(selector: str, day: int) -> None:
    published = post(page(), date=(selector,)).published
    assert published is not None
    assert published.day == day


def test_a_body_is_the_element_without_what_is_removed() -> None:
    article = post(page(), body=(".story",), remove=("body .share",))
    assert "gate number 10" in article.text
    assert "gate number 900" not in article.text
    assert "friends" not in article.text
    assert article.unmatched == ()


def test_a_removed_byline_still_names_the_authors() -> None:
    byline = '<div class="sign">By Ann Poe</div>'
    article = post(page(extra=byline), body=(".story",), author=(".sign",), remove=(".sign",))
    assert article.authors == ("Ann Poe",)
    assert "Ann Poe" not in article.text


def test_selectors_that_find_nothing_leave_the_field_to_generic_rules_and_are_named() -> None:
    without = post(page())
    gone = (".gone", ".empty")
    with_gone = post(page(), title=gone, body=gone, author=gone, date=gone, remove=(".gone",), next=(".gone",))
    assert with_gone.unmatched == ("title", "body", "author", "date", "remove", "next")
    assert replace(with_gone, unmatched=()) == without


def test_they_come_before_those_of_a_profile() -> None:
    url = "https://www.guancha.cn/politics/2022_03_18_630877.shtml"
    html = (
        f"""<html><body><div class="new">{text(1)}</div><div class="content all-txt">{text(50)}</div></body></html>"""
    )
    both = Page(url, html.encode(), [("Content-Type", "text/html; charset=utf-8")], NOW)
    assert "gate number 500" in extract(both, Source("herald")).text
    assert "gate number 500" not in post(both, body=(".new",)).text
    assert "gate number 500" in post(both, body=(".newer",)).text


def test_the_next_page_is_found_by_its_selector() -> None:
    following = '<a class="on" href="{}">On</a>'.format
    first = page(extra=following("/a/the-keepers"))
    second = page("https://herald.example/a/the-keepers", 2, following("/a/the-skippers"))
    third = page("https://herald.example/a/the-skippers", 3, following(URL))
    selectors = {"body": (".story",), "next": (".on",), "remove": (".on",)}
    for parts in ((), (second,)):
        with pytest.raises(PartsNeeded) as needed:
            post(replace(first, parts=parts), **selectors)
        assert needed.value.urls == ((second, third)[len(parts)].url,)
        assert not needed.value.required
    whole = post(replace(first, parts=(second, third)), **selectors)
    assert [whole.text.count(f"gate number {number}0") > 0 for number in (1, 2, 3)] == [True] * 3


@pytest.mark.parametrize("address", ["https://other.example/a/the-keepers", URL, "mailto:x@herald.example", "#on"])
def test_no_next_page_is_on_another_site_or_the_page_itself(address: str) -> None:
    link = f'<a class="on" href="{address}">On</a>'
    assert post(page(extra=link), body=(".story",), next=(".on",)).text


def test_there_are_no_pages_without_end() -> None:
    def link(number: int) -> str:
        return f'<a class="on" href="/a/part-{number}-x">On</a>'

    parts = tuple(page(f"https://herald.example/a/part-{n}-x", n, link(n + 1)) for n in range(2, 60))
    whole = post(replace(page(extra=link(2)), parts=parts, complete=True), body=(".story",), next=(".on",))
    assert "gate number 590" in whole.text
