"""A site gets exactly the posts and pictures that change, and nothing of somebody else is touched."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from pkgutil import resolve_name

import pytest
from holding import BRIDGE, DAM, LONG, NOON, SHORT, Holding
from nobody import as_nobody, let_through
from pages import PNG

from crawler.config import Config, Crawl, Posts, Publish, Target
from crawler.from_warc.publish import Publisher
from crawler.from_warc.rebuild import rebuild
from crawler.from_warc.render import render
from crawler.from_warc.site import Published, publish_site
from crawler.posts.states import Change
from crawler.store.files import remove_file
from crawler.store.site_list import waits

BRIDGE_POST, DAM_POST = "herald/2026/03/05-bridge.md", "herald/2026/03/05-dam.md"
PICTURE = "static/media/aa/bb/bridge.png"
IN_SITE = {f"content/posts/{BRIDGE_POST}", f"content/posts/{DAM_POST}", PICTURE}


class Blog:
    """A folder of a Hugo site, and the data folder that it gets its posts from."""

    def __init__(self, folder: Path, holding: Holding) -> None:
        self.holding, self.root = holding, folder
        self.target = Target(folder, "hugo", "content/posts", "static/media")
        self.write("hugo.toml", "mine")

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def post(self, path: str) -> Path:
        return self.root / "content/posts" / path

    def publish(self) -> Published:
        with self.holding.catalogue() as catalogue:
            return publish_site(self.target, self.holding.layout, catalogue)

    def brought(self) -> tuple[int, int, int]:
        """Publish, which must succeed; return the posts and pictures written and the posts removed."""
        found = self.publish()
        assert list(found.problems()) == []
        return found.written, found.pictures, found.removed

    def files(self) -> set[str]:
        """All files but the site's own."""
        found = {path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if not path.is_dir()}
        return found - {"hugo.toml"}

    def assert_equal(self) -> None:
        """The site has the post files of the data folder, and no file is a link."""
        posts = self.root / "content/posts"
        there = {path.relative_to(posts).as_posix(): path.read_text() for path in posts.rglob("*.md")}
        assert there == self.holding.posts()
        assert not [path for path in self.root.rglob("*") if path.is_symlink()]


@pytest.fixture
def blog(holding: Holding, tmp_path: Path) -> Blog:
    made = Blog(tmp_path / "blog", holding)
    holding.layout.media.joinpath("aa/bb").mkdir(parents=True, exist_ok=True)
    return made


@contextmanager
def withdrawn_setting(holding: Holding, setting: str) -> Iterator[None]:
    before, holding.layout = holding.layout, replace(holding.layout, withdrawn=setting)  # type: ignore[arg-type]
    yield
    holding.layout = before


def stamps(blog: Blog) -> dict[str, int]:
    return {path: (blog.root / path).stat().st_ino for path in blog.files()}


def test_a_new_site_gets_every_post_and_its_pictures_as_files(blog: Blog) -> None:
    assert blog.brought() == (2, 1, 0)
    assert blog.files() == IN_SITE and (blog.root / PICTURE).read_bytes() == PNG
    blog.assert_equal()
    assert blog.brought() == (0, 0, 0)


def test_only_what_changes_is_written(blog: Blog) -> None:
    blog.brought()
    before = stamps(blog)
    blog.holding.run({DAM: SHORT}, NOON + timedelta(days=2))
    assert waits(blog.holding.layout.site, blog.target.folders)
    assert blog.brought() == (1, 0, 0)
    assert not waits(blog.holding.layout.site, blog.target.folders)
    after = stamps(blog)
    assert {path for path in after if after[path] != before[path]} == {f"content/posts/{DAM_POST}"}
    blog.assert_equal()


def test_a_file_of_somebody_else_is_neither_replaced_nor_removed(blog: Blog) -> None:
    blog.write(f"content/posts/{DAM_POST}", "mine")
    blog.write("content/posts/about.md", "mine too")
    found = blog.publish()
    assert (found.written, len(found.kept)) == (1, 1)
    [line] = found.problems()
    assert line.endswith(f": content/posts/{DAM_POST}")
    assert not waits(blog.holding.layout.site, blog.target.folders), "no run is made for it alone"
    assert blog.publish().kept == [], "it is named once, and again when the post changes"
    blog.holding.run({DAM: SHORT}, NOON + timedelta(days=2))
    assert len(blog.publish().kept) == 1
    assert blog.post(DAM_POST).read_text() == "mine" and blog.post("about.md").read_text() == "mine too"
    blog.post(DAM_POST).unlink()
    assert blog.brought() == (1, 0, 0), "the post takes its place once it is free"


