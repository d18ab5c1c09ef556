"""The page of an article: its versions, their differences, its captures, its states, and what is lost of them."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from holding import BRIDGE, NOON, Holding, exchange
from serving import Served, serving

from archive import ArchiveWriter
from crawler.serve.body import held_links, readable
from crawler.serve.looks import MOST

BRIDGE_PAGE = "/article/herald/2026/03/05-bridge.md"
DAM_PAGE = "/article/herald/2026/03/05-dam.md"


def test_a_post_is_shown_with_its_pictures_from_the_archive(served: Served) -> None:
    page = served.get(BRIDGE_PAGE).text
    assert "<h1" in page and ">Bridge</h1>" in page and "The work will cost four million." in page
    sources = re.findall(r'<img [^>]*src="([^"]*)"', page.partition('class="post"')[2])
    assert sources and all(source.startswith("/picture/") for source in sources)
    assert served.get(sources[0]).headers["content-type"] == "image/png"


def test_links_to_articles_of_the_archive_lead_to_their_posts(holding: Holding, served: Served) -> None:
    body = '<p><a href="http://herald.test/a/dam.html?utm_source=x#y">a</a> <a href="http://herald.test/a/no">b</a></p>'
    with holding.catalogue() as catalogue:
        links = held_links(body, catalogue)
    [inside, outside] = re.findall(r'href="([^"]+)"', readable(body, {}, links))
    assert (
        outside == "http://herald.test/a/no" and ">Dam</h1>" in served.get(served.get(inside).headers["location"]).text
    )
    assert "http://herald.test/a/dam.html" in readable(body, {})


def test_every_version_can_be_read(served: Served) -> None:
    assert "The work will cost four million." not in served.get(f"{BRIDGE_PAGE}?version=1").text
    assert "The newest one is 2." in served.get(f"{BRIDGE_PAGE}?version=1").text
    assert "The work will cost four million." in served.get(f"{BRIDGE_PAGE}?version=2").text
    assert served.get(f"{BRIDGE_PAGE}?version=3").status == 404


def test_the_difference_of_two_versions_is_marked(served: Served) -> None:
    page = served.get(f"{BRIDGE_PAGE}?from=1&to=2").text
    assert "From version 1 to 2" in page
    assert "The work will cost four million." in "".join(re.findall(r"<ins>(.*?)</ins>", page))
    assert re.search("<del>", page)
    assert served.get("/static/difference.css").headers["content-type"].startswith("text/css")


def test_an_article_is_found_by_its_url(served: Served) -> None:
    answer = served.get(f"/article?url={BRIDGE}&version=1")
    assert answer.status == 307 and answer.headers["location"].endswith(f"{BRIDGE_PAGE}?version=1")
    assert served.get("/article?url=http://nowhere.test/").status == 404


def test_captures_tell_how_they_came(served: Served) -> None:
    page = served.get(BRIDGE_PAGE).text
    captures = page.partition('class="captures"')[2]
    assert captures.count("<li>") == 2 and captures.count("this version") == 1
    assert ">version 2<" in captures and ">version 1<" in captures and "200, text/html" in captures
    assert "sha256:" in captures and "urn:uuid:" in captures and ".warc.gz:" in captures


def test_captures_that_are_not_listed_are_counted(holding: Holding, tmp_path: Path) -> None:
    writer = ArchiveWriter(holding.layout.root, clock=lambda: NOON + timedelta(days=9))
    for hours in range(MOST):
        at = NOON + timedelta(days=2, hours=hours)
        writer.write(exchange(BRIDGE, b"busy", "text/html", at, "503 Service Unavailable"))
    captures = writer.commit()
    writer.close()
    with holding.catalogue() as catalogue:
        catalogue.store(captures, [])
    with serving(tmp_path) as running:
        for path in (BRIDGE_PAGE, f"{BRIDGE_PAGE}?version=1"):
            page = running.get(path).text
            assert page.partition('class="captures"')[2].count("<li>") == MOST and page.count("this version") == 1
            assert "2 further captures are not listed here" in page
        everything = running.get(re.findall('href="(/api/captures[^"]+)"', page)[0])
        assert len(json.loads(everything.body)["captures"]) == MOST + 2


def test_a_withdrawn_article_says_so_and_shows_its_post(served: Served) -> None:
    page = served.get(DAM_PAGE).text
    assert "The publisher has withdrawn this article (http-404)" in page and "cracked" in page
    assert ">withdrawn: http-404<" in page.partition('class="captures"')[2]


@pytest.mark.parametrize(
    "path", ["/article/../../etc/passwd", "/article/%2e%2e/x", "/article/", "/article?url=", "/picture/<urn:uuid:x>"]
)
def test_what_is_not_held_is_a_sentence(served: Served, path: str) -> None:
    answer = served.get(path)
    assert answer.status == 404 and re.search('class="notice" dir="auto">[^:]', answer.text)


def test_a_capture_that_is_no_picture_is_not_served_as_one(served: Served) -> None:
    page = served.get(BRIDGE_PAGE).text.partition('class="captures"')[2]
    [record] = re.findall(r"urn:uuid:([0-9a-f-]+)", page)[:1]
    answer = served.get(f"/picture/{record}")
    assert answer.status == 404 and "no picture" in answer.text


def test_a_torn_warc_file_is_a_sentence_beside_what_is_whole(holding: Holding, tmp_path: Path) -> None:
    with holding.catalogue() as catalogue:
        first, second = catalogue.versions(BRIDGE)
    torn = holding.layout.warc / second.file
    torn.write_bytes(torn.read_bytes()[: second.offset + 40])
    with serving(tmp_path) as running:
        answer = running.get(BRIDGE_PAGE)
        assert answer.status == 200 and f"{second.file}:{second.offset}" in answer.text
        assert "Traceback" not in answer.text
        assert "cracked" in running.get(f"{BRIDGE_PAGE}?version=1").text
        assert running.get(f"{BRIDGE_PAGE}?from=1&to=2").status == 200
    assert first.file != second.file


def test_a_body_of_a_stranger_is_dead_on_our_own_pages() -> None:
    """An archive can come from anybody: its posts are sanitised once more, and the policy allows no other script."""
    hostile = (
        "<div><script>alert(1)</script><img src=x onerror=alert(1)><a href='javascript:alert(1)'>x</a>"
        "<p style='position:fixed' class=top onclick=alert(1)>text</p><iframe src=//evil.test></iframe>"
        "<img src='http://evil.test/x.png' alt='lost'><svg onload=alert(1)></svg></div>"
    )
    made = readable(hostile, {})
    assert not re.search(r"script|onerror|onclick|onload|evil|iframe|svg|style|class", made)
    assert "text" in made and 'alt="lost"' in made
