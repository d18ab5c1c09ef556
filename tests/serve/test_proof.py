"""The proof of a post: what is said of an untouched archive, and of one that was altered or lost something."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from holding import BRIDGE, Holding
from serving import Served, serving
from starlette.requests import Request

from crawler.config import Config
from crawler.config.schema import Crawl
from crawler.serve import proofs
from crawler.serve.app import make_app
from crawler.serve.held import Held
from crawler.serve.origins import Origins

BRIDGE_PROOF = "/proof/herald/2026/03/05-bridge.md"
MANY = 42
"""More than the threads that answer all other requests."""


def results(page: str) -> list[tuple[str, str, str]]:
    """Result, subject and text of each statement."""
    found = re.findall(
        r'<li><p><strong class="badge [a-z]*">([a-z ]+)</strong> <span class="soft">(\w+)</span></p>\s*'
        r'<p class="statement" dir="auto">(.*?)</p>',
        page,
        re.DOTALL,
    )
    return [(result, about, text) for result, about, text in found]


def test_an_untouched_post_is_proved_from_its_bytes_to_its_text(served: Served) -> None:
    page = served.get(BRIDGE_PROOF).text
    found = {(result, about) for result, about, _ in results(page)}
    proved = {about for result, about in found if result == "proved"}
    assert proved == {"bytes", "unchanged", "post", "pictures", "manifest"}
    assert ("not proved", "signature") in found and ("stated", "origin") in found
    assert "nothing is wrong" in page and "byte for byte" in page
    assert len({text for *_, text in results(page)}) == len(results(page))


def test_a_post_that_does_not_follow_from_its_page_is_wrong(holding: Holding, tmp_path: Path) -> None:
    with holding.catalogue() as catalogue:
        catalogue._database.run("UPDATE versions SET digest = 'sha256:00' WHERE number = 2")
    with serving(tmp_path) as running:
        page = running.get(BRIDGE_PROOF).text
        assert "Something is wrong" in page and "another text than the catalogue names" in page
        assert "nothing is wrong" in running.get(f"{BRIDGE_PROOF}?version=1").text


def test_altered_and_lost_bytes_are_wrong_in_words(holding: Holding, tmp_path: Path) -> None:
    with holding.catalogue() as catalogue:
        first, second = catalogue.versions(BRIDGE)
        page_of_second = catalogue.capture(second.pages[0])
    assert page_of_second is not None
    altered = holding.layout.warc / second.file
    content = bytearray(altered.read_bytes())
    content[page_of_second.offset + page_of_second.length // 2] ^= 0xFF
    altered.write_bytes(content)
    (holding.layout.warc / first.file).unlink()
    with serving(tmp_path) as running:
        page = running.get(BRIDGE_PROOF).text
        wrong = {about for result, about, _ in results(page) if result == "wrong"}
        assert {"bytes", "unchanged", "post"} <= wrong and f"{second.file} was altered" in page
        page = running.get(f"{BRIDGE_PROOF}?version=1").text
        assert "Something is wrong" in page and "No such file" in page and "Traceback" not in page


def test_a_missing_manifest_is_wrong(holding: Holding, tmp_path: Path) -> None:
    (holding.layout.root / "manifest.jsonl").unlink()
    with serving(tmp_path) as running:
        assert ("wrong", "manifest") in {
            (result, about) for result, about, _ in results(running.get(BRIDGE_PROOF).text)
        }


# -- many at once


def children_of(process: int) -> set[int]:
    """Processes that a process started, and those that they started."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(") ")[2].split()[1])
    found, new = set[int](), {process}
    while new := {child for child, parent in parents.items() if parent in new}:
        found |= new
    return found


def is_alive(process: int) -> bool:
    """Whether a process has not ended; one that ended stays for a while, as a zombie."""
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    return False


linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")


@linux
def test_proofs_share_children_that_stay_and_no_other_page_waits_for_them(archive: Path) -> None:
    with serving(archive) as running, ThreadPoolExecutor(MANY) as clients:
        process = running.process.pid
        assert children_of(process) == set()
        assert "nothing is wrong" in running.get(BRIDGE_PROOF).text
        started = children_of(process)
        both = clients.map(running.get, [BRIDGE_PROOF, BRIDGE_PROOF + "?version=1"])
        assert all("nothing is wrong" in answer.text for answer in both)
        assert started <= children_of(process) and len(children_of(process)) <= 3  # a fork server and its two children
        for child in children_of(process):
            os.kill(child, signal.SIGSTOP)
        waiting = [clients.submit(running.get, BRIDGE_PROOF) for _ in range(MANY)]
        assert {running.get(path).status for path in ("/", "/audit", "/feeds/posts.atom") * 5} == {200}
        assert not any(one.done() for one in waiting)
        for child in children_of(process):
            os.kill(child, signal.SIGCONT)
        assert all("nothing is wrong" in one.result().text for one in waiting)


@linux
def test_a_proof_that_hangs_does_not_keep_the_server(archive: Path) -> None:
    with serving(archive) as running, ThreadPoolExecutor(1) as clients:
        running.get(BRIDGE_PROOF)
        children = children_of(running.process.pid)
        for child in children:
            os.kill(child, signal.SIGSTOP)
        hanging = clients.submit(running.get, BRIDGE_PROOF)
        assert running.get("/").status == 200 and not hanging.done()
        assert running.stop() == 0 and not any(map(is_alive, children))
        assert hanging.exception() is not None or hanging.result().status == 500


def test_a_proof_that_takes_too_long_is_given_up(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "LONGEST", 0.0)
    app = make_app(Held(replace(Config(), crawl=replace(Crawl(), data=archive / "data"))), Origins(8420, 8421))
    scope = {"type": "http", "method": "GET", "path": BRIDGE_PROOF, "query_string": b"", "app": app, "headers": []}
    with closing(app.state.proofs):
        request = Request({**scope, "path_params": {"path": BRIDGE_PROOF.removeprefix("/proof/")}})
        answer = asyncio.run(proofs.proof(request))
    assert answer.status_code == 503 and b"warcpress verify" in answer.body
