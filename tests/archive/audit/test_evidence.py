"""What a package says of itself, on the command line: proved, stated, not proved, wrong, and what each rests on."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from archive import (
    ArchiveWriter,
    Exchange,
    Judged,
    Picture,
    Statement,
    Trust,
    account_of,
    pack,
    signer,
)
from archive.cli import main
from archive.seal.manifest import PACKED

Packet = Callable[..., Path]
Told = Callable[..., tuple[int, list[dict[str, Any]]]]

URL = "https://news.example/a"
LEAF = "sha256:" + "ab" * 32
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PRIVATE = KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def public_key(path: Path, key: Ed25519PrivateKey = KEY) -> Path:
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    path.write_bytes(key.public_key().public_bytes(encoding, form))
    return path


@pytest.fixture
def packet(tmp_path: Path, open_writer: Callable[..., ArchiveWriter], exchange: Callable[..., Exchange]) -> Packet:
    """Give packet(key), a package of two signed or unsigned files: a page over TLS, and the same page again."""

    def make(key: bytes | None = PRIVATE) -> Path:
        for _ in range(2):
            with open_writer(signer=signer(key)) as writer:
                writer.write(exchange(url=URL, ip="192.0.2.7", certificates=(LEAF, "sha256:" + "cd" * 32)))
        target = tmp_path / "packet.wacz"
        pack(tmp_path, target)
        return target

    return make


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """Give told(package, *arguments): the exit code of verify, and its accounts."""

    def run(path: Path, *arguments: str | Path) -> tuple[int, list[dict[str, Any]]]:
        capsys.readouterr()
        code = main(["verify", "--json", str(path), *map(str, arguments)])
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


def changed(path: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """The package with one member changed, and no other byte of its members."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            new.writestr(info, change(content) if info.filename == name else content)
    path.write_bytes(out.getvalue())
    return path


def results(account: dict[str, Any]) -> dict[str, str]:
    return {one["about"]: one["result"] for one in account["statements"]}


def texts(account: dict[str, Any]) -> Iterator[str]:
    return (one["text"] for one in account["statements"])


def test_a_signed_package_proves_its_pages_to_who_has_the_key(packet: Packet, told: Told, tmp_path: Path) -> None:
    path = packet()
    code, (whole, page, summary) = told(path, "--key", public_key(tmp_path / "key.pem"))
    assert code == 0 and summary["summary"] == {"path": str(path), "pages": 1, "wrong": 0}
    assert results(whole) == {"files": "proved", "package": "not proved", "manifest": "proved"}
    assert (page["url"], page["date"]) == (URL, "2026-11-22T12:00:00.123456Z")
    assert results(page) == {
        "origin": "stated",
        "bytes": "proved",
        "unchanged": "proved",
        "signature": "proved",
        "time": "not proved",
        "post": "not proved",
    }
    said = " ".join(texts(page))
    for part in (URL, "192.0.2.7", LEAF, "2026-11-22T12:00:00.123456Z", KEY.public_key().public_bytes_raw().hex()):
        assert part in said
    assert "sha256:" + "cd" * 32 not in said


def test_without_a_key_the_signature_is_only_stated(packet: Packet, told: Told) -> None:
    code, (_, page, _) = told(packet())
    assert code == 0 and results(page)["signature"] == "stated"


def test_another_key_proves_nothing(packet: Packet, told: Told, tmp_path: Path) -> None:
    other = public_key(tmp_path / "other.pem", Ed25519PrivateKey.from_private_bytes(bytes(32)))
    code, (whole, page, _) = told(packet(), "--key", other)
    assert code == 1
    assert results(whole)["manifest"] == "wrong"
    assert results(page)["signature"] == "not proved"


def test_an_unsigned_package_says_so(packet: Packet, told: Told) -> None:
    code, (_, page, _) = told(packet(None))
    assert code == 0
    assert results(page)["signature"] == results(page)["time"] == "not proved"
    assert any("could make it anew" in text for text in texts(page))


def test_an_altered_warc_file_is_found(packet: Packet, told: Told, tmp_path: Path) -> None:
    path = packet()
    with zipfile.ZipFile(path) as wacz:
        name = next(name for name in wacz.namelist() if name.startswith("archive/"))
    changed(path, name, lambda content: content[:9] + b"\x01" + content[10:])
    code, (whole, page, _) = told(path, "--key", public_key(tmp_path / "key.pem"))
    assert code == 1 and results(whole)["files"] == "wrong" and results(page)["unchanged"] == "wrong"
    assert "signature" not in results(page)


@pytest.mark.parametrize("number", [0, 1])
def test_an_altered_line_of_the_manifest_is_found(packet: Packet, told: Told, tmp_path: Path, number: int) -> None:
    def alter(content: bytes) -> bytes:
        lines = content.splitlines(keepends=True)
        lines[number] = lines[number].replace(b'"records":', b'"records":1')
        return b"".join(lines)

    code, (whole, *_) = told(changed(packet(), PACKED, alter), "--key", public_key(tmp_path / "key.pem"))
    assert code == 1 and results(whole)["manifest"] == "wrong"


def test_lines_cut_off_are_missed_where_a_file_needs_them(packet: Packet, told: Told) -> None:
    path = changed(packet(), PACKED, lambda content: b"")
    code, (whole, page, _) = told(path)
    assert code == 1 and results(whole)["files"] == "wrong"
    assert results(page)["unchanged"] == "not proved" and "signature" not in results(page)


def test_a_page_without_a_record_is_found(packet: Packet, told: Told) -> None:
    path = changed(packet(), "pages/pages.jsonl", lambda pages: pages.replace(b"12:00:00", b"13:00:00"))
    code, (_, page, _) = told(path)
    assert code == 1 and results(page) == {"page": "wrong"}


