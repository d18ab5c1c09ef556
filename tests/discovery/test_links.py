"""The gate that every discovered URL passes, and the entry points of a source."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.discovery import EntryPoint, direct, entry_points, to_read
from crawler.discovery.found import Link, absolute, gate
from crawler.items import Candidate, Listing, Section, Source

BASE = "https://example.org/news/"


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("/a/1", "https://example.org/a/1"),
        ("1.html", "https://example.org/news/1.html"),
        ("../1.html", "https://example.org/1.html"),
        ("/a/../b", "https://example.org/b"),
        ("//other.example/x", "https://other.example/x"),
        ("?id=1&x=2", "https://example.org/news/?id=1&x=2"),
        (" \n/a/1\t", "https://example.org/a/1"),
        ("/a/1#part", "https://example.org/a/1"),
        ("http://example.org:8080/a", "http://example.org:8080/a"),
        ("HTTPS://EXAMPLE.ORG/A", "https://EXAMPLE.ORG/A"),
        ("/GuoJi·ZhanLue/1.shtml", "https://example.org/GuoJi%C2%B7ZhanLue/1.shtml"),
        ("/a b", "https://example.org/a%20b"),
        ("/a%20b", "https://example.org/a%20b"),
        ("https://观察者.example/", "https://xn--ldt245fwvg.example/"),
        ("//straße.example/ß?q=ß", "https://xn--strae-oqa.example/%C3%9F?q=%C3%9F"),
        ("https://%E2%98%83.example:8080/x", "https://xn--n3h.example:8080/x"),
        ("http://ＷＷＷ．ｅｘａｍｐｌｅ。ｏｒｇ/a", "http://www.example.org/a"),
    ],
)
def test_links_become_absolute(href: str, expected: str) -> None:
    found = absolute(BASE, href)
    assert found is not None
    assert found.lower() == expected.lower()


@pytest.mark.parametrize(
    "href",
    [
        "javascript:void(0)",
        "mailto:a@example.org",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://example.org/x",
        "s3://bucket/key",
        "gopher://example.org/",
        "https://me:hunter2@example.org/",
        "http://",
        "http:///x",
        "http://example.org:99999/",
        "http://example.org:x/",
        "http://[::1/",
        "http://a\u200cb.example/",
        "http://ü%2F.example/",
        "//xn--ü.example/",
        "/" + "a" * 2100,
        "tel:110",
        "blob:x",
    ],
)
def test_S4_links_that_cannot_be_fetched_are_left_out(href: str) -> None:
    assert absolute(BASE, href) is None
    found = gate([Link(href), Link("/a/1")], Source("s"), via=BASE, most=10)
    assert [candidate.url for candidate in found.candidates] == ["https://example.org/a/1"]
    assert found.notes == (f"{BASE}: links that can't be fetched: 1",)


def test_a_query_is_escaped_in_the_documents_encoding_and_a_path_in_utf_8() -> None:
    assert absolute(BASE, "/中?q=中", "gb18030") == "https://example.org/%E4%B8%AD?q=%D6%D0"


def test_allow_and_deny_are_searched_in_the_canonical_url_and_deny_wins() -> None:
    source = Source("s", allow=(r"^https://example\.org/a/\d+$",), deny=("/a/13",))
    links = [Link(f"/a/{n}?utm_source=feed#top") for n in (1, 13)]
    found = gate([*links, Link("/b/1")], source, via=BASE, most=10)
    assert found.candidates == (Candidate("https://example.org/a/1?utm_source=feed", "s", via=BASE),)
    assert found.notes == (f"{BASE}: links left out by allow and deny of source s: 2",)


def test_an_article_that_is_linked_twice_is_one_candidate() -> None:
    links = [Link("/a/1", title="first"), Link("https://EXAMPLE.org/a/1?utm_medium=x", title="second")]
    found = gate(links, Source("s"), via=BASE, most=10)
    assert [candidate.title for candidate in found.candidates] == ["first"]


def test_a_limit_keeps_the_first_links_and_leaves_a_note() -> None:
    found = gate((Link(f"/a/{n}") for n in range(5)), Source("s"), via=BASE, most=3)
    assert [candidate.url[-1] for candidate in found.candidates] == ["0", "1", "2"]
    assert found.notes == (f"{BASE}: links beyond the first 3 articles left out ([limits] discovered_urls)",)


def test_entry_points_keep_the_order_of_the_configuration() -> None:
    section, listing = Section("https://example.org/p", "a"), Listing("https://example.org/l")
    source = Source(
        "s",
        feeds=("https://example.org/f",),
        sitemaps=("https://example.org/m",),
        sections=(section,),
        listings=(listing,),
        urls=("https://example.org/1", "https://example.org/1"),
        allow=("nothing",),
    )
    assert entry_points(source) == [
        EntryPoint("feed", "https://example.org/f"),
        EntryPoint("sitemap", "https://example.org/m"),
        EntryPoint("section", "https://example.org/p", section=section),
        EntryPoint("listing", "https://example.org/l", listing=listing),
    ]
    assert direct(source) == [Candidate("https://example.org/1", "s")]


NOW = datetime(2022, 3, 18, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("modified", "looked", "waits"),
    [
        (NOW - timedelta(days=2), NOW - timedelta(hours=1), True),
        (NOW - timedelta(days=2), None, False),
        (NOW - timedelta(hours=12), NOW - timedelta(hours=1), False),
        (None, NOW - timedelta(hours=1), False),
        (NOW - timedelta(days=900), NOW - timedelta(hours=25), False),
        (NOW - timedelta(days=2), NOW + timedelta(hours=1), False),
    ],
)
def test_a_child_waits_for_a_day_at_most_if_its_index_dates_it_long_before_the_look(
    modified: datetime | None, looked: datetime | None, waits: bool
) -> None:
    assert EntryPoint("sitemap", BASE, modified=modified).can_wait(looked, NOW) is waits


def test_the_newest_children_of_an_index_never_wait() -> None:
    children = [EntryPoint("sitemap", f"{BASE}{n}", modified=NOW - timedelta(days=9 + n)) for n in range(15)]
    assert to_read(children, lambda _: NOW - timedelta(hours=1), NOW) == children[:10]
    assert to_read(children, lambda url: None if url == f"{BASE}12" else NOW, NOW) == [*children[:10], children[12]]
