"""Each failure is one line, does not stop other sources and articles, and shows in the exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from pages import Answer, article, feed

TEXT = ["The harbour was closed for two days after the storm, and ferries stayed in port until Sunday. " * 3] * 3
GOOD = '[[source]]\nname = "good"\nurls = ["http://good.test/a/harbour.html"]\n'


def source(name: str, keys: str) -> str:
    return f'[[source]]\nname = "{name}"\n{keys}\n'


UNREADABLE = {
    # source: its keys, what stands at its URL, what the line says
    "page": ('feeds = ["http://page.test/x"]', b"<html><body>Welcome</body></html>", "HTML"),
    "empty": ('feeds = ["http://empty.test/x"]', b"", "empty"),
    "cut": ('sitemaps = ["http://cut.test/x"]', b"<urlset><url><loc>", "http://cut.test/x"),
    "list": ('listings = [{ url = "http://list.test/x" }]', b"<html>", "not a listing"),
    "links": (
        'sections = [{ url = "http://links.test/x", links = "h4 a" }]', b"<html><a href=/>Home</a></html>", "h4 a"
    ),
    "down": ('feeds = ["http://down.test:8080/x"]', b"", "the host refused the connection"),
}  # fmt: skip


def test_a_source_that_cannot_be_read_is_one_line_and_the_others_are_crawled(place, server) -> None:
    server["good.test/a/harbour.html"] = article("Harbour closed", TEXT)
    for name, (_, body, _) in UNREADABLE.items():
        server[f"{name}.test/x"] = Answer(body, headers={"Content-Type": "text/html"})
    sources = "".join(source(name, keys) for name, (keys, _, _) in UNREADABLE.items())
    place.configure(sources + GOOD, crawl="allow_ports = [80, 8080]\n")
    file = place.folder / "warcpress.toml"
    file.write_text(file.read_text("utf-8").replace('"*:80"', '"down.test:8080" = "127.0.0.1:9", "*:80"'), "utf-8")
    done = place.run("crawl", code=1)
    for name, (_, _, said) in UNREADABLE.items():
        [line] = [line for line in done.err.splitlines() if f"source {name} could not be read: " in line]
        assert said in line and f"http://{name}.test" in line
    assert list(place.posts()) == ["good/2026/03/05-harbour.md"]


def test_an_error_of_ours_in_reading_a_feed_is_one_line_and_the_others_are_crawled(place, server) -> None:
    server["good.test/a/harbour.html"] = article("Harbour closed", TEXT)
    server["bad.test/feed"] = feed()
    place.configure(source("bad", 'feeds = ["http://bad.test/feed"]') + GOOD)
    script = (
        "import sys, crawler.cli, crawler.spiders.entries as entries\n"
        "entries.page_of = lambda *_: 1 / 0\n"
        "sys.exit(crawler.cli.main(['crawl']))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=place.folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "source bad could not be read: http://bad.test/feed: internal error: division by zero" in done.stderr
    assert len(place.posts()) == 1


def test_on_a_terminal_each_failure_is_shown_once(place, server) -> None:
    server["bad.test/feed"] = Answer(b"oops", 404)
    server["bad.test/gone"] = Answer(b"gone", 410)
    place.configure(source("bad", 'feeds = ["http://bad.test/feed"]\nurls = ["http://bad.test/gone"]'))
    ours, theirs = os.openpty()
    done = subprocess.run(place.command("crawl"), cwd=place.folder, stderr=theirs, timeout=120, check=False)
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # raised when the other end is closed
        while piece := os.read(ours, 65536):
            shown += piece
    os.close(ours)
    assert done.returncode == 1
    assert shown.count(b"http://bad.test/feed: answered 404") == 1, shown.decode()
    assert shown.count(b"http://bad.test/gone: answered 410") == 1, shown.decode()


WALLS = {
    "soft-404": "<title>Page not found</title><h1>Page not found</h1><p>Sorry, the page you look for is gone.</p>",
    "login-wall": (
        "<title>Log in</title><h1>Log in</h1><p>Log in to continue reading.</p><form><input type=password></form>"
    ),
    "consent-wall": (
        "<title>Before you continue</title><h1>Before you continue</h1><p>We and our partners use cookies and data. If "
        "you choose to accept all, we will also use cookies for advertising.</p><button>Accept all</button>"
    ),
}


def test_N4_pages_that_are_no_articles_have_a_named_reason_and_no_post(place, server) -> None:
    server["good.test/feed"] = Answer(
        feed(*(f"http://good.test/{name}" for name in ("gone", "empty", "list", "down", "ok", *WALLS))).encode(),
        headers={"Content-Type": "application/rss+xml"},
    )
    server["good.test/gone"] = Answer(b"gone", 410)
    server["good.test/empty"] = b""
    server["good.test/list"] = "<html><body>" + "<p><a href='/x'>Headline of a story</a></p>" * 60 + "</body></html>"
    server["good.test/down"] = Answer(b"oops", 500)
    server["good.test/ok"] = article("Harbour closed", TEXT)
    for name, page in WALLS.items():
        server[f"good.test/{name}"] = f"<!doctype html><html><body>{page}</body></html>"
    place.configure(source("good", 'feeds = ["http://good.test/feed"]'))
    place.run("crawl")
    run = place.last_run()
    assert len(place.posts()) == 1
    reasons = {row["url"]: (row["outcome"], row["class"]) for row in run["failures"]["first"]}
    assert reasons.pop("http://good.test/gone") == ("gone", "http-410")
    assert reasons.pop("http://good.test/down") == ("failed", "http-500")
    assert reasons.pop("http://good.test/empty") == ("not-an-article", "empty")
    assert reasons.pop("http://good.test/list")[0] == "not-an-article"
    assert reasons == {f"http://good.test/{name}": ("not-an-article", name) for name in WALLS}
    assert run["articles"]["new"] == 1


def test_a_wrong_charset_is_read_all_the_same(place, server) -> None:
    page = article("港口关闭两天", ["暴风雨过后，港口关闭了两天，渡轮一直停在港内，直到星期天才恢复航行。" * 4] * 3)
    server["good.test/a/harbour.html"] = Answer(
        page.replace('charset="utf-8"', 'charset="gb2312"').encode("gb18030"),
        headers={"Content-Type": "text/html; charset=utf-8"},
    )
    place.configure(GOOD)
    place.run("crawl")
    [text] = place.posts().values()
    assert "title: '港口关闭两天'" in text and "渡轮一直停在港内" in text


def test_R2_a_data_folder_that_cannot_be_written_stops_the_run_with_4(place, server) -> None:
    (place.folder / "data").write_text("a file, no folder")
    place.configure(GOOD)
    done = place.run("crawl", code=4)
    assert done.err.count("\n") == 1 and "data" in done.err and "can't be written" in done.err
    assert server.asked == []


def test_R3_a_second_run_ends_with_3_at_once(place, server, until) -> None:
    released = threading.Event()
    server["good.test/a/harbour.html"] = Answer(
        article("Harbour closed", TEXT).encode(), headers={"Content-Type": "text/html"}, until=released
    )
    place.configure(GOOD)
    first = place.start("crawl")
    until(lambda: "/a/harbour.html" in server.paths("good.test"))
    second = place.run("refetch", "http://good.test/a/harbour.html", code=3)
    assert "another run holds this folder" in second.err and second.err.count("\n") == 1
    released.set()
    waited = place.run("refetch", "http://good.test/a/harbour.html", "--wait", "60")
    assert "nothing changed" in waited.out
    first.communicate(timeout=60)
    assert first.returncode == 0


def test_usage_is_answered_with_2_and_one_line(place, server) -> None:
    server["good.test/a/harbour.html"] = article("Harbour closed", TEXT)
    place.configure(GOOD)
    place.run("crawl")
    for arguments, said in (
        (["show", "http://good.test/never"], "not in the archive; `warcpress list` shows what is"),
        (["crawl", "nobody"], "nobody"),
        (["refetch", "ftp://good.test/"], "http"),
        (["crawl", "--config", "missing.toml"], "missing.toml"),
    ):
        done = place.run(*arguments, code=2)
        assert said in done.err and done.err.count("\n") == 1


def test_commands_that_read_report_a_missing_data_folder(place) -> None:
    place.configure(GOOD)
    done = place.run("list", code=2)
    assert "no data folder" in done.err


def test_L1_L3_scrapy_itself_runs_the_spider_with_a_log_of_ours_and_no_export(place, server) -> None:
    server["good.test/a/harbour.html"] = article("Harbour closed", TEXT)
    server["good.test/a/x"] = Answer(b"x", headers={"Transfer-Encoding": "\x1b[2Jgzip\x9b1m"})
    place.configure(GOOD.replace('"]', '", "http://good.test/a/x"]'))
    (place.folder / "scrapy.cfg").write_text("[settings]\ndefault = crawler.settings\n")
    command = [str(Path(sys.executable).with_name("scrapy"))]
    listed = subprocess.run([*command, "list"], cwd=place.folder, capture_output=True, timeout=60, check=True)
    assert listed.stdout.decode().split() == ["add", "press", "refetch"]
    command += ["crawl", "press", "-O", "posts.csv"]
    ended = subprocess.run(command, cwd=place.folder, capture_output=True, timeout=60, check=True)
    assert len(place.posts()) == 1 and place.last_run()["articles"]["new"] == 1
    assert b"\\x1b[2jgzip\\x9b1m" in ended.stderr and b"\x1b" not in ended.stderr
    assert not (place.folder / "posts.csv").exists()  # Scrapy's own export writes formulas unchanged


def test_an_extractor_that_does_not_start_stops_the_run_and_costs_no_article(place, server) -> None:
    server["good.test/a/harbour.html"] = article("Harbour closed", TEXT)
    place.configure(GOOD)
    broken = place.folder / "broken"
    broken.mkdir()
    (broken / "trafilatura.py").write_text("raise ImportError('half of it is missing')\n")
    done = place.run("crawl", code=2, env={**os.environ, "PYTHONPATH": str(broken)})
    advice = "install warcpress and its dependencies again"
    told = f"stopped: the extractor does not start: ImportError: half of it is missing; {advice}"
    assert [line[: len(told)] for line in done.err.splitlines() if line.startswith("stopped: ")] == [told]
    assert "Traceback" not in done.err
    assert not place.posts()
    place.run("crawl", "--due")
    assert len(place.posts()) == 1
    place.run("audit")


def test_an_article_whose_old_text_is_damaged_is_fetched_again_and_not_compared(place, server) -> None:
    place.configure(GOOD)
    server["good.test/a/harbour.html"] = article("Harbour closed", TEXT)
    place.run("crawl")
    shown = json.loads(place.run("show", "http://good.test/a/harbour.html", "--json").out)
    path = place.data / "warc" / shown["filename"]
    damaged = bytearray(path.read_bytes())
    damaged[shown["offset"] + 200 : shown["offset"] + 220] = bytes(20)
    path.write_bytes(damaged)
    server["good.test/a/harbour.html"] = article("Harbour open", TEXT)
    done = place.run("refetch", "http://good.test/a/harbour.html")
    assert "changed, version 2: " in done.out and f"not compared: {shown['filename']}:" in done.out
    assert "version 1 can't be read" in place.run("history", "http://good.test/a/harbour.html", code=1).out


def test_an_index_of_words_that_cannot_be_used_costs_a_run_one_warning(place, server) -> None:
    server["good.test/a/harbour.html"] = article("Harbour closed", TEXT)
    place.configure(GOOD)
    index = place.data / "search.sqlite"
    index.mkdir(parents=True)
    done = place.run("crawl")
    assert done.err.count("the run goes on, but its posts are not searched until this is mended: ") == 1
    assert len(place.posts()) == 1
    assert "or remove it: `warcpress search` makes it again" in place.run("search", "harbour", code=4).err
    index.rmdir()
    assert "Harbour closed" in place.run("search", "harbour").out
