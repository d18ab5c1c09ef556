"""Rows of captures, versions and images: written once, found by URL, path and payload, read in batches."""

from __future__ import annotations

import sqlite3
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive import Capture
from crawler.errors import Unsound
from crawler.store import catalogue_selection as selection
from crawler.store import catalogue_versions
from crawler.store.catalogue import Catalogue
from crawler.store.catalogue_selection import Selection
from crawler.store.stored_version import State, StateName, StoredImage, Version

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)


def capture(number: int, **fields: Any) -> Capture:
    made = Capture(
        record_id=f"<urn:uuid:{number}>",
        kind="response",
        url=f"http://x.test/{number}",
        date=NOON + timedelta(seconds=number),
        file="a.warc.gz",
        offset=number * 100,
        length=100,
        status=200,
        mime="text/html",
        payload_digest=f"sha256:{number}",
    )
    return replace(made, **fields)


def version(number: int, article: str = "a", **fields: Any) -> Version:
    made = Version(
        record_id=f"<urn:uuid:{article}-{number}>",
        canonical_url=f"http://x.test/{article}",
        number=number,
        captured=NOON,
        converted=NOON + timedelta(seconds=9),
        title=f"Title {article}",
        published=None,
        updated=NOON,
        dated=NOON,
        digest="sha256:00",
        extractor="warcpress/0",
        file="a.warc.gz",
        offset=number,
        length=10,
        source="s",
        path=f"s/{article}.md",
        pages=("<urn:uuid:1>", "<urn:uuid:2>"),
        images=(
            StoredImage("http://x.test/b.png", "<urn:uuid:3>", "sha256:3", "b.png"),
            StoredImage("http://i/c", None),
        ),
    )
    return replace(made, **fields)


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    made = Catalogue(tmp_path / "catalogue.sqlite")
    yield made
    made.close()


def test_rows_are_read_back_and_a_second_store_does_not_change_them(catalogue: Catalogue) -> None:
    first, second = version(1), version(2, title="Other")
    catalogue.store([capture(1), capture(2, kind="revisit", refers_to="<urn:uuid:1>", truncated="length")], [first])
    catalogue.store([replace(capture(1), url="http://other/")], [replace(first, title="Other"), second])
    assert catalogue.capture("<urn:uuid:1>") == capture(1) and catalogue.capture("<urn:uuid:9>") is None
    assert catalogue.versions("http://x.test/a") == [first, second]
    assert (catalogue.latest("http://x.test/a"), catalogue.latest("http://x.test/b")) == (second, None)
    assert catalogue.version(first.record_id) == first and catalogue.version("<urn:uuid:9>") is None
    assert catalogue.rows_of("a.warc.gz") == 4 and catalogue.rows_of("b.warc.gz") == 0


@pytest.mark.parametrize("batch", [1, 2, 3, 500])
def test_versions_are_read_in_batches_none_is_left_out(catalogue: Catalogue, monkeypatch, batch: int) -> None:
    monkeypatch.setattr(catalogue_versions, "BATCH", batch)
    stored = [version(1, article) for article in "edcba"]
    catalogue.store([], [*stored, version(2, "c")])
    assert list(catalogue.newest()) == [version(2 if article == "c" else 1, article) for article in "abcde"]


def test_rows_may_be_marked_while_they_are_read(catalogue: Catalogue, monkeypatch) -> None:
    monkeypatch.setattr(catalogue_versions, "BATCH", 1)
    catalogue.store([], [version(1, article) for article in "abc"])
    seen = []
    for found in catalogue.newest():
        seen.append(found.path)
        catalogue.mark_shown([found.record_id])
    assert seen == ["s/a.md", "s/b.md", "s/c.md"] and catalogue.unmarked() == []
    assert all(found.shown for found in catalogue.newest())


def test_only_the_newest_version_waits_for_its_file(catalogue: Catalogue) -> None:
    catalogue.store([], [version(1), version(2), version(1, "b")])
    assert [found.record_id for found in catalogue.not_shown()] == ["<urn:uuid:a-2>", "<urn:uuid:b-1>"]
    catalogue.mark_shown(["<urn:uuid:a-2>"])
    assert [found.record_id for found in catalogue.not_shown()] == ["<urn:uuid:b-1>"]
    assert sorted(catalogue.unmarked()) == ["<urn:uuid:a-1>", "<urn:uuid:b-1>"]


def test_the_newest_version_is_the_last_derivation_and_its_path_is_the_posts(catalogue: Catalogue) -> None:
    first, again = version(1), version(1, record_id="<urn:uuid:again>", derivation=1, path="s/new.md")
    second = version(2, derivation=0)
    catalogue.store([], [again, first])
    assert catalogue.versions("http://x.test/a") == [first, again] and list(catalogue.newest()) == [again]
    assert catalogue.article_at("s/NEW.md") == "http://x.test/a" and catalogue.article_at("s/a.md") is None
    catalogue.store([], [second])
    assert catalogue.latest("http://x.test/a") == second and catalogue.article_at("s/a.md") == "http://x.test/a"
    assert catalogue.contents.orphans() == {}


