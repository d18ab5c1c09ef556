"""A data folder that a released version made opens with this one: read, audited, crawled on, rebuilt row by row.

`releases/VERSION.tar.gz` are data folders made by the code of that release: two runs on 20 February 2024 over
chronicle.test, three articles with local pictures, one of them edited between the runs.
"""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from pages import PNG, Answer, PageServer, article, feed

RELEASES = Path(__file__).parent / "releases"
VERSIONS = sorted(path.name.removesuffix(".tar.gz") for path in RELEASES.iterdir())
TEXT = "The council voted on Tuesday to repair the old bridge over the river before the winter floods arrive. "
NAMES = ("bridge", "dam", "ferry")
BRIDGE = "http://chronicle.test/bridge.html"
SOURCE = """[[source]]
name = "chronicle"
timezone = "Europe/Berlin"
feeds = ["http://chronicle.test/feed.xml"]
"""


def publish(server: PageServer) -> None:
    """The site as the release saw it last, with one article more."""
    for name in (*NAMES, "mill"):
        text = TEXT + "It will cost four million." if name == "bridge" else TEXT
        paragraphs = [text.replace("bridge", name) * 3, text, text]
        page = article(f"The {name} of the town", paragraphs, images=(f"/i/{name}.png",))
        server[f"chronicle.test/{name}.html"] = page.replace("2026-03-05", "2024-02-19")
        server[f"chronicle.test/i/{name}.png"] = PNG + name.encode()
    links = (f"http://chronicle.test/{name}.html" for name in (*NAMES, "mill"))
    kind = {"Content-Type": "application/rss+xml"}
    server["chronicle.test/feed.xml"] = Answer(feed(*links).encode(), headers=kind)


def problems(place: Any) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in place.run("audit", "--json", "-").out.splitlines()]
    return [line for line in lines if line.get("severity") in ("error", "warning")]


def test_every_release_of_the_changelog_has_a_data_folder() -> None:
    changelog = (Path(__file__).parents[2] / "CHANGELOG.md").read_text("utf-8")
    released = [line.split()[1] for line in changelog.splitlines() if line.startswith("## ") and line[3].isdecimal()]
    assert sorted(released) == VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_a_data_folder_of_a_release_opens(place, server, version: str) -> None:
    with tarfile.open(RELEASES / f"{version}.tar.gz") as archive:
        archive.extractall(place.data, filter="data")
    publish(server)
    place.configure(SOURCE, posts='images = "local"')
    before = place.posts()
    assert len(place.run("list").out.splitlines()) == 3  # from upgraded copies; the files are still the release's
    assert place.run("history", BRIDGE).out.count("version ") == 2
    assert place.run("show", BRIDGE).out == before["chronicle/2024/02/19-bridge.md"]
    assert problems(place) == []

    place.run("crawl")
    run = place.last_run()["articles"]
    assert (run["new"], run["changed"]) == (1, 0)  # the later release has not made edits of what its rules changed
    assert {**place.posts(), **before} == place.posts() and len(place.posts()) == 4
    assert problems(place) == []

    rows, posts = place.catalogue(), place.posts()
    for path in [*(place.data / "posts").rglob("*.md"), *place.data.glob("catalogue.sqlite*")]:
        path.unlink()
    place.run("rebuild")
    assert place.catalogue() == rows
    assert place.posts() == posts
