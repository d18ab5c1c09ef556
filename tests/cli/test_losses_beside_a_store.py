"""What is lost here while WARC files are only in the store: no command makes the archive poorer without a word."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from holding import BRIDGE, DAM, LONG, NOON, Holding
from storing import configure

from archive.remote.journal import OnlyStored

SOON = "0.000001s"


@pytest.fixture
def disk(holding: Holding, tmp_path: Path, warcpress) -> Path:
    """A store on a disk that has all WARC files, none of which is here."""
    (tmp_path / "disk").mkdir()
    configure(f"file://{tmp_path}/disk", keep=SOON)
    with Path("warcpress.toml").open("a") as file:
        file.write(f'[[source]]\nname = "weekly"\nurls = ["{BRIDGE}"]\n')
    assert warcpress("push").code == 0
    assert warcs(holding) == []
    return tmp_path / "disk"


def warcs(holding: Holding) -> list[str]:
    return sorted(path.name for path in holding.layout.warc.iterdir())


def audited(warcpress, *words: str) -> tuple[int, list[dict[str, object]], dict[str, object]]:
    """Exit code, findings and summary of an audit."""
    done = warcpress("audit", *words, "--json", "-")
    *findings, last = map(json.loads, done.out.splitlines())
    return done.code, findings, last["summary"]


def test_no_command_makes_a_catalogue_without_what_is_only_in_the_store(
    disk: Path, holding: Holding, warcpress
) -> None:
    rows, posts = holding.rows(), holding.posts()
    holding.layout.catalogue.unlink()
    size = sum(path.stat().st_size for path in (disk / "warc").iterdir())
    apart = f"2 WARC files are only in the store ({size:,} bytes)"
    advice = f"missing, and {apart}: `warcpress pull`, then `warcpress rebuild`, make it again"
    for words in (
        ("crawl",),
        ("crawl", "--due"),
        ("refetch", BRIDGE),
        ("render",),
        ("render", "--dry-run"),
        ("list",),
        ("show", BRIDGE),
        ("history", BRIDGE),
        ("search", "bridge"),
        ("export", "-"),
        ("status",),
    ):
        done = warcpress(*words)
        assert (done.code, done.err) == (2, f"warcpress {words[0]}: {holding.layout.catalogue}: {advice}\n")
        assert not holding.layout.catalogue.exists()
    for dry in ((), ("--dry-run",)):
        done = warcpress("rebuild", *dry)
        assert (done.code, done.err) == (
            2,
            f"warcpress rebuild: {holding.layout.root}: {apart}: run `warcpress pull` first\n",
        )
    code, [finding], summary = audited(warcpress)
    assert (code, finding["check"], finding["severity"]) == (1, 33, "error")
    assert str(finding["message"]).startswith(f"the catalogue is {advice}; ")
    assert len(summary["not_read"]) == 2  # type: ignore[arg-type]
    assert warcpress("pull").code == 0
    assert warcpress("rebuild").code == 0
    assert (holding.rows(), holding.posts()) == (rows, posts)
    assert warcpress("audit").code == 0


def test_a_catalogue_that_lacks_some_files_of_the_store_is_told(disk: Path, holding: Holding, warcpress) -> None:
    older = holding.layout.catalogue.read_bytes()
    configure(f"file://{disk}", keep="30d")
    holding.run({DAM: LONG}, NOON + timedelta(days=2))
    [name] = warcs(holding)
    configure(f"file://{disk}", keep=SOON)
    assert warcpress("push").code == 0
    rows = holding.rows()
    holding.layout.catalogue.write_bytes(older)
    done = warcpress("refetch", BRIDGE)
    assert (done.code, done.err) == (
        2,
        f"warcpress refetch: {holding.layout.catalogue}: has no rows of 1 WARC file that is only in the store, "
        f"{name} for one: run `warcpress pull`, then `warcpress rebuild`\n",
    )
    code, [finding], _ = audited(warcpress)
    text = f"the catalogue has no rows of 1 file only in the store, {name} for one"
    assert (code, finding["check"], finding["severity"], finding["file"]) == (1, 33, "error", "catalogue.sqlite")
    assert finding["message"] == f"{text}: `warcpress pull`, then `warcpress rebuild`, make them again"
    assert warcpress("pull").code == 0
    assert warcpress("rebuild").code == 0
    assert holding.rows() == rows


def test_an_index_that_lacks_files_of_the_store_is_told(disk: Path, holding: Holding, warcpress) -> None:
    index = list(holding.layout.index().iterate())
    shutil.rmtree(holding.layout.root / "index")
    code, findings, _ = audited(warcpress)
    assert code == 1
    first = min(path.name for path in (disk / "warc").iterdir())
    text = f"the index lacks captures of 2 files only in the store, {first} for one"
    assert [(one["check"], one["severity"], one["file"], one["message"]) for one in findings] == [
        (29, "warning", "index", "there is no index: no reader finds the captures of a URL"),
        (33, "error", "index", f"{text}: `warcpress pull`, then `warcpress rebuild`, make them again"),
    ]
    assert warcpress("pull").code == 0
    assert warcpress("rebuild").code == 0
    assert warcpress("audit").code == 0
    assert list(holding.layout.index().iterate()) == index


def test_a_rebuild_names_the_files_that_are_lost(disk: Path, holding: Holding, warcpress) -> None:
    rows = holding.rows()
    (holding.layout.root / "remote.jsonl").unlink()
    names = sorted(path.name for path in (disk / "warc").iterdir())
    done = warcpress("rebuild", "--dry-run")
    assert (done.code, done.out.splitlines()[2:], holding.rows()) == (
        1,
        [
            *(f"missing: warc/{name}: the catalogue has no rows of it" for name in names),
            "bring them back (`warcpress pull`, or from a backup) and rebuild again; "
            "`python -m archive remove` notes that one is lost",
        ],
        rows,
    )
    holding.layout.catalogue.unlink()
    done = warcpress("crawl")
    assert (done.code, done.err) == (
        2,
        f"warcpress crawl: {holding.layout.catalogue}: missing, and 2 sealed WARC files are too, {names[0]} for one: "
        "bring them back; `warcpress rebuild` makes the catalogue from those that are here\n",
    )
    assert warcpress("pull").code == 0
    assert warcpress("rebuild").code == 0
    assert holding.rows() == rows


def test_a_sample_checks_posts_and_rows_of_files_in_the_store(disk: Path, holding: Holding, warcpress) -> None:
    code, findings, summary = audited(warcpress, "--sample", "100%")
    assert (code, findings, summary["not_read"]) == (0, [], [])
    with holding.catalogue() as catalogue:
        base = catalogue._database
        with base.transaction():
            base.run("UPDATE versions SET title = 'Another' WHERE number = 2")
    assert audited(warcpress)[0] == 0, "not read"
    code, [finding], _ = audited(warcpress, "--sample", "100%")
    second = max(path.name for path in (disk / "warc").iterdir())
    assert (code, finding["check"], finding["file"]) == (1, 33, f"warc/{second}")
    assert finding["message"] == "the catalogue's row of this version differs or is missing"


def test_an_object_of_another_length_is_told_and_not_copied(disk: Path, holding: Holding, warcpress) -> None:
    giant = sorted((disk / "warc").iterdir())[0]
    size = giant.stat().st_size
    with giant.open("r+b") as file:
        file.truncate(1 << 40)  # takes no room as long as nobody copies it
    code, findings, summary = audited(warcpress, "--sample", "100%")
    text = f"file://{disk} has {1 << 40:,} bytes under this name, sealed with {size:,}"
    errors = [one for one in findings if one["severity"] == "error"]
    assert [(one["check"], one["file"], one["message"]) for one in errors] == [
        (31, f"warc/{giant.name}", f"{text}: it was not read")
    ]
    assert (code, summary["not_read"]) == (1, [{"file": f"warc/{giant.name}", "reason": text}])


def test_a_sample_that_the_disk_can_t_hold_is_refused(
    disk: Path, holding: Holding, warcpress, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = shutil.disk_usage("/")
    monkeypatch.setattr("shutil.disk_usage", lambda _: used._replace(free=9))
    done = warcpress("audit", "--sample", "100%")
    assert (done.code, done.err.count("\n")) == (4, 1)
    assert "has 9 bytes free, and the sample has " in done.err
    assert warcpress("audit").code == 0


@pytest.mark.parametrize("spoil", ["link", "line", "all"])
def test_a_false_remote_jsonl_hides_nothing_behind_a_broken_manifest(
    disk: Path, holding: Holding, warcpress, spoil: str
) -> None:
    path, journal = holding.layout.root / "manifest.jsonl", holding.layout.root / "remote.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    false = json.loads(journal.read_text().splitlines()[-1]) | {"sha256": "0" * 64, "size": 9}
    journal.write_text(json.dumps(false) + "\n")
    if spoil == "link":
        path.write_bytes(lines[0].replace(b'"records":', b'"records":1') + lines[1])
    elif spoil == "line":
        path.write_bytes(b"{}\n" + lines[1])
    else:
        path.unlink()
    assert OnlyStored(holding.layout.root).files() == {}
    code, findings, summary = audited(warcpress)
    assert (code, summary["not_read"]) == (1, []), findings
    name = false["key"]
    assert spoil == "all" or name in {one["file"] for one in findings if "the file is missing" in str(one["message"])}
