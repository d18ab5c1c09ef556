"""The page of a run: its charts, its escaping, and how many pages are kept."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from crawler.config import load
from crawler.items import Outcome, Reason
from crawler.run.charts import Series, bars, columns, line
from crawler.run.job import Job, RunOptions
from crawler.run.report_page import KEPT, page
from crawler.store.looks import ARCHIVE, Day

START = datetime(2026, 3, 31, 12, tzinfo=UTC)
DAYS = [f"2026-03-{day:02}" for day in range(2, 32)]
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "a\u202eb\x1b[31m",
    "观察者网",
    "]]>&lt;/svg>",
]


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def job(folder: Path, clock: Clock) -> Job:
    (folder / "warcpress.toml").write_text('[[source]]\nname = "herald"\nurls = ["http://herald.test/1"]\n', "utf-8")
    return Job(load(folder / "warcpress.toml"), RunOptions(), "crawl", clock)


def content(folder: Path, clock: Clock) -> dict[str, Any]:
    report = job(folder, clock).report
    report.finished("http://herald.test/1", Outcome.FAILED, Reason("timeout", "<b>http://herald.test/1</b>: too slow"))
    return report.content(START)


def test_a_page_has_a_chart_of_each_kind_and_needs_nothing_else(tmp_path: Path, clock: Clock) -> None:
    seen = [Day("herald", DAYS[3], 1, 0, 0, {"new": 4, "latency:15 min": 3, "latency:1 day": 1, "error:timeout": 2})]
    seen += [Day(ARCHIVE, DAYS[3], 0, 0, 0, {"bytes": 5_000_000, "saved": 2_000_000})]
    text = page(content(tmp_path, clock), DAYS, seen, [3_000_000] * 3 + [8_000_000] * (len(DAYS) - 3))
    tree = html.fromstring(text)
    assert [chart.get("aria-label") for chart in tree.iter("svg") if chart.get("role")] == [
        *("New articles a day", "Latency", "Errors", "Size of the archive", "Bytes saved a day")
    ]
    titles = [title.text for title in tree.iter("title")]
    assert "03-05 herald: 4" in titles and "03-05 saved: 2.0 MB" in titles
    assert not list(tree.iter("script", "img", "link", "iframe", "a")) and "default-src 'none'" in text
    assert not re.search(r"url\(|https?://(?!herald\.test)|@import", text)
    assert "&lt;b&gt;http://herald.test/1&lt;/b&gt;: too slow" in text and "10 MB" in text


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_shown_and_not_obeyed(tmp_path: Path, clock: Clock, name: str) -> None:
    seen = [Day(name, DAYS[3], 1, 0, 0, {"new": 1, f"error:{name}": 2})]
    made = {**content(tmp_path, clock), "reason": name}
    made["sources"] = {name: {"state": "moved", "reason": name, "advice": name}}
    text = page(made, DAYS, seen, [0] * len(DAYS))
    tree = html.fromstring(text)
    assert not list(tree.iter("script", "img")) and not [one for one in tree.iter() if one.get("onerror")]
    assert "\u202e" not in text and "\x1b" not in text
    shown = name.replace("\u202e", "\\u202e").replace("\x1b", "\\x1b")
    assert "".join(map(str, tree.itertext())).count(shown) >= 4


def test_more_sources_than_colours_are_one_series(tmp_path: Path, clock: Clock) -> None:
    seen = [Day(f"s{number}", DAYS[0], 1, 0, 0, {"new": 20 - number}) for number in range(12)]
    text = page(content(tmp_path, clock), DAYS, seen, [0] * len(DAYS))
    assert "</svg>4 more</li>" in text and "03-02 4 more: 42" in text


def test_charts_without_numbers_are_drawn() -> None:
    whole = "{:g}".format
    assert columns("a", [], [], whole).count("<svg") == 1
    assert "<rect" not in columns("a", ["x"], [Series("s", [0])], whole)
    assert line("a", [], [], whole).endswith("</svg>") and bars("a", {}, whole).endswith("</svg>")


def test_runs_that_did_something_have_pages_and_only_the_last_are_kept(tmp_path: Path, clock: Clock) -> None:
    runs = tmp_path / "data/runs"
    ids = []
    for number in range(KEPT + 2):
        clock.now = START + timedelta(hours=number)
        opened = job(tmp_path, clock)
        opened.open()
        with opened:
            if number:
                opened.report.candidates["added"] = 1
            (runs / "mine.html").write_text("not a page of a run")
            opened.write_report()
            ids.append(opened.report.id)
    assert sorted(path.stem for path in runs.glob("*.html")) == [*ids[2:], "mine"]
    assert len(list(runs.glob("*.json"))) == KEPT + 2
