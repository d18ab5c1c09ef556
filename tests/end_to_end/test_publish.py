"""[publish]: a blog on the same machine follows the posts, run by run, and its troubles never harm the archive."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from pages import PNG, Answer, PageServer, article, feed
from small_disk import ext4

WORDS = "The council voted on Tuesday to repair bridge {n} over the river before the winter floods arrive again. "
SOURCE = '[[source]]\nname = "herald"\nevery = 0\nfeeds = ["http://herald.test/feed"]\n'
POSTS = 'images = "local"\n[publish]\nsite = "{site}"\n'


def serve(server: PageServer, count: int) -> None:
    for n in range(count):
        text = [WORDS.format(n=n) * 3, WORDS.format(n=n + 100) * 3]
        server[f"herald.test/{n}"] = article(f"Bridge {n} to be repaired", text, images=(f"/i/{n}.png",))
        server[f"herald.test/i/{n}.png"] = Answer(PNG + bytes([n]), headers={"Content-Type": "image/png"})
    links = feed(*(f"http://herald.test/{n}" for n in range(count)))
    server["herald.test/feed"] = Answer(links.encode(), headers={"Content-Type": "application/rss+xml"})


def follow(place: Any, site: str = "blog", posts: str = "") -> Path:
    """Configure a site, which is a folder with one file of its own."""
    place.configure(SOURCE, posts=posts + POSTS.format(site=site))
    folder: Path = place.folder / site
    folder.mkdir(exist_ok=True)
    (folder / "_config.yml").touch()
    return folder


def in_site(folder: Path) -> dict[str, str]:
    """Path below the site → text of each post."""
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in sorted(folder.rglob("*.md"))}


def assert_equal(place: Any, folder: Path, posts: str = "source/_posts") -> None:
    assert in_site(folder) == {f"{posts}/{path}": text for path, text in place.posts().items()}
    copies = {path.name for path in (place.data / "media").rglob("*.png")}
    assert {path.name for path in folder.rglob("*.png")} == copies


def test_runs_and_renders_reach_the_blog(place: Any, server: PageServer) -> None:
    serve(server, 2)
    blog = follow(place)
    assert "site: 2 posts written, 2 pictures written" in place.run("crawl").err
    assert place.last_run()["site"] == {"written": 2, "removed": 0, "pictures": 2, "pictures_removed": 0, "kept": 0}
    assert_equal(place, blog)
    serve(server, 3)
    place.run("crawl")
    assert place.last_run()["site"] == {"written": 1, "removed": 0, "pictures": 1, "pictures_removed": 0, "kept": 0}
    assert_equal(place, blog)
    follow(place, posts='pattern = "{slug}"\n')
    assert place.run("render").out.splitlines()[-1] == "site: 3 posts written, 3 posts removed"
    assert list(in_site(blog)) == ["source/_posts/0.md", "source/_posts/1.md", "source/_posts/2.md"]
    assert_equal(place, blog)
    (blog / "source/_posts/1.md").unlink()
    assert place.run("rebuild").out.splitlines()[-1] == "site: 1 post written"
    texts = [WORDS.format(n=7) * 3, WORDS.format(n=8) * 3]
    server["herald.test/2"] = article("Bridge 2 stays closed", texts, images=("/i/2.png",))
    assert "changed, version 2" in place.run("refetch", "http://herald.test/2").out
    assert_equal(place, blog)
    found = [json.loads(line) for line in place.run("audit", "--json", "-").out.splitlines()]
    assert [finding for finding in found if "summary" not in finding] == []


def test_the_run_names_files_that_somebody_changed(place: Any, server: PageServer) -> None:
    """In the posts folder and in the site: in the summary, the run file, `warcpress runs` and the page of the run."""
    serve(server, 2)
    blog = follow(place)
    place.run("crawl")
    zero, one = place.posts()
    for file in (place.data / "posts" / zero, blog / "source/_posts" / one):
        file.write_text(file.read_text("utf-8") + "My own remark.\n", "utf-8")
    for n in range(2):
        text = [WORDS.format(n=n + 20) * 3, WORDS.format(n=n + 120) * 3]
        server[f"herald.test/{n}"] = article(f"Bridge {n} to be repaired", text, images=(f"/i/{n}.png",))
    told = place.run("refetch", *(f"http://herald.test/{n}" for n in range(2))).err
    assert f"post files kept, because somebody changed them: 1; the first is {zero}\n" in told
    run = place.last_run()
    kept = {row["path"]: row["message"] for row in run["kept_files"]["first"]}
    assert run["kept_files"]["count"] == 2 and list(kept) == [zero, f"source/_posts/{one}"]
    assert run["articles"]["changed"] == 2 and run["site"]["kept"] == 1
    shown = place.run("runs", run["run"]).out
    assert "files kept, because somebody changed or made them: 2\n" in shown
    page = (place.data / "runs" / f"{run['run']}.html").read_text("utf-8")
    assert all(path in page and f"\n  {message}\n" in shown for path, message in kept.items())


def test_a_missing_site_is_code_1_and_caught_up_by_the_next_run_of_a_timer(place: Any, server: PageServer) -> None:
    serve(server, 2)
    blog = follow(place)
    (blog / "_config.yml").unlink()
    done = place.run("crawl", code=1)
    assert f"site: not up to date, the next run goes on: {blog}: no folder with a site in it" in done.err
    assert "no folder with a site" in place.last_run()["reason"] and len(place.posts()) == 2
    (blog / "_config.yml").touch()
    timer = SOURCE.replace("every = 0", 'every = "1d"')
    place.configure(timer, posts=POSTS.format(site="blog"))
    asked = len(server.asked)
    assert "site: 2 posts written, 2 pictures written" in place.run("crawl", "--due").err
    assert_equal(place, blog)
    assert place.run("crawl", "--due").err == "nothing is due\n" and len(server.asked) == asked


@pytest.mark.parametrize(("dialect", "posts"), [("hugo", "content/posts"), ("jekyll", "_posts")])
def test_each_generator_has_its_folders(place: Any, server: PageServer, dialect: str, posts: str) -> None:
    serve(server, 1)
    blog = follow(place, posts=f'dialect = "{dialect}"\n')
    place.run("crawl")
    assert_equal(place, blog, posts)
    [picture] = blog.rglob("*.png")
    assert picture.relative_to(blog).parts[:-3] == (("static", "media") if dialect == "hugo" else ("media",))
    assert not picture.is_symlink()


def test_a_site_in_the_way_of_the_posts_is_a_fault_of_the_file(place: Any) -> None:
    place.configure(SOURCE, posts='folder = "../blog/source/_posts"\n[publish]\nsite = "blog"\n')
    assert "[publish] site: " in (message := place.run("list", code=2).err) and "is not apart from" in message
    place.configure(SOURCE, posts='[publish]\nsite = "blog"\nfolder = "../x"\n')
    assert "should be the path of a folder below the site" in place.run("list", code=2).err


def test_a_full_site_is_code_1_and_goes_on_when_there_is_room(place: Any, server: PageServer, tmp_path: Path) -> None:
    serve(server, 12)
    with ext4(tmp_path, 1 << 20, 12_000) as small:
        (small / "_config.yml").touch()
        follow(place, site="mounted")
        done = place.run("crawl", code=1)
        assert "No space left on device; make room" in done.err and len(place.posts()) == 12
        assert not [path for path in small.rglob("*.md") if path.read_text() not in place.posts().values()]
        (small / "filling").unlink()
        place.run("crawl")
        assert_equal(place, small)


def test_kill_9_at_any_moment_leaves_a_site_that_the_next_run_completes(place: Any, server: PageServer) -> None:
    serve(server, 12)
    for attempt, wait in enumerate((0.8, 1.1, 1.4)):
        blog = follow(place, posts=f'pattern = "{attempt}-{{slug}}"\n')
        place.run("crawl")
        follow(place, posts=f'pattern = "{attempt}-again-{{slug}}"\n')
        killed = place.start("render")
        time.sleep(wait)
        killed.send_signal(signal.SIGKILL)
        killed.communicate(timeout=60)
        assert place.run("render").code == 0
        assert_equal(place, blog)
