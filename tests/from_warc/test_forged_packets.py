"""Evidence packets that somebody altered in one place: `verify` ends with the right code, and proves nothing false."""

from __future__ import annotations

import base64
import gzip
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from forging import (
    DESCRIPTION,
    DIGEST,
    FIRST,
    PAGE,
    PAGES,
    PICTURE,
    Packet,
    in_record,
    page_of,
    records,
    reworded,
    sha256,
)
from holding import BRIDGE, DAM, LONG, NOON, SHORT, Holding
from timestamping import Authority

from archive import signer
from archive.seal.manifest import PACKED, Entry, parse
from crawler.cli import main
from crawler.from_warc.packet import pack_articles

pytestmark = pytest.mark.usefixtures("inline")
KEY, STRANGER = (Ed25519PrivateKey.from_private_bytes(bytes([number] * 32)) for number in (1, 2))
PEM = serialization.Encoding.PEM


def sealed_again(packet: Packet, change: Callable[[bytes], bytes], key: Ed25519PrivateKey | None = None) -> Packet:
    """Change the older WARC file, and write a manifest that fits, signed by `key` or by nobody."""
    packet.change(FIRST, change)
    content, name = packet.content(FIRST), packet.names(FIRST)[0].removeprefix("archive/")

    def change_lines(lines: list[bytes]) -> list[bytes]:
        made: list[bytes] = []
        for line in lines:
            entry = replace(parse(line.rstrip(b"\n")), proof={}, previous=sha256(made[-1][:-1]) if made else "0" * 64)
            if entry.file == name:
                entry = replace(entry, size=len(content), sha256=sha256(content))
            if key is not None:
                entry = replace(entry, proof=_signed(entry, key))
            made.append(entry.encode() + b"\n")
        return made

    return packet.lines(change_lines).describe()


def _signed(entry: Entry, key: Ed25519PrivateKey) -> dict[str, str]:
    both = {"ed25519": key.sign(entry.unsigned()), "key": key.public_key().public_bytes_raw()}
    return {name: base64.b64encode(value).decode() for name, value in both.items()}


def with_proofs(change: Callable[[list[dict[str, Any]]], None]) -> Callable[[list[bytes]], list[bytes]]:
    """Change the proofs of the lines."""

    def alter(lines: list[bytes]) -> list[bytes]:
        documents = [json.loads(line) for line in lines]
        change([document["proof"] for document in documents])
        return [json.dumps(document, separators=(",", ":")).encode() + b"\n" for document in documents]

    return alter


def _swap_stamps(proofs: list[dict[str, Any]]) -> None:
    proofs[0]["rfc3161"], proofs[1]["rfc3161"] = proofs[1]["rfc3161"], proofs[0]["rfc3161"]


def _another_key(proofs: list[dict[str, Any]]) -> None:
    proofs[1]["key"] = base64.b64encode(STRANGER.public_key().public_bytes_raw()).decode()


def _number_for_text(proofs: list[dict[str, Any]]) -> None:
    proofs[1]["ed25519"] = 5


def removal(lines: list[bytes]) -> list[bytes]:
    """The lines, and one more that says that the first file was removed."""
    name = json.loads(lines[0])["file"]
    entry = Entry("removed", name, "2026-03-08T00:00:00Z", note={"reason": "x"}, previous=sha256(lines[-1][:-1]))
    return [*lines, entry.encode() + b"\n"]


def flipped(place: int) -> Callable[[bytes], bytes]:
    return lambda content: content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def twice(packet: Packet, pattern: str, other: bytes, *, first: bool = False) -> Packet:
    return packet.add(packet.names(pattern)[0], other, first=first)


def resources(packet: Packet, change: Callable[[dict[str, Any]], None]) -> Packet:
    """Change datapackage.json, and write its digest anew."""
    document = json.loads(packet.content(DESCRIPTION))
    change(document)
    return packet.drop("datapackage.*").add_description(json.dumps(document).encode())


def _of_no_known_algorithm(document: dict[str, Any]) -> None:
    for one in document["resources"]:
        one["hash"] = one["hash"].replace("sha256:", "foo:")