def test_a_post_that_somebody_edited_in_the_site_is_theirs(blog: Blog) -> None:
    blog.brought()
    blog.post(DAM_POST).write_text("edited")
    blog.holding.run({DAM: SHORT, BRIDGE: LONG}, NOON + timedelta(days=2))
    found = blog.publish()
    assert (found.written, [kept.path for kept in found.kept]) == (1, [f"content/posts/{DAM_POST}"])
    assert blog.post(DAM_POST).read_text() == "edited"


@pytest.mark.parametrize("kind", ["link", "folder", "fifo", "file above"])
def test_what_is_no_file_in_the_place_of_a_post_stays(blog: Blog, tmp_path: Path, kind: str) -> None:
    other, place = tmp_path / "secret", blog.post(DAM_POST)
    other.write_text("secret")
    if kind == "file above":
        blog.write("content/posts/herald", "mine")
        assert len(blog.publish().kept) == 2
        return
    place.parent.mkdir(parents=True)
    {"link": lambda: place.symlink_to(other), "folder": place.mkdir, "fifo": lambda: os.mkfifo(place)}[kind]()
    found = blog.publish()
    assert (found.written, len(found.kept), found.fault) == (1, 1, "") and other.read_text() == "secret"


@pytest.mark.parametrize("setting", ["unpublish", "mark"])
def test_a_withdrawn_post_follows_its_setting_and_comes_back(blog: Blog, setting: str) -> None:
    holding = blog.holding
    with withdrawn_setting(holding, setting):
        blog.brought()
        for name, day in (("withdrawn", 3), ("present", 4)):
            holding.look(Change(DAM, day - 2, name, "http-404"), NOON + timedelta(days=day))  # type: ignore[arg-type]
            with holding.catalogue() as catalogue:
                Publisher(holding.layout, catalogue).follow([DAM])
            written = name == "present" or setting == "mark"
            assert blog.brought() == (int(written), 0, int(not written))
            assert blog.post(DAM_POST).exists() == written
            blog.assert_equal()


def test_pictures_that_no_post_shows_any_more_go(blog: Blog) -> None:
    holding = blog.holding
    with withdrawn_setting(holding, "unpublish"):
        blog.brought()
        for number, url in enumerate((DAM, BRIDGE)):
            assert (blog.root / PICTURE).exists(), "the other post still shows it"
            holding.look(Change(url, 1, "withdrawn", "http-410"), NOON + timedelta(days=3 + number))
            with holding.catalogue() as catalogue:
                Publisher(holding.layout, catalogue).follow([url])
            assert blog.brought() == (0, 0, 1)
        assert blog.files() == set()


def test_a_lost_list_is_made_again_by_comparing_digests(blog: Blog) -> None:
    blog.brought()
    before = stamps(blog)
    blog.holding.run({DAM: SHORT}, NOON + timedelta(days=2))
    for path in blog.holding.layout.root.glob("site.sqlite*"):
        path.unlink()
    assert blog.brought() == (1, 0, 0), "the file of the version before is known as ours"
    after = stamps(blog)
    assert {path for path in after if after[path] != before[path]} == {f"content/posts/{DAM_POST}"}
    blog.assert_equal()


def test_a_rebuild_restores_what_is_missing_in_the_site(blog: Blog) -> None:
    blog.brought()
    blog.post(DAM_POST).unlink()
    (blog.root / PICTURE).unlink()
    blog.post(BRIDGE_POST).write_text("edited")
    outcome = rebuild(blog.holding.layout, target=blog.target)
    assert outcome.site.written == outcome.site.pictures == len(outcome.site.kept) == 1 and outcome.exit_code == 0
    assert blog.files() == IN_SITE


@pytest.mark.parametrize("gone", ["missing", "empty"])
def test_a_site_that_is_not_mounted_is_caught_up_later(blog: Blog, gone: str) -> None:
    blog.brought()
    away = blog.root.rename(blog.root.with_name("away"))
    if gone == "empty":
        blog.root.mkdir()
    blog.holding.run({DAM: SHORT}, NOON + timedelta(days=2))
    found = blog.publish()
    [line] = found.problems()
    assert "no folder with a site in it; mount it" in line and found.written == 0
    assert waits(blog.holding.layout.site, blog.target.folders)
    if gone == "empty":
        assert list(blog.root.iterdir()) == []
        blog.root.rmdir()
    away.rename(blog.root)
    assert blog.brought() == (1, 0, 0)
    blog.assert_equal()


