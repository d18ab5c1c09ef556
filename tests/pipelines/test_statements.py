"""What a hundred articles cost the stores: statements, commits, rollbacks and fsyncs."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from pages import PNG, Answer, PageServer, article, feed
from running import run
from sql_trace import Trace

ARTICLES = 100
SOURCE = '[[source]]\nname = "herald"\nfeeds = ["http://herald.test/feed"]\n'


def site(server: PageServer) -> None:
    """A hundred articles with two pictures each, of which one is its own."""
    urls = [f"http://herald.test/a/{number}.html" for number in range(ARTICLES)]
    server["herald.test/feed"] = feed(*urls)
    server["herald.test/shared.png"] = PNG
    for number, url in enumerate(urls):
        text = f"The mill number {number} grinds again after forty years, and the baker is its first customer. " * 4
        page = article(f"Mill number {number} grinds again", [text] * 3, images=("/shared.png", f"/{number}.png"))
        server[url.removeprefix("http://")] = Answer(
            page.encode(), headers={"ETag": '"1"', "Content-Type": "text/html"}
        )
        server[f"herald.test/{number}.png"] = PNG + str(number).encode()


def groups(trace: Trace) -> int:
    """Group commits of the archive: by number of captures, and by time."""
    return trace.commits["digests.sqlite"]


def test_what_a_hundred_articles_cost_the_stores(server: PageServer, tmp_path: Path) -> None:
    site(server)
    with Trace() as new:
        assert Counter(run(tmp_path, server.port, SOURCE).outcomes.values()) == {"new": ARTICLES}
    with closing(sqlite3.connect(tmp_path / "data/frontier.sqlite")) as frontier:
        frontier.execute("UPDATE articles SET next_look = 0")
        frontier.commit()
    with Trace() as same:
        assert Counter(run(tmp_path, server.port, SOURCE).outcomes.values()) == {"not-modified": ARTICLES}
    assert new.rollbacks == same.rollbacks == 0
    # Of the catalogue's, 9 add rows: 2 captures, 2 images, a version, its page, its post with its path, its mark.
    most = {"catalogue.sqlite": 19, "digests.sqlite": 8.5, "frontier.sqlite": 7, "search.sqlite": 3.5}
    assert not {name: count for name, count in new.asked.items() if count > most[name] * ARTICLES}
    most = {"catalogue.sqlite": 6.5, "digests.sqlite": 2.5, "frontier.sqlite": 5.5, "search.sqlite": 0}
    assert not {name: count for name, count in same.asked.items() if count > most[name] * ARTICLES}
    for ran, files in (new, ARTICLES), (same, 0):
        assert ran.commits["catalogue.sqlite"] <= 2 * groups(ran) + 8  # rows, then the marks of files that are written
        assert ran.commits["frontier.sqlite"] <= groups(ran) + 12
        assert ran.commits["search.sqlite"] <= groups(ran) + 1
        assert ran.fsyncs <= files + 3 * groups(ran) + 30  # post files, their folder, the WARC file
