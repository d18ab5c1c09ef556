"""One source over days: new, unchanged and changed articles, and all of them made again from the WARC files."""

from __future__ import annotations

import json

from pages import PNG, Answer, article, feed

WORDS = "The council voted on Tuesday to repair the old bridge over the river before the winter floods arrive again. "
LONG = [WORDS * 3, "Engineers had warned for years that its piers were cracked. " * 4, WORDS * 2]
SOURCE = """[[source]]
name = "herald"
timezone = "Europe/Berlin"
feeds = ["http://herald.test/feed.xml"]
allow = ["^http://herald\\\\.test/a/"]
"""


def publish(server, *, bridge: list[str] = LONG) -> None:
    feed_body = feed("http://herald.test/a/bridge.html", "http://herald.test/a/dam.html?utm_source=rss")
    server["herald.test/feed.xml"] = Answer(
        feed_body.encode(), headers={"Content-Type": "application/rss+xml", "ETag": '"1"'}
    )
    server["herald.test/a/bridge.html"] = article("Bridge to be repaired", bridge, images=("/i/bridge.png", "/i/x.png"))
    server["herald.test/a/dam.html"] = article("Dam holds", [text.replace("bridge", "dam") for text in LONG])
    server["herald.test/a/dam.html?utm_source=rss"] = server.answers["herald.test/a/dam.html"]
    server["herald.test/i/bridge.png"] = PNG


def test_a_run_makes_posts_and_a_second_one_finds_nothing_new(place, server) -> None:
    publish(server)
    place.configure(SOURCE)
    first = place.run("crawl")
    posts = place.posts()
    assert list(posts) == ["herald/2026/03/05-bridge.md", "herald/2026/03/05-dam.md"]
    assert "author: Ada Lovett" in posts["herald/2026/03/05-bridge.md"]
    assert "date: Thu, 05 Mar 2026 07:30:00 GMT" in posts["herald/2026/03/05-bridge.md"]
    assert 'src="http://herald.test/i/bridge.png"' in posts["herald/2026/03/05-bridge.md"]
    assert "articles: 2 new" in first.err
    run = place.last_run()
    assert set(run["confinement"]) <= {"landlock", "seccomp"}, "children read the pages"
    assert run["images"] == {"fetched": 1, "known": 0, "missing": 1, "uncopied": 0}
    assert run["missing_images"]["first"][0]["url"] == "http://herald.test/i/x.png"
    assert run["missing_images"]["first"][0]["class"] == "http-404"

    asked = len(server.asked)
    place.run("crawl")
    run = place.last_run()
    assert run["articles"]["new"] == 0 and run["candidates"] == {"seen": 0, "added": 0}
    assert [request.path for request in server.asked[asked:]] == ["/feed.xml"]  # robots.txt is kept for a day
    assert server.asked[-1].headers["If-None-Match"] == '"1"'
    assert run["captures"]["exchanges"] == 1 and run["captures"]["revisits"] == 1
    assert place.posts() == posts


def test_due_skips_sources_that_were_just_read(place, server) -> None:
    publish(server)
    place.configure(SOURCE)
    place.run("crawl")
    asked, files = len(server.asked), place.warcs()
    place.run("crawl", "--due")
    assert len(server.asked) == asked
    assert place.warcs() == files  # a run that captured nothing leaves no file


