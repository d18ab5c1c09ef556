"""Catalogue, posts and frontier follow WARC files that were repaired or removed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from holding import BRIDGE, DAM, LONG, NOON, SHORT, Holding
from running import Inline

from archive import Finding, Reader, audit_paths, captures
from archive.write.set_aside import remove, repair_in_place
from crawler.clock import utc_now
from crawler.from_warc import derive, recovery
from crawler.from_warc.check_posts import PostsCheck
from crawler.from_warc.rebuild import rebuild
from crawler.items import Candidate, Outcome
from crawler.posts.states import Change
from crawler.store.catalogue import Catalogue
from crawler.store.frontier import Frontier
from crawler.store.stored_version import Version

POST = {BRIDGE: "herald/2026/03/05-bridge.md", DAM: "herald/2026/03/05-dam.md"}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Holding:
    """An article in two versions of two files and a later state, another article in one; none is due."""
    made = Holding(tmp_path_factory.mktemp("sound") / "data")
    made.run({BRIDGE: LONG, DAM: LONG})
    made.run({BRIDGE: SHORT}, NOON + timedelta(minutes=20))
    made.look(Change(DAM, 1, "withdrawn", "http-404", ""), NOON + timedelta(minutes=40))
    with closing(Frontier(made.layout.frontier, utc_now, ["herald"])) as frontier:
        frontier.add([Candidate(url=url, source="herald") for url in POST])
        for visit in frontier.due(["herald"], 9):
            frontier.finish(visit, Outcome.NEW)
    return made


@pytest.fixture(autouse=True)
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Derive posts in this process."""
    monkeypatch.setattr(derive, "Workers", Inline)


def copy_of(sound: Holding, place: Path) -> Holding:
    shutil.copytree(sound.layout.root, place)
    return Holding(place)


def audited(holding: Holding) -> list[Finding]:
    with closing(Catalogue(holding.layout.catalogue, read_only=True)) as catalogue:
        checks = [PostsCheck(holding.layout, catalogue)]
        found = audit_paths([holding.layout.root], further_checks=checks, processes=1)
        return [item for item in found if isinstance(item, Finding)]


def start(holding: Holding) -> list[str]:
    """What the start of a run says."""
    with holding.catalogue() as catalogue, closing(Frontier(holding.layout.frontier, utc_now, ["herald"])) as frontier:
        return [one.message for one in recovery.recover(holding.layout, catalogue, frontier)]


def due(holding: Holding) -> set[str]:
    with closing(Frontier(holding.layout.frontier, utc_now, ["herald"])) as frontier:
        return {visit.article for visit in frontier.due(["herald"], 9)}


def versions(holding: Holding) -> list[Version]:
    with holding.catalogue() as catalogue:
        return [one for url in POST for one in catalogue.versions(url)]


def read(holding: Holding, file: str, offset: int) -> str:
    with Reader(holding.layout.root).record(file, offset) as record:
        return record.block.read().decode("utf-8", "replace")


def places(holding: Holding) -> Iterator[tuple[str, int, int, str]]:
    """File, first byte, last byte and type of each record."""
    for file in Reader(holding.layout.root).files():
        records = [(record.offset, record.type) for record in Reader(holding.layout.root).records(file)]
        ends = [offset for offset, _ in records[1:]] + [(holding.layout.warc / file).stat().st_size]
        yield from ((file, offset, end, kind) for (offset, kind), end in zip(records, ends, strict=True))


def test_whichever_record_is_lost_all_agrees_after_the_repair(sound: Holding, tmp_path: Path) -> None:
    """One record of each kind in each file; the next start and `rebuild` take turns to follow."""
    seen: dict[tuple[str, str, bool], int] = {}
    for file, begin, end, kind in places(sound):
        is_of_post = "post-path" in read(sound, file, begin)
        if (file, kind, is_of_post) in seen:
            continue
        number = seen[file, kind, is_of_post] = len(seen)
        holding = copy_of(sound, tmp_path / str(number))
        path = holding.layout.warc / file
        lost_captures = {one.url for one in captures(Reader(holding.layout.root), file) if one.offset == begin}
        before = versions(holding)
        content = bytearray(path.read_bytes())
        content[(begin + end) // 2] ^= 0xFF
        path.write_bytes(content)
        repair_in_place(path)
        if number % 2:
            told = rebuild(holding.layout).taken_out
        else:
            told = start(holding)
        assert any(file in line for line in told), told
        wrong = [finding for finding in audited(holding) if finding.severity == "error"]
        assert wrong == [], (file, kind, begin)
        lost = [one for one in before if one.record_id not in {left.record_id for left in versions(holding)}]
        assert len(lost) == (kind == "conversion" or is_of_post)
        rows = holding.rows()
        rebuild(holding.layout)
        assert holding.rows() == rows, (file, kind, begin)
        assert due(holding) == ({one.canonical_url for one in lost} | lost_captures) & set(POST)
        for one in lost:
            aside = holding.layout.root / "set-aside/posts" / one.path
            is_newest = one.number == (2 if one.canonical_url == BRIDGE else 1)
            assert aside.exists() == is_newest
            assert (one.path in holding.posts()) == (one.canonical_url == BRIDGE)
        shutil.rmtree(holding.layout.root)
    assert {kind for _, kind, _ in seen} == {"warcinfo", "request", "response", "revisit", "metadata", "conversion"}


def test_a_kill_before_the_rows_go_is_no_harm(sound: Holding, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    holding = copy_of(sound, tmp_path / "data")
    file, begin, end, _kind = next(place for place in places(sound) if place[3] == "conversion")
    path = holding.layout.warc / file
    path.write_bytes(path.read_bytes()[:begin] + bytes(end - begin) + path.read_bytes()[end:])
    repair_in_place(path)

    def killed(*_: object) -> list[object]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(recovery, "ingest", killed)
        with pytest.raises(KeyboardInterrupt):
            start(holding)
    start(holding)
    assert [finding for finding in audited(holding) if finding.severity == "error"] == []
    rows = holding.rows()
    rebuild(holding.layout)
    assert holding.rows() == rows


@pytest.mark.parametrize("follow", [start, lambda holding: rebuild(holding.layout)], ids=["start", "rebuild"])
def test_a_removed_file_takes_its_posts_along_and_is_not_fetched_again(
    sound: Holding, tmp_path: Path, follow: Callable[[Holding], object]
) -> None:
    holding = copy_of(sound, tmp_path / "data")
    remove(holding.layout.warc / Reader(holding.layout.root).files()[0], "order 7/26 of the court")
    shutil.rmtree(holding.layout.media)
    follow(holding)
    assert (set(holding.posts()), due(holding)) == ({POST[BRIDGE]}, set())
    assert (holding.layout.root / "set-aside/posts" / POST[DAM]).exists()
    found = audited(holding)
    assert [finding for finding in found if finding.severity == "error"] == []
    assert any("order 7/26 of the court" in finding.message for finding in found)
    rows = holding.rows()
    rebuild(holding.layout)
    assert holding.rows() == rows


def test_a_post_that_somebody_changed_stays(sound: Holding, tmp_path: Path) -> None:
    holding = copy_of(sound, tmp_path / "data")
    mine = holding.layout.posts / POST[DAM]
    mine.write_text("mine")
    remove(holding.layout.warc / Reader(holding.layout.root).files()[0], "x")
    start(holding)
    assert mine.read_text() == "mine"
