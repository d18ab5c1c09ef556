"""Posts follow their settings: `render` makes them again from the archive, provably, and only those that change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from holding import BRIDGE, DAM, LONG, NOON, SHORT, Holding, assert_provable, findings
from pages import PNG
from running import Inline

from crawler.config import Config, Crawl, Posts
from crawler.errors import ConfigError, ExtractionError, Locked, NotAnArticle
from crawler.extractors import extract
from crawler.from_warc import derive, rerender
from crawler.from_warc.render import render
from crawler.items import Page, Post, Source
from crawler.posts import markdown
from crawler.posts.frontmatter import parse
from crawler.store.files import path_key

BRIDGE_POST, DAM_POST = "herald/2026/03/05-bridge.md", "herald/2026/03/05-dam.md"


class Here(Inline):
    """Extracts in this process: children take a second to start."""

    refused = ""
    """URL of a page that gives no article any more."""
    today: Mapping[str, Any] = {}
    """Fields that today's extractor reads otherwise."""

    def extract_many(self, jobs: Iterable[tuple[Page, Source | None]]) -> Iterator[Post | ExtractionError]:
        for page, source in jobs:
            if page.url == Here.refused:
                yield NotAnArticle("listing")
            else:
                yield replace(extract(page, source), **Here.today)


@pytest.fixture(autouse=True)
def here(inline: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derive, "Workers", Here)
    monkeypatch.setattr(Here, "refused", "")


def rendered(holding: Holding, *names: str, dry_run: bool = False, code: int = 0, **posts: Any) -> list[str]:
    """Render with these settings of [posts]; the pictures are local unless they say otherwise."""
    config = Config(
        crawl=Crawl(data=holding.layout.root), posts=Posts(**{"images": "local", **posts}), sources=(holding.source,)
    )
    lines: list[str] = []
    assert render(config, sources=names, dry_run=dry_run, tell=lines.append) == code
    return lines


def test_with_the_settings_of_the_run_nothing_would_change(holding: Holding) -> None:
    before = sorted(holding.layout.warc.iterdir())
    assert rendered(holding) == ["0 of 2 posts would change"]
    assert sorted(holding.layout.warc.iterdir()) == before


def test_another_dialect_makes_each_newest_version_again(holding: Holding) -> None:
    old = holding.posts()
    lines = rendered(holding, dialect="hugo")
    assert lines[0] == "2 of 2 posts would change: 2 dialect" and lines[-1] == "2 posts rendered"
    assert lines[1] == f"  {BRIDGE_POST} (dialect)"
    posts = holding.posts()
    assert set(posts) == set(old) and all(text.startswith("---\n") for text in posts.values())
    with holding.catalogue() as catalogue:
        versions = [(version.number, version.derivation, version.shown) for version in catalogue.versions(BRIDGE)]
        assert versions == [(1, 0, True), (2, 0, True), (2, 1, True)]
    assert_provable(holding)
    assert rendered(holding, dialect="hugo") == ["0 of 2 posts would change"]
    assert rendered(holding)[0] == "2 of 2 posts would change: 2 dialect"
    assert holding.posts() == old


def test_bodies_become_markdown_and_html_again(holding: Holding) -> None:
    before = holding.posts()
    assert rendered(holding, body="markdown")[0] == "2 of 2 posts would change: 2 body"
    head, body = (text := holding.posts()[BRIDGE_POST])[: -len(parse(text).body)], parse(text).body
    assert head == parse(before[BRIDGE_POST]).head
    paragraphs = [*(line.strip() for line in SHORT), "![picture](/media/aa/bb/bridge.png)"]
    assert body == "\n" + "\n\n".join(paragraphs) + "\n"
    assert_provable(holding)
    assert rendered(holding, body="markdown") == ["0 of 2 posts would change"]
    assert rendered(holding)[0] == "2 of 2 posts would change: 2 body" and holding.posts() == before


