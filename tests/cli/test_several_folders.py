"""Commands that read several data folders as one: every row once, in one order, with its folder in the file's name."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from holding import BRIDGE, DAM, LONG, NOON, Holding

from crawler.errors import StorageFailed
from crawler.posts.states import Change
from crawler.store.catalogue import Catalogue
from crawler.store.catalogue_selection import Selection
from crawler.store.database import Database
from crawler.store.folders import Catalogues

CANAL = "http://herald.test/a/canal.html"
LATER = [*LONG[:2], "The work will cost five million, says the quarterly report."]
DAY = timedelta(days=1)


@pytest.fixture
def moved(holding: Holding) -> Holding:
    """A second data folder, to which the source of the first one has moved: the article has its third version here."""
    other = Holding(Path("other").absolute())
    other._ids, other._numbers = count(1000), {BRIDGE: 2}
    other.run({BRIDGE: LATER, CANAL: LONG}, NOON + 2 * DAY)
    return other


BOTH = ("--data", "data", "--data", "other")


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_list_merges_the_posts_and_shows_an_article_once_with_its_newest_version(moved, warcpress) -> None:
    done = warcpress(*BOTH, "list", "--json", "-")
    assert (done.code, done.err) == (0, "")
    found = rows(done.out)
    assert {(one["url"], one["version"], one["file"].partition("/")[0]) for one in found} == {
        (BRIDGE, 3, "other"),
        (CANAL, 1, "other"),
        (DAM, 1, "data"),
    }
    dates = [(one["date"], one["record_id"]) for one in found]
    assert dates == sorted(dates, reverse=True)


def test_list_goes_on_after_a_post_of_any_folder(moved, warcpress) -> None:
    all_of_them = [one["post"] for one in rows(warcpress(*BOTH, "list", "--json", "-").out)]
    shown, after = list[str](), list[str]()
    while len(shown) < 3:
        done = warcpress("list", *BOTH, "--limit", "1", "--json", "-", *after)
        shown += [one["post"] for one in rows(done.out)]
        after = ["--after", shown[-1]]
    assert shown == all_of_them


def test_list_filters(moved, warcpress) -> None:
    moved.look(Change(BRIDGE, 1, "withdrawn", "http-404"), NOON + 3 * DAY)
    assert [one["url"] for one in rows(warcpress(*BOTH, "list", "--withdrawn", "--json", "-").out)] == [BRIDGE]
    assert [one["url"] for one in rows(warcpress(*BOTH, "list", "--changed", "--json", "-").out)] == [BRIDGE]
    assert [one["url"] for one in rows(warcpress(*BOTH, "list", "--title", "dam", "--json", "-").out)] == [DAM]


def test_list_finds_a_withdrawn_article_whose_versions_are_in_another_folder(holding, moved, warcpress) -> None:
    moved.look(Change(DAM, 1, "withdrawn", "http-404"), NOON + 3 * DAY)
    holding.look(Change(DAM, 1, "withdrawn", "http-404"), NOON + 2 * DAY)
    moved.look(Change(BRIDGE, 1, "withdrawn", "http-404"), NOON + 3 * DAY)
    found = rows(warcpress(*BOTH, "list", "--withdrawn", "--json", "-").out)
    assert {one["url"] for one in found} == {BRIDGE, DAM}
    assert len(found) == 2
    shown = warcpress(*BOTH, "list", "--withdrawn", "--limit", "1", "--json", "-").out
    rest = warcpress(*BOTH, "list", "--withdrawn", "--json", "-", "--after", rows(shown)[0]["post"]).out
    assert [*rows(shown), *rows(rest)] == found
    assert rows(warcpress(*BOTH, "list", "--suspect", "--json", "-").out) == []
    assert [one["url"] for one in rows(warcpress(*BOTH, "list", "--withdrawn", "--changed", "--json", "-").out)] == [
        BRIDGE
    ]


def test_a_folder_may_be_named_before_and_after_the_command(moved, warcpress) -> None:
    assert warcpress("--data", "data", "list", "--data", "other").out == warcpress(*BOTH, "list").out


def test_show_finds_the_version_in_the_folder_that_has_it(moved, warcpress) -> None:
    assert "five million" in warcpress(*BOTH, "show", BRIDGE).out
    assert "four million" in warcpress(*BOTH, "show", BRIDGE, "--at", "2026-03-07T13:00:00Z").out
    assert "Engineers" in warcpress(*BOTH, "show", DAM).out
    post = "herald/2026/03/05-canal.md"
    assert warcpress(*BOTH, "show", post).out == warcpress(*BOTH, "show", f"other/posts/{post}").out != ""


@pytest.mark.parametrize("part", ["page", "response", "request"])
def test_show_prints_what_the_folder_alone_prints(part: str, moved, warcpress) -> None:
    for url, folder in ((BRIDGE, "other"), (DAM, "data"), (CANAL, "other")):
        both = warcpress(*BOTH, "show", url, "--part", part)
        assert (both.code, both.out) == (0, warcpress("--data", folder, "show", url, "--part", part).out)
        [about] = rows(warcpress(*BOTH, "show", url, "--part", part, "--json").out)
        assert about["filename"].startswith(f"{folder}/")


def test_history_is_one_over_both_folders_in_the_order_of_time(moved, warcpress) -> None:
    moved.look(Change(BRIDGE, 1, "withdrawn", "http-404"), NOON + 3 * DAY)
    done = warcpress(*BOTH, "history", BRIDGE, "--all", "--json")
    assert (done.code, done.err) == (0, "")
    events = rows(done.out)
    assert [(one["event"], one.get("version"), one["filename"].partition("/")[0]) for one in events] == [
        ("version", 1, "data"),
        ("version", 2, "data"),
        ("version", 3, "other"),
        ("state", None, "other"),
    ]
    assert events[2]["since"]["version"] == 2
    assert "five" in json.dumps(events[2]["difference"])
    assert "+The work will cost" in warcpress(*BOTH, "history", BRIDGE, "2..3").out.replace("+ ", "+")


def test_search_finds_an_article_once_with_the_newest_version_that_fits(moved, warcpress) -> None:
    [one] = rows(warcpress(*BOTH, "search", "quarterly", "--json", "-").out)
    assert (one["url"], one["found_version"], one["only_in_old"]) == (BRIDGE, 3, False)
    [old] = rows(warcpress(*BOTH, "search", '"four million"', "--json", "-").out)
    assert (old["found_version"], old["version"], old["only_in_old"]) == (2, 3, True)
    assert "four million" in old["snippet"]
    found = rows(warcpress(*BOTH, "search", "engineers", "--json", "-").out)
    assert sorted((one["url"], one["found_version"]) for one in found) == [(BRIDGE, 3), (CANAL, 1), (DAM, 1)]
    assert warcpress(*BOTH, "search", "engineers", "--limit", "2").err.startswith("there are more than 2")


def test_export_has_the_rows_of_all_folders(moved, warcpress) -> None:
    done = warcpress(*BOTH, "export", "--versions", "-")
    assert done.code == 0
    exported = sorted((one["url"], one["version"], one["file"].partition("/")[0]) for one in rows(done.out))
    assert exported == [
        (BRIDGE, 1, "data"),
        (BRIDGE, 2, "data"),
        (BRIDGE, 3, "other"),
        (CANAL, 1, "other"),
        (DAM, 1, "data"),
    ]
    assert all(page["file"] for one in rows(done.out) for page in [*one["pages"], *one["images"]])
    assert warcpress(*BOTH, "export", "posts.epub").code == 0
    assert warcpress(*BOTH, "export", "other/posts/").code == 2


def test_pack_finds_the_folder_of_the_articles(moved, warcpress) -> None:
    done = warcpress(*BOTH, "pack", "canal.wacz", CANAL)
    assert (done.code, done.err) == (0, "")
    assert warcpress("--data", "other", "pack", "alone.wacz", CANAL).out == done.out.replace("canal.wacz", "alone.wacz")
    assert warcpress("verify", "canal.wacz").code == 0
    done = warcpress(*BOTH, "pack", "bridge.wacz", BRIDGE)
    assert done.code == 2
    assert "the versions are in data and other: pack those of each, with --data" in done.err
    assert not Path("bridge.wacz").exists()


def test_status_shows_each_folder(moved, warcpress) -> None:
    done = warcpress(*BOTH, "status")
    assert done.code == 0
    assert "data folder data:\n  stored: 2 posts, 3 versions" in done.out
    assert "data folder other:\n  stored: 2 posts, 2 versions" in done.out
    source, *folders = rows(warcpress(*BOTH, "status", "--json", "-").out)
    assert source["source"] == "herald"
    assert [(one["folder"], one["summary"]["versions"]) for one in folders] == [("data", 3), ("other", 2)]


def test_audit_keeps_the_folders_apart(holding, moved, warcpress, inline) -> None:
    assert warcpress(*BOTH, "audit", "--processes", "1").code == 0
    (moved.layout.posts / "herald/2026/03/05-canal.md").unlink()
    done = warcpress(*BOTH, "audit", "--processes", "1", "--json", "-")
    assert done.code == 1
    *found, last = rows(done.out)
    wrong = [one for one in found if one["severity"] == "error"]
    assert [(one["check"], one["folder"], one["file"].partition("/")[0]) for one in wrong] == [(32, "other", "other")]
    assert {name: counts["errors"] for name, counts in last["summary"]["folders"].items()} == {"data": 0, "other": 1}
    notes = [json.loads((one.layout.runs / "audit.json").read_text()) for one in (holding, moved)]
    assert [(one["exit_code"], one["summary"]["errors"], one["summary"]["files"]) for one in notes] == [
        (0, 0, 2),
        (1, 1, 1),
    ]
    assert "last audit: " in warcpress(*BOTH, "status").out


def test_audit_reads_the_folder_that_is_there_where_the_other_one_is_missing(holding, moved, warcpress, inline) -> None:
    shutil.move("other", "elsewhere")
    done = warcpress(*BOTH, "audit", "--processes", "1")
    assert (done.code, "2 files" in done.out) == (2, True)
    assert "other: no data folder of warcpress" in done.err
    note = json.loads((holding.layout.runs / "audit.json").read_text())
    assert (note["exit_code"], note["summary"]["files"]) == (0, 2)


@pytest.fixture(params=["missing", "no catalogue", "no database"])
def lacking(request: pytest.FixtureRequest, moved: Holding) -> Iterator[int]:
    """One of the folders can't be read; the exit code that says so."""
    if request.param == "missing":
        shutil.move("other", "elsewhere")
    elif request.param == "no catalogue":
        moved.layout.catalogue.unlink()
    else:
        moved.layout.catalogue.write_bytes(b"not a database" * 1000)
    yield 4 if request.param == "no database" else 2


