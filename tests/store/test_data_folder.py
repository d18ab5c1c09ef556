"""The data folder: layout version, write access, links, and a lock for one run at a time."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from archive import Disk
from archive.disk import only_writer
from archive.write.dedupe import open_digests
from crawler.clock import utc_now
from crawler.errors import ConfigError, Locked, StorageFailed
from crawler.store import lock
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout, run_id
from crawler.store.files import write_file
from crawler.store.frontier import Frontier


def test_prepare_makes_the_folders_and_writes_the_version(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "data")
    layout.prepare()
    assert (tmp_path / "data/LAYOUT").read_text() == '{"v": 1}\n'
    assert sorted(path.name for path in (tmp_path / "data").iterdir() if path.is_dir()) == [
        "index",
        "posts",
        "runs",
        "warc",
    ]


def test_a_folder_of_another_layout_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "LAYOUT").write_text('{"v": 2}\n')
    with pytest.raises(ConfigError, match="layout 2, this warcpress knows 1"):
        Layout(tmp_path).check()


def test_a_folder_without_LAYOUT_is_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no LAYOUT in it"):
        Layout(tmp_path).check()


def test_a_posts_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "posts").write_text("in the way")
    with pytest.raises(StorageFailed, match="posts: can't be written"):
        Layout(tmp_path).prepare()


@pytest.mark.parametrize("closed", [".", "warc", "index", "runs", "posts"])
def test_R2_each_folder_is_tried_before_anything_is_fetched(tmp_path: Path, closed: str) -> None:
    layout, root = Layout(tmp_path / "data"), os.geteuid() == 0  # permissions do not stop root
    layout.prepare()
    folders = (layout.root, *filter(Path.is_dir, layout.root.iterdir()))
    for folder in folders:
        os.chown(folder, 65534 if root else -1, -1)
    for folder in layout.root.parents if root else ():
        folder.chmod(folder.stat().st_mode | 0o555)
    (layout.root / closed).chmod(0o000 if closed == "." else 0o555)
    try:
        if root:
            os.seteuid(65534)
        name = "LAYOUT" if closed == "." else rf"{closed}/\.probe-\d+"
        with pytest.raises(StorageFailed, match=f"{name}: can't be written: Permission denied"):
            layout.prepare()
    finally:
        if root:
            os.seteuid(0)
        (layout.root / closed).chmod(0o755)


def test_R3_only_one_process_gets_the_lock_and_it_is_free_afterwards(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    with layout.lock():
        assert layout.lock().held_elsewhere()
        with pytest.raises(Locked, match="another run holds this folder"), layout.lock():
            raise AssertionError("two runs at once")
    assert not layout.lock().held_elsewhere()


def test_a_start_waits_for_a_lock_that_is_held_briefly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = Layout(tmp_path)
    with layout.lock(briefly=True) as brief:
        assert not layout.lock().held_elsewhere()
        Timer(0.1, brief.__exit__, (None, None, None)).start()
        with layout.lock() as run, pytest.raises(Locked), layout.lock(briefly=True):
            raise AssertionError("not while a run goes on")
        assert str(run.refused(Locked("x"), 9e9)) == "x"
    with layout.lock(briefly=True):
        assert str(run.refused(Locked("x"), 9e9)) == "x; 2 starts in a row were refused"  # no run began in between
        monkeypatch.setattr(lock, "PATIENCE", 0.0)
        with pytest.raises(Locked, match=r"process \d+, since \S+Z\)"), layout.lock():
            raise AssertionError("two at once")


def test_a_repair_is_not_taken_for_the_brief_hold_before_it(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    with layout.lock(briefly=True):
        pass
    with only_writer(tmp_path) as is_alone:
        assert is_alone and layout.lock().held_elsewhere()
        with pytest.raises(Locked, match="process unknown"), layout.lock():
            raise AssertionError("two at once")


def test_P2_a_planted_link_is_no_lock(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("keep me")
    (tmp_path / ".lock").symlink_to(victim)
    with pytest.raises(StorageFailed), Layout(tmp_path).lock():
        raise AssertionError("followed a link")
    assert victim.read_text() == "keep me"


def test_run_ids_sort_by_time_and_differ(tmp_path: Path) -> None:
    now = datetime(2026, 3, 5, 7, 8, 9, tzinfo=UTC)
    assert re.fullmatch(r"20260305T070809Z-[0-9a-f]{6}", run_id(now))
    assert run_id(now) != run_id(now)


HELD = ("LAYOUT", "manifest.jsonl", "catalogue.sqlite", "frontier.sqlite", "posts", "media", "warc", "runs", "index")


@pytest.mark.parametrize("name", [*HELD, "index/digests.sqlite"])
@pytest.mark.parametrize("kind", ["folder", "file", "nothing"])
def test_P2_a_link_in_the_data_folder_is_refused_and_what_it_leads_to_stays(
    tmp_path: Path, name: str, kind: str
) -> None:
    outside, link = tmp_path / "outside", tmp_path / "data" / name
    outside.mkdir()
    link.parent.mkdir(parents=True)
    if kind == "folder":
        (outside / "target").mkdir()
    elif kind == "file":
        (outside / "target").write_text("keep me")
    link.symlink_to(outside / "target")
    for step in (Layout(tmp_path / "data").prepare, Layout(tmp_path / "data").check):
        with pytest.raises(StorageFailed, match=rf"{re.escape(name)}: is a link to .*target, and nothing is written"):
            step()
    left = [path.name for path in outside.rglob("*")]
    assert left == ([] if kind == "nothing" else ["target"])
    assert kind != "file" or (outside / "target").read_text() == "keep me"


def test_P2_the_archive_opens_no_file_of_its_own_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("keep me")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    disk = Disk()
    for step in (disk.create, disk.append, lambda path: disk.truncate(path, 0)):
        with pytest.raises(OSError, match=r"symbolic|exists"):
            step(tmp_path / "link")
    assert (tmp_path / "target").read_text() == "keep me"


def test_P2_folders_that_the_operator_names_may_be_links(tmp_path: Path) -> None:
    for name in ("disk", "site"):
        (tmp_path / name).mkdir()
    (tmp_path / "data").symlink_to(tmp_path / "disk")
    (tmp_path / "posts").symlink_to(tmp_path / "site")
    Layout(tmp_path / "data", str(tmp_path / "posts")).prepare()
    assert (tmp_path / "disk/LAYOUT").exists()


def test_C5_databases_lock_and_run_files_are_their_owners_alone(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.prepare()
    before = os.umask(0)
    try:
        for path in (layout.catalogue, tmp_path / "index/digests.sqlite"):
            path.touch(0o644)  # as earlier releases made them
        with layout.lock():
            opened: list[Any] = [
                Catalogue(layout.catalogue),
                Frontier(layout.frontier, utc_now, set()),
                open_digests(tmp_path),
            ]
            write_file(layout.runs, "1.json", b"{}", mode=0o600)
            files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "LAYOUT"]
            modes = {path.name: path.stat().st_mode & 0o777 for path in files}
            for store in opened:
                store.close()
    finally:
        os.umask(before)
    assert {".lock", "1.json", "catalogue.sqlite-wal", "frontier.sqlite", "digests.sqlite"} <= set(modes)
    assert set(modes.values()) == {0o600}, modes


def test_R11_what_killed_processes_left_is_removed(tmp_path: Path) -> None:
    layout, outside = Layout(tmp_path / "data"), tmp_path / "outside"
    layout.prepare()
    outside.mkdir()
    (outside / "kept").touch()
    left = [".rebuild-abc/catalogue.sqlite", "runs/.1.json.part", "posts/a/2026/.x.md.part", "warc/.probe-7"]
    for name in left:
        (layout.root / name).parent.mkdir(parents=True, exist_ok=True)
        (layout.root / name).touch()
    (layout.root / ".rebuild-link").symlink_to(outside)
    (layout.posts / "a/2026/x.md").touch()
    layout.remove_unfinished()
    assert not [name for name in (*left, ".rebuild-abc", ".rebuild-link") if os.path.lexists(layout.root / name)]
    assert (outside / "kept").exists() and (layout.posts / "a/2026/x.md").exists()
