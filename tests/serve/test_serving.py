"""`warcpress serve` as a process: its address, its end, whom it answers, and what it leaves alone."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest
from serving import Served, serving

from crawler.cli import main
from crawler.serve.guard import is_known


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_address_and_ends_cleanly_on_a_signal(archive: Path, number: int) -> None:
    with serving(archive) as running:
        assert running.url.startswith("http://127.0.0.1:") and running.get("/").status == 200
        assert running.stop(number) == 0
        assert running.process.stderr is not None
        assert running.process.stderr.read() == "shows the archive until Ctrl-C; nothing is written\n"


def test_a_port_in_use_is_one_line(served: Served, archive: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(archive)
    port = served.url.rstrip("/").rpartition(":")[2]
    assert main(["serve", "--port", port]) == 2
    said = capsys.readouterr().err
    assert "Address already in use" in said and said.count("\n") == 1


def test_a_missing_extra_is_one_line(archive: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(archive)
    for name in [name for name in sys.modules if name.startswith("crawler.serve")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "starlette.applications", None)
    assert main(["serve", "--port", "0"]) == 2
    assert "pip install 'warcpress[serve]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "known"),
    [
        *[("127.0.0.1:8420", True), ("localhost", True), ("LOCALHOST:80", True), ("[::1]:8420", True)],
        *[("192.168.1.7:8420", True), ("archive.test", True), ("archive.test.:443", True), ("evil.test", False)],
        *[("127.0.0.1.evil.test", False), ("localhost.evil.test:8420", False), ("", False), ("archive.test:x", False)],
    ],
)
def test_a_name_that_could_be_rebound_is_not_answered(host: str, known: bool) -> None:
    assert is_known(host, {"archive.test"}) is known


def test_an_unknown_host_name_gets_nothing_of_the_archive(served: Served) -> None:
    answer = served.get("/", Host="evil.test")
    assert answer.status == 421 and "--name" in answer.text and "Bridge" not in answer.text


def test_the_name_of_a_reverse_proxy_can_be_allowed(archive: Path) -> None:
    with serving(archive, "--name", "news.example.org") as running:
        assert running.get("/", Host="news.example.org").status == 200


@pytest.mark.parametrize("path", ["/", "/nothing", "/article/nothing", "/picture/nothing", "/static/reader.css"])
def test_every_answer_lets_a_browser_load_only_our_own_files(served: Served, path: str) -> None:
    headers = served.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; ")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin" and "set-cookie" not in headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_sent(served: Served, method: str) -> None:
    assert served.get("/", method).status == 405