def test_a_folder_that_cannot_be_read_is_told_of_in_a_line_and_the_others_are_read(lacking, warcpress) -> None:
    for words in (("list",), ("show", DAM), ("history", DAM), ("search", "engineers"), ("export", "-"), ("status",)):
        done = warcpress(*BOTH, *words)
        assert done.code == lacking, words
        [line] = [one for one in done.err.splitlines() if "warcpress" in one and "other" in one]
        assert line.startswith(f"warcpress {words[0]}: ")
        assert "Dam" in done.out or words[0] in ("status",)


def test_a_row_that_cannot_be_read_leaves_out_its_folder_only(moved, warcpress) -> None:
    with moved.catalogue() as catalogue:
        catalogue._database.run("UPDATE versions SET converted = 'yesterday'")
    done = warcpress(*BOTH, "list")
    assert done.code == 4
    assert "Dam" in done.out
    assert done.err.count("catalogue.sqlite") == 1


def test_a_frontier_that_is_damaged_leaves_the_rest_of_the_status(moved, warcpress) -> None:
    moved.layout.frontier.write_bytes(b"not a database" * 1000)
    done = warcpress(*BOTH, "status")
    assert (done.code, done.err.count("frontier.sqlite")) == (4, 1)
    assert "data folder data:" in done.out and "data folder other:" in done.out