@pytest.mark.parametrize(
    ("mark", "text", "generator"),
    [("hugo.yaml", "", "hugo"), ("Gemfile", 'gem "jekyll"', "jekyll"), ("package.json", '{"hexo": {}}', "hexo")],
)
def test_the_site_of_another_generator_gets_nothing(tmp_path: Path, holding: Holding, mark, text, generator) -> None:
    dialect = "jekyll" if generator == "hexo" else "hexo"
    site = tmp_path / "site"
    site.mkdir()
    (site / mark).write_text(text)
    with holding.catalogue() as catalogue:
        found = publish_site(Target(site, dialect, "posts", "media"), holding.layout, catalogue)  # type: ignore[arg-type]
    assert found.fault.startswith(f'{site}: a {generator} site, but [posts] dialect is "{dialect}"; ')
    assert [path.name for path in site.iterdir()] == [mark]


def test_a_post_that_cannot_be_read_waits_and_the_others_go_on(blog: Blog) -> None:
    blog.brought()
    known = set(blog.holding.layout.warc.iterdir())
    blog.holding.run({BRIDGE: LONG}, NOON + timedelta(days=2))
    [lost] = set(blog.holding.layout.warc.iterdir()) - known
    away = lost.rename(blog.root.with_name("away"))
    blog.holding.run({DAM: SHORT}, NOON + timedelta(days=3))
    found = blog.publish()
    assert found.written == 1 and found.fault.startswith(f"{BRIDGE_POST}: ") and lost.name in found.fault
    away.rename(lost)
    assert blog.brought() == (1, 0, 0)
    blog.assert_equal()


@pytest.mark.parametrize("link", ["content", "content/posts", "static/media"])
def test_nothing_is_published_through_a_link(blog: Blog, tmp_path: Path, link: str) -> None:
    (tmp_path / "other").mkdir()
    (blog.root / link).parent.mkdir(parents=True, exist_ok=True)
    (blog.root / link).symlink_to(tmp_path / "other")
    assert f"{blog.root / link}: is a link" in blog.publish().fault
    assert list((tmp_path / "other").iterdir()) == []


def test_another_site_gets_everything_and_the_first_one_stays(blog: Blog, tmp_path: Path) -> None:
    blog.brought()
    second = Blog(tmp_path / "second", blog.holding)
    assert second.brought() == (2, 1, 0)
    assert blog.files() == second.files() == IN_SITE
    assert blog.brought() == (0, 0, 0)


def test_a_closed_site_is_a_line_and_what_waits_is_written_later(blog: Blog) -> None:
    blog.brought()
    blog.holding.run({DAM: SHORT}, NOON + timedelta(days=2))
    let_through(blog.root)
    let_through(blog.holding.layout.root)
    for path in (blog.holding.layout.root, *blog.holding.layout.root.rglob("*")):
        os.chown(path, 65534, 65534) if os.geteuid() == 0 else None
    place = blog.post(DAM_POST).parent

    def run() -> None:
        [line] = blog.publish().problems()
        assert f"{place}/05-dam.md: Permission denied" in line

    place.chmod(0o555)
    try:
        as_nobody(run)
    finally:
        place.chmod(0o755)
    assert blog.brought() == (1, 0, 0)


class Killed(BaseException):
    """The process died here."""


STEPS = (
    "crawler.from_warc.site.write_file",
    "crawler.from_warc.site.write_files",
    "crawler.from_warc.site.remove_file",
    "crawler.store.site_list.SiteList.intend",
    "crawler.store.site_list.SiteList.settle",
    "crawler.store.site_list.SiteList.begin",
)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_kill_between_any_two_steps_loses_nothing(blog: Blog, monkeypatch, step: str, when: str) -> None:
    """The next call finishes, also after a further change, and takes none of our own files for somebody else's."""
    holding = blog.holding
    with withdrawn_setting(holding, "unpublish"):
        for number, texts in enumerate(({}, {DAM: SHORT}, {DAM: LONG, BRIDGE: LONG})):
            if texts:
                holding.run(texts, NOON + timedelta(days=2 + number))
            if number == 1:
                holding.look(Change(BRIDGE, 1, "withdrawn", "http-410"), NOON + timedelta(days=2))
                with holding.catalogue() as catalogue:
                    Publisher(holding.layout, catalogue).follow([BRIDGE])
            with monkeypatch.context() as patch:
                patch.setattr(step, killed(resolve_name(step), when))
                with suppress(Killed):
                    blog.publish()
        blog.brought()
        blog.assert_equal()
        assert blog.files() == {f"content/posts/{path}" for path in holding.posts()} | {PICTURE}


