"""`serve` shows what is only in the store, and says so when the store does not answer."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from html import unescape
from pathlib import Path

from holding import NOON, Holding
from serving import Served, serving

from archive import Place, Store, push

POST = "herald/2026/03/05-bridge.md"
WEB = "/web/20260306120000id_/http://herald.test/a/bridge.html"


def words(served: Served, path: str) -> tuple[int, str]:
    answer = served.get(path)
    return answer.status, " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def test_a_reader_of_what_is_only_in_the_store(holding: Holding, tmp_path: Path) -> None:
    store, root = tmp_path / "disk", holding.layout.root
    store.mkdir()
    with (tmp_path / "warcpress.toml").open("a") as file:
        file.write(f'[remote]\nurl = "file://{store}"\n')
    with serving(tmp_path) as served:
        pages = ("/", f"/article/{POST}", f"/article/{POST}?version=1", "/cdx?url=herald.test/*")
        before = [words(served, page) for page in pages]
        replay = served.get(WEB, at=served.original).body or served.get(WEB).body
        done = push(root, Store(Place(f"file://{store}")), keep=timedelta(0), clock=lambda: NOON)
        assert (done.removed, list(holding.layout.warc.iterdir())) == (3, [])
        assert [words(served, page) for page in pages] == before
        shutil.rmtree(holding.layout.posts)
        assert [words(served, page) for page in pages] == before
        assert (served.get(WEB, at=served.original).body or served.get(WEB).body) == replay
        status, proof = words(served, f"/proof/{POST}")
        assert status == 200
        assert "whose bytes have the digest that it names" in proof
        assert f"is only in file://{store}, where it had the sha256 of its line when it was read back" in proof
        assert "wrong" not in proof.partition("The page, as it was captured")[2]
    store.rename(tmp_path / "away")
    with serving(tmp_path) as served:
        assert served.get("/").status == 200
        status, text = words(served, f"/proof/{POST}")
        assert (status, f"file://{store}: no such folder; make it, or mount its disk" in text) == (503, True)
        assert served.get(f"/article/{POST}").status == 200