def state(number: int, name: StateName, article: str = "a") -> State:
    return State(
        record_id=f"<urn:uuid:state-{article}-{number}>",
        canonical_url=f"http://x.test/{article}",
        number=number,
        state=name,
        reason="http-404",
        text="",
        capture="<urn:uuid:1>",
        date=NOON,
        file="a.warc.gz",
        offset=5,
        length=6,
    )


def test_the_states_of_an_article_are_read_back_and_its_post_file_waits(catalogue: Catalogue) -> None:
    gone, back, other = state(1, "withdrawn"), state(2, "present"), state(1, "suspect", "b")
    catalogue.store([], [version(1), version(1, "b"), version(1, "c")])
    catalogue.mark_shown(catalogue.unmarked())
    catalogue.store([], [], [gone, other])
    assert [found.canonical_url for found in catalogue.not_shown()] == ["http://x.test/a", "http://x.test/b"]
    assert catalogue.states.absent() == {"http://x.test/a": gone, "http://x.test/b": other}
    catalogue.mark_shown(catalogue.unmarked())
    catalogue.store([], [], [back, gone])
    assert [found.canonical_url for found in catalogue.not_shown()] == ["http://x.test/a"]
    assert catalogue.states.of("http://x.test/a") == [gone, back] and catalogue.states.of("http://x.test/c") == []
    assert catalogue.states.latest("http://x.test/a") == back and catalogue.states.latest("http://x.test/c") is None
    assert list(catalogue.states.absent()) == ["http://x.test/b"] and catalogue.states.state(gone.record_id) == gone
    assert catalogue.rows_of("a.warc.gz") == 6 and catalogue.contents.orphans() == {}


def test_an_article_is_found_by_its_url_by_the_url_of_its_page_and_by_its_path(catalogue: Catalogue) -> None:
    catalogue.store([capture(1, url="http://x.test/moved"), capture(2, url="http://x.test/part")], [version(1)])
    assert catalogue.article_of("http://x.test/a") == catalogue.article_of("http://x.test/moved") == "http://x.test/a"
    assert catalogue.article_of("http://x.test/part") is None, "the second page is not the article"
    assert catalogue.article_at("S/A.MD") == "http://x.test/a" and catalogue.article_at("s/b.md") is None


def test_a_page_of_this_run_leads_to_the_article_of_its_payload_and_one_with_a_row_takes_no_memory(
    catalogue: Catalogue,
) -> None:
    catalogue.store([capture(number) for number in range(1000)], [version(1)])
    tracemalloc.start()
    try:
        catalogue.captures.looked(capture(number) for number in range(1000))
        assert tracemalloc.get_traced_memory()[0] < 50_000, "470,000 if all were remembered"
    finally:
        tracemalloc.stop()
    page = version(1).pages[0]
    [payload] = [one.payload_digest for one in map(capture, range(1000)) if one.record_id == page]
    assert catalogue.captures.articles_from("http://x.test/moved") == []
    catalogue.captures.looked([capture(2000, url="http://x.test/moved", payload_digest=payload)])
    assert catalogue.captures.articles_from("http://x.test/moved") == ["http://x.test/a"]


def test_the_newest_capture_of_an_image_is_known(catalogue: Catalogue) -> None:
    newer = StoredImage("http://x.test/b.png", "<urn:uuid:4>", "sha256:4", None)
    catalogue.store([capture(3), capture(4)], [version(1), version(2, images=(newer,))])
    assert catalogue.image("http://x.test/b.png") == newer
    assert catalogue.image("http://i/c") is None, "it could not be fetched"


def test_rows_are_counted_and_given_in_the_order_of_their_keys(catalogue: Catalogue) -> None:
    catalogue.store([capture(2), capture(1)], [version(1, "b"), version(1, "a")])
    catalogue.knows(["b.warc.gz", "a.warc.gz", "a.warc.gz"])
    assert catalogue.count() == {
        "captures": 2,
        "files": 2,
        "images": 4,
        "pages": 4,
        "posts": 2,
        "states": 0,
        "versions": 2,
    }
    rows = list(catalogue.rows())
    assert [row[0] for table, row in rows if table in ("captures", "files", "posts")] == [
        *("<urn:uuid:1>", "<urn:uuid:2>", "a.warc.gz", "b.warc.gz", "http://x.test/a", "http://x.test/b"),
    ]
    assert catalogue.files() == {"a.warc.gz", "b.warc.gz"} and catalogue.contents.orphans() == {}


