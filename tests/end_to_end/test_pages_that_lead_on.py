"""Redirect stubs in a crawl: followed like HTTP redirects, archived, never posts; audit and rebuild agree."""

from __future__ import annotations

import gzip
import json
import shutil
from typing import Any

import pytest
from pages import Answer, PageServer, article, feed

PROSE = "The council voted on Tuesday to repair the old bridge over the river before the winter floods arrive again."
STORY = [f"{number}. {PROSE * 2}" for number in range(6)]
HTML = {"Content-Type": "text/html; charset=utf-8"}
FEED = 'feeds = ["http://herald.test/feed"]'


def refresh(url: str, text: str = "") -> str:
    return f'<html><head><meta http-equiv="refresh" content="0; url={url}"></head><body>{text}</body></html>'


def crawl(place: Any, server: PageServer, *paths: str, more: str = "", name: str = "herald") -> dict[str, Any]:
    links = [f"http://herald.test{path}" for path in paths]
    server["herald.test/feed"] = Answer(feed(*links).encode(), headers={"Content-Type": "application/rss+xml"})
    place.configure(f'[[source]]\nname = "{name}"\n{FEED}\n{more}\n')
    place.run("crawl")
    run: dict[str, Any] = place.last_run()
    return run


def reasons(run: dict[str, Any]) -> dict[str, str]:
    return {failed["url"].rpartition("test")[2]: failed["class"] for failed in run["failures"]["first"]}


def agree(place: Any) -> None:
    """The audit finds nothing, and a rebuild from the WARC files alone gives the same posts and the same catalogue."""
    posts, rows = place.posts(), place.catalogue()
    place.run("audit")
    lines = place.run("audit", "--json", "-").out.splitlines()
    assert [found for found in map(json.loads, lines) if "summary" not in found] == []
    shutil.rmtree(place.data / "posts")
    (place.data / "catalogue.sqlite").unlink()
    place.run("rebuild")
    assert (place.posts(), place.catalogue()) == (posts, rows)


def test_stubs_lead_to_the_article_and_are_archived(place: Any, server: PageServer) -> None:
    server["herald.test/go/1"] = refresh("/go/2")
    server["herald.test/go/2"] = Answer(b"<p>Wait.</p>", headers={**HTML, "Refresh": "1; url=../go/3"})
    server["herald.test/go/3"] = "<title>Object moved</title><h2>Object moved to <a href='/a/bridge'>here</a>.</h2>"
    server["herald.test/a/bridge"] = article("Bridge to be repaired", STORY)
    run = crawl(place, server, "/go/1")
    assert reasons(run) == {}
    (post,) = place.posts().values()
    assert "title: 'Bridge to be repaired'" in post
    archived = b"".join(gzip.decompress(path.read_bytes()) for path in place.warcs())
    for path in ("/go/1", "/go/2", "/go/3", "/a/bridge"):
        assert f"WARC-Target-URI: http://herald.test{path}\r\n".encode() in archived
    assert b"via: http://herald.test/go/3\r\n" in archived
    agree(place)


def test_stubs_stay_within_the_rules_of_redirects(place: Any, server: PageServer) -> None:
    story = article("Bridge to be repaired", STORY)
    server["herald.test/abroad"], server["gazette.test/x"] = refresh("http://gazette.test/x"), story
    server["herald.test/denied"], server["herald.test/secret/x"] = refresh("/secret/x"), story
    server["herald.test/port"] = refresh("http://herald.test:25/x")
    server["herald.test/robots.txt"] = Answer(
        b"User-agent: *\nDisallow: /closed", headers={"Content-Type": "text/plain"}
    )
    server["herald.test/robots"], server["herald.test/closed"] = refresh("/closed"), story
    server["herald.test/one"], server["herald.test/two"] = refresh("/two"), refresh("/one")
    for number in range(9):
        server[f"herald.test/chain/{number}"] = refresh(f"/chain/{number + 1}")
    server["herald.test/gone"] = refresh("/nothing")
    server["herald.test/busy"], server["herald.test/full"] = refresh("/full"), Answer(b"busy", 503)
    paths = ("/abroad", "/denied", "/port", "/robots", "/one", "/chain/0", "/gone", "/busy")
    run = crawl(place, server, *paths, more="allow = ['^http://herald\\.test']\ndeny = ['/secret/']")
    assert place.posts() == {}
    assert reasons(run) == {
        "/abroad": "fence",
        "/denied": "fence",
        "/port": "port",
        "/robots": "robots",
        "/one": "redirects",
        "/chain/0": "redirects",
        "/gone": "http-404",
        "/busy": "http-503",
    }
    assert (run["articles"]["gone"], run["articles"]["failed"]) == (1, 1)
    assert server.paths("gazette.test") == [] and "/secret/x" not in server.paths("herald.test")


