"""A backup that is made while a run goes on, with the commands of docs/running.md, can be restored from."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import threading
from pathlib import Path

from pages import PNG, article, feed
from programs import need

RUNNING = (Path(__file__).parents[2] / "docs/running.md").read_text("utf-8")
TEXT = ["The lighthouse keeper counts the ships that pass at night, and writes their names into a book. " * 3] * 3
ARTICLES = 12
SOURCE = '[[source]]\nname = "herald"\nfeeds = ["http://herald.test/feed.xml"]\n'
ROLLOVER = "[archive]\nrollover_bytes = 1_048_576\n"


def back_up(folder: Path) -> None:
    """Run the commands of the documentation."""
    [commands] = [block for block in RUNNING.split("```")[1::2] if "manifest.jsonl backup/manifest.jsonl" in block]
    need("rsync", "apt-get install rsync")
    subprocess.run(["bash", "-uc", commands.removeprefix("sh")], cwd=folder, check=True, timeout=60)


def errors(place) -> list[object]:
    lines = [json.loads(line) for line in place.run("audit", "--json", "-").out.splitlines()]
    return [line for line in lines if line.get("severity") in ("error", "warning")]


def test_a_backup_made_while_a_run_goes_on_is_restored(tmp_path, place, server, until, workplace) -> None:
    chance = random.Random(7)
    links = [f"http://herald.test/story-{number}.html" for number in range(ARTICLES)]
    server["herald.test/feed.xml"] = feed(*links)
    for number, link in enumerate(links):
        server[link.removeprefix("http://")] = article(f"Ships of night {number}", TEXT, images=(f"/i/{number}.png",))
        server[f"herald.test/i/{number}.png"] = PNG + chance.randbytes(300_000)
    copied = server.answers["herald.test/i/0.png"].until = threading.Event()  # the run does not end before
    place.configure(ROLLOVER + SOURCE)

    run = place.start("crawl")
    until(lambda: (place.data / "manifest.jsonl").exists())  # the first file is sealed, the next is being written
    back_up(place.folder)
    assert run.poll() is None
    copied.set()
    _out, err = run.communicate(timeout=120)
    assert run.returncode == 0, err.decode()

    restored = workplace(tmp_path / "restored", place.port)
    shutil.copytree(place.folder / "backup", restored.data)
    shutil.move(restored.data / "warcpress.toml", restored.folder)
    assert 1 <= len(restored.warcs()) < len(place.warcs())
    restored.run("rebuild")
    assert errors(restored) == []
    early = restored.posts()
    assert early and early.items() <= place.posts().items()
    restored.run("crawl")
    assert restored.posts() == place.posts()
    assert errors(restored) == []

    back_up(place.folder)
    names = [path.name for path in place.warcs()]
    assert sorted(path.name for path in (place.folder / "backup" / "warc").iterdir()) == names


def test_a_backup_of_a_file_that_a_killed_run_left_without_its_name_is_restored(
    tmp_path, place, server, workplace, faulty_disk
) -> None:
    """A run writes the line in the manifest first, then gives the file its name."""
    server["herald.test/feed.xml"] = feed("http://herald.test/a.html")
    server["herald.test/a.html"] = article("Ships of night", TEXT)
    place.configure(SOURCE)
    killed = faulty_disk.environment(place.data, "kill", 0, "rename:/warc/")
    place.run("crawl", code=-9, env=killed)
    [left] = place.warcs()
    assert left.suffix == ".open" and left.stem in (place.data / "manifest.jsonl").read_text("utf-8")
    back_up(place.folder)

    restored = workplace(tmp_path / "restored", place.port)
    shutil.copytree(place.folder / "backup", restored.data)
    shutil.move(restored.data / "warcpress.toml", restored.folder)
    restored.run("rebuild")
    assert [path.name for path in restored.warcs()] == [left.stem] and len(restored.posts()) == 1
    assert errors(restored) == []
