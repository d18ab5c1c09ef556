"""`warcpress render` as a person uses it, and killed by the operating system at any moment."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import Any

from pages import PNG, Answer, PageServer, article, feed

WORDS = "The council voted on Tuesday to repair bridge {n} over the river before the winter floods arrive again. "
SOURCE = '[[source]]\nname = "herald"\nfeeds = ["http://herald.test/feed"]\n'
COUNT = 12


def serve(server: PageServer) -> None:
    names = [f"bridge-{n}" for n in range(COUNT)]
    for n, name in enumerate(names):
        text = [WORDS.format(n=n) * 3, WORDS.format(n=n + 100) * 3]
        server[f"herald.test/{name}"] = article(f"Bridge {n} to be repaired", text, images=(f"/i/{n}.png",))
        server[f"herald.test/i/{n}.png"] = Answer(PNG, headers={"Content-Type": "image/png"})
    links = feed(*(f"http://herald.test/{name}" for name in names))
    server["herald.test/feed"] = Answer(links.encode(), headers={"Content-Type": "application/rss+xml"})


def crawled(place: Any, server: PageServer) -> None:
    serve(server)
    place.configure(SOURCE)
    place.run("crawl")
    assert len(place.posts()) == COUNT


def assert_sound(place: Any) -> None:
    found = [json.loads(line) for line in place.run("audit", "--json", "-").out.splitlines()]
    assert [finding for finding in found if finding.get("severity") in ("error", "warning")] == []
    rows, posts = place.catalogue(), place.posts()
    (place.data / "catalogue.sqlite").unlink()
    assert place.run("rebuild").out.startswith(f"{COUNT} posts, 0 files written\n")
    assert (place.catalogue(), place.posts()) == (rows, posts)


def test_a_blog_moves_from_hexo_to_jekyll_with_local_pictures(place: Any, server: PageServer) -> None:
    crawled(place, server)
    asked = len(server.asked)
    place.configure(SOURCE, posts='dialect = "jekyll"\nimages = "local"')
    assert place.run("render", "--dry-run").out.splitlines()[0] == (
        f"{COUNT} of {COUNT} posts would change: {COUNT} dialect, {COUNT} images, {COUNT} path"
    )
    place.run("render")
    posts = place.posts()
    assert len(posts) == COUNT and len(list((place.data / "media").rglob("*.png"))) == 1
    assert all(path.startswith("herald/20") and "/media/" in text for path, text in posts.items())
    assert place.run("render").out == f"0 of {COUNT} posts would change\n"
    assert len(server.asked) == asked
    assert_sound(place)
    place.run("crawl", "--due")
    assert place.posts() == posts


def test_articles_that_were_refused_when_they_came_are_found_in_their_captures(place: Any, server: PageServer) -> None:
    serve(server)
    place.configure(SOURCE + 'headers = { Cookie = "env:HERALD" }\n')
    place.run("crawl", env={**os.environ, "HERALD": "Ada Lovett"}, code=None)  # every page names her
    assert place.posts() == {} and place.last_run()["errors"] == {"secret": COUNT}
    place.configure(SOURCE)
    asked = len(server.asked)
    assert place.run("render").out == "0 of 0 posts would change\n"
    assert f"articles found in captures without a post: {COUNT}\n" in place.run("render", "--captures").out
    assert len(place.posts()) == COUNT
    assert "without a post: 0" in place.run("render", "--captures").out
    assert len(server.asked) == asked
    assert_sound(place)


def test_kill_9_at_any_moment_of_a_render_loses_nothing(place: Any, server: PageServer) -> None:
    crawled(place, server)
    for attempt, wait in enumerate((0.3, 1.0, 1.6)):
        pattern = f"{attempt}-{{slug}}"
        place.configure(SOURCE, posts=f'pattern = "{pattern}"\ndialect = "{("hugo", "hexo")[attempt % 2]}"')
        killed = place.start("render")
        time.sleep(wait)
        killed.send_signal(signal.SIGKILL)
        killed.communicate(timeout=60)
        place.run("render")
        assert sorted(place.posts()) == sorted(f"{attempt}-bridge-{n}.md" for n in range(COUNT))
    assert_sound(place)