def test_words_of_a_folder_are_indexed_again_where_the_index_is_damaged(moved, warcpress) -> None:
    assert len(rows(warcpress(*BOTH, "search", "engineers", "--json", "-").out)) == 3
    moved.layout.search.write_bytes(b"not a database" * 1000)
    done = warcpress(*BOTH, "search", "engineers", "--json", "-")
    assert (done.code, len(rows(done.out))) == (0, 3)


def test_a_folder_without_an_index_of_words_that_cannot_be_made_is_left_out(moved, warcpress) -> None:
    moved.layout.search.unlink(missing_ok=True)
    moved.layout.search.mkdir()
    done = warcpress(*BOTH, "search", "engineers", "--json", "-")
    assert (done.code, done.err.count("search.sqlite")) == (4, 1)
    assert {one["url"] for one in rows(done.out)} <= {BRIDGE, DAM}
    assert DAM in {one["url"] for one in rows(done.out)}


def test_none_of_the_folders_can_be_read(warcpress, holding) -> None:
    done = warcpress("--data", "a", "--data", "b", "list")
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 3)


@pytest.mark.parametrize("words", [("rebuild",), ("render",), ("crawl",)])
def test_other_commands_say_that_they_take_one_folder(words: tuple[str, ...], moved, warcpress) -> None:
    done = warcpress(*BOTH, *words)
    assert (done.code, done.out) == (2, "")
    assert f"`warcpress {words[0]}` takes one data folder: give --data once" in done.err