def test_markdown_by_another_version_of_the_converter_is_a_note(holding: Holding, monkeypatch) -> None:
    rendered(holding, body="markdown")
    monkeypatch.setattr(markdown, "converter", lambda: "markdownify/9")
    assert findings(holding) == [], "it writes the same"
    monkeypatch.setattr(markdown._Converter, "convert_p", lambda _self, _el, text, parent_tags: f"\n\n {text}\n\n")
    found = findings(holding)
    assert len(found) == 2 and all("; today's markdownify/9 gives another text: line " in message for message in found)
    assert found[0].startswith("written as Markdown by markdownify/1.")
    assert rendered(holding, body="markdown")[0] == "2 of 2 posts would change: 2 body"
    assert findings(holding) == found, "of the old versions"
    monkeypatch.undo()


def test_a_dry_run_only_tells(holding: Holding) -> None:
    rows, posts = holding.rows(), holding.posts()
    lines = rendered(holding, dry_run=True, dialect="hugo")
    assert lines[0] == "2 of 2 posts would change: 2 dialect" and "rendered" not in lines[-1]
    assert (holding.rows(), holding.posts()) == (rows, posts)


def test_remote_and_local_pictures_and_back(holding: Holding) -> None:
    assert rendered(holding, images="remote")[0] == "2 of 2 posts would change: 2 images"
    assert 'src="http://herald.test/i/bridge.png"' in holding.posts()[DAM_POST]
    assert_provable(holding)
    rendered(holding)
    copy = str(parse(holding.posts()[DAM_POST]).fields["headimg"]).removeprefix("/media/")
    assert (holding.layout.media / copy).read_bytes() == PNG
    assert_provable(holding)
    assert rendered(holding) == ["0 of 2 posts would change"]


def test_further_keys_come_and_go(holding: Holding) -> None:
    old = holding.posts()
    assert rendered(holding, extra=("source",))[0] == "2 of 2 posts would change: 2 extra"
    assert parse(holding.posts()[DAM_POST]).fields["source"] == "herald"
    rendered(holding)
    assert holding.posts() == old


def test_another_pattern_moves_the_files_and_their_empty_folders_go(holding: Holding) -> None:
    lines = rendered(holding, pattern="{date:%Y-%m-%d}-{title}", extension="html")
    assert lines[0] == "2 of 2 posts would change: 2 path"
    assert lines[1] == f"  {BRIDGE_POST} → 2026-03-05-Bridge.html (path)"
    assert sorted(path.name for path in holding.layout.posts.iterdir()) == [
        "2026-03-05-Bridge.html",
        "2026-03-05-Dam.html",
    ]
    assert_provable(holding)
    assert rendered(holding, pattern="{date:%Y-%m-%d}-{title}", extension="html") == ["0 of 2 posts would change"]


def test_jekyll_gets_the_names_that_it_builds(holding: Holding) -> None:
    assert rendered(holding, dialect="jekyll")[0] == "2 of 2 posts would change: 2 dialect, 2 path"
    assert sorted(holding.posts()) == ["herald/2026-03-05-bridge.md", "herald/2026-03-05-dam.md"]


def test_posts_that_get_one_name_stay_apart(holding: Holding) -> None:
    pattern = "{date:%Y}/{source}-{date:%m}-{slug}"
    holding.run({"http://herald.test/b/bridge.html": LONG}, NOON + timedelta(days=2))  # overwrote the first one's file
    rendered(holding, pattern=pattern)
    assert len(holding.posts()) == 3
    with holding.catalogue() as catalogue:
        assert len({path_key(version.path) for version in catalogue.newest()}) == 3
    assert rendered(holding, pattern=pattern) == ["0 of 3 posts would change"]


def test_a_file_of_somebody_else_is_not_written_over(holding: Holding) -> None:
    (holding.layout.posts / "dam.md").write_text("mine")
    rendered(holding, pattern="{slug}")
    posts = holding.posts()
    assert posts["dam.md"] == "mine" and len(posts) == 3 and "bridge.md" in posts
    assert rendered(holding, pattern="{slug}") == ["0 of 2 posts would change"]


