"""What the time stamps in a package's manifest prove, on the command line: proved, stated, not proved, wrong."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from openssl_authority import OpenSSLAuthority
from timestamping import NOW, Authority

from archive import ArchiveWriter, Entry, Exchange, Manifest, pack, signer
from archive.cli import main
from archive.seal.signing import stamped

Told = tuple[int, list[str], tuple[str, str]]
Record = Callable[[str], None]


@pytest.fixture
def record(tmp_path: Path, open_writer: Callable[..., ArchiveWriter], exchange: Callable[..., Exchange]) -> Record:
    """Give record(url): write a file with a page, time-stamped by the authority at `url`."""

    def write(url: str) -> None:
        with open_writer(signer=signer(None, url)) as writer:
            writer.write(exchange())

    return write


def told(folder: Path, capsys: pytest.CaptureFixture[str], *options: str | Path) -> Told:
    """Pack the archive; the exit code of verify, what is wrong with the manifest, what is said of the page's time."""
    pack(folder, folder / "packet.wacz")
    capsys.readouterr()
    code = main(["verify", "--json", str(folder / "packet.wacz"), *map(str, options)])
    whole, page, _summary = map(json.loads, capsys.readouterr().out.splitlines())
    wrong = [one["text"] for one in whole["statements"] if one["about"] == "manifest" and one["result"] == "wrong"]
    [time] = [(one["result"], one["text"]) for one in page["statements"] if one["about"] == "time"]
    return code, wrong, time


def root(folder: Path, authority: Authority) -> Path:
    path = folder / "authority.pem"
    path.write_bytes(authority.root.public_bytes(serialization.Encoding.PEM))
    return path


def restamp(folder: Path, stamp: Callable[[Entry], bytes]) -> None:
    """Put another time stamp into the last line of the manifest, to which no other line is chained."""
    *before, last = Manifest(folder).entries()
    forged = replace(last, proof={**last.proof, "rfc3161": base64.b64encode(stamp(last)).decode()})
    (folder / "manifest.jsonl").write_bytes(b"".join(entry.encode() + b"\n" for entry in (*before, forged)))


def digest_of(entry: Entry) -> bytes:
    return hashlib.sha256(stamped(entry.unsigned(), entry.proof)).digest()


def test_a_time_stamp_of_openssl_proves_the_time(
    tmp_path: Path, record: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tsa").mkdir()
    with OpenSSLAuthority(tmp_path / "tsa") as authority:
        record(authority.url)
    code, wrong, (result, text) = told(tmp_path, capsys, "--authority", tmp_path / "tsa" / "root.pem")
    assert (code, wrong, result) == (0, [], "proved")
    assert f"the file existed by {datetime.now(UTC):%Y-%m-%d}" in text and "tsa stamped line 1" in text
    assert text.endswith(", and you trust it")
    code, wrong, (result, text) = told(tmp_path, capsys, "--authority", tmp_path / "tsa" / "tsa.pem")
    assert (code, wrong, result) == (0, [], "proved")
    code, wrong, (result, text) = told(tmp_path, capsys)
    assert (code, wrong, result) == (0, [], "stated") and "--authority with its certificate" in text
    code, wrong, (result, text) = told(tmp_path, capsys, "--authority", root(tmp_path, Authority()))
    assert (code, result) == (1, "not proved") and "no time stamp by an authority that you trust" in text
    assert wrong[0].endswith("the time stamp does not lead to a trusted authority")


def test_no_time_stamp_is_said_in_words(
    tmp_path: Path,
    open_writer: Callable[..., ArchiveWriter],
    exchange: Callable[..., Exchange],
    capsys: pytest.CaptureFixture[str],
) -> None:
    with open_writer() as writer:
        writer.write(exchange())
    code, wrong, (result, text) = told(tmp_path, capsys)
    assert (code, wrong, result) == (0, [], "not proved") and "the dates are those of the recorder's clock" in text
    code, wrong, (result, text) = told(tmp_path, capsys, "--authority", root(tmp_path, Authority()))
    assert (code, result) == (1, "not proved") and wrong[0].endswith("not time-stamped, nor is any line after it")


def _of_an_expired_authority(authority: Authority, last: Entry) -> bytes:
    authority.time = NOW + timedelta(days=20)
    return authority.token(digest_of(last), 1)


def _of_other_bytes(authority: Authority, last: Entry) -> bytes:
    del last
    return authority.token(hashlib.sha256(b"another line").digest(), 1)


def _of_another_authority(authority: Authority, last: Entry) -> bytes:
    del authority
    return Authority().token(digest_of(last), 1)


def _garbage(authority: Authority, last: Entry) -> bytes:
    del authority, last
    return b"0\x82"


@pytest.mark.parametrize(
    ("stamp", "reason", "wrong_without_trust"),
    [
        (_of_an_expired_authority, "CN=tsa was not valid at", True),
        (_of_other_bytes, "the time stamp covers other content", True),
        (_of_another_authority, "the time stamp does not lead to a trusted authority", False),
        (_garbage, "not a time stamp", True),
    ],
)
def test_a_time_stamp_that_proves_nothing(
    stamp: Callable[[Authority, Entry], bytes],
    reason: str,
    wrong_without_trust: bool,
    tmp_path: Path,
    record: Record,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Authority() as authority:
        record(authority.url)
    restamp(tmp_path, lambda last: stamp(authority, last))
    code, wrong, (result, text) = told(tmp_path, capsys, "--authority", root(tmp_path, authority))
    assert (code, result) == (1, "not proved") and reason in wrong[0], text
    code, wrong, (result, _) = told(tmp_path, capsys)
    assert code == wrong_without_trust == bool(wrong) and (result == "stated") != wrong_without_trust


def test_a_stamp_of_an_earlier_line_does_not_cover_a_later_one(
    tmp_path: Path, record: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    with Authority() as authority:
        record(authority.url)
        record(authority.url)
    first = next(iter(Manifest(tmp_path).entries()))
    restamp(tmp_path, lambda last: base64.b64decode(first.proof["rfc3161"]))
    code, wrong, (result, _) = told(tmp_path, capsys, "--authority", root(tmp_path, authority))
    assert code == 1 and wrong == [f"line 2 ({last_file(tmp_path)}): the time stamp covers other content"]
    assert result == "proved"  # of the page's file: line 1 has its own


def last_file(folder: Path) -> str:
    return list(Manifest(folder).entries())[-1].file
