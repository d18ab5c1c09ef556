"""Feeds, RSS, Atom and JSON Feed, well-formed or not → candidates; bodies that are not feeds → a reason."""

from __future__ import annotations

import http.server
import json
import threading
import time
from datetime import UTC, datetime

import pytest

from crawler.config import Limits
from crawler.discovery import EntryPoint, Found, nesting
from crawler.discovery.reading import read
from crawler.errors import SourceUnreadable
from crawler.items import Candidate, Page, Source

URL = "https://example.org/news/feed.xml"
SHANGHAI = Source("s", timezone="Asia/Shanghai")
SEED = datetime(2022, 3, 18, 9, 54, 35, tzinfo=UTC)


def found(body: str | bytes, source: Source = SHANGHAI, content_type: str = "application/rss+xml") -> Found:
    raw = body.encode() if isinstance(body, str) else body
    return read(Page(URL, raw, [("Content-Type", content_type)], SEED), source, EntryPoint("feed", URL), Limits())


def rss(items: str) -> str:
    return f'<?xml version="1.0"?>\n<rss version="2.0"><channel><title>T</title>{items}</channel></rss>'


def test_rss_is_read() -> None:
    body = rss(
        "<item><title>美国 &amp; 中国</title><link>https://example.org/a/1</link>"
        "<pubDate>Fri, 18 Mar 2022 17:54:35 +0800</pubDate><category>国际</category></item>"
        "<item><title>\n two\n lines </title><link>/a/2?utm_source=rss</link></item>"
        '<item><guid isPermaLink="true">https://example.org/a/3</guid></item>'
        "<item><title>no link</title></item>"
    )
    assert found(body).candidates == (
        Candidate("https://example.org/a/1", "s", SEED, "", "美国 & 中国", URL),
        Candidate("https://example.org/a/2?utm_source=rss", "s", None, "", "two lines", URL),
        Candidate("https://example.org/a/3", "s", None, "", "", URL),
    )


def test_a_date_without_zone_is_in_the_sources_zone() -> None:
    body = rss("<item><link>/a/1</link><pubDate>2022-03-18 17:54:35</pubDate></item>")
    assert found(body).candidates[0].published == SEED
    assert found(body, Source("s")).candidates[0].published == datetime(2022, 3, 18, 17, 54, 35, tzinfo=UTC)


def test_a_feeds_language_tells_the_order_of_day_and_month() -> None:
    item = "<item><link>/a/1</link><pubDate>05/03/2022 12:00</pubDate></item>"
    months = [
        found(rss(f"<language>{language}</language>{item}"), Source("s")).candidates[0].published
        for language in ("de", "en-us", "en")
    ]
    assert [date and date.month for date in months] == [3, 5, None]


def test_atom_with_relative_links_and_a_base_is_read() -> None:
    body = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://example.org/base/"><title>T</title>
    <entry><title type="html">A &lt;b&gt;</title><link rel="enclosure" href="x.mp3"/><link href="one"/>
      <published>2022-03-18T09:54:35Z</published><updated>2022-03-19T00:00:00Z</updated></entry>
    <entry><link rel="alternate" href="two"/><updated>2022-03-18T17:54:35+08:00</updated></entry>
    <entry><id>https://example.org/three</id></entry>
    <entry><id>urn:uuid:4</id></entry></feed>"""
    candidates = found(body).candidates
    assert [candidate.url for candidate in candidates] == [
        "https://example.org/base/one",
        "https://example.org/base/two",
        "https://example.org/three",
    ]
    assert [candidate.published for candidate in candidates] == [SEED, SEED, None]


def test_rdf_and_the_original_link_of_feedburner_are_read() -> None:
    body = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
      xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0">
      <item><link>https://feeds.example/~r/1</link><dc:date>2022-03-18T17:54:35+08:00</dc:date>
      <feedburner:origLink>https://example.org/a/1</feedburner:origLink></item></rdf:RDF>"""
    assert found(body).candidates == (Candidate("https://example.org/a/1", "s", SEED, "", "", URL),)


