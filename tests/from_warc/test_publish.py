"""Versions → post files and copies of images; planted links are replaced, and versions are marked last."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import timedelta

import pytest
from holding import BRIDGE, LONG, NOON, Holding
from pages import PNG

from crawler.errors import StorageFailed
from crawler.from_warc.publish import Publisher, pack_posts
from crawler.from_warc.rebuild import rebuild
from crawler.posts.states import Change


def test_a_version_is_published_with_its_picture_and_marked(tmp_path) -> None:
    holding = Holding(tmp_path / "data")
    holding.run({BRIDGE: LONG}, publish=False)
    with holding.catalogue() as catalogue:
        assert len(catalogue.unmarked()) == 1
        assert Publisher(holding.layout, catalogue).publish_stored(catalogue.not_shown()) == 1
        assert catalogue.unmarked() == [] and catalogue.not_shown() == []
    assert (holding.layout.media / "aa/bb/bridge.png").read_bytes() == PNG
    assert "/media/aa/bb/bridge.png" in holding.posts()["herald/2026/03/05-bridge.md"]


def test_P2_a_link_planted_for_a_picture_is_replaced(holding: Holding, tmp_path) -> None:
    copy, victim = holding.layout.media / "aa/bb/bridge.png", tmp_path / "victim"
    victim.write_bytes(b"keep me")
    copy.unlink()
    copy.symlink_to(victim)
    with holding.catalogue() as catalogue:
        Publisher(holding.layout, catalogue).publish_stored(catalogue.newest())
    assert victim.read_bytes() == b"keep me" and not copy.is_symlink() and copy.read_bytes() == PNG


@pytest.mark.parametrize("withdrawn", ["keep", "mark", "unpublish"])
def test_a_post_file_that_somebody_changed_stays_whatever_comes(holding: Holding, caplog, withdrawn) -> None:
    """A new version, a state, and a run that died before it had followed the state; only `rebuild` replaces it."""
    path = holding.layout.posts / "herald/2026/03/05-bridge.md"
    path.write_text(edited := path.read_text("utf-8") + "My own remark.\n", "utf-8")
    layout = replace(holding.layout, withdrawn=withdrawn)
    holding.run({BRIDGE: LONG[:2]}, NOON + timedelta(days=1))
    holding.look(Change(BRIDGE, 1, "withdrawn", "http-404"), NOON + timedelta(days=2))
    with holding.catalogue() as catalogue:
        Publisher(layout, catalogue).follow([BRIDGE])
        holding.look(Change(BRIDGE, 2, "suspect", "listing"), NOON + timedelta(days=3))
        publisher = Publisher(layout, catalogue)
        assert publisher.publish_stored(catalogue.not_shown()) == 1 and catalogue.not_shown() == []
    assert path.read_text("utf-8") == edited and len(publisher.take_kept()) == 1
    assert "05-bridge.md: somebody changed this post file" in caplog.text
    rebuild(layout)
    assert not path.exists() or path.read_text("utf-8") != edited


def test_a_post_file_as_we_wrote_it_at_any_time_is_not_taken_for_changed(holding: Holding) -> None:
    path = holding.layout.posts / "herald/2026/03/05-bridge.md"
    first, mark = path.read_text("utf-8"), replace(holding.layout, withdrawn="mark")
    holding.look(Change(BRIDGE, 1, "withdrawn", "http-404"), NOON + timedelta(days=2))
    with holding.catalogue() as catalogue:
        Publisher(mark, catalogue).follow([BRIDGE])
        marked = path.read_text("utf-8")
        assert marked != first
        holding.look(Change(BRIDGE, 2, "present", "withdrawn"), NOON + timedelta(days=3))
        Publisher(mark, catalogue).follow([BRIDGE])
        assert path.read_text("utf-8") == first
        path.write_text(marked, "utf-8")  # a run that died before it had followed the return
        assert not Publisher(holding.layout, catalogue).is_edited(catalogue.versions(BRIDGE)[-1])


def test_a_version_whose_file_is_not_written_is_not_marked(tmp_path) -> None:
    holding = Holding(tmp_path / "data")
    holding.run({BRIDGE: LONG}, publish=False)
    (holding.layout.posts / "herald").write_text("in the way")
    with holding.catalogue() as catalogue:
        with pytest.raises(StorageFailed, match=r"05-bridge\.md: Not a directory; make room or give access"):
            Publisher(holding.layout, catalogue).publish_stored(catalogue.not_shown())
        assert len(catalogue.unmarked()) == 1


def test_a_package_has_the_newest_versions_as_its_pages(holding: Holding, tmp_path) -> None:
    with holding.catalogue() as catalogue:
        packed = pack_posts(holding.layout, catalogue, tmp_path / "all.wacz", None)
        since = pack_posts(holding.layout, catalogue, tmp_path / "new.wacz", NOON + timedelta(hours=1))
    assert (len(packed.files), packed.captures, packed.pages) == (2, 6, 2)
    assert (len(since.files), since.pages) == (1, 1)
    with zipfile.ZipFile(tmp_path / "new.wacz") as package:
        pages = package.read("pages/pages.jsonl").decode()
    assert "four million" in pages and '"Bridge"' in pages