def _of_md5(document: dict[str, Any]) -> None:
    document["resources"][0]["hash"] = "md5:" + "0" * 32


Forge = Callable[[Packet], Packet]
FORGERIES: list[tuple[str, Forge, str, str]] = [
    # what was done; how; what is wrong (of the package | of the older page); what of that page is not proved
    ("a byte of a page", lambda p: p.change(FIRST, flipped(700)), "files records post page", "page"),
    ("a byte of a page, described", lambda p: p.change(FIRST, flipped(700)).describe(), "records post page", "page"),
    (
        "a word of a page, its digests kept",
        lambda p: p.change(FIRST, in_record(*PAGE, lambda record: record.replace(b"Tuesday", b"Friday_"))).describe(),
        "bytes unchanged post pictures",
        "bytes unchanged post pictures",
    ),
    (
        "a word of a page, with its digests",
        lambda p: p.change(FIRST, in_record(*PAGE, reworded)).describe(),
        "unchanged post pictures",
        "unchanged post pictures",
    ),
    (
        "a word of a page, with its digests and the manifest",
        lambda p: sealed_again(p, in_record(*PAGE, reworded)),
        "manifest post",
        "unchanged signature time post",
    ),
    (
        "the same, signed by a stranger",
        lambda p: sealed_again(p, in_record(*PAGE, reworded), STRANGER),
        "manifest post",
        "unchanged signature time post",
    ),
    (
        "a word of the post's record, signed by a stranger",
        lambda p: sealed_again(p, in_record(b"conversion", b"", reworded), STRANGER),
        "manifest post",
        "unchanged signature time post",
    ),
    (
        "a picture, its digests kept",
        lambda p: p.change(FIRST, in_record(*PICTURE, lambda record: record.replace(b"PNG", b"PNX"))).describe(),
        "unchanged pictures",
        "unchanged pictures",
    ),
    (
        "a picture, its digest of the payload kept, sealed again",
        lambda p: sealed_again(p, in_record(*PICTURE, lambda r: _payload_digest_kept(r)), STRANGER),
        "manifest pictures",
        "unchanged pictures",
    ),
    (
        "a picture taken out",
        lambda p: p.change(FIRST, lambda content: _without(content, PICTURE[1])).describe(),
        "unchanged pictures",
        "unchanged pictures",
    ),
    ("a byte of a post", lambda p: p.change("posts/version-1.*", flipped(30)), "files post", ""),
    ("a byte of a post, described", lambda p: p.change("posts/version-1.*", flipped(30)).describe(), "post", ""),
    ("a post added", lambda p: p.add("posts/version-3/x.md", b"text").describe(), "post", ""),
    (
        "a byte of a manifest's line",
        lambda p: p.lines(lambda lines: [lines[0].replace(b'"records":', b'"records":1'), *lines[1:]]).describe(),
        "manifest",
        "unchanged signature time",
    ),
    ("the first line dropped", lambda p: p.lines(lambda lines: lines[1:]).describe(), "manifest", "unchanged"),
    ("the last line dropped", lambda p: p.lines(lambda lines: lines[:-1]).describe(), "manifest", ""),
    ("every line dropped", lambda p: p.lines(lambda lines: []).describe(), "manifest", "unchanged"),
    ("the manifest dropped", lambda p: p.drop(PACKED).describe(), "manifest", "unchanged"),
    ("half a line", lambda p: p.lines(lambda lines: [*lines, b'{"v":1']).describe(), "manifest", ""),
    ("lines in another order", lambda p: p.lines(lambda lines: lines[::-1]).describe(), "manifest", "unchanged"),
    ("a line twice", lambda p: p.lines(lambda lines: [*lines, lines[-1]]).describe(), "manifest", ""),
    ("a line that removes the file", lambda p: p.lines(removal).describe(), "manifest", "unchanged"),
    ("time stamps swapped", lambda p: p.lines(with_proofs(_swap_stamps)).describe(), "manifest", "time"),
    ("another key", lambda p: p.lines(with_proofs(_another_key)).describe(), "manifest", ""),
    ("a number for a signature", lambda p: p.lines(with_proofs(_number_for_text)).describe(), "manifest", ""),
    (
        "a record added",
        lambda p: p.change(FIRST, lambda content: content + gzip.compress(page_of(p))).describe(),
        "records unchanged pictures",
        "unchanged",
    ),
    (
        "a page of the same id in a file before it",
        lambda p: p.add("archive/0.warc.gz", gzip.compress(reworded(page_of(p))), first=True).describe(),
        "manifest records post",
        "",
    ),
    (
        "a page of the same URL and time in another file",
        lambda p: p.add(
            "archive/0.warc.gz", gzip.compress(reworded(page_of(p)).replace(b"-4000-", b"-4001-"))
        ).describe(),
        "manifest",
        "",
    ),
    ("a WARC file renamed", lambda p: p.rename(FIRST, "archive/x.warc.gz"), "files manifest", "unchanged"),
    (
        "a WARC file renamed, described",
        lambda p: p.rename(FIRST, "archive/x.warc.gz").describe(),
        "manifest",
        "unchanged",
    ),
    ("a WARC file taken out", lambda p: p.drop(FIRST).describe(), "page post", "page"),
    (
        "the title of the package",
        lambda p: p.change(DESCRIPTION, lambda old: old.replace(b"title", b"titel")),
        "files",
        "",
    ),
    ("no description", lambda p: p.change(DESCRIPTION, lambda _: b"["), "files", ""),
    ("an empty list of files", lambda p: resources(p, lambda one: one.update(resources=[])), "files", ""),
    ("digests of no known algorithm", lambda p: resources(p, _of_no_known_algorithm), "", ""),
    ("a digest that can be forged", lambda p: resources(p, _of_md5), "files", ""),
    ("no digest of the description", lambda p: p.drop(DIGEST), "", ""),
    ("a second digest", lambda p: twice(p, DIGEST, b"{}", first=True), "files", ""),
    ("a second digest, read first", lambda p: twice(p, DIGEST, b"{}"), "files", ""),
    ("a second manifest", lambda p: twice(p, PACKED, b""), "files manifest", "unchanged"),
    ("a second WARC file of the name", lambda p: twice(p, FIRST, b"x", first=True), "files", ""),
    ("a second post of the name", lambda p: twice(p, "posts/.*", b"text", first=True), "files", ""),
    ("bytes before the zip", lambda p: replace(p, before=b"#!/bin/sh\n"), "", ""),
    ("bytes behind the zip", lambda p: replace(p, after=b"\0" * 9), "", ""),
    ("a name that leads out", lambda p: p.add("posts/../../../x.md", b"x").describe(), "files post", ""),
    ("an absolute name", lambda p: p.add("/etc/x", b"x").describe(), "files", ""),
    ("a name of another drive", lambda p: p.add("C:x", b"x").describe(), "files", ""),
    ("a name with line ends", lambda p: p.add("x\n  proved: all", b"x").describe(), "files", ""),
    ("a bomb among the posts", lambda p: p.add("posts/x.md", bytes(300 << 20)), "files post", ""),
    ("a bomb for a manifest", lambda p: p.change(PACKED, lambda _: b"\n" * (9 << 20)), "files manifest", "unchanged"),
    (
        "no page in the list",
        lambda p: p.change(PAGES, lambda old: old.splitlines(keepends=True)[0]).describe(),
        "post",
        "",
    ),
    (
        "a page of another URL",
        lambda p: p.change(PAGES, lambda old: old.replace(b"/a/", b"/b/")).describe(),
        "post page",
        "page",
    ),
    ("no list of pages", lambda p: p.drop(PAGES).describe(), "post", ""),
]


