"""Documents and the template repeat what the code declares, and only as tools/configuration_reference.py writes it."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOL = runpy.run_path(str(ROOT / "tools" / "configuration_reference.py"))


@pytest.mark.parametrize("path", TOOL["WRITTEN"], ids=lambda path: path.name)
def test_each_written_file_is_up_to_date(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text == TOOL["WRITTEN"][path](text), "run: python tools/configuration_reference.py"


def test_a_block_ends_at_the_next_empty_line() -> None:
    assert TOOL["with_block"]("a\n\n[x]\nold\nolder\n\nb\n", "[x]\nnew") == "a\n\n[x]\nnew\n\nb\n"
    assert TOOL["with_block"]("[x]\nold\n", "[x]\nnew") == "[x]\nnew\n"
    with pytest.raises(ValueError, match="no line"):
        TOOL["with_block"]("a\n", "[x]\nnew")
