"""Line numbers of every key, table and array element of a TOML text, in every way to write them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from crawler.config.positions import line_of, positions

TEXTS = {
    "tables": "a = 1\n\n[b]\nc = 2\n[b.d]\ne = 3\n",
    "arrays of tables": "[[s]]\nn = 1\n\n[[s]]\nn = 2\n[[s.t]]\nu = 1\n[[s.t]]\nu = 2\n"
    "[s.v]\nw = 1\n[[s]]\n[[s.t]]\nu = 3\n",
    "dotted and quoted keys": 'a.b.c = 1\n"x.y" = 2\n\'z\'."q\\"r" = 3\n',
    "arrays over lines": 'a = [ # one\n  1,\n  "two", # ]\n\n  [3,\n   4],\n]\nb = 1\n',
    "inline tables": 'a = { b = 1, c = { d = "}" }, e = [ { f = 1 },\n { f = 2 } ] }\nb = 2\n',
    "strings": 'a = """\n[not]\nb = 1\n"""\n'
    'c = \'\'\'\n# \'\'\'\nd = "\\" # no"\ne = \'\\\'\nf = """"quoted""""\ng = 1\n',
    "scalars": "a = 1979-05-27 07:32:00Z\nb = [1e3, -inf, true]\nc = 0xff # x\nd = 1_000\n",
    "carriage returns": "a = 1\r\n[b]\r\nc = [\r\n 1,\r\n 2]\r\nd = 1\r\n",
    "empty": "# nothing\n\n",
    "no last line feed": "[a]\nb = 'c'",
}


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield from paths(inner, (*path, key))


@pytest.mark.parametrize("name", TEXTS)
def test_every_path_has_a_line(name: str) -> None:
    lines = positions(TEXTS[name])
    assert set(lines) == set(paths(tomllib.loads(TEXTS[name])))


def test_lines_are_those_of_the_keys() -> None:
    arrays = positions(TEXTS["arrays of tables"])
    assert arrays["s", 0, "n"] == 2
    assert arrays["s", 1, "t", 1, "u"] == 9
    assert arrays["s", 1, "v", "w"] == 11
    assert arrays["s", 2, "t", 0, "u"] == 14
    over = positions(TEXTS["arrays over lines"])
    assert [over["a", n] for n in range(3)] == [2, 3, 5]
    assert over["a", 2, 1] == 6
    assert over[("b",)] == 8
    assert positions(TEXTS["strings"])[("g",)] == 10
    assert positions(TEXTS["carriage returns"])[("b", "d")] == 6
    assert positions(TEXTS["inline tables"])["a", "e", 1, "f"] == 2


def test_a_missing_path_has_the_line_of_the_nearest_one_around_it() -> None:
    lines = positions("\n[a]\nb = [{ c = 1 }]\n")
    assert line_of(("a", "b", 0, "missing"), lines) == 3
    assert line_of(("a", "missing"), lines) == 2
    assert line_of(("missing",), lines) is None