def test_posts_versions_and_images_are_counted_as_they_come_and_go(catalogue: Catalogue) -> None:
    def totals() -> tuple[int, ...]:
        found = catalogue.totals()
        assert found == catalogue.count(found) and catalogue.contents.miscounted() == {}
        return tuple(found.values())

    assert totals() == (0, 0, 0)
    for _ in range(2):  # what is stored already does not count again
        catalogue.store([], [version(1, "a"), version(2, "a"), version(1, "b")])
        assert totals() == (2, 3, 6)
    with pytest.raises(RuntimeError), catalogue._database.transaction():
        catalogue.store([], [version(1, "c")])
        raise RuntimeError
    assert totals() == (2, 3, 6)
    catalogue.move("merged.warc.gz", {version(1).file: 0})
    catalogue.removal.forget("merged.warc.gz")
    assert totals() == (0, 0, 0)


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("DELETE FROM versions WHERE number = 1", "posts pages images"),
        ("UPDATE posts SET key = 'other'", "posts"),
        ("UPDATE posts SET path = 's/other.md', key = 's/other.md'", "posts"),
        ("INSERT INTO images VALUES ('<urn:uuid:0>', 0, 'http://i/', NULL, NULL, NULL)", "images"),
    ],
)
def test_rows_that_belong_to_no_version_are_counted(catalogue: Catalogue, statement: str, table: str) -> None:
    catalogue.store([], [version(1)])
    catalogue._database.run(statement)
    assert set(catalogue.contents.orphans()) == set(table.split())


@pytest.mark.parametrize("value", ["'yesterday'", "x'ff'", "7"])
def test_a_date_that_we_never_wrote_makes_the_catalogue_unsound(catalogue: Catalogue, value: str) -> None:
    catalogue.store([capture(1)], [version(1)])
    catalogue._database.run(f"UPDATE captures SET date = {value}")
    catalogue._database.run(f"UPDATE versions SET captured = {value}")
    for read in (lambda: catalogue.capture("<urn:uuid:1>"), lambda: list(catalogue.newest())):
        with pytest.raises(Unsound, match=r"not a sound database \(row of <urn:uuid:.*`warcpress rebuild`"):
            read()


def dated(article: str, day: int, **fields: Any) -> Version:
    return version(fields.pop("number", 1), article, published=NOON + timedelta(days=day), **fields)


def named(catalogue: Catalogue, **filters: Any) -> list[str]:
    return [found.canonical_url.rpartition("/")[2] for found in catalogue.selected(Selection(**filters))]


def test_a_selection_is_the_newest_versions_the_latest_date_first(catalogue: Catalogue) -> None:
    posts = [
        dated("old", 1, source="t", title="吉林省紀委：Café ＡＢＣ"),
        dated("new", 3, title="Der STRASSENBAU"),
        version(1, "undated", dated=None, title="nothing", captured=NOON + timedelta(days=2)),
        dated("twice", 9, title="withdrawn title"),
        dated("twice", 4, number=2, title="new title"),
        replace(dated("new", 3), record_id="<urn:uuid:again>", derivation=1, title="Der STRASSENBAU"),
    ]
    states = [
        state(1, "withdrawn", "old"),
        state(1, "suspect", "new"),
        state(2, "withdrawn", "new"),
        state(1, "suspect", "undated"),
    ]
    catalogue.store([], posts, [*states, state(2, "present", "undated")])
    assert named(catalogue) == ["twice", "new", "undated", "old"]
    assert [found.derivation for found in catalogue.selected(Selection(title="straßenbau"))] == [1]
    assert named(catalogue, source="t") == named(catalogue, title="省紀委:CAFE\u0301 abc") == ["old"]
    assert named(catalogue, title="TITLE") == named(catalogue, changed=True) == ["twice"]
    assert named(catalogue, since=NOON + timedelta(days=3)) == ["twice", "new"]
    assert named(catalogue, until=NOON + timedelta(days=3)) == ["undated", "old"]
    assert named(catalogue, state="withdrawn") == ["new", "old"]
    assert named(catalogue, state="suspect") == []
    assert named(catalogue, state="present") == ["undated"]
    assert named(catalogue, state="withdrawn", source="t", title="abc", until=NOON + timedelta(days=2)) == ["old"]
    choices: tuple[dict[str, Any], ...] = ({}, {"state": "withdrawn"})
    for filters in choices:
        every = list(catalogue.selected(Selection(**filters)))
        for place, found in enumerate(every):
            assert list(catalogue.selected(Selection(after=found, **filters))) == every[place + 1 :]


def test_a_selection_of_many_posts_is_read_by_pages(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "PAGE", 3)
    catalogue.store([], [dated(f"{number:02}", number // 4) for number in range(20)])
    assert named(catalogue) == [f"{number:02}" for number in reversed(range(20))]
    assert named(catalogue, title="Title 07") == ["07"]


def test_no_selection_sorts_the_whole_catalogue(catalogue: Catalogue, tmp_path: Path) -> None:
    """A million posts would be read before the first line."""
    for filters in ({}, {"source": "s"}, {"changed": True}, {"since": NOON, "until": NOON}, {"title": "a"}):
        statement, values = Selection(**filters).page(("2026", "<urn:uuid:1>"))
        with closing(sqlite3.connect(tmp_path / "catalogue.sqlite")) as database:
            plan = " ".join(row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {statement}", values))
        assert "TEMP B-TREE" not in plan and "SEARCH versions" in plan, (filters, plan)
        assert "COVERING" in plan or not filters.keys() <= {"title", "since", "until"}, (filters, plan)