def test_an_old_file_that_somebody_changed_stays_and_is_named(holding: Holding) -> None:
    (holding.layout.posts / DAM_POST).write_text("mine")
    lines = rendered(holding, pattern="{slug}")
    told = "somebody changed this post file; it stays, and the post is now dam.md"
    assert lines[-1] == f"file kept: {DAM_POST}: {told}"
    assert set(holding.posts()) == {"bridge.md", "dam.md", DAM_POST} and holding.posts()[DAM_POST] == "mine"


def test_a_post_file_that_somebody_changed_is_not_written_over(holding: Holding) -> None:
    (holding.layout.posts / DAM_POST).write_text("mine")
    lines = rendered(holding, dialect="hugo")
    assert lines[0] == "1 of 2 posts would change: 1 dialect"
    assert lines[-1].startswith(f"not rendered: {DAM_POST}: somebody changed the file")
    assert holding.posts()[DAM_POST] == "mine"


def test_a_newer_extractor_gives_posts_and_one_that_refuses_a_page_leaves_its_post(holding, monkeypatch) -> None:
    monkeypatch.setattr(rerender, "VERSION", "warcpress/9")
    assert rendered(holding) == ["0 of 2 posts would change"]  # it gives the same text

    monkeypatch.setattr(Here, "today", {"title": "Read anew", "extractor": "warcpress/9"})
    monkeypatch.setattr(Here, "refused", DAM)
    lines = rendered(holding)
    assert lines[0] == "1 of 2 posts would change: 1 extractor"
    assert "    title: Bridge → Read anew" in lines
    assert lines[-1] == f"not rendered: {DAM_POST}: not an article: listing"
    with holding.catalogue() as catalogue:
        newest = catalogue.latest(BRIDGE)
        assert newest is not None and (newest.title, newest.number, newest.derivation) == ("Read anew", 2, 1)
        assert newest.extractor == "warcpress/9"


def test_other_settings_of_a_source_reach_its_posts(holding: Holding) -> None:
    holding.source = replace(holding.source, categories=("Local",))
    assert rendered(holding)[0] == "2 of 2 posts would change: 2 source"
    assert parse(holding.posts()[DAM_POST]).fields["categories"] == ["Local"]
    assert_provable(holding)


def test_posts_of_a_source_that_is_not_configured_any_more_are_rendered_too(holding: Holding) -> None:
    holding.source = Source(name="other")
    assert rendered(holding, dialect="hugo")[0] == "2 of 2 posts would change: 2 dialect"
    assert_provable(holding)


def test_only_the_sources_that_are_named(holding: Holding) -> None:
    assert rendered(holding, "herald", dry_run=True, dialect="hugo")[0].startswith("2 of 2 posts")
    with pytest.raises(ConfigError, match="heralt"):
        rendered(holding, "heralt")


@pytest.mark.parametrize("step", ["store", "publish", "remove_file", "mark_shown"])
def test_a_render_that_dies_is_finished_by_the_next(holding: Holding, monkeypatch, step: str) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    where = {"remove_file": "crawler.from_warc.publish", "publish": "crawler.from_warc.publish.Publisher"}
    target = where.get(step, "crawler.store.catalogue.Catalogue")
    with monkeypatch.context() as patch:
        patch.setattr(f"{target}.{step}", die)
        with pytest.raises(Killed):
            rendered(holding, pattern="{slug}")
    assert "2 posts would change" not in rendered(holding, pattern="{slug}")[0]
    assert sorted(holding.posts()) == ["bridge.md", "dam.md"]
    assert_provable(holding)


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_render_fails_at_once_while_a_run_holds_the_lock(holding: Holding, dry_run: bool) -> None:
    with holding.layout.lock(), pytest.raises(Locked):
        rendered(holding, dry_run=dry_run)


def test_later_versions_keep_the_name_of_the_first_after_a_render(holding: Holding) -> None:
    rendered(holding, pattern="{title}")
    holding.run({BRIDGE: [*SHORT, "And a bus."]}, NOON + timedelta(days=3))
    assert rendered(holding, pattern="{title}")[0].endswith("1 path")  # the run here has a fixed path
    assert sorted(holding.posts()) == ["Bridge.md", "Dam.md"]
