"""Programs of others that tests run: from the PATH, or from where `.ci/run` installs them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

INSTALLED = (".ci/hugo/bin", ".ci/tools/bin", ".ci/moto/bin")
"""Folders of `.ci/run`."""


def need(command: str, advice: str) -> str:
    """Return the path of a program; skip the test, or fail in CI, when it is missing."""
    root = Path(__file__).parents[2]
    places = [None, *(str(root / folder) for folder in INSTALLED)]
    found = next(filter(None, (shutil.which(command, path=place) for place in places)), None)
    if found is None and not os.environ.get("CI"):
        pytest.skip(f"{command} is not installed: {advice}")
    assert found is not None, f"{command} is not installed: {advice}; CI must run it"
    return found
