"""Further pages of an article are found by links with a page number; next articles, comments and lists are not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler.errors import Elsewhere, PartsNeeded
from crawler.extractors import extract
from crawler.extractors.page_numbers import page_number
from crawler.items import Page

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
URL = "https://herald.example/a/lock-gates"
TEXTS = [
    "The lock keepers tested gate number {n} on Monday, and it closed within four minutes in spite of the wind. ",
    "An engineer of the port authority said that gate {n} had been painted, greased and fitted with a motor in May. ",
    "The skippers who wait before gate {n} hope that the queue of barges will be shorter when the season begins. ",
]


def text(number: int) -> list[str]:
    return [sentence.format(n=number) * 2 for sentence in TEXTS]


def page(body: str, url: str = URL, head: str = "", *, title: str = "Lock gates tested", status: int = 200) -> Page:
    html = f"""<html lang="en"><head><title>{title}</title><meta property="og:type" content="article">{head}</head>
<body><main><article><h1>{title}</h1>{body}</article></main></body></html>"""
    return Page(url, html.encode(), [("Content-Type", "text/html; charset=utf-8")], NOW, status)


def split(number: int, links: str = "", head: str = "", url: str = URL, title: str = "Lock gates tested") -> Page:
    return page("".join(f"<p>{line}</p>" for line in text(number)) + links, url, head, title=title)


def needed(page: Page) -> tuple[str, ...]:
    """The further pages that an article needs."""
    try:
        extract(page)
    except PartsNeeded as error:
        assert not error.required
        return error.urls
    return ()


def row(*addresses: str) -> str:
    return "".join(f"<a href='{address}'>{number}</a> " for number, address in enumerate(addresses, 2))


URLS = [
    (URL, f"{URL}?page=2"),
    (URL, f"{URL}?p=2"),
    (URL, f"{URL}?seite=2"),
    (URL, f"{URL}?pagina=2"),
    (URL, f"{URL}/2"),
    (f"{URL}/", f"{URL}/2/"),
    (URL, f"{URL}/page/2/"),
    (URL, f"{URL}/seite-2"),
    (f"{URL}.html", f"{URL}_2.html"),
    (f"{URL}.shtml", f"{URL}-2.shtml"),
    (f"{URL}.html", f"{URL},page-2.html"),
    (f"{URL}_1.html", f"{URL}_2.html"),
    (f"{URL}?page=1", f"{URL}?page=2"),
    (f"{URL}?id=7", f"{URL}?id=7&page=2"),
    (f"{URL}?id=7", f"{URL}?page=2&id=7"),
    (f"{URL}?utm_source=feed", f"{URL}?page=2"),
    ("https://www.herald.example/a/lock-gates", f"{URL}?page=2"),
    ("https://herald.example/a/闸门", "https://herald.example/a/%E9%97%B8%E9%97%A8_2"),
]


@pytest.mark.parametrize(("first", "second"), URLS)
def test_a_row_of_numbers_leads_to_the_second_page(first: str, second: str) -> None:
    assert needed(split(1, row(second), url=first)) == (second,)
    assert needed(split(1, f"<p><span>Page 1 of 3</span> <a href='{second}'>Next</a></p>", url=first)) == (second,)


ARTICLES = [
    ("https://herald.example/a/1", "https://herald.example/a/2"),
    (URL, f"{URL}-again"),
    (URL, "https://herald.example/a/lock-gates-reopened?page=2"),
    (URL, "https://gazette.example/a/lock-gates?page=2"),
    (URL, f"{URL}?id=2"),
    (URL, f"{URL}?page=2026"),
    (f"{URL}-2025.html", f"{URL}-2026.html"),
    (f"{URL}?id=7", f"{URL}?id=8&page=2"),
    (URL, f"{URL}#2"),
]


@pytest.mark.parametrize(("first", "second"), ARTICLES)
def test_the_next_article_is_no_further_page(first: str, second: str) -> None:
    links = f"<nav class='pagination'>{row(second)}<a rel='next' href='{second}'>Next</a></nav>"
    assert needed(split(1, links, f"<link rel='next' href='{second}'>", first)) == ()


SIGNS = {
    "link rel": ("", "<link rel='next' href='?page=2'>"),
    "a rel": ("<a rel='nofollow next' href='?page=2'>Continue</a>", ""),
    "pager": ("<div class='article-pagination'><a href='?page=2'>Continue</a></div>", ""),
    "1/3": ("<p>1/3 <a href='?page=2'>›</a></p>", ""),
    "de": ("<p>Seite 1 von 3 <a href='?page=2'>Weiter</a></p>", ""),
    "zh": ("<p>第1页/共3页 <a href='?page=2'>下一页</a></p>", ""),
    "ja": ("<p>1ページ目(全3ページ) <a href='?page=2'>次へ</a></p>", ""),
    "named number": ("<p><a href='?page=2'>Page 2</a></p>", ""),
}


@pytest.mark.parametrize(("links", "head"), SIGNS.values(), ids=SIGNS)
def test_a_page_says_that_it_goes_on(links: str, head: str) -> None:
    assert needed(split(1, links, head)) == (f"{URL}?page=2",)


@pytest.mark.parametrize(
    "links",
    [
        "<p><a href='?page=2'>Continue</a></p>",
        "<div class='comments'><a href='?page=2'>2</a></div>",
        "<p><a href='/a/lock-gates/comment-page-2#comments'>2</a></p>",
        "<p><a href='?page=2'>7</a></p>",
    ],
)
def test_other_links_with_a_page_number_lead_to_nothing(links: str) -> None:
    assert needed(split(1, links)) == ()


NEXT = "<a rel='next' href='/a/the-keepers'>Next</a>"
IN_HEAD = "<link rel='next' href='/a/the-keepers'>"


@pytest.mark.parametrize(
    ("links", "head", "title"),
    [
        (f"<div>Page 1 of 3 {NEXT}</div>", "", ""),
        (f"<p>Page 1 of 3</p>{NEXT}", "", ""),
        (f"<p>Seite 1 von 3</p>{NEXT}", "", ""),
        (f"<div>第1页/共3页 {NEXT}</div>", "", ""),
        ("<div class='pager'><b>1</b> / 3</div>", IN_HEAD, ""),
        ("", IN_HEAD, " (page 1 of 3)"),
        ("<div>1 of 3 <a rel='next' href='?start=10'>Next</a></div>", "", ""),
    ],
)
def test_a_next_link_without_a_number_is_followed_on_page_1_of_several(links: str, head: str, title: str) -> None:
    assert len(needed(split(1, links, head, title=f"Lock gates tested{title}"))) == 1


@pytest.mark.parametrize(
    ("links", "head"),
    [
        (NEXT, IN_HEAD),  # the next article
        ("<p>Photograph 1 of 3</p>", IN_HEAD),
        ("<p>Page 3 of 3</p>", IN_HEAD),
        ("<p>Page 1 of 1</p>", IN_HEAD),
        ("<p>Page 2 of 3</p>", IN_HEAD),
        ("<div class='comments'>Page 1 of 3</div>", IN_HEAD),
        (f"<div class='comments'>Page 1 of 3 {NEXT}</div>", ""),
        ("<p>Page 1 of 3 <a rel='next' href='https://other.example/a/the-keepers'>Next</a></p>", ""),
        ("<p>Page 1 of 3 <a href='/a/the-keepers'>Next</a></p>", ""),
    ],
)
def test_other_next_links_are_not(links: str, head: str) -> None:
    assert needed(split(1, links, head)) == ()


def test_pages_without_numbers_in_their_urls_are_joined_as_long_as_they_have_the_headline() -> None:
    def part(number: int, following: str) -> Page:
        link = following and f"<a rel='next' href='/a/{following}'>Next</a>"
        return split(number, f"<div>Page {number} of 3 {link}</div>", url=f"https://herald.example/a/part-of-{number}")

    first, second, third = split(1, f"<div>Page 1 of 3 {NEXT}</div>"), part(2, "the-end"), part(3, "")
    assert needed(replace(first, parts=(second,))) == ("https://herald.example/a/the-end",)
    whole = extract(replace(first, parts=(second, third))).text
    assert [f"gate {number} had been" in whole for number in (1, 2, 3)] == [True] * 3
    other = split(2, url="https://herald.example/a/the-keepers", title="The keepers of the locks")
    assert "gate 2 had been" not in extract(replace(first, parts=(other,))).text


def test_a_name_with_a_number_needs_more_than_a_next_link() -> None:
    assert needed(split(1, "", f"<link rel='next' href='{URL}-2'>")) == ()
    first = split(1, row(f"{URL}-2"))
    another = split(2, url=f"{URL}-2", title="Bridge closed for repairs")
    assert "number 2" not in extract(replace(first, parts=(another,))).text
    assert "number 2" in extract(replace(first, parts=(split(2, url=f"{URL}-2"),))).text


def test_pages_are_joined_in_order_and_the_gaps_of_a_row_are_filled() -> None:
    first = split(1, "<a href='?page=2'>2</a> … <a href='?page=5'>5</a>")
    parts = tuple(split(number, url=f"{URL}?page={number}") for number in range(2, 6))
    assert needed(first) == (f"{URL}?page=2",)
    assert needed(replace(first, parts=parts[:1])) == tuple(f"{URL}?page={number}" for number in (3, 4, 5))
    post = extract(replace(first, parts=parts))
    assert [line.strip() for line in post.text.split("\n")] == [
        line.strip() for number in range(1, 6) for line in text(number)
    ]
    assert post.canonical_url == URL


def test_pages_counted_from_zero_are_joined_in_order() -> None:
    first = split(1, row("?page=1", "?page=2"))
    assert needed(first) == (f"{URL}?page=1",)
    second = split(2, row("?page=1", "?page=2"), url=f"{URL}?page=1")
    assert needed(replace(first, parts=(second,))) == (f"{URL}?page=2",)
    assert needed(split(1, "<a rel='next' href='?page=1'>Next</a>")) == (f"{URL}?page=1",)


FIRST = split(1, row("?page=2", "?page=3", "?page=4"))
SECOND = split(2, url=f"{URL}?page=2")
ENDS = {
    "404": replace(SECOND, status=404),
    "410": replace(SECOND, status=410),
    "no bytes": replace(SECOND, body=b""),
    "no text": page("", f"{URL}?page=2"),
    "the first page again": replace(FIRST, url=f"{URL}?page=2"),
    "a redirect to the first page": replace(SECOND, url=URL),
    "the article with other comments": split(1, "<p>Well said, I was there.</p>", url=f"{URL}?page=2"),
    "a log-in form": page("<p>Log in to read on.</p><input type=password>", f"{URL}?page=2"),
    "a picture": replace(SECOND, body=b"\x89PNG", headers=[("Content-Type", "image/png")]),
}


@pytest.mark.parametrize("part", ENDS.values(), ids=ENDS)
def test_a_row_ends_before_a_page_that_adds_nothing(part: Page) -> None:
    assert extract(replace(FIRST, parts=(part,))).text == extract(replace(FIRST, complete=True)).text
    three = (SECOND, split(3, url=f"{URL}?page=3"), part)
    assert extract(replace(FIRST, parts=three)).text.count("gate number 3") == 2


def test_a_page_without_its_further_pages_is_taken_when_there_are_none_to_be_had() -> None:
    assert extract(replace(FIRST, complete=True)).text.count("gate number 1") == 2


def test_a_list_needs_no_further_pages() -> None:
    items = "".join(f"<h2><a href='/a/{n}.html'>Headline number {n} of the day is here</a></h2>" for n in range(25))
    html = f"<html><body><main>{items}<nav class='pagination'>{row('?page=2')}</nav></main></body></html>"
    listing = Page("https://herald.example/world", html.encode(), [("Content-Type", "text/html")], NOW)
    with pytest.raises(Exception, match="listing"):
        extract(listing)


@pytest.mark.parametrize(
    ("own", "link", "first"),
    [
        (f"{URL}?page=2", f"<a href='{URL}'>1</a>", URL),
        (f"{URL}?page=3", f"<a href='{URL}?page=1'>1</a><a href='?page=2'>2</a>", f"{URL}?page=1"),
        (f"{URL}/2/", f"<a href='{URL}/'>1</a>", f"{URL}/"),
        (f"{URL}_2.html", f"<a href='{URL}.html'>1</a>", f"{URL}.html"),
        (f"{URL}?page=2", f"<a rel='prev' href='{URL}'>Back</a>", URL),
    ],
)
def test_a_further_page_leads_to_the_first(own: str, link: str, first: str) -> None:
    with pytest.raises(Elsewhere) as elsewhere:
        extract(split(2, link, url=own))
    assert elsewhere.value.url == first


@pytest.mark.parametrize(
    ("own", "link"),
    [
        ("https://herald.example/a/2", "<a rel='prev' href='/a/1'>1</a>"),
        (f"{URL}-2", f"<a rel='prev' href='{URL}'>Lock gates tested</a>"),
        ("https://herald.example/blog/2", "<link rel='canonical' href='/blog'><a href='/blog'>Blog</a>"),
        (URL, f"<a href='{URL}'>1</a>"),
    ],
)
def test_an_article_with_a_number_is_an_article(own: str, link: str) -> None:
    assert extract(split(2, link, url=own)).title == "Lock gates tested"


def test_a_page_number_is_not_searched_in_costly_urls() -> None:
    long = URL + "/-" * 1000 + "2"
    assert page_number(URL, long) is None and page_number(long, long + "?" + "page=" * 500) is None