def killed(real: Callable[..., object], when: str) -> Callable[..., None]:
    """Let a step die, before it does anything or after it has done it."""

    def die(*values: object, **named: object) -> None:
        if when == "after":
            real(*values, **named)
        raise Killed

    return die


def test_a_picture_stays_when_its_post_moves(blog: Blog) -> None:
    blog.brought()
    holding = blog.holding
    config = Config(
        crawl=Crawl(data=holding.layout.root),
        posts=Posts(images="local", dialect="hugo", pattern="z/{slug}"),
        publish=Publish(site=str(blog.root)),
        sources=(holding.source,),
    )
    before = (blog.root / PICTURE).stat().st_ino
    for pattern in ("z/{slug}", "a/{slug}"):
        lines: list[str] = []
        assert render(replace(config, posts=replace(config.posts, pattern=pattern)), tell=lines.append) == 0
        assert lines[-1] == "site: 2 posts written, 2 posts removed"
        assert (blog.root / PICTURE).stat().st_ino == before
        blog.assert_equal()


def test_a_power_loss_that_took_the_marks_publishes_again_without_a_write(blog: Blog) -> None:
    blog.brought()
    with blog.holding.catalogue() as catalogue:
        Publisher(blog.holding.layout, catalogue).publish_stored(catalogue.newest())
    before = stamps(blog)
    assert blog.brought() == (0, 0, 0) and stamps(blog) == before


def test_a_picture_that_a_post_of_another_shard_shows_stays(blog: Blog, tmp_path: Path) -> None:
    """Whichever shard removes its post last removes the picture too."""
    first, second = Holding(tmp_path / "fleet/shard-1"), Holding(tmp_path / "fleet/shard-2")
    first.run({BRIDGE: LONG})
    second.run({DAM: LONG})
    blog.target = replace(blog.target, fleet=tmp_path / "fleet")
    removed = f"content/posts/{BRIDGE_POST}"
    for holding in (first, second):
        blog.holding = holding
        blog.brought()
    assert blog.files() == IN_SITE
    blog.holding = first
    withdraw(first, BRIDGE)
    with withdrawn_setting(first, "unpublish"):
        assert blog.brought() == (0, 0, 1)
    assert blog.files() == IN_SITE - {removed}
    blog.holding = second
    withdraw(second, DAM)
    with withdrawn_setting(second, "unpublish"):
        assert blog.publish().pictures_removed == 1
    assert blog.files() == set()


def test_a_picture_comes_back_when_another_shard_shows_it_while_it_is_removed(
    blog: Blog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = Holding(tmp_path / "fleet/shard-1"), Holding(tmp_path / "fleet/shard-2")
    first.run({BRIDGE: LONG})
    second.run({DAM: LONG})
    blog.target = replace(blog.target, fleet=tmp_path / "fleet")
    blog.holding = first
    blog.brought()
    withdraw(first, BRIDGE)

    def meanwhile(root: Path, name: str) -> None:
        if name.endswith(".png"):
            blog.holding = second
            assert blog.brought() == (1, 0, 0), "the picture is there already"
        remove_file(root, name)

    monkeypatch.setattr("crawler.from_warc.site.remove_file", meanwhile)
    with withdrawn_setting(first, "unpublish"):
        assert blog.publish().pictures_removed == 0
    assert blog.files() == {f"content/posts/{DAM_POST}", PICTURE}


def withdraw(holding: Holding, url: str) -> None:
    with withdrawn_setting(holding, "unpublish"):
        holding.look(Change(url, 1, "withdrawn", "http-410"), NOON + timedelta(days=3))
        with holding.catalogue() as catalogue:
            Publisher(holding.layout, catalogue).follow([url])
