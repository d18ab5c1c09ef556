"""The proof of a post: what is said of an untouched archive, and of one that was altered or lost something."""

from __future__ import annotations

import re
from pathlib import Path

from holding import BRIDGE, Holding
from serving import Served, serving

BRIDGE_PROOF = "/proof/herald/2026/03/05-bridge.md"


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
