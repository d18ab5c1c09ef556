"""R12: random damage of every store of a data folder is told or healed; nothing wrong comes out, nothing hangs.

After each damage come `list`, `show`, `audit`, `crawl`, `rebuild` and again `audit`.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from certificates import Authority
from newsroom import Newsroom
from rot import STORES, rot

ARTICLES = 8
DEADLINE = 60
"""Seconds for each command; all of them take 8 on an idle machine."""
ORIGINALS = ("warc", "manifest")
"""Stores that nothing else can replace: the audit tells their damage for good."""


@dataclass
class Folder:
    """A data folder with its configuration, and the outputs of the sound one."""

    path: Path
    pages: dict[str, str]
    """URL → output of `show`."""
    listed: str

    def run(self, *arguments: str) -> tuple[int, str, str]:
        command = [sys.executable, "-m", "crawler.cli", *arguments]
        done = subprocess.run(command, cwd=self.path, capture_output=True, timeout=DEADLINE, check=False)
        out, err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        assert done.returncode in (0, 1, 2, 4), (arguments, done.returncode, err[-3000:])
        assert "Traceback" not in err + out and " ⏎ " not in err, (arguments, err[-3000:])
        assert done.returncode == 0 or err.strip() or out.strip(), arguments
        return done.returncode, out, err


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Folder]:
    """Two runs over a site that still answers: the frontier is asked again in each test."""
    path = tmp_path_factory.mktemp("sound")
    with Newsroom(authority, ARTICLES // 2) as room:
        (path / "warcpress.toml").write_text(room.configuration())
        folder = Folder(path, {}, "")
        assert folder.run("crawl")[0] == 0
        room.count = ARTICLES
        assert folder.run("crawl")[0] == 0
        assert folder.run("audit")[0] == 0
        folder.listed = folder.run("list")[1]
        for number in (0, 1):
            url = f"http{'s' if number % 2 else ''}://farm.test/a/{number}"
            folder.pages[url] = folder.run("show", url)[1]
            assert f"Report {number}." in folder.pages[url]
        yield folder


def survive(sound: Folder, place: Path, seed: int) -> None:
    """Damage a copy and use it."""
    chance = random.Random(seed)
    store = sorted(STORES)[seed % len(STORES)]
    shutil.copytree(sound.path, place)
    folder = Folder(place, sound.pages, sound.listed)
    done = rot(place / "data", store, chance)
    try:
        use(folder, store)
    except BaseException as error:
        error.add_note(f"seed {seed}: {done}")
        raise
    finally:
        shutil.rmtree(place)


def use(folder: Folder, store: str) -> None:
    data = folder.path / "data"
    code, out, _ = folder.run("list")
    listed_right = code != 0 or out == folder.listed
    for url, text in folder.pages.items():
        code, out, _ = folder.run("show", url)
        assert code != 0 or out == text, f"show {url} is wrong"
    told = folder.run("audit")[0] != 0
    assert listed_right or told, "a wrong list, and the audit tells nothing"
    code, _, err = folder.run("crawl")
    if code == 4 and "frontier.sqlite" in err:  # as its message says
        for path in data.glob("frontier.sqlite*"):
            path.unlink()
    folder.run("rebuild")
    folder.run("crawl")
    code, out, err = folder.run("audit")
    if store in ORIGINALS:
        assert code != 0 or not told, "the audit forgets damage of the originals"
        return
    assert code == 0, out[-3000:] + err[-2000:]
    assert folder.run("list")[1].splitlines() != [] or folder.listed == ""
    for url, text in folder.pages.items():
        assert folder.run("show", url)[1] == text, f"show {url} is wrong after a rebuild"


@pytest.mark.torture
@pytest.mark.parametrize("block", range(20))
def test_R12_rot_two_hundred_times_is_told_or_healed(sound: Folder, tmp_path: Path, block: int) -> None:
    for seed in range(1000 + 10 * block, 1010 + 10 * block):
        survive(sound, tmp_path / "copy", seed)