def test_a_stub_takes_no_secret_to_another_origin(
    place: Any, server: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRESS_PASS", "open-sesame")
    server["herald.test/a/1"] = refresh("http://gazette.test/a/1")
    server["gazette.test/a/1"] = article("Bridge to be repaired", STORY)
    crawl(place, server, "/a/1", more='headers = { Cookie = "env:PRESS_PASS" }')
    sent = {(asked.host, asked.headers.get("Cookie")) for asked in server.asked if asked.path == "/a/1"}
    assert sent == {("herald.test", "open-sesame"), ("gazette.test", None)} and len(place.posts()) == 1


@pytest.mark.parametrize(
    "gone",
    [Answer(b"", 302, {"Location": "/world/"}), Answer(refresh("/").encode(), headers=HTML)],
    ids=["302", "stub"],
)
def test_a_withdrawn_article_keeps_its_post(place: Any, server: PageServer, gone: Answer) -> None:
    path = "/world/2026/03/05/old-bridge-to-be-repaired.html"
    server[f"herald.test{path}"] = article("Bridge to be repaired", STORY)
    crawl(place, server, path)
    held = place.posts()
    server[f"herald.test{path}"] = gone
    others = "".join(
        f"<li><a href='/world/2026/{n}.html'>Another story of the day, number {n}</a></li>" for n in range(5)
    )
    lead = article("Dam holds", STORY).replace("<aside>", f"<aside><ul>{others}</ul>")
    server["herald.test/"], server["herald.test/world/"] = lead, lead
    place.run("refetch", f"http://herald.test{path}", code=5)
    assert reasons(place.last_run()) == {path: "withdrawn"} and place.posts() == held
    agree(place)


def part(number: int, last: int) -> str:
    """A page of an article that is split over several."""
    links = "".join(f'<a href="/a/bridge?page={each}">{each}</a> ' for each in range(1, last + 1))
    texts = [f"Part {number}, paragraph {each}. {PROSE}" for each in range(4)]
    return article("Bridge to be repaired", texts).replace("</main>", f"</main><p class='pages'>{links}</p>")


def told(place: Any) -> list[int]:
    """The parts of the only post, in order."""
    (post,) = place.posts().values()
    return [number for number in range(1, 9) if f"Part {number}, paragraph 3." in post]


def test_a_split_article_is_one_post_of_all_its_captures(place: Any, server: PageServer) -> None:
    server["herald.test/a/bridge"] = part(1, 4)
    for number in range(1, 5):
        server[f"herald.test/a/bridge?page={number}"] = part(number, 4)
    crawl(place, server, "/a/bridge?page=3", "/a/bridge", "/a/bridge?page=2")
    assert told(place) == [1, 2, 3, 4]
    agree(place)
    place.run("refetch", "http://herald.test/a/bridge", "http://herald.test/a/bridge?page=4")
    assert place.last_run()["articles"]["unchanged"] == 2


def test_a_split_article_ends_where_a_page_cannot_be_had(place: Any, server: PageServer) -> None:
    server["herald.test/a/bridge"] = part(1, 4)
    server["herald.test/a/bridge?page=2"] = part(2, 4)
    server["herald.test/robots.txt"] = Answer(
        b"User-agent: *\nDisallow: /*page=3", headers={"Content-Type": "text/plain"}
    )
    run = crawl(place, server, "/a/bridge")
    assert (told(place), reasons(run)) == ([1, 2], {})
    assert "/a/bridge?page=4" not in server.paths("herald.test")
    agree(place)


def test_a_section_ends_where_a_page_is_missing_or_empty(place: Any, server: PageServer) -> None:
    for number, page in enumerate([b"<a href='/a/1'>One</a>", b"<a href='/a/2'>Two</a>", b""], 1):
        server[f"herald.test/list/{number}"] = Answer(page, headers=HTML)
    server["herald.test/a/1"], server["herald.test/a/2"] = article("One", STORY), article("Two", [*STORY, PROSE])
    section = (
        '{{ url = "http://herald.test/list/1", links = "a", next = "http://herald.test/{}/{{page}}", max_pages = 9 }}'
    )
    for name, folder in (("empty", "list"), ("missing", "nothing")):
        place.configure(f'[[source]]\nname = "{name}"\nsections = [{section.format(folder)}]')
        place.run("crawl")
        assert place.last_run()["unread_sources"]["first"] == []
