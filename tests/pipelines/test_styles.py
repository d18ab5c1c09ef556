"""Style sheets of articles in real runs: each captured once for all pages that share it; no post depends on one."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pages import Answer, PageServer, article
from running import run

from archive import Capture, Finding, audit_paths
from crawler.clock import utc_now
from crawler.pipelines import styles
from crawler.run.job import RunOptions
from crawler.spiders.press import PressSpider
from crawler.spiders.refetch import RefetchSpider
from crawler.store.catalogue import Catalogue

SITE = "http://herald.test"
TEXT = [f"Paragraph {number} of the story, long enough to be one, with a comma." for number in range(5)]
HTML = {"Content-Type": "text/html; charset=utf-8"}
LINK = '<link rel="stylesheet" href="{}">'


class Paper:
    """A site, runs over it, and the style sheets that they asked for."""

    def __init__(self, folder: Path, server: PageServer) -> None:
        self.folder, self.server, self.ahead = folder, server, timedelta(0)

    def publish(self, *paths: str, head: str) -> None:
        for path in paths:
            page = article(
                f"The story at {path} today", [*TEXT, f"It is told at {path} alone, and only there."], head=head
            )
            self.server[f"herald.test{path}"] = Answer(page.encode(), headers=HTML | {"ETag": '"1"'})

    def css(self, place: str, text: str | bytes = "p{color:red}", status: int = 200) -> None:
        body = text if isinstance(text, bytes) else text.encode()
        self.server[place] = Answer(body, status, {"Content-Type": "text/css"})

    def run(
        self, *paths: str, days: float = 0, limits: str = "", archive: str = "", by_hand: bool = False
    ) -> list[str]:
        """Run over these articles; return host and path of each style sheet that was requested."""
        ahead = self.ahead = self.ahead + timedelta(days=days)
        self.server.asked.clear()
        urls = ", ".join(f'"{SITE}{path}"' for path in paths)
        ran = run(
            self.folder,
            self.server.port,
            f'[archive]\n{archive}\n[[source]]\nname = "herald"\nurls = [{urls}]\n',
            limits=limits,
            options=RunOptions(urls=tuple(SITE + path for path in paths) if by_hand else ()),
            clock=self.now,
            WARC_CLOCK=lambda: utc_now() + ahead,
            spider=RefetchSpider if by_hand else PressSpider,
        )
        assert ran.report.exit_code == 0 and ran.report.fatal is None
        self.outcomes = list(ran.outcomes.values())
        return sorted(asked.host + asked.path for asked in self.server.asked if ".css" in asked.path)

    def now(self) -> datetime:
        return utc_now() + self.ahead

    def captures(self, place: str) -> list[Capture]:
        with closing(Catalogue(self.folder / "data/catalogue.sqlite", read_only=True)) as catalogue:
            return catalogue.captures.of([f"http://{place}"])

    def findings(self) -> list[str]:
        """What the audit finds."""
        items = audit_paths([self.folder / "data"], clock=self.now)
        return [item.message for item in items if isinstance(item, Finding)]


@pytest.fixture
def paper(tmp_path: Path, server: PageServer) -> Paper:
    return Paper(tmp_path, server)


def test_ten_pages_ask_for_a_style_sheet_once_and_again_after_a_week(paper: Paper) -> None:
    pages = [f"/{number}" for number in range(10)]
    paper.publish(*pages, "/new", "/later", head=LINK.format("/a.css") + LINK.format("http://cdn.test/b.css#x"))
    paper.css("herald.test/a.css")
    paper.css("cdn.test/b.css", "p{color:blue}")  # with the same bytes, the later of the two would be a revisit
    assert paper.run(*pages) == ["cdn.test/b.css", "herald.test/a.css"]
    assert paper.outcomes == ["new"] * 10
    assert paper.run("/new") == [] and paper.outcomes == ["new"]
    assert paper.run(*pages, days=6.5) == [], "nothing new, nothing asked"
    assert paper.run("/later", days=1) == ["cdn.test/b.css", "herald.test/a.css"]
    kinds = [(capture.kind, capture.status) for capture in paper.captures("herald.test/a.css")]
    assert kinds == [("response", 200), ("revisit", 200)], "the same bytes are stored once"
    assert paper.findings() == []


def test_imports_are_followed_in_few_steps_and_loops_end(paper: Paper) -> None:
    paper.publish("/1", head="<style>@import url(/0.css); p{color:red}</style>")
    for step in range(9):
        paper.css(f"herald.test/{step}.css", f"\ufeff@import '{step + 1}.css';@import url('/0.css') screen;p{{x:y}}")
    assert paper.run("/1") == [f"herald.test/{step}.css" for step in range(4)]
    with closing(Catalogue(paper.folder / "data/catalogue.sqlite", read_only=True)) as catalogue:
        assert catalogue.has_posts()
    assert paper.findings() == []


def test_a_missing_style_sheet_leaves_the_post_as_it_is_and_is_tried_again_after_a_day(paper: Paper) -> None:
    paper.publish("/0", head="")
    paper.run("/0")
    post = next((paper.folder / "data/posts").rglob("*-0.md")).read_text("utf-8")
    head = LINK.format("/gone.css") + LINK.format("http://down.test/x.css") + LINK.format("/page.css")
    paper.publish("/1", "/2", "/3", "/4", head=head)
    paper.server["herald.test/page.css"] = "<html>Not a style sheet</html>"
    paper.server["down.test/robots.txt"] = "User-agent: *\nDisallow: /\n"
    assert paper.run("/1") == ["herald.test/gone.css", "herald.test/page.css"], "robots.txt forbids the third"
    assert paper.outcomes == ["new"]
    assert next((paper.folder / "data/posts").rglob("*-1.md")).read_text("utf-8") == post.replace("/0", "/1")
    assert paper.run("/2", days=0.9) == []
    paper.css("herald.test/gone.css")
    assert paper.run("/3", days=0.2) == ["herald.test/gone.css"]
    assert paper.run("/4", days=1) == []
    assert paper.findings() == []


def test_a_style_sheet_without_end_is_cut_off(paper: Paper) -> None:
    paper.publish("/1", "/2", head=LINK.format("/huge.css"))
    paper.css("herald.test/huge.css", bytes(100 * 2**20))
    assert paper.run("/1") == ["herald.test/huge.css"] and paper.outcomes == ["new"]
    [capture] = paper.captures("herald.test/huge.css")
    assert capture.truncated == "length"
    assert sum(path.stat().st_size for path in (paper.folder / "data/warc").iterdir()) < 5 * 2**20
    assert paper.run("/2") == []
    assert paper.findings() == []


def test_an_article_has_a_limit_and_the_guard_a_say(paper: Paper) -> None:
    forbidden = (
        "http://herald.test:8080/p.css",
        "ftp://herald.test/f.css",
        "data:text/css,p{}",
        "http://u@herald.test/u.css",
    )
    paper.publish("/1", head="".join(map(LINK.format, forbidden)))
    assert paper.run("/1") == [] and paper.outcomes == ["new"]
    paper.publish("/2", head="".join(LINK.format(f"/{number}.css") for number in range(9)))
    for number in range(9):
        paper.css(f"herald.test/{number}.css", "@import 'more.css';")
    assert paper.run("/2", limits="article_styles = 3") == [
        "herald.test/0.css",
        "herald.test/1.css",
        "herald.test/2.css",
    ]


def test_a_budget_that_style_sheets_use_up_is_no_fault(paper: Paper) -> None:
    paper.publish("/1", head=LINK.format("/0.css") + LINK.format("/1.css"))
    for number in range(2):
        paper.css(f"herald.test/{number}.css")
    assert len(paper.run("/1", limits="source_urls = 3")) == 1, "after robots.txt and the article"
    assert paper.outcomes == ["new"]


def test_few_style_sheets_wait_at_a_time(paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(styles, "MOST_WAITING", 2)
    paper.publish("/1", head="".join(LINK.format(f"/{number}.css") for number in range(5)))
    for number in range(5):
        paper.css(f"herald.test/{number}.css", "@import 'more.css';" if number else "p{}")
    paper.css("herald.test/more.css")
    assert paper.run("/1") == ["herald.test/0.css", "herald.test/1.css", "herald.test/more.css"]
    paper.publish("/2", head=LINK.format("/4.css"))
    assert paper.run("/2") == ["herald.test/4.css"], "what was left out is asked for later"


def test_addresses_that_no_request_can_have_cost_no_post(paper: Paper) -> None:
    """Each lost its post: the child's answer was refused, or the request could not be made."""
    broken = ("http://cdn.test:port/a.css", "http://cdn.test:99999/a.css", "http://[cdn.test/a.css", "//:80/a.css")
    paper.publish("/1", head="".join(map(LINK.format, (*broken, "HTTP://CDN.test/A.css"))))
    paper.css("cdn.test/A.css", "".join(f"@import '{address}';" for address in (*broken, "HTTP://cdn.test/b.css")))
    paper.css("cdn.test/b.css")
    assert paper.run("/1") == ["cdn.test/A.css", "cdn.test/b.css"] and paper.outcomes == ["new"]


def test_only_pages_with_a_version_ask_and_a_refetch_asks_again(paper: Paper) -> None:
    paper.publish("/1", head=LINK.format("/a.css"))
    paper.css("herald.test/a.css")
    paper.server["herald.test/list"] = f"<html><head>{LINK.format('/b.css')}</head><body><p>Nothing here.</body></html>"
    assert paper.run("/1", "/list") == ["herald.test/a.css"]
    assert paper.outcomes.count("new") == 1 and "not-an-article" in paper.outcomes
    assert paper.run("/1", by_hand=True) == ["herald.test/a.css"] and paper.outcomes == ["unchanged"]


def test_style_sheets_can_be_left_out(paper: Paper) -> None:
    paper.publish("/1", head=LINK.format("/a.css"))
    assert paper.run("/1", archive="styles = false") == [] and paper.outcomes == ["new"]
