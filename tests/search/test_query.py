"""What a person types becomes an expression, or one line that says what is wrong."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.errors import BadQuery
from crawler.search.query import DEEPEST, LONGEST, parse

T, A = "({title body} : ", "(author : "
FOUND = {
    "a": f'{T}"a")',
    "A b": f'({T}"a") AND {T}"b"))',
    "a AND b": f'({T}"a") AND {T}"b"))',
    "a OR b c": f'({T}"a") OR ({T}"b") AND {T}"c")))',
    "(a OR b) c": f'(({T}"a") OR {T}"b")) AND {T}"c"))',
    "a NOT b": f'({T}"a") NOT {T}"b"))',
    "a AND NOT b": f'({T}"a") NOT {T}"b"))',
    "NOT b a": f'({T}"a") NOT {T}"b"))',
    "a NOT (b OR c)": f'({T}"a") NOT ({T}"b") OR {T}"c")))',
    "a NOT b NOT c": f'({T}"a") NOT ({T}"b") OR {T}"c")))',
    '"New  York"': f'{T}"new york")',
    "“纽约 时报”": f'{T}"纽约 约 时报")',
    "税": f'{T}"税" *)',
    "AT&T - x": f'({T}"at t") AND {T}"x"))',
    "source:Guancha": '(source : "4775616e636861")',
    "section:World x": f'({A.replace("author", "section")}"world") AND {T}"x"))',
    'author:"Jane Doe" x': f'({A}"jane doe") AND {T}"x"))',
    "AUTHOR：李": f'{A}"李" *)',
    "https://x.y 12:30 Trump: 时间:下午": (f'({T}"https x y") AND {T}"12 30") AND {T}"trump") AND {T}"时间 间 下午"))'),
    'or "OR" NEAR(x) x* ^x {title}:x': (
        f'({T}"or") AND {T}"or") AND {T}"near") AND {T}"x") AND {T}"x") AND {T}"x") AND {T}"title x"))'
    ),
    "'; DROP TABLE texts; --": f'({T}"drop") AND {T}"table") AND {T}"texts"))',
}
NOTHING = (
    'nothing to look for; write a word with a letter or digit, a "phrase", '
    "or one of source:, section:, author:, after: and before:"
)
FAULTS = {
    "": NOTHING,
    "&": NOTHING,
    "NOT a": "NOT takes away from what other words find; write such a word beside it",
    "a OR NOT b": "NOT takes away from what other words find; write such a word beside it",
    "(after:2026) NOT b": "NOT takes away from what other words find; write such a word beside it",
    "a NOT": 'NOT needs a word behind it; in quotes, "NOT" is a word itself',
    "a NOT NOT b": 'NOT needs a word behind it; in quotes, "NOT" is a word itself',
    "a OR": 'OR needs words on both sides; in quotes, "OR" is a word itself',
    "OR a": 'OR needs words on both sides; in quotes, "OR" is a word itself',
    "a OR &": 'OR needs words on both sides; in quotes, "OR" is a word itself',
    "AND a": 'AND needs words on both sides; in quotes, "AND" is a word itself',
    "a AND": 'AND needs words on both sides; in quotes, "AND" is a word itself',
    "a AND OR b": 'AND needs words on both sides; in quotes, "AND" is a word itself',
    '"a': 'a " is not closed; write " behind the phrase',
    '""': 'a phrase in "…" has no letter or digit',
    "(a": "a ( is not closed; write ) behind its words",
    "a)": "a ) closes no parenthesis; write ( before it, or leave it out",
    "()": "parentheses without a word in them",
    "titel:a": 'titel: is no field; there are source:, section:, author:, after: and before:; as text write "titel:a"',
    "source: a": "source: needs a value directly behind it",
    'author:""': "author: needs a value directly behind it",
    "author:!": "author: needs a value with a letter or digit",
    "after:soon a": "after: 'soon': write 2026-11-22 or 2026-11-22T10:00:00Z",
    "after:0001-01-01T00:00:00+14:00": "after: '0001-01-01T00:00:00+14:00': there is no such time in UTC",
    "before:2026-13": "before: '2026-13': there is no such date",
    "a OR after:2026": "after: holds for the whole query, so it can't be a part of OR or NOT",
    "a NOT before:2026": "before: holds for the whole query, so it can't be a part of OR or NOT",
    "(" * 11 + "a" + ")" * 11: "more than 10 parentheses in each other",
    "a" * 1001: "the query has 1,001 characters; at most 1,000 are read",
}


@pytest.mark.parametrize("text", FOUND)
def test_an_expression_has_only_words_of_the_person(text: str) -> None:
    assert parse(text).expression == FOUND[text]


@pytest.mark.parametrize("text", FAULTS)
def test_each_fault_is_one_line(text: str) -> None:
    with pytest.raises(BadQuery) as raised:
        parse(text)
    assert str(raised.value) == FAULTS[text]
    assert raised.value.exit_code == 2


def test_dates_bound_the_whole_query() -> None:
    found = parse("after:2026-11 (before:2026-12-01T10:00:00Z after:20261102) a")
    assert found.expression == FOUND["a"]
    assert found.after == datetime(2026, 11, 2, tzinfo=UTC)
    assert found.before == datetime(2026, 12, 1, 10, tzinfo=UTC)
    assert parse("after:2026").expression == ""


def test_what_is_marked_is_what_may_be_there() -> None:
    found = parse('a (b OR "c d") NOT e author:f a')
    assert [" ".join(phrase.words) for phrase in found.phrases] == ["a", "b", "c d"]


PIECES = st.sampled_from(
    [
        "a",
        "中",
        "中国",
        '"',
        '"b c"',
        "(",
        ")",
        "AND",
        "OR",
        "NOT",
        "source:x",
        "author:李",
        "after:2026",
        "x:y",
        "'",
        "*",
        "\0",
    ]
)


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.lists(PIECES, max_size=12).map(" ".join), st.text(max_size=30)))
def test_every_query_is_a_fault_or_an_expression_that_sqlite_takes(text: str) -> None:
    try:
        found = parse(text)
    except BadQuery as fault:
        assert "\n" not in str(fault)
    else:
        assert accepted(found.expression)


@pytest.mark.parametrize("step", ["(a OR b NOT (", "a NOT ((b OR c) NOT (", "((", "a (b OR "])
def test_the_deepest_and_the_longest_query_pass(step: str) -> None:
    times = DEEPEST // step.count("(")
    depth = (step.count("(") - step.count(")")) * times
    assert accepted(parse(step * times + "z" + ")" * depth).expression)
    assert accepted(parse("a " * (LONGEST // 2)).expression)
    assert accepted(parse("a" + " NOT b" * (LONGEST // 6)).expression)
    assert accepted(parse("a" + " OR b" * (LONGEST // 5 - 1)).expression)
    assert accepted(parse('"' + "字" * (LONGEST - 2) + '"').expression)


def accepted(expression: str) -> bool:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE t USING fts5(title, body, author, source, content='', tokenize='ascii')")
    if expression:
        database.execute("SELECT rowid FROM t WHERE t MATCH ?", (expression,)).fetchall()
    database.close()
    return True