def test_a_copy_of_a_folder_adds_nothing(holding, warcpress) -> None:
    shutil.copytree("data", "other")
    for words in (("list", "--json", "-"), ("search", "engineers", "--json", "-"), ("history", BRIDGE, "--json")):
        alone, both = warcpress("--data", "data", *words), warcpress(*BOTH, *words)
        assert both.out.replace("data/", "") == alone.out, words
        assert both.code == 0


def counted(monkeypatch: pytest.MonkeyPatch, run: Callable[[], Any]) -> tuple[int, int]:
    """Statements and rows that a command reads from databases."""
    statements, read = 0, 0
    plain = Database.rows

    def rows_of(self: Database, *asked: Any) -> Iterator[Any]:
        nonlocal statements, read
        statements += 1
        for row in plain(self, *asked):
            read += 1
            yield row

    with monkeypatch.context() as patched:
        patched.setattr(Database, "rows", rows_of)
        assert run().code == 0
    return statements, read


def test_the_cost_of_a_list_does_not_depend_on_how_much_is_stored(holding, warcpress, monkeypatch) -> None:
    names = [f"shard-{number}" for number in range(1, 9)]
    costs = []
    for size in (30, 60):
        for number, name in enumerate(names):
            shutil.rmtree(name, ignore_errors=True)
            one = Holding(Path(name).absolute())
            one._ids = count(10_000 * (number + 1))
            one.run({f"http://herald.test/a/{name}-{n}.html": LONG for n in range(size)}, NOON + number * DAY)
        data = [word for name in names for word in ("--data", name)]
        costs.append(counted(monkeypatch, lambda: warcpress(*data, "list", "--limit", "20")))  # noqa: B023
    assert costs[0] == costs[1]
    statements, read = costs[0]
    assert statements <= 8 * 5
    assert read <= 8 * 20 * 4 + 20


@pytest.fixture
def fleet(moved: Holding) -> None:
    """The two folders are shards of a fleet."""
    Path("fleet").mkdir()
    shutil.move("data", "fleet/shard-1")
    shutil.move("other", "fleet/shard-2")
    text = Path("warcpress.toml").read_text()
    Path("warcpress.toml").write_text('[crawl]\ndata = "fleet"\n\n[fleet]\nshards = 3\n\n' + text)


def test_a_fleet_is_read_whole_without_naming_its_folders(fleet, warcpress, inline) -> None:
    found = rows(warcpress("list", "--json", "-").out)
    assert {(one["url"], one["file"].partition("/")[0]) for one in found} == {
        (BRIDGE, "shard-2"),
        (CANAL, "shard-2"),
        (DAM, "shard-1"),
    }
    assert "five million" in warcpress("show", BRIDGE).out
    assert len(rows(warcpress("history", BRIDGE, "--json").out)) == 3
    assert "data folder shard-2:" in warcpress("status").out
    assert warcpress("audit", "--processes", "1").code == 0
    assert [one["url"] for one in rows(warcpress("list", "--shard", "1/3", "--title", "dam", "--json", "-").out)] == [
        DAM
    ]
    assert [one["version"] for one in rows(warcpress("list", "--shard", "1/3", "--json", "-").out)] == [2, 1]


def test_a_shard_that_is_damaged_is_told_of_and_the_others_are_read(fleet, warcpress) -> None:
    Path("fleet/shard-2/LAYOUT").unlink()
    done = warcpress("list")
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert "fleet/shard-2: no data folder" in done.err
    assert "Dam" in done.out


@pytest.mark.parametrize("words", [("rebuild",), ("render",)])
def test_commands_of_one_folder_say_how_to_name_a_shard(words: tuple[str, ...], fleet, warcpress) -> None:
    done = warcpress(*words)
    assert (done.code, done.out) == (2, "")
    assert f"name one, as `warcpress {words[0]} --shard 1/3` does" in done.err


