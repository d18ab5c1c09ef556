"""Articles that an earlier release captured and took for others get their posts: `render --captures`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from holding import BRIDGE, DAM, LONG, NOON, PICTURE, SHORT, Holding, assert_provable, exchange
from pages import PNG, article

from archive import ArchiveWriter, Reader
from crawler.config import Config, Crawl, Posts
from crawler.from_warc.render import render
from crawler.items import Source

SOURCE = Source(
    name="herald", timezone="Europe/Berlin", feeds=("http://herald.test/feed",), allow=(r"herald\.test/[a-z]+/",)
)
TEXT = "The town of {name} has a story of its own, which nobody told before this summer came to its end. "
HTML = "text/html; charset=utf-8"


@pytest.fixture
def holding(holding: Holding) -> Holding:
    holding.source = SOURCE
    return holding


def url(number: int) -> str:
    return f"http://herald.test/b/story-{number}.html"


def page(number: int, extra: str = "", claim: str = BRIDGE) -> str:
    """An article that says, as all of its site, that it is the first one."""
    text = [TEXT.format(name=f"Number{number}" * 3) * 3, f"It has {number} streets and {number} wells. " * 5, extra]
    found = article(f"Story {number}", text, images=("/i/bridge.png",))
    return found.replace("</head>", f'<link rel="canonical" href="{claim}"></head>')


def captured(holding: Holding, pages: Mapping[str, str | bytes], at: datetime, kind: str = HTML) -> None:
    """Write a sealed WARC file with captures that no version is made from, and their rows."""
    writer = ArchiveWriter(holding.layout.root, clock=lambda: at)
    for place, body in pages.items():
        writer.write(exchange(place, body if isinstance(body, bytes) else body.encode(), kind, at))
    stored = writer.commit()
    writer.close()
    with holding.catalogue() as catalogue:
        catalogue.counted.update(one.file for one in stored)
        catalogue.knows(Reader(holding.layout.root).files())


def rendered(holding: Holding, *names: str, dry_run: bool = False, **posts: Any) -> list[str]:
    config = Config(
        crawl=Crawl(data=holding.layout.root),
        posts=Posts(**{"images": "local", **posts}),
        sources=(holding.source, Source(name="other", urls=("http://other.test/",))),
    )
    lines: list[str] = []
    assert render(config, sources=names, dry_run=dry_run, captures=True, tell=lines.append) == 0
    return lines


def found(holding: Holding, *names: str, **posts: Any) -> int:
    [line] = [line for line in rendered(holding, *names, **posts) if line.startswith("articles found")]
    return int(line.removeprefix("articles found in captures without a post: "))


def test_twenty_pages_with_one_canonical_link_are_twenty_posts(holding: Holding) -> None:
    captured(holding, {url(number): page(number) for number in range(19)}, NOON + timedelta(days=2))
    before = holding.posts()
    lines = rendered(holding, dry_run=True)
    assert lines[:2] == ["0 of 2 posts would change", "articles found in captures without a post: 19"]
    assert lines[2] == f"  herald/2026/03/05-story-0.md ({url(0)}, 2026-03-08 12:00 UTC)" and len(lines) == 5
    assert holding.posts() == before
    assert rendered(holding)[-1] == "19 posts rendered"
    posts = holding.posts()
    assert len(posts) == 21 and {**posts, **before} == posts
    with holding.catalogue() as catalogue:
        assert {url(number) for number in range(19)} <= {version.canonical_url for version in catalogue.newest()}
    assert all("/media/" in text for text in posts.values()), "the picture is in the archive"
    assert_provable(holding)
    warcs = sorted(holding.layout.warc.iterdir())
    assert found(holding) == 0 and sorted(holding.layout.warc.iterdir()) == warcs
    assert found(holding, dialect="hugo") == 0
    assert_provable(holding)


def test_without_the_option_nothing_is_looked_for(holding: Holding) -> None:
    captured(holding, {url(1): page(1)}, NOON + timedelta(days=2))
    lines: list[str] = []
    config = Config(crawl=Crawl(data=holding.layout.root), posts=Posts(images="local"), sources=(holding.source,))
    assert render(config, tell=lines.append) == 0
    assert lines == ["0 of 2 posts would change"]


def test_what_is_stored_or_is_no_article_gives_nothing(holding: Holding) -> None:
    later = NOON + timedelta(days=2)
    captured(holding, {PICTURE + "?2": PNG}, later, "image/png")
    captured(holding, {"http://herald.test/robots.txt": "User-agent: *\n"}, later, "text/plain")
    links = "".join(f'<li><a href="/b/story-{n}.html">Story number {n} of the town</a></li>' for n in range(40))
    lists = {f"http://herald.test/{name}": f"<html><body><ul>{links}</ul></body></html>" for name in ("feed", "b/")}
    captured(holding, lists, later)
    captured(holding, {BRIDGE: article("Bridge", SHORT).replace("</body>", "<!-- ad 1 --></body>")}, later)
    captured(holding, {DAM: article("Dam", [*LONG, "An older or newer text."])}, NOON - timedelta(days=1))
    captured(holding, {"http://herald.test/99": page(99), "http://elsewhere.test/b/1": page(98)}, later)
    before = holding.rows()
    assert found(holding) == 0
    assert holding.rows() == before


def test_pages_of_one_lost_article_are_one_post_and_its_edit_a_version(holding: Holding) -> None:
    for day, text in enumerate(("", "", "And a well more, which the council paid for after long debates.")):
        captured(holding, {url(1): page(1, text) + " " * day}, NOON + timedelta(days=2 + day))
    captured(holding, {url(1).replace("/b/", "/amp/"): page(1, claim=url(1)) + "\n"}, NOON + timedelta(days=9))
    assert found(holding) == 2
    with holding.catalogue() as catalogue:
        made = catalogue.versions(url(1))
        assert [(version.number, version.captured.day) for version in made] == [(1, 8), (2, 10)]
        assert len(list(catalogue.newest())) == 3
    assert_provable(holding)
    assert found(holding) == 0


def test_only_the_sources_that_are_named_and_what_cannot_be_read_is_told(holding: Holding) -> None:
    captured(holding, {url(1): page(1)}, NOON + timedelta(days=2))
    assert found(holding, "herald", dry_run=True) == 1
    with holding.catalogue() as catalogue:
        [capture] = catalogue.captures.of([url(1)])
    (holding.layout.warc / capture.file).unlink()
    config = Config(crawl=Crawl(data=holding.layout.root), posts=Posts(images="local"), sources=(holding.source,))
    lines: list[str] = []
    assert render(config, captures=True, dry_run=True, tell=lines.append) == 1
    assert lines[-1].startswith(f"not read: {url(1)}: ")
