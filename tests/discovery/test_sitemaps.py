"""Sitemaps, indexes, news sitemaps, gzip, text lists → candidates and children; bombs and others are refused."""

from __future__ import annotations

import contextlib
import gzip
import time
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.config import Limits
from crawler.discovery import EntryPoint, Found, markup, nesting
from crawler.discovery import found as gates
from crawler.discovery.reading import read
from crawler.errors import SourceUnreadable
from crawler.fetching.fence import entry_fence
from crawler.items import Candidate, Page, Source

URL = "https://www.example.org/sitemap.xml"
SOURCE = Source("s", timezone="Asia/Shanghai")
SEED = datetime(2022, 3, 18, 9, 54, 35, tzinfo=UTC)
NAMESPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
)


DEFAULTS = Limits()


def found(body: str | bytes, step: int = 1, limits: Limits = DEFAULTS) -> Found:
    raw = body.encode() if isinstance(body, str) else body
    return read(Page(URL, raw, [], SEED), SOURCE, EntryPoint("sitemap", URL, step=step), limits)


def urlset(urls: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset {NAMESPACES}>{urls}</urlset>'


def index(sitemaps: str) -> str:
    return f'<?xml version="1.0"?><sitemapindex {NAMESPACES}>{sitemaps}</sitemapindex>'


def test_the_newest_come_first_and_lastmod_is_not_the_date_of_publication() -> None:
    body = urlset(
        "<url><loc> https://www.example.org/undated </loc></url>"
        "<url><loc>/old</loc><lastmod>2020-01-01</lastmod><image:image><image:loc>/x.jpg</image:loc></image:image></url>"
        "<!-- a comment --><url><loc>https://www.example.org/a?x=1&amp;y=2</loc><lastmod>2022-01-01</lastmod></url>"
        "<url/>"
    )
    candidates = found(body).candidates
    assert [(one.url, one.published) for one in candidates] == [
        ("https://www.example.org/a?x=1&y=2", None),
        ("https://www.example.org/old", None),
        ("https://www.example.org/undated", None),
    ]
    changes = [one.updated and one.updated.isoformat() for one in candidates]
    assert changes == ["2022-01-01T15:59:59+00:00", "2020-01-01T15:59:59+00:00", None], "the end of the day in Shanghai"


def test_news_sitemaps_give_date_and_title() -> None:
    body = urlset(
        "<url><loc>https://www.example.org/1</loc><news:news><news:publication><news:name>N</news:name>"
        "</news:publication><news:publication_date>2022-03-18T17:54:35</news:publication_date>"
        "<news:title>观察者网\n 一</news:title></news:news>"
        "<image:image><image:title>no</image:title></image:image></url>"
    )
    assert found(body).candidates == (Candidate("https://www.example.org/1", "s", SEED, "", "观察者网 一", URL),)


def test_an_index_names_its_children_newest_first() -> None:
    body = index(
        "<sitemap><loc>https://www.example.org/2020.xml</loc><lastmod>2020-12-31</lastmod></sitemap>"
        "<sitemap><loc>/2022.xml.gz</loc><lastmod>2022-03-18T17:54:35+08:00</lastmod></sitemap>"
        "<sitemap><loc>https://static.example.org/x.xml</loc><lastmod>2021-01-01T00:00:00Z</lastmod></sitemap>"
        "<sitemap><loc>https://elsewhere.example/x.xml</loc></sitemap>"
        f"<sitemap><loc>{URL}</loc></sitemap>"
        "<sitemap><loc>file:///etc/passwd</loc></sitemap>"
    )
    read = found(body)
    assert read.candidates == ()
    assert read.next == (
        EntryPoint("sitemap", "https://www.example.org/2022.xml.gz", step=2, modified=SEED),
        EntryPoint("sitemap", "https://static.example.org/x.xml", step=2, modified=datetime(2021, 1, 1, tzinfo=UTC)),
        EntryPoint(
            "sitemap", "https://www.example.org/2020.xml", step=2, modified=datetime(2020, 12, 30, 16, tzinfo=UTC)
        ),
    )
    assert read.notes == (f"{URL}: sitemaps of other sites left out: 2; allow may name them",)


@pytest.mark.parametrize(
    ("allow", "child", "taken"),
    [
        (r"^https://maps\.example/", "https://maps.example/news.xml", True),
        (r"^https?://(news|maps)\.example/", "https://maps.example/news.xml", True),
        (r"^https://maps\.example/\d{4}/.+", "https://maps.example/sitemap-1.xml", True),
        (r"^https?://maps\.example/\d{4}/", "https://maps.example/sitemap-1.xml", True),
        (r"^https://maps\.example/", "https://other.example/news.xml", False),
        (r"^https://maps.example/\d+", "https://mapsXexample/news.xml", False),
        (r"/\d{4}/", "https://maps.example/sitemap-1.xml", False),
    ],
)
def test_a_child_may_be_on_another_host_that_allow_names(allow: str, child: str, taken: bool) -> None:
    source = Source("s", sitemaps=(URL,), allow=(allow,))
    page = Page(URL, index(f"<sitemap><loc>{child}</loc></sitemap>").encode(), [], SEED)
    below = read(page, source, EntryPoint("sitemap", URL), DEFAULTS).next
    assert [entry.url.lower() for entry in below] == [child.lower()] * taken
    assert entry_fence(source).refusal(child) == "" or not taken


def test_a_304_of_an_index_does_not_cover_its_children() -> None:
    assert not found(index("<sitemap><loc>/a.xml</loc><lastmod>2022-01-01</lastmod></sitemap>")).conditional
    assert not found(index("<sitemap><loc>/a.xml</loc></sitemap>")).conditional
    assert found(urlset("<url><loc>/1</loc></url>")).conditional


def test_indexes_end_at_the_third_level() -> None:
    body = index("<sitemap><loc>/deeper.xml</loc></sitemap>")
    assert [entry.step for entry in found(body, step=2).next] == [3]
    last = found(body, step=3)
    assert (last.next, last.notes) == ((), (f"{URL}: sitemaps below level 3 left out: 1",))


def test_gzip_of_one_member_or_several_is_read() -> None:
    body = urlset("<url><loc>/1</loc></url>").encode()
    whole = found(gzip.compress(body))
    assert [candidate.url for candidate in whole.candidates] == ["https://www.example.org/1"]
    assert found(gzip.compress(body[:50]) + gzip.compress(body[50:])) == whole


def test_a_list_of_urls_as_text_is_read() -> None:
    body = "\ufeffhttps://www.example.org/1\r\n\r\nhttps://www.example.org/2\nnonsense:x\n"
    assert [candidate.url for candidate in found(body).candidates] == [
        "https://www.example.org/1",
        "https://www.example.org/2",
    ]


def test_a_feed_may_serve_as_a_sitemap() -> None:
    body = '<rss version="2.0"><channel><item><link>/1</link></item></channel></rss>'
    assert [candidate.url for candidate in found(body).candidates] == ["https://www.example.org/1"]


def test_a_sitemap_that_is_cut_off_gives_its_entries_before_the_cut() -> None:
    read = found(urlset("<url><loc>/1</loc></url><url><loc>/2</loc></url><url><loc>/3")[:-9])
    assert [candidate.url[-1] for candidate in read.candidates] == ["1", "2"]
    assert read.missing == f"{URL}: not in full: line 1: cut off, </urlset> is missing"
    assert not read.conditional


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "the sitemap is empty"),
        (gzip.compress(b"", mtime=0), "the sitemap is empty"),
        (b"<!DOCTYPE html><html><head><meta></head></html>", "an HTML page, not a sitemap: "),
        (b"<html><body/></html>", "an HTML page, not a sitemap: its root is <html>"),
        (b"hello", "not XML, not a sitemap: "),
        (b"<urlset", "XML, not a sitemap: "),
        (b"<urlset><item>/1</item></urlset>", "a sitemap without an entry: <item> is in <urlset>"),
        (b"<note/>", "XML, not a sitemap: its root is <note>"),
        (gzip.compress(b"<urlset></urlset>", mtime=0)[:-12], "a sitemap without an entry; line 1: cut off, "),
        (b"\x1f\x8bnonsense", "the sitemap is empty: damaged gzip data: "),
    ],
)
def test_a_body_that_is_not_a_sitemap_has_one_plain_reason(body: bytes, reason: str) -> None:
    with pytest.raises(SourceUnreadable) as raised:
        found(body)
    assert str(raised.value).startswith(f"{URL}: {reason}")
    assert "\n" not in str(raised.value)


ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol"}">' for n in range(10))