def test_a_package_without_a_warc_file_gets_its_account(packet: Packet, told: Told) -> None:
    path = packet()
    with zipfile.ZipFile(path) as old:
        kept = [(info, old.read(info)) for info in old.infolist() if not info.filename.startswith("archive/")]
    with zipfile.ZipFile(path, "w") as new:
        for info, content in kept:
            new.writestr(info, content)
    code, (whole, page, summary) = told(path)
    assert code == 1 and "no WARC file is in the package" in texts(whole)
    assert results(page) == {"page": "wrong"} and summary["summary"]["wrong"] == 2
    with zipfile.ZipFile(path, "w"):
        pass
    code, (whole, _) = told(path)
    assert code == 1 and results(whole)["records"] == "wrong"


def test_the_nearest_record_stands_for_a_page_of_another_time(packet: Packet, told: Told) -> None:
    path = changed(packet(), "pages/pages.jsonl", lambda pages: pages.replace(b"12:00:00", b"11:59:57"))
    _, (_, page, _) = told(path)
    assert page["date"] == "2026-11-22T12:00:00.123456Z" and results(page)["bytes"] == "proved"
    assert results(page)["page"] == "stated" and "the list of pages says 2026-11-22T11:59:57" in " ".join(texts(page))


@pytest.mark.parametrize(
    "garbage",
    [
        b"[1]\n",
        b"{",
        b'{"url": 3}\n',
        b'{"url": "http://x/", "ts": []}\n',
        b"\xff\n",
        b'{"url": "http://x/", "ts": "9999"}\n',
    ],
)
def test_hostile_pages_and_manifests_end_in_words(packet: Packet, told: Told, garbage: bytes) -> None:
    path = changed(packet(), "pages/pages.jsonl", lambda _: garbage)
    changed(path, PACKED, lambda _: garbage)
    code, (whole, *_) = told(path)
    assert code == 1 and results(whole)["manifest"] == "wrong"


def test_a_package_of_another_tool_has_no_manifest(packet: Packet, told: Told) -> None:
    path, out = packet(), io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            if info.filename != PACKED:
                new.writestr(info, old.read(info))
    path.write_bytes(out.getvalue())
    _, (whole, page, _) = told(path)
    assert results(whole)["manifest"] == "not proved" and results(page)["unchanged"] == "not proved"


def test_what_is_no_package_is_a_usage_error(tmp_path: Path, told: Told) -> None:
    path = tmp_path / "not.wacz"
    path.write_bytes(b"PK\x03\x04 no zip")
    assert told(path) == (2, [])


def test_the_words_for_a_person(packet: Packet, capsys: pytest.CaptureFixture[str]) -> None:
    path = packet()
    capsys.readouterr()
    assert main(["verify", str(path)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("The package\n  proved: files: the 6 files have")
    assert f"\n{URL}, recorded 2026-11-22T12:00:00.123456Z\n  stated: origin: at 2026-11-22" in out
    assert err == f"{path}: pages: 1; nothing is wrong\n"


def test_single_urls_are_packed_with_their_whole_files(
    tmp_path: Path, open_writer: Callable[..., ArchiveWriter], exchange: Callable[..., Exchange], told: Told
) -> None:
    first, second, third = ("https://news.example/" + name for name in "abc")
    for urls in ((first, second), (third,), (third, second)):
        with open_writer() as writer:
            for url in urls:
                content = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>" + url[-1:].encode()
                writer.write(exchange(content, url=url))
    target = tmp_path / "b.wacz"
    assert main(["pack", str(tmp_path), str(target), "--url", second]) == 0
    with zipfile.ZipFile(target) as wacz:
        assert sum(name.startswith("archive/warcpress") for name in wacz.namelist()) == 2
    code, (_, *pages, _summary) = told(target)
    assert code == 0 and [page["url"] for page in pages] == [second, second]
    assert all(results(page)["unchanged"] == "proved" for page in pages)
    assert main(["pack", str(tmp_path), str(target), "--url", "https://news.example/none"]) == 2
    assert main(["pack", str(tmp_path), str(target), "--url", second, "--since", "2026-01-01"]) == 2


def test_each_picture_of_a_post_is_accounted_for(
    tmp_path: Path, open_writer: Callable[..., ArchiveWriter], exchange: Callable[..., Exchange]
) -> None:
    with open_writer() as writer:
        page, *pictures = (writer.write(exchange(url=f"{URL}/{name}")) for name in "pxy")
    pack(tmp_path, tmp_path / "packet.wacz")
    held = [Picture(one.url, one.record_id, one.payload_digest) for one in pictures]
    cases: list[tuple[list[Picture], str, str]] = [
        (held, "proved", "2 of 2 pictures of it are in the package"),
        ([*held, Picture("http://x/1", None, None)], "not proved", "Not so: http://x/1 (it could not be fetched when"),
        ([held[0], Picture("http://x/2", "<urn:x>", None)], "wrong", "1 of 2 pictures of it"),
        ([held[0], held[1]._replace(digest="sha256:" + "0" * 64)], "wrong", "(its record has another digest than"),
    ]
    for shown, result, words in cases:
        judged = Judged("it", Statement("proved", "post", "it follows"), "0" * 64, tuple(shown))
        _, *accounts = account_of(tmp_path / "packet.wacz", Trust(), lambda *_, one=judged: {page.record_id: [one]})
        [account] = [account for account in accounts if account.url == page.url]
        found = account.statements[-1]
        assert (found.result, found.about) == (result, "pictures") and words in found.text
