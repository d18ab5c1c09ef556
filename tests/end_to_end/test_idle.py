"""A scheduled run that finds nothing due costs next to nothing, and leaves one line for each day."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import Any

from pages import PNG, Answer, article, feed

TEXT = ["The mill on the river grinds again after forty years, and the baker is its first customer. " * 3] * 3
SOURCE = """[[source]]
name = "herald"
feeds = ["http://herald.test/feed.xml"]
"""


def site(place, server) -> None:
    server["herald.test/feed.xml"] = feed("http://herald.test/a/mill.html")
    server["herald.test/a/mill.html"] = article("The mill grinds again", TEXT)
    place.configure(SOURCE)
    place.run("crawl")


def files(place) -> set[str]:
    return {path.relative_to(place.data).as_posix() for path in place.data.rglob("*") if path.is_file()}


def days(place) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (place.data / "runs/idle.jsonl").read_text("utf-8").splitlines()]


def test_runs_with_nothing_due_leave_one_line_a_day(place, server) -> None:
    site(place, server)
    asked, before = len(server.asked), files(place)
    first = place.run("crawl", "--due")
    assert first.err == "nothing is due\n" and first.out == ""
    place.run("crawl", "--due")
    assert files(place) - before == {"runs/idle.jsonl"}
    assert len(server.asked) == asked
    [day] = days(place)
    assert day["runs"] == 2 and day["first"][:10] == day["day"] == day["last"][:10] and day["first"] < day["last"]
    old = [{"v": 1, "day": f"2020-{n:04d}", "runs": 1, "first": "", "last": ""} for n in range(500)]
    (place.data / "runs/idle.jsonl").write_text("".join(json.dumps(line) + "\n" for line in old))
    place.run("crawl", "--due")
    assert len(days(place)) == 400 and days(place)[-1]["day"] == day["day"]


def test_nothing_due_is_found_without_scrapy(place, server) -> None:
    site(place, server)
    code = "import sys; from crawler.cli import main; assert main(['crawl', '--due']) == 0; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=place.folder, capture_output=True, text=True, check=True)
    assert not {"scrapy", "twisted", "lxml", "cryptography"} & set(done.stdout.split())


def test_a_run_with_nothing_due_refreshes_the_time_in_the_metrics(place, server) -> None:
    place.configure(f'[metrics]\ntextfile = "warcpress.prom"\n{SOURCE}')
    server["herald.test/feed.xml"] = feed("http://herald.test/a/mill.html")
    server["herald.test/a/mill.html"] = article("The mill grinds again", TEXT)
    place.run("crawl")
    path, name = place.folder / "warcpress.prom", "warcpress_run_finished_timestamp_seconds "
    before = path.read_text().splitlines()
    assert place.run("crawl", "--due").err == "nothing is due\n"
    changed = [pair for pair in zip(before, path.read_text().splitlines(), strict=True) if pair[0] != pair[1]]
    [(old, new)] = changed
    assert float(old.removeprefix(name)) < float(new.removeprefix(name)) <= time.time()
    path.unlink()
    place.run("crawl", "--due")
    assert name in path.read_text()


def test_a_host_that_asked_for_a_pause_makes_nothing_due(place, server) -> None:
    site(place, server)
    server["weekly.test/feed.xml"] = Answer(b"", 503, {"Retry-After": "7200"})
    server["weekly.test/a/fair.html"] = article("The fair opens", TEXT)
    urls = '[[source]]\nname = "weekly"\nfeeds = ["http://weekly.test/feed.xml"]\nurls = ["http://weekly.test/a/fair.html"]\n'
    place.configure(SOURCE + urls)
    assert "answered 503" in place.run("crawl", "--due", code=1).err
    asked = len(server.asked)
    assert place.run("crawl", "--due").err == "nothing is due\n"
    place.run("crawl", "weekly", code=1)  # a person is told
    assert len(server.asked) == asked


def test_what_is_due_is_fetched(place, server) -> None:
    site(place, server)
    server["herald.test/a/bakery.html"] = article("The bakery opens", TEXT)
    place.configure(SOURCE + 'urls = ["http://herald.test/a/bakery.html"]\n')
    place.run("crawl", "--due")
    assert len(place.posts()) == 2
    place.run("crawl", "--due", "herald")
    assert [day["runs"] for day in days(place)] == [1]
    with closing(sqlite3.connect(place.data / "frontier.sqlite")) as frontier:
        frontier.execute("UPDATE articles SET next_look = 0 WHERE url LIKE '%mill%'")
        frontier.commit()
    asked = len(server.asked)
    place.run("crawl", "--due")
    assert [request.path for request in server.asked[asked:]] == ["/a/mill.html"]
    assert [day["runs"] for day in days(place)] == [1]


def test_what_a_killed_run_left_is_repaired_though_nothing_is_due(place, server) -> None:
    site(place, server)
    [path] = place.warcs()
    name = path.with_name(path.name + ".open")
    name.write_bytes(path.read_bytes()[:2000])
    name.rename(path.with_name(path.name.replace("00000-", "00001-") + ".open"))
    done = place.run("crawl", "--due")
    assert "left open by a run that died" in done.err and place.last_run()["recovered"]["count"] == 1
    copy = place.data / "warc" / "imported-0123456789abcdef.warc.gz.importing"
    copy.write_bytes(b"half of a file that somebody imports")
    place.run("crawl", "--due")
    assert not copy.exists()
    with closing(sqlite3.connect(place.data / "catalogue.sqlite")) as catalogue:
        catalogue.execute("UPDATE versions SET shown = 0")
        catalogue.commit()
    [post] = (place.data / "posts").rglob("*.md")
    post.unlink()
    place.run("crawl", "--due")
    assert post.exists()


def test_wrong_configuration_is_told_though_nothing_is_due(place, server) -> None:
    site(place, server)
    assert "nowhere" in place.run("crawl", "--due", "nowhere", code=2).err
    place.configure(SOURCE + 'headers = { Cookie = "env:NO_SUCH_VARIABLE" }\n')
    assert "NO_SUCH_VARIABLE" in place.run("crawl", "--due", code=2).err


def test_no_command_leaves_changes_in_the_log_of_a_database(place, server) -> None:
    """They would make the next scheduled run a full one, which looks for damage."""
    server["herald.test/feed.xml"] = feed("http://herald.test/a/mill.html")
    server["herald.test/a/mill.html"] = article("The mill grinds again", TEXT, images=("/p.png",))
    server["herald.test/p.png"] = PNG
    for command, extra in (("crawl", ""), ("render", '"source"')):
        place.configure(SOURCE, posts=f'images = "local"\nextra = [{extra}]\n')
        place.run(command)
        assert [path.name for path in place.data.rglob("*-wal") if path.stat().st_size] == []
