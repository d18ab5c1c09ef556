"""Which of the feeds and sitemaps of a site are followed, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler.discovery.found import Form, NamedBy
from crawler.discovery.offers import Offer, allow_of, chosen, free_name, name_of
from crawler.items import Candidate

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def offer(path: str, *articles: int, form: Form = "RSS", named_by: NamedBy = "link element", year: int = 2026) -> Offer:
    dated = NOW.replace(year=year)
    found = tuple(Candidate(f"https://herald.example/{number}", "", dated) for number in articles)
    return Offer(f"https://herald.example/{path}", named_by, form, found)


MAIN = offer("feed", *range(10))
CASES = {
    "the first feed is the main one": ([MAIN, offer("sport", 1, 20, 21)], ["feed"]),
    "a declared feed before one in a usual place": ([offer("rss", 1, named_by="usual place"), MAIN], ["feed"]),
    "a feed before a sitemap": ([offer("map", *range(90), form="sitemap"), MAIN], ["feed"]),
    "a news sitemap beside the main feed": ([MAIN, offer("news", 1, 50, form="news sitemap")], ["news", "feed"]),
    "one news sitemap of two": ([offer("a", 1, form="news sitemap"), offer("b", 2, form="news sitemap")], ["a"]),
    "no comments": ([offer("comments/feed", 1, 2), offer("sport", 3)], ["sport"]),
    "no feed that has not changed for a year": ([offer("old", 1, year=2024), MAIN], ["feed"]),
    "an old feed is better than none": ([offer("old", 1, year=2020)], ["old"]),
    "no empty feed": ([offer("empty"), offer("sport", 3)], ["sport"]),
    "a sitemap when there is no feed": ([offer("map", 1, 2, form="sitemap")], ["map"]),
    "what was given, whatever it is": ([offer("comments/feed", 1, named_by="")], ["comments/feed"]),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_followed(case: str) -> None:
    offers, followed = CASES[case]
    found = chosen(offers)
    assert [one.url.removeprefix("https://herald.example/") for one in found if one.taken] == followed
    assert len(found) == len(offers)
    assert all(one.why for one in found)


def test_all_follows_what_brings_something_of_its_own() -> None:
    offers = [MAIN, offer("same", *range(9)), offer("sport", 1, 20), offer("map", *range(90), form="sitemap")]
    broken = replace(offer("broken"), form="", failure="answered 404")
    found = chosen([*offers, broken, offer("comments/feed", 1)], everything=True)
    assert [one.taken for one in found] == [True, False, True, True, False, False]
    assert [one.why for one in found][-2:] == ["comments of readers", "answered 404"]


@pytest.mark.parametrize(
    ("url", "allow"),
    [
        ("https://www.herald.example/", (r"^https?://([^/]+\.)?herald\.example[:/]",)),
        ("https://reader.example/", ()),
        ("https://herald.example.org/", ()),
    ],
)
def test_allow_is_the_site_that_the_articles_are_on(url: str, allow: tuple[str, ...]) -> None:
    assert allow_of(url, chosen([MAIN])) == allow


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://www.herald.example/news", "herald"),
        ("https://www.bbc.co.uk/", "bbc"),
        ("https://sport.people.com.cn/", "people"),
        ("http://127.0.0.1:8000/", "127-0-0-1"),
        ("https://me.github.io/blog", "me"),
        ("https://taken.example/", "taken-3"),
    ],
)
def test_names_are_made_of_hosts(url: str, name: str) -> None:
    assert name_of(url, {"taken", "taken-2"}) == name


def test_names_are_made_of_titles() -> None:
    assert free_name(" BBC News – World ", ["a"]) == "bbc-news-world"
    assert free_name("观察者网", []) == ""
    assert len(free_name("x" * 99, [])) == 50
