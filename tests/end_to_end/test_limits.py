"""Every limit is a key of warcpress.toml that changes what a run does.

D10: a spent budget is reported and changes the exit code. C4: accepting any certificate is recorded.
"""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from certificates import Authority
from pages import PNG, Answer, PageServer, article, feed
from stored import records

TEXT = ["The signal box was closed after a hundred years, and its levers went to the museum in town. " * 3] * 3


def publish(server, count: int = 6) -> None:
    links = [f"http://rail.test/a/{n}.html" for n in range(count)]
    server["rail.test/feed"] = Answer(feed(*links).encode(), headers={"Content-Type": "application/rss+xml"})
    for n in range(count):
        server[f"rail.test/a/{n}.html"] = article(f"Signal box {n}", [f"Box {n}. {TEXT[0]}", *TEXT])


RAIL = '[[source]]\nname = "rail"\nfeeds = ["http://rail.test/feed"]\nconcurrency = 1\n'


@pytest.mark.parametrize(
    ("limits", "whose"),
    [
        ("source_urls = 4", "source rail"),
        ("run_urls = 4", "this run"),
        ("source_bytes = 3000", "source rail"),
        ("run_bytes = 3000", "this run"),
    ],
)
def test_D10_a_spent_budget_is_reported(limits, whose, place, server) -> None:
    publish(server)
    place.configure(RAIL, limits=limits)
    done = place.run("crawl", code=1)
    [line] = [line for line in done.err.splitlines() if "the budget of" in line]
    assert f" ERROR the budget of {whose} is spent: " in line and line.endswith("the rest waits for the next run")
    run = place.last_run()
    assert run["exit_code"] == 1 and run["spent"]["count"] == 1
    assert 0 < len(place.posts()) < 6


def test_D10_what_a_spent_budget_left_out_comes_next_time(place, server) -> None:
    publish(server)
    place.configure(RAIL, limits="run_bytes = 3000")
    place.run("crawl", code=1)
    place.configure(RAIL)
    for _ in range(3):  # a page that was not requested has not failed, so it is never given up
        place.run("crawl")
    assert len(place.posts()) + place.last_run()["articles"]["failed"] <= 6
    assert place.last_run()["articles"]["given-up"] == 0


def test_D10_an_index_of_indexes_without_end_is_read_up_to_the_limit(place, server) -> None:
    head = '<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    for n in range(9):
        below = "".join(f"<sitemap><loc>http://rail.test/map{n}{m}</loc></sitemap>" for m in range(9))
        server[f"rail.test/map{n}"] = f"{head}{below}</sitemapindex>"
    server["rail.test/map"] = (
        f"{head}{''.join(f'<sitemap><loc>/map{n}</loc></sitemap>' for n in range(9))}</sitemapindex>"
    )
    place.configure(
        '[[source]]\nname = "rail"\nsitemaps = ["http://rail.test/map"]\n', limits="discovered_documents = 6"
    )
    done = place.run("crawl", code=None)
    assert len([path for path in server.paths("rail.test") if path.startswith("/map")]) == 6
    assert "further documents left out ([limits] discovered_documents)" in done.err


SHORT = article("Short", TEXT)
LONG = article("Long", [TEXT[0] + str(n) for n in range(400)])
HUGE = gzip.compress(article("Huge", [TEXT[0] + str(n) for n in range(5000)]).encode())
LIMITS: dict[str, tuple[int, dict[str, Any]]] = {
    # key: value, what stands on its host; the pages of the other hosts keep to it
    "wire_bytes": (50_000, {"/": LONG}),
    "decoded_bytes": (1_000_000, {"/": Answer(HUGE, headers={"Content-Encoding": "gzip"})}),
    "header_bytes": (2000, {"/": Answer(SHORT.encode(), headers={"X-H": "h" * 3000})}),
    "redirects": (1, {f"/{n}": Answer(b"", 302, {"Location": f"/{n}x"}) for n in ("", "x", "xx")}),
    "robots_bytes": (20, {"/robots.txt": "#" * 30 + "\nUser-agent: *\nDisallow: /\n", "/": SHORT}),
    "image_bytes": (3000, {"/": article("I", TEXT, images=("/i.png",)), "/i.png": PNG + bytes(4000)}),
    "article_images": (1, {"/": article("J", TEXT, images=("/i", "/j")), "/i": PNG, "/j": PNG}),
}


def test_D1_every_limit_is_a_setting(place, server) -> None:
    hosts = {key: f"{key.replace('_', '-')}.test" for key in LIMITS}
    for key, (_, pages) in LIMITS.items():
        for path, page in pages.items():
            server[f"{hosts[key]}{path}"] = page
    urls = json.dumps([f"http://{host}/" for host in hosts.values()])
    place.configure(
        f'[[source]]\nname = "a"\nurls = {urls}\n', limits="\n".join(f"{key} = {v}" for key, (v, _) in LIMITS.items())
    )
    done = place.run("crawl", code=None)
    run = place.last_run()
    failed = {row["url"]: row["class"] for row in run["failures"]["first"]}
    assert failed == {
        "http://wire-bytes.test/": "too-large",
        "http://decoded-bytes.test/": "too-large",
        "http://header-bytes.test/": "too-large",
        "http://redirects.test/": "redirects",
    }
    for url in failed:  # one event is one line of the log
        assert len([line for line in done.err.splitlines() if url in line]) == 1, done.err
    assert len(place.posts()) == 3
    [missing] = run["missing_images"]["first"]
    assert (missing["url"], missing["class"]) == ("http://image-bytes.test/i.png", "too-large")
    assert server.paths(hosts["article_images"]) == ["/robots.txt", "/", "/i"]


@pytest.mark.parametrize(
    ("key", "value", "wait", "error"),
    [("download_seconds", 1, 2.5, "timeout"), ("extract_seconds", 0.0001, 0, "too-complex")],
)
def test_D1_a_limit_of_time_is_a_setting(key, value, wait, error, place, server) -> None:
    server["a.test/"] = Answer(LONG.encode(), wait=wait)
    place.configure('[[source]]\nname = "a"\nurls = ["http://a.test/"]\n', limits=f"{key} = {value}")
    done = place.run("crawl", code=None)
    assert place.last_run()["errors"] == {error: 1}
    assert len([line for line in done.err.splitlines() if "http://a.test/" in line]) == 1, done.err


def test_C4_accepting_any_certificate_is_recorded(place, authority: Authority, tmp_path) -> None:
    (tmp_path / "unknown").mkdir()
    with PageServer(Authority(tmp_path / "unknown").context("rail.test")) as secure:
        secure["rail.test/a"] = article("Signal box", TEXT)
        place.tls_port, place.ca_file = secure.port, str(authority.ca_file)
        source = '[[source]]\nname = "rail"\nurls = ["https://rail.test/a"]\n'
        place.configure(source)
        place.run("crawl", code=None)
        assert place.last_run()["errors"] == {"robots-unreachable": 1} and place.posts() == {}
        place.configure(source + "verify_tls = false\n")
        place.run("refetch", "https://rail.test/a", code=None)
    assert len(place.posts()) == 1
    [info] = [record.block for record in records(place.data) if record.type == "warcinfo"]
    assert b'"verify_tls":false' in info