def _payload_digest_kept(record: bytes) -> bytes:
    kept = re.search(rb"Payload-Digest: \S+", record)
    assert kept is not None
    return re.sub(rb"Payload-Digest: \S+", kept[0], reworded(record.replace(b"PNG", b"PNX")))


def _without(content: bytes, name: bytes) -> bytes:
    return b"".join(member for member, record in records(content) if name not in record.partition(b"\r\n\r\n")[0])


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a packet of two versions, signed and stamped, and what its reader trusts."""
    folder = tmp_path_factory.mktemp("packet")
    private = KEY.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with Authority() as authority:
        holding = Holding(folder / "data", signer(private, authority.url))
        holding.run({BRIDGE: LONG, DAM: LONG})
        holding.run({BRIDGE: SHORT}, NOON + timedelta(days=1))
    with holding.catalogue() as catalogue:
        pack_articles(holding.layout, catalogue, folder / "packet.wacz", [BRIDGE])
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    (folder / "key.pem").write_bytes(KEY.public_key().public_bytes(PEM, public))
    (folder / "root.pem").write_bytes(authority.root.public_bytes(PEM))
    return folder


def verified(path: Path, folder: Path, *options: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code of `warcpress verify`, and its accounts."""
    code = main(["verify", str(path), "--json", str(folder / "told.jsonl"), *options])
    return code, [json.loads(line) for line in (folder / "told.jsonl").read_text().splitlines()]


