"""`warcpress serve` as a process: its address, its end, whom it answers, and what it leaves alone."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from holding import Holding, of_schema
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


@pytest.mark.parametrize("version", [2, 3])
def test_a_catalogue_of_an_earlier_release_is_served_and_stays(holding: Holding, tmp_path: Path, version: int) -> None:
    """By whichever thread answers: one of schema 2 is upgraded in a copy, which each set of open files has."""
    path = holding.layout.catalogue
    of_schema(path, version)
    before = path.read_bytes()
    with serving(tmp_path) as running, ThreadPoolExecutor(4) as clients:
        asked = ["/", "/feeds/posts.atom", "/feeds/changes.atom", "/?state=withdrawn"] * 4
        assert {answer.status for answer in clients.map(running.get, asked)} == {200}
        assert running.get("/feeds/changes.atom").text.count("<entry>") == 2
    assert path.read_bytes() == before


def test_a_port_in_use_is_one_line(served: Served, archive: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(archive)
    port = served.url.rstrip("/").rpartition(":")[2]
    assert main(["serve", "--port", port]) == 2
    said = capsys.readouterr().err
    assert "Address already in use" in said and said.count("\n") == 1


@pytest.mark.parametrize(
    "words", [["--port", "70000"], ["--port", "-1"], ["--port", "0", "--original-port", "65536"], ["--host", "x..y"]]
)
def test_a_place_that_cannot_be_is_one_line(archive: Path, monkeypatch, capsys, words: list[str]) -> None:
    monkeypatch.chdir(archive)
    assert main(["serve", *words]) == 2
    said = capsys.readouterr().err
    assert "can't serve there" in said and said.count("\n") == 1


def test_a_missing_data_folder_is_one_line_and_is_not_made(tmp_path: Path, monkeypatch, capsys) -> None:
    (tmp_path / "warcpress.toml").touch()
    monkeypatch.chdir(tmp_path)
    assert main(["serve", "--port", "0"]) == 2
    said = capsys.readouterr().err
    assert f"{tmp_path / 'data'}: no data folder" in said and "`warcpress crawl`" in said and said.count("\n") == 1
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/?q=bridge", 200),
        ("/sources", 200),
        ("/article/herald/2026/03/05-bridge.md", 404),
        ("/feeds/posts.atom", 404),
        ("/runs", 404),
        ("/api/posts", 404),
        ("/cdx?url=herald.test", 404),
        ("/timegate/http://herald.test/", 404),
    ],
)
def test_a_data_folder_that_goes_away_is_told(gone: Served, path: str, status: int) -> None:
    answer = gone.get(path)
    assert answer.status == status and "no data folder of warcpress" in answer.text


@pytest.fixture(scope="module")
def gone(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose data folder was on a disk that is no longer there."""
    folder = shutil.copytree(archive, tmp_path_factory.mktemp("gone") / "copy")
    with serving(folder) as running:
        assert running.get("/").status == 200
        (folder / "data").rename(folder / "elsewhere")
        yield running


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


@pytest.mark.parametrize("name", ["https://news.example.org", "news.example.org:443", "news example", ""])
def test_what_is_no_host_name_is_refused(archive: Path, monkeypatch, capsys, name: str) -> None:
    monkeypatch.chdir(archive)
    assert main(["serve", "--port", "0", "--name", name]) == 2
    said = capsys.readouterr().err
    assert "not a host name" in said and said.count("\n") == 1


@pytest.mark.parametrize("path", ["/", "/nothing", "/article/nothing", "/picture/nothing", "/static/reader.css"])
def test_every_answer_lets_a_browser_load_only_our_own_files(served: Served, path: str) -> None:
    headers = served.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; ")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin" and "set-cookie" not in headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_sent(served: Served, method: str) -> None:
    answer = served.get("/", method)
    assert answer.status == 405 and "ask with GET" in answer.text and "GET" in answer.headers["allow"]


FIRST_VIEWS = """
import sys
from dataclasses import replace
from pathlib import Path
from jinja2 import Environment
from starlette.requests import Request
from crawler.config import Config
from crawler.config.schema import Crawl
from crawler.serve.app import make_app
from crawler.serve.held import Held
from crawler.serve.origins import Origins

app = make_app(Held(replace(Config(), crawl=replace(Crawl(), data=Path("data")))), Origins(8420, 8421))
compiled, modules = [], set(sys.modules)
Environment.compile = lambda *given, **named: compiled.append(given)
endpoints = {route.path: route.endpoint for route in app.routes if hasattr(route, "endpoint")}
for path, query in (("/", ""), ("/", "q=bridge"), ("/article/{path:path}", ""), ("/article/{path:path}", "from=1"),
                    ("/sources", ""), ("/runs", ""), ("/audit", ""), ("/feeds/posts.atom", ""),
                    ("/feeds/changes.atom", "")):
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "app": app}
    scope |= {"scheme": "http", "server": ("127.0.0.1", 8420), "headers": [(b"host", b"127.0.0.1:8420")]}
    request = Request({**scope, "path_params": {"path": "herald/2026/03/05-bridge.md"}})
    assert endpoints[path](request).status_code == 200, path
print(compiled, sorted(name for name in set(sys.modules) - modules if name.partition(".")[0] in ("crawler", "archive")))
"""


def test_the_first_view_of_a_page_compiles_and_imports_nothing(archive: Path) -> None:
    """58 modules of languages and two templates took 75 of the 79 ms of the first front page (2026-11)."""
    done = subprocess.run([sys.executable, "-c", FIRST_VIEWS], cwd=archive, capture_output=True, text=True, check=False)
    assert done.stdout == "[] []\n", done.stdout + done.stderr
