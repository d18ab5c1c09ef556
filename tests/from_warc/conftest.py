"""Extraction in the test process; an archive with two articles, one of them in two versions, in two WARC files."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from holding import BRIDGE, DAM, LONG, NOON, SHORT, Holding
from running import inline

__all__ = ["holding", "inline"]


@pytest.fixture
def holding(tmp_path: Path) -> Holding:
    made = Holding(tmp_path / "data")
    made.run({BRIDGE: LONG, DAM: LONG})
    made.run({BRIDGE: SHORT}, NOON + timedelta(days=1))
    return made
