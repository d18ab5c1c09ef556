"""SECURITY.md is true: each row has a test that begins with its id, each limit stands there with its default."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from crawler.config import Limits

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "SECURITY.md").read_text("utf-8")
ROWS = re.findall(r"^\| ([A-Z]\d+) \|", TEXT, re.MULTILINE)


def test_each_row_has_a_test_of_its_name() -> None:
    named: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for ids in re.findall(r"^ *(?:async )?def test_((?:[A-Z]\d+_)+)", path.read_text("utf-8"), re.MULTILINE):
            named |= set(ids.rstrip("_").split("_"))
    assert len(ROWS) == len(set(ROWS)) == 65
    assert [row for row in ROWS if row not in named] == []
    assert named - set(ROWS) == set()


def test_each_limit_stands_there_with_its_default() -> None:
    said = dict(re.findall(r"^\| `(\w+)` \| ([\d_.]+) \|", TEXT, re.MULTILINE))
    assert said == {field.name: f"{field.default:_}" for field in fields(Limits)}
