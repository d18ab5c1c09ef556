"""The text file of [metrics]: whole text, bounded labels, written whole or not at all."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from crawler.config import load
from crawler.errors import StorageFailed
from crawler.items import Outcome, Reason
from crawler.run.job import Job, RunOptions
from crawler.run.metrics import MOST_CLASSES, write_metrics

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
FILE = """[metrics]
textfile = "metrics/warcpress.prom"
[[source]]
name = "herald"
urls = ["http://herald.test/1"]
[[source]]
name = "nothing"
[[source]]
name = "later"
urls = ["http://later.test/1"]
"""


def samples(path: Path) -> dict[str, float]:
    """Samples of the file as Prometheus reads them, by name and label values."""
    return {
        " ".join([sample.name.removeprefix("warcpress_"), *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(path.read_text("utf-8"))
        for sample in family.samples
    }


@pytest.fixture
def job(tmp_path: Path) -> Job:
    (tmp_path / "warcpress.toml").write_text(FILE, "utf-8")
    return Job(load(tmp_path / "warcpress.toml"), RunOptions(), "crawl", lambda: START)


def test_the_file_has_figures_of_the_run_and_the_state_of_each_source(tmp_path: Path, job: Job) -> None:
    job.open()
    with job:
        visit = job.frontier.visit("http://herald.test/1", "herald")
        job.begin(visit)
        job.finish(visit, Outcome.FAILED, reason=Reason("timeout", "too slow"))
        for number in range(MOST_CLASSES + 5):
            job.report.errors[f"http-{400 + number}"] += 1
        job.write_report()
        write_metrics(job)
    found = samples(tmp_path / "metrics/warcpress.prom")
    assert found["run_exit_code"] == 6 and found["run_finished_timestamp_seconds"] == START.timestamp()
    assert found["run_articles failed"] == 1 and found["run_articles new"] == 0
    assert found["run_errors other"] == 6 and len([name for name in found if name.startswith("run_errors ")]) == 21
    assert found["source_state nothing misconfigured"] == 1 and found["source_state nothing healthy"] == 0
    assert found["source_state herald healthy"] == 1 and found["source_looked_timestamp_seconds herald"] > 0
    assert not any(name.endswith("later") for name in found) and found["disk_free_bytes"] > 0
    assert [path.name for path in (tmp_path / "metrics").iterdir()] == ["warcpress.prom"]


def test_a_run_that_failed_is_told_and_a_folder_that_can_t_be_written_is_an_error(tmp_path: Path, job: Job) -> None:
    job.open()
    with job:
        job.report.fatal = StorageFailed("the disk is full")
        write_metrics(job)
        assert samples(tmp_path / "metrics/warcpress.prom")["run_exit_code"] == 4
        (tmp_path / "metrics/warcpress.prom").unlink()
        (tmp_path / "metrics").rmdir()
        (tmp_path / "metrics").write_text("a file")
        with pytest.raises(StorageFailed, match=r"warcpress\.prom"):
            write_metrics(job)
