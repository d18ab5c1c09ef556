"""Which pages are one article: over runs, in the audit, in a rebuild, and in an archive of an earlier release."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

from pages import Answer, article, feed

TITLES = [
    "Pier to be rebuilt",
    "Ferry strike goes on",
    "Mayor opens library",
    "Board elects a chair",
    "Lighthouse sold",
]
WORDS = "the council decided on Tuesday evening to act before winter, although engineers had asked for one more year."
SHARED = '<link rel="canonical" href="http://herald.test/blog/">'
SOURCE = '[[source]]\nname = "herald"\nfeeds = ["http://herald.test/feed"]\n'
URLS = [f"http://herald.test/a/{number}.html" for number in range(5)]


def story(number: int, *, head: str = SHARED, more: str = "") -> str:
    title = TITLES[number]
    return article(title, [*(f"{title}, part {part}: {WORDS}" for part in range(5)), *filter(None, [more])], head=head)


def publish(server, *numbers: int, **parts: str) -> None:
    listed = feed(*(URLS[number] for number in numbers)).encode()
    server["herald.test/feed"] = Answer(listed, headers={"Content-Type": "application/rss+xml", "ETag": '"same"'})
    for number, url in enumerate(URLS):
        server[url.removeprefix("http://")] = story(number, **parts)


def errors(place) -> list[str]:
    lines = map(json.loads, place.run("audit", "--json", "-").out.splitlines())
    return [line["message"] for line in lines if line.get("severity") in ("error", "warning")]


def rebuilt(place) -> tuple[dict[str, str], object]:
    for path in (place.data / "posts").rglob("*.md"):
        path.unlink()
    for path in place.data.glob("catalogue.sqlite*"):
        path.unlink()
    place.run("rebuild")
    return place.posts(), place.catalogue()


def test_articles_with_one_canonical_link_are_told_apart_and_followed(place, server) -> None:
    publish(server, *range(5))
    place.configure(SOURCE)
    done = place.run("crawl")
    assert len(place.posts()) == 5
    told = place.last_run()["unbelieved_links"]
    assert (told["count"], told["first"][0]["articles"], told["first"][0]["url"]) == (1, 4, "http://herald.test/blog/")
    assert done.err.count("canonical links not believed") == 1
    publish(server, *range(5), more="The vote was close.")
    assert place.run("refetch", *URLS).out.count(": changed, version 2: ") == 5
    posts = place.posts()
    assert len(posts) == 5 and all("vote was close" in post for post in posts.values())
    assert place.run("show", URLS[3]).out in posts.values() and "version 2" in place.run("history", URLS[3]).out
    assert errors(place) == []
    posts, rows = place.posts(), place.catalogue()
    assert len(posts) == 5 and rebuilt(place) == (posts, rows)


AS_IN_0_2_0 = "".join(
    (
        *(f"DROP INDEX articles_{name};" for name in ("by_look", "untried", "in_trouble")),
        *(f"DROP TABLE {name};" for name in ("pictures", "marks", "hosts", "robots", "looks", "days")),
        *(
            f"ALTER TABLE articles DROP COLUMN {name};"
            for name in ("held", "tried", "looked", "changed", "announced", "hollow")
        ),
        "CREATE INDEX articles_by_time ON articles (next_look);",
        "PRAGMA user_version = 2;",
    )
)
"""Makes the tables of today's frontier those of release 0.2.0."""


def test_an_archive_of_a_release_that_believed_the_link_is_completed(place, server) -> None:
    publish(server, 0)
    place.configure(SOURCE)
    place.run("crawl")
    with closing(sqlite3.connect(place.data / "frontier.sqlite", isolation_level=None)) as old:
        old.execute("UPDATE articles SET url = 'http://herald.test/blog/', next_look = NULL")
        old.executemany("INSERT INTO aliases VALUES (?, 'http://herald.test/blog/')", [(url,) for url in URLS])
        old.executescript(AS_IN_0_2_0)
    publish(server, *range(5))  # the feed's ETag is the old one
    place.run("crawl")
    assert place.last_run()["articles"]["new"] == 4 and len(place.posts()) == 5
    assert len(server.paths("herald.test")) == len(set(server.paths("herald.test"))) + 2, "feed and robots.txt twice"


def test_forms_of_one_article_are_one_post_and_the_forms_are_not_visited_again(place, server) -> None:
    main, amp = "http://herald.test/a/0.html", "http://herald.test/a/0/amp"
    server["herald.test/a/0/amp"] = Answer(
        story(0, head="", more="Read it on our site.").encode(),
        headers={"Content-Type": "text/html; charset=utf-8", "Link": f'<{main}>; rel="canonical"'},
        wait=0.5,
    )
    for url in (
        "herald.test/a/0.html",
        "www.herald.test/a/0.html",
        "herald.test/a/0.html?ref=rss",
        "herald.test/print/0.html",
    ):
        server[url] = story(0, head="")
    others = ("http://www.herald.test/a/0.html", f"{main}?ref=rss", "http://herald.test/print/0.html")
    server["herald.test/feed"] = feed(amp, main, *others)
    place.configure(SOURCE)
    place.run("crawl")
    assert len(place.posts()) == 1
    with closing(sqlite3.connect(place.data / "frontier.sqlite")) as frontier:
        assert frontier.execute("SELECT url FROM aliases").fetchall() == [(amp,)], "pages that claim nothing stay"
    assert "nothing changed since version 1" in place.run("refetch", amp).out
    assert errors(place) == []


def test_a_relative_date_stays_and_a_later_version_keeps_it(place, server) -> None:
    date = '<meta property="article:published_time" content="2026-03-05T08:30:00+01:00">'
    page = story(0, head="").replace(date, "").replace("</h1>", '</h1><p class="date">3 hours ago</p>')
    server["herald.test/a/0.html"] = page
    server["herald.test/feed"] = feed()
    place.configure(SOURCE, posts='extra = ["warc_record_id", "updated"]')
    place.run("refetch", URLS[0])
    [(path, first)] = place.posts().items()
    assert "nothing changed" in place.run("refetch", URLS[0]).out
    server["herald.test/a/0.html"] = page.replace("3 hours ago", "9 hours ago").replace("Tuesday", "Monday")
    assert "changed, version 2" in place.run("refetch", URLS[0]).out
    [(again, second)] = place.posts().items()
    dates = [next(line for line in text.splitlines() if line.startswith("date: ")) for text in (first, second)]
    assert again == path and dates[0] == dates[1] and "Monday" in second
    assert errors(place) == []
    rows = place.catalogue()
    assert rebuilt(place) == ({path: second}, rows)