def trusting(packed: Path) -> list[str]:
    return ["--key", str(packed / "key.pem"), "--authority", str(packed / "root.pem")]


def members_of(path: Path) -> list[tuple[str, bytes, int]]:
    with zipfile.ZipFile(path) as wacz:
        return [(info.filename, wacz.read(info), info.compress_type) for info in wacz.infolist()]


def test_the_packet_itself_proves_everything_but_its_origin(packed: Path, tmp_path: Path) -> None:
    code, (whole, *pages) = verified(packed / "packet.wacz", tmp_path, *trusting(packed))
    assert code == 0 and len(pages) == 2
    assert [one["result"] for one in whole["statements"]] == ["proved", "not proved", "proved"]
    for page in pages:
        assert {one["about"] for one in page["statements"] if one["result"] != "proved"} == {"origin"}


def test_a_name_that_was_wiped_out_is_a_file_that_nobody_lists(packed: Path, tmp_path: Path) -> None:
    content = (packed / "packet.wacz").read_bytes()
    place = content.rindex(b"posts/")
    (tmp_path / "forged.wacz").write_bytes(content[:place] + bytes(6) + content[place + 6 :])
    code, (whole, *_) = verified(tmp_path / "forged.wacz", tmp_path)
    assert code == 1 and any(one["about"] == "files" and one["result"] == "wrong" for one in whole["statements"])


def test_a_missing_picture_is_named(packed: Path, tmp_path: Path) -> None:
    packet = Packet(members_of(packed / "packet.wacz"))
    packet.change(FIRST, lambda content: _without(content, PICTURE[1])).describe().write(tmp_path / "forged.wacz")
    _, (_, *pages) = verified(tmp_path / "forged.wacz", tmp_path)
    texts = [one["text"] for page in pages for one in page["statements"] if one["about"] == "pictures"]
    assert len(texts) == 2 and all(
        text.startswith("0 of 1 picture of version ") and "Not so: http://herald.test/i/bridge.png (" in text
        for text in texts
    )


@pytest.mark.parametrize(
    ("forge", "wrong", "unproved"), [row[1:] for row in FORGERIES], ids=[row[0] for row in FORGERIES]
)
def test_what_was_altered_is_not_proved(forge: Forge, wrong: str, unproved: str, packed: Path, tmp_path: Path) -> None:
    path = tmp_path / "forged.wacz"
    forge(Packet(members_of(packed / "packet.wacz"))).write(path)
    code, (whole, *pages) = verified(path, tmp_path, *trusting(packed))
    older = [page for page in pages if page["date"].startswith("2026-03-06")]
    told = [(one["about"], one["result"]) for account in (whole, *older) for one in account["statements"]]
    assert {about for about, result in told if result == "wrong"} == set(wrong.split()), told
    assert code == bool(wrong)
    proved = {one["about"] for page in older for one in page["statements"] if one["result"] == "proved"}
    assert not proved & set(unproved.split())
    if not wrong:
        assert ("files", "proved") not in told
