"""D1, D9: memory is bounded when many bodies decode to the limit at once, and nothing waits for ever."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pages import PNG, Answer, article

GZIP = {"Content-Encoding": "gzip"}
PAGES = 10


def memory_of(pid: int) -> int:
    """Peak memory of a process so far, in bytes."""
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 if found else 0


def peak_of_a_crawl(place) -> int:
    """Peak memory of the crawl's main process, in bytes."""
    started = subprocess.Popen(
        place.command("crawl"), cwd=place.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    peak = 0
    while started.poll() is None:  # `wait4` counts the parent's memory too
        peak = max(peak, memory_of(started.pid))
        time.sleep(0.02)
    return peak


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_D1_bodies_that_decode_to_the_limit_wait_for_each_other(place, server) -> None:
    """Without this, ten bodies at once took 160 MB more than one (2026-11)."""
    text = ["The signal box was closed after a hundred years, and its levers went to the museum in town. " * 40]
    page = article("Signal box", text).encode()
    packed = gzip.compress(page + b"<p>one two three</p>" * ((16 * 2**20 - len(page)) // 21), 1)
    names = [f"box{n}.test" for n in range(PAGES)]
    for name in names:
        server[f"{name}/a"] = Answer(packed, headers={"Content-Type": "text/html", **GZIP})
    urls = ", ".join(f'"http://{name}/a"' for name in names)
    place.configure(f'[[source]]\nname = "rail"\nurls = [{urls}]\n')
    peak = peak_of_a_crawl(place)
    run = place.last_run()
    assert sum(run["articles"].values()) == PAGES and run["articles"]["failed"] == 0, run
    assert 50 << 20 < peak < 220 << 20


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_D1_D7_pictures_that_decode_to_the_limit_wait_for_each_other(place, server) -> None:
    """Without this, 240 pictures of nine hosts took 1,376 MB (2026-11)."""
    text = "The signal box was closed after a hundred years, and its levers went to the museum in town. " * 4
    for n in range(4):
        images = tuple(f"/{n}/{i}.png" for i in range(6))
        server[f"rail{n}.test/a"] = article("Signal box", [text] * 4, images=images)
        for path in images:
            packed = gzip.compress(PNG + bytes(19 * 2**20) + path.encode(), 1)
            server[f"rail{n}.test{path}"] = Answer(packed, headers={"Content-Type": "image/png", **GZIP})
    urls = ", ".join(f'"http://rail{n}.test/a"' for n in range(4))
    place.configure(f'[[source]]\nname = "rail"\nurls = [{urls}]\n')
    peak = peak_of_a_crawl(place)
    assert place.last_run()["images"]["fetched"] == 24, place.last_run()
    assert 50 << 20 < peak < 220 << 20


GUANCHA = "www.guancha.cn/internation/2024_03_02_727001"


def test_D10_the_pages_of_one_article_are_bounded_together(place, server) -> None:
    """Otherwise a hundred articles of fifty pages each, all under way, would take unbounded memory."""
    following = "".join(f'<a href="/internation/2024_03_02_727001_{n}.shtml">{n}</a>' for n in (2, 3, 4))
    for number in ("", "_2", "_3", "_4"):
        text = [f"Page {number}. The signal box was closed after a hundred years. " * 8] * 3
        html = article("Signal box", [*text, following]).encode()
        server[f"{GUANCHA}{number}.shtml"] = Answer(html.ljust(30_000), headers={"Content-Type": "text/html"})
    place.configure(
        f'[[source]]\nname = "guancha"\nsite = "guancha"\nurls = ["http://{GUANCHA}.shtml"]\n',
        limits="decoded_bytes = 100_000",
    )
    done = place.run("crawl", code=None)
    assert "not an article: parts (more than 100000 bytes together)" in done.err
    assert f"/{GUANCHA.partition('/')[2]}_4.shtml" in server.paths("www.guancha.cn")