@pytest.mark.parametrize(
    "declaration",
    [
        ENTITIES,
        '<!ENTITY e9 SYSTEM "file:///etc/passwd">',
        '<!ENTITY % f SYSTEM "http://127.0.0.1/x"> %f;',
        '<!ENTITY a "b">',
    ],
)
def test_D8_a_sitemap_that_declares_entities_is_refused_not_empty(declaration: str) -> None:
    body = urlset("<url><loc>/1</loc></url><url><loc>&e9;</loc></url>").replace(
        "<urlset", f"<!DOCTYPE u [{declaration}]><urlset"
    )
    with pytest.raises(SourceUnreadable, match="declares entities; refused"):
        found(body)


def test_D8_an_external_dtd_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "urls.dtd").write_text('<!ENTITY inside "leaked">')
    body = urlset("<url><loc>/&inside;/</loc></url><url><loc>/1</loc></url>").replace(
        "<urlset", f'<!DOCTYPE urlset SYSTEM "{(tmp_path / "urls.dtd").as_uri()}"><urlset'
    )
    home = "https://www.example.org/"
    assert [candidate.url for candidate in found(body).candidates] == [f"{home}&inside;/", f"{home}1"], "not /leaked"


def test_D9_a_gzip_bomb_is_cut_at_the_limit() -> None:
    bomb = gzip.compress(bytes(64 * 2**20), 1)
    start = time.process_time()
    tracemalloc.start()
    with pytest.raises(SourceUnreadable, match=r"too large: more than 1048576 bytes .*\[limits\] sitemap_bytes"):
        found(bomb, limits=Limits(sitemap_bytes=2**20))
    assert tracemalloc.get_traced_memory()[1] < 2**23
    tracemalloc.stop()
    assert time.process_time() - start < 1


