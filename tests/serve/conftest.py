"""Fixtures: a data folder with the articles of two runs, and a server that shows it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from browsing import browser
from holding import BRIDGE, DAM, LONG, NOON, SHORT, Holding
from serving import Served, serving

from crawler.from_warc.indexing import index_all
from crawler.posts.states import Change

__all__ = ["browser"]

CONFIG = '[[source]]\nname = "herald"\nsite = "The Herald"\nallow = ["^http://herald\\\\.test/a/"]\n'


def hold(folder: Path) -> Holding:
    """Two articles: the bridge in two versions, the dam, which its publisher withdrew."""
    (folder / "warcpress.toml").write_text(CONFIG, "utf-8")
    made = Holding(folder / "data")
    made.run({BRIDGE: LONG, DAM: LONG})
    made.run({BRIDGE: SHORT}, NOON + timedelta(days=1))
    made.look(Change(DAM, 1, "withdrawn", "http-404"), NOON + timedelta(days=2))
    with made.catalogue() as catalogue:
        index_all(made.layout, catalogue)
    return made


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
