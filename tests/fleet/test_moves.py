"""What a data folder takes over from the other folders of its fleet, row by row."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.config import Config, Crawl, Shard
from crawler.errors import StorageFailed
from crawler.fleet.moves import folders, has_news, take_over
from crawler.fleet.shards import divide, of_shard
from crawler.items import Candidate, Outcome, Reason, Source
from crawler.store.data_folder import Layout
from crawler.store.frontier import Frontier
from crawler.store.hosts import KeptHost
from crawler.store.pictures import Picture
from crawler.store.validators import Validators

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def follows(source: Source) -> bool:
    return all(divide([source], of).sources["herald"] == of for of in (1, 2, 3, 4))


HERALD = next(filter(follows, (Source(name="herald", feeds=(f"http://herald{n}.test/",)) for n in range(1000))))
"""A source that moves to each further shard: 1/1, 2/2, 3/3, 4/4."""


class Fleet:
    """Folders with the one source `herald`."""

    def __init__(self, folder: Path) -> None:
        self.whole = Config(crawl=Crawl(data=folder), sources=(HERALD,))
        self.now = NOON

    def config(self, number: int) -> Config:
        """The configuration of the shard that has the source when there are so many shards."""
        return of_shard(self.whole, Shard(number, number))

    def frontier(self, config: Config) -> Frontier:
        Layout(config.crawl.data).prepare()
        return Frontier(Layout(config.crawl.data).frontier, lambda: self.now, {"herald"})

    def start(self, number: int) -> Frontier:
        """Open the frontier of a shard as a run does."""
        config = self.config(number)
        frontier = self.frontier(config)
        take_over(config, frontier, lambda: self.now)
        self.now += timedelta(minutes=1)
        return frontier


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path)


def found(frontier: Frontier, name: str) -> str:
    url = f"http://herald.test/{name}"
    frontier.add([Candidate(url, "herald")])
    return url


def rows(frontier: Frontier, table: str) -> list[tuple[object, ...]]:
    return sorted((tuple(row) for row in frontier._database.rows(f"SELECT * FROM {table}")), key=str)


def holding(fleet: Fleet, number: int, source: str = "herald") -> dict[str, object]:
    content = json.loads((fleet.config(number).crawl.data / "sources.json").read_text())
    return dict(content["sources"][source])


def test_all_that_is_known_of_a_source_comes_along(fleet: Fleet) -> None:
    one = fleet.start(1)
    visit = one.visit(found(one, "bridge"), "herald")
    one.finish(visit, Outcome.NEW, canonical_url="http://herald.test/a", validators=Validators('"1"', "then"))
    failed = one.visit(found(one, "dam"), "herald")
    one.finish(failed, Outcome.FAILED, reason=Reason("timeout", "slow"))
    one.pictures.missed(Picture("http://p.test/1.png", "http://herald.test/a", "herald"), Reason("http-404", "gone"))
    one.hosts.keep("herald.test", KeptHost(3600.0, 0.0, 1, 0))
    one.add([Candidate("http://weekly.test/x", "weekly")])
    before = {table: rows(one, table) for table in ("articles", "aliases", "pictures")}
    one.close()

    three = fleet.start(3)
    for table, known in before.items():
        assert rows(three, table) == [row for row in known if "weekly" not in row]
    bridge = three.known("http://herald.test/bridge")
    assert bridge is not None and bridge.article == "http://herald.test/a" and bridge.validators.etag == '"1"'
    assert dict(three.hosts.all())["herald.test"].pause > 3000
    assert holding(fleet, 3)["before"] == ["shard-1"] and holding(fleet, 1)["before"] == []
    three.close()


def test_the_row_that_was_written_last_counts(fleet: Fleet) -> None:
    one = fleet.start(1)
    url = found(one, "bridge")
    one.close()
    three = fleet.start(3)
    three.finish(three.visit(url, "herald"), Outcome.NEW, validators=Validators('"3"'))
    three.close()
    one = fleet.start(1)  # the source comes back
    back = one.known(url)
    assert back is not None and back.validators.etag == '"3"'
    one.finish(one.visit(url, "herald"), Outcome.UNCHANGED, validators=Validators('"4"'))
    one.close()
    (fleet.config(1).crawl.data / "sources.json").unlink()  # lost: all is taken over again
    one = fleet.start(1)
    kept = one.known(url)
    assert kept is not None and kept.validators.etag == '"4"'
    assert holding(fleet, 1)["before"] == ["shard-3"]
    one.close()


def test_a_start_with_nothing_new_reads_no_other_frontier(fleet: Fleet) -> None:
    fleet.start(1).close()
    fleet.start(3).close()
    assert not has_news(fleet.config(3))
    assert has_news(fleet.config(1)), "shard 3 got the source later"
    fleet.start(1).close()
    assert not has_news(fleet.config(1))
    Layout(fleet.config(3).crawl.data).frontier.write_bytes(b"damaged")
    fleet.start(1).close()


def test_rows_are_copied_as_they_are_read(fleet: Fleet) -> None:
    """A year's frontier may have a million."""
    one = fleet.start(1)
    one.add(Candidate(f"http://herald.test/{number}", "herald") for number in range(5000))
    one.close()
    tracemalloc.start()
    three = fleet.start(3)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert three.count_due(["herald"]) == 5000 and peak < 1 << 20
    three.close()


