"""The add-on in another Scrapy project: one line in ADDONS, then `scrapy crawl`, `fetch` and `shell`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from stored import Stored, exchanges, records
from wire_server import WireServer, body

SETTINGS = """
BOT_NAME = "theirs"
SPIDER_MODULES = ["theirs.spiders"]
ADDONS = {"crawler.capture.Capture": 100}
ROBOTSTXT_OBEY = True
"""
SPIDER = """
import scrapy


class News(scrapy.Spider):
    name = "news"

    async def start(self):
        yield scrapy.Request(self.url + "/a")

    def parse(self, response):
        yield {"url": response.url, "capture": response.meta["capture"].record_id}
        if response.url.endswith("/a"):
            yield response.follow("/moved")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a Scrapy project that knows nothing of warcpress."""
    (tmp_path / "theirs" / "spiders").mkdir(parents=True)
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = theirs.settings\n")
    (tmp_path / "theirs" / "__init__.py").touch()
    (tmp_path / "theirs" / "spiders" / "__init__.py").touch()
    (tmp_path / "theirs" / "settings.py").write_text(SETTINGS)
    (tmp_path / "theirs" / "spiders" / "news.py").write_text(SPIDER)
    return tmp_path


@pytest.fixture
def server() -> Iterator[WireServer]:
    answers = {
        "/robots.txt": body(b"User-agent: *\nDisallow: /no\n"),
        "/a": body(b"<p>a</p>", b"HTTP/1.1 200 Fine\r\ncontent-TYPE: text/html\r\n"),
        "/moved": body(b"", b"HTTP/1.1 301 M\r\nLocation: /b\r\n"),
        "/b": body(b"<p>b</p>", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"),
    }
    with WireServer(answers) as running:
        yield running


def scrapy(project: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scrapy", *arguments],
        cwd=project,
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
    )


def assert_same(project: Path, server: WireServer) -> list[tuple[Stored, Stored]]:
    """Check that the archive has what the server saw, in sealed files."""
    found = exchanges(project / "webarchive")
    assert [(request.block, response.block) for request, response in found if response.type == "response"] == [
        (exchanged.request, bytes(exchanged.response)) for exchanged in server.exchanges
    ]
    assert [path.name for path in (project / "webarchive" / "warc").iterdir() if path.name.endswith(".open")] == []
    return found


def test_scrapy_crawl_is_captured(project: Path, server: WireServer) -> None:
    done = scrapy(project, "crawl", "news", "-a", f"url={server.url('')}", "-O", "items.jsonl")
    assert done.returncode == 0, done.stderr
    found = assert_same(project, server)
    assert [exchanged.target for exchanged in server.exchanges] == ["/robots.txt", "/a", "/moved", "/b"]
    items = (project / "items.jsonl").read_text()
    assert items.count("<urn:uuid:") == 2
    assert all(str(response["WARC-Record-ID"]) in items for _, response in found if response.url.endswith(("/a", "/b")))
    info = records(project / "webarchive")[0]
    assert info.type == "warcinfo"
    assert b"Scrapy/" in info.block and b"robots: obey\r\n" in info.block


def test_scrapy_fetch_is_captured(project: Path, server: WireServer) -> None:
    done = scrapy(project, "fetch", "--nolog", server.url("/a"))
    assert done.returncode == 0, done.stderr
    assert "<p>a</p>" in done.stdout
    assert_same(project, server)


def test_scrapy_shell_is_captured(project: Path, server: WireServer) -> None:
    typed = f"fetch('{server.url('/b')}')\nprint(response.meta['capture'].status)\n"
    done = scrapy(project, "shell", "--nolog", server.url("/a"), typed=typed)
    assert done.returncode == 0, done.stderr
    assert "200" in done.stdout
    assert_same(project, server)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("TWISTED_REACTOR_ENABLED = False", "TWISTED_REACTOR_ENABLED is False"),
        (
            'TWISTED_REACTOR = "twisted.internet.selectreactor.SelectReactor"',
            "capture needs asyncio; remove that setting",
        ),
        (
            'DOWNLOAD_HANDLERS = {"https": "scrapy.core.downloader.handlers.http2.H2DownloadHandler"}',
            "which would not be captured",
        ),
    ],
)
def test_a_start_without_complete_capture_is_refused(project: Path, server: WireServer, line: str, words: str) -> None:
    with (project / "theirs" / "settings.py").open("a") as settings:
        settings.write(line + "\n")
    done = scrapy(project, "crawl", "news", "-a", f"url={server.url('')}")
    assert words in done.stderr
    assert server.connections == 0


def test_S6_another_add_on_that_replaces_the_handlers_stops_the_start(project: Path, server: WireServer) -> None:
    with (project / "theirs" / "settings.py").open("a") as settings:
        settings.write("""
