"""The run file as whole text, and the exit code of a run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from archive import Redactor
from crawler.errors import StorageFailed
from crawler.from_warc.publish import KeptFile
from crawler.from_warc.recovery import Recovered
from crawler.from_warc.site import Published
from crawler.items import Outcome, Reason
from crawler.run.report import LISTED, FaultySource, Report, SpentBudget, UndatedPost, UnreadSource, WrittenPost
from crawler.store.stored_version import State

START = datetime(2026, 3, 1, 12, tzinfo=UTC)

WHOLE = """{
 "v": 1,
 "run": "20260301T120000Z-abcdef",
 "command": "crawl",
 "started": "2026-03-01T12:00:00.000000Z",
 "finished": "2026-03-01T12:00:01.500000Z",
 "seconds": 1.5,
 "exit_code": 1,
 "stopped": "",
 "reason": "",
 "unmerged": "",
 "left": 0,
 "confinement": [
  "landlock"
 ],
 "articles": {
  "new": 1,
  "changed": 0,
  "unchanged": 0,
  "not-modified": 0,
  "not-an-article": 0,
  "gone": 1,
  "refused": 0,
  "failed": 1,
  "given-up": 0
 },
 "states": {
  "withdrawn": 0,
  "suspect": 1,
  "returned": 0
 },
 "site": {
  "written": 3,
  "removed": 2,
  "pictures": 1,
  "pictures_removed": 0,
  "kept": 1
 },
 "candidates": {
  "seen": 3,
  "added": 2
 },
 "images": {
  "fetched": 2,
  "known": 0,
  "missing": 1,
  "uncopied": 1
 },
 "captures": {
  "exchanges": 0,
  "revisits": 0,
  "bytes": 0,
  "saved": 0
 },
 "errors": {
  "http-404": 1,
  "timeout": 1
 },
 "news": [],
 "sources": {},
 "posts": {
  "count": 1,
  "first": [
   {
    "path": "herald/2026/03/01-1.md",
    "url": "https://news.example/1",
    "asked": "http://news.example/1",
    "outcome": "new"
   }
  ]
 },
 "failures": {
  "count": 2,
  "first": [
   {
    "url": "https://news.example/2",
    "outcome": "gone",
    "class": "http-404",
    "message": "https://news.example/2: answered 404"
   },
   {
    "url": "https://news.example/3",
    "outcome": "failed",
    "class": "timeout",
    "message": "https://news.example/3: too slow, said [redacted]"
   }
  ]
 },
 "changed_states": {
  "count": 1,
  "first": [
   {
    "state": "suspect",
    "url": "https://news.example/4",
    "reason": "consent-wall",
    "capture": "<urn:uuid:4>"
   }
  ]
 },
 "missing_images": {
  "count": 1,
  "first": [
   {
    "article": "https://news.example/1",
    "url": "https://i.example/1.png",
    "class": "http-404",
    "message": "https://i.example/1.png: answered 404"
   }
  ]
 },
 "uncopied_images": {
  "count": 1,
  "first": [
   {
    "article": "https://news.example/1",
    "url": "https://i.example/2.png",
    "message": "too large"
   }
  ]
 },
 "kept_files": {
  "count": 2,
  "first": [
   {
    "path": "herald/1.md",
    "message": "herald/1.md: somebody changed this post file"
   },
   {
    "path": "content/posts/2.md",
    "message": "content/posts/2.md: in the site"
   }
  ]
 },
 "undated": {
  "count": 1,
  "first": [
   {
    "article": "https://news.example/1",
    "date": "2026-03-01T12:00:00+00:00",
    "from": "capture"
   }
  ]
 },
 "unbelieved_links": {
  "count": 1,
  "first": [
   {
    "source": "herald",
    "url": "https://news.example/blog/",
    "article": "https://news.example/2",
    "articles": 2
   }
  ]
 },
 "unmatched_selectors": {
  "count": 1,
  "first": [
   {
    "source": "herald",
    "key": "title",
    "article": "https://news.example/2",
    "articles": 2
   }
  ]
 },
 "unread_sources": {
  "count": 1,
  "first": [
   {
    "source": "herald",
    "url": "https://news.example/feed",
    "message": "https://news.example/feed: answered 500"
   }
  ]
 },
 "faulty_sources": {
  "count": 1,
  "first": [
   {
    "source": "herald",
    "url": "https://news.example/feed",
    "message": "https://news.example/feed: line 3: an & that is not escaped"
   }
  ]
 },
 "recovered": {
  "count": 1,
  "first": [
   {
    "file": "warc/a.warc.gz",
    "message": "sealed"
   }
  ]
 },
 "spent": {
  "count": 1,
  "first": [
   {
    "source": "",
    "message": "the budget of this run is spent",
    "left": 0
   }
  ]
 }
}
"""


STATE = State(
    *("<urn:uuid:9>", "https://news.example/4", 2, "present", "withdrawn", "", "<urn:uuid:4>", START),
    *("a.warc.gz", 5, 6),
)


def report() -> Report:
    return Report("20260301T120000Z-abcdef", "crawl", START, redactor=Redactor([b"s3cret-token"]))


def test_the_run_file_is_this_text() -> None:
    run = report()
    run.confinement = ["landlock"]
    run.candidates.update(seen=3, added=2)
    run.kept_posts.append(KeptFile("herald/1.md", "herald/1.md: somebody changed this post file"))
    run.site = Published(3, 2, 1, 0, [KeptFile("content/posts/2.md", "content/posts/2.md: in the site")])
    run.images["fetched"] = 2
    run.finished("http://news.example/1", Outcome.NEW, None)
    run.posts.append(
        WrittenPost("herald/2026/03/01-1.md", "https://news.example/1", "http://news.example/1", Outcome.NEW)
    )
    run.finished("https://news.example/2", Outcome.GONE, Reason("http-404", "https://news.example/2: answered 404"))
    late = Reason("timeout", "https://news.example/3: too slow, said s3cret-token")
    run.finished("https://news.example/3", Outcome.FAILED, late)
    run.changed_state(replace(STATE, state="suspect", reason="consent-wall"))
    image = "https://i.example/1.png"
    run.missing_image("https://news.example/1", image, "http-404", f"{image}: answered 404")
    run.uncopied_image("https://news.example/1", "https://i.example/2.png", "too large")
    for number in (2, 3):
        run.unbelieved_link("herald", "https://news.example/blog/", f"https://news.example/{number}")
        run.unmatched_selector("herald", "title", f"https://news.example/{number}")
    run.undated.append(UndatedPost("https://news.example/1", START.isoformat(), "capture"))
    feed = "https://news.example/feed"
    run.unread_sources.append(UnreadSource("herald", feed, f"{feed}: answered 500"))
    run.faulty_sources.append(FaultySource("herald", feed, f"{feed}: line 3: an & that is not escaped"))
    run.recovered.append(Recovered("warc/a.warc.gz", "sealed"))
    run.spent.append(SpentBudget("", "the budget of this run is spent"))
    assert run.text(START + timedelta(seconds=1.5)) == WHOLE


def test_a_long_list_is_cut_and_counted() -> None:
    run = report()
    for number in range(LISTED + 1):
        run.finished(f"https://news.example/{number}", Outcome.FAILED, Reason("timeout", "too slow"))
    listed = run.content(START)["failures"]
    assert listed["count"] == LISTED + 1 and len(listed["first"]) == LISTED


@pytest.mark.parametrize(
    ("stopped", "fatal", "outcome", "code"),
    [
        ("", None, Outcome.NEW, 0),
        ("", None, Outcome.FAILED, 0),
        ("", None, Outcome.GIVEN_UP, 1),
        ("SIGINT", None, Outcome.GIVEN_UP, 130),
        ("SIGTERM", None, Outcome.NEW, 143),
        ("SIGTERM", StorageFailed("full"), Outcome.NEW, 4),
    ],
)
def test_exit_codes(stopped: str, fatal: BaseException | None, outcome: Outcome, code: int) -> None:
    run = report()
    run.finished("https://news.example/1", outcome, None)
    run.stopped, run.fatal = stopped, fatal
    assert run.exit_code == code


def test_an_unread_source_and_a_spent_budget_lead_to_1_and_a_faulty_source_to_0() -> None:
    unread, spent, faulty = report(), report(), report()
    faulty.faulty_sources.append(FaultySource("herald", "https://news.example/feed", "an & that is not escaped"))
    unread.unread_sources.append(UnreadSource("herald", "https://news.example/feed", "answered 500"))
    spent.spent.append(SpentBudget("herald", "spent"))
    assert (unread.exit_code, spent.exit_code, faulty.exit_code) == (1, 1, 0)
