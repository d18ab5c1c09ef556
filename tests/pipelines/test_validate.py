"""Articles that are dropped end their visit as not an article; others pass unchanged."""

from __future__ import annotations

from pathlib import Path

from pages import PageServer, article, feed
from running import run

SITE = "http://herald.test"
TEXT = [f"Paragraph {number} of the story, long enough to be one, with a comma." for number in range(5)]


def test_an_article_outside_of_its_source_is_dropped(tmp_path: Path, server: PageServer) -> None:
    elsewhere = '<link rel="canonical" href="http://herald.test/sport/1">'
    server["herald.test/feed"] = feed(f"{SITE}/news/1", f"{SITE}/news/2")
    server["herald.test/news/1"] = article("The first story today", TEXT, head=elsewhere)
    server["herald.test/news/2"] = article("The second story today", TEXT)
    configured = f'[[source]]\nname = "herald"\nfeeds = ["{SITE}/feed"]\nallow = ["/news/"]\ndeny = ["/sport/"]\n'
    ran = run(tmp_path, server.port, configured)
    assert ran.outcomes == {f"{SITE}/news/1": "not-an-article", f"{SITE}/news/2": "new"}
    [failed] = ran.report.failures
    assert (failed.error_class, failed.message) == (
        "outside",
        f"{SITE}/news/1: not an article: outside ({SITE}/sport/1 is not allowed by source herald)",
    )
    assert [path.name for path in (tmp_path / "data/posts").rglob("*.md")] == ["05-2.md"]
