"""A fleet: sources divided among shards, each with a data folder; what moves with a source; turns at shared hosts."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from pages import PNG, article, feed

from crawler.fleet.shards import divide
from crawler.items import Source

WORDS = "The council voted on Tuesday to repair the old bridge over the river before the winter floods arrive again. "
LONG = [WORDS * 3, "Engineers had warned for years that its piers were cracked. " * 4, WORDS * 2]
NAMES = [f"paper{n}" for n in range(30)]


def shards(of: int) -> dict[str, int]:
    """The shard of each paper."""
    return dict(divide([Source(name=name, feeds=(f"http://{name}.test/feed.xml",)) for name in NAMES], of).sources)


def papers(of: int, number: int) -> list[str]:
    return [name for name, shard in shards(of).items() if shard == number]


STAYS = next(name for name in papers(2, 1) if shards(3)[name] == 1)
"""A paper that is in shard 1 of two, and of three."""
MOVES = next(name for name in papers(2, 1) if shards(3)[name] == 3)
"""A paper that is in shard 1 of two, and in shard 3 of three."""
OTHER = papers(2, 2)[0]


def publish(server, name: str, *pages: str, body: list[str] = LONG, images: tuple[str, ...] = ()) -> None:
    server[f"{name}.test/feed.xml"] = feed(*(f"http://{name}.test/a/{page}.html" for page in pages))
    for page in pages:
        text = [f"{page} of {name}: {paragraph}" for paragraph in body]
        server[f"{name}.test/a/{page}.html"] = article(f"The {page} of {name}", text, images=images)


def configure(place, *names: str, fleet: int = 0, **tables: str) -> None:
    sources = [f'[[source]]\nname = "{name}"\nfeeds = ["http://{name}.test/feed.xml"]\n' for name in names]
    place.configure("".join([f"[fleet]\nshards = {fleet}\n" if fleet else "", *sources]), **tables)


def shard(place, number: int):
    """The workplace of one shard."""

    class Place(type(place)):  # type: ignore[misc]  # a fixture's class
        @property
        def data(self) -> Path:
            return Path(self.folder) / f"data/shard-{number}"

    return Place(**vars(place))


def asked(server, name: str) -> list[str]:
    return [path for path in server.paths(f"{name}.test") if path != "/robots.txt"]


def test_each_shard_is_an_ordinary_data_folder_with_its_sources(place, server) -> None:
    for name in (STAYS, OTHER):
        publish(server, name, "bridge")
    configure(place, STAYS, OTHER, fleet=2)
    one, two = shard(place, 1), shard(place, 2)
    place.run("crawl", "--shard", "1/2")
    assert asked(server, STAYS) and not asked(server, OTHER)
    place.run("--shard", "2/2", "crawl")
    assert list(one.posts()) == [f"{STAYS}/2026/03/05-bridge.md"]
    assert list(two.posts()) == [f"{OTHER}/2026/03/05-bridge.md"]
    assert sorted(path.name for path in place.data.iterdir()) == ["shard-1", "shard-2"]
    for number, folder in (1, one), (2, two):
        assert all(path.name.startswith(f"warcpress-shard-{number}-") for path in folder.warcs())
        assert place.run("audit", "--shard", f"{number}/2").code == 0
        rows = folder.catalogue()
        place.run("rebuild", "--shard", f"{number}/2")
        assert folder.catalogue() == rows
    status = place.run("status", "--shard", "1/2").out
    assert STAYS in status and OTHER not in status
    assert OTHER in place.run("list", "--data", "data/shard-2").out


def test_the_folder_of_a_shard_is_that_shard_when_data_names_it(place, server) -> None:
    for name in (STAYS, OTHER):
        publish(server, name, "bridge")
    configure(place, STAYS, OTHER, fleet=2)
    place.run("crawl", "--data", "data/shard-2")
    assert asked(server, OTHER) and not asked(server, STAYS)
    assert all(path.name.startswith("warcpress-shard-2-") for path in shard(place, 2).warcs())
    assert place.run("audit", "--data", "data/shard-2").code == 0
    (place.data / "shard-2/catalogue.sqlite").write_bytes(b"no database")
    error = place.run("crawl", "--data", "data/shard-2", code=4).err
    assert error.endswith("(add --data for the folder of another year or shard)\n")
    place.run("rebuild", "--data", "data/shard-2")
    assert list(shard(place, 2).posts()) == [f"{OTHER}/2026/03/05-bridge.md"]


def test_what_is_no_shard_of_the_fleet_is_one_line(place) -> None:
    configure(place, STAYS, OTHER, fleet=2)
    for command in ("crawl", "crawl --due", "crawl --dry-run", "rebuild", "render", "import warcs"):
        error = place.run(*command.split(), code=2).err
        word = command.split()[0]
        assert error.endswith(f"[fleet] has 2 shards: name one, as `warcpress {word} --shard 1/2` does\n")
        assert error.count("\n") == 1
    for wrong in ("3/2", "0/2", "1", "x", ""):
        error = place.run("crawl", "--shard", wrong, code=2).err
        assert error == f"warcpress crawl: --shard {wrong!r}: write I/N, such as 2/8: shard 2 of 8, counted from 1\n"
    error = place.run("crawl", "--shard", "1/2", OTHER, code=2).err
    assert error == f"warcpress crawl: --shard 1/2: source {OTHER!r} is in shard 2/2\n"
    assert not place.data.exists()


def test_a_shard_without_sources_has_nothing_to_do(place) -> None:
    configure(place, STAYS, fleet=2)
    done = place.run("crawl", "--due", "--shard", "2/2")
    assert done.err == "shard 2/2 has no source\n" and not place.data.exists()


def test_due_dry_runs_and_idle_runs_are_those_of_the_shard(place, server) -> None:
    for name in (STAYS, OTHER):
        publish(server, name, "bridge")
    configure(place, STAYS, OTHER, fleet=2)
    dry = place.run("crawl", "--due", "--dry-run", "--shard", "1/2")
    assert dry.out == f"{STAYS}  http://{STAYS}.test/a/bridge.html\n" and not place.data.exists()
    place.run("crawl", "--shard", "1/2")
    [run_file] = (place.data / "shard-1/runs").glob("*Z-*.json")
    assert json.loads(run_file.read_text())["shard"] == "1/2"
    before = len(server.asked)
    assert place.run("crawl", "--due", "--shard", "1/2").err == "nothing is due\n"
    assert len(server.asked) == before
    assert (place.data / "shard-1/runs/idle.jsonl").exists()
    assert place.run("crawl", "--due", "--dry-run", "--shard", "1/2").out == ""
    assert place.run("crawl", "--due", "--dry-run", "--shard", "2/2").out != ""


def test_another_number_than_that_of_the_fleet_is_told(place, server) -> None:
    publish(server, STAYS, "bridge")
    configure(place, STAYS, OTHER, fleet=2)
    error = place.run("crawl", "--shard", "1/3").err
    assert "--shard 1/3: [fleet] has 2 shards; two shards of different numbers may follow one source" in error


@pytest.mark.parametrize("etag", [True, False])
def test_a_source_that_moves_takes_along_what_is_known_of_it(place, server, etag: bool) -> None:
    """What is unchanged makes no version, what has changed makes the next one; the history stays where it is."""
    picture = f"http://{MOVES}.test/i/p.png"
    publish(server, MOVES, "bridge", "dam", images=(picture,))
    server[f"{MOVES}.test/i/p.png"] = PNG
    if etag:
        for page in ("bridge", "dam"):
            server[f"{MOVES}.test/a/{page}.html"] = replace(
                server.answers[f"{MOVES}.test/a/{page}.html"],
                headers={"ETag": f'"{page}"', "Content-Type": "text/html"},
            )
    configure(place, STAYS, MOVES)
    publish(server, STAYS, "mill")
    place.run("crawl", "--shard", "1/2")
    before, told = len(server.asked), shard(place, 1).posts()
    place.run("crawl", "--shard", "3/3")
    third = shard(place, 3)
    news = [(one.path, one.status) for one in server.asked[before:]]
    assert news == [("/robots.txt", 404), ("/feed.xml", 200)], "nothing is fetched as new"
    assert third.posts() == {} and third.last_run()["candidates"] == {"seen": 2, "added": 0}
    assert json.loads((third.data / "sources.json").read_text())["sources"][MOVES]["before"] == ["shard-1"]

    publish(server, MOVES, "dam", "fair", body=[*LONG, "The work will cost four million. " * 5], images=(picture,))
    server[f"{MOVES}.test/feed.xml"] = feed(
        *(f"http://{MOVES}.test/a/{page}.html" for page in ("bridge", "dam", "fair"))
    )
    url = f"http://{MOVES}.test/a"
    same = place.run("refetch", "--shard", "3/3", f"{url}/bridge.html").out
    assert same.startswith(f"{url}/bridge.html: nothing changed since version 1 of ")
    assert third.posts() == {}
    changed = place.run("refetch", "--shard", "3/3", f"{url}/dam.html").out.splitlines()
    assert changed[0] == f"{url}/dam.html: changed, version 2: {MOVES}/2026/03/05-dam.md"
    assert any("+" in line and "four million" in line for line in changed[1:])
    place.run("crawl", "--shard", "3/3")
    assert list(third.posts()) == [f"{MOVES}/2026/03/05-dam.md", f"{MOVES}/2026/03/05-fair.md"]
    assert third.last_run()["articles"]["new"] == 1 and third.last_run()["articles"]["changed"] == 0
    assert shard(place, 1).posts() == told, "history stays where it is"
    rendered = place.run("render", "--captures", "--dry-run", "--shard", "3/3").out
    assert "articles found in captures without a post: 0" in rendered
    for number, folder in (1, shard(place, 1)), (3, third):
        assert place.run("audit", "--shard", f"{number}/3").code == 0
        rows = folder.catalogue()
        place.run("rebuild", "--shard", f"{number}/3")
        assert folder.catalogue() == rows


def test_a_source_that_comes_back_brings_what_the_other_shard_saw(place, server) -> None:
    publish(server, MOVES, "bridge")
    configure(place, MOVES)
    place.run("crawl", "--shard", "1/2")
    publish(server, MOVES, "bridge", "dam")
    place.run("crawl", "--shard", "3/3")
    assert list(shard(place, 3).posts()) == [f"{MOVES}/2026/03/05-dam.md"]
    before = len(server.asked)
    place.run("crawl", "--due", "--shard", "1/2")
    assert len(server.asked) == before, "it was looked at just now"
    place.run("crawl", "--shard", "1/2")
    assert [one.path for one in server.asked[before:]] == ["/feed.xml"]
    assert place.run("crawl", "--due", "--shard", "1/2").err == "nothing is due\n"


def test_a_data_folder_becomes_a_fleet_and_a_fleet_one_folder_again(place, server) -> None:
    for name in (STAYS, OTHER):
        publish(server, name, "bridge")
    configure(place, STAYS, OTHER)
    place.run("crawl")
    configure(place, STAYS, OTHER, fleet=2)
    before = len(server.asked)
    for number in (1, 2):
        place.run("crawl", "--shard", f"{number}/2")
    assert {one.path for one in server.asked[before:]} == {"/robots.txt", "/feed.xml"}
    publish(server, OTHER, "bridge", "dam")
    place.run("crawl", "--shard", "2/2")
    configure(place, STAYS, OTHER)
    before = len(server.asked)
    place.run("crawl")
    assert {one.path for one in server.asked[before:]} == {"/feed.xml"}
    assert sorted(place.posts()) == sorted(f"{name}/2026/03/05-bridge.md" for name in (STAYS, OTHER))


def test_an_article_that_is_withdrawn_after_its_source_has_moved(place, server) -> None:
    publish(server, MOVES, "bridge")
    configure(place, MOVES)
    place.run("crawl", "--shard", "1/2")
    place.run("crawl", "--shard", "3/3")
    del server.answers[f"{MOVES}.test/a/bridge.html"]
    gone = place.run("refetch", "--shard", "3/3", f"http://{MOVES}.test/a/bridge.html", code=5).out
    assert gone.endswith("not fetched (gone): answered 404; the stored article is withdrawn\n")
    third = shard(place, 3)
    rows = third.catalogue()
    assert place.run("audit", "--shard", "3/3").code == 0
    place.run("rebuild", "--shard", "3/3")
    assert third.catalogue() == rows and any(table == "states" for table, _row in rows)


def test_a_site_gets_the_next_version_of_an_article_that_has_moved(place, server) -> None:
    site = place.folder / "site"
    site.mkdir()
    (site / "package.json").write_text('{"dependencies": {"hexo": "1"}}')
    publish(server, MOVES, "bridge")
    configure(place, MOVES)
    with (place.folder / "warcpress.toml").open("a") as file:
        file.write('[publish]\nsite = "site"\n')
    place.run("crawl", "--shard", "1/2")
    post = site / f"source/_posts/{MOVES}/2026/03/05-bridge.md"
    assert "four million" not in post.read_text()
    publish(server, MOVES, "bridge", body=[*LONG, "The work will cost four million. " * 5])
    place.run("refetch", "--shard", "3/3", f"http://{MOVES}.test/a/bridge.html")
    assert "four million" in post.read_text()
    post.write_text("mine")
    publish(server, MOVES, "bridge", body=[*LONG, "The work will cost six million. " * 5])
    place.run("refetch", "--shard", "3/3", f"http://{MOVES}.test/a/bridge.html", code=None)
    assert post.read_text() == "mine", "what somebody has changed stays"


def test_refetch_finds_the_shard(place, server) -> None:
    for name in (STAYS, OTHER):
        publish(server, name, "bridge")
    configure(place, STAYS, OTHER, fleet=2)
    for number in (1, 2):
        place.run("crawl", "--shard", f"{number}/2")
    publish(server, OTHER, "bridge", body=[*LONG, "The work will cost four million. " * 5])
    urls = {name: f"http://{name}.test/a/bridge.html" for name in (STAYS, OTHER)}
    assert "nothing changed since version 1" in place.run("refetch", urls[STAYS]).out
    assert place.run("refetch", f"{OTHER}/2026/03/05-bridge.md").out.startswith(f"{urls[OTHER]}: changed, version 2")
    assert "four million" in shard(place, 2).posts()[f"{OTHER}/2026/03/05-bridge.md"]
    both = place.run("refetch", *urls.values(), code=2).err
    assert both == (
        f"warcpress refetch: {urls[STAYS]} is of shard 1/2, {urls[OTHER]} of 2/2: refetch them one by one\n"
    )
    assert "not in the archive" in place.run("refetch", "none.md", code=2).err


def test_shards_ask_a_shared_picture_host_in_turns(place, server) -> None:
    """Together they keep the delay that its robots.txt asks for; each asks its own hosts without turns."""
    delay, count = 0.4, 3
    server["pictures.test/robots.txt"] = f"User-agent: *\nCrawl-delay: {delay}\n"
    for name in (STAYS, OTHER):
        images = tuple(f"http://pictures.test/{name}-{n}.png" for n in range(count))
        publish(server, name, "bridge", images=images)
        for n in range(count):
            server[f"pictures.test/{name}-{n}.png"] = PNG
    configure(place, STAYS, OTHER, fleet=2)
    text = (place.folder / "warcpress.toml").read_text()
    (place.folder / "warcpress.toml").write_text(text.replace("delay = 0\n", f"delay = {delay / 4}\n"))
    started = [place.start("crawl", "--shard", f"{number}/2") for number in (1, 2)]
    for process in started:
        _out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    asked = sorted((one.at, one.path) for one in server.asked if one.host == "pictures.test")
    pictures = [one for one in asked if one[1] != "/robots.txt"]
    assert (len(asked), len(pictures)) == (2 * (count + 1), 2 * count), "each shard asks for robots.txt"
    gaps = [later[0] - earlier[0] for earlier, later in pairwise(pictures)]
    assert min(gaps) >= delay, gaps
    owner = [STAYS if re.search(STAYS, path) else OTHER for _at, path in pictures]
    assert owner != sorted(owner) and owner != sorted(owner, reverse=True), "they asked in the same time"
