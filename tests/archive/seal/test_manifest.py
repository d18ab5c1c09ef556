"""The manifest: lines as whole text, the chain, unfinished last lines."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import pytest

from archive import Manifest, ManifestError

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ZEROS = "0" * 64


@pytest.fixture
def manifest(tmp_path) -> Manifest:
    made = Manifest(tmp_path)
    made.append("sealed", "a.warc.gz", AT, size=10, sha256="aa", records=3)
    made.append("sealed", "b.warc.gz", AT, size=20, sha256="bb", records=4, note={"recovered": True})
    made.append("removed", "a.warc.gz", AT, note={"reason": "a court said so\n"})
    return made


def test_lines_are_written_as_expected(manifest) -> None:
    lines = manifest.path.read_bytes().splitlines()
    first, second = (hashlib.sha256(line).hexdigest() for line in lines[:2])
    assert manifest.path.read_text() == (
        '{"v":1,"kind":"sealed","file":"a.warc.gz","at":"2026-11-22T12:00:00.000000Z","size":10,"sha256":"aa","records":3,'
        f'"previous":"{ZEROS}"}}\n'
        '{"v":1,"kind":"sealed","file":"b.warc.gz","at":"2026-11-22T12:00:00.000000Z","size":20,"sha256":"bb","records":4,'
        f'"note":{{"recovered":true}},"previous":"{first}"}}\n'
        '{"v":1,"kind":"removed","file":"a.warc.gz","at":"2026-11-22T12:00:00.000000Z",'
        f'"note":{{"reason":"a court said so\\n"}},"previous":"{second}"}}\n'
    )


def test_sealed_gives_the_files_that_should_exist(manifest) -> None:
    assert [(entry.kind, entry.line) for entry in manifest.entries()] == [("sealed", 1), ("sealed", 2), ("removed", 3)]
    assert list(manifest.sealed()) == ["b.warc.gz"]
    assert manifest.names() == {"a.warc.gz", "b.warc.gz"}
    assert manifest.last().note == {"reason": "a court said so\n"}


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (b'"size":10', b'"size":11', 2),
        (b'"records":4', b'"records":5', 3),
        (ZEROS.encode(), ZEROS.replace("0", "1").encode(), 1),
        (b'"kind":"sealed","file":"b', b'"kind":"eaten","file":"b', 2),
        (b'"v":1,"kind":"removed"', b'"v":2,"kind":"removed"', 3),
        (b'"size":20', b'"size":"x"', 2),
        (b'"size":20', b'"size":1e999', 2),
        (b'"size":20', b'"size":' + b"[" * 100_000, 2),
        (b'{"v":1,"kind":"sealed","file":"a.warc.gz"', b"[1]", 1),
    ],
)
def test_any_altered_line_is_named(manifest, old, new, line) -> None:
    content = manifest.path.read_bytes()
    assert old in content
    manifest.path.write_bytes(content.replace(old, new))
    with pytest.raises(ManifestError, match=rf"manifest\.jsonl:{line}: "):
        list(manifest.entries())


@pytest.mark.parametrize("dropped", [0, 1])
def test_a_dropped_line_breaks_the_chain(manifest, dropped) -> None:
    lines = manifest.path.read_bytes().splitlines(keepends=True)
    del lines[dropped]
    manifest.path.write_bytes(b"".join(lines))
    with pytest.raises(ManifestError, match="does not follow"):
        list(manifest.entries())


def test_an_unfinished_line_is_reported_and_then_replaced(manifest) -> None:
    whole = manifest.path.read_bytes()
    for cut in range(len(whole) - 20, len(whole)):
        manifest.path.write_bytes(whole[:cut])
        with pytest.raises(ManifestError, match=r"manifest\.jsonl:3: "):
            list(manifest.entries())
        manifest.append("sealed", "c.warc.gz", AT)
        assert [entry.file for entry in manifest.entries()] == ["a.warc.gz", "b.warc.gz", "c.warc.gz"]


def test_long_lines_are_chained(tmp_path) -> None:
    manifest = Manifest(tmp_path)
    for number in range(3):
        manifest.append("removed", "a.warc.gz", AT, note={"reason": "x" * 20_000 * number})
    assert len(list(manifest.entries())) == 3
    assert [len(json.loads(line)["note"]["reason"]) for line in manifest.path.read_text().splitlines()] == [
        0,
        20_000,
        40_000,
    ]
