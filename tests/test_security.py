"""Each promise in SECURITY.md has tests that begin with its id, and each limit its default."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from crawler.config import Limits

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "SECURITY.md").read_text("utf-8")
ROWS = re.findall(r"^\| ([A-Z]\d+) \|", TEXT, re.MULTILINE)


def test_each_promise_has_a_test_that_begins_with_its_id() -> None:
    named: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for ids in re.findall(r"^ *(?:async )?def test_((?:[A-Z]\d+_)+)", path.read_text("utf-8"), re.MULTILINE):
            named |= set(ids.rstrip("_").split("_"))
    assert ROWS and len(ROWS) == len(set(ROWS))
    assert [row for row in ROWS if row not in named] == []
    assert named - set(ROWS) == set()


def test_each_limit_has_its_default() -> None:
    said = dict(re.findall(r"^\| `(\w+)` \| ([\d_.]+) \|", TEXT, re.MULTILINE))
    assert said == {field.name: f"{field.default:_}" for field in fields(Limits)}
