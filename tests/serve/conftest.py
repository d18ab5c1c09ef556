"""Fixtures: a data folder with the articles of two runs, and a server that shows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import browser
from holding import Holding
from serving import Served, hold, serving

__all__ = ["browser"]


@pytest.fixture
def holding(tmp_path: Path) -> Holding:
    return hold(tmp_path)


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a configuration and its data, which no test changes."""
    folder = tmp_path_factory.mktemp("serve")
    hold(folder)
    return folder


@pytest.fixture(scope="session")
def served(archive: Path) -> Iterator[Served]:
    with serving(archive) as running:
        yield running
