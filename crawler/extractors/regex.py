"""Many regular expressions → one, its alternatives grouped by their first letter.

Python tries all alternatives at every position; grouping 110 of them makes a search four times as fast (2026-11).
"""

from __future__ import annotations

from collections.abc import Iterable


def grouped(expressions: Iterable[str]) -> str:
    """A regular expression that matches where any of these does; which one of several is undefined."""
    by_letter: dict[str, list[str]] = {}
    others: list[str] = []
    for expression in expressions:
        if (
            expression[:1].isalpha()
            and expression[1:2] not in ("?", "*", "+", "{")
            and not _has_top_level_bar(expression)
        ):
            by_letter.setdefault(expression[0], []).append(expression[1:])
        else:
            others.append(expression)
    groups = [f"{letter}(?:{'|'.join(rest)})" for letter, rest in by_letter.items()]
    return "(?:" + "|".join([*groups, *others]) + ")"


def _has_top_level_bar(expression: str) -> bool:
    """Whether the expression has a `|` outside of brackets."""
    depth = 0
    for n, character in enumerate(expression):
        if character in "([" and expression[n - 1 : n] != "\\":
            depth += 1
        elif character in ")]" and expression[n - 1 : n] != "\\":
            depth -= 1
        elif character == "|" and not depth:
            return True
    return False
