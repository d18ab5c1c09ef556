"""Assert that the next start recovers a data folder whose run was cut short, and that nothing stored is lost.

Each post has its capture, the catalogue equals one made from the WARC files, and a search finds every version.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from archive import Capture, Finding, Reader, audit_paths, captures
from crawler.from_warc.indexing import lacking, prepare
from crawler.from_warc.ingest import ingest
from crawler.from_warc.publish import Publisher
from crawler.from_warc.recovery import recover
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout
from crawler.store.frontier import Frontier


def assert_recovers(data: Path, reported: Iterable[str] = ()) -> dict[str, Capture]:
    """Recover a copy of `data` as the start of a run does, and check everything; return the captures by record id."""
    with TemporaryDirectory(dir=data.parent, prefix="copy-") as folder:
        copy = Path(folder) / "data"
        if data.exists():
            shutil.copytree(data, copy)
        return _assert_recovered(copy, set(reported))


def _assert_recovered(data: Path, reported: set[str]) -> dict[str, Capture]:
    layout = Layout(data)
    shown = {path.relative_to(layout.posts).as_posix(): path.read_text("utf-8") for path in layout.posts.rglob("*.md")}
    layout.prepare()
    catalogue, frontier = Catalogue(layout.catalogue), Frontier(layout.frontier, lambda: datetime.now(UTC), ())
    try:
        recover(layout, catalogue, frontier)
        assert [
            found.message for found in audit_paths([data]) if isinstance(found, Finding) and found.severity == "error"
        ] == []
        assert not list(layout.warc.glob("*.open"))
        held = _held(layout)
        assert reported - held.keys() == set(), "reported stored, and not there"
        versions = {version.path: version for version in catalogue.newest()}
        assert shown.keys() - versions.keys() == set(), "posts without captures"
        publisher = Publisher(layout, catalogue)
        for path, text in shown.items():  # never half a post, at no time
            assert text in map(publisher.text, catalogue.versions(versions[path].canonical_url))
        for path, version in versions.items():
            assert (layout.posts / path).read_text("utf-8") == publisher.text(version)
            assert set(version.pages) <= held.keys()
        assert _rows(layout) == list(catalogue.rows())
        assert prepare(layout, catalogue) == "" and lacking(layout, catalogue) == 0
    finally:
        catalogue.close()
        frontier.close()
    return held


def _held(layout: Layout) -> dict[str, Capture]:
    """Return every capture; read each payload to its end."""
    reader = Reader(layout.root)
    found = {capture.record_id: capture for file in reader.files() for capture in captures(reader, file)}
    for capture in found.values():
        if capture.truncated is None and capture.payload_digest:
            reader.entity(capture, 1 << 24)
    return found


def _rows(layout: Layout) -> list[object]:
    """Return the rows of a catalogue made from the WARC files alone."""
    reader = Reader(layout.root)
    catalogue = Catalogue(layout.root / "again.sqlite")
    try:
        for file in reader.files():
            ingest(reader, file, catalogue)
            catalogue.knows([file])
        catalogue.mark_shown(catalogue.unmarked())
        return list(catalogue.rows())
    finally:
        catalogue.close()
