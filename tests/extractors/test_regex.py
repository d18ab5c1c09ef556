"""A text is searched only if it holds a word that one of the expressions needs; what is found stays the same."""

from __future__ import annotations

import re

import pytest

from crawler.extractors.regex import Rare

FOUND = (
    (r"not (?:be )?found", "Page not FOUND"),
    (r"(?:seite|artikel) (?:ist|wurde) (?:leider )?(?:gelöscht|entfernt)", "Die Seite wurde gelöscht."),
    (r"(?:harbour(?:s|ed)?|pier) closed", "The Pier Closed on Monday"),
    (r"lampss?", "Lamp, lamps"),
    (r"(?:lamp)?light|beacon", "a light"),
    (r"x{0,2}lighthouse", "The LIGHTHOUSE"),
    (r"^withdrawn", "Withdrawn by the editors"),
    (r"(?<!\d)404(?!\d)", "Error 404."),
    (r"已(?:被)?删除", "文章已被删除"),
    (r"silindi", "SİLİNDİ, SILINDI, sılındı"),
    (r"STRASSE|straße", "Die STRASSE"),
    (r"ſchiff|[kK]elvin", "ein Schiff, 3 \u212aelvin"),
    (r"\(gone\)", "(Gone)"),
)


@pytest.mark.parametrize(("expression", "text"), FOUND)
def test_what_an_expression_matches_is_found(expression: str, text: str) -> None:
    expected = re.search(expression, text, re.IGNORECASE)
    found = Rare((expression, "nothing else"), re.IGNORECASE).search(text)
    assert expected is not None
    assert found is not None
    assert found.span() == expected.span()


def test_letters_that_differ_only_in_case_are_the_same_to_both() -> None:
    """The test before the search must know every pair of letters that IGNORECASE takes for the same."""
    for letter in map(chr, (*range(0xD800), *range(0xE000, 0x2A000))):
        for other in {letter.lower(), letter.upper(), letter.casefold(), letter.title()} - {letter}:
            if len(other) == 1 and re.fullmatch(re.escape(letter), other, re.IGNORECASE):
                assert Rare((f"{re.escape(letter)}anchor",), re.IGNORECASE).search(f"{other}ANCHOR")


def test_the_alternative_that_matches_is_that_of_the_joined_expression() -> None:
    found = Rare(("the page", "the page is gone"), joined="the page is gone|the page").search("Here the page is gone.")
    assert found is not None
    assert found[0] == "the page is gone"


def test_a_text_without_the_words_is_not_found() -> None:
    words = Rare(("not found", r"(?:re)?moved", r"^404"), re.IGNORECASE)
    assert words.search("The pier was found, not mowed. 404") is None
