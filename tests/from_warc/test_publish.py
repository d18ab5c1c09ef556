"""Versions → post files and copies of images; planted links are replaced, and versions are marked last."""

from __future__ import annotations

import zipfile
from datetime import timedelta

import pytest
from holding import BRIDGE, LONG, NOON, Holding
from pages import PNG

from crawler.errors import StorageFailed
from crawler.from_warc.publish import Publisher, pack_posts


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
