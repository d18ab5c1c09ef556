"""`make demo` as a user starts it: every step succeeds, and the files that it names exist."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from serving import Served

from crawler.demo.tour import MARK


def demo(folder: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "crawler.demo", str(folder)]
    return subprocess.run(command, cwd=cwd, capture_output=True, encoding="utf-8", timeout=300, check=False)


def test_the_demonstration_succeeds_and_replaces_its_earlier_folder(tmp_path):
    folder = tmp_path / "demo-data"
    folder.mkdir()
    (folder / "warcpress.toml").write_text(MARK, encoding="utf-8")
    (folder / "old").write_text("from the run before", encoding="utf-8")
    done = demo(folder, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\x1b[" not in done.stdout and done.stdout.count("✓") >= 12
    assert not (folder / "old").exists()
    post = folder / "data/posts/harbour-post/2026/03/17-night-ferry-returns.md"
    assert "carries 240 passengers" in post.read_text(encoding="utf-8")
    assert "demo-data/data/posts/harbour-post/2026/03/17-night-ferry-returns.md" in done.stdout
    assert "百年老船坞" in (folder / "data/posts/haigang/2026/03/13-laochuanwu.md").read_text(encoding="utf-8")
    assert list((folder / "data/warc").glob("*.warc.gz")) and (folder / "audit.html").stat().st_size > 1000
    assert list((folder / "data/media").rglob("*.png"))
    assert "warcpress --config demo-data/warcpress.toml serve\n" in done.stdout


def test_the_demonstration_ends_with_a_reader_at_an_address(tmp_path):
    command = [sys.executable, "-m", "crawler.demo", "--serve"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
    ) as started:
        assert started.stdout is not None
        try:
            address = next(line for line in started.stdout if line.startswith("http://127.0.0.1:"))
            assert "The night ferry returns in May" in Served(address.strip(), started).get("/").text
            started.send_signal(signal.SIGINT)
            assert started.wait(30) == 0
        finally:
            started.kill()


def test_a_folder_that_the_demonstration_did_not_make_is_not_replaced(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    done = demo(tmp_path, tmp_path)
    assert done.returncode == 1
    assert (
        done.stderr
        == f"demo: {tmp_path}: is there already and was not made by the demonstration; name another folder\n"
    )
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "years of work"
