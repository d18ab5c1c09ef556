"""A run that is stopped or killed loses nothing that was stored, and the next one goes on."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pages import PNG, Answer, article, feed
from wire_server import Answer as Drip
from wire_server import WireServer

TEXT = ["The orchard lost a third of its trees to frost, and the growers expect a poor harvest this autumn. " * 3] * 3
COUNT = 24


def publish(server, wait: float = 0.15) -> None:
    links = [f"http://farm.test/a/{n}.html" for n in range(COUNT)]
    server["farm.test/feed"] = Answer(feed(*links).encode(), headers={"Content-Type": "application/rss+xml"})
    for n in range(COUNT):
        page = article(f"Orchard report number {n}", [f"Report {n}. {TEXT[0]}", *TEXT], images=(f"/i/{n}.png",))
        server[f"farm.test/a/{n}.html"] = Answer(page.encode(), headers={"Content-Type": "text/html"}, wait=wait)
        server[f"farm.test/i/{n}.png"] = PNG + bytes([n])


def configure(place) -> None:
    place.configure('[[source]]\nname = "farm"\nfeeds = ["http://farm.test/feed"]\nconcurrency = 2\n')


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_R7_a_signal_drains_and_seals(number, code, place, server, until) -> None:
    publish(server)
    configure(place)
    run = place.start("crawl")
    until(lambda: len(server.asked) > 8)
    run.send_signal(number)
    _out, err = run.communicate(timeout=60)
    assert run.returncode == code, err.decode()
    assert [path.suffix for path in place.warcs()] == [".gz"]
    account = place.last_run()
    assert account["stopped"] == signal.Signals(number).name
    assert 0 < len(place.posts()) < COUNT and len(place.posts()) == account["articles"]["new"]
    place.run("crawl")
    assert len(place.posts()) == COUNT


EARLY = Path(__file__).parent.parent / "faults" / "stopped_early.py"


@pytest.mark.parametrize("when", ["before", "spider_opened", "engine_started"])
def test_R7_a_signal_before_the_run_has_begun_stops_it(when: str, place, server) -> None:
    """Scrapy ignores a stop while it starts; the run then went on to its end."""
    publish(server)
    configure(place)
    words = [sys.executable, str(EARLY), when, "crawl"]
    run = subprocess.run(words, cwd=place.folder, capture_output=True, timeout=60, check=False)
    assert run.returncode == 143, run.stderr.decode()
    assert len(server.asked) <= 3, "it read its feed at most"
    place.run("crawl")
    assert len(place.posts()) == COUNT


@pytest.mark.parametrize("is_damaged", [False, True], ids=["after a run", "after a failed start"])
def test_N8_a_signal_ends_the_wait_for_a_webhook(is_damaged, place, server, until) -> None:
    publish(server, wait=0)
    with WireServer({"/": Drip((b"HTTP/1.1 200 OK\r\n",), endless=b"X-A: b\r\n", pause=0.1)}) as hook:
        place.configure(
            f'[notify]\nurl = "{hook.url("/")}"\non = "always"\n'
            '[[source]]\nname = "farm"\nfeeds = ["http://farm.test/feed"]\n'
        )
        if is_damaged:
            place.data.mkdir()
            (place.data / "LAYOUT").write_text("{}")
        run = place.start("crawl", "--limit", "3")
        until(lambda: bool(hook.exchanges))
        began = time.monotonic()
        run.send_signal(signal.SIGTERM)
        _out, err = run.communicate(timeout=60)
    assert time.monotonic() - began < 5, "the call alone may take 10 seconds"
    # A shell calls both 143; a command that has nothing to seal leaves the signal to the system.
    assert run.returncode == (-signal.SIGTERM if is_damaged else 143), err.decode()
    if not is_damaged:
        assert [path.suffix for path in place.warcs()] == [".gz"] and len(place.posts()) == 3
        assert place.last_run()["exit_code"] == 0
        place.run("audit")


def kill_and_go_on(place, server, seed: int) -> None:
    """Kill a run at a random moment, let the next one finish, and compare its result with a rebuild."""
    run = place.start("crawl")
    time.sleep(random.Random(seed).uniform(0.9, 3.2))
    run.kill()
    run.communicate(timeout=60)
    held = place.posts()
    place.run("crawl")
    posts = place.posts()
    assert len(posts) == COUNT
    assert {path: posts[path] for path in held} == held
    assert not [path for path in place.warcs() if path.name.endswith(".open")]
    rows = place.catalogue()
    place.run("rebuild")
    assert place.posts() == posts and place.catalogue() == rows


@pytest.mark.parametrize("seed", range(3))
def test_W2_kill_9_loses_nothing(seed, place, server) -> None:
    publish(server, wait=0.1)
    configure(place)
    kill_and_go_on(place, server, seed)


def test_W8_a_rebuild_after_a_kill_includes_the_open_file(place, server, until) -> None:
    publish(server, wait=0.1)
    configure(place)
    run = place.start("crawl")
    until(lambda: len(list((place.data / "posts").rglob("*.md"))) > 2)
    run.kill()
    run.communicate(timeout=60)
    held = place.posts()
    place.run("rebuild")
    posts = place.posts()
    assert {path: posts.get(path) for path in held} == held
    assert not [path for path in place.warcs() if path.name.endswith(".open")]
    place.run("audit")


HANGING = """
import socket, sys, time
from crawler.cli import main

real = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: time.sleep(60) if "hang" in str(host) else real(host, *rest, **more)
sys.exit(main(["crawl"]))
"""


def test_N8_a_name_server_that_hangs_does_not_hold_the_end_of_a_run(tmp_path: Path) -> None:
    source = '[[source]]\nname = "farm"\nurls = ["http://hang.test/a"]\n'
    (tmp_path / "warcpress.toml").write_text(f"[limits]\nretries = 0\ndownload_seconds = 1\n{source}")
    command = [sys.executable, "-c", HANGING]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=40, check=False)
    assert "took longer than 1.0 seconds" in done.stderr and "articles: 1 failed" in done.stderr, done.stderr
