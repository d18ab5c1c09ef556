"""What `warcpress serve` shows of several data folders: one archive, with a folder in the name of every WARC file."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from holding import BRIDGE, DAM, LONG, NOON, Holding
from serving import CANAL, LATER, Answer, Served, ask, hold_two, serving
from starlette.types import ASGIApp

from crawler.clock import rfc3339
from crawler.config import Config
from crawler.from_warc.indexing import index_all
from crawler.posts.states import Change
from crawler.serve.app import make_app
from crawler.serve.held import Held, HeldFolders
from crawler.serve.origins import Origins
from crawler.store.data_folder import Layout
from crawler.store.database import Database

DAY = timedelta(days=1)
ATOM = "{http://www.w3.org/2005/Atom}"
BRIDGE_PAGE = "/article/herald/2026/03/05-bridge.md"


@pytest.fixture
def two(tmp_path: Path) -> list[Holding]:
    return hold_two(tmp_path)


@pytest.fixture(scope="module")
def served_two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("two")
    for number, holding in enumerate(hold_two(folder), 1):
        run = {"v": 1, "run": f"2026030{number}T120000Z-00000{number}", "command": "crawl", "exit_code": 0}
        times = {"seconds": 60.0, "started": rfc3339(NOON), "finished": rfc3339(NOON)}
        content = {**run, **times, "articles": {"new": number}, "captures": {"bytes": 1000}}
        (holding.layout.runs / f"{run['run']}.json").write_text(json.dumps(content))
        (holding.layout.runs / f"{run['run']}.html").write_text(f"report {number}")
    with serving(folder) as running:
        yield running


@dataclass
class Client:
    """Asks an application in this process."""

    app: ASGIApp

    def get(self, path: str) -> Answer:
        return ask(self.app, path)

    def json(self, path: str) -> Any:
        return json.loads(self.get(path).body)


def asked(folders: dict[str, Path], leave: Callable[[Exception], None]) -> Client:
    """A client of an application over these folders."""
    held = HeldFolders(Config(), {name: Layout(path) for name, path in folders.items()}, leave)
    return Client(make_app(held, Origins(8420, 8421)))


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def client(two: list[Holding], told: list[str]) -> Client:
    return asked(folders_of(two), lambda error: told.append(str(error)))


def folders_of(two: list[Holding]) -> dict[str, Path]:
    return {one.layout.root.name: one.layout.root for one in two}


def entries(text: str) -> list[tuple[str, str]]:
    feed = ElementTree.fromstring(text)
    return [(one.findtext(f"{ATOM}id", ""), one.findtext(f"{ATOM}title", "")) for one in feed.iter(f"{ATOM}entry")]


def test_the_front_page_shows_each_article_once_with_its_newest_version(served_two: Served) -> None:
    text = served_two.get("/").text
    assert [text.count(f'href="/article/herald/2026/03/05-{name}.md"') > 0 for name in ("bridge", "canal", "dam")] == [
        True
    ] * 3
    assert text.count("3 versions") == 1
    assert "2 versions" not in text


def test_a_search_finds_posts_of_both_and_goes_on_behind_one_of_either(client: Client) -> None:
    found, path = list[str](), "/api/search?q=engineers&limit=1"
    while path:
        answer = client.json(path)
        found += [one["url"] for one in answer["posts"]]
        path = answer["next"]
    assert sorted(found) == sorted([BRIDGE, CANAL, DAM])
    assert found == [one["url"] for one in client.json("/api/search?q=engineers")["posts"]]
    [one] = client.json("/api/search?q=five")["posts"]
    assert (one["url"], one["version"], one["file"].partition("/")[0]) == (BRIDGE, 3, "shard-2")
    assert "five" in client.get("/?q=five").text


def test_an_article_has_its_versions_of_both_folders_and_their_differences(served_two: Served) -> None:
    text = served_two.get(BRIDGE_PAGE).text
    assert "five million" in text and "3 versions" in text
    assert "In</dt><dd" in text or "shard-2/warcpress-" in text
    assert "shard-1/warcpress-" in served_two.get(BRIDGE_PAGE + "?version=1").text
    changed = served_two.get(BRIDGE_PAGE + "?from=2&to=3").text
    assert "<del>four</del>" in changed and "<ins>five</ins>" in changed


def test_each_version_is_proved_by_its_own_folder(served_two: Served) -> None:
    for version, folder in ((1, "shard-1"), (3, "shard-2")):
        text = served_two.get(f"/proof/herald/2026/03/05-bridge.md?version={version}").text
        assert "nothing is wrong" in text
        assert f"The manifest of {folder}" in text


def test_pictures_and_raw_bytes_come_from_whichever_folder(served_two: Served) -> None:
    for version in (1, 3):
        text = served_two.get(f"{BRIDGE_PAGE}?version={version}").text
        [picture, *_] = re.findall(r'src="(/picture/[^"]+)"', text)
        assert served_two.get(picture).headers["content-type"] == "image/png"
        [raw, *_] = re.findall(r'href="http://[^/"]+(/raw/body/[^"]+)"', text)
        assert b"<html" in served_two.get(raw, at=served_two.original).body


def test_an_original_has_the_picture_that_is_nearest_in_time_in_any_folder(served_two: Served) -> None:
    answer = served_two.get("/page/20260309120000/" + BRIDGE, at=served_two.original)
    assert "five million" in answer.text
    [picture, *_] = re.findall(r'src="(/[^"]+/picture/[^"]+)"', answer.text)
    assert served_two.get(picture, at=served_two.original).headers["content-type"] == "image/png"
    assert "four million" in served_two.get("/page/20260307120000/" + BRIDGE, at=served_two.original).text


def test_the_index_is_one_in_the_order_of_time(served_two: Served) -> None:
    rows = served_two.get("/cdx?output=text&fl=timestamp,filename&url=" + BRIDGE).text.splitlines()
    assert [(row[:8], row.split()[1].partition("/")[0]) for row in rows] == [
        ("20260306", "shard-1"),
        ("20260307", "shard-1"),
        ("20260309", "shard-2"),
    ]
    links = served_two.get("/timemap/link/" + BRIDGE).text
    assert links.count('memento"') == 3
    gate = served_two.get("/timegate/" + BRIDGE, **{"accept-datetime": "Sat, 07 Mar 2026 13:00:00 GMT"})
    assert "/20260307" in gate.headers["location"]
    assert b"five million" in served_two.get("/web/20260309120000id_/" + BRIDGE).body
    assert b"four million" in served_two.get("/web/20260307120000id_/" + BRIDGE).body


def test_feeds_merge_what_came_and_name_a_record_always_alike(
    two: list[Holding], client: Client, served_two: Served
) -> None:
    posts = client.get("/feeds/posts.atom").text
    assert [title for _, title in entries(posts)] == ["Canal", "Dam", "Bridge"]
    changes = client.get("/feeds/changes.atom?source=herald").text
    assert [title for _, title in entries(changes)] == ["Changed: Bridge", "Withdrawn: Dam", "Changed: Bridge"]
    assert "<ins>five</ins>" in client.get("/feeds/changes.atom").text.replace("&lt;", "<").replace("&gt;", ">")
    ids = {name for text in (posts, changes) for name, _ in entries(text)}
    alone = set[str]()
    for name, root in folders_of(two).items():
        one = Client(make_app(Held(Config(), Layout(root)), Origins(8420, 8421)))
        alone |= {i for kind in ("posts", "changes") for i, _ in entries(one.get(f"/feeds/{kind}.atom").text)}
        if name == "shard-1":
            feed_id = ElementTree.fromstring(one.get("/feeds/posts.atom").text).findtext(f"{ATOM}id")
            assert ElementTree.fromstring(posts).findtext(f"{ATOM}id") == feed_id
    assert ids == alone
    assert [title for _, title in entries(client.get("/feeds/posts.atom?q=five").text)] == []
    assert [title for _, title in entries(client.get("/feeds/changes.atom?q=five").text)] == ["Changed: Bridge"]


def test_an_article_that_both_folders_found_is_new_once(two: list[Holding], client: Client) -> None:
    two[1]._numbers = {}
    two[1].run({DAM: LATER}, NOON + 4 * DAY)
    assert [title for _, title in entries(client.get("/feeds/posts.atom").text)] == ["Canal", "Dam", "Bridge"]


def test_a_withdrawal_in_the_new_folder_of_an_article_of_the_old_one(two: list[Holding], client: Client) -> None:
    shutil.rmtree(two[1].layout.root)
    second = Holding(two[1].layout.root)
    second._ids = count(2000)
    second.run({CANAL: LONG})
    second.look(Change(BRIDGE, 1, "withdrawn", "http-404"), NOON + 5 * DAY)
    found = entries(client.get("/feeds/changes.atom?source=herald").text)
    assert found[0][1] == "Withdrawn: Bridge"
    assert client.get("/feeds/changes.atom?source=other").status == 404


def test_a_feed_goes_on_over_both_folders(two: list[Holding], client: Client) -> None:
    for number, one in enumerate(two):
        one._ids, one._numbers = count(5000 * (number + 1)), {}
        one.run({f"http://herald.test/a/{number}-{n}.html": LONG for n in range(40)}, NOON + 6 * DAY)
    seen, path = list[str](), "/feeds/posts.atom"
    for _ in range(5):
        text = client.get(path).text
        seen += [name for name, _ in entries(text)]
        links = ElementTree.fromstring(text).iter(f"{ATOM}link")
        following = [one.get("href", "") for one in links if one.get("rel") == "next"]
        if not following:
            break
        path = following[0]
    assert len(seen) == len(set(seen)) == 83


def test_runs_of_both_folders_are_in_one_list_and_have_their_reports(served_two: Served) -> None:
    text = served_two.get("/runs").text
    assert re.findall(r"<td>(shard-\d)</td>", text) == ["shard-2", "shard-1"]
    assert "in shard-1: crawl" in served_two.get("/runs/20260301T120000Z-000001").text
    assert served_two.get("/runs/20260302T120000Z-000002/report").text == "report 2"


def test_the_pages_of_sources_and_audits_have_a_part_for_each_folder(served_two: Served) -> None:
    for path in ("/sources", "/audit"):
        assert re.findall(r"<h2>(shard-\d)</h2>", served_two.get(path).text) == ["shard-1", "shard-2"]


def test_the_interface_for_programs(client: Client) -> None:
    posts = client.json("/api/posts?limit=2")
    rest = client.json(posts["next"])
    found = [(one["url"], one["version"]) for one in (*posts["posts"], *rest["posts"])]
    assert sorted(found) == [(BRIDGE, 3), (CANAL, 1), (DAM, 1)]
    events = client.json("/api/versions?url=" + BRIDGE)["events"]
    assert [one["filename"].partition("/")[0] for one in events] == ["shard-1", "shard-1", "shard-2"]
    assert len(client.json("/api/captures?url=" + BRIDGE)["captures"]) == 3
    assert client.json("/api/sources") == {"v": 1, "sources": []}
    assert client.json("/api/search?q=five")["unsearched"] == 0


@pytest.mark.parametrize("what", ["folder", "catalogue", "damage"])
def test_a_folder_that_cannot_be_read_is_told_once_and_the_others_are_served(
    what: str, two: list[Holding], client: Client, told: list[str]
) -> None:
    second = two[1].layout
    if what == "folder":
        second.root.rename(second.root.parent / "gone")
    elif what == "catalogue":
        second.catalogue.unlink()
    else:
        second.catalogue.write_bytes(b"not a database" * 1000)
    assert "Dam" in client.get("/").text and "Canal" not in client.get("/").text
    assert "four million" in client.get(BRIDGE_PAGE).text
    assert client.json("/api/search?q=engineers")["posts"]
    assert client.get("/feeds/posts.atom").status == 200
    assert client.get("/runs").status == client.get("/audit").status == 200
    assert all("shard-2" in text for text in told)
    shown = client.get("/sources").text
    assert "shard-2" in shown.partition("<h2>")[0]
    assert "<h2>shard-1</h2>" in shown and "<h2>shard-2</h2>" not in shown


def test_a_folder_that_comes_back_is_served_again(two: list[Holding], client: Client, told: list[str]) -> None:
    catalogue = two[1].layout.catalogue
    catalogue.rename(catalogue.with_suffix(".aside"))
    assert "Canal" not in client.get("/").text
    catalogue.with_suffix(".aside").rename(catalogue)
    assert "Canal" in client.get("/").text
    assert told


def test_a_row_that_is_damaged_leaves_out_its_folder(two: list[Holding], client: Client, told: list[str]) -> None:
    with two[1].catalogue() as catalogue:
        catalogue._database.run("UPDATE versions SET converted = 'yesterday'")
    text = client.get("/").text
    assert "Dam" in text and "Canal" not in text
    assert "catalogue.sqlite" in told[0]
    with two[1].catalogue() as catalogue:
        catalogue._database.run("UPDATE versions SET converted = '2026-03-09T12:00:30.000000Z'")
    assert "Canal" in client.get("/").text


def test_a_damaged_index_leaves_the_others_and_the_page_of_sources_says_so(
    two: list[Holding], client: Client, told: list[str]
) -> None:
    [index] = (two[1].layout.root / "index").glob("*.cdxj")
    index.write_bytes(index.read_bytes().replace(b"canal", b"canel"))
    rows = client.get("/cdx?output=text&fl=filename&url=herald.test/a/*").text
    assert "shard-1/" in rows and "shard-2/" not in rows
    assert any(str(index) in text for text in told)
    assert str(index) in client.get("/sources").text
    assert "five million" in client.get(BRIDGE_PAGE).text


def test_a_missing_index_of_words_leaves_the_words_of_the_others(
    two: list[Holding], client: Client, told: list[str]
) -> None:
    two[1].layout.search.unlink()
    assert {one["url"] for one in client.json("/api/search?q=engineers")["posts"]} == {BRIDGE, DAM}
    assert "search.sqlite: missing" in told[0]
    two[0].layout.search.unlink()
    assert "search.sqlite: missing" in client.get("/?q=engineers").text


def test_no_folder_can_be_read(two: list[Holding], client: Client) -> None:
    for one in two:
        one.layout.catalogue.unlink()
    assert "none of the data folders can be read" in client.get("/").text
    assert client.get("/feeds/posts.atom").status == 404


def test_the_command_says_at_its_start_which_folder_is_left_out(tmp_path: Path, two: list[Holding]) -> None:
    shutil.rmtree(two[1].layout.root)
    (tmp_path / "data/shard-2").mkdir()
    with serving(tmp_path) as running:
        assert "Dam" in running.get("/").text
        assert running.stop() == 0
        assert running.process.stderr is not None
        lines = running.process.stderr.read().splitlines()
    assert [line for line in lines if "shard-2: no data folder" in line and line.startswith("warcpress serve: ")] == (
        [line for line in lines if "shard-2" in line]
    )


def test_many_requests_at_once(served_two: Served) -> None:
    paths = ["/", "/?q=engineers", BRIDGE_PAGE, "/feeds/changes.atom", "/cdx?url=herald.test/*", "/sources"] * 4
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(served_two.get, paths))
    assert [one.status for one in answers] == [200] * len(paths)
    again = {path: answer.text for path, answer in zip(paths, answers, strict=True)}
    for path in ("/", "/feeds/changes.atom", "/cdx?url=herald.test/*"):
        assert served_two.get(path).text == again[path]


def counted(monkeypatch: pytest.MonkeyPatch, ask: Callable[[], Any]) -> tuple[int, int]:
    """Statements and rows that an answer reads from databases."""
    statements, read = 0, 0
    plain = Database.rows

    def rows_of(self: Database, *given: Any) -> Iterator[Any]:
        nonlocal statements, read
        statements += 1
        for row in plain(self, *given):
            read += 1
            yield row

    with monkeypatch.context() as patched:
        patched.setattr(Database, "rows", rows_of)
        assert ask().status == 200
    return statements, read


def test_the_cost_of_a_page_over_eight_folders_does_not_grow_with_what_they_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    made = {f"shard-{number}": Holding(tmp_path / f"shard-{number}") for number in range(1, 9)}
    client = asked({name: tmp_path / name for name in made}, lambda error: told.append(str(error)))
    costs = dict[str, list[tuple[int, int]]]()
    for start, end in ((0, 52), (52, 60)):
        for number, (name, one) in enumerate(made.items()):
            one._ids = count(10_000 * (number + 1) + 100 * start)
            urls = [f"http://herald.test/a/{name}-{n}.html" for n in range(start, end)]
            one.run(dict.fromkeys(urls, LONG), NOON + number * DAY, publish=False)
            with one.catalogue() as catalogue:
                index_all(one.layout, catalogue)
        for path in ("/", "/?q=engineers", "/feeds/posts.atom"):
            costs.setdefault(path, []).append(counted(monkeypatch, lambda: client.get(path)))  # noqa: B023
    assert told == []
    for path, most in {"/": (208, 701), "/?q=engineers": (609, 534), "/feeds/posts.atom": (673, 759)}.items():
        few, many = costs[path]
        assert few == many, path
        assert many[0] <= most[0] and many[1] <= most[1], path
