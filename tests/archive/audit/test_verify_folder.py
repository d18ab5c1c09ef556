"""A data folder that somebody altered in one place: `verify` names it and ends with 1, whoever is trusted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from archive import ArchiveWriter, Entry, Exchange, Manifest, signer
from archive.cli import main

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PRIVATE = KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
Forge = Callable[[Path], None]


@pytest.fixture
def archive(tmp_path: Path, open_writer: Callable[..., ArchiveWriter], exchange: Callable[..., Exchange]) -> Path:
    for _ in range(2):
        with open_writer(signer=signer(PRIVATE)) as writer:
            writer.write(exchange())
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    (tmp_path / "key.pem").write_bytes(KEY.public_key().public_bytes(encoding, form))
    return tmp_path


def verified(archive: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    capsys.readouterr()
    code = main(["verify", str(archive), *options])
    return code, "".join(capsys.readouterr())


def of_files(change: Callable[[list[Path]], object]) -> Forge:
    def alter(archive: Path) -> None:
        change(sorted((archive / "warc").iterdir()))

    return alter


def of_lines(change: Callable[[list[bytes]], list[bytes]]) -> Forge:
    def alter(archive: Path) -> None:
        path = archive / "manifest.jsonl"
        path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))

    return alter


def flipped(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:200] + bytes([content[200] ^ 1]) + content[201:])


def swapped(files: list[Path]) -> None:
    one, other = (path.read_bytes() for path in files)
    files[0].write_bytes(other)
    files[1].write_bytes(one)


def removal(lines: list[bytes]) -> list[bytes]:
    name = json.loads(lines[0])["file"]
    previous = hashlib.sha256(lines[-1][:-1]).hexdigest()
    return [
        *lines,
        Entry("removed", name, "2026-12-01T00:00:00Z", note={"reason": "x"}, previous=previous).encode() + b"\n",
    ]


def unsigned(archive: Path) -> None:
    """Write the manifest anew, with another number of records, and without signatures."""
    lines: list[bytes] = []
    for entry in list(Manifest(archive).entries()):
        previous = hashlib.sha256(lines[-1][:-1]).hexdigest() if lines else "0" * 64
        lines.append(replace(entry, records=entry.records + 1, previous=previous, proof={}).encode() + b"\n")
    (archive / "manifest.jsonl").write_bytes(b"".join(lines))


def everything(archive: Path) -> None:
    for path in (*(archive / "warc").iterdir(), archive / "manifest.jsonl"):
        path.unlink()


@pytest.mark.parametrize(
    ("forge", "words"),
    [
        (of_files(lambda files: flipped(files[0])), "altered; its sha256 is not the one sealed"),
        (of_files(lambda files: files[0].write_bytes(files[0].read_bytes()[:-9])), "bytes, sealed with"),
        (of_files(lambda files: files[0].unlink()), "missing; sealed at"),
        (
            of_files(lambda files: files[0].rename(files[0].with_name("z.warc.gz"))),
            "z.warc.gz: the file was never",
        ),
        (of_files(lambda files: files[0].with_name("z.WARC.gz").touch()), "z.WARC.gz: the file was never sealed"),
        (of_files(lambda files: files[0].with_name("z.warc.gz.open").touch()), "still open"),
        (of_files(swapped), "bytes, sealed with"),
        (of_lines(lambda lines: lines[1:]), "manifest.jsonl:1: is not the first line"),
        (of_lines(lambda lines: lines[:-1]), "the file was never sealed: no line of the manifest names it"),
        (of_lines(lambda lines: lines[::-1]), "manifest.jsonl:1: is not the first line"),
        (of_lines(lambda lines: [*lines, lines[-1]]), "manifest.jsonl:3: does not follow from line 2"),
        (
            of_lines(lambda lines: [lines[0].replace(b'"records":', b'"records":1'), lines[1]]),
            "manifest.jsonl:2: does not",
        ),
        (
            of_lines(lambda lines: [lines[0], lines[1].replace(b'"records":', b'"records":1')]),
            "the signature is not valid",
        ),
        (of_lines(lambda lines: [*lines, b'{"v":1']), "manifest.jsonl:3: is unfinished"),
        (of_lines(lambda lines: [*lines, b"[" * 100_000 + b"\n"]), "manifest.jsonl:3: not an entry"),
        (of_lines(lambda lines: [*lines, b"\xff\0\n"]), "manifest.jsonl:3: not an entry"),
        (of_lines(removal), "the manifest says that it was removed"),
        (of_lines(lambda lines: []), "manifest.jsonl holds no line"),
        (unsigned, "the manifest's line was altered"),
        (everything, "manifest.jsonl is missing: nothing says which files were sealed"),
    ],
)
def test_an_altered_folder(forge: Forge, words: str, archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forge(archive)
    for options in ((), ("--key", str(archive / "key.pem"))):
        code, said = verified(archive, capsys, *options)
        assert code == 1 and words in said


def test_what_is_as_sealed_says_who_vouches_for_it(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = KEY.public_key().public_bytes_raw().hex()[:16]
    said = f"{archive}: as sealed; 2 of 2 lines are signed, by {name}"
    assert verified(archive, capsys) == (0, f"{said}; give --key to say which key is trusted\n")
    assert verified(archive, capsys, "--key", str(archive / "key.pem")) == (0, f"{said}\n")


def test_files_behind_a_break_of_the_chain_are_compared(
    archive: Path, open_writer: Callable[..., ArchiveWriter], exchange: Callable[..., Exchange], capsys: Any
) -> None:
    with open_writer(signer=signer(PRIVATE)) as writer:
        writer.write(exchange())
    first, second, third = sorted((archive / "warc").iterdir())
    lines = (archive / "manifest.jsonl").read_bytes().splitlines(keepends=True)
    (archive / "manifest.jsonl").write_bytes(b"".join([lines[0].replace(b'"size":', b'"size":1'), *lines[1:]]))
    code, told = verified(archive, capsys)
    assert code == 1 and "manifest.jsonl:2: does not follow from line 1" in told
    assert f"{first.name}: " in told and "or its line was altered" in told
    assert third.name not in told and "as sealed" not in told
    flipped(third)
    second.unlink()
    code, told = verified(archive, capsys)
    assert f"{second.name}: missing" in told and f"{third.name}: altered" in told and code == 1
    (archive / "manifest.jsonl").write_bytes(b"no line\n" + lines[1] + lines[2])
    code, told = verified(archive, capsys)
    assert f"{first.name}: the file was never sealed: no line" in told and f"{third.name}: altered" in told
