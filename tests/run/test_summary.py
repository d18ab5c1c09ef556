"""The summary of a run, as whole text."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from crawler.errors import StorageFailed
from crawler.from_warc.recovery import Recovered
from crawler.items import Outcome, Reason
from crawler.run.report import Report, SpentBudget, UnreadSource
from crawler.run.summary import SHOWN, summary

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def report() -> Report:
    """A report with an entry in each list."""
    run = Report("20260301T120000Z-abcdef", "crawl", START, exchanges=5, revisits=1, bytes_stored=12345, safe=4)
    run.candidates.update(seen=3, added=2)
    run.images.update(fetched=2, known=1, missing=1)
    run.finished("https://news.example/1", Outcome.NEW, None)
    run.finished("https://news.example/2", Outcome.GONE, Reason("http-404", "https://news.example/2: answered 404"))
    run.recovered.append(Recovered("warc/a.warc.gz", "a.warc.gz: sealed with 3 records"))
    for number in (1, 4):
        run.unbelieved_link("herald", "https://news.example/blog/", f"https://news.example/{number}")
        run.unmatched_selector("herald", "title", f"https://news.example/{number}")
    run.unread_sources.append(UnreadSource("herald", "https://x/feed", "https://x/feed: answered 500"))
    run.spent.append(SpentBudget("", "the budget of this run is spent"))
    return run


COUNTS = """articles: 1 new, 1 gone
candidates: 3 found, 2 of them new
images: 2 fetched, 1 stored before, 1 missing
captures: 5 stored, 1 of them revisits, 12,345 bytes
recovered: a.warc.gz: sealed with 3 records
source herald: canonical links not believed, articles stored under their own URLs: 2; the first is \
https://news.example/1, which claims to be https://news.example/blog/
source herald: article.title finds nothing on the pages of 2 articles, generic rules were used; the first is \
https://news.example/1"""


def test_the_summary_for_a_log_counts_failures(tmp_path: Path) -> None:
    assert (
        "\n".join(summary(report(), tmp_path, listed=False))
        == f"""{COUNTS}
1 of the feeds, sitemaps, sections and listings of herald could not be read
run file: could not be written"""
    )


def test_R9_a_run_says_once_that_nothing_confines_the_children(tmp_path: Path) -> None:
    run = report()
    for confinement, count in ((None, 0), (["seccomp"], 0), ([], 1)):
        run.confinement = confinement
        assert "\n".join(summary(run, tmp_path, listed=False)).count("children are not confined") == count


def test_the_summary_for_a_terminal_lists_failures(tmp_path: Path) -> None:
    file = tmp_path / "20260301T120000Z-abcdef.json"
    file.touch()
    assert (
        "\n".join(summary(report(), tmp_path, listed=True))
        == f"""{COUNTS}
source herald could not be read: https://x/feed: answered 500
the budget of this run is spent
gone: https://news.example/2: answered 404
run file: {file}"""
    )


def test_a_long_list_of_failures_is_cut(tmp_path: Path) -> None:
    run = Report("1", "crawl", START)
    for number in range(SHOWN + 2):
        run.finished(f"https://news.example/{number}", Outcome.FAILED, Reason("timeout", f"{number}: too slow"))
    lines = summary(run, tmp_path, listed=True)
    assert lines[-2] == "… and 2 more in the run file" and sum(line.startswith("failed: ") for line in lines) == SHOWN


def test_the_reason_for_an_early_end_is_shown(tmp_path: Path) -> None:
    run = report()
    run.stopped = "SIGINT"
    assert "stopped: SIGINT" in summary(run, tmp_path, listed=False)
    run.fatal = StorageFailed("the disk is full")
    lines = summary(run, tmp_path, listed=False)
    assert "stopped: the disk is full" in lines and "stopped: SIGINT" not in lines
    assert "safe: 4 captures of this run, every post file, everything of earlier runs" in lines
