"""Text from outside can't move the cursor, forge a line or reverse text."""

from __future__ import annotations

import csv
import io
import logging
import time
from datetime import UTC, datetime, timedelta

from archive import Redactor, cell, printable
from crawler.terminal import OneLine, log_to_stderr


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
        log_to_stderr(logging.INFO, Redactor())
        root.warning("told")
    finally:
        root.handlers[:], root.level = handlers, level
        monkeypatch.undo()
        time.tzset()
    told = datetime.fromisoformat(capsys.readouterr().err.split()[0])
    assert abs(datetime.now(UTC) - told) < timedelta(minutes=5)
