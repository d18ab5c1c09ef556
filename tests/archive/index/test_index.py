"""The index: additions, merging, lookups, crashes at every step of the disk, rebuilding."""

import errno
import os
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from archive.disk import Disk
from archive.errors import StorageError
from archive.index import sorted_lines
from archive.index.cdxj import Line
from archive.index.index import Index
from archive.index.merged_files import IndexDamaged
from archive.warc.exchange import Capture

START = datetime(2026, 1, 1, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)


def capture(url: str, date: datetime, file: str = "a.warc.gz", offset: int = 0, status: int = 200) -> Capture:
    return Capture(
        record_id=f"<urn:uuid:{random.Random(f'{url}{date}{offset}').getrandbits(122):032x}>",
        kind="revisit" if status == 304 else "response",
        url=url,
        date=date,
        file=file,
        offset=offset,
        length=100,
        status=status,
        mime="text/html",
        payload_digest="sha256:" + "0" * 64,
    )


def run(number: int, captures: int = 12) -> list[Capture]:
    """The captures of one of many runs: the front page, an unchanged feed, some articles."""
    date, file = START + number * HALF_HOUR, f"w-{number:05d}.warc.gz"
    front = capture("https://www.example.com/", date, file)
    feed = capture("https://www.example.com/feed", date, file, 1, status=304)
    articles = (
        capture(f"https://www.example.com/{number * 7919 % 5000}/{n}", date + timedelta(microseconds=n), file, n)
        for n in range(2, captures)
    )
    return [front, feed, *articles]


def files(index: Index) -> list[Path]:
    return sorted(index.folder.rglob("*.cdxj"))


def test_many_additions_stay_a_few_sorted_files(tmp_path: Path) -> None:
    index = Index(tmp_path)
    everything = []
    most = 0
    for number in range(250):
        added = run(number)
        everything += added
        index.add_file(added, added[0].file)
        most = max(most, len(list(index.folder.glob("*.cdxj"))), len(list((index.folder / "unchanged").glob("*.cdxj"))))
    assert most <= 12
    for path in files(index):
        lines = path.read_bytes().splitlines(keepends=True)
        assert lines == sorted(lines)
    assert [bytes(line) for line in index.iterate()] == sorted(bytes(Line.of(one)) for one in everything)


def test_a_replay_tool_sees_no_304(tmp_path: Path) -> None:
    index = Index(tmp_path)
    index.add_file(run(0), "w-00000.warc.gz")
    visible = b"".join(path.read_bytes() for path in index.folder.glob("*.cdxj"))
    assert b'"status": "304"' not in visible and visible.count(b"\n") == 11
    assert all(line.status == 200 for line in index.iterate(unchanged=False))
    assert [line.status for line in index.lookup("https://www.example.com/feed")] == [304]


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder = tmp_path_factory.mktemp("indexed")
    index = Index(folder)
    for number in range(200):
        index.add_file(run(number), f"w-{number:05d}.warc.gz")
    return index


def test_lookup_is_newest_first(indexed: Index) -> None:
    dates = [line.date for line in indexed.lookup("http://example.com")]
    assert dates == [START + number * HALF_HOUR for number in reversed(range(200))]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (START - timedelta(microseconds=1), None),
        (START, 0),
        (START + HALF_HOUR - timedelta(microseconds=1), 0),
        (START + HALF_HOUR, 1),
        (START + 100.5 * HALF_HOUR, 100),
        (START + timedelta(days=3650), 199),
        (None, 199),
    ],
)
def test_latest_is_not_later_than_asked(indexed: Index, at: datetime | None, expected: int | None) -> None:
    found = indexed.latest("https://www.example.com/", at)
    assert (found and found.date) == (None if expected is None else START + expected * HALF_HOUR)


@pytest.mark.parametrize(("asked", "expected"), [(-50, 0), (0, 0), (2, 0), (3, 4), (4, 4), (7, 9), (9, 9), (500, 9)])
def test_best_near_looks_both_ways_and_prefers_pages(tmp_path: Path, asked: int, expected: int) -> None:
    index = Index(tmp_path)
    url, hour = "https://example.com/a.png", timedelta(hours=1)
    held = [(0, 200), (2, 404), (4, 200), (7, 301), (9, 200)]
    for number, (hours, status) in enumerate(held):
        index.add_file([capture(url, START + hours * hour, f"{number}.warc.gz", number, status)], f"{number}.warc.gz")
    found = index.best_near(url, START + asked * hour)
    assert found is not None and found.date == START + expected * hour
    assert index.best_near("https://example.com/b.png", START) is None


