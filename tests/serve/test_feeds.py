"""Atom feeds: what is in them, as another parser reads it; their pages; what a reader that has them already gets."""

from __future__ import annotations

import json
import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
from holding import BRIDGE, DAM, LONG, NOON, SHORT, Holding
from lxml import etree
from serving import Answer, Served, serving
from starlette.requests import Request

from crawler.config import Config
from crawler.config.schema import Crawl
from crawler.posts import differences
from crawler.posts.conversion import version_of
from crawler.posts.states import Change
from crawler.serve import feeds
from crawler.serve.app import make_app
from crawler.serve.atom import Entry, Feed, Link
from crawler.serve.held import Held, Opened
from crawler.serve.origins import Origins

ATOM = "{http://www.w3.org/2005/Atom}"
MANY = 60


def feed(running: Served, path: str) -> Any:
    """A feed, checked as RFC 4287 has it."""
    answer = running.get(path)
    assert answer.status == 200 and answer.headers["content-type"].startswith("application/atom+xml"), answer.text
    found = feedparser.parse(answer.body)
    assert not found.bozo and found.version == "atom10"
    root = etree.fromstring(answer.body)
    for element in (root, *root.iter(ATOM + "entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(ATOM + name)) == 1
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    ids = [entry.id for entry in found.entries]
    assert len(set(ids)) == len(ids) and all(uuid.UUID(one.removeprefix("urn:uuid:")) for one in ids)
    assert links(found.feed)["self"] == running.url + path.removeprefix("/")
    return found


def links(element: Any) -> dict[str, str]:
    return {link.get("title") or link.rel: link.href for link in element.links}


def path_of(running: Served, address: str) -> str:
    return "/" + address.removeprefix(running.url)


def original(running: Served, address: str) -> Answer:
    assert address.startswith(running.original)
    return running.get(address.removeprefix(running.original), at=running.original)


def test_new_posts(served: Served) -> None:
    found = feed(served, "/feeds/posts.atom")
    bridge = next(entry for entry in found.entries if entry.title == "Bridge")
    assert len(found.entries) == 2
    assert bridge.updated > bridge.published and "The work will cost four million." in bridge.content[0].value
    assert {"herald"} <= {tag.term for tag in bridge.tags}
    assert served.get(path_of(served, links(bridge)["alternate"])).status == 200
    captured = original(served, links(bridge)["Captured original"])
    assert captured.status == 200 and "memento-datetime" in captured.headers
    [picture] = re.findall('<img [^>]*src="([^"]*)"', bridge.content[0].value)
    assert served.get(path_of(served, picture)).headers["content-type"] == "image/png"


def test_links_are_https_behind_a_proxy_that_was_asked_so(served: Served) -> None:
    answer = served.get("/feeds/posts.atom", **{"Host": "localhost", "X-Forwarded-Proto": "https"})
    assert 'href="https://localhost/feeds/posts.atom"' in answer.text


def test_changes(served: Served) -> None:
    withdrawn, changed = feed(served, "/feeds/changes.atom").entries
    assert (withdrawn.title, changed.title) == ("Withdrawn: Dam", "Changed: Bridge")
    assert "http-404" in withdrawn.content[0].value
    text = changed.content[0].value
    assert "<ins>" in text and "The work will cost four million." in text and "<del>" in text
    assert LONG[1][:40] not in text  # what stayed is left out
    both = [links(changed)[f"Original {name}"] for name in ("before", "after")]
    bodies = [original(served, address).text for address in both]
    assert "four million" not in bodies[0] and "four million" in bodies[1]
    assert all(address.replace("&", "&amp;") in text for address in both)
    assert "nothing here" in original(served, links(withdrawn)["Original after"]).text


def test_of_one_source(served: Served) -> None:
    assert len(feed(served, "/feeds/posts.atom?source=herald").entries) == 2
    assert len(feed(served, "/feeds/changes.atom?source=herald").entries) == 2
    answer = served.get("/feeds/posts.atom?source=nobody")
    assert answer.status == 404 and "neither configured" in json.loads(answer.body)["detail"]


def test_of_a_source_that_is_no_longer_configured(holding: Holding, tmp_path: Path) -> None:
    path = tmp_path / "warcpress.toml"
    path.write_text(path.read_text("utf-8").replace('name = "herald"', 'name = "tribune"'), "utf-8")
    with serving(tmp_path) as running:
        assert len(feed(running, "/feeds/posts.atom?source=herald").entries) == 2
        assert feed(running, "/feeds/posts.atom?source=herald&q=volcano").entries == []
        assert feed(running, "/feeds/posts.atom?source=tribune").entries == []


@pytest.mark.parametrize(
    ("query", "posts", "changes"),
    [
        ("q=council", ["Dam", "Bridge"], ["Withdrawn: Dam", "Changed: Bridge"]),
        ("q=million", [], ["Changed: Bridge"]),  # the words came with the change
        ("source=herald&q=dam+OR+unheard", ["Dam"], ["Withdrawn: Dam"]),
        ("q=unheard", [], []),
        ("source=herald&q=million+before:2020", [], []),
    ],
)
def test_of_a_search(served: Served, query: str, posts: list[str], changes: list[str]) -> None:
    found = feed(served, f"/feeds/posts.atom?{query}")
    assert sorted(entry.title for entry in found.entries) == sorted(posts)
    assert [entry.title for entry in feed(served, f"/feeds/changes.atom?{query}").entries] == changes
    assert found.feed.id != feed(served, "/feeds/posts.atom").feed.id


def test_feeds_have_ids_of_their_own_that_stay(served: Served, archive: Path) -> None:
    paths = [f"/feeds/{name}.atom{query}" for name in ("posts", "changes") for query in ("", "?source=herald")]
    ids = [feed(served, path).feed.id for path in paths]
    assert len(set(ids)) == 4
    with serving(archive) as again:
        assert [feed(again, path).feed.id for path in paths] == ids


@pytest.mark.parametrize("path", ["/feeds/posts.atom", "/feeds/changes.atom"])
def test_a_reader_that_has_a_feed_gets_304(served: Served, path: str) -> None:
    first = served.get(path)
    tag, modified = first.headers["etag"], first.headers["last-modified"]
    for given in (
        {"If-None-Match": tag.removeprefix("W/")},
        {"If-None-Match": f'"x", {tag}'},
        {"If-Modified-Since": modified},
    ):
        answer = served.get(path, **given)
        assert answer.status == 304 and answer.body == b"" and answer.headers["etag"] == tag
    old = "Fri, 06 Mar 2020 12:00:00 GMT"
    for given in ({"If-None-Match": '"x"', "If-Modified-Since": modified}, {"If-Modified-Since": old}):
        assert served.get(path, **given).status == 200


def test_an_unchanged_feed_is_not_made_to_say_so(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Differences and post files are for clients that lack them."""
    made: Counter[str] = Counter()

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def called(*given: Any) -> Any:
            made[name] += 1
            return function(*given)

        return called

    monkeypatch.setattr("crawler.serve.feeds.difference", counted("difference", differences.difference))
    monkeypatch.setattr(Opened, "text", counted("text", Opened.text))
    held = Held(replace(Config(), crawl=replace(Crawl(), data=archive / "data")))
    app = make_app(held, Origins(8420, 8421))
    endpoints = {route.path: route.endpoint for route in feeds.routes}

    def get(path: str, **headers: str) -> Any:
        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "app": app}
        scope |= {"scheme": "http", "server": ("127.0.0.1", 8420)}
        given = [(name.lower().replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        return endpoints[path](Request({**scope, "headers": [(b"host", b"127.0.0.1:8420"), *given]}))

    for path, wanted in (("/feeds/changes.atom", {"difference": 1, "text": 2}), ("/feeds/posts.atom", {"text": 2})):
        made.clear()
        tag = get(path).headers["etag"]
        assert made == wanted
        assert get(path, If_None_Match=tag).status_code == 304 and made == wanted
    held.close()


def test_a_long_feed_has_pages(tmp_path: Path) -> None:
    (tmp_path / "warcpress.toml").touch()
    made = Holding(tmp_path / "data")
    urls = [f"http://herald.test/a/{number}.html" for number in range(MANY)]
    for start in range(0, MANY, 20):  # several of one second
        made.run(dict.fromkeys(urls[start : start + 20], SHORT), NOON + timedelta(hours=start))
    with serving(tmp_path) as running:
        first = feed(running, "/feeds/posts.atom")
        second = feed(running, path_of(running, links(first.feed)["next"]))
        assert "next" not in links(second.feed) and links(second.feed)["first"] == links(first.feed)["self"]
        titles = [entry.title for page in (first, second) for entry in page.entries]
        assert len(first.entries) == 50 and sorted(titles, key=int) == [str(number) for number in range(MANY)]


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[Served]:
    """The article of a page with hostile text, which came back, and one whose record is lost."""
    (tmp_path / "warcpress.toml").touch()
    made = Holding(tmp_path / "data")
    made.run({BRIDGE: [*LONG, "<script>alert(1)</script> &lt;b&gt; ]]>"]})
    made.look(Change(BRIDGE, 1, "withdrawn", "http-404"), NOON + timedelta(days=1))
    made.look(Change(BRIDGE, 2, "present", "withdrawn"), NOON + timedelta(days=2))
    lost = made.run({DAM: LONG}, NOON + timedelta(days=3))
    made.run({DAM: SHORT}, NOON + timedelta(days=4))
    (made.layout.warc / lost[0].file).write_bytes(b"")
    with serving(tmp_path) as running:
        yield running


def test_returns_lost_records_and_hostile_text(odd: Served) -> None:
    dam, back, gone = feed(odd, "/feeds/changes.atom").entries
    assert [dam.title, back.title, gone.title] == ["Changed: Dam", "Back: Bridge", "Withdrawn: Bridge"]
    assert "warc.gz" in dam.content[0].value
    bridge = next(entry for entry in feed(odd, "/feeds/posts.atom").entries if entry.title == "Bridge")
    assert "<script" not in bridge.content[0].value


def test_a_text_that_is_no_post_is_told_in_its_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "warcpress.toml").touch()
    made = Holding(tmp_path / "data")
    made.run({BRIDGE: LONG, DAM: LONG})
    monkeypatch.setattr("holding.text_of", lambda *_: "---\ntitle: x\n")
    monkeypatch.setattr("holding.version_of", lambda of, at, _, day: version_of(of, at, "---\ntitle: x\n---\n", day))
    made.run({BRIDGE: SHORT}, NOON + timedelta(days=1), publish=False)
    with serving(tmp_path) as running:
        entries = feed(running, "/feeds/posts.atom").entries
        assert len(entries) == 2 and sum("no closing --- line" in entry.content[0].value for entry in entries) == 1
        [change] = feed(running, "/feeds/changes.atom").entries
        assert "no closing --- line" in change.content[0].value
        events = json.loads(running.get(f"/api/versions?url={BRIDGE}").body)["events"]
        assert "not compared: front matter" in events[1]["missing"]


def test_text_that_xml_has_no_place_for_is_replaced() -> None:
    link = Link("self", "http://a.test/\x01", "\ud800")
    entry = Entry("urn:uuid:1", "a\x00b\ufffe", NOON, "<p>\x0b]]></p>", (link,), None, "\x1f", ("\x02",))
    root = etree.fromstring(Feed("urn:uuid:2", "\x08", "warcpress", (link,), (entry,)).document())
    assert root.findtext(f"{ATOM}entry/{ATOM}title") == "a\ufffdb\ufffd"
    assert root.findtext(f"{ATOM}entry/{ATOM}content") == "<p>\ufffd]]></p>"


@pytest.mark.parametrize(
    "query", ["before=x", "before=9999-99-99,a", "q=%22", "page=2", "before=2026-03-06T12:00:00Z,<script>&x=1"]
)
def test_what_makes_no_sense_is_refused(served: Served, query: str) -> None:
    answer = served.get(f"/feeds/posts.atom?{query}")
    assert answer.status == 400 and answer.headers["content-type"] == "application/problem+json"


def test_an_archive_without_posts_has_empty_feeds(tmp_path: Path) -> None:
    (tmp_path / "warcpress.toml").touch()
    made = Holding(tmp_path / "data")
    with made.catalogue(), serving(tmp_path) as running:
        assert feed(running, "/feeds/posts.atom").entries == feed(running, "/feeds/changes.atom").entries == []


def test_a_missing_catalogue_is_told(tmp_path: Path) -> None:
    (tmp_path / "warcpress.toml").touch()
    Holding(tmp_path / "data")
    with serving(tmp_path) as running:
        answer = running.get("/feeds/posts.atom")
        assert answer.status == 404 and "warcpress rebuild" in json.loads(answer.body)["detail"]
