"""The server of recorded pages: their own host names, http and https, and a configuration that loads."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crawler.config import load

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "serve_pages.py"
FETCH = """
import pathlib, re, socket, ssl, sys
text = pathlib.Path("warcpress.toml").read_text()
for line in sys.argv[1:]:
    scheme, host, path = line.split()
    port = int(re.search({"http": "80", "https": "443"}[scheme] + '" = "127.0.0.1:([0-9]+)', text)[1])
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    if scheme == "https":
        connection = ssl.create_default_context(cafile="ca.pem").wrap_socket(connection, server_hostname=host)
    connection.sendall(f"GET {path} HTTP/1.1\\r\\nHost: {host}\\r\\nConnection: close\\r\\n\\r\\n".encode())
    answer = b""
    while received := connection.recv(65536):
        answer += received
    head, _, body = answer.partition(b"\\r\\n\\r\\n")
    print(head.split()[1].decode(), len(body), body[:4].hex())
"""


def serve(folder: Path, out: Path, *requests: str) -> list[list[str]]:
    """Return the status, length and first bytes of each answer."""
    command = [sys.executable, str(TOOL), str(folder), str(out), "--", sys.executable, "-c", FETCH, *requests]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    return [line.split() for line in run.stdout.splitlines()]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    pages = tmp_path / "pages"
    (pages / "corpus" / "news").mkdir(parents=True)
    entries: list[dict[str, Any]] = [
        {"id": "news/1", "url": "https://www.example.org/a/1?x=ü#top"},
        {"id": "news/2", "url": "http://example.net/"},
        {"id": "news/3", "url": "http://example.net/"},
        {"id": "news/4", "url": None},
        {"id": "news/absent", "url": "https://example.net/absent"},
        {"id": "news/5", "url": "https://example.net:8443/port"},
        {"id": "news/6", "url": "www.example.net/six"},
    ]
    for entry in entries:
        if "absent" not in str(entry["id"]):
            body = f"<p>{entry['id']}</p>".encode()
            (pages / "corpus" / f"{entry['id']}.html.gz").write_bytes(gzip.compress(body))
    lines = "".join(json.dumps(entry) + "\n" for entry in entries)
    (pages / "corpus" / "news.jsonl").write_text(lines, encoding="utf-8")
    return pages


def test_recorded_pages_and_pictures_are_served_by_host_and_nothing_else(corpus: Path, tmp_path: Path) -> None:
    page = len(b"<p>news/1</p>")
    pictures = [f"https img.example.org /{n}.jpg" for n in range(16)]
    requests = [
        "https www.example.org /a/1?x=%C3%BC",
        "http www.example.org /a/1?x=%C3%BC",
        "http example.net /",
        "http example.net /?recorded=news-3",
        "https example.org /a/1?x=%C3%BC",
        "https www.example.org /robots.txt",
        *pictures,
    ]
    answers = serve(corpus, tmp_path / "out", *requests)
    found = ["200", str(page), "3c703e6e"]
    assert answers[:4] == [found] * 4
    assert [answer[0] for answer in answers[4:6]] == ["404", "404"]
    kinds = {(answer[0], answer[2]) for answer in answers[6:]}
    assert kinds == {("200", "89504e47"), ("404", b"no s".hex())}

    read = load(tmp_path / "out" / "warcpress.toml")
    assert [(source.name, source.urls) for source in read.sources] == [
        (
            "news",
            (
                "https://www.example.org/a/1?x=%C3%BC",
                "http://example.net/",
                "http://example.net/?recorded=news-3",
                "https://news.test/news/4.html",
                "http://www.example.net/six",
            ),
        )
    ]
    assert read.crawl.ca_file == tmp_path / "out" / "ca.pem"
    assert set(read.crawl.resolve) == {"*:80", "*:443"}


def test_a_table_of_urls_and_files_is_served(tmp_path: Path) -> None:
    (tmp_path / "one.html").write_text("<p>1</p>")
    (tmp_path / "pages.tsv").write_text("https://example.org/1\tone.html\n")
    assert serve(tmp_path, tmp_path / "out", "https example.org /1") == [["200", "8", "3c703e31"]]


def test_a_folder_without_pages_is_reported(tmp_path: Path) -> None:
    command = [sys.executable, str(TOOL), str(tmp_path), str(tmp_path / "out")]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 1
    assert "neither corpus/NAME.jsonl with its pages nor pages.tsv" in run.stderr
