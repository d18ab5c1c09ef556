"""Many regular expressions → one, its alternatives grouped by their first letter.

Python tries all alternatives at every position; grouping 110 of them makes a search four times as fast, and looking for
the letters that each needs before searching, eight times as fast (2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from itertools import pairwise


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
    return "(?:" + "|".join([*groups, *others]) + ")" if groups or others else "(?!)"


class Rare:
    """Regular expressions that few texts match: a text is searched only if it holds what one of them needs."""

    def __init__(self, expressions: Collection[str]) -> None:
        anchored = [each for each in expressions if each.startswith("^") and not _has_top_level_bar(each)]
        others = [each for each in expressions if each not in anchored]
        self._start, self._pattern = re.compile(grouped(anchored)), re.compile(grouped(others))
        self._needed = tuple(dict.fromkeys(map(_needed, others)))

    def is_in(self, text: str) -> bool:
        """Tell whether one of the expressions is found in a text."""
        if any(map(text.__contains__, self._needed)) and self._pattern.search(text):
            return True
        return self._start.match(text) is not None


_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{[^}]*\}|.", re.DOTALL)
_SPECIAL = frozenset("().^$*+?|")


def _needed(expression: str) -> str:
    """Return the longest text that is in all that an expression matches; empty, which is in every text, if unknown."""
    runs, depth = [""], 0
    if not _has_top_level_bar(expression):
        for token, following in pairwise([*_TOKEN.findall(expression), ""]):
            depth += (token == "(") - (token == ")")
            if depth or len(token) > 1 or token in _SPECIAL or following[:1] in ("?", "*", "{"):
                runs.append("")
            else:
                runs[-1] += token
    return max(runs, key=len)


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
