"""Packages signed in the name of a domain, on the command line: what its certificate and time stamp prove."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from domain_signer import SIGNER, DomainSigner
from timestamping import NOW, Authority

from archive import ArchiveWriter, Exchange, pack
from archive.cli import main

Spoil = Callable[[DomainSigner], None]


@pytest.fixture
def package(tmp_path: Path, open_writer: Callable[..., ArchiveWriter], exchange: Callable[..., Exchange]) -> Path:
    with open_writer() as writer:
        writer.write(exchange())
    pack(tmp_path, tmp_path / "signed.wacz")
    (tmp_path / "manifest.jsonl").unlink()
    pack(tmp_path, tmp_path / "signed.wacz")  # as other tools do, without a manifest
    return tmp_path / "signed.wacz"


def verified(capsys: pytest.CaptureFixture[str], path: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """The exit code of verify, and each statement on the package by what it is about."""
    capsys.readouterr()
    code = main(["verify", "--json", str(path), *options])
    whole, page, _summary = map(json.loads, capsys.readouterr().out.splitlines())
    told = {one["about"]: (one["result"], one["text"]) for one in whole["statements"]}
    told["unchanged"] = next((one["result"], "") for one in page["statements"] if one["about"] == "unchanged")
    return code, told


def _leaf(signer: DomainSigner, hosts: list[str], days: tuple[float, float] = (-5, 5), **given: Any) -> None:
    signer.leaf = signer.issue(SIGNER, signer.key, "between", signer.between_key, hosts, days=days, **given)
    signer.chain = [signer.leaf, signer.between]


def _right(_: DomainSigner) -> None:
    """Change nothing."""


def _with_root(signer: DomainSigner) -> None:
    signer.chain.append(signer.root)


def _stamp_without_certificate(signer: DomainSigner) -> None:
    signer.stamps.bare = True


def _expired_since(signer: DomainSigner) -> None:
    signer.stamps.time = NOW - timedelta(days=4)
    _leaf(signer, [SIGNER], (-5, -3))


def _wildcard(signer: DomainSigner) -> None:
    signer.domain = "one.sign.example"
    _leaf(signer, ["*.sign.example"])


@pytest.mark.parametrize("spoil", [_right, _with_root, _stamp_without_certificate, _expired_since, _wildcard])
def test_a_domain_that_signed(spoil: Spoil, package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    signer = DomainSigner()
    spoil(signer)
    signer.sign(package)
    code, told = verified(capsys, package, *signer.roots(tmp_path))
    assert code == 0
    result, text = told["package"]
    assert result == "proved" and text.startswith(f"{signer.domain} signed the package at ")
    assert "valid then and leads to root, a root among --roots" in text and "revoked can't be seen" in text
    assert told["time"][0] == "proved" and "tsa stamped the signature" in told["time"][1]
    assert told["unchanged"][0] == "proved" and told["manifest"][0] == "not proved"
    assert main(["audit", str(package), *signer.roots(tmp_path)]) == 0
    assert f"signed by {signer.domain}, whose certificate leads to CN=root" in capsys.readouterr().out


def test_without_a_trusted_authority_the_time_is_only_stated(
    package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    signer = DomainSigner()
    code, told = verified(capsys, signer.sign(package), *signer.roots(tmp_path)[:2])
    assert code == 0 and told["package"][0] == told["time"][0] == told["unchanged"][0] == "stated"
    assert "that it was signed then, only a time stamp that you trust can show" in told["package"][1]


def test_the_roots_of_the_computer(package: Path, tmp_path: Path) -> None:
    signer = DomainSigner()
    signer.sign(package)
    signer.roots(tmp_path)
    command = [sys.executable, "-m", "archive", "verify", str(package), "--authority", str(tmp_path / "tsa.pem")]
    for variable, result in ((tmp_path / "root.pem", "  proved: package: "), ("", "  not proved: package: ")):
        environment = os.environ | ({"SSL_CERT_FILE": str(variable)} if variable else {})
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert result in done.stdout and ("a root that this computer trusts" in done.stdout) == bool(variable)


def _expired(signer: DomainSigner) -> None:
    _leaf(signer, [SIGNER], (-5, -1))


def _not_yet_valid(signer: DomainSigner) -> None:
    _leaf(signer, [SIGNER], (1, 5))


def _another_domain(signer: DomainSigner) -> None:
    signer.domain = "bank.example"


def _self_signed(signer: DomainSigner) -> None:
    signer.chain = [signer.issue(SIGNER, signer.key, SIGNER, signer.key, [SIGNER])]


def _no_intermediate(signer: DomainSigner) -> None:
    signer.chain = [signer.leaf]


def _expired_intermediate(signer: DomainSigner) -> None:
    signer.between = signer.issue("between", signer.between_key, "root", signer.root_key, days=(-300, -1))
    signer.chain = [signer.leaf, signer.between]


def _intermediate_of_no_authority(signer: DomainSigner) -> None:
    signer.between = signer.issue("between", signer.between_key, "root", signer.root_key, ["between.example"])
    signer.chain = [signer.leaf, signer.between]


def _another_root(signer: DomainSigner) -> None:
    signer.root = DomainSigner().root


def _not_for_tls(signer: DomainSigner) -> None:
    _leaf(signer, [SIGNER], usage=ExtendedKeyUsageOID.CODE_SIGNING)


def _only_a_common_name(signer: DomainSigner) -> None:
    _leaf(signer, [])


def _another_key(signer: DomainSigner) -> None:
    signer.key = ec.generate_private_key(ec.SECP256R1())


def _another_hash(signer: DomainSigner) -> None:
    signer.fields = signer.signed_data("sha256:" + "0f" * 32)


@pytest.mark.parametrize(
    ("spoil", "reason", "without_roots"),
    [
        (_expired, "and its certificate was valid from", "wrong"),
        (_not_yet_valid, "and its certificate was valid from", "wrong"),
        (_another_domain, "its certificate is not of bank.example", "wrong"),
        (_another_key, "it is not valid: the hash, the key or the signature was altered", "wrong"),
        (_another_hash, "what was signed is another package", "wrong"),
        (_self_signed, "it is self-signed, as anybody can make one", "not proved"),
        (_no_intermediate, "an issuer between them is missing", "not proved"),
        (_expired_intermediate, "from which no chain leads to a trusted root", "not proved"),
        (_intermediate_of_no_authority, "from which no chain leads to a trusted root", "not proved"),
        (_another_root, "from which no chain leads to a trusted root", "not proved"),
        (_not_for_tls, "from which no chain leads to a trusted root: required EKU not found", "not proved"),
        (_only_a_common_name, "from which no chain leads to a trusted root", "not proved"),
    ],
)
def test_a_domain_that_did_not(
    spoil: Spoil,
    reason: str,
    without_roots: str,
    package: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    signer = DomainSigner()
    spoil(signer)
    options = signer.roots(tmp_path)
    code, told = verified(capsys, signer.sign(package), *options)
    assert code == 1 and told["package"][0] == "wrong" and reason in told["package"][1]
    assert told["unchanged"][0] == "not proved"
    assert main(["audit", str(package), *options]) == 1
    code, told = verified(capsys, package, *options[2:])
    assert (code, told["package"][0]) == (without_roots == "wrong", without_roots)
    assert told["unchanged"][0] == "not proved"


def _of_other_bytes(signer: DomainSigner) -> None:
    signer.stamped = b"another signature"


def _of_a_stranger(signer: DomainSigner) -> None:
    signer.stamps_root = Authority().root


def _long_after(signer: DomainSigner) -> None:
    signer.created = signer.stamps.time - timedelta(minutes=11)


def _of_an_expired_authority(signer: DomainSigner) -> None:
    signer.stamps.time = NOW + timedelta(days=11)
    _leaf(signer, [SIGNER], (-5, 20))


def _no_stamp(signer: DomainSigner) -> None:
    signer.fields = {"timeSignature": None}


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_of_other_bytes, "the time stamp covers other content"),
        (_of_a_stranger, "the time stamp does not lead to a trusted authority"),
        (_long_after, "more than 10 minutes from `created`"),
        (_of_an_expired_authority, "CN=tsa was not valid at"),
        (_no_stamp, "no time stamp shows when the package was signed"),
    ],
)
def test_a_time_stamp_that_proves_nothing(
    spoil: Spoil, reason: str, package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    signer = DomainSigner()
    spoil(signer)
    code, told = verified(capsys, signer.sign(package), *signer.roots(tmp_path))
    assert code == 1 and told["time"][0] == "wrong" and reason in told["time"][1]
    assert told["package"][0] == "stated"  # the certificate is good, the time is anybody's word


def test_no_time_stamp_is_said_in_words(package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    signer = DomainSigner()
    _no_stamp(signer)
    code, told = verified(capsys, signer.sign(package), *signer.roots(tmp_path)[:2])
    assert code == 0 and told["time"][0] == "not proved" and told["time"][1].endswith("is the signer's word")
