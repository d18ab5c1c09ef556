"""A revisit has the page of its original, whatever it names it by; one without an original is an error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import zstandard
from warctext import BODY, RESPONSE, fields, gz, label, members, response, text, uid, warcinfo

from archive import BadRecord, Reader
from archive.cli import main

URI = "http://example.org/page"
OTHER = "http://example.org/other"
HEAD = RESPONSE[: -len(BODY)]
UNCHANGED = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
THEN, LATER = "2026-11-20T10:00:00Z", "2026-11-21T10:00:00Z"
IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
OLD = "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"
AGNOSTIC = "http://netpreserve.org/warc/1.0/revisit/uri-agnostic-identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
Named = Sequence[tuple[str, str]]


def revisit(
    named: Named = (),
    *,
    number: int = 9,
    block: bytes = HEAD,
    payload: bytes | None = BODY,
    profile: str = IDENTICAL,
    uri: str = URI,
    date: str = LATER,
) -> bytes:
    more = [("WARC-Profile", profile), ("WARC-Target-URI", uri), *named]
    return text(fields("revisit", number, block, *more, payload=payload, date=date), block)


def original(number: int = 3, uri: str = URI, body: bytes = BODY, date: str = THEN, status: bytes = b"200 OK") -> bytes:
    block = HEAD.replace(b"200 OK", status).replace(b"25", b"%d" % len(body)) + body
    return text(fields("response", number, block, ("WARC-Target-URI", uri), payload=body, date=date), block)


def archive(tmp_path: Path, *records: bytes) -> Reader:
    (tmp_path / "a.warc.gz").write_bytes(members([warcinfo(), *records]))
    return Reader(tmp_path)


def to(uri: str = URI, date: str = THEN) -> Named:
    return [("WARC-Refers-To-Target-URI", uri), ("WARC-Refers-To-Date", date)]


REFERS_TO = ("WARC-Refers-To", uid(3))
NEWER = original(4, body=b"<html><p>Newer</p></html>", date="2026-11-20T12:00:00Z")
RESOLVED = {
    "by id": [original(), revisit([REFERS_TO, *to()])],
    "by URI and date": [original(), NEWER, revisit(to())],
    "by a date with milliseconds": [original(), NEWER, revisit(to(date="2026-11-20T10:00:00.123Z"))],
    "by the URI with https": [original(), NEWER, revisit(to("https://example.org/page"))],
    "of another URI": [original(uri=OTHER), revisit(to(OTHER))],
    "by digest alone": [original(), NEWER, revisit(profile=OLD)],
    "by digest, of another URI": [original(uri=OTHER), revisit()],
    "by digest, stored as hex": [
        original().replace(label(BODY).encode(), label(BODY, encoding="hex").encode()),
        revisit(),
    ],
    "uri-agnostic": [original(uri=OTHER), revisit(to(OTHER), profile=AGNOSTIC)],
    "without a block": [original(), revisit(to(), block=b"")],
    "with an id that is nowhere": [original(), revisit([("WARC-Refers-To", uid(77))])],
    "without a profile": [original(), revisit(to(), profile="")],
    "before its original": [revisit(to()), original()],
    "of a revisit": [original(), revisit([REFERS_TO], number=8, date=LATER), revisit([("WARC-Refers-To", uid(8))])],
    "304 by id": [original(), NEWER, revisit([REFERS_TO], block=UNCHANGED, payload=None, profile=NOT_MODIFIED)],
    "304 by a date": [
        original(),
        NEWER,
        revisit([("WARC-Refers-To-Date", THEN)], block=UNCHANGED, payload=None, profile=NOT_MODIFIED),
    ],
    "304 that names nothing": [
        NEWER,
        original(date="2026-11-20T13:00:00Z"),
        original(5, body=b"gone", date="2026-11-20T14:00:00Z", status=b"404 Not Found"),
        original(6, body=b"later", date="2026-11-22T14:00:00Z"),
        revisit(block=UNCHANGED, payload=None, profile=NOT_MODIFIED),
    ],
    "304 with the digest of nothing": [
        original(),
        revisit(block=UNCHANGED, payload=b"", profile=NOT_MODIFIED),
    ],
    "304 under a 200 head": [original(), revisit(payload=None, profile=NOT_MODIFIED)],
    "a resource": [
        text(fields("resource", 3, BODY, ("WARC-Target-URI", URI), payload=BODY), BODY),
        revisit(to(), block=b""),
    ],
}


@pytest.mark.parametrize("form", RESOLVED)
@pytest.mark.parametrize("indexed", [True, False], ids=["index", "no index"])
def test_a_revisit_has_the_page_of_its_original(
    tmp_path: Path, form: str, indexed: bool, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    archive(tmp_path, *RESOLVED[form])
    if indexed:
        assert main(["index", str(tmp_path)]) == 0
        (tmp_path / "index" / "digests.sqlite").unlink()
    assert Reader(tmp_path).entity(uid(9), 1000) == BODY
    capfdbinary.readouterr()
    assert main(["show", str(tmp_path), uid(9)]) == 0
    assert capfdbinary.readouterr().out == BODY


@pytest.mark.parametrize(
    "records",
    [
        [revisit(to())],
        [original(), revisit(to(), payload=b"another body")],
        [NEWER, revisit()],
        [revisit(block=UNCHANGED, payload=None, profile=NOT_MODIFIED)],
        [original(), revisit(to(date=LATER), block=UNCHANGED, payload=None, profile=NOT_MODIFIED)],
        [revisit([("WARC-Refers-To", uid(8))]), revisit([("WARC-Refers-To", uid(9))], number=8)],
        [revisit([("WARC-Refers-To", uid(9))])],
    ],
    ids=["not here", "another payload", "no such digest", "304", "304 of another time", "a cycle", "itself"],
)
def test_a_revisit_without_an_original_is_an_error(
    tmp_path: Path, records: list[bytes], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    reader = archive(tmp_path, *records)
    with pytest.raises(BadRecord, match="the original of this revisit is not here"):
        reader.entity(uid(9), 1000)
    assert main(["show", str(tmp_path), uid(9)]) == 1
    shown = capfdbinary.readouterr()
    assert shown.out == b""
    assert b"the original of this revisit is not here" in shown.err


def test_a_revisit_of_nothing_is_empty(tmp_path: Path) -> None:
    assert archive(tmp_path, revisit(payload=b"")).entity(uid(9), 1000) == b""


@pytest.mark.parametrize("indexed", [True, False], ids=["index", "no index"])
def test_damage_elsewhere_hides_no_original(tmp_path: Path, indexed: bool) -> None:
    (tmp_path / "warc").mkdir()
    files = {"b": [original()], "d": [revisit([REFERS_TO], number=8), revisit()]}
    for name, records in files.items():
        (tmp_path / "warc" / f"{name}.warc.gz").write_bytes(members(records))
    sound = members([warcinfo(), response()])
    (tmp_path / "warc" / "a.warc.gz").write_bytes(sound[:-20])
    (tmp_path / "warc" / "c.warc.gz").write_bytes(sound + bytes(100))
    if indexed:
        main(["index", str(tmp_path)])
        (tmp_path / "index" / "digests.sqlite").unlink()
    reader = Reader(tmp_path)
    assert reader.entity(uid(8), 1000) == reader.entity(uid(9), 1000) == BODY


@pytest.mark.parametrize("coded", ["gz", "plain", "zst", "one member"])
def test_a_package_of_the_latest_files_has_their_originals(tmp_path: Path, coded: str) -> None:
    (tmp_path / "warc").mkdir()
    old = [warcinfo(), original(uri=OTHER), NEWER]
    name, content = {
        "gz": ("a.warc.gz", members(old)),
        "plain": ("a.warc", b"".join(old)),
        "zst": ("a.warc.zst", b"".join(map(zstandard.compress, old))),
        "one member": ("a.warc.gz", gz(b"".join(old))),
    }[coded]
    (tmp_path / "warc" / name).write_bytes(content)
    new = revisit(to(OTHER), date="2026-11-30T10:00:00Z")
    (tmp_path / "warc" / "b.warc.gz").write_bytes(members([warcinfo(number=11), new]))
    assert main(["index", str(tmp_path)]) == 0
    package = tmp_path / "new.wacz"
    assert main(["pack", str(tmp_path), str(package), "--since", "2026-11-25T00:00:00Z"]) == 0
    reader = Reader(package)
    assert reader.files() == ["b.warc.gz", "originals.warc.gz"]
    assert reader.entity(uid(9), 1000) == BODY
    assert [record.type for record in reader.records("originals.warc.gz")] == ["warcinfo", "warcinfo", "response"]
