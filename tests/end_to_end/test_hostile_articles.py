"""A hostile publisher's text in posts, logs, tables, reports and on a terminal harms nobody who reads them."""

from __future__ import annotations

import gzip
import json
import os
import pty
import re
import struct
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import PNG, Answer, PageServer, article, feed

UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
"""What our own tables send to a terminal."""
FORGED = "2026-01-01T00:00:00Z ERROR forged"
TITLE = f"=HYPERLINK(1)\x1b[2J\x1b]0;owned\x07\x9b31m\u202egnp.exe\u2066 <b>{FORGED}\u2028</b> -- Bridge"
TEXT = [
    "The bridge over the river was closed for two days after the storm, and boats went round it until Sunday. " * 3
] * 3
SOURCE = '[[source]]\nname = "herald"\nfeeds = ["http://herald.test/feed"]\nallow = ["^http://herald\\\\.test/a/"]\n'
URL = "http://herald.test/a/bridge.html"


def escaped(text: str) -> str:
    """Text for a UTF-8 page, with entities for characters that HTML can't hold."""
    return "".join(f"&#{ord(c)};" if UNSAFE.match(c) or c in "<>" else c for c in text)


@pytest.fixture(scope="module")
def told(tmp_path_factory, workplace):
    """Folder and output of a crawl of one article, one page without an article, one missing image, all hostile.

    The server has stopped: commands that only read need none.
    """
    head = "<meta name=author content='=cmd|x \u202erohtua \x9b5m'>"
    pictures = ("/i/%0aforged.png", "/i/ok.png")
    place = workplace(tmp_path_factory.mktemp("told"), 9)
    with PageServer() as server:
        server["herald.test/a/bridge.html"] = article(escaped(TITLE), TEXT, images=pictures, head=head)
        server["herald.test/i/ok.png"] = PNG
        kind = {"Transfer-Encoding": "\x1b[2Jgzip\x9b1m\x85"}
        server["herald.test/a/forged%0d%0a%1b%5B2J.html"] = Answer(b"x", 200, kind)
        server["herald.test/feed"] = Answer(feed(URL, "http://herald.test/a/forged%0d%0a%1b[2J.html").encode())
        place.port = server.port
        place.configure(SOURCE)
        done = place.run("crawl")
    page = article(escaped(TITLE), [*TEXT, "a\x1b[2Jb\u202ec&#x202e;d&#155;e"])
    (place.folder / "page.html").write_text(page, "utf-8")
    return place, done


def on_a_terminal(place, *arguments: str) -> bytes:
    """Everything that a command sends to a terminal, without our own colours."""
    ours, theirs = pty.openpty()
    started = subprocess.Popen(
        place.command(*arguments), cwd=place.folder, stdin=theirs, stdout=theirs, stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"},
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the last writer has closed it
            break
        if not piece:
            break
        seen += piece
    os.close(ours)
    assert started.wait(60) in (0, 1, 2, 4)
    return COLOUR.sub(b"", seen)


def test_L1_one_event_is_one_line_of_the_log(told) -> None:
    place, done = told
    assert place.last_run()["articles"]["new"] == 1
    for text in (done.out, done.err):
        assert not UNSAFE.search(text)
        assert not any(line.startswith(FORGED) for line in text.splitlines())
    assert [
        line for line in done.err.splitlines() if "Transfer-Encoding is not chunked" in line and "\\x1b[2jgzip" in line
    ]
    run = next((place.data / "runs").glob("*.json")).read_text("utf-8")
    assert not UNSAFE.search(run) and len(run.splitlines()) == run.count("\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("list",),
        ("list", "--json", "-"),
        ("history", URL),
        ("show", URL),
        ("show", URL, "--part", "page"),
        ("show", URL, "--part", "response"),
        ("preview", "page.html"),
        ("show", "http://herald.test/\x1b[2J\u202e"),
        ("audit", "--json", "-"),
        ("pack", "\x1b[2J/x.wacz"),
        ("rebuild", "--dry-run"),
        ("audit",),
    ],
    ids=" ".join,
)
def test_L2_nothing_from_outside_reaches_the_terminal_as_a_command(told, arguments) -> None:
    place, _done = told
    progress = re.compile(r"\x1b\[(?:\?25[lh]|\d*[AKG])|\r(?=[\n\x1b]|.{0,79}\d:\d\d:\d\d)|\r")
    seen = progress.sub("", on_a_terminal(place, *arguments).decode("utf-8"))
    assert seen.strip()
    assert not UNSAFE.search(seen), UNSAFE.findall(seen)


def test_L2_what_is_not_a_terminal_gets_the_very_bytes(told) -> None:
    place, _done = told
    page = place.run("show", URL, "--part", "page").out
    assert (
        "\u202e" in page and page.startswith("<!DOCTYPE html>") and "<meta name=author content='=cmd|x \u202e" in page
    )
    assert place.run("show", URL).out == next(iter(place.posts().values()))


