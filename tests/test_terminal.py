"""Text from outside can't move the cursor, forge a line or reverse text."""

from __future__ import annotations

import csv
import io
import json
import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from archive import Redactor, cell, printable
from crawler.terminal import OneLine, Voice, fields, log_to_stderr, say, speak


@pytest.fixture
def heard(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., list[str]]]:
    """What stderr gets of three messages and three events, with these options."""
    root = logging.getLogger()
    before = root.handlers[:], root.level

    def listen(**options: Any) -> list[str]:
        speak(Voice(**options))
        log_to_stderr(Redactor([SECRET.encode()]))
        say("articles: 1 new")
        say("warcpress crawl: no room", logging.ERROR)
        ours, scrapy = logging.getLogger("crawler.run.job"), logging.getLogger("scrapy.core.engine")
        ours.debug("unchanged: %s", "http://x/1")
        ours.info("new: http://x/?k=%s", SECRET, extra=fields(outcome="new", url=f"http://x/?k={SECRET}"))
        try:
            raise ValueError(f"sent {SECRET}")
        except ValueError:
            scrapy.warning("failed: %s", SECRET, exc_info=True)
        scrapy.info("Crawled (200)")
        return capsys.readouterr().err.splitlines()

    yield listen
    speak(Voice())
    root.handlers[:], root.level = before


SECRET = 's3cret"tok\\en é'
"""JSON escapes two of its characters."""


def test_L2_control_and_bidi_characters_are_written_out() -> None:
    text = "a\nb\r\x1b[2Jc\x9bd\u202ee\u2066f\u2028g\ufeffh\x7f\x00"
    assert printable(text) == ("a\\nb\\r\\x1b[2Jc\\x9bd\\u202ee\\u2066f\\u2028g\\ufeffh\\x7f\\x00")


def test_L2_text_of_every_script_stays() -> None:
    text = "吉林省纪委 Größe المدينة 서울 🙂 \u200dnaïve"
    assert printable(text) == text


def test_L2_a_lone_surrogate_can_be_written_to_a_file() -> None:
    assert printable("a\udc80b").encode("utf-8") == b"a\\udc80b"


def test_L1_an_event_with_its_traceback_is_one_line() -> None:
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        import sys

        record = logging.LogRecord("x", logging.ERROR, "f", 1, "title: %s", ("a\nb\x1b",), sys.exc_info())
    line = OneLine(Redactor()).format(record)
    assert "\n" not in line and "\x1b" not in line and " ERROR title: a" in line
    assert " ⏎ Traceback (most recent call last): ⏎ " in line and line.endswith("ValueError: first ⏎ second")


def test_C3_no_secret_in_a_log_line_nor_in_a_traceback() -> None:
    try:
        raise ValueError("http://x.example/?t=s3cret%2Ftoken")
    except ValueError:
        import sys

        record = logging.LogRecord("x", logging.ERROR, "f", 1, "sent %s", ("s3cret/token",), sys.exc_info())
    line = OneLine(Redactor([b"s3cret/token"])).format(record)
    assert "sent [redacted]" in line and "s3cret" not in line


def test_a_log_in_text_and_how_much_of_it_is_said(heard) -> None:
    assert [line.partition("Z ")[2] or line for line in heard()][:3] == [
        "articles: 1 new",
        "warcpress crawl: no room",
        "INFO new: http://x/?k=[redacted]",
    ]
    counts = {verbosity: len(heard(verbosity=verbosity)) for verbosity in (-1, 0, 1)}
    assert counts == {-1: 2, 0: 4, 1: 5}, "only problems; what happened; also what did not change"


def test_C3_a_log_in_json_has_one_object_a_line_and_no_secret(heard) -> None:
    rows = [json.loads(line) for line in heard(format="json", verbosity=1)]
    assert [(row["level"], row["message"]) for row in rows] == [
        ("info", "articles: 1 new"),
        ("error", "warcpress crawl: no room"),
        ("debug", "unchanged: http://x/1"),
        ("info", "new: http://x/?k=[redacted]"),
        ("warning", "failed: [redacted]"),
    ]
    assert (rows[3]["outcome"], rows[3]["url"], rows[3]["logger"]) == (
        "new",
        "http://x/?k=[redacted]",
        "crawler.run.job",
    )
    assert rows[4]["traceback"].endswith("ValueError: sent [redacted]")
    assert all(datetime.fromisoformat(row["time"]).tzinfo for row in rows)


def test_L3_every_way_in_which_a_formula_begins() -> None:
    for begin in ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", '"=', '"a\t=1\t'):
        assert cell(f"{begin}1") == f"'{begin}1"
    assert (cell("a=1"), cell(""), cell("'=1"), cell('a"=1"')) == ("a=1", "", "'=1", 'a"=1"')


def test_L3_no_quote_in_a_title_becomes_a_spreadsheets_quote() -> None:
    """A reader of tab-separated values removes quotes around a field and takes their content for the value."""
    titles = ['"=HYPERLINK(0)"', '"=1+1', "＝1+1", '"a', "b"]
    table = "".join(f"{cell(title)}\tmine\n" for title in titles)
    assert [row[0] for row in csv.reader(io.StringIO(table), "excel-tab")] == [cell(title) for title in titles]


def test_R6_the_logs_times_are_utc_on_any_machine(monkeypatch, capsys) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        monkeypatch.setenv("TZ", "Pacific/Kiritimati")
        time.tzset()
        log_to_stderr(Redactor(), logging.INFO)
        root.warning("told")
    finally:
        root.handlers[:], root.level = handlers, level
        monkeypatch.undo()
        time.tzset()
    told = datetime.fromisoformat(capsys.readouterr().err.split()[0])
    assert abs(datetime.now(UTC) - told) < timedelta(minutes=5)
