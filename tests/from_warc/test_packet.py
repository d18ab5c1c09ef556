"""The evidence packet of an article: what is in it, what it proves of its posts, and what shows that it was altered."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from holding import BRIDGE, DAM, LONG, NOON, SHORT, Holding

from archive import Trust, account_of, audit_paths
from archive.audit.findings import Finding
from crawler.errors import UnknownUrl
from crawler.from_warc.packet import judge, pack_articles
from crawler.from_warc.recovery import merge

pytestmark = pytest.mark.usefixtures("inline")
PATH = "posts/version-{}~herald~2026~03~05-bridge.md"


def packet(holding: Holding, target: Path, *names: str) -> Path:
    with holding.catalogue() as catalogue:
        pack_articles(holding.layout, catalogue, target, names)
    return target


def results(path: Path) -> list[tuple[str, dict[str, str]]]:
    return [
        (account.url, {one.about: one.result for one in account.statements})
        for account in account_of(path, Trust(), judge)
    ]


def altered(path: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            new.writestr(info, change(old.read(info)) if info.filename == name else old.read(info))
    path.write_bytes(out.getvalue())
    return path


def test_a_packet_has_every_version_of_its_article_and_no_page_of_another(holding: Holding, tmp_path: Path) -> None:
    path = packet(holding, tmp_path / "bridge.wacz", BRIDGE)
    with zipfile.ZipFile(path) as wacz:
        names = wacz.namelist()
        pages = [json.loads(line) for line in wacz.read("pages/pages.jsonl").splitlines()][1:]
        posts = [wacz.read(name).decode() for name in names if name.startswith("posts/")]
        resources = json.loads(wacz.read("datapackage.json"))["resources"]
    assert {page["url"] for page in pages} == {BRIDGE} and len(pages) == len(posts) == 2
    assert posts[1] == next(text for path, text in holding.posts().items() if "bridge" in path)
    assert "proof/manifest.jsonl" in names and sum(name.startswith("archive/") for name in names) == 2
    assert len({one["name"] for one in resources}) == len(resources)
    found = [item for item in audit_paths([path]) if isinstance(item, Finding) and item.severity != "note"]
    assert found == []


def test_only_the_files_that_an_article_needs_are_packed(holding: Holding, tmp_path: Path) -> None:
    with zipfile.ZipFile(packet(holding, tmp_path / "dam.wacz", DAM)) as wacz:
        assert sum(name.startswith("archive/") for name in wacz.namelist()) == 1


def test_the_posts_follow_from_their_pages(holding: Holding, tmp_path: Path) -> None:
    whole, *pages = results(packet(holding, tmp_path / "two.wacz", BRIDGE, DAM))
    assert whole[1] == {"files": "proved", "package": "not proved", "manifest": "proved"}
    assert sorted(url for url, _ in pages) == sorted([BRIDGE, BRIDGE, DAM])
    assert {(one["bytes"], one["unchanged"], one["post"]) for _, one in pages} == {("proved",) * 3}


def test_each_statement_on_a_post_names_its_file(holding: Holding, tmp_path: Path) -> None:
    path = packet(holding, tmp_path / "bridge.wacz", BRIDGE)
    said = " ".join(one.text for account in account_of(path, Trust(), judge) for one in account.statements)
    with zipfile.ZipFile(path) as wacz:
        names = [name for name in wacz.namelist() if name.startswith("posts/")]
    assert len(names) == 2 and all(f"it is {name} of the package" in said for name in names)


def test_an_altered_post_is_wrong(holding: Holding, tmp_path: Path) -> None:
    path = packet(holding, tmp_path / "bridge.wacz", BRIDGE)
    with zipfile.ZipFile(path) as wacz:
        name = next(name for name in wacz.namelist() if name.startswith("posts/"))
    whole, *_ = results(altered(path, name, lambda text: text.replace(b"bridge", b"fridge")))
    assert whole[1]["files"] == whole[1]["post"] == "wrong"


def test_a_package_of_a_merged_archive_proves_its_posts(holding: Holding, tmp_path: Path) -> None:
    with holding.catalogue() as catalogue:
        merge(holding.layout, catalogue, 1 << 24, lambda: NOON + timedelta(days=9), None)
    whole, *pages = results(packet(holding, tmp_path / "bridge.wacz", BRIDGE))
    assert whole[1]["manifest"] == "proved" and {one["post"] for _, one in pages} == {"proved"}


def test_an_article_that_is_not_there_is_named(holding: Holding, tmp_path: Path) -> None:
    with pytest.raises(UnknownUrl, match=r"http://herald.test/none: not in the archive"):
        packet(holding, tmp_path / "none.wacz", BRIDGE, "http://herald.test/none")
    assert not (tmp_path / "none.wacz").exists()


def test_a_page_seen_again_is_one_page(tmp_path: Path) -> None:
    holding = Holding(tmp_path / "data")
    for day, page in enumerate((LONG, SHORT, LONG)):
        holding.run({BRIDGE: page}, NOON + timedelta(days=day))
    _, *pages = results(packet(holding, tmp_path / "bridge.wacz", BRIDGE))
    assert len(pages) == 3 and {one["bytes"] for _, one in pages} == {"proved"}