def test_a_source_that_is_renamed_after_a_move_keeps_its_earlier_folders(fleet: Fleet) -> None:
    one = fleet.start(1)
    found(one, "bridge")
    one.close()
    fleet.start(2).close()
    assert holding(fleet, 2)["before"] == ["shard-1"]
    fleet.whole = replace(fleet.whole, sources=(replace(HERALD, name="courier"),))
    fleet.start(2).close()
    assert holding(fleet, 2, "courier")["before"] == ["shard-1"]


def test_a_source_moves_once_also_when_the_clock_was_ahead(fleet: Fleet) -> None:
    """Otherwise every start reads the other frontiers, and the next move back is not seen."""
    fleet.start(1).close()
    fleet.now += timedelta(days=1000)
    three = fleet.start(3)
    url = found(three, "bridge")
    three.close()
    fleet.now = NOON + timedelta(days=1)
    one = fleet.start(1)
    assert one.known(url) is not None and not has_news(fleet.config(1))
    later = found(one, "dam")
    one.close()
    assert has_news(fleet.config(3))
    three = fleet.start(3)
    assert three.known(later) is not None and not has_news(fleet.config(3))
    three.close()


def test_a_folder_that_got_the_source_through_a_third_one_knows_all(fleet: Fleet) -> None:
    for number, name in (1, "bridge"), (2, "dam"), (3, "fair"):
        frontier = fleet.start(number)
        found(frontier, name)
        frontier.close()
    assert set(map(str, holding(fleet, 3)["before"])) == {"shard-1", "shard-2"}  # type: ignore[call-overload]
    fourth = fleet.start(4)
    assert fourth.count_due(["herald"]) == 3
    fourth.close()


def test_without_a_fleet_nothing_is_noted(fleet: Fleet) -> None:
    frontier = fleet.frontier(fleet.whole)
    take_over(fleet.whole, frontier, lambda: NOON)
    frontier.close()
    assert not (fleet.whole.crawl.data / "sources.json").exists() and not has_news(fleet.whole)


def test_only_data_folders_with_the_name_of_a_shard_are_of_the_fleet(fleet: Fleet) -> None:
    root = fleet.whole.crawl.data
    for name in ("shard-2", "shard-10", "shard-x", "shard-01", "shards", "shard-3"):
        (root / name).mkdir()
        if name != "shard-3":
            Layout(root / name).prepare()
    assert list(folders(fleet.config(2))) == ["shard-2", "shard-10"]
    Layout(root).prepare()
    assert list(folders(fleet.whole)) == [".", "shard-2", "shard-10"]


@pytest.mark.parametrize(
    "text", ["", "{}", '{"v": 1, "sources": []}', '{"v": 1, "sources": {"herald": {"since": "x"}}}']
)
def test_a_damaged_note_is_one_line(fleet: Fleet, text: str) -> None:
    fleet.start(1).close()
    path = fleet.config(1).crawl.data / "sources.json"
    path.write_text(text)
    with pytest.raises(StorageFailed) as caught:
        fleet.start(1)
    assert str(caught.value) == f"{path}: is damaged; delete it: some pages are fetched again"


def test_a_folder_is_read_while_a_run_writes_to_it(fleet: Fleet) -> None:
    one = fleet.start(1)
    found(one, "bridge")
    with one.together():
        found(one, "dam")
        three = fleet.start(3)
        assert three.count_due(["herald"]) == 1, "the other one is not committed yet"
        three.close()
    one.close()