def test_refetch_tells_what_changed_or_that_nothing_did(place, server) -> None:
    publish(server)
    place.configure(SOURCE)
    place.run("crawl")
    same = place.run("refetch", "http://herald.test/a/bridge.html")
    assert same.out.startswith("http://herald.test/a/bridge.html: nothing changed since version 1 of ")
    publish(server, bridge=[*LONG[:2], "The work will cost four million."])
    server["herald.test/i/x.png"] = PNG + b"other"
    changed = place.run("refetch", "http://herald.test/a/bridge.html").out.splitlines()
    assert changed[0] == "http://herald.test/a/bridge.html: changed, version 2: herald/2026/03/05-bridge.md"
    assert "  image found: http://herald.test/i/x.png" in changed
    assert "    +The work will cost four million." in changed
    assert "The work will cost four million." in place.posts()["herald/2026/03/05-bridge.md"]

    history = place.run("history", "http://herald.test/a/bridge.html").out
    assert history.count("version ") == 2 and "    +The work will cost four million." in history
    old = place.run("show", "http://herald.test/a/bridge.html", "--at", place.last_run()["started"]).out
    new = place.run("show", "data/posts/herald/2026/03/05-bridge.md").out
    assert "four million" not in old and new == place.posts()["herald/2026/03/05-bridge.md"]
    response = place.run("show", "http://herald.test/a/bridge.html", "--part", "response").out
    assert response.startswith("HTTP/1.1 200 OK\r\n")
    page = place.run("show", "http://herald.test/a/bridge.html", "--part", "page").out
    assert response.endswith("\r\n\r\n" + page)
    request = place.run("show", "http://herald.test/a/bridge.html", "--part", "request").out
    assert request.startswith("GET /a/bridge.html HTTP/1.1\r\n")


def test_refetch_takes_paths_of_posts_and_tells_scripts_what_was_not_fetched(place, server) -> None:
    publish(server)
    server["herald.test/robots.txt"] = b"User-agent: *\nDisallow: /a/closed\n"  # kept for a day
    place.configure(SOURCE)
    place.run("crawl")
    bridge, path = "http://herald.test/a/bridge.html", "herald/2026/03/05-bridge.md"
    names = [path, f"data/posts/{path}", str(place.data / "posts" / path), bridge]
    [same] = place.run("refetch", *names).out.splitlines()  # four names of one page
    assert same.startswith(f"{bridge}: nothing changed since version 1 of ")
    unknown = place.run("refetch", "herald/none.md", code=2)
    assert "herald/none.md: not in the archive" in unknown.err and unknown.err.count("\n") == 1

    server["herald.test/a/empty"] = "<html><title>Nothing</title><body></body></html>"
    names = [
        "http://herald.test/a/none",
        "http://herald.test/a/empty",
        "http://herald.test/a/closed",
        "http://herald.test:22/",
    ]
    none, empty, closed, private, held = place.run("refetch", *names, path, code=5).out.splitlines()
    assert none == f"{names[0]}: not fetched (gone): answered 404"
    assert empty.startswith(f"{names[1]}: not fetched (not-an-article): not an article: ")
    assert closed.startswith(f"{names[2]}: not fetched (refused): refused by robots")
    assert private.startswith(f"{names[3]}: not fetched (refused): refused by ")
    assert held.startswith(f"{bridge}: nothing changed since version 1 of ")
    assert place.last_run()["exit_code"] == 5
    del server.answers["herald.test/a/bridge.html"]
    withdrawn = f"{bridge}: not fetched (gone): answered 404; the stored article is withdrawn\n"
    assert place.run("refetch", path, code=5).out == withdrawn


def test_W8_rebuild_makes_the_same_posts_and_rows_from_the_warc_files_alone(place, server) -> None:
    publish(server)
    place.configure(SOURCE, posts='images = "local"')
    place.run("crawl")
    publish(server, bridge=LONG[:2])
    place.run("refetch", "http://herald.test/a/bridge.html")
    posts, rows = place.posts(), place.catalogue()
    media = {path.name: path.read_bytes() for path in (place.data / "media").rglob("*.png")}
    assert len(media) == 1 and list(media.values()) == [PNG]
    assert 'src="/media/' in posts["herald/2026/03/05-bridge.md"]
    for path in (place.data / "posts").rglob("*.md"):
        path.unlink()
    for path in [*(place.data / "media").rglob("*.png"), *place.data.glob("catalogue.sqlite*")]:
        path.unlink()
    dry = place.run("rebuild", "--dry-run").out
    assert dry.startswith("2 posts, 2 files would be written") and not place.posts()
    place.run("rebuild", process=True)
    assert place.posts() == posts
    assert place.catalogue() == rows
    assert {path.name: path.read_bytes() for path in (place.data / "media").rglob("*.png")} == media