def test_L3_no_cell_of_a_table_is_a_formula(told) -> None:
    place, _done = told
    [row] = place.run("list").out.splitlines()
    cells = row.split("\t")
    assert len(cells) == 4 and cells[2].startswith("'=HYPERLINK(1)")
    [line] = place.run("list", "--json", "-").out.splitlines()
    assert json.loads(line)["title"].startswith("=HYPERLINK(1)") and not UNSAFE.search(line)


def test_L3_the_report_is_text_in_a_page(told, tmp_path) -> None:
    place, _done = told
    [warc] = place.warcs()
    hostile = tmp_path / "<img src=x onerror=alert(1)>\u202e.warc.gz"
    hostile.write_bytes(warc.read_bytes()[:-50])
    place.run("audit", str(hostile), "--html", str(tmp_path / "report.html"), code=1)
    report = (tmp_path / "report.html").read_text("utf-8")
    assert "&lt;img src=x onerror=alert(1)&gt;" in report
    assert not re.search(r"<(?:img|script|a|b)\b|\son\w+=[^&]*>|javascript:", report) and not UNSAFE.search(report)
    assert "default-src 'none'" in report


def texts(place) -> Iterator[tuple[str, bytes]]:
    """All files that may be given away, unpacked."""
    for path in sorted(place.data.rglob("*")):
        if path.is_file() and path.suffix not in (".gz", ".sqlite") and not path.name.startswith("."):
            yield path.name, path.read_bytes()
    for warc in place.warcs():
        yield warc.name, gzip.decompress(warc.read_bytes())
    with zipfile.ZipFile(place.folder / "out.wacz") as package:
        for name in package.namelist():
            yield name, package.read(name)
    for name in ("report.html", "report.json", "list.json"):
        yield name, (place.folder / name).read_bytes()


def test_P4_no_path_of_this_machine_in_anything_that_is_published(told) -> None:
    place, _done = told
    place.run("audit", "--html", "report.html", "--json", "report.json")
    place.run("list", "--json", "list.json")
    place.run("pack", "out.wacz")
    seen = dict(texts(place))
    assert {"report.html", "report.json", "list.json", "datapackage.json"} <= seen.keys() and len(seen) > 10
    own = [str(place.folder), str(Path(__file__).parents[2]), f"{Path.home()}/" if Path.home().parts[1:] else ""]
    host = os.uname().nodename
    own += [host] if len(host) > 4 and host != "localhost" else []
    for name, text in texts(place):
        assert not [word for word in own if word and word.encode() in text], name


def png(width: int, height: int) -> bytes:
    return PNG[:16] + struct.pack(">II", width, height) + PNG[24:]


PICTURES = {
    "/i/page.png": b"<!doctype html><script>alert(1)</script>",
    "/i/drawing.png": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "/i/code.php": b"<?php system('id'); ?>",
    "/i/bomb.png": png(40_000, 40_000),
    "/i/unknown.gif": b"GIF89a\1\0",
    "/i/both.html": PNG + b"<script>alert(1)</script><?php system('id'); ?>",
    "/i/edge.png": png(8_000, 5_000),
}


def test_P3_D7_bytes_decide_what_is_copied_and_a_bomb_is_one_line(place, server) -> None:
    server["herald.test/feed"] = Answer(feed(URL).encode())
    server["herald.test/a/bridge.html"] = article("Bridge closed", TEXT, images=tuple(PICTURES))
    for path, body in PICTURES.items():
        server["herald.test" + path] = Answer(body, headers={"Content-Type": "image/png"})
    place.configure(SOURCE, posts='images = "local"\n')
    done = place.run("crawl")
    [post] = place.posts().values()
    copies = sorted(p.relative_to(place.data).as_posix() for p in (place.data / "media").rglob("*") if p.is_file())
    assert len(copies) == 2 and all(re.fullmatch(r"media/../../[0-9a-f]{64}\.png", copy) for copy in copies)
    named = set(re.findall(r'src="([^"]+)"', post))
    assert {f"/{copy}" for copy in copies} < named
    assert {f"http://herald.test/i/{name}" for name in ("bomb.png", "unknown.gif", "page.png")} < named
    run = place.last_run()
    assert run["images"] == {"fetched": 4, "known": 0, "missing": 3, "uncopied": 2}
    assert {row["class"] for row in run["missing_images"]["first"]} == {"not-an-image"}
    [bomb] = [line for line in done.err.splitlines() if "/i/bomb.png" in line]
    assert "40000 × 40000 pixels are more than [limits] image_pixels, 40000000" in bomb
    place.run("audit")


def test_C3_no_secret_in_the_summary_on_a_terminal(place, server, monkeypatch) -> None:
    monkeypatch.setenv("KEY", "canary-key")
    server["herald.test/a"] = Answer(b"", 302, {"Location": "data:,canary-key"})
    place.configure('[[source]]\nname = "s"\nurls = ["http://herald.test/a"]\nheaders = { X-Key = "env:KEY" }\n')
    seen = on_a_terminal(place, "crawl")
    assert b"refused: " in seen and b"redirects to data:,[redacted]" in seen and b"canary" not in seen


