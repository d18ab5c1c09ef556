"""The embedded news site answers as a real one; one test for the purpose of each page."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

import lxml.html
import pytest
import requests

from crawler.demo.site import HOST, DemoSite
from crawler.extractors import extract
from crawler.items import Page, Post, Source
from crawler.posts.media import picture_of

ZONES = {"en": "Europe/London", "zh": "Asia/Shanghai"}


@pytest.fixture
def site() -> Iterator[DemoSite]:
    with DemoSite() as running:
        yield running


def get(site: DemoSite, path: str, **headers: str) -> requests.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.get(site.url + path, headers=sent, allow_redirects=False, timeout=10)


def extracted(site: DemoSite, path: str, language: str = "en") -> Post:
    answer = get(site, path)
    now = datetime(2026, 4, 1, tzinfo=UTC)
    page = Page(answer.url, answer.content, list(answer.headers.items()), now)
    return extract(page, Source("demo", timezone=ZONES[language]))


def test_every_article_gives_its_title_date_and_text(site):
    for story in site.newspaper.stories:
        post = extracted(site, story.path, story.language)
        assert post.title == story.title
        assert post.published == story.published
        assert len(post.text) > (300 if story.language == "zh" else 900)
        assert not re.search(r"More stories|更多报道|demonstration", post.text)


def test_every_link_and_picture_that_articles_have_is_there_but_for_one_picture(site):
    missing = []
    for story in site.newspaper.stories:
        page: Any = lxml.html.fromstring(get(site, story.path).content)
        page.make_links_absolute(site.url + story.path)
        for element, _attribute, link, _position in page.iterlinks():
            if link.startswith(site.url) and get(site, link.removeprefix(site.url)).status_code == 404:
                missing.append((element.tag, link.removeprefix(site.url)))
    assert {tag for tag, link in missing if "members" not in link} == {"img"}
    assert {link for _tag, link in missing} == {"/images/tram-depot-1961.png", "/members/"}


def test_pictures_are_small_pngs_of_the_declared_size(site):
    answer = get(site, "/images/tide-gates.png")
    picture = picture_of(answer.content)
    assert picture and (picture.extension, picture.width, picture.height) == ("png", 480, 270)
    assert len(answer.content) < 20_000 and answer.content == get(site, "/images/tide-gates.png").content


def test_the_old_page_is_gb18030_and_says_gb2312(site):
    answer = get(site, "/zh/2026/03/laochuanwu.shtml")
    assert answer.headers["Content-Type"] == "text/html" and b'charset="gb2312"' in answer.content
    assert "镕记" in answer.content.decode("gb18030")
    with pytest.raises(UnicodeDecodeError):
        answer.content.decode("gb2312")


def test_pictures_of_the_lazy_page_are_found(site):
    sources = [image.url for image in extracted(site, "/city/2026/03/library-keeps-its-clock.html").images]
    assert sources == [site.url + "/images/library-clock.png", site.url + "/images/library-works.png"]


def test_the_moved_article_redirects(site):
    answer = get(site, "/city/bread-dispute")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/city/2026/03/bakers-strike-ends.html")


def test_dead_links_are_404_with_a_page(site):
    answer = get(site, "/city/2026/03/withdrawn.html")
    assert answer.status_code == 404 and "nothing at this address" in answer.text


def test_robots_txt_closes_the_members_pages_and_names_the_sitemap(site):
    lines = get(site, "/robots.txt").text.splitlines()
    assert "Disallow: /members/" in lines and f"Sitemap: {site.url}/sitemap.xml" in lines


def test_sections_page_on_and_lead_to_articles_the_closed_page_and_the_puzzles(site):
    found: set[str] = set()
    page: str | None = "/city/"
    turned = 0
    while page:
        tree = lxml.html.fromstring(get(site, page).text)
        found |= {str(link.get("href")) for link in tree.cssselect("ul.stories h3 a")}
        following = tree.cssselect("a.next")
        page, turned = (urljoin(page, following[0].get("href")) if following else None), turned + 1
    assert turned == 2
    assert {"/city/bread-dispute", "/city/puzzles/", "/city/2026/03/tram-depot-market.html"} <= found
    assert "/members/2026/03/briefing.html" in get(site, "/harbour/").text


def test_the_sitemap_index_leads_to_a_gzipped_and_a_news_sitemap(site):
    index = re.findall("<loc>(.*?)</loc>", get(site, "/sitemap.xml").text)
    assert index == [f"{site.url}/sitemap-articles.xml.gz", f"{site.url}/sitemap-news.xml"]
    assert b"/city/2026/03/withdrawn.html</loc>" in gzip.decompress(get(site, "/sitemap-articles.xml.gz").content)
    assert get(site, "/sitemap-news.xml").text.count("<news:title>") == 2


@pytest.mark.parametrize("path", ["/feed.xml", "/harbour/2026/03/tide-gates-tested.html"])
def test_an_entity_tag_that_is_known_gets_a_304(site, path):
    tag = get(site, path).headers["ETag"]
    for known in (tag, "W/" + tag, f'"x", {tag}'):
        answer = get(site, path, If_None_Match=known)
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", tag)
    assert get(site, path, If_None_Match='"other"').status_code == 200


def test_a_date_that_is_known_gets_a_304_until_the_article_is_corrected(site):
    path = "/harbour/2026/03/night-ferry-returns.html"
    first = get(site, path)
    when = first.headers["Last-Modified"]
    assert get(site, path, If_Modified_Since=when).status_code == 304
    assert get(site, path, If_Modified_Since="nonsense").status_code == 200
    assert site.publish_edit() == path
    second = get(site, path, If_Modified_Since=when)
    assert second.status_code == 200 and second.headers["Last-Modified"] != when
    assert "carries 200 passengers" in first.text and "carries 240 passengers" in second.text


def test_pages_without_validators_answer_the_same_bytes_each_time(site):
    for path in ("/city/", "/city/2026/03/tram-depot-market.html", "/robots.txt"):
        first, second = get(site, path), get(site, path)
        assert first.content == second.content and not {"ETag", "Last-Modified"} & set(first.headers)


def test_text_is_gzipped_for_clients_that_accept_it(site):
    assert get(site, "/feed.xml", Accept_Encoding="gzip").headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in get(site, "/feed.xml", Accept_Encoding="identity").headers
    assert "Content-Encoding" not in get(site, "/images/tide-gates.png", Accept_Encoding="gzip").headers


def test_absolute_links_follow_the_name_under_which_the_site_is_read(site):
    feed = get(site, "/feed.xml", Host=HOST).text
    assert f"<link>http://{HOST}/harbour/2026/03/tide-gates-tested.html</link>" in feed and "127.0.0.1" not in feed


def test_head_and_the_list_of_requests(site):
    assert requests.head(site.url + "/", timeout=10).content == b""
    get(site, "/nowhere")
    assert site.requests == [("HEAD", "/", 200), ("GET", "/nowhere", 404)]