def note_run(holding: Holding, name: str, new: int) -> None:
    times = {"seconds": 60.0, "started": "2026-03-06T12:00:00Z", "finished": "2026-03-06T12:01:00Z"}
    content = {"v": 1, "run": name, "command": "crawl", "exit_code": 0, **times}
    content |= {"articles": {"new": new}, "captures": {"bytes": 1000}}
    (holding.layout.runs / f"{name}.json").write_text(json.dumps(content))


def test_runs_of_both_folders_are_in_the_order_of_time(holding, moved, warcpress) -> None:
    note_run(holding, "20260306T120000Z-000001", 1)
    note_run(moved, "20260306T130000Z-000002", 2)
    note_run(holding, "20260306T140000Z-000003", 3)
    done = warcpress(*BOTH, "runs")
    assert (done.code, done.err) == (0, "")
    assert [line.split("\t")[:3] for line in done.out.splitlines()] == [
        ["20260306T140000Z-000003", "data", "crawl"],
        ["20260306T130000Z-000002", "other", "crawl"],
        ["20260306T120000Z-000001", "data", "crawl"],
    ]
    assert [(one["run"][-1], one["folder"]) for one in rows(warcpress(*BOTH, "runs", "--json", "-").out)] == [
        ("3", "data"),
        ("2", "other"),
        ("1", "data"),
    ]
    assert len(rows(warcpress(*BOTH, "runs", "--limit", "2", "--json", "-").out)) == 2
    assert warcpress(*BOTH, "runs", "20260306T13").out.startswith("run 20260306T130000Z-000002 in other: crawl")
    assert warcpress(*BOTH, "runs", "20260306T1").code == 2
    alone = warcpress("--data", "data", "runs", "--json", "-").out
    assert "folder" not in alone
    shutil.rmtree("other")
    done = warcpress(*BOTH, "runs")
    assert (done.code, len(done.out.splitlines()), len(done.err.splitlines())) == (2, 2, 1)


def test_pack_makes_a_package_of_each_folder_and_a_list_of_them(moved, warcpress) -> None:
    done = warcpress(*BOTH, "pack", "all.json")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == "all.json: lists 2 packages"
    content = json.loads(Path("all.json").read_text())
    assert content["profile"] == "multi-wacz-package"
    assert [(one["path"], one["bytes"]) for one in content["resources"]] == [
        (name, Path(name).stat().st_size) for name in ("all-data.wacz", "all-other.wacz")
    ]
    assert all(
        f"sha256:{hashlib.sha256(Path(one['path']).read_bytes()).hexdigest()}" == one["hash"]
        for one in content["resources"]
    )
    warcpress("--data", "other", "pack", "alone.wacz")
    assert _members("alone.wacz") == _members("all-other.wacz")
    packed = rows(warcpress(*BOTH, "pack", "all.json", "--json", "-").out)
    assert [one["file"] for one in packed] == ["all-data.wacz", "all-other.wacz"]


def _members(path: str) -> dict[str, int]:
    with ZipFile(path) as package:
        return {one.filename: one.CRC for one in package.infolist() if not one.filename.startswith("datapackage")}


def test_verify_reads_each_package_of_a_list(moved, warcpress) -> None:
    warcpress(*BOTH, "pack", "all.json")
    done = warcpress("verify", "all.json")
    assert (done.code, done.err) == (0, "all.json: pages: 4; nothing is wrong\n")
    assert "all-data.wacz:\n" in done.out and "all-other.wacz:\n" in done.out
    assert {one["file"] for one in rows(warcpress("verify", "all.json", "--json", "-").out)} == {
        "all-data.wacz",
        "all-other.wacz",
    }
    shutil.copy("all-data.wacz", "all-other.wacz")
    done = warcpress("verify", "all.json")
    assert done.code == 1
    assert "all-other.wacz is not the package that was listed" in done.out
    Path("all-other.wacz").unlink()
    done = warcpress("verify", "all.json")
    assert (done.code, "all-other.wacz is missing" in done.out) == (1, True)
    for text in ("{}", "[", json.dumps({"profile": "multi-wacz-package", "resources": [{"path": "/etc/passwd"}]})):
        Path("all.json").write_text(text)
        done = warcpress("verify", "all.json")
        assert (done.code, "not a list of packages" in done.err) == (2, True)
    row = {"path": "all-data.wacz", "hash": "sha256:00", "bytes": 1}
    for listed, fault in (
        ([], "it lists no package"),
        ([{**row, "path": ""}], "'' is not a file beside it"),
        ([{**row, "bytes": float("inf")}], "cannot convert float infinity to integer"),
        ([{"path": "all-data.wacz"}], "it has no 'hash'"),
    ):
        Path("all.json").write_text(json.dumps({"profile": "multi-wacz-package", "resources": listed}))
        done = warcpress("verify", "all.json")
        assert (done.code, done.err) == (2, f"warcpress verify: all.json: not a list of packages: {fault}\n")


