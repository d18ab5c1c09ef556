"""Section pages → candidates, by selector or pattern, and their paging."""

from __future__ import annotations

import dataclasses
import time
from datetime import UTC, datetime

import pytest

from crawler.config import Limits
from crawler.discovery import EntryPoint, Found
from crawler.discovery.reading import read
from crawler.errors import SourceUnreadable
from crawler.items import Candidate, Page, Section, Source

URL = "https://example.org/politics"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>政治</title></head><body>
<nav><a href="/">Home</a> <a href="/world">World</a></nav>
<ul class="column-list">
 <li><h4><a href="/politics/2022_03_18_630877.shtml">美国  <em>政治</em></a></h4></li>
 <li><h4><a href="https://example.org/politics/2022_03_18_630878.shtml#c"><!-- x --><img src="x" alt=""></a></h4></li>
 <li><h4 class="video"><a href="javascript:play()">Video</a></h4></li>
</ul><a class="next" href="politics?page=2">Older</a></body></html>"""


def found(body: str | bytes, section: Section, step: int = 1, source: Source | None = None, url: str = URL) -> Found:
    raw = body.encode() if isinstance(body, str) else body
    entry = EntryPoint("section", section.url, section=section, step=step)
    page = Page(url, raw, [("Content-Type", "text/html; charset=utf-8")], NOW)
    return read(page, source or Source("s"), entry, Limits())


def test_links_are_found_by_selector() -> None:
    read = found(PAGE, Section(URL, "ul.column-list h4 a", "政治"))
    assert read.candidates == (
        Candidate("https://example.org/politics/2022_03_18_630877.shtml", "s", None, "政治", "美国 政治", URL),
        Candidate("https://example.org/politics/2022_03_18_630878.shtml", "s", None, "政治", "", URL),
    )
    assert read.next == ()


def test_a_selector_may_match_an_element_around_the_link() -> None:
    assert (
        found(PAGE, Section(URL, "ul.column-list h4")).candidates
        == found(PAGE, Section(URL, "ul.column-list h4 a")).candidates
    )


def test_links_are_found_by_a_pattern_of_their_absolute_urls() -> None:
    read = found(PAGE, Section(URL, r"re:^https://example\.org/politics/\d{4}_"))
    assert [candidate.url[-6:] for candidate in read.candidates] == [".shtml", ".shtml"]


def test_links_are_relative_to_the_base_and_the_url_after_redirects() -> None:
    based = PAGE.replace("<title>", '<base href="/deep/er/"><title>').replace('"/politics/', '"politics/')
    read = found(based, Section(URL, "h4 a"))
    assert read.candidates[0].url == "https://example.org/deep/er/politics/2022_03_18_630877.shtml"
    moved = found(PAGE.replace('"/politics/', '"'), Section(URL, "h4 a"), url="https://www.example.org/new/")
    assert moved.candidates[0].url == "https://www.example.org/new/2022_03_18_630877.shtml"


def test_the_next_page_is_found_by_selector() -> None:
    section = Section(URL, "h4 a", next="a.next", max_pages=3)
    second = EntryPoint("section", "https://example.org/politics?page=2", section=section, step=2)
    assert found(PAGE, section).next == (second,)
    assert found(PAGE, section, step=3).next == ()
    assert found(PAGE, dataclasses.replace(section, max_pages=1)).next == ()
    assert found(PAGE, dataclasses.replace(section, next="a.none")).next == ()


@pytest.mark.parametrize(
    "href", ["https://elsewhere.example/2", "javascript:next()", "/politics", "/politics#2", "http://["]
)
def test_S8_a_next_page_on_another_site_or_the_same_page_is_not_followed(href: str) -> None:
    section = Section(URL, "h4 a", next="a.next", max_pages=3)
    assert found(PAGE.replace('"politics?page=2"', f'"{href}"'), section).next == ()


def test_the_number_of_the_next_page_counts_from_2() -> None:
    section = Section(URL, "h4 a", next="https://example.org/politics/list_{page}.shtml", max_pages=3)
    assert [entry.url for entry in found(PAGE, section).next] == ["https://example.org/politics/list_2.shtml"]
    assert [entry.url for entry in found(PAGE, section, step=2).next] == ["https://example.org/politics/list_3.shtml"]
    assert found(PAGE, section, step=3).next == ()


def test_a_page_with_another_layout_is_reported() -> None:
    with pytest.raises(SourceUnreadable, match=r"no link matches 'h9 a': has the page's layout changed\?"):
        found(PAGE, Section(URL, "h9 a"))
    with pytest.raises(SourceUnreadable, match="no link matches 're:/never/'"):
        found(PAGE, Section(URL, "re:/never/"))


def test_a_further_page_may_be_empty() -> None:
    section = Section(URL, "h4 a", next="https://example.org/politics/{page}", max_pages=9)
    read = found("<p><a href='/'>nothing here</a></p>", section, step=2)
    assert (read.candidates, read.next) == ((), ())
    assert read.notes == (f"{URL}: page 2 has no article links",)


@pytest.mark.parametrize(
    "body", [b"", b" ", b"<html><body><div id=app></div></body></html>", b"\x00", b"\xff\xfe", b"{}"]
)
def test_a_page_without_links_is_reported(body: bytes) -> None:
    with pytest.raises(SourceUnreadable, match="a page without any link: it is empty, or JavaScript makes its links"):
        found(body, Section(URL, "h4 a"))


def test_a_page_in_gb18030_is_read() -> None:
    text = PAGE.replace("utf-8", "gb2312") + "<p>" + "观察者网的记者从外交部获悉，双方就经贸问题交换了意见。" * 5
    entry = EntryPoint("section", URL, section=Section(URL, "h4 a"))
    read_back = read(
        Page(URL, text.encode("gb18030"), [("Content-Type", "text/html")], NOW), Source("s"), entry, Limits()
    )
    assert read_back.candidates[0].title == "美国 政治"


def test_a_page_whose_links_are_all_denied_is_not_an_error() -> None:
    read = found(PAGE, Section(URL, "h4 a"), source=Source("s", deny=("shtml",)))
    assert read.candidates == ()
    assert any("left out by allow and deny" in note for note in read.notes)


@pytest.mark.parametrize(
    "body",
    [
        b"<h4><a href='/1'>x</a></h4>" + b"<div>" * 100_000,
        b"<h4><a href='/1' " + b" ".join(b"a%d" % n for n in range(200_000)) + b">x</a></h4>",
        b"<a href='/1'>x</a>" * 300_000,
    ],
)
def test_D5_pages_made_to_use_up_time_are_refused_at_once(body: bytes) -> None:
    start = time.process_time()
    with pytest.raises(SourceUnreadable, match=r"the page is too complex: (depth|attributes|elements)"):
        found(body, Section(URL, "h4 a"))
    assert time.process_time() - start < 3


@pytest.mark.parametrize("link", [b"<a href='/%d'>x", b"<a href='/%d'>x</a>"])
def test_D9_a_page_of_too_many_links_is_read_up_to_the_limit(link: bytes) -> None:
    body = b"<h4>" + b"".join(link % n for n in range(20_000))
    entry = EntryPoint("section", URL, section=Section(URL, "h4 a"))
    start = time.process_time()
    assert len(read(Page(URL, body, [], NOW), Source("s"), entry, Limits(discovered_urls=1000)).candidates) == 1000
    assert time.process_time() - start < 3
