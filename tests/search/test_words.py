"""The words of a text and of a query: scripts, letters in several forms, places."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.search.words import Phrase, phrase, places, words

MIXED = st.text(
    st.one_of(
        st.sampled_from("中国人民的税 ，。“”、…abAB é\u0301\u3099ＡｶﾞがßİǅΣσ가가한국กำไทยहिन्दीعَرَب\u00ad\u200dㄱㅏ１2\n"),
        st.characters(),
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The Bank's 1st", "the bank s 1st"),
        ("中国人ABC", "中国 国人 人 abc"),
        ("中国，人", "中国 国 人"),
        ("iPhone手机", "iphone 手机 机"),
        ("Café CAFE\u0301 Ångström Straße", "cafe cafe angstrom strasse"),
        ("ＡＢＣ ｶﾞｽ ①", "abc ガス ス 1"),
        ("東京タワー・です", "東京 京タ タワ ワー ー です す"),
        ("한국은", "한국 국은 은"),
        ("हिन्दी में", "हिन्दी में"),
        ("عَرَبي", "عربي"),
        ("ภาษา", "ภา าษ ษา า"),
        ("soft\u00adhyphen", "softhyphen"),
        ("…—😀", ""),
    ],
)
def test_words(text: str, found: str) -> None:
    assert " ".join(words(text)) == found


@pytest.mark.parametrize(
    ("text", "found", "is_open"),
    [
        ("中国", "中国", False),
        ("国", "国", True),
        ("中 国", "中 国", True),
        ("中国人 abc", "中国 国人 人 abc", False),
        ("abc 国", "abc 国", True),
        ("U.S.", "u s", False),
        ("!", "", False),
    ],
)
def test_words_of_a_query(text: str, found: str, is_open: bool) -> None:
    assert phrase(text) == Phrase(tuple(found.split()), is_open)


@given(MIXED)
def test_places_are_those_of_the_words(text: str) -> None:
    found = places(text)
    assert [word.text for word in found] == words(text)
    for word in found:
        made = words(text[word.start : word.end])
        assert (
            word.text in made
            or unicodedata.normalize("NFKC", text[word.start : word.end]) != text[word.start : word.end]
        )
    assert [word.start for word in found] == sorted(word.start for word in found)
