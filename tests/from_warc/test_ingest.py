"""Rows read from WARC files equal those that the run wrote; damaged or foreign records are reported."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from holding import BRIDGE, DAM, LAG, LONG, NOON, SHORT, Holding, as_read, exchange

from archive import ArchiveError, ArchiveWriter, Capture, Exchange, Reader
from crawler.from_warc import ingest
from crawler.from_warc.ingest import BadConversion, Foreign, Made, read
from crawler.from_warc.rebuild import rebuild
from crawler.from_warc.recovery import recover
from crawler.posts.conversion import CONTENT_TYPE
from crawler.store.frontier import Frontier


def made(holding: Holding) -> list[Made]:
    reader = Reader(holding.layout.root)
    return [found for file in reader.files() for found in read(reader, file) if isinstance(found, Made)]


def recovered(holding: Holding) -> list[str]:
    frontier = Frontier(holding.layout.frontier, lambda: datetime.now(UTC), ())
    try:
        with holding.catalogue() as catalogue:
            return [found.message for found in recover(holding.layout, catalogue, frontier)]
    finally:
        frontier.close()


def test_versions_are_read_as_they_were_written(holding: Holding) -> None:
    with holding.catalogue() as catalogue:
        versions = [*catalogue.versions(BRIDGE), *catalogue.versions(DAM)]
    assert {as_read(version) for version in versions} == {one.version for one in made(holding)}


@pytest.mark.parametrize("remembered", [0, 1, 10_000])
def test_the_date_of_the_capture_is_found_however_far_back_it_is(holding, monkeypatch, remembered: int) -> None:
    monkeypatch.setattr(ingest, "REMEMBERED", remembered)
    assert {one.version.captured for one in made(holding)} == {NOON, NOON + timedelta(days=1)}


def test_a_version_whose_capture_is_missing_has_the_date_of_the_conversion(holding, monkeypatch) -> None:
    monkeypatch.setattr(ingest, "REMEMBERED", 0)

    def response(self: Reader, record_id: str) -> None:
        raise ArchiveError(f"no response or revisit {record_id}")

    monkeypatch.setattr(Reader, "response", response)
    assert {one.version.captured for one in made(holding)} == {NOON + LAG, NOON + LAG + timedelta(days=1)}


def test_a_start_reads_files_that_the_catalogue_does_not_know_and_publishes_what_is_missing(tmp_path) -> None:
    holding = Holding(tmp_path / "data")
    holding.run({BRIDGE: LONG}, publish=False)
    assert holding.posts() == {}
    assert recovered(holding) == ["catalogue.sqlite: missing post files written: 1"]
    holding.run({DAM: LONG}, NOON + timedelta(days=1), rows=False)
    assert recovered(holding) == ["catalogue.sqlite: missing post files written: 1"]
    assert sorted(holding.posts()) == ["herald/2026/03/05-bridge.md", "herald/2026/03/05-dam.md"]
    assert recovered(holding) == []
    with holding.catalogue() as catalogue:
        assert catalogue.files() == set(Reader(holding.layout.root).files())


def test_an_older_version_that_was_not_marked_is_not_published_over_a_newer_one(tmp_path) -> None:
    holding = Holding(tmp_path / "data")
    holding.run({BRIDGE: LONG}, publish=False)
    holding.run({BRIDGE: SHORT}, NOON + timedelta(days=1))
    assert recovered(holding) == []
    assert "four million" in holding.posts()["herald/2026/03/05-bridge.md"]


def test_the_size_of_transactions_does_not_change_the_rows(holding, monkeypatch, tmp_path) -> None:
    rows = holding.rows()
    for group in (1, 2, 512):
        monkeypatch.setattr(ingest, "GROUP", group)
        again = Holding(tmp_path / f"again-{group}")
        reader = Reader(holding.layout.root)
        with again.catalogue() as catalogue:
            for file in reader.files():
                ingest.ingest(reader, file, catalogue)
                catalogue.knows([file])
            catalogue.mark_shown(catalogue.unmarked())
        assert again.rows() == rows


@pytest.mark.parametrize(
    ("metadata", "body", "reason"),
    [
        ([("post-path", "x.md")], b"---\n---\n", "no field 'post-version'"),
        ([("post-path", "x.md")], b"\xff", "can't decode byte 0xff"),
    ],
)
def test_a_conversion_that_warcpress_did_not_write_is_reported_with_file_and_offset(
    tmp_path, metadata, body, reason
) -> None:
    holding = Holding(tmp_path / "data")
    with ArchiveWriter(holding.layout.root, clock=lambda: NOON) as writer:
        page = writer.write(_page())
        place = writer.write_conversion(page, body, CONTENT_TYPE, metadata)
    with pytest.raises(BadConversion, match=f":{place.offset}: no version of a post: .*{reason}"):
        made(holding)


@pytest.mark.parametrize(
    ("kind", "body", "metadata"),
    [
        ("image/png", b"\x89PNG\xff\xfe", [("tool", "shots/1.0")]),
        ("application/json", b'{"a": [1]}', []),
        (CONTENT_TYPE, b"# Title", [("title", "Title")]),
        ("text/plain", b"text", [("post-path", "a.md")]),
    ],
)
def test_another_programs_conversion_is_left_out_and_named(tmp_path, kind, body, metadata) -> None:
    holding = Holding(tmp_path / "data")
    holding.run({BRIDGE: LONG})
    with ArchiveWriter(holding.layout.root, clock=lambda: NOON) as writer:
        place = writer.write_conversion(writer.write(_page()), body, kind, metadata)
    reader = Reader(holding.layout.root)
    others = [found for file in reader.files() for found in read(reader, file) if isinstance(found, Foreign)]
    assert [(found.offset, found.record_id) for found in others] == [(place.offset, place.record_id)]
    outcome = rebuild(holding.layout)
    assert (outcome.posts, outcome.exit_code) == (1, 0)
    assert outcome.foreign == [str(others[0])]


@pytest.mark.parametrize("field", [("post-path", "../../x.md"), ("post-version", "9" * 30)])
def test_a_version_that_leads_out_of_the_folder_or_overflows_is_bad(tmp_path, field) -> None:
    holding = Holding(tmp_path / "data")
    names = ("canonical-url", "source", "section", "published-hint", "dated", "published", "updated", "extractor")
    metadata = {"post-path": "a.md", "post-version": "1", **dict.fromkeys(names, "-"), "images": "remote"}
    with ArchiveWriter(holding.layout.root, clock=lambda: NOON) as writer:
        page = writer.write(_page())
        fields = [*(metadata | dict([field])).items(), ("page", page.record_id)]
        writer.write_conversion(page, b"\n---\ntitle: 'x'\n---\n\nx", CONTENT_TYPE, fields)
    with pytest.raises(BadConversion):
        made(holding)


def test_a_conversion_without_its_metadata_is_no_version(tmp_path) -> None:
    holding = Holding(tmp_path / "data")
    with ArchiveWriter(holding.layout.root, clock=lambda: NOON) as writer:
        writer.write_conversion(writer.write(_page()), b"text", CONTENT_TYPE)
    reader = Reader(holding.layout.root)
    [file] = reader.files()
    assert [type(found) for found in read(reader, file)] == [Capture]


def _page() -> Exchange:
    return exchange(BRIDGE, b"<p>hello</p>", "text/html", NOON)
