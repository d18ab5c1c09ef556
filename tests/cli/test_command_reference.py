"""docs/commands.md and the manual page repeat the parser, and `man` reads the page without a complaint."""

from __future__ import annotations

import runpy
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WRITTEN = runpy.run_path(str(ROOT / "tools" / "command_reference.py"))["WRITTEN"]


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_each_written_file_is_up_to_date(path: Path) -> None:
    assert path.read_text("utf-8") == WRITTEN[path](), "run: python tools/command_reference.py"


@pytest.mark.skipif(shutil.which("groff") is None, reason="no groff")
def test_the_manual_page_has_no_fault() -> None:
    command = ["groff", "-man", "-ww", "-z", "-k", str(ROOT / "docs" / "warcpress.1")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