def test_N7_one_article_of_many_addresses_is_one_post_and_an_edit_a_second_version(place, server) -> None:
    forms = [
        URL,
        f"{URL}?utm_source=rss",
        f"{URL}#top",
        "http://herald.test:80/a/bridge.html",
        "http://herald.test/a/./bridge.html?fbclid=1",
    ]
    canonical = f"<link rel=canonical href='{URL}'>"
    for path in ("/a/bridge.html", "/a/bridge.html?utm_source=rss", "/a/bridge.html?fbclid=1"):
        server["herald.test" + path] = article("Bridge closed", TEXT)
    printed = article("Bridge closed", [*TEXT, "Printed from the Test Herald, all rights reserved."], head=canonical)
    server["herald.test/a/print-bridge.html"] = Answer(
        printed.encode(), headers={"Content-Type": "text/html"}, wait=0.5
    )
    server["herald.test/feed"] = Answer(feed(*forms, "http://herald.test/a/print-bridge.html").encode())
    place.configure(SOURCE)
    place.run("crawl")
    [(path, first)] = place.posts().items()
    assert place.last_run()["articles"]["changed"] == 0, "another form of an article is no version of it"
    server["herald.test/a/bridge.html"] = article("Bridge open again", TEXT)
    assert "changed, version 2" in place.run("refetch", URL).out
    [(again, second)] = place.posts().items()
    assert again == path and second != first and "Bridge open again" in second
    assert place.run("show", URL).out == second
    [row] = [json.loads(line) for line in place.run("list", "--json", "-").out.splitlines()]
    assert row["version"] == 2
    history = place.run("history", f"{URL}?utm_source=rss").out
    assert "version 1" in history and "title: Bridge closed → Bridge open again" in history


def test_N7_a_page_that_claims_to_be_an_article_does_not_keep_it_out(place, server) -> None:
    """The article's own page is fetched once it is listed, and its text tells that it is another article."""
    lie = [text.replace("storm", "strike") for text in TEXT]
    server["herald.test/a/claims.html"] = article("No bridge at all", lie, head=f"<link rel=canonical href='{URL}'>")
    server["herald.test/a/bridge.html"] = article("Bridge closed", TEXT)
    for links in (["claims"], ["claims", "bridge"], ["claims", "bridge"]):
        server["herald.test/feed"] = feed(*(f"http://herald.test/a/{name}.html" for name in links))
        place.configure(SOURCE)
        place.run("crawl")
    post, lies = place.posts().values()
    assert "Bridge closed" in post and "No bridge" not in post and "strike" not in post
    assert "No bridge at all" in lies and "Bridge closed" not in lies
    assert place.run("show", URL).out == post
    assert server.paths("herald.test").count("/a/bridge.html") == 1
    place.run("audit")


def test_N7_an_article_that_moves_stays_one_post_and_a_redirect_to_another_article_leaves_it(
    place, server, authority
) -> None:
    place.configure(SOURCE)
    other = "http://herald.test/a/other.html"
    for url in (URL, other):
        server[url.removeprefix("http://")] = article(f"Bridge closed {url[-6:-5]}", [f"{url} says: {TEXT[0]}", *TEXT])
    server["herald.test/feed"] = feed(URL, other)
    place.run("crawl")
    held = place.posts()
    server["herald.test/a/moved.html"] = article(f"Bridge closed {URL[-6:-5]}", ["Corrected.", *TEXT])
    server["herald.test/a/bridge.html"] = Answer(b"", 301, {"Location": "/a/moved.html"})
    server["herald.test/a/other.html"] = Answer(b"", 301, {"Location": "/a/third.html"})
    server["herald.test/a/third.html"] = article("Something else", ["Quite another article.", *TEXT])
    assert "changed, version 2" in place.run("refetch", URL).out
    place.run("refetch", other)
    now = place.posts()
    assert len(held) == 2 and len(now) == 3
    [moved] = [name for name in held if now[name] != held[name]]
    assert "Corrected." in now[moved] and "bridge" in moved
    server.answers["herald.test/feed"] = Answer(feed("https://herald.test/a/third.html").encode())
    with PageServer(authority.context("herald.test")) as safe:
        safe["herald.test/a/third.html"] = server.answers["herald.test/a/third.html"]
        place.tls_port, place.ca_file = safe.port, str(authority.ca_file)
        place.configure(
            SOURCE.replace("http:", "https?:").replace("https?://herald.test/feed", "http://herald.test/feed")
        )
        place.run("crawl")
        assert safe.paths("herald.test") == ["/robots.txt", "/a/third.html"]
    rows = place.catalogue()
    assert place.posts() == now, "https is no other article"
    place.run("audit")
    place.run("rebuild")
    assert place.posts() == now and place.catalogue() == rows
