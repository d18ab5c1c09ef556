"""Articles and entry points are due at the right times of a fake clock."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.errors import StorageFailed
from crawler.items import Candidate, Outcome, Reason
from crawler.store.frontier import Frontier
from crawler.store.hosts import KeptHost
from crawler.store.pictures import Picture
from crawler.store.plan import ASK_AGAIN, RETRY
from crawler.store.validators import Validators
from crawler.store.visits import Visit

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
SLOW = Reason("timeout", "too slow")
TAGS = Validators('"a"', "Sun, 01 Mar 2026 12:00:00 GMT")


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, delta: timedelta) -> None:
        self.now += delta


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def frontier(tmp_path: Path, clock: Clock) -> Iterator[Frontier]:
    with closing(Frontier(tmp_path / "frontier.sqlite", clock, {"s", "t"})) as opened:
        yield opened


def candidate(name: str, day: int | None = None, source: str = "s") -> Candidate:
    published = datetime(2026, 2, day, tzinfo=UTC) if day else None
    return Candidate(f"http://x.test/{name}?utm_source=rss", source, published, via="http://x.test/feed")


def known(frontier: Frontier, url: str) -> Visit:
    visit = frontier.known(url)
    assert visit is not None
    return visit


def due(frontier: Frontier, **keywords) -> list[str]:
    return [visit.article for visit in frontier.due({"s"}, 10, **keywords)]


def test_a_url_is_added_once_whatever_its_tracking_parameters(frontier: Frontier) -> None:
    assert frontier.add([candidate("a"), Candidate("http://x.test/a#top", "s")]) == 1
    assert frontier.add([candidate("a")]) == 0
    [visit] = frontier.due({"s"}, 10)
    assert visit.article == "http://x.test/a" and visit.url == "http://x.test/a?utm_source=rss"
    assert visit.via == "http://x.test/feed" and visit.looks == 0


def test_what_is_to_be_looked_at_again_comes_after_what_was_never_visited_the_longest_due_first(frontier, clock):
    frontier.add([candidate("b"), candidate("a")])
    for name in ("b", "a"):
        frontier.finish(known(frontier, f"http://x.test/{name}"), Outcome.NEW, validators=TAGS)
        clock.forward(timedelta(hours=1))
    clock.forward(timedelta(days=1))
    frontier.add([candidate("c")])
    assert due(frontier) == [f"http://x.test/{name}" for name in "cba"]
    assert due(frontier, without={"http://x.test/c", "http://x.test/b"}) == ["http://x.test/a"]


def test_the_latest_published_comes_first_and_other_sources_wait(frontier: Frontier) -> None:
    frontier.add([candidate("old", 3), candidate("new", 20), candidate("undated"), candidate("other", 25, "t")])
    assert due(frontier) == ["http://x.test/new", "http://x.test/old", "http://x.test/undated"]
    assert due(frontier, without={"http://x.test/new"}) == ["http://x.test/old", "http://x.test/undated"]


def test_no_source_keeps_others_waiting_while_they_have_more(frontier: Frontier) -> None:
    frontier.add([candidate(f"s{n}", 20 + n) for n in range(8)] + [candidate(f"t{n}", 1 + n, "t") for n in range(8)])

    def sources(limit: int, **keywords: Any) -> list[str]:
        found = [visit.article for visit in frontier.due({"s", "t", "u", "v"}, limit, **keywords)]
        assert len(set(found)) == len(found)
        return [article.removeprefix("http://x.test/")[0] for article in found]

    assert sources(8) == [*"sssss", *"ttt"]
    assert sources(16) == [*"ssssssss", *"tttttttt"], "all that there are, the latest first"
    under_way = {f"http://x.test/s{n}" for n in range(3, 8)}
    assert sources(6, without=under_way) == [*"s", *"ttttt"], "what is under way counts too"


def test_a_stored_article_is_visited_again_on_schedule_with_its_validators(frontier, clock) -> None:
    frontier.add([candidate("a")])
    [visit] = frontier.due({"s"}, 10)
    frontier.finish(visit, Outcome.NEW, canonical_url=visit.article, validators=TAGS)
    for wait in (*[timedelta(hours=6)] * 4, *[timedelta(days=1)] * 6, *[timedelta(days=7)] * 4, timedelta(days=30)):
        clock.forward(wait - timedelta(seconds=1))
        assert due(frontier) == []
        clock.forward(timedelta(seconds=1))
        [visit] = frontier.due({"s"}, 10)
        assert visit.validators.headers() == {"If-None-Match": b'"a"', "If-Modified-Since": TAGS.last_modified.encode()}
        frontier.finish(visit, Outcome.NOT_MODIFIED)
    clock.forward(timedelta(days=3650))
    assert due(frontier) == []
    assert frontier.known("http://x.test/a").validators == TAGS


def test_failures_are_tried_again_later_and_given_up_once(frontier, clock) -> None:
    frontier.add([candidate("a")])
    for wait in RETRY:
        [visit] = frontier.due({"s"}, 10)
        assert frontier.finish(visit, Outcome.FAILED, reason=SLOW) is Outcome.FAILED
        assert due(frontier) == []
        clock.forward(wait)
    [visit] = frontier.due({"s"}, 10)
    assert frontier.finish(visit, Outcome.FAILED, reason=SLOW) is Outcome.GIVEN_UP
    clock.forward(timedelta(days=3650))
    assert due(frontier) == []


def test_what_was_given_up_is_asked_for_again_while_a_list_names_it_less_and_less_often(frontier, clock) -> None:
    frontier.add([candidate("a")])
    visited = []
    for day in range(365):
        frontier.add([candidate("a")])
        for visit in frontier.due({"s"}, 10):
            frontier.finish(visit, Outcome.FAILED, reason=SLOW)
            visited.append(day)
        clock.forward(timedelta(days=1))
    assert visited[:9] == [0, 1, 2, 3, 4, 7, 8, 9, 16] and set(map(int.__sub__, visited[10:], visited[9:-1])) == {30}


def test_a_stored_article_is_never_given_up(frontier, clock) -> None:
    frontier.add([candidate("a")])
    [visit] = frontier.due({"s"}, 10)
    frontier.finish(visit, Outcome.NEW, validators=TAGS)
    asked = 0
    for _ in range(200):
        clock.forward(timedelta(days=1))
        for visit in frontier.due({"s"}, 10):
            asked += 1
            assert frontier.finish(visit, Outcome.FAILED, reason=SLOW) is Outcome.FAILED
    assert asked == 15, "less and less often: once in 30 days at last"
    [visit] = frontier.due({"s"}, 10) or [known(frontier, "http://x.test/a")]
    frontier.finish(visit, Outcome.CHANGED, validators=TAGS)
    clock.forward(ASK_AGAIN[0])
    assert due(frontier) == ["http://x.test/a"], "a change begins its plan anew"


def test_what_failed_while_a_source_was_unwell_is_due_when_it_is_well_again(frontier, clock) -> None:
    names = ("early", "layout", "gone", "late", "held", "others")
    frontier.add([candidate(name, source="t" if name == "others" else "s") for name in names])
    empty, missing = Reason("empty", "no body"), Reason("http-404", "answered 404")
    frontier.finish(known(frontier, "http://x.test/early"), Outcome.NOT_AN_ARTICLE, reason=empty)
    clock.forward(timedelta(days=10))
    unwell = clock.now
    frontier.finish(known(frontier, "http://x.test/held"), Outcome.NEW, validators=TAGS)
    for name in ("layout", "others", "gone"):
        for _ in range(5):  # until it is not asked for any more
            outcome, reason = (Outcome.GONE, missing) if name == "gone" else (Outcome.NOT_AN_ARTICLE, empty)
            frontier.finish(known(frontier, f"http://x.test/{name}"), outcome, reason=reason)
    frontier.ask_again("s", unwell)
    visits = [visit.article for visit in frontier.due({"s", "t"}, 10)]
    assert sorted(visits) == [f"http://x.test/{name}" for name in ("early", "gone", "late", "layout")]
    clock.forward(timedelta(hours=1))
    frontier.finish(known(frontier, "http://x.test/early"), Outcome.NOT_AN_ARTICLE, reason=empty)
    frontier.ask_again("s", clock.now + timedelta(days=2))
    assert "http://x.test/early" not in due(frontier), "it was not tried in that time"


def test_a_success_forgets_earlier_failures(frontier, clock) -> None:
    frontier.add([candidate("a")])
    for _ in RETRY:
        [visit] = frontier.due({"s"}, 10)
        frontier.finish(visit, Outcome.FAILED, reason=SLOW)
        clock.forward(timedelta(days=4))
    [visit] = frontier.due({"s"}, 10)
    frontier.finish(visit, Outcome.NEW, canonical_url=visit.article, validators=TAGS)
    clock.forward(timedelta(days=7))
    [visit] = frontier.due({"s"}, 10)
    assert frontier.finish(visit, Outcome.FAILED, reason=SLOW) is Outcome.FAILED
    clock.forward(RETRY[0])
    assert due(frontier) == ["http://x.test/a"]


def test_what_is_gone_stays_gone_and_what_was_refused_comes_back(frontier, clock) -> None:
    frontier.add([candidate("gone"), candidate("refused")])
    visits = {visit.article: visit for visit in frontier.due({"s"}, 10)}
    frontier.finish(visits["http://x.test/gone"], Outcome.GONE, reason=Reason("http-410", "answered 410"))
    frontier.finish(visits["http://x.test/refused"], Outcome.REFUSED, reason=Reason("robots", "disallowed"))
    clock.forward(timedelta(days=1))
    assert due(frontier) == ["http://x.test/refused"]


def test_a_page_that_is_not_there_yet_is_looked_at_again_and_not_for_ever(frontier, clock) -> None:
    frontier.add([candidate("early")])
    looks = 0
    while visits := frontier.due({"s"}, 10):
        frontier.finish(visits[0], Outcome.GONE, reason=Reason("http-404", "answered 404"))
        assert due(frontier) == []
        clock.forward(ASK_AGAIN[min(looks, 3)])
        looks += 1
    assert looks == 5


def test_articles_of_a_removed_source_go_to_the_source_that_names_them(frontier, clock, tmp_path) -> None:
    frontier.add([candidate("waiting"), candidate("held"), candidate("mobile"), candidate("unnamed")])
    frontier.add([candidate("others", source="t")])
    visits = {visit.url.partition("?")[0]: visit for visit in frontier.due({"s"}, 10)}
    frontier.finish(visits["http://x.test/held"], Outcome.NEW, canonical_url="http://x.test/held", validators=TAGS)
    frontier.finish(visits["http://x.test/mobile"], Outcome.NEW, canonical_url="http://x.test/full", validators=TAGS)
    frontier.close()

    with closing(Frontier(tmp_path / "frontier.sqlite", clock, {"new", "t"})) as renamed:
        names = ("waiting", "held", "mobile", "others")
        assert renamed.add([candidate(name, source="new") for name in names]) == 3
        assert renamed.add([candidate(name, source="new") for name in names]) == 0
        assert [visit.article for visit in renamed.due({"new"}, 10)] == ["http://x.test/waiting"]
        clock.forward(ASK_AGAIN[0])
        assert sorted(visit.article for visit in renamed.due({"new"}, 10)) == [
            f"http://x.test/{name}" for name in ("full", "held", "waiting")
        ]
        assert [visit.article for visit in renamed.due({"t"}, 10)] == ["http://x.test/others"]


def test_articles_of_a_removed_source_go_to_the_source_that_takes_them_and_the_others_rest(frontier, clock, tmp_path):
    frontier.add([candidate("held"), candidate("waiting"), candidate("nobodys"), candidate("others", source="t")])
    frontier.finish(known(frontier, "http://x.test/held"), Outcome.NEW, validators=TAGS)
    frontier.close()
    asked = []

    def taker(url: str) -> str:
        asked.append(url)
        return "single" if "nobodys" in url else "new"

    clock.forward(timedelta(days=1))
    for configuration, adopted, questions in (("a", 2, 3), ("a", 0, 3), ("b", 0, 4)):
        with closing(Frontier(tmp_path / "frontier.sqlite", clock, {"new", "t"})) as renamed:
            assert renamed.adopt(taker, configuration) == adopted and len(asked) == questions
            found = [visit.article for visit in renamed.due({"new", "t"}, 10)]
            assert found == [f"http://x.test/{name}" for name in ("others", "waiting", "held")]


def test_an_article_under_another_name_is_one_article(frontier, clock) -> None:
    frontier.add([candidate("m")])
    [visit] = frontier.due({"s"}, 10)
    frontier.finish(visit, Outcome.NEW, canonical_url="http://x.test/full", validators=TAGS)
    assert frontier.add([candidate("m"), candidate("full")]) == 0
    clock.forward(ASK_AGAIN[0])
    assert due(frontier) == ["http://x.test/full"]
    assert frontier.known("http://x.test/m").article == "http://x.test/full"


def test_N7_an_article_known_only_from_another_pages_canonical_link_is_fetched_once_it_is_listed(
    frontier, clock
) -> None:
    """Otherwise a page with a wrong or hostile canonical link would keep that article out for good."""
    frontier.add([candidate("claims")])
    [visit] = frontier.due({"s"}, 10)
    frontier.finish(visit, Outcome.NEW, canonical_url="http://x.test/real", validators=TAGS)
    assert frontier.add([candidate("claims")]) == 0 and due(frontier) == []
    for _ in range(2):
        assert frontier.add([candidate("real"), candidate("claims")]) == 0
        [visit] = frontier.due({"s"}, 10)
        assert (visit.article, visit.url) == ("http://x.test/real", "http://x.test/real?utm_source=rss")
        assert visit.validators == Validators()
    frontier.finish(visit, Outcome.CHANGED, canonical_url=visit.article, validators=TAGS)
    assert frontier.add([candidate("real"), candidate("claims")]) == 0 and due(frontier) == []


def test_what_a_killed_run_lost_is_due_at_once_without_validators(frontier, clock) -> None:
    frontier.add([candidate("a")])
    [visit] = frontier.due({"s"}, 10)
    frontier.finish(visit, Outcome.NEW, canonical_url=visit.article, validators=TAGS)
    frontier.entries.read("s", "http://x.test/feed", "f", TAGS, START)
    frontier.again(["http://x.test/a", "http://x.test/feed", "http://x.test/unknown"])
    [visit] = frontier.due({"s"}, 10)
    assert visit.validators == Validators()
    assert frontier.entries.is_due("s", "http://x.test/feed", 60)
    assert frontier.entries.validators("s", "http://x.test/feed", "f") == Validators()


@pytest.mark.parametrize("ahead", [timedelta(days=3), timedelta(days=3650)])
def test_R6_a_clock_that_was_ahead_loses_nothing(frontier, clock, tmp_path, ahead) -> None:
    frontier.add([candidate("before")])
    frontier.finish(known(frontier, "http://x.test/before"), Outcome.NEW, validators=TAGS)
    frontier.close()
    clock.now = START + ahead
    with closing(Frontier(tmp_path / "frontier.sqlite", clock, {"s"})) as wrong:
        wrong.add([candidate("new"), candidate("failed"), candidate("held")])
        wrong.entries.read("s", "http://x.test/feed", "f", TAGS, clock.now)
        wrong.finish(known(wrong, "http://x.test/failed"), Outcome.REFUSED, reason=Reason("tls", "expired"))
        for name in ("before", "held"):
            wrong.finish(known(wrong, f"http://x.test/{name}"), Outcome.NEW, validators=TAGS)
    clock.now = START + timedelta(hours=1)
    with closing(Frontier(tmp_path / "frontier.sqlite", clock, {"s"})) as right:
        assert sorted(due(right)) == [f"http://x.test/{name}" for name in ("before", "failed", "held", "new")]
        assert right.entries.is_due("s", "http://x.test/feed", 60)
        right.finish(known(right, "http://x.test/held"), Outcome.UNCHANGED, validators=TAGS)
        clock.forward(timedelta(hours=6))
        assert "http://x.test/held" in due(right), "its plan goes on"


def test_entry_points_are_due_after_their_time_and_validators_hold_for_one_configuration(frontier, clock) -> None:
    assert frontier.entries.is_due("s", "http://x.test/feed", 60)
    frontier.entries.read("s", "http://x.test/feed", "f", TAGS, START)
    assert not frontier.entries.is_due("s", "http://x.test/feed", 60)
    assert frontier.entries.validators("s", "http://x.test/feed", "f") == TAGS
    assert frontier.entries.validators("s", "http://x.test/feed", "other") == Validators()
    clock.forward(timedelta(seconds=60))
    assert frontier.entries.is_due("s", "http://x.test/feed", 60)


@pytest.mark.parametrize("state", [KeptHost(pause=7200), KeptHost(rest=7200, broken=5)], ids=["pause", "breaker"])
def test_nothing_of_a_host_is_due_while_it_is_to_be_left_alone(frontier, clock, state: KeptHost) -> None:
    frontier.hosts.keep("x.test", state)
    frontier.add([candidate("a")])
    frontier.finish(known(frontier, "http://x.test/a"), Outcome.FAILED, reason=SLOW)
    frontier.pictures.missed(Picture("http://x.test/a.png", "http://x.test/a", "s"), SLOW)
    feed = "http://X.test/feed"
    assert not frontier.entries.is_due("s", feed, 60) and frontier.entries.is_due("s", "http://y.test/feed", 60)
    assert frontier.entries.is_due("s", feed, 0), "a person waits"
    clock.forward(timedelta(seconds=7199))
    assert not frontier.has_due({"s"}) and not frontier.entries.is_due("s", feed, 60)
    clock.forward(timedelta(seconds=1))
    assert due(frontier) == ["http://x.test/a"] and len(frontier.pictures.due({"s"}, 9)) == 1
    assert frontier.entries.is_due("s", feed, 60)


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (Validators(), TAGS),
        (Validators('"b"'), Validators('"b"', TAGS.last_modified)),
        (Validators('W/"a"', "Mon, 02 Mar 2026 12:00:00 GMT"), Validators('W/"a"', "Mon, 02 Mar 2026 12:00:00 GMT")),
        (Validators("", "Mon, 02 Mar 2026 12:00:00 GMT"), Validators('"a"', "Mon, 02 Mar 2026 12:00:00 GMT")),
        (Validators('"a-gzip"'), Validators('"a-gzip"', TAGS.last_modified)),
        (Validators("a"), Validators("a", TAGS.last_modified)),
    ],
)
def test_what_a_304_names_replaces_the_stored_validators(answer: Validators, kept: Validators) -> None:
    after = TAGS.confirmed_by(answer)
    assert after.headers() == kept.headers() and after.confirmed == 1


def test_validators_go_back_byte_for_byte(frontier) -> None:
    odd = Validators('W/"caf\xe9 \xff"')
    frontier.entries.read("s", "http://x.test/feed", "f", odd, START)
    assert frontier.entries.validators("s", "http://x.test/feed", "f").headers() == {
        "If-None-Match": b'W/"caf\xe9 \xff"'
    }


def test_an_article_is_asked_for_without_conditions_after_two_304s(frontier, clock) -> None:
    frontier.add([candidate("a")])
    [visit] = frontier.due({"s"}, 10)
    frontier.finish(visit, Outcome.NEW, canonical_url=visit.article, validators=TAGS)
    asked = []
    for _ in range(4):
        clock.forward(timedelta(hours=6))
        [visit] = frontier.due({"s"}, 10)
        asked.append(bool(visit.validators.headers()))
        if asked[-1]:
            frontier.finish(visit, Outcome.NOT_MODIFIED, validators=visit.validators.confirmed_by(Validators()))
        else:
            frontier.finish(visit, Outcome.UNCHANGED, canonical_url=visit.article, validators=TAGS)
    assert asked == [True, True, False, True]


@pytest.mark.parametrize(
    ("every", "deeper", "full"),
    [
        (timedelta(minutes=30), False, 11),  # of 100 reads: each ninth after the first
        (timedelta(days=1), False, 50),
        (timedelta(days=7), False, 50),
        (timedelta(minutes=30), True, 0),
        (timedelta(days=1), True, 12),
    ],
)
def test_a_document_that_always_answers_304_is_read_in_full_again(frontier, clock, every, deeper, full) -> None:
    """Some servers and caches answer 304 to everything, whatever is new."""
    read = 0
    frontier.entries.read("s", "http://x.test/feed", "f", TAGS, clock.now)
    for _ in range(100):
        clock.forward(every)
        validators = frontier.entries.validators("s", "http://x.test/feed", "f", deeper=deeper)
        read += not validators.headers()
        after = validators.confirmed_by(Validators()) if validators.headers() else TAGS
        frontier.entries.read("s", "http://x.test/feed", "f", after, clock.now)
    assert read == full


def test_a_clock_that_was_ahead_does_not_keep_validators_for_years(frontier, clock) -> None:
    clock.now = START + timedelta(days=3650)
    frontier.entries.read("s", "http://x.test/feed", "f", TAGS, clock.now)
    frontier.entries.read("s", "http://x.test/feed", "f", TAGS.confirmed_by(Validators()), clock.now)
    clock.now = START
    assert frontier.entries.validators("s", "http://x.test/feed", "f") == Validators()


def test_a_timer_of_half_an_hour_looks_every_half_hour(frontier, clock) -> None:
    looks = 0
    for tick in range(100):
        clock.now = START + timedelta(minutes=30 * tick, seconds=tick * 7 % 50)  # a timer is never quite on time
        if frontier.entries.is_due("s", "http://x.test/feed", 1800):
            began = clock.now
            clock.forward(timedelta(minutes=5))  # the host had to be waited for
            frontier.entries.read("s", "http://x.test/feed", "f", TAGS, began)
            looks += 1
        assert not frontier.entries.is_due("s", "http://x.test/feed", 1800)
    assert looks == 100


def test_the_frontier_keeps_its_articles_when_it_is_opened_again(frontier, clock, tmp_path) -> None:
    frontier.add([candidate("a")])
    frontier.close()
    with closing(Frontier(tmp_path / "frontier.sqlite", clock, {"s", "t"})) as again:
        assert due(again) == ["http://x.test/a"]


def test_R4_a_corrupt_file_is_reported_with_what_to_do(tmp_path, clock) -> None:
    (tmp_path / "frontier.sqlite").write_bytes(b"SQLite format 3\0" + b"\xff" * 4000)
    with pytest.raises(StorageFailed, match=r"frontier\.sqlite: .*delete it"):
        Frontier(tmp_path / "frontier.sqlite", clock, {"s", "t"})


def rot_index(path: Path, url: bytes) -> None:
    """Change one byte of a URL in the index of the articles; SQLite's quick_check does not notice."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        [root] = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_articles_1'"
        ).fetchone()
    content = bytearray(path.read_bytes())
    at = content.index(url, (root - 1) * size, root * size)
    content[at + len(url) - 1] ^= 1
    path.write_bytes(content)


def test_R4_a_rotten_index_is_made_again_and_the_visit_stored(frontier, clock, tmp_path) -> None:
    frontier.add([candidate("a")])
    frontier.close()
    rot_index(tmp_path / "frontier.sqlite", b"http://x.test/a")
    with closing(Frontier(tmp_path / "frontier.sqlite", clock, {"s"})) as again:
        [visit] = again.due({"s"}, 10)
        again.finish(visit, Outcome.NEW, canonical_url=visit.article, validators=TAGS)
        assert due(again) == []
        clock.forward(ASK_AGAIN[0])
        assert due(again) == ["http://x.test/a"]


def test_R4_a_visit_that_ends_without_a_row_is_a_storage_fault(frontier, tmp_path) -> None:
    frontier.add([candidate("a")])
    [visit] = frontier.due({"s"}, 10)
    with closing(sqlite3.connect(tmp_path / "frontier.sqlite")) as other, other:
        other.execute("DELETE FROM articles")
    with pytest.raises(StorageFailed, match=r"no row for http://x.test/a, whose visit ends.*delete it"):
        frontier.finish(visit, Outcome.NEW)
