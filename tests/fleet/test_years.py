"""A data folder for each year: what a run of the new year takes over, and what becomes of the folder of the old one."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from collections import Counter
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from living import SimulatedClock
from pages import PNG, PageServer, article, feed
from running import Ran, run_file
from running import inline as inline
from running import server as server
from timestamping import Authority

from archive import Manifest
from crawler.cli import main, parser
from crawler.cli.process import SPIDERS
from crawler.cli.worker import commands_for, load_fleet
from crawler.config import Config, Crawl, Fleet, Posts, Shard, load
from crawler.errors import ConfigError, Locked
from crawler.fleet.children import Children
from crawler.fleet.commands import Command
from crawler.fleet.moves import folders
from crawler.fleet.shards import divide, of_named_shard, of_shard
from crawler.fleet.years import in_year, name_of, of_named_folder
from crawler.posts.frontmatter import marked
from crawler.run.idle import is_idle
from crawler.run.job import RunOptions
from crawler.store.catalogue import Catalogue
from crawler.store.data_folder import Layout

PEM = Encoding.PEM
NIGHT = datetime(2025, 12, 31, 12, tzinfo=UTC)
MORNING = datetime(2026, 1, 1, 9, tzinfo=UTC)
WORDS = "The council voted on Tuesday to repair the old bridge over the river before the winter floods arrive again. "
LONG = [WORDS * 3, "Engineers had warned for years that its piers were cracked. " * 4, WORDS * 2]
MORE = [*LONG, "The work will cost four million. " * 5]
PAGES = ("bridge", "dam", "fair", "mill")
HEAD = """[crawl]
user_agent = "warcpress (+https://reader.test/bot)"
allow_private = ["127.0.0.0/8"]
delay = 0
resolve = {{ "*:80" = "127.0.0.1:{port}" }}
{crawl}
[limits]
retries = 0
{tables}
"""
SOURCE = '[[source]]\nname = "{0}"\nfeeds = ["http://{0}.test/feed.xml"]\nlook_again = ["6h*"]\n'
NAMES = [f"paper{number}" for number in range(30)]


def divided(of: int) -> dict[str, int]:
    return dict(divide(load_text("".join(map(SOURCE.format, NAMES))).sources, of).sources)


def load_text(text: str) -> Config:
    return load("warcpress.toml", text=text)


def dated(page: str) -> str:
    """A page published ten months before the turn."""
    return page.replace("2026-03-05", "2025-03-05")


def listed(*links: str) -> str:
    return feed(*links).replace("Thu, 05 Mar 2026", "Wed, 05 Mar 2025")


class Press:
    """Papers on loopback, and somebody who follows them through the years."""

    def __init__(self, folder: Path, server: PageServer, *papers: str) -> None:
        self.folder, self.server, self.papers = folder, server, papers
        self.clock = SimulatedClock(NIGHT)
        for paper in papers:
            server[f"{paper}.test/feed.xml"] = listed(*(f"http://{paper}.test/a/{page}.html" for page in PAGES))
            for page in PAGES:
                self.publish(paper, page)
        self.configure("yearly = true")

    def configure(self, crawl: str = "", tables: str = "") -> None:
        text = HEAD.format(port=self.server.port, crawl=crawl, tables=tables)
        sources = "".join(map(SOURCE.format, self.papers))
        (self.folder / "warcpress.toml").write_text(text + sources)

    def publish(self, paper: str, page: str, body: list[str] = LONG) -> None:
        text = dated(article(f"The {page} of {paper}", [f"{page} of {paper}: {paragraph}" for paragraph in body]))
        self.server[f"{paper}.test/a/{page}.html"] = text
        if page == "bridge":
            answer = self.server.answers[f"{paper}.test/a/{page}.html"]
            headers = {"ETag": f'"{page}"', "Content-Type": "text/html"}
            self.server[f"{paper}.test/a/{page}.html"] = replace(answer, headers=headers)

    def show(self, page: str, picture: str) -> None:
        """Let a page show a picture, which has its bytes."""
        paper = self.papers[0]
        self.server[f"{paper}.test{picture}"] = PNG
        body = [f"{page} of {paper}: {paragraph}" for paragraph in LONG]
        text = article(f"The {page} of {paper}", body, images=(picture,))
        self.server[f"{paper}.test/a/{page}.html"] = dated(text)

    def url(self, page: str, paper: str = "") -> str:
        return f"http://{paper or self.papers[0]}.test/a/{page}.html"

    def crawl(
        self, at: datetime, *urls: str, shard: Shard | None = None, due: bool = False, fails: bool = False
    ) -> Ran:
        self.clock.now = at
        options = RunOptions(urls=urls, due=due)
        spider, path = SPIDERS["refetch" if urls else "crawl"], self.folder / "warcpress.toml"
        ran = run_file(path, options, self.clock, spider, shard, WARC_CLOCK=self.clock)
        assert (ran.report.fatal is not None) == fails
        return ran

    def die(self, at: datetime, function: str, call: int = 1) -> None:
        """Let a run be killed when it calls a function."""
        program = Path(__file__).with_name("killed_turn.py")
        path = self.folder / "warcpress.toml"
        words = [sys.executable, str(program), str(path), at.isoformat(), function, str(call)]
        died = subprocess.run(words, capture_output=True, check=False, timeout=120)
        assert died.returncode == -signal.SIGKILL, died.stderr.decode()

    def command(self, *words: str, code: int = 0, errors: bool = False) -> str:
        """Run a command that only reads at the present time; return its output, or with `errors` that on stderr."""
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
        with pytest.MonkeyPatch.context() as patch, chdir(self.folder), redirect_stdout(out), redirect_stderr(err):
            patch.setattr("crawler.cli.common.utc_now", lambda: self.clock.now)
            found = main((*words, *(("--processes", "1") if words[0] == "audit" else ())))
        printed, told = (stream.buffer.getvalue().decode() for stream in (out, err))
        assert found == code, told + printed
        return told if code or errors else printed

    def layout(self, name: str) -> Layout:
        return Layout(self.folder / "data" / name)

    def asked(self, since: int = 0) -> Counter[str]:
        """How often each article was asked for."""
        found = ((one.host, one.path) for one in self.server.asked[since:])
        return Counter(f"http://{host}{path}" for host, path in found if path.startswith("/a/"))

    def rows(self, name: str) -> list[tuple[str, tuple[Any, ...]]]:
        catalogue = Catalogue(self.layout(name).catalogue)
        try:
            return list(catalogue.rows())
        finally:
            catalogue.close()

    def prove(self, *names: str) -> None:
        """Check that the audit over all folders is clean, and that each can be made again from its WARC files."""
        lines = [json.loads(line) for line in self.command("audit", "--json", "-").splitlines()]
        assert [line for line in lines if line.get("severity") in ("error", "warning")] == []
        for name in names:
            before, posts = self.rows(name), posts_of(self.layout(name))
            self.layout(name).catalogue.unlink()
            self.command("rebuild", "--data", f"data/{name}")
            assert (self.rows(name), posts_of(self.layout(name))) == (before, posts)

    def versions(self, url: str) -> list[tuple[int, str]]:
        """Number of each version of an article, and the folder of its WARC file."""
        found = (json.loads(line) for line in self.command("history", "--json", "-", url).splitlines())
        return [(line["version"], line["filename"].rpartition("/")[0]) for line in found if line["event"] == "version"]


def posts_of(layout: Layout) -> dict[str, str]:
    return {path.relative_to(layout.posts).as_posix(): path.read_text("utf-8") for path in layout.posts.rglob("*.md")}


def assert_closed(layout: Layout) -> None:
    assert layout.closed
    assert [path.name for path in layout.warc.iterdir() if path.suffix != ".gz"] == []
    assert len(list((layout.root / "index").glob("*.cdxj"))) == 1
    assert not (layout.root / "index/digests.sqlite").exists()
    assert set(Manifest(layout.root).names()) >= {path.name for path in layout.warc.iterdir()}


@pytest.fixture
def press(tmp_path: Path, server: PageServer) -> Press:
    return Press(tmp_path, server, "herald")


def test_the_turn_of_the_year(press: Press) -> None:
    press.crawl(NIGHT)
    old = posts_of(press.layout("2025"))
    assert len(old) == len(PAGES)
    press.publish("herald", "fair", MORE)
    del press.server.answers["herald.test/a/mill.html"]
    before = len(press.server.asked)
    ran = press.crawl(MORNING, due=True)
    assert press.asked(before) == dict.fromkeys(map(press.url, PAGES), 1), "each is looked at once, for it was due"
    assert [one.status for one in press.server.asked[before:] if one.path == "/a/bridge.html"] == [304]
    assert ran.outcomes == {
        press.url("bridge"): "not-modified",
        press.url("dam"): "unchanged",
        press.url("fair"): "changed",
        press.url("mill"): "gone",
    }
    new = posts_of(press.layout("2026"))
    [path] = new
    assert path == "herald/2025/03/05-fair.md" and "four million" in new[path] and path in old
    assert posts_of(press.layout("2025")) == old, "no old post vanishes or changes"
    assert_closed(press.layout("2025"))
    assert not press.layout("2026").closed

    assert press.versions(press.url("fair")) == [(1, "2025"), (2, "2026")]
    assert press.versions(press.url("dam")) == [(1, "2025")]
    listed = [json.loads(line) for line in press.command("list", "--json", "-").splitlines()]
    assert sorted(line["url"] for line in listed) == sorted(map(press.url, PAGES))
    assert "withdrawn" in press.command("history", press.url("mill"))
    withdrawn = press.command("list", "--withdrawn", "--json", "-").splitlines()
    assert [json.loads(line)["url"] for line in withdrawn] == [press.url("mill")]
    assert "closed 2026-01-01, since its year is over" in press.command("status")
    press.prove("2025", "2026")


def test_nothing_is_asked_for_because_a_year_begins(press: Press) -> None:
    press.crawl(NIGHT)
    soon, before = datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC), len(press.server.asked)
    press.crawl(NIGHT + timedelta(hours=11), due=True)
    press.crawl(soon, due=True)
    assert press.asked(before) == dict.fromkeys(map(press.url, PAGES), 1), "in the old year, after six hours"
    press.clock.now = soon + timedelta(minutes=1)
    assert is_idle(in_year(load(press.folder / "warcpress.toml"), press.clock.now), RunOptions(due=True), press.clock)
    press.prove("2025", "2026")


def test_years_of_shards(tmp_path: Path, server: PageServer) -> None:
    shards = divided(2)
    one, two = (next(name for name in NAMES if shards[name] == number) for number in (1, 2))
    press = Press(tmp_path, server, one, two)
    press.configure("yearly = true", "[fleet]\nshards = 2")
    for number in (1, 2):
        press.crawl(NIGHT, shard=Shard(number, 2))
    for paper in (one, two):
        press.publish(paper, "fair", MORE)
    before = len(server.asked)
    for number in (1, 2):
        press.crawl(MORNING, shard=Shard(number, 2), due=True)
    assert set(press.asked(before).values()) == {1}
    names = ["2025/shard-1", "2025/shard-2", "2026/shard-1", "2026/shard-2"]
    assert list(folders(in_year(load(tmp_path / "warcpress.toml"), MORNING))) == names
    for name in names[:2]:
        assert_closed(press.layout(name))
    for number, paper in enumerate((one, two), 1):
        assert press.versions(press.url("fair", paper)) == [(1, f"2025/shard-{number}"), (2, f"2026/shard-{number}")]
        held = json.loads((press.layout(f"2026/shard-{number}").root / "sources.json").read_text())["sources"]
        assert {name: held[name]["before"] for name in held} == {paper: [f"2025/shard-{number}"]}
    assert len(press.command("list").splitlines()) == 2 * len(PAGES)
    assert len(press.command("list", "--shard", "1/2").splitlines()) == len(PAGES)
    press.prove(*names)


def test_a_worker_finds_the_folders_of_years(tmp_path: Path, server: PageServer) -> None:
    press = Press(tmp_path, server, "herald")
    press.configure("yearly = true", "[fleet]\nshards = 2")
    number = divide(load(tmp_path / "warcpress.toml").sources, 2).sources["herald"]
    press.crawl(NIGHT, shard=Shard(number, 2))

    def shards(command: str, *words: str) -> list[str]:
        given = [*words, "--config", str(tmp_path / "warcpress.toml"), "worker", "--local", "1", command]
        options = parser(given).parse_args(given)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("crawler.cli.common.utc_now", lambda: MORNING)
            return [one.name for one in commands_for(load_fleet(options), [], (command,))[0]]

    assert shards("audit") == [f"shard-{number}"], "it reads all years, also before the first run of the new one"
    with pytest.raises(ConfigError, match="data/2026: no shard has a data folder there"):
        shards("push")
    year = str(tmp_path / "data/2025")
    assert shards("push", "--data", year) == [f"shard-{number}"], "a year that is named stays that year"


def test_the_line_about_a_run_over_midnight_has_its_counts(
    tmp_path: Path, server: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    press = Press(tmp_path, server, "herald")
    press.configure("yearly = true", "[fleet]\nshards = 1")
    press.crawl(NIGHT, shard=Shard(1, 1))

    async def ended(_: Children, __: Command) -> int:
        return 0

    monkeypatch.setattr(Children, "run", ended)
    monkeypatch.setattr("crawler.fleet.worker.time", SimpleNamespace(time=NIGHT.timestamp))
    monkeypatch.setattr("crawler.cli.worker.utc_now", lambda: MORNING)
    told = press.command("worker", "--local", "1", "--once", errors=True)
    assert told.splitlines() == ["shard-1: 4 new; code 0, 0.0 s"]


def test_a_plain_folder_gets_years_and_loses_them_again(press: Press) -> None:
    press.configure()
    press.crawl(NIGHT - timedelta(days=1))
    press.configure("yearly = true")
    press.crawl(NIGHT)
    assert_closed(press.layout("."))
    press.publish("herald", "fair", MORE)
    press.crawl(MORNING)
    assert press.versions(press.url("fair")) == [(1, "data"), (2, "2026")]
    press.configure()
    press.publish("herald", "fair", [*MORE, WORDS])
    before = len(press.server.asked)
    ran = press.crawl(MORNING + timedelta(hours=7))
    assert press.asked(before) == dict.fromkeys(map(press.url, PAGES), 1)
    assert ran.outcomes[press.url("fair")] == "changed" and ran.outcomes[press.url("dam")] == "unchanged"
    assert not press.layout(".").closed, "runs write to it again"
    assert_closed(press.layout("2026"))
    press.configure("yearly = true")
    assert press.versions(press.url("fair")) == [(1, "data"), (2, "2026"), (3, "data")]
    press.prove("2025", "2026", ".")


def test_a_folder_that_had_years_from_the_start_keeps_their_files_apart(press: Press) -> None:
    """Its own first run finds the WARC files of a year below it, and nothing else in it."""
    press.crawl(NIGHT)
    press.configure()
    press.publish("herald", "fair", MORE)
    ran = press.crawl(NIGHT + timedelta(hours=7))
    assert (ran.outcomes[press.url("fair")], ran.outcomes[press.url("dam")]) == ("changed", "unchanged")
    assert list(posts_of(press.layout("."))) == ["herald/2025/03/05-fair.md"] and not ran.report.recovered
    press.configure("yearly = true")
    assert press.versions(press.url("fair")) == [(1, "2025"), (2, "data")]
    press.prove("2025", ".")


def test_a_year_that_is_missing_is_one_line(press: Press, caplog: pytest.LogCaptureFixture) -> None:
    press.crawl(NIGHT)
    press.crawl(MORNING)
    old = press.layout("2025").root
    old.rename(old.with_name("elsewhere"))
    press.crawl(MORNING + timedelta(hours=7))
    told = [record.getMessage() for record in caplog.records if str(old) in record.getMessage()]
    assert told == [f"{old}: missing, and has earlier articles: they are stored as new ones; bring it back"]


def test_only_the_last_year_is_read_when_another_begins(press: Press) -> None:
    press.crawl(NIGHT)
    press.crawl(MORNING)
    press.layout("2025").frontier.unlink()
    before = len(press.server.asked)
    press.crawl(MORNING + timedelta(days=366))
    assert press.asked(before) == dict.fromkeys(map(press.url, PAGES), 1)
    assert posts_of(press.layout("2027")) == {}
    held = json.loads((press.layout("2027").root / "sources.json").read_text())["sources"]
    assert held["herald"]["before"] == ["2026", "2025"]


def test_a_source_that_is_renamed_at_the_turn_keeps_its_articles(press: Press) -> None:
    press.crawl(NIGHT)
    press.publish("herald", "fair", MORE)
    path = press.folder / "warcpress.toml"
    path.write_text(path.read_text().replace('name = "herald"', 'name = "times"'))
    before = len(press.server.asked)
    ran = press.crawl(MORNING)
    assert set(press.asked(before).values()) == {1}
    assert Counter(ran.outcomes.values()) == {"not-modified": 1, "unchanged": 2, "changed": 1}
    assert press.versions(press.url("fair")) == [(1, "2025"), (2, "2026")]


def test_an_article_of_no_source_is_refetched_in_the_new_year(press: Press) -> None:
    press.papers = ()
    press.configure("yearly = true")
    press.crawl(NIGHT, press.url("dam", "herald"))
    ran = press.crawl(MORNING, press.url("dam", "herald"))
    assert list(ran.outcomes.values()) == ["unchanged"]
    press.publish("herald", "dam", MORE)
    ran = press.crawl(MORNING, press.url("dam", "herald"))
    assert list(ran.outcomes.values()) == ["changed"]
    assert press.versions(press.url("dam", "herald")) == [(1, "2025"), (2, "2026")]


def test_two_articles_of_two_years_do_not_get_one_name(press: Press) -> None:
    press.crawl(NIGHT)
    press.server["herald.test/feed.xml"] = listed("http://herald.test/b/dam.html")
    press.server["herald.test/b/dam.html"] = dated(article("Another dam", [f"Another: {text}" for text in LONG]))
    press.crawl(MORNING)
    [path] = posts_of(press.layout("2026"))
    assert path.startswith("herald/2025/03/05-dam-") and path not in posts_of(press.layout("2025"))
    press.prove("2026")


def test_a_site_keeps_each_post_at_its_place(press: Press) -> None:
    site = press.folder / "site"
    site.mkdir()
    (site / "package.json").write_text('{"dependencies": {"hexo": "1"}}')
    press.configure("yearly = true", '[publish]\nsite = "site"')
    press.crawl(NIGHT)
    posts = site / "source/_posts"
    old = {path.relative_to(posts).as_posix() for path in posts.rglob("*.md")}
    press.publish("herald", "fair", MORE)
    press.crawl(MORNING)
    assert {path.relative_to(posts).as_posix() for path in posts.rglob("*.md")} == old
    assert "four million" in (posts / "herald/2025/03/05-fair.md").read_text()


def test_a_site_gets_an_article_that_was_withdrawn_in_the_old_year_and_comes_back_changed(press: Press) -> None:
    site = press.folder / "site"
    site.mkdir()
    (site / "package.json").write_text('{"dependencies": {"hexo": "1"}}')
    press.configure("yearly = true", '[publish]\nsite = "site"\n[posts]\nwithdrawn = "mark"')
    press.crawl(NIGHT)
    del press.server.answers["herald.test/a/fair.html"]
    press.crawl(NIGHT + timedelta(hours=7))
    post = site / "source/_posts/herald/2025/03/05-fair.md"
    assert "withdrawn: " in post.read_text()
    press.publish("herald", "fair", MORE)
    ran = press.crawl(MORNING)
    assert ran.outcomes[press.url("fair")] == "changed" and ran.report.site.kept == []
    assert "four million" in post.read_text() and "withdrawn: " not in post.read_text()


SITE = '[publish]\nsite = "site"\n[posts]\nwithdrawn = "{}"\nimages = "local"'


@pytest.fixture
def site(press: Press) -> Path:
    folder = press.folder / "site"
    folder.mkdir()
    (folder / "package.json").write_text('{"dependencies": {"hexo": "1"}}')
    return folder


@pytest.mark.parametrize("setting", ["keep", "mark", "unpublish"])
def test_a_site_follows_an_article_of_the_old_year_that_goes_and_comes_back(
    press: Press, site: Path, setting: str
) -> None:
    press.configure("yearly = true", SITE.format(setting))
    press.show("fair", "/p.png")
    press.crawl(NIGHT)
    post, picture = site / "source/_posts/herald/2025/03/05-fair.md", site / "source/media"
    before, files = post.read_text(), sorted(picture.rglob("*.png"))
    assert len(files) == 1
    page = press.server.answers.pop("herald.test/a/fair.html")
    press.crawl(MORNING)
    if setting == "unpublish":
        assert not post.exists() and not files[0].exists(), "nor the picture that no other post shows"
    else:
        assert post.read_text() == (before if setting == "keep" else marked(before, "withdrawn", MORNING))
    for year in ("2026", "2025"):  # which compare all posts with the site
        there = post.exists() and post.read_text()
        press.command("rebuild", "--data", f"data/{year}")
        assert (post.exists() and post.read_text()) == there
    press.server.answers["herald.test/a/fair.html"] = page
    ran = press.crawl(MORNING + timedelta(hours=7))
    assert ran.outcomes[press.url("fair")] == "unchanged" and ran.report.site.kept == []
    assert post.read_text() == before and files[0].exists()
    assert posts_of(press.layout("2026")) == {}, "the old year proves it"
    press.prove("2025", "2026")
    del press.server.answers["herald.test/a/fair.html"]
    assert press.crawl(MORNING + timedelta(days=366)).report.site.kept == []
    assert post.exists() == (setting != "unpublish")


def test_a_site_keeps_an_article_that_came_back_while_its_old_year_was_away(press: Press, site: Path) -> None:
    press.configure("yearly = true", SITE.format("unpublish"))
    press.crawl(NIGHT)
    page = press.server.answers.pop("herald.test/a/fair.html")
    press.crawl(NIGHT + timedelta(hours=7))
    post = site / "source/_posts/herald/2025/03/05-fair.md"
    assert not post.exists()
    press.server.answers["herald.test/a/fair.html"] = page
    press.crawl(MORNING - timedelta(hours=8, minutes=59), press.url("dam"))
    old = press.layout("2025").root
    old.rename(old.with_name("away"))
    assert press.crawl(MORNING).outcomes[press.url("fair")] == "new"
    assert post.exists()
    old.with_name("away").rename(old)
    press.command("rebuild", "--data", "data/2026")
    assert post.exists()


def test_a_site_does_not_follow_into_a_post_that_somebody_changed(press: Press, site: Path) -> None:
    press.configure("yearly = true", SITE.format("unpublish"))
    press.crawl(NIGHT)
    post = site / "source/_posts/herald/2025/03/05-fair.md"
    post.write_text("mine")
    del press.server.answers["herald.test/a/fair.html"]
    ran = press.crawl(MORNING)
    assert post.read_text() == "mine" and [one.path for one in ran.report.site.kept] == [
        "source/_posts/herald/2025/03/05-fair.md"
    ]


def test_a_picture_that_only_the_version_of_the_old_year_showed_leaves_the_site(press: Press, site: Path) -> None:
    press.configure("yearly = true", SITE.format("keep"))
    press.show("fair", "/p.png")
    press.crawl(NIGHT)
    assert len(list(site.rglob("*.png"))) == 1
    press.publish("herald", "fair", MORE)
    ran = press.crawl(MORNING)
    assert list(site.rglob("*.png")) == [] and ran.report.site.pictures_removed == 1


@pytest.mark.parametrize("call", [1, 2])
def test_a_kill_before_the_states_row_does_not_keep_the_site_from_following(
    press: Press, site: Path, call: int
) -> None:
    press.configure("yearly = true", SITE.format("unpublish"))
    press.crawl(NIGHT)
    press.crawl(MORNING)
    post = site / "source/_posts/herald/2025/03/05-fair.md"
    del press.server.answers["herald.test/a/fair.html"]
    press.die(MORNING + timedelta(hours=7), "crawler.store.catalogue:Catalogue.store", call)
    press.crawl(MORNING + timedelta(hours=8))
    assert not post.exists()


def test_an_article_that_is_back_in_the_new_year_is_not_listed_as_withdrawn(press: Press) -> None:
    press.crawl(NIGHT)
    del press.server.answers["herald.test/a/fair.html"]
    press.crawl(NIGHT + timedelta(hours=7))
    assert "herald/2025/03/05-fair.md" in press.command("list", "--withdrawn")
    press.publish("herald", "fair")
    press.crawl(MORNING)
    assert "present  2026-01-01 09:00:00 UTC" in press.command("history", press.url("fair"))
    assert press.command("list", "--withdrawn") == ""


def test_a_run_over_midnight_goes_on_in_its_year_and_the_next_one_waits_for_it(press: Press) -> None:
    press.crawl(NIGHT)
    with press.layout("2025").lock(), pytest.raises(Locked, match="data/2025: another run holds this folder"):
        press.crawl(MORNING)
    before = len(press.server.asked)
    press.crawl(MORNING)
    assert set(press.asked(before).values()) == {1}
    assert_closed(press.layout("2025"))


def test_a_folder_that_can_not_be_closed_is_one_line_and_the_next_run_tries_again(
    press: Press, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    press.crawl(NIGHT)
    with monkeypatch.context() as patch:
        patch.setattr("archive.index.index.Index.finish", failing)
        ran = press.crawl(MORNING)
    assert len(ran.outcomes) == len(PAGES)
    told = [record.getMessage() for record in caplog.records if "not closed" in record.getMessage()]
    assert told == [
        f"{press.layout('2025').root}: not closed yet, the next run tries again: the disk is full; make room"
    ]
    assert not press.layout("2025").closed
    press.crawl(MORNING + timedelta(hours=1))
    assert_closed(press.layout("2025"))


def failing(*_: object) -> None:
    from archive import StorageError

    raise StorageError("the disk is full", "make room")


KILLS = {
    "before the first row is copied": ("crawler.store.moved_sources:MovedSources._add", 1),
    "in the middle of the tables": ("crawler.store.moved_sources:MovedSources._add", 4),
    "before sources.json is written": ("crawler.fleet.moves:write_file", 1),
    "before the old year's run is recovered": ("crawler.from_warc.closing:recover", 1),
    "before small files are merged": ("crawler.from_warc.closing:merge", 1),
    "before the index is united": ("archive.index.merged_files:MergedFiles.unite", 1),
    "before its digests are removed": ("archive.index.index:discard", 1),
    "before the folder is marked": ("crawler.store.data_folder:Layout.close", 2),
}


@pytest.mark.parametrize("moment", KILLS)
def test_a_kill_in_the_turn_loses_nothing(moment: str, press: Press) -> None:
    press.crawl(NIGHT)
    press.publish("herald", "fair", MORE)
    before = len(press.server.asked)
    press.die(MORNING, *KILLS[moment])
    assert press.asked(before) == {}, "it died before it asked for anything"
    ran = press.crawl(MORNING)
    assert press.asked(before) == dict.fromkeys(map(press.url, PAGES), 1)
    assert Counter(ran.outcomes.values()) == {"not-modified": 1, "unchanged": 2, "changed": 1}
    assert_closed(press.layout("2025"))
    assert press.versions(press.url("fair")) == [(1, "2025"), (2, "2026")]
    press.prove("2025", "2026")


def test_what_a_killed_run_of_the_old_year_left_is_finished(press: Press) -> None:
    press.die(NIGHT, "crawler.pipelines.catalogue:CataloguePipeline.process_item", 3)
    opened = [path.name for path in press.layout("2025").warc.iterdir() if path.name.endswith(".open")]
    assert opened
    ran = press.crawl(MORNING)
    assert set(ran.outcomes) == set(map(press.url, PAGES))
    assert_closed(press.layout("2025"))
    listed = press.command("list", "--json", "-").splitlines()
    assert sorted(json.loads(line)["url"] for line in listed) == sorted(map(press.url, PAGES))
    press.prove("2025", "2026")


def test_a_year_is_closed_with_signatures_and_time_stamps(press: Press, caplog: pytest.LogCaptureFixture) -> None:
    with Authority() as authority:
        keys = press.folder / "signing.pem", press.folder / "root.pem"
        keys[0].touch(0o600)
        keys[0].write_bytes(Ed25519PrivateKey.generate().private_bytes(PEM, PrivateFormat.PKCS8, NoEncryption()))
        keys[1].write_bytes(authority.root.public_bytes(PEM))
        named = 'signing_key = "signing.pem"\ntimestamp_roots = ["root.pem"]'
        press.configure("yearly = true", f'[archive]\n{named}\ntimestamp_url = "{authority.url}"')
        press.crawl(NIGHT - timedelta(days=1))
        press.crawl(NIGHT - timedelta(hours=17))
        press.publish("herald", "fair", MORE)
        press.die(NIGHT, "crawler.pipelines.catalogue:CataloguePipeline.process_item", 3)
        old, authority.code = press.layout("2025"), 503
        assert press.crawl(MORNING, fails=True).report.fatal is not None
        [told] = [found for record in caplog.records if "not closed yet" in (found := record.getMessage())]
        assert told.startswith(f"{old.root}: not closed yet, the next run tries again: ") and "HTTP status 503" in told
        authority.code = 200
        press.crawl(MORNING + timedelta(minutes=1))
    assert_closed(old)
    every = {"ed25519", "key", "rfc3161"}
    lines = [entry for name in ("2025", "2026") for entry in Manifest(press.layout(name).root).entries()]
    assert len(lines) >= 5 and all(set(entry.proof) == every for entry in lines)
    assert len(list(old.warc.iterdir())) < len(Manifest(old.root).names()), "small files are merged, and that is signed"
    report = press.command("audit", "--json", "-")
    assert report.count("is signed") + report.count("are signed") == 2 and '"severity": "warning"' not in report


def test_a_year_is_closed_of_which_files_are_only_in_the_store(press: Press) -> None:
    (press.folder / "store").mkdir()
    remote = f'[remote]\nurl = "{(press.folder / "store").as_uri()}"\nkeep_local = "0.001s"'
    press.configure("yearly = true", remote)
    old = press.layout("2025")
    press.crawl(NIGHT - timedelta(days=2))
    press.command("push", "--data", "data/2025")
    assert list(old.warc.iterdir()) == []
    for page, at in (("fair", NIGHT - timedelta(hours=11)), ("dam", NIGHT)):
        press.publish("herald", page, MORE)
        assert press.crawl(at).outcomes[press.url(page)] == "changed"
    press.publish("herald", "mill", MORE)
    ran = press.crawl(MORNING)
    assert {url for url, outcome in ran.outcomes.items() if outcome == "changed"} == {press.url("mill")}
    assert_closed(old)
    assert len(list(old.warc.iterdir())) == 1, "the two files that are here are merged"
    press.command("push", "--data", "data/2025")
    assert list(old.warc.iterdir()) == [] and [number for number, _ in press.versions(press.url("fair"))] == [1, 2]
    press.command("pull", "--data", "data/2025")
    press.prove("2025", "2026")


def test_a_named_folder_is_the_one_that_is_named(press: Press) -> None:
    press.crawl(NIGHT)
    press.crawl(MORNING)
    assert len(press.command("list", "--data", "data/2025").splitlines()) == len(PAGES)
    assert press.command("list", "--data", "data/2026") == ""
    config = of_named_folder(Config(crawl=Crawl(data=Path("/press/data/2025"), yearly=True)))
    assert (name_of(config), config.root) == ("2025", Path("/press/data"))
    assert name_of(of_shard(config, Shard(2, 3))) == "2025/shard-2"
    fleet = replace(config, root=None, year=None, fleet=Fleet(shards=3))
    for name, found in ("2025/shard-2", "2025/shard-2"), ("shard-2", "shard-2"), ("shard-4", "."), ("shard-x", "."):
        named = replace(fleet, crawl=replace(fleet.crawl, data=Path("/press/data") / name))
        assert name_of(of_named_shard(named)) == found


def test_the_folder_is_that_of_the_year_in_utc() -> None:
    config = Config(crawl=Crawl(data=Path("/press/data"), yearly=True), posts=Posts())
    for at, year in (
        ("2025-12-31T23:59:59Z", 2025),
        ("2026-01-01T00:00:00Z", 2026),
    ):
        found = in_year(config, datetime.fromisoformat(at))
        assert found.crawl.data == Path(f"/press/data/{year}") and name_of(found) == str(year)
        assert of_shard(found, Shard(2, 3)).crawl.data == Path(f"/press/data/{year}/shard-2")
    plain = replace(config, crawl=replace(config.crawl, yearly=False))
    assert in_year(plain, NIGHT) is plain


def test_one_folder_of_posts_for_all_years_is_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        load_text('[crawl]\nyearly = true\n[posts]\nfolder = "/site/source/_posts"\n')
    assert str(caught.value).endswith(
        "warcpress.toml:2: [crawl] yearly: not with a [posts] folder that all years would share: leave that out, and "
        "name the site in [publish]"
    )
