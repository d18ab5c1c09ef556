"""docs/configuration.md is what the code says."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_reference_is_up_to_date() -> None:
    tool = runpy.run_path(str(ROOT / "tools" / "configuration_reference.py"))
    written = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert written == tool["reference"](), "run: python tools/configuration_reference.py"
