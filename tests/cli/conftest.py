"""Fixtures: run commands in the test process, in a folder with a configuration and the data of two runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from holding import BRIDGE, DAM, LONG, NOON, SHORT, Holding
from running import inline
from storing import bucket, s3

from crawler.cli import main

__all__ = ["bucket", "holding", "inline", "s3", "warcpress"]

CONFIG = '[[source]]\nname = "herald"\nallow = ["^http://herald\\\\.test/a/"]\n'


@dataclass
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def holding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Holding:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "warcpress.toml").write_text(CONFIG, "utf-8")
    made = Holding(tmp_path / "data")
    made.run({BRIDGE: LONG, DAM: LONG})
    made.run({BRIDGE: SHORT}, NOON + timedelta(days=1))
    return made


@pytest.fixture
def warcpress(capfd: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    def run(*words: str) -> Done:
        capfd.readouterr()
        try:
            code = main(words)
        except SystemExit as ended:  # argparse
            code = int(ended.code or 0)
        return Done(code, *capfd.readouterr())

    return run
