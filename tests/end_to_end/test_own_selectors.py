"""Selectors of articles in warcpress.toml: a crawl, its run file, the audit and a rebuild all read pages with them."""

from __future__ import annotations

import json
import shutil
from typing import Any

from pages import Answer, PageServer, feed

PROSE = "The council voted on Tuesday to repair bridge {n} over the river before the winter floods arrive again. "
SOURCE = """[[source]]
name = "herald"
feeds = ["http://herald.test/feed"]
[source.article]
title = ".headline"
body = "#story"
author = ".nobody"
next = "a.more"
"""


def page(number: int, following: str = "") -> str:
    story = "".join(f"<p>{PROSE.format(n=10 * number + line) * 2}</p>" for line in range(3))
    return f"""<html lang="en"><body><h1>The Herald</h1><b class="headline">Bridges to be repaired</b>
<div id="story">{story}</div>{following and f'<a class="more" href="{following}">On</a>'}
<div>{"".join(f"<p>{PROSE.format(n=900) * 3}</p>" for _ in range(5))}</div></body></html>"""


def test_a_crawl_the_audit_and_a_rebuild_use_the_selectors_of_the_source(place: Any, server: PageServer) -> None:
    links = [f"http://herald.test/{name}" for name in ("bridges", "weirs")]
    server["herald.test/feed"] = Answer(feed(*links).encode(), headers={"Content-Type": "application/rss+xml"})
    server["herald.test/bridges"] = page(1, "/what-it-costs")
    server["herald.test/what-it-costs"] = page(2)
    server["herald.test/weirs"] = page(3)
    place.configure(SOURCE)
    place.run("crawl")
    posts = place.posts()
    assert len(posts) == 2
    text = next(text for path, text in posts.items() if path.endswith("bridges.md"))
    assert "title: 'Bridges to be repaired'" in text
    assert [f"bridge {number} " in text for number in (10, 22, 900)] == [True, True, False]
    (told,) = place.last_run()["unmatched_selectors"]["first"]
    assert (told["source"], told["key"], told["articles"]) == ("herald", "author", 2)

    place.configure(SOURCE.replace("#story", ".new-layout"))  # not the configuration but the archive decides
    lines = map(json.loads, place.run("audit", "--json", "-").out.splitlines())
    assert [found for found in lines if "summary" not in found] == []
    rows = place.catalogue()
    shutil.rmtree(place.data / "posts")
    (place.data / "catalogue.sqlite").unlink()
    place.run("rebuild")
    assert (place.posts(), place.catalogue()) == (posts, rows)
    shown = place.run("preview", "http://herald.test/weirs").err
    assert "article.title: found\n" in shown
    assert "article.body: finds nothing on this page\n" in shown
