"""Runs of a day that find nothing new leave one WARC file; a run of the next day makes it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pages import PNG, Answer, PageServer, article, feed
from running import Ran, run
from timestamping import Authority

from archive import Finding, Manifest, Reader, audit_paths
from crawler.from_warc.rebuild import rebuild
from crawler.run.summary import problems
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout

START = datetime(2026, 3, 6, 8, tzinfo=UTC)
TEXT = [f"Paragraph {number} of the story, long enough to be one, with a comma." for number in range(5)]
SOURCES = '[[source]]\nname = "herald"\nfeeds = ["http://herald.test/feed"]\n'


def at(folder: Path, server: PageServer, sources: str = SOURCES, **time: float) -> Ran:
    def clock() -> datetime:
        return START + timedelta(**time)

    return run(folder, server.port, sources, clock=clock, WARC_CLOCK=clock)


def publish(server: PageServer) -> None:
    head = {"Content-Type": "application/rss+xml", "ETag": '"1"'}
    server["herald.test/feed"] = Answer(feed("http://herald.test/a").encode(), headers=head)
    server["herald.test/a"] = article("The harbour is dredged", TEXT)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "data/warc").iterdir())


def test_the_files_of_a_day_become_one_on_the_next(tmp_path: Path, server: PageServer) -> None:
    publish(server)
    for minutes in range(0, 150, 30):
        assert at(tmp_path, server, minutes=minutes).report.exit_code == 0
    assert len(files(tmp_path)) == 5
    ran = at(tmp_path, server, days=1)
    assert ran.report.exit_code == 0
    manifest = Manifest(tmp_path / "data")
    last = manifest.last()
    assert last is not None and last.kind == "merged" and len(last.parts) == 5
    assert len(files(tmp_path)) == 2 and set(manifest.sealed()) == set(files(tmp_path))
    data = tmp_path / "data"
    found = [item for item in audit_paths([data]) if isinstance(item, Finding)]
    assert [finding.message for finding in found if finding.severity != "note"] == []
    layout = Layout(data)
    before = rows(layout)
    assert {row[0] for table, row in before if table == "files"} == set(Reader(data).files())
    rebuild(layout)
    assert rows(layout) == before


def rows(layout: Layout) -> list[tuple[str, tuple[object, ...]]]:
    catalogue = Catalogue(layout.catalogue)
    try:
        return list(catalogue.rows())
    finally:
        catalogue.close()


class Overloaded(Authority):
    """A time-stamping authority that fails at some of its requests, counted from 1."""

    fails_at: tuple[int, ...] = ()

    def answer(self, request: bytes) -> bytes:
        answer = super().answer(request)
        self.code = 503 if self.asked in self.fails_at else 200
        return answer


def test_a_merger_without_a_time_stamp_is_told_and_done_by_a_later_run(tmp_path: Path, server: PageServer) -> None:
    publish(server)
    with (authority := Overloaded()):
        authority.fails_at = (4,)
        sources = f'{SOURCES}[archive]\ntimestamp_url = "{authority.url}"\n'
        for minutes in (0, 30):
            at(tmp_path, server, sources, minutes=minutes)
        ran = at(tmp_path, server, sources, days=1)
        assert ran.report.exit_code == 0 and len(files(tmp_path)) == 3
        reason = f"{authority.url}: no time stamp: HTTP status 503"
        assert problems(ran.report) == [f"small WARC files are not merged, a later run tries again: {reason}"]
        content = json.loads((ran.job.layout.runs / f"{ran.report.id}.json").read_text())
        assert (content["unmerged"], content["stopped"], content["reason"]) == (reason, "", "")
        assert at(tmp_path, server, sources, days=1, minutes=30).report.exit_code == 0
    assert [entry.kind for entry in Manifest(tmp_path / "data").entries()] == [*["sealed"] * 4, "merged"]
    assert len(files(tmp_path)) == 3  # the merged one, and two of this day


def test_no_file_is_merged_where_the_configuration_says_so(tmp_path: Path, server: PageServer) -> None:
    publish(server)
    sources = f"{SOURCES}[archive]\nmerge_below = 0\n"
    for time in ({"minutes": 0}, {"minutes": 30}, {"days": 1}):
        at(tmp_path, server, sources, **time)
    assert len(files(tmp_path)) == 3


def test_a_run_that_reads_stored_captures_leaves_no_log(tmp_path: Path, server: PageServer) -> None:
    publish(server)
    server["herald.test/a"] = article("The harbour is dredged", TEXT, images=("/p.png",))
    server["herald.test/p.png"] = PNG
    ran = run(tmp_path, server.port, SOURCES, posts='images = "local"\n')
    assert any(ran.job.layout.media.iterdir()) and not ran.job.layout.ended_badly()