def test_best_near_gives_an_error_only_when_there_is_nothing_else(tmp_path: Path) -> None:
    index = Index(tmp_path)
    url = "https://example.com/gone.css"
    index.add_file([capture(url, START + HALF_HOUR * number, "a.warc.gz", number, 404) for number in (1, 3)], "a")
    for number, expected in ((0, 1), (1, 1), (3, 3), (9, 3)):
        found = index.best_near(url, START + HALF_HOUR * number)
        assert found is not None and found.status == 404 and found.date == START + HALF_HOUR * expected


def test_captures_of_one_second_sort_by_microseconds(tmp_path: Path) -> None:
    dates = [START + timedelta(microseconds=step) for step in (0, 3, 500_000, 999_999)]
    index = Index(tmp_path)
    index.add_file([capture("http://a.com/", date, offset=n) for n, date in enumerate(dates)], "a.warc.gz")
    for n, date in enumerate(dates):
        found = index.latest("http://a.com/", date)
        assert found is not None and found.offset == n
    found = index.latest("http://a.com/", dates[2] - timedelta(microseconds=1))
    assert found is not None and found.offset == 1


def test_the_exact_url_comes_before_others_with_its_surt(tmp_path: Path) -> None:
    index = Index(tmp_path)
    index.add_file(
        [
            capture("http://example.com/a", START, offset=1, status=301),
            capture("https://www.example.com/a", START + HALF_HOUR, offset=2),
            capture("https://www.example.com/a%20%22", START, offset=3),
        ],
        "a.warc.gz",
    )
    found = index.latest("http://example.com/a#part")
    assert found is not None and found.offset == 1
    assert [line.offset for line in index.lookup("http://example.com/a#part", exact=True)] == [1]
    assert [line.offset for line in index.lookup("http://example.com/a")] == [2, 1]
    assert [line.offset for line in index.lookup("http://example.com/a", exact=True)] == [1]
    assert [line.offset for line in index.lookup("http://WWW.example.com/a", limit=1)] == [2]
    assert [line.offset for line in index.lookup('https://www.example.com/a "', exact=True)] == [3]
    assert index.lookup("http://example.com/") == index.lookup("http://example.com/ab") == index.lookup("") == []


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([200, 206], 0),
        ([206, 404], 1),
        ([200, 404], 0),
        ([200, 304], 1),
        ([301, 503], 1),
        ([206, 206], 1),
        ([200, None], 1),
    ],
)
def test_a_page_comes_before_parts_and_errors(tmp_path: Path, statuses: list[int | None], expected: int) -> None:
    index = Index(tmp_path)
    captures = [
        replace(capture("http://a.com/", START + n * HALF_HOUR, offset=n), status=status)
        for n, status in enumerate(statuses)
    ]
    revisits = [replace(one, kind="revisit") if one.status == 304 else one for one in captures]
    index.add_file(revisits, "a.warc.gz")
    found = index.latest("http://a.com/")
    assert found is not None and found.offset == expected
    index.rebuild(captures)
    found = index.latest("http://a.com/")
    assert found is not None and found.offset == (expected if 304 not in statuses else 0), "a response with 304 is none"
    assert [line.offset for line in index.lookup("http://a.com/")] == [1, 0]


def test_a_cut_answer_stands_for_a_page_only_alone(tmp_path: Path) -> None:
    index = Index(tmp_path)
    cut = replace(capture("http://a.com/", START, offset=1), truncated="disconnect")
    index.add_file([cut], "a.warc.gz")
    found = index.latest("http://a.com/")
    assert found is not None and found.offset == 1
    index.add_file([capture("https://a.com/", START - HALF_HOUR, offset=2)], "b.warc.gz")
    found = index.latest("http://a.com/")
    assert found is not None and found.offset == 2


def test_other_methods_do_not_stand_for_the_page(tmp_path: Path) -> None:
    index = Index(tmp_path)
    page = capture("http://a.com/p", START, offset=0)
    posted = replace(page, offset=1, method="POST", query="__wb_method=POST&0=1", date=START + HALF_HOUR)
    asked = replace(page, offset=2, method="HEAD", query="__wb_method=HEAD", date=START + HALF_HOUR)
    other = replace(posted, offset=3, url="http://a.com/p?q=1")
    index.add_file([page, posted, asked, other, capture("http://a.com/p?q=1", START, offset=4)], "a.warc.gz")
    assert [line.offset for line in index.lookup("http://a.com/p")] == [0]
    assert [line.offset for line in index.by_other_methods("https://www.a.com/p")] == [1, 2]
    assert [line.offset for line in index.by_other_methods("http://a.com/p?q=1")] == [3]
    assert all(map(index.holds, (page, posted, asked, other)))
    assert not index.holds(replace(page, offset=9)) and not index.holds(replace(page, url="http://a.com/"))