def test_D9_a_sitemap_of_too_many_urls_is_read_up_to_the_limit() -> None:
    body = urlset("".join(f"<url><loc>/{n}</loc></url>" for n in range(300)))
    read = found(body, limits=Limits(discovered_urls=100))
    assert len(read.candidates) == 100
    assert read.notes == (f"{URL}: entries beyond the first 100 left out ([limits] discovered_urls)",)


def test_D9_elements_that_are_not_entries_are_read_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceUnreadable, match="without an entry: entries after the first 10004 elements"):
        found(urlset("<url><loc>/1</loc>" + "<x/>" * 20_000 + "</url>"))
    monkeypatch.setattr(nesting, "MOST_ELEMENTS", 1000)
    with pytest.raises(SourceUnreadable, match="without an entry: entries after the first 1001 elements"):
        found(urlset("<x/>" * 2000))
    read = found(urlset("<url><loc>/1</loc></url>" + "<x/>" * 2000))
    assert len(read.candidates) == 1
    assert read.notes == (f"{URL}: entries after the first 1001 elements left out",)


def test_D9_read_entries_of_a_sitemap_do_not_stay_in_memory() -> None:
    body = urlset("<x><y/></x><url><!-- no address --></url>" * 15_000 + "<url><loc>/1</loc></url>").encode()
    tracemalloc.start()
    assert len(found(body).candidates) == 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5 * len(body)


@pytest.mark.parametrize("line", [b"\n", b"\r\n", "😀".encode(), b" "])
def test_D9_a_text_list_is_read_line_by_line(line: bytes) -> None:
    body = b"https://www.example.org/a\nhttps://www.example.org/b" + line * (6_000_000 // len(line))
    tracemalloc.start()
    read = found(body)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [candidate.url[:25] for candidate in read.candidates][:1] == ["https://www.example.org/a"]
    assert peak < 2 * len(body)


def test_D9_repeated_links_count_towards_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "MOST_LINKS", 100)
    read = found(b"https://www.example.org/a\n" * 150, limits=Limits(discovered_urls=10))
    assert len(read.candidates) == 1
    assert read.notes == (f"{URL}: links beyond the first 100 left out",)


def test_D8_deep_and_wide_sitemaps_end_quickly() -> None:
    start = time.process_time()
    with pytest.raises(SourceUnreadable):
        found(b"<urlset>" + b"<url>" * 500_000)
    with pytest.raises(SourceUnreadable):
        found(b"<urlset " + b"".join(b'a%d="" ' % n for n in range(200_000)))
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "piece",
    [
        *(b"<", b"<a ", b"</a>", b'<a "', b"<a '\"", b"<!--", b"<![CDATA[", b"<!", b"<?", b"<url>", b"<url><loc>"),
        *(b"&", b"&amp", b"&x;", b"\xff", b"<loc>/1</loc>", b"<a:b/>", b"]]>", b'"'),
    ],
)
def test_D8_a_sitemap_of_one_piece_of_markup_costs_linear_time_and_memory(
    piece: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(markup, "MOST_MARKS", 10**9)
    monkeypatch.setattr(nesting, "MOST_ELEMENTS", 10**9)
    costs = []
    for size in (250_000, 1_000_000):
        body = b"<urlset><url><loc>/0</loc></url>" + piece * (size // len(piece)) + b"]]></urlset>"
        start = time.process_time()
        with contextlib.suppress(SourceUnreadable):
            found(body)
        costs.append(time.process_time() - start)
    assert costs[1] < 8 * max(costs[0], 0.05)
