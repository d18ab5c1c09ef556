"""Which address of a feed's entry is its article's page: RSS, RDF, Atom and JSON Feed."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from crawler.config import Limits
from crawler.discovery import EntryPoint, Found
from crawler.discovery.reading import read
from crawler.errors import SourceUnreadable
from crawler.items import Page, Source

SEED = datetime(2022, 3, 18, 9, 54, 35, tzinfo=UTC)
URL = "https://herald.example/feeds/all"
IANA = "http://www.iana.org/assignments/relation/"


def found(body: str) -> Found:
    return read(Page(URL, body.encode(), [], SEED), Source("s"), EntryPoint("feed", URL), Limits())


def addresses(body: str) -> list[str]:
    try:
        return [candidate.url for candidate in found(body).candidates]
    except SourceUnreadable as error:
        assert "has an address" in str(error)
        return []


def atom(entry: str, attributes: str = "") -> str:
    entry = f"<entry {attributes}><title>T</title>{entry}</entry>"
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:a="http://www.w3.org/2005/Atom" {attributes}>{entry}</feed>'
    )


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ('<link href="/1"/>', "/1"),
        ("<link href='/1' rel=''/>", "/1"),
        ('<link rel="ALTERNATE" href=" /1 "></link>', "/1"),
        (f'<link rel="{IANA}alternate" href="/1"/>', "/1"),
        (f'<link rel="{IANA}related" href="/2"/><link rel="{IANA}alternate" href="/1"/>', "/1"),
        ('<link rel="https://www.iana.org/assignments/link-relations/alternate" href="/1"/>', "/1"),
        ('<link rel="enclosure" href="/1.mp3"/><link rel="self" href="/1.atom"/><link href="/1"/>', "/1"),
        ('<link href="/1"/><link rel="via" href="/2"/><link rel="replies" href="/1/feed"/>', "/1"),
        ('<link rel="related" href="https://other.example/"/><id>https://herald.example/1</id>', "/1"),
        ('<link rel="related" href="/2"/><link rel="via" href="/3"/><id>tag:herald.example,2026:1</id>', None),
        ('<link rel="enclosure" type="image/png">https://img.example/1.png</link><link href="/1"/>', "/1"),
        ('<link href="/1"/><link rel="enclosure" type="image/png">https://img.example/1.png</link>', "/1"),
        ('<link rel="enclosure">https://img.example/1.png</link><id>urn:uuid:1</id>', None),
        ("<link>https://herald.example/1</link><id>https://herald.example/id</id>", "/1"),
        ('<link/><link href=""/><link href="/1"/>', "/1"),
        ('<link type="application/json" href="/1.json"/><link type="text/html; charset=utf-8" href="/1"/>', "/1"),
        ('<link type="application/pdf" href="/1.pdf"/>', "/1.pdf"),
        ('<link hreflang="en" href="/1"/><link hreflang="de" href="/2"/>', "/1"),
        (
            '<source><id>https://other.example/</id><link href="https://other.example/1"/></source><a:link href="/1"/>',
            "/1",
        ),
        ('<content type="xhtml"><div><a href="/2"/><link href="/2"/></div></content><link href="/1"/>', "/1"),
        ("<id>\n https://herald.example/1\n</id>", "/1"),
    ],
)
def test_an_entry_of_atom(entry: str, expected: str | None) -> None:
    assert addresses(atom(entry)) == ([f"https://herald.example{expected}"] if expected else [])


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [('xml:lang="de"', "/de"), ("xml:lang='FR-ch'", "/fr"), ('xml:lang="ja"', "/en"), ("", "/en")],
)
def test_of_two_alternates_the_one_in_the_feeds_language_counts(attributes: str, expected: str) -> None:
    links = "".join(f'<link rel="alternate" hreflang="{one}" href="/{one}"/>' for one in ("en", "fr-CH", "de"))
    assert addresses(atom(links, attributes)) == [f"https://herald.example{expected.replace('fr', 'fr-CH')}"]


def test_bases_add_up() -> None:
    body = atom('<link xml:base="c/" href="1"/>', 'xml:base="b/"')
    assert addresses(body) == ["https://herald.example/feeds/b/b/c/1"]
    assert addresses(atom('<link href="1"/>', 'xml:base="https://other.example/x/"')) == ["https://other.example/x/1"]
    assert addresses(atom('<link href="1"/>', 'xml:base="http://["')) == ["https://herald.example/feeds/1"]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("<link>/1</link><a:link href='/2'/>", "/1"),
        ("<a:link href='/2'/><link>/1</link>", "/1"),
        ("<a:link href='/1'/><guid>https://herald.example/2</guid>", "/1"),
        ("<a:link rel='related' href='/2'/><a:link rel='self' href='/3'/><guid>x</guid>", None),
        ("<link href='/1'/>", "/1"),
        ("<link>\n\t<![CDATA[ https://herald.example/1?a=1&b=2 ]]>\n</link>", "/1?a=1&b=2"),
        ("<link><![CDATA[/1?a=1&amp;b=2]]></link>", "/1?a=1&b=2"),
        ("<link>/1?a=1&amp;amp;b=2</link>", "/1?a=1&b=2"),
        ("<link></link><guid isPermaLink='true'> https://herald.example/1 </guid>", "/1"),
        ("<guid>https://herald.example/1</guid>", "/1"),
        ("<guid isPermaLink='FALSE'>https://herald.example/1</guid>", None),
        ("<guid isPermaLink='true'>1234</guid>", None),
        ("<link>/1</link><guid isPermaLink='true'>https://herald.example/2</guid>", "/1"),
        ("<link>https://feeds.example/~r/1</link><f:origLink>https://herald.example/1</f:origLink>", "/1"),
        ("<link>/1</link><f:origLink>1</f:origLink>", "/1"),
        ("<m:group><m:content url='/x.jpg'><link>/2</link></m:content></m:group><link>/1</link>", "/1"),
        ("<source url='/2'>S</source><comments>/3</comments><enclosure url='/4'/><m:link>/5</m:link>", None),
        ("<LINK>/1</LINK>", "/1"),
        ("<title>A<link>/1</link>", "/1"),
        ("<link>/1<title>A</title>", "/1"),
        ("<description>a <b>b <br> c</description><link>/1</link>", "/1"),
    ],
)
def test_an_item_of_rss(item: str, expected: str | None) -> None:
    spaces = 'xmlns:a="http://www.w3.org/2005/Atom" xmlns:f="feedburner" xmlns:m="media"'
    body = f"<rss {spaces}><channel><link>/</link><item>{item}</item></channel></rss>"
    assert addresses(body) == ([f"https://herald.example{expected}"] if expected else [])


def test_the_language_of_an_rss_channel_chooses_among_alternates() -> None:
    item = '<item><a:link hreflang="en" href="/en"/><a:link hreflang="pt" href="/pt"/></item>'
    assert addresses(f"<rss><channel><language>pt-BR</language>{item}</channel></rss>") == ["https://herald.example/pt"]


def test_an_item_of_rss_1_may_have_its_address_in_rdf_about() -> None:
    items = '<item rdf:about="https://herald.example/1"/><item rdf:about="https://herald.example/2"><title/></item>'
    items += '<r:item rdf:about="urn:3"><r:link>/3</r:link></r:item>'
    body = (
        f'<rdf:RDF xmlns:rdf="a" xmlns="b" xmlns:r="b"><channel rdf:about="/"><link>/</link></channel>{items}</rdf:RDF>'
    )
    assert addresses(body) == [f"https://herald.example/{n}" for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"id": "1", "url": "/1"}, "/1"),
        ({"id": 1, "url": "", "external_url": "https://herald.example/1"}, "/1"),
        ({"id": "https://herald.example/1"}, "/1"),
        ({"id": "https://herald.example/2", "url": "/1"}, "/1"),
        ({"url": "javascript:x()", "external_url": "/1"}, "/1"),
        ({"url": "/1?a=1&amp;b=2"}, "/1?a=1&b=2"),
        ({"id": "1"}, None),
        ({"id": 1}, None),
        ({"id": "urn:uuid:1", "url": None}, None),
        ({"id": "/1"}, None),
        ({"url": 7, "external_url": ["/1"]}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("version", ["https://jsonfeed.org/version/1", "http://jsonfeed.org/version/1.1"])
def test_an_item_of_json_feed(version: str, item: dict[str, object], expected: str | None) -> None:
    read = found("\ufeff" + json.dumps({"version": version, "items": [{"url": "/0"}, item]}))
    assert [c.url for c in read.candidates[1:]] == ([f"https://herald.example{expected}"] if expected else [])
    assert read.missing == ("" if expected else f"{URL}: not in full: item 2: an entry without an address (1 in all)")
