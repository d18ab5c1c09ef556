"""Held articles that are withdrawn, walled, shrunk and back, in real runs: states, post files, audit and rebuild."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from holding import opened
from pages import Answer, PageServer, article, feed
from running import Ran, run

from archive import Finding, audit_paths
from crawler.errors import NotAnArticle
from crawler.extractors import extract
from crawler.from_warc.check_posts import PostsCheck
from crawler.from_warc.rebuild import rebuild
from crawler.items import Page, Post, Source
from crawler.run.job import RunOptions
from crawler.spiders.press import PressSpider
from crawler.spiders.refetch import RefetchSpider
from crawler.store.data_folder import Layout

SITE = "http://herald.test"
URL = f"{SITE}/news/tide-gates"
POST = "herald/2026/03/05-tide-gates.md"
START = datetime(2026, 3, 6, 12, tzinfo=UTC)
TEXT = [
    f"Paragraph {number}: engineers closed the tide gates on Tuesday, and the harbour stayed dry until the morning."
    for number in range(8)
]
PAGE = article("Tide gates tested at last", TEXT)
SOURCE = f'[[source]]\nname = "herald"\nlook_again = ["30d*"]\nfeeds = ["{SITE}/feed"]\nallow = ["/news/"]\n'
GONE = article(
    "Page not found", ["Sorry, the page that you are looking for does not exist any more."], head=""
).replace("og:type", "x")
WALL = (
    "<!DOCTYPE html><html><head><title>Before you continue</title></head><body><div id='consent'><h1>Before you "
    "continue to the Herald</h1><p>We and our 812 partners use cookies to store and access personal data. Accept all "
    "cookies to read on.</p><button>Accept all</button><button>Manage options</button></div></body></html>"
)
FRONT = "<!DOCTYPE html><html><head><title>The Test Herald</title></head><body><h1>The Test Herald</h1>" + "".join(
    f'<h2><a href="/news/{n}">The headline of story number {n} in the paper today</a></h2>' for n in range(20)
)


class World:
    """A site with one article, and the archive of its runs."""

    def __init__(self, folder: Path, server: PageServer, withdrawn: str = "keep") -> None:
        self.folder, self.server, self.posts = folder, server, f'withdrawn = "{withdrawn}"'
        self.layout = Layout(folder / "data", withdrawn=withdrawn)  # type: ignore[arg-type]
        self.now = START
        server["herald.test/feed"] = feed(URL)
        self.serve(PAGE)
        assert self.look(hours=0).outcomes == {URL: "new"}

    def serve(self, answer: Answer | str) -> None:
        self.server["herald.test/news/tide-gates"] = answer

    def look(self, *, hours: float = 31 * 24, by_hand: bool = False) -> Ran:
        """Run later, when the article is due again."""
        self.now += timedelta(hours=hours)
        options = RunOptions(urls=(URL,)) if by_hand else RunOptions()
        return run(
            self.folder,
            self.server.port,
            SOURCE,
            posts=self.posts,
            options=options,
            spider=RefetchSpider if by_hand else PressSpider,
            clock=lambda: self.now,
            WARC_CLOCK=lambda: self.now,
        )

    def states(self) -> list[tuple[str, str]]:
        with opened(self.layout) as catalogue:
            return [(state.state, state.reason) for state in catalogue.states.of(URL)]

    def versions(self) -> int:
        with opened(self.layout) as catalogue:
            return len(catalogue.versions(URL))

    def post(self) -> str | None:
        path = self.layout.posts / POST
        return path.read_text("utf-8") if path.exists() else None

    def check(self) -> None:
        """The audit finds nothing, and a rebuild gives the same rows and files."""
        with opened(self.layout) as catalogue:
            found = list(audit_paths([self.layout.root], further_checks=[PostsCheck(self.layout, catalogue)]))
            assert [one for one in found if isinstance(one, Finding) and one.severity == "error"] == []
            rows, post = list(catalogue.rows()), self.post()
        self.layout.catalogue.unlink()
        (self.layout.posts / POST).unlink(missing_ok=True)
        assert rebuild(self.layout).exit_code == 0
        with opened(self.layout) as catalogue:
            assert list(catalogue.rows()) == rows
        assert self.post() == post


FORMS: dict[str, tuple[Answer | str, str, str, str]] = {
    "404": (Answer(b"gone", 404), "withdrawn", "http-404", "gone"),
    "410": (Answer(b"gone", 410), "withdrawn", "http-410", "gone"),
    "451": (Answer(b"gone", 451), "withdrawn", "http-451", "failed"),
    "stub": (GONE, "withdrawn", "soft-404", "not-an-article"),
    "front page": (Answer(b"", 302, {"Location": "/"}), "withdrawn", "withdrawn", "refused"),
    "list on the site": (Answer(b"", 302, {"Location": "/news/all"}), "withdrawn", "withdrawn", "not-an-article"),
    "other site": (Answer(b"", 302, {"Location": "http://consent.test/ask?n=1"}), "suspect", "redirect", "refused"),
    "wall": (WALL, "suspect", "consent-wall", "not-an-article"),
    "list": (FRONT, "suspect", "listing", "not-an-article"),
    "empty": (Answer(b"", 200, {"Content-Type": "text/html"}), "suspect", "empty", "not-an-article"),
    "no page": (Answer(b"%PDF-1.4", 200, {"Content-Type": "application/pdf"}), "suspect", "not-html", "not-an-article"),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_held_post_stays_and_the_state_is_stored(tmp_path: Path, server: PageServer, form: str) -> None:
    answer, state, reason, outcome = FORMS[form]
    world = World(tmp_path, server)
    server["herald.test/"] = server["herald.test/news/all"] = FRONT
    post = world.post()
    world.serve(answer)
    ran = world.look()
    assert ran.outcomes == {URL: outcome} and world.states() == [(state, reason)] and world.post() == post
    assert ran.report.states == {state: 1} and ran.report.exit_code == 0
    [row] = ran.report.changed_states
    assert (row.state, row.url, row.reason) == (state, URL, reason)
    with opened(world.layout) as catalogue:
        [held] = catalogue.states.of(URL)
        capture = catalogue.capture(held.capture)
        assert capture is not None and capture.date == held.date == world.now and row.capture == held.capture
    world.check()
    assert world.look(by_hand=True).outcomes == {URL: outcome}
    assert world.states() == [(state, reason)], "the same again writes nothing"
    world.serve(PAGE)
    ran = world.look(by_hand=True)
    assert ran.outcomes == {URL: "unchanged"} and world.states() == [(state, reason), ("present", state)]
    assert ran.report.states == {"returned": 1}
    assert world.versions() == 1 and world.post() == post
    world.check()


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_an_outage_or_a_refusal_is_no_state(tmp_path: Path, server: PageServer, status: int) -> None:
    world = World(tmp_path, server)
    world.serve(Answer(b"no", status))
    assert world.look().outcomes == {URL: "failed"} and world.states() == []


def test_an_article_that_is_not_held_has_no_state(tmp_path: Path, server: PageServer) -> None:
    world = World(tmp_path, server)
    server["herald.test/feed"] = feed(f"{SITE}/news/other", f"{SITE}/news/wall")
    server["herald.test/news/wall"] = WALL
    world.look(hours=1)
    with opened(world.layout) as catalogue:
        assert catalogue.count()["states"] == 0


def test_an_article_comes_back_changed_or_as_not_modified(tmp_path: Path, server: PageServer) -> None:
    world = World(tmp_path, server)
    page = Answer(PAGE.encode(), 200, {"Content-Type": "text/html; charset=utf-8", "ETag": '"1"'})
    world.serve(page)
    world.look()
    world.serve(WALL)
    world.look(by_hand=True)
    world.serve(page)
    assert world.look().outcomes == {URL: "not-modified"}
    assert world.states() == [("suspect", "consent-wall"), ("present", "suspect")]
    world.serve(Answer(b"", 404))
    world.look(by_hand=True)
    world.serve(PAGE.replace("dry", "wet"))
    ran = world.look(by_hand=True)
    assert ran.outcomes == {URL: "changed"} and ran.report.states == {"returned": 1} and world.versions() == 2
    assert world.states()[2:] == [("withdrawn", "http-404"), ("present", "withdrawn")]
    world.check()


def test_another_reason_is_another_state(tmp_path: Path, server: PageServer) -> None:
    world = World(tmp_path, server)
    for status in (404, 410, 404):
        world.serve(Answer(b"", status))
        world.look(by_hand=True)
    assert world.states() == [("withdrawn", f"http-{status}") for status in (404, 410, 404)]


@pytest.mark.parametrize("dialect", ["hexo", "hugo", "jekyll"])
def test_mark_adds_a_key_to_the_post_and_takes_it_away_again(tmp_path: Path, server: PageServer, dialect: str) -> None:
    server["herald.test/"] = FRONT
    world = World(tmp_path, server, "mark")
    world.posts += f'\ndialect = "{dialect}"'
    world.serve(PAGE.replace("dry", "wet"))
    world.look(by_hand=True)
    post = world.post()
    world.serve(Answer(b"", 404))
    world.look(by_hand=True)
    marked = world.post()
    assert post and marked and len(marked.splitlines()) == len(post.splitlines()) + 1
    [line] = set(marked.splitlines()) - set(post.splitlines())
    stamp = f"{world.now:%a, %d %b %Y %H:%M:%S} GMT" if dialect == "hexo" else f"{world.now:%Y-%m-%dT%H:%M:%SZ}"
    assert line == f"withdrawn: '{stamp}'"
    world.check()
    world.serve(WALL)
    world.look(by_hand=True)
    assert world.post() == marked, "a suspect look changes no file"
    world.serve(PAGE.replace("dry", "wet"))
    world.look(by_hand=True)
    assert world.post() == post
    world.check()


def test_unpublish_removes_the_post_until_the_article_is_back(tmp_path: Path, server: PageServer) -> None:
    world = World(tmp_path, server, "unpublish")
    post = world.post()
    world.serve(WALL)
    world.look(by_hand=True)
    assert world.post() == post
    world.serve(Answer(b"", 410))
    world.look(by_hand=True)
    assert world.post() is None
    world.check()
    world.serve(PAGE)
    world.look(by_hand=True)
    assert world.post() == post
    world.check()


def test_the_audit_reports_a_post_that_does_not_follow_the_setting(tmp_path: Path, server: PageServer) -> None:
    world = World(tmp_path, server)
    world.serve(Answer(b"", 410))
    world.look(by_hand=True)
    for setting, message in (
        ("mark", f"post {POST} differs from the version in the archive"),
        ("unpublish", f"post {POST} is there, though its article is withdrawn ([posts] withdrawn)"),
    ):
        world.layout = Layout(world.layout.root, withdrawn=setting)  # type: ignore[arg-type]
        with opened(world.layout) as catalogue:
            found = audit_paths([world.layout.root], further_checks=[PostsCheck(world.layout, catalogue)])
            [one] = [one for one in found if isinstance(one, Finding) and one.severity == "error"]
            assert one.message == f"{message}; `warcpress rebuild` writes it again"
        assert rebuild(world.layout).changed == [POST]
        world.check()


TEASER = article("Tide gates tested at last", TEXT[:1])


def test_a_body_that_shrinks_is_suspect_and_a_version_when_it_stays_so(tmp_path: Path, server: PageServer) -> None:
    world = World(tmp_path, server)
    post = world.post()
    world.serve(TEASER)
    ran = world.look()
    assert ran.outcomes == {URL: "not-an-article"} and world.states() == [("suspect", "shrunk")]
    assert world.post() == post and world.versions() == 1
    world.check()
    world.serve(PAGE)
    world.look()
    assert world.states()[1:] == [("present", "suspect")]
    world.serve(TEASER)
    world.look()
    assert world.versions() == 1
    ran = world.look()
    assert ran.outcomes == {URL: "changed"} and world.versions() == 2
    assert world.states()[2:] == [("suspect", "shrunk"), ("present", "suspect")]
    world.check()


def test_a_body_that_shrinks_is_a_version_when_a_person_asks_for_it(tmp_path: Path, server: PageServer) -> None:
    world = World(tmp_path, server)
    world.serve(TEASER)
    assert world.look(by_hand=True).outcomes == {URL: "changed"} and world.states() == []


def test_a_page_that_other_rules_refuse_is_no_state_when_its_bytes_are_the_same(
    tmp_path: Path, server: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, server)

    async def refuse(self: object, page: Page, source: Source) -> Post:
        raise NotAnArticle("listing", "by a new rule")

    monkeypatch.setattr("running.Inline.extract", refuse)
    assert world.look().outcomes == {URL: "unchanged"} and world.states() == []
    world.serve(PAGE + " ")
    assert world.look().outcomes == {URL: "not-an-article"} and world.states() == [("suspect", "listing")]


BANNER = "<p>Our app is free: install it now, or read the paper at home.</p>"


@pytest.mark.parametrize("rules", ["extractor", "settings"])
def test_a_post_that_only_our_rules_change_makes_no_version(
    tmp_path: Path, server: PageServer, monkeypatch: pytest.MonkeyPatch, rules: str
) -> None:
    """The page's bytes change at each look, and so does what we make of them."""
    world = World(tmp_path, server)

    async def newer(self: object, page: Page, source: Source) -> Post:
        post = extract(page, source)
        body = post.body_html.replace("engineers", "ENGINEERS") + BANNER
        return replace(post, body_html=body, extractor="warcpress/9" if rules == "extractor" else post.extractor)

    monkeypatch.setattr("running.Inline.extract", newer)
    monkeypatch.setattr(f"{__name__}.SOURCE", SOURCE + ('site = "Herald"\n' if rules == "settings" else ""))
    for number in range(2):
        world.serve(PAGE.replace("<main>", f"<!-- {number} --><main>"))
        assert world.look(by_hand=True).outcomes == {URL: "unchanged"}
    world.serve(PAGE.replace("dry", "wet"))
    assert world.look(by_hand=True).outcomes == {URL: "changed"} and BANNER in (world.post() or "")
    assert world.versions() == 2


SAME = {
    "white space": PAGE.replace(" the ", "  \n the "),
    "no-break spaces": PAGE.replace("tide gates on", "tide\u00a0gates&nbsp;on"),
    "class names": PAGE.replace("<p>", '<p class="css-1x9f2">'),
    "a footer": PAGE.replace("</main>", "</main><footer><p>Read 812 times, 4 readers now</p></footer>"),
    "a time that counts back": PAGE.replace("<h1>", "<p>Updated 3 hours ago</p><h1>"),
}


@pytest.mark.parametrize("form", SAME)
def test_what_a_reader_does_not_see_makes_no_version_in_either_direction(
    tmp_path: Path, server: PageServer, form: str
) -> None:
    world = World(tmp_path, server)
    for page in (SAME[form], PAGE):
        world.serve(page)
        assert world.look(by_hand=True).outcomes == {URL: "unchanged"}
    world.serve(SAME[form].replace("dry", "wet"))
    assert world.look(by_hand=True).outcomes == {URL: "changed"}
    world.serve(PAGE.replace("dry", "wet"))
    assert world.look(by_hand=True).outcomes == {URL: "unchanged"}
    assert world.versions() == 2