def test_one_package_of_several_folders_is_refused_with_what_to_write(moved, warcpress) -> None:
    done = warcpress(*BOTH, "pack", "all.wacz")
    assert (done.code, done.out) == (2, "")
    assert "write all.json" in done.err
    assert not list(Path().glob("*.wacz"))


@pytest.mark.parametrize("words", [("--data", "other", "pack", "all.json"), (*BOTH, "pack", "canal.json", CANAL)])
def test_one_package_ends_in_wacz(moved, warcpress, words: tuple[str, ...]) -> None:
    """Not a zip file under the name of a list."""
    done = warcpress(*words)
    assert (done.code, done.out) == (2, "") and "end its name in .wacz" in done.err
    assert not list(Path().glob("*.json*"))


def test_a_package_list_leaves_out_a_folder_that_is_missing(moved, warcpress) -> None:
    shutil.rmtree("other")
    done = warcpress(*BOTH, "pack", "all.json")
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert [one["path"] for one in json.loads(Path("all.json").read_text())["resources"]] == ["all-data.wacz"]


def test_a_damaged_index_leaves_the_captures_of_the_other_folders(moved, warcpress) -> None:
    [index] = (moved.layout.root / "index").glob("*.cdxj")
    index.write_bytes(index.read_bytes().replace(b"canal", b"canel"))
    done = warcpress(*BOTH, "show", DAM, "--part", "page")
    assert (done.code, done.err.count(str(index)), "Dam" in done.out) == (4, 1, True)
    done = warcpress(*BOTH, "show", CANAL, "--part", "page")
    assert (done.code, done.err.count(str(index)), "Canal" in done.out) == (4, 1, True)
    shutil.rmtree(index.parent)
    done = warcpress(*BOTH, "show", CANAL, "--part", "page")
    assert (done.code, done.err.count("other/index: missing"), "Canal" in done.out) == (2, 1, True)


def test_a_fleet_of_one_shard_names_its_folder_too(fleet, warcpress, inline) -> None:
    shutil.rmtree("fleet/shard-2")
    assert {one["file"].partition("/")[0] for one in rows(warcpress("list", "--json", "-").out)} == {"shard-1"}
    assert '"filename":"shard-1/' in warcpress("history", DAM, "--json").out.replace('": "', '":"')
    assert "data folder shard-1:" in warcpress("status").out
    assert "four million" in warcpress("show", BRIDGE).out
    assert warcpress("search", "engineers").code == 0
    assert warcpress("audit", "--processes", "1").code == 0
    assert '"file":"shard' not in warcpress("list", "--shard", "1/3", "--json", "-").out.replace('": "', '":"')


def test_one_folder_that_is_named_is_as_ever(holding, warcpress) -> None:
    assert warcpress("--data", "data", "list", "--json", "-").out == warcpress("list", "--json", "-").out
    assert '"file": "data/' not in warcpress("--data", "data", "--data", "data", "list", "--json", "-").out


def test_a_folder_that_is_left_out_while_a_list_reads_it_ends_in_the_list_too(holding, moved) -> None:
    told: list[StorageFailed] = []
    with holding.catalogue() as first, moved.catalogue() as second:
        both = Catalogues({"data": first, "other": second}, told.append)

        def ask(one: Catalogue) -> bool:
            if one is second:
                raise StorageFailed("other/catalogue.sqlite: damaged")
            return one.has_posts()

        posts = both.selected(Selection(most=1))
        shown = [next(posts)]
        assert list(both.each(ask)) == [("data", True)]
        shown += posts
        assert [version.file.split("/")[0] for version in shown[2:]] == ["data"] * len(shown[2:])
        assert len(shown) > 1
        assert len(told) == 1