def test_json_feed_is_read() -> None:
    body = json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "items": [
                {"id": "1", "url": "/a/1", "title": "一", "date_published": "2022-03-18T17:54:35+08:00"},
                {"id": "https://example.org/a/2", "date_modified": "2022-03-18T09:54:35Z"},
                {"id": "3", "external_url": "https://other.example/3"},
                "no table",
            ],
        }
    )
    expected = (
        Candidate("https://example.org/a/1", "s", SEED, "", "一", URL),
        Candidate("https://example.org/a/2", "s", SEED, "", "", URL, updated=SEED),
        Candidate("https://other.example/3", "s", None, "", "", URL),
    )
    assert found(body, content_type="application/feed+json").candidates == expected
    assert found(b"\xef\xbb\xbf" + body.encode()).candidates == expected


def test_the_readable_part_of_an_ill_formed_feed_is_used() -> None:
    body = rss("<item><title>AT&T &nbsp; &bogus;</title><link>/a/1</link></item><item><link>/a/2</link>")
    assert [candidate.url for candidate in found(body[:-16]).candidates] == [
        "https://example.org/a/1",
        "https://example.org/a/2",
    ]


def test_header_or_declaration_name_the_encoding() -> None:
    item = "<item><title>观察者网</title><link>/a/1</link></item>"
    declared = f'<?xml version="1.0" encoding="gb2312"?><rss version="2.0"><channel>{item}</channel></rss>'
    assert found(declared.encode("gb18030"), content_type="text/xml").candidates[0].title == "观察者网"
    plain = f'<rss version="2.0"><channel>{item}</channel></rss>'.encode("gb18030")
    assert found(plain, content_type="application/xml; charset=gb18030").candidates[0].title == "观察者网"
    assert found(declared.replace("gb2312", "utf-16").encode("utf-16")).candidates[0].title == "观察者网"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "the feed is empty"),
        (b" \n\t", "the feed is empty"),
        (b"\xef\xbb\xbf", "the feed is empty"),
        (b"<!DOCTYPE html><html><body>Moved</body></html>", "an HTML page, not a feed; is it a section?"),
        (b"<urlset><url><loc>https://example.org/</loc></url></urlset>", "a sitemap, not a feed"),
        (b"hello", "not a feed: no XML in it"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "not a feed: no XML in it"),
        (b"<a><b/></a>", "not a feed: "),
        (rss("").encode(), "a feed without any entry"),
        (b"<br />\n<b>Fatal error</b>: Allowed memory size exhausted", "not a feed: no RSS or Atom elements in it"),
        (b"<rss><channel>\n<b>Parse error</b>", "a feed without any entry; line 2: cut off, </rss> is missing"),
        (
            rss("<item/><item><title>A</title></item><item><guid>7</guid></item>").encode(),
            "none of its entries has an address, 2 in all; the first is at line 2",
        ),
        (b'{"version": "https://jsonfeed.org/version/1", "items": []}', "a JSON Feed without any item"),
        (
            b'{"version": "https://jsonfeed.org/version/1", "items": [{"id": 1}]}',
            "none of its entries has an address, 1 in all; the first is at item 1",
        ),
        (b'{"items": []}', "JSON, but not a JSON Feed; is it a listing?"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": 3}', "JSON, but not a JSON Feed"),
        (b'{"version": ', "starts like a JSON Feed but is not JSON: "),
        (b'{"a":' * 100_000, "starts like a JSON Feed but is not JSON: "),
        (b"{\xff\xfe", "starts like a JSON Feed but is not JSON: "),
    ],
)
def test_a_body_that_is_not_a_feed_has_one_plain_reason(body: bytes, reason: str) -> None:
    with pytest.raises(SourceUnreadable) as raised:
        found(body)
    assert str(raised.value).startswith(f"{URL}: {reason}")
    assert "\n" not in str(raised.value)


