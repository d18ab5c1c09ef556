"""U3, U4: locked versions are installed, no file is unpickled."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from crawling import Crawled

import archive.warc.decoders
from crawler.capture import CaptureRefused
from crawler.fetching.decode import broken_codings

ROOT = Path(__file__).parent.parent


def trees() -> Iterator[tuple[str, ast.Module]]:
    for package in ("archive", "crawler"):
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


def test_U4_every_locked_package_has_one_version_and_its_hashes() -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text("utf-8").strip())
    packages = [entry for entry in entries if not entry.startswith("#")]
    assert len(packages) > 50
    for entry in packages:
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z,-]+\])?==\S+", entry), entry[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry[:80]
    assert "--require-hashes -r requirements.lock" in (ROOT / "Makefile").read_text("utf-8")


def test_U4_a_wrong_brotli_stops_the_start(ours: Callable[..., Crawled], monkeypatch: pytest.MonkeyPatch) -> None:
    assert broken_codings() == []
    # brotlipy: the same module name, a Decompressor without `process`.
    other = SimpleNamespace(Decompressor=lambda: SimpleNamespace(decompress=bytes), Error=ValueError)
    monkeypatch.setattr(archive.warc.decoders, "brotli", other)
    assert broken_codings() == ["br"]
    with pytest.raises(CaptureRefused, match=r"cannot decode br; install the versions in requirements\.lock"):
        ours(["http://127.0.0.1/"])


def test_U3_nothing_is_unpickled_but_rows_between_processes_of_an_audit() -> None:
    unsafe = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
    found = set()
    for name, tree in trees():
        for node in ast.walk(tree):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            found |= {(name, module) for module in names if module.partition(".")[0] in unsafe}
    # An audit's own processes hand over rows, of numbers and text. Those of a Dask cluster run any code of each other.
    assert found == {("archive/audit/scanning/batch.py", "marshal"), ("archive/audit/scanning/cluster.py", "pickle")}