def test_posts_for_another_generator_pass_the_audit_and_a_rebuild(place, server) -> None:
    publish(server)
    place.configure(SOURCE, posts='dialect = "hugo"\nimages = "local"\n')
    place.run("crawl")
    posts = place.posts()
    bridge = posts["herald/2026/03/05-bridge.md"]
    assert bridge.startswith("---\ntitle: 'Bridge to be repaired'\n") and "\ndate: 2026-03-05T07:30:00Z\n" in bridge
    assert 'src="/media/' in bridge
    shown = place.run("preview", "http://herald.test/a/dam.html").out
    assert shown == posts["herald/2026/03/05-dam.md"]
    lines = [json.loads(line) for line in place.run("audit", "--json", "-").out.splitlines()]
    assert [line for line in lines if line.get("severity") in ("error", "warning")] == []
    (place.data / "posts/herald/2026/03/05-dam.md").unlink()
    place.run("rebuild")
    assert place.posts() == posts


def test_T3_the_audit_is_clean_and_notices_an_edited_post(place, server) -> None:
    publish(server)
    place.configure(SOURCE)
    place.run("crawl")
    lines = [json.loads(line) for line in place.run("audit", "--json", "-", process=True).out.splitlines()]
    assert [line for line in lines if line.get("severity") in ("error", "warning")] == []
    path = place.data / "posts/herald/2026/03/05-dam.md"
    path.write_text(path.read_text("utf-8").replace("Dam holds", "Dam breaks"), "utf-8")
    lines = [json.loads(line) for line in place.run("audit", "--json", "-", code=1, process=True).out.splitlines()]
    errors = [line for line in lines if line.get("severity") == "error"]
    assert [(error["check"], error["url"]) for error in errors] == [(32, "http://herald.test/a/dam.html")]
    # A site generator drops a post whose front matter it can't read, without a message.
    path.write_text(path.read_text("utf-8").replace("title: 'Dam breaks'", "title: 'Dam"), "utf-8")
    lines = [json.loads(line) for line in place.run("audit", "--json", "-", code=1).out.splitlines()]
    assert [line["check"] for line in lines if line.get("severity") == "error"] == [32]
    path.unlink()
    lines = [json.loads(line) for line in place.run("audit", "--json", "-", code=1).out.splitlines()]
    assert [line["check"] for line in lines if line.get("severity") == "error"] == [32]


def test_list_shows_each_post(place, server) -> None:
    publish(server)
    place.configure(SOURCE)
    place.run("crawl")
    rows = [json.loads(line) for line in place.run("list", "--json", "-").out.splitlines()]
    rows.sort(key=lambda row: row["post"])  # both have one date
    assert [row["post"] for row in rows] == ["herald/2026/03/05-bridge.md", "herald/2026/03/05-dam.md"]
    assert rows[1]["url"] == "http://herald.test/a/dam.html" and rows[1]["version"] == 1
    assert "2026-03-05\therald\tBridge to be repaired\therald/2026/03/05-bridge.md" in (
        place.run("list").out.splitlines()
    )


def test_dry_run_lists_what_would_be_fetched_and_keeps_nothing(place, server) -> None:
    publish(server)
    place.configure(SOURCE)
    done = place.run("crawl", "--dry-run")
    assert done.out.splitlines() == [
        "herald  http://herald.test/a/bridge.html",
        "herald  http://herald.test/a/dam.html?utm_source=rss",
    ]
    assert not place.data.exists()


def test_limit_counts_articles(place, server) -> None:
    publish(server)
    place.configure(SOURCE)
    place.run("crawl", "--limit", "1")
    assert len(place.posts()) == 1
    place.run("crawl")
    assert len(place.posts()) == 2


def test_preview_stores_nothing(place, server) -> None:
    publish(server)
    place.configure(SOURCE)
    done = place.run("preview", "http://herald.test/a/dam.html")
    assert done.out.startswith("\n---\ntitle: 'Dam holds'\n") and "authors: Ada Lovett" in done.err
    assert not place.data.exists()
    (place.folder / "dam.html").write_bytes(server.answers["herald.test/a/dam.html"].body)
    again = place.run("preview", "dam.html", "--url", "http://herald.test/a/dam.html")
    assert again.out == done.out
