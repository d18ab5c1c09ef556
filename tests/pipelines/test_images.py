"""Images of articles in real runs: fetched once, copied on demand; a missing image loses no article."""

from __future__ import annotations

import struct
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pages import PNG, Answer, PageServer, article
from running import run

from crawler.clock import utc_now
from crawler.run.report import MissingImage, UncopiedImage
from crawler.store.catalogue import Catalogue
from crawler.store.stored_version import Version

SITE = "http://herald.test"
TEXT = [f"Paragraph {number} of the story, long enough to be one, with a comma." for number in range(5)]
HTML = {"Content-Type": "text/html; charset=utf-8"}
OTHER = PNG + b"other bytes"
HUGE = PNG[:16] + struct.pack(">II", 30_000, 30_000) + PNG[24:]


def sources(*paths: str) -> str:
    urls = ", ".join(f'"{SITE}{path}"' for path in paths)
    return f'[[source]]\nname = "herald"\nurls = [{urls}]\n'


def test_images_are_fetched_once_and_missing_ones_reported(tmp_path: Path, server: PageServer) -> None:
    server["herald.test/1"] = article("The first story today", TEXT, images=("/a.png", "/gone.png", "/text.png"))
    server["herald.test/2"] = article("The second story today", TEXT, images=("/a.png", "/gone.png"))
    server["herald.test/a.png"] = PNG
    server["herald.test/text.png"] = Answer(b"<html>no image</html>", headers={"Content-Type": "image/png"})
    ran = run(tmp_path, server.port, sources("/1", "/2"))
    assert list(ran.outcomes.values()) == ["new", "new"]
    images = [path for path in server.paths("herald.test") if path.endswith(".png")]
    assert sorted(images) == ["/a.png", "/gone.png", "/text.png"], "two articles share their images"
    assert ran.report.images == {"fetched": 1, "missing": 3}
    assert sorted(ran.report.missing_images, key=lambda missing: (missing.article, missing.url)) == [
        MissingImage(f"{SITE}/1", f"{SITE}/gone.png", "http-404", f"{SITE}/gone.png: answered 404"),
        MissingImage(f"{SITE}/1", f"{SITE}/text.png", "not-an-image", f"{SITE}/text.png: not an image (21 bytes)"),
        MissingImage(f"{SITE}/2", f"{SITE}/gone.png", "http-404", f"{SITE}/gone.png: answered 404"),
    ]
    assert not (tmp_path / "data/media").exists()
    server["herald.test/3"] = article("The third story today", TEXT, images=("/a.png",))
    ran = run(tmp_path, server.port, sources("/3"))
    assert ran.report.images == {"known": 1}


class Clock:
    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


def history(folder: Path) -> list[Version]:
    with closing(Catalogue(folder / "data/catalogue.sqlite", read_only=True)) as catalogue:
        return catalogue.versions(f"{SITE}/1")


@pytest.mark.parametrize("images", ["remote", "local"])
def test_a_picture_that_was_missing_is_tried_by_itself_and_makes_a_version_only_where_posts_show_it(
    tmp_path: Path, server: PageServer, images: str
) -> None:
    clock, page = Clock(), article("The first story today", TEXT, images=("/a.png", "/late.png"))
    posts = f'images = "{images}"'

    def runs(*hours: float) -> list[str]:
        server.asked.clear()
        for wait in hours:
            clock.ahead += timedelta(hours=wait)
            ran = run(tmp_path, server.port, sources("/1"), posts=posts, clock=clock)
            assert ran.report.exit_code == 0
        return [path for path in server.paths("herald.test") if path != "/robots.txt"]

    server["herald.test/1"], server["herald.test/a.png"] = Answer(page.encode(), headers=HTML | {"ETag": '"1"'}), PNG
    assert sorted(runs(0)) == ["/1", "/a.png", "/late.png"]
    assert runs(0.1) == [], "not due yet"
    assert runs(0.2) == ["/late.png"], "by itself"
    server["herald.test/late.png"] = OTHER
    assert runs(1, 0.1) == (["/late.png"] if images == "remote" else ["/late.png", "/1", "/late.png"])
    assert runs(6, 1, 6, 6) == ["/1"] * 3, "it is stored"
    assert [version.number for version in history(tmp_path)] == ([1] if images == "remote" else [1, 2])
    if images == "local":
        assert [bool(image.media) for image in history(tmp_path)[-1].images] == [True, True]
    with closing(Catalogue(tmp_path / "data/catalogue.sqlite", read_only=True)) as catalogue:
        assert catalogue.captures.image(f"{SITE}/late.png") is not None


def test_a_missing_picture_is_tried_with_the_looks_at_its_article_and_given_up_once(
    tmp_path: Path, server: PageServer
) -> None:
    clock, page = Clock(), article("The first story today", TEXT, images=("/gone.png",))
    server["herald.test/1"] = Answer(page.encode(), headers=HTML | {"ETag": '"1"'})
    given_up = []
    for day in range(12):
        ran = run(tmp_path, server.port, sources("/1"), clock=clock)
        given_up += [day for missing in ran.report.missing_images if "; given up" in missing.message]
        clock.ahead += timedelta(days=1)
    tried = server.paths("herald.test").count("/gone.png")
    assert given_up == [5] and tried == 8, "with each look: seven daily, the last one a week later"
    assert all(missing.error_class == "http-404" for missing in ran.report.missing_images)


def test_huge_images_get_no_local_copy_and_those_beyond_the_limit_are_not_fetched(
    tmp_path: Path, server: PageServer
) -> None:
    server["herald.test/1"] = article("The first story today", TEXT, images=("/a.png", "/huge.png", "/c.png"))
    server["herald.test/a.png"], server["herald.test/huge.png"], server["herald.test/c.png"] = PNG, HUGE, PNG
    ran = run(tmp_path, server.port, sources("/1"), posts='images = "local"', limits="article_images = 2")
    assert ran.report.images == {"fetched": 2, "uncopied": 1}
    flaw = "30000 × 30000 pixels are more than [limits] image_pixels, 40000000"
    assert ran.report.uncopied_images == [
        UncopiedImage(f"{SITE}/1", f"{SITE}/huge.png", f"{SITE}/huge.png: archived, not copied: {flaw}")
    ]
    [copy] = (path for path in (tmp_path / "data/media").rglob("*") if path.is_file())
    assert copy.read_bytes() == PNG and copy.suffix == ".png"
    [post] = (tmp_path / "data/posts").rglob("*.md")
    text = post.read_text("utf-8")
    assert f"/media/{copy.relative_to(tmp_path / 'data/media').as_posix()}" in text
    assert f"{SITE}/huge.png" in text and f"{SITE}/c.png" in text
    assert "/c.png" not in server.paths("herald.test")