def test_lookups_agree_with_a_scan(indexed: Index) -> None:
    held = list(indexed.iterate())
    for url in {line.url for line in held[:: len(held) // 40]}:
        expected = sorted((line for line in held if line.url == url), key=lambda line: line.date, reverse=True)
        assert indexed.lookup(url) == expected


def test_an_empty_folder_has_no_captures(tmp_path: Path) -> None:
    assert Index(tmp_path).lookup("http://example.com/") == [] and list(Index(tmp_path).iterate()) == []
    Index(tmp_path).add_file([], "a.warc.gz")
    assert files(Index(tmp_path)) == []


def test_adding_again_changes_nothing(tmp_path: Path) -> None:
    index = Index(tmp_path)
    for number in (0, 1, 1, 0):
        index.add_file(run(number), f"w-{number:05d}.warc.gz")
    assert [bytes(line) for line in index.iterate()] == sorted(
        bytes(Line.of(one)) for number in (0, 1) for one in run(number)
    )
    assert len(index.lookup("https://www.example.com/")) == 2


class Failing(Disk):
    """Allows some operations and fails all later ones: a full disk, or a killed process."""

    def __init__(self, allowed: int) -> None:
        self.allowed = allowed

    def _spend(self) -> None:
        self.allowed -= 1
        if self.allowed < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def create(self, path: Path) -> int:
        self._spend()
        return super().create(path)

    def write(self, file: int, content: bytes) -> None:
        if self.allowed == 0:
            os.write(file, content[: len(content) // 2])
        self._spend()
        super().write(file, content)

    def fsync(self, file: int) -> None:
        self._spend()
        super().fsync(file)

    def rename(self, old: Path, new: Path) -> None:
        self._spend()
        super().rename(old, new)

    def fsync_folder(self, folder: Path) -> None:
        self._spend()
        super().fsync_folder(folder)

    def remove(self, path: Path) -> None:
        if path.exists():
            self._spend()
        super().remove(path)


@pytest.mark.parametrize("allowed", range(22))
def test_a_crash_at_any_step_neither_loses_nor_duplicates(tmp_path: Path, allowed: int) -> None:
    index = Index(tmp_path)
    before = [run(number, captures=200) for number in range(5)]
    for added in before:
        index.add_file(added, added[0].file)
    assert len(files(index)) > 1
    old = {bytes(Line.of(one)) for added in before for one in added}
    fresh = run(5, captures=200)
    new = {bytes(Line.of(one)) for one in fresh}
    disk = Failing(allowed)
    try:
        Index(tmp_path, disk).add_file(fresh, fresh[0].file)
    except StorageError as error:
        assert "w-00005.warc.gz" in str(error) and error.exit_code == 4
    else:
        assert disk.allowed >= 0
    held = [bytes(line) for line in index.iterate()]
    assert held == sorted(set(held)) and old <= set(held) <= old | new
    if index.lookup(fresh[0].url, fresh[0].date, exact=True, limit=1)[0].file == fresh[0].file:
        assert set(held) == old | new
    index.add_file(fresh, fresh[0].file)
    index.add_file(run(6), "w-00006.warc.gz")
    assert {bytes(line) for line in index.iterate()} == old | new | {bytes(Line.of(one)) for one in run(6)}
    assert not list(index.folder.rglob("*.tmp"))


def test_the_crash_tests_reach_every_step(tmp_path: Path) -> None:
    """Check that `range(22)` above is long enough: with 22 operations the same addition succeeds."""
    for number in range(5):
        Index(tmp_path).add_file(run(number, captures=200), f"w-{number:05d}.warc.gz")
    disk = Failing(22)
    Index(tmp_path, disk).add_file(run(5, captures=200), "w-00005.warc.gz")
    assert 0 <= disk.allowed < 12


def test_a_missing_file_is_reported_and_the_index_made_again(tmp_path: Path) -> None:
    index = Index(tmp_path)
    everything = [one for number in range(5) for one in run(number, captures=600 - 100 * number)]
    for number in range(5):
        index.add_file(run(number, captures=600 - 100 * number), f"w-{number:05d}.warc.gz")
    first = min(index.folder.glob("*.cdxj"))
    assert len(list(index.folder.glob("*.cdxj"))) > 1
    first.unlink()
    with pytest.raises(IndexDamaged, match=r"no file holds addition 1.*archive index"):
        index.lookup("https://www.example.com/")
    index.rebuild(reversed(everything))
    assert [bytes(line) for line in index.iterate()] == sorted(bytes(Line.of(one)) for one in everything)
    assert len(files(index)) == 2


def test_a_rebuild_that_fails_leaves_the_old_index(tmp_path: Path) -> None:
    index = Index(tmp_path)
    index.add_file(run(0), "w-00000.warc.gz")
    held = list(index.iterate())

    def broken() -> Iterator[Capture]:
        yield from run(1)
        raise RuntimeError("unreadable")

    with pytest.raises(RuntimeError):
        index.rebuild(broken())
    assert list(index.iterate()) == held


def test_lines_beyond_memory_are_sorted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorted_lines, "_IN_MEMORY", 10_000)
    everything = [one for number in range(50) for one in run(number)]
    random.Random(1).shuffle(everything)
    index = Index(tmp_path)
    index.rebuild(everything)
    assert [bytes(line) for line in index.iterate()] == sorted(bytes(Line.of(one)) for one in everything)
    assert {path.suffix for path in index.folder.rglob("*") if path.is_file()} == {".cdxj"}


@pytest.mark.parametrize("block", [16, 100, 16 * 1024])
def test_files_are_searched_and_read_backwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(sorted_lines, "_BLOCK", block)
    letters = random.Random(2)
    lines = sorted({bytes(letters.choices(b"abc", k=letters.randrange(1, 90))) + b"\n" for _ in range(300)})
    path = tmp_path / "lines"
    path.write_bytes(b"".join(lines))
    with path.open("rb") as handle:
        for bound in [*lines, *(line[:-2] for line in lines), b"", b"~"]:
            below = [line for line in lines if line < bound]
            end = sorted_lines.first_at_or_after(handle, bound)
            assert end == sum(map(len, below))
            assert list(sorted_lines.backwards(handle, end)) == below[::-1]


def test_an_addition_waits_for_a_rebuild(tmp_path: Path) -> None:
    index = Index(tmp_path)
    index.add_file(run(0), "w-00000.warc.gz")
    adding = Thread(target=Index(tmp_path).add_file, args=(run(1), "w-00001.warc.gz"))

    def old() -> Iterator[Capture]:
        yield from run(0)
        adding.start()
        adding.join(0.1)
        assert adding.is_alive()

    index.rebuild(old())
    adding.join()
    assert len(list(index.iterate())) == 24


def test_readers_go_on_during_an_addition(tmp_path: Path) -> None:
    """A reader lists the folder before a merge and opens files after it: it starts again."""
    index = Index(tmp_path)
    for number in range(3):
        index.add_file(run(number), f"w-{number:05d}.warc.gz")
    reading = index.iterate()
    first = next(reading)
    for number in range(3, 30):
        index.add_file(run(number), f"w-{number:05d}.warc.gz")
    assert len([first, *reading]) == 36
    assert len(list(index.iterate())) == 360


def test_captures_from_before_1000_keep_their_order(tmp_path: Path) -> None:
    index = Index(tmp_path)
    index.add_file([replace(capture("http://a.com/", datetime(999, 1, 1, tzinfo=UTC)), status=None)], "a.warc.gz")
    index.add_file([capture("http://a.com/", START, offset=5)], "a.warc.gz")
    assert [line.offset for line in index.lookup("http://a.com/")] == [5, 0]
    assert [line.offset for line in index.lookup("http://a.com/", datetime(1000, 1, 1, tzinfo=UTC))] == [0]


def test_captures_nearest_to_a_time_come_first(tmp_path: Path) -> None:
    index = Index(tmp_path)
    url, secure = "http://example.com/", "https://example.com/"
    for number, hours in enumerate((0, 5, 2, 9, 3)):  # each in an addition of its own
        at = START + timedelta(hours=hours)
        index.add_file([capture(url, at, offset=number), capture(secure, at, offset=100 + number)], f"{number}.warc.gz")
    index.add_file([capture(url, START + timedelta(hours=4), status=304, offset=9)], "9.warc.gz")

    def found(asked: str, hours: float) -> list[tuple[int, str]]:
        return [(line.date.hour, line.url) for line in index.nearest(asked, START + timedelta(hours=hours))]

    assert found(url, 4) == [(hour, one) for hour in (3, 5, 2, 0, 9) for one in (url, secure)]
    assert found(secure, -1000)[:2] == [(0, secure), (0, url)]
    assert [hour for hour, _ in found(url, 1000)][::2] == [9, 5, 3, 2, 0]
    assert found("http://example.org/", 4) == []


def test_lines_between_two_bounds_are_given_either_way(tmp_path: Path) -> None:
    index = Index(tmp_path)
    for number in range(40):
        index.add_file(run(number), "w.warc.gz")
    everything = [bytes(line) for line in index.iterate()]
    for first, end in ((b"", b"\xff"), (everything[7], everything[300]), (everything[9], everything[9]), (b"x", b"y")):
        wanted = [line for line in everything if first <= line < end]
        assert list(index.between(first, end)) == wanted
        assert list(index.between(first, end, newest_first=True)) == wanted[::-1]
