"""Runs go on without their earlier WARC files, which are only in the store, and never ask for them."""

from __future__ import annotations

import json

from pages import PNG, article, feed

MILL = "http://herald.test/a/mill.html"
TEXT = ["The mill on the river grinds again after forty years, and the baker is its first customer. " * 3] * 3
SOURCE = """[[source]]
name = "herald"
feeds = ["http://herald.test/feed.xml"]
"""


def test_runs_go_on_without_the_store(place, server) -> None:
    server["herald.test/feed.xml"] = feed(MILL)
    server["herald.test/a/mill.html"] = article("The mill grinds again", TEXT, images=("/i/mill.png",))
    server["herald.test/i/mill.png"] = PNG
    store, away = place.folder / "store", place.folder / "away"
    store.mkdir()
    remote = f'[remote]\nurl = "file://{store}"\nkeep_local = 0.000001\n'
    place.configure(remote + SOURCE, posts='images = "local"')
    place.run("crawl")
    place.run("push")
    assert list(place.data.joinpath("warc").iterdir()) == []
    store.rename(away)
    assert place.run("crawl", "--due").err == "nothing is due\n"
    page = article("The mill grinds again", TEXT, images=("/i/mill.png",))
    server["herald.test/a/mill.html"] = page.replace("</body>", "<!-- another advertisement --></body>")
    assert "nothing changed" in place.run("refetch", MILL).out
    server["herald.test/a/mill.html"] = article("The mill grinds again", [*TEXT, "It will close in winter. " * 9])
    place.run("refetch", MILL)
    assert len(list(place.data.joinpath("warc").iterdir())) == 2
    away.rename(store)
    assert "It will close in winter." in place.run("history", MILL).out
    last = json.loads(place.run("audit", "--json", "-").out.splitlines()[-1])["summary"]
    assert (last["errors"], last["warnings"], len(last["not_read"])) == (0, 0, 1)
    place.run("push")
    place.run("pull")
    place.run("rebuild")
    last = json.loads(place.run("audit", "--json", "-").out.splitlines()[-1])["summary"]
    assert (last["errors"], last["warnings"], last["not_read"]) == (0, 0, [])