def test_S9_a_body_that_is_a_url_or_a_path_is_neither_fetched_nor_opened() -> None:
    hits = []

    class Canary(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)
            self.send_error(404)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Canary) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for body in (f"http://127.0.0.1:{server.server_port}/canary", __file__, f"file://{__file__}"):
            with pytest.raises(SourceUnreadable, match="not a feed: no XML in it"):
                found(body)
        server.shutdown()
    assert hits == []


ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol"}">' for n in range(10))


@pytest.mark.parametrize(
    "declaration",
    [
        ENTITIES,
        '<!ENTITY f SYSTEM "file:///etc/passwd">',
        '<!ENTITY % f SYSTEM "http://127.0.0.1/x"> %f;',
        "<!ENTITY f PUBLIC 'x' 'file:///etc/passwd'>",
    ],
)
def test_D8_entities_made_of_others_or_of_files_are_refused(declaration: str) -> None:
    body = rss("<item><title>&e9;&f;</title><link>/a/1</link></item>")
    body = body.replace("<rss", f"<!DOCTYPE rss [{declaration}]><rss", 1)
    with pytest.raises(SourceUnreadable, match="entities made of others or of files; refused"):
        found(body)


def test_plain_entities_are_accepted() -> None:
    body = rss("<item><title>a&nbsp;b</title><link>/a/1</link></item>")
    body = body.replace("<rss", '<!DOCTYPE rss [<!ENTITY nbsp "&#160;">]><rss', 1)
    assert found(body).candidates[0].title == "a b"


@pytest.mark.parametrize(
    "body",
    [
        b'<rss version="2.0"><channel>' + b"<a>" * 300_000,
        b'<rss version="2.0"><channel>' + b"<" * 1_000_000,
        b'<rss version="2.0"><channel><item><title>' + b"x" * 5_000_000,
        b'<rss version="2.0"><channel>' + b"<![CDATA[" * 600_000,
        b'<rss version="2.0" ' + b" ".join(b'a%d=""' % n for n in range(100_000)) + b"></rss>",
        b'{"version": "https://jsonfeed.org/version/1.1", "items": [' + b"{}," * 1_400_000 + b"{}]}",
    ],
)
def test_D8_a_feed_made_to_use_up_time_is_refused_at_once(body: bytes) -> None:
    start = time.process_time()
    with pytest.raises(SourceUnreadable):
        found(body)
    assert time.process_time() - start < 3


def test_a_very_long_feed_is_read_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nesting, "MOST_ELEMENTS", 100)
    items = "".join(f"<item><link>/a/{n}</link><description><![CDATA[<p><b>]]></description></item>" for n in range(50))
    read = found(rss(items))
    assert 10 <= len(read.candidates) < 50
    assert read.candidates[-1].url == f"https://example.org/a/{len(read.candidates) - 1}"
    assert read.notes == (f"{URL}: entries after the first 101 elements left out",)
    assert read.missing == ""


@pytest.mark.parametrize(
    "feed",
    [
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="/1"/><published>2022-03-17T00:00:00Z</published>'
        "<updated>2022-03-18T09:54:35Z</updated></entry></feed>",
        '<rss xmlns:atom="http://www.w3.org/2005/Atom"><channel><item><link>/1</link>'
        "<pubDate>Thu, 17 Mar 2022 00:00:00 GMT</pubDate><atom:updated>2022-03-18T09:54:35Z</atom:updated></item>"
        "</channel></rss>",
        '<rss xmlns:dcterms="http://purl.org/dc/terms/"><channel><item><link>/1</link>'
        "<pubDate>Thu, 17 Mar 2022 00:00:00 GMT</pubDate><dcterms:modified>2022-03-18T09:54:35Z</dcterms:modified>"
        "</item></channel></rss>",
    ],
)
def test_a_feed_tells_when_an_entry_was_changed(feed: str) -> None:
    [candidate] = found(feed).candidates
    assert (candidate.published, candidate.updated) == (datetime(2022, 3, 17, tzinfo=UTC), SEED)
