"""Images of articles in real runs: fetched once, copied on demand; a missing image loses no article."""

from __future__ import annotations

import struct
from pathlib import Path

from pages import PNG, Answer, PageServer, article
from running import run

from crawler.run.report import MissingImage, UncopiedImage

SITE = "http://herald.test"
TEXT = [f"Paragraph {number} of the story, long enough to be one, with a comma." for number in range(5)]
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
