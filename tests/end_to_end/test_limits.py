"""Every limit is a key of warcpress.toml that changes what a run does.

D10: a spent budget is reported and changes the exit code. C4: accepting any certificate is recorded.
"""

from __future__ import annotations

import gzip
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
def test_D10_a_spent_budget_is_reported_and_the_rest_comes_next_time(limits, whose, place, server) -> None:
    publish(server)
    place.configure(RAIL, limits=limits)
    done = place.run("crawl", code=1)
    [line] = [line for line in done.err.splitlines() if "the budget of" in line]
    assert f" ERROR the budget of {whose} is spent: " in line and line.endswith("the rest waits for the next run")
    run = place.last_run()
    assert run["exit_code"] == 1 and run["spent"]["count"] == 1
    assert 0 < len(place.posts()) < 6
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


LONG = article("Long", [TEXT[0] + str(n) for n in range(400)])
BITS = gzip.compress(LONG.encode())
CASES: dict[str, tuple[float, dict[str, Any], str | int]] = {
    # key: value, what stands at a.test, the class of failure or how many posts
    "wire_bytes": (5000, {"/": LONG}, "too-large"),
    "decoded_bytes": (5000, {"/": Answer(BITS, headers={"Content-Encoding": "gzip"})}, "too-large"),
    "header_bytes": (2000, {"/": Answer(LONG.encode(), headers={"X-H": "h" * 3000})}, "too-large"),
    "download_seconds": (1, {"/": Answer(LONG.encode(), wait=2.5)}, "timeout"),
    "redirects": (1, {f"/{n}": Answer(b"", 302, {"Location": f"/{n}x"}) for n in ("", "x", "xx")}, "redirects"),
    "robots_bytes": (20, {"/robots.txt": "#" * 30 + "\nUser-agent: *\nDisallow: /\n", "/": LONG}, "1 post"),
    "extract_seconds": (0.0001, {"/": LONG}, "too-complex"),
    "image_bytes": (3000, {"/": article("I", TEXT, images=("/i.png",)), "/i.png": PNG + bytes(4000)}, "1 missing"),
    "article_images": (1, {"/": article("I", TEXT, images=("/i", "/j")), "/i": PNG, "/j": PNG}, "1 fetched"),
}  # fmt: skip


@pytest.mark.parametrize("key", CASES)
def test_D1_every_limit_is_a_setting(key, place, server) -> None:
    value, pages, outcome = CASES[key]
    for path, page in pages.items():
        server[f"a.test{path}"] = page
    source = '[[source]]\nname = "a"\nurls = ["http://a.test/"]\n'
    place.configure(source, limits=f"{key} = {value}")
    done = place.run("crawl", code=None)
    run = place.last_run()
    seen = {
        *run["errors"],
        f"{len(place.posts())} post",
        f"{run['images']['missing']} missing",
        f"{run['images']['fetched']} fetched",
    }
    assert outcome in seen, run
    if outcome in run["errors"]:  # one event is one line of the log
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
