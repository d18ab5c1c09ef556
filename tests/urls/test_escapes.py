"""Percent-escapes have one spelling, and text without escapes does not change."""

from __future__ import annotations

import pytest

from crawler.urls.escapes import one_spelling


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%7euser%2f%e4%b8%ad", "~user%2F%E4%B8%AD"),
        ("%61%41%30%2D%2E%5F", "aA0-._"),
        ("100%", "100%"),
        ("%zz %4", "%zz %4"),
        ("中 文", "中 文"),
        ("%2541", "%2541"),
    ],
)
def test_only_escapes_of_unreserved_characters_are_decoded(text: str, expected: str) -> None:
    assert one_spelling(text) == expected
    assert one_spelling(expected) == expected
