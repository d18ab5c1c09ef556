"""The statements of each start, feed, list and history cost the same however much is stored: query plans and steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sql_trace import Trace, scanned

from archive import Capture
from crawler.clock import rfc3339
from crawler.items import Candidate, Outcome, Reason
from crawler.store import catalogue_selection
from crawler.store.catalogue import Catalogue
from crawler.store.catalogue_selection import Selection
from crawler.store.frontier import Frontier
from crawler.store.pictures import Picture
from crawler.store.stored_version import State, Version

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
SOURCES = [f"s{number}" for number in range(10)]
URL = "http://x.test/7"
MISSING = Reason("http-404", "answered 404")


@pytest.fixture
def trace() -> Iterator[Trace]:
    with Trace() as opened:
        yield opened


def filled(path: Path, articles: int) -> Frontier:
    """A frontier in which a third of the articles was never tried, a third is due again, and a third is not due."""
    frontier = Frontier(path, lambda: NOON, SOURCES)
    frontier.add(Candidate(f"http://x.test/{number}", SOURCES[number // 3 % 10]) for number in range(articles))
    with frontier.together():
        for number in range(articles):
            if number % 3 and (visit := frontier.known(f"http://x.test/{number}")) is not None:
                frontier.finish(visit, Outcome.NEW)
                frontier.pictures.missed(Picture(f"http://x.test/{number}.png", visit.article, visit.source), MISSING)
    frontier._database.run("UPDATE articles SET next_look = next_look + 1e9 WHERE rowid % 3 = 0")
    frontier._clock = frontier.pictures._clock = lambda: NOON + timedelta(days=30)
    return frontier


def asked(frontier: Frontier) -> dict[str, Callable[[], object]]:
    return {
        "due": lambda: frontier.due(SOURCES, 64),
        "due, under way": lambda: frontier.due(SOURCES, 64, {f"http://x.test/{number}" for number in range(0, 192, 3)}),
        "due again": lambda: frontier.due(SOURCES[:1], 16, {"http://x.test/0"}),
        "pictures": lambda: frontier.pictures.due(SOURCES, 64),
        "one more": lambda: frontier.add([Candidate("http://x.test/new", "s1"), Candidate("http://x.test/5", "s1")]),
        "next look": lambda: frontier.next_look("s1"),
    }


def test_a_look_at_the_frontier_costs_as_much_when_ten_times_as_much_is_due(tmp_path: Path, trace: Trace) -> None:
    few, many = filled(tmp_path / "few.sqlite", 1500), filled(tmp_path / "many.sqlite", 6000)
    with closing(few), closing(many):
        for (name, small), large in zip(asked(few).items(), asked(many).values(), strict=True):
            steps = trace.steps(small), trace.steps(large)
            assert steps[1] <= steps[0] * 1.1 + 100, (name, steps)
        for name, action in asked(many).items():
            for statement, plan in trace.plans(tmp_path / "many.sqlite", action).items():
                assert scanned(plan) in ([], ["pictures"]), (name, statement, plan)
        assert "articles_untried" in str(trace.plans(tmp_path / "many.sqlite", lambda: many.count_due(SOURCES)))


def test_candidates_cost_the_same_however_many_sources_are_followed(tmp_path: Path, trace: Trace) -> None:
    """All names of sources were bound for each candidate: 4.5 ms with 5,000 sources (2026-11)."""
    costs = []
    for followed in (10, 5000):
        path = tmp_path / f"{followed}.sqlite"
        with closing(Frontier(path, lambda: NOON, [f"s{number}" for number in range(followed)])) as frontier:
            candidates = [Candidate(f"http://x.test/{number}", f"s{number % 10}") for number in range(100)]
            before = len(trace.statements)
            steps = trace.steps(lambda: frontier.add(candidates))  # noqa: B023 - called at once
            texts = sum(len(text) for _, text in trace.statements[before:])
            costs.append((steps, len(trace.statements) - before, texts))
    assert costs[0] == costs[1] and costs[0][1] <= 3 * 100 + 2


# -- the catalogue


def version(article: int, number: int) -> Version:
    return Version(
        record_id=f"<urn:uuid:{article}-{number}>",
        canonical_url=f"http://x.test/{article}",
        number=number,
        captured=NOON,
        converted=NOON,
        title=f"Title {article}",
        published=NOON + timedelta(minutes=article),
        updated=None,
        dated=None,
        digest="sha256:00",
        extractor="warcpress/0",
        file=f"{article // 10}.warc.gz",
        offset=number,
        length=10,
        source=SOURCES[article % 10],
        path=f"s/{article}.md",
        pages=(f"<urn:uuid:{article}>",),
        images=(),
    )


def stored(path: Path, articles: int) -> Catalogue:
    """A catalogue in which every tenth article has two versions, and twenty articles are withdrawn."""
    catalogue = Catalogue(path)
    numbers = range(articles)
    captures = [
        Capture(
            f"<urn:uuid:{n}>",
            "response",
            f"http://x.test/{n}",
            NOON,
            f"{n // 10}.warc.gz",
            n,
            9,
            200,
            "text/html",
            f"sha256:{n}",
        )
        for n in numbers
    ]
    state = State("", "", 1, "withdrawn", "http-404", "", "<urn:uuid:1>", NOON, "0.warc.gz", 0, 9)
    states = [replace(state, record_id=f"<urn:uuid:s{n}>", canonical_url=f"http://x.test/{n * 10}") for n in range(20)]
    versions = [version(n, number) for n in numbers for number in range(1, 3 - bool(n % 10))]
    catalogue.store(captures, versions)
    catalogue.mark_shown(one.record_id for one in versions)
    catalogue.store([], [], states)
    return catalogue


def page(catalogue: Catalogue, **filters: object) -> Callable[[], object]:
    return lambda: [one for one, _ in zip(catalogue.selected(Selection(**filters)), range(10), strict=False)]  # type: ignore[arg-type]


def read(catalogue: Catalogue) -> dict[str, Callable[[], object]]:
    """What starts, `list`, feeds, `history` and each article ask."""
    return {
        "a start": catalogue.not_shown,
        "unmarked": catalogue.unmarked,
        "list": page(catalogue),
        "list --source": page(catalogue, source="s3"),
        "list --since": page(catalogue, since=NOON + timedelta(minutes=30)),
        "list --until": page(catalogue, until=NOON + timedelta(minutes=590)),
        "list --changed": page(catalogue, changed=True),
        "list --changed --source": page(catalogue, changed=True, source="s0"),
        "list --withdrawn": page(catalogue, state="withdrawn"),
        "list --after": page(catalogue, after=version(590, 1)),
        "feed of posts": lambda: catalogue.arrivals.new("", None, 10),
        "feed of posts, of a source": lambda: catalogue.arrivals.new("s3", (rfc3339(NOON), "~"), 10),
        "feed of changes": lambda: catalogue.arrivals.changes("", (rfc3339(NOON), "~"), 10),
        "feed of changes, of a source": lambda: catalogue.arrivals.changes("s0", None, 10),
        "history": lambda: catalogue.versions(catalogue.article_of(URL) or ""),
        "its states": lambda: catalogue.states.of(URL),
        "its looks": lambda: catalogue.captures.of([URL]),
        "an article": lambda: (
            catalogue.captures.articles_from(URL),
            catalogue.captures.articles_of("sha256:7"),
            catalogue.latest(URL),
        ),
        "its state": lambda: (catalogue.states.latest(URL), catalogue.states.withdrawn(URL)),
        "its path": lambda: catalogue.article_at("s/7.md"),
        "status": catalogue.totals,
        "a file in the audit": lambda: catalogue.rows_of("3.warc.gz"),
        "a merger": lambda: catalogue.move("3.warc.gz", {"4.warc.gz": 9}),
        "its pictures": lambda: (catalogue.image(URL), catalogue.captures.image(URL)),
    }


def test_the_catalogue_is_read_by_its_indexes(tmp_path: Path, trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_selection, "PAGE", 20)
    with closing(stored(tmp_path / "few.sqlite", 600)) as few, closing(stored(tmp_path / "many.sqlite", 6000)) as many:
        for (name, small), large in zip(read(few).items(), read(many).values(), strict=True):
            steps = trace.steps(small), trace.steps(large)
            assert steps[1] <= steps[0] * 1.1 + 100, (name, steps)
            by_state = "withdrawn" in name  # the articles in a state are few: they are read whole, and sorted
            for statement, plan in trace.plans(tmp_path / "many.sqlite", large).items():
                # An index of `versions` in the order that is asked for is read from its end up to the tenth row.
                assert scanned(plan) == [] or "SCAN versions USING" in plan or by_state, (name, statement, plan)
                in_order = "feed" in name or ("list" in name and not by_state)
                assert not in_order or "TEMP B-TREE" not in plan, (name, statement, plan)
