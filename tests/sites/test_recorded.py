"""Every recorded page gives the post that a person has checked; old layouts stay, as the archive holds old pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.cli.record import Case
from crawler.extractors.sites import NAMES, by_name, by_url

HERE = Path(__file__).parent
PAGES = sorted(HERE.glob("*/*.html"))


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(HERE)) for page in PAGES])
def test_the_page_gives_its_post(page: Path) -> None:
    assert Case.read(page).post == page.with_suffix(".md").read_bytes().decode("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_no_profile_without_a_recorded_page(name: str) -> None:
    recorded = {by_url(Case.read(page).page.url) for page in PAGES}
    assert by_name(name) in recorded
