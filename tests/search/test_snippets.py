"""The part of a text that has the hits, within a width; the hits are exactly what the query's words are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.search.query import parse
from crawler.search.snippets import Pieces, marked, snippet

LONG = "The council met. " * 20 + "中国人民 the old bridge over the river stays. " + "It rains in the valley. " * 20


def shown(pieces: Pieces) -> str:
    return "".join(f"<{text}>" if is_hit else text for text, is_hit in pieces)


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("bridge", "Bridge: a bridge, bridges", "<Bridge>: a <bridge>, bridges"),
        ("国", "中国人", "中<国>人"),
        ("国 人", "中国人", "中<国><人>"),
        ("中国人", "在中国人民", "在<中国人>民"),
        ('"b c" ab', "ab, b-c", "<ab>, <b-c>"),
        ('"b 国"', "ab b 国人", "ab <b 国>人"),
        ("cafe", "Le café, CAFE\u0301", "Le <café>, <CAFE\u0301>"),
        ("ガ", "ｶﾞｽ", "<ｶﾞ>ｽ"),
        ("strasse", "Straße", "<Straße>"),
        ("a NOT b", "a b", "<a> b"),
        ("x", "a b", "a b"),
        ("x", "", ""),
    ],
)
def test_hits_are_marked(query: str, text: str, found: str) -> None:
    assert shown(marked(text, parse(query).phrases)) == found
    assert shown(snippet(text, parse(query).phrases, 80)) == found


def test_a_snippet_is_where_most_of_the_words_are() -> None:
    assert shown(snippet(LONG, parse("council bridge").phrases, 70)) == (
        "…<council> met. The <council> met. 中国人民 the old <bridge> over the river…"
    )
    assert shown(snippet(LONG, parse("国人 rains").phrases, 40)) == "…met. 中<国人>民 the old bridge over the…"
    assert shown(snippet(LONG, (), 20)) == "The council met…"
    assert shown(snippet("a\nb\n\nc", (), 20)) == "a b  c"


@given(
    st.text(st.sampled_from("中国人ab e\u0301ß，\n"), max_size=60), st.sampled_from(["国", "中国", "a", '"b 中"', "e"])
)
def test_a_snippet_is_a_part_of_the_text_and_keeps_to_its_width(text: str, query: str) -> None:
    phrases = parse(query).phrases
    whole = marked(text, phrases)
    assert "".join(piece for piece, _ in whole) == text
    pieces = snippet(text, phrases, 24)
    plain = "".join(piece for piece, _ in pieces)
    assert plain.strip("…") in text.replace("\n", " ")
    assert sum(2 if char in "中国人，" else 1 for char in plain) <= 24
    assert any(is_hit for _, is_hit in pieces) == any(is_hit for _, is_hit in whole)