class Later:
    def update_settings(self, settings):
        theirs = {"http": "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler"}
        settings.set("DOWNLOAD_HANDLERS", theirs, "cmdline")
ADDONS = {**ADDONS, Later: 200}
""")
    done = scrapy(project, "crawl", "news", "-a", f"url={server.url('')}")
    assert "which would not be captured" in done.stderr
    assert server.connections == 0


COUNTED = """
    async def start(self):
        import asyncio

        def count(loop, coroutine, **more):
            self.tasks = getattr(self, "tasks", 0) + 1
            return asyncio.Task(coroutine, loop=loop, **more)

        asyncio.get_running_loop().set_task_factory(count)
        yield scrapy.Request(self.url + "/a")

    def closed(self, reason):
        print("tasks:", self.tasks)
"""


@pytest.mark.parametrize(
    ("line", "least", "most"),
    [
        ("", 0, 50),
        ('ITEM_PIPELINES = {"theirs.pipelines.Theirs": None}', 0, 50),
        ("CONCURRENT_ITEMS = 30", 60, 110),
        ('ITEM_PIPELINES = {"theirs.pipelines.Theirs": 1}', 200, 250),
    ],
)
def test_two_pages_start_few_tasks_unless_item_pipelines_may_wait_for_something(
    project: Path, server: WireServer, line: str, least: int, most: int
) -> None:
    with (project / "theirs" / "settings.py").open("a") as settings:
        settings.write(line + "\n")
    pipeline = "class Theirs:\n    def process_item(self, item):\n        return item\n"
    (project / "theirs" / "pipelines.py").write_text(pipeline)
    (project / "theirs" / "spiders" / "news.py").write_text(SPIDER + COUNTED)
    done = scrapy(project, "crawl", "news", "-a", f"url={server.url('')}", "-O", "items.jsonl")
    assert (project / "items.jsonl").read_text().count("<urn:uuid:") == 2, done.stderr
    assert least <= int(done.stdout.removeprefix("tasks: ")) <= most


def test_two_runs_do_not_write_into_one_folder(project: Path, server: WireServer) -> None:
    import fcntl

    (project / "webarchive").mkdir()
    with (project / "webarchive" / ".lock").open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = scrapy(project, "fetch", server.url("/a"))
    assert "another run holds this folder" in done.stderr
    assert server.connections == 0


def test_a_crawl_whose_folder_was_taken_ends_and_writes_nothing_more(project: Path, server: WireServer) -> None:
    taken = SPIDER.replace(
        'if response.url.endswith("/a"):',
        """if response.url.endswith("/a"):
            import pathlib, shutil
            pathlib.Path("webarchive/.lock").unlink()
            shutil.copytree("webarchive", "before")""",
    )
    (project / "theirs" / "spiders" / "news.py").write_text(taken)
    done = scrapy(project, "crawl", "news", "-a", f"url={server.url('')}")
    assert done.returncode == 4
    assert "webarchive/.lock: somebody removed this file while a run went on" in done.stderr.splitlines()[-1]
    before = {path.relative_to(project / "before"): path.read_bytes() for path in files(project / "before")}
    assert {
        path.relative_to(project / "webarchive"): path.read_bytes() for path in files(project / "webarchive")
    } == before


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith("-shm")]
