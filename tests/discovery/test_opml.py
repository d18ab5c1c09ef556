"""Lists of feed readers: read whatever their faults, and written."""

from __future__ import annotations

import time

import pytest

from crawler.discovery.opml import MOST, Subscription, read, written
from crawler.errors import SourceUnreadable
from crawler.items import Source

OPML = """<?xml version="1.0" encoding="{encoding}"?><!-- from a reader -->
<opml version="2.0"><head><title>Mine</title></head><body>
<outline text="News"><outline text="Local">
  <outline type="rss" text="The Herald" title="The Herald &amp; Post"
    xmlUrl="https://herald.example/feed?a=1&amp;b=2" htmlUrl="x"/>
</outline><outline type="rss" text="观察者网" xmlUrl='feed://gazette.example/rss'></outline></outline>
<outline TEXT="Alone" XMLURL="https://alone.example/atom.xml"/>{more}
</body></opml>"""
THREE = [
    Subscription("https://herald.example/feed?a=1&b=2", "The Herald & Post", "Local"),
    Subscription("https://gazette.example/rss", "观察者网", "News"),
    Subscription("https://alone.example/atom.xml", "Alone", ""),
]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_nested_outlines_in_any_encoding(encoding: str) -> None:
    assert read(OPML.format(encoding=encoding, more="").encode(encoding), "list") == (THREE, "")


@pytest.mark.parametrize(
    "more",
    [
        '<outline text="No feed"/>',
        '<outline text="a & b" xmlUrl="https://d.example/?x=1&y=2"/>',
        "<!-- <outline xmlUrl='https://no.example/'/> -->",
        "</outline></outline>",
        '<outline text="open">',
    ],
)
def test_faults_cost_no_feed(more: str) -> None:
    feeds, missing = read(OPML.format(encoding="utf-8", more=more).encode(), "list")
    assert feeds[:3] == THREE
    assert missing == ""


def test_a_list_that_is_cut_off_says_so() -> None:
    whole = OPML.format(encoding="utf-8", more="")
    feeds, missing = read(whole[: whole.index("<outline TEXT")].encode(), "list")
    assert feeds == THREE[:2]
    assert missing == "list: line 7: cut off, </opml> is missing; feeds read before: 2"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not OPML: no element in it"),
        ("https://herald.example/feed", "not OPML: no element in it"),
        ("<html><body><outline xmlUrl='https://a.example/'/>", "not OPML: its root is <html>"),
        ("<rss><channel/></rss>", "not OPML: its root is <rss>"),
        ("<opml><body><outline text='a'/></body></opml>", "OPML without a feed: no <outline> has an xmlUrl"),
        ("<opml><body>\n<outline text='a'", "line 2: cut off, </opml> is missing"),
    ],
)
def test_what_is_no_list_is_one_line(text: str, why: str) -> None:
    with pytest.raises(SourceUnreadable) as raised:
        read(text.encode(), "list")
    assert str(raised.value) == f"list: {why}"


def test_bombs_are_harmless() -> None:
    bomb = '<!DOCTYPE opml [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {after} "{f"&{before};" * 10}">' for before, after in zip("abcdefgh", "bcdefghi", strict=True)
    )
    outline = "<outline text='&i;' xmlUrl='https://a.example/&i;'/>"
    started = time.process_time()
    feeds, _ = read(f"{bomb}]><opml>{outline}</opml>".encode(), "list")
    assert feeds == [Subscription("https://a.example/&i;", "&i;")]
    deep = "<outline text='a'>" * 200_000
    feeds, missing = read(f"<opml>{deep}{outline}".encode(), "list")
    assert len(feeds) == 1
    assert "cut off" in missing
    many = "<outline xmlUrl='https://a.example/'/>" * (MOST + 1)
    feeds, missing = read(f"<opml>{many}</opml>".encode(), "list")
    assert (len(feeds), missing) == (MOST, f"list: feeds after the first {MOST} left out")
    assert time.process_time() - started < 10


def test_a_written_list_reads_back() -> None:
    sources = [
        Source("herald", site='The "Herald" & <Post>', section="Local", feeds=("https://herald.example/feed?a=1&b=2",)),
        Source("alone", feeds=("https://alone.example/a", "https://alone.example/b")),
        Source("maps", sitemaps=("https://maps.example/sitemap.xml",)),
        Source("gazette", site="观察者网", section="Local", feeds=("https://gazette.example/rss",)),
    ]
    assert read(written(sources).encode(), "list") == (
        [
            Subscription("https://alone.example/a", "alone"),
            Subscription("https://alone.example/b", "alone"),
            Subscription("https://herald.example/feed?a=1&b=2", 'The "Herald" & <Post>', "Local"),
            Subscription("https://gazette.example/rss", "观察者网", "Local"),
        ],
        "",
    )
