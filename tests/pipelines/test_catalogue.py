"""A stored article has a row and a post file; the next run writes a file that could not be written."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import PageServer, article
from running import run

from crawler.errors import StorageFailed
from crawler.from_warc.publish import Publisher
from crawler.from_warc.recovery import Recovered
from crawler.store.catalogue import Catalogue

URL = "http://herald.test/1"
SOURCE = f'[[source]]\nname = "herald"\nurls = ["{URL}"]\n'
TEXT = [f"Paragraph {number} of the story, long enough to be one, with a comma." for number in range(5)]


def fails(*_: object) -> None:
    """Fail like a full disk."""
    raise StorageFailed("the disk is full")


def test_a_stored_article_has_a_row_a_file_and_a_mark(tmp_path: Path, server: PageServer) -> None:
    server["herald.test/1"] = article("The first story today", TEXT)
    run(tmp_path, server.port, SOURCE)
    catalogue = Catalogue(tmp_path / "data/catalogue.sqlite")
    version = catalogue.latest(URL)
    assert version is not None and list(catalogue.not_shown()) == []
    catalogue.close()
    assert "title: 'The first story today'" in (tmp_path / "data/posts" / version.path).read_text("utf-8")


def test_a_post_that_could_not_be_written_stops_the_run_and_is_written_by_the_next(
    tmp_path: Path, server: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server["herald.test/1"] = article("The first story today", TEXT)
    with monkeypatch.context() as patch:
        patch.setattr(Publisher, "publish", fails)
        ran = run(tmp_path, server.port, SOURCE)
    assert ran.outcomes == {} and ran.due == [URL], "the visit has not ended"
    assert isinstance(ran.report.fatal, StorageFailed) and ran.report.exit_code == 4
    assert list((tmp_path / "data/posts").rglob("*.md")) == []
    ran = run(tmp_path, server.port, SOURCE)
    told = "catalogue.sqlite: missing post files written: 1"
    assert ran.report.recovered == [Recovered("catalogue.sqlite", told)] and ran.outcomes == {URL: "unchanged"}
    assert len(list((tmp_path / "data/posts").rglob("*.md"))) == 1
