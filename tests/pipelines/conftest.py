"""A server on loopback, and extraction in the test process, for the runs of these tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pages import PageServer
from running import Inline


@pytest.fixture
def server() -> Iterator[PageServer]:
    with PageServer() as running:
        yield running


@pytest.fixture(autouse=True)
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.spiders.press.Workers", Inline)
