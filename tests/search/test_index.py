"""What the index finds is what reading every text finds, newest first."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sql_trace import Trace, scanned

from crawler.errors import StorageFailed, Unsound
from crawler.search.index import SearchIndex
from crawler.search.query import parse
from crawler.store.stored_version import Version

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
PAIRED = "中国人民税か한국"
TEXTS = st.text(st.sampled_from(PAIRED * 2 + "ab1é ，。\n"), max_size=12)
PHRASES = st.text(st.sampled_from(PAIRED + "ab1é -"), min_size=1, max_size=5).filter(lambda text: text.strip(" -"))
Tree = tuple[str, Callable[[str], bool]]
"""A query and whether it fits a text."""
COUNT = count()


def version(name: str, date: datetime = NOON, title: str = "", source: str = "herald") -> Version:
    return Version(
        record_id=f"<urn:uuid:{name}>",
        canonical_url=f"http://x.test/{name}",
        number=1,
        captured=NOON,
        converted=NOON,
        title=title,
        published=date,
        updated=None,
        dated=None,
        digest="sha256:00",
        extractor="warcpress/0",
        file="1.warc.gz",
        offset=0,
        length=10,
        source=source,
        path=f"s/{name}.md",
        pages=(),
        images=(),
    )


def post(body: str, author: str = "herald.test") -> str:
    fields = f"title: x\nauthor: '{author}'\ncategories:\n  - Herald\n  - World news\n  - 国际"
    return f"\n---\n{fields}\n---\n\n<div>   \n<p>{body}</p>  \n</div>\n"


def read(text: str) -> str:
    """A text as the oracle compares it: words in brackets, a stroke between characters that something parts."""
    written, word = "", ""
    for char in f"{text} ":
        if char.isalnum() and char not in PAIRED:
            word += "e" if char == "é" else char
            continue
        written += f"[{word}]" if word else ""
        word = ""
        written += char if char in PAIRED else "/"
    while "//" in written or "]/" in written or "/[" in written:
        written = written.replace("//", "/").replace("]/", "]").replace("/[", "[")
    return written.strip("/")


def leaf(phrase: str, quoted: bool) -> Tree:
    plain = read(phrase)
    return (f'"{phrase}"' if quoted or " " in phrase else phrase), lambda text: plain in read(text)


TREES: st.SearchStrategy[Tree] = st.recursive(
    st.builds(leaf, PHRASES, st.booleans()),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: (f"{two[0][0]} {two[1][0]}", lambda t: two[0][1](t) and two[1][1](t))),
        st.tuples(inner, inner).map(
            lambda two: (f"(({two[0][0]}) OR ({two[1][0]}))", lambda t: two[0][1](t) or two[1][1](t))
        ),
        st.tuples(inner, inner).map(
            lambda two: (f"({two[0][0]} NOT ({two[1][0]}))", lambda t: two[0][1](t) and not two[1][1](t))
        ),
    ),
    max_leaves=4,
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXTS, min_size=1, max_size=8), TREES)
def test_a_query_finds_what_reading_every_text_finds(tmp_path: Path, texts: list[str], tree: Tree) -> None:
    query, fits = tree
    with closing(SearchIndex(tmp_path / f"{next(COUNT)}.sqlite")) as index:
        dates = {number: NOON + timedelta(hours=number * 7 % 5, seconds=number) for number in range(len(texts))}
        index.add((version(str(number), dates[number]), post(text)) for number, text in enumerate(texts))
        wanted = sorted((n for n, text in enumerate(texts) if fits(text)), key=lambda n: dates[n], reverse=True)
        assert index.newest(parse(query), 100) == [f"<urn:uuid:{number}>" for number in wanted]


def test_the_title_is_searched_author_section_and_source_only_by_name(tmp_path: Path) -> None:
    with closing(SearchIndex(tmp_path / "search.sqlite")) as index:
        index.add([(version("1", title="税 Tariffs", source="a-b"), post("text", "Jane Doe, 李明"))])
        for query in (
            "tariffs",
            "税",
            "author:jane",
            'author:"jane doe"',
            "author:李明",
            'section:"world news"',
            "section:国际 tariffs",
            "source:a-b",
            "text author:李",
        ):
            assert index.newest(parse(query), 9) == ["<urn:uuid:1>"], query
        for query in (
            "jane",
            "source:a",
            "source:A-B",
            "world",
            "section:jane",
            "author:tariffs",
            '"tariffs text"',
            "herald",
        ):
            assert index.newest(parse(query), 9) == [], query


def test_dates_and_pages(tmp_path: Path) -> None:
    days = [datetime(year, 5, 1, tzinfo=UTC) for year in (1, 1912, 1969, 2026, 9999)]
    with closing(SearchIndex(tmp_path / "search.sqlite")) as index:
        index.add((version(str(day.year), day), post("bridge")) for day in days)
        index.add((version(f"d{n}", NOON), post("dam")) for n in range(3))
        assert index.newest(parse("bridge after:1912-05-01 before:2026-05-01"), 9) == [
            "<urn:uuid:1969>",
            "<urn:uuid:1912>",
        ]
        assert index.newest(parse("after:2026-06"), 9) == ["<urn:uuid:9999>"]
        assert index.newest(parse("bridge"), 2) == ["<urn:uuid:9999>", "<urn:uuid:2026>"]
        assert index.newest(parse("bridge"), 2, "<urn:uuid:2026>") == ["<urn:uuid:1969>", "<urn:uuid:1912>"]
        assert index.newest(parse("dam"), 9) == ["<urn:uuid:d2>", "<urn:uuid:d1>", "<urn:uuid:d0>"]
        assert index.those_found(parse("bridge before:2000"), ["<urn:uuid:1969>", "<urn:uuid:d0>"]) == [
            "<urn:uuid:1969>"
        ]


def test_versions_are_added_once_in_one_transaction(tmp_path: Path) -> None:
    with closing(SearchIndex(tmp_path / "search.sqlite")) as index:
        index.add([(version("1"), post("bridge"))])
        with Trace() as trace, closing(SearchIndex(tmp_path / "search.sqlite")) as again:
            again.add([(version("1"), post("dam")), (version("2"), post("dam"))])
        assert trace.commits["search.sqlite"] == 1
        assert index.newest(parse("bridge"), 9) == ["<urn:uuid:1>"]
        assert index.newest(parse("dam"), 9) == ["<urn:uuid:2>"]
        assert index.count() == 2


def test_a_query_reads_no_table_whole(tmp_path: Path) -> None:
    path = tmp_path / "search.sqlite"
    with Trace() as trace, closing(SearchIndex(path)) as index:
        index.add((version(f"{n}", NOON + timedelta(n)), post("bridge 中国")) for n in range(100))
        for query in ("bridge", "中", "bridge source:herald after:2026-03 before:2026-05", "after:2026-04"):
            before = trace.steps(lambda: index.newest(parse(query), 3, "<urn:uuid:50>"))  # noqa: B023 - called at once
            assert before < 200, query
        plans = trace.plans(path, lambda: index.newest(parse("bridge after:2026"), 3))
        assert all(scanned(plan) == [] and "TEMP B-TREE" not in plan for plan in plans.values()), plans


def test_a_file_that_is_damaged_or_newer_is_named(tmp_path: Path) -> None:
    path = tmp_path / "search.sqlite"
    path.write_bytes(b"spoilt" * 1000)
    with pytest.raises(Unsound, match="remove it: `warcpress search` makes it again") as raised:
        SearchIndex(path)
    assert raised.value.path == path
    path.unlink()
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE versions (id)")
        database.execute("PRAGMA user_version = 9")
    with pytest.raises(StorageFailed, match="schema 9 of a newer warcpress"):
        SearchIndex(path)


def test_a_post_that_cannot_be_parsed_is_searched_as_it_is_written(tmp_path: Path) -> None:
    front, _, _ = post("").rpartition("---\n")
    with closing(SearchIndex(tmp_path / "search.sqlite")) as index:
        index.add(
            [
                (version("1"), "no front matter: dam"),
                (version("2"), f"{front}---\n\nbridge <pre>{'&#123;' * 200_001}</pre>\n"),
            ]
        )
        assert index.newest(parse("dam"), 9) == ["<urn:uuid:1>"]
        assert index.newest(parse("bridge"), 9) == ["<urn:uuid:2>"]
