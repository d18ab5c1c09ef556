"""Sitemaps and feeds that a strict XML parser refuses: all entries are read, and what was wrong is told by line."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest

from crawler.config import Limits
from crawler.discovery import EntryPoint, Found
from crawler.discovery.found import Kind
from crawler.discovery.reading import read
from crawler.items import Page, Source

SEED = datetime(2022, 3, 18, 9, 54, 35, tzinfo=UTC)
URL = "https://herald.example/list.xml"


def found(body: str | bytes, kind: Kind = "sitemap", content_type: str = "") -> Found:
    raw = body.encode() if isinstance(body, str) else body
    headers = [("Content-Type", content_type)] if content_type else []
    return read(Page(URL, raw, headers, SEED), Source("s"), EntryPoint(kind, URL), Limits())


def paths(read: Found) -> list[str]:
    return [candidate.url.removeprefix("https://herald.example") for candidate in read.candidates]


def url(location: str, more: str = "") -> str:
    return f"<url><loc>{location}</loc>{more}</url>\n"


def urlset(*urls: str) -> str:
    return '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n' + (
        "".join(urls) + "</urlset>"
    )


@pytest.mark.parametrize(
    ("second", "path", "fault"),
    [
        (url("/2?a=1&b=2"), "/2?a=1&b=2", "an & that is not escaped"),
        (url("/2?a=1&amp;b=2&copy=3"), "/2?a=1&b=2&copy=3", "an & that is not escaped"),
        (url("/caf&eacute;"), "/caf%C3%A9", "the undeclared entity &eacute;"),
        (url("/2&nosuch;a"), "/2&nosuch;a", "the undeclared entity &nosuch;"),
        (url("/2\x0b\x00"), "/2", "a control character"),
        (url("/2&#2;"), "/2", ""),
        (url("/2", "<news:news><news:title>A & B</news:title></news:news>"), "/2", "an & that is not escaped"),
        (url("/2", "<news:news/>"), "/2", "the undeclared prefix news"),
        (url("/2", '<xhtml:link rel="alternate" hreflang="de" href="/de"/>'), "/2", "the undeclared prefix xhtml"),
        ("<url><loc>/2</lo></url>", "/2", "an element without its end tag"),
        ("<url><loc>/2</loc\n</url>", "/2", "a tag without its end"),
        ("<url><loc>/2</url>", "/2", "an element without its end tag"),
        ("<url><loc>/2<lastmod>2022-01-01</lastmod></url>", "/2", "an element without its end tag"),
        ("<url><loc>/2</loc>", "/2", "an entry without its end tag"),
        ("<ur <loc>/2</loc></url>", "/2", "an address outside of an entry"),
        ("<url><loc><![CDATA[/2</loc></url>" + url("<![CDATA[/2]]>"), "/2", "a CDATA section without its end"),
        ("<br />\n<b>Warning</b>: x in <b>y.php</b>\n" + url("/2"), "/2", ""),
        ("<Url><LOC> /2\n</LOC></Url>", "/2", ""),
        ("<url><loc>/2</loc><priority>a < b</priority></url>", "/2", ""),
        ('<url id="a>b"><loc>/2</loc></url>', "/2", ""),
        ('<url id="a><loc>/2</loc></url>', "/2", ""),
        ("<url/><url></url>" + url("/2"), "/2", "an empty entry"),
        (url("/2").strip() + "<sitemap><loc>/3.xml</loc></sitemap>", "/2", "<sitemap> in <urlset>"),
    ],
)
def test_one_bad_entry_costs_no_other(second: str, path: str, fault: str) -> None:
    read = found(urlset(url("/1", "<lastmod>2023-01-01</lastmod>"), second, url("/4"), url("/5")))
    assert sorted(paths(read)) == sorted(["/1", path, "/4", "/5"])
    assert f"line 4: {fault}" in read.faults if fault else True
    assert read.missing == ""


def test_an_entry_without_an_address_is_missing() -> None:
    read = found(urlset(url("/1"), "<url><loc https://herald.example/2</loc></url>\n", url(""), url("/4")))
    assert paths(read) == ["/1", "/4"]
    assert read.missing == f"{URL}: not in full: line 4: an entry without an address (2 in all)"
    assert not read.conditional, "the next look reads it again"


def test_a_byte_of_another_charset_is_read() -> None:
    body = urlset(url("/1"), url("/caf@"), url("/3")).encode().replace(b"@", b"\xe9")
    read = found(body)
    assert paths(read) == ["/1", "/caf%C3%A9", "/3"]
    assert read.faults == f"{URL}: line 4: text that is cp1252 and not utf-8"
    wide = urlset(*(url(f"/新闻/{n}") for n in range(60)), url("/4@")).encode().replace(b"@", b"\xff")
    read = found(wide)
    assert len(read.candidates) == 61 and paths(read)[-1] == "/4%FF"
    assert "bytes that are not utf-8" in read.faults


@pytest.mark.parametrize(
    "before",
    [
        *("\n", " \r\n\t", "\ufeff", "\ufeff\n", "<!-- cached -->\n", "<!-- < -->"),
        "Notice: Undefined index: lang in /srv/x.php on line 3\n",
        "<br />\n<b>Warning</b>:  f(): &eacute; in <b>/srv/x.php</b> on line <b>3</b><br />\n",
        "<?php /* */ ?>\n",
    ],
)
@pytest.mark.parametrize("kind", ["sitemap", "feed"])
def test_text_before_the_declaration_is_passed_over(before: str, kind: Kind) -> None:
    body = {"sitemap": urlset(url("/1"), url("/2")), "feed": f'<?xml version="1.0"?>{rss(item(1), item(2))}'}[kind]
    read = found(before + body, kind)
    assert (paths(read), read.missing) == (["/1", "/2"], "")
    assert ("XML" in read.faults) == (before != "\ufeff")


@pytest.mark.parametrize(
    ("body", "taken"),
    [
        (urlset(url("/1")) + "\n" + urlset(url("/2")), ["/1", "/2"]),
        (urlset(url("/1"), url("/2")).upper(), ["/1", "/2"]),
        (f"<urlset>{url('/1')}{url('/2')}</urlset>", ["/1", "/2"]),
        (f'<urlset xmlns="https://wrong.example/" xmlns:x="y">{url("/1")}</urlset>', ["/1"]),
        ('<s:urlset xmlns:s="x"><s:url><s:loc>/1</s:loc></s:url></s:urlset>', ["/1"]),
        (url("/1") + url("/2"), ["/1", "/2"]),
        (f"<sitemapindex>{url('/1')}</sitemapindex>", ["/1"]),
        ("<urlset><item><loc>/1</loc></item></urlset>", ["/1"]),
        (f"<sitemapindex><urlset>{url('/1')}</urlset></sitemapindex>", ["/1"]),
        ("# addresses\nhttps://herald.example/1\nHTTPS://herald.example/2\n", ["/1", "/2"]),
        ("<feed><entry><link href='/1'/></entry></feed>", ["/1"]),
        ("<rss><channel><image><url>/x.png</url></image><item><link>/1</link></item></channel></rss>", ["/1"]),
    ],
)
def test_roots_and_names_that_are_not_those_of_the_standard(body: str, taken: list[str]) -> None:
    read = found(body)
    assert [path.lower().removeprefix("https://herald.example") for path in paths(read)] == taken
    assert read.missing == ""


def test_an_index_and_a_sitemap_may_be_mixed() -> None:
    entries = "<sitemap><loc>/a.xml</loc></sitemap>" + url("/1") + url("/b.xml.gz") + url("/c.xml?p=2")
    read = found(f"<sitemapindex>{entries}</sitemapindex>")
    assert [entry.url.rpartition("/")[2] for entry in read.next] == ["a.xml", "b.xml.gz", "c.xml?p=2"]
    assert paths(read) == ["/1"]
    assert read.faults == f"{URL}: line 1: <url> in <sitemapindex> (3 times)"
    assert paths(found(urlset(url("/story.xml")))) == ["/story.xml"]


def test_addresses_of_pictures_videos_and_translations_are_no_articles() -> None:
    more = """<image:image><image:loc>/x.jpg</image:loc><image:title>X</image:title></image:image>
    <image:loc>/y.jpg</image:loc>
    <video:video><video:content_loc>/v.mp4</video:content_loc><video:publication_date>2001-01-01</video:publication_date>
    <loc>/z</loc></video:video><xhtml:link rel="alternate" hreflang="de" href="/de"/>"""
    read = found(urlset(f"<url>{more}<loc>/1</loc></url>"))
    assert paths(read) == ["/1"]
    assert read.candidates[0].published is None


@pytest.mark.parametrize(
    ("encoding", "content_type", "declared"),
    [
        ("utf-16", "", "utf-16"),
        ("utf-16-le", "", "utf-16"),
        ("utf-16-be", "", "UTF-8"),
        ("iso-8859-1", "application/xml; charset=ISO-8859-1", ""),
        ("iso-8859-1", "", "iso-8859-1"),
        ("utf-8", "text/xml; charset=utf-8", "iso-8859-1"),
    ],
)
def test_charsets_of_header_declaration_and_bytes(encoding: str, content_type: str, declared: str) -> None:
    body = urlset(url("/café")).replace(' encoding="UTF-8"', f' encoding="{declared}"' if declared else "")
    assert paths(found(body.encode(encoding), content_type=content_type)) == ["/caf%C3%A9"]


def test_a_list_of_urls_may_be_in_utf_16() -> None:
    assert paths(found("https://herald.example/1\nhttps://herald.example/é\n".encode("utf-16"))) == ["/1", "/%C3%A9"]


def test_gzip_that_is_damaged_gives_what_it_has() -> None:
    body = gzip.compress(urlset(*(url(f"/{n}{hash(str(n))}") for n in range(500))).encode())
    cut = found(body[: len(body) // 2])
    assert 100 < len(cut.candidates) < 400 and "cut off, </urlset> is missing" in cut.missing
    trailer = found(body[:-8] + b"12345678")
    assert len(trailer.candidates) == 500
    assert trailer.missing.startswith(f"{URL}: not in full: damaged gzip data: ")


def item(number: int) -> str:
    return f"<item><title>T</title><link>/{number}</link></item>\n"


def rss(*items: str) -> str:
    return "<rss><channel>\n" + "".join(items) + "</channel></rss>"


@pytest.mark.parametrize(
    ("body", "taken", "missing"),
    [
        (rss(item(1), item(2))[:-16], ["/1", "/2"], "line 4: cut off, </rss> is missing"),
        (rss(item(1), item(2))[:-24], ["/1", "/2"], "line 3: cut off, </rss> is missing"),
        (rss(item(1), item(2))[:-35], ["/1"], "line 3: cut off, </rss> is missing"),
        (rss(item(1), "<b>Fatal error</b>")[:-16], ["/1"], "line 3: cut off, </rss> is missing"),
        (rss(item(1), "<!-- "), ["/1"], "line 3: cut off, </rss> is missing"),
        (rss(item(1), "<item><title>A</title></item>"), ["/1"], "line 3: an entry without an address (1 in all)"),
        ("<feed><entry><link href='/1'/></entry>", ["/1"], "line 1: cut off, </feed> is missing"),
    ],
)
def test_a_feed_of_which_a_part_is_missing(body: str, taken: list[str], missing: str) -> None:
    read = found(body, "feed")
    assert (paths(read), read.missing) == (taken, f"{URL}: not in full: {missing}")
    assert not read.conditional


def test_each_kind_of_fault_is_told_once_with_its_first_line_and_only_ten_kinds() -> None:
    read = found(urlset(*(url(f"/{n}?a&b&x{n};") for n in range(50))))
    assert read.faults.startswith(
        f"{URL}: line 3: an & that is not escaped (50 times); line 3: the undeclared entity &x0;"
    )
    assert read.faults.count("line ") == 10
